"""Cox's partial likelihood on counting-process rows, with exact Efron or Breslow ties and no loop.

A row (entry, time, event] is at risk on a contiguous stretch of its stratum's event days. Sums over risk
sets are reversed cumulative sums over those stretches; the information matrix needs only the rows' own
cross-products, because summing over days first gives each row one weight. Source: Therneau & Grambsch
2000, ch. 3; Efron 1977; score residuals after Lin & Wei 1989.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fourfold.stats.inputs import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class RiskSets:
    """Where each row stands among the event days, which are numbered through all strata.

    `base` (rows,): the first day of the row's stratum. `first` and `last` (rows,): the row is at risk on days
    first <= k < last. `dead`: the rows with an event, `day` their days. `steps` and `fraction`: one entry for
    each event in Efron's sequence, its day and l/d. `edges`: where each stratum's days begin, and the end.
    """

    base: IntArray
    first: IntArray
    last: IntArray
    dead: IntArray
    day: IntArray
    steps: IntArray
    fraction: FloatArray
    edges: IntArray

    @property
    def days(self) -> int:
        """Count the event days."""
        return int(self.edges[-1])

    def over_risk(self, values: FloatArray) -> FloatArray:
        """Sum rows (rows, q) over the people at risk on each day, giving (days, q)."""
        total = self._beyond(self.last, values)
        late = (self.first > self.base).any()
        return total - self._beyond(self.first, values) if late else total

    def over_dead(self, values: FloatArray) -> FloatArray:
        """Sum rows (events, q) over the people who had the event on each day, giving (days, q)."""
        return _bin(self.day, values, self.days)

    def over_steps(self, values: FloatArray) -> FloatArray:
        """Sum (steps,) over Efron's steps of each day, giving (days,)."""
        return np.bincount(self.steps, values, minlength=self.days)

    def while_at_risk(self, values: FloatArray) -> FloatArray:
        """Sum day values (days, q) over the stretch on which each row is at risk, giving (rows, q)."""
        running = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
        return running[self.last] - running[self.first]

    def _beyond(self, position: IntArray, values: FloatArray) -> FloatArray:
        """Sum the rows whose position lies beyond each day of their own stratum."""
        inside = (position > self.base) & (self.last > self.first)
        binned = _bin(position[inside] - 1, values[inside], self.days)
        for start, end in zip(self.edges[:-1], self.edges[1:], strict=True):
            binned[start:end] = np.cumsum(binned[start:end][::-1], axis=0)[::-1]
        return binned


