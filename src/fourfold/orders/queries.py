"""What binds him today, what runs out, what is missing, and what was not yet decided.

Every list starts from the cases that the reader may open. Nothing here knows where a victim is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, NotFound, Opened, Permission
from fourfold.assessment.models import Assessment
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, CaseAct
from fourfold.orders import rules
from fourfold.orders.models import Breach, BreachStep, Condition, Order, OrderStep, Untold, VictimTold
from fourfold.orders.terms import BreachDecision, ConditionKind, EndedBy, OrderKind, Step

PAGE = 50
CORE = frozenset({Compartment.CORE.value})


@dataclass(frozen=True)
class ConditionShown:
    """One condition, to be read aloud."""

    id: UUID
    number: int
    kind: ConditionKind
    text: str


@dataclass(frozen=True)
class StepShown:
    """A step that was taken, how long the order stood there, and by whom it was recorded."""

    step: Step
    taken_at: datetime
    days: int
    reason: str
    by: str
    victim_told_first: bool | None


@dataclass(frozen=True)
class DecisionShown:
    """What was decided after a breach; `done` None where nobody has decided yet."""

    what: BreachDecision
    done: bool | None
    decided_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class BreachShown:
    """A breach with its clock, what is decided, and the alarm where it is treated alone."""

    id: UUID
    condition: int
    happened_at: datetime
    recorded_at: datetime
    decide_by: datetime
    overdue: bool
    means: str
    decisions: tuple[DecisionShown, ...]
    undecided: tuple[BreachDecision, ...]
    alarm: str | None


@dataclass(frozen=True)
class UntoldShown:
    """A reason for serving him before she was told, and whether a second person has signed it."""

    id: UUID
    reason: str
    by: str
    mine: bool
    signed_at: datetime | None


@dataclass(frozen=True)
class OrderShown:
    """An order as it stands: whether it binds him today, for how long, what is missing, what may come next."""

    id: UUID
    kind: OrderKind
    court: str
    protects_others: str
    step: Step
    binds: bool
    made_on: date | None
    served_at: datetime | None
    expires_on: date | None
    days_left: int | None
    warning: int | None
    ended_by: EndedBy | None
    ended_on: date | None
    notify_by: date | None
    notification_missing: bool
    victim_told_at: datetime | None
    untold: UntoldShown | None
    breach_means: str
    conditions: tuple[ConditionShown, ...]
    steps: tuple[StepShown, ...]
    breaches: tuple[BreachShown, ...]
    next_steps: tuple[Step, ...]
    version: int


@dataclass(frozen=True)
class OrdersPage:
    """Everything about the orders of one case."""

    case: UUID
    reference: str
    orders: tuple[OrderShown, ...]
    may_apply: bool
    may_record: bool
    may_breach: bool
    may_tell: bool

    @property
    def binding(self) -> tuple[OrderShown, ...]:
        """The orders that bind him today."""
        return tuple(order for order in self.orders if order.binds)

    @property
    def sought(self) -> tuple[OrderShown, ...]:
        """The orders that are being sought, or were made and do not bind him yet."""
        return tuple(order for order in self.orders if order.step in (Step.CONSIDERED, Step.APPLIED))

    @property
    def past(self) -> tuple[OrderShown, ...]:
        """The orders that bind him no more, or never did."""
        rest = {*self.binding, *self.sought}
        return tuple(order for order in self.orders if order not in rest)

    @property
    def breaches(self) -> tuple[tuple[OrderShown, BreachShown], ...]:
        """Every breach with its order, the latest first."""
        both = ((order, breach) for order in self.orders for breach in order.breaches)
        return tuple(sorted(both, key=lambda pair: pair[1].happened_at, reverse=True))


def orders_page(*, actor: Actor, reference: str, at: datetime) -> OrdersPage:
    """Return the orders of one case, the newest first, or raise NotFound. Sixteen statements and the log's, whatever they are."""
    case = _case(actor, reference, at)
    opened = access_queries.opened(actor, case.pk, at=at)
    orders = tuple(_orders(actor, opened, at))
    return orders_page_of(actor=actor, opened=opened, reference=case.reference, orders=orders, at=at)


def orders_page_of(
    *, actor: Actor, opened: Opened, reference: str, orders: tuple[OrderShown, ...], at: datetime
) -> OrdersPage:
    """Return the same page where the case was opened and its orders were read already, for what stands around it."""
    audit.consulted(actor, "orders.page", at=at, file=opened.file, compartments=CORE, count=len(orders))
    may = access_queries.may
    writes = Compartment.CORE in opened.writable
    return OrdersPage(
        case=opened.file,
        reference=reference,
        orders=orders,
        may_apply=writes and may(actor, Permission.ORDER_APPLY),
        may_record=writes and may(actor, Permission.ORDER_RECORD),
        may_breach=writes and may(actor, Permission.BREACH_RECORD),
        may_tell=Compartment.VICTIM_CONTACT in opened.writable and may(actor, Permission.SUPPORT_RECORD),
    )


