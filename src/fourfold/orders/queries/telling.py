"""What follows from an order or a breach elsewhere: what the victim is told of, and what is to be assessed again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, Subquery

from fourfold.access import queries as access_queries
from fourfold.audit.terms import Actor
from fourfold.orders.models import Breach, BreachStanding, BreachStep, Order, OrderStep, VictimTold
from fourfold.orders.rules import LONDON
from fourfold.orders.terms import BreachDecision, OrderKind, Step
from fourfold.plan.models import Action
from fourfold.plan.terms import OPEN

_OPENED = "of a breach that was opened"
#: The decisions whose no the victim is told: nobody may believe that an arrest or a charge follows.
_NO_IS_TOLD = (BreachDecision.ARREST, BreachDecision.CHARGE)
_GIVEN = tuple(kind for kind in OrderKind if kind.about.given_when_made)


def orders_ahead(*, actor: Actor, case_id: UUID, at: datetime) -> tuple[Order, ...]:
    """Return the orders of a case that are applied for, or made and not served: what the victim is told of first."""
    rows = Order.objects.visible_to(actor, at=at).filter(case=case_id).exclude(kind__in=_GIVEN)
    waiting = Q(step=Step.APPLIED) | Q(step__in=(Step.MADE, Step.VARIED), served_at__isnull=True)
    return tuple(rows.filter(waiting, ended_on__isnull=True).select_related("case").order_by("recorded_at", "id"))


@dataclass(frozen=True)
class StepToTell:
    """A step of an order of which the victim is to be told; `warned_at`: when they were last told that the order comes."""

    case: UUID
    order: UUID
    kind: OrderKind
    court: str
    step: Step
    taken_at: datetime
    warned_at: datetime | None


def steps_to_tell(*, actor: Actor, cases: Collection[UUID], at: datetime) -> tuple[StepToTell, ...]:
    """Return when each order of some cases was made and served. One statement, none for no case."""
    told = VictimTold.objects.unscoped("inside a scoped list").filter(order=OuterRef("order"))
    warned = told.order_by("-told_at").values("told_at")
    rows = OrderStep.objects.visible_to(actor, at=at).filter(order__case__in=cases, step__in=(Step.MADE, Step.SERVED))
    values = (
        rows.order_by("taken_at", "recorded_at")
        .annotate(warned_at=Subquery(warned[:1]))
        .values_list("order__case", "order", "order__kind", "order__court", "step", "taken_at", "warned_at")
    )
    return tuple(
        StepToTell(case, order, OrderKind(kind), court, Step(step), taken_at, warned_at)
        for case, order, kind, court, step, taken_at, warned_at in (values if cases else ())
    )


def moments_of(breach: Breach) -> frozenset[datetime]:
    """Return the moments since which the victim was owed word of a breach that was opened: when it was recorded, when an
    arrest or a charge was decided against, and when it was let stand again. Two statements.
    """
    no = BreachStep.objects.unscoped(_OPENED).filter(breach=breach, what__in=_NO_IS_TOLD, done=False)
    again = BreachStanding.objects.unscoped(_OPENED).filter(breach=breach, stands=True)
    return frozenset(
        (breach.recorded_at, *no.values_list("decided_at", flat=True), *again.values_list("recorded_at", flat=True))
    )


@dataclass(frozen=True)
class SaidOfTelling:
    """What somebody recorded with a breach: that the victim was told of it, when and by whom where they knew it, or was
    not, and why.
    """

    done: bool
    on: datetime
    by: str
    reason: str
    contact: UUID | None
    told_at: datetime | None
    told_by: str


def said_of_telling(
    *, actor: Actor, cases: Collection[UUID], at: datetime
) -> dict[tuple[UUID, datetime], SaidOfTelling]:
    """Return what stands with the breaches of some cases of whether the victim was told, by case and by each earlier moment
    since which word was owed. Of a moment that several breaches share nobody said anything that is clear. One statement, none
    for no case; three where somebody said something.
    """
    rows = BreachStep.objects.visible_to(actor, at=at).filter(
        breach__condition__order__case__in=cases, breach__withdrawn_at=None, what=BreachDecision.VICTIM_TOLD
    )
    ordered = rows.select_related("breach__condition__order", "breach__allegation").order_by(
        "decided_at", "recorded_at", "id"
    )
    latest = {row.breach_id: row for row in (ordered if cases else ())}
    names = access_queries.names_of({row.recorded_by for row in latest.values()}) if latest else {}
    owed = _moments_in({row.breach.condition.order.case_id for row in latest.values()}) if latest else {}
    return {
        since: SaidOfTelling(
            row.done, row.decided_at, names[row.recorded_by], row.reason, row.contact, row.told_at, row.told_by
        )
        for since, breaches in owed.items()
        for row in [latest.get(min(breaches))]
        if len(breaches) == 1 and row and since[1] <= row.decided_at
        if not row.told_at or row.told_at >= known_since(row.breach, since[1]).replace(second=0, microsecond=0)
    }


def known_since(breach: Breach, moment: datetime) -> datetime:
    """Return since when a victim could be told of what word is owed of since a moment: of the breach itself since it
    happened, or since the day where nobody told the hour; of what was decided or let stand since then.
    """
    if moment != breach.recorded_at:
        return moment
    if breach.allegation.occurred_from is None or breach.allegation.time_known:
        return breach.happened_at
    return breach.happened_at.astimezone(LONDON).replace(hour=0, minute=0)


def _moments_in(cases: Collection[UUID]) -> dict[tuple[UUID, datetime], set[UUID]]:
    """Return since when word of which breaches of some cases was owed, each as `moments_of` has it. One statement."""
    no = BreachStep.objects.unscoped(_OPENED).filter(what__in=_NO_IS_TOLD, done=False)
    again = BreachStanding.objects.unscoped(_OPENED).filter(stands=True)
    every = Breach.objects.unscoped(_OPENED).filter(condition__order__case__in=cases)
    every = every.values_list("condition__order__case", "recorded_at", "pk")
    of = "breach__condition__order__case"
    no, again = (
        rows.filter(**{f"{of}__in": cases}).values_list(of, moment, "breach")
        for rows, moment in ((no, "decided_at"), (again, "recorded_at"))
    )
    found: dict[tuple[UUID, datetime], set[UUID]] = {}
    for case, moment, breach in every.union(no, again, all=True):
        found.setdefault((case, moment), set()).add(breach)
    return found


def told_with(breach: Breach) -> BreachStep | None:
    """Return what stands with a breach that was opened, whoever said so: that the victim was told. One statement."""
    said = BreachStep.objects.unscoped(_OPENED).filter(breach=breach, what=BreachDecision.VICTIM_TOLD)
    latest = said.order_by("decided_at", "recorded_at", "id").last()
    return latest if latest is not None and latest.done else None


def said_how(breach: Breach) -> dict[UUID, datetime]:
    """Return in which contacts anybody ever said with a breach that the victim was told, and when each was said first."""
    rows = BreachStep.objects.unscoped(_OPENED).filter(breach=breach, contact__isnull=False).order_by("-recorded_at")
    return {row.contact: row.recorded_at for row in rows if row.contact}


def breach_to_tell(*, actor: Actor, case_id: UUID, moment: datetime, at: datetime) -> Breach | None:
    """Return the breach of a case of which word was owed since a moment, as `moments_of` has it, and of which nobody has
    recorded yet that the victim was told.
    """
    no = BreachStep.objects.unscoped("inside a scoped list").filter(
        breach=OuterRef("pk"), what__in=_NO_IS_TOLD, done=False, decided_at=moment
    )
    again = BreachStanding.objects.unscoped("inside a scoped list").filter(
        breach=OuterRef("pk"), stands=True, recorded_at=moment
    )
    said = BreachStep.objects.unscoped("inside a scoped list").filter(
        breach=OuterRef("pk"), what=BreachDecision.VICTIM_TOLD
    )
    latest = Subquery(said.order_by("-decided_at", "-recorded_at", "-id").values("done")[:1])
    rows = Breach.objects.visible_to(actor, at=at).filter(condition__order__case=case_id, withdrawn_at__isnull=True)
    rows = rows.filter(Q(recorded_at=moment) | Exists(no) | Exists(again))
    rows = rows.annotate(told=latest).filter(Q(told=False) | Q(told__isnull=True))
    return rows.select_related("condition__order__case").first()


def to_assess_again(*, actor: Actor, case_id: UUID, at: datetime) -> tuple[Action, ...]:
    """Return the open actions to assess a case again after a breach that the actor's agency owns. One statement."""
    breaches = Breach.objects.visible_to(actor, at=at).filter(condition__order__case=case_id, withdrawn_at__isnull=True)
    rows = Action.objects.visible_to(actor, at=at).filter(pk__in=breaches.values("action"), status__in=OPEN)
    return tuple(rows.filter(owner_partner=actor.partner).select_related("case").order_by("due_on", "id"))


def open_action_of(breach: Breach) -> Action | None:
    """Return the action to assess again that a breach which was opened has opened, while it is open."""
    rows = Action.objects.unscoped(_OPENED).filter(pk=breach.action_id, status__in=OPEN)
    return rows.select_related("case").first()
