"""The probabilistic analysis of one team in one place: one seed, every figure from the same draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fourfold.rollout.economics import bridges, costs, effects, knowing, model
from fourfold.rollout.economics.terms import (
    HEADINGS,
    PROFESSIONS,
    Analysis,
    Change,
    CostRefused,
    Draws,
    Known,
    Quantity,
    Row,
    Scenario,
    Team,
    Unknown,
)
from fourfold.rollout.rules import SEED, Expected
from fourfold.stats.inputs import FloatArray
from fourfold.words import Word, sentence

DRAWS, FEWEST_DRAWS, MOST_DRAWS = 1_000, 200, 100_000
CURVE = np.array([0.01, *np.arange(0.05, 0.96, 0.05), 0.99])
SCENARIOS = (0, 5, 10, 20)
NOTES = (
    Word("Money that others save is not money in the unit’s budget: none of it can be spent again."),
    Word(
        "A case spared another act counts once. Later acts of the same case are not counted: no released figure has them."
    ),
    Word(
        "Where nobody gives a team, its posts follow from the hours of the price list. The page of the team plays two years "
        "and may ask for others; the order of areas reckons by cases for each post. None of the three has been held against "
        "a unit’s own records yet."
    ),
)
SPARED = Word("Cases spared another act a year (below nought: more acts)")
AS_AT_THE_SITES = Word("How many have another act without management is taken to be the same here as at the sites.")


def analyse(
    expected: Expected,
    *,
    team: Team | None = None,
    effect: Known | Unknown,
    changes: Sequence[Change] = (),
    draws: int = DRAWS,
    seed: int = SEED,
) -> Analysis:
    """Return what one team would cost and change in a year; without a team, the one that the expected work asks for.

    Raises CostRefused for a team or a change that cannot be one, or too few draws.
    """
    if not FEWEST_DRAWS <= draws <= MOST_DRAWS:
        raise CostRefused("draws", sentence("Give from {1} to {2} draws.", f"{FEWEST_DRAWS:,}", f"{MOST_DRAWS:,}"))
    rows = costs.shipped(changes)
    if team is not None:
        CostRefused.refuse(costs.team_refused(team))
    team = team or costs.team_for(expected, rows)
    values = model.drawn(expected, rows, draws=draws, seed=seed)
    case = _Case(expected, team, effect, rows, values, costs_and_served(values, team), tuple(changes), seed)
    return _with_effect(case, effect) if isinstance(effect, Known) else _described(case)


@dataclass(frozen=True, eq=False)
class _Case:
    """One team in one place, with the draws of its work, its rows, and what it costs."""

    expected: Expected
    team: Team
    effect: Known | Unknown
    rows: Mapping[str, Row]
    values: Mapping[str, FloatArray]
    found: Mapping[str, FloatArray]
    changes: tuple[Change, ...]
    seed: int


def costs_and_served(values: Mapping[str, FloatArray], team: Team) -> dict[str, FloatArray]:
    """Return the draws of every heading, of their sum ("cost") and of the cases managed ("served")."""
    count = len(values["managed"])
    by_heading = {name: np.broadcast_to(one, count) for name, one in model.costs_of(values, team).items()}
    total = np.sum(list(by_heading.values()), axis=0)
    return by_heading | {"cost": total, "served": values["managed"] * model.served(values, team)}


def _with_effect(case: _Case, effect: Known) -> Analysis:
    """Add what the effect changes: acts spared, net benefit, and what knowing more would be worth."""
    here, study = effects.drawn(effect, len(case.found["cost"]), np.random.default_rng([case.seed, 1]))
    values = {**case.values, "log_ratio": here}
    options = knowing.options(values, case.team, effect.without)
    spared, net = options.effects[:, -1], options.net[:, -1]
    middle = model.central(case.expected, case.rows) | {"log_ratio": float(np.median(here))}
    low, high = (float(np.quantile(here, share)) for share in (0.05, 0.95))
    return replace(
        _described(case, spared=spared, net=net),
        cost_each=float(case.found["cost"].mean() / spared.mean()) if spared.mean() > 0 else None,
        chance=float((net > 0).mean()),
        acceptability=knowing.acceptability(options, knowing.prices(case.rows, options)),
        tornado=bridges.tornado(middle, case.expected, case.rows, case.team, effect, (low, high)),
        centre=bridges.result_of(middle, case.team, effect),
        bridge=bridges.with_unit(values, case.found, spared, effect.without),
        perfect=knowing.perfect(options),
        partial=knowing.partial(options, values, case.rows),
        decision=knowing.decision(options, study),
    )


def _described(case: _Case, *, spared: FloatArray | None = None, net: FloatArray | None = None) -> Analysis:
    """Return what can be said without an effect: costs, who is served, scenarios, and what moved them."""
    team, rows, values, found = case.team, case.rows, case.values, case.found
    cost, who = found["cost"], found["served"]
    once = values["set_up"] - found["set_up"]
    worth = values["act"]
    needed = 100 * float(cost.mean()) / max(float((worth * who).mean()), 1e-9)
    return Analysis(
        price_year=costs.PRICE_YEAR,
        team=team,
        rows=tuple(rows.values()),
        effect=case.effect,
        draws=Draws(case.seed, cost, who, spared, net, values),
        cost=quantity(Word("Cost a year"), cost),
        first_year=quantity(Word("Cost in the first year"), cost + once),
        headings=tuple(quantity(name, found[code]) for code, name in HEADINGS.items()),
        rates=model.hourly(rows),
        served=quantity(Word("Cases managed a year"), who),
        per_case=quantity(Word("Cost of a managed case"), cost / np.maximum(who, 1e-9)),
        spared=None if spared is None else quantity(SPARED, spared),
        benefit=None if spared is None else quantity(Word("What others save a year"), worth * spared),
        net=None if net is None else quantity(Word("Net benefit a year"), net),
        breaks_even=needed,
        tornado=bridges.tornado(model.central(case.expected, rows), case.expected, rows, team),
        centre=bridges.result_of(model.central(case.expected, rows), team),
        bridge=bridges.costs_alone(found),
        scenarios=tuple(_scenario(of_100, cost, who, worth) for of_100 in SCENARIOS),
        notes=(
            *NOTES,
            *([AS_AT_THE_SITES] if isinstance(case.effect, Known) else []),
            *_without(team),
            *costs.changes_in_words(case.changes),
        ),
    )


def _scenario(of_100: int, cost: FloatArray, served: FloatArray, worth: FloatArray) -> Scenario:
    spared = served * of_100 / 100
    return Scenario(
        of_100,
        quantity(SPARED, spared),
        float(cost.mean() / spared.mean()) if of_100 else None,
        quantity(Word("Net benefit a year"), worth * spared - cost),
    )


def _without(team: Team) -> tuple[str, ...]:
    return tuple(
        sentence("The team has no post in {1}: that work is left undone, and what that changes is not known.", name)
        for profession, name in PROFESSIONS.items()
        if not team.posts.get(profession, 0)
    )


def quantity(what: str, draws: FloatArray) -> Quantity:
    """Return the middle, the range that holds nine in ten, and the curve of some draws."""
    low, middle, high = np.quantile(draws, (0.05, 0.5, 0.95)).tolist()
    curve = tuple(zip(np.quantile(draws, CURVE).tolist(), CURVE.tolist(), strict=True))
    return Quantity(what, middle, low, high, curve)


def chance_within(found: Analysis, budget: float) -> float:
    """Return the chance that a year costs no more than a budget. Raises CostRefused for one that is none."""
    CostRefused.refuse(costs.budget_refused(budget))
    return float((found.draws.cost <= budget).mean())