def order_shown(*, actor: Actor, order: UUID, at: datetime) -> OrderShown:
    """Return one order as it stands, or raise NotFound."""
    row = order_row(actor=actor, order=order, at=at)
    opened = access_queries.opened(actor, row.case_id, at=at)
    audit.consulted(actor, "orders.one", at=at, file=row.case_id, compartments=CORE, count=1)
    return next(shown for shown in _orders(actor, opened, at) if shown.id == row.pk)


def orders_of(actor: Actor, opened: Opened, *, at: datetime) -> tuple[OrderShown, ...]:
    """Return the orders of a case that was opened, the newest first, for a page that shows more than orders."""
    return tuple(_orders(actor, opened, at))


def case_row(*, actor: Actor, reference: str, at: datetime) -> Case:
    """Return the case that a page is about to write to, or raise NotFound."""
    return _case(actor, reference, at)


def order_row(*, actor: Actor, order: UUID, at: datetime) -> Order:
    """Return the order that a page is about to write to, or raise NotFound."""
    return _one(Order.objects.visible_to(actor, at=at).select_related("case"), order)


def condition_row(*, actor: Actor, condition: UUID, at: datetime) -> Condition:
    """Return the condition that a page says was broken, or raise NotFound."""
    return _one(Condition.objects.visible_to(actor, at=at).select_related("order__case"), condition)


def untold_row(*, actor: Actor, untold: UUID, at: datetime) -> Untold:
    """Return the reason that a page is about to sign, or raise NotFound."""
    return _one(Untold.objects.visible_to(actor, at=at).select_related("order"), untold)


def breach_row(*, actor: Actor, breach: UUID, at: datetime) -> Breach:
    """Return the breach after which a page records a decision, or raise NotFound."""
    return _one(Breach.objects.visible_to(actor, at=at).select_related("condition__order__case"), breach)


# ---- lists --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Expiring:
    """An order in force whose end has come within 90, 30 or 7 days."""

    reference: str
    case: UUID
    order: UUID
    kind: OrderKind
    expires_on: date
    days_left: int
    warning: int


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


@dataclass(frozen=True)
class Unnotified:
    """A served stalking protection order under which his name and address should have been notified and were not."""

    reference: str
    case: UUID
    order: UUID
    kind: OrderKind
    served_at: datetime
    due_on: date
    days_late: int


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


@dataclass(frozen=True)
class InPipeline:
    """An order being sought or not yet served, and for how many days it has stood at its step and in all."""

    reference: str
    case: UUID
    order: UUID
    kind: OrderKind
    step: Step
    since: datetime
    days_at_step: int
    days_in_all: int


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


@dataclass(frozen=True)
class BreachAlarm:
    """A breach that wants something done: what, in which case, since when, and by when."""

    reference: str
    case: UUID
    breach: UUID
    kind: OrderKind
    condition: int
    happened_at: datetime
    decide_by: datetime
    overdue: bool
    undecided: tuple[BreachDecision, ...]
    alarm: str | None


def breaches_undecided(*, actor: Actor, at: datetime) -> tuple[BreachAlarm, ...]:
    """Return the breaches after which something is still to be decided, or that are treated alone, the most overdue
    first. Three statements.
    """
    alarms = (_alarm(breach, decided, at) for breach, decided in _breaches(Breach.objects.visible_to(actor, at=at)))
    wanted = [alarm for alarm in alarms if alarm.undecided or alarm.alarm]
    return tuple(sorted(wanted, key=lambda alarm: (alarm.decide_by, str(alarm.breach)))[:PAGE])


def breaches_without_reassessment(*, actor: Actor, at: datetime) -> tuple[BreachAlarm, ...]:
    """Return the breaches since which nobody has assessed the case again, the oldest first."""
    return tuple(alarm for alarm in breaches_undecided(actor=actor, at=at) if alarm.alarm)


@dataclass(frozen=True)
class ActUnderOrder:
    """An act that happened while an order bound him, and that nobody has yet called a breach or not."""

    reference: str
    case: UUID
    allegation: UUID
    order: UUID
    kind: OrderKind
    happened_at: datetime


