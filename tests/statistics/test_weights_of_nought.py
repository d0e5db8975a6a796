"""Rows that weigh nothing, weights that count nobody, and incidences from a handful: never a number that looks safe."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold import stats

ROW = st.tuples(st.integers(1, 12), st.integers(0, 2), st.sampled_from([0, 0, 1, 2]))


@given(st.lists(ROW, min_size=2, max_size=40))
def test_a_row_of_weight_nought_is_a_row_left_out(rows: list[tuple[int, int, int]]) -> None:
    time, cause, weight = (np.array(column) for column in zip(*rows, strict=True))
    kept = weight > 0
    if not kept.any():
        return
    whole = stats.kaplan_meier(time, cause > 0, weights=weight)
    part = stats.kaplan_meier(time[kept], cause[kept] > 0, weights=weight[kept])
    for column in ("time", "at_risk", "survival", "low", "people", "cautions"):
        assert np.array_equal(getattr(whole, column), getattr(part, column), equal_nan=column == "low"), column
    if cause[kept].any():
        both = (
            stats.cumulative_incidence(time, cause, weights=weight),
            stats.cumulative_incidence(time[kept], cause[kept], weights=weight[kept]),
        )
        assert both[0].causes == both[1].causes
        assert np.array_equal(both[0].incidence, both[1].incidence)


def test_nobody_was_followed_for_as_long_as_a_row_without_weight() -> None:
    curve = stats.kaplan_meier([5, 10, 100], [1, 0, 0], weights=[1, 1, 0])
    incidence = stats.cumulative_incidence([5, 10, 100], [1, 0, 2], weights=[1, 1, 0])
    for ask in (lambda: curve.at([90]), lambda: incidence.at(1, [90])):
        with pytest.raises(stats.BeyondFollowUp):
            ask()
    with pytest.raises(stats.OutOfRange, match="2 did not happen"):
        incidence.at(2, [5])


def test_weights_that_count_nobody_give_a_restricted_mean_without_an_interval(rng: np.random.Generator) -> None:
    """A thousand times the weights had a thirtieth of the error."""
    time, event, weight = rng.integers(1, 99, 200), rng.random(200) < 0.5, rng.uniform(0.5, 2, 200)
    means = []
    for scale in (1, 1000):
        curve = stats.kaplan_meier(time, event, weights=scale * weight)
        mean = stats.restricted_mean(curve, 60)
        assert np.isnan([mean.low, mean.high, mean.standard_error]).all()
        assert "bootstrap" in " ".join(mean.cautions)
        assert stats.restricted_mean_difference(curve, curve, 60).p_value is None
        means.append(mean.estimate)
    assert means[0] == pytest.approx(means[1])


def test_curves_of_two_levels_are_not_compared() -> None:
    one, other = (stats.kaplan_meier(range(1, 21), [1, 0] * 10, level=level) for level in (0.95, 0.9))
    with pytest.raises(stats.OutOfRange, match="level"):
        stats.restricted_mean_difference(one, other, 9)


@pytest.mark.parametrize(
    ("time", "cause", "says"),
    [
        ([5, 8, 9], [1, 0, 2], "3 people and 1 events of cause 1"),
        (range(1, 41), [2] + [1] * 20 + [0] * 19, "40 people and 1 events of cause 2"),
        ([0] * 6 + [*range(1, 31)], [1] * 36, "6 end at time 0"),
    ],
)
def test_an_incidence_from_a_handful_says_so_at_each_of_its_points(time, cause, says: str) -> None:
    found = stats.cumulative_incidence(time, cause)
    assert any(says in caution for caution in found.cautions)
    assert found.at(1, [5])[0].cautions == found.cautions


def test_what_came_to_everybody_has_no_limits_and_not_limits_of_one() -> None:
    end = stats.cumulative_incidence([5, 8, 9], [1, 1, 1]).at(1, [9])[0]
    assert end.estimate == 1
    assert np.isnan([end.low, end.high]).all()


def test_weights_too_small_to_square_are_worth_as_many_people() -> None:
    assert stats.effective_sample_size([1e-200, 1e-200, 2e-200]) == pytest.approx(
        stats.effective_sample_size([1, 1, 2])
    )
