"""fourfold rollout order: where and when to start, under a budget and with the people who are trained."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from fourfold.cli.console import CANNOT, in_words, now, stop
from fourfold.cli.patience import busy

if TYPE_CHECKING:
    from fourfold.rollout.order.terms import Candidate, Orders, Plan, Rule
    from fourfold.rollout.rules import Demand


#: A roll-out may begin in so many years from now, or be ordered as it was from the programme's first year on.
EARLIEST, AHEAD = 2018, 10


def order(  # noqa: PLR0917 -- options are arguments here
    budget: Annotated[int, typer.Option(help="Pounds in each year.")],
    psychologists: Annotated[int | None, typer.Option(help="Trained ones arriving each half-year; without: not short.")] = None,
    advocates: Annotated[int | None, typer.Option(help="The same for advocates.")] = None,
    officers: Annotated[int | None, typer.Option(help="The same for officers.")] = None,
    begins: Annotated[int, typer.Option(help="First year, by its April; 0 takes the next.")] = 0,
    ends: Annotated[int, typer.Option(help="Last year, by its April; 0 takes the fourth.")] = 0,
    districts_of: Annotated[str, typer.Option(help="Order the districts of this area, not the areas.")] = "",
    place: Annotated[list[str] | None, typer.Option(help="A place of your own: Name=CODE,CODE of its districts. Repeat.")] = None,
    first: Annotated[list[str] | None, typer.Option(help="Starts before all others: a name or code. Repeat.")] = None,
    rule: Annotated[str, typer.Option(help="Whose steps are printed: learn, largest, neediest or cheapest.")] = "learn",
    fair: Annotated[bool, typer.Option("--fair/--no-fair", help="Every region begun by half-way, rural places their share.")] = True,
    share: Annotated[int, typer.Option(help="Of 100 managed cases, how many have the outcome without a unit.")] = 35,
    fewer: Annotated[int, typer.Option(help="How many fewer of 100 the roll-out should be able to see.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print every number as JSON.")] = False,
) -> None:  # fmt: skip
    """Print who starts when, by four rules side by side. Reads shipped facts alone, no database."""
    from fourfold.fields import Unfit
    from fourfold.rollout import facts, queries, rules
    from fourfold.rollout import order as ordering
    from fourfold.rollout.order import places
    from fourfold.rollout.order.terms import OrderAsked, Rule
    from fourfold.rollout.terms import UnknownArea

    if rule not in tuple(Rule):
        stop(f"There is no rule {rule!r}. Choose from: {', '.join(Rule)}.", CANNOT)
    year = queries.financial_year_of(now())
    begins = begins or year + 1
    if not EARLIEST <= begins <= year + AHEAD:
        stop(f"Give a first year from {EARLIEST} to {year + AHEAD}.", CANNOT)
    wanted = OrderAsked(
        budget=budget, begins=begins, ends=ends or begins + 3, psychologists=psychologists, advocates=advocates,
        officers=officers, districts_of=districts_of, fair=fair, share=share, fewer=fewer,
    )  # fmt: skip
    with in_words(Unfit, UnknownArea), busy("Ordering"), _own_words_only():
        demand = rules.Demand(year, *queries.foretold_with((), year))
        found: Sequence[Candidate] = (
            [_own_place(one, demand) for one in place] if place else places.asked_for(wanted, demand)
        )
        means = ordering.with_first(wanted.means, found, first or ())
        orders = ordering.compare(found, means, wanted.trial, fair=fair)
    if as_json:
        typer.echo(
            json.dumps(_told(orders) | {"demand_of": year, "vintage": facts.VINTAGE}, ensure_ascii=False, indent=1)
        )
        return
    _print(orders, Rule(rule))


def _own_place(said: str, demand: Demand) -> Candidate:
    from dataclasses import replace

    from fourfold.rollout import facts
    from fourfold.rollout.order import places

    name, given, codes = said.partition("=")
    if not given or not name.strip() or not codes.strip():
        stop(f"Give a place as Name=CODE,CODE, not {said!r}.", CANNOT)
    found = facts.place([code.strip() for code in codes.split(",")])
    made = places.candidate(replace(found, name=name.strip()), demand)
    return replace(made, code=name.strip())


@contextmanager
def _own_words_only() -> Iterator[None]:
    """Send what the solver's library prints by itself to the error stream."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _told(orders: Orders) -> dict[str, object]:
    from fourfold.rollout.order import places

    return {
        "means": asdict(orders.means), "trial": asdict(orders.trial),
        "assumptions": [asdict(row) for row in places.assumed()], "places": [asdict(one) for one in orders.candidates],
        "most_reached": asdict(orders.most), "most_reached_without_fairness": asdict(orders.most_without),
        "plans": {rule: _plan_told(plan) for rule, plan in orders.plans.items()},
        "without_fairness": {rule: _plan_told(plan) for rule, plan in orders.without.items()},
    }  # fmt: skip


def _plan_told(plan: Plan) -> dict[str, object]:
    return asdict(plan) | {"gap": plan.solved.gap if plan.solved else None}


def _print(orders: Orders, chosen: Rule) -> None:
    from fourfold.rollout.economics.saying import pounds
    from fourfold.rollout.order.terms import Rule
    from fourfold.rollout.order.words import fairness_price, step_said

    plan = orders.plans[chosen]
    names = {one.code: one.name for one in orders.candidates}
    typer.echo(f"{chosen.label}: {plan.started} of {len(names)} places start.")
    for code, step in sorted(plan.starts.items(), key=lambda one: (one[1] is None, one[1], names[one[0]])):
        typer.echo(f"  {step_said(step, orders.means):34} {names[code]}")
    for each, other in orders.plans.items():
        shown = ", ".join(f"{name} {_percent(value)}" for name, value in (
            ("immediate", other.power.immediate), ("averaged", other.power.averaged), ("point", other.power.point)))  # fmt: skip
        typer.echo(
            f"{each.label:16} {other.started:3} places, {other.reached_in_all:8,.0f} cases, {pounds(sum(other.cost))}; power: {shown}"
        )
        for fault in other.unfair:
            typer.echo(f"  {fault}")
    kept = " that keeps to fairness" if plan.fair else ""
    typer.echo(
        f"No order{kept} reaches more than {orders.most.bound:,.0f} cases; the best that was found reaches {orders.most.value:,.0f}."
    )
    learnt = orders.plans[Rule.LEARN].solved
    if learnt:
        typer.echo(
            f"No order that reaches nine tenths of them teaches over {100 * learnt.gap:.1f}% more than the first."
        )
    for line in fairness_price(orders, chosen):
        typer.echo(line)


def _percent(value: float | None) -> str:
    from fourfold.rollout.economics.saying import of_100

    return "cannot be told" if value is None else f"{of_100(value)}%"
