"""Shares and rates from small counts, with intervals that hold when the count is near nought."""

from __future__ import annotations

import math

from scipy.special import chdtri

from fourfold.stats import inputs
from fourfold.stats.terms import Estimate, OutOfRange


def wilson(successes: int, people: int, *, level: float = 0.95) -> Estimate:
    """Estimate a share with Wilson's score interval (1927; Newcombe 1998, method 3).

    Raises OutOfRange where the counts are not whole, negative, or more successes than people.
    """
    _require_counts(successes, people)
    z = inputs.critical_value(level)
    share, scale = successes / people, 1 + z**2 / people
    centre = (share + z**2 / (2 * people)) / scale
    half = z * math.sqrt(share * (1 - share) / people + z**2 / (4 * people**2)) / scale
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == people else centre + half
    return Estimate(share, low, high, level, "Wilson score")


def newcombe_difference(
    successes: int, people: int, other_successes: int, other_people: int, *, level: float = 0.95
) -> Estimate:
    """Estimate the first share minus the second, from two groups of different people.

    Newcombe's (1998) method 10: the square-and-add of two Wilson intervals. Raises OutOfRange as `wilson`.
    """
    one = wilson(successes, people, level=level)
    other = wilson(other_successes, other_people, level=level)
    difference = one.estimate - other.estimate
    low = difference - math.hypot(one.estimate - one.low, other.high - other.estimate)
    high = difference + math.hypot(one.high - one.estimate, other.estimate - other.low)
    return Estimate(difference, low, high, level, "Newcombe hybrid score, independent groups")


def event_rate(events: int, exposure: float, *, per: float = 1000.0, level: float = 0.95) -> Estimate:
    """Estimate events for each `per` units of exposure with the exact Poisson interval (Garwood 1936).

    `exposure` is in any unit, such as person-days or residents; `per` is in the same unit. Raises OutOfRange
    for a negative or fractional count, or an exposure that is not above zero.
    """
    _require_count("events", events)
    scale = inputs.positive("per", per) / inputs.positive("exposure", exposure)
    tail = (1 - inputs.share("level", level)) / 2
    low = float(chdtri(2 * events, 1 - tail)) / 2 if events else 0.0
    high = float(chdtri(2 * (events + 1), tail)) / 2
    return Estimate(events * scale, low * scale, high * scale, level, f"exact Poisson (Garwood), per {per:g}")


def _require_counts(successes: int, people: int) -> None:
    _require_count("successes", successes)
    _require_count("people", people)
    if people == 0 or successes > people:
        raise OutOfRange("people", f"is {people} with {successes} successes", "Count everyone, at least one person")


def _require_count(argument: str, value: float) -> None:
    if not (math.isfinite(value) and value >= 0 and value == int(value)):
        raise OutOfRange(argument, f"is {value}", "Give a whole number that is not negative")
