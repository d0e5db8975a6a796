"""A case's level in a list about something else: only where the risk is open to the reader."""

from datetime import datetime
from typing import Any

from fourfold.access.scoping import ScopedQuerySet, opens
from fourfold.access.terms import Compartment, Opened
from fourfold.audit.terms import Actor
from fourfold.cases.terms import SHUT, Level, ShownLevel


def with_risk(rows: ScopedQuerySet[Any], actor: Actor, at: datetime) -> ScopedQuerySet[Any]:
    """Add `sees_risk` to the rows of cases: whether the case's risk is open to the actor. No statement of its own."""
    path = getattr(rows.model, "FILE_PATH", "pk")
    return rows.annotate(sees_risk=opens(actor, Compartment.RISK, path, at=at))


def risk_of(row: Any) -> frozenset[Compartment]:
    """Return what a row with `sees_risk` opens to its reader, for a projection with a level."""
    return frozenset({Compartment.RISK} if row.sees_risk else ())


def level_shown(level: str, *, sees_risk: bool) -> ShownLevel:
    """Return a level as it is kept, or SHUT."""
    return (Level(level) if level else None) if sees_risk else SHUT


def level_in(opened: Opened, level: str) -> ShownLevel:
    """Return the level of an opened case as it is kept, or SHUT."""
    return level_shown(level, sees_risk=opened.may_read(Compartment.RISK) and opened.as_of is None)
