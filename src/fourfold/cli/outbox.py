"""fourfold outbox: let what waits leave, for a timer; and say what waits, without its content."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from fourfold.cli.console import Commands, holder, in_words, now

if TYPE_CHECKING:
    from fourfold.audit.terms import Actor

app = Commands(help="The outbox: what waits to leave, and letting it go.", no_args_is_help=True)
As = Annotated[str, typer.Option("--as", help="Act as the holder of this account, else as the installation.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("dispatch")
def dispatch(email: As = "", as_json: AsJson = False) -> None:
    """Send what waits and may go now, stop what would break a safe-contact rule, and ask what became of what was sent.

    The reason stands on the message's page. After that agencies' systems are told what changed, where they asked for it: one that does
    not answer changes no exit code, and is tried again by later runs. Letters to those who work here are carried on as well, where the settings name who carries mail.
    Diary codes of whoever has left since are closed in the log too; they open nothing either way. Exit code 0: nothing waits any more; 1: the transport could not take something, which goes on waiting; 2: there
    is no such account; 3: you may not. Harmless to run again, and beside a page that sends.
    """
    from django.conf import settings

    from fourfold.people import services as people
    from fourfold.support import services as support

    at, transport = now(), settings.FOURFOLD.transport()
    with in_words():
        done = support.dispatch_messages(actor=_actor(email, at), at=at, transport=transport, clock=now)
        at = now()
        told = people.ask_providers(actor=_actor(email, at), at=at, transport=transport)
        support.close_codes_of_who_left(actor=_actor(email, at), at=at)
    counts = {"sent": done.sent, "stopped": done.stopped, "still_waiting": done.still_waiting}
    counts |= {"not_known_whether_sent": done.not_known} if done.not_known else {}
    counts |= {"told_of": told} if told else {}
    waiting = done.still_waiting
    counts |= {f"systems_{name}": count for name, count in _systems(email).items()}
    if (letters := _letters()) is not None:
        counts |= {f"letters_{name}": count for name, count in letters.items()}
        waiting += letters["still_waiting"]
    typer.echo(json.dumps(counts) if as_json else _in_words(counts))
    raise typer.Exit(1 if waiting else 0)


def _systems(email: str) -> dict[str, int]:
    """Tell agencies' systems what changed, as the installation; a second run beside this one leaves it to the first."""
    from django.conf import settings

    from fourfold import journey
    from fourfold.gateways.turns import Taken, turn

    def waiting(_: str) -> None:
        raise Taken

    given, done = settings.FOURFOLD, dict[str, int]()
    if email:
        return done
    with suppress(Taken), turn(given.data_dir / "running" / "webhooks.lock", "The telling of systems", waiting):
        actor, inside = _actor("", now()), given.networks_of_webhooks()
        done = dict(
            journey.systems_told(actor=actor, clock=now, inside=inside, certificates=given.webhook_certificates)
        )
    return done


def _letters() -> dict[str, int] | None:
    """Carry letters on to those who work here; None where they stay in their folder."""
    from django.conf import settings

    from fourfold.gateways.relay import carry_letters

    if (by := settings.FOURFOLD.mail_provider()) is None:
        return None
    done = carry_letters(settings.FOURFOLD.digest_dir, by)
    return {
        "sent": done.sent,
        "still_waiting": done.waiting,
        "refused": done.refused,
        "not_known_whether_sent": done.unknown,
    }


@app.command("check")
def check() -> None:
    """Ask those who carry messages whether they would: the key, the templates, the mail server's certificate and password.

    Nothing is sent. Exit code 0: whoever is named in the settings would; 1: one would not, and why.
    """
    from django.conf import settings

    from fourfold.gateways.transport import CannotDeliver

    ways = {**dict.fromkeys(("text", "email", "letter")), **settings.FOURFOLD.providers()}
    faults = 0
    for channel, by in ways.items():
        try:
            if by is not None:
                by.look()
            said = "ready" if by is not None else f"a file in {settings.FOURFOLD.outbox_dir}, for whoever carries it on"
        except CannotDeliver as fault:
            faults, said = faults + 1, str(fault)
        typer.echo(f"{channel:<7} {said}")
    raise typer.Exit(1 if faults else 0)


@app.command("digests")
def digests(email: As = "", as_json: AsJson = False) -> None:
    """Send each who has asked their line for today: how many things are due, and nothing else. For a timer.

    Exit code 0: nobody waits any more; 1: the mail room could not take something, which is tried again; 2: there is
    no such account; 3: you may not. Harmless to run again: there is one line a day.
    """
    from django.conf import settings
    from django.utils.module_loading import import_string

    from fourfold.access import services as access
    from fourfold.gateways.mailroom import Mailroom

    at = now()
    with in_words():
        sent, failed = access.send_digests(
            actor=_actor(email, at),
            at=at,
            due=import_string(settings.DIGEST_COUNTS),
            mailroom=Mailroom(settings.FOURFOLD.digest_dir),
        )
    counts = {"sent": sent, "still_waiting": failed}
    if (letters := _letters()) is not None:
        counts |= {f"letters_{name}": count for name, count in letters.items()}
        failed += letters["still_waiting"]
    typer.echo(json.dumps(counts) if as_json else _in_words(counts))
    raise typer.Exit(1 if failed else 0)


@app.command("list")
def waiting(email: As = "", as_json: AsJson = False) -> None:
    """Say what waits: identifier, way and since when; never to whom, what, or why something was stopped."""
    from fourfold.people.queries.messages import outbox

    at = now()
    with in_words():
        state = outbox(actor=_actor(email, at), at=at)
    rows = [
        {"id": str(one.id), "channel": one.channel, "written_at": one.written_at.isoformat()} for one in state.waiting
    ]
    counts = {"sent": state.sent, "stopped": state.stopped, "not_known_whether_sent": state.unknown}
    if as_json:
        typer.echo(json.dumps({"waiting": rows} | counts))
        return
    for row in rows:
        typer.echo(f"{row['written_at']}  {row['channel']:<7} {row['id']}")
    typer.echo(_in_words({"waiting": len(rows)} | counts))


def _in_words(counts: dict[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items())


def _actor(email: str, at: datetime) -> Actor:
    """Return who acts: the holder of an account, or the installation, which reads no message."""
    from fourfold.access import services as access

    return holder(email, at) if email else access.first_administrator(at=at)
