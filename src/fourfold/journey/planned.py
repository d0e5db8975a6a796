"""What was done elsewhere and is an action of the plan: it is done once, and says by what."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.assessment import services as assessment
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.journey.rows import Assessment, Case, Round
from fourfold.orders import queries as orders_queries
from fourfold.orders.rules.naming import action_meant
from fourfold.orders.terms import CannotOrder, OrderKind
from fourfold.panel.terms import MeasureKind
from fourfold.plan import queries as plan_queries
from fourfold.plan import services as plan
from fourfold.plan.terms import Status
from fourfold.words import Word

NOT_OPEN = "This action is not open any more. Look at the plan and choose again."


def done_as_planned(actor: Actor, case: Case, kind: MeasureKind, words: str, at: datetime) -> None:
    """Say that the plan's action of a kind is done, and by what, where it can only be this one."""
    action = plan_queries.action_ready(actor=actor, case=case, kind=kind, at=at)
    if action is not None:
        plan.update_action(actor=actor, action=action, status=Status.DONE, reason=words, at=at)


def order_as_planned(
    actor: Actor,
    case: Case,
    asks: MeasureKind,
    order: OrderKind,
    words: str,
    at: datetime,
    *,
    settles: Collection[UUID],
    ahead: Collection[OrderKind] = (),
) -> None:
    """Say that the plan's action to apply for an order, or to serve one, is done: those that the writer chose.

    Where none is chosen, the one that can only mean this kind of order; `ahead`: the kinds of the case's other orders that
    it could mean as well. What is to be told the victim first stays open. Raises CannotOrder where what was chosen is not
    open, or waits until the victim is told.
    """
    found = {action.pk: action for action in plan_queries.orders_asked_for(actor=actor, case=case, kind=asks, at=at)}
    if set(settles) - set(found):
        raise CannotOrder("settles", NOT_OPEN)
    meant = None
    if not settles and order not in ahead:
        meant = action_meant({pk: action.what for pk, action in found.items()}, order, alone=not ahead)
    for pk in settles or ([meant] if meant else ()):
        if plan_queries.may_be_done(actor=actor, action=found[pk], at=at):
            plan.update_action(actor=actor, action=found[pk], status=Status.DONE, reason=words, at=at)
        elif settles:
            raise CannotOrder("settles", "The victim is to be told of this action first. Leave it open until then.")


def assessment_signed(
    *, actor: Actor, case: Case, at: datetime, round_: Round | None = None, agrees: bool = False, **more: Any
) -> Assessment:
    """Sign an assessment, which is what the plan's action to assess again after a breach asked of its agency.

    A form without a level assesses no risk, and what one of several raters says alone is not the assessment yet: the
    action stays open. `more` is what `assessment.record_assessment` asks.
    """
    with audit.recorded(actor, "assessment.signed", at=at, file=case.pk) as entry:
        row = entry.about(
            assessment.record_assessment(actor=actor, case=case, at=at, round_=round_, agrees=agrees, **more)
        )
        if row.professional_level and (round_ is None or agrees):
            for action in orders_queries.to_assess_again(actor=actor, case_id=case.pk, at=at):
                words = Word("The case was assessed again.")
                plan.update_action(actor=actor, action=action, status=Status.DONE, reason=words, at=at)
        return row
