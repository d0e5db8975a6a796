"""The course of conduct as a whole: how many acts, of which kinds, how close together, where nothing is known.

Descriptions of what is on record, not predictions: an act that nobody reported leaves no trace here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from fourfold.cases.terms import Act, CourseOfConduct, Gap
from fourfold.intake.terms import Behaviour, RecordingClass

LONG_GAP = timedelta(days=30)
ENOUGH_INTERVALS = 6
"""From how many intervals on the rhythm is spoken of: seven acts; fewer say nothing either way."""

SHORTER = 2 / 3
"""Intervals shorten when the median of the later half is at most this share of that of the earlier half."""


def occasions(moments: Iterable[datetime]) -> int:
    """Return on how many occasions it happened: two records of the same moment are one occasion."""
    return len(set(moments))


def course_of_conduct(acts: Iterable[Act]) -> CourseOfConduct:
    """Return the statistics of a course of conduct, whatever the order in which the acts come."""
    ordered = sorted(acts, key=lambda act: (act.at, act.recorded_class, act.behaviours))
    moments = [act.at for act in ordered]
    kinds = Counter(kind for act in ordered for kind in dict.fromkeys(act.behaviours))
    classes = dict.fromkeys(act.recorded_class for act in ordered if act.recorded_class)
    return CourseOfConduct(
        acts=len(ordered),
        first_at=moments[0] if moments else None,
        last_at=moments[-1] if moments else None,
        kinds=tuple(sorted(kinds.items(), key=lambda item: (-item[1], item[0]))),
        classes=tuple(classes),
        breaches=sum(act.is_breach for act in ordered),
        methods_changed=methods_changed(ordered),
        shortening=shortening(moments),
        gaps=gaps(moments),
        of_no_kind=sum(not act.behaviours for act in ordered),
        undated=sum(act.undated for act in ordered),
    )


def methods_changed(ordered: Sequence[Act]) -> int:
    """Return how often an act shares no kind with the act before it; acts of no known kind are passed over."""
    known = [set(act.behaviours) for act in ordered if act.behaviours]
    return sum(not before & after for before, after in pairwise(known))


def shortening(moments: Sequence[datetime]) -> bool | None:
    """Return whether the acts come closer together; None where fewer than seven acts tell nothing.

    The plain rule: the median interval of the later half is at most two thirds of that of the earlier half; with an
    odd number of intervals the middle one belongs to neither.
    """
    steps = [(later - earlier) / timedelta(days=1) for earlier, later in pairwise(sorted(moments))]
    if len(steps) < ENOUGH_INTERVALS:
        return None
    half = len(steps) // 2
    return median(steps[-half:]) <= median(steps[:half]) * SHORTER if median(steps[:half]) else False


def gaps(moments: Sequence[datetime]) -> tuple[Gap, ...]:
    """Return the stretches of over 30 days between two acts, oldest first."""
    return tuple(Gap(a, b) for a, b in pairwise(sorted(moments)) if b - a > LONG_GAP)


_GRAVE = frozenset({RecordingClass.THREATS, RecordingClass.ASSAULT, RecordingClass.BURGLARY})
_GRAVE_KINDS = frozenset({Behaviour.THREATENS, Behaviour.ATTACKS})
_NEAR_KINDS = frozenset({Behaviour.FOLLOWS, Behaviour.WATCHES, Behaviour.LOITERS, Behaviour.INTERFERES})


def seriousness(
    recorded_class: str, behaviours: Iterable[str], *, weapon: bool | None = None, is_breach: bool = False
) -> int:
    """Return how serious an act is on the scale of the pattern's drawing, 1 to 3.

    3: a weapon, a threat, an attack, a burglary. 2: a breach of an order, or coming near the victim or their things. 1: the
    rest. Our own scale for drawing and sorting; nothing is decided from it.
    """
    kinds = set(behaviours)
    if weapon or recorded_class in _GRAVE or kinds & _GRAVE_KINDS:
        return 3
    return 2 if is_breach or recorded_class == RecordingClass.BREACH_OF_ORDER or kinds & _NEAR_KINDS else 1
