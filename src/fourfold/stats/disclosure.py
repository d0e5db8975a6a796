"""Which numbers may leave: small counts stay, and nothing published lets anyone work them out.

Counts under the threshold do not leave, zero included; the rest are rounded to the nearest 5; in tables
with totals, further cells stay so that linear programming on all that is shown cannot pin a small count.
Sources: UK Longitudinal Linkage Collaboration output rules; Fischetti & Salazar-González 1999 for cell
suppression.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.cell_suppression import AttackInterval, attack, complementary_cells
from fourfold.stats.survival import SurvivalCurve
from fourfold.stats.terms import Estimate, OutOfRange, WrongShape

THRESHOLD = 10
BASE = 5
STEP_DAYS = 30.0
MOST_STEPS = 100_000


@dataclass(frozen=True)
class Suppressed:
    """A number that does not leave. It says so, holds nothing, and cannot be used as a number.

    It does not say why: a mark "under 10" on some cells would tell a reader which of them to attack.
    """

    def __str__(self) -> str:
        return "suppressed"


@dataclass(frozen=True)
class Released:
    """A count that may leave, rounded to the nearest `base`."""

    count: int
    base: int = BASE

    def __str__(self) -> str:
        return f"{self.count:,}"


Cell = Released | Suppressed
SUPPRESSED = Suppressed()


@dataclass(frozen=True)
class DisclosedTable:
    """A two-way table that may leave, with its totals; cells are rows of `Released` or `Suppressed`.

    Rounded cells need not add up to rounded totals, which is said beneath the table.
    """

    row_names: tuple[str, ...]
    column_names: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    row_totals: tuple[Cell, ...]
    column_totals: tuple[Cell, ...]
    total: Cell
    statement: str


@dataclass(frozen=True)
class DisclosureRecord:
    """Why each cell stayed, and how closely an attacker could come. For the audit file: it never leaves.

    Cells are (row, column); the totals are the last row and column.
    """

    threshold: int
    primary: tuple[tuple[int, int], ...]
    secondary: tuple[tuple[int, int], ...]
    intervals: tuple[AttackInterval, ...]

    @property
    def narrowest(self) -> float | None:
        """Give the width of the closest guess at a small count; None where none was small."""
        return min((interval.width for interval in self.intervals), default=None)


@dataclass(frozen=True)
class ProtectedTable:
    """The table that may leave beside the record that may not."""

    published: DisclosedTable
    record: DisclosureRecord


@dataclass(frozen=True)
class DisclosedPoint:
    """A point of a curve that may leave: survival to two decimals, people at risk rounded."""

    day: float
    survival: float
    low: float
    high: float
    at_risk: Released


@dataclass(frozen=True)
class DisclosedCurve:
    """A survival curve that may leave: cut where few are left, each step made by enough events.

    The curve is 1 at day 0 and has the points' values on their days; nothing is said beyond `until`.
    """

    points: tuple[DisclosedPoint, ...]
    people: Released
    until: float
    statement: str


def disclose_count(count: int, *, threshold: int = THRESHOLD, base: int = BASE) -> Cell:
    """Round a count that may leave; suppress one under the threshold, zero included.

    Source: own, the programme's agreement; Hundepool et al. 2012 for the rules. Raises OutOfRange for a negative or
    fractional count, or a threshold or base under 1.
    """
    threshold, base = read_rule(threshold, base)
    value = inputs.times("count", [count])[0]
    if value % 1:
        raise OutOfRange("count", f"is {value:g}", "Give a whole number of people")
    return Released(_rounded(value, base), base) if value >= threshold else SUPPRESSED


def disclose_estimate(estimate: Estimate, people: int, *, threshold: int = THRESHOLD) -> Estimate | Suppressed:
    """Let a share, mean or model result leave only where it rests on enough people.

    `people` is the smallest group under it, such as those with the event in the smaller arm. Source: own, by the rules
    of Hundepool et al. 2012. Raises WrongKind for what is no `estimate`, OutOfRange.
    """
    threshold, _ = read_rule(threshold)
    inputs.kind("estimate", estimate, Estimate, "a method here")
    return estimate if inputs.times("people", [people])[0] >= threshold else SUPPRESSED


def read_rule(threshold: float, base: float = BASE) -> tuple[int, int]:
    """Read a threshold and a base of rounding, whole numbers of people; one of zero would let everything leave."""
    return inputs.whole_number("threshold", threshold, least=1), inputs.whole_number("base", base, least=1)


def steps(step: float, last: float) -> npt.NDArray[np.float64]:
    """Give the days on which a curve may be told of, multiples of `step` up to the first at or after the last one."""
    if not last / inputs.positive("step", step) <= MOST_STEPS:
        raise OutOfRange("step", f"is {step:g} for a curve to {last:g}", "Give a step of some days")
    return np.arange(step, last + step, step)


def protect_table(
    counts: npt.ArrayLike,
    row_names: Sequence[str],
    column_names: Sequence[str],
    *,
    threshold: int = THRESHOLD,
    base: int = BASE,
) -> ProtectedTable:
    """Suppress small counts (rows, columns) and as few other cells as it takes, all totals being shown.

    Afterwards nobody who knows every cell shown exactly, and that counts are not negative, can place a small count in
    an interval narrower than the threshold. Totals are given up last. `row_names` and `column_names` are words; `base`
    is what is rounded to. Source: Hundepool et al. 2012. Raises WrongShape and OutOfRange.
    """
    row_names = inputs.several("row_names", row_names)
    column_names = inputs.several("column_names", column_names)
    table = _read_table(counts, row_names, column_names)
    threshold, base = read_rule(threshold, base)
    full = with_totals(table)
    primary = full < threshold
    hidden = primary | complementary_cells(full, primary, width=threshold)
    record = DisclosureRecord(
        threshold=threshold,
        primary=_places(primary),
        secondary=_places(hidden & ~primary),
        intervals=attack(full, hidden, primary),
    )
    return ProtectedTable(_publish(full, hidden, row_names, column_names, threshold, base), record)


def with_totals(table: inputs.FloatArray) -> inputs.FloatArray:
    """Add the row totals as a last column and the column totals as a last row."""
    wide = np.column_stack([table, table.sum(axis=1)])
    return np.vstack([wide, wide.sum(axis=0)])


def disclose_curve(
    curve: SurvivalCurve, *, threshold: int = THRESHOLD, base: int = BASE, step: float = STEP_DAYS
) -> DisclosedCurve | Suppressed:
    """Let a survival curve leave on days that are multiples of `step`, never on anybody's own day.

    It ends where fewer than `threshold` people are at risk, and a point is given only once as many events have happened
    since the last one. Suppressed where there are fewer events or people than that. Source: own, by the rules of
    Hundepool et al. 2012. Raises WrongKind for what is no curve, OutOfRange.
    """
    threshold, base = read_rule(threshold, base)
    inputs.kind("curve", curve, SurvivalCurve, "`kaplan_meier`")
    points, seen = [], 0.0
    for day in steps(step, float(curve.time[-1])):
        (at_risk,) = curve.numbers_at_risk([day])
        events = float(curve.events[curve.time <= day].sum())
        if at_risk < threshold:
            break
        if events - seen >= threshold:
            points.append(_point(curve, float(day), at_risk, base))
            seen = events
    if not points or curve.people < threshold:
        return SUPPRESSED
    statement = (
        f"Shown to day {points[-1].day:g}, while at least {threshold} people were followed; each step holds "
        f"at least {threshold} events; people at risk are rounded to the nearest {base}."
    )
    return DisclosedCurve(tuple(points), Released(_rounded(curve.people, base), base), points[-1].day, statement)


def _point(curve: SurvivalCurve, day: float, at_risk: float, base: int) -> DisclosedPoint:
    (here,) = curve.at([day])
    survival, low, high = (round(value, 2) for value in (here.estimate, here.low, here.high))
    return DisclosedPoint(day, survival, low, high, Released(_rounded(at_risk, base), base))


def _rounded(value: float, base: int) -> int:
    """Round to the nearest multiple of the base; the middle goes up, where Python's round goes to even."""
    return int((value + base / 2) // base) * base


def _read_table(counts: npt.ArrayLike, row_names: Sequence[str], column_names: Sequence[str]) -> inputs.FloatArray:
    names = tuple(name if isinstance(name, str) else inputs.written(name) for name in column_names)
    shape = inputs.numbers("counts", counts).shape
    if len(shape) != 2 or shape != (len(row_names), len(names)):
        wanted = f"{len(row_names)} rows and {len(names)} columns"
        raise WrongShape("counts", f"has shape {shape}", f"Give {wanted}, as named")
    _, table = inputs.covariates(counts, names, shape[0])
    if (table < 0).any() or (table % 1).any():
        raise OutOfRange("counts", "holds a negative or fractional count", "Give whole numbers of people")
    return table


def _publish(
    full: inputs.FloatArray,
    hidden: npt.NDArray[np.bool_],
    row_names: Sequence[str],
    column_names: Sequence[str],
    threshold: int,
    base: int,
) -> DisclosedTable:
    shown = [
        tuple(SUPPRESSED if gone else Released(_rounded(value, base), base) for value, gone in zip(*row, strict=True))
        for row in zip(full.tolist(), hidden.tolist(), strict=True)
    ]
    statement = (
        f"Counts under {threshold}, zero included, are suppressed, with others from which they could be "
        f"worked out; the rest are rounded to the nearest {base} and need not add up."
    )
    return DisclosedTable(
        row_names=tuple(row_names),
        column_names=tuple(column_names),
        cells=tuple(row[:-1] for row in shown[:-1]),
        row_totals=tuple(row[-1] for row in shown[:-1]),
        column_totals=shown[-1][:-1],
        total=shown[-1][-1],
        statement=statement,
    )


def _places(mask: npt.NDArray[np.bool_]) -> tuple[tuple[int, int], ...]:
    return tuple((int(row), int(col)) for row, col in np.argwhere(mask))
