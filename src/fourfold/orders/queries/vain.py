"""What somebody asked a colleague to sign about an order, in vain."""

from datetime import datetime

from django.db.models import F, Q

from fourfold.access.endings import ASKED_WAITS
from fourfold.access.in_vain import Found, of_file, waited
from fourfold.access.terms.endings import Asked
from fourfold.audit.terms import Actor
from fourfold.orders.models import Untold


def in_vain(*, actor: Actor, at: datetime) -> list[Found]:
    """Return the orders that the actor asked to serve before the victim is told, and nobody signed."""
    lapsed = waited(Q(signed_at__isnull=True) & ~Q(order__served_at__gte=F("recorded_at")), ASKED_WAITS, at=at)
    return [of_file(Asked.ORDER_UNTOLD, Untold.objects, actor=actor, at=at, file="order__case_id", lapsed=lapsed)]
