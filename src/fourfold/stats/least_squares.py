"""Linear regression with errors that fit how the rows came about: alike, unequal, in clusters, in sequence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.clusters import clustered, few_of, ruled_by
from fourfold.stats.few_clusters import alike, heavy, unequal
from fourfold.stats.inputs import FloatArray
from fourfold.stats.intervals import INTERCEPT, Coefficients, student_estimate
from fourfold.stats.terms import Estimate, NotIdentified, UnknownChoice

ERRORS = ("classical", "HC0", "HC1", "HC3", "cluster", "Newey-West")
WORST_CONDITION = 1e10
NOTHING_LEFT = 1e-10


@dataclass(frozen=True, eq=False)
class LinearFit(Coefficients):
    """Coefficients (terms,) in the outcome's unit for each unit of a term, their covariance and the residuals (rows,).

    `r_squared` is the share of the outcome's (weighted) variance that the terms explain. `cautions` says in words what
    must be read before a coefficient is quoted.
    """

    degrees_of_freedom: int
    residuals: FloatArray
    method: str
    cautions: tuple[str, ...] = ()
    r_squared: float = math.nan

    def term(self, name: str) -> Estimate:
        return self.estimate(name)

    def estimate(self, name: str, level: float = 0.95) -> Estimate:
        """Give one term with its interval from Student's t. Raises UnknownChoice for a term that is not there."""
        found = student_estimate(*self.with_error(name), self.degrees_of_freedom, level, self.method)
        return replace(found, cautions=self.cautions)


def linear_regression(
    outcome: npt.ArrayLike,
    covariates: Any,
    *,
    names: Sequence[str] | None = None,
    weights: npt.ArrayLike | None = None,
    errors: str | None = None,
    cluster: Any = None,
    lags: int | None = None,
) -> LinearFit:
    """Fit an outcome (rows,) on covariates (a mapping, {} for none, or an array (rows, terms)) and an intercept.

    `errors` ("cluster" where clusters are named, else "HC1"): "classical" (one variance for all), "HC0", "HC1", "HC3" (unequal variances; MacKinnon & White
    1985), "cluster" (CRV1 with G/(G-1) (n-1)/(n-k) and t(G-1); needs `cluster`), "Newey-West" (1987, Bartlett
    kernel, rows in their order in time; `lags` defaults to 4 (n/100)^(2/9)). A `cluster` is a name for each row, or two
    ways by name ({"area": ..., "month": ...}; Cameron, Gelbach & Miller 2011). Weights are importance weights.
    Raises WrongShape, NotANumber, NotIdentified for collinear terms or no rows to spare, OneGroupOnly for one
    cluster.
    """
    y = inputs.column("outcome", outcome)
    labels, x = inputs.covariates(covariates, names, y.size, none=True)
    design = np.column_stack([np.ones(y.size), x])
    errors = chosen_errors(errors, cluster)
    fit = fit_design(
        y, design, (INTERCEPT, *labels), weights=inputs.weights(weights, y.size), errors=errors, cluster=cluster,
        lags=lags,
    )  # fmt: skip
    said = alike(fit.residuals) if cluster is None and errors != "Newey-West" and not fit.cautions else ()
    return replace(fit, cautions=(*fit.cautions, *few_of(errors, labels, x, cluster), *said))


def chosen_errors(errors: str | None, cluster: Any, among: Sequence[str] = ERRORS) -> str:
    """Give the errors asked for, or those that fit what is named; clusters that would be left out are refused."""
    if errors is None:
        return "HC1" if cluster is None else "cluster"
    inputs.choice("errors", errors, among)
    if cluster is not None and errors != "cluster":
        raise UnknownChoice(
            "errors", f"{errors!r} would leave the clusters out", 'Choose "cluster", or name no clusters'
        )
    return errors


def fit_design(
    y: FloatArray,
    design: FloatArray,
    names: tuple[str, ...],
    *,
    weights: FloatArray | None = None,
    errors: str = "HC1",
    cluster: Any = None,
    lags: int | None = None,
    absorbed: int = 0,
) -> LinearFit:
    """Fit a design (rows, terms) that is complete already; `absorbed` counts effects taken out beforehand."""
    inputs.choice("errors", errors, ERRORS)
    w = np.ones(y.size) if weights is None else weights
    rows = int((w > 0).sum())
    spare = rows - design.shape[1] - absorbed
    require_rank(design * np.sqrt(w)[:, None], names)
    if spare < 1:
        raise NotIdentified("outcome", f"has {y.size} rows for {design.shape[1]} terms", "Use fewer terms")
    solution = solved(y, design, w)
    residuals = inputs.frozen(y - design @ solution.coefficients)
    covariance, freedom = _covariance(errors, _Fitted(solution, w, residuals, rows, spare), cluster, lags)
    return LinearFit(
        names, inputs.frozen(solution.coefficients), inputs.frozen(covariance), freedom, residuals,
        f"linear, {errors}", explained(y, residuals) or _leaning(names, errors, solution, residuals, w, cluster),
        _r_squared(y, residuals, w),
    )  # fmt: skip


