"""What was taken back before a message leaves is seen, in whatever order the steps fall; and nothing leaves twice.

`python -m tests.faults.sending FOLDER 10000` plays ten thousand different orders, on the engine of DATABASE_URL.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from tests.faults.apart import played

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.mark.door("withdrawal")
def test_nothing_leaves_after_it_was_taken_back_and_nothing_leaves_twice(tmp_path: Path) -> None:
    """Two timers send while an agreement, a number or a mark changes: every order of their steps ends well."""
    rounds = 140 if connection.vendor == "sqlite" else 280
    told = played("sending", tmp_path, rounds, at_most=900)  # of seven kinds; 60 find what is not held
    assert (told["wrong"], told["log"]) == (0, []), told["first"]
    assert told["orders"] > (100 if told["engine"] == "sqlite" else 220)
    assert min(told["delivered"], told["stopped"]) > 50


@pytest.mark.postgres
def test_the_same_orders_find_what_is_taken_back_unseen_where_nothing_is_held(tmp_path: Path) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time: it holds everything by itself")
    assert played("sending", tmp_path, 60, "unheld", at_most=900)["wrong"] > 0
