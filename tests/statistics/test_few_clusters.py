"""Few clusters, few treated: counted and said, and the tests beside them hold their level on simulated nulls."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from fourfold import stats

UNITS, PERIODS = 27, 8
UNIT, PERIOD = np.repeat(np.arange(UNITS), PERIODS), np.tile(np.arange(PERIODS), UNITS)


def treated(units: int) -> np.ndarray:
    return ((units > UNIT) & (PERIOD >= 4)).astype(float)


def test_few_treated_units_are_counted_and_a_remedy_named() -> None:
    y = np.random.default_rng(3).normal(size=UNIT.size)
    said = " ".join(stats.two_way_fixed_effects(y, UNIT, PERIOD, treated(2)).cautions)
    assert "treated rests on 2 of 27 units" in said
    assert "`randomisation_test`" in said
    assert "27 units: with fewer than 40" in said
    many = np.repeat(np.arange(60), PERIODS)
    enough = ((many < 30) & (np.tile(np.arange(PERIODS), 60) >= 4)).astype(float)
    assert (
        stats.two_way_fixed_effects(
            np.random.default_rng(3).normal(size=480), many, np.tile(np.arange(PERIODS), 60), enough
        ).cautions
        == ()
    )


@pytest.mark.parametrize("make", [
    lambda y, arm, late, place: stats.two_by_two(y, arm, late, cluster=place).effect,
    lambda y, arm, late, place: stats.linear_regression(y, {"arm": arm, "late": late}, cluster=place).estimate("arm"),
    lambda y, arm, late, place: stats.mean_difference(y, arm, cluster=place),
    lambda y, arm, late, place: stats.cox_regression(np.abs(y) + 1, late, {"arm": arm}, cluster=place).hazard_ratio("arm"),
], ids=["two_by_two", "linear_regression", "mean_difference", "cox_regression"])  # fmt: skip
def test_an_estimate_by_cluster_says_on_how_few_it_rests(make) -> None:  # type: ignore[no-untyped-def]
    place = np.repeat(np.arange(12), 10)
    y = np.random.default_rng(4).normal(size=120)
    found = make(y, (place < 3).astype(float), np.tile([0.0, 1.0], 60), place)
    assert "12 clusters" in " ".join(found.cautions)
    assert "3 of 12 clusters" in " ".join(found.cautions)


def test_forty_clusters_are_enough_for_a_hazard_ratio_and_fewer_are_not() -> None:
    for clusters, said in ((39, "39 clusters: with fewer than 40, robust intervals are too narrow, use "), (40, "")):
        place = np.arange(400) % clusters
        fit = stats.cox_regression(1 + np.arange(400.0), place % 3 > 0, {"arm": place % 2}, cluster=place)
        assert [one[: len(said)] for one in fit.cautions] == ([said] if said else [])


def test_the_wild_bootstrap_of_signs_against_a_regression_for_each() -> None:
    """Every change of signs of the restricted residuals, refitted by hand (Cameron, Gelbach & Miller 2008, appendix B)."""
    rng = np.random.default_rng(5)
    place = np.repeat(np.arange(6), 7)
    x, z = rng.normal(size=(2, 42)) + np.repeat(rng.normal(size=6), 7)
    y = 0.4 * x + z + rng.normal(size=42) + np.repeat(rng.normal(size=6), 7)
    design = np.column_stack([np.ones(42), x, z])

    def t(outcome: np.ndarray, null: float) -> float:
        inverse = np.linalg.inv(design.T @ design)
        beta = inverse @ design.T @ outcome
        scores = np.eye(6)[place].T @ (design * (outcome - design @ beta)[:, None])
        return float((beta[1] - null) / np.sqrt((inverse @ scores.T @ scores @ inverse)[1, 1]))

    restricted = design[:, [0, 2]]
    fitted = restricted @ np.linalg.lstsq(restricted, y - 0.1 * x, rcond=None)[0] + 0.1 * x
    draws = [t(fitted + np.array(signs)[place] * (y - fitted), 0.1) for signs in itertools.product((1, -1), repeat=6)]
    seen = t(y, 0.1)
    found = stats.wild_cluster_test(y, {"x": x, "z": z}, place, "x", null=0.1, multipliers="Rademacher", resamples=99)
    assert found.exact
    assert found.statistic == pytest.approx(seen, rel=1e-9)
    assert sorted(found.draws) == pytest.approx(sorted(draws), rel=1e-7)
    assert found.p_value == np.mean(np.abs(draws) >= abs(seen) * (1 - 1e-9))
    (few,) = found.cautions
    assert "no p-value can be under 0.031" in few
    late = np.tile([0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0], 6)  # 1 at some time in every cluster
    assert stats.wild_cluster_test(y, {"late": late}, place, "late", resamples=19).cautions == ()


def test_on_pure_noise_the_tests_beside_hold_where_the_t_test_does_not() -> None:
    """Twelve clusters with noise of their own: t rejects too often, the bootstrap one null in twenty or so.

    And with one treated unit of 27 the t-test calls noise an effect two times in five or more; relabelling does not.
    """
    rng = np.random.default_rng(6)
    place, many = np.repeat(np.arange(8), 12), 60
    by_t, by_bootstrap = 0, 0
    x = np.repeat(rng.lognormal(size=8), 12)
    for _ in range(many):
        y = rng.normal(size=96) + np.repeat(rng.normal(size=8), 12)
        by_t += (stats.linear_regression(y, {"x": x}, cluster=place).estimate("x").p_value or 1.0) <= 0.05
        by_bootstrap += stats.wild_cluster_test(y, {"x": x}, place, "x", resamples=99, seed=rng).p_value <= 0.05
    assert by_t / many > 0.12
    assert by_bootstrap / many < 0.10

    alone, relabelled = 0, 0
    first = np.where(UNIT < 1, 4, 0)
    for _ in range(20):
        y = rng.normal(size=UNIT.size)
        alone += (stats.two_way_fixed_effects(y, UNIT, PERIOD, treated(1)).p_value or 1.0) <= 0.05
        relabelled += stats.randomisation_test(y, UNIT, PERIOD, first, resamples=39).p_value <= 0.05
    assert alone / 20 > 0.4
    assert relabelled / 20 < 0.15


def test_the_wild_bootstrap_with_effects_of_units_and_periods_tests_the_two_way_coefficient() -> None:
    y = np.random.default_rng(9).normal(size=UNIT.size)
    fit = stats.two_way_fixed_effects(y, UNIT, PERIOD, treated(3))
    found = stats.wild_cluster_test(y, {"treated": treated(3)}, UNIT, "treated", effects=(UNIT, PERIOD), resamples=199)
    assert found.estimate == pytest.approx(fit.estimate, abs=1e-9)
    assert "3 of 27 clusters on one side" in found.cautions[0]
    assert found.p_value > (fit.p_value or 0)


def test_a_pooled_mean_says_where_sites_disagree_or_giants_rule_it() -> None:
    giants = stats.random_effects([-0.5, -0.4, 0.3, 0.2, 0.4, 0.3], [0.05, 0.05, 0.3, 0.3, 0.3, 0.3])
    assert "fixed and random effects disagree" in " ".join(giants.pooled.cautions)
    assert "two sites carry 95% of the weight" in " ".join(giants.fixed.cautions)
    for others in ([0.9], [0.9, 0.8]):  # of three or four sites no single one rules it
        few = stats.random_effects([0.1, 0.12, *others], [0.01, 0.01, *others])
        assert "two sites carry 100% of the weight" in " ".join(few.fixed.cautions)
    assert not stats.random_effects([0.1, 0.12, 0.1], [0.1, 0.1, 0.2]).fixed.cautions
    alike = stats.random_effects([-0.5, -0.4, -0.6, -0.5, -0.45], [0.1, 0.1, 0.1, 0.1, 0.1])
    assert alike.pooled.cautions == alike.fixed.cautions == ()


def test_an_extreme_weight_and_a_ratio_that_changes_are_cautions_of_the_result() -> None:
    rng = np.random.default_rng(10)
    x = np.append(rng.normal(size=600), 4.0)
    arm = np.append(rng.random(600) < 1 / (1 + np.exp(-1.5 * x[:-1])), False)
    assert "weights are extreme" in " ".join(stats.propensity_weights(arm, {"x": x}, target="everyone").cautions)
    treated = np.arange(400) % 2
    days = np.where(treated == 1, rng.uniform(80, 120, 400), rng.exponential(100, 400))
    fit = stats.cox_regression(days, np.ones(400), {"treated": treated})
    assert "ratio of treated is not the same at all times" in stats.proportional_hazards_test(fit).cautions[0]


@pytest.mark.parametrize("fit", [
    lambda x, y: stats.linear_regression(y, {"x": x}),
    lambda x, y: stats.cox_regression(np.abs(y) + 1, y > 0, {"x": x}),
    lambda x, y: stats.fine_gray(np.abs(y) + 1, 1 + (y > 0), {"x": x}),
    lambda x, y: stats.accelerated_failure_time(np.abs(y) + 1, y > 0, {"x": x}),
], ids=["linear", "cox", "fine_gray", "accelerated"])  # fmt: skip
def test_a_fit_is_read_as_elsewhere(fit) -> None:  # type: ignore[no-untyped-def]
    x, y = np.random.default_rng(11).normal(size=(2, 60))
    found = fit(x, y)
    term = found["x"]
    assert found.to_frame().loc["x", ["estimate", "low"]].tolist() == [term.estimate, term.low]
    assert "x " in found.summary()
    assert term.method in found.summary()
    assert ("x" in found, "z" in found, (*found,)) == (True, False, found.names)
    with pytest.raises(stats.UnknownChoice):
        found["z"]


def test_the_summary_carries_the_cautions() -> None:
    fit = stats.linear_regression(np.sin(np.arange(36.0)), {"x": np.arange(36) % 5}, cluster=np.arange(36) // 6)
    assert "Caution: 6 clusters" in fit.summary()


@pytest.mark.parametrize("who", [np.array([1.0, np.inf] * 10), [1.0, float("-inf")] * 10])
def test_nobody_is_called_infinity_and_errors_for_each_person_need_the_person(who) -> None:  # type: ignore[no-untyped-def]
    time, event, x = np.arange(1.0, 21), np.ones(20), np.sin(np.arange(20.0))
    with pytest.raises(stats.NotANumber, match="infinite, which names nobody"):
        stats.linear_regression(x, {"t": time}, cluster=who)
    with pytest.raises(stats.NotANumber, match="infinite, which names nobody"):
        stats.andersen_gill(time, event, {"x": x}, who, entry=time - 1)
    for made in (
        lambda: stats.andersen_gill(time, event, {"x": x}, None, entry=time - 1),
        lambda: stats.prentice_williams_peterson(time, event, np.ones(20), {"x": x}, None, entry=time - 1),
        lambda: stats.wei_lin_weissfeld(time, event, np.ones(20), {"x": x}, None),
    ):
        with pytest.raises(stats.WrongKind, match="Name the person of each row"):
            made()


#: What an outsider would call with 1, 2 or 3 treated of 27: where its cautions are, and what is named to run beside.
ARM, WHO = "arm", np.arange(UNITS)
CALLS = {
    "two_way_fixed_effects": lambda d: stats.two_way_fixed_effects(d.y, UNIT, PERIOD, d.late),
    "two_by_two": lambda d: stats.two_by_two(d.y, d.arm, PERIOD >= 4).effect,
    "two_by_two by cluster": lambda d: stats.two_by_two(d.y, d.arm, PERIOD >= 4, cluster=UNIT).effect,
    "linear_regression": lambda d: stats.linear_regression(d.z, {ARM: d.one})[ARM],
    "linear_regression, HC3": lambda d: stats.linear_regression(d.z, {ARM: d.one}, errors="HC3")[ARM],
    "linear_regression by cluster": lambda d: stats.linear_regression(d.y, {ARM: d.late}, cluster=UNIT)[ARM],
    "group_time_effects": lambda d: stats.group_time_effects(d.y, UNIT, PERIOD, 4 * d.arm).aggregate().overall,
    "mean_difference by cluster": lambda d: stats.mean_difference(d.y, d.arm, cluster=UNIT),
    "linear_mixed_model": lambda d: stats.linear_mixed_model(d.y, {ARM: d.late}, UNIT).effect(ARM),
    "wild_cluster_test": lambda d: stats.wild_cluster_test(d.y, {ARM: d.late}, UNIT, ARM, resamples=99),
    "cox_regression": lambda d: stats.cox_regression(d.days, d.all, {ARM: d.one})[ARM],
    "cox_regression by cluster": lambda d: stats.cox_regression(np.abs(d.y) + 1, d.acts, {ARM: d.arm}, cluster=UNIT)[ARM],
    "cox_regression_grouped": lambda d: stats.cox_regression_grouped(np.ceil(d.days), d.all, {ARM: d.one})[ARM],
    "andersen_gill": lambda d: stats.andersen_gill(PERIOD + 1, d.acts, {ARM: d.arm}, UNIT, entry=PERIOD)[ARM],
    "prentice_williams_peterson": lambda d: stats.prentice_williams_peterson(
        PERIOD + 1, d.acts, np.where(PERIOD < 4, 1, 2), {ARM: d.arm}, UNIT, entry=PERIOD
    )[ARM],
    "wei_lin_weissfeld": lambda d: stats.wei_lin_weissfeld(PERIOD + 1, d.acts, PERIOD // 4 + 1, {ARM: d.arm}, UNIT)[ARM],
    "fine_gray": lambda d: stats.fine_gray(d.days, d.cause, {ARM: d.one})[ARM],
    "accelerated_failure_time": lambda d: stats.accelerated_failure_time(d.days, d.all, {ARM: d.one})[ARM],
    "log_rank": lambda d: stats.log_rank(d.days, d.all, d.one),
    "gray_test": lambda d: stats.gray_test(d.days, d.cause, d.one),
    "restricted_mean_difference": lambda d: stats.restricted_mean_difference(
        *(stats.kaplan_meier(d.days[d.one == side], d.all[d.one == side]) for side in (1, 0)), 40.0
    ),
    "meta_regression": lambda d: stats.meta_regression(d.z, np.full(UNITS, 0.5), {ARM: d.one}).slope(ARM),
    "prais_winsten": lambda d: stats.prais_winsten(d.z, {ARM: d.one}).fit[ARM],
}  # fmt: skip
#: These refuse one treated person, who shows nothing of how people vary.
OF_TWO = {
    "standardise": lambda d: stats.standardise(d.z, d.one, {"x": d.x}).difference,
    "augmented_weighting": lambda d: stats.augmented_weighting(d.z, d.one, {"x": d.x}).difference,
    "mean_difference": lambda d: stats.mean_difference(d.z, d.one),
    "cost_effectiveness": lambda d: stats.cost_effectiveness(d.z, d.x, d.one, resamples=99),
}  # fmt: skip


class Noise:
    """Pure noise over 27 units in 8 periods, or over 27 people, of whom the first few are treated."""

    def __init__(self, few: int) -> None:
        rng = np.random.default_rng(few)
        self.y, self.acts = rng.normal(size=UNIT.size), (np.arange(UNIT.size) * 7 % 5 < 2).astype(float)
        self.arm, self.late = (few > UNIT).astype(float), treated(few)
        self.one, self.all = (few > WHO).astype(float), np.ones(UNITS)
        self.x, self.z, self.days = rng.normal(size=UNITS), rng.normal(size=UNITS), 1 + 100 * rng.random(UNITS)
        self.cause = 1.0 + (WHO % 4 == 3)


@pytest.mark.parametrize("few", [1, 2, 3])
@pytest.mark.parametrize("name", [*CALLS, *OF_TWO])
def test_whatever_is_called_with_hardly_anybody_treated_says_so_and_what_to_run_beside(name: str, few: int) -> None:
    call = (CALLS | OF_TWO)[name]
    if name in OF_TWO and few == 1:
        with pytest.raises(stats.OneGroupOnly, match=r"one person on a side|single unit in an arm"):
            call(Noise(few))
        return
    said = " ".join(call(Noise(few)).cautions)
    assert re.search(
        rf"\b{few} (of 27|treated|events|people)|rows are treated|of so few|so few on one side|expected", said
    ), said
    assert re.search(r"`\w+`|show those periods", said), said


def test_group_time_effects_and_curves_are_read_like_any_fit() -> None:
    y = np.random.default_rng(17).normal(size=UNIT.size)
    found = stats.group_time_effects(y, UNIT, PERIOD, np.where(UNIT < 9, 4, 0))
    assert found["4 in 5"] == found.effect(4, 5)
    dynamic = found.aggregate("dynamic")
    assert (dynamic["overall"], dynamic["-1"]) == (dynamic.overall, dynamic.at(-1))
    assert list(dynamic.to_frame().index)[:2] == ["overall", "-3"]
    for each in (found, dynamic, found.aggregate()):
        assert each.plot().startswith("<svg")
        assert "Caution: " in each.summary()
    with pytest.raises(stats.UnknownChoice, match="Choose one of overall"):
        dynamic["5 years"]
    curves = stats.kaplan_meier([3, 5, 8, 9, 12, 15], [1, 0, 1, 1, 1, 0], group=list("aababb"))
    assert "a: 3 people, 2 events, median 9" in curves.summary()
    assert list(curves["a"].to_frame().survival) == pytest.approx(list(curves["a"].survival))


def test_what_is_printed_is_what_a_reader_needs() -> None:
    """`print(fit)` showed every array; a person coming from R types that first."""
    days, causes = [3.0, 5.0, 6.0, 8.0, 9.0, 11.0], [1, 2, 1, 0, 1, 2]
    first = stats.cumulative_incidence(days, causes)
    assert f"cause 1: {first.incidence[0][-1]:.3g}" in first.summary()
    assert list(first.to_frame()["incidence_2"]) == pytest.approx(list(first.incidence[1]))
    assert first.plot().count("cause 2") >= 1
    pooled = stats.random_effects([0.1, 0.3, -0.2], [0.1, 0.2, 0.15])
    assert list(pooled.to_frame().estimate) == [0.1, 0.3, -0.2]
    assert list(pooled.to_frame().standard_error) == pytest.approx([0.1, 0.2, 0.15])
    fit = stats.linear_regression([1.0, 2.0, 4.0, 3.0, 5.0], {"x": [0.0, 1.0, 2.0, 3.0, 4.0]})
    for one in (fit, pooled, stats.kaplan_meier(days, [1, 1, 0, 1, 1, 1])):
        assert str(one) == one.summary()
