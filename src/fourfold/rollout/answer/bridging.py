"""Curves of chances and bridges, from draws: what every number of an answer has."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from fourfold.rollout.answer.terms import Bridge, Measure, Number
from fourfold.rollout.economics import bridges, saying
from fourfold.rollout.economics.terms import Quantity
from fourfold.rollout.rules import CHANCES
from fourfold.stats.inputs import FloatArray
from fourfold.words import Word

#: The last step of a bridge: its terms are means or middles of parts, the number shown is the middle of everything, rounded.
TO_THE_MIDDLE = Word("To the middle of everything, rounded")
RANGE = (Word("What"), Word("Middle"), Word("Range (9 in 10)"), Word("Source of the number"))


def curve(draws: FloatArray) -> tuple[tuple[float, float], ...]:
    """Return which amounts the draws do not exceed, with the chances of 5% to 95%."""
    return tuple(zip(np.quantile(draws, CHANCES / 100).tolist(), (CHANCES / 100).tolist(), strict=True))


def bridge(
    title: str, start: tuple[str, float], terms: Iterable[tuple[str, float]], shown: int, measure: Measure
) -> Bridge:
    """Return a bridge from a start over terms to the number as it is shown; start and terms are given in whole ones."""
    words, amount = start[0], measure.parts * start[1]
    scaled = [(what, measure.parts * change) for what, change in terms]
    scaled.append((TO_THE_MIDDLE, shown - amount - sum(change for _, change in scaled)))
    is_money = measure is Measure.POUNDS
    return Bridge(
        title, bridges.of_pounds(words, amount, scaled, shown) if is_money else bridges.steps(words, amount, scaled)
    )


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
        key, one.what, measure, middle, low, high, because, curve=one.curve, bridges=(bridge(title, start, terms, middle, measure),)
    )  # fmt: skip


def rounded(value: float, measure: Measure) -> int:
    """Round to what the range deserves, as it is said everywhere else."""
    if measure is Measure.POUNDS:
        return saying.in_pounds(value)
    return saying.in_cases(value) if measure is Measure.COUNT else round(measure.parts * value)
