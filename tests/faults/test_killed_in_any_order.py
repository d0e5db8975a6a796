"""Worker, web and database are killed in the middle of each kind of work: nothing is lost, and nothing is sent twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.faults.apart import played
from tests.faults.killing import ROWS, WORKS

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.postgres]

#: What is there in the end, whoever was killed. A message of which nobody can say whether it left is not sent again.
STANDS: dict[str, dict[str, Any]] = {
    "import": {"rows": ROWS, "references": ROWS, "read": ROWS, "asked": 0},
    "message": {"texts": 1, "notices": 1, "told": 1},
    "pack": {"packs": 1},
    "backup": {"backups": 1, "half": 0},
    "webhook": {"notices": 1, "told": 1, "texts": 1, "message": "sent"},
}


def test_whoever_is_killed_in_the_middle_nothing_is_lost_and_nothing_sent_twice(tmp_path: Path) -> None:
    engine = connection.vendor
    told = played("killing", tmp_path, engine)
    whose = ("web", "worker", *(["database"] if engine == "postgresql" else []))
    assert list(told["cells"]) == [f"{who} {work}" for work in WORKS for who in whose]
    for cell, found in told["cells"].items():
        who, work = cell.split()
        assert found | STANDS[work] == found, cell
        assert (found["log"], found["again"]) == ([], 0), cell
        its_own = who == ("web" if work == "pack" else "worker")
        assert found["first"] == -9 if its_own else who == "database" or found["first"] == 0, cell
        if work == "message":
            assert found["message"] == ("sent" if not its_own and who != "database" else "leaving"), cell
