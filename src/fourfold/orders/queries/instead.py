"""Under which other orders a subject notifies the police instead of under a domestic abuse protection order."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from fourfold.audit.terms import Actor
from fourfold.orders import rules
from fourfold.orders.models import Order
from fourfold.orders.queries.rows import bound_from
from fourfold.orders.terms import OrderKind

NOTIFYING = tuple(kind for kind in OrderKind if kind.about.notification_limit)


def among(orders: Iterable[Order], others: Iterable[Order]) -> dict[UUID, tuple[rules.Bound, ...]]:
    """Return for each of some orders which of others of the same subject stand instead of its notification; no statement."""
    served = [(OrderKind(row.kind), row) for row in others if row.served_at is not None]
    return {
        row.pk: tuple(
            bound_from(other)
            for kind, other in served
            if other.pk != row.pk and rules.stands_instead(OrderKind(row.kind), row.made_on, kind, other.made_on)
        )
        for row in orders
    }


def instead_of(actor: Actor, orders: Iterable[Order], *, at: datetime) -> dict[UUID, tuple[rules.Bound, ...]]:
    """Return the same among every order of the subject that the actor may see; one statement, none for no such order."""
    asked = [row for row in orders if row.kind == OrderKind.DOMESTIC_ABUSE and row.served_at is not None]
    if not asked:
        return {}
    subjects = Order.objects.unscoped("of orders that were opened").filter(pk__in=[row.pk for row in asked])
    rows = Order.objects.visible_to(actor, at=at).filter(kind__in=NOTIFYING, served_at__isnull=False)
    rows = rows.filter(case__subject__in=subjects.values("case__subject")).select_related("case")
    of_subject = {row.pk: row.case.subject_id for row in rows}
    return {
        row.pk: among([row], [each for each in rows if each.case.subject_id == of_subject.get(row.pk)])[row.pk]
        for row in asked
    }
