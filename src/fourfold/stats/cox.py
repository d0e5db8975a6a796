"""Cox regression on counting-process rows, including recurrent events (Andersen-Gill).

An own routine, because the two standard libraries give wrong answers here: one's cluster-robust errors
with delayed entry are about a fifth too small, the other's risk set counts a person twice on the day on
which one episode ends and the next begins. This one agrees with R's survival to the digits R prints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, ndtr

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray, IntArray
from fourfold.stats.partial_likelihood import Evaluation, PartialLikelihood, risk_sets
from fourfold.stats.terms import Estimate, NotConverged, NotIdentified, TestResult, TooFewEvents

TIES = ("efron", "breslow")
ITERATIONS = 60


@dataclass(frozen=True, eq=False)
class CoxFit:
    """Log hazard ratios with their errors; arrays follow the order of `names`.

    `robust_covariance` is there when clusters were named, and intervals then use it. The likelihood ratio
    test compares with no covariates and assumes independent rows. `cautions` must be read before quoting.
    """

    names: tuple[str, ...]
    coefficients: FloatArray
    covariance: FloatArray
    robust_covariance: FloatArray | None
    log_likelihood: float
    log_likelihood_null: float
    likelihood_ratio: TestResult
    rows: int
    events: int
    clusters: int | None
    iterations: int
    level: float
    method: str
    cautions: tuple[str, ...] = ()

    @property
    def standard_errors(self) -> FloatArray:
        """Model-based standard errors of the log hazard ratios."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def robust_standard_errors(self) -> FloatArray | None:
        """Cluster-robust standard errors of the log hazard ratios, where clusters were named."""
        return None if self.robust_covariance is None else np.sqrt(np.diag(self.robust_covariance))

    def log_hazard_ratio(self, name: str) -> Estimate:
        """Give one coefficient with its interval and p-value, robust where clusters were named."""
        row = self.names.index(inputs.choice("name", name, self.names))
        robust = self.robust_standard_errors
        value, error = (
            float(self.coefficients[row]),
            float((self.standard_errors if robust is None else robust)[row]),
        )
        z = inputs.critical_value(self.level)
        p_value = 2 * float(ndtr(-abs(value) / error))
        return Estimate(value, value - z * error, value + z * error, self.level, self.method, error, p_value)

    def hazard_ratio(self, name: str) -> Estimate:
        """Give one hazard ratio with its interval; below 1 the event comes later or less often."""
        return self.log_hazard_ratio(name).exponentiated()


def cox_regression(  # noqa: PLR0913 - the columns of one table, most of them optional
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    covariates: Any,
    *,
    entry: npt.ArrayLike | None = None,
    strata: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
    ties: str = "efron",
    level: float = 0.95,
) -> CoxFit:
    """Estimate hazard ratios from rows (entry, time] that end with an event (1) or without (0).

    A person may have many rows: time-varying treatment splits follow-up at its start, recurrent events give
    one row for each episode, and then `cluster` must name the person. A row is at risk at t when
    entry < t <= time. `covariates` is a mapping or data frame of columns, or an array (rows, covariates) with
    `names`; all other arrays have shape (rows,). `strata` have their own baseline hazards.
    Robust errors are Lin & Wei's (1989) without small-sample correction, as in R.
    Raises TooFewEvents without an event; NotIdentified for a constant covariate, collinear covariates or a
    covariate that separates those with events from those without (its coefficient is infinite);
    and EmptyInput, WrongShape, NotANumber, OutOfRange, UnknownChoice.
    """
    rows = _read(time, event, covariates, entry, strata, cluster, weights, names)
    inputs.critical_value(level)
    sets = risk_sets(rows.time, rows.event, rows.entry, rows.stratum, inputs.choice("ties", ties, TIES))
    centre, scale = _scale(rows)
    likelihood = PartialLikelihood(sets, (rows.x - centre) / scale, rows.weights)
    start = likelihood.at(np.zeros(scale.size))
    _require_identified(start.information, rows)
    beta, end, iterations = _newton(likelihood, start, rows.names)
    inverse = np.linalg.inv(end.information)
    robust = None if rows.cluster is None else _robust(likelihood.score_residuals(beta), rows.cluster, inverse)
    clusters = None if rows.cluster is None else int(np.max(rows.cluster)) + 1
    unscale = np.outer(scale, scale)
    return CoxFit(
        names=rows.names,
        coefficients=inputs.frozen(beta / scale),
        covariance=inputs.frozen(inverse / unscale),
        robust_covariance=None if robust is None else inputs.frozen(robust / unscale),
        log_likelihood=end.log_likelihood,
        log_likelihood_null=start.log_likelihood,
        likelihood_ratio=_likelihood_ratio(start, end, scale.size),
        rows=rows.time.size,
        events=int(rows.event.sum()),
        clusters=clusters,
        iterations=iterations,
        level=level,
        method=f"Cox, {ties.capitalize()} ties, {'model' if robust is None else 'cluster-robust'} errors",
        cautions=_cautions(int(rows.event.sum()), scale.size, clusters),
    )


@dataclass(frozen=True, eq=False)
class _Rows:
    names: tuple[str, ...]
    time: FloatArray
    event: FloatArray
    entry: FloatArray | None
    x: FloatArray
    stratum: IntArray
    cluster: IntArray | None
    weights: FloatArray


