"""Differences between weighted groups, with errors that know how the weights came about.

Robust errors take the weights as given; for overlap and treated targets, and for survival, the bootstrap refits
the propensity for every sample of people, which is what keeps the intervals honest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.clusters import few_of
from fourfold.stats.inputs import FloatArray, IntArray
from fourfold.stats.least_squares import chosen_errors, fit_design
from fourfold.stats.terms import (
    BeyondFollowUp,
    Estimate,
    NotConverged,
    NotIdentified,
    OneGroupOnly,
    OutOfRange,
    Printed,
    StatisticsError,
)
from fourfold.stats.weights import (
    TARGETS,
    extremes,
    few_people,
    fit_propensity,
    propensity_design,
    read_arms,
    read_several,
    target_weights,
)

Statistic = Callable[[FloatArray], float]
ALLOWED_FAILURES = 0.05


@dataclass(frozen=True, eq=False)
class Bootstrap(Printed):
    """An estimate with its percentile interval, every resample's value, and how many could not be computed."""

    estimate: Estimate
    draws: FloatArray
    failed: int
    method: str


def mean_difference(
    outcome: npt.ArrayLike,
    treated: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
    errors: str | None = None,
    cluster: Any = None,
    level: float = 0.95,
) -> Estimate:
    """Give the mean outcome of the treated less that of the others, in the outcome's unit.

    `errors` as in `linear_regression`; with weights from `propensity_weights` use "HC0", which takes them as given
    (Robins 1998; Hernan & Robins, What If, 12.2), or better `bootstrap_weighted`. `outcome` and `treated` have shape
    (people,); `cluster` names what stands or falls together. Raises OneGroupOnly.
    """
    arm = read_several(treated)
    y = inputs.column("outcome", outcome, arm.size)
    if np.ptp(y) == 0:
        raise NotIdentified("outcome", "is the same for everyone", "There is nothing to compare")
    weight = inputs.weights(weights, arm.size)
    design = np.column_stack([np.ones(arm.size), arm])
    errors = chosen_errors(errors, cluster)
    fit = fit_design(y, design, ("control", "treated"), weights=weight, errors=errors, cluster=cluster)
    found = fit.estimate("treated", level)
    return Estimate(
        found.estimate,
        found.low,
        found.high,
        level,
        f"difference of {'weighted ' if weights is not None else ''}means, {errors}",
        found.standard_error,
        found.p_value,
        (
            *few_people(arm),
            *extremes(arm, weight),
            *found.cautions,
            *few_of(errors, ("treated",), arm[:, None], cluster),
        ),
    )


def bootstrap_weighted(
    statistic: Statistic,
    treated: npt.ArrayLike,
    covariates: Any,
    *,
    target: str = "overlap",
    names: Sequence[str] | None = None,
    strata: Any = None,
    cluster: Any = None,
    resamples: int = 999,
    level: float = 0.95,
    seed: int | np.random.Generator = 1,
) -> Bootstrap:
    """Resample people, refit the propensity each time, and give a statistic of the weights its interval.

    `statistic` takes weights (people,), how often a person was drawn times the propensity weight, and gives one number.
    `strata` are resampled within (people within sites), `cluster` whole (sites within the country). Efron & Tibshirani
    1993, percentile interval. `treated`, `covariates` and `target` as in `propensity_weights`. Raises NotConverged
    where over a twentieth of the resamples have no propensity or no statistic, and the refusals of
    `propensity_weights`.
    """
    inputs.choice("target", target, TARGETS)
    resamples = inputs.whole_number("resamples", resamples, least=99)
    inputs.function("statistic", statistic, "from weights (people,) to one number")
    arm, design, _, _ = propensity_design(treated, covariates, names)
    score, beta = fit_propensity(arm, design)
    weights = target_weights(arm, score, target)
    centre = inputs.number("statistic", statistic(weights))
    rng, units = inputs.generator(seed), _units(arm.size, strata, cluster)
    draws = []
    for _ in range(resamples):
        value = _resampled(statistic, arm, design, target, beta, _counts(units, arm.size, rng))
        if value is not None:
            draws.append(value)
    method = f"bootstrap of {resamples} samples, propensity refitted, {target} weights"
    found = _summarise(centre, np.array(draws), resamples, level, method)
    return replace(found, estimate=replace(found.estimate, cautions=(*few_people(arm), *extremes(arm, weights))))


def weighted_mean_statistic(outcome: npt.ArrayLike, treated: npt.ArrayLike) -> Statistic:
    """Make the difference of weighted means, treated less control, ready for `bootstrap_weighted`.

    `outcome` and `treated` have shape (people,). Source: Hernan & Robins 2020, chapter 12. Raises OneGroupOnly, and
    WrongShape for columns that do not fit.
    """
    arm = read_arms(treated)
    y = inputs.column("outcome", outcome, arm.size)

    def difference(weights: FloatArray) -> float:
        on, off = weights * arm, weights * (1 - arm)
        return float(on @ y / on.sum() - off @ y / off.sum())

    return difference


