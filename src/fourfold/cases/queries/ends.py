"""What is to end in cases and units: what waits for the reader's word, and what ended of late in the reader's cases."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from fourfold.access import ends
from fourfold.access.models import EndAsked, Relation
from fourfold.access.paging import WHOLE
from fourfold.access.scoping import walled_off
from fourfold.access.signatories import records_of
from fourfold.access.terms import KEPT_OUT, RelationKind, existing
from fourfold.access.terms.endings import EndShown
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case

WHY = "what is to end, and in which case; nothing of the case is shown"


def part_in(case_id: UUID, relation: UUID, *, at: datetime) -> Relation:
    """Return a part that somebody has in a case now, or raise NotFound."""
    running = Q(from_at__lte=at) & (Q(until_at__isnull=True) | Q(until_at__gt=at))
    found = Relation.objects.filter(running, file=case_id, pk=relation).exclude(kind__in=sorted(KEPT_OUT))
    return existing(found.select_related("staff").first())


@dataclass(frozen=True)
class PartIn:
    """A part that runs in a case: whose, which, since when; `last`: the victim has no other advocate in it."""

    id: UUID
    staff: UUID
    name: str
    kind: RelationKind
    since: datetime
    last: bool


def own_parts(case_id: UUID, *, actor: Actor, at: datetime) -> tuple[PartIn, ...]:
    """Return the parts that the natural person who acts has in a case now."""
    records = set(records_of(actor).values_list("pk", flat=True))
    return tuple(part for part in parts_in(case_id, at=at) if part.staff in records)


def parts_in(case_id: UUID, *, at: datetime) -> tuple[PartIn, ...]:
    """Return the parts that run in a case and can end; one statement."""
    running = Q(from_at__lte=at) & (Q(until_at__isnull=True) | Q(until_at__gt=at))
    found = Relation.objects.filter(running, file=case_id).exclude(kind__in=sorted(KEPT_OUT)).select_related("staff")
    rows = list(found.order_by("kind", "staff__name", "pk"))
    advocates = {row.staff.natural for row in rows if row.kind == RelationKind.ADVOCATE}
    return tuple(
        PartIn(
            *(row.pk, row.staff_id, row.staff.name, RelationKind(row.kind), row.from_at),
            last=row.kind == RelationKind.ADVOCATE and advocates == {row.staff.natural},
        )
        for row in rows
    )


def to_answer(actor: Actor, *, at: datetime) -> QuerySet[EndAsked]:
    """Return what waits for the actor, without cases from whose people or acts a wall keeps them."""
    theirs = Case.objects.unscoped(WHY).filter(pk=OuterRef("file"))
    behind = theirs.filter(walled_off(actor, "victim_id", at=at) | walled_off(actor, "subject_id", at=at))
    rows = ends.to_answer(actor, at=at).exclude(Exists(behind))
    return rows.select_related("staff", "asked_by", "agreement").order_by("asked_at", "pk")


def ends_to_answer(*, actor: Actor, at: datetime) -> tuple[EndShown, ...]:
    """Return what waits for the actor as values, the earliest first."""
    return ends.shown(to_answer(actor, at=at)[:WHOLE], actor)


def end_to_answer(*, actor: Actor, asked: UUID, at: datetime) -> EndAsked:
    """Return one row that waits for the actor, or raise NotFound."""
    return existing(to_answer(actor, at=at).filter(pk=asked).first())


def end_shown(*, actor: Actor, asked: UUID, at: datetime) -> tuple[EndShown, str]:
    """Return what waits for the actor as a value, with the reference of its case, or raise NotFound."""
    row = end_to_answer(actor=actor, asked=asked, at=at)
    reference = Case.objects.unscoped(WHY).filter(pk=row.file).values_list("reference", flat=True).first()
    return ends.shown([row], actor)[0], reference or ""


def waiting_in(case_id: UUID, *, actor: Actor, at: datetime) -> tuple[EndShown, ...]:
    """Return what is to end in a case that the actor has opened and waits for a second person."""
    rows = ends.waiting(at=at).filter(file=case_id).select_related("staff", "asked_by", "agreement")
    return ends.shown(rows.order_by("asked_at", "pk"), actor)


def my_request(*, actor: Actor, asked: UUID) -> EndAsked:
    """Return what the actor asked for and nobody has answered, or raise NotFound."""
    rows = EndAsked.objects.filter(asked_by__in=records_of(actor), answered_at__isnull=True)
    return existing(rows.filter(pk=asked).first())
