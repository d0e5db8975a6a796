"""Change in one person: the published thresholds to their printed digits, and what may be said of it."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold import stats
from fourfold.stats import ChangeNorm, ChangeOutcome, Measured

CHOSEN, FIRST, SECOND = date(2026, 1, 5), date(2026, 2, 1), date(2026, 5, 1)
IMPROVED, WORSE, SAME, NOT = (
    ChangeOutcome.RELIABLE_IMPROVEMENT,
    ChangeOutcome.RELIABLE_DETERIORATION,
    ChangeOutcome.NO_RELIABLE_CHANGE,
    ChangeOutcome.NOT_ASSESSABLE,
)


def norm(**figures: float) -> ChangeNorm:
    return ChangeNorm("PHQ-9", "adults in talking therapies", "NHS Talking Therapies manual", CHOSEN, **figures)


def measured(score: float | None, on: date = FIRST, version: str = "1", mode: str = "") -> Measured:
    return Measured(score, on, version, mode)


def assessed(before: float | None, after: float | None, *, higher_is_better: bool = False, **figures: float):
    return stats.assess_change(
        measured(before), measured(after, SECOND), norm=norm(**figures), higher_is_better=higher_is_better
    )


# --- thresholds --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scale", "deviation", "reliability", "level", "threshold", "points"),
    [
        ("GAD-7, alpha .92 (NHS: 3.53, so 4)", 4.5, 0.92, 0.95, 3.53, 4),
        ("GAD-7, test-retest .83 (Bischoff 2020 has 5.59, so 6)", 4.5, 0.83, 0.95, 5.14, 6),
        ("PHQ-9, alpha .89", 5.5, 0.89, 0.95, 5.06, 6),
        ("PHQ-9, test-retest .84", 5.5, 0.84, 0.95, 6.10, 7),
        ("CORE-10, alpha .90, 95%", 7.7, 0.90, 0.95, 6.75, 7),
        ("CORE-10, alpha .90, 90% (published: 6)", 7.7, 0.90, 0.90, 5.66, 6),
    ],
)
def test_thresholds_to_the_printed_digits(scale, deviation, reliability, level, threshold, points):
    error = stats.standard_error_of_measurement(deviation, reliability)
    found = stats.change_threshold(error, level=level)
    assert found == pytest.approx(threshold, abs=5.1e-3)
    assert stats.whole_points(found) == points


def test_the_error_of_gad7_is_one_and_a_quarter_points():
    assert stats.standard_error_of_measurement(4.5, 0.92) == pytest.approx(1.27, abs=5e-3)


def test_swemwbs_from_its_published_error():
    """HQLO 2018: one error is 1.03, 2.77 of them 2.87; 1.96 √2 of 1.03 is 2.855."""
    assert stats.change_threshold(1.03) == pytest.approx(2.855, abs=5e-4)
    assert norm(standard_error=1.03).threshold == pytest.approx(2.855, abs=5e-4)


def test_criterion_c_of_core10():
    """Clinical mean 19.7 (7.7), general 4.7 (4.8): 10.46, so that 11 is clinical."""
    found = stats.clinical_cut_off(19.7, 4.7, clinical_deviation=7.7, general_deviation=4.8)
    assert found == pytest.approx(10.46, abs=5e-3)
    assert stats.whole_points(found) == 11


def test_the_index_against_jacobson_and_truax_1991():
    change = stats.reliable_change(32.5, 47.5, deviation=7.5, reliability=0.80)
    assert change.standard_error == pytest.approx(3.354, abs=5e-4)
    assert change.difference_error == pytest.approx(4.743, abs=5e-4)
    assert change.index == pytest.approx(3.16, abs=5e-3)
    assert change.reliable
    wider = stats.reliable_change(32.5, 47.5, deviation=10, reliability=0.80)
    assert (wider.difference_error, wider.index) == pytest.approx((6.325, 2.37), abs=5e-3)
    assert stats.clinical_cut_off(40, 60, clinical_deviation=7.5, general_deviation=7.5) == 50


def test_which_reliability_is_taken_moves_the_answer_so_the_norm_names_it():
    alpha, retest = (norm(deviation=4.5, reliability=r).threshold for r in (0.92, 0.83))
    assert stats.whole_points(retest) - stats.whole_points(alpha) == 2


# --- what may be said ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "outcome", "recovered", "reliable_recovery"),
    [
        (18, 12, IMPROVED, False, False),
        (18, 9, IMPROVED, True, True),
        (18, 10, IMPROVED, False, False),
        (11, 9, SAME, True, False),
        (12, 7, SAME, True, False),
        (9, 3, IMPROVED, None, None),
        (9, 15, WORSE, None, None),
        (10, 16, WORSE, False, False),
        (14, 14, SAME, False, False),
        (14, 9, SAME, True, False),
        (15, 9, IMPROVED, True, True),
    ],
)
def test_phq9_by_the_rules_of_nhs_talking_therapies(before, after, outcome, recovered, reliable_recovery):
    """Six points and more are reliable; ten and more is a case."""
    found = assessed(before, after, points=6, caseness=10)
    assert (found.outcome, found.recovered, found.reliable_recovery) == (outcome, recovered, reliable_recovery)


@pytest.mark.parametrize(
    ("before", "after", "outcome", "recovered"),
    [(20, 30, IMPROVED, True), (28, 40, IMPROVED, True), (20, 28, SAME, False), (40, 30, WORSE, None), (40, 52, IMPROVED, None)],
)  # fmt: skip
def test_the_direction_comes_from_the_definition(before, after, outcome, recovered):
    """WHO-5: higher is better, ten points are reliable, twenty-eight and less may be depression."""
    found = assessed(before, after, points=10, caseness=28, higher_is_better=True)
    assert (found.outcome, found.recovered) == (outcome, recovered)


def test_a_norm_without_a_cut_off_says_nothing_of_recovery():
    found = assessed(18, 4, points=6)
    assert (found.outcome, found.recovered, found.reliable_recovery) == (IMPROVED, None, None)


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (None, None, "no measure yet"),
        (measured(9), None, "one measure only"),
        (None, measured(9), "one measure only"),
        (measured(None), measured(9, SECOND), "first measure was not scored"),
        (measured(9), measured(None, SECOND), "second measure was not scored"),
        (measured(9), measured(3, SECOND, "2"), "different versions, 1 and 2"),
    ],
)
def test_what_cannot_be_assessed_says_why(before, after, why):
    found = stats.assess_change(before, after, norm=norm(points=6), higher_is_better=False)
    assert found.outcome is NOT
    assert why in found.why
    assert (found.difference, found.recovered, found.reliable_recovery) == (None, None, None)


def test_a_norm_chosen_after_the_measure_is_marked():
    late = ChangeNorm("PHQ-9", "adults", "a manual", date(2026, 9, 1), points=6)
    found = stats.assess_change(measured(18), measured(9, SECOND), norm=late, higher_is_better=False)
    assert any("after this measure" in note for note in found.notes)
    assert assessed(18, 9, points=6).notes == ()


def test_measures_taken_differently_are_marked():
    found = stats.assess_change(
        measured(18, mode="self"), measured(9, SECOND, mode="telephone"), norm=norm(points=6), higher_is_better=False
    )
    assert found.notes == ("Taken differently: self, then telephone.",)


# --- refusals -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figures", "error"),
    [
        ({}, stats.OutOfRange),
        ({"points": 6, "standard_error": 1}, stats.OutOfRange),
        ({"deviation": 5}, stats.OutOfRange),
        ({"points": 6, "reliability": 0.9}, stats.OutOfRange),
        ({"points": 0}, stats.OutOfRange),
        ({"points": float("nan")}, stats.OutOfRange),
        ({"deviation": 5, "reliability": 1}, stats.OutOfRange),
        ({"deviation": -5, "reliability": 0.9}, stats.OutOfRange),
    ],
)
def test_a_norm_must_say_one_thing_clearly(figures, error):
    with pytest.raises(error) as refusal:
        norm(**figures)
    assert refusal.value.remedy


@pytest.mark.parametrize("empty", ["scale", "population", "citation"])
def test_a_norm_without_a_source_is_refused(empty):
    said = {"scale": "PHQ-9", "population": "adults", "citation": "a manual", empty: " "}
    with pytest.raises(stats.EmptyInput) as refusal:
        ChangeNorm(**said, chosen_on=CHOSEN, points=6)
    assert refusal.value.argument == empty


def test_measures_in_the_wrong_order_are_refused():
    with pytest.raises(stats.OutOfRange, match="earlier measure first"):
        stats.assess_change(measured(9, SECOND), measured(3, FIRST), norm=norm(points=6), higher_is_better=False)


def test_a_score_that_is_no_number_is_refused():
    with pytest.raises(stats.NotANumber):
        assessed(float("nan"), 9, points=6)


# --- what must always hold ----------------------------------------------------------------------------------


@given(st.floats(0, 27), st.floats(0, 27), st.floats(0, 27))
def test_turning_the_scale_round_changes_no_outcome(before, after, caseness):
    down = assessed(before, after, points=6, caseness=caseness)
    up = assessed(27 - before, 27 - after, points=6, caseness=27 - caseness, higher_is_better=True)
    near = min(abs(abs(before - after) - 6), abs(before - caseness), abs(after - caseness)) < 1e-6
    assert near or (down.outcome, down.recovered) == (up.outcome, up.recovered)


@given(st.floats(0, 27), st.floats(0, 27))
def test_going_back_is_the_opposite(before, after):
    there, back = assessed(before, after, points=6).outcome, assessed(after, before, points=6).outcome
    opposite = {IMPROVED: WORSE, WORSE: IMPROVED, SAME: SAME}
    assert back is opposite[there]


def test_choosing_people_at_their_worst_makes_reliable_improvement_of_nothing():
    """No treatment at all, reliability 0.84, those at 15 and above: they improve, some of them reliably."""
    rng = np.random.default_rng(2026)
    trait = rng.normal(12, 5 * math.sqrt(0.84), 50_000)
    before, after = (trait + rng.normal(0, 5 * math.sqrt(0.16), 50_000) for _ in range(2))
    chosen = before >= 15
    threshold = stats.change_threshold(stats.standard_error_of_measurement(5, 0.84))
    reliably = (before - after)[chosen] > threshold
    assert np.mean(after[chosen] - before[chosen]) < -0.5
    assert 0.03 < reliably.mean() < 0.15
