"""Parts in cases that were asked for: what waits for somebody else of that agency, and what was given of late."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case as Choice
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from fourfold.access import employing, ends
from fourfold.access import queries as access_queries
from fourfold.access.endings import ASKED_WAITS
from fourfold.access.ends import TOLD_FOR
from fourfold.access.models import EndAsked
from fourfold.access.paging import WHOLE
from fourfold.access.roles import casework_sites
from fourfold.access.scoping import walled_off
from fourfold.access.signatories import records_of
from fourfold.access.statements import composed
from fourfold.access.terms import NotFound, RelationKind, Role
from fourfold.access.terms.endings import Ending
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, PartAsked
from fourfold.cases.queries.ends import to_answer
from fourfold.cases.queries.listing import related_to

WHY = "who takes which part, and in which case; nothing of the case is shown"


@dataclass(frozen=True)
class PartShown:
    """A part in a case: who takes it, who asked, who answered and when; `first`: the first that they hold at all.

    It waits until `waits_until`, and has then to be asked for again: `lapsed`. `refused`: why whoever reads it asked for it
    in vain, "" where nobody answered in time.
    """

    id: UUID
    reference: str
    who: str
    kind: RelationKind
    asked_by: str
    asked_at: datetime
    answered_by: str
    answered_at: datetime | None
    first: bool
    refused: str | None = None
    lapsed: bool = False

    @property
    def waits_until(self) -> datetime:
        return self.asked_at + ASKED_WAITS


@dataclass(frozen=True)
class EndTold:
    """What is to end or has ended: for whom (an agreement: the partner's code), who asked and who confirmed it, and when.

    `last`: the victim has, or would have, no advocate in the case. `waits`: for the word of whoever reads it. `refused`:
    why whoever reads it asked for it in vain, "" where nobody answered in time.
    """

    id: UUID
    ending: Ending
    reference: str
    who: str
    kind: Role | RelationKind | None
    asked_by: str
    asked_at: datetime
    answered_by: str
    answered_at: datetime | None
    last: bool
    waits: bool
    refused: str | None = None


def part_to_confirm(*, actor: Actor, asked: UUID, at: datetime) -> PartShown:
    """Return one part that waits for the actor, or raise NotFound."""
    found = _shown(actor, _to_confirm(actor, at).filter(pk=asked))
    if not found:
        raise NotFound
    return found[0]


def parts_waiting(*, actor: Actor, case_id: UUID, at: datetime) -> tuple[PartShown, ...]:
    """Return the parts in a case that nobody has confirmed yet, where the case is open to the actor; what lapsed of late as well."""
    rows = PartAsked.objects.visible_to(actor, at=at).filter(case=case_id, answered_at__isnull=True)
    shown = _shown(actor, rows.filter(recorded_at__gt=at - ASKED_WAITS - TOLD_FOR))
    return tuple(replace(one, lapsed=one.waits_until < at) for one in shown)


def parts_of_the_day(*, actor: Actor, at: datetime) -> tuple[PartShown | EndTold, ...]:
    """Return what waits for the actor's word, and what others were given or lost of late in the actor's cases.

    Two statements, of which the second reads names.
    """
    found = _of_the_day(actor, at)
    names = access_queries.names_of({who for row in found for who in (row[5], row[7]) if who}) if found else {}
    return tuple(_told(row, names) for row in found)


#: What a part that was asked for, and an end, say of themselves in one list: in this order.
_SAID = (
    *("pk", "ending", "reference", "who", "kind", "recorded_by", "recorded_at", "answered_by", "answered_at"),
    *("first", "waits", "in_vain", "refused_because"),
)


@composed
def _of_the_day(actor: Actor, at: datetime) -> QuerySet[PartAsked, Any]:
    return _begun(actor, at).union(_ended(actor, at), all=True).order_by("-recorded_at", "pk")[:WHOLE]


def _begun(actor: Actor, at: datetime) -> QuerySet[PartAsked, Any]:
    own = records_of(actor)
    given = PartAsked.objects.visible_to(actor, at=at).filter(case__in=related_to(actor, at), given=True)
    given = given.filter(answered_at__gt=at - TOLD_FOR).exclude(Q(staff__in=own) | Q(answered_by__in=own))
    waiting = _to_confirm(actor, at)
    if Role.AGENCY_LEAD not in actor.roles:
        waiting = PartAsked.objects.visible_to(actor, at=at).filter(pk__in=waiting.values("pk"))
    refused = PartAsked.objects.visible_to(actor, at=at).filter(recorded_by__in=own, given=False)
    refused = refused.filter(answered_at__gt=at - TOLD_FOR).exclude(answered_by__in=own, answered_by__isnull=False)
    lapsed = PartAsked.objects.visible_to(actor, at=at).filter(recorded_by__in=own, answered_at__isnull=True)
    lapsed = lapsed.filter(recorded_at__lt=at - ASKED_WAITS, recorded_at__gt=at - ASKED_WAITS - TOLD_FOR)
    in_vain = Q(pk__in=refused.values("pk")) | Q(pk__in=lapsed.values("pk"))
    every = Q(pk__in=waiting.values("pk")) | Q(pk__in=given.values("pk")) | in_vain
    said = (
        PartAsked.objects.unscoped(WHY)
        .filter(every)
        .annotate(
            waits=Value(True),
            ending=Value(""),
            reference=F("case__reference"),
            who=F("staff__name"),
            in_vain=Choice(When(in_vain, then=True), default=False),
        )
    )
    return said.order_by().values_list(*_SAID)


def _ended(actor: Actor, at: datetime) -> QuerySet[EndAsked, Any]:
    """Return what is to end by the actor's word, and what ended, or holds on one word, in the actor's cases or agency."""
    own, told = records_of(actor), Q(given=True, answered_at__gt=at - TOLD_FOR)
    holds = Q(pk__in=ends.waiting(at=at).filter(ending=Ending.WALL).values("pk"))
    theirs = Q(file__in=related_to(actor, at))
    if Role.AGENCY_LEAD in actor.roles:
        theirs |= Q(partner=actor.partner)
    known = EndAsked.objects.filter(told | holds, theirs).exclude(Q(staff__in=own, staff__isnull=False))
    known = known.exclude(Q(asked_by__in=own) | Q(answered_by__in=own, answered_by__isnull=False))
    known = known.exclude(Q(file__isnull=False), walled_off(actor, "file", at=at))
    mine = to_answer(actor, at=at).order_by().values("pk")
    in_vain = ends.refused(actor, at=at).values("pk")
    rows = EndAsked.objects.filter(Q(pk__in=mine) | Q(pk__in=known.values("pk")) | Q(pk__in=in_vain))
    return _said(rows, mine, in_vain)


def ends_in_vain(*, actor: Actor, at: datetime) -> tuple[EndTold, ...]:
    """Return what the actor asked to end, or a wall that the actor set, that was refused or that nobody answered."""
    asked = ends.refused(actor, at=at)
    rows = _said(asked, asked.none().values("pk"), asked.values("pk"))
    found = list(rows.order_by("-asked_at", "pk")[:WHOLE])
    names = access_queries.names_of({row[7] for row in found if row[7]}) if found else {}
    told = (_told(row, names) for row in found)
    return tuple(one for one in told if isinstance(one, EndTold))


def _said(
    rows: QuerySet[EndAsked], mine: QuerySet[EndAsked, Any], in_vain: QuerySet[EndAsked, Any]
) -> QuerySet[EndAsked, Any]:
    case = Case.objects.unscoped(WHY).filter(pk=OuterRef("file")).values("reference")
    said = rows.annotate(
        reference=Subquery(case),
        who=Coalesce("staff__name", "partner"),
        recorded_by=F("asked_by"),
        recorded_at=F("asked_at"),
        first=F("last"),
        waits=Choice(When(Q(pk__in=mine), then=True), default=False),
        in_vain=Choice(When(Q(pk__in=in_vain), then=True), default=False),
    )
    return said.order_by().values_list(*_SAID)


def _told(row: tuple[Any, ...], names: dict[UUID, str]) -> PartShown | EndTold:
    pk, ending, reference, who, kind, by, asked_at, answered_by, answered_at, flag, waits, in_vain, because = row
    refused = because if in_vain else None
    first = names.get(by, "somebody who left")
    second = names.get(answered_by, "") if answered_by else ""
    if not ending:
        return PartShown(pk, reference, who, RelationKind(kind), first, asked_at, second, answered_at, flag, refused)
    what = Ending(ending)
    held = (
        None if what is Ending.AGREEMENT or not kind else Role(kind) if what is Ending.UNIT_ROLE else RelationKind(kind)
    )
    return EndTold(pk, what, reference or "", who, held, first, asked_at, second, answered_at, flag, waits, refused)


def first_parts(*, actor: Actor, at: datetime) -> tuple[PartShown, ...]:
    """Return, for oversight, whose first part in any case of the actor's sites was given of late; no case is opened."""
    return _shown(actor, _first(actor, at))


def to_look_at(*, actor: Actor, at: datetime) -> tuple[int, int, int]:
    """Return how many those are, how many accounts the host made of late, and how many passkeys were closed as copies.

    One statement for all."""
    parts = _first(actor, at).order_by().values_list(Value(0))
    made = employing.host_made(at=at).order_by().values_list(Value(1))
    copied = employing.copied(actor, at=at).order_by().values_list(Value(2))
    found = list(parts.union(made, copied, all=True))
    return found.count((0,)), found.count((1,)), found.count((2,))


def _first(actor: Actor, at: datetime) -> QuerySet[PartAsked]:
    every = PartAsked.objects.unscoped(WHY)
    late = every.filter(given=True, first=True, answered_at__gt=at - TOLD_FOR)  # found first, not each case of a site
    return _unwalled(every.filter(pk__in=late.values("pk"), case__site__in=sorted(actor.sites)), actor, at)


def _to_confirm(actor: Actor, at: datetime) -> QuerySet[PartAsked]:
    rows = PartAsked.objects.unscoped(WHY).filter(staff__partner=actor.partner, answered_at__isnull=True)
    rows = rows.filter(recorded_at__gte=at - ASKED_WAITS)
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
