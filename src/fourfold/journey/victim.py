"""Reaching the victim: a message that may leave, and what the victim is told."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.gateways.transport import Transport
from fourfold.journey.rows import Action, Case, Contact, Message, MessageRead, Order, Update
from fourfold.journey.telling import told_of_action, told_of_orders
from fourfold.orders import queries as orders_queries
from fourfold.orders import services as orders
from fourfold.orders.terms import BreachDecision, ToldIn
from fourfold.people.terms import Channel
from fourfold.support import queries as support_queries
from fourfold.support import services as support
from fourfold.support.terms import ContactOutcome, UpdateKind


def message_sent(
    *, actor: Actor, case: Case, channel: Channel, text: str, at: datetime, transport: Transport, title: str = ""
) -> Message:
    """Put a message to the victim into the outbox, then let it leave. What waits besides is the timer's.

    Each is kept by itself: what the transport cannot take goes on waiting, and is checked again when it leaves.
    """
    message = support.send_message(actor=actor, case=case, channel=channel, text=text, title=title, at=at)
    support.dispatch_messages(actor=actor, at=at, transport=transport, only=message.pk)
    return message


def message_read(
    *, actor: Actor, message: Message, given: bool, at: datetime, transport: Transport, words: str = ""
) -> MessageRead:
    """Answer as the second reader, then let the message leave."""
    kept = support.read_message(actor=actor, message=message, given=given, words=words, at=at)
    support.dispatch_messages(actor=actor, at=at, transport=transport, only=message.pk)
    return kept


def victim_reached(  # noqa: PLR0913 -- one form, one act
    *,
    actor: Actor,
    case: Case,
    channel: Channel,
    outcome: ContactOutcome,
    at: datetime,
    incoming: bool = False,
    leaves_message: bool = False,
    minutes: int | None = None,
    happened_at: datetime | None = None,
    updates: Iterable[Update] = (),
    orders_ahead: Iterable[Order] = (),
    actions_ahead: Iterable[Action] = (),
) -> Contact:
    """Reach the victim as agreed; from a safe contact on they know what they were owed and what comes next.

    `updates` are what the victim was told of the past, `orders_ahead` the orders whose service they were told of first,
    `actions_ahead` the steps of the plan; `happened_at` is when, where it is written down later. A contact that the safe-contact rule stops, that broke it or
    that reached nobody tells them nothing.
    """
    with audit.recorded(actor, "victim.to_be_reached", at=at, file=case.pk) as entry:
        contact = entry.about(
            support.attempt_contact(
                actor=actor,
                case=case,
                channel=channel,
                outcome=outcome,
                at=at,
                incoming=incoming,
                leaves_message=leaves_message,
                minutes=minutes,
                happened_at=happened_at,
            )
        )
        if contact.safe:
            # The contact has settled the first contact by itself.
            for update in (each for each in updates if each.what != UpdateKind.FIRST_CONTACT):
                support.tell_update(actor=actor, update=update, contact=contact, at=at)
                _told_of_breach(actor, update, contact, at)
            told_of_orders(actor=actor, told=list(orders_ahead), contact=contact, at=at)
            for action in actions_ahead:
                told_of_action(actor=actor, action=action, contact=contact, at=at)
        return contact


def _told_of_breach(actor: Actor, update: Update, contact: Contact, at: datetime) -> None:
    """Decide with the breach that the victim was told of it, where an update of it was given and nobody has said so."""
    if update.what != UpdateKind.BREACH:
        return
    breach = orders_queries.breach_to_tell(actor=actor, case_id=update.case_id, moment=update.happened_at, at=at)
    if breach is not None:
        told = ToldIn(contact.pk, contact.attempted_at, support_queries.who_told(contact))
        yes: Any = {"what": BreachDecision.VICTIM_TOLD, "done": True, "reason": "", "told": told}
        orders.decide_breach(actor=actor, breach=breach, at=at, **yes)
