"""An order on its way to the subject; `victim_reached` records that the victim knows first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.journey.rows import Case, Order, OrderStep
from fourfold.orders import services as orders
from fourfold.orders.application import Form
from fourfold.orders.terms import ConditionDraft, OrderKind, Step, StepDetails
from fourfold.support import queries as support_queries
from fourfold.support import services as support
from fourfold.support.terms import UpdateKind


def order_made(
    *, actor: Actor, order: Order, details: StepDetails, at: datetime, version: int | None = None
) -> OrderStep:
    """Record that the court has made the order, and start the clock for telling the victim what it forbids."""
    return _step_and_update(actor, order, Step.MADE, details, at, version, None)


def order_served(
    *,
    actor: Actor,
    order: Order,
    details: StepDetails,
    at: datetime,
    countersigned_by: Actor | None = None,
    version: int | None = None,
) -> OrderStep:
    """Record service, which needs the victim to know first; the victim is then told that it was done."""
    return _step_and_update(actor, order, Step.SERVED, details, at, version, countersigned_by)


def _step_and_update(
    actor: Actor,
    order: Order,
    step: Step,
    details: StepDetails,
    at: datetime,
    version: int | None,
    second: Actor | None,
) -> OrderStep:
    with audit.recorded(actor, f"order.is_{step}", at=at, file=order.case_id) as entry:
        row = entry.about(
            orders.take_step(
                actor=actor, order=order, step=step, details=details, at=at, version=version, countersigned_by=second
            )
        )
        support.owe_update(actor=actor, case=order.case, what=UpdateKind.ORDER, happened_at=row.taken_at, at=at)
        return row


def application_made(*, actor: Actor, order: Order, form: Form, at: datetime) -> bytes:
    """Make the application pack of an order, with everything left out of each text that may lead to a victim."""
    from fourfold.governance import queries as governance  # brings the statistics, which no command waits for

    leaves_out = governance.leaves_out(order.case, at_risk=support_queries.names_at_risk(order.case))
    return orders.make_pack(actor=actor, order=order, form=form, leaves_out=leaves_out, at=at)


def bail_set(
    *,
    actor: Actor,
    case: Case,
    conditions: Iterable[ConditionDraft],
    details: StepDetails,
    at: datetime,
    kind: OrderKind = OrderKind.BAIL,
    **more: Any,
) -> Order:
    """Keep the conditions of bail, before charge or a court's, and start the clock for telling the victim.

    `more` may say whom it protects and which order it takes the place of, as `orders.record_order` asks.
    """
    with audit.recorded(actor, "bail.set", at=at, file=case.pk) as entry:
        order = entry.about(
            orders.record_order(
                actor=actor, case=case, kind=kind, conditions=conditions, details=details, at=at, **more
            )
        )
        happened_at = details.taken_at or at
        support.owe_update(actor=actor, case=case, what=UpdateKind.BAIL, happened_at=happened_at, at=at)
        return order
