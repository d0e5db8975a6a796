"""Counting whole days: ten million rows in one pass, without sorting them.

Follow-up is kept in whole days, so there are only as many distinct times as days, and a histogram of the days is
all that a survival curve needs. The rows are taken in stretches that stay in the processor's cache.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fourfold.stats.inputs import FloatArray

ROWS_AT_A_TIME = 65_536
LONGEST = 1 << 20  # more distinct days than anybody lives; longer counts are left to the sorting routines


@dataclass(frozen=True, eq=False)
class DayTally:
    """How many people's follow-up ended on each day on which somebody's did, and with how many events, (days,)."""

    time: FloatArray
    ended: FloatArray
    events: FloatArray


def tally_days(time: npt.ArrayLike, event: npt.ArrayLike) -> DayTally | None:
    """Count whole days and 0/1 events; None where either is anything else, so that others may read or refuse it.

    Whole numbers may come in any numeric type: int16 days with int8 or bool events are read four times faster than
    floats. Nothing is copied as a whole.
    """
    try:
        days, seen = np.asarray(time), np.asarray(event)
    except ValueError:  # rows of different lengths
        return None
    if np.ma.is_masked(time) or np.ma.is_masked(event):
        return None
    if not (_countable(days) and _countable(seen) and days.shape == seen.shape):
        return None
    counts = np.zeros(2, dtype=np.intp)
    for start in range(0, days.size, ROWS_AT_A_TIME):
        rows = slice(start, start + ROWS_AT_A_TIME)
        keys = _keys(days[rows], seen[rows])
        if keys is None:
            return None
        counts = _add(counts, np.bincount(keys))
    return _tally(counts)


def _countable(values: npt.NDArray[Any]) -> bool:
    return values.ndim == 1 and values.size > 0 and values.dtype.kind in "biuf"


def _keys(days: npt.NDArray[Any], seen: npt.NDArray[Any]) -> npt.NDArray[np.int32] | None:
    """Number (day, event) as twice the day and one more for an event; None where they are not whole or too large."""
    if not (days.min() >= 0 and days.max() < LONGEST and seen.min() >= 0 and seen.max() <= 1):
        return None
    day, happened = days.astype(np.int32), seen.astype(np.int32)
    if (days.dtype.kind == "f" and (day != days).any()) or (seen.dtype.kind == "f" and (happened != seen).any()):
        return None
    day <<= 1
    day |= happened
    return day


def _add(total: npt.NDArray[np.intp], more: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    if more.size > total.size:
        total, more = more, total
    total[: more.size] += more
    return total


def _tally(counts: npt.NDArray[np.intp]) -> DayTally:
    pairs = np.append(counts, 0)[: counts.size + counts.size % 2].reshape(-1, 2)
    ended = pairs.sum(axis=1)
    kept = np.flatnonzero(ended)
    return DayTally(kept.astype(float), ended[kept].astype(float), pairs[kept, 1].astype(float))
