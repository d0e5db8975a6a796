"""Agreement against printed numbers: each test names whose number it is."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import cohens_kappa as their_kappa
from statsmodels.stats.inter_rater import fleiss_kappa as their_fleiss

from fourfold.stats import agreement

A = [1, 1, 2, 3, 3, 2, 1, 3, 2, 2, 1, 3]
B = [1, 2, 2, 3, 3, 2, 1, 2, 2, 2, 1, 3]
C = [1, 1, 2, 3, 2, 2, 1, 3, 2, 3, None, 3]
THREE = list(zip(A, B, C, strict=True))

FEW = [0] * 46 + [0, 0, 1, 1], [0] * 46 + [1, 1, 0, 0]  # 46 both no, two and two split, none both yes

_ = None
FOUR = [  # twelve units and four observers: Krippendorff's (2011) data, used by Gwet (2014) and irrCAC's vignette
    (1, 1, _, 1), (2, 2, 3, 2), (3, 3, 3, 3), (3, 3, 3, 3), (2, 2, 2, 2), (1, 2, 3, 4),
    (4, 4, 4, 4), (1, 1, 2, 1), (2, 2, 2, 2), (_, 5, 5, 5), (_, _, 1, 1), (_, _, 3, _),
]  # fmt: skip

ECTOPIC = [("e", "e")] * 13 + [("a", "a")] * 20 + [("a", "n")] * 7 + [("n", "a")] * 4 + [("n", "n")] * 56
JUDGES = [(9, 2, 5, 8), (6, 1, 3, 2), (8, 4, 6, 8), (7, 1, 2, 6), (10, 5, 6, 9), (6, 2, 4, 7)]


# --- two raters ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("weights", "kappa"), [("unweighted", 0.75), ("linear", 0.80), ("quadratic", 0.8571)])
def test_kappa_and_weighted_kappa_of_twelve_cases(weights, kappa):
    assert agreement.cohen_kappa(A, B, weights=weights).estimate == pytest.approx(kappa, abs=5e-5)


def test_the_interval_of_kappa_is_that_of_fleiss_cohen_and_everitt_and_is_clipped():
    """The large-sample interval is .4407 to 1.0592; nothing agrees more than wholly."""
    found = agreement.cohen_kappa(A, B)
    assert found.low == pytest.approx(0.4407, abs=5e-5)
    assert 2 * found.estimate - found.low == pytest.approx(1.0592, abs=1e-4)
    assert found.high == 1.0


@pytest.mark.parametrize(
    ("weights", "theirs"), [("unweighted", None), ("linear", "linear"), ("quadratic", "quadratic")]
)
def test_kappa_against_statsmodels(weights, theirs, rng):
    first = rng.integers(0, 4, 80)
    second = np.where(rng.random(80) < 0.6, first, rng.integers(0, 4, 80))
    known = their_kappa(agreement.confusion(first, second, categories=range(4)), wt=theirs)
    found = agreement.cohen_kappa(first, second, weights=weights)
    assert found.estimate == pytest.approx(known.kappa)
    assert found.standard_error == pytest.approx(known.std_kappa)
    assert (found.low, found.high) == pytest.approx((known.kappa_low, known.kappa_upp), abs=1e-6)


def test_the_prevalence_paradox():
    """Forty-six of fifty pairs agree; kappa says worse than chance, AC1 says what everybody sees (Gwet 2008)."""
    pairs = list(zip(*FEW, strict=True))
    assert agreement.raw_agreement(pairs).estimate == pytest.approx(0.92)
    assert agreement.cohen_kappa(*FEW).estimate == pytest.approx(-0.0417, abs=5e-5)
    assert agreement.gwet_ac(pairs).estimate == pytest.approx(0.9133, abs=5e-5)


def test_the_indices_say_why_kappa_is_low_there():
    """Byrt, Bishop and Carlin (1993): prevalence (a - d)/n, bias (b - c)/n, PABAK 2 po - 1."""
    found = agreement.kappa_indices(*FEW, categories=(0, 1))
    assert (found.both_first, found.both_last, found.first_only, found.second_only) == (46, 0, 2, 2)
    assert (found.prevalence, found.bias, found.adjusted) == pytest.approx((-0.92, 0.0, 0.84))


def test_bias_is_positive_where_the_first_rater_says_yes_oftener():
    found = agreement.kappa_indices([1, 1, 1, 0], [0, 0, 1, 0], categories=(0, 1))
    assert (found.bias, found.prevalence) == (0.5, 0.0)


@pytest.mark.parametrize(
    ("coefficient", "estimate", "error"),
    [
        (agreement.gwet_ac, 0.8493305, 0.04321747),
        (agreement.brennan_prediger, 0.835, 0.04693346),
        (agreement.fleiss_kappa, 0.7962397, 0.05905473),
        (agreement.raw_agreement, 0.89, 0.03128898),
    ],
)
def test_two_abstractors_against_irrcac(coefficient, estimate, error):
    """Hundred pregnancies (irrCAC vignette). Its tables divide by n where its raw ratings, and we, divide by n - 1."""
    found = coefficient(ECTOPIC)
    assert found.estimate == pytest.approx(estimate, abs=5e-8)
    assert found.standard_error * np.sqrt(99 / 100) == pytest.approx(error, abs=5e-9)


def test_kappa_of_two_abstractors_against_irrcac():
    found = agreement.cohen_kappa(*zip(*ECTOPIC, strict=True))
    assert (found.estimate, found.standard_error) == pytest.approx((0.7964094, 0.05891072), abs=5e-8)


def test_raw_agreement_of_two_raters_has_wilsons_interval():
    """81 of 263: .2553 to .3662 (Newcombe 1998)."""
    pairs = [(1, 1)] * 81 + [(1, 2)] * 182
    found = agreement.raw_agreement(pairs)
    assert (found.low, found.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert "Wilson" in found.method


# --- several raters, some ratings missing ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coefficient", "estimate"),
    [
        (agreement.gwet_ac, 0.66782),
        (agreement.fleiss_kappa, 0.66434),
        (agreement.krippendorff_alpha, 0.66337),
        (agreement.conger_kappa, 0.66540),
        (agreement.brennan_prediger, 0.66667),
    ],
)
def test_three_raters_with_a_rating_missing(coefficient, estimate):
    assert coefficient(THREE).estimate == pytest.approx(estimate, abs=5e-6)


@pytest.mark.parametrize(
    ("weights", "ac2", "alpha"),
    [("linear", 0.75215, 0.73541), ("quadratic", 0.83562, 0.81471), ("irrcac_ordinal", 0.80233, 0.78205)],
)
def test_three_raters_by_each_weight(weights, ac2, alpha):
    assert agreement.gwet_ac(THREE, weights=weights).estimate == pytest.approx(ac2, abs=5e-6)
    assert agreement.krippendorff_alpha(THREE, weights=weights).estimate == pytest.approx(alpha, abs=5e-6)


def test_krippendorffs_ordinal_is_not_irrcacs():
    """krippendorff 0.9.0 gives .81103 for what it, too, calls ordinal."""
    assert agreement.krippendorff_alpha(THREE, difference="ordinal").estimate == pytest.approx(0.81103, abs=5e-6)


@pytest.mark.parametrize(
    ("coefficient", "expected", "estimate", "error", "low"),
    [
        (agreement.gwet_ac, 0.1903212, 0.77544, 0.14295, 0.461),
        (agreement.fleiss_kappa, 0.2387153, 0.76117, 0.15302, 0.424),
        (agreement.conger_kappa, 0.2334252, 0.76282, 0.14917, 0.435),
        (agreement.brennan_prediger, 0.2, 0.77273, 0.14472, 0.454),
    ],
)
def test_four_observers_against_gwet(coefficient, expected, estimate, error, low):
    """Gwet 2014, as printed in irrCAC's vignette: estimate, standard error, and the interval to 1."""
    found = coefficient(FOUR)
    assert (found.observed, found.expected) == pytest.approx((0.8181818, expected), abs=5e-8)
    assert (found.estimate, found.standard_error) == pytest.approx((estimate, error), abs=5e-6)
    assert found.low == pytest.approx(low, abs=6e-4)
    assert found.high == 1.0


