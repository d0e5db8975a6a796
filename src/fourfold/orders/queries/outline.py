"""The orders of a case in outline, for pages that show them beside something else: what binds, since when, what was broken."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from fourfold.access.projection import Added, Projection
from fourfold.access.statements import composed_in
from fourfold.access.terms import Opened
from fourfold.orders import rules
from fourfold.orders.models import Breach, Order
from fourfold.orders.queries.breaches import _breaches, _read, _shown
from fourfold.orders.queries.values import BreachShown
from fourfold.orders.terms import BEING_SOUGHT, OrderKind, Step


def orders_sought(opened: Opened) -> tuple[tuple[UUID, OrderKind, date], ...]:
    """Return the orders of an opened case that are considered or applied for, each with the day on which it was recorded."""
    rows = Order.objects.of(opened).filter(step__in=BEING_SOUGHT).order_by("-recorded_at", "id")
    return tuple((row.pk, OrderKind(row.kind), rules.day_of(row.recorded_at)) for row in rows)


@dataclass(frozen=True)
class OrderOutline:
    """An order as the frame of a case and its picture show it."""

    kind: OrderKind
    step: Step
    binds: bool
    unserved: bool
    served_at: datetime | None
    expires_on: date | None
    ended_on: date | None
    condition_count: int
    breaches: tuple[BreachShown, ...]


_OUTLINE = Projection(OrderOutline, Order, "binds", "unserved", "breaches", condition_count=Added("condition_count"))


def order_outlines(opened: Opened, *, at: datetime) -> tuple[OrderOutline, ...]:
    """Return the orders of an opened case in outline, the newest first. Two statements; one where it has none."""
    rows = list(_orders(opened))
    breaches: dict[UUID, list[BreachShown]] = defaultdict(list)
    for breach, decided in _breaches(_broken(opened)) if rows else ():
        shown = _shown(breach, decided, at)
        breaches[shown.order_id].append(shown.shown)
    today = rules.day_of(at)
    found = []
    for row in rows:
        runs, served = rules.binds(row.made_on, row.expires_on, row.ended_on, today), row.served_at is not None
        found.append(
            _OUTLINE(row, binds=runs and served, unserved=runs and not served, breaches=tuple(breaches[row.pk]))
        )
    return tuple(found)


@composed_in
def _orders(opened: Opened) -> QuerySet[Any]:
    in_force = Count("conditions", filter=Q(conditions__ended_at__isnull=True))
    return Order.objects.of(opened).annotate(condition_count=in_force).order_by("-recorded_at", "id")


@composed_in
def _broken(opened: Opened) -> QuerySet[Breach]:
    return _read(Breach.objects.of(opened).filter(withdrawn_at__isnull=True))
