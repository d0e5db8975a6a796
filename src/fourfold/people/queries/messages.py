"""Reading the outbox: the messages of a case as their senders may see them, and what waits, without its content."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from fourfold.access import services as access
from fourfold.access.projection import Added, Projection
from fourfold.access.terms import Compartment, Opened, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.people.models import Message
from fourfold.people.queries.deliveries import fate_of_each
from fourfold.people.rules.deliveries import MEANS
from fourfold.people.terms import Fate

_OPENED = "the case was opened and its compartment checked before"


@dataclass(frozen=True)
class MessageShown:
    """One message in the outbox, as its senders may see it; where it went stays with the reach."""

    id: UUID
    channel: str
    written_at: datetime
    title: str
    text: str
    state: str
    why_stopped: str
    sent_at: datetime | None
    fate: Fate | None = None

    @property
    def means(self) -> str:
        """What became of it after it was sent, "" where nobody says."""
        return MEANS[self.fate] if self.fate else ""

    @property
    def arrived(self) -> bool | None:
        """Whether it arrived; None where nobody knows."""
        return None if self.fate in (None, Fate.TAKEN) else self.fate is Fate.DELIVERED


MESSAGE = Projection(MessageShown, Message, written_at="recorded_at", fate=Added("fate"))


def messages_of(opened: Opened, victim: UUID) -> tuple[MessageShown, ...]:
    """Return the messages written to a victim in this case, the newest first, for those who may see them."""
    if not opened.may_read(Compartment.VICTIM_CONTACT):
        return ()
    rows = Message.objects.unscoped(_OPENED).filter(victim_id=victim, file=opened.file).annotate(fate=fate_of_each())
    return MESSAGE.all(rows.order_by("-recorded_at", "-id"))


@dataclass(frozen=True)
class InOutbox:
    """A message in the outbox without its content: neither words nor name, number, reason or case."""

    id: UUID
    channel: str
    written_at: datetime


@dataclass(frozen=True)
class OutboxState:
    """What waits in the outbox, the oldest first, and how much has left, was stopped or may have left."""

    waiting: tuple[InOutbox, ...]
    sent: int
    stopped: int
    unknown: int


def outbox(*, actor: Actor, at: datetime, most: int = 200) -> OutboxState:
    """Return what waits in the outbox, without its content. Two statements; Refused by role."""
    access.require(actor, Permission.MESSAGE_DISPATCH, at=at)
    rows = Message.objects.unscoped("what waits, without content")
    states = {"sent": "sent", "stopped": "stopped", "unknown": "leaving"}
    counts = rows.aggregate(**{name: Count("pk", filter=Q(state=state)) for name, state in states.items()})
    waiting = rows.filter(state="waiting").order_by("recorded_at", "id").values_list("pk", "channel", "recorded_at")
    audit.consulted(actor, "outbox.list", at=at, fields=frozenset({"channel", "recorded_at", "state"}))
    return OutboxState(tuple(InOutbox(*row) for row in waiting[:most]), **counts)
