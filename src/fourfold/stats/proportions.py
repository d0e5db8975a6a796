"""Shares and rates from small counts, with intervals that hold when the count is near zero."""

from __future__ import annotations

import math

import scipy

from fourfold.stats import inputs
from fourfold.stats.terms import Estimate, OutOfRange, TooFewEvents

MOST = 10**12  # more people or acts than there are


def wilson(successes: int, people: int, *, level: float = 0.95) -> Estimate:
    """Estimate a share with Wilson's score interval (1927; Newcombe 1998, method 3).

    Raises OutOfRange where the counts are not whole, negative, or more successes than people.
    """
    successes, people = _counts(successes, people)
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

    Newcombe's (1998) method 10: the square-and-add of two Wilson intervals. Counts `successes` among `people`, and
    `other_successes` among `other_people`. Over strata, such as sites: `mantel_haenszel`. Raises OutOfRange as `wilson`.
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
    events = _count("events", events)
    scale = inputs.positive("per", per) / inputs.positive("exposure", exposure)
    tail = (1 - inputs.share("level", level)) / 2
    low = float(scipy.special.chdtri(2 * events, 1 - tail)) / 2 if events else 0.0
    high = float(scipy.special.chdtri(2 * (events + 1), tail)) / 2
    return Estimate(events * scale, low * scale, high * scale, level, f"exact Poisson (Garwood), per {per:g}")


def exact_share(successes: int, people: int, *, level: float = 0.95) -> Estimate:
    """Estimate a share with Clopper and Pearson's (1934) interval, which is never too narrow.

    Counts `successes` among `people`. Raises as `wilson`.
    """
    successes, people = _counts(successes, people)
    tail = (1 - inputs.share("level", level)) / 2
    low, high = _beta_limits(successes, people, tail)
    return Estimate(successes / people, low, high, level, "Clopper-Pearson")


def rate_ratio(
    events: int, exposure: float, other_events: int, other_exposure: float, *, mid_p: bool = False, level: float = 0.95
) -> Estimate:
    """Estimate how many times the other's rate the first rate is, exactly, given how many events there were in all.

    Exposures in one unit. Given the total, the first count is binomial (Przyborowski & Wilenski 1940); its exact
    limits, as R's poisson.test, or mid-p ones (Rothman 2008), which are narrower and hold on average. Without events on
    one side a limit is zero or infinite. `events` over `exposure`, against `other_events` over `other_exposure`;
    `mid_p` asks for the narrower limits. Raises TooFewEvents where nothing happened at all, OutOfRange.
    """
    events, other_events = _count("events", events), _count("other_events", other_events)
    scale = inputs.positive("other_exposure", other_exposure) / inputs.positive("exposure", exposure)
    total = events + other_events
    if not total:
        raise TooFewEvents("events", "are zero on both sides", "Show the rates with their intervals instead")
    tail = (1 - inputs.share("level", level)) / 2
    limits = _mid_limits if mid_p else _beta_limits
    low, high = (_odds(share) * scale for share in limits(events, total, tail))
    null = 1 / (1 + scale)
    p_value = _two_sided(events, total, null, mid_p=mid_p)
    method = f"{'mid-p' if mid_p else 'exact'} conditional Poisson rate ratio"
    return Estimate(_odds(events / total) * scale, low, high, level, method, p_value=p_value)


def _beta_limits(successes: int, people: int, tail: float) -> tuple[float, float]:
    low = float(scipy.special.betaincinv(successes, people - successes + 1, tail)) if successes else 0.0
    high = float(scipy.special.betaincinv(successes + 1, people - successes, 1 - tail)) if successes < people else 1.0
    return low, high


def _mid_limits(successes: int, people: int, tail: float) -> tuple[float, float]:
    """Find the shares at which the count, taken half, leaves one tail on either side."""
    low = high = 0.0
    if successes:
        low = float(
            scipy.optimize.brentq(lambda share: _upper_tail(successes, people, share, mid_p=True) - tail, 0.0, 1.0)
        )
    if successes < people:
        high = float(
            scipy.optimize.brentq(lambda share: _lower_tail(successes, people, share, mid_p=True) - tail, 0.0, 1.0)
        )
    return low, high if successes < people else 1.0


def _upper_tail(count: int, total: int, share: float, *, mid_p: bool) -> float:
    at_least = float(scipy.special.bdtrc(count - 1, total, share)) if count else 1.0
    above = float(scipy.special.bdtrc(count, total, share)) if count < total else 0.0
    return (at_least + above) / 2 if mid_p else at_least


def _lower_tail(count: int, total: int, share: float, *, mid_p: bool) -> float:
    up_to = float(scipy.special.bdtr(count, total, share))
    below = float(scipy.special.bdtr(count - 1, total, share)) if count else 0.0
    return (up_to + below) / 2 if mid_p else up_to


def _two_sided(count: int, total: int, null: float, *, mid_p: bool) -> float:
    """Give twice the mid tail, or (as R) the probability of every count no likelier than this one."""
    if mid_p:
        tails = (_upper_tail(count, total, null, mid_p=True), _lower_tail(count, total, null, mid_p=True))
        return min(1.0, 2 * min(tails))
    from scipy.stats import binomtest

    return float(binomtest(count, total, null).pvalue)


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else math.inf


def _counts(successes: int, people: int) -> tuple[int, int]:
    """Read both counts; a column's small whole numbers would overflow when they are squared."""
    told, everyone = _count("successes", successes), _count("people", people)
    if everyone == 0 or told > everyone:
        raise OutOfRange("people", f"is {people} with {successes} successes", "Count everyone, at least one person")
    return told, everyone


def _count(argument: str, value: float) -> int:
    read = inputs.whole_number(argument, value)
    if read > MOST:
        raise OutOfRange(argument, f"is {value:.3g}", "Check the unit: no count of people or acts is as large")
    return read
