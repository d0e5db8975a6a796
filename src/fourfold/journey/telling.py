"""Telling the victim first: what could raise the risk waits until a safe contact is on record."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases import services as cases
from fourfold.journey.rows import Action, Case, Contact, Order, StateSet, StepDownAsked, TransferAsked, VictimTold
from fourfold.orders import queries as orders_queries
from fourfold.orders import services as orders
from fourfold.orders.terms import Step
from fourfold.panel.terms import MeasureKind
from fourfold.plan import queries as plan_queries
from fourfold.plan import services as plan
from fourfold.support import queries as support_queries
from fourfold.support import rules as support_rules
from fourfold.support import services as support

#: The actions of a plan that are about an order: its application, and its service.
ABOUT_ORDER = (MeasureKind.ORDER, MeasureKind.SERVICE_OF_ORDER)


def told_of_orders(*, actor: Actor, told: list[Order], contact: Contact, at: datetime) -> None:
    """Record that the victim was told of some orders, and of the plan's actions about them.

    An action does not say which order it is about: it counts as told only where the victim was told of every order
    of the case that lies ahead.
    """
    told_at, case_id = contact.attempted_at, contact.case_id
    for order in told:
        orders.note_victim_told(actor=actor, order=order, contact=contact.pk, told_at=told_at, at=at)
    _told_what_they_forbid(actor, {order.pk for order in told}, contact, at)
    ahead = {row.pk for row in orders_queries.orders_ahead(actor=actor, case_id=case_id, at=at)}
    if not told or not ahead <= {order.pk for order in told}:
        return
    for action in plan_queries.actions_on(actor=actor, case_id=case_id, kinds=ABOUT_ORDER, at=at):
        if action.tell_victim_first:
            plan.note_victim_told(actor=actor, action=action, told_at=told_at, contact=contact.pk, at=at)


def told_of_action(*, actor: Actor, action: Action, contact: Contact, at: datetime) -> VictimTold:
    """Record that the victim was told of an action before it is taken, in a contact that reached them safely.

    Where the action is about the one order of the case that lies ahead, the victim was told of that order too; where it
    is to serve it, of what it forbids. An action to apply for an order may mean another than the one that was made.

    Raises CannotSupport on `victim_told_at` for any other contact.
    """
    told_at = contact.attempted_at
    support.require_told(actor=actor, case=action.case, told_at=told_at, at=at)
    with audit.recorded(actor, "action.is_told", at=at, file=action.case_id) as entry:
        told = entry.about(
            plan.note_victim_told(actor=actor, action=action, told_at=told_at, contact=contact.pk, at=at)
        )
        if action.kind in ABOUT_ORDER:
            ahead = orders_queries.orders_ahead(actor=actor, case_id=action.case_id, at=at)
            if len(ahead) == 1:
                orders.note_victim_told(actor=actor, order=ahead[0], contact=contact.pk, told_at=told_at, at=at)
                if action.kind == MeasureKind.SERVICE_OF_ORDER:
                    _told_what_they_forbid(actor, {ahead[0].pk}, contact, at)
        return told


def _told_what_they_forbid(actor: Actor, told: Collection[UUID], contact: Contact, at: datetime) -> None:
    """Give the updates that are owed of orders that were made, in the contact that warned the victim of their service."""
    owed = support_queries.order_updates_owed(actor=actor, case_id=contact.case_id, at=at) if told else ()
    if not owed:
        return
    steps = [
        (one.taken_at, one.step is Step.MADE and one.order in told)
        for one in orders_queries.steps_to_tell(actor=actor, cases=[contact.case_id], at=at)
    ]
    for update in owed:
        if support_rules.tells_of_order(update.happened_at, update.recorded_at, contact.attempted_at, steps):
            support.tell_update(actor=actor, update=update, contact=contact, at=at)


def step_down_asked(
    *, actor: Actor, case: Case, reason: str, victim_told_at: datetime | None, at: datetime, version: int | None = None
) -> StepDownAsked:
    """Ask a colleague to sign a step-down of which the victim was told in a safe contact."""
    support.require_told(actor=actor, case=case, told_at=victim_told_at, at=at)
    return cases.ask_step_down(
        actor=actor, case=case, reason=reason, victim_told_at=victim_told_at, version=version, at=at
    )


def case_closed(
    *, actor: Actor, case: Case, reason: str, victim_told_at: datetime | None, version: int | None, at: datetime
) -> StateSet:
    """Close a case when the victim was told of it in a safe contact, and everything else that closing asks for stands."""
    support.require_told(actor=actor, case=case, told_at=victim_told_at, at=at)
    return cases.close(actor=actor, case=case, reason=reason, victim_told_at=victim_told_at, version=version, at=at)


def transfer_asked(
    *, actor: Actor, case: Case, to_site: str, reason: str, victim_told_at: datetime | None, at: datetime
) -> TransferAsked:
    """Offer a case to another unit when the victim was told of it in a safe contact."""
    support.require_told(actor=actor, case=case, told_at=victim_told_at, at=at)
    return cases.ask_transfer(
        actor=actor, case=case, to_site=to_site, reason=reason, victim_told_at=victim_told_at, at=at
    )
