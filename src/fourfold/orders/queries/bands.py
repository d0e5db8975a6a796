"""When orders and bail bound a subject, for the picture of a pattern over several cases."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fourfold.access.paging import WHOLE
from fourfold.audit.terms import Actor
from fourfold.orders.models import Order
from fourfold.orders.terms import OrderKind


@dataclass(frozen=True)
class Bound:
    """A time in which an order was in force: from its service to its end; `ends_on` None: no end is known."""

    kind: OrderKind
    served_at: datetime
    ends_on: date | None


def bound_in(*, actor: Actor, cases: Iterable[UUID], at: datetime) -> tuple[Bound, ...]:
    """Return when orders of these cases that the actor may open were in force, the first served first; one statement."""
    rows = Order.objects.visible_to(actor, at=at).filter(case__in=list(cases), served_at__isnull=False)
    return tuple(
        Bound(OrderKind(row.kind), row.served_at, row.ended_on or row.expires_on)
        for row in rows.order_by("served_at", "id")[:WHOLE]
        if row.served_at is not None
    )