@pytest.mark.parametrize(
    ("difference", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_four_observers_against_krippendorff_2011(difference, alpha):
    """Computing Krippendorff's Alpha-Reliability (2011), example C and the metrics after it."""
    assert agreement.krippendorff_alpha(FOUR, difference=difference).estimate == pytest.approx(alpha, abs=5e-4)


def test_two_observers_of_yes_and_no_against_krippendorff_2011():
    """Example A: ten newspaper articles, alpha .095."""
    one, other = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    found = agreement.krippendorff_alpha(list(zip(one, other, strict=True)))
    assert found.estimate == pytest.approx(0.095, abs=5e-4)


def test_fleiss_kappa_against_statsmodels(rng):
    table = rng.integers(0, 3, (60, 5))
    counts, _names = aggregate_raters(table)
    assert agreement.fleiss_kappa(table).estimate == pytest.approx(their_fleiss(counts))


def test_conger_of_two_is_cohen():
    assert agreement.conger_kappa(ECTOPIC).estimate == pytest.approx(
        agreement.cohen_kappa(*zip(*ECTOPIC, strict=True)).estimate
    )


def test_an_answer_that_nobody_gave_still_counts_among_the_possible_ones():
    """Brennan and Prediger expect 1/q: with a fourth category named, guessing agrees less."""
    found = agreement.brennan_prediger(THREE, categories=(1, 2, 3, 4))
    assert found.expected == 0.25
    assert found.estimate > agreement.brennan_prediger(THREE).estimate


# --- what lies behind a coefficient -------------------------------------------------------------------------


def test_specific_agreement_against_cicchetti_and_feinstein_1990():
    """2a / (2a + b + c): 80 both yes, 10 and 5 split, 5 both no."""
    pairs = [(1, 1)] * 80 + [(1, 0)] * 10 + [(0, 1)] * 5 + [(0, 0)] * 5
    no, yes = agreement.category_agreement(pairs, categories=(0, 1))
    assert yes.agreement.estimate == pytest.approx(160 / 175)
    assert no.agreement.estimate == pytest.approx(10 / 25)
    assert (no.ratings, yes.ratings) == (25, 175)


def test_a_category_that_nobody_chose_has_no_agreement():
    last = agreement.category_agreement(THREE, categories=(1, 2, 3, 4))[-1]
    assert last.ratings == 0
    assert isinstance(last.agreement, agreement.Undefined)


def test_the_confusion_table_reads_first_down_and_second_across():
    assert agreement.confusion(A, B, categories=(1, 2, 3)) == ((3, 1, 0), (0, 4, 0), (0, 1, 3))


def test_ratings_two_steps_apart_are_named_by_their_place():
    found = agreement.steps_apart(
        [(1, 1, 1), (1, 3, 2), (2, 3, None), (1, None, None), (1, 4, 1)], categories=range(1, 5)
    )
    assert found.two_step == (1, 4)
    assert found.apart == (1, 1, 1, 1)
    assert found.share.estimate == 0.5


# --- totals -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "value"),
    [("1,1", 0.80328), ("A,1", 0.80198), ("C,1", 0.78641), ("A,k", 0.92395)],
)
def test_intraclass_of_the_eleven_complete_cases(form, value):
    found = agreement.intraclass(THREE, form)
    assert found.estimate == pytest.approx(value, abs=5e-6)
    assert (found.cases, found.left_out) == (11, 1)


def test_the_interval_of_absolute_agreement_there():
    found = agreement.intraclass(THREE, "A,1")
    assert (found.low, found.high) == pytest.approx((0.55, 0.94), abs=5e-3)


@pytest.mark.parametrize(
    ("form", "value", "low", "high"),
    [
        ("1,1", 0.17, -0.133, 0.723),
        ("A,1", 0.29, 0.019, 0.761),
        ("C,1", 0.71, 0.342, 0.946),
        ("1,k", 0.44, -0.884, 0.912),
        ("A,k", 0.62, 0.071, 0.927),
        ("C,k", 0.91, 0.676, 0.986),
    ],
)
def test_six_targets_and_four_judges_against_shrout_and_fleiss_1979(form, value, low, high):
    """Table 4; the limits are those that R's psych prints for the same data (McGraw & Wong's formulae)."""
    found = agreement.intraclass(JUDGES, form)
    assert found.estimate == pytest.approx(value, abs=5.1e-3)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-3)


