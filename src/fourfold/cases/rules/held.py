"""How soon somebody must act on a report because of what the unit holds of the people it tells of."""

from collections.abc import Collection

from fourfold.cases.terms import Level
from fourfold.intake.terms import Urgency

_RANKS = {urgency: rank for rank, urgency in enumerate(Urgency)}


def soonest(*urgencies: Urgency) -> Urgency:
    """Return the most pressing."""
    return min(urgencies, key=_RANKS.__getitem__)


def rank(urgency: Urgency) -> int:
    """Return the place of it in a queue, 0 first."""
    return _RANKS[urgency]


def urgency_held(levels: Collection[Level | None], *, under_order: bool, of_the_pair: int) -> Urgency:
    """Return how soon somebody must act by what is held: a reason only ever makes it sooner. Our own scale.

    `levels` are those of the open cases whose people a report names, None where it is not set or closed to the reader;
    `under_order` says that it would be an act under an order in force; `of_the_pair` counts the other reports that may
    be of the same course of conduct. Now: a subject of very high risk. Today: an order in force, or high risk.
    """
    if Level.VERY_HIGH in levels:
        return Urgency.NOW
    if under_order or Level.HIGH in levels:
        return Urgency.TODAY
    return Urgency.SOON if levels or of_the_pair else Urgency.ROUTINE
