"""Few clusters, few treated: counted and said, and the tests beside them hold their level on simulated nulls."""

from __future__ import annotations

import itertools

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