def test_mean_squares_against_shrout_and_fleiss_1979():
    """Table 3: 11.24 between targets, 6.26 within, 32.49 between judges, 1.02 left."""
    found = agreement.intraclass(JUDGES, "A,1")
    squares = (found.between_cases, found.within_cases, found.between_raters, found.residual)
    assert squares == pytest.approx((11.24, 6.26, 32.49, 1.02), abs=5e-3)
    assert found.f == pytest.approx(11.24 / 1.02, abs=0.03)
    assert found.degrees_of_freedom == (5, 15)


def test_the_error_of_a_measurement_is_the_root_of_its_variances():
    """From the same mean squares: (32.49 - 1.02) / 6 + 1.02 = 6.26, and 1.02 where leanings are forgiven."""
    found = agreement.measurement_error(JUDGES)
    assert found.agreement == pytest.approx(np.sqrt((32.4861 - 1.0194) / 6 + 1.0194), abs=1e-3)
    assert found.consistency == pytest.approx(np.sqrt(1.0194), abs=1e-3)
    assert found.smallest_change == pytest.approx(1.959964 * np.sqrt(2) * found.agreement)


def test_peak_flow_against_bland_and_altman_1986():
    """Seventeen people, two meters: mean difference -2.1 (-22.0 to 17.8), deviation 38.8 litres a minute."""
    large = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
    mini = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
    found = agreement.bland_altman(large, mini)
    assert found.mean.estimate == pytest.approx(-2.1, abs=0.05)
    assert (found.mean.low, found.mean.high) == pytest.approx((-22.0, 17.8), abs=0.1)
    assert found.deviation == pytest.approx(38.8, abs=0.05)
    assert (found.lower.estimate, found.upper.estimate) == pytest.approx((-2.118 - 76.0, -2.118 + 76.0), abs=0.1)


