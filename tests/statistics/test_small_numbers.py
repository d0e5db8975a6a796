"""Shares, rates, planning, E-values and reliable change against their authors."""

from __future__ import annotations

import pytest
from scipy.stats import poisson

from fourfold import stats


@pytest.mark.parametrize(
    ("successes", "people", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_against_newcombe_1998(successes, people, low, high):
    found = stats.wilson(successes, people)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5.1e-5)
    assert found.estimate == successes / people


@pytest.mark.parametrize(
    ("counts", "low", "high"), [((56, 70, 48, 80), 0.0524, 0.3339), ((9, 10, 3, 10), 0.1705, 0.8090)]
)
def test_difference_of_shares_against_newcombe_1998_method_10(counts, low, high):
    found = stats.newcombe_difference(*counts)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_no_events_in_a_hundred_against_garwood_1936():
    """The upper limit at nought is -log(0.025) = 3.689 events."""
    rate = stats.event_rate(0, 100.0)
    assert (rate.estimate, rate.low) == (0, 0)
    assert rate.high == pytest.approx(36.889, abs=1e-3)


def test_ten_events_against_garwood_1936():
    rate = stats.event_rate(10, 1.0, per=1.0)
    assert (rate.low, rate.high) == pytest.approx((4.795, 18.39), abs=5e-3)


@pytest.mark.parametrize("events", [1, 7, 40])
def test_the_exact_limits_leave_a_fortieth_on_each_side(events):
    rate = stats.event_rate(events, 1.0, per=1.0)
    assert poisson.sf(events - 1, rate.low) == pytest.approx(0.025)
    assert poisson.cdf(events, rate.high) == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("ratio", "low", "high", "estimate", "limit"), [(3.9, 1.8, 8.7, 7.26, 3.00), (0.80, 0.71, 0.91, 1.81, 1.43)]
)
def test_e_value_against_vanderweele_ding_2017(ratio, low, high, estimate, limit):
    found = stats.e_value(ratio, low, high)
    assert (found.estimate, found.limit) == pytest.approx((estimate, limit), abs=5e-3)


def test_e_value_of_a_common_outcome_hazard_ratio_against_vanderweele_ding_2017():
    found = stats.e_value(0.70, scale="common outcome hazard ratio")
    assert (found.risk_ratio, found.estimate) == pytest.approx((0.781, 1.88), abs=2e-3)
    assert found.limit is None


def test_an_interval_that_holds_one_needs_no_confounder():
    assert stats.e_value(0.8, 0.5, 1.2).limit == 1.0


@pytest.mark.parametrize(
    ("ratio", "power", "events"), [(0.70, 0.8, 246.8), (0.75, 0.8, 379.4), (0.80, 0.8, 630.5), (0.70, 0.9, 330.4)]
)
def test_events_needed_against_schoenfeld_1983(ratio, power, events):
    assert stats.events_needed(ratio, power=power) == pytest.approx(events, abs=0.06)


@pytest.mark.parametrize(("events", "ratio"), [(60, 0.49), (128, 0.61), (256, 0.70)])
def test_minimum_detectable_hazard_ratio_against_schoenfeld_1983(events, ratio):
    assert stats.minimum_detectable_hazard_ratio(events) == pytest.approx(ratio, abs=0.006)


def test_what_is_detectable_is_what_was_needed():
    needed = stats.events_needed(0.8, power=0.9, share_treated=0.3)
    assert stats.minimum_detectable_hazard_ratio(needed, power=0.9, share_treated=0.3) == pytest.approx(0.8)


def test_people_needed_against_r_power_functions():
    assert stats.people_needed_for_shares(0.55, 0.45) == pytest.approx(391.3, abs=0.05)
    assert stats.people_needed_for_means(0.5) == pytest.approx(63.77, abs=5e-3)


def test_minimum_detectable_difference_against_bloom_1995():
    """Bloom 1995: 2.8 standard errors for 80 % power and a two-sided 5 % test; with ten degrees of freedom, 3.1."""
    assert stats.minimum_detectable_difference(1.0) == pytest.approx(2.801585, abs=1e-6)
    assert stats.minimum_detectable_difference(2.0, freedom=10) == pytest.approx(2 * 3.107197, abs=1e-5)
    assert stats.minimum_detectable_difference(1.0, power=0.5) == pytest.approx(1.959964, abs=1e-6)


def test_minimum_detectable_rate_ratio_is_the_hazard_ratio_s_where_each_event_is_somebody_else_s():
    """The log of a ratio of two equal groups' rates has the variance 4 / events: Schoenfeld's formula in another dress."""
    events = 240
    assert stats.minimum_detectable_rate_ratio((4 / events) ** 0.5) == pytest.approx(
        stats.minimum_detectable_hazard_ratio(events)
    )


@pytest.mark.parametrize(("error", "freedom"), [(0, 5), (-1, 5), (1, 0), (1, float("nan")), (None, 5), (1, "x")])
def test_a_minimum_without_an_error_or_its_freedom_is_refused(error, freedom):
    for minimum in (stats.minimum_detectable_difference, stats.minimum_detectable_rate_ratio):
        with pytest.raises(stats.StatisticsError):
            minimum(error, freedom=freedom)
