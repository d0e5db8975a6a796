"""Save and resume: a form kept at any moment, half filled or with what cannot be read, and gone on with by its author."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fourfold.access.terms import NotFound, Refused
from fourfold.assessment import instruments, queries, rules, services
from fourfold.assessment.models import Assessment, DefinitionImported, Draft
from fourfold.assessment.terms import Answer, CannotRecord, Meaning, Slot
from fourfold.assessment.terms.filling import NOT_SAID, Circumstances, Interpreter, Mode, SourceSeen
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.cases.models import Case
from fourfold.cases.terms import Level
from tests.assessment.library import questionnaire
from tests.cast import NOW, Cast
from tests.duties.scene import said, waits
from tests.panel.scene import open_case, wall_off

pytestmark = pytest.mark.django_db
FORM = instruments.load("first-line")
THREATS = (Answer("threats", option="yes", note="“You will see”"),)
HOW = Circumstances(
    sources=(SourceSeen.VICTIM_IN_PERSON, SourceSeen.BODY_WORN, SourceSeen.OTHER),
    other_source="a shop's camera",
    procedure="Two conversations, an hour each.",
    limits="He declined to be seen.",
    mode=Mode.SEVERAL,
    interpreter=Interpreter.KNOWN_TO_THEM,
    as_at=NOW - timedelta(days=2),
    window_days=90,
)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case of Northmoor's, with no level yet."""
    return open_case(cast)


def keep(cast: Cast, case: Case, **more: object) -> Draft:
    """Let the officer put a half-filled form aside."""
    asked = {
        "actor": cast.officer,
        "instrument": "first-line",
        "answers": THREATS,
        "first_level": None,
        "shows_advice": False,
        "at": NOW,
        **more,
    }
    return services.keep_draft(case=case, **asked)


def sign(cast: Cast, case: Case, draft: Draft, **more: object) -> Assessment:
    return services.record_assessment(
        actor=cast.officer,
        case=case,
        instrument="first-line",
        answers=queries.answers_of(draft),
        professional_level=Level.HIGH,
        draft=draft,
        at=NOW,
        **more,
    )


# ---- half filled --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [(), THREATS, (Answer("threats", note="said in passing"),)])
def test_a_form_is_kept_at_any_moment_and_found_again(cast: Cast, case: Case, given: tuple[Answer, ...]) -> None:
    kept = keep(cast, case, answers=given)
    found = queries.assessment_page(actor=cast.officer, case_id=case.pk, at=NOW).drafts
    assert [(one.id, one.title, one.advice_seen) for one in found] == [(kept.pk, "First-line checklist", False)]
    (row,) = waits(cast.officer, "forms_begun")
    shown = said(row, cast.officer)
    assert (row.about, shown and shown.what) == (kept.pk, "Finish: First-line checklist")
    again = queries.draft_page(actor=cast.officer, case_id=case.pk, draft_id=kept.pk, at=NOW)
    assert again.page.answers == given


def test_what_could_not_be_read_is_kept_as_it_was_typed(cast: Cast, case: Case) -> None:
    kept = keep(cast, case, unread={"threats": "perhaps", "minutes": "about an hour"})
    again = queries.draft_page(actor=cast.officer, case_id=case.pk, draft_id=kept.pk, at=NOW)
    assert again.unread == {"threats": "perhaps", "minutes": "about an hour"}
    assert [problem.field for problem in again.wrong] == ["threats"]
    assert "Choose one of" in again.wrong[0].message


def test_an_answer_that_says_why_there_is_none_comes_back_as_it_was(cast: Cast, case: Case) -> None:
    given = (Answer("fear", option="not_known"),)
    assert queries.answers_of(keep(cast, case, answers=given)) == given
    row = Draft(answers=[{"item": "fear", "absent": "refused"}])
    assert queries.answers_of(row)[0].absent is Meaning.REFUSED


def test_the_first_choice_is_the_one_made_when_the_advice_was_first_shown(cast: Cast, case: Case) -> None:
    aside = keep(cast, case, first_level=Level.LOW)
    shown = keep(cast, case, first_level=Level.MEDIUM, revises=aside, shows_advice=True)
    later = keep(cast, case, first_level=Level.VERY_HIGH, revises=shown)
    assert [(one.first_level, one.level, one.advice_seen) for one in (aside, shown, later)] == [
        ("low", "low", False),
        ("medium", "medium", True),
        ("medium", "very_high", True),
    ]
    assert sign(cast, case, later).first_level == "medium"


