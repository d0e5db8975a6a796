"""What moves the result: one thing at a time (tornado), and bridges whose terms add up exactly, in whole pounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

import numpy as np

from fourfold.rollout.economics import costs, model, saying
from fourfold.rollout.economics.terms import HEADINGS, Bar, Change, Known, Row, Step, Team
from fourfold.rollout.rules import Expected
from fourfold.stats.inputs import FloatArray
from fourfold.words import Word, sentence

BARS = 10
EFFECT, WORK = Word("What management changes here"), Word("How many cases come")


def result_of(values: Mapping[str, float], team: Team, effect: Known | None = None) -> float:
    """Return the net benefit a year at these values, or the cost where no effect is known."""
    spent = float(sum(model.costs_of(values, team).values()))
    if effect is None:
        return spent
    return float(values["act"] * model.spared_of(values, team, effect.without)) - spent


def tornado(
    middle: Mapping[str, float],
    expected: Expected,
    rows: Mapping[str, Row],
    team: Team,
    effect: Known | None = None,
    ratios: tuple[float, float] | None = None,
) -> tuple[Bar, ...]:
    """Return what each thing alone does to the net benefit (to the cost where no effect is known), the widest first.

    Each row goes from its low to its high; the work and the effect from the 5th to the 95th of a hundred.
    """

    def result(**other: float) -> float:
        return result_of({**middle, **other}, team, effect)

    def bar(code: str, what: str, low: Mapping[str, float], high: Mapping[str, float]) -> Bar:
        return Bar(code, what, result(**low), result(**high))

    few, many = ({name: float(np.quantile(getattr(expected, name), at)) for name in model.WORK} for at in (0.05, 0.95))
    bars = [bar("work", WORK, few, many)]
    for code, row in rows.items():
        low, _, high = costs.in_prices(row)
        bars.append(bar(code, row.what, {code: low}, {code: high}))
    if ratios is not None:
        bars.append(bar("log_ratio", EFFECT, {"log_ratio": ratios[0]}, {"log_ratio": ratios[1]}))
    moved = sorted((one for one in bars if one.width >= 1), key=lambda one: -one.width)
    return tuple(moved[:BARS])


def steps(start: str, amount: float, terms: Iterable[tuple[str, float]], *, unit: int = 1) -> tuple[Step, ...]:
    """Return a bridge in whole units: each term is the difference of rounded totals, so that all add up exactly."""
    running, total = amount, unit * round(amount / unit)
    found = [Step(start, total, total)]
    for what, change in terms:
        running += change
        now = unit * round(running / unit)
        found.append(Step(what, now - total, now))
        total = now
    return tuple(found)


def of_pounds(
    start: str, amount: float, terms: Iterable[tuple[str, float]], shown: int | None = None
) -> tuple[Step, ...]:
    """Return the same in money, to four figures of its largest total, or as fine as the number that is shown at its end."""
    terms = list(terms)
    totals = accumulate((change for _, change in terms), initial=amount)
    unit = saying.step_of(max(map(abs, totals)), figures=saying.SIGNIFICANT + 1)
    while shown and shown % unit:
        unit //= 10
    return steps(start, amount, terms, unit=unit)


def costs_alone(found: Mapping[str, FloatArray]) -> tuple[Step, ...]:
    """Return the bridge from no unit to what the unit costs a year, by means over the draws."""
    terms = [(name, float(found[code].mean())) for code, name in HEADINGS.items()]
    return of_pounds(Word("Without a unit"), 0.0, terms)


def with_unit(
    values: Mapping[str, FloatArray], found: Mapping[str, FloatArray], spared: FloatArray, without: float
) -> tuple[Step, ...]:
    """Return the bridge from what further acts cost others without a unit to what they and the unit cost together."""
    worth = values["act"]
    terms = [(name, float(found[code].mean())) for code, name in HEADINGS.items()]
    return of_pounds(
        Word("Without a unit: what further acts in these cases cost others"),
        float((worth * found["served"] * without).mean()),
        [*terms, (Word("Further acts that do not happen"), -float((worth * spared).mean()))],
    )


def of_changes(
    expected: Expected, changes: Sequence[Change], team: Team | None, *, draws: int, seed: int
) -> tuple[Step, ...]:
    """Return the bridge of the mean yearly cost from the shipped price list to this plan, one change after the other."""

    def mean(made: Sequence[Change], with_team: Team | None = None) -> float:
        rows = costs.shipped(made)
        values = model.drawn(expected, rows, draws=draws, seed=seed)
        found = model.costs_of(values, with_team or costs.team_for(expected, rows))
        return float(np.mean(sum(found.values())))

    names = {row.code: row.what for row in costs.price_list()}
    running = mean(())
    terms: list[tuple[str, float]] = []
    for count, change in enumerate(changes, start=1):
        now = mean(changes[:count])
        terms.append((sentence("{1}, as {2} says", names[change.code], change.said_by), now - running))
        running = now
    if team is not None:
        terms.append((Word("The team that was given"), mean(changes, team) - running))
    return of_pounds(Word("The price list as it ships"), mean(()), terms) if terms else ()
