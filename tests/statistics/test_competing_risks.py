"""Gray's test and Fine and Gray's regression against R's cmprsk, and against planted truths."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fourfold import stats
from fourfold.stats.proportional_hazards import CHANGES


@pytest.mark.parametrize(("cause", "published"), [(1, 1.1945), (2, 11.6513)])
def test_gray_against_cmprsk_mgus2(mgus2, cause, published):
    """(A6)"""
    assert stats.gray_test(mgus2.months, mgus2.cause, mgus2.sex, of=cause).statistic == pytest.approx(
        published, abs=5e-5
    )


@pytest.mark.parametrize(("cause", "published"), [(1, 3.684506013), (2, 218.614337041)])
def test_stratified_weighted_gray_of_three_groups_against_cmprsk_mgus2(mgus2, cause, published):
    """cmprsk 2.2-12: cuminc by age under 60, 60 to 74, 75 and over, strata sex, rho 1."""
    age = np.digitize(mgus2.age, [60, 75])
    found = stats.gray_test(mgus2.months, mgus2.cause, age, of=cause, strata=mgus2.sex, rho=1)
    assert found.statistic == pytest.approx(published, abs=1e-8)
    assert found.degrees_of_freedom == 2


def test_fine_gray_against_cmprsk_mgus2(mgus2):
    """(A6) Errors included, to every digit that cmprsk 2.2-12 prints."""
    fit = stats.fine_gray(mgus2.months, mgus2.cause, {"age": mgus2.age, "male": mgus2.sex == "M"})
    assert fit.coefficients == pytest.approx([-0.01733815349, -0.26003823788], abs=1e-9)
    assert fit.standard_errors == pytest.approx([0.00573710323, 0.18568103479], abs=1e-9)
    assert (fit.log_likelihood, fit.log_likelihood_null) == pytest.approx((-790.1213152, -793.7744204), abs=1e-6)
    assert (fit.people, fit.events, fit.competing) == (1384, 115, 860)


def test_fine_gray_with_censoring_by_group_against_cmprsk_mgus2(mgus2):
    """Coefficients as cmprsk 2.2-12; its errors share the groups' censoring a little differently."""
    covariates = {"age": mgus2.age, "male": mgus2.sex == "M"}
    fit = stats.fine_gray(mgus2.months, mgus2.cause, covariates, of=2, censoring_group=mgus2.sex)
    assert fit.coefficients == pytest.approx([0.05858054712, 0.37219917005], abs=1e-9)
    assert fit.standard_errors == pytest.approx([0.00368161464, 0.06665890184], rel=2e-3)


def test_without_another_cause_fine_gray_is_cox(rossi):
    covariates = rossi[["fin", "age", "prio"]]
    one = stats.fine_gray(rossi.week, rossi.arrest, covariates)
    other = stats.cox_regression(rossi.week, rossi.arrest, covariates, ties="breslow", cluster=np.arange(len(rossi)))
    assert one.coefficients == pytest.approx(other.coefficients, abs=1e-8)
    assert one.standard_errors == pytest.approx(other.robust_standard_errors, abs=1e-8)


def test_without_another_cause_gray_is_about_the_log_rank(lung):
    """The score is the same; the variance is another estimate of the same thing (9.7081 by cmprsk 2.2-12)."""
    one = stats.gray_test(lung.time, lung.status == 2, lung.sex)
    other = stats.log_rank(lung.time, lung.status == 2, lung.sex)
    assert one.statistic == pytest.approx(9.708107999, abs=1e-8)
    assert one.statistic == pytest.approx(other.statistic, rel=0.1)


def test_fine_gray_recovers_a_planted_subdistribution_ratio(rng):
    """F1 = 1 - (1 - 0.5 (1 - e^-t))^exp(0.6 x): the proportional model itself (Fine & Gray 1999, section 5)."""
    found, errors = [], []
    for _ in range(60):
        x = rng.integers(0, 2, 400)
        ratio, u = np.exp(0.6 * x), rng.random(400)
        ever = 1 - 0.5**ratio
        first = u < ever
        life = np.where(
            first, -np.log(1 - 2 * (1 - (1 - np.where(first, u, 0)) ** (1 / ratio))), rng.exponential(1, 400)
        )
        leave = rng.uniform(0, 3, 400)
        cause = np.where(life > leave, 0, np.where(first, 1, 2))
        fit = stats.fine_gray(np.minimum(life, leave), cause, {"x": x})
        found.append(fit.coefficients[0])
        errors.append(fit.standard_errors[0])
    assert np.mean(found) == pytest.approx(0.6, abs=0.07)
    assert np.mean(errors) == pytest.approx(np.std(found), rel=0.3)


