"""Survival of people who share something, such as a site: each group's hazard is its own multiple of the others'.

Therneau & Grambsch 2000, chapter 9: with the logarithms of the gamma frailties as penalised coefficients, the partial
likelihood has the same top as the marginal one, whose height then chooses the variance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import inputs, maximum
from fourfold.stats.cox import changing, fit_rows
from fourfold.stats.cox_rows import CoxRows, read_rows
from fourfold.stats.inputs import FloatArray, IntArray, sums
from fourfold.stats.intervals import Coefficients, few_events, normal_estimate
from fourfold.stats.maximum import Evaluation
from fourfold.stats.partial_likelihood import DaySums, PartialLikelihood, risk_sets
from fourfold.stats.terms import Estimate, OneGroupOnly, OutOfRange, StatisticsError, TestResult

TIES = ("efron", "breslow")
MOST_GROUPS = 500
SMALLEST, LARGEST_VARIANCE = 1e-6, 50.0
FEW_GROUPS = 10


@dataclass(frozen=True, eq=False)
class SharedFrailty(Coefficients):
    """Log hazard ratios within groups, with the variance of the groups' frailties and each group's own (mean 1).

    `log_likelihood` is the marginal one, over the frailties (R's I-likelihood); `no_variance` tests that the groups are
    alike, by its half chi-squared. `cautions` must be read before quoting.
    """

    RATIOS = True

    variance: float
    frailties: dict[Any, float]
    log_likelihood: float
    no_variance: TestResult
    events: int
    level: float
    method: str
    cautions: tuple[str, ...] = ()

    def term(self, name: str) -> Estimate:
        return replace(normal_estimate(*self.with_error(name), self.level, self.method), cautions=self.cautions)

    def hazard_ratio(self, name: str) -> Estimate:
        """Give one hazard ratio between two people of one group. Raises UnknownChoice."""
        return self.term(name).exponentiated()


def shared_frailty(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    covariates: Any,
    group: Any,
    *,
    entry: npt.ArrayLike | None = None,
    strata: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
    ties: str = "efron",
    variance: float | None = None,
    level: float = 0.95,
) -> SharedFrailty:
    """Estimate hazard ratios where people of one `group` share a gamma frailty, as R's coxph with frailty().

    Rows and arguments as in `cox_regression`; a person with several rows may be their own group. `variance` holds the
    frailties' variance at a number; otherwise the marginal likelihood chooses it, 0 where the groups differ no more than
    chance lets them. `ties`: "efron" or "breslow". Errors take the variance as known, and come from the whole information,
    as R's with sparse=FALSE; its default leaves a part out. Source: Therneau & Grambsch 2000, 9.
    Raises OneGroupOnly for one group, OutOfRange for more than 500, and the refusals of `cox_regression`.
    """
    inputs.critical_value(level)
    inputs.choice("ties", ties, TIES)
    rows = read_rows(time, event, covariates, entry, strata, None, None, None, names)
    groups, place = inputs.labels("group", group, rows.time.size)
    if len(groups) < 2:
        raise OneGroupOnly("group", "holds one group", "Give at least two, better twenty")
    if len(groups) > MOST_GROUPS:
        raise OutOfRange("group", f"holds {len(groups)} groups", f"Give {MOST_GROUPS} at most, or strata")
    model = _Frail.of(rows, place, len(groups), ties)
    alike = model.fit(0.0)
    if variance is None:
        found = _highest(model, alike)
    else:
        found = model.fit(inputs.not_negative("variance", variance))
    gain = max(2 * (found.marginal - alike.marginal), 0.0)
    chance = float(scipy.special.chdtrc(1, gain)) / 2 if gain else 1.0
    said = [*few_events(rows.events, len(rows.names))]
    if len(groups) < FEW_GROUPS:
        said.append(f"{len(groups)} groups say little about how groups differ: the variance is a guess")
    if found.variance == 0 and variance is None:
        said.append("the variance ended at zero: the data show no difference between groups, or are too few to show it")
    said += _changing_within(rows, place, ties, level)
    return SharedFrailty(
        rows.names, inputs.frozen(found.beta / model.scale),
        inputs.frozen(found.covariance / np.outer(model.scale, model.scale)), found.variance,
        dict(zip(groups, np.exp(found.logs).tolist(), strict=True)), found.marginal,
        TestResult(gain, 1, chance, "likelihood ratio, half chi-squared"), rows.events, level,
        f"Cox with shared gamma frailty, {ties.capitalize()} ties", tuple(said),
    )  # fmt: skip


def _changing_within(rows: CoxRows, place: IntArray, ties: str, level: float) -> tuple[str, ...]:
    """Say whose ratio changes over time within the groups: as strata, since the frailest leave first and a ratio over
    all of them shrinks by that alone. What is the same within each group is not tested."""
    _, stratum = np.unique(np.column_stack([rows.stratum, place]), axis=0, return_inverse=True)
    try:
        return changing(fit_rows(replace(rows, stratum=stratum.ravel()), ties, level))
    except StatisticsError:
        return ()


@dataclass(frozen=True, eq=False)
class _Grouped(PartialLikelihood):
    """The partial likelihood with a column of 0 and 1 for each group after the covariates: summed by `place` (rows,)."""

    place: IntArray
    groups: int

    def day_sums(self, hazard: FloatArray) -> DaySums:
        q = self.x.shape[0] - self.groups
        known = PartialLikelihood(self.sets, self.x[:q], None, self.weights, self.counts).day_sums(hazard)
        risk, dying = self.sets.by_group(self.place, self.groups, self.mass * hazard)
        return replace(known, risk=np.vstack([known.risk, risk]), dying=np.vstack([known.dying, dying]))

    def _cross_products(self, per_row: FloatArray) -> FloatArray:
        covariates = self.x[: self.x.shape[0] - self.groups]
        across = np.array([np.bincount(self.place, each * per_row, self.groups) for each in covariates])
        own = np.diag(np.bincount(self.place, per_row, self.groups))
        return np.block([[(covariates * per_row) @ covariates.T, across], [across.T, own]])


@dataclass(frozen=True, eq=False)
class _Found:
    variance: float
    beta: FloatArray
    logs: FloatArray
    covariance: FloatArray
    marginal: float


@dataclass(frozen=True, eq=False)
class _Frail:
    """The partial likelihood on scaled covariates and one column for each group."""

    names: tuple[str, ...]
    likelihood: _Grouped
    plain: PartialLikelihood
    scale: FloatArray
    reach: FloatArray
    events: FloatArray

    @classmethod
    def of(cls, rows: CoxRows, place: IntArray, groups: int, ties: str) -> _Frail:
        sets = risk_sets(rows.time, rows.event, rows.entry, rows.stratum, rows.counts, ties)
        x, _, scale, reach = maximum.scaled(rows.x, rows.counts, rows.names)
        own = (place == np.arange(groups)[:, None]).astype(float)
        likelihood = _Grouped(sets, np.vstack([x, own]), None, rows.weights, rows.counts, place, groups)
        plain = PartialLikelihood(sets, x, None, rows.weights, rows.counts)
        alike = plain.at(np.zeros(scale.size))
        maximum.require_identified(alike.information, float(rows.events), rows.names)
        return cls(rows.names, likelihood, plain, scale, reach, sums(place, rows.event, groups))

    def fit(self, variance: float, start: FloatArray | None = None) -> _Found:
        """Climb with the frailties' variance held; at zero they are all one."""
        q, groups = self.scale.size, self.events.size
        if not variance:
            top = maximum.climb(self.plain.at, np.zeros(q), self.names, self.reach)
            return _Found(0.0, top.beta, np.zeros(groups), np.linalg.inv(top.top.information), top.top.log_likelihood)

        def penalised(both: FloatArray) -> Evaluation:
            here, logs = self.likelihood.at(both), both[q:]
            with np.errstate(over="ignore"):  # a step too far is halved
                weights = np.exp(logs)
            information = here.information.copy()
            information[np.arange(q, q + groups), np.arange(q, q + groups)] += weights / variance
            score = here.score + np.concatenate([np.zeros(q), (1 - weights) / variance])
            return Evaluation(here.log_likelihood + float((logs - weights + 1).sum()) / variance, score, information)

        labels = (*self.names, *(f"group {k}" for k in range(groups)))
        reach = np.concatenate([self.reach, np.zeros(groups)])
        begin = np.zeros(q + groups) if start is None else start
        found = maximum.climb(penalised, begin, labels, reach)
        covariance = np.linalg.inv(found.top.information)[:q, :q]
        marginal = found.top.log_likelihood + float(_correction(self.events, variance).sum())
        return _Found(variance, found.beta[:q], found.beta[q:], covariance, marginal)


def _correction(events: FloatArray, variance: float) -> FloatArray:
    """Turn the penalised top into the marginal one, group by group (groups,)."""
    size = 1 / variance
    return np.asarray(
        size * np.log(size)
        - (size + events) * np.log(size + events)
        + scipy.special.gammaln(size + events)
        - scipy.special.gammaln(size)
        + events
    )


def _highest(model: _Frail, alike: _Found) -> _Found:
    """Find the variance at which the marginal likelihood is highest."""

    last = np.zeros(model.scale.size + model.events.size)  # the next climb begins where the last one ended

    def below(log_variance: float) -> float:
        found = model.fit(math.exp(log_variance), last)
        last[:] = np.concatenate([found.beta, found.logs])
        return -found.marginal

    grid = np.log([SMALLEST, 1e-3, 0.03, 0.2, 0.7, 2.5, 10, LARGEST_VARIANCE])
    heights = [below(float(point)) for point in grid]
    best = int(np.argmin(heights))
    bounds = (float(grid[max(best - 1, 0)]), float(grid[min(best + 1, grid.size - 1)]))
    found = scipy.optimize.minimize_scalar(below, bounds=bounds, method="bounded", options={"xatol": 1e-6})
    top = model.fit(math.exp(float(found.x)), last)
    return alike if top.marginal <= alike.marginal + 1e-7 or top.variance < 10 * SMALLEST else top
