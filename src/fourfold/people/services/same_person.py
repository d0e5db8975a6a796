"""That two records are one person: joined and parted again, both records and both histories staying as they are."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import NotFound, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.people.models import SamePerson, Subject, Victim
from fourfold.people.queries import same_person as queries
from fourfold.people.terms import InvalidDetails

Person = Victim | Subject


def join_records(*, actor: Actor, one: Person, other: Person, reason: str, at: datetime) -> SamePerson:
    """Keep that two records of one site are the same person; both stay. Raises InvalidDetails naming the field.

    `cases.services.merge_people` does this and lets the walls around either stand around both; pages call that one.
    """
    for person in (one, other):
        access_queries.opened_at_site(actor, person.pk, person.site, person.controller, at=at)
    access.require(actor, Permission.MATCH_CONFIRM, at=at, site=one.site)
    _refuse(one, other, reason)
    first, second = sorted((one.pk, other.pk))
    with audit.recorded(actor, "people.joined", at=at, file=one.pk, operation=Operation.COMBINATION) as entry:
        held = access_queries.held_by(actor, "desk", at=at)
        decided = {"reason": reason.strip(), "decided_at": at, "decided_by": actor.staff}
        try:
            return entry.about(SamePerson.objects.create(first=first, second=second, **decided, **held))
        except IntegrityError as fault:
            raise InvalidDetails("person", "These two records are one person already. Open the page again.") from fault


def _refuse(one: Person, other: Person, reason: str) -> None:
    if type(one) is not type(other) or one.pk == other.pk:
        raise InvalidDetails("person", "Choose another record of the same kind: two victims, or two subjects.")
    if one.site != other.site:
        raise NotFound
    if not reason.strip():
        raise InvalidDetails("reason", "Say how you know that both records are one person.")


def part_records(*, actor: Actor, one: Person, other: Person, reason: str, at: datetime) -> SamePerson:
    """Undo that two records are one person: from now on they are two. The decision stays, with who undid it and why."""
    for person in (one, other):
        access_queries.opened_at_site(actor, person.pk, person.site, person.controller, at=at)
    access.require(actor, Permission.MATCH_UNDO, at=at, site=one.site)
    if not reason.strip():
        raise InvalidDetails("reason", "Say why you undo this.")
    with audit.recorded(actor, "people.parted", at=at, file=one.pk) as entry:
        found = queries.standing(one.pk, other.pk)
        if found is None:
            raise InvalidDetails("person", "These two records are two people already. Open the page again.")
        found.undone_at, found.undone_by, found.undone_because = at, actor.staff, reason.strip()[:300]
        found.save(update_fields=["undone_at", "undone_by", "undone_because"])
        return entry.about(found)
