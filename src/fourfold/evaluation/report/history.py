"""Acts month by month around the start of management: an event study of cases that start at different times.

Callaway & Sant'Anna 2021 on months since opening, each case compared with cases not managed yet. What lies before the start
shows whether the groups were on one path; management often begins because of an act, and then they were not.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fourfold import stats
from fourfold.evaluation import rules
from fourfold.evaluation.report import estimates, gate, nulls
from fourfold.evaluation.report.study import Study
from fourfold.evaluation.report.terms import Figure, Table
from fourfold.evaluation.terms import ExtractRow
from fourfold.stats import drawings

MONTH = 30
MOST_MONTHS = 12


@dataclass(frozen=True)
class History:
    """The effect by months since the start, each with how many cases are under it, and the average afterwards."""

    months: tuple[tuple[int, stats.Estimate, int], ...]
    overall: stats.Estimate
    fewest: int
    before: str
    cautions: tuple[str, ...] = ()


def dynamic(study: Study) -> History | str:
    """Return the event study, or in words why it cannot be made."""
    return estimates.tried(lambda: _dynamic(study.rows, study.plan.horizon_days))


def _dynamic(rows: Sequence[ExtractRow], horizon: int) -> History:
    months = min(horizon // MONTH, MOST_MONTHS)
    kept = [row for row in rows if row.followed_days >= months * MONTH]
    starts = np.array([_starts(row, months) for row in kept])
    if not kept or months < 3 or (starts > 1).sum() < rules.FEWEST or (starts == 0).sum() < rules.FEWEST:
        raise stats.EmptyInput("event study", "has too few cases that start later, or never", "Follow for longer")
    counts = np.array([_by_month(row, months) for row in kept])
    found = stats.group_time_effects(
        counts.ravel(),
        np.repeat(np.arange(len(kept)), months),
        np.tile(np.arange(1, months + 1), len(kept)),
        np.repeat(starts, months),
        controls="not yet treated",
    )
    by_time = found.aggregate("dynamic")
    sizes = {group: int((starts == group).sum()) for group in set(found.groups.tolist())}
    parts = []
    for key, estimate in zip(by_time.keys, by_time.estimates, strict=True):
        under = sum(
            sizes[group] for group, period in zip(found.groups.tolist(), found.periods.tolist(), strict=True)
            if period - group == key
        )  # fmt: skip
        if under >= rules.FEWEST:
            parts.append((int(key), estimate, under))
    trend = estimates.tried(found.pre_trends)
    before = trend if isinstance(trend, str) else _said(trend.p_value)
    fewest = min(under for _, _, under in parts) if parts else 0
    return History(tuple(parts), by_time.overall, fewest, before, tuple(map(_caution, found.cautions)))


def _said(p: float) -> str:
    word = (
        "the groups were not on one path before the start"
        if p < 0.05
        else "no different path before the start was seen"
    )
    return f"{word} (p {'under 0.001' if p < 0.001 else f'{p:.3f}'})"


def _caution(said: str) -> str:
    """Say a method's caution of cases and months; which months few began in stays, since it would tell about them."""
    of_cases = (
        re.sub(r" \([\d., ]+\)", "", said)
        .replace("groups of under five units", "very small groups")
        .replace("units", "cases")
        .replace("started in ", "started in month ")
    )
    return gate.caution(f"Month by month, {of_cases}.")


def _starts(row: ExtractRow, months: int) -> int:
    """Return the month in which management began, 1 for the first; 0 where it did not in the months looked at."""
    if row.managed_day is None or row.managed_day >= months * MONTH:
        return 0
    return row.managed_day // MONTH + 1


def _by_month(row: ExtractRow, months: int) -> list[float]:
    days = row.act_days or ((row.next_act_day,) if row.next_act_day else ())
    return [float(sum(month * MONTH < day <= (month + 1) * MONTH for day in days)) for month in range(months)]


def figures(found: History | str) -> tuple[Figure, ...]:
    """Return the drawing of the event study with its table, or nothing where it cannot be made."""
    if isinstance(found, str) or not found.months:
        return ()
    title = "Acts a case and month around the start of management, against cases not managed yet"
    drawn = [
        drawings.Row(_named(month), estimate.estimate, estimate.low, estimate.high, hollow=month < 0)
        for month, estimate, _ in found.months
        if math.isfinite(estimate.low)
    ]
    rows = tuple(
        (
            _named(month),
            gate.said(estimate.estimate),
            f"{gate.said(estimate.low)} to {gate.said(estimate.high)}"
            if math.isfinite(estimate.low)
            else "none: all cases alike",
            str(stats.disclose_count(under)),
            _smallest(estimate),
        )
        for month, estimate, under in found.months
    )
    table = Table(
        title,
        ("Month", "Difference", "95% interval", "Cases under it", "Not shown: smallest that would have been"),
        rows,
        "sensitivity.event_study",
        "fourfold.stats.group_time_effects",
    )
    return (Figure(drawings.intervals(title, drawn, at=0), table),)


def _smallest(estimate: stats.Estimate) -> str:
    """Return the difference that a month without one would have shown; its table goes back to plan and function."""
    error = nulls.of_difference(estimate.standard_error)
    return f"{gate.said(error.high)} either way" if error and nulls.holds(estimate, error.none) else ""


def _named(month: int) -> str:
    return f"{-month} before the start" if month < 0 else f"{month + 1} of management"
