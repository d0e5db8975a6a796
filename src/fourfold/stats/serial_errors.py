"""Regressions of a series whose errors carry over from one period to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.least_squares import INTERCEPT, LinearFit, fit_design
from fourfold.stats.terms import NotConverged, NotIdentified, TestResult

STEPS = 200


@dataclass(frozen=True, eq=False)
class SerialFit:
    """A Prais-Winsten fit; `correlation` is the share of one period's error that carries over to the next."""

    fit: LinearFit
    correlation: float


def prais_winsten(outcome: npt.ArrayLike, covariates: Any, *, names: Sequence[str] | None = None) -> SerialFit:
    """Fit a series (periods,) in its order on covariates, errors following an AR(1), until the correlation settles.

    Prais & Winsten 1954: the first period is kept, scaled by sqrt(1 - rho^2). Classical errors on the transformed
    rows. Raises NotConverged, and NotIdentified where the correlation reaches one: take differences instead.
    """
    y = inputs.column("outcome", outcome)
    labels, x = inputs.covariates(covariates, names, y.size)
    return prais_winsten_design(y, np.column_stack([np.ones(y.size), x]), (INTERCEPT, *labels))


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
                LinearFit(names, fit.coefficients, fit.covariance, fit.degrees_of_freedom, left, said), rho
            )
    raise NotConverged("outcome", f"gave no steady correlation in {STEPS} steps", "Look at the series for breaks")


def ljung_box(residuals: npt.ArrayLike, *, lags: int = 12, fitted: int = 0) -> TestResult:
    """Test that residuals (periods,) do not follow from those of up to `lags` periods before (Ljung & Box 1978).

    `fitted` is the number of ARMA terms estimated. Raises OutOfRange for lags that the series is too short for.
    """
    left = inputs.column("residuals", residuals)
    reach = inputs.whole_number("lags", lags, least=1)
    inputs.whole_number("residuals", left.size - reach - 1)
    freedom = inputs.whole_number("lags", reach - fitted, least=1)
    centred = left - left.mean()
    if not centred.any():
        raise NotIdentified("residuals", "do not vary", "Nothing is left to test")
    steps = np.arange(1, reach + 1)
    r = np.array([centred[k:] @ centred[:-k] for k in steps]) / (centred @ centred)
    statistic = float(left.size * (left.size + 2) * (r**2 / (left.size - steps)).sum())
    return TestResult(statistic, freedom, float(chdtrc(freedom, statistic)), f"Ljung-Box, {reach} lags")


def _quasi_differenced(rows: FloatArray, rho: float) -> FloatArray:
    moved = rows - rho * np.concatenate([rows[:1] * 0, rows[:-1]])
    moved[0] = np.sqrt(1 - rho**2) * rows[0]
    return moved
