"""A process of its own in which somebody writes of a case while two people dispose of it; run by test_disposed_at_once.py.

    python -m tests.faults.disposing FOLDER

Real connections, to a database of its own. Each writer has asked whether it may, and has not ended, when the signature
comes; or has asked, and writes once it has ended. Prints JSON: what was left of the case.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

#: What is written without a foreign key to the case: a table and its column.
TABLES = (
    "access.grant.file",
    "exhibits.exhibit.file",
    "cases.toldkey.allegation",
)


def main(folder: Path) -> None:
    from unittest.mock import patch

    from tests.faults.sending import database

    with database(folder), ExitStack() as stack:
        from django.conf import settings
        from django.db import connection

        from fourfold.governance.schedule import retention
        from tests.cast import programme

        settings.FOURFOLD = settings.FOURFOLD.model_copy(update={"data_dir": folder})
        rules = tuple(replace(rule, clear_years=0, review_years=0) for rule in retention())
        for module in ("queries.disposing", "queries.retaining", "services.disposing", "services.records"):
            stack.enter_context(patch(f"fourfold.governance.{module}.schedule", lambda: rules))
        cast, told = programme(), dict[str, Any]()
        for number, name in enumerate(TABLES):
            for late in (False, True):
                told[f"{name} {'late' if late else 'early'}"] = play(cast, 2 * number + late, name, late=late)
        wait = wait_for_each_other(cast, 2 * len(TABLES))
    sys.stdout.write(json.dumps({"engine": connection.vendor, "found": told, "wait": wait}, default=str))


def wait_for_each_other(cast: Any, number: int) -> dict[str, Any]:
    """Let one who holds the log end only once who signs holds the case; return how each ended, and what is left of it."""
    from unittest.mock import patch

    from fourfold.audit import services as audit
    from fourfold.governance import services as governance
    from fourfold.governance.models import Hold
    from fourfold.governance.services import disposing
    from fourfold.governance.terms import HoldKind
    from tests.governance.test_disposing import LATER, ask, proposed, seen

    case = proposed(cast, opened(cast, number))
    asked, sees = ask(cast, case), seen(cast, case)
    has_log, has_case = threading.Event(), threading.Event()
    appends, holds = audit._append, disposing._hold

    def appended(*drafts: Any) -> None:
        appends(*drafts)
        if threading.current_thread().name == "writes":
            has_log.set()
            has_case.wait(10)  # SQLite lets nobody begin meanwhile

    def held(reach: Any) -> None:
        holds(reach)
        has_case.set()

    def signs() -> None:
        has_log.wait(20)
        governance.sign_disposal(actor=cast.chair, asked=asked, seen=sees, at=LATER)

    sent = {"kind": HoldKind.COMPLAINT, "reason": "It was made today.", "at": LATER}
    with patch.object(audit, "_append", appended), patch.object(disposing, "_hold", held):
        jobs = {"writes": lambda: governance.place_hold(actor=cast.coordinator, case=case, **sent), "signs": signs}
        ended = both(jobs)
    return {**ended, "stays": is_there(type(case), case.pk), "on_hold": Hold._base_manager.filter(case=case.pk).count()}


def is_there(model: Any, key: Any) -> bool:
    found: bool = model._base_manager.filter(pk=key).exists()
    return found


def both(jobs: dict[str, Callable[[], object]]) -> dict[str, str]:
    """Do two things at once; return how each ended."""
    from django.db import connections

    ended: dict[str, str] = {}

    def run(who: str, job: Callable[[], object]) -> None:
        try:
            job()
            ended[who] = "done"
        except Exception as fault:  # noqa: BLE001 -- told in the report
            ended[who] = f"{type(fault).__name__}: {fault}"
        connections.close_all()

    threads = [threading.Thread(target=run, args=one, name=one[0]) for one in jobs.items()]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return ended


def play(cast: Any, number: int, name: str, *, late: bool) -> dict[str, Any]:
    """Let one write while another signs; return how each ended, and how many rows name what is gone."""
    from django.apps import apps
    from django.db import connections, transaction

    from fourfold.cases.models import Case
    from fourfold.governance import services as governance
    from tests.governance.test_disposing import LATER, ask, proposed, seen
    from tests.governance.test_gone import filled

    label, _, column = name.rpartition(".")
    model, case = apps.get_model(label), proposed(cast, opened(cast, number))
    key = {"person": case.subject_id, "allegation": case.case_acts.unscoped("test").get().allegation_id}.get(
        column, case.pk
    )
    asked, sees = ask(cast, case), seen(cast, case)
    has_written, has_signed = threading.Event(), threading.Event()

    def writes() -> None:
        with transaction.atomic():
            assert Case._base_manager.filter(pk=case.pk).exists()
            if late:  # SQLite lets nobody sign while a write is open: this one's is only asked for
                transaction.set_rollback(connections["default"].vendor == "sqlite")
            else:
                filled(model, column, key).save_base(raw=True, force_insert=True)
            has_written.set()
            has_signed.wait(20 if late and connections["default"].vendor == "postgresql" else 2)
            if late and connections["default"].vendor == "postgresql":
                filled(model, column, key).save_base(raw=True, force_insert=True)
        if late and connections["default"].vendor == "sqlite":
            has_signed.wait(20)
            filled(model, column, key).save_base(raw=True, force_insert=True)

    def signs() -> None:
        has_written.wait(20)
        try:
            governance.sign_disposal(actor=cast.chair, asked=asked, seen=sees, at=LATER)
        finally:
            has_signed.set()

    ended, stays = both({"writes": writes, "signs": signs}), is_there(Case, case.pk)
    return {**ended, "stays": stays, "orphans": 0 if stays else model._base_manager.filter(**{column: key}).count()}


def opened(cast: Any, number: int) -> Any:
    from tests.cases.builders import known, told, triaged
    from tests.cast import NOW

    names = ("Abbot", "Birch", "Crane", "Dunlop", "Ennis", "Frost", "Garland", "Hurst", "Ivory", "Jessop")
    at = NOW + timedelta(minutes=number)
    pair = {
        "victim_name": f"Vera {names[number]}", "victim_birth": f"{1 + number} May {1960 + number}",
        "victim_phone": f"07700 {900200 + number}", "subject_name": f"Sean {names[-1 - number]}",
        "subject_birth": f"{1 + number} June {1950 + number}", "subject_phone": f"07700 {900300 + number}",
    }  # fmt: skip
    report = told(cast.analyst, at=at, **pair)
    known(cast, report, at=at)
    return triaged(cast, report, at=at)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    os.environ["DATA_DIR"] = sys.argv[1]
    django.setup()
    main(Path(sys.argv[1]))
