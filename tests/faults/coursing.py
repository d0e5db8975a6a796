"""A process of its own in which two people decide on one course at the same moment; run by test_course_at_once.py.

    python -m tests.faults.coursing FOLDER ROUNDS

Real threads on real connections, to a database of its own. Prints JSON: how many rounds ended well, and the first that
did not.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

KINDS = ("both triage", "one links while the other rejects", "one triages while the other links")


def main(folder: Path, rounds: int) -> None:
    from tests.faults.sending import database

    with database(folder):
        from django.conf import settings
        from django.db import connection

        from fourfold.audit import queries as audit_queries
        from tests.cast import programme, vouched

        settings.FOURFOLD = settings.FOURFOLD.model_copy(update={"data_dir": folder})
        cast = programme()
        wrong: list[dict[str, Any]] = []
        for number in range(rounds):
            kind = KINDS[number % len(KINDS)]
            found = play(cast, number, kind)
            if found["wrong"]:
                wrong.append({"round": number, "kind": kind, **found})
        vouched(cast)
        broken = [str(each) for each in audit_queries.verify().findings]
    told = {"engine": connection.vendor, "rounds": rounds, "wrong": len(wrong), "first": wrong[:2], "log": broken[:3]}
    sys.stdout.write(json.dumps(told, default=str))


def play(cast: Any, number: int, kind: str) -> dict[str, Any]:
    """Let two people act at once on two reports of a pair of their own, and return what they were told and what stands."""
    from fourfold.cases.models import Case, Triage
    from fourfold.linkage import services as linkage
    from fourfold.linkage.models import Match
    from fourfold.people import services as people
    from fourfold.people.terms import Part, PersonDetails
    from tests.cases.builders import told
    from tests.cast import NOW

    at = NOW + timedelta(minutes=number)
    pair = {
        "victim_name": f"Vera {NAMES[number % len(NAMES)]}",
        "victim_birth": f"{1 + number % 28} May {1960 + number % 40}",
        "victim_phone": f"07700 {200000 + number}",
        "subject_name": f"Sean {NAMES[-1 - number % len(NAMES)]}",
        "subject_birth": f"{1 + number % 28} June {1960 + number % 40}",
        "subject_phone": f"07700 {300000 + number}",
    }
    reports = [told(cast.analyst, at=at, **pair) for _ in range(2)]
    victim = people.register_victim(
        actor=cast.analyst, site="northmoor", told=PersonDetails(name=pair["victim_name"]), at=at
    )

    def triages(actor: Any) -> Callable[[], object]:
        said = said_of(cast, reports, at)
        return lambda: _triages(actor, reports, said, at)

    def decides(actor: Any, decide: Any) -> Callable[[], object]:
        return lambda: decide(actor=actor, allegation=reports[0], part=Part.VICTIM, victim=victim, at=at)

    both = {
        KINDS[0]: (triages(cast.analyst), triages(cast.coordinator)),
        KINDS[1]: (decides(cast.analyst, linkage.confirm_match), decides(cast.coordinator, linkage.reject_match)),
        KINDS[2]: (triages(cast.analyst), decides(cast.coordinator, linkage.confirm_match)),
    }[kind]
    ended = at_once(both)
    standing = Match.objects.unscoped("test").filter(allegation__in=reports, undone_at__isnull=True)
    same = standing.filter(verdict="same", part=Part.VICTIM, allegation=reports[0]).count()
    rejected = standing.filter(verdict="not_same", allegation=reports[0]).count()
    left = Triage.objects.unscoped("test").filter(allegation__in=reports).count()
    cases = Case.objects.unscoped("test").filter(case_acts__allegation__in=reports).distinct().count()
    done = ended.count("done")
    ok = done == 1 and same + rejected == 1 and cases <= 1
    ok = ok and left in {KINDS[0]: (2,), KINDS[1]: (0,), KINDS[2]: (0, 2)}[kind]
    return {"wrong": not ok, "ended": ended, "same": same, "rejected": rejected, "left": left, "cases": cases}


NAMES = ("Abbot", "Birch", "Crane", "Dunlop", "Ennis", "Frost", "Garland", "Hurst", "Ivory", "Jessop", "Kirk", "Lomax")


def said_of(cast: Any, reports: list[Any], at: Any) -> Any:
    """Return what somebody says who has just looked at the course: all of one pair, to panel."""
    from fourfold.cases.queries import course_at_desk
    from fourfold.cases.terms import Answer, CourseSaid, Outcome, ReportSaid, Said, ScreeningAnswers

    seen = {one.id: one.seen for one in course_at_desk(actor=cast.analyst, allegation=reports[0].pk, at=at).reports}
    return CourseSaid(
        reports=tuple(
            ReportSaid(
                report=one.pk, seen=seen[one.pk], victim=Said.SAME, subject=Said.SAME, class_kept_because="It is right."
            )
            for one in reports
        ),
        shown=frozenset(seen),
        outcome=Outcome.PANEL,
        reason="One pair.",
        answers=ScreeningAnswers(*(Answer.NOT_KNOWN,) * 4, immediate_danger=Answer.NO),
    )


def _triages(actor: Any, reports: list[Any], said: Any, at: Any) -> object:
    from fourfold.journey.together import course_triaged

    return course_triaged(actor=actor, about=reports[0].pk, said=said, attached_to=None, at=at)


def at_once(jobs: tuple[Callable[[], object], ...]) -> list[str]:
    """Do all at the same moment, each on a connection of its own, and return how each ended."""
    from django.db import connections

    begin, ended = threading.Barrier(len(jobs)), [""] * len(jobs)

    def run(place: int) -> None:
        begin.wait()
        try:
            jobs[place]()
            ended[place] = "done"
        except Exception as fault:  # noqa: BLE001 -- told in the report
            ended[place] = f"{type(fault).__name__}: {fault}"
        connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(jobs))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return ended


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    os.environ["DATA_DIR"] = sys.argv[1]
    django.setup()
    main(Path(sys.argv[1]), int(sys.argv[2]))
