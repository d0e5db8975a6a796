"""Over the invented programme: what a day does not ask, since nothing of it is there for anybody, would have shown nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import NOW
from tests.demo.conftest import Loaded
from tests.duties.skipped import in_vain

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("days", [-200, -60, -14, 0, 10])
def test_what_is_not_asked_would_have_shown_nothing(loaded: Loaded, days: int) -> None:
    assert in_vain(NOW + timedelta(days=days)) == []
