"""A process of its own in which two people change at one moment what somebody is known by; run by test_marks_at_once.py.

    python -m tests.faults.marking FOLDER ROUNDS

Real threads on real connections, to a database of its own. Prints JSON: how often both were kept, and who would be found
by other keys were they worked out afresh.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from pathlib import Path

import django


def main(folder: Path, rounds: int) -> None:
    from tests.faults.coursing import at_once
    from tests.faults.sending import database

    with database(folder):
        from django.conf import settings
        from django.db import connection

        from fourfold.people import services as people
        from fourfold.people.models import FindingKey
        from fourfold.people.terms import MarkKind, PersonDetails
        from tests.cast import NOW, programme

        settings.FOURFOLD = settings.FOURFOLD.model_copy(update={"data_dir": folder})
        cast, ended = programme(), []
        actor = cast.analyst
        for number in range(rounds):
            at, told = NOW + timedelta(minutes=number), PersonDetails(name="Nora Quill")
            both = {
                "subject": people.register_subject(actor=actor, site="northmoor", told=told, at=at),
                "actor": actor,
                "at": at,
            }
            car = {**both, "kind": MarkKind.VEHICLE, "value": "AB12 CDE"}
            mark = people.add_mark(**car).pk
            name = {**both, "kind": MarkKind.OTHER_NAME, "value": "Tess Dunmore"}
            door = {**both, "kind": MarkKind.ADDRESS, "value": "4 Mill Lane NM1 2AB"}
            for one, other in (
                (lambda told=name: people.add_mark(**told), lambda told=door: people.add_mark(**told)),
                (
                    lambda told=both, pk=mark: people.withdraw_mark(**told, mark=pk, reason="Typed wrongly."),
                    lambda told=car: people.add_mark(**told, source="police"),
                ),
            ):
                ended += at_once((one, other))
        kept = set(FindingKey.objects.values_list("person", "key"))
        people.rebuild_keys(actor=actor, at=NOW + timedelta(days=1))
        wrong = kept ^ set(FindingKey.objects.values_list("person", "key"))
    said = {"engine": connection.vendor, "done": ended.count("done"), "wrong": len({person for person, _ in wrong})}
    sys.stdout.write(json.dumps({**said, "first": [each for each in ended if each != "done"][:2]}))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    os.environ["DATA_DIR"] = sys.argv[1]
    django.setup()
    main(Path(sys.argv[1]), int(sys.argv[2]))