def weighted_risk_statistic(
    time: npt.ArrayLike, event: npt.ArrayLike, treated: npt.ArrayLike, horizon: float
) -> Statistic:
    """Make the difference of weighted Kaplan-Meier risks by a day, treated less control, for `bootstrap_weighted`.

    Times in any one unit. `time`, `event` and `treated` have shape (people,). Source: Cole & Hernan 2004. Raises
    BeyondFollowUp where a group was not followed to the horizon.
    """
    day = inputs.times("time", time)
    seen = inputs.indicator("event", event, day.size)
    arm = read_arms(treated)
    inputs.column("treated", treated, day.size)
    inputs.positive("horizon", horizon)
    groups = [_Followed.of(day, seen, np.flatnonzero(arm == side), horizon) for side in (1, 0)]

    def difference(weights: FloatArray) -> float:
        return groups[0].risk(weights) - groups[1].risk(weights)

    return difference


@dataclass(frozen=True, eq=False)
class _Followed:
    """One group's rows in order of time, those of one day side by side, ready to be weighted again and again."""

    rows: IntArray
    starts: IntArray
    event: FloatArray
    days: int

    @classmethod
    def of(cls, day: FloatArray, event: FloatArray, rows: IntArray, horizon: float) -> _Followed:
        if day[rows].max() < horizon:
            raise BeyondFollowUp("horizon", f"{horizon:g} is after the last day of a group", "Choose an earlier day")
        ordered = rows[np.argsort(day[rows], kind="stable")]
        distinct, starts = np.unique(day[ordered], return_index=True)
        return cls(ordered, starts, event[ordered], int(np.searchsorted(distinct, horizon, side="right")))

    def risk(self, weights: FloatArray) -> float:
        weight = weights[self.rows]
        total = weight.sum()
        leaving = np.add.reduceat(weight, self.starts)
        events = np.add.reduceat(weight * self.event, self.starts)[: self.days]
        at_risk = (total - np.cumsum(leaving) + leaving)[: self.days]
        return 1 - float(np.prod(1 - events[at_risk > 0] / at_risk[at_risk > 0]))


def _units(people: int, strata: Any, cluster: Any) -> list[tuple[IntArray, IntArray]]:
    """Give each stratum's units and the unit of each of its people: (units,) sizes are drawn with replacement."""
    stratum = np.zeros(people, dtype=int) if strata is None else inputs.labels("strata", strata, people)[1]
    unit = np.arange(people) if cluster is None else inputs.labels("cluster", cluster, people)[1]
    parts = []
    for label in range(int(stratum.max()) + 1):
        rows = np.flatnonzero(stratum == label)
        _, place = np.unique(unit[rows], return_inverse=True)
        parts.append((rows, place))
    if cluster is not None and max(int(place.max()) for _, place in parts) < 1:
        raise OneGroupOnly("cluster", "holds one cluster", "Resample people, or give several clusters")
    return parts


def _counts(units: list[tuple[IntArray, IntArray]], people: int, rng: np.random.Generator) -> FloatArray:
    """Draw how often each person (people,) is in a resample."""
    counts = np.zeros(people)
    for rows, place in units:
        size = int(place.max()) + 1
        counts[rows] = rng.multinomial(size, np.full(size, 1 / size))[place]
    return counts


def _resampled(
    statistic: Statistic, arm: FloatArray, design: FloatArray, target: str, beta: FloatArray, counts: FloatArray
) -> float | None:
    """Compute one resample, or None where its people cannot be weighted or compared."""
    drawn = counts > 0
    if np.ptp(arm[drawn]) == 0:
        return None
    try:
        score, _ = fit_propensity(arm, design, weights=counts, start=beta, tolerance=1e-8)
        value = float(statistic(counts * target_weights(arm, score, target)))
    except StatisticsError:
        return None
    return value if np.isfinite(value) else None


def _summarise(centre: float, draws: FloatArray, resamples: int, level: float, method: str) -> Bootstrap:
    failed = resamples - draws.size
    if failed > ALLOWED_FAILURES * resamples:
        problem = f"{failed} of {resamples} resamples could not be weighted"
        raise NotConverged("covariates", problem, "Use fewer covariates or restrict to comparable people")
    if not np.isfinite(centre):
        raise OutOfRange("statistic", "is not a number on the data themselves", "Check what it computes")
    low, high = np.quantile(draws, [(1 - inputs.share("level", level)) / 2, (1 + level) / 2]).tolist()
    said = f"{method}, {failed} left out" if failed else method
    found = Estimate(centre, low, high, level, said, float(draws.std(ddof=1)))
    return Bootstrap(found, inputs.frozen(draws), failed, said)
