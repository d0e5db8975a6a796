"""Two people change at the same moment what somebody is known by: both are kept, and the keys are those of both."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.apart import played

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_whoever_is_known_by_two_things_told_at_once_is_found_by_both(tmp_path: Path) -> None:
    told = played("marking", tmp_path, 10)
    assert (told["done"], told["wrong"], told["first"]) == (40, 0, [])