def _read(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    covariates: Any,
    entry: npt.ArrayLike | None,
    strata: npt.ArrayLike | None,
    cluster: npt.ArrayLike | None,
    weights: npt.ArrayLike | None,
    names: Sequence[str] | None,
) -> _Rows:
    """Check every column and leave out the rows whose weight is zero."""
    ends = inputs.times("time", time)
    seen = inputs.indicator("event", event, ends.size)
    started = inputs.entries(entry, ends)
    labels, x = inputs.covariates(covariates, names, ends.size)
    weight = inputs.weights(weights, ends.size)
    kept = np.flatnonzero(weight)
    if not seen[kept].any():
        raise TooFewEvents("event", "is 0 in every row", "Hazards can be compared only after at least one event")
    stratum = _codes("strata", strata, ends.size, kept)
    return _Rows(
        names=labels,
        time=ends[kept],
        event=seen[kept],
        entry=None if started is None else started[kept],
        x=x[kept],
        stratum=np.zeros(kept.size, dtype=np.intp) if stratum is None else stratum,
        cluster=_codes("cluster", cluster, ends.size, kept),
        weights=weight[kept],
    )


def _codes(argument: str, values: npt.ArrayLike | None, rows: int, kept: IntArray) -> IntArray | None:
    """Number the groups that still have rows, 0, 1, ..."""
    if values is None:
        return None
    return np.unique(inputs.labels(argument, values, rows)[1][kept], return_inverse=True)[1]


def _scale(rows: _Rows) -> tuple[FloatArray, FloatArray]:
    """Give each covariate's mean and standard deviation, on which Newton's steps are well behaved."""
    centre, scale = rows.x.mean(axis=0), rows.x.std(axis=0)
    flat = scale <= 1e-12 * np.maximum(np.abs(centre), 1e-300)
    if flat.any():
        name = rows.names[int(np.argmax(flat))]
        raise NotIdentified(f"covariates[{name!r}]", "is the same in every row", "Leave it out")
    return centre, scale


def _require_identified(information: FloatArray, rows: _Rows) -> None:
    """Refuse covariates that never differ among the people at risk, or that repeat one another."""
    diagonal = np.diag(information)
    flat = diagonal <= 1e-9 * (rows.weights @ rows.event)
    if flat.any():
        name = rows.names[int(np.argmax(flat))]
        problem = "never differs among the people at risk when an event happens"
        raise NotIdentified(f"covariates[{name!r}]", problem, "Leave it out or follow people for longer")
    values, vectors = np.linalg.eigh(information / np.sqrt(np.outer(diagonal, diagonal)))
    if values[0] < 1e-9:
        repeated = [name for name, part in zip(rows.names, vectors[:, 0], strict=True) if abs(part) > 0.05]
        raise NotIdentified("covariates", f"{', '.join(repeated)} repeat one another", "Leave one of them out")


def _newton(
    likelihood: PartialLikelihood, start: Evaluation, names: tuple[str, ...]
) -> tuple[FloatArray, Evaluation, int]:
    """Climb to the maximum, halving steps that overshoot; coefficients are on the scaled covariates."""
    beta, here = np.zeros(start.score.size), start
    for iteration in range(1, ITERATIONS + 1):
        step = _step(here, names)
        beta, after, step = _climb(likelihood, beta, here, step)
        gain = after.log_likelihood - here.log_likelihood
        here = after
        if np.abs(step).max() < 1e-9:
            return beta, here, iteration
        if gain < 1e-10 * (1 + abs(here.log_likelihood)) and np.abs(step).max() > 1e-3:
            raise _separated(step, names)
    raise NotConverged("covariates", f"gave no answer in {ITERATIONS} steps", "Look for extreme values or rare groups")


def _step(here: Evaluation, names: tuple[str, ...]) -> FloatArray:
    try:
        step = np.linalg.solve(here.information, here.score)
    except np.linalg.LinAlgError as singular:
        raise _separated(here.score, names) from singular
    if not np.isfinite(step).all():
        raise _separated(here.score, names)
    return step


def _climb(
    likelihood: PartialLikelihood, beta: FloatArray, here: Evaluation, step: FloatArray
) -> tuple[FloatArray, Evaluation, FloatArray]:
    slack = 1e-12 * (1 + abs(here.log_likelihood))
    for _ in range(40):
        after = likelihood.at(beta + step)
        if after.log_likelihood >= here.log_likelihood - slack:
            return beta + step, after, step
        step = step / 2
    return beta, here, np.zeros_like(step)


def _separated(step: FloatArray, names: tuple[str, ...]) -> NotIdentified:
    size = np.abs(step)
    name = names[int(np.argmax(size))] if np.isfinite(size).all() else ", ".join(names)
    problem = "separates those with events from those without, so its hazard ratio is infinite or zero"
    return NotIdentified(f"covariates[{name!r}]", problem, "Merge rare groups or leave it out, and report the counts")


def _robust(residuals: FloatArray, cluster: IntArray, inverse: FloatArray) -> FloatArray:
    """Give the sandwich: score residuals summed within clusters, between two inverse informations."""
    sums = np.column_stack([np.bincount(cluster, residuals[:, j]) for j in range(residuals.shape[1])])
    influence = sums @ inverse
    return influence.T @ influence


def _likelihood_ratio(start: Evaluation, end: Evaluation, freedom: int) -> TestResult:
    statistic = max(2 * (end.log_likelihood - start.log_likelihood), 0.0)
    return TestResult(statistic, freedom, float(chdtrc(freedom, statistic)), "likelihood ratio against no covariates")


def _cautions(events: int, covariates: int, clusters: int | None) -> tuple[str, ...]:
    found = []
    if events < 10 * covariates:
        found.append(f"{events} events for {covariates} covariates: with fewer than 10 each, estimates drift outwards.")
    if clusters is not None and clusters < 30:
        found.append(f"{clusters} clusters: with fewer than 30, robust intervals are too narrow.")
    return tuple(found)
