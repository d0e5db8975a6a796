"""Packs that wait for a second person's word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.paging import WHOLE
from fourfold.access.projection import Projection, Staff
from fourfold.access.signatories import records_of
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.queries.level_shown import risk_of, with_risk
from fourfold.cases.terms import ShownLevel
from fourfold.governance.models import Pack
from fourfold.governance.terms import PackKind


@dataclass(frozen=True)
class PackWaiting:
    """A pack that somebody made and nobody has released yet: for whom it was asked, and by when it must leave."""

    id: UUID
    reference: str
    level: ShownLevel
    kind: PackKind
    made_by: str
    due_on: date


WAITING = Projection(
    PackWaiting,
    Pack,
    reference="case__reference",
    level="case__level",
    made_by=Staff("recorded_by", "somebody who left"),
)


def packs_to_release(*, actor: Actor, at: datetime) -> tuple[PackWaiting, ...]:
    """Return the packs of cases open to the actor that nobody has released and that somebody else made, the first due
    first: three statements and the log's, none for whoever releases no pack.
    """
    if not access_queries.may(actor, Permission.PACK_RELEASE):
        return ()
    rows = with_risk(Pack.objects.visible_to(actor, at=at), actor, at).filter(release__isnull=True)
    rows = rows.exclude(recorded_by__in=records_of(actor)).select_related("case").order_by("due_on", "pk")
    found = list(rows[:WHOLE])
    names = access_queries.names_of(WAITING.staff_in(found))
    audit.consulted(actor, "packs.waiting", at=at, compartments={Compartment.CORE.value}, count=len(found))
    return tuple(WAITING(row, names=names, opened=risk_of(row)) for row in found)