@dataclass(frozen=True, eq=False)
class DaySums:
    """What each event day contributes at one value of the coefficients.

    `risk` and `dying` (days, q) are sums of weight x hazard x covariate over the people at risk and over
    those with the event. The rest, (days,), sum over Efron's steps with s0 people at risk and a = l/d: q1
    1/s0, q2 a/s0, r1 1/s0^2, r2 a/s0^2, r3 a^2/s0^2, each times the mean weight of those with the event; u1
    and u2 are q1 and q2 without that weight.
    """

    risk: FloatArray
    dying: FloatArray
    q1: FloatArray
    q2: FloatArray
    r1: FloatArray
    r2: FloatArray
    r3: FloatArray
    u1: FloatArray
    u2: FloatArray


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The partial log-likelihood with its score (q,) and information (q, q)."""

    log_likelihood: float
    score: FloatArray
    information: FloatArray


@dataclass(frozen=True, eq=False)
class PartialLikelihood:
    """Covariates (rows, q) and case weights (rows,) with their risk sets."""

    sets: RiskSets
    x: FloatArray
    weights: FloatArray

    def at(self, beta: FloatArray) -> Evaluation:
        """Evaluate at the coefficients (q,); minus infinity where they overflow."""
        linear, hazard = self._hazard(beta)
        day, people = self._sums(hazard)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return self._evaluate(linear, hazard, day, people)

    def score_residuals(self, beta: FloatArray) -> FloatArray:
        """Give each row's share of the score (rows, q), from which robust errors are built."""
        _, hazard = self._hazard(beta)
        day, _ = self._sums(hazard)
        mean_per_risk = day.risk * day.r1[:, None] - day.dying * day.r2[:, None]
        residual = -hazard[:, None] * (
            self.x * self.sets.while_at_risk(day.q1[:, None]) - self.sets.while_at_risk(mean_per_risk)
        )
        dead, own = self.sets.dead, self.sets.day
        spared = self.x[dead] * day.q2[own, None] - (day.risk * day.r2[:, None] - day.dying * day.r3[:, None])[own]
        mean = (day.risk * day.u1[:, None] - day.dying * day.u2[:, None]) / np.bincount(own)[:, None]
        residual[dead] += hazard[dead, None] * spared + self.x[dead] - mean[own]
        return residual * self.weights[:, None]

    def _hazard(self, beta: FloatArray) -> tuple[FloatArray, FloatArray]:
        linear = self.x @ beta
        linear = linear - np.max(linear)
        return linear, np.exp(linear)

    def _sums(self, hazard: FloatArray) -> tuple[DaySums, FloatArray]:
        """Give the day sums, and the people at risk at each of Efron's steps."""
        sets, a = self.sets, self.sets.fraction
        carried = np.column_stack([np.ones(hazard.size), self.x]) * (self.weights * hazard)[:, None]
        risk, dying = sets.over_risk(carried), sets.over_dead(carried[sets.dead])
        people = risk[sets.steps, 0] - a * dying[sets.steps, 0]
        each = sets.over_dead(self.weights[sets.dead, None])[:, 0] / np.bincount(sets.day)
        with np.errstate(divide="ignore", invalid="ignore"):
            u1, u2 = sets.over_steps(1 / people), sets.over_steps(a / people)
            r1, r2, r3 = (sets.over_steps(a**power / people**2) * each for power in range(3))
        return DaySums(risk[:, 1:], dying[:, 1:], u1 * each, u2 * each, r1, r2, r3, u1, u2), people

    def _evaluate(self, linear: FloatArray, hazard: FloatArray, day: DaySums, people: FloatArray) -> Evaluation:
        sets, dead, own = self.sets, self.sets.dead, self.sets.day
        weight = self.weights[dead]
        each = sets.over_dead(weight[:, None])[:, 0] / np.bincount(own)
        log_likelihood = weight @ linear[dead] - each[sets.steps] @ np.log(people)
        score = weight @ self.x[dead] - day.q1 @ day.risk + day.q2 @ day.dying
        per_row = self.weights * hazard * sets.while_at_risk(day.q1[:, None])[:, 0]
        per_row[dead] -= self.weights[dead] * hazard[dead] * day.q2[own]
        mixed = day.risk.T @ (day.r2[:, None] * day.dying)
        outer = day.risk.T @ (day.r1[:, None] * day.risk) - mixed - mixed.T
        outer += day.dying.T @ (day.r3[:, None] * day.dying)
        information = self.x.T @ (per_row[:, None] * self.x) - outer
        return Evaluation(float(log_likelihood), score, information)


def risk_sets(time: FloatArray, event: FloatArray, entry: FloatArray | None, stratum: IntArray, ties: str) -> RiskSets:
    """Number the event days of every stratum and find the stretch on which each row is at risk."""
    dead = np.flatnonzero(event)
    distinct = np.unique(time[dead])
    block = distinct.size + 1
    keys = np.unique(stratum[dead] * block + np.searchsorted(distinct, time[dead]))
    ended = stratum * block + np.searchsorted(distinct, time, side="right")
    begun = stratum * block + (0 if entry is None else np.searchsorted(distinct, entry, side="right"))
    first, last = np.searchsorted(keys, begun), np.searchsorted(keys, ended)
    edges = np.searchsorted(keys, np.arange(np.max(stratum) + 2) * block)
    day = last[dead] - 1
    deaths = np.bincount(day)
    steps = np.repeat(np.arange(keys.size), deaths)
    place = np.arange(steps.size) - np.repeat(np.cumsum(deaths) - deaths, deaths)
    fraction = place / deaths[steps] if ties == "efron" else np.zeros(steps.size)
    return RiskSets(edges[stratum], first, last, dead, day, steps, fraction, edges)


def _bin(position: IntArray, values: FloatArray, size: int) -> FloatArray:
    columns = [np.bincount(position, values[:, j], minlength=size) for j in range(values.shape[1])]
    return np.column_stack(columns)
