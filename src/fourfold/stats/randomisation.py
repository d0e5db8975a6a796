"""Randomisation inference: how often would chance alone, choosing other areas to start, show as large an effect?

With three treated areas cluster-robust t-tests reject a true null four times too often (MacKinnon & Webb 2020), so
this p-value comes first while fewer than about ten areas are treated. The starting times stay as they were; which area
has which is drawn anew.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import inputs
from fourfold.stats.group_time import CONTROLS, compared_units, plan_pairs
from fourfold.stats.inputs import FloatArray, IntArray
from fourfold.stats.panels import Panel, read_panel
from fourfold.stats.terms import Estimate, NotIdentified, OneGroupOnly, Printed

STATISTICS = ("two-way", "group-time")
SMALL = 1e-10
SMALL_P = 0.05
NO_ERROR = 1e-9  # of the slope: with two units nothing is left to measure the error by


@dataclass(frozen=True, eq=False)
class RandomisationTest(Printed):
    """The estimate with an interval by test inversion, its p-value, and the t-statistics under relabelling (draws,).

    `exact` says that every distinct relabelling was tried, so that the p-value has no error of simulation.
    """

    estimate: Estimate
    p_value: float
    statistic: float
    draws: FloatArray
    exact: bool
    method: str


def randomisation_test(
    outcome: npt.ArrayLike,
    unit: Any,
    period: npt.ArrayLike,
    first_treated: npt.ArrayLike,
    *,
    statistic: str = "two-way",
    controls: str = "not yet treated",
    resamples: int = 999,
    level: float = 0.95,
    seed: int | np.random.Generator = 1,
) -> RandomisationTest:
    """Permute whole starting patterns over the units of a balanced panel and compare studentised effects.

    Rows as in `group_time_effects`. `statistic`: the coefficient of "two-way" fixed effects over its CRV1 error, or the
    simple average of "group-time" effects over its analytic error. p = (1 + draws as large) / (1 + draws); with no more
    distinct relabellings than `resamples` all are tried and p is their exact share. The interval holds the constant
    effects that the test does not reject ("two-way" only; for "group-time" it is the unshifted one by the quantile of
    the draws). Fisher 1935; Young 2019. `outcome` and the other columns have shape (rows,); `controls` as in
    `group_time_effects`, for its statistic. Raises OneGroupOnly where all units start alike, NotIdentified.
    """
    inputs.choice("statistic", statistic, STATISTICS)
    inputs.choice("controls", controls, CONTROLS)
    inputs.share("level", level)
    panel = read_panel(outcome, unit, period, first_treated)
    if np.unique(panel.first).size < 2:
        raise OneGroupOnly("first_treated", "is the same for every unit", "Give units that start later or never")
    orders, exact = _relabellings(panel.first, inputs.whole_number("resamples", resamples, least=19), seed)
    make = _two_way if statistic == "two-way" else _group_time
    effect, studentised, invert = make(panel, orders, controls, level)
    seen, draws = float(studentised[0]), studentised[1:]
    p_value = _p_value(seen, draws, exact=exact)
    method = f"randomisation inference, {statistic}, {len(orders) - 1}{' distinct' if exact else ''} relabellings"
    low, high = invert(exact)
    ways = len(orders) - 1
    few = (
        (f"only {ways} ways to relabel: the p-value cannot be under {1 / ways:.2g}",)
        if exact and ways < 1 / SMALL_P
        else ()
    )
    found = Estimate(effect, low, high, level, method, abs(effect / seen) if seen else None, p_value, few)
    return RandomisationTest(found, p_value, seen, inputs.frozen(draws), exact, method)


Inversion = Callable[[bool], tuple[float, float]]


def _p_value(seen: float, draws: FloatArray, *, exact: bool) -> float:
    """Give the share of relabellings at least as far from zero; the data's own counts as one of them."""
    as_large = int((np.abs(draws) >= abs(seen) * (1 - SMALL) - SMALL).sum())
    return as_large / draws.size if exact else (1 + as_large) / (1 + draws.size)


def _relabellings(first: FloatArray, resamples: int, seed: int | np.random.Generator) -> tuple[IntArray, bool]:
    """List orders of the units (1 + draws, units); the first is the data's own. In an exact list it comes again."""
    own = np.arange(first.size)
    _, group, sizes = np.unique(first, return_inverse=True, return_counts=True)
    distinct = math.factorial(first.size) // math.prod(math.factorial(int(size)) for size in sizes)
    if distinct <= resamples:
        rows = [_order_for(labels, group) for labels in _arrangements(sizes.tolist(), first.size)]
        return np.array([own, *rows]), True
    rng = inputs.generator(seed)
    return np.array([own, *(rng.permutation(first.size) for _ in range(resamples))]), False


def _arrangements(sizes: list[int], units: int) -> Iterator[tuple[int, ...]]:
    """Give every way to lay the labels out, each once."""
    if not units:
        yield ()
        return
    for label, size in enumerate(sizes):
        if size:
            rest = [count - (k == label) for k, count in enumerate(sizes)]
            yield from ((label, *tail) for tail in _arrangements(rest, units - 1))


