"""What a result would be if managed people's acts are more, or less, often noticed than those of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fourfold.stats import inputs
from fourfold.stats.terms import Estimate, OutOfRange

MANAGED = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
OTHERS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True)
class DetectionRow:
    """The ratio of true acts, were these shares of acts noticed among managed people and others."""

    managed: float
    others: float
    corrected: Estimate


@dataclass(frozen=True)
class DetectionGrid:
    """Every pair of shares, and how many times as often managed acts must be noticed for the result to be nothing.

    `needed` is for the estimate, `needed_for_limit` for the interval to reach 1 (None where it holds 1 already). A value
    above 1: managed acts noticed more often hide a benefit; below 1: noticed less often feign one.
    """

    rows: tuple[DetectionRow, ...]
    needed: float
    needed_for_limit: float | None

    def at(self, managed: float, others: float) -> Estimate:
        """Give the corrected ratio for one pair of shares. Raises OutOfRange for a pair that is not in the grid."""
        for row in self.rows:
            if (row.managed, row.others) == (managed, others):
                return row.corrected
        raise OutOfRange("managed, others", f"{managed}, {others} is not in the grid", "Ask for it in the grid")


def detection_grid(
    ratio: Estimate, *, managed: Sequence[float] = MANAGED, others: Sequence[float] = OTHERS
) -> DetectionGrid:
    """Correct a ratio of recorded rates or hazards, managed over others, for each pair of detection shares.

    Recorded rate = true rate x share noticed, acts being noticed independently of each other; then the true ratio is the
    recorded one times others / managed, for rates and for the hazard of the first recorded act alike (thinning of a
    Poisson process; Kingman 1993). Raises OutOfRange for shares outside 0 to 1 or a ratio not above zero.
    """
    inputs.kind("ratio", ratio, Estimate, "a method here")
    for argument, value in (("ratio", ratio.estimate), ("ratio.low", ratio.low), ("ratio.high", ratio.high)):
        inputs.positive(argument, value)
    rows = tuple(
        DetectionRow(m, o, _corrected(ratio, _share("managed", m), _share("others", o)))
        for m in inputs.several("managed", managed)
        for o in inputs.several("others", others)
    )
    holds_one = ratio.low <= 1 <= ratio.high
    near = ratio.high if ratio.estimate < 1 else ratio.low
    return DetectionGrid(rows, ratio.estimate, None if holds_one else near)


def _share(argument: str, value: float) -> float:
    read = inputs.number(argument, value)
    if not 0 < read <= 1:
        raise OutOfRange(argument, f"holds {value}", "Give shares above 0, up to 1")
    return read


def _corrected(ratio: Estimate, managed: float, others: float) -> Estimate:
    scale = others / managed
    method = f"{ratio.method}, detection {managed:g} and {others:g}"
    return Estimate(ratio.estimate * scale, ratio.low * scale, ratio.high * scale, ratio.level, method)
