"""Pooling of sites and prediction for a new one, against published analyses and measured coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fourfold import stats

SCHOOLS = ([28, 8, -3, 7, -1, 1, 18, 12], [15, 10, 16, 11, 9, 11, 10, 18])
SITES = (np.log([0.45, 0.95, 0.70]), [0.21, 0.28, 0.19])


def test_fixed_effect_against_colditz_1994_bcg(bcg):
    fixed = stats.random_effects(*bcg).fixed
    assert (fixed.estimate, fixed.standard_error) == pytest.approx((-0.43029, 0.04050), abs=1e-5)


def test_dersimonian_laird_against_colditz_1994_bcg(bcg):
    fit = stats.random_effects(*bcg, heterogeneity="DL", interval="Wald")
    found = (fit.pooled.estimate, fit.pooled.standard_error, fit.tau_squared)
    assert found == pytest.approx((-0.71412, 0.17874, 0.30876), abs=1e-5)


def test_reml_against_viechtbauer_metafor_bcg(bcg):
    fit = stats.random_effects(*bcg, interval="Wald")
    found = (fit.pooled.estimate, fit.pooled.standard_error, fit.tau_squared)
    assert found == pytest.approx((-0.71453, 0.17978, 0.31324), abs=1e-5)
    assert fit.i_squared == pytest.approx(92.22, abs=5e-3)
    assert fit.heterogeneity.statistic == pytest.approx(152.233, abs=5e-4)
    assert fit.heterogeneity.degrees_of_freedom == 12


def test_knapp_hartung_against_viechtbauer_metafor_bcg(bcg):
    pooled = stats.random_effects(*bcg, interval="Knapp-Hartung").pooled
    assert pooled.standard_error == pytest.approx(0.18079, abs=1e-5)
    assert (pooled.low, pooled.high) == pytest.approx((-1.10844, -0.32062), abs=1e-5)


@pytest.mark.parametrize(
    ("formula", "low", "high"), [("t(k-2)", -2.0091, 0.5800), ("t(k-1)", -1.9960, 0.5670), ("z", -1.8667, 0.4376)]
)
def test_prediction_intervals_by_name_against_metafor_and_partlett_riley_bcg(bcg, formula, low, high):
    interval = stats.prediction_interval(stats.random_effects(*bcg), formula)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-4)
    assert formula in interval.method


def test_q_profile_against_viechtbauer_2007_bcg(bcg):
    interval = stats.tau_squared_interval(stats.random_effects(*bcg))
    assert (interval.low, interval.high) == pytest.approx((0.1197, 1.1115), abs=1e-4)


def test_eight_schools_pooled_against_rubin_1981():
    fit = stats.random_effects(*SCHOOLS, interval="Wald")
    assert (fit.pooled.estimate, fit.pooled.standard_error) == pytest.approx((7.686, 4.072), abs=1e-3)
    assert fit.heterogeneity.statistic == pytest.approx(4.707, abs=1e-3)
    assert fit.tau_squared == 0
    assert stats.random_effects(*SCHOOLS, heterogeneity="DL").tau_squared == 0


def test_eight_schools_shrunken_against_gelman_bda3():
    fit = stats.predict_new_site(*SCHOOLS, tau_scale=math.inf)
    assert fit.average.mean() == pytest.approx(7.93, abs=0.05)
    assert fit.average.standard_deviation() == pytest.approx(5.17, abs=0.05)
    assert fit.tau.estimate == pytest.approx(5.23, abs=0.05)
    first = fit.sites[0]
    assert (first.low, first.estimate, first.high) == pytest.approx((-2.1, 10.2, 31.6), abs=0.3)


def test_three_sites_against_the_worked_example():
    """Site hazard ratios 0.45, 0.95, 0.70: what a new site should expect under three prior scales."""
    narrow, middle, wide = stats.prior_sensitivity(*SITES)
    assert middle.average.mean() == pytest.approx(-0.43, abs=0.005)
    ratio = middle.prediction.exponentiated()
    assert (ratio.low, ratio.high) == pytest.approx((0.23, 1.89), abs=0.005)
    found = [fit.probability_below(0.0) for fit in (narrow, middle, wide)]
    assert found == pytest.approx([0.93, 0.86, 0.81], abs=0.005)
    assert [fit.tau_scale for fit in (narrow, middle, wide)] == [0.25, 0.5, 1.0]
    assert "half-normal(0.5)" in middle.prediction.method


def test_the_grid_agrees_with_plain_simulation(rng):
    """Draw tau and mu from the prior, weigh by the likelihood of the sites: the same predictive distribution."""
    y, se = np.asarray(SITES[0]), np.asarray(SITES[1])
    tau, mu = np.abs(rng.normal(0, 0.5, 400_000)), rng.normal(0, 2.0, 400_000)
    total = se**2 + tau[:, None] ** 2
    log = -0.5 * (np.log(total) + (y - mu[:, None]) ** 2 / total).sum(axis=1)
    weight = np.exp(log - log.max())
    new = mu + tau * rng.normal(size=400_000)
    fit = stats.predict_new_site(*SITES, mean_scale=2.0)
    assert fit.probability_below(0.0) == pytest.approx(np.average(new < 0, weights=weight), abs=0.01)
    assert fit.new_site.mean() == pytest.approx(np.average(new, weights=weight), abs=0.01)


def test_draws_follow_the_predictive_distribution(rng):
    fit = stats.predict_new_site(*SITES)
    draws = fit.new_site.draw(50_000, rng)
    assert np.mean(draws < 0) == pytest.approx(fit.probability_below(0), abs=0.01)
    assert np.quantile(draws, [0.1, 0.9]) == pytest.approx([fit.new_site.quantile(p) for p in (0.1, 0.9)], abs=0.02)


def test_with_three_sites_wald_covers_too_little_and_ours_enough(rng):
    """Spread between sites 0.3 on the log scale: Wald covers near 0.86; modified Knapp-Hartung 0.99."""
    covered = {"Wald": 0, "modified Knapp-Hartung": 0}
    for _ in range(500):
        se = rng.uniform(0.12, 0.35, 3)
        y = rng.normal(rng.normal(0, 0.3, 3), se)
        for interval in covered:
            pooled = stats.random_effects(y, se, heterogeneity="DL", interval=interval).pooled
            covered[interval] += pooled.low < 0 < pooled.high
    assert covered["Wald"] / 500 == pytest.approx(0.863, abs=0.05)
    assert covered["modified Knapp-Hartung"] / 500 > 0.97


def test_the_predictive_interval_holds_a_new_site(rng):
    held, widths = 0, []
    for _ in range(150):
        se = rng.uniform(0.12, 0.35, 3)
        y = rng.normal(rng.normal(-0.3, 0.3, 3), se)
        prediction = stats.predict_new_site(y, se).prediction
        held += prediction.low < rng.normal(-0.3, 0.3) < prediction.high
        widths.append(prediction.high - prediction.low)
    assert held / 150 > 0.93
    assert np.median(widths) < 2.5


def test_the_modified_interval_is_never_narrower_than_wald():
    """Three sites that agree by luck: plain Knapp-Hartung claims more than the data can."""
    agreeing = ([-0.30, -0.31, -0.29], [0.2, 0.2, 0.2])
    plain = stats.random_effects(*agreeing, interval="Knapp-Hartung").pooled
    modified = stats.random_effects(*agreeing).pooled
    wald = stats.random_effects(*agreeing, interval="Wald").pooled
    assert plain.high - plain.low < wald.high - wald.low < modified.high - modified.low
