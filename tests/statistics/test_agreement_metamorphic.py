"""What must hold of agreement whatever people said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourfold import stats
from fourfold.stats import agreement

SEVERAL = settings(max_examples=40)
COEFFICIENTS = (
    agreement.gwet_ac,
    agreement.fleiss_kappa,
    agreement.conger_kappa,
    agreement.brennan_prediger,
    agreement.krippendorff_alpha,
    agreement.raw_agreement,
)
CATEGORIES = (0, 1, 2)


@st.composite
def tables(draw, *, missing: bool = True):
    """A dozen cases and two to four raters, of whom some rated only some."""
    raters, said = draw(st.integers(2, 4)), st.sampled_from(CATEGORIES)
    one = st.one_of(st.none(), said, said, said) if missing else said
    return draw(st.lists(st.lists(one, min_size=raters, max_size=raters), min_size=4, max_size=16))


def _asked(coefficient, table, **choices):
    """The estimate and its standard error, or what it is instead."""
    try:
        found = coefficient(table, **{"categories": CATEGORIES, "interval": "analytic", **choices})
    except stats.StatisticsError as refusal:
        return type(refusal).__name__
    if isinstance(found, agreement.Undefined):
        return str(found)
    return pytest.approx((found.estimate, found.standard_error), abs=1e-9)


def _value(coefficient, table, **choices):
    answer = _asked(coefficient, table, **choices)
    return answer if isinstance(answer, str) else answer.expected


@SEVERAL
@given(tables(), st.permutations(CATEGORIES))
def test_relabelling_the_categories_changes_nothing_without_weights(table, names):
    relabelled = [[None if said is None else names[said] for said in row] for row in table]
    for coefficient in COEFFICIENTS:
        assert _value(coefficient, relabelled) == _asked(coefficient, table)


@SEVERAL
@given(tables(), st.sampled_from(["linear", "quadratic", "irrcac_ordinal"]))
def test_turning_the_order_round_changes_nothing_with_weights(table, weights):
    turned = [[None if said is None else 2 - said for said in row] for row in table]
    for coefficient in COEFFICIENTS:
        assert _value(coefficient, turned, weights=weights) == _asked(coefficient, table, weights=weights)


@SEVERAL
@given(tables(), st.randoms(use_true_random=False))
def test_it_does_not_matter_who_stands_in_which_column_or_row(table, shuffler):
    raters, cases = list(range(len(table[0]))), list(range(len(table)))
    shuffler.shuffle(raters)
    shuffler.shuffle(cases)
    moved = [[table[case][rater] for rater in raters] for case in cases]
    for coefficient in COEFFICIENTS:
        assert _value(coefficient, moved) == _asked(coefficient, table)


@SEVERAL
@given(tables(), st.randoms(use_true_random=False))
def test_a_resampled_interval_does_not_depend_on_the_order_of_cases(table, shuffler):
    moved = list(table)
    shuffler.shuffle(moved)

    def limits(rows):
        try:
            found = agreement.gwet_ac(rows, categories=CATEGORIES, interval="bca", draws=100)
        except stats.StatisticsError as refusal:
            return str(refusal.remedy)
        return str(found) if isinstance(found, agreement.Undefined) else (found.low, found.high)

    assert limits(moved) == limits(table)


@SEVERAL
@given(tables())
def test_doubling_every_case_keeps_the_number_and_narrows_the_error(table):
    """Alpha alone moves a little: it counts out of n - 1 ratings."""
    for coefficient in COEFFICIENTS:
        if coefficient is agreement.krippendorff_alpha:
            continue
        one, two = _value(coefficient, table), _value(coefficient, [*table, *table])
        if isinstance(one, str) or isinstance(two, str):
            continue
        n = sum(any(said is not None for said in row) for row in table)
        if coefficient is agreement.raw_agreement:
            n = sum(sum(said is not None for said in row) >= 2 for row in table)
        assert two[0] == pytest.approx(one[0], abs=1e-9)
        assert two[1] == pytest.approx(one[1] * np.sqrt((n - 1) / (2 * n - 1)), abs=1e-9)


@SEVERAL
@given(tables(missing=False))
def test_a_rater_who_says_the_same_as_the_first_agrees_wholly(table):
    alike = [[row[0]] * len(row) for row in table]
    for coefficient in COEFFICIENTS:
        found = _value(coefficient, alike)
        if coefficient is agreement.raw_agreement:
            assert found[0] == 1
        else:
            assert isinstance(found, str) or found[0] == pytest.approx(1)


@SEVERAL
@given(tables(missing=False))
def test_kappa_is_the_same_from_either_side(table):
    one, other = [row[0] for row in table], [row[1] for row in table]
    for weights in agreement.NAMES:
        there = agreement.cohen_kappa(one, other, categories=CATEGORIES, weights=weights)
        back = agreement.cohen_kappa(other, one, categories=CATEGORIES, weights=weights)
        assert str(there) == str(back) if isinstance(there, agreement.Undefined) else True
        if isinstance(there, agreement.Coefficient):
            assert (back.estimate, back.low) == pytest.approx((there.estimate, there.low), abs=1e-9)


@SEVERAL
@given(tables(missing=False))
def test_weights_that_are_the_identity_are_no_weights(table):
    for coefficient in COEFFICIENTS:
        assert _value(coefficient, table, weights=np.eye(3)) == _asked(coefficient, table, weights="unweighted")


@SEVERAL
@given(tables(missing=False))
def test_alpha_with_quadratic_weights_is_alpha_of_squared_differences(table):
    """Categories one apart: both say (i - j)²."""
    by_weights = _value(agreement.krippendorff_alpha, table, weights="quadratic")
    assert _value(agreement.krippendorff_alpha, table, difference="interval") == (
        by_weights if isinstance(by_weights, str) else pytest.approx(by_weights, abs=1e-9)
    )


@SEVERAL
@given(st.integers(0, 2**32), st.floats(-100, 100), st.floats(0.1, 50), st.sampled_from(list(agreement.FORMS)))
def test_moving_and_stretching_the_scale_leaves_the_correlation(seed, moved, stretched, form):
    table = np.random.default_rng(seed).normal(size=(8, 3))
    one, other = agreement.intraclass(table, form), agreement.intraclass(moved + stretched * table, form)
    values = [(found.estimate, found.low, found.high) for found in (one, other)]
    assert values[0] == pytest.approx(values[1], abs=1e-6)


@SEVERAL
@given(st.integers(0, 2**32), st.floats(-20, 20))
def test_a_rater_who_always_scores_higher_matters_to_agreement_and_not_to_consistency(seed, lean):
    table = np.random.default_rng(seed).normal(size=(8, 3))
    leaning = table + np.array([0, 0, lean])
    assert agreement.intraclass(leaning, "C,1").estimate == pytest.approx(agreement.intraclass(table, "C,1").estimate)
    limits = agreement.bland_altman(leaning[:, 2], table[:, 2])
    assert isinstance(limits, agreement.Undefined) or limits.mean.estimate == pytest.approx(lean, abs=1e-9)


@SEVERAL
@given(st.integers(0, 2**32))
def test_resampled_sums_give_the_same_correlation_as_the_table(seed):
    """The bootstrap works on sums over cases; at the data themselves they must give the table's own answer."""
    table = np.random.default_rng(seed).normal(50, 10, size=(9, 4))
    for form in agreement.FORMS:
        plain, drawn = (agreement.intraclass(table, form, interval=how, draws=100) for how in ("analytic", "bca"))
        assert drawn.estimate == pytest.approx(plain.estimate)
        assert drawn.low <= drawn.estimate <= drawn.high
