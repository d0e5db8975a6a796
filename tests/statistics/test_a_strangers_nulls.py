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


@pytest.mark.parametrize(("coarse", "warns"), [(0.01, False), (0.5, True)])
def test_heavy_ties_under_breslow_are_told_with_what_to_use_instead(coarse: float, warns: bool) -> None:
    """In half lifetimes the ratio of 1.9 is halved on the log scale, and nothing was said."""
    rng = np.random.default_rng(1)
    arm = np.arange(300) % 2
    days = np.ceil(rng.exponential(np.exp(-0.65 * arm)) / coarse)
    fit = stats.cox_regression(days, np.ones(300), {"arm": arm}, ties="breslow")
    assert said(fit.cautions, "have another", 'ties="efron"', '"exact"') is warns
    assert said(fit["arm"].cautions, "Breslow") is warns
    efron = stats.cox_regression(days, np.ones(300), {"arm": arm})
    assert not said(efron.cautions, "have another")
    assert (fit["arm"].estimate < 0.9 * efron["arm"].estimate) is warns


def test_one_giant_weight_is_counted_beside_the_number() -> None:
    rng = np.random.default_rng(4)
    weights = np.r_[1000.0, np.ones(59)]
    x, y = rng.normal(size=(2, 60))
    for errors in ("HC1", "HC3", "classical"):
        fit = stats.linear_regression(y, {"x": x}, weights=weights, errors=errors)
        assert said(fit["x"].cautions, "60 rows worth 1", "holds 94%", "without weights"), errors
    cox = stats.cox_regression(np.exp(y), np.ones(60), {"x": x}, weights=weights + 0.5)
    assert said(cox.cautions, "60 rows worth 1")
    assert said(stats.linear_regression(y, {"x": np.arange(60) % 2}, weights=weights).cautions, "one of 60 rows tells")
    even = stats.linear_regression(y, {"x": x}, weights=rng.uniform(0.5, 2, 60))
    assert not said(even.cautions, "worth")


def test_a_row_or_cluster_that_tells_most_of_a_term_is_told_beside_it() -> None:
    """With such a covariate noise is called an effect two times in ten; the wild bootstrap keeps its level."""
    rng = np.random.default_rng(6)
    place = np.repeat(np.arange(50), 4)
    far = rng.normal(size=50)
    far[7] = 40.0
    y, counts = rng.normal(size=200), rng.poisson(3, 200)
    rows = np.r_[60.0, rng.normal(size=199)]
    for fit in (
        stats.linear_regression(y, {"x": rows}),
        stats.linear_regression(y, {"x": far[place]}, cluster=place),
        stats.generalised_linear_model(counts, {"x": far[place] / 10}, cluster=place),
        stats.fixed_effects(y, {"x": rows}, place),
    ):
        assert said(fit.cautions, "tells", "of x", "`wild_cluster_test`"), fit.method
    assert not said(stats.linear_regression(y, {"x": far[place]}, errors="classical").cautions, "tells")


def test_one_row_that_is_most_of_the_spread_is_told() -> None:
    rng = np.random.default_rng(8)
    y = rng.normal(size=200)
    y[3] = 200.0
    assert said(stats.linear_regression(y, {"x": X[:200]}).cautions, "one of 200 rows makes", "logarithms")


def test_well_behaved_noise_is_seldom_warned_of() -> None:
    """Fewer than one in twenty of rows, clusters, weights and counts as they come."""
    rng, warned, many = np.random.default_rng(9), 0, 60
    place = np.repeat(np.arange(60), 5)
    for _ in range(many):
        x, y = rng.normal(size=(2, 300))
        fits = (
            stats.linear_regression(y[:60], {"x": x[:60], "arm": np.arange(60) % 2}),
            stats.linear_regression(y, {"x": x}, weights=rng.lognormal(0, 0.5, 300)),
            stats.linear_regression(y, {"x": rng.normal(size=60)[place]}, cluster=place),
            stats.generalised_linear_model(rng.poisson(2, 300), {"x": x}),
        )
        warned += sum(bool(fit.cautions) for fit in fits)
    assert warned / (4 * many) < 0.05


def test_a_mean_alone_is_fitted_like_any_model() -> None:
    """lme4's manual: `lmer(Yield ~ 1 + (1 | Batch), Dyestuff)`, REML 319.6543, variances 1764 and 2451, mean 1527.50 (19.38)."""
    dyestuff = [1545, 1440, 1440, 1520, 1580, 1540, 1555, 1490, 1560, 1495, 1595, 1550, 1605, 1510, 1560, 1445, 1440, 1595,
                1465, 1545, 1595, 1630, 1515, 1635, 1625, 1520, 1455, 1450, 1480, 1445]  # fmt: skip
    fit = stats.linear_mixed_model(dyestuff, {}, np.repeat(list("ABCDEF"), 5))
    assert -2 * fit.log_likelihood == pytest.approx(319.6543, abs=5e-5)
    assert fit.covariance[0, 0] == pytest.approx(1764.05, abs=0.05)
    assert fit.residual == pytest.approx(2451.25, abs=0.005)
    assert (fit["intercept"].estimate, fit["intercept"].standard_error) == pytest.approx((1527.5, 19.38), abs=0.005)
    plain = stats.linear_regression(dyestuff, {}, errors="classical")
    assert plain["intercept"].standard_error == pytest.approx(np.std(dyestuff, ddof=1) / np.sqrt(30))
    counts = stats.generalised_linear_model([3, 1, 4, 1, 5], {})
    assert counts["intercept"].estimate == pytest.approx(np.log(14 / 5))
    with pytest.raises(stats.EmptyInput, match="no columns"):
        stats.cox_regression([1, 2], [1, 1], {})
