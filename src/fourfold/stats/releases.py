"""Differencing: what two releases tell together that neither tells alone.

A table of 43 forces and last month's table of 42 give away the one force, whatever each of them hides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.terms import EmptyInput, OutOfRange

THRESHOLD = 10


@dataclass(frozen=True)
class ReleasedTotal:
    """A count that was or is to be shown: over which units (areas, months, groups), how many, rounded to which base.

    `variable` names what is counted; only totals of one variable are compared. `base` 1 is an exact count.
    """

    variable: str
    units: frozenset[str]
    count: int
    base: int = 1

    @classmethod
    def of(cls, variable: str, units: Iterable[str], count: int, base: int = 1) -> ReleasedTotal:
        """Read a total. Raises EmptyInput without units, OutOfRange for a count that is none."""
        named = frozenset(units)
        if not named:
            raise EmptyInput("units", "are none", "Name what the total is over")
        return cls(variable, named, inputs.whole_number("count", count), inputs.whole_number("base", base, least=1))


@dataclass(frozen=True)
class Differenced:
    """Units whose count two totals give away, and the interval that it then lies in."""

    variable: str
    units: frozenset[str]
    low: float
    high: float
    larger: ReleasedTotal
    smaller: ReleasedTotal


@dataclass(frozen=True)
class UnitInterval:
    """The closest that all releases together come to one unit's count."""

    variable: str
    unit: str
    low: float
    high: float


def differencing(
    new: Sequence[ReleasedTotal], earlier: Sequence[ReleasedTotal] = (), *, threshold: int = THRESHOLD
) -> tuple[Differenced, ...]:
    """Find every pair of totals, one within the other, whose difference may be a count under the threshold.

    Rounded totals are known to half their base either way. Compare with all earlier releases before anything leaves; an
    empty answer lets it. `new` is what is about to leave. Source: Hundepool et al. 2012. Raises OutOfRange.
    """
    inputs.whole_number("threshold", threshold, least=1)
    new, earlier = (
        inputs.every(name, totals, ReleasedTotal, "`ReleasedTotal.of`")
        for name, totals in (("new", new), ("earlier", earlier))
    )
    found = []
    for larger, smaller in _nested(new, (*earlier, *new)):
        low, high = _difference(larger, smaller)
        # zero is a small count too; what cannot lie under the threshold is safe
        if low < threshold and high - low < threshold:
            found.append(Differenced(larger.variable, larger.units - smaller.units, low, high, larger, smaller))
    return tuple(found)


def attack_releases(totals: Sequence[ReleasedTotal]) -> tuple[UnitInterval, ...]:
    """Find, by linear programming, the closest interval that all totals together give for every unit.

    It sees what pairs do not, such as three overlapping totals. Counts are not negative. Units that no total names have
    no interval. Source: own, by the attack that Hundepool et al. 2012 ask every release to withstand. Raises
    EmptyInput, and OutOfRange where totals contradict one another.
    """
    totals = inputs.every("totals", totals, ReleasedTotal, "`ReleasedTotal.of`")
    if not totals:
        raise EmptyInput("totals", "are none", "Give what was released")
    found = []
    for variable in sorted({total.variable for total in totals}):
        chosen = [total for total in totals if total.variable == variable]
        units = sorted(frozenset().union(*(total.units for total in chosen)))
        found += _attack(variable, chosen, units)
    return tuple(found)


def _nested(new: Sequence[ReleasedTotal], known: Sequence[ReleasedTotal]) -> list[tuple[ReleasedTotal, ReleasedTotal]]:
    pairs = []
    for one in new:
        for other in known:
            if one.variable == other.variable and one.units != other.units:
                if other.units < one.units:
                    pairs.append((one, other))
                elif one.units < other.units:
                    pairs.append((other, one))
    return list(dict.fromkeys(pairs))


def _difference(larger: ReleasedTotal, smaller: ReleasedTotal) -> tuple[float, float]:
    half = _half(larger) + _half(smaller)
    gap = larger.count - smaller.count
    return max(0.0, gap - half), max(0.0, gap + half)


def _half(total: ReleasedTotal) -> float:
    return total.base / 2 if total.base > 1 else 0.0


def _attack(variable: str, totals: Sequence[ReleasedTotal], units: Sequence[str]) -> list[UnitInterval]:
    membership = np.array([[unit in total.units for unit in units] for total in totals], dtype=float)
    middle, half = np.array([total.count for total in totals], dtype=float), np.array([_half(t) for t in totals])
    rows, right = np.vstack([membership, -membership]), np.concatenate([middle + half, half - middle])
    found = []
    for place, unit in enumerate(units):
        goal = np.zeros(len(units))
        goal[place] = 1.0
        found.append(UnitInterval(variable, unit, _extreme(goal, rows, right), -_extreme(-goal, rows, right)))
    return found


def _extreme(goal: FloatArray, rows: FloatArray, right: FloatArray) -> float:
    answer = scipy.optimize.linprog(goal, A_ub=rows, b_ub=right, bounds=(0, None), method="highs")
    if answer.status == 2:
        raise OutOfRange("totals", "contradict one another", "Check which of them is wrong")
    return float(answer.fun) if answer.status == 0 else -np.inf
