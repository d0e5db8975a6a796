"""A threshold or a base that is none lets nothing leave: it is refused before the first count is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fourfold import stats

CURVE = stats.kaplan_meier(np.arange(1, 201), np.tile([1, 0], 100))
INCIDENCE = stats.cumulative_incidence(np.arange(1, 201), np.tile([1, 0], 100))
RULES: dict[str, Callable[..., object]] = {
    "disclose_count": lambda **rule: stats.disclose_count(3, **rule),
    "disclose_curve": lambda **rule: stats.disclose_curve(CURVE, **rule),
    "disclose_incidence": lambda **rule: stats.disclose_incidence(INCIDENCE, 1, **rule),
    "protect_table": lambda **rule: stats.protect_table([[3, 40], [50, 60]], [*"ab"], [*"cd"], **rule),
    "gate_numbers": lambda **rule: stats.gate_numbers({"people": 3}, **rule),
    "gate_markup": lambda **rule: stats.gate_markup("<p>3 people</p>", **rule),
}
ONLY_A_THRESHOLD: dict[str, Callable[..., object]] = {
    "disclose_estimate": lambda **rule: stats.disclose_estimate(stats.Estimate(0.5, 0.4, 0.6), 3, **rule),
    "disclose_sum": lambda **rule: stats.disclose_sum([10.0] * 3, **rule),
    "dominance": lambda **rule: stats.dominance([10.0] * 3, **rule),
}
NO_RULE = [0, -1, 2.5, float("nan"), float("inf"), None, "ten", 10**400]


@pytest.mark.parametrize("bad", NO_RULE, ids=lambda bad: str(bad)[:9])
@pytest.mark.parametrize("call", [*RULES.values(), *ONLY_A_THRESHOLD.values()], ids=[*RULES, *ONLY_A_THRESHOLD])
def test_a_threshold_that_is_none_lets_nothing_leave(call: Callable[..., object], bad: Any) -> None:
    """With a threshold of nought three people left as three people."""
    with pytest.raises(stats.StatisticsError, match="threshold"):
        call(threshold=bad)


@pytest.mark.parametrize("bad", NO_RULE, ids=lambda bad: str(bad)[:9])
@pytest.mark.parametrize("call", RULES.values(), ids=RULES)
def test_a_base_that_is_none_rounds_nothing(call: Callable[..., object], bad: Any) -> None:
    with pytest.raises(stats.StatisticsError, match="base"):
        call(base=bad)


@pytest.mark.parametrize("step", [1e-300, 0, -30, float("nan"), None])
def test_a_curve_is_not_told_moment_by_moment(step: Any) -> None:
    for call in (
        lambda: stats.disclose_curve(CURVE, step=step),
        lambda: stats.disclose_incidence(INCIDENCE, 1, step=step),
    ):
        with pytest.raises(stats.StatisticsError, match="step"):
            call()


def test_a_queue_that_fills_the_memory_is_refused() -> None:
    with pytest.raises(stats.OutOfRange, match="millions wait"):
        stats.waiting_with_abandonment(1e9, 1.0, 3, 1e-9)


def test_a_table_of_rows_of_different_lengths_is_refused() -> None:
    with pytest.raises(stats.NotANumber, match="counts"):
        stats.protect_table([[30, 40], [50]], [*"ab"], [*"cd"])
