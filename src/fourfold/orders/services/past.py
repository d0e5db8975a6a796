"""Taking over the orders, and the times in custody, of the time before."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from uuid import UUID

from django.db import models

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import NotFound, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.base import filled
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.gateways.bulk import create_in_order
from fourfold.intake.models import Allegation
from fourfold.orders import durations, rules
from fourfold.orders.models import Breach, BreachStep, Condition, Custody, CustodyEnded, Order, OrderStep
from fourfold.orders.rules import breaches as breach_rules
from fourfold.orders.terms import CannotOrder, PastBreach, PastCustody, PastOrder, Step
from fourfold.words import sentence


def take_over(*, actor: Actor, rows: Iterable[PastOrder | PastCustody], at: datetime) -> int:
    """Bring in past orders with their conditions, steps and breaches, and past custody; return how many that made.

    Batches of 500 with one entry each. Raises NotFound for a case that is not open to the actor, CannotOrder for a
    breach of a condition that the order does not have, or whose allegation does not name that condition.
    """
    return audit.taken_over(actor, "orders.taken_over", rows, lambda batch: _keep_batch(actor, batch, at), at=at)


def _refuse_foreign(actor: Actor, wanted: set[UUID], at: datetime) -> None:
    found = Case.objects.visible_to(actor, at=at).in_bulk(wanted)
    if len(found) < len(wanted):
        raise NotFound
    for site in {case.site for case in found.values()}:
        access.require(actor, Permission.ORDER_RECORD, at=at, site=site)


def _keep_batch(actor: Actor, batch: list[PastOrder | PastCustody], at: datetime) -> list[models.Model]:
    _refuse_foreign(actor, {past.case for past in batch}, at)
    rows = list(chain.from_iterable(_rows_of(actor, past, at) for past in batch))
    _refuse_unlike([row for row in rows if isinstance(row, Breach)])
    create_in_order(rows, Order, Condition, OrderStep, Breach, BreachStep, Custody, CustodyEnded)
    found = (row for row in rows if isinstance(row, Breach))
    counted = {(row.condition.order.case_id, row.allegation_id): row.recorded_at for row in found}
    cases.count_breaches(actor=actor, found=counted, at=at)
    return rows


def _refuse_unlike(breaches: list[Breach]) -> None:
    """Refuse a breach whose allegation says that it is another condition's, or no breach at all."""
    allegations = Allegation.objects.unscoped("of cases that were opened above")
    said = dict(allegations.filter(pk__in=[row.allegation_id for row in breaches]).values_list("pk", "breach_of"))
    for row in breaches:
        if said.get(row.allegation_id) != row.condition_id:
            raise CannotOrder(
                "allegation",
                sentence(
                    "Allegation {1} does not name condition {2} as what it broke. Take it over with that condition's id "
                    "as `breach_of`.",
                    row.allegation_id,
                    row.condition.number,
                ),
            )


def _rows_of(actor: Actor, past: PastOrder | PastCustody, at: datetime) -> Iterator[models.Model]:
    return _custody_rows(actor, past, at) if isinstance(past, PastCustody) else _order_rows(actor, past)


def _custody_rows(actor: Actor, past: PastCustody, at: datetime) -> Iterator[models.Model]:
    held = access_queries.held_by(actor, past.source, at=past.held_from)
    custody = filled(Custody, past, "released_at", **held)
    yield custody
    if past.released_at is not None:
        if why := durations.why_not_released(past.released_at, past.held_from, at):
            raise CannotOrder("released_at", why)
        held = access_queries.held_by(actor, past.source, at=past.released_at)
        yield CustodyEnded(custody=custody, released_at=past.released_at, **held)


def _order_rows(actor: Actor, past: PastOrder) -> Iterator[models.Model]:
    taken = {step.step: step.taken_at for step in past.steps}
    last = past.steps[-1]
    order = filled(
        Order,
        past,
        *("conditions", "steps", "breaches"),
        step=last.step,
        made_on=rules.day_of(taken[Step.MADE]) if Step.MADE in taken else None,
        served_at=taken.get(Step.SERVED) or (taken.get(Step.MADE) if past.kind.about.given_when_made else None),
        ended_on=rules.day_of(taken[Step.ENDED]) if Step.ENDED in taken else None,
        **access_queries.held_by(actor, past.source, at=past.steps[0].taken_at),
    )
    yield order
    conditions = [
        filled(
            Condition,
            told,
            order=order,
            number=number,
            **access_queries.held_by(actor, past.source, at=past.steps[0].taken_at),
        )
        for number, told in enumerate(past.conditions, start=1)
    ]
    yield from conditions
    for step in past.steps:
        held = access_queries.held_by(actor, past.source, at=step.taken_at)
        yield filled(OrderStep, step, order=order, **held)
    for breach in past.breaches:
        yield from _breach_rows(actor, past, conditions, breach)


def _breach_rows(
    actor: Actor, past: PastOrder, conditions: list[Condition], told: PastBreach
) -> Iterator[models.Model]:
    if not 1 <= told.condition <= len(conditions):
        raise CannotOrder(
            "condition",
            sentence("The order has no condition {1}. Name one from 1 to {2}.", told.condition, len(conditions)),
        )
    breach = filled(
        Breach,
        told,
        *("condition", "decisions"),
        condition=conditions[told.condition - 1],
        decide_by=breach_rules.decide_by(told.recorded_at),
        **access_queries.held_by(actor, past.source, at=told.recorded_at),
    )
    yield breach
    for decision in told.decisions:
        yield filled(
            BreachStep, decision, breach=breach, **access_queries.held_by(actor, past.source, at=decision.decided_at)
        )
