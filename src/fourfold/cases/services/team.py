"""Who works on a case, and who is kept from it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.models import Relation, Staff, Wall
from fourfold.access.terms import Compartment, NotFound, Permission, RelationKind, Role, Side
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, CaseAct
from fourfold.cases.terms import CannotStep
from fourfold.linkage import queries as linkage_queries
from fourfold.linkage import services as linkage
from fourfold.people.queries.same_person import records_of_any

ROLE_OF = {
    RelationKind.OIC: Role.POLICE_OFFICER,
    RelationKind.ADVOCATE: Role.VICTIM_ADVOCATE,
    RelationKind.ADVOCATE_MANAGER: Role.VICTIM_ADVOCATE,
    RelationKind.CLINICIAN_OF_VICTIM: Role.MENTAL_HEALTH_PROFESSIONAL,
    RelationKind.CLINICIAN_OF_SUBJECT: Role.MENTAL_HEALTH_PROFESSIONAL,
    RelationKind.OUTREACH: Role.OUTREACH_WORKER,
}
SIDE_OF = {RelationKind.CLINICIAN_OF_VICTIM: Side.VICTIM, RelationKind.CLINICIAN_OF_SUBJECT: Side.SUBJECT}


def assign(*, actor: Actor, case: Case, staff: UUID, kind: RelationKind, at: datetime) -> Relation:
    """Give a member of the unit a part in a case; the part opens what that part may see.

    Raises CannotStep where the person's role does not fit the part, or a wall keeps them from the case.
    """
    access.require(actor, Permission.CASE_EDIT, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    role = ROLE_OF.get(RelationKind(kind))
    if role is None:
        raise CannotStep("kind", "You cannot give this role here.")
    if role not in {held for person, held in access_queries.unit_of(case.site, at=at) if person.pk == staff}:
        raise CannotStep("staff", f"Choose a {role.label} of this unit.")
    if _is_walled_off(staff, case):
        raise CannotStep("staff", "This person cannot work on this case. Choose another.")
    with audit.recorded(actor, "case.assigned", at=at, file=case.pk) as entry:
        side = SIDE_OF.get(RelationKind(kind), Side.NONE)
        return entry.about(access.relate(actor=actor, file=case.pk, staff=staff, kind=kind, side=side, at=at))


def _is_walled_off(staff: UUID, case: Case) -> bool:
    walls = Wall.objects.filter(file__in=(case.pk, case.victim_id, case.subject_id), until_at__isnull=True)
    partner = Staff.objects.filter(pk=staff).values("partner")
    return walls.filter(Q(staff=staff) | (Q(partner__in=partner) & ~Q(partner=""))).exists()


def wall_off(*, actor: Actor, case: Case, staff: UUID, at: datetime, reason: str) -> None:
    """Keep a member of staff from a case, its acts, its victim and its subject: from the next request they do not exist.

    Set by a governance lead of the case's site, who need not open the case.
    """
    if case.site not in actor.sites:
        raise NotFound
    if not reason.strip():
        raise CannotStep("reason", "Say why this person is kept from the case.")
    access.set_wall(actor=actor, files=_files_of(case), staff=staff, reason=reason.strip(), at=at)
    linkage.wall_what_came(actor=actor, site=case.site, at=at)


def declare_conflict(*, actor: Actor, case: Case, at: datetime) -> None:
    """Close a case, its acts and its people to the actor, who knows somebody in it; no explanation is asked."""
    access_queries.opened(actor, case.pk, at=at)
    access.declare_conflict(actor=actor, files=_files_of(case), at=at)
    linkage.wall_what_came(actor=actor, site=case.site, at=at)


def _files_of(case: Case) -> list[UUID]:
    """Return every file that a wall around a case must stand around: also allegations that may still join it, and what
    belongs to another record of the same victim or the same subject."""
    waiting = linkage_queries.allegations_of_pair(case.victim_id, case.subject_id)
    around = files_of_people({case.victim_id, case.subject_id}, cases=[case.pk])
    return list(dict.fromkeys([*around, *sorted(waiting)]))


def files_of_people(people: set[UUID], *, cases: Iterable[UUID] = (), all_cases: bool = False) -> list[UUID]:
    """Return people's records, those of the same person too, and the cases and acts of the latter.

    With `cases` these cases and their acts as well; with `all_cases` every case of any of the records.
    """
    records = records_of_any(people)
    others = records if all_cases else records - people
    more = Case.objects.unscoped("for walls").filter(Q(victim__in=others) | Q(subject__in=others))
    every = {*cases, *more.values_list("pk", flat=True)}
    acts = CaseAct.objects.unscoped("for walls").filter(case__in=every).values_list("allegation", flat=True)
    return list(dict.fromkeys([*sorted(every), *sorted(records), *sorted(set(acts))]))
