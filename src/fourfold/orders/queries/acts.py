"""Acts while an order was in force: possible breaches that nobody has decided on, and those found to be none."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate

from fourfold.access import queries as access_queries
from fourfold.access.conditions import Here, Holds, Made, made
from fourfold.access.paging import WHOLE
from fourfold.access.projection import Projection, Staff, Through
from fourfold.access.statements import composed
from fourfold.access.terms import Compartment, NotFound, Opened
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import CaseAct
from fourfold.cases.queries.rows import when_known
from fourfold.intake.terms import RecordingClass
from fourfold.orders import rules
from fourfold.orders.models import Breach, Condition, NotBreach, Order
from fourfold.orders.queries.rows import _by, _case
from fourfold.orders.queries.values import ActShown, ActUnderOrder, BoundThen, ConditionShown, RuledOut
from fourfold.orders.rules import breaches as breach_rules
from fourfold.orders.terms import OrderKind, PlaceGround

LISTED_FOR = timedelta(days=90)
_INSIDE = "inside a scoped list"


def acts_under_order(*, actor: Actor, at: datetime) -> tuple[ActUnderOrder, ...]:
    """Return the acts of the last 90 days that may be breaches and that nobody has decided on, the newest first.

    An act leaves the list when it is recorded as a breach, or found to be none under every order in force then.
    Three statements.
    """
    return _under(_unanswered_of_late(actor, at, WHOLE))


@composed
def _unanswered_of_late(actor: Actor, at: datetime, most: int) -> QuerySet[CaseAct]:
    since = at - LISTED_FOR
    rows = CaseAct.objects.visible_to(actor, at=at).filter(happened_at__gte=since, happened_at__lte=at)
    return _unanswered(rows.filter(case__in=_cases_bound(since.astimezone(rules.LONDON).date())), most)


def _cases_bound(since: date) -> QuerySet[Order]:
    """Return the cases with an order in force on a day or later: few, so that no act of another case is looked at."""
    served = Order.objects.unscoped(_INSIDE).filter(served_at__isnull=False)
    return served.filter(
        Q(ended_on__isnull=True) | Q(ended_on__gt=since), Q(expires_on__isnull=True) | Q(expires_on__gte=since)
    ).values("case")


def acts_unanswered(rows: QuerySet[CaseAct]) -> QuerySet[CaseAct]:
    """Return those of some acts that nobody has decided on."""
    bound = Order.objects.unscoped(_INSIDE).filter(served_at__isnull=False).values("case")
    return _unanswered(rows.filter(case__in=bound), None).order_by()


def with_orders_then(unanswered: Iterable[CaseAct]) -> Iterator[tuple[CaseAct, list[str]]]:
    """Yield each act with the kinds of order in force then; one statement."""
    acts = list(unanswered)
    orders = _served(acts) if acts else {}
    for act in acts:
        kinds = (order.kind for order in orders[act.case_id] if _bound(order, act.happened_at))
        yield act, list(dict.fromkeys(kinds))


def unanswered_in(opened: Opened) -> tuple[ActUnderOrder, ...]:
    """Return the same of one case that was opened, however long ago; three statements."""
    return _under(_unanswered(CaseAct.objects.of(opened), WHOLE))


def ruled_out_in(opened: Opened) -> tuple[RuledOut, ...]:
    """Return the acts of a case that were found to be no breach and are none still; two statements."""
    breach = Breach.objects.unscoped(_INSIDE).filter(allegation=OuterRef("allegation_id"), withdrawn_at__isnull=True)
    return _ruled_out(NotBreach.objects.of(opened).exclude(Exists(breach)))


def act_under_order(*, actor: Actor, reference: str, allegation: UUID, at: datetime) -> ActShown:
    """Return one act of a case with the orders in force then and what was said of it, or raise NotFound."""
    case = _case(actor, reference, at)
    opened = access_queries.opened(actor, case.pk, at=at)
    act = CaseAct.objects.of(opened).filter(left_at__isnull=True, allegation=allegation)
    shown = _under(act.select_related("case", "allegation"))
    if not shown or not shown[0].orders:
        raise NotFound
    parts = frozenset({Compartment.CORE.value})
    audit.consulted(actor, "orders.act", at=at, file=case.pk, compartments=parts, count=1)
    return ActShown(
        act=shown[0],
        words=act.values_list("allegation__words", flat=True)[0],
        is_breach=Breach.objects.of(opened).filter(allegation=allegation, withdrawn_at__isnull=True).exists(),
        ruled_out=_ruled_out(NotBreach.objects.of(opened).filter(allegation=allegation)),
    )


def in_force_at(opened: Opened, happened_at: datetime) -> list[Order]:
    """Return the orders of a case that were served and in force at an instant. One statement."""
    rows = Order.objects.of(opened).filter(served_at__lte=happened_at).order_by("made_on", "id")
    return [row for row in rows if _bound(row, happened_at)]


def _unanswered(rows: QuerySet[CaseAct], most: int | None) -> QuerySet[CaseAct]:
    """Keep the acts that are no breach yet and happened under an order of which nobody has said that they broke none."""
    none = NotBreach.objects.unscoped(_INSIDE).filter(
        order=OuterRef("pk"), allegation=OuterRef(OuterRef("allegation_id"))
    )
    bound = Order.objects.unscoped(_INSIDE).filter(
        Q(ended_on__isnull=True) | Q(ended_on__gt=OuterRef("on")),
        Q(expires_on__isnull=True) | Q(expires_on__gte=OuterRef("on")),
        case=OuterRef("case_id"),
        made_on__lte=OuterRef("on"),
        served_at__lte=OuterRef("happened_at"),
    )
    return (
        rows.filter(left_at__isnull=True)
        .annotate(on=TruncDate("happened_at", tzinfo=rules.LONDON))
        .filter(~Q(Holds(_called_breach(), act="allegation")), Exists(bound.exclude(Exists(none))))
        .select_related("case", "allegation")
        .order_by("-happened_at", "id")[:most]
    )


@cache
def _called_breach() -> Made:
    """Make the condition that an act was recorded as a breach."""
    return made(Breach.objects.unscoped(_INSIDE).filter(allegation=Here("act"), withdrawn_at__isnull=True))


def _under(acts: Iterable[CaseAct]) -> tuple[ActUnderOrder, ...]:
    """Read acts with the orders in force then, and the conditions as they stood; two more statements."""
    rows = list(acts)
    orders = _served(rows)
    served = [order.pk for some in orders.values() for order in some]
    conditions = _by(Condition.objects.unscoped(_INSIDE).filter(order__in=served).order_by("number"), "order_id")
    return tuple(
        ActUnderOrder(
            reference=row.case.reference,
            case=row.case_id,
            allegation=row.allegation_id,
            happened_at=row.happened_at,
            time_known=when_known(row.allegation.occurred_from, row.allegation.time_known),
            recorded_as=_recorded_as(row),
            orders=tuple(
                BoundThen(order.pk, OrderKind(order.kind), _stood(conditions[order.pk], row.happened_at))
                for order in orders[row.case_id]
                if _bound(order, row.happened_at)
            ),
        )
        for row in rows
    )


def _served(acts: Iterable[CaseAct]) -> dict[Any, list[Order]]:
    cases = {row.case_id for row in acts}
    served = Order.objects.unscoped(_INSIDE).filter(case__in=cases, served_at__isnull=False, made_on__isnull=False)
    return _by(served.order_by("made_on", "id"), "case_id")


def _recorded_as(row: CaseAct) -> str:
    told = row.allegation
    return RecordingClass(told.recorded_class).label if told.recorded_class else told.class_as_recorded


def _bound(order: Order, happened_at: datetime) -> bool:
    served = order.served_at is not None and order.served_at <= happened_at
    return served and rules.binds(order.made_on, order.expires_on, order.ended_on, rules.day_of(happened_at))


def _stood(conditions: list[Condition], happened_at: datetime) -> tuple[ConditionShown, ...]:
    until = breach_rules.stood_until((row.ended_at for row in conditions), happened_at)
    return tuple(replace(CONDITION(row), place="") for row in conditions if row.ended_at == until)


def _ruled_out(rows: QuerySet[NotBreach]) -> tuple[RuledOut, ...]:
    return _RULED_OUT.all(rows.select_related("order", "allegation").order_by("-recorded_at", "id")[:WHOLE])


def _place(ground: str, reason: str) -> str:
    """Return why a place of the victim stands in a condition; empty where none does."""
    return f"{PlaceGround(ground).words}: {reason}" if ground else ""


CONDITION = Projection(ConditionShown, Condition, place=Through(_place, "place_ground", "place_reason"))
_RULED_OUT = Projection(
    RuledOut,
    NotBreach,
    happened_at=Through(lambda occurred, told: occurred or told, "allegation__occurred_from", "allegation__told_at"),
    time_known=Through(when_known, "allegation__occurred_from", "allegation__time_known"),
    kind="order__kind",
    by=Staff("recorded_by"),
    on="recorded_at",
)
