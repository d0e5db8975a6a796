"""Cumulative incidence curves that may leave: the same rule as for survival curves, for each cause by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fourfold.stats import inputs
from fourfold.stats.competing import CumulativeIncidence
from fourfold.stats.disclosure import (
    BASE,
    STEP_DAYS,
    SUPPRESSED,
    THRESHOLD,
    Released,
    Suppressed,
    disclose_count,
    read_rule,
    steps,
)
from fourfold.stats.inputs import FloatArray
from fourfold.stats.terms import OutOfRange


@dataclass(frozen=True)
class IncidencePoint:
    """The share to whom the cause came first by a day, to two decimals, with people at risk rounded."""

    day: float
    incidence: float
    low: float
    high: float
    at_risk: Released


@dataclass(frozen=True)
class DisclosedIncidence:
    """One cause's curve that may leave; it is 0 at day 0, and nothing is said beyond `until`."""

    cause: int
    points: tuple[IncidencePoint, ...]
    people: Released
    until: float
    statement: str


def disclose_incidence(
    curve: CumulativeIncidence, cause: int, *, threshold: int = THRESHOLD, base: int = BASE, step: float = STEP_DAYS
) -> DisclosedIncidence | Suppressed:
    """Let one cause's curve leave on days that are multiples of `step`, never on anybody's own day.

    It ends where fewer than `threshold` people are at risk; a point is given once as many events of this cause, and as
    many of all others or none at all, have happened since the last, so that neither follows from the other curves.
    Source: own, by the rules of Hundepool et al. 2012. Raises OutOfRange for a cause that is not there.
    """
    threshold, base = read_rule(threshold, base)
    inputs.kind("curve", curve, CumulativeIncidence, "`cumulative_incidence`")
    if cause not in curve.causes:
        raise OutOfRange("cause", f"{inputs.written(cause)} did not happen", f"Choose one of {curve.causes}")
    people = disclose_count(round(float(curve.at_risk.max())), threshold=threshold, base=base)
    own, others = _events(curve, curve.causes.index(cause))
    points, seen = [], np.zeros(2)
    for day in steps(step, float(curve.time[-1])):
        at_risk = _at_risk(curve, float(day))
        known = curve.time <= day
        now = np.array([own[known].sum(), others[known].sum()])
        if at_risk < threshold:
            break
        since = now - seen
        if since[0] >= threshold and (since[1] >= threshold or since[1] == 0):
            points.append(_point(curve, cause, float(day), at_risk, base))
            seen = now
    if not points or isinstance(people, Suppressed):
        return SUPPRESSED
    statement = (
        f"Shown to day {points[-1].day:g}, while at least {threshold} people were followed; each step holds at least "
        f"{threshold} events; people at risk are rounded to the nearest {base}."
    )
    return DisclosedIncidence(cause, tuple(points), people, points[-1].day, statement)


def _events(curve: CumulativeIncidence, row: int) -> tuple[FloatArray, FloatArray]:
    """Count the events of one cause and of all others at each time, from the curves' steps."""
    before = np.concatenate([[1.0], curve.survival[:-1]])
    steps = np.diff(curve.incidence, axis=1, prepend=0.0)
    counts = np.round(steps * curve.at_risk / np.where(before > 0, before, 1.0))
    return counts[row], counts.sum(axis=0) - counts[row]


def _at_risk(curve: CumulativeIncidence, day: float) -> float:
    place = int(np.searchsorted(curve.time, day))
    return float(curve.at_risk[place]) if place < curve.time.size else 0.0


def _point(curve: CumulativeIncidence, cause: int, day: float, at_risk: float, base: int) -> IncidencePoint:
    (here,) = curve.at(cause, [day])
    incidence, low, high = (round(value, 2) for value in (here.estimate, here.low, here.high))
    return IncidencePoint(day, incidence, low, high, Released(int((at_risk + base / 2) // base) * base, base))
