"""That two records are one person: joined and parted again, both records and both histories staying as they are."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError
from django.db.models import QuerySet

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.askers import Needs, why_not_answer
from fourfold.access.terms import NotFound, Permission
from fourfold.audit import services as audit
from fourfold.audit.draft import Draft
from fourfold.audit.terms import Actor, Operation
from fourfold.people.models import JoinAsked, SamePerson, Subject, Victim
from fourfold.people.queries import same_person as queries
from fourfold.people.terms import InvalidDetails

Person = Victim | Subject
ALREADY = "These two records are one person already. Open the page again."


BY_TWO = "Two people decide that the records of two victims are one person. Ask for it; a colleague signs it."
ANOTHER = "Somebody else has to sign this: a colleague of the desk who asks how you know."


def ask_to_join(*, actor: Actor, one: Person, other: Person, reason: str, at: datetime) -> JoinAsked:
    """Ask that the records of two victims are kept as one person's. It waits a week for a colleague; raises InvalidDetails."""
    _opened(actor, one, other, at, Permission.MATCH_CONFIRM)
    _refuse(one, other, reason)
    first, second = sorted((one.pk, other.pk))
    if queries.standing(one.pk, other.pk) is not None:
        raise InvalidDetails("person", ALREADY)
    with audit.recorded(actor, "people.join_asked", at=at, file=one.pk, operation=Operation.COMBINATION) as entry:
        for lapsed in _unanswered(first, second).filter(recorded_at__lte=at - queries.WAITS):
            _answer(entry, lapsed, actor, False, "nobody signed in time", at)
        held = access_queries.held_by(actor, "desk", at=at)
        try:
            return entry.about(JoinAsked.objects.create(first=first, second=second, reason=reason.strip(), **held))
        except IntegrityError as fault:
            raise InvalidDetails("reason", "Somebody has asked for this already. Open the page again.") from fault


def sign_join(*, actor: Actor, one: Person, other: Person, because: str, at: datetime) -> SamePerson:
    """Sign as a second person that two victims' records are one person's, as somebody asked. Raises InvalidDetails.

    `cases.services.sign_merge` does this and lets the walls stand around both; pages call that one.
    """
    _opened(actor, one, other, at, Permission.MATCH_CONFIRM)
    first, second = sorted((one.pk, other.pk))
    with audit.recorded(actor, "people.join_signed", at=at, file=one.pk, operation=Operation.COMBINATION) as entry:
        asked = _unanswered(first, second).filter(recorded_at__gt=at - queries.WAITS).select_for_update().first()
        if asked is None:
            raise InvalidDetails("reason", "Nobody asks for this any more. Open the page again.")
        if not because.strip():
            raise InvalidDetails("reason", "Say how you know.")
        needs = Needs(Permission.MATCH_CONFIRM, one.site, apart=(one.pk, other.pk))
        if why := why_not_answer(asked.recorded_by, actor, needs, at=at, same=ANOTHER):
            raise InvalidDetails("reason", why)
        _answer(entry, asked, actor, True, because, at)
        return _join(actor, asked, at)


def refuse_join(*, actor: Actor, first: UUID, second: UUID, because: str, at: datetime) -> None:
    """Answer no to who asked that two records are joined, where somebody did: for `linkage.services.keep_apart`."""
    for asked in _unanswered(first, second).select_for_update():
        with audit.recorded(actor, "people.join_refused", at=at, file=first) as entry:
            _answer(entry, asked, actor, False, because, at)


def _answer(entry: Draft, asked: JoinAsked, actor: Actor, given: bool, because: str, at: datetime) -> None:
    asked.answered_at, asked.answered_by, asked.given, asked.because = at, actor.staff, given, because.strip()[:300]
    asked.save(update_fields=["answered_at", "answered_by", "given", "because"])
    entry.about(asked)


def _unanswered(first: UUID, second: UUID) -> QuerySet[JoinAsked]:
    rows = JoinAsked.objects.unscoped("both records were opened")
    return rows.filter(first=first, second=second, answered_at__isnull=True)


def join_records(*, actor: Actor, one: Person, other: Person, reason: str, at: datetime) -> SamePerson:
    """Keep that two subjects' records are the same person; both stay. Raises InvalidDetails naming the field.

    `cases.services.merge_people` does this and lets the walls around either stand around both; pages call that one. Of
    two victims one person only asks (`ask_to_join`).
    """
    _opened(actor, one, other, at, Permission.MATCH_CONFIRM)
    _refuse(one, other, reason)
    if isinstance(one, Victim):
        audit.refused(actor, "people.joined", at=at, rule="two people", file=one.pk)
        raise InvalidDetails("person", BY_TWO)
    first, second = sorted((one.pk, other.pk))
    return _join(actor, JoinAsked(first=first, second=second, reason=reason.strip(), recorded_by=actor.staff), at)


def _join(actor: Actor, asked: JoinAsked, at: datetime) -> SamePerson:
    """Keep that two records are one person: decided by who asked, recorded by who signed it."""
    with audit.recorded(actor, "people.joined", at=at, file=asked.first, operation=Operation.COMBINATION) as entry:
        held = access_queries.held_by(actor, "desk", at=at)
        decided = {"reason": asked.reason, "decided_at": at, "decided_by": asked.recorded_by}
        try:
            row = SamePerson.objects.create(first=asked.first, second=asked.second, **decided, **held)
        except IntegrityError as fault:
            raise InvalidDetails("person", ALREADY) from fault
        return entry.about(row)


def _opened(actor: Actor, one: Person, other: Person, at: datetime, permission: Permission) -> None:
    for person in (one, other):
        access_queries.opened_at_site(actor, person.pk, person.site, person.controller, at=at)
    access.require(actor, permission, at=at, site=one.site)


def _refuse(one: Person, other: Person, reason: str) -> None:
    if type(one) is not type(other) or one.pk == other.pk:
        raise InvalidDetails("person", "Choose another record of the same kind: two victims, or two subjects.")
    if one.site != other.site:
        raise NotFound
    if not reason.strip():
        raise InvalidDetails("reason", "Say how you know that both records are one person.")


def part_records(*, actor: Actor, one: Person, other: Person, reason: str, at: datetime) -> SamePerson:
    """Undo that two records are one person: from now on they are two. The decision stays, with who undid it and why."""
    _opened(actor, one, other, at, Permission.MATCH_UNDO)
    if not reason.strip():
        raise InvalidDetails("reason", "Say why you undo this.")
    with audit.recorded(actor, "people.parted", at=at, file=one.pk) as entry:
        found = queries.standing(one.pk, other.pk)
        if found is None:
            raise InvalidDetails("person", "These two records are two people already. Open the page again.")
        found.undone_at, found.undone_by, found.undone_because = at, actor.staff, reason.strip()[:300]
        found.save(update_fields=["undone_at", "undone_by", "undone_because"])
        return entry.about(found)
