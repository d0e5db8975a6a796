"""Panels: one outcome for each area and period, and when each area started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.terms import NotANumber, OneGroupOnly, WrongShape


@dataclass(frozen=True, eq=False)
class Panel:
    """Values (units, periods) of a balanced panel; `first` (units,) is the first treated period, infinity for never."""

    units: tuple[Any, ...]
    periods: FloatArray
    values: FloatArray
    first: FloatArray

    @property
    def groups(self) -> tuple[float, ...]:
        """Give the periods in which some unit started."""
        return tuple(np.unique(self.first[np.isfinite(self.first)]).tolist())

    def treated(self) -> FloatArray:
        """Mark (units, periods) where a unit had started."""
        return (self.periods[None, :] >= self.first[:, None]).astype(float)


def read_panel(outcome: npt.ArrayLike, unit: Any, period: npt.ArrayLike, first_treated: npt.ArrayLike) -> Panel:
    """Lay rows out as a panel: one row for each unit and period, none twice, none missing.

    `first_treated` repeats on each of a unit's rows; 0, infinity or a missing value mean never. All columns have shape
    (rows,), `outcome` in any unit. Source: own, no more than an order of rows. Raises WrongShape where a unit lacks a
    period or has one twice, NotANumber, OneGroupOnly where nobody starts or there is one unit.
    """
    y = inputs.column("outcome", outcome)
    names, place = inputs.labels("unit", unit, y.size)
    periods, when = np.unique(inputs.column("period", period, y.size), return_inverse=True)
    first = _first_treated(first_treated, y.size)
    counts = np.zeros((len(names), periods.size))
    np.add.at(counts, (place, when), 1)
    _require_balance(counts, names, periods)
    values, start = np.empty(counts.shape), np.full(len(names), np.inf)
    values[place, when] = y
    start[place] = first
    if (start[place] != first).any():
        wrong = names[place[int(np.argmax(start[place] != first))]]
        raise WrongShape("first_treated", f"changes within unit {wrong!r}", "Give each unit one start")
    start[start > periods[-1]] = np.inf
    if len(names) < 2 or not np.isfinite(start).any():
        raise OneGroupOnly("first_treated", "names no unit that starts beside others", "Give units that start")
    return Panel(tuple(names), inputs.frozen(periods), inputs.frozen(values), inputs.frozen(start))


def _first_treated(values: npt.ArrayLike, rows: int) -> FloatArray:
    read = inputs.numbers("first_treated", values)
    if read.shape != (rows,):
        raise WrongShape("first_treated", f"has shape {read.shape} for {rows} rows", "Give one for each row")
    if (read == -np.inf).any():
        raise NotANumber("first_treated", "is minus infinity in some row", "Leave out units that had always started")
    return np.where(np.isnan(read) | (read == 0), np.inf, read)


def _require_balance(counts: FloatArray, names: list[Any], periods: FloatArray) -> None:
    if (counts == 1).all():
        return
    unit, when = (int(k) for k in np.argwhere(counts != 1)[0])
    told = "no row" if counts[unit, when] == 0 else f"{counts[unit, when]:g} rows"
    raise WrongShape("unit", f"{names[unit]!r} has {told} in period {periods[when]:g}", "Give one row for each pair")
