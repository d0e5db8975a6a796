"""Saying something to colleagues about a case, and having read it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission, Refused, Side
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, Comment, Mention
from fourfold.cases.queries.comments import PLACES, RECORDED_BY, Place, may_see, readable_places, unread
from fourfold.cases.terms import CannotStep
from fourfold.words import sentence


def add_comment(
    *,
    actor: Actor,
    case: Case,
    words: str,
    compartment: Compartment,
    at: datetime,
    side: Side = Side.NONE,
    mentioned: Iterable[UUID] = (),
) -> Comment:
    """Keep what somebody says to colleagues, for the readers of one compartment, and ask for some colleagues' eyes.

    `side`: among clinicians, the victim's or the subject's. Raises CannotStep naming the field: for no words, and for
    mentioning somebody who may not see the compartment, which is said in the same words whatever keeps them from it.
    """
    opened = access.require(actor, Permission.CASE_VIEW, at=at, site=case.site, file=case.pk, reads=compartment)
    place = Place(compartment, side)
    if place not in PLACES:
        raise CannotStep("compartment", "Choose who may read it from the list.")
    if opened is None or place not in readable_places(opened):
        audit.refused(actor, "comment.added", at=at, rule=f"side {side}", file=case.pk)
        raise Refused("compartment", "This part of the file is not open to you.")
    if needed := RECORDED_BY.get(compartment):
        access.require(actor, needed, at=at, site=case.site, file=case.pk, writes=compartment)
    if not words.strip():
        raise CannotStep("words", "Write what your colleagues should know.")
    asked = _who_may_read(case, place, set(mentioned), at)
    with audit.recorded(actor, "comment.added", at=at, file=case.pk) as entry:
        entry.compartments = {compartment.value}
        comment = entry.about(
            Comment.objects.create(
                case=case,
                compartment=compartment,
                side="" if side is Side.NONE else side,
                words=words.strip(),
                **access_queries.held_by(actor, "comment", at=at),
            )
        )
        for staff in asked:
            entry.about(Mention.objects.create(comment=comment, staff=staff))
        return entry.about(comment)


def _who_may_read(case: Case, place: Place, mentioned: set[UUID], at: datetime) -> list[UUID]:
    """Return the mentioned once each of them may read the comment; refuse it in words otherwise."""
    unit = {person.pk: person for person, _ in access_queries.unit_of(case.site, at=at)} if mentioned else {}
    for staff in sorted(mentioned):
        person = unit.get(staff)
        if person is None:
            raise CannotStep("mentioned", "Choose somebody from this unit.")
        if not may_see(person, case.pk, place, at=at):
            raise CannotStep(
                "mentioned",
                sentence(
                    "{1} may not read this part of the case. Remove {2}, or choose readers who include them.",
                    person.name,
                    person.name,
                ),
            )
    return sorted(mentioned)


def read_mentions(*, actor: Actor, case: Case, at: datetime) -> int:
    """Mark as read the comments of a case that ask for the actor's eye and are open to them; return how many."""
    opened = access.require(actor, Permission.CASE_VIEW, at=at, site=case.site, file=case.pk, reads=Compartment.CORE)
    with audit.recorded(actor, "mention.read", at=at, file=case.pk) as entry:
        entry.count = unread(actor, opened).update(read_at=at) if opened else 0
        return entry.count
