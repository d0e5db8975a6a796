"""Fine and Gray's regression of a cumulative incidence, for prediction where another cause can come first.

The ratio is of subdistribution hazards: those whom another cause took stay in the risk set, weighted by the chance of
not having been censored since. It says whom the cause comes first to more often, not what raises its rate: for that,
fit `cox_regression` to each cause, and report both. An own routine that gives the figures of R's cmprsk, errors with
the part for the estimated censoring included (Fine & Gray 1999, equations 7 and 8). Ties as Breslow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs, maximum
from fourfold.stats.competing import read_causes
from fourfold.stats.few_clusters import few_rows
from fourfold.stats.inputs import FloatArray, IntArray, sums
from fourfold.stats.intervals import Coefficients, chi_squared, few_events, normal_estimate
from fourfold.stats.maximum import Evaluation
from fourfold.stats.proportional_hazards import CHANGES, DOUBTFUL, NO_SPREAD, ProportionalHazards
from fourfold.stats.terms import Estimate, OutOfRange, TestResult


@dataclass(frozen=True, eq=False)
class FineGrayFit(Coefficients):
    """Log subdistribution hazard ratios with their errors, in the order of `names`; `cautions` come first."""

    RATIOS = True

    log_likelihood: float
    log_likelihood_null: float
    likelihood_ratio: TestResult
    people: int
    events: int
    competing: int
    level: float
    method: str
    cautions: tuple[str, ...] = ()

    def log_hazard_ratio(self, name: str) -> Estimate:
        """Give one log subdistribution hazard ratio with its interval and p-value."""
        return replace(normal_estimate(*self.with_error(name), self.level, self.method), cautions=self.cautions)

    def term(self, name: str) -> Estimate:
        return self.log_hazard_ratio(name)

    def hazard_ratio(self, name: str) -> Estimate:
        """Give one subdistribution hazard ratio with its interval; below 1 the cause comes first to fewer people."""
        return self.log_hazard_ratio(name).exponentiated()


def fine_gray(
    time: npt.ArrayLike,
    cause: npt.ArrayLike,
    covariates: Any,
    *,
    of: int = 1,
    censoring_group: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
    level: float = 0.95,
) -> FineGrayFit:
    """Estimate subdistribution hazard ratios of cause `of`; `time` and `cause` (0 nothing seen, 1, 2, ...) (people,).

    `covariates` as in `cox_regression`. Censoring is estimated by Kaplan-Meier, in each `censoring_group` (people,) by
    itself where those are given (name the arms where people of one arm are followed for longer). Source: Fine & Gray
    1999. Raises OutOfRange for a cause that did not happen, and the refusals of `cox_regression` and
    `cumulative_incidence`.
    """
    ends = inputs.times("time", time)
    kinds, codes = read_causes(cause, ends.size)
    if of not in kinds:
        raise OutOfRange("of", f"{inputs.written(of)} did not happen", f"Choose one of {kinds}")
    labels, x = inputs.covariates(covariates, names, ends.size)
    inputs.critical_value(level)
    group = inputs.labels(
        "censoring_group", np.zeros(ends.size) if censoring_group is None else censoring_group, ends.size
    )[1]
    own = np.where(codes == kinds.index(of) + 1, 1, np.where(codes > 0, 2, 0))
    scaled, _, scale, reach = maximum.scaled(x, np.ones(ends.size), labels)
    likelihood = _Likelihood(ends, own, scaled, _Censoring.of(ends, own, group))
    zero = np.zeros(scale.size)
    start = likelihood.at(zero)
    maximum.require_identified(start.information, float((own == 1).sum()), labels)
    found = maximum.climb(likelihood.at, zero, labels, reach)
    influence = np.linalg.solve(found.top.information, likelihood.influences(found.beta)) / scale[:, None]
    statistic = max(2 * (found.top.log_likelihood - start.log_likelihood), 0.0)
    return FineGrayFit(
        names=labels,
        coefficients=inputs.frozen(found.beta / scale),
        covariance=inputs.frozen(influence @ influence.T),
        log_likelihood=found.top.log_likelihood,
        log_likelihood_null=start.log_likelihood,
        likelihood_ratio=chi_squared(statistic, scale.size, "pseudo-likelihood ratio"),
        people=ends.size,
        events=int((own == 1).sum()),
        competing=int((own == 2).sum()),
        level=level,
        method=f"Fine-Gray for cause {of}, errors robust and with the part for estimated censoring",
        cautions=(
            *few_events(int((own == 1).sum()), scale.size), *few_rows(labels, x, np.ones(ends.size), "people"),
            *_changing(likelihood, found.beta, labels),
        ),
    )  # fmt: skip


def _changing(likelihood: _Likelihood, beta: FloatArray, names: Sequence[str]) -> tuple[str, ...]:
    """Warn of the term whose ratio changes most over time, by the score test with the rank of each event's day.

    Its variance takes the weights of those whom another cause took as known.
    """
    score, spread = likelihood.change(beta)
    own = np.diag(spread)
    if not (own > NO_SPREAD).all() or np.linalg.eigvalsh(spread / np.sqrt(np.outer(own, own)))[0] < NO_SPREAD:
        return ()
    overall = chi_squared(float(score @ np.linalg.solve(spread, score)), score.size, CHANGES)
    if overall.p_value >= DOUBTFUL:
        return ()
    tests = {
        name: chi_squared(float(one**2 / var), 1, CHANGES) for name, one, var in zip(names, score, own, strict=True)
    }
    return (ProportionalHazards("rank", tests, overall).said_of(min(tests, key=lambda name: tests[name].p_value)),)


@dataclass(frozen=True, eq=False)
class _Censoring:
    """The chance of not yet being censored, in each group: before each person's end (people,) and as counts by time."""

    group: IntArray
    grid: FloatArray
    place: IntArray
    hazard: FloatArray
    at_risk: FloatArray
    before: FloatArray

    @classmethod
    def of(cls, time: FloatArray, own: IntArray, group: IntArray) -> _Censoring:
        """Estimate it from everybody's ends; `before` (groups, times) is just before each distinct time."""
        grid, place = np.unique(time, return_inverse=True)
        shape = (int(np.max(group)) + 1, grid.size)
        slot = group * grid.size + place
        ended = np.bincount(slot, minlength=shape[0] * shape[1]).reshape(shape)
        left = np.bincount(slot, own == 0, minlength=shape[0] * shape[1]).reshape(shape)
        at_risk = np.cumsum(ended[:, ::-1], axis=1)[:, ::-1].astype(float)
        hazard = np.divide(left, at_risk, out=np.zeros(shape), where=at_risk > 0)
        before = np.cumprod(np.hstack([np.ones((shape[0], 1)), 1 - hazard[:, :-1]]), axis=1)
        return cls(group, grid, place, hazard, at_risk, before)

    @property
    def own(self) -> FloatArray:
        """Give each person's chance of having been under observation until just before their end, (people,)."""
        return self.before[self.group, self.place]


