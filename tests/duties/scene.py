"""What waits for somebody in a test, and how it is said."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from fourfold.access.queries import may
from fourfold.audit.terms import Actor
from fourfold.duties.queries import Waiting, parts_of, waiting
from fourfold.web import worklist
from tests.cast import NOW


def waits(actor: Actor, *kinds: str, at: datetime = NOW) -> tuple[Waiting, ...]:
    """Return what waits of these kinds in the cases that somebody may open."""
    return waiting(actor=actor, kinds=kinds, at=at, parts=parts_of(actor, at))


def said(row: Waiting, actor: Actor, at: datetime = NOW) -> worklist.WorkRow | None:
    """Return the row of the day that says it, None where it is not for this reader."""
    reverse("home")  # reads every page
    (says,) = (each.says for each in worklist.SOURCES if each.kind == row.kind and each.says)
    return says(row, actor, at)


def day_of(actor: Actor, kind: str, at: datetime = NOW) -> list[worklist.WorkRow]:
    """Return the rows of one kind that somebody's day says."""
    reverse("home")
    (each,) = (each for each in worklist.SOURCES if each.kind == kind and each.says)
    if not may(actor, each.permission):
        return []
    return [row for _, row in worklist.rows_of([each], waits(actor, each.kept_as, at=at), actor, at)]


def silent(actor: Actor, at: datetime) -> list[tuple[str, int]]:
    """Return the cases whose victims somebody's day says are silent, and for how many days, the longest first."""
    rows = sorted(day_of(actor, "silence", at), key=lambda row: row.due_at or at)
    return [(row.case, (at - row.due_at).days + 14) for row in rows if row.due_at]
