"""What must be done now, by profession: the open ends of each slice as rows of one list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from fourfold.access import queries as access_queries
from fourfold.access.terms import Permission
from fourfold.audit.terms import Actor
from fourfold.web.components.words import ago, moment, overdue_by


@dataclass(frozen=True)
class WorkRow:
    """One thing to do: when, what, on which case and why; `rank` orders what has no date."""

    due_at: datetime | None
    what: str
    href: str
    why: str
    case_text: str = ""
    case_href: str = ""
    level: str | None = None
    detail: str = ""
    due: str = ""
    due_note: str = ""
    overdue: bool = False
    rank: int = 5


@dataclass(frozen=True)
class Today:
    """The home page: the most urgent thing, then the rest, the most overdue first."""

    first: WorkRow | None
    rows: tuple[WorkRow, ...]
    overdue: int


Source = Callable[[Actor, datetime], Iterator[WorkRow]]
#: Each area adds its open ends here: the permission without which it is not asked, and what it yields.
SOURCES: list[tuple[Permission, Source]] = []


def source(permission: Permission) -> Callable[[Source], Source]:
    """Register a function that yields what is to be done, for whoever holds the permission."""

    def register(function: Source) -> Source:
        SOURCES.append((permission, function))
        return function

    return register


def today(actor: Actor, at: datetime) -> Today:
    """Gather the actor's open ends, overdue first, then by date, at most sixty."""
    rows = [
        _dated(row, at)
        for permission, function in SOURCES
        if access_queries.may(actor, permission)
        for row in function(actor, at)
    ]
    rows.sort(key=lambda row: (not row.overdue, row.due_at or at + timedelta(days=row.rank)))
    first = rows[0] if rows and rows[0].overdue else None
    return Today(first, tuple(rows[1:60] if first else rows[:60]), sum(row.overdue for row in rows))


def _dated(row: WorkRow, at: datetime) -> WorkRow:
    from dataclasses import replace

    if row.due_at is None:
        return replace(row, due=row.due or "no date")
    late = row.due_at < at
    return replace(
        row,
        overdue=late,
        due=overdue_by(row.due_at, at) if late else moment(row.due_at),
        due_note=moment(row.due_at) if late else ago(row.due_at, at),
    )


def case_link(reference: str) -> str:
    """Return the address of a case."""
    return reverse("case:pattern", kwargs={"reference": reference})