@dataclass(frozen=True, eq=False)
class _Sums:
    """At each distinct time: events, sum of weights, hazard of the cause, and mean covariates (q, times)."""

    hazard: FloatArray
    mean: FloatArray
    log_likelihood: float


@dataclass(frozen=True, eq=False)
class _Likelihood:
    """The pseudo-likelihood of people with an end, 1 for the cause, 2 for another, 0 for none, and covariates (q, n)."""

    time: FloatArray
    own: IntArray
    x: FloatArray
    censoring: _Censoring

    @cached_property
    def events(self) -> FloatArray:
        """Count the events of the cause at each time."""
        return sums(self.censoring.place, self.own == 1, self.censoring.grid.size)

    @cached_property
    def taken(self) -> IntArray:
        """Name the people whom another cause took."""
        return np.flatnonzero(self.own == 2)

    def at(self, beta: FloatArray) -> Evaluation:
        """Evaluate at the coefficients (q,)."""
        linear = beta @ self.x
        hazard = np.exp(linear - np.max(linear))
        sums = self._sums(linear, hazard)
        score = self.x @ (self.own == 1) - sums.mean @ self.events
        information = (self.x * (hazard * self._exposure(sums.hazard))) @ self.x.T
        information -= (sums.mean * self.events) @ sums.mean.T
        return Evaluation(sums.log_likelihood, score, information)

    def change(self, beta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give the score of each covariate times the rank of the day (q,), and its variance beside the coefficients (q, q)."""
        linear = beta @ self.x
        hazard = np.exp(linear - np.max(linear))
        sums = self._sums(linear, hazard)
        rank = np.cumsum(self.events) / self.events.sum()
        rank = rank - np.average(rank, weights=self.events)
        score = self.x @ ((self.own == 1) * rank[self.censoring.place]) - sums.mean @ (self.events * rank)
        plain, once, twice = (
            (self.x * (hazard * self._exposure(sums.hazard * rank**power))) @ self.x.T
            - (sums.mean * self.events * rank**power) @ sums.mean.T
            for power in range(3)
        )
        return score, twice - once @ np.linalg.solve(plain, once)

    def influences(self, beta: FloatArray) -> FloatArray:
        """Give each person's share of the score, with the part for the estimated censoring, (q, people)."""
        linear = beta @ self.x
        hazard = np.exp(linear - np.max(linear))
        sums = self._sums(linear, hazard)
        expected = self.x * self._exposure(sums.hazard)
        expected -= np.array([self._exposure(row * sums.hazard) for row in sums.mean])
        share = -hazard * expected
        dead = self.own == 1
        share[:, dead] += self.x[:, dead] - sums.mean[:, self.censoring.place[dead]]
        return share + self._for_censoring(hazard, sums)

    def _sums(self, linear: FloatArray, hazard: FloatArray) -> _Sums:
        total = self._at_risk(hazard)
        with np.errstate(divide="ignore", invalid="ignore"):
            baseline = np.where(self.events > 0, self.events / total, 0.0)
            mean = np.where(self.events > 0, np.array([self._at_risk(hazard * row) for row in self.x]) / total, 0.0)
            logs = np.where(self.events > 0, self.events * np.log(total), 0.0).sum()
        seen = (linear - np.max(linear)) @ (self.own == 1)
        return _Sums(baseline, mean, float(seen - logs))

    def _at_risk(self, values: FloatArray) -> FloatArray:
        """Sum over those still free of everything, and over those taken earlier by their weight, at each time."""
        size = self.censoring.grid.size
        staying = np.cumsum(np.bincount(self.censoring.place, values, minlength=size)[::-1])[::-1]
        return staying + (self._taken_before(values) * self.censoring.before).sum(axis=0)

    def _taken_before(self, values: FloatArray) -> FloatArray:
        """Sum value / G(end-) over those taken strictly before each time, by censoring group: (groups, times)."""
        c, rows = self.censoring, self.taken
        groups, size = c.before.shape
        binned = np.bincount(c.group[rows] * size + c.place[rows], values[rows] / c.own[rows], minlength=groups * size)
        running = np.cumsum(binned.reshape(groups, size), axis=1)
        return np.hstack([np.zeros((groups, 1)), running[:, :-1]])

    def _exposure(self, steps: FloatArray) -> FloatArray:
        """Add up steps (times,) while each person is in the risk set, at their weight: (people,)."""
        c, rows = self.censoring, self.taken
        exposure = np.cumsum(steps)[c.place]
        later = _from_each_on(c.before * steps)
        beyond = np.hstack([later[:, 1:], np.zeros((later.shape[0], 1))])
        exposure[rows] += beyond[c.group[rows], c.place[rows]] / c.own[rows]
        return exposure

    def _for_censoring(self, hazard: FloatArray, sums: _Sums) -> FloatArray:
        """Give psi of equation 8: what each person's censoring, or staying, says about the weights of the others."""
        c = self.censoring
        ahead, taken = _from_each_on(c.before * sums.hazard), self._taken_before(hazard)
        pull = np.empty((self.x.shape[0], *c.before.shape))
        for j, row in enumerate(self.x):
            pull[j] = self._taken_before(hazard * row) * ahead
            pull[j] -= taken * _from_each_on(c.before * sums.hazard * sums.mean[j])
        rate = np.divide(pull, c.at_risk, out=np.zeros_like(pull), where=c.at_risk > 0)
        share = -np.cumsum(rate * c.hazard, axis=2)[:, c.group, c.place]
        left = self.own == 0
        share[:, left] += rate[:, c.group[left], c.place[left]]
        return share


def _from_each_on(values: FloatArray) -> FloatArray:
    """Sum (groups, times) from each time on."""
    return np.cumsum(values[:, ::-1], axis=1)[:, ::-1]
