"""What is to end and waits for a second person, by the table of `endings`."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import DateTimeField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.db.models.lookups import IsNull

from fourfold.access import endings, queries
from fourfold.access.models import EndAsked, Grant, Relation, Wall
from fourfold.access.roles import casework_sites
from fourfold.access.scoping import running, walled_off
from fourfold.access.signatories import person_at, records_of, records_of_person, records_with
from fourfold.access.terms import KEPT_OUT, Permission, RelationKind, Role, WallKind
from fourfold.access.terms.endings import Ending, EndShown
from fourfold.audit.terms import Actor

#: How long people see on their list what was given, ended or refused of late. Our own choice.
TOLD_FOR = timedelta(days=14)
#: For how long whoever set a wall by which nobody stood does not set it again.
NOT_AGAIN = endings.ASKED_WAITS * 4


def waiting(*, at: datetime) -> QuerySet[EndAsked]:
    """Return what nobody has answered and still may be: what waited too long has to be asked for again."""
    wall = Q(ending=Ending.WALL)
    soon = (wall & Q(asked_at__gt=at - endings.WALL_WAITS)) | (~wall & Q(asked_at__gte=at - endings.ASKED_WAITS))
    return EndAsked.objects.annotate(stays=Exists(_copied())).filter(soon | Q(stays=True), answered_at__isnull=True)


def _copied() -> QuerySet[Wall]:
    """Return what came with a report, for good, in the way of whom a wall that waits is against, while it was asked of.

    Nobody's silence takes it away: the case shows what the report says.
    """
    ends_at = ExpressionWrapper(OuterRef("asked_at") + endings.WALL_WAITS, output_field=DateTimeField())
    whose = Coalesce(OuterRef("staff__person"), OuterRef("staff_id"))
    agency = Q(IsNull(OuterRef("staff_id"), True), staff__isnull=True, partner=OuterRef("partner"))
    came = Wall.objects.annotate(whose=person_at("staff_id")).filter(Q(whose=whose) | agency, file=OuterRef("file"))
    came = came.filter(until_at__isnull=True, from_at__gte=OuterRef("asked_at"), from_at__lt=ends_at)
    # An agency sets no wall; with its empty `staff_id` the comparison is neither true nor false and drops every wall.
    return came.exclude(Q(kind=WallKind.DECLARED) | Q(set_by=OuterRef("staff_id"), staff__isnull=False))


def to_answer(actor: Actor, *, at: datetime) -> QuerySet[EndAsked]:
    """Return what waits for this actor: of their agency or unit, asked by somebody else, about somebody else.

    Whoever is kept from a case learns nothing of it, nor of whoever else is.
    """
    lead = Q(partner=actor.partner) if Role.AGENCY_LEAD in actor.roles else Q(pk__in=())
    unit = Q(site__in=sorted(casework_sites(actor)), partner=actor.partner)
    over = {
        need: Q(site__in=[site for site in sorted(actor.sites) if queries.may(actor, need, site=site)])
        for need in (Permission.AGREEMENT_MANAGE, Permission.WALL_SET)
    }
    mine = (
        (Q(ending=Ending.UNIT_ROLE) & lead)
        | (Q(ending=Ending.CASE_PART) & (lead | unit))
        | (Q(ending=Ending.AGREEMENT) & (lead | over[Permission.AGREEMENT_MANAGE]))
        | (Q(ending=Ending.WALL) & ((lead & Q(staff__isnull=False)) | over[Permission.WALL_SET]))
    )
    own = records_of(actor)
    rows = waiting(at=at).filter(mine).exclude(asked_by__in=own).exclude(staff__in=own)
    return rows.exclude(file__isnull=False, pk__in=_behind(actor, at))


def is_for(row: EndAsked, actor: Actor) -> bool:
    """Return whether this is one of those by whom something of this kind ends, as `to_answer` asks; not who is apart from it."""
    theirs = row.partner == actor.partner
    lead = Role.AGENCY_LEAD in actor.roles and theirs
    ending = Ending(row.ending)
    if ending is Ending.UNIT_ROLE:
        return lead
    if ending is Ending.CASE_PART:
        return lead or (theirs and row.site in casework_sites(actor))
    over = Permission.AGREEMENT_MANAGE if ending is Ending.AGREEMENT else Permission.WALL_SET
    lead = lead and (ending is Ending.AGREEMENT or row.staff_id is not None)
    return lead or (row.site in actor.sites and queries.may(actor, over, site=row.site))


def refused(actor: Actor, *, at: datetime) -> QuerySet[EndAsked]:
    """Return what the actor asked for of late and was refused, was closed, or was answered by nobody in time."""
    mine = EndAsked.objects.filter(asked_by__in=records_of(actor)).exclude(
        file__isnull=False, pk__in=_behind(actor, at)
    )
    said = Q(answered_at__gt=at - TOLD_FOR) & (Q(given=False) | Q(given__isnull=True))
    said &= ~Q(answered_by__in=records_of(actor), answered_by__isnull=False)
    lapsed = Q(answered_at__isnull=True, asked_at__gt=at - endings.ASKED_WAITS - TOLD_FOR)
    return mine.filter(said | (lapsed & ~Q(pk__in=waiting(at=at).values("pk"))))


def _behind(actor: Actor, at: datetime) -> QuerySet[EndAsked]:
    return EndAsked.objects.filter(walled_off(actor, "file", at=at)).values("pk")


def of_one_wall(row: EndAsked, *, at: datetime) -> QuerySet[EndAsked]:
    """Return what was asked in one act with a wall and waits: one row for each case in which that person has a part."""
    same = waiting(at=at).filter(against(row.staff_id, row.partner), asked_by=row.asked_by_id, asked_at=row.asked_at)
    return same.filter(ending=Ending.WALL)


def against(staff: UUID | None, partner: str) -> Q:
    """Return which walls, and what is asked of them, are against a person on whichever record, or against an agency."""
    return Q(staff__in=records_of_person(staff)) if staff else Q(staff__isnull=True, partner=partner)


def copied_with(row: EndAsked) -> QuerySet[Wall]:
    """Return the walls for good that came with a report while this one was asked of, against the same person."""
    came = Wall.objects.filter(against(row.staff_id, row.partner), file=row.file)
    came = came.filter(from_at__gte=row.asked_at, from_at__lt=row.asked_at + endings.WALL_WAITS, until_at__isnull=True)
    return came.exclude(Q(kind=WallKind.DECLARED) | Q(set_by=row.staff_id, staff__isnull=False))


def is_last_advocate(relation: Relation, *, at: datetime) -> bool:
    """Return whether the victim has no other advocate in the case than by this part."""
    if relation.kind != RelationKind.ADVOCATE:
        return False
    others = Relation.objects.filter(running(at), file=relation.file, kind=RelationKind.ADVOCATE)
    return not others.exclude(staff__in=records_of_person(relation.staff_id)).exists()


def parts_behind(staff: UUID | None, files: Iterable[UUID], *, at: datetime, partner: str = "") -> list[Relation]:
    """Return the parts in some files, one for each file, of whom a wall keeps out: a person, or everybody of a partner.

    On whichever of their records: who is on record with the partner too is kept out with every one. What leaves the
    victim without an advocate comes before the rest.
    """
    whose = records_of_person(staff) if staff else records_with(partner)
    rows = Relation.objects.filter(running(at), file__in=list(files), staff__in=whose)
    found = rows.exclude(kind__in=sorted(KEPT_OUT)).select_related("staff").order_by("file", "-kind", "pk")
    advocates = [row for row in found if row.kind == RelationKind.ADVOCATE]
    return list({row.file: row for row in (*found, *advocates)}.values())


def leaves_no_advocate(part: Relation, partner: str, *, at: datetime) -> bool:
    """Return whether the victim has no advocate but those of a partner in the case in which this part is."""
    if part.kind != RelationKind.ADVOCATE:
        return False
    others = Relation.objects.filter(running(at), file=part.file, kind=RelationKind.ADVOCATE)
    return not others.exclude(staff__in=records_with(partner)).exists()


def sites_of(files: Iterable[UUID]) -> dict[UUID, str]:
    """Return at which site each of some files is held."""
    return dict(Grant.objects.filter(file__in=list(files)).order_by("from_at").values_list("file", "site"))


def fell_before(actor: Actor, staff: UUID | None, partner: str, files: Iterable[UUID], *, at: datetime) -> bool:
    """Return whether the actor set this wall of late and nobody stood by it."""
    mine = EndAsked.objects.filter(ending=Ending.WALL, asked_by__in=records_of(actor), asked_at__gt=at - NOT_AGAIN)
    fell = Q(given=False) | Q(answered_at__isnull=True, asked_at__lte=at - endings.WALL_WAITS)
    return mine.filter(fell, against(staff, partner), file__in=list(files)).exists()


def _kind(row: EndAsked) -> Role | RelationKind | None:
    if row.ending == Ending.AGREEMENT or not row.kind:
        return None
    return Role(row.kind) if row.ending == Ending.UNIT_ROLE else RelationKind(row.kind)


def shown(rows: Iterable[EndAsked], actor: Actor) -> tuple[EndShown, ...]:
    """Return what waits (of `waiting`) as values; the rows with `staff`, `asked_by` and `agreement` at hand."""
    return tuple(
        EndShown(
            id=row.pk,
            ending=Ending(row.ending),
            who=row.staff.name if row.staff else "",
            kind=_kind(row),
            partner=row.partner,
            site=row.site,
            file=row.file,
            from_at=row.from_at,
            reason=row.reason,
            asked_by=row.asked_by.name,
            asked_at=row.asked_at,
            waits_until=row.asked_at + endings.how(Ending(row.ending)).waits,
            last=row.last,
            mine=row.asked_by.natural == actor.person and not row.stays,  # type: ignore[attr-defined]
            stays=row.stays,  # type: ignore[attr-defined]
        )
        for row in rows
    )


def waiting_at(site: str, *, actor: Actor, at: datetime) -> tuple[EndShown, ...]:
    """Return what is to end in a unit, outside of its cases, and waits for a second person; one statement."""
    rows = waiting(at=at).filter(site=site, file__isnull=True).select_related("staff", "asked_by", "agreement")
    return shown(rows.order_by("asked_at", "pk"), actor)