def acts_under_order(*, actor: Actor, at: datetime) -> tuple[ActUnderOrder, ...]:
    """Return the acts of the last 90 days that may be breaches nobody has recorded, the newest first. Two statements."""
    breach = Breach.objects.unscoped("inside a scoped list").filter(allegation=OuterRef("allegation_id"))
    acts = list(
        CaseAct.objects.visible_to(actor, at=at)
        .filter(left_at__isnull=True, happened_at__gte=at - timedelta(days=90), happened_at__lte=at)
        .exclude(Exists(breach))
        .select_related("case")
        .order_by("-happened_at", "id")
    )
    orders = _by(
        Order.objects.unscoped("orders of a scoped list").filter(
            case__in={act.case_id for act in acts}, served_at__isnull=False
        ),
        "case_id",
    )
    found = [
        ActUnderOrder(
            act.case.reference, act.case_id, act.allegation_id, order.pk, OrderKind(order.kind), act.happened_at
        )
        for act in acts
        for order in orders[act.case_id][:1]
        if act.happened_at >= order.served_at
        and rules.binds(order.made_on, order.expires_on, order.ended_on, rules.day_of(act.happened_at))
    ]
    return tuple(found[:PAGE])


# ---- inside -------------------------------------------------------------------------------------------------------


def _case(actor: Actor, reference: str, at: datetime) -> Case:
    found = Case.objects.visible_to(actor, at=at).filter(reference=reference).first()
    if found is None:
        raise NotFound
    return found


def _one(rows: QuerySet, identifier: UUID):  # type: ignore[no-untyped-def, type-arg]
    found = rows.filter(pk=identifier).first()
    if found is None:
        raise NotFound
    return found


def _by(rows: Iterable, column: str) -> dict:  # type: ignore[type-arg]
    grouped = defaultdict(list)
    for row in rows:
        grouped[getattr(row, column)].append(row)
    return grouped


def _binding(rows: QuerySet, today: date) -> QuerySet:  # type: ignore[type-arg]
    """Keep the orders that are in force on a day, as `rules.binds` has it."""
    return rows.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gte=today),
        Q(ended_on__isnull=True) | Q(ended_on__gt=today),
        made_on__lte=today,
    )


def _orders(actor: Actor, opened: Opened, at: datetime) -> Iterable[OrderShown]:
    """Read the orders of one case with everything that hangs on them, in eight statements."""
    rows = list(Order.objects.of(opened).order_by("-recorded_at", "id"))
    conditions = _by(Condition.objects.of(opened).order_by("number"), "order_id")
    steps = _by(OrderStep.objects.of(opened).order_by("taken_at", "recorded_at", "id"), "order_id")
    tellings = _by(VictimTold.objects.of(opened).filter(about=Step.SERVED).order_by("told_at"), "order_id")
    breaches = _by(
        [_shown(breach, decided, at) for breach, decided in _breaches(Breach.objects.of(opened))], "order_id"
    )
    untold = {row.order_id: row for row in Untold.objects.of(opened).order_by("recorded_at")}
    recorded = [step for taken in steps.values() for step in taken]
    names = access_queries.names_of(row.recorded_by for row in [*recorded, *untold.values()])
    interim_notified = any(
        step.step == Step.NOTIFIED for row in rows if row.kind == OrderKind.SPO_INTERIM for step in steps[row.pk]
    )
    for row in rows:
        yield _order(
            row,
            conditions[row.pk],
            _steps(steps[row.pk], names, at),
            tellings[row.pk],
            _untold(actor, untold.get(row.pk), names),
            tuple(breach.shown for breach in breaches[row.pk]),
            interim_notified,
            at,
        )


def _order(
    row: Order,
    conditions: list[Condition],
    steps: tuple[StepShown, ...],
    tellings: list[VictimTold],
    untold: UntoldShown | None,
    breaches: tuple[BreachShown, ...],
    interim_notified: bool,
    at: datetime,
) -> OrderShown:
    kind, today = OrderKind(row.kind), rules.day_of(at)
    binds = rules.binds(row.made_on, row.expires_on, row.ended_on, today)
    served_on = rules.day_of(row.served_at) if row.served_at else None
    missing = binds and rules.notification_is_missing(
        kind,
        served_on,
        notified=any(step.step is Step.NOTIFIED for step in steps),
        replaces_notified=kind is OrderKind.SPO and interim_notified,
        on=today,
    )
    return OrderShown(
        id=row.pk,
        kind=kind,
        court=row.court,
        protects_others=row.protects_others,
        step=Step(row.step),
        binds=binds,
        made_on=row.made_on,
        served_at=row.served_at,
        expires_on=row.expires_on,
        days_left=rules.days_left(row.expires_on, today) if binds else None,
        warning=rules.warning(row.expires_on, today) if binds else None,
        ended_by=EndedBy(row.ended_by) if row.ended_by else None,
        ended_on=row.ended_on,
        notify_by=rules.notify_by(served_on) if served_on and kind in rules.STALKING_ORDERS else None,
        notification_missing=missing,
        victim_told_at=tellings[-1].told_at if tellings else None,
        untold=untold,
        breach_means=rules.BREACH_MEANS[kind],
        conditions=tuple(
            ConditionShown(each.pk, each.number, ConditionKind(each.kind), each.text)
            for each in conditions
            if each.ended_at is None
        ),
        steps=steps,
        breaches=breaches,
        next_steps=rules.next_steps(kind, Step(row.step)),
        version=row.version,
    )


