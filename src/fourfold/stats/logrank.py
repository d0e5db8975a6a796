"""The log-rank test: do two or more groups have the event at the same pace?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray, IntArray
from fourfold.stats.risk_sets import at_risk
from fourfold.stats.terms import OneGroupOnly, TestResult, TooFewEvents


@dataclass(frozen=True)
class LogRank:
    """The test with what was observed and what one common pace would have given, group by group."""

    statistic: float
    degrees_of_freedom: int
    p_value: float
    groups: tuple[Any, ...]
    observed: tuple[float, ...]
    expected: tuple[float, ...]
    method: str = "log-rank"

    def result(self) -> TestResult:
        """Give the test alone."""
        return TestResult(self.statistic, self.degrees_of_freedom, self.p_value, self.method)


def log_rank(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    group: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    strata: npt.ArrayLike | None = None,
) -> LogRank:
    """Test whether the groups share one event rate at every time (Mantel 1966; hypergeometric variance).

    All arguments have shape (people,); people are compared inside their stratum only, and only while
    observed. Raises OneGroupOnly, TooFewEvents and the refusals of `kaplan_meier`.
    """
    ends = inputs.times("time", time)
    seen = inputs.indicator("event", event, ends.size)
    started = inputs.entries(entry, ends)
    names, member = inputs.labels("group", group, ends.size)
    if len(names) < 2:
        raise OneGroupOnly("group", f"holds only {names[0]!r}", "Give the people to compare with as well")
    if not seen.any():
        raise TooFewEvents("event", "is 0 for everyone", "A comparison needs at least one event")
    _, stratum = inputs.labels("strata", strata if strata is not None else np.zeros(ends.size), ends.size)
    parts = [_stratum(rows, ends, seen, started, member, len(names)) for rows in _members(stratum)]
    observed, expected, spread = (np.sum(part, axis=0) for part in zip(*parts, strict=True))
    statistic = _quadratic_form(observed - expected, spread)
    freedom = len(names) - 1
    return LogRank(
        statistic=statistic,
        degrees_of_freedom=freedom,
        p_value=float(chdtrc(freedom, statistic)),
        groups=tuple(names),
        observed=tuple(observed.tolist()),
        expected=tuple(expected.tolist()),
        method="log-rank" if strata is None else "stratified log-rank",
    )


def _members(stratum: IntArray) -> list[IntArray]:
    order = np.argsort(stratum, kind="stable")
    return np.split(order, np.cumsum(np.bincount(stratum))[:-1])


def _stratum(
    rows: IntArray,
    time: FloatArray,
    event: FloatArray,
    entry: FloatArray | None,
    member: IntArray,
    groups: int,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give observed, expected (groups,) and the covariance (groups, groups) inside one stratum."""
    grid = np.unique(time[rows][event[rows] == 1])
    if not grid.size:
        return np.zeros(groups), np.zeros(groups), np.zeros((groups, groups))
    risk, died = np.zeros((2, groups, grid.size))
    for g in range(groups):
        mine = rows[member[rows] == g]
        started = entry[mine] if entry is not None else None
        risk[g] = at_risk(grid, time[mine], started, np.ones(mine.size))
        ended = time[mine][event[mine] == 1]
        died[g] = np.bincount(np.searchsorted(grid, ended), minlength=grid.size)
    share = risk / risk.sum(axis=0)
    deaths, people = died.sum(axis=0), risk.sum(axis=0)
    factor = deaths * np.divide(people - deaths, people - 1, out=np.zeros_like(people), where=people > 1)
    spread = np.diag((factor * share).sum(axis=1)) - (factor * share) @ share.T
    return died.sum(axis=1), (deaths * share).sum(axis=1), spread


def _quadratic_form(difference: FloatArray, spread: FloatArray) -> float:
    """Give d' V- d with the generalised inverse, since the differences sum to zero."""
    return float(difference @ np.linalg.pinv(spread, hermitian=True) @ difference)
