"""A process killed between a write and what it makes due leaves both or neither: the day is never without what was written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.apart import played
from tests.faults.owing import POINTS, WORKS

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_what_a_killed_write_makes_due_is_there_with_it_or_neither_is(tmp_path: Path) -> None:
    told = played("owing", tmp_path)
    rounds = {(each["work"], each["point"]): each for each in told["rounds"]}
    assert set(rounds) == {(work, point) for work in WORKS for point in POINTS}
    for (_, point), each in rounds.items():
        assert each["killed"], each
        assert each["changed"] == (["written", "due"] if point == "after the commit" else []), each
        assert each["differs"] == [], each
    assert told["log"] == []


def test_kept_after_the_commit_the_kills_would_find_a_write_without_what_it_makes_due(tmp_path: Path) -> None:
    rounds = played("owing", tmp_path, "torn")["rounds"]
    lost = [each for each in rounds if each["changed"] == ["written"]]
    assert {each["work"] for each in lost} == set(WORKS)
    assert all(each["differs"] for each in lost)
    assert any("actions" in named for each in lost for named in each["differs"]), "by the duties that are missing"
