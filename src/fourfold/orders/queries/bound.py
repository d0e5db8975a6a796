"""Which orders bound the subjects of some cases when a report says that something happened: before it is an act of any."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import IntegerField, QuerySet, Value
from django.db.models.functions import Cast

from fourfold.access.statements import Call, composed
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.orders.models import Breach, Condition, NotBreach, Order
from fourfold.orders.queries.acts import _INSIDE, _bound, _stood
from fourfold.orders.queries.rows import _by
from fourfold.orders.queries.values import ConditionShown
from fourfold.orders.terms import OrderKind


@dataclass(frozen=True)
class ServedOrder:
    """An order that was served in a case, with every condition that it ever had."""

    order: Order
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class OrderThen:
    """An order that bound a case's subject at a moment: which, served when, and its conditions as they stood."""

    id: UUID
    case: UUID
    kind: OrderKind
    served_at: datetime
    conditions: tuple[ConditionShown, ...]


@dataclass(frozen=True)
class Answered:
    """What somebody recorded of an act under an order: a breach of which condition, or that it broke none (`breach` None)."""

    act: UUID
    order: UUID
    reference: str
    kind: OrderKind
    recorded_at: datetime
    breach: UUID | None = None
    condition: int | None = None


def answered_of(*, actor: Actor, acts: Collection[UUID], at: datetime) -> tuple[Answered, ...]:
    """Return what was recorded of some acts in cases that the actor may open: breaches, then what broke none. One statement."""
    rows = sorted(answered_ahead(actor, acts, at).rows(), key=lambda row: (row[6] is None, row[4], row[5]))
    return tuple(
        Answered(act, order, reference, OrderKind(kind), recorded_at, None if number is None else pk, number)
        for act, order, reference, kind, recorded_at, pk, number in rows
    )


def answered_ahead(actor: Actor, acts: Iterable[UUID], at: datetime) -> Call:
    """Return what `answered_of` asks, to be run ahead."""
    return _answered.call(actor, at, acts=tuple(acts))


@composed
def _answered(actor: Actor, at: datetime, acts: Any) -> QuerySet[Any, Any]:
    broken = Breach.objects.visible_to(actor, at=at).filter(allegation__in=acts, withdrawn_at__isnull=True).order_by()
    none = NotBreach.objects.visible_to(actor, at=at).filter(allegation__in=acts).order_by()
    said = broken.values_list(
        *("allegation", "condition__order", "condition__order__case__reference", "condition__order__kind"),
        *("recorded_at", "pk", "condition__number"),
    )
    also = none.values_list(
        *("allegation", "order", "order__case__reference", "order__kind"),
        *("recorded_at", "pk", Cast(Value(None), IntegerField())),
    )
    return said.union(also, all=True)


def served_in(
    *, actor: Actor, cases: Collection[UUID], at: datetime, conditions: bool = True
) -> Mapping[UUID, tuple[ServedOrder, ...]]:
    """Return the orders served by now in those of some cases that the actor may open; two statements, one without their
    `conditions`, none for no case.
    """
    if not cases:
        return {}
    orders = _served(actor, at, cases=tuple(cases))
    found = Condition.objects.unscoped(_INSIDE).filter(order__in=[order.pk for order in orders])
    theirs = _by(found.order_by("number"), "order_id") if orders and conditions else {}
    served = [ServedOrder(order, tuple(theirs.get(order.pk, ()))) for order in orders]
    return {case: tuple(one for one in served if one.order.case_id == case) for case in cases}


@composed
def _served(actor: Actor, at: datetime, cases: Any) -> QuerySet[Order]:
    seen = Case.objects.visible_to(actor, at=at).filter(pk__in=cases).values("pk")
    rows = Order.objects.unscoped(_INSIDE).filter(case__in=seen, served_at__lte=at, made_on__isnull=False)
    return rows.order_by("made_on", "id")


def bound_at(served: Iterable[ServedOrder], happened_at: datetime) -> tuple[OrderThen, ...]:
    """Return which of some orders were in force at a moment; no statement."""
    return tuple(
        OrderThen(
            id=one.order.pk,
            case=one.order.case_id,
            kind=OrderKind(one.order.kind),
            served_at=one.order.served_at,
            conditions=_stood(list(one.conditions), happened_at),
        )
        for one in served
        if one.order.served_at is not None and _bound(one.order, happened_at)
    )
