"""Accelerated failure time: covariates stretch or shorten the time to the event.

log T = intercept + x'b + sigma e, with e normal (lognormal T), logistic (log-logistic), extreme-value (Weibull) or that
with sigma 1 (exponential). Fitted in (b/sigma, 1/sigma), in which the likelihood has one top (Olsen 1978).
Source: Kalbfleisch & Prentice 2002, ch. 3. exp(b) is a ratio of times: above 1 the event comes later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import inputs, maximum
from fourfold.stats.few_clusters import few_rows
from fourfold.stats.inputs import FloatArray
from fourfold.stats.intervals import Coefficients, few_events, normal_estimate
from fourfold.stats.maximum import Evaluation
from fourfold.stats.terms import Estimate, OutOfRange, TooFewEvents

Parts = tuple[FloatArray, FloatArray, FloatArray]
INTERCEPT = "intercept"


@dataclass(frozen=True, eq=False)
class AcceleratedFit(Coefficients):
    """Effects on log time, in the order of `names` (the intercept last), and sigma with its interval.

    `log_likelihood` is that of the times; `log_likelihood_of_logs` that of their logarithms, as some tables print.
    """

    RATIOS = True

    sigma: Estimate
    log_likelihood: float
    log_likelihood_of_logs: float
    rows: int
    events: int
    level: float
    method: str
    cautions: tuple[str, ...] = ()

    def effect(self, name: str) -> Estimate:
        """Give one effect on log time with its interval and p-value."""
        return replace(normal_estimate(*self.with_error(name), self.level, self.method), cautions=self.cautions)

    def term(self, name: str) -> Estimate:
        return self.effect(name)

    def time_ratio(self, name: str) -> Estimate:
        """Give the ratio of times with its interval; above 1 the event comes later."""
        return self.effect(name).exponentiated()


def accelerated_failure_time(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    covariates: Any,
    *,
    distribution: str = "lognormal",
    names: Sequence[str] | None = None,
    level: float = 0.95,
) -> AcceleratedFit:
    """Estimate how covariates stretch the time to the event; `time` and `event` (1 seen, 0 censored) (people,).

    `distribution` is "lognormal", "loglogistic", "weibull" or "exponential"; `covariates` as in `cox_regression`.
    Source: Kalbfleisch & Prentice 2002, chapter 3. Raises OutOfRange for a time of 0, TooFewEvents without an event,
    NotIdentified for constant or collinear covariates or an event that never comes in a group, and the other refusals
    of `cox_regression`.
    """
    ends = inputs.times("time", time)
    if (ends == 0).any():
        raise OutOfRange("time", f"row {int(np.argmin(ends))} is 0", "Follow people for some time, or drop those rows")
    seen = inputs.indicator("event", event, ends.size)
    labels, x = inputs.covariates(covariates, names, ends.size)
    pieces = FAMILIES[inputs.choice("distribution", distribution, tuple(FAMILIES))]
    inputs.critical_value(level)
    if not seen.any():
        raise TooFewEvents("event", "is 0 in every row", "Times can be compared only after at least one event")
    scaled, centre, scale, reach = maximum.scaled(x, np.ones(ends.size), labels)
    hill = _Hill(np.log(ends), seen, scaled, pieces, distribution == "exponential")
    found = maximum.climb(hill.at, hill.start(), (*labels, INTERCEPT, "sigma")[: hill.size], hill.reach(reach))
    fit = _result(hill, found, labels, centre, scale, level, distribution)
    return replace(fit, cautions=(*fit.cautions, *few_rows(labels, x, np.ones(ends.size), "people")))


def _normal_seen(z: FloatArray) -> Parts:
    return -0.5 * z**2 - 0.5 * np.log(2 * np.pi), -z, np.ones_like(z)


def _normal_left(z: FloatArray) -> Parts:
    mills = np.exp(-0.5 * z**2 - 0.5 * np.log(2 * np.pi) - scipy.special.log_ndtr(-z))
    return scipy.special.log_ndtr(-z), -mills, mills * (mills - z)


def _logistic_seen(z: FloatArray) -> Parts:
    return (
        scipy.special.log_expit(z) + scipy.special.log_expit(-z),
        1 - 2 * scipy.special.expit(z),
        2 * scipy.special.expit(z) * scipy.special.expit(-z),
    )


def _logistic_left(z: FloatArray) -> Parts:
    return scipy.special.log_expit(-z), -scipy.special.expit(z), scipy.special.expit(z) * scipy.special.expit(-z)


def _extreme_seen(z: FloatArray) -> Parts:
    return z - np.exp(z), 1 - np.exp(z), np.exp(z)


def _extreme_left(z: FloatArray) -> Parts:
    return -np.exp(z), -np.exp(z), np.exp(z)


# For those seen to have the event and for those censored: log density or survival, its slope and its bend in z.
FAMILIES: dict[str, tuple[Callable[[FloatArray], Parts], Callable[[FloatArray], Parts]]] = {
    "lognormal": (_normal_seen, _normal_left),
    "loglogistic": (_logistic_seen, _logistic_left),
    "weibull": (_extreme_seen, _extreme_left),
    "exponential": (_extreme_seen, _extreme_left),
}


@dataclass(frozen=True, eq=False)
class _Hill:
    """The log-likelihood of log times (n,) in g = (b, intercept)/sigma and t = 1/sigma: z = t log T - g'x."""

    log_time: FloatArray
    seen: FloatArray
    x: FloatArray
    pieces: tuple[Callable[[FloatArray], Parts], Callable[[FloatArray], Parts]]
    sigma_is_one: bool

    @property
    def size(self) -> int:
        return self.x.shape[0] + (1 if self.sigma_is_one else 2)

    def start(self) -> FloatArray:
        """Give the parameters of nothing but a mean and a spread."""
        spread = 1.0 if self.sigma_is_one else max(float(self.log_time.std()), 0.1)
        start = np.zeros(self.size)
        start[self.x.shape[0]] = self.log_time.mean() / spread
        start[self.x.shape[0] + 1 :] = 1 / spread
        return start

    def reach(self, covariates: FloatArray) -> FloatArray:
        """Give how far each parameter's column reaches."""
        return np.concatenate([covariates, [1.0], [np.ptp(self.log_time)]])[: self.size]

    def at(self, g: FloatArray) -> Evaluation:
        """Evaluate; minus infinity where sigma would not be positive."""
        q = self.x.shape[0]
        t = 1.0 if self.sigma_is_one else g[-1]
        if t <= 0:
            return Evaluation(-np.inf, np.zeros(self.size), np.eye(self.size))
        columns = np.vstack([-self.x, -np.ones_like(self.log_time), self.log_time])[: self.size]
        z = t * self.log_time - g[:q] @ self.x - g[q]
        dead = self.seen == 1
        value, slope, bend = np.empty((3, z.size))
        for rows, piece in ((dead, self.pieces[0]), (~dead, self.pieces[1])):
            with np.errstate(over="ignore", invalid="ignore"):
                value[rows], slope[rows], bend[rows] = piece(z[rows])
        score, information = columns @ slope, (columns * bend) @ columns.T
        if not self.sigma_is_one:
            score[-1] += dead.sum() / t
            information[-1, -1] += dead.sum() / t**2
        return Evaluation(float(value.sum() + dead.sum() * np.log(t)), score, information)


