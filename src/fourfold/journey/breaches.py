"""A condition broken: the next act of the same conduct, what is decided, and what the victim is told of it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.intake.terms import Told
from fourfold.journey.planned import done_as_planned
from fourfold.journey.rows import Allegation, Breach, Case, Condition
from fourfold.orders import queries as orders_queries
from fourfold.orders import services as orders
from fourfold.orders.terms import BreachDecision, CannotOrder
from fourfold.panel.terms import MeasureKind
from fourfold.plan import services as plan
from fourfold.plan.terms import Because, Status
from fourfold.support import queries as support_queries
from fourfold.support import services as support
from fourfold.support.terms import UpdateKind
from fourfold.words import Word

_AS_PLANNED = {
    BreachDecision.ARREST: (MeasureKind.ARREST, Word("The subject was arrested after a breach.")),
    BreachDecision.CHARGE: (MeasureKind.CHARGE, Word("The subject was charged after a breach.")),
}
NO_CONTACT = Word(
    "The victim’s file holds no safe contact since then. Record the contact in which they were told, and tick the update "
    "in it. That also answers this question."
)
_VICTIM_IS_TOLD = {BreachDecision.ARREST: UpdateKind.ARREST, BreachDecision.CHARGE: UpdateKind.CHARGE}


def breach_reported(*, actor: Actor, condition: Condition, told: Told, at: datetime) -> Breach:
    """Record a breach as it was told, with all that it forces, and start the clock for telling the victim."""
    case = condition.order.case
    with audit.recorded(actor, "breach.reported", at=at, file=case.pk) as entry:
        breach = entry.about(orders.record_breach(actor=actor, condition=condition, told=told, at=at))
        support.owe_update(actor=actor, case=case, what=UpdateKind.BREACH, happened_at=at, at=at)
        return breach


def breach_recognised(*, actor: Actor, condition: Condition, allegation: Allegation, at: datetime) -> Breach:
    """Recognise an allegation that came in as something smaller as the breach that it is."""
    case = condition.order.case
    with audit.recorded(actor, "breach.recognised", at=at, file=case.pk) as entry:
        breach = entry.about(orders.join_breach(actor=actor, condition=condition, allegation=allegation, at=at))
        support.owe_update(actor=actor, case=case, what=UpdateKind.BREACH, happened_at=at, at=at)
        return breach


def breach_decided(
    *,
    actor: Actor,
    breach: Breach,
    what: BreachDecision,
    done: bool,
    reason: str,
    at: datetime,
    seen: str | None = None,
) -> None:
    """Record what was decided after a breach; the victim is told of an arrest and of a charge.

    The plan's action to arrest or to charge is done by that, where it can only be this one. A no settles none: what
    the plan asks may be about another act, so the plan says the no beside the action, which somebody closes. Nor may the
    victim believe that an arrest or a charge follows: who was told of the breach before is told of the no.

    That the victim was told of the breach itself is the update that was owed of it, in the last safe contact since. Who
    gives updates records that contact, which answers here: CannotOrder without one. Anybody else says what they know.
    """
    case = breach.condition.order.case
    with audit.recorded(actor, "breach.settled", at=at, file=case.pk) as entry:
        entry.about(
            orders.decide_breach(actor=actor, breach=breach, what=what, done=done, reason=reason, seen=seen, at=at)
        )
        if done and what in _VICTIM_IS_TOLD:
            support.owe_update(actor=actor, case=case, what=_VICTIM_IS_TOLD[what], happened_at=at, at=at)
            done_as_planned(actor, case, *_AS_PLANNED[what], at)
        if not done and what in _VICTIM_IS_TOLD:
            support.owe_update(actor=actor, case=case, what=UpdateKind.BREACH, happened_at=at, at=at)
        if done and what is BreachDecision.VICTIM_TOLD:
            moments = orders_queries.moments_of(breach)
            owed = support_queries.breach_owed(actor=actor, case_id=case.pk, moments=moments, at=at)
            for update, contact in owed:
                if contact is None:
                    raise CannotOrder("done", NO_CONTACT)
                support.tell_update(actor=actor, update=update, contact=contact, at=at)


def breach_withdrawn(*, actor: Actor, breach: Breach, reason: str, at: datetime) -> None:
    """Withdraw a breach that was recorded in error: nobody assesses again for it, and nobody tells the victim of it.

    A victim who was told of it is told that it is none.
    """
    case = breach.condition.order.case
    with audit.recorded(actor, "breach.undone", at=at, file=case.pk) as entry:
        entry.about(orders.withdraw_breach(actor=actor, breach=breach, reason=reason, at=at))
        action = orders_queries.open_action_of(breach)
        if action is not None:
            words = Word("The breach was withdrawn.")
            said: Any = {"status": Status.NOT_DONE, "because": Because.NO_LONGER_NEEDED, "reason": words}
            plan.update_action(actor=actor, action=action, at=at, **said)
        owed: Any = {"actor": actor, "case": case, "at": at}
        moments = orders_queries.moments_of(breach)
        support.drop_updates(what=UpdateKind.BREACH, happened_at=moments, **owed)
        if _victim_knows(breach, case, moments):
            support.owe_update(what=UpdateKind.NO_BREACH, happened_at=at, **owed)


def breach_restored(*, actor: Actor, breach: Breach, reason: str, at: datetime) -> None:
    """Let a breach stand again that was withdrawn; the victim is to be told of it, or again where they were told before."""
    case, withdrawn_at = breach.condition.order.case, breach.withdrawn_at
    with audit.recorded(actor, "breach.redone", at=at, file=case.pk) as entry:
        entry.about(orders.restore_breach(actor=actor, breach=breach, reason=reason, at=at))
        owed: Any = {"actor": actor, "case": case, "at": at}
        if withdrawn_at is not None:
            support.drop_updates(what=UpdateKind.NO_BREACH, happened_at=(withdrawn_at,), **owed)
        moments = orders_queries.moments_of(breach)
        if _victim_knows(breach, case, moments):
            support.owe_update(what=UpdateKind.BREACH, happened_at=at, **owed)
        else:
            support.owe_updates_again(what=UpdateKind.BREACH, happened_at=moments, **owed)


def _victim_knows(breach: Breach, case: Case, moments: Collection[datetime]) -> bool:
    """Return whether the victim was told of a breach: in a contact, or as anybody recorded with the breach."""
    in_contact = support_queries.was_told(case_id=case.pk, what=UpdateKind.BREACH, moments=moments)
    return in_contact or orders_queries.told_with(breach)
