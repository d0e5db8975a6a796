"""Acted on: an order that waits until the victim knows, a breach that never stands alone."""

from datetime import datetime, timedelta

from fourfold import journey
from fourfold.access.terms import Role
from fourfold.assessment import services as assessment
from fourfold.cases import queries as case_queries
from fourfold.cases import services as cases
from fourfold.cases.terms import CannotStep, Level, Trigger
from fourfold.demo import moves, wordings
from fourfold.demo.leading import condition_of, conditions
from fourfold.demo.moves import Pair, Row
from fourfold.demo.story.tale import LONDON, Tale, counted
from fourfold.intake.terms import RecordingClass
from fourfold.orders import services as orders
from fourfold.orders.terms import BreachDecision, CannotOrder, OrderKind, StepDetails
from fourfold.people.terms import Channel
from fourfold.support.terms import ContactOutcome

HOUR = timedelta(hours=1)


def acted_on(tale: Tale, case: Row) -> None:
    """Apply for an interim order and have it made; it is not served before the victim knows."""
    tale.chapter("Acted on")
    officer = tale.who(Role.POLICE_OFFICER, tale.on(6, 9))
    order = orders.apply_for(
        actor=officer,
        case=case,
        kind=OrderKind.SPO_INTERIM,
        conditions=conditions(),
        reason=wordings.ORDER_REASONS["yes"],
        at=tale.on(6, 9),
    )
    tale.tell(f"The police officer applies for an interim order with {counted(len(conditions()), 'condition')}.")
    journey.order_made(actor=officer, order=order, details=StepDetails(), at=tale.on(8, 12))
    tale.tell("The police officer records that the court has made it.")
    with tale.refused(CannotOrder, "The police officer records that it was served, although the victim was not told."):
        journey.order_served(actor=officer, order=order, details=StepDetails(), at=tale.on(9, 9))
    told = journey.victim_reached(
        actor=tale.who(Role.VICTIM_ADVOCATE, tale.on(9, 11)),
        case=case,
        channel=Channel.TEXT,
        outcome=ContactOutcome.REACHED,
        orders_ahead=[order],
        at=tale.on(9, 11),
    )
    tale.hold(bool(told.safe), "the victim is told first, in a safe contact")
    tale.tell("The victim advocate reaches the victim at 11:00 and says what is about to happen.")
    journey.order_served(actor=officer, order=order, details=StepDetails(), at=tale.on(9, 15))
    tale.tell("The police officer records that the order was served at 15:00.")


def broken(tale: Tale, case: Row, pair: Pair) -> None:
    """Let the subject break the order: a new act of the same conduct, a review brought forward, a new assessment."""
    tale.chapter("Broken")
    coordinator = tale.who(Role.UNIT_COORDINATOR, tale.on(12, 15))
    summary = "Quiet since service. The victim sleeps at a sister's."
    cases.record_review(actor=coordinator, case=case, level=None, summary=summary, at=tale.on(12, 15))
    tale.tell("The unit coordinator records the review of day 12: quiet since service.")
    breach = _breach(tale, case, pair, tale.on(12, 23, 30))
    officer = tale.who(Role.POLICE_OFFICER, tale.on(13, 9))
    for what in BreachDecision:
        journey.breach_decided(actor=officer, breach=breach, what=what, done=True, reason="", at=tale.on(13, 9))
    tale.tell("The police officer decides within the 48 hours: arrest, charge, victim told.")
    assessment.record_assessment(
        actor=officer,
        case=case,
        instrument="first-line",
        answers=moves.first_line("fear", "threats", "earlier_reports", "breach", "escalation"),
        professional_level=Level.VERY_HIGH,
        reason="breach within days of service",
        at=tale.on(13, 11),
    )
    tale.tell("The police officer assesses again: very high stays.")
    _too_early(tale, case)


def _breach(tale: Tale, case: Row, pair: Pair, at: datetime) -> Row:
    """Record the breach as it was told in the night, and see what it forces."""
    officer = tale.who(Role.POLICE_OFFICER, at)
    before = case_queries.pattern(actor=officer, reference=case.reference, at=at)
    words = "He wrote to her from a new account: now you have made me do this."
    told = pair.told(tale.company, at - HOUR, words, RecordingClass.MALICIOUS_COMMUNICATIONS)
    condition = condition_of(tale.company, case, 1, at)
    breach = journey.breach_reported(actor=officer, condition=condition, told=told, at=at)
    after = case_queries.pattern(actor=officer, reference=case.reference, at=at)
    was, now = before.header.review, after.header.review
    tale.hold(after.course.acts == before.course.acts + 1, "a breach is the next act of the same course of conduct")
    tale.hold(
        was is not None and now is not None and now.due_at < was.due_at and now.trigger is Trigger.BREACH,
        "a breach brings the review forward",
    )
    due = f"from {_moment(was.due_at)} to {_moment(now.due_at)}" if was and now else ""
    tale.tell(
        f"The police officer records a breach of condition 1 in the night of day 12: act {after.course.acts} of the "
        f"same course of conduct. The review moves {due}."
    )
    return breach


def _moment(at: datetime) -> str:
    return f"{at.astimezone(LONDON):%-d %B, %H:%M}"


def _too_early(tale: Tale, case: Row) -> None:
    at = tale.on(14, 10)
    with tale.refused(CannotStep, "The unit coordinator wants to step the case down."):
        cases.step_down(
            actor=tale.who(Role.UNIT_COORDINATOR, at),
            case=case,
            reason="the subject is charged",
            victim_told_at=at - HOUR,
            countersigned_by=tale.who(Role.PANEL_CHAIR, at),
            at=at,
        )