def test_the_error_of_a_limit_against_bland_and_altman_1999():
    """Eighty-five people: the standard error of a limit is about 1.71 s over the root of n."""
    rng = np.random.default_rng(85)
    found = agreement.bland_altman(rng.normal(120, 20, 85), rng.normal(136, 20, 85))
    assert found.lower.standard_error / found.deviation * np.sqrt(85) == pytest.approx(1.71, abs=6e-3)


# --- how far it carries -------------------------------------------------------------------------------------


def test_every_interval_says_how_it_was_made():
    made = {how: agreement.gwet_ac(FOUR, interval=how) for how in ("analytic", "percentile", "bca")}
    assert [found.method.split()[0] for found in made.values()] == ["delta", "percentile", "BCa"]
    assert [(found.draws, found.seed) for found in made.values()] == [(0, None), (1000, 2026), (1000, 2026)]
    assert all(-1 <= found.low <= found.estimate <= found.high <= 1 for found in made.values())


def test_a_seed_gives_the_same_interval_again_and_another_seed_another():
    one, again, other = (agreement.gwet_ac(THREE, interval="percentile", seed=seed) for seed in (1, 1, 2))
    assert (one.low, one.high) == (again.low, again.high)
    assert one != other


def test_resamples_without_variation_are_counted_and_left_out():
    rare = [(0, 0)] * 18 + [(1, 1), (0, 1)]
    found = agreement.fleiss_kappa(rare, interval="percentile")
    assert 50 < found.undefined_draws < 250  # (18/20)^20 of a thousand is 122
    assert np.isfinite([found.low, found.high]).all()


