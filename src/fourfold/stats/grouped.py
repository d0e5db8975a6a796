"""Millions of rows as counts of identical rows: all that an exact Cox regression needs.

Follow-up in whole days and covariates with few values leave only (pattern x day) different rows. How often each
occurs is sufficient for the partial likelihood, ties and all, so ten million people become some hundred thousand
rows with a count, and the fit is the one that ten million rows would give.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.cox import TIES, fit_rows, with_changes
from fourfold.stats.cox_fit import CoxFit
from fourfold.stats.cox_rows import read_rows
from fourfold.stats.inputs import FloatArray, IntArray
from fourfold.stats.terms import EmptyInput, NotANumber, WrongShape

ROWS_AT_A_TIME = 262_144
WIDEST = 1 << 16  # whole numbers spread wider than this are named, not counted by place
MOST_CELLS = 1 << 25  # beyond this many places the rows are sorted instead

Column = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class CountedRows:
    """Different rows and how many people each stands for; every column and `counts` has shape (cells,)."""

    columns: Mapping[str, Column]
    counts: FloatArray


def cox_regression_grouped(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    covariates: Any,
    *,
    categorical: Sequence[str] = (),
    entry: npt.ArrayLike | None = None,
    strata: npt.ArrayLike | None = None,
    ties: str = "efron",
    level: float = 0.95,
) -> CoxFit:
    """Estimate hazard ratios as `cox_regression` does, after counting identical rows.

    `covariates` maps names to columns (rows,), or is a data frame. A column of words, and every column named in
    `categorical`, becomes one indicator for each value but the first in order, named "region=2". The quick form, ten
    million rows in about a second: `time` in whole days, `event` 0/1, covariates whole numbers (int8 or int16 where
    they fit) or words. The answer does not depend on the form; covariates with many values only make it slower. Source:
    Cox 1972; Efron 1977 and Breslow 1974 for ties, people being counted. Raises the refusals of `cox_regression`, and
    UnknownChoice for a categorical column that is not there.
    """
    if not hasattr(covariates, "keys"):
        raise WrongShape("covariates", "has no names", "Give a mapping of names to columns, or a data frame")
    columns = {str(name): inputs.named(str(name), covariates[name]) for name in list(covariates.keys())}
    follow_up = {"time": time, "event": event, "entry": entry, "strata": strata}
    for name, values in [*follow_up.items(), *((key, covariates[key]) for key in columns)]:
        if np.ma.is_masked(values):
            raise NotANumber(name, "is missing in some row", "Fill it, or leave those rows out and say so")
    for name in ("time", "event"):
        if follow_up[name] is None:
            raise EmptyInput(name, "is missing", "Give one value for each row")
    given = {name: inputs.named(name, values) for name, values in follow_up.items() if values is not None}
    rows = count_rows(given | {f"covariate {name}": values for name, values in columns.items()})
    return cox_regression_of_counts(rows, tuple(columns), categorical, ties, level)


def cox_regression_of_counts(
    rows: CountedRows, names: Sequence[str], categorical: Sequence[str], ties: str, level: float
) -> CoxFit:
    """Fit counted rows with columns time, event, maybe entry and strata, and "covariate x" for each name x."""
    if not names:
        raise EmptyInput("covariates", "has no columns", "Name at least one covariate")
    for name in inputs.words("categorical", categorical):
        inputs.choice("categorical", name, names)
    columns = {name: rows.columns[f"covariate {name}"] for name in names}
    pattern, first = _patterns(list(columns.values()))
    covariates: dict[str, Column] = {}
    for name, column in columns.items():
        wordy = name in categorical or _worded(column)
        covariates |= _indicators(name, column[first]) if wordy else {name: column[first]}
    read = read_rows(
        rows.columns["time"], rows.columns["event"], covariates, rows.columns.get("entry"),
        rows.columns.get("strata"), cluster=None, weights=None, counts=rows.counts, names=None, pattern=pattern,
    )  # fmt: skip
    inputs.critical_value(level)
    fit = fit_rows(read, inputs.choice("ties", ties, TIES), level)
    return with_changes(fit, fit)


def _patterns(columns: Sequence[Column]) -> tuple[IntArray, IntArray]:
    """Number the different combinations of values 0, 1, ..., and give a row at which each stands."""
    pattern, first = np.zeros(columns[0].size, dtype=np.intp), np.zeros(1, dtype=np.intp)
    for column in columns:
        place = np.unique(column, return_inverse=True)[1]
        _, first, pattern = np.unique(pattern * (np.max(place) + 1) + place, return_index=True, return_inverse=True)
    return pattern, first


def count_rows(columns: Mapping[str, Column]) -> CountedRows:
    """Count how often each different row occurs among columns of shape (rows,).

    Raises EmptyInput, WrongShape and NotANumber, naming the column.
    """
    size = next(iter(columns.values())).size
    coded = {name: _coded(name, values, size) for name, values in columns.items()}
    cells = 1
    for column in coded.values():
        cells *= column.values.size
    if cells >= 1 << 62:
        return CountedRows({name: column.decoded() for name, column in coded.items()}, np.ones(size))
    keys, counts = _histogram(coded, size, cells) if cells <= MOST_CELLS else _sorted(coded, size)
    found = {}
    for name, column in reversed(coded.items()):
        keys, place = np.divmod(keys, column.values.size)
        found[name] = column.values[place]
    return CountedRows({name: found[name] for name in columns}, counts)


@dataclass(frozen=True, eq=False)
class _Coded:
    """A column as places in its list of values: read off whole numbers at `low`, or looked up beforehand."""

    values: Column
    rows: Column
    low: int | None

    def part(self, rows: slice) -> IntArray:
        taken = self.rows[rows]
        return taken.astype(np.intp) if self.low is None else taken.astype(np.intp) - self.low

    def decoded(self) -> Column:
        return self.values[self.part(slice(None))]


def _coded(name: str, values: Column, size: int) -> _Coded:
    if values.shape != (size,):
        raise WrongShape(name, f"has shape {values.shape} where {size} rows are needed", "Give one value for each row")
    if not size:
        raise EmptyInput(name, "has no rows", "Give at least one row")
    if values.dtype.kind in "biuf" and (reach := _whole_reach(values)) is not None:
        return _Coded(np.arange(reach[0], reach[1] + 1), values, reach[0])
    read: Any = values if _worded(values) else inputs.column(name, values)
    names, place = inputs.labels(name, read, size) if _worded(values) else np.unique(read, return_inverse=True)
    return _Coded(np.asarray(names), place, None)


def _worded(values: Column) -> bool:
    """Return whether a column holds names rather than numbers."""
    return values.dtype.kind in "US" or (values.dtype.kind == "O" and isinstance(values.flat[0], str))


def _whole_reach(values: Column) -> tuple[int, int] | None:
    """Give the smallest and largest of a column of whole numbers near each other, None for any other column."""
    low, high = values.min(), values.max()
    if not (max(abs(float(low)), abs(float(high))) <= inputs.MOST and float(high) - float(low) < WIDEST):
        return None
    fractions = values.dtype.kind == "f" and any((values[rows] % 1).any() for rows in _stretches(values.size))
    return None if fractions else (int(low), int(high))


def _histogram(coded: Mapping[str, _Coded], size: int, cells: int) -> tuple[IntArray, FloatArray]:
    counts = np.zeros(cells, dtype=np.intp)
    for rows in _stretches(size):
        counts += np.bincount(_keys(coded, rows), minlength=cells)
    kept = np.flatnonzero(counts)
    return kept, counts[kept].astype(float)


def _sorted(coded: Mapping[str, _Coded], size: int) -> tuple[IntArray, FloatArray]:
    keys, counts = np.unique(_keys(coded, slice(0, size)), return_counts=True)
    return keys, counts.astype(float)


def _keys(coded: Mapping[str, _Coded], rows: slice) -> IntArray:
    """Number each row by its places in all columns, the first column counting most."""
    columns = iter(coded.values())
    keys = next(columns).part(rows)
    for column in columns:
        keys *= column.values.size
        keys += column.part(rows)
    return keys


def _indicators(name: str, column: Column) -> dict[str, Column]:
    if column.dtype.kind == "f" and np.isnan(column).any():
        raise NotANumber(f"covariates[{name!r}]", "is missing in some row", "Fill it, or name what is not known")
    values = np.unique(column)
    return {f"{name}={_plain(value)}": column == value for value in values[1:]} or {name: np.zeros(column.size)}


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (float, np.floating)) else str(value)


def _stretches(size: int) -> Iterator[slice]:
    return (slice(start, start + ROWS_AT_A_TIME) for start in range(0, size, ROWS_AT_A_TIME))
