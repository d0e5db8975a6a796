"""The log-rank test and its family: do two or more groups have the event at the same pace?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import inputs
from fourfold.stats.few_clusters import EXACT_RATE
from fourfold.stats.inputs import FloatArray, IntArray
from fourfold.stats.risk_sets import at_risk
from fourfold.stats.terms import NotIdentified, OneGroupOnly, Printed, TestResult, TooFewEvents

Weighing = Callable[[FloatArray, FloatArray], FloatArray]
FAMILY = ("log-rank", "gehan", "tarone-ware", "peto", "fleming-harrington")
LEFT_ALIKE = 0.001
FEW_EXPECTED = 5.0
NO_SPREAD = 1e-10  # of the largest direction: rounding, and no variation


@dataclass(frozen=True)
class LogRank(Printed):
    """The test with what was observed and what one common pace would have given, group by group."""

    statistic: float
    degrees_of_freedom: int
    p_value: float
    groups: tuple[Any, ...]
    observed: tuple[float, ...]
    expected: tuple[float, ...]
    method: str = "log-rank"
    cautions: tuple[str, ...] = ()

    def result(self) -> TestResult:
        return TestResult(self.statistic, self.degrees_of_freedom, self.p_value, self.method, self.cautions)

    def summary(self) -> str:
        """Give what each group had and what one common pace would have given it, as R prints a `survdiff`."""
        rows = zip(self.groups, self.observed, self.expected, strict=True)
        lines = (f"{group}: observed {seen:.4g}, expected {due:.4g}" for group, seen, due in rows)
        return "\n".join([*lines, self.result().summary()])


def log_rank(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    group: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    strata: npt.ArrayLike | None = None,
    weighting: str = "log-rank",
    rho: float = 1.0,
    gamma: float = 0.0,
) -> LogRank:
    """Test whether the groups share one event rate at every time (Mantel 1966; hypergeometric variance).

    Columns have shape (people,); people are compared inside their stratum only, and only while observed.
    `weighting` says which days count for more, and must be chosen before the data are seen: "log-rank" all alike,
    "gehan" by the number at risk, "tarone-ware" by its root, "peto" by survival, "fleming-harrington" by
    S^rho (1 - S)^gamma just before (Harrington & Fleming 1982; rho 1 is R's survdiff). `observed` and `expected` are
    then sums of weights. A group that nobody was in when an event happened is no degree of freedom, as in R. Raises
    OneGroupOnly, TooFewEvents, UnknownChoice, OutOfRange for a negative power, NotIdentified where no event had two
    groups under observation or anybody left over, and the refusals of `kaplan_meier`.
    """
    powers = (inputs.not_negative("rho", rho), inputs.not_negative("gamma", gamma))
    weigh = _weighing(inputs.choice("weighting", weighting, FAMILY), *powers)
    ends = inputs.times("time", time)
    seen = inputs.indicator("event", event, ends.size)
    started = inputs.entries(entry, ends)
    names, member = inputs.labels("group", group, ends.size)
    if len(names) < 2:
        raise OneGroupOnly("group", f"holds only {names[0]!r}", "Give the people to compare with as well")
    if not seen.any():
        raise TooFewEvents("event", "is 0 for everyone", "A comparison needs at least one event")
    _, stratum = inputs.labels("strata", strata if strata is not None else np.zeros(ends.size), ends.size)

    def _parts(what: FloatArray) -> list[FloatArray]:
        parts = [_stratum(rows, ends, what, started, member, len(names), weigh) for rows in _members(stratum)]
        return [np.sum(part, axis=0) for part in zip(*parts, strict=True)]

    observed, expected, spread = _parts(seen)
    statistic, freedom = _quadratic_form(observed - expected, spread)
    if not freedom:
        problem = "gives nothing to compare: at each event one group alone was under observation, or everybody had it"
        raise NotIdentified("group", problem, "Merge small groups, or leave out strata that hold one group")
    return LogRank(
        statistic=statistic, degrees_of_freedom=freedom,
        p_value=float(scipy.special.chdtrc(freedom, statistic)), groups=tuple(names),
        observed=tuple(observed.tolist()), expected=tuple(expected.tolist()),
        method=weighting if strata is None else f"stratified {weighting}",
        cautions=(*_cautions(names, expected, weighting), *_leaving(_parts(1 - seen))),
    )  # fmt: skip


def _weighing(family: str, rho: float, gamma: float) -> Weighing:
    """Give the weight of each event day from the people at risk and the events on it, both (days,)."""

    def survival(died: FloatArray, people: FloatArray) -> FloatArray:
        return np.concatenate([[1.0], np.cumprod(1 - died / people)[:-1]])

    def fleming_harrington(people: FloatArray, died: FloatArray) -> FloatArray:
        before = survival(died, people)
        return before**rho * (1 - before) ** gamma

    weighings: dict[str, Weighing] = {
        "log-rank": lambda people, _: np.ones_like(people),
        "gehan": lambda people, _: people,
        "tarone-ware": lambda people, _: np.sqrt(people),
        "peto": lambda people, died: np.cumprod(1 - died / (people + 1)),
        "fleming-harrington": fleming_harrington,
    }
    return weighings[family]


def _cautions(names: list[Any], expected: FloatArray, weighting: str) -> tuple[str, ...]:
    if weighting != "log-rank" or (expected >= FEW_EXPECTED).all():
        return ()
    few = ", ".join(f"{name} {share:.1f}" for name, share in zip(names, expected, strict=True) if share < FEW_EXPECTED)
    return (f"Fewer than 5 expected events ({few}): the p-value is only approximate, {EXACT_RATE}.",)


def _leaving(parts: list[FloatArray]) -> tuple[str, ...]:
    """Warn where those without an event leave earlier in one group: the test takes them to be like those who stay."""
    observed, expected, spread = parts
    statistic, freedom = _quadratic_form(observed - expected, spread)
    if not freedom or (p_value := float(scipy.special.chdtrc(freedom, statistic))) > LEFT_ALIKE:
        return ()
    return (
        f"Who leaves without an event leaves earlier in one group (p = {p_value:.1g}): the test takes them to be like those who "
        "stay. Say why they left, or count it as a cause of its own (`cumulative_incidence`, `gray_test`).",
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
    weigh: Weighing,
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
    weight = weigh(people, deaths)
    factor = weight**2 * deaths * np.divide(people - deaths, people - 1, out=np.zeros_like(people), where=people > 1)
    spread = np.diag((factor * share).sum(axis=1)) - (factor * share) @ share.T
    return died @ weight, (deaths * share) @ weight, spread


def _quadratic_form(difference: FloatArray, spread: FloatArray) -> tuple[float, int]:
    """Give d' V- d with the generalised inverse, since the differences sum to zero, and in how many directions V varies."""
    values, vectors = np.linalg.eigh(spread)
    kept = values > max(NO_SPREAD * float(np.max(values)), 0.0)
    along = vectors[:, kept].T @ difference
    return float((along**2 / values[kept]).sum()), int(kept.sum())
