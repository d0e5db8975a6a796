"""Where and when to start, with what was counted and given; and each number of the orders with its chances and its bridge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, cast

import numpy as np

from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.rollout import order, queries, rules
from fourfold.rollout.answer.bridging import bridge, curve, rounded
from fourfold.rollout.answer.terms import Measure, Number
from fourfold.rollout.models import CostGiven, CountGiven
from fourfold.rollout.order import places
from fourfold.rollout.order.rules import cost_by_year, reached_by_year
from fourfold.rollout.order.terms import Candidate, OrderAsked, OrderRefused, Orders, Rule
from fourfold.rollout.order.words import step_month
from fourfold.rollout.worked_out import Told, ToWorkOut, sought
from fourfold.stats.inputs import FloatArray
from fourfold.words import Word, financial_year, sentence

#: Draws of what a place's cases and costs come to, and those in which power is worked out: each asks for the error of a trial.
DRAWS, POWERS = 1_000, 100
BY_START, NOBODY, ROUNDED = Word("By when places start"), Word("If no place started"), Word("Rounded")
#: What a place that starts in a half-year adds to an amount of an order.
Adds = Callable[[Candidate, int], Any]


def orders(*, actor: Actor, asked: OrderAsked, at: datetime) -> Orders | ToWorkOut[Orders]:
    """Return who starts when, or how to work it out: it takes seconds; raises OrderRefused, UnknownArea. Three statements."""
    queries.require(actor)
    audit.consulted(actor, "rollout.page", at=at, count=1)
    given, prices, year = _inputs(at)
    candidates = places.asked_for(asked, rules.Demand(year, *queries.foretold_with(given, year)), prices)
    order.rules.require(candidates, asked.means, asked.trial)
    work = partial(order.compare, candidates, asked.means, asked.trial, fair=asked.fair)
    found = sought(partial(_or_why_not, work), "order", asked, given, prices, year)
    if isinstance(found, tuple):
        raise OrderRefused(*found)
    return cast("Orders | ToWorkOut[Orders]", found)


def _or_why_not(work: Callable[[Told], Orders], told: Told) -> Orders | tuple[str, str]:
    """Return the orders, or the field and the reason where the search found that there are none: kept, as an answer is."""
    try:
        return work(told)
    except OrderRefused as refused:
        return refused.field, str(refused)


def _inputs(at: datetime) -> tuple[queries.Given, places.Given, int]:
    given = tuple((one.area, one.year, one.count) for one in CountGiven.objects.latest_of_each())
    return given, CostGiven.objects.changes_of_each(), queries.financial_year_of(at)


def names(found: Orders) -> dict[str, Word]:
    """Return what the numbers of the table of orders are called, by their keys."""
    years = [financial_year(found.means.begins + year) for year in range(found.means.years)]
    return {
        **{f"reached-{at}": sentence("Cases managed in {1}", year) for at, year in enumerate(years)},
        "reached": Word("Cases managed in all"),
        **{f"cost-{at}": sentence("Cost in {1}", year) for at, year in enumerate(years)},
        "power-immediate": Word("Power, of 100: an effect at once that stays"),
        "power-averaged": sentence("Power, of 100: averaged over the first {1} half-years", found.trial.over),
        "power-point": sentence("Power, of 100: in half-year {1} after the start", found.trial.point),
    }


def numbers(found: Orders, *, asked: OrderAsked, key: str, at: datetime) -> dict[Rule, Number]:
    """Return one number of each order, with its chances and by whose starts it comes about.

    The number is that of the table of orders: by the middle of what is expected of each place. The chances are those of all
    places together, in draws of what is foretold and of prices, which move many of them at once. Two statements.
    """
    given, prices, year = _inputs(at)
    demand = rules.Demand(year, *queries.foretold_with(given, year))
    drawn = {one.code: one for one in places.asked_for(asked, demand, prices, draws=DRAWS)}
    kind, _, which = key.partition("-")
    if kind == "power":
        return {rule: _power(found, rule, which, drawn) for rule in found.plans}
    adds = _amounts(found.means.years)[key]
    measure = Measure.POUNDS if kind == "cost" else Measure.COUNT
    return {rule: _amount(found, rule, adds, measure, drawn) for rule in found.plans}


def _amounts(years: int) -> Mapping[str, Adds]:
    found: dict[str, Adds] = {"reached": lambda one, step: sum(reached_by_year(one, step, years))}
    for year in range(years):
        found[f"reached-{year}"] = partial(_in_year, reached_by_year, years, year)
        found[f"cost-{year}"] = partial(_in_year, cost_by_year, years, year)
    return found


def _in_year(
    adds: Callable[[Candidate, int, int], list[float]], years: int, year: int, one: Candidate, step: int
) -> Any:
    return adds(one, step, years)[year]


def _amount(found: Orders, rule: Rule, adds: Adds, measure: Measure, drawn: Mapping[str, Candidate]) -> Number:
    begun = {code: step for code, step in found.plans[rule].starts.items() if step is not None}
    by_step = dict.fromkeys(sorted(set(begun.values())), 0.0)
    for one in found.candidates:
        if one.code in begun:
            by_step[begun[one.code]] += float(adds(one, begun[one.code]))
    draws = np.asarray(sum((adds(drawn[code], step) for code, step in begun.items()), np.zeros(DRAWS)))
    return _number(found, rule, measure, by_step, sum(by_step.values()), draws)


def _power(found: Orders, rule: Rule, which: str, drawn: Mapping[str, Candidate]) -> Number:
    starts = found.plans[rule].starts

    def power(places: list[Candidate], until: int) -> float:
        begun = {code: step if step is not None and step <= until else None for code, step in starts.items()}
        return 100 * float(getattr(order.power(places, begun, found.means, found.trial), which) or 0.0)

    steps = sorted({step for step in starts.values() if step is not None})
    reached = [power(list(found.candidates), step) for step in steps]
    by_step = dict(zip(steps, np.diff(reached, prepend=0.0).tolist(), strict=True))
    each = [[replace(one, managed=float(one.managed[draw])) for one in drawn.values()] for draw in range(POWERS)]  # type: ignore[index]
    return _number(
        found, rule, Measure.PERCENT, by_step, reached[-1], np.array([power(one, steps[-1]) for one in each])
    )


def _number(
    found: Orders, rule: Rule, measure: Measure, by_step: Mapping[int, float], total: float, draws: FloatArray
) -> Number:
    rounds = partial(rounded, measure=measure) if measure is Measure.POUNDS else round
    shown, low, high = (rounds(float(each)) for each in (total, *np.quantile(draws, (0.05, 0.95))))
    terms = [(sentence("Starts in {1}", step_month(step, found.means)), each) for step, each in by_step.items()]
    made = bridge(BY_START, (NOBODY, 0.0), terms, shown, measure)
    last = replace(made.steps[-1], what=ROUNDED)
    made = replace(made, steps=(*made.steps[:-1], last))
    return Number(rule.value, rule.label, measure, shown, low, high, curve=curve(draws), bridges=(made,))
