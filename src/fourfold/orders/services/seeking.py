"""Seeking an order, declining one, and keeping one that others made."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.orders import rules
from fourfold.orders.models import Order
from fourfold.orders.services.rows import _add_conditions, _add_step, _change, _new_order, _refuse, _shown_after, _sure
from fourfold.orders.terms import (
    CannotOrder,
    ConditionDraft,
    OrderKind,
    Step,
    StepDetails,
)


def consider(*, actor: Actor, case: Case, kind: OrderKind, reason: str, at: datetime) -> Order:
    """Begin an order: from now its age counts, until it is applied for or declined."""
    access.require(actor, Permission.ORDER_APPLY, at=at, file=case.pk, writes=Compartment.CORE)
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
) -> Order:
    """Apply for an order with its conditions; one of this kind that is being considered for the case is taken up.

    Raises CannotOrder naming the field where a condition or the reason is missing.
    """
    drafts = tuple(conditions)
    opened = access.require(actor, Permission.ORDER_APPLY, at=at, file=case.pk, writes=Compartment.CORE)
    _refuse(rules.why_not_conditions(drafts))
    if not reason.strip():
        raise CannotOrder("reason", "Say why the order is needed: what he did, and what she is to be protected from.")
    waiting = Order.objects.of(_sure(opened)).filter(kind=kind, step=Step.CONSIDERED).order_by("recorded_at").last()
    with audit.recorded(actor, "order.applied", at=at, file=case.pk) as entry:
        order = waiting or _new_order(entry, actor, case, kind, Step.CONSIDERED, at)
        if waiting is None:
            _add_step(entry, actor, order, Step.CONSIDERED, StepDetails(reason=reason), at)
        _add_conditions(entry, actor, order, drafts, at)
        _add_step(entry, actor, order, Step.APPLIED, StepDetails(reason=reason, court=court), at)
        _change(entry, order, order.version, step=Step.APPLIED, court=court)
        return order


def decline(*, actor: Actor, case: Case, reason: str, at: datetime, kind: OrderKind = OrderKind.SPO) -> Order:
    """Record that no order is sought, and why; raises CannotOrder without a reason."""
    opened = access.require(actor, Permission.ORDER_APPLY, at=at, file=case.pk, writes=Compartment.CORE)
    details = StepDetails(reason=reason)
    _refuse(rules.why_not_step(kind, None, Step.DECLINED, details, last_at=None, at=at))
    waiting = Order.objects.of(_sure(opened)).filter(kind=kind, step=Step.CONSIDERED).order_by("recorded_at").last()
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
) -> Order:
    """Keep an order that others made: bail, licence, a restraining or non-molestation order, with its conditions."""
    drafts = tuple(conditions)
    access.require(actor, Permission.ORDER_RECORD, at=at, file=case.pk, writes=Compartment.CORE)
    _refuse(rules.why_not_conditions(drafts))
    _refuse(rules.why_not_step(kind, None, Step.MADE, details, last_at=None, at=at))
    with audit.recorded(actor, "order.made", at=at, file=case.pk) as entry:
        order = _new_order(entry, actor, case, kind, Step.MADE, at)
        _add_conditions(entry, actor, order, drafts, at)
        _add_step(entry, actor, order, Step.MADE, details, at)
        shown = _shown_after(Step.MADE, details, at)
        if kind in rules.GIVEN_WHEN_MADE:
            shown["served_at"] = details.taken_at or at
        _change(entry, order, order.version, **shown)
        return order
