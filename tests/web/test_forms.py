"""What a form reads out of what was typed."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from fourfold.web.forms import Form

MORNING = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
EVENING = datetime(2026, 3, 2, 20, tzinfo=UTC)


def form(at: datetime, **typed: str) -> Form:
    """Return a form that was sent at an instant."""
    request: Any = SimpleNamespace(method="POST", POST=typed, at=at)
    return Form(request)


@pytest.mark.parametrize(
    ("at", "typed", "ahead", "stands"),
    [
        (MORNING, {"told": "2/3/2026"}, False, MORNING),  # before noon she was told of nothing to come
        (EVENING, {"told": "2/3/2026"}, False, datetime(2026, 3, 2, 12, tzinfo=UTC)),
        (MORNING, {"told": "1/3/2026"}, False, datetime(2026, 3, 1, 12, tzinfo=UTC)),
        (MORNING, {"told": "2/3/2026", "told-time": "7.05"}, False, datetime(2026, 3, 2, 7, 5, tzinfo=UTC)),
        (MORNING, {"told": "2/3/2026", "told-time": "11:00"}, False, datetime(2026, 3, 2, 11, tzinfo=UTC)),
        (MORNING, {"told": "2/3/2026"}, True, datetime(2026, 3, 2, 12, tzinfo=UTC)),  # a sitting later today
        (MORNING, {"told": "3/3/2026"}, False, datetime(2026, 3, 3, 12, tzinfo=UTC)),  # tomorrow stays tomorrow
        (MORNING, {"told": "1/7/2026"}, False, datetime(2026, 7, 1, 11, tzinfo=UTC)),  # noon of a London summer
    ],
)
def test_a_day_without_a_time_stands_at_its_noon_and_today_not_after_now(
    at: datetime, typed: dict[str, str], ahead: bool, stands: datetime
) -> None:
    """Told today, sent at half past eight: it did not happen at noon."""
    assert form(at, **typed).moment("told", ahead=ahead) == stands


def test_a_time_that_no_clock_shows_is_named() -> None:
    """The field says how a time is written."""
    sent = form(MORNING, **{"told": "2/3/2026", "told-time": "25:00"})
    assert sent.moment("told") is None
    assert sent.error("told") == "Enter a real time, such as 14:05"
