"""fourfold beside: what somebody asked for on a page, takes long, and reads and writes the database."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Annotated
from uuid import UUID

import typer

from fourfold.audit.terms import Actor
from fourfold.cli.console import now

Told = Callable[[int, int], None]
#: Seconds for which work that is to stop may clear up.
GRACE = 3.0


def beside(
    file: Annotated[int, typer.Argument(help="The file in which it tells how far it is, open and taken.")],
    name: Annotated[str, typer.Argument(help="The name of that file.")],
) -> None:
    """Do what somebody asked for on a page, as they may now; the server calls this, with a file that it has taken, and says
    who asked for what where nobody reads it who lists the processes.

    It is the first of its own group of processes, which ends with it where somebody stops it: what is half written goes.
    """
    from fourfold.gateways.underway import worked

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a server may be started with it ignored
    asked = sys.stdin.read()
    with os.fdopen(file, "r+") as taken:
        worked(taken, name, lambda told: answered(asked, told), _end)


def _end() -> None:
    os.killpg(0, signal.SIGINT)
    time.sleep(GRACE)
    os.killpg(0, signal.SIGKILL)


def answered(asked: str, told: Told) -> str:
    """Do it; return what is said in place of an answer that is kept, or why it could not be done."""
    from fourfold.access.terms import Refused
    from fourfold.audit import services as audit
    from fourfold.audit.terms import AlreadyDone
    from fourfold.evaluation import doubts
    from fourfold.programme.acting import acting_for
    from fourfold.stats import StatisticsError

    said = json.loads(asked)
    staff = UUID(said["who"].pop("staff"))
    actor = acting_for(staff, at=now(), **said["who"])
    if actor is None:
        raise LookupError(staff)
    try:
        key, digest = said["once"] or ("", "")
        with audit.carried_on(key, digest, actor, at=now()) if key else nullcontext():
            return _DOES[said["what"]](actor, said["about"], told)
    except AlreadyDone:
        return ""  # the form was sent twice
    except StatisticsError as why:
        return doubts.rounded(str(why))
    except (Refused, ValueError) as why:
        if isinstance(why, ValueError) and not hasattr(why, "field"):
            raise
        return str(why)


def _compute(actor: Actor, about: str, told: Told) -> str:
    from fourfold import journey

    journey.answer_computed(actor=actor, at=now(), told=told)
    return ""


def _release(actor: Actor, about: str, told: Told) -> str:
    from fourfold import journey

    journey.report_released(actor=actor, plan=UUID(about), at=now(), told=told)
    return ""


def _check(actor: Actor, about: str, told: Told) -> str:
    from fourfold.governance import queries

    verdict = queries.verdict(actor=actor, told=told)
    first = verdict.findings[0].meaning if verdict.findings else ""
    said = {"entries": verdict.entries, "findings": len(verdict.findings), "first": first, "at": now().isoformat()}
    return json.dumps(said)


def _pack(actor: Actor, about: str, told: Told) -> str:
    from fourfold import journey

    journey.pack_done(actor=actor, asked=about, at=now(), told=told)
    return ""


def _draft(actor: Actor, about: str, told: Told) -> str:
    from fourfold import journey
    from fourfold.gateways import private, underway
    from fourfold.orders import queries
    from fourfold.panel.minutes import Form

    order, form, name = about.split()
    told(0, 1)
    row = queries.order_row(actor=actor, order=UUID(order), at=now())
    content = journey.application_made(actor=actor, order=row, form=Form(form), at=now())
    draft = underway.file_of(f"{name}.draft")
    draft.touch(private.FILE)
    draft.write_bytes(content)
    draft.replace(underway.made(name))
    return "The draft was made."


_DOES = {"draft": _draft, "pack": _pack, "compute": _compute, "release": _release, "check": _check}
