"""One ratio or difference over strata, such as sites and levels, by Mantel and Haenszel: sparse strata count for what they are worth."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.intervals import chi_squared, normal_estimate
from fourfold.stats.terms import Estimate, NotIdentified, OutOfRange, Printed, TestResult, WrongShape

MEASURES = ("odds ratio", "risk ratio", "risk difference")
DIFFER = 0.05  # p below which the strata are said to differ


@dataclass(frozen=True)
class MantelHaenszel(Printed):
    """The pooled ratio or difference, whether the strata differ, and the test that nothing differs (Cochran, no correction).

    `homogeneity` is Breslow & Day's test with Tarone's correction for odds ratios, otherwise Cochran's Q of the strata
    around the pooled value; None where fewer than two strata can be judged. `unused` counts the strata that say nothing.
    """

    pooled: Estimate
    homogeneity: TestResult | None
    association: TestResult | None
    unused: int


def mantel_haenszel(
    events: npt.ArrayLike,
    people: npt.ArrayLike,
    other_events: npt.ArrayLike,
    other_people: npt.ArrayLike,
    *,
    measure: str = "risk difference",
    level: float = 0.95,
) -> MantelHaenszel:
    """Pool a risk difference, risk ratio or odds ratio over strata that each hold both groups.

    Counts of `events` among `people`, against `other_events` among `other_people`, each of shape (strata,). `measure`:
    "risk difference" (variance by Sato 1989), "risk ratio" (Greenland & Robins 1985) or "odds ratio" (Robins, Breslow &
    Greenland 1986); strata without people on one side are left out and counted, others are kept however sparse. Source:
    Mantel & Haenszel 1959. Raises NotIdentified where the strata give no ratio, OutOfRange, WrongShape.
    """
    inputs.choice("measure", measure, MEASURES)
    a, n1 = _counts("events", events, "people", people, None)
    c, n0 = _counts("other_events", other_events, "other_people", other_people, a.size)
    both = (n1 > 0) & (n0 > 0)
    if measure != "risk difference":
        both &= a + c > 0
    if measure == "odds ratio":
        both &= a + c < n1 + n0
    if not both.any():
        raise NotIdentified("events", "leave no stratum with both groups and both outcomes", "Use coarser strata")
    table = _Strata(a[both], c[both], n1[both], n0[both])
    pooled = {"odds ratio": _odds_ratio, "risk ratio": _risk_ratio, "risk difference": _risk_difference}[measure]
    value, error = pooled(table)
    if not (math.isfinite(value) and error > 0):
        raise NotIdentified("events", "are none or all on one side, so that no error can be told", "Use exact methods")
    found = normal_estimate(value, error, level, f"Mantel-Haenszel {measure}")
    unused = int((~both).sum())
    said: tuple[str, ...] = (f"{unused} of {both.size} strata say nothing and are left out",) if unused else ()
    homogeneity = _homogeneity(table, measure, value)
    if homogeneity is not None and homogeneity.p_value is not None and homogeneity.p_value < DIFFER:
        said += (f"the strata differ (p = {homogeneity.p_value:.2g}): the pooled {measure} may hold in none of them",)
    found = replace(found if measure == "risk difference" else found.exponentiated(), cautions=said)
    return MantelHaenszel(found, homogeneity, _association(table), unused)


@dataclass(frozen=True, eq=False)
class _Strata:
    """Events a of n1 against c of n0, with b and d without, in `total` people: all (strata,)."""

    a: FloatArray
    c: FloatArray
    n1: FloatArray
    n0: FloatArray

    @property
    def b(self) -> FloatArray:
        return self.n1 - self.a

    @property
    def d(self) -> FloatArray:
        return self.n0 - self.c

    @property
    def total(self) -> FloatArray:
        return self.n1 + self.n0


def _counts(
    name: str, counts: npt.ArrayLike, whole: str, people: npt.ArrayLike, strata: int | None
) -> tuple[FloatArray, FloatArray]:
    read = inputs.times(name, counts, strata)
    everyone = inputs.times(whole, people, read.size)
    if not (inputs.whole(read) and inputs.whole(everyone)):
        raise OutOfRange(name, "holds a fraction", "Count people")
    if (read > everyone).any():
        raise WrongShape(
            name, f"in row {int(np.argmax(read > everyone))} are more than the people", "Count people once"
        )
    return read, everyone


def _odds_ratio(s: _Strata) -> tuple[float, float]:
    r, q = s.a * s.d / s.total, s.b * s.c / s.total
    agree, against = (s.a + s.d) / s.total, (s.b + s.c) / s.total
    top, low = float(r.sum()), float(q.sum())
    if not (top and low):
        return math.inf, 0.0
    variance = agree @ r / top**2 + (agree @ q + against @ r) / (top * low) + against @ q / low**2
    return math.log(top / low), math.sqrt(float(variance) / 2)


def _risk_ratio(s: _Strata) -> tuple[float, float]:
    r, q = float((s.a * s.n0 / s.total).sum()), float((s.c * s.n1 / s.total).sum())
    if not (r and q):
        return math.inf, 0.0
    variance = float(((s.n1 * s.n0 * (s.a + s.c) - s.a * s.c * s.total) / s.total**2).sum())
    return math.log(r / q), math.sqrt(variance / (r * q))


def _risk_difference(s: _Strata) -> tuple[float, float]:
    weight = s.n1 * s.n0 / s.total
    value = float((s.a * s.n0 - s.c * s.n1) @ (1 / s.total) / weight.sum())
    p = (s.n1**2 * s.c - s.n0**2 * s.a + s.n1 * s.n0 * (s.n0 - s.n1) / 2) / s.total**2
    q = (s.a * (s.n0 - s.c) + s.c * (s.n1 - s.a)) / (2 * s.total)
    variance = value * float(p.sum()) + float(q.sum())
    return value, math.sqrt(max(variance, 0.0)) / float(weight.sum())


def _association(s: _Strata) -> TestResult | None:
    """Give Cochran's and Mantel and Haenszel's test that no stratum has a difference, without correction."""
    many = s.total > 1
    events, total = (s.a + s.c)[many], s.total[many]
    variance = float((s.n1[many] * s.n0[many] * events * (total - events) / (total**2 * (total - 1))).sum())
    if not variance:
        return None
    excess = float((s.a[many] - s.n1[many] * events / total).sum())
    return chi_squared(excess**2 / variance, 1, "Cochran-Mantel-Haenszel")


def _homogeneity(s: _Strata, measure: str, value: float) -> TestResult | None:
    if measure == "odds ratio":
        return _breslow_day(s, math.exp(value))
    share, other = s.a / s.n1, s.c / s.n0
    spread = share * (1 - share) / s.n1 + other * (1 - other) / s.n0
    each = share - other
    if measure == "risk ratio":
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = 1 / s.a - 1 / s.n1 + 1 / s.c - 1 / s.n0
            each = np.log(share / other)
    known = (spread > 0) & np.isfinite(spread) & np.isfinite(each)
    if known.sum() < 2:
        return None
    q = float(((each[known] - value) ** 2 / spread[known]).sum())
    return chi_squared(q, int(known.sum()) - 1, "Cochran's Q around the pooled value")


def _breslow_day(s: _Strata, ratio: float) -> TestResult | None:
    """Compare each stratum's events with those that the pooled odds ratio expects (Breslow & Day 1980; Tarone 1985)."""
    if s.a.size < 2:
        return None
    events = s.a + s.c
    expected = _expected(events, s.n1, s.n0, ratio)
    spread = 1 / (1 / expected + 1 / (events - expected) + 1 / (s.n1 - expected) + 1 / (s.n0 - events + expected))
    statistic = float(((s.a - expected) ** 2 / spread).sum() - (s.a - expected).sum() ** 2 / spread.sum())
    return chi_squared(max(statistic, 0.0), s.a.size - 1, "Breslow-Day with Tarone's correction")


def _expected(events: FloatArray, n1: FloatArray, n0: FloatArray, ratio: float) -> FloatArray:
    """Give the events among n1 at which the margins have this odds ratio: the root that lies between their bounds."""
    if math.isclose(ratio, 1.0, rel_tol=1e-9):
        return np.asarray(n1 * events / (n1 + n0))
    b = n0 - events + ratio * (n1 + events)
    root = np.sqrt(b**2 - 4 * (ratio - 1) * ratio * n1 * events)
    return np.asarray(2 * ratio * n1 * events / (b + root))
