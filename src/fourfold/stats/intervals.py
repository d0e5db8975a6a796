"""What fits have in common: coefficients with their errors, intervals around a value, and chi-squared tests."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.terms import Estimate, TestResult


@dataclass(frozen=True, eq=False)
class Coefficients:
    """Coefficients (terms,) in the order of `names`, with their covariance (terms, terms)."""

    names: tuple[str, ...]
    coefficients: FloatArray
    covariance: FloatArray

    @property
    def standard_errors(self) -> FloatArray:
        """Model-based standard errors of the coefficients (terms,)."""
        return np.sqrt(np.diag(self.covariance))

    def with_error(self, name: str) -> tuple[float, float]:
        """Return a coefficient and its standard error. Raises UnknownChoice for a term that was not fitted."""
        place = self.names.index(inputs.choice("name", name, self.names))
        return float(self.coefficients[place]), float(self.standard_errors[place])


def normal_estimate(value: float, error: float, level: float, method: str) -> Estimate:
    """Return an estimate with the interval and p-value of the normal distribution."""
    half = inputs.critical_value(level) * error
    p_value = math.erfc(abs(value) / error / math.sqrt(2)) if error else None
    return Estimate(value, value - half, value + half, level, method, error, p_value)


def student_estimate(value: float, error: float, freedom: float, level: float, method: str) -> Estimate:
    """Return an estimate with the interval and p-value of Student's t."""
    half = float(scipy.special.stdtrit(freedom, 0.5 + inputs.share("level", level) / 2)) * error
    p_value = 2 * float(scipy.special.stdtr(freedom, -abs(value) / error)) if error else None
    return Estimate(value, value - half, value + half, level, method, error, p_value)


def chi_squared(statistic: float, freedom: int, method: str) -> TestResult:
    """Return a statistic with its p-value from the chi-squared distribution."""
    return TestResult(statistic, freedom, float(scipy.special.chdtrc(freedom, statistic)), method)


def few_events(events: int, covariates: int) -> tuple[str, ...]:
    """Return a caution where there are fewer than ten events for each covariate."""
    if events >= 10 * covariates:
        return ()
    return (f"{events} events for {covariates} covariates: with fewer than 10 each, estimates drift outwards.",)
