"""An order on its way to the subject; `victim_reached` records that the victim knows first."""

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.journey.planned import NOT_OPEN, order_as_planned
from fourfold.journey.rows import Case, Order, OrderStep
from fourfold.orders import queries as orders_queries
from fourfold.orders import services as orders
from fourfold.orders.terms import CannotOrder, ConditionDraft, OrderKind, PastCustody, PastOrder, Step, StepDetails
from fourfold.panel.minutes import Form
from fourfold.panel.terms import MeasureKind
from fourfold.plan import queries as plan_queries
from fourfold.plan import services as plan
from fourfold.plan.terms import Because, Status
from fourfold.support import queries as support_queries
from fourfold.support import services as support
from fourfold.support.terms import UpdateKind
from fourfold.words import sentence

AT_ONCE = 500


def orders_taken_over(*, actor: Actor, rows: Iterable[PastOrder | PastCustody], at: datetime) -> int:
    """Take over orders and times in custody of the time before; return how many that made.

    Of each breach of which nobody said whether the victim was told they are owed it now, unless the case is closed.
    """
    total, incoming = 0, iter(rows)
    while batch := list(islice(incoming, AT_ONCE)):
        acts = [breach.allegation for past in batch if isinstance(past, PastOrder) for breach in past.breaches]
        with audit.recorded(actor, "orders.brought", at=at):
            total += orders.take_over(actor=actor, rows=batch, at=at)
            for breach in orders_queries.untold_of(actor=actor, acts=acts, at=at) if acts else ():
                support.owe_update(
                    actor=actor,
                    case=breach.condition.order.case,
                    what=UpdateKind.BREACH,
                    happened_at=breach.recorded_at,
                    at=at,
                )
    return total


def order_applied_for(
    *, actor: Actor, case: Case, kind: OrderKind, at: datetime, settles: Collection[UUID] = (), **more: Any
) -> Order:
    """Apply for an order, which is what the plan's action to apply for this kind asked: it is done, and says by what.

    An action that waits until the victim is told stays open, and so does one that may ask for another kind, unless the
    writer says that this settles it. `more` is what `orders.apply_for` asks.
    """
    with audit.recorded(actor, "order.sought", at=at, file=case.pk) as entry:
        order = entry.about(orders.apply_for(actor=actor, case=case, kind=kind, at=at, **more))
        words = sentence("{1}: applied for", kind.words)
        order_as_planned(actor, case, MeasureKind.ORDER, kind, words, at, settles=settles)
        return order


def order_declined(
    *, actor: Actor, case: Case, kind: OrderKind, reason: str, at: datetime, settles: Collection[UUID] = ()
) -> Order:
    """Record that no order is sought, and why, and settle the plan's actions that the writer says this settles.

    None is settled unsaid: the plan may ask for an order of another kind. Nobody has to be told first of what is not
    done. Raises CannotOrder where one of them is not open.
    """
    with audit.recorded(actor, "order.is_declined", at=at, file=case.pk) as entry:
        order = entry.about(orders.decline(actor=actor, case=case, kind=kind, reason=reason, at=at))
        actions = plan_queries.orders_asked_for(actor=actor, case=case, at=at) if settles else ()
        if set(settles) - {action.pk for action in actions}:
            raise CannotOrder("settles", NOT_OPEN)
        for action in actions:
            if action.pk in settles:
                plan.update_action(
                    actor=actor,
                    action=action,
                    status=Status.NOT_DONE,
                    because=Because.OTHER,
                    reason=sentence("{1}: not sought. {2}", kind.words, reason),
                    at=at,
                )
        return order


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
    settles: Collection[UUID] = (),
) -> OrderStep:
    """Record service, which needs the victim to know first; the victim is then told that it was done.

    The plan's action to serve it is done by that, where it can only mean this order, or the writer says so.
    """
    with audit.recorded(actor, "order.is_given", at=at, file=order.case_id) as entry:
        row = entry.about(_step_and_update(actor, order, Step.SERVED, details, at, version, countersigned_by))
        ahead = orders_queries.orders_ahead(actor=actor, case_id=order.case_id, at=at)
        kind, kinds = OrderKind(order.kind), {OrderKind(each.kind) for each in ahead}
        words, asks = sentence("{1}: served on the subject", kind.words), MeasureKind.SERVICE_OF_ORDER
        order_as_planned(actor, order.case, asks, kind, words, at, settles=settles, ahead=kinds)
        return row


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