def _untold(actor: Actor, row: Untold | None, names: dict[UUID, str]) -> UntoldShown | None:
    if row is None:
        return None
    return UntoldShown(
        row.pk, row.reason, names.get(row.recorded_by, ""), row.recorded_by == actor.staff, row.signed_at
    )


def _steps(rows: list[OrderStep], names: dict[UUID, str], at: datetime) -> tuple[StepShown, ...]:
    aged = rules.ages([(Step(row.step), row.taken_at) for row in rows], at)
    return tuple(
        StepShown(age.step, age.taken_at, age.days, row.reason, names.get(row.recorded_by, ""), row.victim_told_first)
        for row, age in zip(
            sorted(rows, key=lambda row: rules.in_sequence(Step(row.step), row.taken_at)), aged, strict=True
        )
    )


def _breaches(rows: QuerySet) -> list[tuple[Breach, dict[BreachDecision, BreachStep]]]:  # type: ignore[type-arg]
    """Read breaches, each with the latest of every decision after it, and whether it is joined and reassessed."""
    joined = CaseAct.objects.unscoped("inside a scoped list").filter(
        case=OuterRef("condition__order__case_id"), allegation=OuterRef("allegation_id"), left_at__isnull=True
    )
    assessed = Assessment.objects.unscoped("inside a scoped list: only whether there is one").filter(
        case=OuterRef("condition__order__case_id"), signed_at__gt=OuterRef("recorded_at")
    )
    breaches = list(
        rows.annotate(joined=Exists(joined), reassessed=Exists(assessed))
        .select_related("condition__order__case")
        .order_by("-happened_at", "id")
    )
    decisions = BreachStep.objects.unscoped("decisions of a scoped list").filter(
        breach__in=[breach.pk for breach in breaches]
    )
    latest: dict[UUID, dict[BreachDecision, BreachStep]] = defaultdict(dict)
    for decision in decisions.order_by(F("decided_at").asc(), "recorded_at", "id"):
        latest[decision.breach_id][BreachDecision(decision.what)] = decision
    return [(breach, latest[breach.pk]) for breach in breaches]


@dataclass(frozen=True)
class _BreachOfOrder:
    order_id: UUID
    shown: BreachShown


def _shown(breach: Any, decided: dict[BreachDecision, BreachStep], at: datetime) -> _BreachOfOrder:
    """Return a breach, read with `joined` and `reassessed`, as a page shows it."""
    kind = OrderKind(breach.condition.order.kind)
    undecided = rules.undecided(kind, decided)
    decisions = tuple(
        DecisionShown(what, decided[what].done, decided[what].decided_at, decided[what].reason)
        if what in decided
        else DecisionShown(what, None)
        for what in rules.decisions_needed(kind)
    )
    return _BreachOfOrder(
        breach.condition.order_id,
        BreachShown(
            id=breach.pk,
            condition=breach.condition.number,
            happened_at=breach.happened_at,
            recorded_at=breach.recorded_at,
            decide_by=breach.decide_by,
            overdue=bool(undecided) and at > breach.decide_by,
            means=rules.BREACH_MEANS[kind],
            decisions=decisions,
            undecided=undecided,
            alarm=rules.treated_alone(joined=breach.joined, reassessed=breach.reassessed),
        ),
    )


def _alarm(breach: Breach, decided: dict[BreachDecision, BreachStep], at: datetime) -> BreachAlarm:
    order, shown = breach.condition.order, _shown(breach, decided, at).shown
    return BreachAlarm(
        reference=order.case.reference,
        case=order.case_id,
        breach=breach.pk,
        kind=OrderKind(order.kind),
        condition=breach.condition.number,
        happened_at=breach.happened_at,
        decide_by=breach.decide_by,
        overdue=shown.overdue,
        undecided=shown.undecided,
        alarm=shown.alarm,
    )
