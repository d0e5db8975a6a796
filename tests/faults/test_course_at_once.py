"""Two people decide on one course at the same moment: one is first, the other is told, and nothing is done twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.apart import played

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_of_two_who_decide_on_one_course_at_once_exactly_one_is_first(tmp_path: Path) -> None:
    told = played("coursing", tmp_path, 9)
    assert (told["wrong"], told["log"]) == (0, []), told["first"]
