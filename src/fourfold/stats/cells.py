"""Millions of rows to one cell for each area and period: counts, sums and squares are all that later steps need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.terms import EmptyInput, NotANumber, OutOfRange, WrongShape

# Codes spread wider than this are named, not counted by place: the table of places would not fit in memory.
WIDEST = 1_000_000
STRETCH = 100_000
# DuckDB's kinds that may be summed as whole numbers, which is quicker; squares of larger ones could overflow.
WHOLE = ("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT")


@dataclass(frozen=True, eq=False)
class Cells:
    """Rows counted and summed for each area and period; arrays are (areas, periods), empty cells hold zero."""

    areas: tuple[Any, ...]
    periods: tuple[Any, ...]
    rows: FloatArray
    total: FloatArray
    squares: FloatArray

    @property
    def means(self) -> FloatArray:
        """Give each cell's mean (areas, periods), not a number where it has no row."""
        return np.divide(self.total, self.rows, out=np.full(self.rows.shape, np.nan), where=self.rows > 0)

    @property
    def variances(self) -> FloatArray:
        """Give each cell's variance between rows (areas, periods), not a number under two rows."""
        many = self.rows > 1
        around = self.squares - np.divide(self.total**2, self.rows, out=np.zeros_like(self.total), where=many)
        return np.divide(around, self.rows - 1, out=np.full(self.rows.shape, np.nan), where=many).clip(min=0.0)

    def long(self, values: FloatArray | None = None) -> dict[str, npt.NDArray[Any]]:
        """Lay the means, or other values (areas, periods), out in rows: outcome, unit, period."""
        shown = self.means if values is None else values
        return {
            "outcome": shown.ravel(),
            "unit": np.repeat(np.array(self.areas), len(self.periods)),
            "period": np.tile(np.array(self.periods), len(self.areas)),
        }


def area_period_cells(area: npt.ArrayLike, period: npt.ArrayLike, outcome: npt.ArrayLike) -> Cells:
    """Count and sum rows (rows,) by area and period. Whole-number codes of any width are the quick way.

    Ten million rows take well under half a second. Source: own, counts, sums and sums of squares of `outcome` alone.
    Raises EmptyInput, WrongShape, NotANumber.
    """
    masked = np.ma.is_masked(outcome)
    y = inputs.numbers("outcome", outcome) if masked or isinstance(outcome, list | tuple) else np.asarray(outcome)
    if y.ndim != 1 or not y.size:
        raise EmptyInput("outcome", "has no rows", "Give one number for each row")
    if y.dtype.kind not in "biuf":
        y = inputs.column("outcome", outcome)
    areas, where = _codes("area", area, y.size)
    periods, when = _codes("period", period, y.size)
    count = _count_whole if _is_narrow(y, len(areas) * len(periods)) else _count_real
    with np.errstate(over="ignore"):  # refused in words below
        rows, total, squares = count(where, when, y, (len(areas), len(periods)))
    if not np.isfinite(total).all():
        raise NotANumber("outcome", "is missing or infinite in some row", "Drop those rows and say so")
    if not np.isfinite(squares).all():
        raise OutOfRange("outcome", "is too large to be squared", "Use larger units")
    return _occupied(areas, periods, rows, total, squares)


def area_period_cells_from_parquet(path: str | Path, *, area: str, period: str, outcome: str) -> Cells:
    """Count and sum the rows of a Parquet file by the two named columns, with DuckDB on two threads.

    `path` is a file, `area`, `period` and `outcome` its columns. Source: own, as `area_period_cells`. Raises
    UnknownChoice for a column that is not there, NotANumber for a missing or infinite value.
    """
    import duckdb

    with duckdb.connect(config={"threads": 2}) as connection:
        table = connection.read_parquet(str(path))
        for argument, name in (("area", area), ("period", period), ("outcome", outcome)):
            inputs.choice(argument, name, table.columns)
        a, p, y = (f'"{name.replace(chr(34), chr(34) * 2)}"' for name in (area, period, outcome))
        wide = "BIGINT" if str(table.types[table.columns.index(outcome)]) in WHOLE else "DOUBLE"
        answer = table.query(
            "rows",
            f"SELECT {a} AS area, {p} AS period, count(*) AS n, sum({y}::{wide})::DOUBLE AS total,"  # noqa: S608 - checked names
            f" sum({y}::{wide} * {y}::{wide})::DOUBLE AS squares, count({y}) AS known FROM rows GROUP BY ALL",
        )
        found = answer.fetchnumpy() if answer is not None else {}
    return _gathered(found)


