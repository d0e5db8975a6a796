"""Small makers for the tests of orders: a case, an order that binds him, a breach as told. Every name is invented."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from fourfold.access.terms import RelationKind
from fourfold.cases.models import Case
from fourfold.intake.terms import Channel, RecordingClass, Told
from fourfold.orders import services as orders
from fourfold.orders.models import Breach, Condition, Order
from fourfold.orders.terms import ConditionDraft, ConditionKind, OrderKind, Step, StepDetails
from tests.cases.builders import open_case
from tests.cast import NOW, Cast, assign
from tests.remembered import remembered

CONDITIONS = (
    ConditionDraft(ConditionKind.PROHIBITION, "You must not contact her, directly or through others."),
    ConditionDraft(ConditionKind.PROHIBITION, "You must not use any account that you have not told the police of."),
    ConditionDraft(ConditionKind.REQUIREMENT, "You must attend the assessment that you are offered."),
)


@remembered
def case_of(cast: Cast, *, at: datetime = NOW - timedelta(days=60)) -> Case:
    """Open a case with its advocate and its officer."""
    case = open_case(cast, at=at)
    for name, kind in (("advocate", RelationKind.ADVOCATE), ("officer", RelationKind.OIC)):
        assign(actor=cast.coordinator, case=case, staff=cast.staff[name].pk, kind=kind, at=at)
    return case


def applied(cast: Cast, case: Case, kind: OrderKind = OrderKind.SPO_INTERIM, *, at: datetime) -> Order:
    """Apply for an order with three conditions."""
    return orders.apply_for(
        actor=cast.officer, case=case, kind=kind, conditions=CONDITIONS, reason="Seven acts in 31 weeks.", at=at
    )


def made(
    cast: Cast,
    case: Case,
    kind: OrderKind = OrderKind.SPO_INTERIM,
    *,
    at: datetime = NOW - timedelta(days=20),
    expires_on: date | None = None,
) -> Order:
    """Apply for an order and have it made the next day."""
    order = applied(cast, case, kind, at=at - timedelta(days=1))
    take(cast, order, Step.MADE, at=at, expires_on=expires_on)
    return order


def served(
    cast: Cast,
    case: Case,
    kind: OrderKind = OrderKind.SPO_INTERIM,
    *,
    at: datetime = NOW - timedelta(days=20),
    expires_on: date | None = None,
) -> Order:
    """Have an order made, her told and him served, an hour after one another."""
    order = made(cast, case, kind, at=at, expires_on=expires_on)
    orders.note_victim_told(actor=cast.advocate, order=order, at=at + timedelta(hours=1))
    take(cast, order, Step.SERVED, at=at + timedelta(hours=2))
    return order


def take(cast: Cast, order: Order, step: Step, *, at: datetime, **details: object) -> None:
    """Record a step as the officer."""
    orders.take_step(actor=cast.officer, order=order, step=step, at=at, details=StepDetails(**details))  # type: ignore[arg-type]
    order.refresh_from_db(from_queryset=Order.objects.unscoped("test"))


def told_breach(*, at: datetime, happened: datetime | None = None, **more: object) -> Told:
    """Tell of a message from a new account."""
    values = {
        "site": "northmoor",
        "channel": Channel.BREACH,
        "told_at": at,
        "words": "He wrote to her from an account not seen before.",
        "occurred_from": happened or at - timedelta(hours=1),
        "recorded_class": RecordingClass.MALICIOUS_COMMUNICATIONS,
    }
    return Told(**{**values, **more})  # type: ignore[arg-type]


def condition_of(order: Order, number: int = 2) -> Condition:
    """Return one condition of an order."""
    return Condition.objects.unscoped("test").select_related("order__case").get(order=order, number=number)


def breached(cast: Cast, order: Order, *, at: datetime = NOW, number: int = 2) -> Breach:
    """Record that a condition was broken an hour ago."""
    return orders.record_breach(
        actor=cast.officer, condition=condition_of(order, number), told=told_breach(at=at), at=at
    )
