"""Signing assessments: every answer is kept, the level is chosen before the advice, a lower one takes two people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from fourfold.access.terms import NotFound, Refused
from fourfold.assessment import instruments, queries, services
from fourfold.assessment.models import Answer, Assessment, Draft, SecondSignature
from fourfold.assessment.terms import Answer as Given
from fourfold.assessment.terms import AnswerRefused, CannotRecord, PastAssessment, Standing
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.cases.models import Case, LevelSet
from fourfold.cases.terms import Level
from tests.cast import NOW, Cast
from tests.panel.scene import open_case, wall_off

pytestmark = pytest.mark.django_db

FORM = instruments.load("first-line")


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case of Northmoor's, with no level yet."""
    return open_case(cast)


def answers(default: str = "no", **said: str) -> list[Given]:
    """Answer every question of the first-line checklist with `default`, and some of them otherwise."""
    given = {item.key: default for item in FORM.items if item.key not in ("relationship", "separation", "children")}
    given |= {"relationship": "stranger", **said}
    return [
        Given(key, option=option, note="as told by her" if option == "yes" else "") for key, option in given.items()
    ]


def sign(cast: Cast, case: Case, given: list[Given], **more: object) -> Assessment:
    """Let the officer sign a first-line checklist."""
    return services.record_assessment(
        actor=more.pop("actor", cast.officer),  # type: ignore[arg-type]
        case=case,
        instrument="first-line",
        answers=given,
        at=more.pop("at", NOW),  # type: ignore[arg-type]
        **more,
    )


def level_of(case: Case) -> str:
    """Return the level that the case has now."""
    case.refresh_from_db()
    return case.level


def rows_of(assessment: Assessment) -> dict[str, Answer]:
    """Return the answers of an assessment by question."""
    found = Answer.objects.unscoped("test").filter(assessment=assessment)
    return {f"{row.item}.{row.axis}-{row.repeat}": row for row in found}


# --- what is kept -----------------------------------------------------------------------------------------


def test_every_question_becomes_a_row_also_those_that_nobody_answered(cast: Cast, case: Case) -> None:
    given = [Given("threats", option="not_known"), Given("relationship", option="stranger")]
    rows = rows_of(sign(cast, case, given, professional_level=Level.MEDIUM))
    assert len(rows) == len(FORM.items)
    assert rows["threats.-0"].standing == Standing.GIVEN
    assert rows["threats.-0"].option == "not_known"
    assert rows["fear.-0"].standing == Standing.OMITTED
    assert rows["separation.-0"].standing == Standing.NOT_APPLICABLE


def test_the_form_that_was_asked_is_named_by_its_hash(cast: Cast, case: Case) -> None:
    made = sign(cast, case, answers(), professional_level=Level.LOW)
    assert (made.instrument, made.version, made.sha256) == ("first-line", 1, FORM.sha256)
    assert made.profession == "police"


def test_a_structured_judgement_keeps_axes_scenarios_and_its_formulation(cast: Cast, case: Case) -> None:
    given = [
        Given("menace", axis="now", option="present"),
        Given("menace", axis="relevance", option="high"),
        Given("story", repeat=1, text="He waits at the school."),
        Given("formulation", text="A loss he cannot bear, and the school run keeps it going."),
        Given("prioritisation", option="high", note="two threats in a week"),
    ]
    made = services.record_assessment(
        actor=cast.clinician, case=case, instrument="judgement", answers=given, at=NOW, minutes=90
    )
    rows = rows_of(made)
    assert rows["menace.now-0"].option == "present"
    assert rows["menace.earlier-0"].standing == Standing.OMITTED
    assert rows["story.-1"].text == "He waits at the school."
    assert not any(row.repeat == 2 for row in rows.values()), "a scenario that nobody began is not a gap"
    assert made.formulation.startswith("A loss he cannot bear")
    assert made.professional_level == level_of(case) == Level.HIGH
    assert made.minutes == 90


