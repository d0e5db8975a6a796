"""Packs that wait for somebody's decision or a second person's word."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from fourfold.access import queries as access_queries
from fourfold.access.paging import WHOLE
from fourfold.access.projection import Projection, Staff
from fourfold.access.signatories import records_of
from fourfold.access.statements import composed
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case
from fourfold.cases.queries.level_shown import risk_of, with_risk
from fourfold.cases.terms import ShownLevel
from fourfold.governance.models import DangerDecided, Pack, PackMadeAgain
from fourfold.governance.terms import PackKind
from fourfold.orders.terms import OrderKind


@dataclass(frozen=True)
class PackWaiting:
    """A pack that somebody made and nobody has released yet: for whom it was asked, and by when it must leave."""

    id: UUID
    reference: str
    level: ShownLevel
    kind: PackKind
    #: The kind of order that is applied for, in a pack for an application.
    order: OrderKind | None
    asked_by: str
    made_at: datetime
    made_by: str
    due_on: date
    #: Whom somebody named to decide on its words; "" for nobody.
    asked: str = ""
    #: In how many places it waits for whoever makes packs.
    to_decide: int = 0
    #: Whoever makes packs has to look whether something came on record since: its files were made before that.
    to_look: bool = False
    #: By what a look at it is known: another one finds the same until any of these is another.
    looked: tuple[object, ...] = ()


WAITING = Projection(
    PackWaiting,
    Pack,
    *("asked", "to_decide", "to_look", "looked"),
    order="application__kind",
    made_at="recorded_at",
    reference="case__reference",
    level="case__level",
    made_by=Staff("recorded_by", "somebody who left"),
)


def packs_waiting(*, actor: Actor, at: datetime) -> tuple[PackWaiting, ...]:
    """Return the packs of cases open to the actor that wait for a decision of theirs, the first due first.

    For whoever makes packs: those in which something waits to be decided, and those that were ready before their case or
    another of its subject was written to (`to_look`). For whoever releases them: those that somebody else made. Three
    statements and the log's, none for whoever does neither.
    """
    releases = access_queries.may(actor, Permission.PACK_RELEASE)
    makes = access_queries.may(actor, Permission.PACK_MAKE)
    if not releases and not makes:
        return ()
    found = _packs(actor, at, makes, releases)
    names = access_queries.names_of(WAITING.staff_in(found))
    audit.consulted(actor, "packs.waiting", at=at, compartments={Compartment.CORE.value}, count=len(found))
    return tuple(
        WAITING(
            row,
            names=names,
            opened=risk_of(row),
            asked=row.asked or "",
            to_decide=row.waiting if makes else 0,
            to_look=makes and row.written > 0 and not row.waiting,
            looked=(row.pk, row.files_of, row.written, row.decided),
        )
        for row in found
    )


@composed
def _packs(actor: Actor, at: datetime, makes: bool, releases: bool) -> QuerySet[Any]:
    rows = _told_apart(with_risk(Pack.objects.visible_to(actor, at=at), actor, at)).filter(release__isnull=True)
    if not makes:
        rows = rows.filter(waiting=0)
    if not releases:
        rows = rows.filter(Q(waiting__gt=0) | Q(written__gt=0))
    else:
        rows = rows.exclude(waiting=0, recorded_by__in=records_of(actor))
    return rows.select_related("case", "application").order_by("due_on", "pk")[:WHOLE]


def _told_apart(rows: QuerySet[Pack]) -> QuerySet[Any]:
    """Let each pack carry in how many places its last files wait for a decision, who was named for it, how much was
    written of the case, of another case of its subject or of their victims since, and how much was decided."""
    again = PackMadeAgain.objects.unscoped("of a pack that is scoped").filter(pack=OuterRef("pk"))
    decided = DangerDecided.objects.unscoped("of a pack that is scoped").filter(pack=OuterRef("pk"))
    last = again.order_by("-recorded_at", "-pk")
    beside = Case.objects.unscoped("only whether anything was written").filter(
        subject=OuterRef(OuterRef("case__subject"))
    )
    of_them = Q(file__in=beside.values("pk")) | Q(file__in=beside.values("victim"))
    writes = Entry.objects.filter(of_them).exclude(operation__in=(Operation.CONSULTATION, Operation.REFUSAL))
    since = writes.filter(at__gt=OuterRef("files_of")).exclude(action__startswith="pack.")
    return rows.annotate(
        waiting=Coalesce(Subquery(last.values("undecided")[:1]), F("undecided"), 0),
        files_of=Coalesce(Subquery(last.values("recorded_at")[:1]), F("recorded_at")),
        written=_many(since),
        decided=_many(decided),
        asked=Subquery(decided.filter(waits_for__gt="").order_by("-recorded_at", "-pk").values("waits_for")[:1]),
    )


def _many(rows: QuerySet[Any]) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values(one=Value(1)).annotate(many=Count("pk")).values("many")), 0)
