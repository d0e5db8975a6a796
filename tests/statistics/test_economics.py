"""Costs and effects against Chancellor's HIV model, and what must hold of every acceptability curve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fourfold import stats

TRANSITIONS = [[1251, 350, 116, 17], [0, 731, 512, 15], [0, 0, 1312, 437], [0, 0, 0, 1]]
CARE = np.array([1701 + 1055, 1774 + 1278, 6948 + 2059, 0.0])
ALIVE = np.array([1.0, 1.0, 1.0, 0.0])
ZIDOVUDINE, LAMIVUDINE, RISK = 2278, 2086.5, 0.509


def _slower(counts) -> np.ndarray:
    """Multiply every worsening by the relative risk; who would have worsened stays."""
    chances = np.array(counts, dtype=float)
    chances /= chances.sum(axis=1, keepdims=True)
    worse = np.triu(chances, 1) * RISK
    return worse + np.diag(1 - worse.sum(axis=1))


def test_monotherapy_against_chancellor_1997_briggs_2006():
    run = stats.markov_cohort(
        TRANSITIONS, CARE + ZIDOVUDINE * ALIVE, ALIVE, cycles=20, discount_costs=0.06, discount_effects=0
    )
    assert run.cost == pytest.approx(44_663, abs=0.6)
    assert run.effect == pytest.approx(7.991, abs=5e-4)


def test_combination_and_its_ratio_against_chancellor_1997_briggs_2006():
    one = stats.markov_cohort(
        TRANSITIONS, CARE + ZIDOVUDINE * ALIVE, ALIVE, cycles=20, discount_costs=0.06, discount_effects=0
    )
    plain = np.array(TRANSITIONS) / np.sum(TRANSITIONS, axis=1, keepdims=True)
    drugs = np.outer([ZIDOVUDINE + LAMIVUDINE] * 2 + [ZIDOVUDINE] * 18, ALIVE)
    steps = [_slower(TRANSITIONS)] * 2 + [plain] * 18
    both = stats.markov_cohort(steps, CARE + drugs, ALIVE, cycles=20, discount_costs=0.06, discount_effects=0)
    assert both.cost == pytest.approx(50_602, abs=0.6)
    assert both.effect == pytest.approx(8.937, abs=1e-3)
    found = stats.incremental(both.cost, both.effect, one.cost, one.effect)
    assert found.ratio == pytest.approx(6_276, abs=0.6)
    assert found.verdict == "more effect at more cost"


def test_everybody_is_somewhere_and_the_dead_stay_dead():
    run = stats.markov_cohort(TRANSITIONS, CARE, ALIVE, cycles=50)
    assert run.occupancy.sum(axis=1) == pytest.approx(np.ones(51))
    assert (np.diff(run.occupancy[:, 3]) >= 0).all()


def test_half_a_cycle_lies_between_both_ends():
    ends = stats.markov_cohort(TRANSITIONS, CARE, ALIVE, cycles=20, discount_effects=0).effect
    middle = stats.markov_cohort(TRANSITIONS, CARE, ALIVE, cycles=20, discount_effects=0, half_cycle=True).effect
    last = stats.markov_cohort(TRANSITIONS, CARE, ALIVE, cycles=20).occupancy[-1] @ ALIVE
    assert middle == pytest.approx(ends + (1 - last) / 2)


@pytest.mark.parametrize(
    ("cost", "effect", "verdict"),
    [
        (-5, 1, "dominates: better and not dearer"),
        (5, -1, "is dominated: worse and not cheaper"),
        (-5, -1, "less effect at less cost"),
        (5, 0, "as effective, costs more"),
    ],
)
def test_a_ratio_is_given_only_where_it_means_something(cost, effect, verdict):
    found = stats.incremental(cost, effect, 0, 0)
    assert found.verdict == verdict
    assert (found.ratio is None) == ("less effect at less cost" not in verdict)


def test_present_values_against_the_green_books_factor():
    """At 3.5% a pound in ten years is worth 0.7089 today (Green Book, table 7)."""
    assert stats.present_value([1.0], 0.035, first_year=10) == pytest.approx(0.7089, abs=5e-5)
    assert stats.present_value([100, 100], 0.0) == 200
    assert stats.benefit_cost_ratio([0, 207], [100]) == pytest.approx(2.0)


@st.composite
def draws(draw) -> stats.CostEffectiveness:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    shift = draw(st.floats(-2, 2)), draw(st.floats(-2, 2))
    return stats.cost_effectiveness_draws(*(rng.normal(one, 1, 300) for one in shift))


@settings(max_examples=40)
@given(draws())
def test_at_a_price_of_nought_acceptability_is_the_chance_of_saving(found):
    """(M15)"""
    (at_nought,) = found.acceptability([0])
    assert at_nought == (found.costs < 0).mean()
    cheaper = found.quadrants()["cheaper and better"] + found.quadrants()["cheaper and worse"]
    assert at_nought == pytest.approx(cheaper)


@settings(max_examples=40)
@given(draws())
def test_the_quadrants_add_up_and_the_curve_ends_at_the_chance_of_being_better(found):
    assert sum(found.quadrants().values()) == pytest.approx(1)
    (far,) = found.acceptability([1e12])
    assert far == pytest.approx((found.effects > 0).mean())


@settings(max_examples=40)
@given(draws())
def test_where_all_draws_are_better_the_curve_only_rises(found):
    better = stats.cost_effectiveness_draws(found.costs, np.abs(found.effects) + 0.01)
    assert (np.diff(better.acceptability(np.linspace(0, 50, 40))) >= 0).all()


@settings(max_examples=40)
@given(draws(), st.floats(0, 100))
def test_knowing_more_is_never_worth_less_than_nothing(found, price):
    assert found.value_of_information(price) >= 0


def test_knowing_more_is_worth_nothing_where_one_option_always_wins():
    sure = stats.cost_effectiveness_draws([-3, -2, -1], [1, 2, 3])
    assert sure.value_of_information(20_000) == 0
    front = stats.acceptability_frontier([[0, 5], [0, 6]], [[1, 0.5], [1, 0.2]], [0, 1000])
    assert front.best == (0, 0)
    assert front.value_of_information.tolist() == [0, 0]


def test_two_options_on_the_frontier_are_the_curve(rng):
    costs, effects = rng.normal(1, 2, 400), rng.normal(0.5, 1, 400)
    found = stats.cost_effectiveness_draws(costs, effects)
    nought = np.zeros(400)
    prices = [0, 1, 2, 10]
    front = stats.acceptability_frontier(np.column_stack([nought, costs]), np.column_stack([nought, effects]), prices)
    assert front.probabilities[:, 1] == pytest.approx(found.acceptability(prices))
    assert front.value_of_information == pytest.approx([found.value_of_information(price) for price in prices])
    assert front.frontier == pytest.approx([front.probabilities[k, best] for k, best in enumerate(front.best)])


def _trial(rng, people=600):
    treated = rng.random(people) < 0.5
    site = rng.integers(0, 3, people)
    effects = (rng.random(people) < np.where(treated, 0.6, 0.5)).astype(float)
    costs = rng.gamma(2, 500, people) + 400 * treated + 200 * site
    return costs, effects, treated, site


def test_resampling_people_within_sites_covers_the_planted_difference(rng):
    covered = 0
    for _ in range(60):
        costs, effects, treated, site = _trial(rng)
        found = stats.cost_effectiveness(costs, effects, treated, site=site, resamples=200, seed=rng)
        band = found.net_benefit(10_000)
        covered += band.low < 0.1 * 10_000 - 400 < band.high
    assert covered / 60 > 0.86


def test_clusters_widen_what_people_would_claim(rng):
    team = np.repeat(np.arange(20), 30)
    treated = team % 2
    costs = 1000 + 300 * rng.normal(size=20)[team] + 50 * rng.normal(size=600)
    effects = rng.random(600)
    people, teams = (
        stats.cost_effectiveness(costs, effects, treated, cluster=cluster, resamples=300) for cluster in (None, team)
    )
    assert teams.costs.std() > 2 * people.costs.std()


def test_several_quadrants_are_said_aloud(rng):
    found = stats.cost_effectiveness_draws(rng.normal(size=200), rng.normal(size=200))
    assert "acceptability curve" in found.cautions[0]


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.floats(0.1, 10))
def test_the_unit_of_money_scales_costs_and_leaves_quadrants(seed, unit):
    rng = np.random.default_rng(seed)
    costs, effects, treated, _ = _trial(rng, 80)
    assume(5 < treated.sum() < 75)
    one = stats.cost_effectiveness(costs, effects, treated, resamples=99)
    other = stats.cost_effectiveness(costs * unit, effects, treated, resamples=99)
    assert other.costs == pytest.approx(one.costs * unit)
    assert other.quadrants() == pytest.approx(one.quadrants(), abs=0.02)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: stats.markov_cohort([[1, -1], [0, 1]], [1, 0], [1, 0], cycles=3), stats.OutOfRange, "negative"),
        (lambda: stats.markov_cohort([[0, 0], [0, 1]], [1, 0], [1, 0], cycles=3), stats.OutOfRange, "zeros"),
        (lambda: stats.markov_cohort([[1, 1]], [1], [1], cycles=3), stats.WrongShape, "transitions"),
        (lambda: stats.markov_cohort([[1, 1], [0, 1]], [1], [1, 0], cycles=3), stats.WrongShape, "costs"),
        (lambda: stats.markov_cohort([[1, 1], [0, 1]], [1, 0], [1, 0], cycles=0), stats.OutOfRange, "cycles"),
        (lambda: stats.markov_cohort([[1, 1], [0, 1]], [1, 0], [1, 0], cycles=2, start=2), stats.OutOfRange, "start"),
        (lambda: stats.incremental(1, 1, 1, 1), stats.NotIdentified, "same in both"),
        (lambda: stats.cost_effectiveness([1, 2], [1, 2], [1, 1]), stats.OneGroupOnly, "treated"),
        (
            lambda: stats.cost_effectiveness([1, 2, 3], [1, 2, 3], [1, 0, 0], site=[1, 1, 1]),
            stats.OneGroupOnly,
            "single",
        ),
        (lambda: stats.cost_effectiveness_draws([1.0], [1.0]), stats.OutOfRange, "2 or more"),
        (lambda: stats.acceptability_frontier([1, 2], [1, 2], [0]), stats.WrongShape, "draws, options"),
        (lambda: stats.present_value([1, np.nan]), stats.NotANumber, "amounts"),
        (lambda: stats.benefit_cost_ratio([1], [0]), stats.OutOfRange, "costs"),
    ],
)
def test_economics_without_an_answer_is_refused(call, error, says):
    with pytest.raises(error, match=says):
        call()
