"""Gaps filled many times: Rubin's rules by arithmetic, and planted truths that complete cases miss."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fourfold import stats


def test_rubins_rules_by_hand():
    """Estimates 1, 2, 3 with error 1: within 1, between 1, total 1 + 4/3."""
    found = stats.pool_imputations([1, 2, 3], [1, 1, 1])
    assert found.estimate.estimate == 2
    assert (found.within, found.between) == (1, 1)
    assert found.estimate.standard_error == pytest.approx(math.sqrt(7 / 3))
    # Rubin 1987, 3.3: (m - 1) (1 + 1 / r)^2 with r = 4/3
    assert found.degrees_of_freedom == pytest.approx(2 * (1 + 3 / 4) ** 2)


def test_degrees_of_freedom_against_barnard_rubin_1999():
    """Their equations 3 to 5, worked through with other letters: lambda = 4/7, complete 20."""
    found = stats.pool_imputations([1, 2, 3], [1, 1, 1], complete_freedom=20)
    share = 4 / 7
    old, observed = 2 / share**2, 21 / 23 * 20 * (1 - share)
    assert found.degrees_of_freedom == pytest.approx(old * observed / (old + observed))
    assert found.degrees_of_freedom < min(old, 20)
    increase = 4 / 3
    information = (increase + 2 / (found.degrees_of_freedom + 3)) / (1 + increase)
    assert found.missing_information == pytest.approx(information)


def test_large_complete_samples_give_rubins_own_degrees_of_freedom():
    small, large = (stats.pool_imputations([1, 2, 3], [1, 1, 1], complete_freedom=n) for n in (10, 1e12))
    rubin = stats.pool_imputations([1, 2, 3], [1, 1, 1])
    assert large.degrees_of_freedom == pytest.approx(rubin.degrees_of_freedom)
    assert small.degrees_of_freedom < rubin.degrees_of_freedom


def _slope(data):
    return stats.linear_regression(data["y"], {"x": data["x"]}, errors="classical").estimate("x")


def test_with_nothing_missing_the_answer_is_the_complete_one(rng):
    """(M16) Estimate, error, interval and p-value."""
    x = rng.normal(size=50)
    data = {"x": x, "y": x + rng.normal(size=50)}
    pooled = stats.impute(data).analyse(_slope, complete_freedom=48)
    complete = _slope(data)
    assert pooled.missing_information == 0
    for part in ("estimate", "low", "high", "standard_error", "p_value"):
        assert getattr(pooled.estimate, part) == pytest.approx(getattr(complete, part))


def _programme(rng, people=1500):
    """Wellbeing after six months is asked less often of those who began badly: missing at random."""
    before = rng.normal(14, 4, people)
    after = 4 + 0.5 * before + rng.normal(0, 3, people)
    gone = rng.random(people) < 1 / (1 + np.exp(-(before - 15) / 2))
    return before, after, np.where(gone, np.nan, after)


@pytest.mark.parametrize("model", ["normal", "predictive mean matching"])
def test_imputing_mends_what_complete_cases_get_wrong(rng, model):
    before, truth, after = _programme(rng)
    filled = stats.impute(
        {"before": before, "after": after}, imputations=20, cycles=3, models={"after": model}, seed=rng
    )
    pooled = filled.analyse(
        lambda data: stats.Estimate(
            data["after"].mean(), 0, 0, standard_error=data["after"].std(ddof=1) / math.sqrt(before.size)
        )
    ).estimate
    assert np.nanmean(after) < truth.mean() - 0.5
    assert pooled.estimate == pytest.approx(truth.mean(), abs=0.25)


def test_intervals_after_imputing_cover_and_are_not_too_wide(rng):
    covered, errors, found = 0, [], []
    for _ in range(120):
        x = rng.normal(size=150)
        y = 1 + 0.8 * x + rng.normal(size=150)
        gone = rng.random(150) < 1 / (1 + np.exp(-x))
        data = {"x": x, "y": np.where(gone, np.nan, y)}
        pooled = stats.impute(data, imputations=10, cycles=1, models={"y": "normal"}, seed=rng).analyse(
            _slope, complete_freedom=148
        )
        covered += pooled.estimate.low < 0.8 < pooled.estimate.high
        errors.append(pooled.estimate.standard_error)
        found.append(pooled.estimate.estimate)
    assert covered / 120 > 0.88
    assert np.mean(errors) == pytest.approx(np.std(found), rel=0.2)


def test_yes_and_no_are_imputed_as_yes_and_no(rng):
    x = rng.normal(size=2000)
    truth = rng.random(2000) < 1 / (1 + np.exp(-(x - 0.5)))
    gone = rng.random(2000) < 1 / (1 + np.exp(-2 * x))
    filled = stats.impute({"x": x, "again": np.where(gone, np.nan, truth)}, imputations=10, cycles=2, seed=rng)
    shares = [data["again"].mean() for data in filled.datasets]
    assert all(set(np.unique(data["again"])) <= {0.0, 1.0} for data in filled.datasets)
    assert np.mean(shares) == pytest.approx(truth.mean(), abs=0.03)
    assert truth[~gone].mean() < truth.mean() - 0.05


def test_matched_values_were_seen(rng):
    score = rng.integers(0, 28, 300).astype(float)
    holes = np.where(rng.random(300) < 0.3, np.nan, score)
    filled = stats.impute({"score": holes, "other": score + rng.normal(size=300)}, imputations=3, cycles=2)
    for data in filled.datasets:
        assert set(data["score"]) <= set(holes[~np.isnan(holes)])
        assert (data["score"][~np.isnan(holes)] == holes[~np.isnan(holes)]).all()


def test_several_columns_with_gaps_help_one_another(rng):
    base = rng.normal(size=1000)
    data = {name: base + 0.5 * rng.normal(size=1000) for name in "abc"}
    truth = data["a"].mean()
    data["a"] = np.where(data["c"] > 0.3, np.nan, data["a"])
    data["b"] = np.where(rng.random(1000) < 0.2, np.nan, data["b"])
    models = {"a": "normal", "b": "normal"}
    filled = stats.impute(data, imputations=10, cycles=8, models=models, seed=rng)
    assert np.mean([one["a"].mean() for one in filled.datasets]) == pytest.approx(truth, abs=0.08)
    assert filled.trace["a"].shape == (10, 8)
    assert filled.missing["c"] == 0


def test_a_shift_moves_the_answer_by_its_share_of_the_missing(rng):
    """Missing not at random: every imputed value two points worse."""
    before, _, after = _programme(rng)
    plain, worse = (
        stats.impute({"before": before, "after": after}, imputations=5, cycles=2, shifts={"after": shift}, seed=3)
        for shift in (0.0, 2.0)
    )
    moved = np.mean(
        [b["after"].mean() - a["after"].mean() for a, b in zip(plain.datasets, worse.datasets, strict=True)]
    )
    assert moved == pytest.approx(2 * np.isnan(after).mean(), abs=0.05)


def test_the_same_seed_fills_alike_and_gaps_are_told(rng):
    before, _, after = _programme(rng, 200)
    one, other = (stats.impute({"before": before, "after": after}, imputations=5, seed=7) for _ in range(2))
    assert (one.datasets[4]["after"] == other.datasets[4]["after"]).all()
    assert any("use at least" in said for said in one.cautions)


def test_a_column_that_separates_is_still_imputed(rng):
    x = np.linspace(-1, 1, 60)
    y = (x > 0).astype(float)
    y[::7] = np.nan
    filled = stats.impute({"x": x, "y": y}, imputations=3, cycles=1, seed=rng)
    assert all(np.isfinite(data["y"]).all() for data in filled.datasets)


@pytest.mark.parametrize(
    ("columns", "choices", "error", "says"),
    [
        ({}, {}, stats.EmptyInput, "no rows"),
        ({"x": [1, np.nan], "y": [1, 2, 3]}, {}, stats.WrongShape, "different lengths"),
        ({"x": [np.nan, np.nan], "y": [1, 2]}, {}, stats.NotIdentified, "'x'"),
        ({"x": [2, 2, np.nan], "y": [1, 2, 3]}, {}, stats.NotIdentified, "two different"),
        ({"x": [1, 2, np.nan]}, {}, stats.NotIdentified, "one column"),
        ({"x": ["a", "b"], "y": [1, 2]}, {}, stats.NotANumber, "not a number"),
        ({"x": ["1", "2"], "y": [1, 2]}, {}, stats.NotANumber, "not a number"),
        ({"x": [1, np.inf], "y": [1, 2]}, {}, stats.NotANumber, "infinite"),
        ({"x": [1, 3, np.nan], "y": [1, 2, 3]}, {"models": {"x": "logistic"}}, stats.OutOfRange, "not 0 or 1"),
        ({"x": [1, 3, np.nan], "y": [1, 2, 3]}, {"models": {"z": "normal"}}, stats.UnknownChoice, "no column"),
        ({"x": [1, 3, np.nan], "y": [1, 2, 3]}, {"shifts": {"z": 1.0}}, stats.UnknownChoice, "no column"),
        ({"x": [1, 3, np.nan], "y": [1, 2, 3]}, {"imputations": 1}, stats.OutOfRange, "imputations"),
    ],
)
def test_what_cannot_be_imputed_is_refused(columns, choices, error, says):
    with pytest.raises(error, match=says):
        stats.impute(columns, **choices)


def test_pooling_one_imputation_or_negative_errors_is_refused():
    with pytest.raises(stats.OutOfRange):
        stats.pool_imputations([1.0], [1.0])
    with pytest.raises(stats.OutOfRange):
        stats.pool_imputations([1.0, 2.0], [1.0, -1.0])
