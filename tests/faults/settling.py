"""A process of its own in which two people settle one row of the day at the same moment; run by test_settled_at_once.py.

    python -m tests.faults.settling FOLDER ROUNDS

Real threads on real connections, to a database of its own. Prints JSON: how many rounds ended well, the first that did
not, and what `duties check` named while all of it went on.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

KINDS = (
    "both finish a step",
    "one finishes it while the other moves it",
    "one sets a level while the other asks to lower",
)


def main(folder: Path, rounds: int) -> None:
    from tests.faults.sending import database

    with database(folder):
        from django.conf import settings
        from django.db import connection

        from fourfold.access.terms import RelationKind
        from fourfold.audit import queries as audit_queries
        from tests.cast import programme, vouched
        from tests.panel.scene import open_case, relate

        settings.FOURFOLD = settings.FOURFOLD.model_copy(update={"data_dir": folder})
        cast = programme()
        case = open_case(cast)
        relate(cast, "advocate", case, RelationKind.ADVOCATE)
        wrong = [each for number in range(rounds) if (each := play(cast, case, number))["wrong"]]
        between = looked_at(cast, case)
        pages = [at_the_page(cast, case, number) for number in range(4)]
        vouched(cast)
        broken = [str(each) for each in audit_queries.verify().findings]
    told = {"engine": connection.vendor, "wrong": wrong[:2], "between": between, "pages": pages, "log": broken[:3]}
    sys.stdout.write(json.dumps(told, default=str))


def play(cast: Any, case: Any, number: int) -> dict[str, Any]:
    """Let two people write at once what settles one row, and return how each ended and what is kept otherwise."""
    from fourfold.assessment import services as assessment
    from fourfold.cases import services as cases
    from fourfold.cases.terms import Level, SetBy
    from fourfold.duties import services as duties
    from fourfold.duties.models import Duty
    from fourfold.plan import services as plan
    from fourfold.plan.terms import Status
    from tests.cast import NOW
    from tests.faults.coursing import at_once
    from tests.plan.test_services import action

    kind, at = KINDS[number % len(KINDS)], NOW + timedelta(minutes=number)
    row = action(cast, case, what=f"Step {number}", due_on=at.date(), at=at)

    def finishes(who: str) -> Any:
        return lambda: plan.update_action(
            actor=cast.actor(who), action=_of(row), status=Status.DONE, reason="Done.", at=at
        )

    def moves() -> None:
        day = at.date() + timedelta(days=3)
        owner = cast.staff["second_officer"].pk
        plan.move_action(actor=cast.coordinator, action=_of(row), owner=owner, due_on=day, reason="Away.", at=at)

    def sets() -> None:
        cases.set_level(actor=cast.officer, case=_of(case), level=Level.HIGH, set_in=SetBy.PROFESSIONAL, at=at)

    def asks() -> None:
        assessment.ask_signature(actor=cast.second_officer, case=_of(case), level=Level.LOW, reason="Quiet.", at=at)

    ended = at_once(
        {
            KINDS[0]: (finishes("officer"), finishes("coordinator")),
            KINDS[1]: (finishes("officer"), moves),
            KINDS[2]: (sets, asks),
        }[kind]
    )
    left = Duty.objects.unscoped("test").filter(kind="actions", about=row.pk).count()
    differs = [str(one) for one in list(duties.checked())]
    bad = bool(differs) or "done" not in ended or (kind != KINDS[2] and left > 0 and ended[0] == "done")
    return {"wrong": bad, "kind": kind, "ended": ended, "left": left, "differs": differs}


def at_the_page(cast: Any, case: Any, number: int) -> dict[str, Any]:
    """Let two browsers send at once what settles one row; return how each was answered, and whether the row still waits."""
    from bench.visitors import signed_in
    from fourfold.duties import services as duties
    from fourfold.web import clock
    from tests.cast import NOW, give_account
    from tests.faults.coursing import at_once
    from tests.plan.test_services import action

    at = NOW + timedelta(days=1, minutes=number)
    clock.now = lambda: at
    row = action(cast, case, what=f"Both settle {number}", due_on=at.date(), at=at)
    names, sent = ("officer", "clinician"), {"status": "done", "reason": "Served at noon.", "version": "1"}
    browsers = [signed_in(give_account(cast, name, "a long invented password", "").email) for name in names]
    here, answers = f"/cases/{case.reference}/plan/actions/{row.pk}/", dict[int, Any]()

    def sends(place: int) -> Any:
        return lambda: answers.update({place: browsers[place].post(here, {**sent, "once": f"{row.pk}-{place}"})})

    before = [row.what in browser.get("/?show=unit").content.decode() for browser in browsers]
    ended = at_once((sends(0), sends(1)))
    told = {answer.status_code: answer.content.decode() for answer in answers.values()}
    return {
        "ended": ended,
        "answered": sorted(answer.status_code for answer in answers.values()),
        "told": "changed this while you were writing" in told.get(409, ""),
        "before": before,
        "after": [row.what in browser.get("/?show=unit").content.decode() for browser in browsers],
        "settled": row.statuses.unscoped("test").count(),
        "differs": [str(one) for one in list(duties.checked())],
    }


def _of(row: Any) -> Any:
    return type(row).objects.unscoped("test").get(pk=row.pk)


def looked_at(cast: Any, case: Any) -> list[str]:
    """Return what a look names while somebody writes between the rows that are kept and those that are worked out."""
    from fourfold.duties import services as duties
    from tests.cast import NOW
    from tests.faults.coursing import at_once
    from tests.plan.test_services import action

    first, said = duties.KINDS[0], []

    def while_somebody_writes(files: Any) -> Any:
        if not said:
            said.extend(at_once((lambda: action(cast, case, what="Between", due_on=NOW.date(), at=NOW),)))
        return first.open_in(files)

    kept, duties.KINDS = duties.KINDS, (replace(first, open_in=while_somebody_writes), *duties.KINDS[1:])
    try:
        named = [str(one) for one in list(duties.checked())]
    finally:
        duties.KINDS = kept
    return [*named, *(how for how in said if how != "done"), *(str(one) for one in list(duties.checked()))]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    os.environ["DATA_DIR"] = sys.argv[1]
    django.setup()
    main(Path(sys.argv[1]), int(sys.argv[2]))
