"""Whether two records that look alike are one natural person: said by a lead, kept, and joined where they are."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from fourfold.access import employing, signatories
from fourfold.access.models import PersonSaid, Staff
from fourfold.access.services.requiring import require
from fourfold.access.terms import Permission
from fourfold.access.terms.accounts import CannotEmploy
from fourfold.audit import services as audit
from fourfold.audit.draft import Draft
from fourfold.audit.terms import Actor, Operation

NOT_YOURS = "This is about a record of yours. Ask another lead."


def say_of_records(*, actor: Actor, one: UUID, other: UUID, same: bool, at: datetime) -> PersonSaid:
    """Say, as a lead of the agency of one of them, whether two records that look alike are one person.

    One person signs nothing beside themselves, and what keeps one record out keeps the other out. Raises NotFound where
    nothing of this kind waits for the actor, CannotEmploy for a lead whose word does not count, or of whom it is.
    """
    require(actor, Permission.ACCOUNT_CONFIRM, at=at)
    with audit.recorded(actor, "person.said", at=at, operation=Operation.ADMINISTRATION) as entry:
        first, second = employing.pair_to_tell_apart(actor=actor, one=one, other=other)
        for each in (first, second):
            if why := signatories.why_not_second(each.pk, actor, at=at, same=NOT_YOURS, asks=False):
                raise CannotEmploy("same", why)
        if same:
            _join(entry, first, second)
        return _keep(entry, actor, first, second, same, at)


def keep_answers(entry: Draft, actor: Actor, new: Staff, like: Iterable[Staff], same_as: str, at: datetime) -> None:
    """Keep what the confirmer of an account said of each record that looks like the new one, inside that write."""
    for one in like:
        if str(one.pk) == same_as or one.natural != new.natural:
            _keep(entry, actor, new, one, str(one.pk) == same_as, at)


def _join(entry: Draft, one: Staff, other: Staff) -> None:
    """Let every record of one person be the other's."""
    person = other.natural
    for row in Staff.objects.select_for_update().filter(Q(pk=one.natural) | Q(person=one.natural)):
        row.person = person
        row.save(update_fields=["person"])
        entry.about(row)


def _keep(entry: Draft, actor: Actor, one: Staff, other: Staff, same: bool, at: datetime) -> PersonSaid:
    said = PersonSaid(one=one, other=other, same=same, said_by_id=actor.staff, said_at=at)
    said.save(force_insert=True)
    return entry.about(said)