def test_going_on_leads_from_any_earlier_page_to_where_the_form_now_stands(cast: Cast, case: Case) -> None:
    first = keep(cast, case)
    second = keep(cast, case, revises=first)
    third = keep(cast, case, revises=second)
    for shown in (first, second, third):
        found = queries.latest_draft(actor=cast.officer, case_id=case.pk, draft_id=shown.pk, at=NOW)
        assert found == third.pk
    assert [one.about for one in waits(cast.officer, "forms_begun")] == [third.pk]
    with pytest.raises(CannotRecord, match="already signed or changed"):
        keep(cast, case, revises=first)
    sign(cast, case, third)
    with pytest.raises(NotFound):
        queries.latest_draft(actor=cast.officer, case_id=case.pk, draft_id=first.pk, at=NOW)
    assert waits(cast.officer, "forms_begun") == ()


def test_a_draft_put_away_waits_no_more_and_can_be_gone_on_with(cast: Cast, case: Case) -> None:
    kept = keep(cast, case)
    services.drop_draft(actor=cast.officer, draft=kept, at=NOW)
    assert waits(cast.officer, "forms_begun") == ()
    again = keep(cast, case, revises=kept)
    assert [one.about for one in waits(cast.officer, "forms_begun")] == [again.pk]
    assert audit_queries.verify().clean


# ---- its author's alone -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["second_officer", "clinician", "chair", "coordinator", "olu"])
def test_nobody_but_the_author_finds_reads_goes_on_with_or_drops_a_draft(cast: Cast, case: Case, name: str) -> None:
    kept, actor = keep(cast, case), cast.actor(name)
    assert waits(actor, "forms_begun") == ()
    for read in (queries.draft_page, queries.draft_to_sign, queries.latest_draft, queries.shown_draft):
        with pytest.raises(NotFound):
            read(actor=actor, case_id=case.pk, draft_id=kept.pk, at=NOW)
    with pytest.raises((NotFound, Refused)):
        keep(cast, case, actor=actor, revises=kept)
    with pytest.raises((NotFound, Refused)):
        services.drop_draft(actor=actor, draft=kept, at=NOW)


def test_a_draft_of_a_case_that_was_walled_since_waits_for_nobody(cast: Cast, case: Case) -> None:
    kept = keep(cast, case)
    wall_off(cast, "officer", case)
    assert waits(cast.officer, "forms_begun") == ()
    with pytest.raises(NotFound):
        queries.draft_page(actor=cast.officer, case_id=case.pk, draft_id=kept.pk, at=NOW)


# ---- how it was filled in -----------------------------------------------------------------------------------------


def test_how_it_was_filled_in_goes_from_the_draft_to_the_signed_form(cast: Cast, case: Case) -> None:
    kept = keep(cast, case, circumstances=HOW, informed_by="her", minutes=75)
    assert queries.CIRCUMSTANCES(kept) == HOW
    made = sign(cast, case, kept)
    shown = queries.assessment(actor=cast.clinician, case_id=case.pk, assessment_id=made.pk, at=NOW)
    assert (shown.circumstances, shown.informed_by, shown.minutes) == (HOW, "her", 75)
    assert HOW.since == NOW - timedelta(days=92)


def test_what_nobody_said_about_it_stays_empty(cast: Cast, case: Case) -> None:
    made = sign(cast, case, keep(cast, case))
    assert queries.CIRCUMSTANCES(made) == NOT_SAID
    assert NOT_SAID.since is None


@pytest.mark.parametrize(
    ("said", "as_at", "window"),
    [(NOT_SAID, NOW, 90), (Circumstances(as_at=NOW - timedelta(days=9), window_days=30), NOW - timedelta(days=9), 30)],
)
def test_a_structured_judgement_always_states_of_which_time_it_speaks(
    cast: Cast, case: Case, said: Circumstances, as_at: object, window: int
) -> None:
    made = services.record_assessment(
        actor=cast.clinician, case=case, instrument="judgement", answers=(), circumstances=said, at=NOW
    )
    assert (made.as_at, made.window_days) == (as_at, window)


def test_drafts_and_signed_forms_name_the_form_and_the_wording_by_their_sums(cast: Cast, case: Case) -> None:
    kept = keep(cast, case)
    made = sign(cast, case, kept)
    for row in (kept, made):
        assert (row.instrument, row.version, row.sha256, row.pack_sha256) == ("first-line", 1, FORM.sha256, "")


