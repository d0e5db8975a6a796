"""The rows of an order, and the one way to change what lists show of it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import models

from fourfold.access import queries as access_queries
from fourfold.audit.draft import Draft
from fourfold.audit.terms import Actor, Conflict
from fourfold.cases.models import Case
from fourfold.orders import rules
from fourfold.orders.models import Condition, Order, OrderStep, Protected, Supported
from fourfold.orders.terms import CannotOrder, ConditionDraft, Lasts, OrderKind, ProtectedDraft, Step, StepDetails

_OPENED = "the case was opened above"


def _new_order(entry: Draft, actor: Actor, case: Case, kind: OrderKind, step: Step, at: datetime) -> Order:
    return entry.about(
        Order.objects.create(case=case, kind=kind, step=step, **access_queries.held_by(actor, "entered", at=at))
    )


def _add_step(
    entry: Draft,
    actor: Actor,
    order: Order,
    step: Step,
    details: StepDetails,
    at: datetime,
    *,
    told: bool | None = None,
    second: UUID | None = None,
) -> OrderStep:
    return entry.about(
        OrderStep.objects.create(
            order=order,
            step=step,
            taken_at=details.taken_at or at,
            reason=details.reason.strip(),
            victim_told_first=told,
            countersigned_by=second,
            replaced_by_id=details.replaced_by,
            extended_by=details.extended_by or "",
            changed_on=details.changed_on,
            court_before=order.court,
            expires_before=order.expires_on,
            **access_queries.held_by(actor, "entered", at=at),
        )
    )


def _add_protected(entry: Draft, actor: Actor, order: Order, drafts: Iterable[ProtectedDraft], at: datetime) -> None:
    for draft in drafts:
        entry.about(
            Protected.objects.create(
                order=order,
                name=draft.name.strip(),
                relation=draft.relation.strip()[:60],
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def _add_conditions(entry: Draft, actor: Actor, order: Order, drafts: Iterable[ConditionDraft], at: datetime) -> None:
    """Number the conditions on from those that the order has had, so that a breach always names one condition."""
    before = Condition.objects.unscoped(_OPENED).filter(order=order).count()
    for number, draft in enumerate(drafts, start=before + 1):
        condition = entry.about(
            Condition.objects.create(
                order=order,
                number=number,
                kind=draft.kind,
                text=draft.text.strip(),
                place_ground=draft.place.ground if draft.place else "",
                place_reason=draft.place.reason.strip() if draft.place else "",
                **access_queries.held_by(actor, "entered", at=at),
            )
        )
        if draft.lasts:
            _add_support(entry, actor, condition, draft.lasts, (), (), at, confirmed=False)


def _add_support(
    entry: Draft,
    actor: Actor,
    condition: Condition,
    lasts: Lasts,
    acts: Iterable[UUID],
    documents: Iterable[UUID],
    at: datetime,
    *,
    confirmed: bool = True,
) -> Supported:
    return entry.about(
        Supported.objects.create(
            condition=condition,
            lasts_unit=lasts.unit,
            lasts_count=lasts.count,
            acts=[str(each) for each in acts],
            documents=[str(each) for each in documents],
            confirmed=confirmed,
            **access_queries.held_by(actor, "entered", at=at),
        )
    )


def _change(entry: Draft, order: Order, version: int, **shown: object) -> None:
    """Keep what lists show of an order, unless somebody else has changed it since it was read."""
    changed = (
        Order.objects.unscoped(_OPENED)
        .filter(pk=order.pk, version=version)
        .update(version=models.F("version") + 1, **shown)
    )
    if not changed:
        raise _conflict(order)
    order.refresh_from_db(from_queryset=Order.objects.unscoped(_OPENED))
    entry.about(order)


def _conflict(order: Order) -> Conflict:
    row = Order.objects.unscoped(_OPENED).get(pk=order.pk)
    theirs: dict[str, object] = {"step": Step(row.step).words, "expires_on": row.expires_on}
    return Conflict("The order", theirs, row.version)


def _refuse(why: tuple[str, str] | None) -> None:
    if why is not None:
        raise CannotOrder(*why)


def _shown_after(step: Step, details: StepDetails, at: datetime) -> dict[str, object]:
    """Return what lists show of an order after a step."""
    taken_at = details.taken_at or at
    shown: dict[str, object] = {"step": step}
    if details.court:
        shown["court"] = details.court
    if step is Step.MADE:
        shown |= {"made_on": rules.day_of(taken_at), "expires_on": details.expires_on}
    if step is Step.SERVED:
        shown["served_at"] = taken_at
    if step is Step.VARIED and details.expires_on is not None:
        shown["expires_on"] = details.expires_on
    if step is Step.ENDED:
        shown |= {"ended_by": details.ended_by, "ended_on": rules.day_of(taken_at)}
    return shown
