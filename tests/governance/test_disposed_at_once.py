"""Somebody writes of a case, without a foreign key to it, while two people dispose of it: nothing of it is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.apart import played

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_nothing_that_was_being_written_outlives_a_disposal(tmp_path: Path) -> None:
    for name, found in played("disposing", tmp_path, at_most=900)["found"].items():
        assert found["orphans"] == 0, (name, found)
        if name.endswith("late"):
            assert (found["signs"], found["stays"]) == ("done", False), (name, found)
            assert "disposed of" in found["writes"], (name, found)
        else:  # the signature waits, and what it would take is more than what was read
            assert found["writes"] == "done", (name, found)
            assert found["stays"] is False or "has changed" in found["signs"], (name, found)
