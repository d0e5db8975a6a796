"""How much must happen before a comparison can say anything: events, people, and the smallest effect seen."""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.special import nctdtr, ndtri, stdtrit

from fourfold.stats import inputs
from fourfold.stats.terms import OutOfRange


def events_needed(hazard_ratio: float, *, power: float = 0.8, alpha: float = 0.05, share_treated: float = 0.5) -> float:
    """Give the events, both groups together, that a two-sided test of a hazard ratio needs (Schoenfeld 1983).

    Round the result up. Raises OutOfRange for a hazard ratio of 1, and for shares outside 0 to 1.
    """
    log_ratio = math.log(inputs.positive("hazard_ratio", hazard_ratio))
    if log_ratio == 0:
        raise OutOfRange("hazard_ratio", "is 1", "Name the difference that the comparison must be able to see")
    split = inputs.share("share_treated", share_treated) * (1 - share_treated)
    return (_quantiles(alpha, power) / log_ratio) ** 2 / split


def minimum_detectable_hazard_ratio(
    events: float, *, power: float = 0.8, alpha: float = 0.05, share_treated: float = 0.5
) -> float:
    """Give the hazard ratio nearest to 1, from below, that so many events can tell from 1 (Schoenfeld 1983).

    Its inverse is the one above 1. To stand beside every null result. Raises OutOfRange.
    """
    split = inputs.share("share_treated", share_treated) * (1 - share_treated)
    return math.exp(-_quantiles(alpha, power) / math.sqrt(inputs.positive("events", events) * split))


def people_needed_for_shares(share: float, other: float, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """Give the people in each of two equal groups to tell two shares apart; as R's power.prop.test.

    Round up. Raises OutOfRange for equal shares or shares outside 0 to 1.
    """
    p, q = inputs.share("share", share), inputs.share("other", other)
    if p == q:
        raise OutOfRange("other", f"is {other} as well", "Name the difference that the comparison must see")
    mean = (p + q) / 2
    null = _tail(alpha) * math.sqrt(2 * mean * (1 - mean))
    alternative = float(ndtri(inputs.share("power", power))) * math.sqrt(p * (1 - p) + q * (1 - q))
    return ((null + alternative) / (p - q)) ** 2


def people_needed_for_means(difference: float, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """Give the people in each of two equal groups to see a difference in standard deviations (t-test).

    As R's power.t.test, which counts only the tail on the side of the effect. Round up. Raises OutOfRange.
    """
    size = inputs.positive("difference", abs(difference))
    inputs.share("power", power)
    _tail(alpha)
    top = 2.0
    while _power_of_t_test(top, size, alpha) < power:
        top *= 2
    low = max(2.0, top / 2) if _power_of_t_test(2.0, size, alpha) < power else 1.0 + 1e-6
    return float(brentq(lambda n: _power_of_t_test(n, size, alpha) - power, low, top))


def _power_of_t_test(people: float, difference: float, alpha: float) -> float:
    freedom = 2 * (people - 1)
    critical = stdtrit(freedom, 1 - alpha / 2)
    return 1 - float(nctdtr(freedom, difference * math.sqrt(people / 2), critical))


def _quantiles(alpha: float, power: float) -> float:
    return _tail(alpha) + float(ndtri(inputs.share("power", power)))


def _tail(alpha: float) -> float:
    return float(-ndtri(inputs.share("alpha", alpha) / 2))
