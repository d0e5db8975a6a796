"""One row for a service to write to, and small readings that several queries share."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from fourfold.access.terms import Compartment, existing
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, CaseAct
from fourfold.orders import rules
from fourfold.orders.models import Breach, BreachStep, Condition, Custody, Order, Untold


def _case(actor: Actor, reference: str, at: datetime) -> Case:
    return existing(Case.objects.visible_to(actor, at=at).filter(reference=reference).first())


def case_row(*, actor: Actor, reference: str, at: datetime) -> Case:
    """Return the case that a page is about to write to, or raise NotFound."""
    return _case(actor, reference, at)


def order_row(*, actor: Actor, order: UUID, at: datetime) -> Order:
    """Return the order that a page is about to write to, or raise NotFound."""
    return _one(Order.objects.visible_to(actor, at=at).select_related("case"), order)


def condition_row(*, actor: Actor, condition: UUID, at: datetime) -> Condition:
    """Return the condition that a page says was broken, or raise NotFound."""
    return _one(Condition.objects.visible_to(actor, at=at).select_related("order__case"), condition)


def bound_from(order: Order) -> tuple[date | None, date | None, date | None]:
    """Return from when an order bound the subject, who was served with it or given it, its last day and when it ended."""
    return rules.day_of(order.served_at) if order.served_at else None, order.expires_on, order.ended_on


def act_row(*, actor: Actor, reference: str, allegation: UUID, at: datetime) -> CaseAct:
    """Return the act of a case of which a page says whether it was a breach, or raise NotFound."""
    acts = CaseAct.objects.visible_to(actor, at=at).filter(case__reference=reference, left_at__isnull=True)
    return existing(acts.filter(allegation=allegation).select_related("case", "allegation").first())


def untold_row(*, actor: Actor, untold: UUID, at: datetime) -> Untold:
    """Return the reason that a page shows to be signed, or raise NotFound; the log tells of it."""
    found: Untold = _one(Untold.objects.visible_to(actor, at=at).select_related("order"), untold)
    _consulted(actor, found.order, at)
    return found


def custody_row(*, actor: Actor, custody: UUID, at: datetime) -> Custody:
    """Return the time in custody whose end a page is about to record, or raise NotFound."""
    return _one(Custody.objects.visible_to(actor, at=at).select_related("case"), custody)


def breach_row(*, actor: Actor, breach: UUID, at: datetime) -> Breach:
    """Return the breach after which a page records a decision, or raise NotFound; the log tells of it."""
    found: Breach = _one(
        Breach.objects.visible_to(actor, at=at).select_related("condition__order__case", "allegation"), breach
    )
    _consulted(actor, found.condition.order, at)
    return found


def decisions_after(breach: Breach) -> tuple[BreachStep, ...]:
    """Return what was decided after a breach that `breach_row` opened, the first decision first. One statement."""
    rows = BreachStep.objects.unscoped("of a breach that was opened").filter(breach=breach).seen()
    return tuple(rows.order_by("decided_at", "recorded_at", "id"))


def _consulted(actor: Actor, order: Order, at: datetime) -> None:
    audit.consulted(actor, "orders.page", at=at, file=order.case_id, compartments={Compartment.CORE.value}, count=1)


def _one(rows: QuerySet, identifier: UUID):  # type: ignore[no-untyped-def, type-arg]
    return existing(rows.filter(pk=identifier).first())


def _by(rows: Iterable, column: str) -> dict:  # type: ignore[type-arg]
    grouped = defaultdict(list)
    for row in rows:
        grouped[getattr(row, column)].append(row)
    return grouped
