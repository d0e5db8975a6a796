"""Handing messages over to providers outside, and what they say became of them.

Nothing is held while a provider is asked: it may take seconds, and casework goes on. A message was checked a moment
before, and what is withdrawn in these seconds comes too late for it.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import NotFound, Permission
from fourfold.audit import services as audit
from fourfold.audit.draft import Draft
from fourfold.audit.terms import Actor
from fourfold.gateways.transport import CannotDeliver, Declined, Envelope, NotKnown, Provider, Receipt, Transport
from fourfold.people.models import DeliveryTold, Message
from fourfold.people.rules.deliveries import ASKED_FOR, FAILURES, HANDED_OVER_WITHIN, fate_of
from fourfold.people.terms import Fate

#: Says what time it is, whenever it is asked.
Clock = Callable[[], datetime]
_EVERYBODYS = "what a provider says is asked for everybody who wrote, and shown to nobody here"


def carry(*, actor: Actor, envelope: Envelope, at: datetime, provider: Provider, clock: Clock) -> str:
    """Hand a message that was just taken out of what waits to a provider, once, and keep what came of it; return its state.

    It was checked `at`, and what came of it is kept with the time at which the provider answered. Raises CannotDeliver where it surely has not left; nothing is kept of that here.
    """
    try:
        receipt = provider.carry(envelope)
    except Declined as fault:
        return _settle(actor, envelope.id, "stopped", max(at, clock()), why=str(fault))
    except NotKnown as fault:
        return _settle(actor, envelope.id, "leaving", max(at, clock()), why=str(fault))
    return _settle(actor, envelope.id, "sent", max(at, clock()), receipt=receipt)


def _settle(
    actor: Actor, message: UUID, state: str, at: datetime, *, why: str = "", receipt: Receipt | None = None
) -> str:
    action = "message.not_known" if state == "leaving" else f"message.{state}"
    with audit.recorded(actor, action, at=at) as entry:
        row = Message.objects.unscoped(_EVERYBODYS).select_for_update().filter(pk=message, state="leaving").first()
        if row is None:  # the provider's own word was quicker than its answer
            return state
        row.state, row.why_stopped = state, why
        row.sent_at = at if state == "sent" else None
        row.save(update_fields=["state", "why_stopped", "sent_at"])
        entry.about(row)
        if receipt is not None:
            _keep(entry, actor, row, receipt, at)
    return state


def told_of_delivery(*, actor: Actor, message: UUID, receipt: Receipt, at: datetime) -> bool:
    """Keep what a provider says became of a message, each thing once; return whether it was new.

    A message of which nobody knew whether it left was sent, once a provider knows it. Raises NotFound for one that never
    was on its way, ValueError for a word that is not known.
    """
    access.require(actor, Permission.MESSAGE_DISPATCH, at=at)
    fate = fate_of(receipt.said)
    if fate is None:
        raise ValueError(receipt.said)
    known = Message.objects.unscoped(_EVERYBODYS).filter(pk=message, state__in=("leaving", "sent"))
    if DeliveryTold.objects.unscoped(_EVERYBODYS).filter(message=message, fate=fate).exists():
        return False
    if not known.exists():
        raise NotFound
    with audit.recorded(actor, "delivery.told", at=at) as entry:
        row = known.select_for_update().get()
        if DeliveryTold.objects.unscoped(_EVERYBODYS).filter(message=row, fate=fate).exists():
            return False
        if row.state == "leaving":
            row.state, row.why_stopped, row.sent_at = "sent", "", at
            row.save(update_fields=["state", "why_stopped", "sent_at"])
            entry.about(row)
        _keep(entry, actor, row, receipt, at)
    return True


def _keep(entry: Draft, actor: Actor, row: Message, receipt: Receipt, at: datetime) -> None:
    held = access_queries.held_by(actor, "provider", at=at)
    fate = fate_of(receipt.said) or Fate.TAKEN
    entry.about(DeliveryTold.objects.create(message=row, fate=fate, theirs=receipt.theirs[:80], **held))


def ask_providers(*, actor: Actor, at: datetime, transport: Transport) -> int:
    """Ask what became of every message whose end is not known yet; return of how many something new is known.

    Also of those of which nobody knows whether they left: these are asked for, never handed over again. A provider that does not answer is asked again
    the next time.
    """
    access.require(actor, Permission.MESSAGE_DISPATCH, at=at)
    new = 0
    for channel, messages in _open_ends(at).items():
        provider = transport.provider(channel)
        if provider is not None:
            new += _ask(actor, provider, messages, at)
    return new


def _ask(actor: Actor, provider: Provider, messages: Iterable[UUID], at: datetime) -> int:
    new = 0
    for message in messages:
        try:
            receipt = provider.asked(message)
        except CannotDeliver:
            break
        if receipt is not None and fate_of(receipt.said) is not None:
            new += told_of_delivery(actor=actor, message=message, receipt=receipt, at=at)
    return new


def _open_ends(at: datetime) -> dict[str, list[UUID]]:
    told = DeliveryTold.objects.unscoped(_EVERYBODYS).filter(message=OuterRef("pk"))
    ended = told.filter(fate__in=(Fate.DELIVERED, *FAILURES))
    lost = Q(state="leaving", recorded_at__lt=at - HANDED_OVER_WITHIN)
    taken = Q(Exists(told), state="sent", sent_at__gt=at - ASKED_FOR)
    rows = Message.objects.unscoped(_EVERYBODYS).filter(lost | taken).exclude(Exists(ended)).order_by("recorded_at")
    found: dict[str, list[UUID]] = {}
    for pk, channel in rows.values_list("pk", "channel"):
        found.setdefault(channel, []).append(pk)
    return found