def _r_squared(y: FloatArray, residuals: FloatArray, w: FloatArray) -> float:
    around = y - w @ y / w.sum()
    total = float(w @ around**2)
    return 1 - float(w @ residuals**2) / total if total else math.nan


def _leaning(
    names: tuple[str, ...], errors: str, solution: Solved, residuals: FloatArray, w: FloatArray, cluster: Any
) -> tuple[str, ...]:
    """Warn where robust errors lean on one row or cluster, or any on few that weigh."""
    if errors == "Newey-West":  # of a series, where the last rows are what tells of an end
        return ()
    return (
        *ruled_by(errors, names, (solution.columns * np.sqrt(w)[:, None]) @ solution.back.T, cluster),
        *unequal(w),
        *heavy(w * residuals**2),
    )


def explained(y: FloatArray, residuals: FloatArray) -> tuple[str, ...]:
    """Warn where the terms leave nothing of an outcome (rows,) but rounding: errors of zero are no certainty."""
    if np.abs(residuals).max() > NOTHING_LEFT * np.abs(y).max():
        return ()
    return ("the terms explain the outcome completely, so its errors mean nothing: was it made from them?",)


@dataclass(frozen=True, eq=False)
class Solved:
    """Coefficients (terms,) with what their errors are made from, without X'X, which loses twice as many digits.

    `columns` (rows, terms) are orthogonal, `back` (terms, terms) turns them into coefficients.
    """

    coefficients: FloatArray
    columns: FloatArray
    back: FloatArray

    @property
    def covariance(self) -> FloatArray:
        """Give the inverse of X'WX (terms, terms)."""
        return self.back @ self.back.T


def solved(y: FloatArray, design: FloatArray, weights: FloatArray) -> Solved:
    """Solve weighted least squares by orthogonal columns.

    By X'X a year, or an amount in pence, moves the third digit of a slope (Longley 1967). Raises NotIdentified where
    even so fewer than six digits are left.
    """
    root = np.sqrt(weights)
    size = np.linalg.norm(design * root[:, None], axis=0)
    columns, square = np.linalg.qr(design * root[:, None] / size)
    if np.linalg.cond(square) > WORST_CONDITION:
        raise NotIdentified(
            "covariates", "lie too far from zero for how little they vary", "Take their means off first"
        )
    back = np.linalg.inv(square) / size[:, None]
    return Solved(back @ (columns.T @ (root * y)), columns, back)


def require_rank(design: FloatArray, names: Sequence[str]) -> None:
    """Raise NotIdentified where a term is a sum of others, so that its coefficient could be anything."""
    size = np.linalg.norm(design, axis=0)
    scaled = design / np.where(size > 0, size, 1)
    if np.linalg.matrix_rank(scaled) < design.shape[1]:
        # the first term that adds nothing to those before it is the one to name
        ranks = [int(np.linalg.matrix_rank(scaled[:, : k + 1])) for k in range(design.shape[1])]
        wrong = next(k for k, rank in enumerate(ranks) if rank < k + 1)
        raise NotIdentified(f"covariates[{names[wrong]!r}]", "is constant or adds up from others", "Leave it out")


@dataclass(frozen=True, eq=False)
class _Fitted:
    """What every covariance is made from; `spare` counts the rows less the terms and the effects taken out beforehand."""

    solution: Solved
    weights: FloatArray
    residuals: FloatArray
    rows: int
    spare: int

    @property
    def influence(self) -> FloatArray:
        """By how much each row moves each coefficient (rows, terms)."""
        return self.solution.columns * (np.sqrt(self.weights) * self.residuals)[:, None] @ self.solution.back.T

    def leverage(self) -> FloatArray:
        return np.asarray((self.solution.columns**2).sum(axis=1))


def _covariance(errors: str, fitted: _Fitted, cluster: Any, lags: int | None) -> tuple[FloatArray, int]:
    """Give the covariance of the coefficients (terms, terms) and the degrees of freedom of their t."""
    spare, influence = fitted.spare, fitted.influence
    if errors == "classical":
        return fitted.solution.covariance * float(fitted.weights @ fitted.residuals**2) / spare, spare
    if errors == "cluster":
        covariance, groups = clustered(influence, cluster)
        return (fitted.rows - 1) / spare * covariance, groups - 1
    if errors == "Newey-West":
        return _bartlett(influence, lags), spare
    if errors == "HC3":
        influence = influence / np.maximum(1 - fitted.leverage(), 1e-12)[:, None]
    scale = fitted.rows / spare if errors == "HC1" else 1.0
    return scale * influence.T @ influence, spare


def _bartlett(influence: FloatArray, lags: int | None) -> FloatArray:
    """Sum the covariances of influences at up to `lags` steps, each a little less than the one before."""
    rows = len(influence)
    reach = math.floor(4 * (rows / 100) ** (2 / 9)) if lags is None else inputs.whole_number("lags", lags)
    total = influence.T @ influence
    for lag in range(1, min(reach, rows - 1) + 1):
        across = influence[lag:].T @ influence[:-lag]
        total = total + (1 - lag / (reach + 1)) * (across + across.T)
    return total
