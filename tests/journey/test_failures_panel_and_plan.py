"""The failures that a panel and a plan exist to prevent, each as a sentence that a practitioner could correct."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fourfold import journey
from fourfold.access.terms import RelationKind
from fourfold.cases import queries as case_queries
from fourfold.cases import rules as case_rules
from fourfold.cases import services as cases
from fourfold.cases.models import Case, FollowUp
from fourfold.cases.terms import Answer, CannotStep, WhatBecame
from fourfold.panel import queries as panel_queries
from fourfold.panel.models import Decision
from fourfold.panel.terms import CannotDecide, MeasureKind, Strand
from fourfold.plan import queries as plan_queries
from fourfold.plan import services as plan
from fourfold.plan.models import Action, StaffMinutes
from fourfold.plan.terms import Attendance, CannotAct, Ending
from tests.cast import NOW, Cast
from tests.duties.scene import waits
from tests.panel.scene import add_act, decision, measure, open_case, ready_to_decide, relate

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def refused_fields(cast: Cast, **changes: object) -> set[str]:
    """What keeps a panel from recording a decision."""
    with pytest.raises(CannotDecide) as refused:
        decided(cast, open_case(cast), **changes)
    return {gap.field for gap in refused.value.gaps}


def decided(cast: Cast, case: Case, **changes: object) -> Decision:
    """Let the panel decide, as the chair does it."""
    row: Decision = journey.panel_decided(
        actor=cast.chair, item=ready_to_decide(cast, case), draft=decision(**changes), at=NOW
    )
    return row


def test_f3_given_an_assessment_that_was_never_made_then_the_advice_says_so_and_asks_for_it(cast: Cast) -> None:
    item = ready_to_decide(cast, open_case(cast))
    advice = panel_queries.item_page(actor=cast.chair, item_id=item.pk, at=NOW).advice
    assert advice is not None
    assert any("has not been made" in reason for reason in advice.reasons)
    assess = next(each for each in advice.suggestions if each.code == "assess")
    assert assess.facts[0].startswith("assessments that are missing or out of date:")


def test_f3_given_a_breach_after_the_decision_when_the_agenda_is_made_then_the_case_is_called_again(cast: Cast) -> None:
    case = open_case(cast)
    decided(cast, case)
    add_act(cast, case, NOW + 2 * DAY, breach=True)
    rows = panel_queries.to_be_heard(actor=cast.coordinator, site="northmoor", at=NOW + 3 * DAY)
    assert rows[0].case == case.pk
    assert "a breach since the last panel" in rows[0].why[0]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"measures": ()}, "measures"),
        ({"measures": (measure(due_on=None),)}, "measure-1-due_on"),
        ({"measures": (measure(owner_partner=""),)}, "measure-1-owner_partner"),
        ({"measures": (measure(Strand.LEGAL),)}, "measures"),
        ({"victim_safety": " "}, "victim_safety"),
    ],
)
def test_f4_given_a_plan_without_owner_date_or_her_safety_then_no_decision_stands(
    cast: Cast, changes: dict[str, object], field: str
) -> None:
    assert field in refused_fields(cast, **changes)
    assert not Action.objects.unscoped("test").exists()


def test_f4_given_a_decision_then_every_measure_is_a_step_with_owner_and_day_in_one_of_the_four_classes(
    cast: Cast,
) -> None:
    case = open_case(cast)
    steps = (
        measure(kind=MeasureKind.CHECK_WITH_VICTIM),
        measure(Strand.LEGAL, kind=MeasureKind.ORDER, owner_partner="northmoor-police"),
        measure(Strand.SOCIAL, kind=MeasureKind.DEBT, owner_partner="northmoor-outreach"),
        measure(kind=MeasureKind.SAFETY_PLAN),
    )
    decided(cast, case, measures=steps)
    page = plan_queries.plan_page(actor=cast.officer, case_id=case.pk, at=NOW)
    assert [count for _, count, _ in page.classes] == [1, 1, 1, 1]
    assert all(action.owner_partner and action.due_on for _, actions in page.strands for action in actions)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"order_considered": ""}, "order_considered"), ({"order_reason": " "}, "order_reason")],
)
def test_f6_given_nobody_says_whether_and_why_an_order_is_sought_then_no_decision_stands(
    cast: Cast, changes: dict[str, object], field: str
) -> None:
    assert field in refused_fields(cast, **changes)


def test_f10_given_two_breaches_when_one_person_sets_low_then_the_level_stands_until_a_second_signs(cast: Cast) -> None:
    item = ready_to_decide(cast, open_case(cast, breaches=2))
    low = decision(level="low", level_reason="He has moved away.")
    with pytest.raises(CannotDecide, match="A second person must sign"):
        journey.panel_decided(actor=cast.chair, item=item, draft=low, at=NOW)
    row = journey.panel_decided(actor=cast.chair, item=item, draft=low, countersigned_by=cast.advocate, at=NOW)
    assert (row.advised, row.level) == ("high", "low")


def test_f11_given_a_quiet_case_when_it_closes_then_slowly_with_her_knowledge_and_never_for_good(cast: Cast) -> None:
    case = open_case(cast)
    Case.objects.unscoped("test").update(last_act_at=NOW - DAY)
    quiet, later = NOW + 100 * DAY, NOW + 200 * DAY
    asked = {"actor": cast.officer, "case": case, "reason": "Quiet.", "countersigned_by": cast.coordinator}
    with pytest.raises(CannotStep, match="The case can step down from"):
        cases.step_down(**asked, victim_told_at=NOW, at=NOW + 30 * DAY)
    with pytest.raises(CannotStep, match="Tell the victim first"):
        cases.step_down(**asked, victim_told_at=None, at=quiet)
    cases.step_down(**asked, victim_told_at=quiet, at=quiet)
    close = {"actor": cast.coordinator, "case": case, "reason": "Quiet."}
    with pytest.raises(CannotStep, match="The earliest day to close"):
        cases.close(**close, victim_told_at=quiet + DAY, at=quiet + 60 * DAY)
    with pytest.raises(CannotStep, match="Tell the victim first that the case will close"):
        cases.close(**close, at=later)
    cases.close(**close, victim_told_at=later, at=later)
    assert [row.months for row in FollowUp.objects.unscoped("test").order_by("months")] == [3, 6, 12, 24]
    at = case_rules.months_after(later, 3)
    (window,) = waits(cast.advocate, "follow_ups", at=at)
    row = case_queries.follow_up_to_record(actor=cast.advocate, case_id=case.pk, follow_up=window.about, at=at)
    became = WhatBecame("She was reached by text.", Answer.YES, Answer.NO, Answer.YES)
    cases.record_follow_up(actor=cast.advocate, follow_up=row, became=became, at=at)
    assert waits(cast.advocate, "follow_ups", at=at) == ()


@pytest.mark.parametrize("investigated", [Answer.YES, Answer.NOT_KNOWN])
def test_f12_given_he_is_or_may_be_under_investigation_then_nobody_treats_him_by_any_door(
    cast: Cast, investigated: Answer
) -> None:
    case = open_case(cast)
    work = measure(Strand.PSYCHOLOGICAL, kind=MeasureKind.DIRECT_WORK, owner_partner="northmoor-nhs")
    assert "measure-2-direct_work" in refused_fields(cast, measures=(measure(), work), under_investigation=investigated)
    decided(cast, case, under_investigation=investigated)
    with pytest.raises(CannotAct, match="under investigation"):
        plan.begin_intervention(
            actor=cast.clinician, case=case, strand=Strand.PSYCHOLOGICAL, kind=MeasureKind.DIRECT_WORK,
            goals=["Insight"], at=NOW,
        )  # fmt: skip
    with pytest.raises(CannotAct, match="under investigation"):
        plan.plan_session(
            actor=cast.clinician, case=case, strand=Strand.PSYCHOLOGICAL, planned_at=NOW, direct_work=True, at=NOW
        )
    assessed = plan.plan_session(actor=cast.clinician, case=case, strand=Strand.PSYCHOLOGICAL, planned_at=NOW, at=NOW)
    assert not assessed.direct_work, "an assessment is open all the same"


def test_f13_given_a_case_that_was_worked_on_then_its_dose_its_minutes_and_its_end_are_numbers(cast: Cast) -> None:
    case = open_case(cast)
    relate(cast, "advocate", case, RelationKind.ADVOCATE)
    decided(cast, case, under_investigation=Answer.NO)
    work = plan.begin_intervention(
        actor=cast.clinician, case=case, strand=Strand.PSYCHOLOGICAL, kind=MeasureKind.DIRECT_WORK,
        goals=["Insight"], sessions_agreed=3, at=NOW,
    )  # fmt: skip
    held = [
        plan.plan_session(
            actor=cast.clinician, case=case, strand=Strand.PSYCHOLOGICAL, planned_at=NOW, intervention=work, at=NOW
        )
        for _ in range(3)
    ]
    gate = Action.objects.unscoped("test").get(kind=MeasureKind.DIRECT_WORK)
    plan.note_victim_told(actor=cast.advocate, action=gate, at=NOW)
    became = (Attendance.ATTENDED, Attendance.MISSED, Attendance.CANCELLED_FOR_WANT_OF_STAFF)
    for session, attendance in zip(held, became, strict=True):
        plan.settle_session(actor=cast.clinician, session=session, attendance=attendance, at=NOW)
    plan.end_intervention(
        actor=cast.clinician, intervention=work, how=Ending.WANT_OF_CAPACITY, reason="No clinician.", at=NOW
    )
    plan.log_minutes(actor=cast.clinician, case=case, minutes=60, worked_on=NOW.date(), at=NOW)
    page = plan_queries.plan_page(actor=cast.clinician, case_id=case.pk, at=NOW)
    assert [page.dose.counted(each) for each in became] == [1, 1, 1]
    assert (page.interventions[0].attended, page.interventions[0].agreed, page.interventions[0].ended) == (
        1, 3, Ending.WANT_OF_CAPACITY,
    )  # fmt: skip
    assert StaffMinutes.objects.unscoped("test").get().role == "mental_health_professional"
