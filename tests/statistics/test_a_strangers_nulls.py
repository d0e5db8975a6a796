"""Noise and lopsided data that a stranger brought: what leans on many, or on weights alike, says so beside the number."""

from __future__ import annotations

import numpy as np
import pytest

from fourfold import stats

RNG = np.random.default_rng(5)
X = RNG.normal(size=300)
ARM = (RNG.random(300) < 1 / (1 + np.exp(-3.5 * X))).astype(int)
Y = RNG.normal(size=300) + X


def said(cautions: tuple[str, ...], *words: str) -> bool:
    return any(all(word in caution for word in words) for caution in cautions)


@pytest.mark.parametrize(("giant", "warns"), [(4, False), (200, True)])
def test_a_cluster_that_holds_half_the_rows_is_told(giant: int, warns: bool) -> None:
    cluster = np.r_[np.zeros(giant, int), np.repeat(np.arange(1, 51), 4)]
    rng = np.random.default_rng(3)
    values = {"x": rng.normal(size=51)[cluster]}
    noise, counts = rng.normal(size=cluster.size), rng.poisson(3, cluster.size)
    fits = (
        stats.linear_regression(noise, values, cluster=cluster),
        stats.generalised_linear_model(counts, values, cluster=cluster),
        stats.cox_regression(rng.exponential(1, cluster.size), noise < 1, values, cluster=cluster),
    )
    for fit in fits:
        assert said(fit.cautions, "holds 50% of the rows", "wild_cluster_test") is warns


def test_extreme_weights_are_told_beside_each_effect() -> None:
    few = "worth under half their number"
    for target in ("everyone", "treated"):
        found = stats.augmented_weighting(Y, ARM, {"x": X}, target=target)
        assert said(found.difference.cautions, few), target
    assert said(stats.mean_difference(Y, ARM, weights=np.r_[1000, np.ones(299)]).cautions, "one person carries")
    mean = stats.bootstrap_weighted(
        stats.weighted_mean_statistic(Y, ARM), ARM, {"x": X}, target="everyone", resamples=99
    )
    assert said(mean.estimate.cautions, "one person carries")
    even = RNG.integers(0, 2, 300)
    assert not said(stats.mean_difference(Y, even).cautions, "weight")
    assert not said(stats.augmented_weighting(Y, even, {"x": X}).difference.cautions, "weight")


def test_a_series_that_wanders_says_that_its_errors_are_too_small() -> None:
    wander = np.cumsum(np.random.default_rng(5).normal(size=40))
    for errors in ("Newey-West", "classical"):
        found = stats.segmented_regression(wander, 20, errors=errors)
        assert said(found.cautions, "hangs together over time", "restricted likelihood"), errors
    for errors in ("Prais-Winsten", "restricted likelihood"):
        assert not said(stats.segmented_regression(wander, 20, errors=errors).cautions, "hangs together"), errors
    calm = np.random.default_rng(8).normal(size=40)
    assert not said(stats.segmented_regression(calm, 20).cautions, "hangs together")
    to_and_fro = calm + 3 * (-1.0) ** np.arange(40)  # its errors come out too large, if anything
    found = stats.segmented_regression(to_and_fro, 20)
    assert found.serial.p_value < 0.001
    assert not said(found.cautions, "hangs together")


def test_series_are_read_by_name_like_any_fit() -> None:
    rng = np.random.default_rng(2)
    found = stats.segmented_regression(rng.normal(size=40), 20)
    assert found["level"] == found.level
    assert list(found.to_frame().index) == ["intercept", "trend", "level", "slope"]
    assert "slope" in found.summary()
    assert found.plot().startswith("<svg")
    step = {"step": (np.arange(40) >= 20).astype(float)}
    wandering = stats.structural_series(rng.normal(size=40), step, season=None)
    assert wandering["step"] == wandering.effect("step")
    assert "step" in wandering.summary()


def test_a_share_is_not_refused_in_words_of_hazards() -> None:
    apart = np.r_[np.zeros(20), np.ones(20)]
    with pytest.raises(stats.NotIdentified) as refused:
        stats.generalised_linear_model(apart, {"x": apart}, family="binomial")
    assert "hazard" not in str(refused.value)
    assert "infinite" in str(refused.value)
