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


UNIT, PERIOD = np.repeat(np.arange(50), 8), np.tile(np.arange(8), 50)


def test_units_that_drew_apart_before_their_start_are_told_beside_the_effect() -> None:
    """A trend of its own of the treated is called an effect nine times in ten; an effect without one is told seldom."""
    told, calm = 0, 0
    late = ((UNIT < 25) & (PERIOD >= 4)).astype(float)
    for seed in range(30):
        noise = np.random.default_rng(seed).normal(size=400)
        found = stats.two_way_fixed_effects(noise + 0.15 * PERIOD * (UNIT < 25), UNIT, PERIOD, late)
        told += (found.p_value or 1) > 0.05 or said(found.cautions, "drew apart", "error", "`group_time_effects`")
        calm += bool(stats.two_way_fixed_effects(noise, UNIT, PERIOD, late).cautions)
    assert told >= 27
    assert calm <= 1


def test_a_dip_before_the_start_is_told_beside_each_group_time_effect() -> None:
    told = 0
    for seed in range(20):
        noise = np.random.default_rng(seed).normal(size=400) - 1.2 * ((UNIT < 25) & (PERIOD == 3))
        found = stats.group_time_effects(noise, UNIT, PERIOD, np.where(UNIT < 25, 4, 0)).aggregate().overall
        told += (found.p_value or 1) > 0.05 or said(found.cautions, "before their start", "`pre_trends`")
    assert told >= 18


def test_starts_at_several_times_are_told_where_all_are_compared_with_all() -> None:
    starts = np.where(UNIT < 15, 2, np.where(UNIT < 30, 5, 99))
    on = (starts <= PERIOD).astype(float)
    found = stats.two_way_fixed_effects(np.random.default_rng(1).normal(size=400), UNIT, PERIOD, on)
    assert said(found.cautions, "start at 2 times", "`group_time_effects`")


def test_rows_of_units_that_nobody_named_are_told_by_how_alike_neighbours_are() -> None:
    rng = np.random.default_rng(12)
    own = np.cumsum(rng.normal(size=(50, 8)), axis=1).ravel()
    found = stats.two_by_two(own, UNIT < 25, PERIOD >= 4)
    assert said(found.effect.cautions, "side by side", "`cluster`")
    counts = rng.poisson(np.exp(1 + rng.normal(size=50)[UNIT]))
    assert said(stats.generalised_linear_model(counts, {"x": rng.normal(size=50)[UNIT]}).cautions, "side by side")
    assert not said(stats.linear_regression(own, {"x": PERIOD}, cluster=UNIT).cautions, "side by side")


def test_slopes_that_differ_between_groups_are_told_where_one_was_asked_for() -> None:
    rng = np.random.default_rng(13)
    y = rng.normal(size=400) + rng.normal(size=50)[UNIT] * PERIOD
    found = stats.linear_mixed_model(y, {"month": PERIOD}, UNIT)
    assert said(found["month"].cautions, "slope of month differs", "`random`")
    assert not said(stats.linear_mixed_model(y, {"month": PERIOD}, UNIT, random=["month"]).cautions, "slope")
    assert not said(stats.linear_mixed_model(rng.normal(size=400), {"month": PERIOD}, UNIT).cautions, "slope")


def test_the_wild_bootstrap_says_where_one_of_many_clusters_rules() -> None:
    place = np.r_[np.repeat(np.arange(40), 4), np.zeros(300, int)]
    rng = np.random.default_rng(14)
    x = rng.normal(size=40)[place]
    found = stats.wild_cluster_test(rng.normal(size=460), {"x": x}, place, "x", resamples=99)
    assert said(found.cautions, "one of 40 clusters holds 66%", "`randomisation_test`")


def test_several_events_of_people_whom_nobody_named_are_told() -> None:
    entry, time = np.tile([0.0, 1.5, 2.25], 30) + np.repeat(np.arange(30) / 100, 3), np.zeros(90)
    entry[::3] = 0
    time = np.where(np.arange(90) % 3 == 2, 9.0, np.roll(entry, -1))
    event = (np.arange(90) % 3 < 2).astype(float)
    x = {"x": np.repeat(np.arange(30) % 2, 3)}
    assert said(stats.cox_regression(time, event, x, entry=entry).cautions, "followed by a row", "`cluster`")
    person = np.repeat(np.arange(30), 3)
    assert not said(stats.cox_regression(time, event, x, entry=entry, cluster=person).cautions, "followed")


