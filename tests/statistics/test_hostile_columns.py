"""What must never pass for a number: masked values, huge values, words and nothing where one number belongs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fourfold import stats

ROWS = 40
DAYS = np.arange(1.0, ROWS + 1)
EVENT = np.tile([1, 0], ROWS // 2)
X = np.sin(DAYS)
ARM = np.tile([1, 1, 0, 0], ROWS // 4)
MASK = np.arange(ROWS) == 3


def masked(values: Any) -> Any:
    """Hide one value, as a database or a data frame hides a gap; a plausible number lies under the mask."""
    return np.ma.masked_array(np.asarray(values), mask=MASK)


MASKED: dict[str, Callable[[], object]] = {
    "kaplan_meier, time": lambda: stats.kaplan_meier(masked(DAYS), EVENT),
    "kaplan_meier, event": lambda: stats.kaplan_meier(DAYS, masked(EVENT)),
    "kaplan_meier, whole days": lambda: stats.kaplan_meier(masked(DAYS.astype(int)), EVENT),
    "log_rank, group": lambda: stats.log_rank(DAYS, EVENT, masked(ARM)),
    "cox_regression, covariate": lambda: stats.cox_regression(DAYS, EVENT, {"x": masked(X)}),
    "cox_regression_grouped, time": lambda: stats.cox_regression_grouped(masked(DAYS), EVENT, {"arm": ARM}),
    "cox_regression_grouped, covariate": lambda: stats.cox_regression_grouped(DAYS, EVENT, {"arm": masked(ARM)}),
    "cumulative_incidence": lambda: stats.cumulative_incidence(DAYS, masked(EVENT)),
    "propensity_weights": lambda: stats.propensity_weights(masked(ARM), {"x": X}),
    "linear_regression": lambda: stats.linear_regression(masked(X), {"arm": ARM}),
    "area_period_cells, outcome": lambda: stats.area_period_cells(ARM, EVENT, masked(DAYS)),
    "area_period_cells, area": lambda: stats.area_period_cells(masked(ARM), EVENT, DAYS),
    "two_way_fixed_effects": lambda: stats.two_way_fixed_effects(X, masked(ARM), np.repeat([1, 2], ROWS // 2), EVENT),
}


@pytest.mark.parametrize("call", MASKED.values(), ids=MASKED)
def test_a_masked_value_is_a_gap_and_not_the_number_beneath_it(call: Callable[[], object]) -> None:
    with pytest.raises(stats.NotANumber):
        call()


def test_a_masked_value_is_imputed_like_any_other_gap() -> None:
    filled = stats.impute({"y": masked(X), "arm": ARM.astype(float)}, imputations=3, cycles=1)
    assert filled.missing["y"] == pytest.approx(1 / ROWS)


def huge() -> Any:
    values = X.copy()
    values[3] = 1e300
    return values


HUGE: dict[str, Callable[[], object]] = {
    "cox_regression": lambda: stats.cox_regression(DAYS, EVENT, {"x": huge()}),
    "augmented_weighting": lambda: stats.augmented_weighting(huge(), ARM, {"x": X}),
    "area_period_cells": lambda: stats.area_period_cells(ARM, EVENT, huge()),
    "effective_sample_size": lambda: stats.effective_sample_size(np.abs(huge())),
    "event_rate": lambda: stats.event_rate(int(1e308), 1.0),
    "wilson": lambda: stats.wilson(1, int(1e300)),
    "erlang_b": lambda: stats.erlang_b(10**9, 4.0),
    "power_for_means": lambda: stats.power_for_means(1e308, 0.5),
    "people_needed_for_means": lambda: stats.people_needed_for_means(1e-300),
    "bounding_factor": lambda: stats.bounding_factor(1e308, 2.0),
    "present_value": lambda: stats.present_value([1e308, 1.0]),
}


@pytest.mark.parametrize("call", HUGE.values(), ids=HUGE)
def test_a_value_too_large_to_square_is_refused_and_not_infinite(call: Callable[[], object]) -> None:
    with pytest.raises(stats.OutOfRange):
        call()


ONE_NUMBER: dict[str, Callable[[Any], object]] = {
    "wilson": lambda bad: stats.wilson(bad, 10),
    "event_rate": lambda bad: stats.event_rate(bad, 10.0),
    "e_value": stats.e_value,
    "bounding_factor": lambda bad: stats.bounding_factor(bad, 2.0),
    "events_needed": stats.events_needed,
    "power_for_means": lambda bad: stats.power_for_means(bad, 0.5),
    "people_needed_for_means": stats.people_needed_for_means,
    "design_effect": lambda bad: stats.design_effect(10, bad),
    "stepped_wedge_power": lambda bad: stats.stepped_wedge_power(
        np.triu(np.ones((3, 4)), 1), bad, people=9, total_deviation=1.0, correlation=0.1
    ),
    "clinical_cut_off": lambda bad: stats.clinical_cut_off(bad, 5.0, clinical_deviation=1.0, general_deviation=1.0),
    "kaplan_meier, level": lambda bad: stats.kaplan_meier(DAYS, EVENT, level=bad),
    "marginal_episodes, orders": lambda bad: stats.marginal_episodes(DAYS, EVENT, ARM, orders=bad),
}


@pytest.mark.parametrize("bad", [None, "ten", float("nan"), float("inf")], ids=str)
@pytest.mark.parametrize("call", ONE_NUMBER.values(), ids=ONE_NUMBER)
def test_nothing_a_word_or_infinity_is_no_number(call: Callable[[Any], object], bad: Any) -> None:
    with pytest.raises(stats.StatisticsError):
        call(bad)


def test_named_clusters_are_never_left_out_in_silence() -> None:
    cluster = np.repeat(np.arange(ROWS // 4), 4)
    plain = stats.linear_regression(X, {"arm": ARM})
    clustered = stats.linear_regression(X, {"arm": ARM}, cluster=cluster)
    asked = stats.linear_regression(X, {"arm": ARM}, cluster=cluster, errors="cluster")
    assert np.array_equal(clustered.covariance, asked.covariance)
    assert not np.allclose(clustered.covariance, plain.covariance)
    for call in (
        lambda: stats.linear_regression(X, {"arm": ARM}, cluster=cluster, errors="HC1"),
        lambda: stats.mean_difference(X, ARM, cluster=cluster, errors="HC1"),
        lambda: stats.two_by_two(X, ARM, EVENT, cluster=cluster, errors="classical"),
    ):
        with pytest.raises(stats.UnknownChoice, match="leave the clusters out"):
            call()


def test_a_series_that_never_moves_is_refused_at_once() -> None:
    with pytest.raises(stats.NotIdentified):
        stats.structural_series(np.ones(60), (np.arange(60) > 30).astype(float), season=None)


def test_weights_of_nought_on_one_side_leave_nobody_to_compare() -> None:
    with pytest.raises(stats.OneGroupOnly):
        stats.standardised_differences(ARM, {"x": X}, weights=ARM)


def test_covariates_too_far_from_nought_are_refused_and_not_given_an_error_that_is_no_number() -> None:
    group = np.repeat(np.arange(ROWS // 4), 4)
    with pytest.raises(stats.NotIdentified):
        stats.linear_mixed_model(np.cos(DAYS), {"x": X + 1e12}, group)


def test_a_score_that_orders_everybody_perfectly_has_no_hazard_ratio() -> None:
    """The likelihood is flat at its top; a coefficient of twelve with an error of nought stood here once."""
    for x in (-DAYS, -DAYS + 0.3 * X):
        with pytest.raises(stats.NotIdentified, match="separates"):
            stats.cox_regression(DAYS, np.ones(ROWS), {"x": x})


def test_one_cluster_shows_nothing_of_how_clusters_vary() -> None:
    with pytest.raises(stats.OneGroupOnly):
        stats.cox_regression(DAYS, EVENT, {"x": X}, cluster=np.zeros(ROWS))


def test_one_person_on_a_side_gives_no_error_and_few_give_a_caution() -> None:
    one, few = np.arange(ROWS) == 5, np.arange(ROWS) % 8 == 5
    for compare in (
        lambda arm: stats.mean_difference(X, arm),
        lambda arm: stats.standardise(X, arm, {"day": DAYS}).difference,
        lambda arm: stats.augmented_weighting(X, arm, {"day": DAYS}).difference,
    ):
        with pytest.raises(stats.OneGroupOnly):
            compare(one.astype(int))
        assert any("errors from so few" in said for said in compare(few.astype(int)).cautions)


def test_counts_that_stop_altogether_have_no_ratio() -> None:
    counts = np.r_[np.tile([4, 6, 5], 10), np.zeros(30)]
    with pytest.raises(stats.NotIdentified):
        stats.segmented_regression(counts, 30, family="quasi-Poisson")


@pytest.mark.parametrize("errors", ["Newey-West", "Prais-Winsten", "restricted likelihood"])
def test_a_series_that_is_the_same_throughout_has_no_step(errors: str) -> None:
    with pytest.raises(stats.NotIdentified):
        stats.segmented_regression(np.ones(40), 20, errors=errors)


def test_a_permutation_test_says_how_small_its_p_value_can_be() -> None:
    unit, period = np.repeat([0, 1, 2], 4), np.tile(np.arange(4), 3)
    found = stats.randomisation_test(np.sin(np.arange(12.0)), unit, period, np.repeat([2, 0, 0], 4))
    assert found.p_value >= 1 / 3
    assert "3 ways" in found.estimate.cautions[0]


def test_what_a_curve_warns_of_is_said_beside_each_of_its_points() -> None:
    curve = stats.kaplan_meier([5.0, 8.0, 9.0], [1, 0, 0])
    assert curve.cautions
    assert curve.at([6])[0].cautions == curve.cautions


def test_benjamini_and_hochberg_are_known_by_their_letters() -> None:
    p = [0.01, 0.02, 0.2]
    assert np.array_equal(
        stats.adjust_p_values(p, method="BH").p_values, stats.adjust_p_values(p, method="Benjamini-Hochberg").p_values
    )


def test_restricted_likelihood_keeps_its_level_where_prais_winsten_does_not() -> None:
    """Sixty months that remember half of the last: many steps of nothing, called by each at 5 %."""
    rng, called = np.random.default_rng(5), {"Prais-Winsten": 0, "restricted likelihood": 0}
    for _ in range(150):
        noise = rng.normal(0, 1, 60)
        for month in range(1, 60):
            noise[month] = 0.5 * noise[month - 1] + np.sqrt(0.75) * noise[month]
        for errors in called:
            step = stats.segmented_regression(noise, 36, errors=errors, slope=False).level
            called[errors] += (step.p_value or 0) < 0.05
    assert called["restricted likelihood"] < called["Prais-Winsten"]
    assert called["restricted likelihood"] <= 15
