"""Saying of a condition that is sought for how long, and which acts and documents support it."""

from collections.abc import Sequence
from datetime import datetime

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.orders import rules
from fourfold.orders.drafts import SupportDraft
from fourfold.orders.models import Condition, Order, Supported
from fourfold.orders.queries import supporting
from fourfold.orders.rules.lengths import why_not_lasting
from fourfold.orders.services.rows import _add_support, _refuse
from fourfold.orders.terms import BEING_SOUGHT, CannotOrder, OrderKind, lasts_of


def confirm_support(
    *, actor: Actor, condition: Condition, said: SupportDraft, at: datetime, seen: str | None = None
) -> Supported:
    """Confirm for how long a condition is sought, and which acts and documents of the case support it.

    `seen` names what stood before the writer's eyes. Raises CannotOrder where the law allows no such length, where the
    order is no longer sought, or an act or document is not of this case; Conflict where a colleague said otherwise meanwhile.
    """
    order = condition.order
    opened = access.require(actor, Permission.ORDER_APPLY, at=at, file=order.case_id, writes=Compartment.CORE)
    _refuse(why_not_lasting(OrderKind(order.kind), said.lasts, rules.day_of(at)))
    if order.step not in BEING_SOUGHT:
        raise CannotOrder(
            "acts", "This order is no longer being sought. What was said of its conditions stays as it is."
        )
    offered = supporting.offered(actor, opened, at=at)
    if not set(said.acts) <= offered.acts or not set(said.documents) <= offered.documents:
        raise CannotOrder("acts", "The acts or documents of this case have changed. Choose again from the list.")
    with audit.recorded(actor, "order.supported", at=at, file=order.case_id) as entry:
        Order.objects.unscoped("held while one condition is written").select_for_update().get(pk=order.pk)
        rows = supporting.said_of([condition]).get(condition.pk, [])
        access_queries.refuse_unseen("What supports this condition", rows, seen, _said)
        return _add_support(entry, actor, condition, said.lasts, said.acts, said.documents, at)


def _said(rows: Sequence[Supported]) -> dict[str, object]:
    last = rows[-1]
    return {
        "lasts": lasts_of(last.lasts_unit, last.lasts_count).words,
        "acts": len(last.acts),
        "documents": len(last.documents),
    }