def _result(
    hill: _Hill,
    found: maximum.Maximum,
    labels: tuple[str, ...],
    centre: FloatArray,
    scale: FloatArray,
    level: float,
    distribution: str,
) -> AcceleratedFit:
    """Turn (b/sigma, 1/sigma) on scaled covariates into effects and sigma, errors by the delta method."""
    q, sigma = scale.size, 1.0 if hill.sigma_is_one else 1 / float(found.beta[-1])
    slopes = np.zeros((q + 2, hill.size))
    slopes[:q, :q] = np.diag(sigma / scale)
    slopes[q, : q + 1] = np.append(-sigma * centre / scale, sigma)
    coefficients = slopes[: q + 1] @ found.beta
    if not hill.sigma_is_one:
        slopes[: q + 1, -1] = -sigma * coefficients
        slopes[q + 1, -1] = -sigma
    covariance = slopes @ np.linalg.inv(found.top.information) @ slopes.T
    events, log_sigma = int(hill.seen.sum()), float(np.sqrt(covariance[-1, -1]))
    factor = float(np.exp(inputs.critical_value(level) * log_sigma))
    method = f"{distribution} accelerated failure time"
    return AcceleratedFit(
        names=(*labels, INTERCEPT), coefficients=inputs.frozen(coefficients),
        covariance=inputs.frozen(covariance[: q + 1, : q + 1].copy()),
        sigma=Estimate(sigma, sigma / factor, sigma * factor, level, f"{method}, log interval", sigma * log_sigma),
        log_likelihood=found.top.log_likelihood - float(hill.log_time @ hill.seen),
        log_likelihood_of_logs=found.top.log_likelihood, rows=hill.seen.size, events=events, level=level,
        method=method, cautions=few_events(events, q),
    )  # fmt: skip
