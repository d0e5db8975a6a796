"""A condition broken: the next act of the same conduct, what is decided, and what the victim is told of it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.intake.terms import Told
from fourfold.journey.planned import done_as_planned
from fourfold.journey.rows import Allegation, Breach, Case, Condition, Contact, Update
from fourfold.orders import queries as orders_queries
from fourfold.orders import services as orders
from fourfold.orders.terms import BreachDecision, CannotOrder, ToldIn
from fourfold.panel.terms import MeasureKind
from fourfold.plan import services as plan
from fourfold.plan.terms import Because, Status
from fourfold.support import queries as support_queries
from fourfold.support import services as support
from fourfold.support.terms import Telling, UpdateKind
from fourfold.words import Word

_AS_PLANNED = {
    BreachDecision.ARREST: (MeasureKind.ARREST, Word("The subject was arrested after a breach.")),
    BreachDecision.CHARGE: (MeasureKind.CHARGE, Word("The subject was charged after a breach.")),
}
NO_CONTACT = Word(
    "The victim’s file holds no safe contact since then. Record the contact in which they were told, and tick the update "
    "in it. That also answers this question."
)
BEFORE_IT = Word("This had not happened yet at that time. Give the time at which the victim was told of it.")
SAID_BEFORE = Word("It was said before how the victim was told. Ask the officer in the case or the victim’s advocate.")
_VICTIM_IS_TOLD = {BreachDecision.ARREST: UpdateKind.ARREST, BreachDecision.CHARGE: UpdateKind.CHARGE}


def breach_reported(
    *, actor: Actor, condition: Condition, told: Told, at: datetime, telling: Telling | None = None
) -> Breach:
    """Record a breach as it was told, with all that it forces, and start the clock for telling the victim, or say in the
    same step how they were told.
    """
    case = condition.order.case
    with audit.recorded(actor, "breach.reported", at=at, file=case.pk) as entry:
        breach = entry.about(orders.record_breach(actor=actor, condition=condition, told=told, at=at))
        _owed(actor, breach, telling, at)
        return breach


def breach_recognised(
    *, actor: Actor, condition: Condition, allegation: Allegation, at: datetime, telling: Telling | None = None
) -> Breach:
    """Recognise an allegation that came in as something smaller as the breach that it is."""
    case = condition.order.case
    with audit.recorded(actor, "breach.recognised", at=at, file=case.pk) as entry:
        breach = entry.about(orders.join_breach(actor=actor, condition=condition, allegation=allegation, at=at))
        _owed(actor, breach, telling, at)
        return breach


def _owed(actor: Actor, breach: Breach, telling: Telling | None, at: datetime) -> None:
    case = breach.condition.order.case
    support.owe_update(actor=actor, case=case, what=UpdateKind.BREACH, happened_at=at, at=at)
    if telling is not None:
        yes: Any = {"what": BreachDecision.VICTIM_TOLD, "done": True, "reason": ""}
        breach_decided(actor=actor, breach=breach, at=at, telling=telling, **yes)


def breach_decided(
    *,
    actor: Actor,
    breach: Breach,
    what: BreachDecision,
    done: bool,
    reason: str,
    at: datetime,
    seen: str | None = None,
    telling: Telling | None = None,
) -> Contact | None:
    """Record what was decided after a breach; the victim is told of an arrest and of a charge.

    The plan's action to arrest or to charge is done by that, where it can only be this one. A no settles none: what
    the plan asks may be about another act, so the plan says the no beside the action, which somebody closes. Nor may the
    victim believe that an arrest or a charge follows: who was told of the breach before is told of the no.

    That the victim was told of the breach itself is the update that was owed of it, where it was a safe contact: the one
    that `telling` names or makes, or else, for who gives updates, the last one since: CannotOrder without one. Anybody
    else may say no more than that; then the update stays owed. A no takes a telling back. Return the contact.
    """
    case = breach.condition.order.case
    with audit.recorded(actor, "breach.settled", at=at, file=case.pk) as entry:
        tells = what is BreachDecision.VICTIM_TOLD
        contact = _told_in(actor, breach, telling, at) if tells and done else None
        told = ToldIn(contact.pk, contact.attempted_at, support_queries.who_told(contact)) if contact else None
        said: Any = {"what": what, "done": done, "reason": reason, "seen": seen, "told": told}
        entry.about(orders.decide_breach(actor=actor, breach=breach, at=at, **said))
        if done and what in _VICTIM_IS_TOLD:
            support.owe_update(actor=actor, case=case, what=_VICTIM_IS_TOLD[what], happened_at=at, at=at)
            done_as_planned(actor, case, *_AS_PLANNED[what], at)
        if not done and what in _VICTIM_IS_TOLD:
            support.owe_update(actor=actor, case=case, what=UpdateKind.BREACH, happened_at=at, at=at)
        if contact is not None and contact.safe:
            for update, since in _owed_of(actor, breach, at):
                if since <= contact.attempted_at:
                    support.tell_with_breach(actor=actor, update=update, contact=contact, since=since, at=at)
        if tells and not done:
            moments, before = orders_queries.moments_of(breach), orders_queries.said_how(breach)
            support.take_telling_back(actor=actor, case=case, said=before, happened_at=moments, at=at)
        return contact


def _told_in(actor: Actor, breach: Breach, telling: Telling | None, at: datetime) -> Contact | None:
    """Return the contact in which the victim was told of a breach; None where whoever says so does not know."""
    case = breach.condition.order.case
    of: Any = {"actor": actor, "case_id": case.pk, "at": at}
    owed = _owed_of(actor, breach, at)
    if telling is not None and not telling.known:
        return None
    if telling is not None and telling.contact is None:
        if orders_queries.said_how(breach) and not support_queries.may_reach(**of):
            raise CannotOrder("what", SAID_BEFORE)
        contact: Contact | None = support.record_telling(actor=actor, case=case, telling=telling, at=at)
    elif telling is not None:
        contact = support_queries.last_safe_contact(contact=telling.contact, **of)
        if contact is None:
            raise CannotOrder("told_how", NO_CONTACT)
    else:
        contact = support_queries.last_safe_contact(gives=True, **of)
        late = contact is None or any(contact.attempted_at < update.happened_at for update, _ in owed)
        if owed and late and support_queries.may_reach(gives=True, **of):
            raise CannotOrder("done", NO_CONTACT)
        return contact if owed else None
    first = min((since for _, since in owed), default=None)
    if contact is not None and first is not None and contact.attempted_at < first:
        raise CannotOrder("told_at", BEFORE_IT)
    return contact


def _owed_of(actor: Actor, breach: Breach, at: datetime) -> list[tuple[Update, datetime]]:
    """Return what is owed of a breach, and since when each could be told, to the minute."""
    moments = orders_queries.moments_of(breach)
    owed = support_queries.breach_owed(actor=actor, case_id=breach.condition.order.case_id, moments=moments, at=at)
    since = [(each, orders_queries.known_since(breach, each.happened_at)) for each in owed]
    return [(each, moment.replace(second=0, microsecond=0)) for each, moment in since]


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
    return in_contact or orders_queries.told_with(breach) is not None
