"""Who could be the second person to what is asked of a case's team: by name, as whoever asked has to know."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from uuid import UUID

from fourfold.access.askers import Needs
from fourfold.access.models import EndAsked, Relation, Staff
from fourfold.access.roles import casework_sites
from fourfold.access.seconds import Second, Seconds, ends_it, who_could_each, who_could_end, would_end
from fourfold.access.terms import Opened, Permission, Role
from fourfold.access.terms.endings import EndShown
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, PartAsked, TransferAsked
from fourfold.cases.queries.parts import PartShown

OPENED = "of a case that the reader has opened, or of a unit whose people they see"


def who_could_give(parts: Iterable[PartShown], *, actor: Actor, at: datetime) -> Mapping[UUID, Seconds]:
    """Return who could confirm each of some parts that wait. Those of `who_could_each`, and two."""
    asked = [one.id for one in parts if not one.lapsed]
    rows = PartAsked.objects.unscoped(OPENED).filter(pk__in=asked).select_related("staff", "case") if asked else ()
    return who_could_each(
        {row.pk: gives_it(row.case, row.staff, asked_by=row.recorded_by) for row in rows}, actor=actor, at=at
    )


def who_could_assign(references: Iterable[str], staff: UUID, *, actor: Actor, at: datetime) -> Mapping[str, Seconds]:
    """Return who could confirm somebody's part in each of some cases of the actor's, before the actor asks for it.

    Those of `who_could_each`, and two.
    """
    taker = Staff.objects.filter(pk=staff).first()
    rows = Case.objects.visible_to(actor, at=at).filter(reference__in=list(references)) if taker else ()
    return who_could_each({row.reference: gives_it(row, taker) for row in rows if taker}, actor=actor, at=at)


def gives_it(case: Case, staff: Staff, *, asked_by: UUID | None = None) -> Second:
    """Return who has to be the second person to a part in a case that was asked for, or that somebody is about to ask for."""
    return Second(
        (Needs(Permission.PART_CONFIRM, apart=(case.pk, case.victim_id, case.subject_id)),),
        asked_by=asked_by,
        besides=(staff.pk,),
        agency=staff.partner,
        guard=partial(_is_of_the_unit, case.site),
    )


def _is_of_the_unit(site: str, second: Actor) -> bool:
    return Role.AGENCY_LEAD in second.roles or site in casework_sites(second)


def who_could_end_each(ends: Iterable[EndShown], *, actor: Actor, at: datetime) -> Mapping[UUID, Seconds]:
    """Return who could confirm each of some ends that wait. Those of `who_could_each`, and two."""
    rows = list(EndAsked.objects.filter(pk__in=[one.id for one in ends]))
    around = _people_of({row.file for row in rows if row.file})
    each = {row.pk: ends_it(row, apart=around.get(row.file, ()) if row.file else ()) for row in rows}
    return who_could_each(each, actor=actor, at=at)


def who_could_end_part(part: UUID, *, site: str, actor: Actor, at: datetime) -> Seconds:
    """Return who could confirm that somebody's part in a case ends, before the actor asks for it."""
    found = Relation.objects.select_related("staff").get(pk=part)
    return who_could_end(
        would_end(found, site=site), actor=actor, apart=_people_of({found.file}).get(found.file, ()), at=at
    )


def who_could_take(opened: Opened, sites: Iterable[str], *, actor: Actor, at: datetime) -> Mapping[str, Seconds]:
    """Return who could answer an offer of an opened case, at each of some units; of one that waits, at the unit asked.

    Those of `who_could_each`, and two.
    """
    waiting = TransferAsked.objects.of(opened).filter(answered_at__isnull=True).first()
    apart = (opened.file, *_people_of({opened.file}).get(opened.file, ()))
    each = {
        site: Second(
            (Needs(Permission.CASE_TRANSFER, site, apart=apart),), asked_by=waiting.recorded_by if waiting else None
        )
        for site in ([waiting.to_site] if waiting else sites)
    }
    return who_could_each(each, actor=actor, at=at)


def _people_of(files: set[UUID]) -> dict[UUID, tuple[UUID, ...]]:
    """Return the records around which a wall keeps somebody from each of some cases; nothing is asked for none."""
    rows = Case.objects.unscoped(OPENED).filter(pk__in=files).values_list("pk", "victim_id", "subject_id")
    return {case: (victim, subject) for case, victim, subject in rows} if files else {}
