"""The look at everybody survives SIGKILL: all it found is there or nothing is, and the next one neither waits nor differs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.apart import played
from tests.faults.looking import TWICE

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_a_killed_look_at_everybody_leaves_all_or_nothing_and_the_next_finds_the_same(tmp_path: Path) -> None:
    told = played("looking", tmp_path)
    assert told["log"] == []
    *before, committed = told["rounds"]
    assert all(each["killed"] and each["said"] == "" for each in told["rounds"]), told["rounds"]
    assert [(each["pairs"], each["entries"]) for each in before] == [(0, 0)] * len(before)
    assert (committed["pairs"], committed["entries"]) == (len(TWICE), 1)
    last = told["last"]
    assert (last["killed"], last["said"]) == (False, "looked"), "nobody's turn outlives them"
    assert (last["pairs"], last["entries"]) == (len(TWICE), 2), "what was found before is not found a second time"