def test_who_leaves_early_in_one_group_is_told_beside_the_log_rank_test() -> None:
    rng = np.random.default_rng(16)
    days, arm = rng.exponential(100, 300), np.arange(300) % 2
    leaves = np.where((arm == 1) & (rng.random(300) < 0.5), 0.7 * days, 900)
    found = stats.log_rank(np.minimum(days, leaves), days <= leaves, arm)
    assert found.p_value < 0.001
    assert said(found.cautions, "leaves earlier in one group", "`cumulative_incidence`")
    alike = rng.exponential(150, 300)
    assert stats.log_rank(np.minimum(days, alike), days <= alike, arm).cautions == ()


def test_newey_west_on_a_short_series_says_that_its_errors_are_too_small() -> None:
    """Of 48 calm periods it called noise a change of level one time in seven; restricted likelihood keeps its level."""
    calm = np.random.default_rng(8).normal(size=48)
    assert said(stats.segmented_regression(calm, 24, errors="Newey-West")["level"].cautions, "48 periods", "restricted")
    for errors in ("restricted likelihood", "Prais-Winsten", "classical"):
        assert not said(stats.segmented_regression(calm, 24, errors=errors).cautions, "few for Newey-West"), errors
    long = np.random.default_rng(8).normal(size=240)
    assert not said(stats.segmented_regression(long, 120).cautions, "few for Newey-West")


def test_sites_of_sizes_as_they_come_are_not_called_giants() -> None:
    """Eight alike sites with errors up to three times apart were warned of one time in four."""
    rng, warned = np.random.default_rng(18), 0
    for _ in range(100):
        errors = rng.uniform(0.1, 0.3, 8)
        warned += said(stats.random_effects(rng.normal(0, errors), errors).pooled.cautions, "two sites carry")
    assert warned <= 5


@pytest.mark.parametrize(("late", "warns"), [(1.0, False), (0.15, True)])
def test_a_ratio_that_changes_over_time_is_told_in_the_fit_itself(late: float, warns: bool) -> None:
    """Twice the hazard for ten days, then `late` of it: the one ratio of both is an average, and the fit says so."""
    draws = np.random.default_rng(11)
    managed = np.repeat([0, 1], 200)
    early = draws.exponential(10 / np.where(managed == 1, 2.0, 1.0))
    time = np.where(early < 10, early, 10 + draws.exponential(10 / np.where(managed == 1, 2.0 * late, 1.0)))
    site, days = np.arange(400) % 12, np.ceil(time)
    for fit in (
        stats.cox_regression(time, np.ones(400), {"managed": managed}),
        stats.cox_regression(days, np.ones(400), {"managed": managed}, ties="exact"),
        stats.cox_regression_grouped(days, np.ones(400), {"managed": managed}),
        stats.shared_frailty(time, np.ones(400), {"managed": managed}, site),
    ):
        assert said(fit.cautions, "ratio of managed is not the same at all times") is warns, type(fit)
        assert said(fit.hazard_ratio("managed").cautions, "not the same at all times") is warns, type(fit)


def test_frailty_alone_is_seldom_taken_for_a_ratio_that_changes() -> None:
    """Very different sites make the ratio over all of them shrink with time, though within each it stays."""
    draws, wolves = np.random.default_rng(19), 0
    for _ in range(60):
        site = np.repeat(np.arange(20), 20)
        managed = draws.integers(0, 2, 400)
        hazard = draws.gamma(1, 1, 20)[site] * np.exp(managed)
        fit = stats.shared_frailty(draws.exponential(1 / hazard), np.ones(400), {"managed": managed}, site)
        wolves += said(fit.cautions, "not the same at all times")
    assert wolves <= 8


def test_a_ratio_that_holds_is_seldom_said_to_change_however_many_terms_there_are() -> None:
    draws, wolves = np.random.default_rng(12), 0
    for _ in range(200):
        columns = {f"x{n}": draws.normal(size=120) for n in range(5)}
        fit = stats.cox_regression(draws.exponential(size=120), draws.random(120) < 0.7, columns)
        wolves += said(fit.cautions, "at all times")
    assert wolves <= 16, "one test for all terms, at one in twenty"
