"""What runs out, what is missing, and what is on its way."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from fourfold.audit.terms import Actor
from fourfold.orders import rules
from fourfold.orders.models import Order, OrderStep
from fourfold.orders.queries.breaches import PAGE
from fourfold.orders.queries.rows import _by
from fourfold.orders.queries.values import Expiring, InPipeline, Unnotified
from fourfold.orders.terms import OrderKind, Step


def expiring(*, actor: Actor, at: datetime) -> tuple[Expiring, ...]:
    """Return the orders in force that end within 90 days, the nearest first. One statement."""
    today = rules.day_of(at)
    rows = _binding(Order.objects.visible_to(actor, at=at), today).filter(
        expires_on__lte=today + timedelta(days=rules.WARNINGS[-1])
    )
    return tuple(
        Expiring(
            row.case.reference,
            row.case_id,
            row.pk,
            OrderKind(row.kind),
            row.expires_on,
            (row.expires_on - today).days,
            rules.warning(row.expires_on, today) or 0,
        )
        for row in rows.select_related("case").order_by("expires_on", "id")[:PAGE]
    )


def notifications_missing(*, actor: Actor, at: datetime) -> tuple[Unnotified, ...]:
    """Return the orders whose three days beginning with service are over without his notification. One statement."""
    today = rules.day_of(at)
    notified = OrderStep.objects.unscoped("inside a scoped list").filter(order=OuterRef("pk"), step=Step.NOTIFIED)
    replaced = OrderStep.objects.unscoped("inside a scoped list").filter(
        order__case=OuterRef("case_id"), order__kind=OrderKind.SPO_INTERIM, step=Step.NOTIFIED
    )
    rows = (
        _binding(Order.objects.visible_to(actor, at=at), today)
        .filter(kind__in=rules.STALKING_ORDERS, served_at__isnull=False)
        .exclude(Exists(notified))
        .exclude(Q(kind=OrderKind.SPO) & Exists(replaced))
    )
    found = []
    for row in rows.select_related("case").order_by("served_at", "id"):
        due_on = rules.notify_by(rules.day_of(row.served_at))
        if today > due_on:
            kind, late = OrderKind(row.kind), (today - due_on).days
            found.append(Unnotified(row.case.reference, row.case_id, row.pk, kind, row.served_at, due_on, late))
    return tuple(found[:PAGE])


def pipeline(*, actor: Actor, at: datetime) -> tuple[InPipeline, ...]:
    """Return the orders on their way to service, the oldest first. Two statements."""
    rows = list(
        Order.objects.visible_to(actor, at=at)
        .filter(step__in=(Step.CONSIDERED, Step.APPLIED, Step.MADE))
        .exclude(kind__in=rules.GIVEN_WHEN_MADE)
        .select_related("case")
        .order_by("recorded_at", "id")[:PAGE]
    )
    steps = _by(
        OrderStep.objects.unscoped("steps of a scoped list").filter(order__in=[row.pk for row in rows]), "order_id"
    )
    found = []
    for row in rows:
        aged = rules.ages([(Step(step.step), step.taken_at) for step in steps[row.pk]], at)
        days = sum(step.days for step in aged)
        found.append(
            InPipeline(
                row.case.reference,
                row.case_id,
                row.pk,
                OrderKind(row.kind),
                Step(row.step),
                aged[-1].taken_at,
                aged[-1].days,
                days,
            )
        )
    return tuple(found)


def _binding(rows: QuerySet, today: date) -> QuerySet:  # type: ignore[type-arg]
    """Keep the orders that are in force on a day, as `rules.binds` has it."""
    return rows.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gte=today),
        Q(ended_on__isnull=True) | Q(ended_on__gt=today),
        made_on__lte=today,
    )
