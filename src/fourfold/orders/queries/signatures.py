"""Reasons for serving an order without telling the victim first that wait for a second signature."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db.models import DateTimeField, Q, QuerySet, prefetch_related_objects

from fourfold.access import queries as access_queries
from fourfold.access import signatories
from fourfold.access.conditions import Here, Holds, Made, made
from fourfold.access.paging import WHOLE
from fourfold.access.statements import composed
from fourfold.access.terms import Permission
from fourfold.audit.terms import Actor
from fourfold.cases.queries.level_shown import level_shown, with_risk
from fourfold.orders.models import Order, OrderStep, Untold, VictimTold
from fourfold.orders.terms import OrderKind, Step
from fourfold.plan.queries import UntoldAsked

INSIDE = "inside a scoped list"


def untold_asked(*, actor: Actor, at: datetime) -> tuple[UntoldAsked, ...]:
    """Return the reasons for not telling the victim first that the actor could sign, the oldest first. Four statements.

    None is asked where somebody has signed, a later reason stands, the victim was told since, or the order was served
    since or has ended.
    """
    rows = _unsigned(actor, at)
    # Cases and orders are read after, not joined: there are many of them, and few reasons that nobody has signed.
    prefetch_related_objects(rows, "order__case")
    found = [row for row in rows if _may_sign(actor, row.order.case.site)]
    names = access_queries.names_of(row.recorded_by for row in found)
    return tuple(
        UntoldAsked(
            id=row.pk,
            about=row.order_id,
            what=f"serve {OrderKind(row.order.kind).words}",
            reference=row.order.case.reference,
            level=level_shown(row.order.case.level, sees_risk=row.sees_risk),
            asked_by=names.get(row.recorded_by, "somebody who left"),
            asked_at=row.recorded_at,
        )
        for row in found
    )


@composed
def _unsigned(actor: Actor, at: datetime) -> QuerySet[Any]:
    rows = with_risk(Untold.objects.visible_to(actor, at=at), actor, at).filter(
        ~Q(Holds(_over(), order="order", asked="recorded_at")), signed_at__isnull=True
    )
    return rows.exclude(recorded_by__in=signatories.records_of(actor)).order_by("recorded_at", "pk")[:WHOLE]


@cache
def _over() -> Made:
    """Make the condition that no signature is needed any longer for what was asked at a moment."""
    asked = Here("asked", DateTimeField())
    since = {"order": Here("order"), "recorded_at__gte": asked}
    others = Untold.objects.unscoped(INSIDE).filter(order=Here("order"))
    signed = made(others.filter(Q(signed_at__gte=asked) | Q(recorded_at__gt=asked)))
    told = made(VictimTold.objects.unscoped(INSIDE).filter(about=Step.SERVED, **since))
    served = made(OrderStep.objects.unscoped(INSIDE).filter(step=Step.SERVED, **since))
    ended = made(Order.objects.unscoped(INSIDE).filter(pk=Here("order"), ended_on__isnull=False))
    return signed.joined("OR", told).joined("OR", served).joined("OR", ended)


def spent_at(taken: Iterable[OrderStep]) -> datetime:
    """Return since when a signature counts: not one asked for before the order was last served or varied."""
    spends = [row.recorded_at for row in taken if row.step in (Step.SERVED, Step.VARIED)]
    return max(spends, default=datetime.min.replace(tzinfo=UTC))


def _may_sign(actor: Actor, site: str) -> bool:
    """Return whether somebody is an advocate at a site, or records orders there: as `services.sign_untold` asks."""
    return any(
        access_queries.may(actor, each, site=site) for each in (Permission.SUPPORT_RECORD, Permission.ORDER_RECORD)
    )
