"""Agreement of totals: intraclass correlation, the error of a measurement, and limits of agreement.

Measurements are a table of shape (cases, raters) of numbers on one scale; a case that not every rater measured (None)
is left out and counted. Every function raises EmptyInput, WrongShape, NotANumber (NaN or infinity), TooFewRaters and
TooFewCases. Where no two numbers differ the answer is `Undefined`.

Sources: Shrout & Fleiss 1979; McGraw & Wong 1996 (forms and intervals, with their 1996 correction); Bland & Altman
1986, 1999.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from fourfold.stats import inputs
from fourfold.stats.agreement.ratings import Table
from fourfold.stats.agreement.sums import DRAWS, SEED, How, Limits, Statistic, Sums, limits
from fourfold.stats.agreement.terms import (
    SAME_NUMBER,
    BlandAltman,
    Intraclass,
    MeasurementError,
    TooFewCases,
    TooFewRaters,
    Undefined,
)
from fourfold.stats.terms import EmptyInput, Estimate, NotANumber, WrongShape

FORMS = {
    "1,1": "one-way: each case by other raters, one rater",
    "1,k": "one-way: each case by other raters, mean of all",
    "A,1": "two-way, absolute agreement, one rater",
    "A,k": "two-way, absolute agreement, mean of all",
    "C,1": "two-way, consistency, one rater",
    "C,k": "two-way, consistency, mean of all",
}
PERFECT = "All raters gave every case the same number, so the interval has no width."
_NOUGHT = 1e-12


@dataclass(frozen=True)
class _Squares:
    """Mean squares of a two-way table: between cases, between raters, within cases, and what is left."""

    cases: Any
    raters: Any
    within: Any
    residual: Any


def intraclass(
    measurements: Table,
    form: str = "A,1",
    *,
    interval: str = "analytic",
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Intraclass | Undefined:
    """Give an intraclass correlation in one of McGraw and Wong's forms: 1,1 1,k A,1 A,k C,1 C,k.

    `measurements` has shape (cases, raters). A (absolute agreement) counts it against raters when one always scores
    higher, C does not; k is the mean of all raters. The analytic interval rests on F (McGraw & Wong 1996, table 7);
    "percentile" and "bca" resample cases.
    """
    inputs.choice("form", form, tuple(FORMS))
    table, left_out = _read(measurements)
    n, k = table.shape
    squares, how, name = _squares(table), How(interval, level, draws, seed), f"ICC({form})"
    if max(squares.cases, squares.within) <= 0:
        why = SAME_NUMBER
        return Undefined(name, why, n, k, left_out)
    estimate = float(_value(form, squares, n, k))
    made = _f_limits(form, squares, n, k, level) if interval == "analytic" else _resampled(form, table, how, estimate)
    error, freedom = _error_of(form, squares), ((n - 1, n * (k - 1)) if form[0] == "1" else (n - 1, (n - 1) * (k - 1)))
    return Intraclass(
        estimate=estimate, low=min(made.low, estimate), high=max(made.high, estimate), level=level,
        method=made.method, standard_error=made.standard_error, name=name, form=FORMS[form], cases=n, raters=k,
        between_cases=squares.cases, between_raters=squares.raters, within_cases=squares.within,
        residual=squares.residual, f=squares.cases / error if error > 0 else None, degrees_of_freedom=freedom,
        left_out=left_out, draws=made.draws, seed=made.seed, undefined_draws=made.undefined_draws,
        notes=(PERFECT,) if squares.within <= 0 else (),
    )  # fmt: skip


def measurement_error(measurements: Table, *, level: float = 0.95) -> MeasurementError:
    """Give the standard error of one rater's measurement, in the unit of the scale: shape (cases, raters) in.

    For absolute agreement, the square root of the raters' variance and the residual's; for consistency, of the
    residual's alone. `smallest_change` is the smallest difference in one person that is beyond it at `level`.
    """
    table, left_out = _read(measurements)
    n, k = table.shape
    squares = _squares(table)
    leaning = max(squares.raters - squares.residual, 0.0) / n
    agreement = math.sqrt(leaning + squares.residual)
    smallest = inputs.critical_value(level) * math.sqrt(2) * agreement
    return MeasurementError(agreement, math.sqrt(squares.residual), smallest, level, n, k, left_out)


def bland_altman(
    first: Sequence[Any], second: Sequence[Any], *, coverage: float = 0.95, level: float = 0.95
) -> BlandAltman | Undefined:
    """Give the mean difference of two measurements of each case, and the limits of agreement, in the scale's unit.

    Limits are mean plus and minus the normal quantile times the deviation; their intervals use Student's t and the
    standard error of Bland and Altman (1999), s times the root of 1/n + z²/(2(n - 1)).
    """
    if len(first) != len(second):
        raise WrongShape("second", f"has {len(second)} cases where first has {len(first)}", "Give both for each case")
    table, left_out = _read(list(zip(first, second, strict=True)))
    apart = table[:, 0] - table[:, 1]
    n, mean, spread = apart.size, float(apart.mean()), float(apart.std(ddof=1))
    if max(_squares(table).cases, _squares(table).within) <= 0:
        return Undefined("limits of agreement", SAME_NUMBER, n, 2, left_out)
    z, t = (
        inputs.critical_value(inputs.share("coverage", coverage)),
        float(scipy.special.stdtrit(n - 1, 0.5 + level / 2)),
    )
    inputs.share("level", level)

    def around(value: float, error: float, what: str) -> Estimate:
        return Estimate(value, value - t * error, value + t * error, level, what, error)

    limit = spread * math.sqrt(1 / n + z**2 / (2 * (n - 1)))
    return BlandAltman(
        mean=around(mean, spread / math.sqrt(n), "mean difference, Student's t"), deviation=spread,
        lower=around(mean - z * spread, limit, "limit of agreement (Bland & Altman 1999)"),
        upper=around(mean + z * spread, limit, "limit of agreement (Bland & Altman 1999)"), coverage=coverage,
        cases=n, left_out=left_out,
    )  # fmt: skip


# --- mean squares ------------------------------------------------------------------------------------------


def _read(measurements: Table) -> tuple[inputs.FloatArray, int]:
    rows = [
        list(row) if isinstance(row, Sequence | np.ndarray) and not isinstance(row, str) else None
        for row in measurements
    ]
    if not rows:
        raise EmptyInput("measurements", "has no cases", "Give at least two cases")
    if None in rows or len({len(row) for row in rows if row is not None}) > 1:
        raise WrongShape("measurements", "is not a table", "Give a row for each case and a column for each rater")
    whole = [row for row in rows if row is not None and all(value is not None for value in row)]
    if len(rows[0] or ()) < 2:
        raise TooFewRaters("measurements", "has fewer than two raters", "Give a column for each rater, at least two")
    if len(whole) < 2:
        raise TooFewCases("measurements", f"has {len(whole)} cases that every rater measured", "Give at least two")
    try:
        table = np.array(whole, dtype=float)
    except (TypeError, ValueError) as wrong:
        raise NotANumber("measurements", "holds something that is not a number", "Give numbers only") from wrong
    if not np.isfinite(table).all():
        raise NotANumber("measurements", "holds NaN or infinity", "Use None for a measurement that is missing")
    return table, len(rows) - len(whole)


def _features(table: inputs.FloatArray) -> inputs.FloatArray:
    """Give what each case adds to the sums: one, its number from each rater, its squared total, its squares."""
    shifted = table - table.mean()  # keeps the sums of squares exact where numbers are far from zero
    totals = shifted.sum(axis=1)
    return np.column_stack([np.ones(len(table)), shifted, totals**2, (shifted**2).sum(axis=1)])


def _squares(table: inputs.FloatArray) -> _Squares:
    n, k = table.shape
    scale = float(((table - table.mean()) ** 2).sum())
    row, column = table.mean(axis=1, keepdims=True), table.mean(axis=0, keepdims=True)
    cases = k * float(((row - table.mean()) ** 2).sum()) / (n - 1)
    raters = n * float(((column - table.mean()) ** 2).sum()) / (k - 1)
    within = float(((table - row) ** 2).sum()) / (n * (k - 1))
    residual = float(((table - row - column + table.mean()) ** 2).sum()) / ((n - 1) * (k - 1))
    return _Squares(*(value if value > _NOUGHT * scale else 0.0 for value in (cases, raters, within, residual)))


def _squares_of(sums: Sums, k: int) -> tuple[_Squares, Any]:
    """Give the mean squares of resampled sums, shape (..., 1 + k + 2), and the number of cases in each."""
    n, per_rater, totals, squares = sums[..., 0], sums[..., 1 : k + 1], sums[..., k + 1], sums[..., k + 2]
    middle = per_rater.sum(axis=-1) ** 2 / (n * k)
    between = totals / k - middle
    raters = (per_rater**2).sum(axis=-1) / n - middle
    rest = squares - middle - between
    return _Squares(between / (n - 1), raters / (k - 1), rest / (n * (k - 1)), (rest - raters) / ((n - 1) * (k - 1))), n


def _value(form: str, squares: _Squares, n: Any, k: int) -> Any:
    """Give the correlation: between-case variance over what `form` counts as all variance."""
    error = _error_of(form, squares)
    lean = (squares.raters - squares.residual) / n if form[0] == "A" else 0.0
    if form[2] == "k":
        return (squares.cases - error) / (squares.cases + lean)
    return (squares.cases - error) / (squares.cases + (k - 1) * error + k * lean)


def _error_of(form: str, squares: _Squares) -> Any:
    return squares.within if form[0] == "1" else squares.residual


def _resampled(form: str, table: inputs.FloatArray, how: How, estimate: float) -> Limits:
    k = table.shape[1]
    scale = float(((table - table.mean()) ** 2).mean())

    def value(sums: Sums) -> Any:
        squares, n = _squares_of(sums, k)
        total = squares.cases + squares.within
        return np.where(total.real > _NOUGHT * scale, _value(form, squares, n, k), np.nan)

    return limits(Statistic(_features(table), np.ones(len(table)), value), how)


# --- intervals by F ----------------------------------------------------------------------------------------


def _f_limits(form: str, squares: _Squares, n: int, k: int, level: float) -> Limits:
    if squares.within <= 0:
        return Limits(1.0, 1.0, "F (McGraw & Wong 1996)", None)
    low, high = _absolute(squares, n, k, level) if form[0] == "A" else _by_f(form, squares, n, k, level)
    if form[2] == "k":
        low, high = (k * value / (1 + (k - 1) * value) for value in (low, high))
    return Limits(max(low, -1.0), min(high, 1.0), "F (McGraw & Wong 1996)", None)


def _by_f(form: str, squares: _Squares, n: int, k: int, level: float) -> tuple[float, float]:
    """Return the limits of the form for one rater, where a single F decides; those of the mean follow by Spearman-Brown."""
    error = _error_of(form, squares)
    if error <= 0:
        return 1.0, 1.0
    f, tail = squares.cases / error, 0.5 + level / 2
    above, below = n - 1, n * (k - 1) if form[0] == "1" else (n - 1) * (k - 1)
    lower, upper = (
        f / float(scipy.special.fdtri(above, below, tail)),
        f * float(scipy.special.fdtri(below, above, tail)),
    )
    return (lower - 1) / (lower + k - 1), (upper - 1) / (upper + k - 1)


def _absolute(squares: _Squares, n: int, k: int, level: float) -> tuple[float, float]:
    """Return the limits of ICC(A,1), with Satterthwaite's degrees of freedom (McGraw & Wong 1996, table 7)."""
    tail, msc, mse, msr = 0.5 + level / 2, squares.raters, squares.residual, squares.cases
    rho = min(float(_value("A,1", squares, n, k)), 1 - _NOUGHT)
    a = k * rho / (n * (1 - rho))
    b = 1 + k * rho * (n - 1) / (n * (1 - rho))
    spread = (a * msc) ** 2 / (k - 1) + (b * mse) ** 2 / ((n - 1) * (k - 1))
    freedom = (a * msc + b * mse) ** 2 / spread if spread > 0 else float((n - 1) * (k - 1))
    lower, upper = float(scipy.special.fdtri(n - 1, freedom, tail)), float(scipy.special.fdtri(freedom, n - 1, tail))
    error = k * msc + (k * n - k - n) * mse
    return n * (msr - lower * mse) / (lower * error + n * msr), n * (upper * msr - mse) / (error + n * upper * msr)
