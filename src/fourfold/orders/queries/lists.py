"""What runs out, what is missing, and what is on its way."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from fourfold.access.conditions import Here, Holds, Made, made
from fourfold.access.paging import PAGE, WHOLE, Page, page_of
from fourfold.access.projection import Projection
from fourfold.access.scoping import opens
from fourfold.access.statements import composed
from fourfold.access.terms import Compartment
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.terms import Level, State
from fourfold.orders import durations, rules
from fourfold.orders.models import Order, OrderStep
from fourfold.orders.queries.instead import NOTIFYING, instead_of
from fourfold.orders.queries.rows import _by, bound_from
from fourfold.orders.queries.values import (
    BEING_SOUGHT,
    Expiring,
    InForce,
    InPipeline,
    Lapsed,
    NotConsidered,
    Refused,
    Unnotified,
)
from fourfold.orders.terms import OrderKind, Step
from fourfold.panel.models import Decision

_INSIDE = "inside a scoped list"
_OF_CASE = {"reference": "case__reference", "order": "id"}
_EXPIRING = Projection(Expiring, Order, "expires_on", "days_left", "warning", "served", **_OF_CASE)
_IN_PIPELINE = Projection(InPipeline, Order, "since", "days_at_step", "days_in_all", "steps", **_OF_CASE)
_UNNOTIFIED = Projection(Unnotified, Order, "served_at", "due_on", "days_late", **_OF_CASE)
_IN_FORCE = Projection(InForce, Order, "made_on", **_OF_CASE)
_NOT_CONSIDERED = Projection(NotConsidered, Case, "days", case="id")
_LAPSED = Projection(Lapsed, Order, "expired_on", "days", **_OF_CASE)
_REFUSED = Projection(
    *(Refused, OrderStep, "days"),
    reference="order__case__reference",
    case="order__case",
    kind="order__kind",
    on="taken_at",
)


def expiring(*, actor: Actor, at: datetime) -> tuple[Expiring, ...]:
    """Return the orders that were made and end within 90 days, the nearest first. One statement."""
    today = rules.day_of(at)
    return tuple(
        _EXPIRING(
            row,
            expires_on=row.expires_on,
            days_left=(row.expires_on - today).days,
            warning=rules.warning(row.expires_on, today) or 0,
            served=row.served_at is not None,
        )
        for row in _expiring(actor, at)
    )


@composed
def _expiring(actor: Actor, at: datetime) -> QuerySet[Any]:
    today = rules.day_of(at)
    rows = _binding(Order.objects.visible_to(actor, at=at), today).filter(
        expires_on__lte=today + timedelta(days=rules.WARNINGS[-1])
    )
    return rows.select_related("case").order_by("expires_on", "id")[:WHOLE]


def notifications_missing(*, actor: Actor, at: datetime) -> tuple[Unnotified, ...]:
    """Return the orders whose notification is overdue. One statement, one more where one is for domestic abuse."""
    today = rules.day_of(at)
    found = [
        _UNNOTIFIED(row, served_at=row.served_at, due_on=due_on, days_late=(today - due_on).days)
        for row, due_on in _overdue(_unnotified(actor, at), actor, at)
    ]
    return tuple(found[:WHOLE])


def overdue_beside_others(orders: Collection[UUID], *, actor: Actor, at: datetime) -> dict[UUID, date]:
    """Return which of some orders that wait for a notification lack it, and since when, as far as the actor may see other
    orders under which the subject notifies instead. Two statements, none for none.
    """
    rows = list(Order.objects.visible_to(actor, at=at).filter(pk__in=orders)) if orders else []
    return {row.pk: due_on for row, due_on in _overdue(rows, actor, at)}


def _overdue(rows: Sequence[Any], actor: Actor, at: datetime) -> Iterator[tuple[Any, date]]:
    today, instead = rules.day_of(at), instead_of(actor, rows, at=at)
    for row in rows:
        kind, others = OrderKind(row.kind), instead.get(row.pk, ())
        due_on = rules.notify_by(kind, row.made_on, rules.day_of(row.served_at), instead=others, on=today)
        if due_on is not None and today > due_on:
            yield row, due_on


@composed
def _unnotified(actor: Actor, at: datetime) -> QuerySet[Any]:
    rows = (
        _binding(Order.objects.visible_to(actor, at=at), rules.day_of(at))
        .filter(~Q(Holds(_notified(), order="pk")), kind__in=NOTIFYING, served_at__isnull=False)
        .exclude(Q(kind=OrderKind.SPO) & Q(Holds(_interim_notified(), case="case")))
    )
    return rows.select_related("case").order_by("served_at", "id")


@cache
def _notified() -> Made:
    """Make the condition that the subject notified the police as an order asks."""
    return made(OrderStep.objects.unscoped(_INSIDE).filter(order=Here("order"), step=Step.NOTIFIED))


@cache
def _interim_notified() -> Made:
    """Make the condition that this was done under the interim order of a case."""
    interim = OrderStep.objects.unscoped(_INSIDE).filter(order__kind=OrderKind.SPO_INTERIM, step=Step.NOTIFIED)
    return made(interim.filter(order__case=Here("case")))


def pipeline(*, actor: Actor, at: datetime) -> tuple[InPipeline, ...]:
    """Return the orders on their way to service, the oldest first. Two statements."""
    rows = list(
        Order.objects.visible_to(actor, at=at)
        .filter(
            Q(step__in=(*BEING_SOUGHT, Step.MADE)) | Q(step=Step.VARIED, served_at__isnull=True, ended_on__isnull=True)
        )
        .exclude(kind__in=[kind for kind in OrderKind if kind.about.given_when_made])
        .select_related("case")
        .order_by("recorded_at", "id")[:WHOLE]
    )
    steps = _by(
        OrderStep.objects.unscoped("steps of a scoped list").filter(order__in=[row.pk for row in rows]), "order_id"
    )
    found = []
    for row in rows:
        aged = durations.ages([(Step(step.step), step.taken_at) for step in steps[row.pk]], at)
        days, last = sum(step.days for step in aged), aged[-1]
        found.append(_IN_PIPELINE(row, since=last.taken_at, days_at_step=last.days, days_in_all=days, steps=aged))
    return tuple(found)


def _binding(rows: QuerySet, today: date) -> QuerySet:  # type: ignore[type-arg]
    """Keep the orders that were made and run on a day, as `rules.binds` has it, served or not."""
    return rows.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gte=today),
        Q(ended_on__isnull=True) | Q(ended_on__gt=today),
        made_on__lte=today,
    )


def refusals(*, actor: Actor, at: datetime, after: str = "") -> Page[Refused]:
    """Return fifty noes with their reasons, the newest first. Two statements."""
    rows = OrderStep.objects.visible_to(actor, at=at).filter(step__in=(Step.DECLINED, Step.REFUSED))
    shown = page_of(rows.select_related("order__case"), "-taken_at", "id", after=after, most=PAGE)
    firsts = OrderStep.objects.unscoped("steps of a scoped list").filter(order__in=[row.order_id for row in shown])
    begun = dict(firsts.values_list("order").annotate(first=Min("taken_at")))
    return shown.map(lambda row: _refused(row, begun[row.order_id]))


def _refused(row: OrderStep, begun: datetime) -> Refused:
    return _REFUSED(row, days=(rules.day_of(row.taken_at) - rules.day_of(begun)).days)


def lapsed(*, actor: Actor, at: datetime) -> tuple[Lapsed, ...]:
    """Return the orders of open cases that ran out in the last 90 days, unnoticed, leaving no other in force. Two statements."""
    today = rules.day_of(at)
    rows = _ran_out(actor, at)
    others = _by(
        Order.objects.unscoped("orders of a scoped list").filter(case__in={row.case_id for row in rows}), "case_id"
    )
    covers = {row.pk: [bound_from(other) for other in others[row.case_id] if other.pk != row.pk] for row in rows}
    found = [
        _LAPSED(row, expired_on=row.expires_on, days=(today - row.expires_on).days)
        for row in rows
        if rules.is_gap(row.expires_on, covers[row.pk]) and not rules.is_covered(covers[row.pk], today)
    ]
    return tuple(found[:WHOLE])


@composed
def _ran_out(actor: Actor, at: datetime) -> QuerySet[Any]:
    today = rules.day_of(at)
    rows = Order.objects.visible_to(actor, at=at).filter(made_on__isnull=False, ended_on__isnull=True)
    rows = rows.filter(expires_on__lt=today, expires_on__gte=today - timedelta(days=rules.WARNINGS[-1]))
    return rows.exclude(case__state=State.CLOSED).select_related("case").order_by("expires_on", "id")


def not_considered(*, actor: Actor, at: datetime) -> tuple[NotConsidered, ...]:
    """Return the open cases at high, very high or no level yet in which nobody asked for a stalking protection order:
    neither here nor at a panel, yes or no. Only where the risk is open to the reader; the longest open first; one
    statement.
    """
    asked = Order.objects.unscoped(_INSIDE).filter(case=OuterRef("pk"), kind__in=rules.STALKING_ORDERS)
    decided = Decision.objects.unscoped("inside a scoped list: only whether there is one").filter(
        item__case=OuterRef("pk")
    )
    rows = (
        Case.objects.visible_to(actor, at=at)
        .filter(opens(actor, Compartment.RISK, at=at))
        .filter(state=State.OPEN, level__in=("", Level.HIGH, Level.VERY_HIGH))
        .exclude(Exists(asked))
        .exclude(Exists(decided))
        .order_by("opened_at", "id")
    )
    return tuple(_NOT_CONSIDERED(row, days=(at - row.opened_at).days) for row in rows[:WHOLE])


def register(*, actor: Actor, at: datetime, kind: OrderKind | None = None, after: str = "") -> Page[InForce]:
    """Return fifty orders, bail and licence conditions that bind a subject, the last recorded first. One statement.

    What was made and not served waits in the pipeline.
    """
    rows = _binding(Order.objects.visible_to(actor, at=at), rules.day_of(at)).filter(served_at__isnull=False)
    if kind is not None:
        rows = rows.filter(kind=kind)
    rows = rows.select_related("case")
    return page_of(rows, "-recorded_at", "id", after=after, most=PAGE).map(
        lambda row: _IN_FORCE(row, made_on=row.made_on)
    )
