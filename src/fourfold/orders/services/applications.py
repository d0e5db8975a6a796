"""Seeking an order, declining one, and keeping one that others made."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from fourfold.access import services as access
from fourfold.access.terms import Compartment, Opened, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.orders import rules
from fourfold.orders.models import Order
from fourfold.orders.queries import whereabouts
from fourfold.orders.queries.whereabouts import Whereabouts
from fourfold.orders.rules.lengths import why_not_lasting
from fourfold.orders.services.places import places_on_purpose
from fourfold.orders.services.rows import (
    _add_conditions,
    _add_protected,
    _add_step,
    _change,
    _new_order,
    _refuse,
    _shown_after,
)
from fourfold.orders.services.steps import _supersede
from fourfold.orders.terms import (
    VICTIM_ALONE,
    CannotOrder,
    ConditionDraft,
    OrderKind,
    ProtectedDraft,
    Protects,
    Step,
    StepDetails,
)


def consider(*, actor: Actor, case: Case, kind: OrderKind, reason: str, at: datetime) -> Order:
    """Begin an order: from now its age counts, until it is applied for or declined.

    Raises CannotOrder where one of this kind is being considered already: its age goes on.
    """
    opened = access.require(actor, Permission.ORDER_APPLY, at=at, file=case.pk, writes=Compartment.CORE)
    if _waiting(opened, kind) is not None:
        raise CannotOrder("kind", "An order of this kind is being considered already.")
    with audit.recorded(actor, "order.considered", at=at, file=case.pk) as entry:
        order = _new_order(entry, actor, case, kind, Step.CONSIDERED, at)
        _add_step(entry, actor, order, Step.CONSIDERED, StepDetails(reason=reason), at)
        return order


def apply_for(
    *,
    actor: Actor,
    case: Case,
    kind: OrderKind,
    conditions: Iterable[ConditionDraft],
    reason: str,
    at: datetime,
    court: str = "",
    protects: Protects = VICTIM_ALONE,
) -> Order:
    """Apply for an order with its conditions; one of this kind that is being considered for the case is taken up.

    `protects` may name people besides the victim, or instead: whom an order protects need not be who was stalked.
    Raises CannotOrder naming the field where a condition or the reason is missing, or a condition says how to reach
    the victim, or names a place of the victim without saying why the subject may read it.
    """
    drafts = tuple(conditions)
    opened = access.require(actor, Permission.ORDER_APPLY, at=at, file=case.pk, writes=Compartment.CORE)
    _refuse(rules.why_not_conditions(drafts))
    _refuse(rules.why_not_protect((other.name for other in protects.others), victim=protects.victim))
    for lasts in {draft.lasts for draft in drafts if draft.lasts}:
        _refuse(why_not_lasting(kind, lasts, rules.day_of(at)))
    hidden = whereabouts.of_victims({case.victim_id}, subject=case.subject_id)
    _refuse_ways(hidden, drafts, protects.others)
    drafts = places_on_purpose(actor, case, hidden, drafts, by_court=False, at=at)
    if not reason.strip():
        raise CannotOrder(
            "reason", "Say why the order is needed: what the subject did, and what the victim needs protection from."
        )
    waiting = _waiting(opened, kind)
    with audit.recorded(actor, "order.applied", at=at, file=case.pk) as entry:
        order = waiting or _new_order(entry, actor, case, kind, Step.CONSIDERED, at)
        if waiting is None:
            _add_step(entry, actor, order, Step.CONSIDERED, StepDetails(reason=reason), at)
        _add_conditions(entry, actor, order, drafts, at)
        _add_protected(entry, actor, order, protects.others, at)
        _add_step(entry, actor, order, Step.APPLIED, StepDetails(reason=reason, court=court), at)
        _change(entry, order, order.version, step=Step.APPLIED, court=court, protects_victim=protects.victim)
        return order


def _waiting(opened: Opened, kind: OrderKind) -> Order | None:
    """Return the order of this kind that is being considered, or was authorised, and not yet applied for."""
    begun = Order.objects.of(opened).filter(kind=kind, step__in=(Step.CONSIDERED, Step.AUTHORISED))
    return begun.order_by("recorded_at").last()


def _refuse_ways(hidden: Whereabouts, drafts: Iterable[ConditionDraft], others: Iterable[ProtectedDraft]) -> None:
    """Refuse a draft that says where the victim is or how to reach the victim: it is served on the subject."""
    if any(hidden.ways_in(draft.text) for draft in drafts):
        raise CannotOrder(
            "conditions",
            "A condition says where the victim is or how to reach them, and the subject is served with it. Take that "
            "out: for example, “not to contact the victim by any means”.",
        )
    lines = [f"{other.name} {other.relation}" for other in others]
    if any(hidden.names(line) or hidden.places_in(line) for line in lines):
        raise CannotOrder("protected", "A line says where somebody is or how to reach them. Write only the name.")


def decline(*, actor: Actor, case: Case, reason: str, at: datetime, kind: OrderKind = OrderKind.SPO) -> Order:
    """Record that no order is sought, and why; raises CannotOrder without a reason."""
    opened = access.require(actor, Permission.ORDER_APPLY, at=at, file=case.pk, writes=Compartment.CORE)
    details = StepDetails(reason=reason)
    _refuse(rules.why_not_step(kind, None, Step.DECLINED, details, last_at=None, at=at))
    waiting = _waiting(opened, kind)
    with audit.recorded(actor, "order.declined", at=at, file=case.pk) as entry:
        order = waiting or _new_order(entry, actor, case, kind, Step.DECLINED, at)
        _add_step(entry, actor, order, Step.DECLINED, details, at)
        if waiting is not None:
            _change(entry, order, order.version, step=Step.DECLINED)
        return order


def record_order(
    *,
    actor: Actor,
    case: Case,
    kind: OrderKind,
    conditions: Iterable[ConditionDraft],
    details: StepDetails,
    at: datetime,
    protects: Protects = VICTIM_ALONE,
    takes_place_of: UUID | None = None,
) -> Order:
    """Keep an order that others made: bail, licence, a restraining order and the like, with its conditions.

    `takes_place_of` is an order of the case that ends by it, as an interim order does by a restraining one: a normal
    end. Nothing ends that is not named: what the court left in force stays in force. A condition that names
    a place of the victim is refused until it says why it may, so that nobody keeps one unawares.
    """
    drafts = tuple(conditions)
    opened = access.require(actor, Permission.ORDER_RECORD, at=at, file=case.pk, writes=Compartment.CORE)
    _refuse(rules.why_not_conditions(drafts))
    _refuse(rules.why_not_protect((other.name for other in protects.others), victim=protects.victim))
    _refuse(rules.why_not_step(kind, None, Step.MADE, details, last_at=None, at=at))
    hidden = whereabouts.of_victims({case.victim_id}, subject=case.subject_id)
    drafts = places_on_purpose(actor, case, hidden, drafts, at=at)
    older = _in_force(opened, takes_place_of)
    with audit.recorded(actor, "order.made", at=at, file=case.pk) as entry:
        order = _new_order(entry, actor, case, kind, Step.MADE, at)
        _add_conditions(entry, actor, order, drafts, at)
        _add_step(entry, actor, order, Step.MADE, details, at)
        _add_protected(entry, actor, order, protects.others, at)
        shown = _shown_after(Step.MADE, details, at) | {"protects_victim": protects.victim}
        if kind.about.given_when_made:
            shown["served_at"] = details.taken_at or at
        _change(entry, order, order.version, **shown)
        if older is not None:
            _supersede(entry, actor, older, order, details, at)
        return order


def _in_force(opened: Opened, order: UUID | None) -> Order | None:
    """Return the order whose place another takes, or refuse one that is not of this case or has ended."""
    if order is None:
        return None
    found = Order.objects.of(opened).filter(pk=order, made_on__isnull=False, ended_on__isnull=True).first()
    if found is None:
        raise CannotOrder("takes_place_of", "Choose an order of this case that was made and has not ended.")
    return found