def test_gray_holds_its_size_under_no_difference(rng):
    alarms = 0
    for _ in range(300):
        act, custody, leave = rng.exponential(1, 80), rng.exponential(1.5, 80), rng.exponential(2, 80)
        time = np.minimum(np.minimum(act, custody), leave)
        cause = np.where(time == act, 1, np.where(time == custody, 2, 0))
        alarms += stats.gray_test(time, cause, np.arange(80) % 2).p_value < 0.05
    assert 0.02 < alarms / 300 < 0.09


def test_the_names_of_groups_and_the_order_of_rows_change_nothing(mgus2, rng):
    """(M1, M2)"""
    order = rng.permutation(len(mgus2))
    time, cause, male = (np.asarray(one)[order] for one in (mgus2.months, mgus2.cause, mgus2.sex == "M"))
    assert stats.gray_test(time, cause, ~male).statistic == pytest.approx(1.1945, abs=5e-5)
    fit = stats.fine_gray(time, cause, {"female": ~male, "age": mgus2.age.to_numpy()[order]})
    assert fit.coefficients == pytest.approx([0.26003823788, -0.01733815349], abs=1e-8)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: stats.gray_test([1, 2, 3], [1, 1, 0], ["a", "b", "b"], of=2), stats.OutOfRange, "2 did not happen"),
        (lambda: stats.gray_test([1, 2, 3], [1, 1, 0], ["a", "a", "a"]), stats.OneGroupOnly, "holds only"),
        (lambda: stats.gray_test([1, 2, 8, 9], [0, 0, 1, 1], list("aabb")), stats.NotIdentified, "never under obs"),
        (lambda: stats.gray_test([1, 2], [0, 0], ["a", "b"]), stats.TooFewEvents, "0 for everyone"),
        (lambda: stats.fine_gray([1, 2, 3], [0, 2, 2], {"x": [1, 2, 3]}), stats.OutOfRange, "1 did not happen"),
        (lambda: stats.fine_gray([1, 2, 3], [1, 2, 0], {"x": [1, 1, 1]}), stats.NotIdentified, "same in every row"),
        (lambda: stats.fine_gray([1, 2, 3, 4], [1, 1, 0, 0], {"x": [1, 1, 0, 0]}), stats.NotIdentified, "infinite"),
        (lambda: stats.fine_gray([1, -2], [1, 2], {"x": [1, 2]}), stats.OutOfRange, "negative"),
    ],
)
def test_what_has_no_answer_is_refused_in_words(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_few_events_are_said():
    fit = stats.fine_gray([1, 2, 3, 4, 5, 6], [1, 2, 0, 1, 1, 2], {"x": [1, 0, 1, 0, 1, 0]})
    assert "3 events for 1 covariates" in fit.cautions[0]
    assert fit.hazard_ratio("x").method.endswith("estimated censoring")


def _first(rng: np.random.Generator, *, later: float = 0.0) -> tuple[Any, Any, dict[str, Any]]:
    """Draw 300 people whose subdistribution hazards are proportional; with `later` the ratio of `arm` falls over time."""
    x = {"score": rng.normal(size=300), "arm": rng.integers(0, 2, 300).astype(float)}
    ratio, drawn = np.exp(0.5 * x["score"] - 0.4 * x["arm"]), rng.uniform(size=300)
    own = drawn < 1 - 0.4**ratio
    time = rng.exponential(1, 300)
    time[own] = -np.log(1 - (1 - (1 - drawn[own]) ** (1 / ratio[own])) / 0.6)
    time[own] *= np.exp(later * x["arm"][own] * (time[own] - 0.7))
    censored = rng.exponential(1.5, 300)
    return np.minimum(time, censored), np.where(censored < time, 0, np.where(own, 1, 2)), x


def test_a_subdistribution_ratio_that_changes_is_told_and_one_that_does_not_is_let_be():
    rng = np.random.default_rng(11)
    quiet = [stats.fine_gray(*_first(rng)).cautions for _ in range(120)]
    assert sum(CHANGES in " ".join(each) for each in quiet) <= 10, "one in twelve at most"
    moved = [stats.fine_gray(*_first(rng, later=3.0)).cautions for _ in range(20)]
    assert sum("the ratio of arm" in " ".join(each) for each in moved) >= 15


def test_without_another_cause_the_change_is_tested_as_in_a_cox_fit(rng):
    time, x = rng.permutation(200) + 1.0, {"a": rng.normal(size=200)}
    time = time * np.exp(x["a"] * (time > 100))
    told = [each for each in stats.fine_gray(time, np.ones(200), x).cautions if CHANGES in each]
    fit = stats.cox_regression(time, np.ones(200), x, ties="breslow")
    assert told == [stats.proportional_hazards_test(fit, transform="rank").said_of("a")]
