"""What was put on somebody's record by mistake: withdrawn, and brought back. Every row stays, with who, when and why."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, NotFound, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.people.models import MarkWithdrawn, ReachWithdrawn, Subject, Victim
from fourfold.people.queries.withdrawals import WITHDRAWN, marks_of, standing
from fourfold.people.services.records import may_keep_reach
from fourfold.people.services.search_keys import gain_keys, let_nobody_else, lose_keys
from fourfold.people.terms import InvalidDetails, MarkKind

LONGEST_REASON = 300


def withdraw_mark(*, actor: Actor, subject: Subject, mark: UUID, reason: str, at: datetime) -> MarkWithdrawn:
    """Keep that a mark was put on a subject's record by mistake: from now on nobody is found or compared by it.

    The mark stays where it is, and the victim's messages keep away from it as before. Raises InvalidDetails where
    nobody says why, or where it was withdrawn already.
    """
    _may_withdraw(actor, subject, at)
    return _withdraw(actor, subject, mark, reason, "mark.withdrawn", at)


def undo_mark_withdrawn(*, actor: Actor, subject: Subject, mark: UUID, reason: str, at: datetime) -> MarkWithdrawn:
    """Undo that a mark was withdrawn: it counts again as it did. The withdrawal stays, with who undid it and why."""
    _may_withdraw(actor, subject, at)
    return _undo(actor, subject, mark, reason, "mark.withdrawal_undone", at)


def withdraw_reach(*, actor: Actor, victim: Victim, reach: UUID, reason: str, at: datetime) -> ReachWithdrawn:
    """Keep that a number, car, account or other name was put on a victim's record by mistake.

    Nobody is found, compared or reached by it from now on; it stays, and is withheld wherever the victim's are. Raises
    InvalidDetails as `withdraw_mark` does.
    """
    may_keep_reach(actor, victim, at)
    return _withdraw(actor, victim, reach, reason, "reach.withdrawn", at)


def undo_reach_withdrawn(*, actor: Actor, victim: Victim, reach: UUID, reason: str, at: datetime) -> ReachWithdrawn:
    """Undo that something of a victim's was withdrawn: it counts again as it did. The withdrawal stays, with why."""
    may_keep_reach(actor, victim, at)
    return _undo(actor, victim, reach, reason, "reach.withdrawal_undone", at)


def _may_withdraw(actor: Actor, subject: Subject, at: datetime) -> None:
    opened = access_queries.opened_at_site(actor, subject.pk, subject.site, subject.controller, at=at)
    if Compartment.SUBJECT_IDENTITY not in opened.readable:
        raise NotFound
    access.require(actor, Permission.MATCH_UNDO, at=at, site=subject.site)


def _withdraw(actor: Actor, person: Victim | Subject, mark: UUID, reason: str, action: str, at: datetime) -> Any:
    said = _said(reason, "Say why you withdraw this.")
    with audit.recorded(actor, action, at=at, file=person.pk) as entry:
        let_nobody_else(person)
        found = standing(marks_of(person)).filter(pk=mark).first()
        if found is None:
            raise InvalidDetails("mark", "This was withdrawn already. Open the page again.")
        decided = {"reason": said, "decided_at": at, "decided_by": actor.staff}
        held = access_queries.held_by(actor, "desk", at=at)
        withdrawn = entry.about(WITHDRAWN[type(found)].objects.create(mark=found, **decided, **held))
        lose_keys(person, found)
        return withdrawn


def _undo(actor: Actor, person: Victim | Subject, mark: UUID, reason: str, action: str, at: datetime) -> Any:
    said = _said(reason, "Say why you bring this back.")
    with audit.recorded(actor, action, at=at, file=person.pk) as entry:
        let_nobody_else(person)
        found = marks_of(person).filter(pk=mark).first()
        withdrawn = found and found.withdrawals.unscoped("the person was opened").filter(undone_at=None).first()
        if found is None or not withdrawn:
            raise InvalidDetails("mark", "This is on record again already. Open the page again.")
        gain_keys(person, MarkKind(found.kind), found.key)
        withdrawn.undone_at, withdrawn.undone_by, withdrawn.undone_because = at, actor.staff, said
        withdrawn.save(update_fields=["undone_at", "undone_by", "undone_because"])
        return entry.about(withdrawn)


def _said(reason: str, missing: str) -> str:
    if not reason.strip():
        raise InvalidDetails("reason", missing)
    return reason.strip()[:LONGEST_REASON]
