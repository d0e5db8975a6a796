"""Where and when: the solver against every order there is, lists that keep to the means, fairness and its price, refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from fourfold.cli import rollout_order
from fourfold.cli.main import app
from fourfold.rollout import costing, facts, order, queries
from fourfold.rollout import rules as planning
from fourfold.rollout.economics import effects
from fourfold.rollout.economics.terms import Change
from fourfold.rollout.order import places, rules, solver
from fourfold.rollout.order.terms import Candidate, Means, OrderRefused, Profession, Rule, Trial
from fourfold.stats import stepped_wedge_error

MEANS = Means(1_000_000, 2027, 2028, {Profession.ADVOCATES: 2.0})


def place(code: str, managed: float, *, region: str = "North", rural: bool = False, recorded: float = 2.0) -> Candidate:
    return Candidate(
        code, f"Place {code}", region, (f"district {code}",), int(1_000 * managed), recorded, managed,
        set_up=1_000 * managed, yearly=4_000 * managed, posts={Profession.ADVOCATES: managed / 60}, rural=rural,
    )  # fmt: skip


FOUR = (
    place("A", 110, recorded=1.0), place("B", 60, region="South", recorded=4.0), place("C", 90, rural=True, recorded=3.0),
    place("D", 40, region="South"),
)  # fmt: skip
Starts = dict[str, int | None]


def keeps(candidates: tuple[Candidate, ...], starts: Starts, means: Means) -> bool:
    """Return whether an order keeps to money, people and who goes first, counted anew."""
    begun = [(one, step) for one in candidates if (step := starts[one.code]) is not None]
    money = np.sum(
        [np.zeros(means.years), *(rules.cost_by_year(one, step, means.years) for one, step in begun)], axis=0
    )
    if (money > means.budget + 1e-3).any() or sum(one.yearly for one, _ in begun) > means.budget + 1e-3:
        return False
    for who, number in means.arriving.items():
        for limit in range(means.steps):
            if sum(one.posts[who] for one, step in begun if step <= limit) > number * (limit + 1) + 1e-6:
                return False
    last = max((means.steps if (step := starts[code]) is None else step for code in means.first), default=-1)
    return all(step >= last for one, step in begun if one.code not in means.first)


def every_order(means: Means, *, fair: bool) -> Iterator[Starts]:
    for steps in product([None, *range(means.steps)], repeat=len(FOUR)):
        starts = dict(zip((one.code for one in FOUR), steps, strict=True))
        good = any(step is not None for step in steps) and keeps(FOUR, starts, means)
        if good and not (fair and list(rules.unfair(FOUR, starts, means))):
            yield starts


def reached(starts: Starts, means: Means) -> float:
    begun = [(one, step) for one in FOUR if (step := starts[one.code]) is not None]
    return sum(sum(rules.reached_by_year(one, step, means.years)) for one, step in begun)


def precision(starts: Starts, means: Means) -> float:
    error = order.power(FOUR, starts, means, Trial()).error
    return 0.0 if error is None else error**-2


@pytest.mark.parametrize(
    "means", [MEANS, replace(MEANS, budget=600_000, arriving={}), replace(MEANS, first=("D", "B"))]
)
@pytest.mark.parametrize("fair", [True, False])
def test_the_solver_finds_what_trying_every_order_finds_and_its_bound_holds(means: Means, fair: bool) -> None:
    orders = list(every_order(means, fair=fair))
    best = max(reached(one, means) for one in orders)
    starts, most = solver.most_reached(FOUR, means, fair=fair)
    assert keeps(FOUR, starts, means)
    assert reached(starts, means) == pytest.approx(most.value)
    assert most.value <= best + 1e-6 <= most.bound + 2e-6
    assert most.value >= best * (1 - solver.CLOSE_ENOUGH)
    taught, learnt = solver.most_learnt(FOUR, means, Trial(), fair=fair, most=most)
    kept = [one for one in orders if reached(one, means) >= solver.KEEPS * most.value - 1e-6]
    assert taught in kept
    assert precision(taught, means) == pytest.approx(learnt.value)
    best = max(precision(one, means) for one in kept)
    assert best <= learnt.bound * (1 + 1e-6)
    assert learnt.value >= best * (1 - solver.CLOSE_ENOUGH)
    assert learnt.gap <= solver.CLOSE_ENOUGH


def test_what_the_solver_maximises_is_the_precision_of_the_stepped_wedge() -> None:
    teaching = solver.Teaching(FOUR, MEANS, Trial())
    chosen = np.zeros((4, 4))
    chosen[[0, 1, 2], [0, 2, 3]] = 1
    design = np.array([[0, 1, 1, 1, 1], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]])
    people = np.repeat([[one.managed / 2] for one in FOUR], 5, axis=1)
    trial = Trial()
    error = stepped_wedge_error(
        design, people=people, total_deviation=trial.deviation, correlation=trial.correlation, lasting=trial.lasting
    )
    assert teaching.learnt(chosen.ravel()) == pytest.approx(error**-2, rel=1e-9)


@pytest.mark.parametrize(("rule", "first"), [(Rule.LARGEST, "A"), (Rule.NEEDIEST, "B"), (Rule.CHEAPEST, "D")])
def test_a_list_starts_who_stands_first_on_it_and_keeps_to_the_means(rule: Rule, first: str) -> None:
    plan = order.compare(FOUR, MEANS, Trial(), fair=False).plans[rule]
    assert plan.starts[first] == min(step for step in plan.starts.values() if step is not None)
    assert keeps(FOUR, dict(plan.starts), MEANS)
    assert max(plan.cost) <= MEANS.budget
    assert plan.reached_in_all <= solver.most_reached(FOUR, MEANS, fair=False)[1].bound


def test_fairness_begins_in_every_region_by_half_way_and_its_price_is_never_below_nought() -> None:
    means = replace(MEANS, budget=600_000, arriving={})
    orders = order.compare(FOUR, means, Trial(), fair=True)
    assert not orders.plans[Rule.LEARN].unfair
    assert any(plan.unfair for plan in orders.without.values())
    assert orders.most.value <= orders.most_without.bound
    with pytest.raises(OrderRefused, match="leave fairness out"):
        order.compare(
            (place("E", 140), place("F", 140, region="South")), replace(means, budget=700_000), Trial(), fair=True
        )


def test_an_effect_that_no_order_can_tell_from_time_has_no_power() -> None:
    alone = order.compare((FOUR[0],), MEANS, Trial(), fair=False).plans[Rule.LARGEST]
    assert (alone.power.immediate, alone.power.averaged, alone.power.error) == (None, None, None)


REFUSED = [
    ({"budget": 0}, "budget", "Give a yearly budget above nought"),
    ({"begins": 2029}, "ends", "The last year, 2028/29, lies before the first, 2029/30"),
    ({"ends": 2040}, "ends", "at most 10 years"),
    ({"budget": 1_000}, "budget", "even Place D costs £160,000 in its dearest year"),
    ({"arriving": {Profession.ADVOCATES: 0.0}}, "advocates", "Too few advocates arrive"),
    ({"arriving": {Profession.ADVOCATES: -1.0}}, "advocates", "Give a number of people"),
    ({"first": ("Z",)}, "first", "Z is none of the places"),
]


@pytest.mark.parametrize(("changed", "field", "said"), REFUSED)
def test_means_that_are_none_are_refused_in_words(changed: dict[str, Any], field: str, said: str) -> None:
    with pytest.raises(OrderRefused, match=said) as refused:
        order.compare(FOUR, replace(MEANS, **changed), Trial(), fair=False)
    assert refused.value.field == field


def test_two_places_that_share_a_district_are_refused() -> None:
    with pytest.raises(OrderRefused, match="Place A and Twice share the district district A"):
        order.compare((*FOUR, replace(FOUR[0], code="T", name="Twice")), MEANS, Trial(), fair=False)


@pytest.fixture(scope="module")
def demand() -> planning.Demand:
    return planning.Demand(2026, *queries.foretold_with((), 2026))


def test_an_area_costs_and_needs_what_its_expected_cases_say(demand: planning.Demand) -> None:
    kent = places.candidate(facts.area("E23000032"), demand)
    kents = planning.expected(facts.area("E23000032"), demand=demand, units=facts.UNITS)
    page = costing.computed(facts.area("E23000032"), kents, effect=effects.known(None)).found
    assert kent.posts[Profession.ADVOCATES] == page.team.posts["advocacy"] > 1
    dearer = places.candidate(
        facts.area("E23000032"), demand, changes=[Change("pay_police", 60_000, 60_256, 61_000, 2025, "a")]
    )
    assert dearer.yearly - kent.yearly == pytest.approx(10_000 * 1.25 * kent.posts[Profession.OFFICERS], rel=0.03)
    headings = {one.what: one.middle for one in page.headings}
    assert kent.yearly == pytest.approx(sum(headings.values()) - headings["Setting up, a year’s share"], rel=0.1)
    assert not kent.rural
    assert places.candidate(facts.area("E23000002"), demand).rural, "Cumbria"


def test_the_districts_of_an_area_share_what_the_area_expects(demand: planning.Demand) -> None:
    four = places.districts_of(facts.area("E23000006"), demand)
    assert [one.name for one in four] == ["Cheshire East", "Cheshire West and Chester", "Halton", "Warrington"]
    assert sum(one.managed for one in four) == pytest.approx(
        places.candidate(facts.area("E23000006"), demand).managed, rel=0.02
    )


def asked(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["rollout", "order", *words])
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(("power", "says"), [(0.9996, "over 99%"), (0.94, "94%"), (None, "cannot be told")])
def test_the_command_prints_no_power_as_certain(power: float | None, says: str) -> None:
    """It printed 100% where the page says over 99."""
    assert rollout_order._percent(power) == says


def test_warrington_and_halton_go_first_as_they_did() -> None:
    code, said, _ = asked(
        "--budget", "1000000", "--districts-of", "cheshire", "--first", "Warrington", "--first", "E06000006",
        "--begins", "2018", "--ends", "2021", "--no-fair", "--json",
    )  # fmt: skip
    told = json.loads(said)
    assert code == 0
    for plan in told["plans"].values():
        starts = {code: step for code, step in plan["starts"].items() if step is not None}
        first = [starts.pop(code) for code in ("E06000007", "E06000006")]
        assert starts
        assert max(first) <= min(starts.values())


@pytest.mark.parametrize(("words", "said"), [
    (("--budget", "0"), "Give a yearly budget above nought"),
    (("--budget", "9", "--place", "A=E06000007,E06000006", "--place", "B=E06000006"), "A and B share the district E06000006"),
    (("--budget", "9", "--place", "A=E07000165"), "Harrogate (E07000165) was a district until April 2023. It is a part of North Yorkshire now: give E06000065."),
    (("--budget", "9", "--place", "A"), "Give a place as Name=CODE,CODE"),
    (("--budget", "9", "--districts-of", "Cheshyre"), "Did you mean Cheshire, Hampshire, Hertfordshire?"),
    (("--budget", "9", "--districts-of", "Cheshire", "--first", "Warringto"), "Did you mean Warrington, Halton?"),
    (("--budget", "9", "--rule", "x"), "Choose from: learn, largest, neediest, cheapest."),
])  # fmt: skip
def test_bad_words_are_answered_with_how_to_mend_them(words: tuple[str, ...], said: str) -> None:
    code, _, error = asked(*words)
    assert (code, said in error) == (2, True), error
