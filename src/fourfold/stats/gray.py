"""Gray's test: does one cause come first equally often in the groups, when another can come before it?

The log-rank test of a cause compares its rate among those still free of everything; Gray's compares the cumulative
incidences themselves. Source: Gray 1988, Annals of Statistics 16:1141; variance with ties as R's cmprsk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.competing import read_causes
from fourfold.stats.few_clusters import EXACT_RATE, FEWEST_ON_A_SIDE, NOT_NORMAL
from fourfold.stats.inputs import FloatArray, IntArray
from fourfold.stats.intervals import chi_squared
from fourfold.stats.risk_sets import at_risk
from fourfold.stats.terms import NotIdentified, OneGroupOnly, OutOfRange, TestResult


@dataclass(frozen=True, eq=False)
class _Days:
    """Counts (groups, days) of people at risk, events of the cause and of the other causes, on the event days."""

    risk: FloatArray
    cause: FloatArray
    other: FloatArray


def gray_test(
    time: npt.ArrayLike,
    cause: npt.ArrayLike,
    group: npt.ArrayLike,
    *,
    of: int = 1,
    rho: float = 0.0,
    strata: npt.ArrayLike | None = None,
) -> TestResult:
    """Test whether the cumulative incidence of cause `of` is the same in all groups; arrays of shape (people,).

    `cause` is 0 where nothing was seen and 1, 2, ... for what came first. `rho` above 0 gives earlier times more
    weight, (1 - F)^rho. Source: Gray 1988. Raises OneGroupOnly, OutOfRange for a cause that did not happen or a
    negative rho, NotIdentified where the groups were never under observation together, and the refusals of
    `cumulative_incidence`.
    """
    rho = inputs.not_negative("rho", rho)
    ends = inputs.times("time", time)
    kinds, codes = read_causes(cause, ends.size)
    if of not in kinds:
        raise OutOfRange("of", f"{inputs.written(of)} did not happen", f"Choose one of {kinds}")
    names, member = inputs.labels("group", group, ends.size)
    if len(names) < 2:
        raise OneGroupOnly("group", f"holds only {names[0]!r}", "Give the people to compare with as well")
    stratum = inputs.labels("strata", strata if strata is not None else np.zeros(ends.size), ends.size)[1]
    own = np.where(codes == kinds.index(of) + 1, 1, np.where(codes > 0, 2, 0))
    parts = [
        _score(_days(ends[rows], own[rows], member[rows], len(names)), rho)
        for rows in (np.flatnonzero(stratum == one) for one in np.unique(stratum))
    ]
    score, spread = (np.sum(part, axis=0) for part in zip(*parts, strict=True))
    freedom = len(names) - 1
    if np.linalg.matrix_rank(spread[:freedom, :freedom], hermitian=True) < freedom:
        problem = "holds groups that were never under observation together when the cause came"
        raise NotIdentified("group", problem, "Merge small groups or leave them out")
    statistic = float(score[:freedom] @ np.linalg.solve(spread[:freedom, :freedom], score[:freedom]))
    method = f"Gray's test of cause {of}" + (f", rho {rho:g}" if rho else "")
    sizes = np.bincount(member)
    few = ", ".join(f"{name} {size}" for name, size in zip(names, sizes, strict=True) if size < FEWEST_ON_A_SIDE)
    found = chi_squared(statistic, freedom, method)
    return replace(found, cautions=(f"few people in a group ({few}): {NOT_NORMAL}, {EXACT_RATE}",)) if few else found


def _days(time: FloatArray, own: IntArray, member: IntArray, groups: int) -> _Days:
    grid = np.unique(time[own > 0])
    risk, cause, other = np.zeros((3, groups, grid.size))
    for g in range(groups):
        mine = member == g
        risk[g] = at_risk(grid, time[mine], None, np.ones(int(mine.sum())))
        for counts, kind in ((cause, 1), (other, 2)):
            counts[g] = np.bincount(np.searchsorted(grid, time[mine & (own == kind)]), minlength=grid.size)
    return _Days(risk, cause, other)


@dataclass
class _Running:
    """What the days so far have added up to, shape (groups,) or (groups, groups)."""

    free: FloatArray
    incidence: FloatArray
    pooled: float
    score: FloatArray
    drift: FloatArray
    spread: FloatArray
    one_way: FloatArray
    both_ways: FloatArray

    def add(self, column: FloatArray, share: float, size: float, group: int) -> None:
        """Add one group's jump of variance `size`: at once by `column`, and by `share` of the drift still to come."""
        self.spread += np.outer(column, column) * size
        self.one_way[:, group] += column * share * size
        self.both_ways[group] += share**2 * size

    def covariance(self) -> FloatArray:
        """Give the covariance of the scores, now that the whole drift is known."""
        mixed = self.drift @ self.one_way.T
        return self.spread + (self.drift * self.both_ways) @ self.drift.T + mixed + mixed.T


def _score(days: _Days, rho: float) -> tuple[FloatArray, FloatArray]:
    """Give the score (groups,) and its covariance (groups, groups) in one stratum, day after day."""
    groups, size = days.risk.shape
    none, square = np.zeros(groups), np.zeros((groups, groups))
    run = _Running(np.ones(groups), none, 0.0, none.copy(), square, square.copy(), square.copy(), none.copy())
    for day in range(size):
        _add_day(run, days.risk[:, day], days.cause[:, day], days.other[:, day], rho)
    return run.score, run.covariance()


def _add_day(run: _Running, n: FloatArray, d1: FloatArray, d2: FloatArray, rho: float) -> None:
    """Take in one day. `kept` is Gray's R: those at risk together with those whom another cause took."""
    there, one = n > 0, np.where(n > 0, n, 1.0)
    kept = np.divide(n, run.free, out=np.zeros_like(n), where=there)
    total, events, weight = kept.sum(), d1.sum(), (1 - run.pooled) ** rho
    after, moved = run.free * (n - d1 - d2) / one, run.pooled + events / total
    after[~there] = run.free[~there]
    flow = weight * (np.diag(kept) - np.outer(kept, kept) / total)
    run.drift = run.drift + flow * events / (total * (1 - run.pooled))
    still = kept * (1 - run.incidence)
    run.score += weight * (d1 - events * still / still.sum())
    for j in np.flatnonzero(there).tolist():
        left = (1 - moved) / after[j] if after[j] > 0 else 0.0
        if events:
            tie = 1 - (events - 1) / (total * run.free[j] - 1) if events > 1 else 1.0
            share = 1 - left
            run.add(flow[:, j] - share * run.drift[:, j], share, tie * run.free[j] * events / (total * n[j]), j)
        if d2[j]:
            tie = 1 - (d2[j] - 1) / (n[j] - 1) if d2[j] > 1 else 1.0
            run.add(left * run.drift[:, j], -left, tie * run.free[j] ** 2 * d2[j] / n[j] ** 2, j)
    run.incidence, run.free, run.pooled = run.incidence + run.free * d1 / one, after, moved
