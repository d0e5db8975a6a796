"""Numbers as databases keep them, in one or two bytes: no sum, product or difference of them may overflow in silence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest

from fourfold import stats

NARROW = (np.int8, np.uint8, np.int16, np.float16, np.float32)
NORM = stats.ChangeNorm("PHQ-9", "adults", "NHS England 2024", date(2026, 1, 1), points=6)


def change(before: float, after: float) -> stats.Change:
    """Assess one person's two scores."""
    one, two = stats.Measured(before, date(2026, 2, 1), "1"), stats.Measured(after, date(2026, 8, 1), "1")
    return stats.assess_change(one, two, norm=NORM, higher_is_better=False)


CALLS: dict[str, tuple[Callable[..., object], tuple[int, ...]]] = {
    "wilson": (stats.wilson, (100, 120)),
    "exact_share": (stats.exact_share, (100, 120)),
    "newcombe_difference": (stats.newcombe_difference, (100, 120, 50, 110)),
    "event_rate": (stats.event_rate, (100, 120)),
    "rate_ratio": (stats.rate_ratio, (100, 110, 90, 100)),
    "tipping_point_shares": (stats.tipping_point_shares, (100, 120, 20, 50, 110, 20)),
    "e_value": (stats.e_value, (100, 50, 120)),
    "bounding_factor": (stats.bounding_factor, (100, 100)),
    "power_for_means": (stats.power_for_means, (120, 1)),
    "minimum_detectable_mean_difference": (stats.minimum_detectable_mean_difference, (120,)),
    "predict_new_site": (
        lambda scale: stats.predict_new_site([1, 2, 4], [9, 9, 9], tau_scale=scale).prediction,
        (100,),
    ),
    "incremental": (stats.incremental, (20, 10, 100, 100)),
    "erlang_c": (stats.erlang_c, (120, 100)),
    "waiting": (stats.waiting, (100, 2, 120)),
    "reliable_change": (
        lambda before, after: stats.reliable_change(before, after, deviation=6.1, reliability=0.84),
        (20, 5),
    ),
    "assess_change": (change, (20, 5)),
}


@pytest.mark.parametrize("kind", NARROW, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("name", CALLS)
def test_a_narrow_number_gives_what_a_wide_one_gives(name: str, kind: Callable[[int], Any]) -> None:
    call, values = CALLS[name]
    assert repr(call(*(kind(value) for value in values))) == repr(call(*values))


def test_a_better_score_in_one_byte_is_no_deterioration() -> None:
    """5 - 20 is 241 in a byte without a sign."""
    assert change(np.uint8(20), np.uint8(5)).outcome is stats.ChangeOutcome.RELIABLE_IMPROVEMENT
