"""Regressions of a series whose errors carry over from one period to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import inputs
from fourfold.stats.few_clusters import few_rows
from fourfold.stats.inputs import FloatArray
from fourfold.stats.intervals import chi_squared
from fourfold.stats.least_squares import INTERCEPT, LinearFit, explained, fit_design
from fourfold.stats.terms import NotConverged, NotIdentified, Printed, TestResult

STEPS = 200
FARTHEST, STEP = 0.995, 1e-3


@dataclass(frozen=True, eq=False)
class SerialFit(Printed):
    """A Prais-Winsten fit; `correlation` is the share of one period's error that carries over to the next."""

    fit: LinearFit
    correlation: float


def prais_winsten(outcome: npt.ArrayLike, covariates: Any, *, names: Sequence[str] | None = None) -> SerialFit:
    """Fit a series (periods,) in its order on covariates, errors following an AR(1), until the correlation settles.

    Prais & Winsten 1954: the first period is kept, scaled by sqrt(1 - rho^2). Classical errors on the transformed rows.
    `outcome` is the series, one number for each period. Raises NotConverged, and NotIdentified where the correlation
    reaches one: take differences instead.
    """
    y = inputs.column("outcome", outcome)
    labels, x = inputs.covariates(covariates, names, y.size)
    found = prais_winsten_design(y, np.column_stack([np.ones(y.size), x]), (INTERCEPT, *labels))
    few = few_rows(labels, x, np.ones(y.size), "periods", "show those periods beside it")
    return replace(found, fit=replace(found.fit, cautions=(*found.fit.cautions, *few)))


def prais_winsten_design(y: FloatArray, design: FloatArray, names: tuple[str, ...]) -> SerialFit:
    """Fit a design that is complete already."""
    rho = 0.0
    for _ in range(STEPS):
        fit = fit_design(_quasi_differenced(y, rho), _quasi_differenced(design, rho), names, errors="classical")
        left = y - design @ fit.coefficients
        before, rho = rho, float(left[1:] @ left[:-1] / (left[:-1] @ left[:-1])) if left.any() else 0.0
        if abs(rho) >= 1:
            raise NotIdentified("outcome", "carries its errors over without end", "Take differences between periods")
        if abs(rho - before) < 1e-10:
            said = "linear, Prais-Winsten"
            return SerialFit(
                LinearFit(
                    names, fit.coefficients, fit.covariance, fit.degrees_of_freedom, left, said, explained(y, left)
                ),
                rho,
            )
    raise NotConverged("outcome", f"gave no steady correlation in {STEPS} steps", "Look at the series for breaks")


@dataclass(frozen=True, eq=False)
class RestrictedFit:
    """A restricted-likelihood fit; `freedoms` (terms,) are the degrees of freedom of each term's Student's t."""

    coefficients: FloatArray
    covariance: FloatArray
    residuals: FloatArray
    correlation: float
    freedoms: FloatArray


def restricted_design(y: FloatArray, design: FloatArray) -> RestrictedFit:
    """Fit a complete design with AR(1) errors by restricted maximum likelihood, degrees of freedom after Satterthwaite.

    Prais and Winsten's correlation is too small in short series, as the terms have used up some of it, and a step is
    then called too often: 9 % and not 5 % of sixty months in which nothing happened. This one keeps near 6 %, and below
    5 % in ten years (docs/reference/simulation.md; Turner et al. 2021 compare them). Raises NotIdentified where the correlation reaches one.
    """
    found = scipy.optimize.minimize_scalar(
        lambda rho: _restricted(y, design, rho, None), bounds=(-FARTHEST, FARTHEST), method="bounded"
    )
    rho = float(found.x)
    if abs(rho) > FARTHEST - 0.005:
        raise NotIdentified("outcome", "carries its errors over without end", "Take differences between periods")
    rows = _quasi_differenced(design, rho)
    beta, left, variance = _solved(y, design, rho)
    if variance <= 0:
        raise NotIdentified("outcome", "is explained without error", "Check that it is not made from the terms")
    inverse = np.linalg.inv(rows.T @ rows)
    freedoms = _satterthwaite(y, design, rho, variance)
    return RestrictedFit(beta, variance * inverse, left, rho, freedoms)


