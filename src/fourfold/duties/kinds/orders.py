"""What waits under the orders of a case."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case as Either
from django.db.models import CharField, Exists, OuterRef, Q, Value, When

from fourfold.access.statements import for_nobody
from fourfold.assessment.models import Assessment, Round, Seat
from fourfold.cases.models import CaseAct
from fourfold.duties.kinds.asking import LONDON, WHY, Files, Kind, asked, due, midnight, rows_of
from fourfold.duties.models import Duty
from fourfold.orders import rules as order_rules
from fourfold.orders.models import Breach, BreachStep, Condition, NotBreach, Order, OrderStep
from fourfold.orders.models import Untold as OrderUntold
from fourfold.orders.models import VictimTold as OrderTold
from fourfold.orders.queries import bound_from, left_open, with_undecided
from fourfold.orders.queries.acts import LISTED_FOR, acts_unanswered, with_orders_then
from fourfold.orders.queries.instead import NOTIFYING
from fourfold.orders.terms import OrderKind, Step


@asked
def _not_told(files: Any) -> Any:
    others = OrderUntold.objects.unscoped(WHY).filter(order=OuterRef("order"))
    later = others.filter(Q(signed_at__gte=OuterRef("recorded_at")) | Q(recorded_at__gt=OuterRef("recorded_at")))
    since = {"order": OuterRef("order"), "recorded_at__gte": OuterRef("recorded_at")}
    told = OrderTold.objects.unscoped(WHY).filter(about=Step.SERVED, **since)
    served = OrderStep.objects.unscoped(WHY).filter(step=Step.SERVED, **since)
    rows = rows_of(OrderUntold, files).filter(signed_at=None, order__ended_on=None)
    rows = rows.filter(~Exists(later), ~Exists(told), ~Exists(served))
    return rows.values_list("pk", "order__case", "recorded_at", "recorded_by", "order__kind")


def _orders_untold(files: Files) -> Iterator[Duty]:
    for pk, case, at, by, kind in _not_told(files):
        yield due("service_before_telling", case, pk, at, asked_by=by, said={"kind": kind})


_left_open = asked(lambda files: left_open(rows_of(Breach, files)))


def _breaches(files: Files) -> Iterator[Duty]:
    for row, undecided in with_undecided(_left_open(files)):
        case, number = row.condition.order.case_id, row.condition.number
        said = {"condition": number, "undecided": list(undecided), "joined": row.joined, "reassessed": row.reassessed}
        yield due("breaches", case, row.pk, row.decide_by, said=said)


@asked
def _with_an_end(files: Any) -> Any:
    rows = rows_of(Order, files).filter(made_on__isnull=False, expires_on__isnull=False)
    return rows.values_list("pk", "case_id", "kind", "made_on", "served_at", "expires_on", "ended_on")


def _orders_that_end(files: Files) -> Iterator[Duty]:
    """Yield the orders that were made, from 90 days before their last day until they are over, served or not."""
    for pk, case, kind, made_on, served_at, expires_on, ended_on in _with_an_end(files):
        begins = max(made_on, expires_on - timedelta(days=order_rules.WARNINGS[-1]))
        ends = expires_on + timedelta(days=1)
        ends = min(ends, ended_on) if ended_on else ends
        if begins < ends:
            said = {"kind": kind, "served": served_at is not None}
            begins = midnight(begins)
            yield due(
                "orders_that_end",
                case,
                pk,
                datetime.combine(expires_on, time(12), tzinfo=LONDON),
                shows_from=begins,
                until=midnight(ends),
                said=said,
            )


@asked
def _not_notified(files: Any) -> Any:
    notified = OrderStep.objects.unscoped(WHY).filter(step=Step.NOTIFIED)
    interim = notified.filter(order__case=OuterRef("case"), order__kind=OrderKind.SPO_INTERIM)
    rows = rows_of(Order, files).filter(kind__in=NOTIFYING, made_on__isnull=False, served_at__isnull=False)
    return rows.exclude(Exists(notified.filter(order=OuterRef("pk")))).exclude(Q(kind=OrderKind.SPO) & Exists(interim))


def _notifications_missing(files: Files) -> Iterator[Duty]:
    """Yield the orders under which the subject has not notified the police, from the day after the last one for it until
    they are over. Whether they notify under another order instead turns on what the reader may see.
    """
    for row in _not_notified(files):
        due_on = order_rules.notify_by(OrderKind(row.kind), row.made_on, order_rules.day_of(row.served_at))
        ends = [day for day in (row.expires_on and row.expires_on + timedelta(days=1), row.ended_on) if day]
        if due_on is not None:
            yield due(
                "notifications_missing",
                row.case_id,
                row.pk,
                datetime.combine(due_on, time(23, 59), tzinfo=LONDON),
                shows_from=max(midnight(due_on, 1), midnight(row.made_on)),
                until=midnight(min(ends)) if ends else None,
                said={"kind": row.kind},
            )


_orders = asked(lambda files: rows_of(Order, files).order_by("pk"))


def _orders_lapsed(files: Files) -> Iterator[Duty]:
    """Yield the orders that run out and leave a day without any, for 90 days; the others say whether one is in force then."""
    of_case: dict[UUID, list[Any]] = {}
    for row in _orders(files):
        of_case.setdefault(row.case_id, []).append(row)
    for case, orders in of_case.items():
        for row in orders:
            if row.made_on is None or row.expires_on is None or row.ended_on is not None:
                continue
            covers = [bound_from(other) for other in orders if other.pk != row.pk and other.served_at]
            if order_rules.is_gap(row.expires_on, covers):
                said = {"kind": row.kind, "covers": [[day and day.isoformat() for day in each] for each in covers]}
                begins = midnight(row.expires_on, 1)
                yield due(
                    "orders_lapsed",
                    case,
                    row.pk,
                    datetime.combine(row.expires_on, time(23, 59), tzinfo=LONDON),
                    shows_from=begins,
                    until=midnight(row.expires_on, order_rules.WARNINGS[-1] + 1),
                    closed=False,
                    said=said,
                )


_unanswered = asked(lambda files: acts_unanswered(rows_of(CaseAct, files)))


def _acts_under_order(files: Files) -> Iterator[Duty]:
    """Yield, for 90 days, the acts under an order of which nobody has said whether they were a breach; `text`: how much
    of when was told."""
    for act, under in with_orders_then(_unanswered(files)):
        said = {"allegation": str(act.allegation_id), "under": under}
        begins = act.happened_at
        yield due(
            "acts_under_order",
            act.case_id,
            act.pk,
            act.happened_at,
            shows_from=begins,
            until=act.happened_at + LISTED_FOR,
            said=said,
        )


@for_nobody
def _of_the_acts(breaches: Any) -> Any:
    told = Breach.objects.unscoped(WHY).filter(pk__in=breaches).values("allegation")
    return CaseAct.objects.unscoped(WHY).filter(allegation__in=told).values_list("case_id", flat=True)


def _with_the_act(breaches: Collection[UUID]) -> Iterable[UUID]:
    """Return the cases in which acts stand that were recorded as breaches, in whichever case."""
    return _of_the_acts(breaches=tuple(breaches))


_TOLD = Either(
    When(allegation__occurred_from__isnull=True, then=Value("")),
    When(allegation__time_known=True, then=Value("time")),
    default=Value("day"),
    output_field=CharField(),
)


KINDS = (
    Kind("service_before_telling", (OrderUntold, OrderTold, OrderStep, Order), _orders_untold, graded=True),
    Kind(
        "breaches",
        (Breach, BreachStep, Condition, Order, CaseAct, Assessment, Seat, Round),
        _breaches,
        under=Order,
        graded=True,
        decide=True,
        paged=True,
    ),
    Kind("orders_that_end", (Order,), _orders_that_end, paged=True),
    Kind("notifications_missing", (Order, OrderStep), _notifications_missing, under=Order),
    Kind("orders_lapsed", (Order,), _orders_lapsed),
    Kind(
        "acts_under_order",
        (Order, CaseAct, Breach, NotBreach),
        _acts_under_order,
        (CaseAct, _TOLD),
        under=Order,
        beyond=(Breach, _with_the_act),
        graded=True,
        decide=True,
    ),
)