def _gathered(found: dict[str, Any]) -> Cells:
    for name in ("area", "period"):
        if np.ma.getmaskarray(found[name]).any():
            raise NotANumber(name, "is missing in some row", "Drop those rows and say so")
    known = np.ma.filled(found["known"] == found["n"], False)
    if not known.all() or not np.isfinite(np.ma.filled(found["total"], np.nan)).all():
        raise NotANumber("outcome", "is missing or infinite in some row", "Drop those rows and say so")
    if not len(known):
        raise EmptyInput("path", "has no rows", "Give a file with rows")
    areas, where = np.unique(np.ma.getdata(found["area"]), return_inverse=True)
    periods, when = np.unique(np.ma.getdata(found["period"]), return_inverse=True)
    tables = []
    for name in ("n", "total", "squares"):
        table = np.zeros((areas.size, periods.size))
        table[where, when] = np.ma.getdata(found[name])
        tables.append(inputs.frozen(table))
    return Cells(tuple(areas.tolist()), tuple(periods.tolist()), *tables)


def _codes(argument: str, values: npt.ArrayLike, rows: int) -> tuple[list[Any], npt.NDArray[Any]]:
    """Give the names and each row's place among them; whole numbers are placed without sorting ten million rows."""
    if np.ma.is_masked(values):
        raise NotANumber(argument, "is missing in some row", "Drop those rows and say so")
    read = inputs.named(argument, values)
    if read.shape != (rows,):
        raise WrongShape(argument, f"has shape {read.shape} where {rows} rows are needed", "Give one for each row")
    if read.dtype.kind not in "iu":
        return inputs.labels(argument, read, rows)
    low, high = int(read.min()), int(read.max())
    if high - low >= WIDEST:
        return inputs.labels(argument, read, rows)
    wide = read if np.can_cast(np.min_scalar_type(high - low), read.dtype) else read.astype(np.int64)
    return list(range(low, high + 1)), wide if low == 0 else wide - np.array(low, dtype=wide.dtype)


def _is_narrow(y: npt.NDArray[Any], cells: int) -> bool:
    """Return whether the outcomes are so few different whole numbers that each can be counted by itself."""
    return y.dtype.kind in "biu" and cells * (int(y.max()) - int(y.min()) + 1) <= WIDEST


def _count_whole(
    where: npt.NDArray[Any], when: npt.NDArray[Any], y: npt.NDArray[Any], shape: tuple[int, int]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Count each value in each cell, a stretch of rows at a time, so that all stays in the processor's cache."""
    low = int(y.min())
    values = np.arange(low, int(y.max()) + 1)
    counts = np.zeros(shape[0] * shape[1] * values.size, dtype=np.int64)
    for part in _stretches(y.size):
        key = np.multiply(where[part], shape[1] * values.size, dtype=np.intp)
        key += np.multiply(when[part], values.size, dtype=np.intp)
        key += y[part]
        counts += np.bincount(key - low, minlength=counts.size)
    table = counts.reshape(-1, values.size).astype(float)
    return table.sum(axis=1), table @ values, table @ values.astype(float) ** 2


def _count_real(
    where: npt.NDArray[Any], when: npt.NDArray[Any], y: npt.NDArray[Any], shape: tuple[int, int]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    size = shape[0] * shape[1]
    rows, total, squares = np.zeros(size), np.zeros(size), np.zeros(size)
    for part in _stretches(y.size):
        key = np.multiply(where[part], shape[1], dtype=np.intp)
        key += when[part]
        some = y[part].astype(float)
        rows += np.bincount(key, minlength=size)
        total += np.bincount(key, weights=some, minlength=size)
        squares += np.bincount(key, weights=some * some, minlength=size)
    return rows, total, squares


def _stretches(rows: int) -> Iterator[slice]:
    return (slice(begin, begin + STRETCH) for begin in range(0, rows, STRETCH))


def _occupied(areas: list[Any], periods: list[Any], *tables: FloatArray) -> Cells:
    """Leave out the codes between the lowest and the highest that no row has."""
    shaped = [table.reshape(len(areas), len(periods)) for table in tables]
    down, across = shaped[0].sum(axis=1) > 0, shaped[0].sum(axis=0) > 0
    kept = [inputs.frozen(np.ascontiguousarray(table[np.ix_(down, across)])) for table in shaped]
    names = [
        tuple(name for name, there in zip(a, b, strict=True) if there) for a, b in ((areas, down), (periods, across))
    ]
    return Cells(names[0], names[1], *kept)