@pytest.mark.parametrize(
    ("given", "field", "mend"),
    [
        ([Given("telepathy", option="yes")], "telepathy", "Use one of: relationship"),
        ([Given("threats", option="perhaps")], "threats", "Choose one of: yes, no, not_known, refused"),
        ([Given("threats", option="yes"), Given("threats", option="no")], "threats", "two answers"),
        ([Given("threats", axis="now", option="yes")], "threats.now", "Leave the rating out"),
        ([Given("threats", option="yes", note="x" * 20_001)], "threats", "Shorten it"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_with_how_to_mend_it(
    cast: Cast, case: Case, given: list[Given], field: str, mend: str
) -> None:
    with pytest.raises(AnswerRefused) as refused:
        sign(cast, case, given)
    assert refused.value.field == field
    assert mend in str(refused.value)
    assert not Assessment.objects.unscoped("test").exists()


def test_a_form_that_the_victim_answers_is_no_assessment(cast: Cast, case: Case) -> None:
    with pytest.raises(CannotRecord, match="check-in"):
        services.record_assessment(actor=cast.officer, case=case, instrument="safety-check-in", answers=[], at=NOW)


def test_a_form_that_the_site_does_not_use_is_refused(cast: Cast, case: Case) -> None:
    from fourfold.programme.models import Working

    working = Working.objects.get(site_id="northmoor")
    Working.objects.filter(pk=working.pk).update(settings={**working.settings, "instruments": ["judgement"]})
    with pytest.raises(CannotRecord, match="does not use it"):
        sign(cast, case, answers())


# --- the advice and the level -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "state", "advised"),
    [
        ({}, "computed", "low"),
        ({"threats": "yes"}, "computed", "high"),
        ({"threats": "yes", "weapons": "yes"}, "computed", "very_high"),
        ({"threats": "yes", "weapons": "not_known"}, "incomplete", "high"),
        ({"threats": "not_known"}, "incomplete", ""),
        ({"threats": "refused"}, "incomplete", ""),
    ],
)
def test_the_advice_counts_yes_and_never_takes_an_open_answer_for_a_no(
    cast: Cast, case: Case, said: dict[str, str], state: str, advised: str
) -> None:
    made = sign(cast, case, answers(**said))
    assert (made.advice_state, made.advised) == (state, advised)
    assert level_of(case) == "", "without a professional's level none is set"


def test_not_known_raises_the_advice_to_incomplete_and_says_what_could_be(cast: Cast, case: Case) -> None:
    made = sign(cast, case, answers(threats="yes", violence="not_known", weapons="not_known"))
    assert made.advice_state == "incomplete"
    assert (made.advised, made.could_be) == ("high", "very_high")
    assert made.missing == ["violence", "weapons"]
    assert made.by_hand == ["violence", "weapons"]
    assert made.critical == ["Threats: tell a supervisor today and agree with the victim how to stay safe tonight."]


def test_the_level_is_set_beside_the_advice_that_stood_there(cast: Cast, case: Case) -> None:
    sign(cast, case, answers(threats="yes"), professional_level=Level.HIGH)
    row = LevelSet.objects.unscoped("test").get(case=case)
    assert (row.level, row.advised, row.advice_from, row.set_in) == (
        "high",
        "high",
        "first-line version 1",
        "professional",
    )
    assert level_of(case) == "high"


@pytest.mark.parametrize(
    ("level", "reason", "second", "field"),
    [
        (Level.MEDIUM, "", None, "reason"),
        (Level.MEDIUM, "He has moved abroad.", None, "countersigned_by"),
        (Level.MEDIUM, "He has moved abroad.", "officer", "countersigned_by"),
        (Level.VERY_HIGH, "", None, "reason"),
    ],
)
def test_a_level_other_than_the_advice_needs_its_reason_and_a_lower_one_a_second_person(
    cast: Cast, case: Case, level: Level, reason: str, second: str | None, field: str
) -> None:
    with pytest.raises(CannotRecord) as refused:
        sign(
            cast,
            case,
            answers(threats="yes"),
            professional_level=level,
            reason=reason,
            countersigned_by=cast.actor(second) if second else None,
        )
    assert refused.value.field == field
    assert not Assessment.objects.unscoped("test").exists(), "nothing is half signed"
    assert level_of(case) == ""


def test_two_people_may_set_a_level_below_the_advice(cast: Cast, case: Case) -> None:
    made = sign(
        cast,
        case,
        answers(threats="yes"),
        professional_level=Level.MEDIUM,
        reason="He is in custody and has been for a month.",
        countersigned_by=cast.clinician,
    )
    assert made.countersigned_by == cast.staff["clinician"].pk
    assert LevelSet.objects.unscoped("test").get(case=case).countersigned_by == cast.staff["clinician"].pk
    assert level_of(case) == "medium"


def test_a_second_signature_of_somebody_elsewhere_opens_nothing(cast: Cast, case: Case) -> None:
    with pytest.raises((NotFound, Refused)):
        sign(
            cast,
            case,
            answers(threats="yes"),
            professional_level=Level.MEDIUM,
            reason="He is in custody.",
            countersigned_by=cast.olu,
        )
    assert level_of(case) == ""


def test_the_level_in_force_is_not_lowered_by_one_person_either(cast: Cast, case: Case) -> None:
    sign(cast, case, answers(threats="yes"), professional_level=Level.HIGH)
    with pytest.raises(CannotRecord, match="lower than high"):
        sign(
            cast,
            case,
            answers(),
            professional_level=Level.LOW,
            reason="Quiet for a month.",
            at=NOW + timedelta(days=30),
        )
    assert level_of(case) == "high"


def test_the_form_and_the_level_must_say_the_same(cast: Cast, case: Case) -> None:
    given = [Given("prioritisation", option="high", note="two threats")]
    with pytest.raises(CannotRecord, match="The form says high, the level says low") as refused:
        services.record_assessment(
            actor=cast.clinician, case=case, instrument="judgement", answers=given, at=NOW, professional_level=Level.LOW
        )
    assert refused.value.field == "professional_level"


# --- drafts: the level comes before the advice ------------------------------------------------------------


def draft(cast: Cast, case: Case, level: Level | None, given: list[Given] | None = None, **more: object) -> Draft:
    """Let the officer keep a filled-in form."""
    return services.keep_draft(
        actor=cast.officer,
        case=case,
        instrument="first-line",
        answers=given or answers(threats="yes"),
        first_level=level,
        at=NOW,
        **more,
    )


def test_the_first_choice_stays_what_it_was_when_the_officer_raises_it(cast: Cast, case: Case) -> None:
    kept = draft(cast, case, Level.MEDIUM)
    made = sign(cast, case, answers(threats="yes"), professional_level=Level.HIGH, draft=kept)
    assert (made.first_level, made.professional_level) == ("medium", "high")
    assert made.draft_id == kept.pk


def test_going_back_to_an_answer_keeps_the_first_choice(cast: Cast, case: Case) -> None:
    first = draft(cast, case, Level.MEDIUM)
    again = draft(cast, case, Level.VERY_HIGH, answers(threats="yes", weapons="yes"), revises=first)
    assert (again.first_level, again.level) == ("medium", "very_high")
    with pytest.raises(CannotRecord, match="already signed or changed"):
        sign(cast, case, answers(threats="yes"), professional_level=Level.HIGH, draft=first)


def test_who_could_not_say_before_the_advice_agreed_with_nothing(cast: Cast, case: Case) -> None:
    made = sign(cast, case, answers(threats="yes"), professional_level=Level.HIGH, draft=draft(cast, case, None))
    assert made.first_level == ""
    agreed = queries.assessment_page(actor=cast.officer, case_id=case.pk, at=NOW).agreement
    assert (agreed.agreed, agreed.compared, agreed.left_out) == (0, 0, 1)


def test_a_draft_is_signed_once(cast: Cast, case: Case) -> None:
    kept = draft(cast, case, Level.HIGH)
    sign(cast, case, answers(threats="yes"), professional_level=Level.HIGH, draft=kept)
    with pytest.raises(CannotRecord, match="already signed or changed"):
        sign(cast, case, answers(threats="yes"), professional_level=Level.HIGH, draft=kept)


def test_a_draft_is_its_authors_alone(cast: Cast, case: Case) -> None:
    kept = draft(cast, case, Level.HIGH)
    with pytest.raises(NotFound):
        sign(cast, case, answers(), professional_level=Level.HIGH, draft=kept, actor=cast.clinician)
    with pytest.raises(NotFound):
        queries.draft_page(actor=cast.second_officer, case_id=case.pk, draft_id=kept.pk, at=NOW)
    assert queries.draft_page(actor=cast.officer, case_id=case.pk, draft_id=kept.pk, at=NOW).advice.level is Level.HIGH


# --- the second signature ---------------------------------------------------------------------------------


def ask(cast: Cast, case: Case, level: Level = Level.MEDIUM) -> object:
    """Let the officer ask for a signature under a lower level."""
    return services.ask_signature(actor=cast.officer, case=case, level=level, reason="He is in custody.", at=NOW)


def held(cast: Cast, case: Case, level: Level = Level.MEDIUM, at: object = NOW) -> queries.Signed | None:
    """Return the signature that the officer holds."""
    return queries.signature_held(actor=cast.officer, case_id=case.pk, level=level, at=at)  # type: ignore[arg-type]


def test_a_signature_holds_for_seven_days(cast: Cast, case: Case) -> None:
    asked = ask(cast, case)
    services.answer_signature(actor=cast.clinician, asked=asked, given=True, at=NOW)  # type: ignore[arg-type]
    assert held(cast, case, at=NOW + timedelta(days=6)) is not None
    assert held(cast, case, at=NOW + timedelta(days=7)) is None


def test_a_colleagues_signature_is_held_until_the_level_is_set(cast: Cast, case: Case) -> None:
    asked = ask(cast, case)
    assert held(cast, case) is None
    services.answer_signature(actor=cast.clinician, asked=asked, given=True, at=NOW)  # type: ignore[arg-type]
    signed = held(cast, case)
    assert signed is not None
    assert signed.by.staff == cast.staff["clinician"].pk
    assert held(cast, case, Level.LOW) is None, "it holds for the level that was signed"
    sign(
        cast,
        case,
        answers(threats="yes"),
        professional_level=Level.MEDIUM,
        reason=signed.reason,
        countersigned_by=signed.by,
        at=NOW + timedelta(minutes=5),
    )
    assert level_of(case) == "medium"
    assert held(cast, case, at=NOW + timedelta(minutes=6)) is None, "a signature is spent once"


@pytest.mark.parametrize(
    ("who", "given", "words", "field"),
    [("officer", True, "", "given"), ("clinician", False, " ", "words")],
)
def test_nobody_signs_for_himself_and_a_refusal_says_why(
    cast: Cast, case: Case, who: str, given: bool, words: str, field: str
) -> None:
    asked = ask(cast, case)
    with pytest.raises(CannotRecord) as refused:
        services.answer_signature(actor=cast.actor(who), asked=asked, given=given, words=words, at=NOW)  # type: ignore[arg-type]
    assert refused.value.field == field
    assert not SecondSignature.objects.unscoped("test").exists()


def test_a_request_is_answered_once_and_a_refusal_gives_nothing(cast: Cast, case: Case) -> None:
    asked = ask(cast, case)
    services.answer_signature(actor=cast.clinician, asked=asked, given=False, words="The threats go on.", at=NOW)  # type: ignore[arg-type]
    assert held(cast, case) is None
    with pytest.raises(CannotRecord, match="already answered"):
        services.answer_signature(actor=cast.advocate, asked=asked, given=True, at=NOW)  # type: ignore[arg-type]


def test_a_signature_is_asked_with_a_reason(cast: Cast, case: Case) -> None:
    with pytest.raises(CannotRecord, match="Enter the reason for medium"):
        services.ask_signature(actor=cast.officer, case=case, level=Level.MEDIUM, reason="  ", at=NOW)


# --- who may ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["analyst", "coordinator", "chair", "governance", "evaluator", "administrator"])
def test_who_does_not_assess_is_refused_or_finds_nothing(cast: Cast, case: Case, name: str) -> None:
    with pytest.raises((Refused, NotFound)):
        sign(cast, case, answers(), actor=cast.actor(name))
    assert not Assessment.objects.unscoped("test").exists()


def test_another_site_and_a_walled_colleague_find_the_same_nothing(cast: Cast, case: Case) -> None:
    wall_off(cast, "second_officer", case)
    for stranger in (cast.olu, cast.second_officer, cast.station_officer):
        with pytest.raises(NotFound):
            sign(cast, case, answers(), actor=stranger)
    with pytest.raises(NotFound):
        queries.assessment_page(actor=cast.olu, case_id=case.pk, at=NOW)


def test_somebody_turned_away_is_remembered_and_nothing_else_is(cast: Cast, case: Case) -> None:
    with pytest.raises(NotFound):
        sign(cast, case, answers(), actor=cast.olu)
    last = Entry.objects.order_by("-seq")[0]
    assert (last.operation, last.actor) == ("refusal", cast.staff["olu"].pk)


def test_the_log_names_the_form_and_holds_no_answer(cast: Cast, case: Case) -> None:
    made = sign(cast, case, answers(threats="yes"), professional_level=Level.HIGH, formulation="He watches the house.")
    body = Entry.objects.get(action="assessment.recorded").body
    assert str(made.pk) in body
    assert "watches" not in body
    assert '"root"' in body


# --- taking over ------------------------------------------------------------------------------------------


def past(cast: Cast, case: Case, days: int, **more: object) -> PastAssessment:
    """An assessment that was made some days ago."""
    return PastAssessment(
        case=case.pk,
        instrument="first-line",
        assessed_by=cast.staff["officer"].pk,
        profession="police",
        signed_at=NOW - timedelta(days=days),
        **more,
    )


def test_past_assessments_are_brought_in_with_their_answers_and_one_entry(cast: Cast, case: Case) -> None:
    rows = [
        past(cast, case, 40, professional_level="high", answers=tuple(answers(threats="yes"))),
        past(cast, case, 90),
    ]
    before = Entry.objects.count()
    assert services.take_over(actor=cast.officer, rows=rows, at=NOW) == 2
    assert Entry.objects.count() == before + 1
    newer = Assessment.objects.unscoped("test").order_by("-signed_at")[0]
    assert (newer.advised, newer.professional_level, newer.recorded_by) == ("high", "high", cast.staff["officer"].pk)
    assert len(rows_of(newer)) == len(FORM.items)
    assert level_of(case) == "", "levels that were in force are the case's own rows"


def test_past_assessments_of_another_site_are_not_brought_in(cast: Cast, case: Case) -> None:
    with pytest.raises(NotFound):
        services.take_over(actor=cast.olu, rows=[past(cast, case, 3)], at=NOW)
    assert not Assessment.objects.unscoped("test").exists()


def test_the_log_holds_after_the_whole_story(cast: Cast, case: Case) -> None:
    sign(cast, case, answers(threats="yes"), professional_level=Level.HIGH, draft=draft(cast, case, Level.MEDIUM))
    services.answer_signature(actor=cast.clinician, asked=ask(cast, case), given=True, at=NOW)  # type: ignore[arg-type]
    services.take_over(actor=cast.officer, rows=[past(cast, case, 10)], at=NOW)
    assert audit_queries.verify().clean


@pytest.mark.parametrize("signed", [True, False], ids=["signed here", "taken over"])
def test_one_edited_answer_is_found_and_named(cast: Cast, case: Case, signed: bool) -> None:
    given = answers(threats="yes")
    if signed:
        sign(cast, case, given, professional_level=Level.HIGH)
    else:
        rows = [past(cast, case, 40, professional_level="high", answers=tuple(given))]
        services.take_over(actor=cast.officer, rows=rows, at=NOW)
    assert audit_queries.verify().clean
    answer = Answer.objects.unscoped("test").get(item="threats")
    Answer.objects.unscoped("test").filter(pk=answer.pk).update(option="no")
    (found,) = audit_queries.verify().findings
    assert f"assessment.answer {answer.pk}" in found.meaning


# --- reading ----------------------------------------------------------------------------------------------


def test_the_page_shows_what_was_judged_beside_what_was_advised(cast: Cast, case: Case) -> None:
    sign(cast, case, answers(threats="yes"), professional_level=Level.HIGH, draft=draft(cast, case, Level.MEDIUM))
    page = queries.assessment_page(actor=cast.clinician, case_id=case.pk, at=NOW)
    (row,) = page.standings.history
    assert (row.first_level, row.level, row.advised, row.changed) == (Level.MEDIUM, Level.HIGH, Level.HIGH, True)
    assert [needed.instrument for needed in page.standings.needed] == ["judgement"]
    assert (page.agreement.agreed, page.agreement.compared) == (0, 1)
    assert [key for key, _ in page.forms] == ["first-line", "judgement"]


def test_a_case_without_assessment_asks_for_one(cast: Cast, case: Case) -> None:
    page = queries.assessment_page(actor=cast.officer, case_id=case.pk, at=NOW)
    assert [needed.why for needed in page.standings.needed] == ["No assessment yet."]
    sign(cast, case, answers())
    page = queries.assessment_page(actor=cast.officer, case_id=case.pk, at=NOW)
    assert "No assessment yet." not in [needed.why for needed in page.standings.needed]


def test_an_assessment_grows_old(cast: Cast, case: Case) -> None:
    sign(cast, case, answers())
    page = queries.assessment_page(actor=cast.officer, case_id=case.pk, at=NOW + timedelta(days=91))
    assert "valid for 90" in page.standings.latest[0].stale[0]
    assert [needed.instrument for needed in page.standings.needed] == ["first-line"]


def test_one_assessment_is_shown_with_its_answers_in_words(cast: Cast, case: Case) -> None:
    made = sign(
        cast, case, [Given("threats", option="yes", note="“You will see”"), Given("relationship", option="stranger")]
    )
    shown = queries.assessment(actor=cast.outreach, case_id=case.pk, assessment_id=made.pk, at=NOW)
    said = {answer.title: answer.said for answer in shown.answers}
    assert said["Threats"] == "Yes"
    assert said["Fear"] == "not answered"
    assert said["Separation"] == "does not apply to this case"


def test_another_site_finds_no_assessment(cast: Cast, case: Case) -> None:
    sign(cast, case, answers(), professional_level=Level.LOW)
    with pytest.raises(NotFound):
        queries.assessment_page(actor=cast.olu, case_id=case.pk, at=NOW)


def test_the_page_costs_the_same_for_one_assessment_and_for_ten(
    cast: Cast, case: Case, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    services.take_over(actor=cast.officer, rows=[past(cast, case, days) for days in range(10)], at=NOW)
    with django_assert_max_num_queries(24):  # type: ignore[attr-defined]
        assert len(queries.assessment_page(actor=cast.officer, case_id=case.pk, at=NOW).standings.history) == 10
