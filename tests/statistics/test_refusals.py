"""Bad input gets a typed refusal that names the argument and how to mend it, never a silent number."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from fourfold import stats
from tests.statistics.public import FUNCTIONS

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("time", "event", "error", "says"),
    [
        ([], [], stats.EmptyInput, "time: has no rows"),
        ([1, -2], [1, 0], stats.OutOfRange, "time: row 1 is negative"),
        ([1, NAN], [1, 0], stats.NotANumber, "time: row 1 is missing or infinite"),
        ([1, INF], [1, 0], stats.NotANumber, "time: row 1 is missing or infinite"),
        ([1, 2], [1, 2], stats.OutOfRange, "event: row 1 is 2"),
        ([1, 2], [1], stats.WrongShape, "event: has 1 rows where 2 are needed"),
        ([1, 2], ["yes", "no"], stats.NotANumber, "event: holds something that is not a number"),
        (["1", "2"], [1, 0], stats.NotANumber, "time: holds something that is not a number"),
        ([1, "2"], [1, 0], stats.NotANumber, "time: holds something that is not a number"),
        (np.array([1, "2"], dtype=object), [1, 0], stats.NotANumber, "time: holds something that is not a number"),
        (
            np.array(["2026-01-01", "2026-02-01"], "M8[D]"),
            [1, 0],
            stats.NotANumber,
            "time: holds something that is not a number",
        ),
        ([1, None], [1, 0], stats.NotANumber, "time: "),
        ([1, 2 + 1j], [1, 0], stats.NotANumber, "time: holds something that is not a number"),
        ([[1, 2]], [[1, 0]], stats.WrongShape, "time: has 2 dimensions"),
    ],
)
def test_a_column_that_cannot_be_read_is_named(time, event, error, says):
    with pytest.raises(error, match=says) as refusal:
        stats.kaplan_meier(time, event)
    assert refusal.value.remedy
    assert str(refusal.value).endswith(f"{refusal.value.remedy}.")


@pytest.mark.parametrize(
    ("choices", "error", "argument"),
    [
        ({"entry": [0, 3]}, stats.OutOfRange, "entry"),
        ({"entry": [-1, 0]}, stats.OutOfRange, "entry"),
        ({"weights": [0, 0]}, stats.OutOfRange, "weights"),
        ({"weights": [1, -1]}, stats.OutOfRange, "weights"),
        ({"level": 95}, stats.OutOfRange, "level"),
        ({"interval": "plain"}, stats.UnknownChoice, "interval"),
    ],
)
def test_a_choice_that_does_not_exist_is_named(choices, error, argument):
    with pytest.raises(error) as refusal:
        stats.kaplan_meier([1, 3], [1, 0], **choices)
    assert refusal.value.argument == argument


@pytest.mark.parametrize(
    ("event", "covariates", "error", "says"),
    [
        ([0, 0, 0, 0], {"x": [1, 2, 3, 5]}, stats.TooFewEvents, "event: is 0 in every row"),
        ([1, 1, 0, 1], {"x": [7, 7, 7, 7]}, stats.NotIdentified, "'x'.*same in every row"),
        ([1, 1, 0, 1], {"x": [1, 2, 3, 5], "y": [3, 5, 7, 11]}, stats.NotIdentified, "x, y repeat"),
        ([1, 1, 0, 0], {"x": [1, 1, 0, 0]}, stats.NotIdentified, "'x'.*infinite or zero"),
        ([0, 0, 0, 1], {"x": [1, 2, 3, 5]}, stats.NotIdentified, "'x'.*never differs"),
        ([1, 1, 0, 1], {"x": [1, NAN, 3, 5]}, stats.NotANumber, "'x'.*row 1 is missing"),
        ([1, 1, 0, 1], {}, stats.EmptyInput, "covariates: has no columns"),
        ([1, 1, 0, 1], np.ones((3, 2)), stats.WrongShape, "covariates: has shape"),
    ],
)
def test_a_regression_without_an_answer_is_refused_in_words(event, covariates, error, says):
    with pytest.raises(error, match=says):
        stats.cox_regression([1, 2, 3, 4], event, covariates)


def test_a_treatment_that_nobody_survived_with_is_refused_even_when_large(rng):
    """Perfect separation in 400 rows: every treated person has the event before any other does."""
    treated = np.repeat([1, 0], 200)
    time = np.where(treated == 1, rng.uniform(0, 1, 400), rng.uniform(2, 3, 400))
    with pytest.raises(stats.NotIdentified, match="treated"):
        stats.cox_regression(time, np.ones(400), {"treated": treated, "age": rng.normal(size=400)})


def test_ties_everywhere_still_give_an_answer(rng):
    treated = np.arange(100) % 2
    event = rng.random(100) < 0.4 + 0.2 * treated
    fit = stats.cox_regression(np.ones(100), event, {"treated": treated})
    assert np.isfinite(fit.hazard_ratio("treated").high)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: stats.log_rank([1, 2], [1, 1], ["a", "a"]), stats.OneGroupOnly, "holds only 'a'"),
        (lambda: stats.log_rank([1, 2], [0, 0], ["a", "b"]), stats.TooFewEvents, "0 for everyone"),
        (lambda: stats.log_rank([1, 2], [1, 1], ["a", None]), stats.NotANumber, "group: row 1 is missing"),
        (lambda: stats.cumulative_incidence([1, 2], [0, 0]), stats.TooFewEvents, "0 for everyone"),
        (lambda: stats.cumulative_incidence([1, 2], [0, 1.5]), stats.OutOfRange, "fraction"),
        (lambda: stats.random_effects([0.1], [0.2]), stats.OneGroupOnly, "one site"),
        (lambda: stats.random_effects([0.1, 0.2], [0.2, 0.0]), stats.OutOfRange, "not above zero"),
        (lambda: stats.random_effects([0.1, NAN], [0.2, 0.1]), stats.NotANumber, "estimates: row 1"),
        (lambda: stats.predict_new_site([0.1, 0.2], [1, 1], tau_scale=0), stats.OutOfRange, "tau_scale"),
        (lambda: stats.predict_new_site([1, 2, 3], [1, 1, 1], tau_scale=INF), stats.OneGroupOnly, "infinite"),
        (lambda: stats.wilson(5, 4), stats.OutOfRange, "people"),
        (lambda: stats.wilson(0, 0), stats.OutOfRange, "people"),
        (lambda: stats.wilson(1.5, 4), stats.OutOfRange, "successes"),
        (lambda: stats.event_rate(3, 0), stats.OutOfRange, "exposure"),
        (lambda: stats.event_rate(-1, 5), stats.OutOfRange, "events"),
        (lambda: stats.e_value(2.0, 2.5, 3.0), stats.OutOfRange, "low, high"),
        (lambda: stats.e_value(-1.0), stats.OutOfRange, "ratio"),
        (lambda: stats.events_needed(1.0), stats.OutOfRange, "hazard_ratio: is 1"),
        (lambda: stats.people_needed_for_shares(0.5, 0.5), stats.OutOfRange, "other"),
        (lambda: stats.reliable_change(1, 2, deviation=1, reliability=1), stats.OutOfRange, "reliability"),
        (lambda: stats.disclose_count(-1), stats.OutOfRange, "count"),
        (lambda: stats.disclose_count(10.5), stats.OutOfRange, "count"),
    ],
)
def test_what_has_no_answer_is_refused_in_words(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_two_sites_cannot_have_the_three_site_prediction():
    with pytest.raises(stats.OneGroupOnly, match="needs three sites"):
        stats.prediction_interval(stats.random_effects([0.1, 0.4], [0.2, 0.2]))


@pytest.mark.parametrize("day", [-1, NAN, 11])
def test_a_day_nobody_saw_is_refused(day):
    curve = stats.kaplan_meier([4, 10, 10], [1, 0, 0])
    incidence = stats.cumulative_incidence([4, 10, 10], [1, 0, 0])
    for ask in (lambda: curve.at([day]), lambda: incidence.at(1, [day]), lambda: stats.restricted_mean(curve, day)):
        with pytest.raises(stats.StatisticsError):
            ask()


def test_a_cause_that_did_not_happen_is_refused():
    with pytest.raises(stats.OutOfRange, match="2 did not happen"):
        stats.cumulative_incidence([4, 10, 10], [1, 0, 0]).at(2, [5])


def test_every_refusal_is_a_value_error():
    refusals = [kind for kind in vars(stats).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert len(refusals) > 8
    assert all(issubclass(kind, ValueError) for kind in refusals)


def test_results_cannot_be_written_to():
    curve = stats.kaplan_meier([1, 2], [1, 0])
    with pytest.raises(ValueError, match="read-only"):
        curve.survival[0] = 1.0
    with pytest.raises(AttributeError):
        curve.people = 5


def test_what_the_caller_gave_stays_as_it_was():
    effects, errors = np.array([0.1, 0.3]), np.array([0.2, 0.2])
    stats.random_effects(effects, errors)
    effects[0] = 5.0
    assert effects[0] == 5.0


def test_the_slice_works_alone_without_django_or_settings():
    code = "import fourfold.stats, sys; sys.exit('django' in sys.modules or 'pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_public_name_is_in_the_index():
    missing = [name for name in ("agreement", *FUNCTIONS) if f"`{name}`" not in (stats.__doc__ or "")]
    assert missing == []
