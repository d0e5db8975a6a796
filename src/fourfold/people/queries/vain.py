"""What somebody asked of a colleague about a victim, in vain."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet

from fourfold.access.conditions import IsThere
from fourfold.access.in_vain import Answer, Found, of_file, waited
from fourfold.access.terms.endings import Asked
from fourfold.audit.terms import Actor
from fourfold.people.models import AddressAsked, JoinAsked, Message, Victim
from fourfold.people.rules.messages import READ_WITHIN
from fourfold.people.rules.safe_address import ANSWERED_WITHIN


def in_vain(*, actor: Actor, at: datetime) -> list[Found]:
    """Return the sealed addresses, the merges and the messages that the actor asked a colleague for, in vain."""
    by: dict[str, Any] = {"actor": actor, "at": at}
    opened = Answer(Q(answer__given=False), "answer__recorded_by", "answer__recorded_at", "answer__words")
    read = Answer(Q(reading__given=False), "reading__recorded_by", "reading__recorded_at", "reading__words")
    joined = Answer(Q(given=False), "answered_by", "answered_at", "because")
    late, unread = waited(Q(answer__isnull=True), ANSWERED_WITHIN, at=at), waited(Q(state="held"), READ_WITHIN, at=at)
    return [
        of_file(Asked.ADDRESS, AddressAsked.objects, file="file", answer=opened, lapsed=late, **by),
        of_file(Asked.JOIN, JoinAsked.objects, answer=joined, seen=lambda pks: _joins_seen(actor, pks, at), **by),
        # Its case says who may see it: `journey.asked_in_vain` leaves out what is in a case that is shut.
        of_file(Asked.MESSAGE, Message.objects, file="file", answer=read, lapsed=unread, seen=None, **by),
    ]


def _joins_seen(actor: Actor, pks: list[UUID], at: datetime) -> QuerySet[JoinAsked]:
    """Return those of some merges of which both victims are open to the actor."""
    open_ = Victim.objects.visible_to(actor, at=at)
    both = (IsThere(open_.filter(pk=OuterRef(which))) for which in ("first", "second"))
    return JoinAsked.objects.unscoped("both victims are asked").filter(*both, pk__in=pks)
