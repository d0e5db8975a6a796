"""What a unit would cost an area and change there, read together with what was given for it and what was released."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.evaluation import queries as evaluation
from fourfold.evaluation.terms import NotRegistered, PlanChanged
from fourfold.rollout import facts, queries
from fourfold.rollout.economics import analysis, bridges, costs, effects, saying
from fourfold.rollout.economics.terms import Analysis, Change, CostRefused, Known, Row, Step, Team, Unknown
from fourfold.rollout.models import CostGiven, CountGiven
from fourfold.rollout.rules import Expected
from fourfold.rollout.terms import Place
from fourfold.words import sentence


@dataclass(frozen=True, eq=False)
class AreaCost:
    """What an area's page of costs shows; `moved` leads from the shipped price list to this plan, if anything was changed."""

    place: Place
    found: Analysis
    moved: tuple[Step, ...]
    expected: Expected
    within: float | None = None


def area_cost(
    *, actor: Actor, code: str, at: datetime, budget: float | None = None, team: Team | None = None
) -> AreaCost:
    """Return the cost and the effect of a unit in one area in the financial year of `at`.

    Raises UnknownArea, and CostRefused for a budget or a team that is none.
    """
    place = queries.area(actor=actor, code=code)
    audit.consulted(actor, "rollout.cost", at=at, count=1)
    expected = queries.expected(place, queries.financial_year_of(at), given=CountGiven.objects.latest_of_each())
    changes = changes_given(code)
    effect = effect_for_a_new_area(actor=actor, at=at)
    return computed(place, expected, effect=effect, changes=changes, budget=budget, team=team)


def computed(
    place: Place,
    expected: Expected,
    *,
    effect: Known | Unknown,
    changes: Sequence[Change] = (),
    budget: float | None = None,
    team: Team | None = None,
    draws: int = analysis.DRAWS,
) -> AreaCost:
    """Return the same of any place from values alone; reads no database."""
    found = analysis.analyse(expected, team=team, effect=effect, changes=changes, draws=draws)
    moved = bridges.of_changes(expected, changes, team, draws=draws, seed=found.draws.seed)
    return AreaCost(place, found, moved, expected, None if budget is None else analysis.chance_within(found, budget))


def refuse_incomputable(code: str, change: Change, *, at: datetime) -> None:
    """Raise CostRefused where an area's costs cannot be computed with a row of the price list so."""
    place, given = facts.area(code), CountGiven.objects.latest_of_each()
    expected = queries.expected(place, queries.financial_year_of(at), given=given)
    changes = (*changes_given(code), change)
    found = computed(place, expected, effect=effects.known(None), changes=changes).found
    if not all(math.isfinite(one.middle) for one in (found.cost, found.first_year, found.per_case, *found.headings)):
        raise CostRefused("central", "With this figure the costs cannot be computed. Check it and its unit.")


def effect_for_a_new_area(*, actor: Actor, at: datetime) -> Known | Unknown:
    """Return what the report that left last says for a new area, or why it gives no number."""
    try:
        return effects.known(evaluation.released_effect(actor=actor, at=at))
    except (PlanChanged, NotRegistered) as why:
        return effects.known(None, refused=str(why))


def price_row(*, actor: Actor, code: str, row: str) -> tuple[Place, Row] | None:
    """Return the area and one row of its price list as it stands, or None where there is no such row."""
    place = queries.area(actor=actor, code=code)
    rows = costs.shipped(changes_given(code))
    return (place, rows[row]) if row in rows else None


def changes_given(area: str) -> tuple[Change, ...]:
    """Return the rows of the price list that were given for an area, as they stand."""
    return CostGiven.objects.changes_of(area)


def budget_said(within: float, budget: float) -> str:
    """Say how likely a year's cost keeps within a budget."""
    return sentence(
        "The chance that a year costs {1} or less is {2} in 100.", saying.pounds(budget), saying.of_100(within)
    )
