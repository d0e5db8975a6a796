"""The rows of a Cox regression, read and checked once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray, IntArray, sums
from fourfold.stats.terms import OutOfRange, TooFewEvents


@dataclass(frozen=True, eq=False)
class CoxRows:
    """Checked columns, without the rows that weigh nothing; `counts` people for each row.

    `distinct` holds the covariates (patterns, q), and `pattern` (rows,) each row's place in it; without `pattern`
    there is one for each row.
    """

    names: tuple[str, ...]
    time: FloatArray
    event: FloatArray
    entry: FloatArray | None
    distinct: FloatArray
    pattern: IntArray | None
    stratum: IntArray
    strata: tuple[Any, ...]
    cluster: IntArray | None
    weights: FloatArray
    counts: FloatArray

    @property
    def x(self) -> FloatArray:
        """Give the covariates of each row (rows, q)."""
        return self.distinct if self.pattern is None else self.distinct[self.pattern]

    @property
    def pattern_counts(self) -> FloatArray:
        """Count the people with each pattern of covariates, shape (patterns,)."""
        return self.counts if self.pattern is None else sums(self.pattern, self.counts)

    @property
    def people(self) -> int:
        """Count the rows that these stand for."""
        return round(float(self.counts.sum()))

    @property
    def events(self) -> int:
        return round(float(self.counts @ self.event))


def read_rows(  # noqa: PLR0917 - the columns of one table
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    covariates: Any,
    entry: npt.ArrayLike | None,
    strata: npt.ArrayLike | None,
    cluster: npt.ArrayLike | None,
    weights: npt.ArrayLike | None,
    counts: npt.ArrayLike | None,
    names: Sequence[str] | None,
    pattern: IntArray | None = None,
) -> CoxRows:
    """Check every column and leave out the rows whose weight or count is zero.

    With `pattern` (rows,), `covariates` holds one row for each pattern 0, 1, ... instead.
    """
    ends = inputs.times("time", time)
    seen = inputs.indicator("event", event, ends.size)
    started = inputs.entries(entry, ends)
    labels, x = inputs.covariates(covariates, names, ends.size if pattern is None else int(np.max(pattern)) + 1)
    weight, people = inputs.weights(weights, ends.size), read_counts(counts, ends.size)
    kept = np.flatnonzero(weight * people)
    if not seen[kept].any():
        raise TooFewEvents("event", "is 0 in every row", "Hazards can be compared only after at least one event")
    rows = slice(None) if kept.size == ends.size else kept
    stratum = _codes("strata", strata, ends.size, kept)
    return CoxRows(
        names=labels, time=ends[rows], event=seen[rows], entry=None if started is None else started[rows],
        distinct=x[rows] if pattern is None else x, pattern=None if pattern is None else pattern[rows],
        stratum=np.zeros(kept.size, dtype=np.intp) if stratum is None else stratum[1],
        strata=(None,) if stratum is None else stratum[0],
        cluster=None if (groups := _codes("cluster", cluster, ends.size, kept)) is None else groups[1],
        weights=weight[rows], counts=people[rows],
    )  # fmt: skip


def read_counts(values: npt.ArrayLike | None, rows: int) -> FloatArray:
    """Read how many people each row stands for, all one where nothing is said."""
    if values is None:
        return np.ones(rows)
    read = inputs.times("counts", values, rows)
    if not inputs.whole(read):
        raise OutOfRange("counts", "holds a fraction", "Count people here, and give weights as `weights`")
    if not read.any():
        raise OutOfRange("counts", "are all zero", "Give at least one row that stands for somebody")
    return read


def _codes(
    argument: str, values: npt.ArrayLike | None, rows: int, kept: IntArray
) -> tuple[tuple[Any, ...], IntArray] | None:
    """Number the groups that still have rows, 0, 1, ..., and keep their names."""
    if values is None:
        return None
    names, place = inputs.labels(argument, values, rows)
    found, codes = np.unique(place[kept], return_inverse=True)
    return tuple(names[one] for one in found), codes
