"""Walls, as those who watch over them set, keep and lift them: by reference, without opening a file."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.models import WallSaid
from fourfold.access.terms import CannotWall, Permission, existing
from fourfold.audit.terms import Actor
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.services.team import files_around
from fourfold.governance import queries
from fourfold.intake.models import Allegation


def keep_wall(*, actor: Actor, wall: UUID, reason: str, at: datetime) -> WallSaid:
    """Record why a provisional wall around an allegation of the actor's site is to stay; then it is provisional no longer.

    One that keeps somebody from an act of a case on which they work takes a second person, of another agency.
    """
    found = queries.wall_shown(actor=actor, wall=wall, at=at)
    case = _case_of(found.file)
    around = files_around(case) if case else []
    return access.say_of_wall(actor=actor, wall=wall, lifts=False, reason=reason, at=at, around=around)


def lift_wall(*, actor: Actor, wall: UUID, reason: str, at: datetime) -> WallSaid:
    """Record why a provisional wall around an allegation of the actor's site is to go.

    It goes from the next request on, once somebody of another agency has said so too.
    """
    queries.wall_shown(actor=actor, wall=wall, at=at)
    return access.say_of_wall(actor=actor, wall=wall, lifts=True, reason=reason, at=at)


def lift_standing_wall(*, actor: Actor, wall: UUID, reason: str, at: datetime) -> WallSaid:
    """Record why a wall around a case or a report of the actor's site is to go: all of it, once two agencies said so.

    Raises NotFound for one in the actor's own way, CannotWall without a reason, and for saying it twice.
    """
    found = queries.standing_wall(actor=actor, wall=wall, at=at)
    case = Case.objects.unscoped(queries.WHY).filter(reference=found.reference).first() if found.case else None
    around = files_around(case) if case else []
    return access.say_of_wall(actor=actor, wall=wall, lifts=True, reason=reason, at=at, around=around)


def wall_off(
    *, actor: Actor, allegation: UUID, reason: str, at: datetime, staff: UUID | None = None, partner: str = ""
) -> None:
    """Keep a member of the unit, or a whole agency, from an allegation in which, the desk said, somebody is known to staff.

    Where a case came of it, from everything in the case. Raises NotFound for another site's, CannotWall for whoever is
    not of the unit or without a reason.
    """
    access.require(actor, Permission.WALL_SET, at=at)
    row = existing(Allegation.objects.unscoped(queries.WHY).filter(pk=allegation, site__in=sorted(actor.sites)).first())
    unit = [person for person, _ in access_queries.unit_of(row.site, at=at)]
    if bool(staff) == bool(partner):
        raise CannotWall("staff", "Choose who should be kept from it: one person, or one agency.")
    if partner and partner not in {person.partner for person in unit}:
        raise CannotWall("partner", "Choose an agency of this unit.")
    if partner and partner == row.controller:
        raise CannotWall("partner", "This agency holds the report. Keep its people from it one by one.")
    if not partner and staff not in {person.pk for person in unit}:
        raise CannotWall("staff", "Choose somebody of this unit.")
    if not reason.strip():
        raise CannotWall("reason", "Say why they are kept from it.")
    case = _case_of(row.pk)
    if case is None:
        access.set_wall(actor=actor, files=[row.pk], staff=staff, partner=partner, reason=reason.strip(), at=at)
    else:
        cases.wall_off(actor=actor, case=case, staff=staff, partner=partner, reason=reason, at=at)


def _case_of(report: UUID) -> Case | None:
    """Return the case of which a report tells: as an act, or counted with one that another report tells too."""
    told = Q(case_acts__left_at=None) | Q(case_acts__same_as__isnull=False)
    return Case.objects.unscoped(queries.WHY).filter(told, case_acts__allegation=report).first()
