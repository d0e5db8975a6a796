"""Breaches with what was decided after them, and those that are treated alone."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Case, DateTimeField, F, Q, QuerySet, When

from fourfold.access.conditions import Here, Holds, Made, made
from fourfold.access.paging import WHOLE
from fourfold.access.projection import Added, Projection, Staff
from fourfold.access.statements import composed
from fourfold.access.terms import Opened
from fourfold.assessment.models import Assessment
from fourfold.audit.terms import Actor
from fourfold.cases.models import CaseAct
from fourfold.cases.queries.level_shown import risk_of, with_risk
from fourfold.cases.terms import State
from fourfold.orders import rules
from fourfold.orders.models import Breach, BreachStanding, BreachStep
from fourfold.orders.queries.values import BreachAlarm, BreachShown, DecisionShown, WithdrawnShown
from fourfold.orders.rules import breaches as breach_rules
from fourfold.orders.terms import BreachDecision, OrderKind

_INSIDE = "inside a scoped list"


def _breaches(rows: Iterable[Breach]) -> list[tuple[Breach, dict[BreachDecision, BreachStep]]]:
    """Read breaches, as `_read` has them, each with the latest of every decision after it."""
    breaches = list(rows)
    if not breaches:
        return []
    decisions = BreachStep.objects.unscoped("decisions of a scoped list").filter(
        breach__in=[breach.pk for breach in breaches]
    )
    decisions = decisions.seen()
    latest: dict[UUID, dict[BreachDecision, BreachStep]] = defaultdict(dict)
    for decision in decisions.order_by(F("decided_at").asc(), "recorded_at", "id"):
        latest[decision.breach_id][BreachDecision(decision.what)] = decision
    return [(breach, latest[breach.pk]) for breach in breaches]


def _read(rows: QuerySet[Breach]) -> QuerySet[Breach]:
    """Let each breach say whether it is joined and reassessed; the last that happened is the first."""
    read = rows.annotate(
        joined=Holds(_joined(), case="condition__order__case", act="allegation"),
        reassessed=Holds(_reassessed(), case="condition__order__case", since="recorded_at"),
    )
    read = read.annotate(hour_told=Case(When(allegation__occurred_from__isnull=False, then="allegation__time_known")))
    return read.select_related("condition__order__case").order_by("-happened_at", "id")


_BREACH = Projection(
    BreachShown,
    Breach,
    *("overdue", "means", "decisions", "undecided", "alarm"),
    condition="condition__number",
    time_known=Added("hour_told"),
)
_ALARM = Projection(
    BreachAlarm,
    Breach,
    *("overdue", "undecided", "alarm"),
    reference="condition__order__case__reference",
    case="condition__order__case",
    level="condition__order__case__level",
    breach="id",
    kind="condition__order__kind",
    condition="condition__number",
)


@dataclass(frozen=True)
class _BreachOfOrder:
    order_id: UUID
    shown: BreachShown


def _shown(breach: Any, decided: dict[BreachDecision, BreachStep], at: datetime) -> _BreachOfOrder:
    """Return a breach, read with `joined` and `reassessed`, as a page shows it."""
    kind = OrderKind(breach.condition.order.kind)
    on = rules.day_of(breach.happened_at)
    undecided = breach_rules.undecided(kind, decided, on=on)
    decisions = tuple(
        DecisionShown(what, each.done, each.decided_at, each.reason, each.told_at, each.told_by)
        if (each := decided.get(what))
        else DecisionShown(what, None)
        for what in breach_rules.decisions_needed(kind, on)
    )
    shown = _BREACH(
        breach,
        overdue=bool(undecided) and at > breach.decide_by,
        means=breach_rules.breach_means(kind, on),
        decisions=decisions,
        undecided=undecided,
        alarm=breach_rules.treated_alone(joined=breach.joined, reassessed=breach.reassessed),
    )
    return _BreachOfOrder(breach.condition.order_id, shown)


def _alarm(breach: Breach, decided: dict[BreachDecision, BreachStep], at: datetime) -> BreachAlarm:
    shown = _shown(breach, decided, at).shown
    return _ALARM(breach, overdue=shown.overdue, undecided=shown.undecided, alarm=shown.alarm, opened=risk_of(breach))


def breaches_undecided(*, actor: Actor, at: datetime) -> tuple[BreachAlarm, ...]:
    """Return the breaches after which something is still to be decided, or that are treated alone, the most overdue
    first. Two statements.
    """
    return tuple(_waiting(actor, at)[:WHOLE])


def _waiting(actor: Actor, at: datetime) -> list[BreachAlarm]:
    alarms = [_alarm(breach, decided, at) for breach, decided in _breaches(_open_breaches(actor, at))]
    return sorted(alarms, key=lambda alarm: (alarm.decide_by, str(alarm.breach)))


@composed
def _open_breaches(actor: Actor, at: datetime) -> QuerySet[Breach]:
    """Return the breaches after which something is still to be done."""
    rows = Breach.objects.visible_to(actor, at=at).filter(withdrawn_at__isnull=True)
    return _read(with_risk(rows, actor, at)).filter(_is_open())


def left_open(rows: QuerySet[Breach]) -> QuerySet[Breach]:
    """Return those of some breaches after which something is still to be done, each with whether it is `joined` and
    `reassessed`.
    """
    return _read(rows.filter(withdrawn_at__isnull=True)).filter(_is_open())


def with_undecided(breaches: Iterable[Breach]) -> Iterator[tuple[Any, tuple[BreachDecision, ...]]]:
    """Yield each breach with what is undecided after it. One statement."""
    for breach, decided in _breaches(breaches):
        kind, on = OrderKind(breach.condition.order.kind), rules.day_of(breach.happened_at)
        yield breach, breach_rules.undecided(kind, decided, on=on)


def untold_of(*, actor: Actor, acts: Collection[UUID], at: datetime) -> tuple[Breach, ...]:
    """Return which of some acts are breaches, in cases that are not closed, of which nobody said whether the victim was
    told. One statement.
    """
    rows = Breach.objects.visible_to(actor, at=at).filter(allegation__in=acts, withdrawn_at__isnull=True)
    rows = rows.exclude(condition__order__case__state=State.CLOSED)
    untold = rows.filter(~Q(Holds(_decided(BreachDecision.VICTIM_TOLD), breach="pk")))
    return tuple(untold.select_related("condition__order__case").order_by("recorded_at", "id"))


def fallen_acts(breaches: Iterable[Breach]) -> frozenset[UUID]:
    """Return the acts of some breaches that were recorded as one in error, and are none besides."""
    rows = {(row.allegation_id, row.withdrawn_at is None) for row in breaches}
    return frozenset(act for act, stands in rows if not stands and (act, True) not in rows)


def withdrawn_in(opened: Opened) -> tuple[WithdrawnShown, ...]:
    """Return the breaches of a case that are withdrawn, the latest first; one statement, and one for names where there are some."""
    rows = BreachStanding.objects.of(opened).filter(stands=False, breach__withdrawn_at__isnull=False)
    rows = rows.select_related("breach__condition__order").order_by("recorded_at", "id")
    latest = {row.breach_id: row for row in rows}
    shown = _WITHDRAWN.all(latest.values())
    return tuple(sorted(shown, key=lambda one: one.on, reverse=True))


_WITHDRAWN = Projection(
    WithdrawnShown,
    BreachStanding,
    happened_at="breach__happened_at",
    condition="breach__condition__number",
    kind="breach__condition__order__kind",
    by=Staff("recorded_by"),
    on="recorded_at",
)


@cache
def _joined() -> Made:
    """Make the condition that the act of a breach stands in its case."""
    acts = CaseAct.objects.unscoped(_INSIDE)
    return made(acts.filter(case=Here("case"), allegation=Here("act"), left_at__isnull=True))


@cache
def _reassessed() -> Made:
    """Make the condition that the case was assessed since a moment."""
    assessed = Assessment.objects.unscoped(f"{_INSIDE}: only whether there is one").lying_open()
    return made(assessed.filter(case=Here("case"), signed_at__gt=Here("since", DateTimeField())))


@cache
def _decided(what: BreachDecision) -> Made:
    """Make the condition that something was decided after a breach, done or not."""
    return made(BreachStep.objects.unscoped(_INSIDE).filter(breach=Here("breach"), what=what))


def _is_open() -> Q:
    """Return the condition that something waits after a breach, as `breach_rules.undecided` and `treated_alone` have it."""

    def decided(what: BreachDecision) -> Holds:
        return Holds(_decided(what), breach="pk")

    never_charged = Q(pk__in=[])
    for kind, begins, ends in breach_rules.never_charged():
        until = Q(happened_at__lt=ends) if ends else Q()
        never_charged |= Q(condition__order__kind=kind, happened_at__gte=begins) & until
    undecided = ~never_charged & ~Q(decided(BreachDecision.CHARGE))
    for what in (BreachDecision.ARREST, BreachDecision.VICTIM_TOLD):
        undecided |= ~Q(decided(what))
    return undecided | Q(joined=False) | Q(reassessed=False)