def _solved(y: FloatArray, design: FloatArray, rho: float) -> tuple[FloatArray, FloatArray, float]:
    """Give the coefficients, the residuals (periods,) and the variance of an innovation at one correlation."""
    rows, right = _quasi_differenced(design, rho), _quasi_differenced(y, rho)
    beta = np.linalg.lstsq(rows, right, rcond=None)[0]
    left = right - rows @ beta
    return beta, y - design @ beta, float(left @ left) / (y.size - design.shape[1])


def _restricted(y: FloatArray, design: FloatArray, rho: float, log_variance: float | None) -> float:
    """Give minus the restricted log likelihood at a correlation; the best variance where none is named."""
    rows, freedom = _quasi_differenced(design, rho), y.size - design.shape[1]
    best = max(_solved(y, design, rho)[2], 1e-300)
    scale = np.log(best) if log_variance is None else log_variance
    size = np.linalg.slogdet(rows.T @ rows)[1] - np.log(1 - rho**2)
    return 0.5 * float(freedom * scale + size + freedom * best * np.exp(-scale))


def _satterthwaite(y: FloatArray, design: FloatArray, rho: float, variance: float) -> FloatArray:
    """Give 2 v^2 over the variance of v for each coefficient's variance v, by differences in (log variance, rho)."""
    step = min(STEP, (1 - abs(rho)) / 4)
    centre, moves = np.array([np.log(variance), rho]), step * np.eye(2)

    def shortfall(at: FloatArray) -> float:
        return _restricted(y, design, float(at[1]), float(at[0]))

    def spreads(at: FloatArray) -> FloatArray:
        rows = _quasi_differenced(design, float(at[1]))
        return np.asarray(np.exp(at[0]) * np.diag(np.linalg.inv(rows.T @ rows)))

    curvature = np.array([[_mixed(shortfall, centre, one, other) for other in moves] for one in moves]) / step**2
    slopes = np.stack([(spreads(centre + move) - spreads(centre - move)) / (2 * step) for move in moves])
    uncertainty = np.einsum("at,ab,bt->t", slopes, np.linalg.inv(curvature), slopes)
    freedoms = 2 * spreads(centre) ** 2 / np.maximum(uncertainty, 1e-300)
    return np.clip(freedoms, 1.0, y.size - design.shape[1])


def _mixed(value: Callable[[FloatArray], float], at: FloatArray, one: FloatArray, other: FloatArray) -> float:
    """Give the second difference over two moves."""
    same = value(at + one + other) + value(at - one - other)
    return (same - value(at + one - other) - value(at - one + other)) / 4


def ljung_box(residuals: npt.ArrayLike, *, lags: int = 12, fitted: int = 0) -> TestResult:
    """Test that residuals (periods,) do not follow from those of up to `lags` periods before (Ljung & Box 1978).

    `fitted` is the number of ARMA terms estimated. Raises OutOfRange for lags that the series is too short for.
    """
    left = inputs.column("residuals", residuals)
    reach = inputs.whole_number("lags", lags, least=1)
    inputs.whole_number("residuals", left.size - reach - 1)
    freedom = inputs.whole_number("lags", reach - inputs.whole_number("fitted", fitted), least=1)
    centred = left - left.mean()
    if not centred.any():
        raise NotIdentified("residuals", "do not vary", "Nothing is left to test")
    steps = np.arange(1, reach + 1)
    r = np.array([centred[k:] @ centred[:-k] for k in steps]) / (centred @ centred)
    statistic = float(left.size * (left.size + 2) * (r**2 / (left.size - steps)).sum())
    return chi_squared(statistic, freedom, f"Ljung-Box, {reach} lags")


def _quasi_differenced(rows: FloatArray, rho: float) -> FloatArray:
    moved = rows - rho * np.concatenate([rows[:1] * 0, rows[:-1]])
    moved[0] = np.sqrt(1 - rho**2) * rows[0]
    return moved