def test_every_source_and_way_has_words() -> None:
    for kind in (SourceSeen, Mode, Interpreter):
        words = [each.label for each in kind]
        assert len(set(words)) == len(words)
        assert not any("_" in each for each in words)


def test_the_log_holds_no_word_of_a_draft(cast: Cast, case: Case) -> None:
    keep(cast, case, circumstances=HOW, unread={"minutes": "about an hour"})
    body = Entry.objects.get(action="assessment.drafted").body
    assert not any(word in body for word in ("You will see", "declined", "about an hour"))


# ---- a form that a unit brought in --------------------------------------------------------------------------------


def bring(cast: Cast, **changes: object) -> DefinitionImported:
    """Import a form and let two people approve it."""
    row = services.import_definition(
        actor=cast.coordinator, site="northmoor", raw=questionnaire(**changes), file="garden.json", at=NOW
    ).row
    assert row is not None
    for who in (cast.clinician, cast.chair):
        services.approve_instrument(actor=who, brought=row.pk, at=NOW)
    return row


def in_the_garden(cast: Cast, case: Case, **more: object) -> Draft:
    return keep(cast, case, instrument="garden", answers=(Answer("hedge", option="upset"),), **more)


def test_a_form_begun_on_one_version_is_signed_and_shown_on_that_version(cast: Cast, case: Case) -> None:
    first = bring(cast)
    kept = in_the_garden(cast, case)
    second = bring(cast, title="Garden upset, second edition")
    assert (kept.version, second.version) == (1, 2)
    later = in_the_garden(cast, case, revises=kept)
    made = services.record_assessment(
        actor=cast.officer, case=case, instrument="garden", answers=queries.answers_of(later), draft=later, at=NOW
    )
    for row in (kept, later, made):
        assert (row.version, row.sha256) == (1, first.sha256)
    shown = queries.assessment(actor=cast.officer, case_id=case.pk, assessment_id=made.pk, at=NOW)
    assert shown.row.title == "Garden upset"
    assert [answer.said for answer in shown.answers] == ["Upset", "not answered"]
    assert in_the_garden(cast, case).sha256 == second.sha256, "a new one begins on the newest"


def test_a_form_that_was_withdrawn_is_kept_and_read_and_signed_no_more(cast: Cast, case: Case) -> None:
    row = bring(cast)
    kept = in_the_garden(cast, case)
    services.withdraw_instrument(actor=cast.chair, brought=row.pk, reason="A misprint.", at=NOW)
    later = NOW + timedelta(minutes=5)
    again = in_the_garden(cast, case, revises=kept, at=later)
    assert queries.draft_page(actor=cast.officer, case_id=case.pk, draft_id=again.pk, at=later).page.answers
    with pytest.raises(CannotRecord, match="cannot be used here"):
        services.record_assessment(
            actor=cast.officer, case=case, instrument="garden", answers=queries.answers_of(again), draft=again, at=later
        )


# ---- the structured judgement -------------------------------------------------------------------------------------

JUDGEMENT = instruments.load("judgement")


def test_each_outcome_is_judged_by_itself_and_none_is_added_up() -> None:
    outcomes = {
        "persistence", "violence", "recurrence", "psychosocial_harm", "fear_reasonable", "imminence", "prioritisation"
    }  # fmt: skip
    assert outcomes <= {item.key for item in JUDGEMENT.items if item.section == "judgements"}
    assert JUDGEMENT.scores == ()
    assert rules.score(JUDGEMENT, [Answer(key, option="omit") for key in outcomes]) == ()


@pytest.mark.parametrize("motive", [option.code for option in JUDGEMENT.scale_of(Slot("motive")).options])
@pytest.mark.parametrize("sure", ["low", "high", "omit"])
def test_the_motive_is_a_judgement_with_its_confidence_and_drives_nothing(motive: str, sure: str) -> None:
    given = (Answer("prioritisation", option="high"), Answer("violence", option="moderate"))
    typology = (Answer("motive", option=motive), Answer("motive_confidence", option=sure))
    assert rules.advice(JUDGEMENT, given + typology) == rules.advice(JUDGEMENT, given)
    assert rules.judged_level(JUDGEMENT, given + typology) == rules.judged_level(JUDGEMENT, given) == Level.HIGH
    assert "motive" not in {name.partition(".")[0] for name in JUDGEMENT.level.fields}
