"""Whether one person's change on a scale is more than the scale's own noise (Jacobson & Truax 1991).

A reliable change is not an effect of anything: people chosen at their worst improve by themselves.

    SEM = SD √(1 − r)      a change counts from z √2 SEM on      criterion c = (SD_c M_g + SD_g M_c) / (SD_c + SD_g)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from fourfold.stats import inputs
from fourfold.stats.terms import EmptyInput, OutOfRange

_ROUNDING = 1e-9


class ChangeOutcome(StrEnum):
    """What may be said of two measurements of one person."""

    RELIABLE_IMPROVEMENT = "reliable_improvement"
    RELIABLE_DETERIORATION = "reliable_deterioration"
    NO_RELIABLE_CHANGE = "no_reliable_change"
    NOT_ASSESSABLE = "not_assessable"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ")


@dataclass(frozen=True)
class ReliableChange:
    """The index with its parts; `reliable` where the index is at or beyond the critical value."""

    index: float
    standard_error: float
    difference_error: float
    critical: float
    reliable: bool
    method: str = "Jacobson-Truax"


@dataclass(frozen=True)
class ChangeNorm:
    """A cited yardstick for change on one scale, chosen on a day before the measures are seen.

    Either `points`, a published threshold ("six points and more"), or `deviation` with `reliability` (and which:
    `reliability_kind`, "alpha" or "test-retest", for they differ), or the `standard_error` of a measurement.
    `caseness` is the score nearest to health that still counts as a case, in points of the scale. Raises EmptyInput
    without a source, OutOfRange where it says none or several of the three.
    """

    scale: str
    population: str
    citation: str
    chosen_on: date
    points: float | None = None
    deviation: float | None = None
    reliability: float | None = None
    reliability_kind: str = ""
    standard_error: float | None = None
    level: float = 0.95
    caseness: float | None = None

    def __post_init__(self) -> None:
        for argument in ("scale", "population", "citation"):
            if not getattr(self, argument).strip():
                raise EmptyInput(argument, "is empty", "Name the scale, the people and the publication")
        given = (self.points, self.deviation, self.standard_error)
        if sum(value is not None for value in given) != 1 or (self.deviation is None) != (self.reliability is None):
            raise OutOfRange("points", "and its alternatives do not fit", "Give one: points, deviation and reliability, or standard_error")  # fmt: skip
        inputs.positive("threshold", self.threshold)

    @property
    def threshold(self) -> float:
        """From how many points on a change counts."""
        if self.points is not None:
            return self.points
        error = self.standard_error
        if error is None:
            error = standard_error_of_measurement(float(self.deviation or 0), float(self.reliability or 0))
        return change_threshold(error, level=self.level)


@dataclass(frozen=True)
class Measured:
    """One measurement: its score (None: not scored), its day, the version of the form, and how it was taken."""

    score: float | None
    on: date
    version: str
    mode: str = ""


@dataclass(frozen=True)
class Change:
    """What may be said of one person's change, and by which norm. `why` says why nothing can be, else it is empty.

    `difference` is after minus before, in points. `recovered` says that the score crossed from case to no case (None
    where the norm has no cut-off, or the person was no case); `reliable_recovery` that it did so by a reliable
    improvement. `notes` belong beside it: a mode that changed, a norm chosen after the measure was taken.
    """

    outcome: ChangeOutcome
    norm: ChangeNorm
    threshold: float
    difference: float | None = None
    recovered: bool | None = None
    reliable_recovery: bool | None = None
    why: str = ""
    notes: tuple[str, ...] = ()


def standard_error_of_measurement(deviation: float, reliability: float) -> float:
    """Give the standard error of one measurement, SD √(1 − r), in points.

    `deviation` is the scale's standard deviation SD, `reliability` its r. Source: Jacobson & Truax 1991. Raises
    OutOfRange.
    """
    spread = inputs.positive("deviation", deviation)
    return spread * math.sqrt(1 - inputs.share("reliability", reliability))


def change_threshold(standard_error: float, *, level: float = 0.95) -> float:
    """Give the difference from which on a change is reliable, z √2 SEM, in points.

    `standard_error` is that of one measurement, in points. Source: Jacobson & Truax 1991. Raises OutOfRange.
    """
    return inputs.critical_value(level) * math.sqrt(2) * inputs.positive("standard_error", standard_error)


def whole_points(threshold: float) -> int:
    """Round a threshold up to the whole points that reach it: 3.53 needs 4.

    Source: own, no rounding in anybody's favour. Raises NotANumber, and OutOfRange.
    """
    return math.ceil(inputs.positive("threshold", threshold) - _ROUNDING)


def reliable_change(
    before: float, after: float, *, deviation: float, reliability: float, level: float = 0.95
) -> ReliableChange:
    """Measure a change in units of the error of a difference between two measurements.

    `deviation` is the scale's standard deviation and `reliability` its reliability (above 0, below 1), both from a
    published source to be named beside the result. `before` and `after` are the two scores, in points. Source: Jacobson
    & Truax 1991. Raises NotANumber and OutOfRange.
    """
    before, after = inputs.finite("before", before), inputs.finite("after", after)
    error = standard_error_of_measurement(deviation, reliability)
    difference_error = math.sqrt(2) * error
    index, critical = (after - before) / difference_error, inputs.critical_value(level)
    return ReliableChange(index, error, difference_error, critical, abs(index) >= critical)


def clinical_cut_off(
    clinical_mean: float, general_mean: float, *, clinical_deviation: float, general_deviation: float
) -> float:
    """Give cut-off c, where a score belongs as well to the general as to the clinical population.

    Takes both populations' mean and standard deviation, `clinical_mean`, `general_mean`, `clinical_deviation` and
    `general_deviation`, in points. Source: Jacobson & Truax 1991. Raises NotANumber, and OutOfRange for a deviation not
    above zero.
    """
    clinical = inputs.positive("clinical_deviation", clinical_deviation)
    general = inputs.positive("general_deviation", general_deviation)
    centres = (inputs.finite("general_mean", general_mean), inputs.finite("clinical_mean", clinical_mean))
    return (clinical * centres[0] + general * centres[1]) / (clinical + general)


def assess_change(
    before: Measured | None, after: Measured | None, *, norm: ChangeNorm, higher_is_better: bool
) -> Change:
    """Say what one person's change amounts to by a norm; the direction comes from the scale's definition.

    Not assessable, with the reason: a measure that is missing or not scored, one point only, another version of the
    form. `higher_is_better` is the direction of the scale. Source: Jacobson & Truax 1991. Raises OutOfRange where
    `after` comes before `before`, NotANumber for a score that is none.
    """
    for argument, measure in (("before", before), ("after", after)):
        if measure is not None:
            inputs.kind(argument, measure, Measured, "`Measured`")
    inputs.kind("norm", norm, ChangeNorm, "`ChangeNorm`")
    why = _why_not(before, after)
    if before is None or after is None or before.score is None or after.score is None or why:
        return Change(ChangeOutcome.NOT_ASSESSABLE, norm, norm.threshold, why=why)
    first, second = inputs.column("score", [before.score, after.score]).tolist()
    difference = second - first
    better = difference if higher_is_better else -difference
    outcome = _outcome(better, norm.threshold)
    recovered = _recovered(first, second, norm.caseness, higher_is_better)
    improved = outcome is ChangeOutcome.RELIABLE_IMPROVEMENT
    return Change(
        outcome=outcome, norm=norm, threshold=norm.threshold, difference=difference, recovered=recovered,
        reliable_recovery=None if recovered is None else recovered and improved,
        notes=tuple(_notes(before, after, norm)),
    )  # fmt: skip


def _why_not(before: Measured | None, after: Measured | None) -> str:
    if before is None and after is None:
        return "There is no measure yet."
    if before is None or after is None:
        return "There is one measure only; a change needs two."
    if after.on < before.on:
        raise OutOfRange("after", f"was taken on {after.on}, before the first", "Give the earlier measure first")
    if before.score is None or after.score is None:
        return f"The {'first' if before.score is None else 'second'} measure was not scored."
    if before.version != after.version:
        return f"The measures were taken on different versions, {before.version} and {after.version}."
    return ""


def _outcome(better: float, threshold: float) -> ChangeOutcome:
    if abs(better) < threshold - _ROUNDING:
        return ChangeOutcome.NO_RELIABLE_CHANGE
    return ChangeOutcome.RELIABLE_IMPROVEMENT if better > 0 else ChangeOutcome.RELIABLE_DETERIORATION


def _recovered(before: float, after: float, caseness: float | None, higher_is_better: bool) -> bool | None:
    """Return whether a case became none; None where there is no cut-off or the person was no case before."""
    if caseness is None:
        return None
    sign = 1 if higher_is_better else -1
    was_case, is_case = sign * (before - caseness) <= 0, sign * (after - caseness) <= 0
    return not is_case if was_case else None


def _notes(before: Measured, after: Measured, norm: ChangeNorm) -> list[str]:
    notes = []
    if before.mode != after.mode:
        notes.append(f"Taken differently: {before.mode or 'not said'}, then {after.mode or 'not said'}.")
    if norm.chosen_on > after.on:
        notes.append(f"The norm was chosen on {norm.chosen_on}, after this measure was taken.")
    return notes
