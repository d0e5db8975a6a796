"""Saying something to colleagues about a case, and having read it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, Comment, Mention
from fourfold.cases.queries.comments import COMPARTMENTS, may_see, may_write
from fourfold.cases.terms import CannotStep


def add_comment(
    *, actor: Actor, case: Case, words: str, compartment: Compartment, at: datetime, mentioned: Iterable[UUID] = ()
) -> Comment:
    """Keep what somebody says to colleagues, for the readers of one compartment, and ask for some colleagues' eyes.

    Raises CannotStep naming the field: for no words, and for mentioning somebody who may not see the compartment,
    which is said in the same words whatever keeps them from it.
    """
    access.require(actor, Permission.CASE_VIEW, at=at, site=case.site, file=case.pk, reads=compartment)
    if compartment not in COMPARTMENTS:
        raise CannotStep("compartment", "Clinical notes and confidences have a place of their own.")
    if not may_write(actor, case.site, compartment):
        access.require(actor, Permission.INTELLIGENCE_RECORD, at=at, site=case.site, file=case.pk)
    if not words.strip():
        raise CannotStep("words", "Write what your colleagues should know.")
    asked = _who_may_read(case, compartment, set(mentioned), at)
    with audit.recorded(actor, "comment.added", at=at, file=case.pk) as entry:
        comment = entry.about(
            Comment.objects.create(
                case=case,
                compartment=compartment,
                words=words.strip(),
                **access_queries.held_by(actor, "comment", at=at),
            )
        )
        for staff in asked:
            entry.about(Mention.objects.create(comment=comment, staff=staff))
        return entry.about(comment)


def _who_may_read(case: Case, compartment: Compartment, mentioned: set[UUID], at: datetime) -> list[UUID]:
    """Return the mentioned once each of them may read the comment; refuse it in words otherwise."""
    unit = {person.pk: person for person, _ in access_queries.unit_of(case.site, at=at)} if mentioned else {}
    for staff in sorted(mentioned):
        person = unit.get(staff)
        if person is None:
            raise CannotStep("mentioned", "Choose somebody of this unit.")
        if not may_see(person, case.pk, compartment, at=at):
            raise CannotStep(
                "mentioned",
                f"{person.name} may not read this part of the case. Leave {person.name} out, or write it for "
                "readers among whom they are.",
            )
    return sorted(mentioned)


def read_mentions(*, actor: Actor, case: Case, at: datetime) -> int:
    """Say that the actor has read the comments of a case that asked for their eye; return how many."""
    access.require(actor, Permission.CASE_VIEW, at=at, site=case.site, file=case.pk, reads=Compartment.CORE)
    with audit.recorded(actor, "mention.read", at=at, file=case.pk) as entry:
        waiting = Mention.objects.filter(comment__case=case, staff=actor.staff, read_at__isnull=True)
        entry.count = waiting.update(read_at=at)
        return entry.count
