"""Whether one person's change on a scale is more than the scale's own noise (Jacobson & Truax 1991).

A reliable change is not an effect of anything: people chosen at their worst improve by themselves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from fourfold.stats import inputs
from fourfold.stats.terms import OutOfRange

CATEGORIES = ("recovered", "improved", "unchanged", "deteriorated")


@dataclass(frozen=True)
class ReliableChange:
    """The index with its parts; `reliable` where the index is at or beyond the critical value."""

    index: float
    standard_error: float
    difference_error: float
    critical: float
    reliable: bool
    method: str = "Jacobson-Truax"


def reliable_change(
    before: float, after: float, *, deviation: float, reliability: float, level: float = 0.95
) -> ReliableChange:
    """Measure a change in units of the error of a difference between two measurements.

    `deviation` is the scale's standard deviation and `reliability` its reliability (above 0, below 1), both
    from a published source to be named beside the result. Raises NotANumber and OutOfRange.
    """
    for argument, value in (("before", before), ("after", after)):
        inputs.column(argument, [value])
    spread = inputs.positive("deviation", deviation)
    error = spread * math.sqrt(1 - inputs.share("reliability", reliability))
    difference_error = math.sqrt(2) * error
    index, critical = (after - before) / difference_error, inputs.critical_value(level)
    return ReliableChange(index, error, difference_error, critical, abs(index) >= critical)


def clinical_cut_off(
    clinical_mean: float, general_mean: float, *, clinical_deviation: float, general_deviation: float
) -> float:
    """Give cut-off c, where a score belongs as well to the general as to the clinical population."""
    clinical = inputs.positive("clinical_deviation", clinical_deviation)
    general = inputs.positive("general_deviation", general_deviation)
    return (clinical * general_mean + general * clinical_mean) / (clinical + general)


def change_category(
    before: float, after: float, change: ReliableChange, *, cut_off: float, higher_is_better: bool
) -> str:
    """Name the outcome: recovered (improved and across the cut-off), improved, unchanged, deteriorated.

    Raises OutOfRange where `change` was measured on other scores.
    """
    if not math.isclose(change.index * change.difference_error, after - before, abs_tol=1e-9):
        raise OutOfRange("change", "comes from other scores", "Measure it on the same before and after")
    if not change.reliable:
        return "unchanged"
    sign = 1 if higher_is_better else -1
    if sign * change.index < 0:
        return "deteriorated"
    crossed = sign * (before - cut_off) < 0 <= sign * (after - cut_off)
    return "recovered" if crossed else "improved"
