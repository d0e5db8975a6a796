"""F1 and F2 as sentences: acts that belong together are seen together, and a class that hides stalking is asked about.

Each of the fifteen failures that killed women has such a sentence; `test_every_failure…` says where.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from fourfold import journey
from fourfold.cases import queries as case_queries
from fourfold.cases import services as cases
from fourfold.cases.terms import Answer, CannotStep, Outcome, ScreeningAnswers, Trigger
from fourfold.intake.models import Allegation
from fourfold.intake.terms import RecordingClass
from fourfold.linkage import queries as linkage
from fourfold.people.terms import Part
from tests.cases.builders import known, open_case, told
from tests.cast import NOW, Cast

DAY = timedelta(days=1)
FOUR = {"fixated": Answer.YES, "obsessive": Answer.YES, "unwanted": Answer.YES, "repeated": Answer.YES}


def taken_on(cast: Cast, allegation: Allegation, **answers: object) -> None:
    """Let the desk screen an allegation and settle it for advice."""
    journey.case_taken_on(
        actor=cast.analyst,
        allegation=allegation,
        answers=ScreeningAnswers(**FOUR, immediate_danger=Answer.NO, **answers),  # type: ignore[arg-type]
        outcome=Outcome.ADVICE_ONLY,
        reason="Looks small by itself.",
        at=NOW,
    )


@pytest.mark.django_db
def test_f1_given_damage_and_messages_in_two_classes_when_a_person_links_them_then_they_are_one_conduct(
    cast: Cast,
) -> None:
    # Given a case that began with messages, and damage told weeks later under another class, her name misspelt
    case = open_case(cast, at=NOW - 40 * DAY)
    damage = told(
        cast.analyst,
        at=NOW,
        recorded_class=RecordingClass.CRIMINAL_DAMAGE,
        victim_name="Norah Quil",
        victim_phone="",
        subject_name="",
        subject_birth="",
        words="Both tyres were cut. A call came from 07700 900777 an hour before.",
    )
    # when the desk opens it, then both people are proposed with what speaks for them, and nothing is joined yet
    page = case_queries.desk_page(actor=cast.analyst, allegation_id=damage.pk, at=NOW)
    assert page.victims[0].id == case.victim_id
    assert page.subjects[0].id == case.subject_id
    assert page.subjects[0].comparison.evidence, "each field that speaks for it or against is shown"
    assert case_queries.pattern(actor=cast.officer, reference=case.reference, at=NOW).course.acts == 1
    # when a person confirms both, then it is the second act of one course, however small the outcome
    known(cast, damage, case.victim, case.subject)
    taken_on(cast, damage, reclassification_asked=True)
    pattern = case_queries.pattern(actor=cast.officer, reference=case.reference, at=NOW)
    assert pattern.course.acts == 2
    assert pattern.header.review is not None
    assert (pattern.header.review.trigger, pattern.header.review.due_at <= NOW + 2 * DAY) == (Trigger.NEW_ACT, True)
    # and when the link proves wrong, it can be undone, and the act is not counted any more
    wrong = next(m for m in linkage.matches(cast.analyst, damage, at=NOW) if m.part is Part.SUBJECT)
    row = linkage.match(cast.analyst, wrong.id, at=NOW)
    cases.undo_match(actor=cast.analyst, match=row, reason="Another man had the number then.", at=NOW)
    assert case_queries.pattern(actor=cast.officer, reference=case.reference, at=NOW).course.acts == 1


@pytest.mark.django_db
def test_f2_given_a_second_act_by_a_former_partner_when_it_is_called_harassment_then_the_desk_must_answer_for_that(
    cast: Cast,
) -> None:
    # Given a second act by her former partner that the force recorded as malicious communications
    case = open_case(cast, at=NOW - 40 * DAY)
    second = told(cast.analyst, at=NOW)
    known(cast, second, case.victim, case.subject)
    # then the page says what the recording rule expects, and by which rule
    check = case_queries.desk_page(actor=cast.analyst, allegation_id=second.pk, at=NOW).class_check
    assert check is not None
    assert "the recording rule expects stalking" in check.says
    assert check.rule.source.startswith("Home Office Counting Rules")
    # when the desk lets it go without a word on that, then it is refused, and it stays at the desk
    with pytest.raises(CannotStep, match=r"expects stalking.* or say why the class is right"):
        taken_on(cast, second)
    second.refresh_from_db(from_queryset=Allegation.objects.unscoped("test"))
    assert second.at_desk
    # when it asks the force to reclassify, or gives a reason, then it may go, and either is on record
    taken_on(cast, second, class_kept_because="The force is satisfied that it is harassment in law only.")
    screened = case_queries.desk_page(actor=cast.analyst, allegation_id=second.pk, at=NOW).screened
    assert screened is not None
    assert screened.answers.class_kept_because.startswith("The force is satisfied")


def test_every_failure_f1_to_f15_has_a_sentence() -> None:
    tests = Path(__file__).resolve().parents[1]
    named = re.compile(r"^def test_f(\d+)_", re.MULTILINE)
    found = {int(number) for file in tests.rglob("test_*.py") for number in named.findall(file.read_text("utf-8"))}
    assert set(range(1, 16)) <= found
