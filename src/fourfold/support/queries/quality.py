"""What victims were to be told by when, and whether they were: for the quality board, without a word of a file."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from fourfold.access import queries as access_queries
from fourfold.access.conditions import Rarely
from fourfold.access.scoping import walled_off
from fourfold.access.statements import composed
from fourfold.access.terms import Permission
from fourfold.audit.terms import Actor
from fourfold.support.models import Update
from fourfold.support.terms import UpdateKind

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class ToldInTime:
    """One thing that a victim was to be told: in which case, by which day, and on which day they were; None: not yet."""

    case: UUID
    what: UpdateKind
    due_on: date
    told_on: date | None


def told_in_time(*, actor: Actor, site: str, since: date, at: datetime) -> tuple[ToldInTime, ...]:
    """Return what the victims of a site were to be told since a day, of the cases that the actor may count. One statement.

    Who watches over a unit and opens no file counts them all, without those from which they are kept.
    """
    return tuple(
        ToldInTime(case, UpdateKind(what), due_on, told.astimezone(LONDON).date() if told else None)
        for case, what, due_on, told in _told(actor, at, site, since=since)
    )


@composed
def _told(actor: Actor, at: datetime, site: str, *, since: date) -> Any:
    if access_queries.may(actor, Permission.CASE_VIEW, site=site):
        rows = Update.objects.visible_to(actor, at=at)
    else:
        rows = Update.objects.unscoped("counted for who may read the unit's quality, never shown")
        rows = rows.exclude(walled_off(actor, "case_id", at=at))
    # Begun at the days: SQLite, where it never counted the table, would look up each case of the site.
    rows = rows.filter(Rarely(Q(due_on__gte=since)), case__site=site, dropped_at=None)
    return rows.values_list("case_id", "what", "due_on", "told__told_at")
