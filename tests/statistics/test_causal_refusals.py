"""Every kind of bad input, thrown at every comparison: a typed refusal that names the argument, or a caution."""

from __future__ import annotations

import numpy as np
import pytest

from fourfold import stats

NAN, INF = float("nan"), float("inf")
Y = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0]
ARM = [0, 1, 0, 1, 0, 1, 0, 1]
X = [2.0, 7.0, 1.0, 8.0, 2.0, 8.0, 9.0, 1.0]

COMPARISONS = {
    "mean_difference": lambda y, arm, x: stats.mean_difference(y, arm),
    "standardise": lambda y, arm, x: stats.standardise(y, arm, {"x": x}),
    "augmented_weighting": lambda y, arm, x: stats.augmented_weighting(y, arm, {"x": x}),
    "match": lambda y, arm, x: stats.match(arm, {"x": x}).effect(y),
    "bootstrap_weighted": lambda y, arm, x: stats.bootstrap_weighted(
        stats.weighted_mean_statistic(y, arm), arm, {"x": x}, resamples=99
    ),
}
WITH_COVARIATES = [name for name in COMPARISONS if name != "mean_difference"]

BAD_ROWS = {
    "empty": ([], [], [], stats.EmptyInput),
    "everyone treated": (Y, [1] * 8, X, stats.OneGroupOnly),
    "nobody treated": (Y, [0] * 8, X, stats.OneGroupOnly),
    "a missing outcome": ([*Y[:7], NAN], ARM, X, stats.NotANumber),
    "an infinite outcome": ([*Y[:7], INF], ARM, X, stats.NotANumber),
    "words for outcomes": ([*"abcdefgh"], ARM, X, stats.NotANumber),
    "words for arms": (Y, [*"abcdefgh"], X, stats.NotANumber),
    "half treated": (Y, [0.5, *ARM[1:]], X, stats.OutOfRange),
    "too few outcomes": (Y[:7], ARM, X, stats.WrongShape),
    "a table for outcomes": ([Y], ARM, X, stats.WrongShape),
}
BAD_COVARIATES = {
    "constant": ([4.0] * 8, stats.NotIdentified),
    "missing": ([*X[:7], NAN], stats.NotANumber),
    "infinite": ([*X[:7], INF], stats.NotANumber),
    "words": ([*"abcdefgh"], stats.NotANumber),
    "too short": (X[:7], stats.WrongShape),
}


@pytest.mark.parametrize("case", BAD_ROWS)
@pytest.mark.parametrize("name", COMPARISONS)
def test_rows_that_cannot_be_compared_are_refused(name, case):
    y, arm, x, error = BAD_ROWS[case]
    with pytest.raises(error) as refusal:
        COMPARISONS[name](y, arm, x)
    assert refusal.value.argument
    assert refusal.value.remedy


@pytest.mark.parametrize("case", BAD_COVARIATES)
@pytest.mark.parametrize("name", WITH_COVARIATES)
def test_covariates_that_tell_nothing_are_refused(name, case):
    x, error = BAD_COVARIATES[case]
    with pytest.raises(error):
        COMPARISONS[name](Y, ARM, x)


@pytest.mark.parametrize("name", ["augmented_weighting", "match", "bootstrap_weighted"])
def test_perfect_separation_is_refused_by_whatever_needs_a_propensity(name):
    with pytest.raises(stats.NotIdentified, match="apart completely"):
        COMPARISONS[name](Y, ARM, [arm * 10 + k for k, arm in enumerate(ARM)])


def test_perfect_separation_of_outcomes_is_refused_by_a_logistic_model():
    with pytest.raises(stats.NotIdentified, match="outcomes apart"):
        stats.standardise(
            [0, 1, 0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 0, 0, 1, 1], {"x": [1, 8, 2, 9, 3, 7, 1, 6]}, model="logistic"
        )


@pytest.mark.parametrize("outcome", [[0] * 8, [1] * 8])
def test_a_logistic_model_without_events_is_refused(outcome):
    with pytest.raises(stats.OutOfRange, match="for everyone"):
        stats.standardise(outcome, ARM, {"x": X}, model="logistic")


