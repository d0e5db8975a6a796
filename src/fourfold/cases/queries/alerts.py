"""What happened to somebody's own cases since they left: what others did, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, CaseAct, LevelSet, StateSet
from fourfold.cases.queries.listing import related_to

SAME_VISIT = timedelta(hours=1)
LONGEST_AWAY = timedelta(days=14)
MOST = 8


@dataclass(frozen=True)
class Alert:
    """Something that somebody else did to one of the reader's cases."""

    at: datetime
    reference: str
    what: str


@dataclass(frozen=True)
class SinceYouLeft:
    """When the reader left (None: never here before), and what others did since, the newest first.

    The moment itself is shown nowhere: it would tell of work on a case that a wall has closed since.
    """

    left_at: datetime | None
    alerts: tuple[Alert, ...]


def since_you_left(*, actor: Actor, at: datetime) -> SinceYouLeft:
    """Return what others did to the actor's own cases since the visit before this one, at most eight.

    Who was away for long is told of the last two weeks. Four statements and the log's.
    """
    earlier = Entry.objects.filter(actor=actor.staff, at__lt=at - SAME_VISIT).order_by("-seq")
    left_at = earlier.values_list("at", flat=True).first()
    since = max(left_at or at, at - LONGEST_AWAY)
    found = sorted(_happened(actor, at, since), key=lambda alert: alert.at, reverse=True)[:MOST]
    audit.consulted(actor, "case.alerts", at=at, compartments={"core"}, count=len(found))
    return SinceYouLeft(left_at, tuple(found))


def _happened(actor: Actor, at: datetime, since: datetime) -> Iterator[Alert]:
    for row in _others(CaseAct.objects.visible_to(actor, at=at), "joined_at", actor, at, since):
        yield Alert(row.joined_at, row.case.reference, f"an act of {row.happened_at:%-d %B} joined")
    for level in _others(LevelSet.objects.visible_to(actor, at=at), "set_at", actor, at, since):
        yield Alert(level.set_at, level.case.reference, f"the level was set ({level.set_in})")
    for state in _others(StateSet.objects.visible_to(actor, at=at), "entered_at", actor, at, since):
        yield Alert(state.entered_at, state.case.reference, f"the case is {state.state.replace('_', ' ')} now")


def _others(rows: QuerySet[Any], moment: str, actor: Actor, at: datetime, since: datetime) -> QuerySet[Any]:
    """Keep what others did to the actor's cases since a moment, in one statement that begins at those cases."""
    found = rows.filter(case__in=related_to(actor, at), **{f"{moment}__gt": since, f"{moment}__lte": at})
    return found.exclude(recorded_by=actor.staff).select_related("case").order_by(f"-{moment}")[:MOST]


def my_references(*, actor: Actor, at: datetime) -> frozenset[str]:
    """Return the references of the cases in which the actor has a part, to say which of a list are theirs."""
    mine = Case.objects.unscoped("which rows of a scoped list are the actor's own").filter(pk__in=related_to(actor, at))
    return frozenset(mine.values_list("reference", flat=True))


def open_references(*, actor: Actor, references: Iterable[str], at: datetime) -> frozenset[str]:
    """Return which of these references lead to cases that the actor may open now. One statement."""
    rows = Case.objects.visible_to(actor, at=at).filter(reference__in=list(references))
    return frozenset(rows.values_list("reference", flat=True))