@pytest.mark.parametrize("interval", ["analytic", "percentile", "bca"])
def test_intervals_hold_the_planted_truth_about_as_often_as_they_say(interval, rng):
    """Two raters of 60 cases, three answers: each tells the true answer with chance .8, else one of the others.

    Over all cases they agree with chance .8² + .2²/2 = .66, and everything is balanced, so kappa is (.66 - 1/3)/(2/3).
    """
    truth, held = (0.66 - 1 / 3) / (2 / 3), 0
    for seed in range(200):
        case = rng.integers(0, 3, 60)
        said = [(case + np.where(rng.random(60) < 0.8, 0, rng.integers(1, 3, 60))) % 3 for _ in range(2)]
        found = agreement.cohen_kappa(*said, categories=range(3), interval=interval, draws=400, seed=seed)
        held += found.low <= truth <= found.high
    assert 0.90 <= held / 200 <= 0.99


def test_the_intraclass_interval_holds_the_planted_truth(rng):
    """Cases vary by 4, raters by 1, the rest by 3: the correlation of one rater is 4 / 8."""
    held = 0
    for _ in range(200):
        table = rng.normal(0, 2, (40, 1)) + rng.normal(0, 1, (1, 5)) + rng.normal(0, np.sqrt(3), (40, 5))
        found = agreement.intraclass(table, "A,1")
        held += found.low <= 0.5 <= found.high
    assert 0.90 <= held / 200 <= 0.99


def test_weights_are_said_in_words_in_every_answer():
    for weights in agreement.NAMES:
        said = agreement.gwet_ac(THREE, weights=weights).weights
        assert said.name == weights
        assert len(said.definition) > 10
    assert "irrCAC" in agreement.gwet_ac(THREE, weights="irrcac_ordinal").weights.definition


def test_a_matrix_of_ones_own_is_used_and_named_as_given():
    mine = [[1, 0.5, 0], [0.5, 1, 0.5], [0, 0.5, 1]]
    found = agreement.gwet_ac(THREE, weights=mine)
    assert found.estimate == pytest.approx(agreement.gwet_ac(THREE, weights="linear").estimate)
    assert found.weights.name == "given"


def test_ac_is_called_ac1_without_weights_and_ac2_with_them():
    assert agreement.gwet_ac(THREE).name == "Gwet's AC1"
    assert agreement.gwet_ac(THREE, weights="linear").name == "Gwet's AC2"


@pytest.mark.parametrize(
    ("value", "word"),
    [(-0.1, "poor"), (0.0, "slight"), (0.2, "slight"), (0.21, "fair"), (0.6, "moderate"), (0.61, "substantial"), (0.9, "almost perfect"), (1.0, "almost perfect")],
)  # fmt: skip
def test_words_against_landis_and_koch_1977(value, word):
    assert agreement.landis_koch(value) == word


def test_ten_thousand_cases_are_resampled_whole(rng):
    table = rng.integers(0, 4, (10_000, 3))
    found = [
        *(each(table, weights="quadratic", interval="bca") for each in (agreement.gwet_ac, agreement.conger_kappa)),
        agreement.krippendorff_alpha(table, difference="ordinal", interval="bca"),
        agreement.intraclass(table, interval="bca"),
    ]
    assert all(each.low < 0.03 and each.high > -0.03 for each in found), "chance alone agrees with nobody"