def test_covariates_that_repeat_one_another_are_refused_by_name():
    with pytest.raises(stats.NotIdentified, match="twice"):
        stats.standardise(Y, ARM, {"x": X, "twice": [2 * x for x in X]})
    with pytest.raises(stats.NotIdentified, match="repeat"):
        stats.augmented_weighting(Y, ARM, {"x": X, "twice": [2 * x for x in X]})


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: stats.standardise(Y, ARM, {"x": X}, interactions=["z"]), stats.UnknownChoice, "'z' is no covariate"),
        (lambda: stats.standardise(Y, ARM, {"x": X}, model="probit"), stats.UnknownChoice, "model"),
        (lambda: stats.standardise(Y, ARM, {"x": X}, target="all"), stats.UnknownChoice, "target"),
        (lambda: stats.mean_difference(Y, ARM, errors="HC9"), stats.UnknownChoice, "errors"),
        (lambda: stats.mean_difference(Y, ARM, errors="cluster"), stats.WrongShape, "cluster"),
        (lambda: stats.mean_difference(Y, ARM, errors="cluster", cluster=[1] * 8), stats.OneGroupOnly, "one cluster"),
        (lambda: stats.mean_difference(Y, ARM, level=95), stats.OutOfRange, "level"),
        (lambda: stats.propensity_weights(ARM, {"x": X}, truncate=0.7), stats.OutOfRange, "truncate"),
        (lambda: stats.linear_regression(Y[:2], {"x": X[:2]}), stats.NotIdentified, "2 rows for 2 terms"),
        (lambda: stats.linear_regression(Y, {"x": [1] * 8}), stats.NotIdentified, "'x'"),
        (
            lambda: stats.match(ARM, {"x": [2, 7, 1.5, 8, 2, 8, 9, 1]}, caliper=1e-9),
            stats.NotIdentified,
            "nobody matched",
        ),
        (lambda: stats.match([1, 1, 1, 1, 1, 0, 1, 0], {"x": X}, replacement=False), stats.NotIdentified, "too few"),
        (lambda: stats.match(ARM, {"x": X}, neighbours=0), stats.OutOfRange, "neighbours"),
        (lambda: stats.match(ARM, {"x": X}).rosenbaum_bound(Y, 0.5), stats.OutOfRange, "gamma"),
        (lambda: stats.signed_rank_bound([0.0, 0.0]), stats.TooFewEvents, "zero"),
        (
            lambda: stats.weighted_risk_statistic([5, 9, 5, 9], [1, 1, 0, 0], [0, 1, 0, 1], 8),
            stats.BeyondFollowUp,
            "horizon",
        ),
        (
            lambda: stats.weighted_risk_statistic([-5, 9, 5, 9], [1, 1, 0, 0], [0, 1, 0, 1], 4),
            stats.OutOfRange,
            "negative",
        ),
        (
            lambda: stats.bootstrap_weighted(lambda w: 0.0, ARM, {"x": X}, resamples=5),
            stats.OutOfRange,
            "resamples",
        ),
    ],
)
def test_a_choice_that_has_no_answer_is_refused_in_words(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_a_bootstrap_that_mostly_fails_says_how_often(rng):
    """Eight people, nearly separated: most resamples cannot be weighted."""
    with pytest.raises(stats.NotConverged, match="of 99 resamples"):
        COMPARISONS["bootstrap_weighted"](Y, ARM, [1, 5, 2, 6, 4.2, 4, 3, 8])


PANEL = {
    "outcome": [1.0, 2.0, 3.0, 5.0, 2.0, 2.0, 4.0, 4.0],
    "unit": [1, 1, 2, 2, 3, 3, 4, 4],
    "period": [0, 1] * 4,
    "first_treated": [1, 1, 0, 0, 1, 1, 0, 0],
}
BAD_PANELS = {
    "empty": ({"outcome": [], "unit": [], "period": [], "first_treated": []}, stats.EmptyInput, "no rows"),
    "everybody starts": ({"first_treated": [1] * 8}, stats.OneGroupOnly, "never treated"),
    "nobody starts": ({"first_treated": [0] * 8}, stats.OneGroupOnly, "no unit that starts"),
    "starts after the end": ({"first_treated": [9] * 8}, stats.OneGroupOnly, "no unit that starts"),
    "started before the beginning": ({"first_treated": [-3, -3, 0, 0] * 2}, stats.OneGroupOnly, "leaves no"),
    "a start that changes": ({"first_treated": [1, 0, 0, 0, 1, 1, 0, 0]}, stats.WrongShape, "changes within unit 1"),
    "words for starts": ({"first_treated": [*"abcdefgh"]}, stats.NotANumber, "first_treated"),
    "a period twice": ({"period": [0, 0, 0, 1, 0, 1, 0, 1]}, stats.WrongShape, "2 rows in period 0"),
    "a unit of one": ({"unit": [1, 1, 2, 2, 3, 3, 4, 5]}, stats.WrongShape, "no row"),
    "a missing outcome": ({"outcome": [1, 2, 3, 5, 2, 2, 4, NAN]}, stats.NotANumber, "outcome: row 7"),
    "a missing unit": ({"unit": [1, 1, 2, 2, 3, 3, 4, None]}, stats.NotANumber, "unit"),
}


@pytest.mark.parametrize("case", BAD_PANELS)
def test_a_panel_that_cannot_be_read_is_refused(case):
    change, error, says = BAD_PANELS[case]
    with pytest.raises(error, match=says):
        stats.group_time_effects(**{**PANEL, **change})


@pytest.mark.parametrize(
    "case", [name for name in BAD_PANELS if name not in ("everybody starts", "started before the beginning")]
)
def test_a_panel_that_cannot_be_read_is_not_permuted_either(case):
    change, error, _ = BAD_PANELS[case]
    with pytest.raises(error):
        stats.randomisation_test(**{**PANEL, **change})


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (
            lambda: stats.randomisation_test(**{**PANEL, "first_treated": [1] * 8}),
            stats.OneGroupOnly,
            "same for every unit",
        ),
        (lambda: stats.group_time_effects(**PANEL).effect(1, 7), stats.UnknownChoice, "1, 7 is not there"),
        (lambda: stats.group_time_effects(**PANEL).aggregate("mean"), stats.UnknownChoice, "kind"),
        (lambda: stats.group_time_effects(**PANEL).aggregate("dynamic").at(4), stats.UnknownChoice, "4 is not there"),
        (lambda: stats.group_time_effects(**PANEL).pre_trends(), stats.OneGroupOnly, "before the base"),
        (lambda: stats.group_time_effects(**PANEL, controls="any"), stats.UnknownChoice, "controls"),
        (
            lambda: stats.group_time_effects(**PANEL, covariates={"x": [1.0] * 8}),
            stats.NotIdentified,
            "constant",
        ),
        (lambda: stats.two_by_two(Y, ARM, ARM), stats.OneGroupOnly, "one of the four cells"),
        (lambda: stats.two_by_two(Y, ARM, [0, 0, 1, 2] * 2), stats.OutOfRange, "after"),
        (
            lambda: stats.two_way_fixed_effects(Y, [1, 1, 2, 2, 3, 3, 4, 4], [0, 1] * 4, [0, 1] * 4),
            stats.NotIdentified,
            "unit and period alone",
        ),
        (lambda: stats.area_period_cells([], [], []), stats.EmptyInput, "outcome"),
        (lambda: stats.area_period_cells([1, 2], [1, 2], [1.0, NAN]), stats.NotANumber, "outcome"),
        (lambda: stats.area_period_cells([1, 2, 3], [1, 2], [1.0, 2.0]), stats.WrongShape, "area"),
        (lambda: stats.area_period_cells(["a", None], [1, 2], [1.0, 2.0]), stats.NotANumber, "area"),
        (lambda: stats.area_period_cells([1, 2], [1, 2], ["a", "b"]), stats.NotANumber, "outcome"),
        (lambda: stats.area_period_cells([1, 2], [1.0, NAN], [1.0, 2.0]), stats.NotANumber, "period"),
    ],
)
def test_areas_without_an_answer_are_refused_in_words(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_a_site_of_three_people_says_that_it_is_small():
    """Two areas start among three: an answer is given and said to be fragile."""
    rows = {name: values[:6] for name, values in PANEL.items()}
    found = stats.group_time_effects(**rows)
    assert "under five units" in found.cautions[0]
    assert np.isfinite(found.effects).all()


def test_what_the_caller_gave_stays_as_it_was():
    outcome = np.array(PANEL["outcome"])
    found = stats.group_time_effects(**{**PANEL, "outcome": outcome})
    outcome[0] = 99
    assert outcome[0] == 99
    with pytest.raises(ValueError, match="read-only"):
        found.effects[0] = 1.0
