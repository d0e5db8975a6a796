"""What fits have in common: coefficients with their errors, intervals around a value, and chi-squared tests."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import scipy

from fourfold.stats import drawings, inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.terms import Estimate, OutOfRange, Printed, TestResult, told

HEAD = f"{'estimate':>11} {'std. error':>11} {'low':>11} {'high':>11} {'p':>8}"
INTERCEPT = "intercept"


class Terms(Printed, ABC):
    """What was fitted term by term, read like a table: `fit["age"]`, `fit.summary()`, `fit.to_frame()`, `fit.plot()`."""

    RATIOS: ClassVar[bool] = False  # whether the terms are logarithms of ratios, and drawn as these
    names: tuple[str, ...]

    @abstractmethod
    def term(self, name: str) -> Estimate:
        """Give one term with its interval and p-value. Raises UnknownChoice for a term that was not fitted."""

    def __getitem__(self, name: str) -> Estimate:
        return self.term(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def to_frame(self) -> Any:
        """Give a data frame (terms,): estimate, standard error, interval and p-value; needs pandas."""
        import pandas as pd  # a notebook's, not the site's

        found = [self.term(name) for name in self.names]
        columns = ("estimate", "standard_error", "low", "high", "p_value")
        return pd.DataFrame({name: [getattr(each, name) for each in found] for name in columns}, index=list(self.names))

    def summary(self) -> str:
        """Give every term on a line of text with its interval, then the method and what must be read before quoting."""
        width = max(len(name) for name in (*self.names, "term"))
        head = f"{'term':<{width}} {HEAD}"
        found = {name: self.term(name) for name in self.names}
        lines = [f"{name:<{width}} {row(each)}" for name, each in found.items()]
        first = next(iter(found.values()))
        foot = f"{first.method}; {100 * first.level:g}% intervals"
        return told([head, *lines, foot], getattr(self, "cautions", ()))

    def plot(self, *names: str, title: str = "Estimates with their intervals") -> str:
        """Draw the named terms (all but the intercept where none is named) as SVG, ratios on a log scale.

        Raises UnknownChoice for a term that was not fitted, OutOfRange for one without a finite interval.
        """
        chosen = names or tuple(one for one in self.names if one != INTERCEPT)
        found = [self.term(name) for name in chosen]
        found = [each.exponentiated() for each in found] if self.RATIOS else found
        for name, each in zip(chosen, found, strict=True):
            if not (math.isfinite(each.low) and math.isfinite(each.high)) or (self.RATIOS and not each.low > 0):
                raise OutOfRange(f"names[{name!r}]", "has no finite interval to draw", "Name the terms to draw")
        rows = [drawings.Row(name, e.estimate, e.low, e.high) for name, e in zip(chosen, found, strict=True)]
        return drawings.intervals(title, rows, at=1 if self.RATIOS else 0, ratio=self.RATIOS)


@dataclass(frozen=True, eq=False)
class Coefficients(Terms):
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


def row(found: Estimate) -> str:
    """Write an estimate on one line, under `HEAD`."""
    error, p_value = (math.nan if value is None else value for value in (found.standard_error, found.p_value))
    return f"{found.estimate:11.4g} {error:11.4g} {found.low:11.4g} {found.high:11.4g} {p_value:8.3g}"


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
