"""Who could be the second person to what is asked of a case's team: by name, as whoever asked has to know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from uuid import UUID

from fourfold.access.askers import Needs
from fourfold.access.models import EndAsked, Relation
from fourfold.access.roles import casework_sites
from fourfold.access.seconds import Seconds, who_could, who_could_end, would_end
from fourfold.access.terms import Opened, Permission, Role
from fourfold.access.terms.endings import EndShown
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, PartAsked, TransferAsked
from fourfold.cases.queries.parts import PartShown

OPENED = "of a case that the reader has opened, or of a unit whose people they see"


def who_could_give(parts: Iterable[PartShown], *, actor: Actor, at: datetime) -> Mapping[UUID, Seconds]:
    """Return who could confirm each of some parts that wait. Two statements, and those of `who_could` for each part."""
    asked = [one.id for one in parts if not one.lapsed]
    rows = PartAsked.objects.unscoped(OPENED).filter(pk__in=asked).select_related("staff", "case") if asked else ()
    return {
        row.pk: who_could(
            Needs(Permission.PART_CONFIRM, apart=(row.case_id, row.case.victim_id, row.case.subject_id)),
            actor=actor,
            agency=row.staff.partner,
            besides=(row.staff_id,),
            asked_by=row.recorded_by,
            guard=partial(_is_of_the_unit, row.case.site),
            at=at,
        )
        for row in rows
    }


def _is_of_the_unit(site: str, second: Actor) -> bool:
    return Role.AGENCY_LEAD in second.roles or site in casework_sites(second)


def who_could_end_each(ends: Iterable[EndShown], *, actor: Actor, at: datetime) -> Mapping[UUID, Seconds]:
    """Return who could confirm each of some ends that wait. Two statements, and those of `who_could` for each end."""
    rows = list(EndAsked.objects.filter(pk__in=[one.id for one in ends]))
    around = _people_of({row.file for row in rows if row.file})
    return {
        row.pk: who_could_end(row, actor=actor, apart=around.get(row.file, ()) if row.file else (), at=at)
        for row in rows
    }


def who_could_end_part(part: UUID, *, site: str, actor: Actor, at: datetime) -> Seconds:
    """Return who could confirm that somebody's part in a case ends, before the actor asks for it."""
    found = Relation.objects.select_related("staff").get(pk=part)
    return who_could_end(
        would_end(found, site=site), actor=actor, apart=_people_of({found.file}).get(found.file, ()), at=at
    )


def who_could_take(opened: Opened, sites: Iterable[str], *, actor: Actor, at: datetime) -> Mapping[str, Seconds]:
    """Return who could answer an offer of an opened case, at each of some units; of one that waits, at the unit asked.

    Two statements, and those of `who_could` for each unit.
    """
    waiting = TransferAsked.objects.of(opened).filter(answered_at__isnull=True).first()
    apart = (opened.file, *_people_of({opened.file}).get(opened.file, ()))
    return {
        site: who_could(
            Needs(Permission.CASE_TRANSFER, site, apart=apart),
            actor=actor,
            asked_by=waiting.recorded_by if waiting else None,
            at=at,
        )
        for site in ([waiting.to_site] if waiting else sites)
    }


def _people_of(files: set[UUID]) -> dict[UUID, tuple[UUID, ...]]:
    """Return the records around which a wall keeps somebody from each of some cases; nothing is asked for none."""
    rows = Case.objects.unscoped(OPENED).filter(pk__in=files).values_list("pk", "victim_id", "subject_id")
    return {case: (victim, subject) for case, victim, subject in rows} if files else {}
