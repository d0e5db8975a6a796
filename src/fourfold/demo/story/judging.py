"""Assessed and decided: each profession alone, then together."""

from dataclasses import replace
from datetime import timedelta

from fourfold import journey
from fourfold.access.terms import Role
from fourfold.assessment import services as assessment
from fourfold.assessment.terms import AssessmentError
from fourfold.cases.terms import Level
from fourfold.demo import moves
from fourfold.demo.moves import Row
from fourfold.demo.story.tale import Tale, counted
from fourfold.panel import queries as panel_queries
from fourfold.panel import services as panel
from fourfold.panel.terms import CannotDecide

HOUR = timedelta(hours=1)


def assessed(tale: Tale, case: Row) -> None:
    """Fill in the checklist with two answers not known; the advice may raise the level, never lower it."""
    tale.chapter("Assessed")
    at = tale.on(2, 11)
    officer = tale.who(Role.POLICE_OFFICER, at)
    answers = moves.first_line("fear", "threats", "earlier_reports", unknown=("weapons", "suicide_talk"))
    with tale.refused(AssessmentError, "The police officer sets medium alone, below the advice."):
        assessment.record_assessment(
            actor=officer,
            case=case,
            instrument="first-line",
            answers=answers,
            professional_level=Level.MEDIUM,
            reason="the subject seems calm",
            at=at,
        )
    made = assessment.record_assessment(
        actor=officer,
        case=case,
        instrument="first-line",
        answers=answers,
        professional_level=Level.HIGH,
        reason="threats, and two things that nobody knows yet",
        at=at,
    )
    tale.hold(made.advice_state == "incomplete", "two answers not known make the advice incomplete, never lower")
    tale.tell(f"The police officer sets high beside an advice of {Level(made.advised).words} that is incomplete.")
    assessment.record_assessment(
        actor=tale.who(Role.MENTAL_HEALTH_PROFESSIONAL, at),
        case=case,
        instrument="judgement",
        answers=moves.judgement(Level.VERY_HIGH),
        reason="imminence within weeks, and nothing that holds the subject back",
        at=tale.on(3, 14),
    )
    tale.tell("The mental health professional records a structured judgement: very high.")


def decided(tale: Tale, case: Row) -> None:
    """Hear four professions alone, then together; a decision without the victim's safety is refused."""
    tale.chapter("Decided")
    sits_at, company = tale.on(5, 10), tale.company
    [item] = moves.bring_before_panel(company, [case], starts_at=sits_at, at=tale.on(3, 16))
    chair = tale.who(Role.PANEL_CHAIR, sits_at)
    moves.give_view(company, item, Role.POLICE_OFFICER, Level.HIGH, at=sits_at - 2 * HOUR)
    page = panel_queries.item_page(
        actor=tale.who(Role.VICTIM_ADVOCATE, sits_at), item_id=item.pk, at=sits_at - 2 * HOUR
    )
    tale.hold(bool(page.why_not_see_views) and not page.views, "nobody sees a view before giving one")
    tale.tell("The police officer gives a view; the victim advocate, who has not, cannot see it yet.")
    levels = dict(zip(moves.FOUR_PROFESSIONS[1:], (Level.VERY_HIGH, Level.HIGH, Level.VERY_HIGH), strict=True))
    for role, level in levels.items():
        moves.give_view(company, item, role, level, at=sits_at - HOUR)
        tale.tell(f"The {role.label} gives a view alone: {level.words}.")
    panel.open_views(actor=chair, item=item, at=sits_at)
    draft = moves.draft(company, Level.VERY_HIGH, sits_at.date(), order=True)
    with tale.refused(CannotDecide, "The panel chair records a decision without an answer on the victim's safety."):
        panel.record_decision(actor=chair, item=item, draft=replace(draft, victim_safety=""), at=sits_at + HOUR)
    journey.panel_decided(actor=chair, item=item, draft=draft, at=sits_at + HOUR)
    tale.tell(
        f"The panel chair records the one decision: very high, an order is sought, "
        f"{counted(len(draft.measures), 'measure')} with owner and date, one dissent kept."
    )
