"""Cox and recurrent events at their edges: tiny weights, far predictions, overlapping rows, changes nobody can see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fourfold import stats


@pytest.fixture
def people(rng: np.random.Generator) -> dict[str, Any]:
    """Four hundred people, a covariate that hastens the event and one that does nothing."""
    x = rng.normal(size=(400, 2))
    return {
        "time": rng.exponential(np.exp(-0.5 * x[:, 0])),
        "event": np.ones(400),
        "covariates": {"x": x[:, 0], "y": x[:, 1]},
    }


@pytest.mark.parametrize("scale", [1e-12, 1 / 400, 7.0, 1e12])
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_the_unit_of_weights_changes_no_hazard_ratio(people: dict[str, Any], scale: float, ties: str) -> None:
    """Weights that add up to one were told that their covariate separates everybody."""
    plain = stats.cox_regression(**people, ties=ties)
    weighted = stats.cox_regression(**people, ties=ties, weights=np.full(400, scale))
    assert weighted.coefficients == pytest.approx(plain.coefficients, abs=1e-9)
    treated = np.repeat([1, 0], 50)
    apart = np.where(treated == 1, people["time"][:100] / 1e3, 1 + people["time"][:100])
    with pytest.raises(stats.NotIdentified, match="separates"):
        stats.cox_regression(apart, np.ones(100), {"treated": treated}, weights=np.full(100, scale))


def test_a_prediction_beyond_the_data_says_so(people: dict[str, Any]) -> None:
    fit = stats.cox_regression(**people)
    inside, outside = (stats.predicted_survival(fit, {"x": x, "y": 0}, [0.1])[0] for x in (1, 9))
    assert inside.cautions == ()
    assert "Nobody in the fit had x 9" in outside.cautions[0]
    with pytest.raises(stats.OutOfRange, match="hazard"):
        stats.predicted_survival(fit, {"x": 1e5, "y": 0}, [0.1])


def test_a_ratio_that_no_number_can_hold_is_refused_and_its_limit_is_infinite(people: dict[str, Any]) -> None:
    small = {name: values / 1e5 for name, values in people["covariates"].items()}
    fit = stats.cox_regression(people["time"], people["event"], small)
    with pytest.raises(stats.OutOfRange, match="smaller units"):
        fit.hazard_ratio("x")
    assert stats.Estimate(-800.0, -900.0, 800.0).exponentiated().high == np.inf


NO_CHANGE: dict[str, Callable[[], object]] = {
    "one day tells the arms apart": lambda: stats.proportional_hazards_test(
        stats.cox_regression([1, 1, 1, 1, 2, 2], [1, 0, 1, 0, 1, 1], {"x": [1, 0, 0, 1, 1, 1]})
    ),
    "a term of one covariate twice": lambda: stats.proportional_hazards_test(
        stats.cox_regression([1, 2, 3, 4, 5], [1, 1, 1, 1, 0], {"x": [3, 1, 4, 1, 5]}), terms={"both": ["x", "x"]}
    ),
    "a term of nothing": lambda: stats.proportional_hazards_test(
        stats.cox_regression([1, 2, 3, 4, 5], [1, 1, 1, 1, 0], {"x": [3, 1, 4, 1, 5]}), terms={"none": []}
    ),
}


@pytest.mark.parametrize("call", NO_CHANGE.values(), ids=NO_CHANGE)
def test_a_change_over_time_that_cannot_be_seen_is_refused(call: Callable[[], object]) -> None:
    with pytest.raises(stats.NotIdentified):
        call()


OVERLAPPING = ([0, 0, 0, 3], [5, 10, 10, 7], [1, 1, 0, 1], ["p", "p", "q", "r"])
APART = ([0, 5, 0, 3], *OVERLAPPING[1:])

AGAIN: dict[str, Callable[..., Any]] = {
    "andersen_gill": lambda entry, time, event, person: stats.andersen_gill(
        time, event, {"x": [1, 1, 0, 0.5]}, person, entry=entry
    ),
    "prentice_williams_peterson": lambda entry, time, event, person: stats.prentice_williams_peterson(
        time, event, [1, 1, 1, 1], {"x": [1, 1, 0, 0.5]}, person, entry=entry
    ),
    "mean_cumulative_function": lambda entry, time, event, person: stats.mean_cumulative_function(
        time, event, person, entry=entry
    ),
}


@pytest.mark.parametrize("call", AGAIN.values(), ids=AGAIN)
def test_somebody_at_risk_beside_oneself_is_said(call: Callable[..., Any]) -> None:
    assert "1 rows begin while another of the same person lasts" in call(*OVERLAPPING).cautions[0]
    assert not any("while another" in said for said in call(*APART).cautions)


def test_episodes_without_their_beginnings_are_no_mean_number_of_events() -> None:
    """Two acts by one of two people are one act each; with both rows from day 0 they were five sixths, in silence."""
    low, right = (
        stats.mean_cumulative_function([5, 10, 10], [1, 1, 0], ["p", "p", "q"], entry=entry).at([10])[0]
        for entry in (None, [0, 5, 0])
    )
    assert (low.estimate, right.estimate) == pytest.approx((5 / 6, 1))
    assert "counted twice" in low.cautions[0]
    assert right.cautions == ("2 people and 2 events: too few for the interval to be trusted.",)


@pytest.mark.parametrize("late", [False, True], ids=["from the start", "with late entry"])
def test_a_fit_of_counted_rows_ranks_and_leaves_what_single_rows_do(rng: np.random.Generator, late: bool) -> None:
    """Each different row stood for one person: a concordance of 0.564 where it was 0.576."""
    x = rng.integers(0, 3, 2000)
    time, event = np.ceil(rng.exponential(20 * np.exp(-0.3 * x))), rng.random(2000) < 0.7
    entry = np.floor(time * 0.5) if late else None
    single = stats.cox_regression(time, event, {"x": x}, entry=entry)
    counted = stats.cox_regression_grouped(time, event, {"x": x}, entry=entry)
    assert stats.concordance(counted) == stats.concordance(single)
    one, other = stats.schoenfeld_residuals(single), stats.schoenfeld_residuals(counted)
    assert np.array_equal(one.time, other.time)
    assert other.values.mean() == pytest.approx(counted.coefficients[0]) == one.values.mean()
    assert np.sort(other.values, axis=0) == pytest.approx(np.sort(one.values, axis=0))
