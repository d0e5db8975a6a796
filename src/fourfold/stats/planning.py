"""How much must happen before a comparison can say anything: events, people, and the smallest effect seen."""

from __future__ import annotations

import math

import scipy

from fourfold.stats import inputs
from fourfold.stats.terms import NotIdentified, OutOfRange

MOST, SMALLEST = 1e12, 1e-4
FEWEST_PEOPLE = 1.05  # with hardly a degree of freedom the t distribution cannot be computed
SMALLEST_LEVEL = 1e-12


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

    Round up. `share` and `other` are the two. Source: Fleiss, Levin & Paik 2003. Raises OutOfRange for equal shares or
    shares outside 0 to 1.
    """
    p, q = inputs.share("share", share), inputs.share("other", other)
    if p == q:
        raise OutOfRange("other", f"is {other} as well", "Name the difference that the comparison must see")
    mean = (p + q) / 2
    null = upper_tail(alpha) * math.sqrt(2 * mean * (1 - mean))
    alternative = float(scipy.special.ndtri(_power(power, alpha))) * math.sqrt(p * (1 - p) + q * (1 - q))
    return ((null + alternative) / (p - q)) ** 2


def people_needed_for_means(difference: float, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """Give the people in each of two equal groups to see a difference in standard deviations (t-test).

    As R's power.t.test, which counts only the tail on the side of the effect. Round up. Source: Cohen 1988. Raises
    OutOfRange.
    """
    size = inputs.positive("difference", abs(inputs.number("difference", difference)))
    _power(power, alpha)
    if not SMALLEST <= size <= 1 / SMALLEST:
        raise OutOfRange("difference", f"is {difference:g} standard deviations", "Check the unit")
    upper_tail(alpha)
    top = 2.0
    while _power_of_t_test(top, size, alpha) < power:
        top *= 2
    low = max(2.0, top / 2) if _power_of_t_test(2.0, size, alpha) < power else FEWEST_PEOPLE
    if _power_of_t_test(low, size, alpha) >= power:
        return low
    return float(scipy.optimize.brentq(lambda n: _power_of_t_test(n, size, alpha) - power, low, top))


def power_of_events(events: float, hazard_ratio: float, *, alpha: float = 0.05, share_treated: float = 0.5) -> float:
    """Give the chance that so many events, both groups together, show a hazard ratio (Schoenfeld 1983). Raises OutOfRange."""
    effect = abs(math.log(inputs.positive("hazard_ratio", hazard_ratio)))
    split = inputs.share("share_treated", share_treated) * (1 - share_treated)
    return float(scipy.special.ndtr(effect * math.sqrt(inputs.positive("events", events) * split) - upper_tail(alpha)))


def power_for_shares(people: float, share: float, other: float, *, alpha: float = 0.05) -> float:
    """Give the chance that two groups of so many people each tell two shares apart; as R's power.prop.test.

    `share` and `other` are the two. Source: Fleiss, Levin & Paik 2003. Raises OutOfRange.
    """
    p, q = inputs.share("share", share), inputs.share("other", other)
    mean, size = (p + q) / 2, math.sqrt(inputs.positive("people", people))
    null = upper_tail(alpha) * math.sqrt(2 * mean * (1 - mean))
    return float(scipy.special.ndtr((size * abs(p - q) - null) / math.sqrt(p * (1 - p) + q * (1 - q))))


def power_for_means(people: float, difference: float, *, alpha: float = 0.05) -> float:
    """Give the chance that two groups of so many people each show a difference in standard deviations (t-test).

    As R's power.t.test. Source: Cohen 1988. Raises OutOfRange for a group of one.
    """
    group = inputs.number("people", people)
    if not 1 < group <= MOST:
        raise OutOfRange("people", f"is {people}", "Give more than one person in each group, and fewer than there are")
    upper_tail(alpha)
    size = inputs.positive("difference", abs(inputs.number("difference", difference)))
    return _power_of_t_test(group, min(size, 1 / SMALLEST), alpha)


def minimum_detectable_share(people: float, share: float, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """Give the share nearest below the controls' that two groups of so many people each can tell from it.

    To stand beside every null result on shares. Source: Fleiss, Levin & Paik 2003; the inverse of `power_for_shares`.
    Raises NotIdentified where even a share of zero could not be told.
    """
    base = inputs.share("share", share)
    _power(power, alpha)

    def short(other: float) -> float:
        return power_for_shares(people, base, other, alpha=alpha) - power

    lowest = 1e-12
    if short(lowest) < 0:
        raise NotIdentified(
            "people",
            f"are too few: with {people:g} not even a share of zero is told from {share:g}",
            "Follow more people",
        )
    return float(scipy.optimize.brentq(short, lowest, base * (1 - 1e-9), xtol=1e-12))


def minimum_detectable_mean_difference(people: float, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """Give the smallest difference, in standard deviations, that two groups of so many people each can show (t-test).

    Source: Cohen 1988; the inverse of `power_for_means`. Raises OutOfRange.
    """
    _power(power, alpha)
    top = 1.0
    while power_for_means(people, top, alpha=alpha) < power:
        top *= 2
    return float(scipy.optimize.brentq(lambda size: power_for_means(people, size, alpha=alpha) - power, 1e-9, top))


def minimum_detectable_difference(
    standard_error: float, *, freedom: float = math.inf, power: float = 0.8, alpha: float = 0.05
) -> float:
    """Give the smallest difference, in the unit of its standard error, that an estimate with that error can show.

    The quantiles of the level and of the power, by Student's t with `freedom` degrees of freedom, times the standard
    error (Bloom 1995, Evaluation Review 19:547). For differences of means, of shares and of weighted ones, whose error
    holds what weighting and clusters cost. To stand beside every null result. Raises OutOfRange for an error of zero.
    """
    error = inputs.positive("standard_error", standard_error)
    if not inputs.number("freedom", freedom) > 0:
        raise OutOfRange("freedom", f"is {freedom}", "Give the degrees of freedom of the error, above zero")
    if math.isinf(freedom):
        return _quantiles(alpha, power) * error
    upper_tail(alpha)
    return (
        float(-scipy.special.stdtrit(freedom, alpha / 2) + scipy.special.stdtrit(freedom, _power(power, alpha))) * error
    )


def minimum_detectable_rate_ratio(
    standard_error: float, *, freedom: float = math.inf, power: float = 0.8, alpha: float = 0.05
) -> float:
    """Give the ratio nearest to 1, from below, that a log ratio with this standard error can tell from 1 (Bloom 1995).

    Its inverse is the one above 1. For rates of events that come again and for pooled ratios: one person's events are
    not independent, so their number alone says too much. `freedom` as in `minimum_detectable_difference`. Raises
    OutOfRange.
    """
    return math.exp(-minimum_detectable_difference(standard_error, freedom=freedom, power=power, alpha=alpha))


def design_effect(people_per_cluster: float, correlation: float, *, variation: float = 0.0) -> float:
    """Give by how much people in clusters (sites, workers) count for less: multiply the people needed by it.

    1 + ((1 + cv^2) m - 1) rho, `variation` being the coefficient of variation of cluster sizes (Eldridge, Ashby & Kerry
    2006). `people_per_cluster` is the mean size of a cluster (m), `correlation` the intracluster one (rho), without a
    unit. Raises OutOfRange.
    """
    size = inputs.positive("people_per_cluster", people_per_cluster)
    (spread,) = inputs.times("variation", [variation])
    if not 0 <= inputs.number("correlation", correlation) <= 1:
        raise OutOfRange("correlation", f"is {correlation}", "Give an intracluster correlation from 0 to 1")
    return 1 + ((1 + float(spread) ** 2) * size - 1) * correlation


def _power_of_t_test(people: float, difference: float, alpha: float) -> float:
    freedom = 2 * (people - 1)
    critical = scipy.special.stdtrit(freedom, 1 - alpha / 2)
    return 1 - float(scipy.special.nctdtr(freedom, difference * math.sqrt(people / 2), critical))


def _quantiles(alpha: float, power: float) -> float:
    return upper_tail(alpha) + float(scipy.special.ndtri(_power(power, alpha)))


def _power(power: float, alpha: float) -> float:
    """Read a power; one at or under the level would be had without any data."""
    read = inputs.share("power", power)
    if read <= inputs.share("alpha", alpha):
        raise OutOfRange("power", f"is {power}, no more than alpha", "Ask for more, such as 0.8")
    return read


def upper_tail(alpha: float) -> float:
    """Return the quantile of the normal distribution above which half of `alpha` lies. Raises OutOfRange."""
    if inputs.share("alpha", alpha) < SMALLEST_LEVEL:
        raise OutOfRange("alpha", f"is {alpha}", "Give a level such as 0.05")
    return float(-scipy.special.ndtri(inputs.share("alpha", alpha) / 2))
