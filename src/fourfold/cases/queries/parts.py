"""Parts in cases that were asked for: what waits for somebody else of that agency, and what was given of late."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet, Value

from fourfold.access import employing
from fourfold.access import queries as access_queries
from fourfold.access.paging import WHOLE
from fourfold.access.roles import casework_sites
from fourfold.access.scoping import walled_off
from fourfold.access.signatories import records_of
from fourfold.access.terms import NotFound, RelationKind, Role
from fourfold.audit.terms import Actor
from fourfold.cases.models import PartAsked
from fourfold.cases.queries.listing import related_to

#: How long the people of a case see on their list that somebody was given a part in it. Our own choice.
TOLD_FOR = timedelta(days=14)
WHY = "who takes which part, and in which case; nothing of the case is shown"


@dataclass(frozen=True)
class PartShown:
    """A part in a case: who takes it, who asked, who confirmed it and when; `first`: the first that they hold at all."""

    id: UUID
    reference: str
    who: str
    kind: RelationKind
    asked_by: str
    asked_at: datetime
    answered_by: str
    answered_at: datetime | None
    first: bool


def parts_to_confirm(*, actor: Actor, at: datetime) -> tuple[PartShown, ...]:
    """Return the parts that wait for the actor: taken by somebody else of their agency, asked for by somebody else."""
    return _shown(actor, _to_confirm(actor, at))


def part_to_confirm(*, actor: Actor, asked: UUID, at: datetime) -> PartShown:
    """Return one part that waits for the actor, or raise NotFound."""
    found = _shown(actor, _to_confirm(actor, at).filter(pk=asked))
    if not found:
        raise NotFound
    return found[0]


def parts_waiting(*, actor: Actor, case_id: UUID, at: datetime) -> tuple[PartShown, ...]:
    """Return the parts in a case that nobody has confirmed yet, where the case is open to the actor."""
    return _shown(actor, PartAsked.objects.visible_to(actor, at=at).filter(case=case_id, answered_at__isnull=True))


def parts_given(*, actor: Actor, at: datetime) -> tuple[PartShown, ...]:
    """Return the parts that others were given of late, by others, in the cases in which the actor has one."""
    rows = PartAsked.objects.visible_to(actor, at=at).filter(case__in=related_to(actor, at), given=True)
    own = records_of(actor)
    rows = rows.exclude(Q(staff__in=own) | Q(answered_by__in=own))
    return _shown(actor, rows.filter(answered_at__gt=at - TOLD_FOR))


def parts_of_the_day(*, actor: Actor, at: datetime) -> tuple[PartShown, ...]:
    """Return what waits for the actor's word, and what others were given in the actor's cases; one statement for most."""
    if Role.AGENCY_LEAD in actor.roles:
        return parts_to_confirm(actor=actor, at=at) + parts_given(actor=actor, at=at)
    own = records_of(actor)
    waiting = Q(answered_at__isnull=True, staff__partner=actor.partner, case__site__in=sorted(casework_sites(actor)))
    given = Q(given=True, answered_at__gt=at - TOLD_FOR, case__in=related_to(actor, at)) & ~Q(answered_by__in=own)
    asked = waiting & ~Q(recorded_by__in=own)
    return _shown(actor, PartAsked.objects.visible_to(actor, at=at).filter(asked | given).exclude(staff__in=own))


def first_parts(*, actor: Actor, at: datetime) -> tuple[PartShown, ...]:
    """Return, for oversight, whose first part in any case of the actor's sites was given of late; no case is opened."""
    return _shown(actor, _first(actor, at))


def to_look_at(*, actor: Actor, at: datetime) -> tuple[int, int]:
    """Return how many those are, and how many accounts the host made of late. One statement for both."""
    parts = _first(actor, at).order_by().values_list(Value(0))
    made = employing.host_made(at=at).order_by().values_list(Value(1))
    found = list(parts.union(made, all=True))
    return found.count((0,)), found.count((1,))


def _first(actor: Actor, at: datetime) -> QuerySet[PartAsked]:
    rows = PartAsked.objects.unscoped(WHY).filter(case__site__in=sorted(actor.sites), given=True, first=True)
    return _unwalled(rows, actor, at).filter(answered_at__gt=at - TOLD_FOR)


def _to_confirm(actor: Actor, at: datetime) -> QuerySet[PartAsked]:
    rows = PartAsked.objects.unscoped(WHY).filter(staff__partner=actor.partner, answered_at__isnull=True)
    if Role.AGENCY_LEAD not in actor.roles:
        rows = rows.filter(case__site__in=sorted(casework_sites(actor)))
    own = records_of(actor)
    return _unwalled(rows, actor, at).exclude(staff__in=own).exclude(recorded_by__in=own)


def _unwalled(rows: QuerySet[PartAsked], actor: Actor, at: datetime) -> QuerySet[PartAsked]:
    for path in ("case_id", "case__victim_id", "case__subject_id"):
        rows = rows.exclude(walled_off(actor, path, at=at))
    return rows


def _shown(actor: Actor, rows: QuerySet[PartAsked]) -> tuple[PartShown, ...]:
    found = list(rows.select_related("case", "staff").order_by("-recorded_at", "id")[:WHOLE])
    names = access_queries.names_of(_people(found)) if found else {}
    return tuple(
        PartShown(
            id=row.pk,
            reference=row.case.reference,
            who=row.staff.name,
            kind=RelationKind(row.kind),
            asked_by=names.get(row.recorded_by, "somebody who left"),
            asked_at=row.recorded_at,
            answered_by=names.get(row.answered_by, "") if row.answered_by else "",
            answered_at=row.answered_at,
            first=row.first,
        )
        for row in found
    )


def _people(rows: Iterable[PartAsked]) -> set[UUID]:
    return {row.recorded_by for row in rows} | {row.answered_by for row in rows if row.answered_by}