def _order_for(labels: tuple[int, ...], group: IntArray) -> IntArray:
    """Find an order of the units whose groups, in that order, are these labels."""
    pools = [list(np.flatnonzero(group == label)) for label in range(max(labels) + 1)]
    return np.array([pools[label].pop() for label in labels])


def _two_way(panel: Panel, orders: IntArray, _controls: str, level: float) -> tuple[float, FloatArray, Inversion]:
    """Give the coefficient and every relabelling's t: sums of products are made once, and then only looked up."""
    y, d = _twice_demeaned(panel.values), _twice_demeaned(panel.treated())
    squares = np.einsum("it,it->i", d, d)
    total = float(squares.sum())
    if np.abs(y).max() <= NO_ERROR * np.abs(panel.values).max():
        raise NotIdentified("outcome", "follows from unit and period alone", "There is nothing to explain")
    if total < 1e-12:
        raise NotIdentified("first_treated", "follows from the periods alone", "Give units that start at other times")
    columns = np.arange(y.shape[0])
    across, among = (d @ y.T)[orders, columns], (d @ d.T)[orders, columns]
    moved = squares[orders]

    def studentised(effect: float) -> FloatArray:
        scores = across - effect * among
        slopes = scores.sum(axis=1) / total
        errors = np.sqrt(((scores - slopes[:, None] * moved) ** 2).sum(axis=1)) / total
        return np.divide(slopes, errors, out=np.zeros_like(slopes), where=errors > NO_ERROR * np.abs(slopes))

    effect = float(across[0].sum() / total)

    def invert(exact: bool) -> tuple[float, float]:
        return _inverted(effect, studentised, level, exact=exact)

    return effect, studentised(0.0), invert


def _inverted(
    effect: float, studentised: Callable[[float], FloatArray], level: float, *, exact: bool
) -> tuple[float, float]:
    """Find, on either side, the constant effect at which the test begins to reject."""
    spread = abs(effect / float(studentised(0.0)[0])) if studentised(0.0)[0] else 1.0

    def excess(shift: float) -> float:
        values = studentised(effect + shift)
        return _p_value(float(values[0]), values[1:], exact=exact) - (1 - level)

    ends = []
    for sign in (-1.0, 1.0):
        reach = 2 * spread
        while excess(sign * reach) > 0 and reach < 1e6 * spread:
            reach *= 2
        outside = excess(sign * reach) > 0
        ends.append(
            sign * math.inf
            if outside
            else effect + float(scipy.optimize.brentq(excess, 0.0, sign * reach, xtol=1e-6 * spread))
        )
    return ends[0], ends[1]


def _group_time(panel: Panel, orders: IntArray, controls: str, level: float) -> tuple[float, FloatArray, Inversion]:
    """Give the simple average of group-time effects and every relabelling's t."""
    pairs = [pair for pair in plan_pairs(panel, base="varying", anticipation=0)[0] if panel.periods[pair[1]] >= pair[0]]
    weights = []
    for group, when, since in pairs:
        members, others = compared_units(panel, group, when, since, controls, 0)
        if others.any():
            weights.append((when, since, members.astype(float), others.astype(float)))
    if not weights:
        raise OneGroupOnly(
            "first_treated", f"leaves no {controls} units to compare with", "Give units that start later"
        )
    if np.abs(_twice_demeaned(panel.values)).max() <= NO_ERROR * np.abs(panel.values).max():
        raise NotIdentified("outcome", "follows from unit and period alone", "There is nothing to explain")
    found = [_simple(panel.values, weights, order) for order in orders]
    values, errors = (np.array(column) for column in zip(*found, strict=True))
    studentised = np.divide(values, errors, out=np.zeros_like(values), where=errors > 1e-300)
    half = float(np.quantile(np.abs(studentised[1:]), level)) * float(errors[0])
    return float(values[0]), studentised, lambda exact: (float(values[0]) - half, float(values[0]) + half)


def _simple(
    values: FloatArray, weights: list[tuple[int, int, FloatArray, FloatArray]], order: IntArray
) -> tuple[float, float]:
    """Average the treated pairs' effects by group size; errors with the sizes held, as relabelling holds them."""
    shuffled = values[np.argsort(order)]
    total, effect, psi = 0.0, 0.0, np.zeros(len(values))
    for when, since, members, others in weights:
        change = shuffled[:, when] - shuffled[:, since]
        size, rest = float(members.sum()), float(others.sum())
        one, other = float(members @ change) / size, float(others @ change) / rest
        total, effect = total + size, effect + size * (one - other)
        psi += size * (members * (change - one) / size - others * (change - other) / rest)
    return effect / total, float(np.sqrt(psi @ psi)) / total


def _twice_demeaned(values: FloatArray) -> FloatArray:
    return values - values.mean(axis=1, keepdims=True) - values.mean(axis=0, keepdims=True) + values.mean()
