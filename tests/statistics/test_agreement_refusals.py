"""What agreement refuses, in words, and what it calls undefined: never 0 or 1 in silence, never NaN."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fourfold import stats
from fourfold.stats import agreement

NAN, INF = float("nan"), float("inf")
SEVERAL = (
    agreement.gwet_ac,
    agreement.fleiss_kappa,
    agreement.conger_kappa,
    agreement.brennan_prediger,
    agreement.krippendorff_alpha,
)


def _kappa(ratings, **more):
    return agreement.cohen_kappa([row[0] for row in ratings], [row[1] for row in ratings], **more)


@pytest.mark.parametrize("coefficient", [*SEVERAL, _kappa])
def test_where_nobody_ever_differs_the_answer_is_undefined(coefficient):
    found = coefficient([("yes", "yes")] * 12)
    assert isinstance(found, agreement.Undefined)
    assert str(found) == "undefined – no variation"
    assert "same rating" in found.why
    assert (found.cases, found.raters) == (12, 2)
    assert found.weights.definition


@pytest.mark.parametrize("coefficient", [*SEVERAL, _kappa])
def test_naming_categories_that_nobody_used_does_not_make_variation(coefficient):
    assert isinstance(coefficient([(1, 1)] * 12, categories=(1, 2, 3)), agreement.Undefined)


def test_an_undefined_answer_cannot_be_used_as_a_number():
    with pytest.raises(TypeError):
        float(agreement.gwet_ac([(1, 1), (1, 1)]))


def test_raw_agreement_alone_can_be_said_there():
    found = agreement.raw_agreement([("yes", "yes")] * 12)
    assert (found.estimate, found.high) == (1.0, 1.0)
    assert 0.7 < found.low < 0.8


@pytest.mark.parametrize("form", list(agreement.FORMS))
def test_equal_totals_have_no_intraclass_correlation(form):
    assert isinstance(agreement.intraclass([(7, 7), (7, 7), (7, 7)], form), agreement.Undefined)
    assert isinstance(agreement.bland_altman([7, 7], [7, 7]), agreement.Undefined)


def test_a_rater_who_never_varies_makes_kappa_nought_and_says_so():
    found = agreement.cohen_kappa([1] * 6, [1, 2, 1, 1, 2, 2])
    assert found.estimate == 0
    assert any("same rating" in note for note in found.notes)


def test_perfect_agreement_says_that_its_interval_cannot_be_trusted():
    found = agreement.gwet_ac([(1, 1), (2, 2)] * 6)
    assert (found.estimate, found.low, found.high) == (1, 1, 1)
    assert any("No two ratings differ" in note for note in found.notes)
    totals = agreement.intraclass([(1, 1), (2, 2), (5, 5)])
    assert (totals.estimate, totals.low, totals.high, totals.f) == (1, 1, 1, None)
    assert totals.notes


@pytest.mark.parametrize("coefficient", [*SEVERAL, agreement.raw_agreement, agreement.category_agreement])
@pytest.mark.parametrize(
    ("ratings", "error", "says"),
    [
        ([], stats.EmptyInput, "has no cases"),
        ([[1, 2]], agreement.TooFewCases, "one case only"),
        ([[1, 2], [1, None]], agreement.TooFewCases, "one case only"),
        ([[1], [2]], agreement.TooFewRaters, "fewer than two raters"),
        ([[1, None], [None, 2]], agreement.TooFewRaters, "no case was rated by two"),
        ([[None, None], [None, None]], agreement.TooFewRaters, "no rating at all"),
        ([[1, 2], [1, NAN]], stats.NotANumber, "case 1 holds NaN"),
        ([[1, 2], [1, INF]], stats.NotANumber, "case 1 holds NaN or infinity"),
        ([[1, 2], [1, 2, 1]], stats.WrongShape, "rows of different lengths"),
        ([1, 2, 1], stats.WrongShape, "is not a table"),
        ([[1, "low"], ["low", 1]], stats.WrongShape, "mixes kinds"),
        (np.array([[1.0, NAN], [1.0, 2.0]]), stats.NotANumber, "case 0"),
    ],
)
def test_ratings_that_cannot_be_compared_are_refused_in_words(coefficient, ratings, error, says):
    with pytest.raises(error, match=says) as refusal:
        coefficient(ratings)
    assert refusal.value.argument == "ratings"
    assert str(refusal.value).endswith(f"{refusal.value.remedy}.")


@pytest.mark.parametrize(
    ("categories", "error", "says"),
    [
        ((1,), agreement.TooFewCategories, "names 1 category"),
        ((), agreement.TooFewCategories, "names 0 category"),
        ((1, 2, 2), stats.WrongShape, "twice"),
        ((1, 3), stats.OutOfRange, "case 0 has a rating that is no category"),
    ],
)
def test_categories_that_do_not_fit_are_refused(categories, error, says):
    with pytest.raises(error, match=says):
        agreement.gwet_ac([(1, 2), (1, 1)], categories=categories)


@pytest.mark.parametrize("weights", ["linear", "quadratic", "irrcac_ordinal"])
def test_words_are_never_ranked_by_the_alphabet(weights):
    """high, low, medium: the alphabet would put the two ends side by side."""
    ratings = [("low", "high"), ("medium", "low"), ("high", "high")]
    for coefficient in (*SEVERAL, _kappa):
        with pytest.raises(stats.WrongShape, match="order is not said"):
            coefficient(ratings, weights=weights)
    with pytest.raises(stats.WrongShape, match="order is not said"):
        agreement.krippendorff_alpha(ratings, difference="ordinal")
    assert agreement.gwet_ac(ratings, weights=weights, categories=("low", "medium", "high")).estimate < 1


@pytest.mark.parametrize(
    ("weights", "error", "says"),
    [
        ("cubic", stats.UnknownChoice, "Choose one of unweighted, linear"),
        ([[1, 0]], stats.WrongShape, "Give 3 rows"),
        ([[1, NAN, 0], [NAN, 1, 0], [0, 0, 1]], stats.NotANumber, "missing or infinite"),
        ([[1, 2, 0], [2, 1, 0], [0, 0, 1]], stats.OutOfRange, "below 0 or above 1"),
        ([[1, 0.5, 0], [0, 1, 0], [0, 0, 1]], stats.OutOfRange, "not symmetric"),
        ([[0.9, 0, 0], [0, 1, 0], [0, 0, 1]], stats.OutOfRange, "not 1 on the diagonal"),
        ([[1, 1, 1], [1, 1, 1], [1, 1, 1]], stats.OutOfRange, "every pair as full agreement"),
        ([["a", "b", "c"]] * 3, stats.NotANumber, "not a number"),
        (agreement.weights_of("linear", (1, 2)), stats.WrongShape, "other categories"),
    ],
)
def test_weights_that_mean_nothing_are_refused(weights, error, says):
    with pytest.raises(error, match=says):
        agreement.gwet_ac([(1, 2), (2, 3), (1, 1)], weights=weights)


@pytest.mark.parametrize(
    ("choices", "error", "argument"),
    [
        ({"interval": "exact"}, stats.UnknownChoice, "interval"),
        ({"level": 95}, stats.OutOfRange, "level"),
        ({"level": NAN}, stats.OutOfRange, "level"),
        ({"draws": 10}, stats.OutOfRange, "draws"),
        ({"draws": 500.5}, stats.OutOfRange, "draws"),
        ({"seed": -1}, stats.OutOfRange, "seed"),
    ],
)
def test_a_choice_that_does_not_exist_is_named(choices, error, argument):
    for coefficient in (*SEVERAL, agreement.intraclass):
        with pytest.raises(error) as refusal:
            coefficient([(1, 2), (2, 2), (1, 1)], **choices)
        assert refusal.value.argument == argument


@pytest.mark.parametrize(
    ("measurements", "error", "says"),
    [
        ([], stats.EmptyInput, "has no cases"),
        ([(1, 2)], agreement.TooFewCases, "1 cases"),
        ([(1, 2), (1, None)], agreement.TooFewCases, "1 cases that every rater"),
        ([(1,), (2,)], agreement.TooFewRaters, "fewer than two raters"),
        ([(1, 2), (1, NAN)], stats.NotANumber, "NaN or infinity"),
        ([(1, 2), (1, "low")], stats.NotANumber, "not a number"),
        ([(1, 2), (1, 2, 3)], stats.WrongShape, "not a table"),
        ([1, 2], stats.WrongShape, "not a table"),
    ],
)
def test_totals_that_cannot_be_compared_are_refused(measurements, error, says):
    for asked in (agreement.intraclass, agreement.measurement_error):
        with pytest.raises(error, match=says):
            asked(measurements)


def test_a_form_that_does_not_exist_names_those_that_do():
    with pytest.raises(stats.UnknownChoice, match="1,1, 1,k, A,1"):
        agreement.intraclass([(1, 2), (2, 2)], "2,1")


def test_two_columns_of_different_length_are_refused():
    for asked in (agreement.cohen_kappa, agreement.bland_altman):
        with pytest.raises(stats.WrongShape, match="Give both for each case"):
            asked([1, 2, 3], [1, 2])


def test_prevalence_is_of_two_answers():
    with pytest.raises(stats.WrongShape, match="two answers"):
        agreement.kappa_indices([1, 2], [1, 3], categories=(1, 2, 3))


def test_alpha_takes_a_difference_or_weights_and_never_both():
    with pytest.raises(stats.UnknownChoice, match="one of the two"):
        agreement.krippendorff_alpha([(1, 2), (2, 2)], difference="ordinal", weights="linear")
    with pytest.raises(stats.UnknownChoice, match="nominal, ordinal"):
        agreement.krippendorff_alpha([(1, 2), (2, 2)], difference="circular")


def test_words_have_no_distance_and_a_ratio_needs_a_true_nought():
    with pytest.raises(stats.NotANumber, match="no distance"):
        agreement.krippendorff_alpha([("a", "b"), ("b", "b")], difference="interval")
    with pytest.raises(stats.OutOfRange, match="negative"):
        agreement.krippendorff_alpha([(-1, 2), (2, 2)], difference="ratio")


def test_a_rater_without_any_rating_is_named():
    with pytest.raises(agreement.TooFewRaters, match="rater 1 rated no case"):
        agreement.conger_kappa([(1, None, 2), (2, None, 2)])


def test_missing_ratings_are_left_out_and_counted_never_read_as_a_category():
    found = agreement.cohen_kappa(["no", "no", "yes", None], ["no", "yes", "yes", "yes"])
    assert (found.cases, found.left_out, found.weights.categories) == (3, 1, ("no", "yes"))


def test_nothing_is_ever_nan():
    """Small, odd tables of every kind: each answer is a number in range, undefined, or a refusal."""
    rng = np.random.default_rng(2026)
    for _ in range(60):
        rows = int(rng.integers(2, 6))
        table = [[None if rng.random() < 0.3 else int(rng.integers(0, 3)) for _ in range(3)] for _ in range(rows)]
        for coefficient in SEVERAL:
            for interval in ("analytic", "percentile", "bca"):
                try:
                    found = coefficient(table, interval=interval, draws=100)
                except stats.StatisticsError:
                    continue
                if isinstance(found, agreement.Undefined):
                    continue
                assert all(math.isfinite(x) for x in (found.estimate, found.low, found.high, found.standard_error))
                assert -1 <= found.low <= found.estimate + 1e-9
                assert found.estimate - 1e-9 <= found.high <= 1
