"""Cohort models: what a course of states costs and yields over years, with and without the programme."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.terms import NotANumber, NotIdentified, OutOfRange, WrongShape


@dataclass(frozen=True, eq=False)
class MarkovCohort:
    """Cost and effect for each person who starts, discounted; `occupancy` (1 + cycles, states) is who is where."""

    cost: float
    effect: float
    occupancy: FloatArray
    costs: FloatArray
    effects: FloatArray


@dataclass(frozen=True)
class Incremental:
    """What one course costs and yields beyond another. `ratio` is None where one is better in both, or in neither."""

    cost: float
    effect: float
    ratio: float | None
    verdict: str

    def net_benefit(self, willingness: float) -> float:
        """Give the net monetary benefit at a price for one unit of effect."""
        return willingness * self.effect - self.cost


def markov_cohort(
    transitions: npt.ArrayLike,
    costs: npt.ArrayLike,
    effects: npt.ArrayLike,
    *,
    cycles: int,
    start: int = 0,
    discount_costs: float = 0.035,
    discount_effects: float = 0.035,
    half_cycle: bool = False,
) -> MarkovCohort:
    """Run a cohort through states, costs and effects being counted at the end of each cycle.

    `transitions` are probabilities (states, states), or counts, whose rows are then made to add up to one; with shape
    (cycles, states, states) each cycle has its own. `costs` and `effects` (states,) or (cycles, states) are for a
    person in the state for a cycle, in one currency and one unit of effect. Rates of discount are for a cycle, such as 0.035 a year. `half_cycle` takes the
    mean of both ends of a cycle (Briggs, Sculpher & Claxton 2006, chapter 2). `start` is the place of the first state,
    from 0; `discount_costs` and `discount_effects` those rates. Raises WrongShape, OutOfRange for negative transitions
    or a row of zeros.
    """
    steps = inputs.whole_number("cycles", cycles, least=1)
    matrices = _transitions(transitions, steps)
    states = matrices.shape[1]
    start = inputs.whole_number("start", start)
    if start >= states:
        raise OutOfRange("start", f"is {start} of {states} states", "Name a state by its place, from 0")
    occupancy = np.zeros((steps + 1, states))
    occupancy[0, start] = 1.0
    for cycle in range(steps):
        occupancy[cycle + 1] = occupancy[cycle] @ matrices[cycle]
    lived = (occupancy[1:] + occupancy[:-1]) / 2 if half_cycle else occupancy[1:]
    spent = (lived * _rewards("costs", costs, steps, states)).sum(axis=1)
    gained = (lived * _rewards("effects", effects, steps, states)).sum(axis=1)
    spent, gained = (
        spent * _factors("discount_costs", discount_costs, steps),
        gained * _factors("discount_effects", discount_effects, steps),
    )
    return MarkovCohort(
        float(spent.sum()), float(gained.sum()), inputs.frozen(occupancy), inputs.frozen(spent), inputs.frozen(gained)
    )


def incremental(cost: float, effect: float, other_cost: float, other_effect: float) -> Incremental:
    """Compare a course with another: the cost of one more unit of effect, or which of the two dominates.

    The ratio is given only where more is gained at more cost (or less at less); otherwise it would mislead. Costs in
    one currency, effects in one unit: `cost` and `effect` of the one course, `other_cost` and `other_effect` of the
    other. Source: Black 1990. Raises NotANumber, and NotIdentified where both are the same.
    """
    cost, effect, other_cost, other_effect = inputs.column(
        "cost, effect", [cost, effect, other_cost, other_effect]
    ).tolist()
    more, gained = cost - other_cost, effect - other_effect
    if more == 0 and gained == 0:
        raise NotIdentified("cost, effect", "are the same in both", "There is nothing to compare")
    if gained == 0:
        return Incremental(more, gained, None, "as effective, " + ("costs more" if more > 0 else "costs less"))
    if more <= 0 < gained:
        return Incremental(more, gained, None, "dominates: better and not dearer")
    if gained < 0 <= more:
        return Incremental(more, gained, None, "is dominated: worse and not cheaper")
    verdict = "more effect at more cost" if gained > 0 else "less effect at less cost"
    return Incremental(more, gained, more / gained, verdict)


def present_value(amounts: npt.ArrayLike, rate: float = 0.035, *, first_year: int = 0) -> float:
    """Add up amounts (years,), the first in year `first_year`, at today's worth: amount / (1 + rate)^year.

    HM Treasury's Green Book sets the rate. Source: HM Treasury 2022. Raises OutOfRange for a rate of -1 or less.
    """
    read = inputs.column("amounts", amounts)
    years = np.arange(read.size) + inputs.whole_number("first_year", first_year)
    return float(read @ _discount("rate", rate, years))


def benefit_cost_ratio(benefits: npt.ArrayLike, costs: npt.ArrayLike, rate: float = 0.035) -> float:
    """Give the present value of benefits (years,) over that of costs (years,).

    Both in one currency; `rate` is the discount a year, such as 0.035. Source: HM Treasury 2022, The Green Book. Raises OutOfRange for costs
    of zero.
    """
    spent = inputs.positive("costs", present_value(costs, rate))
    return present_value(benefits, rate) / spent


def _transitions(values: npt.ArrayLike, cycles: int) -> FloatArray:
    read = inputs.numbers("transitions", values)
    if read.ndim == 2:
        read = np.broadcast_to(read, (cycles, *read.shape))
    if read.ndim != 3 or read.shape[0] != cycles or read.shape[1] != read.shape[2]:
        raise WrongShape("transitions", f"has shape {np.shape(values)}", f"Give (states, states), or {cycles} of them")
    if not np.isfinite(read).all():
        raise NotANumber("transitions", "holds a missing or infinite value", "Fill it")
    total = read.sum(axis=2, keepdims=True)
    if (read < 0).any() or (total <= 0).any():
        raise OutOfRange("transitions", "holds a negative value or a row of zeros", "Let the dead stay dead: 1")
    return np.asarray(read / total)


def _rewards(argument: str, values: npt.ArrayLike, cycles: int, states: int) -> FloatArray:
    read = inputs.numbers(argument, values)
    if read.shape not in ((states,), (cycles, states)) or not np.isfinite(read).all():
        raise WrongShape(argument, f"has shape {read.shape}", f"Give one finite number for each of {states} states")
    return np.broadcast_to(read, (cycles, states))


def _factors(argument: str, rate: float, cycles: int) -> FloatArray:
    return _discount(argument, rate, np.arange(1, cycles + 1))


def _discount(argument: str, rate: float, years: npt.NDArray[np.intp]) -> FloatArray:
    if not -1 < inputs.number(argument, rate) <= inputs.LARGEST:
        raise OutOfRange(argument, f"is {rate}", "Give a rate such as 0.035")
    return np.asarray((1 + float(rate)) ** -years.astype(float))
