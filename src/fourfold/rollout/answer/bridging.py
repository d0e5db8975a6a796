"""Curves of chances and bridges, from draws: what every number of an answer has."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from fourfold.rollout.answer.terms import Bridge, Measure, Number
from fourfold.rollout.economics import bridges
from fourfold.rollout.economics.terms import Quantity
from fourfold.rollout.rules import CHANCES
from fourfold.stats.inputs import FloatArray
from fourfold.words import Word

#: The last step of a bridge: its terms are means or middles of parts, the number shown is the middle of everything, rounded.
TO_THE_MIDDLE = Word("To the middle of everything, rounded")
RANGE = (Word("What"), Word("Middle"), Word("Range (9 in 10)"), Word("Source of the number"))
#: Figures that are shown of an amount of money.
SIGNIFICANT = 3


def curve(draws: FloatArray) -> tuple[tuple[float, float], ...]:
    """Return which amounts the draws do not exceed, with the chances of 5% to 95%."""
    return tuple(zip(np.quantile(draws, CHANCES / 100).tolist(), (CHANCES / 100).tolist(), strict=True))


def bridge(
    title: str, start: tuple[str, float], terms: Iterable[tuple[str, float]], shown: int, *, parts: int = 1
) -> Bridge:
    """Return a bridge from a start over terms to the number as it is shown; each in whole ones, of which `parts` are given."""
    words, amount = start
    scaled = [(what, parts * change) for what, change in terms]
    before = parts * amount + sum(change for _, change in scaled)
    return Bridge(title, bridges.steps(words, parts * amount, [*scaled, (TO_THE_MIDDLE, shown - before)]))


def of_quantity(
    key: str,
    one: Quantity,
    measure: Measure,
    title: str,
    start: tuple[str, float],
    terms: Iterable[tuple[str, float]],
    because: str = "",
) -> Number:
    """Return a quantity of the economics as a number of the answer, with the bridge to it."""
    middle, low, high = (rounded(value, measure) for value in (one.middle, one.low, one.high))
    return Number(
        key, one.what, measure, middle, low, high, because, curve=one.curve, bridges=(bridge(title, start, terms, middle),)
    )  # fmt: skip


def rounded(value: float, measure: Measure) -> int:
    """Round to what the range deserves: money to three figures, cases whole below 20, fives below 200, tens above."""
    size = abs(value)
    if measure is Measure.POUNDS:
        step = 10 ** max(len(str(int(size))) - SIGNIFICANT, 0)
    elif measure is Measure.COUNT:
        step = 1 if size < 20 else 5 if size < 200 else 10
    else:
        return round(measure.parts * value)
    return round(value / step) * step
