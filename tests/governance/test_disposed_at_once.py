"""Somebody writes of a case, without a foreign key to it, while two people dispose of it: nothing of it is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.apart import played

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_nothing_that_was_being_written_outlives_a_disposal(tmp_path: Path) -> None:
    told = played("disposing", tmp_path, at_most=900)
    for name, found in told["found"].items():
        assert found["orphans"] == 0, (name, found)
        if name.endswith("late"):
            assert (found["signs"], found["stays"]) == ("done", False), (name, found)
            assert "disposed of" in found["writes"], (name, found)
        else:  # the signature waits, and what it would take is more than what was read
            assert found["writes"] == "done", (name, found)
            assert found["stays"] is False or "has changed" in found["signs"], (name, found)
    wait = told["wait"]  # one for the other's case, that one for the log: PostgreSQL ends one of them
    assert "OperationalError" not in wait["writes"] + wait["signs"], wait
    assert (wait["stays"], wait["on_hold"]) in ((True, 1), (False, 0)), wait
    assert (wait["writes"] == "done", wait["signs"] == "done") == (wait["stays"], not wait["stays"]), wait
