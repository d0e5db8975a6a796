"""One unit on each side, covariates that differ by rounding, series of a few periods: refused, or said beside the number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fourfold import stats

ROWS = 60
ARM = np.arange(ROWS) % 3 == 0
X = np.sin(np.arange(ROWS) * 1.7)
NEARLY = X + 1e-10 * np.cos(np.arange(ROWS))
UNIT, PERIOD = np.repeat(np.arange(6), 5), np.tile(np.arange(5), 6)
FIRST = np.repeat([2, 3, 0, 0, 0, 0], 5)
NOISE = np.cos(np.arange(30) * 2.3)


REFUSED: dict[str, tuple[Callable[[], object], type[stats.StatisticsError], str]] = {
    "propensity of one covariate twice, but for rounding": (
        lambda: stats.propensity_weights(ARM, {"x": X, "y": NEARLY}), stats.NotIdentified, "repeat one another",
    ),
    "Mahalanobis of one covariate twice, but for rounding": (
        lambda: stats.match(ARM, {"x": X, "y": NEARLY}, metric="Mahalanobis"), stats.NotIdentified, "repeat",
    ),
    "one person matched": (
        lambda: stats.match(np.arange(ROWS) == 9, {"x": X}).effect(X), stats.OneGroupOnly, "one matched person",
    ),
    "a band around nothing": (
        lambda: stats.group_time_effects(np.zeros(30), UNIT, PERIOD, FIRST).aggregate("dynamic").uniform_band(),
        stats.NotIdentified, "how units vary",
    ),
    "relabelling a constant outcome": (
        lambda: stats.randomisation_test(np.ones(30), UNIT, PERIOD, FIRST), stats.NotIdentified, "unit and period alone",
    ),
    "relabelling what units and periods explain": (
        lambda: stats.randomisation_test(UNIT + PERIOD, UNIT, PERIOD, FIRST, statistic="group-time"),
        stats.NotIdentified, "unit and period alone",
    ),
    "a structure from five periods": (
        lambda: stats.structural_series([1, 2, 4, 3, 5], [0, 0, 0, 1, 1], season=None), stats.OutOfRange, "5 periods",
    ),
    "a funnel of more people than there are": (
        lambda: stats.funnel_limits(0.1, [1e15, 10], kind="rate"), stats.OutOfRange, "sizes",
    ),
    "imputing what cannot be squared": (
        lambda: stats.impute({"y": [1e301, np.nan, 2e301, 0], "x": [1, 2, 3, 4]}), stats.OutOfRange, "too large",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_shows_nothing_is_refused_in_words(name: str) -> None:
    call, error, says = REFUSED[name]
    with pytest.raises(error, match=says):
        call()


def test_one_unit_on_each_side_has_an_effect_and_no_interval() -> None:
    """It had an interval without width around it, and an error of nought."""
    pair = UNIT < 2
    found = stats.group_time_effects(NOISE[pair], UNIT[pair], PERIOD[pair], np.repeat([2, 0], 5))
    for estimate in (found.effect(2, 2), found.aggregate().overall, found.aggregate("dynamic").at(0)):
        assert np.isfinite(estimate.estimate)
        assert np.isnan([estimate.low, estimate.high, estimate.standard_error]).all()
        assert "one unit on each side" in estimate.cautions[0]


def test_what_a_panel_warns_of_is_said_beside_each_effect() -> None:
    found = stats.group_time_effects(NOISE, UNIT, PERIOD, FIRST)
    assert "randomisation_test" in found.cautions[0]
    assert found.aggregate("group").overall.cautions == found.effect(2, 3).cautions == found.cautions


def test_few_matched_people_are_said() -> None:
    found = stats.match(np.arange(ROWS) % 20 == 0, {"x": X}, caliper=None).effect(X)
    assert any("3 treated" in said for said in found.cautions)


@pytest.mark.parametrize("far", [1e6, 1e9])
def test_overlap_weights_balance_a_covariate_far_from_nought_as_exactly(far: float) -> None:
    """(M10)"""
    assert stats.propensity_weights(ARM, {"x": X + far}).largest_difference < 1e-8


def test_limits_of_a_funnel_keep_their_digits_where_single_counts_are_rare() -> None:
    """At a hundred million people the chance of any one count is a difference of nearly equal numbers."""
    found = stats.funnel_limits(0.3, [1e8])
    half = 1.959963984540054 * np.sqrt(0.3 * 0.7 / 1e8)
    assert found.low[0, 0] == pytest.approx(0.3 - half, abs=2e-8)
    assert found.high[0, 0] == pytest.approx(0.3 + half, abs=2e-8)


def test_a_plan_that_holds_itself_or_numpy_s_numbers() -> None:
    loop: dict[str, Any] = {}
    loop["again"] = loop
    with pytest.raises(stats.WrongShape, match="holds itself"):
        stats.plan_hash(loop)
    assert stats.plan_hash({"alpha": np.float64(0.05)}) == stats.plan_hash({"alpha": 0.05})
