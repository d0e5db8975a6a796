"""Reaching her: a message that may leave, and what she is told."""

from __future__ import annotations

from datetime import datetime

from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.gateways.transport import Transport
from fourfold.journey.rows import Case, Contact, Message, Update
from fourfold.people import services as people
from fourfold.people.terms import Channel
from fourfold.support import services as support
from fourfold.support.terms import ContactOutcome


def message_sent(
    *,
    actor: Actor,
    case: Case,
    channel: Channel,
    text: str,
    at: datetime,
    transport: Transport,
    title: str = "",
) -> Message:
    """Put a message to her into the outbox, then let what waits there leave.

    Each is kept by itself: what the transport cannot take goes on waiting, and is checked again when it leaves.
    """
    message = support.send_message(actor=actor, case=case, channel=channel, text=text, title=title, at=at)
    people.dispatch_messages(actor=actor, at=at, transport=transport)
    return message


def victim_updated(
    *,
    actor: Actor,
    case: Case,
    update: Update,
    channel: Channel,
    outcome: ContactOutcome,
    at: datetime,
    incoming: bool = False,
    minutes: int | None = None,
) -> Contact:
    """Reach her as she agreed; if she was reached safely, what she was owed counts as told."""
    with audit.recorded(actor, "victim.to_be_updated", at=at, file=case.pk) as entry:
        contact = entry.about(
            support.attempt_contact(
                actor=actor, case=case, channel=channel, outcome=outcome, at=at, incoming=incoming, minutes=minutes
            )
        )
        if contact.outcome == ContactOutcome.REACHED and contact.safe:
            support.tell_update(actor=actor, update=update, contact=contact, at=at)
        return contact
