"""Counts and yes or no, regressed on covariates: Poisson, binomial and negative binomial models.

Fitted by this package's own climb, as general routines stop in silence where a term separates the outcomes and a
coefficient is infinite. The answers are held to R's glm, glm.nb and sandwich.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import inputs, maximum
from fourfold.stats.clusters import clustered, few_of, ruled_by
from fourfold.stats.few_clusters import alike
from fourfold.stats.inputs import FloatArray
from fourfold.stats.intervals import Coefficients, few_events, normal_estimate
from fourfold.stats.least_squares import INTERCEPT, chosen_errors, require_rank
from fourfold.stats.maximum import Evaluation
from fourfold.stats.terms import Estimate, NotIdentified, OneGroupOnly, OutOfRange, UnknownChoice

FAMILIES = ("Poisson", "binomial", "negative binomial")
ERRORS = ("classical", "HC0", "HC1", "cluster")
SPREAD = 1.5  # times as much variance as the model has
FARTHEST_LOG = (-14.0, 7.0)  # of the extra variance of counts


@dataclass(frozen=True, eq=False)
class GeneralisedFit(Coefficients):
    """Coefficients (terms,) as logarithms of rate ratios, of odds ratios for "binomial".

    `dispersion` is Pearson's chi-squared over its degrees of freedom, 1 where the outcome varies as the model says.
    `theta` is the size of the negative binomial: the variance is mean + mean^2/theta. `cautions` says in words what
    must be read before a coefficient is quoted.
    """

    RATIOS = True

    family: str
    log_likelihood: float
    dispersion: float
    theta: float | None
    rows: int
    level: float
    method: str
    cautions: tuple[str, ...] = ()

    def term(self, name: str) -> Estimate:
        return replace(normal_estimate(*self.with_error(name), self.level, self.method), cautions=self.cautions)

    def ratio(self, name: str) -> Estimate:
        """Give one rate ratio, or odds ratio, with its interval. Raises UnknownChoice for a term that is not there."""
        return self.term(name).exponentiated()


def generalised_linear_model(
    outcome: npt.ArrayLike,
    covariates: Any,
    *,
    family: str = "Poisson",
    exposure: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
    errors: str | None = None,
    cluster: Any = None,
    level: float = 0.95,
) -> GeneralisedFit:
    """Regress counts, or 0 and 1, on covariates and an intercept.

    `family`: "Poisson" or "negative binomial" (log link), or "binomial" (logit).
    `outcome` (rows,) are counts over `exposure` (rows,), such as person-days (1 where none is given); for "binomial" 0 or
    1. `errors` ("cluster" where clusters are named, else "HC1"): "classical" (the model's own), "HC0", "HC1" (n/(n-k)),
    "cluster" (G/(G-1), as R's sandwich and Stata; one way, or two as in `linear_regression`). Normal intervals. Of the
    negative binomial the errors take theta as known, as MASS does. Source: McCullagh & Nelder 1989; Venables & Ripley
    2002. Raises OneGroupOnly where all outcomes are alike, NotIdentified for collinear or separating terms and for counts
    that vary no more than Poisson's, and the refusals of `linear_regression`.
    """
    inputs.choice("family", family, FAMILIES)
    y = _outcome(outcome, family)
    labels, x = inputs.covariates(covariates, names, y.size, none=True)
    offset = np.zeros(y.size) if exposure is None else np.log(_exposure(exposure, y.size, family))
    errors = chosen_errors(errors, cluster, ERRORS)
    terms = (INTERCEPT, *labels)
    require_rank(np.column_stack([np.ones(y.size), x]), terms)
    if y.size <= len(terms):
        raise NotIdentified("outcome", f"has {y.size} rows for {len(terms)} terms", "Use fewer terms")
    design, back = standard_design(x)
    fitted = top_of(y, design, offset, family, terms)
    bread = back @ np.linalg.inv(fitted.top.information)
    influence = (design * fitted.residual[:, None]) @ bread.T
    covariance = _covariance(errors, influence, bread @ back.T, cluster, y.size - len(terms))
    dispersion = _pearson(fitted.residual, fitted.weight) / (y.size - len(terms))
    return GeneralisedFit(
        terms, inputs.frozen(back @ fitted.beta), inputs.frozen(covariance), family, fitted.top.log_likelihood,
        dispersion, fitted.theta, y.size, inputs.share("level", level), f"{family} regression, {errors} errors",
        (*_cautions(y, family, errors, dispersion, len(labels)), *few_of(errors, labels, x, cluster),
         *ruled_by(errors, terms, (design * np.sqrt(fitted.weight)[:, None]) @ bread.T, cluster),
         *(alike(fitted.residual / np.sqrt(np.maximum(fitted.weight, 1e-12))) if cluster is None else ())),
    )  # fmt: skip


def standard_design(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give columns (rows, 1 + covariates) of mean 0 and deviation 1 after an intercept, and what turns their
    coefficients into those of `x`."""
    centre, scale = x.mean(axis=0), x.std(axis=0)
    back = np.diag(np.concatenate([[1.0], 1 / scale]))
    back[0, 1:] = -centre / scale
    return np.column_stack([np.ones(len(x)), (x - centre) / scale]), back


def binomial_fit(y: FloatArray, beta: FloatArray, x: FloatArray, labels: tuple[str, ...]) -> GeneralisedFit:
    """Give a logistic fit of y (rows,) that was found on the standardised design with its own errors."""
    design, back = standard_design(x)
    likelihood, residual, spread = _binomial(y, design @ beta)
    bread = np.linalg.inv(design.T @ (spread[:, None] * design))
    pearson = _pearson(residual, spread) / max(y.size - beta.size, 1)
    return GeneralisedFit(
        (INTERCEPT, *labels), inputs.frozen(back @ beta), inputs.frozen(back @ bread @ back.T), "binomial",
        likelihood, pearson, None, y.size, 0.95, "binomial regression, classical errors",
        _cautions(y, "binomial", "classical", pearson, len(labels)),
    )  # fmt: skip


def _pearson(residual: FloatArray, spread: FloatArray) -> float:
    """Give Pearson's chi-squared of the rows (rows,) whose outcome could still have differed."""
    open_yet = spread > 0  # a chance within rounding of 0 or 1 leaves nothing to divide by
    return float((residual[open_yet] ** 2 / spread[open_yet]).sum())


def _outcome(outcome: npt.ArrayLike, family: str) -> FloatArray:
    if family == "binomial":
        y = inputs.indicator("outcome", outcome, inputs.column("outcome", outcome).size)
        if np.ptp(y) == 0:
            raise OneGroupOnly("outcome", f"is {y[0]:g} for everyone", "Somebody must differ")
        return y
    y = inputs.times("outcome", outcome)
    if not inputs.whole(y):
        raise OutOfRange("outcome", "holds a fraction", "Give counts, and what they were counted over as `exposure`")
    if not y.any():
        raise OneGroupOnly("outcome", "is 0 for everyone", "Show the rate with its interval instead: `event_rate`")
    return y


def _exposure(exposure: npt.ArrayLike, rows: int, family: str) -> FloatArray:
    if family == "binomial":
        raise UnknownChoice("exposure", "means nothing for a yes or no", "Use a Poisson model of counts")
    read = inputs.column("exposure", exposure, rows)
    if (read <= 0).any():
        raise OutOfRange("exposure", "holds one that is not above zero", "Leave out who was never observed")
    return read


@dataclass(frozen=True, eq=False)
class Top:
    """The top, with each row's derivative of the likelihood by its linear predictor (`residual`) and its information."""

    beta: FloatArray
    top: Evaluation
    residual: FloatArray
    weight: FloatArray
    theta: float | None = None


def top_of(y: FloatArray, design: FloatArray, offset: FloatArray, family: str, terms: tuple[str, ...]) -> Top:
    """Find the top of a family's likelihood on a design (rows, terms) that begins with the intercept."""
    reach = np.ptp(design, axis=0)
    start = np.zeros(design.shape[1])
    mean = y.sum() / np.exp(offset).sum()
    start[0] = scipy.special.logit(mean) if family == "binomial" else math.log(mean)

    def fit(rows: Callable[[FloatArray], tuple[float, FloatArray, FloatArray]], begin: FloatArray) -> Top:
        def at(beta: FloatArray) -> Evaluation:
            with np.errstate(over="ignore", invalid="ignore"):
                value, residual, weight = rows(design @ beta + offset)
                return Evaluation(value, design.T @ residual, design.T @ (weight[:, None] * design))

        found = maximum.climb(at, begin, terms, reach)
        return Top(found.beta, found.top, *rows(design @ found.beta + offset)[1:])

    if family == "binomial":
        return fit(lambda linear: _binomial(y, linear), start)
    poisson = fit(lambda linear: _poisson(y, linear), start)
    return poisson if family == "Poisson" else _negative_binomial(y, design, offset, poisson, fit)


def _binomial(y: FloatArray, linear: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    chance = scipy.special.expit(linear)
    return float((y * linear - np.logaddexp(0, linear)).sum()), y - chance, chance * (1 - chance)


def _poisson(y: FloatArray, linear: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    mean = np.exp(linear)
    return float((y * linear - mean - scipy.special.gammaln(y + 1)).sum()), y - mean, mean


def _negative_binomial(y: FloatArray, design: FloatArray, offset: FloatArray, poisson: Top, fit: Any) -> Top:
    """Find theta where the profile's slope is zero: at each, the coefficients' best."""

    def given(log_extra: float) -> Top:
        found: Top = fit(lambda linear: _counts(y, linear, math.exp(log_extra)), poisson.beta)
        return found

    def slope(log_extra: float) -> float:
        extra = math.exp(log_extra)
        mean = np.exp(design @ given(log_extra).beta + offset)
        shape = scipy.special.digamma(1 / extra) - scipy.special.digamma(y + 1 / extra)
        return float(((np.log1p(extra * mean) + shape) / extra + (y - mean) / (1 + extra * mean)).sum())

    low, high = FARTHEST_LOG
    if ((y - np.exp(design @ poisson.beta + offset)) ** 2).sum() <= y.sum() or slope(low / 2) <= 0:
        raise NotIdentified("outcome", "varies no more than Poisson's counts do", 'Use family="Poisson"')
    if slope(high) >= 0:
        raise NotIdentified("outcome", "is nearly always 0, and huge otherwise", "Look for extreme values")
    best = float(scipy.optimize.brentq(slope, low / 2, high, xtol=1e-11))
    return replace(given(best), theta=math.exp(-best))


def _counts(y: FloatArray, linear: FloatArray, extra: float) -> tuple[float, FloatArray, FloatArray]:
    mean = np.exp(linear)
    size = 1 / extra
    constant = scipy.special.gammaln(y + size) - scipy.special.gammaln(size) - scipy.special.gammaln(y + 1)
    value = constant + y * (linear + math.log(extra)) - (y + size) * np.log1p(extra * mean)
    return float(value.sum()), (y - mean) / (1 + extra * mean), mean / (1 + extra * mean)


def _covariance(errors: str, influence: FloatArray, model: FloatArray, cluster: Any, spare: int) -> FloatArray:
    if errors == "classical":
        return model
    if errors == "cluster":
        return clustered(influence, cluster)[0]
    return influence.T @ influence * (len(influence) / spare if errors == "HC1" else 1.0)


def _cautions(y: FloatArray, family: str, errors: str, dispersion: float, covariates: int) -> tuple[str, ...]:
    if family == "binomial":
        return few_events(int(min(y.sum(), (1 - y).sum())), covariates)
    said = few_events(int(y.sum()), covariates)
    if errors == "classical" and dispersion > SPREAD:
        said = (
            *said,
            f"the counts vary {dispersion:.1f} times as much as the model says, so its errors are too small: use HC1",
        )
    return said
