"""What a hidden difference, uneven detection or unseen outcomes could do to a result."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fourfold import stats

RATIO = stats.Estimate(0.89, 0.79, 0.99, method="hazard ratio")


def test_detection_that_hid_a_benefit_is_put_right():
    """Recorded 0.89 with 90% noticed among managed people and 70% among others: truly 0.69."""
    found = stats.detection_grid(RATIO).at(0.9, 0.7)
    assert found.estimate == pytest.approx(0.692, abs=5e-4)
    assert found.low == pytest.approx(0.79 * 7 / 9)
    assert "0.9" in found.method


def test_equal_detection_changes_nothing():
    grid = stats.detection_grid(RATIO)
    for share in (0.5, 0.8, 1.0):
        assert grid.at(share, share).estimate == RATIO.estimate


def test_detection_needed_to_explain_a_result_away():
    grid = stats.detection_grid(RATIO)
    assert grid.needed == RATIO.estimate
    assert grid.needed_for_limit == RATIO.high
    assert stats.detection_grid(stats.Estimate(0.9, 0.7, 1.1)).needed_for_limit is None


def test_the_correction_holds_for_simulated_acts(rng):
    """Each act noticed independently: the hazard of the first recorded act is thinned in proportion."""
    managed = np.arange(60_000) % 2
    rate = np.where(managed, 0.7, 1.0) * np.where(managed, 0.9, 0.7)
    time = rng.exponential(1 / rate)
    events = [((time < 1) & (managed == arm)).sum() for arm in (1, 0)]
    exposure = [np.minimum(time, 1)[managed == arm].sum() for arm in (1, 0)]
    recorded = stats.rate_ratio(int(events[0]), exposure[0], int(events[1]), exposure[1])
    corrected = stats.detection_grid(recorded).at(0.9, 0.7)
    assert recorded.estimate == pytest.approx(0.9, abs=0.02)
    assert corrected.low < 0.7 < corrected.high


def test_bounding_factor_against_ding_vanderweele_2016():
    """A confounder of strength E on both sides moves an estimate exactly to 1: the E-value's definition."""
    assert stats.bounding_factor(2, 2) == pytest.approx(4 / 3)
    strength = stats.e_value(3.9).estimate
    assert stats.bounding_factor(strength, strength) == pytest.approx(3.9)


@pytest.mark.parametrize("factor", [0.5, math.nan, math.inf])
def test_a_strength_that_is_none_is_refused(factor):
    with pytest.raises(stats.OutOfRange):
        stats.bounding_factor(factor, 2)


def test_one_negative_control_takes_off_what_it_shows():
    found = stats.negative_control(math.log(0.7), 0.1, [math.log(0.85)], [0.08])
    assert math.exp(found.calibrated.estimate) == pytest.approx(0.7 / 0.85)
    assert found.calibrated.standard_error == pytest.approx(math.hypot(0.1, 0.08))
    assert found.spread == 0
    assert found.error.p_value == pytest.approx(0.042, abs=2e-3)


def test_calibrated_intervals_hold_where_the_design_errs(rng):
    """Every outcome is biased by about -0.3 (Schuemie 2014): plain intervals miss a true nought, calibrated ones do not."""
    plain = calibrated = 0
    for _ in range(200):
        controls = rng.normal(-0.3, 0.1, 20) + rng.normal(0, 0.1, 20)
        effect = rng.normal(-0.3, 0.1) + rng.normal(0, 0.1)
        found = stats.negative_control(effect, 0.1, controls, [0.1] * 20).calibrated
        plain += abs(effect) < 1.96 * 0.1
        calibrated += found.low < 0 < found.high
    assert plain / 200 < 0.5
    assert calibrated / 200 > 0.9


def test_a_difference_that_stands_whatever_the_missing_did():
    found = stats.tipping_point_shares(20, 200, 2, 80, 200, 2)
    assert found.robust
    assert found.tipping == ()
    assert found.observed.high < 0


def test_a_difference_that_tips_names_where():
    """30 of 100 against 45 of 100, twenty missing on each side."""
    found = stats.tipping_point_shares(30, 100, 20, 45, 100, 20)
    assert not found.robust
    assert found.best.high < 0
    assert found.worst.estimate > 0
    for one, other in found.tipping:
        there = stats.newcombe_difference(30 + one, 120, 45 + other, 120)
        assert there.high >= 0


def test_with_nobody_missing_nothing_can_tip():
    found = stats.tipping_point_shares(30, 100, 0, 45, 100, 0)
    assert found.robust
    assert found.best == found.worst == found.observed


def test_a_tipping_shift_is_where_the_interval_reaches_nought():
    """A fifth is missing, so each point of shift moves the estimate -2 (error 0.5) by a fifth of a point."""

    def analysis(shift):
        centre = -2 + 0.2 * shift
        return stats.Estimate(centre, centre - 0.98, centre + 0.98)

    found = stats.tipping_shift(analysis, towards=20)
    assert found.shift == pytest.approx(1.02 / 0.2, abs=0.05)
    assert found.at_shift.high == pytest.approx(0, abs=0.01)
    assert stats.tipping_shift(analysis, towards=3).shift is None
    assert stats.tipping_shift(lambda shift: stats.Estimate(0.1, -1, 1), towards=3).shift == 0


def test_imputed_values_are_shifted_until_the_conclusion_tips(rng):
    """End to end: the arms differ by -1.5, a third of the treated are missing."""
    arm = np.arange(400) % 2
    score = 10 - 1.5 * arm + rng.normal(0, 3, 400)
    unseen = (arm == 1) & (rng.random(400) < 1 / 3)

    def analysis(shift):
        filled = stats.impute(
            {"arm": arm, "score": np.where(unseen, np.nan, score)},
            imputations=5,
            cycles=1,
            shifts={"score": shift},
            seed=1,
        )
        return filled.analyse(lambda data: stats.mean_difference(data["score"], data["arm"])).estimate

    found = stats.tipping_shift(analysis, towards=15.0)
    assert found.shift > 0.5
    assert found.at_shift.high == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: stats.detection_grid(RATIO, managed=[0.0]), stats.OutOfRange),
        (lambda: stats.detection_grid(RATIO, others=[1.2]), stats.OutOfRange),
        (lambda: stats.detection_grid(stats.Estimate(-0.1, -0.3, 0.2)), stats.OutOfRange),
        (lambda: stats.detection_grid(RATIO).at(0.55, 0.7), stats.OutOfRange),
        (lambda: stats.negative_control(0.1, 0.0, [0.1], [0.1]), stats.OutOfRange),
        (lambda: stats.negative_control(0.1, 0.1, [0.1], [0.0]), stats.OutOfRange),
        (lambda: stats.negative_control(0.1, 0.1, [], []), stats.EmptyInput),
        (lambda: stats.tipping_point_shares(3, 2, 0, 1, 2, 0), stats.OutOfRange),
        (lambda: stats.tipping_point_shares(3, 5, 500, 1, 5, 500), stats.OutOfRange),
        (lambda: stats.tipping_shift(lambda shift: RATIO, towards=0), stats.OutOfRange),
    ],
)
def test_a_sensitivity_without_an_answer_is_refused(call, error):
    with pytest.raises(error):
        call()
