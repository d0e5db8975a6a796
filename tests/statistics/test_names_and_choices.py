"""Names with gaps, and choices and seeds that are none: refused by the argument's name, never by numpy's own exception."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fourfold import stats

NAN, INF = float("nan"), float("inf")
ROWS = 40
DAYS = np.arange(1.0, ROWS + 1)
EVENT = np.tile([1, 0], ROWS // 2)
X = np.sin(DAYS)
ARM = np.tile([1, 1, 0, 0], ROWS // 4)
PANEL = (X, np.repeat(np.arange(8), 5), np.tile(np.arange(5), 8), np.repeat([2, 2, 3, 3, 0, 0, 0, 0], 5))
SITES = [*"abcd"] * (ROWS // 4)


def gap(missing: Any) -> list[Any]:
    """Name everybody's site but one person's."""
    return [*SITES[:-1], missing]


NAMED: dict[str, Callable[[Any], object]] = {
    "log_rank, group": lambda site: stats.log_rank(DAYS, EVENT, site),
    "cox_regression, strata": lambda site: stats.cox_regression(DAYS, EVENT, {"x": X}, strata=site),
    "cox_regression, cluster": lambda site: stats.cox_regression(DAYS, EVENT, {"x": X}, cluster=site),
    "cox_regression_grouped, covariate": lambda site: stats.cox_regression_grouped(DAYS, EVENT, {"site": site}),
    "cox_regression_grouped, strata": lambda site: stats.cox_regression_grouped(DAYS, EVENT, {"x": ARM}, strata=site),
    "linear_mixed_model": lambda site: stats.linear_mixed_model(X, {"arm": ARM}, site),
    "mean_difference, cluster": lambda site: stats.mean_difference(X, ARM, cluster=site),
    "area_period_cells": lambda site: stats.area_period_cells(site, ARM, X),
}


@pytest.mark.parametrize("missing", [NAN, None, pd.NA, pd.NaT], ids=repr)
@pytest.mark.parametrize("call", NAMED.values(), ids=NAMED)
def test_a_gap_among_words_is_no_group_called_nan(call: Callable[[Any], object], missing: Any) -> None:
    for names in (gap(missing), np.array(gap(missing), dtype=object), pd.Series(gap(missing))):
        with pytest.raises(stats.NotANumber):
            call(names)


@pytest.mark.parametrize("call", NAMED.values(), ids=NAMED)
def test_numbers_among_words_are_no_words(call: Callable[[Any], object]) -> None:
    with pytest.raises(stats.StatisticsError):
        call(gap(7))
    with pytest.raises(stats.WrongShape):
        call([[1], [1, 2], *SITES[2:]])


CHOICES: dict[str, Callable[[Any], object]] = {
    "kaplan_meier, interval": lambda bad: stats.kaplan_meier(DAYS, EVENT, interval=bad),
    "cox_regression, ties": lambda bad: stats.cox_regression(DAYS, EVENT, {"x": X}, ties=bad),
    "adjust_p_values, method": lambda bad: stats.adjust_p_values([0.1, 0.2], method=bad),
    "cost_effectiveness, seed": lambda bad: stats.cost_effectiveness(X, DAYS, ARM, seed=bad),
    "impute, seed": lambda bad: stats.impute({"y": [1, NAN, 3, 5], "x": [1, 2, 3, 9]}, seed=bad),
    "detection_grid, managed": lambda bad: stats.detection_grid(stats.Estimate(0.7, 0.5, 0.9), managed=[bad]),
    "funnel, target": lambda bad: stats.funnel([1, 2], [9, 9], target="none" if bad is None else bad),
    "funnel, winsorise": lambda bad: stats.funnel([1, 2], [9, 9], winsorise=bad),
    "propensity_weights, truncate": lambda bad: stats.propensity_weights(
        ARM, {"x": X}, truncate="none" if bad is None else bad
    ),
    "signed_rank_bound, gamma": lambda bad: stats.signed_rank_bound(X, bad),
    "tipping_shift, towards": lambda bad: stats.tipping_shift(lambda d: stats.Estimate(d, d, d), towards=bad),
    "tipping_shift, tolerance": lambda bad: stats.tipping_shift(
        lambda d: stats.Estimate(1 - d, 0.5 - d, 2 - d), towards=1, tolerance=bad
    ),
    "markov_cohort, start": lambda bad: stats.markov_cohort([[0.9, 0.1], [0, 1]], [1, 0], [1, 0], cycles=2, start=bad),
    "present_value, rate": lambda bad: stats.present_value([1, 2], bad),
    "segmented_regression, level": lambda bad: stats.segmented_regression(X, 20, level=bad),
    "incremental": lambda bad: stats.incremental(bad, 1, 2, 3),
    "randomisation_test, level": lambda bad: stats.randomisation_test(*PANEL, level=bad),
    "curve.at": lambda bad: stats.kaplan_meier(DAYS, EVENT).at([bad]),
    "incidence.at": lambda bad: stats.cumulative_incidence(DAYS, EVENT).at(1, [bad]),
    "mean.at": lambda bad: stats.mean_cumulative_function(DAYS, EVENT, DAYS).at([bad]),
    "fit.combination": lambda bad: stats.cox_regression(DAYS, EVENT, {"x": X}).combination({"x": bad}),
    "model.contrast": lambda bad: stats.linear_mixed_model(X, {"arm": ARM}, SITES).contrast({"arm": bad}),
    "effects.effect": lambda bad: stats.group_time_effects(*PANEL).effect(bad, bad),
    "average.at": lambda bad: stats.group_time_effects(*PANEL).aggregate("dynamic").at(bad),
    "grid.at": lambda bad: stats.detection_grid(stats.Estimate(0.7, 0.5, 0.9)).at(bad, bad),
}


@pytest.mark.parametrize("bad", [None, "x", NAN, -INF, [1.5, -2.5], 1 + 2j], ids=repr)
@pytest.mark.parametrize("call", CHOICES.values(), ids=CHOICES)
def test_what_is_no_choice_is_refused_in_words(call: Callable[[Any], object], bad: Any) -> None:
    with pytest.raises(stats.StatisticsError):
        call(bad)


def test_a_unit_that_started_before_time_began_is_no_control() -> None:
    """Minus infinity stood among the never treated."""
    unit, period = np.repeat([0, 1, 2], 4), np.tile(np.arange(4), 3)
    first = np.repeat([2, -INF, 0], 4)
    with pytest.raises(stats.NotANumber, match="first_treated"):
        stats.group_time_effects(np.sin(np.arange(12.0)), unit, period, first)


@pytest.mark.parametrize(
    "call",
    [
        lambda power: stats.events_needed(0.7, power=power),
        lambda power: stats.minimum_detectable_hazard_ratio(100, power=power),
        lambda power: stats.people_needed_for_shares(0.5, 0.4, power=power),
        lambda power: stats.people_needed_for_means(0.5, power=power),
        lambda power: stats.minimum_detectable_share(100, 0.5, power=power),
        lambda power: stats.minimum_detectable_mean_difference(100, power=power),
    ],
)
@pytest.mark.parametrize("power", [1e-300, 0.001, 0.05])
def test_a_power_that_chance_alone_gives_needs_nobody(call: Callable[[float], float], power: float) -> None:
    """A power of 0.001 asked for as many events as one of 0.3: the sum of the quantiles was negative, then squared."""
    with pytest.raises(stats.OutOfRange, match="power"):
        call(power)


def test_a_level_that_no_table_holds_is_refused_and_does_not_search_for_ever() -> None:
    with pytest.raises(stats.OutOfRange, match="alpha"):
        stats.people_needed_for_means(0.5, alpha=1e-300)


@pytest.mark.parametrize("level", [95, 0, 1])
def test_a_level_that_is_no_share_has_no_interval_by_relabelling(level: float) -> None:
    """Asked for 95 and not 0.95, it gave limits all the same."""
    with pytest.raises(stats.OutOfRange, match="level"):
        stats.randomisation_test(*PANEL, level=level)


@pytest.mark.parametrize("bad", [NAN, None, "x"])
def test_the_chance_of_being_below_nothing_is_no_chance(bad: Any) -> None:
    with pytest.raises(stats.NotANumber):
        stats.predict_new_site([0.1, 0.2, 0.3], [0.2] * 3).probability_below(bad)
