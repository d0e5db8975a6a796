"""Writing about cases: who may, what is kept, what follows; told as sentences of the desk and the unit."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db.models.sql.compiler import SQLCompiler, SQLInsertCompiler, SQLUpdateCompiler
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fourfold import journey
from fourfold.access.models import Grant, Wall
from fourfold.access.terms import NotFound, Refused, RelationKind
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.audit.terms import Conflict
from fourfold.cases import queries
from fourfold.cases import services as cases
from fourfold.cases.models import Case, CaseAct, LevelSet, ReviewDue, Screening, StateSet, Triage
from fourfold.cases.rules import why_due
from fourfold.cases.terms import (
    Answer,
    CannotStep,
    Level,
    Outcome,
    PastAct,
    PastCase,
    PastLevel,
    PastReview,
    PastState,
    PastTriage,
    ScreeningAnswers,
    SetBy,
    State,
    Trigger,
)
from fourfold.intake.terms import Channel, PersonAsTold, RecordingClass, Told
from fourfold.linkage.models import Match
from fourfold.people.terms import Part
from fourfold.programme.models import Working
from tests.cases.builders import acts, further_act, known, open_case, told, triaged
from tests.cast import NOW, assign, working

DAY, WEEK = timedelta(days=1), timedelta(days=7)
MONTHS = timedelta(days=95)
EARLY_VERY_HIGH = timedelta(hours=36)


def rows(model, **of):
    return model.objects.unscoped("a test").filter(**of)


def fresh(case):
    return rows(Case).get(pk=case.pk)


def waited_for(case):
    return rows(ReviewDue, case=case, done_at=None, superseded_at=None).get()


def test_a_case_is_opened_at_the_desk_by_no_more_statements_than_stand_here(cast, django_assert_max_num_queries):
    analyst = cast.analyst
    allegation = told(analyst)
    with django_assert_max_num_queries(65):  # three of them keep the review and the entitlements as what waits
        for part in Part:
            cases.confirm_match(actor=analyst, allegation=allegation, part=part, at=NOW)
        case = cases.triage(actor=analyst, allegation=allegation, outcome=Outcome.PANEL, reason="Acts.", at=NOW).case
    assert (case.acts, case.last_act_at, case.review_due_at) == (1, NOW, waited_for(case).due_at)


def test_an_act_keeps_what_its_report_says_of_partners(cast):
    case = open_case(cast)
    of = {said: further_act(cast, case, at=NOW + DAY, former_partner=said) for said in (True, False, None)}
    assert {said: rows(CaseAct, allegation=each).get().former_partner for said, each in of.items()} == {
        said: said for said in of
    }


def test_a_report_is_told_and_a_case_opened_for_two_new_people_in_as_few(cast, django_assert_max_num_queries):
    analyst, settled = cast.analyst, {"outcome": Outcome.PANEL, "reason": "A pattern of acts.", "at": NOW}
    report = Told(
        "northmoor",
        Channel.FEED,
        NOW,
        "He waited.",
        "W1",
        victim=PersonAsTold("Nora Quill"),
        subject=PersonAsTold("Dean Marlow"),
    )
    journey.allegation_told(actor=analyst, told=replace(report, reference="W0"), at=NOW)
    with django_assert_max_num_queries(28):
        allegation = journey.allegation_told(actor=analyst, told=report, at=NOW)
    assert allegation.reference == "W1"
    other = told(
        analyst,
        victim_name="Ada Holm",
        victim_phone="",
        victim_birth="",
        subject_name="Rolf Stern",
        subject_phone="",
        subject_birth="",
    )
    with django_assert_max_num_queries(57):
        triage = journey.case_taken_on(
            actor=analyst, allegation=other, answers=ScreeningAnswers(), both_new=True, **settled
        )
    assert (triage.case.victim.name, triage.case.subject.name, triage.case.acts) == ("Ada Holm", "Rolf Stern", 1)


def test_a_second_case_is_opened_with_hardly_a_statement_composed_anew(cast, monkeypatch):
    composed = []
    for kind in (SQLCompiler, SQLInsertCompiler, SQLUpdateCompiler):
        compose = kind.as_sql

        def noted(self, *rest, compose=compose, **more):
            composed.append(self.query.model.__name__)
            return compose(self, *rest, **more)

        monkeypatch.setattr(kind, "as_sql", noted)
    for victim, subject in (("Ada Holm", "Rolf Stern"), ("Nora Quill", "Dean Marlow")):
        nothing = dict.fromkeys(("victim_phone", "victim_birth", "subject_phone", "subject_birth"), "")
        report = told(cast.analyst, victim_name=victim, subject_name=subject, **nothing)
        composed.clear()
        settled = {"outcome": Outcome.PANEL, "reason": "A pattern of acts.", "at": NOW, "both_new": True}
        journey.case_taken_on(actor=cast.analyst, allegation=report, answers=ScreeningAnswers(), **settled)
    assert len(composed) <= 6, composed  # of some fifty statements


# ---- screening ----------------------------------------------------------------------------------------------------


def test_four_is_kept_as_answered_and_what_nobody_asked_is_not_known(cast):
    allegation = told(cast.analyst)
    answers = ScreeningAnswers(fixated=Answer.YES, obsessive=Answer.NO)
    kept = cases.screen(actor=cast.analyst, allegation=allegation, answers=answers, at=NOW)
    assert (kept.fixated, kept.obsessive, kept.unwanted, kept.repeated) == ("yes", "no", "not_known", "not_known")
    assert kept.acts_known == 1


def test_a_site_that_screens_every_crime_lets_no_stalking_go_without_advice(cast):
    Working.objects.filter(site="northmoor").update(settings=working(screens_every_crime=True))
    allegation = told(cast.analyst, recorded_class=RecordingClass.STALKING)
    known(cast, allegation)
    send = {"actor": cast.analyst, "allegation": allegation, "reason": "Not ours.", "at": NOW}
    with pytest.raises(CannotStep, match="advises the officer in the case at the start"):
        cases.triage(outcome=Outcome.REDIRECT, redirected_to="the street team", **send)
    other = told(cast.analyst, recorded_class=RecordingClass.HARASSMENT)
    cases.triage(outcome=Outcome.REDIRECT, redirected_to="the street team", **send | {"allegation": other})
    assert cases.triage(outcome=Outcome.ADVICE_ONLY, **send).outcome == Outcome.ADVICE_ONLY


def test_asking_the_force_to_reclassify_asks_for_stalking_unless_another_class_is_named(cast):
    allegation = told(cast.analyst)
    asked = ScreeningAnswers(reclassification_asked=True)
    kept = cases.screen(actor=cast.analyst, allegation=allegation, answers=asked, at=NOW)
    assert (kept.reclassification_asked, kept.class_expected) == (True, RecordingClass.STALKING)
    with pytest.raises(CannotStep) as refused:
        cases.screen(actor=cast.analyst, allegation=allegation, answers=ScreeningAnswers(class_expected="ZZ"), at=NOW)
    assert refused.value.field == "class_expected"


def test_a_screening_counts_the_acts_known_of_the_same_pair(cast):
    case = open_case(cast)
    again = told(cast.analyst, at=NOW + WEEK)
    known(cast, again, case.victim, case.subject, at=NOW + WEEK)
    kept = cases.screen(actor=cast.analyst, allegation=again, answers=ScreeningAnswers(), at=NOW + WEEK)
    assert kept.acts_known == 2


@pytest.mark.parametrize("name", ["advocate", "clinician", "evaluator"])
def test_only_the_desk_screens_and_triages(cast, name):
    allegation = told(cast.analyst)
    actor = getattr(cast, name)
    with pytest.raises((Refused, NotFound)):
        cases.screen(actor=actor, allegation=allegation, answers=ScreeningAnswers(), at=NOW)
    with pytest.raises((Refused, NotFound)):
        cases.triage(actor=actor, allegation=allegation, outcome=Outcome.ADVICE_ONLY, reason="Small.", at=NOW)
    assert not rows(Screening).exists()
    assert not rows(Triage).exists()


# ---- triage -------------------------------------------------------------------------------------------------------


def test_triage_to_panel_opens_the_case_with_its_grants_first_act_state_and_review(cast):
    case = open_case(cast)
    assert (case.victim.name, case.subject.name, case.acts) == ("Nora Quill", "Dean Marlow", 1)
    assert set(Grant.objects.filter(file=case.pk).values_list("partner", flat=True)) == {
        "northmoor-police",
        "northmoor-nhs",
        "northmoor-advocacy",
        "northmoor-outreach",
    }
    assert rows(StateSet, case=case).get().state == State.OPEN
    review = waited_for(case)
    assert (review.trigger, review.due_at) == (Trigger.OPENED, NOW + EARLY_VERY_HIGH)
    assert case.review_due_at == review.due_at
    assert queries.header(actor=cast.clinician, reference=case.reference, at=NOW).victim == "Nora Quill"


def test_a_case_opens_with_every_earlier_act_of_the_same_pair(cast):
    first = told(cast.analyst)
    victim, subject = known(cast, first)
    triaged(cast, first, outcome=Outcome.ADVICE_ONLY)
    second = told(cast.analyst, at=NOW + WEEK)
    known(cast, second, victim, subject, at=NOW + WEEK)
    case = triaged(cast, second, at=NOW + WEEK)
    assert case.acts == 2
    assert set(rows(CaseAct, case=case).values_list("allegation", flat=True)) == {first.pk, second.pk}


def test_a_further_act_joins_its_case_even_where_the_outcome_is_advice_only(cast):
    case = open_case(cast)
    further_act(cast, case, at=NOW + WEEK)
    assert fresh(case).acts == 2
    assert rows(Case).count() == 1


@pytest.mark.parametrize("outcome", [Outcome.PANEL, Outcome.DIRECT_MANAGEMENT, Outcome.CONSULTATION])
def test_a_subject_of_whom_nothing_was_told_goes_on_record_as_not_known(cast, outcome):
    case = None
    for n in range(2):
        allegation = told(
            cast.analyst, at=NOW + n * DAY, subject_name="", subject_birth="", subject_sex="", subject_phone=""
        )
        victim = case.victim if case else None
        cases.confirm_match(actor=cast.analyst, allegation=allegation, part=Part.VICTIM, victim=victim, at=NOW)
        case = triaged(cast, allegation, outcome=outcome, at=NOW + n * DAY)
        assert (case.subject.known, case.subject.name) == (False, "subject not known")
    assert rows(Case).count() == 2  # each unknown subject is somebody of their own until a person says otherwise


@pytest.mark.parametrize(
    ("told_of", "confirm", "changes", "field"),
    [
        ({}, True, {"outcome": None}, "outcome"),
        ({}, True, {"reason": "  "}, "reason"),
        ({}, False, {}, "victim"),
        ({}, True, {"outcome": Outcome.REDIRECT}, "redirected_to"),
    ],
)
def test_triage_without_what_it_needs_is_refused_and_keeps_nothing(cast, told_of, confirm, changes, field):
    allegation = told(cast.analyst, **told_of)
    if confirm:
        known(cast, allegation)
    asked = {"outcome": Outcome.PANEL, "reason": "A pattern."} | changes
    with pytest.raises(CannotStep) as refused:
        cases.triage(actor=cast.analyst, allegation=allegation, at=NOW, **asked)
    assert refused.value.field == field
    assert not rows(Triage).exists()
    assert not rows(Case).exists()


def test_a_named_subject_must_be_settled_before_a_case_opens(cast):
    allegation = told(cast.analyst)
    cases.confirm_match(actor=cast.analyst, allegation=allegation, part=Part.VICTIM, at=NOW)
    with pytest.raises(CannotStep) as refused:
        triaged(cast, allegation)
    assert refused.value.field == "subject"


def test_immediate_danger_does_not_leave_with_advice_alone(cast):
    allegation = told(cast.analyst)
    answers = ScreeningAnswers(immediate_danger=Answer.YES)
    cases.screen(actor=cast.analyst, allegation=allegation, answers=answers, at=NOW)
    with pytest.raises(CannotStep, match="Advice alone is not enough"):
        triaged(cast, allegation, outcome=Outcome.ADVICE_ONLY)


def test_another_site_cannot_triage_and_learns_nothing(cast):
    allegation = told(cast.analyst)
    with pytest.raises(NotFound):
        cases.triage(actor=cast.olu, allegation=allegation, outcome=Outcome.PANEL, reason="Mine.", at=NOW)
    assert Entry.objects.filter(operation="refusal", actor=cast.olu.staff).exists()


# ---- acts join, leave and come back -------------------------------------------------------------------------------


def test_a_new_act_brings_the_review_forward_and_says_from_when(cast):
    case = open_case(cast)
    cases.set_level(actor=cast.officer, case=case, level=Level.MEDIUM, set_in=SetBy.PROFESSIONAL, at=NOW)
    due = waited_for(case).due_at
    further_act(cast, case, at=NOW + 2 * DAY)
    review = waited_for(case)
    assert (review.trigger, review.due_at, review.was_due_at) == (Trigger.NEW_ACT, NOW + 3 * DAY, due)
    assert why_due(review.trigger, review.reason) == "act of 26 November 2026"


def test_an_act_without_a_day_brings_the_review_forward_by_the_day_of_telling_and_says_so(cast):
    case = open_case(cast)
    cases.set_level(actor=cast.officer, case=case, level=Level.MEDIUM, set_in=SetBy.PROFESSIONAL, at=NOW)
    undated = told(cast.analyst, at=NOW + 2 * DAY, occurred_from=None)
    cases.join_act(actor=cast.officer, case=case, allegation=undated, at=NOW + 2 * DAY)
    review = waited_for(case)
    assert why_due(review.trigger, review.reason) == "act told on 26 November 2026"


def test_joining_twice_changes_nothing(cast):
    case = open_case(cast)
    allegation = rows(CaseAct, case=case).get().allegation
    again = cases.join_act(actor=cast.officer, case=case, allegation=allegation, at=NOW + DAY)
    assert rows(CaseAct, case=case).get() == again


@pytest.mark.parametrize("seriousness", [0, 4])
def test_seriousness_beyond_its_scale_is_refused(cast, seriousness):
    case, allegation = open_case(cast), told(cast.analyst)
    with pytest.raises(CannotStep) as refused:
        cases.join_act(actor=cast.officer, case=case, allegation=allegation, seriousness=seriousness, at=NOW)
    assert refused.value.field == "seriousness"


def test_undoing_a_match_takes_its_act_out_and_confirming_it_again_brings_it_back(cast):
    case = open_case(cast)
    extra = further_act(cast, case, at=NOW + WEEK)
    match = rows(Match, allegation=extra, part=Part.SUBJECT, undone_at=None).get()
    cases.undo_match(actor=cast.second_officer, match=match, reason="His brother.", at=NOW + 2 * WEEK)
    assert (fresh(case).acts, fresh(case).last_act_at) == (1, NOW)
    left = rows(CaseAct, case=case, allegation=extra).get()
    assert (left.left_at, left.left_because) == (NOW + 2 * WEEK, "match undone: His brother.")
    cases.confirm_match(
        actor=cast.analyst, allegation=extra, part=Part.SUBJECT, subject=case.subject, at=NOW + 3 * WEEK
    )
    assert (fresh(case).acts, fresh(case).last_act_at) == (2, NOW + WEEK)
    assert rows(CaseAct, case=case, allegation=extra).count() == 2  # the row that left stays, for any earlier date


def test_confirming_somebody_else_after_an_undo_leaves_the_first_case_without_the_act(cast):
    case = open_case(cast)
    extra = further_act(cast, case, at=NOW + WEEK, subject_name="Rhys Marlow", subject_phone="")
    match = rows(Match, allegation=extra, part=Part.SUBJECT, undone_at=None).get()
    cases.undo_match(actor=cast.analyst, match=match, reason="His brother.", at=NOW + 2 * WEEK)
    cases.confirm_match(actor=cast.analyst, allegation=extra, part=Part.SUBJECT, at=NOW + 2 * WEEK)
    assert fresh(case).acts == 1


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(Part)), max_size=4))
def test_undo_after_confirm_is_as_if_nothing_had_been(cast, steps):
    from django.db import transaction

    with transaction.atomic():
        case = open_case(cast)
        extra = [further_act(cast, case, at=NOW + n * DAY) for n in (1, 2, 3)]
        before = (fresh(case).acts, fresh(case).last_act_at)
        at = NOW + WEEK
        for which, part in steps:
            match = rows(Match, allegation=extra[which], part=part, undone_at=None).get()
            cases.undo_match(actor=cast.analyst, match=match, reason="A try.", at=at)
            assert fresh(case).acts == before[0] - 1
            person = {str(part): case.victim if part is Part.VICTIM else case.subject}
            cases.confirm_match(actor=cast.analyst, allegation=extra[which], part=part, at=at + DAY, **person)
            at += WEEK
        assert (fresh(case).acts, fresh(case).last_act_at) == before
        transaction.set_rollback(True)


def test_a_new_act_opens_a_case_again_that_had_stepped_down(cast):
    case = stepped_down(cast)
    cases.record_review(actor=cast.coordinator, case=case, level=None, summary="Quiet.", at=NOW + MONTHS)
    further_act(cast, case, at=NOW + MONTHS + DAY)
    assert fresh(case).state == State.OPEN
    newest = rows(StateSet, case=case).order_by("-entered_at").first()
    assert (newest.state, newest.reason) == (State.OPEN, "a new act")
    assert waited_for(case).trigger == Trigger.NEW_ACT


# ---- levels -------------------------------------------------------------------------------------------------------


def test_a_level_is_kept_with_its_step_its_advice_and_its_clock(cast):
    case = open_case(cast)
    row = cases.set_level(
        actor=cast.officer,
        case=case,
        level=Level.HIGH,
        set_in=SetBy.PROFESSIONAL,
        advised=Level.HIGH,
        advice_from="first-line",
        at=NOW + DAY,
    )
    assert (row.level, row.advised, row.set_in, row.advice_from) == ("high", "high", "professional", "first-line")
    assert (case.level, case.version) == ("high", fresh(case).version)
    assert waited_for(case).due_at == NOW + DAY + timedelta(hours=84)


def test_below_the_advice_a_reason_and_another_person_must_sign(cast):
    case = open_case(cast)
    asked = {"actor": cast.officer, "case": case, "level": Level.MEDIUM, "set_in": SetBy.PROFESSIONAL, "at": NOW}
    with pytest.raises(CannotStep) as refused:
        cases.set_level(**asked, advised=Level.HIGH)
    assert refused.value.field == "reason"
    for second in (None, cast.officer):
        with pytest.raises(CannotStep) as refused:
            cases.set_level(**asked, advised=Level.HIGH, reason="In prison.", countersigned_by=second)
        assert refused.value.field == "countersigned_by"
    row = cases.set_level(**asked, advised=Level.HIGH, reason="In prison.", countersigned_by=cast.chair)
    assert row.countersigned_by == cast.chair.staff


def test_whoever_signs_second_must_be_let_into_the_case(cast):
    case = open_case(cast)
    with pytest.raises(NotFound):
        cases.set_level(
            actor=cast.officer,
            case=case,
            level=Level.MEDIUM,
            set_in=SetBy.PROFESSIONAL,
            advised=Level.HIGH,
            reason="In prison.",
            countersigned_by=cast.olu,
            at=NOW,
        )


def test_a_level_set_after_a_breach_leaves_the_review_where_the_breach_put_it(cast):
    case = open_case(cast)
    cases.set_level(actor=cast.officer, case=case, level=Level.MEDIUM, set_in=SetBy.PROFESSIONAL, at=NOW)
    cases.bring_review_forward(
        actor=cast.officer, case=case, trigger=Trigger.BREACH, reason={"words": "condition 2"}, at=NOW
    )
    cases.set_level(actor=cast.officer, case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, at=NOW)
    review = waited_for(case)
    assert (review.due_at, review.trigger) == (NOW + DAY, Trigger.BREACH)


def test_the_panels_level_is_the_review_that_the_case_waited_for(cast):
    case = open_case(cast)
    cases.bring_review_forward(actor=cast.officer, case=case, trigger=Trigger.BREACH, at=NOW)
    cases.set_level(actor=cast.chair, case=case, level=Level.HIGH, set_in=SetBy.PANEL, at=NOW + timedelta(hours=5))
    done = rows(ReviewDue, case=case, done_at__isnull=False).get()
    assert (done.trigger, done.done_by, done.summary) == (Trigger.BREACH, cast.chair.staff, "decided by the panel")
    review = waited_for(case)
    assert (review.trigger, review.due_at) == (Trigger.CLOCK, NOW + timedelta(hours=5 + 84))
    assert fresh(case).review_due_at == review.due_at


def test_two_people_setting_a_level_from_the_same_page_do_not_overwrite_each_other(cast):
    case = open_case(cast)
    seen = case.version
    asked = {"case": case, "set_in": SetBy.PROFESSIONAL, "at": NOW, "version": seen}
    cases.set_level(actor=cast.officer, level=Level.HIGH, **asked)
    with pytest.raises(Conflict) as conflict:
        cases.set_level(actor=cast.second_officer, level=Level.VERY_HIGH, **asked)
    assert conflict.value.theirs["level"] == "high"
    assert conflict.value.version == fresh(case).version
    assert rows(LevelSet, case=case).count() == 1


@pytest.mark.parametrize(("name", "error"), [("olu", NotFound), ("analyst", Refused), ("governance", NotFound)])
def test_who_may_not_set_a_level(cast, name, error):
    case = open_case(cast)
    with pytest.raises(error):
        cases.set_level(actor=getattr(cast, name), case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, at=NOW)
    assert not rows(LevelSet).exists()


# ---- reviews ------------------------------------------------------------------------------------------------------


def test_an_event_that_would_come_later_leaves_the_date_where_it_is_and_is_kept(cast):
    case = open_case(cast)
    due = waited_for(case)
    review = cases.bring_review_forward(actor=cast.officer, case=case, trigger=Trigger.NEW_PARTNER, at=NOW)
    assert (review.due_at, review.trigger) == (due.due_at, Trigger.NEW_PARTNER)
    assert why_due(review.trigger, review.reason) == "new partner; earlier reason: case opened"
    assert fresh(case).review_due_at == due.due_at


def test_a_review_that_was_done_starts_the_clock_anew(cast):
    case = open_case(cast)
    done = cases.record_review(
        actor=cast.coordinator, case=case, level=Level.MEDIUM, summary="Nothing new.", at=NOW + DAY
    )
    assert (done.trigger, done.done_at, done.summary) == (Trigger.OPENED, NOW + DAY, "Nothing new.")
    assert waited_for(case).due_at == NOW + DAY + timedelta(days=15)
    assert rows(LevelSet, case=case).get().set_in == SetBy.REVIEW


def test_a_review_may_leave_the_level_and_bring_the_next_one_nearer(cast):
    case = open_case(cast)
    cases.record_review(
        actor=cast.coordinator, case=case, level=None, summary="Wait for court.", next_at=NOW + DAY, at=NOW
    )
    assert not rows(LevelSet).exists()
    assert waited_for(case).due_at == NOW + DAY
    assert audit_queries.verify().findings == (), "the entry around it had made the review that the one inside changed"


@pytest.mark.parametrize(
    ("days", "field"), [(40, "review_on"), (0, "review_on"), (-1, "review_on")], ids=["late", "now", "past"]
)
def test_an_agreed_review_is_sooner_than_the_clock_never_later(cast, days, field):
    case = open_case(cast)
    with pytest.raises(CannotStep) as refused:
        cases.set_review(actor=cast.officer, case=case, due_at=NOW + timedelta(days=days), at=NOW)
    assert refused.value.field == field


def test_a_review_without_words_is_refused(cast):
    case = open_case(cast)
    with pytest.raises(CannotStep) as refused:
        cases.record_review(actor=cast.coordinator, case=case, level=None, summary=" ", at=NOW)
    assert refused.value.field == "summary"


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(sorted(set(Trigger) - {Trigger.CLOCK})), st.integers(0, 48)), max_size=5))
def test_no_event_ever_moves_the_review_of_a_case_back(cast, events):
    from django.db import transaction

    with transaction.atomic():
        case, at = open_case(cast), NOW
        for trigger, hours in events:
            at += timedelta(hours=hours)
            before = fresh(case).review_due_at
            cases.bring_review_forward(actor=cast.officer, case=case, trigger=trigger, at=at)
            assert fresh(case).review_due_at <= before
            assert waited_for(case).due_at == fresh(case).review_due_at
        transaction.set_rollback(True)


# ---- stepping down and closing ------------------------------------------------------------------------------------


def stepped_down(cast):
    case = open_case(cast)
    cases.step_down(
        actor=cast.officer,
        case=case,
        reason="Quiet.",
        victim_told_at=NOW + MONTHS - DAY,
        countersigned_by=cast.coordinator,
        at=NOW + MONTHS,
    )
    return case


def closed(cast, case, *, at=NOW + 2 * MONTHS):
    return cases.close(actor=cast.coordinator, case=case, reason="Done.", victim_told_at=at - DAY, at=at)


def test_a_case_steps_down_with_two_signatures_and_keeps_its_reviews(cast):
    case = stepped_down(cast)
    entered = rows(StateSet, case=case, state=State.STEP_DOWN).get()
    assert (entered.countersigned_by, entered.recorded_by) == (cast.coordinator.staff, cast.officer.staff)
    assert fresh(case).state == State.STEP_DOWN
    assert waited_for(case)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"at": NOW + 60 * DAY}, "last_act_at"),
        ({"victim_told_at": None}, "victim_told_at"),
        ({"countersigned_by": None}, "countersigned_by"),
        ({"reason": ""}, "reason"),
    ],
)
def test_stepping_down_early_alone_or_behind_her_back_is_refused(cast, changes, field):
    case = open_case(cast)
    asked = {
        "reason": "Quiet.",
        "victim_told_at": NOW + DAY,
        "countersigned_by": cast.coordinator,
        "at": NOW + MONTHS,
    } | changes
    with pytest.raises(CannotStep) as refused:
        cases.step_down(actor=cast.officer, case=case, **asked)
    assert refused.value.field == field
    assert fresh(case).state == State.OPEN


ASKED_AT = NOW + MONTHS


def asked_to_step_down(cast, case):
    return cases.ask_step_down(
        actor=cast.officer, case=case, reason="Quiet.", victim_told_at=ASKED_AT - DAY, at=ASKED_AT
    )


def test_two_people_sign_a_step_down_each_in_their_own_session(cast):
    case = open_case(cast)
    asked = asked_to_step_down(cast, case)
    assert fresh(case).state == State.OPEN
    [waiting] = queries.step_downs_asked(actor=cast.coordinator, at=ASKED_AT)
    assert (waiting.reference, waiting.asked_by, waiting.mine) == (case.reference, "Officer", False)
    entered = cases.answer_step_down(actor=cast.coordinator, asked=asked, signs=True, at=ASKED_AT + DAY)
    assert (entered.recorded_by, entered.countersigned_by) == (cast.coordinator.staff, cast.officer.staff)
    assert (fresh(case).state, entered.reason) == (State.STEP_DOWN, "Quiet.")
    assert queries.step_downs_asked(actor=cast.coordinator, at=ASKED_AT + DAY) == ()
    assert audit_queries.verify().findings == ()


def test_nobody_signs_their_own_request(cast):
    asked = asked_to_step_down(cast, open_case(cast))
    with pytest.raises(CannotStep, match="another person's"):
        cases.answer_step_down(actor=cast.officer, asked=asked, signs=True, at=ASKED_AT)


def test_whoever_does_not_sign_says_why_and_the_case_stays_open(cast):
    case = open_case(cast)
    asked = asked_to_step_down(cast, case)
    with pytest.raises(CannotStep) as refused:
        cases.answer_step_down(actor=cast.coordinator, asked=asked, signs=False, at=ASKED_AT)
    assert refused.value.field == "because"
    assert (
        cases.answer_step_down(actor=cast.coordinator, asked=asked, signs=False, because="Court.", at=ASKED_AT) is None
    )
    assert fresh(case).state == State.OPEN
    with pytest.raises(CannotStep, match="has answered"):
        cases.answer_step_down(actor=cast.chair, asked=asked, signs=True, at=ASKED_AT)


def test_an_act_since_the_request_keeps_the_case_open(cast):
    case = open_case(cast)
    asked = asked_to_step_down(cast, case)
    further_act(cast, case, at=ASKED_AT + DAY)
    with pytest.raises(CannotStep, match="can step down from"):
        cases.answer_step_down(actor=cast.coordinator, asked=asked, signs=True, at=ASKED_AT + 2 * DAY)
    assert fresh(case).state == State.OPEN


def test_a_colleague_is_asked_once_and_only_for_what_could_stand(cast):
    case = open_case(cast)
    for at, told_at, field in ((NOW + DAY, NOW, "last_act_at"), (ASKED_AT, None, "victim_told_at")):
        with pytest.raises(CannotStep) as refused:
            cases.ask_step_down(actor=cast.officer, case=case, reason="Quiet.", victim_told_at=told_at, at=at)
        assert refused.value.field == field
    asked_to_step_down(cast, case)
    with pytest.raises(CannotStep, match="asked already"):
        asked_to_step_down(cast, case)


def test_another_site_signs_nothing(cast):
    asked = asked_to_step_down(cast, open_case(cast))
    with pytest.raises(NotFound):
        cases.answer_step_down(actor=cast.olu, asked=asked, signs=True, at=ASKED_AT)
    with pytest.raises(NotFound):
        queries.step_down_to_answer(actor=cast.olu, asked=asked.pk, at=ASKED_AT)


def test_a_case_closes_three_months_after_it_stepped_down_and_waits_for_nothing(cast):
    case = stepped_down(cast)
    with pytest.raises(CannotStep, match="The earliest day to close"):
        closed(cast, case, at=NOW + MONTHS + 80 * DAY)
    closed(cast, case)
    assert (fresh(case).state, fresh(case).review_due_at) == (State.CLOSED, None)
    assert not rows(ReviewDue, case=case, done_at=None, superseded_at=None).exists()
    with pytest.raises(CannotStep, match="closed"):
        cases.set_level(actor=cast.officer, case=case, level=Level.LOW, set_in=SetBy.PROFESSIONAL, at=NOW + 2 * MONTHS)


def test_an_open_case_does_not_close(cast):
    case = open_case(cast)
    with pytest.raises(CannotStep, match="Only a case in step-down can close"):
        closed(cast, case)


# ---- who works on it, and who is kept from it ---------------------------------------------------------------------


def test_a_part_in_a_case_is_given_to_whoever_has_the_role_for_it(cast):
    case = open_case(cast)
    given_ = assign(actor=cast.coordinator, case=case, staff=cast.advocate.staff, kind=RelationKind.ADVOCATE, at=NOW)
    assert (given_.staff_id, given_.file) == (cast.advocate.staff, case.pk)
    for staff, kind, field in (
        (cast.officer.staff, RelationKind.ADVOCATE, "staff"),
        (cast.olu.staff, RelationKind.OIC, "staff"),
        (cast.officer.staff, RelationKind.PARTY, "kind"),
    ):
        with pytest.raises(CannotStep) as refused:
            assign(actor=cast.coordinator, case=case, staff=staff, kind=kind, at=NOW)
        assert refused.value.field == field


def test_a_wall_stands_around_the_case_its_acts_and_its_people(cast):
    case = open_case(cast)
    further_act(cast, case, at=NOW + DAY)
    cases.wall_off(actor=cast.governance, case=case, staff=cast.second_officer.staff, at=NOW, reason="A cousin.")
    assert Wall.objects.filter(staff=cast.second_officer.staff).count() == 5
    with pytest.raises(NotFound):
        queries.pattern(actor=cast.second_officer, reference=case.reference, at=NOW + DAY)
    with pytest.raises(CannotStep):
        assign(actor=cast.coordinator, case=case, staff=cast.second_officer.staff, kind=RelationKind.OIC, at=NOW)


def test_an_act_that_joins_a_walled_case_is_walled_too_before_it_is_triaged(cast):
    case = open_case(cast)
    cases.wall_off(actor=cast.governance, case=case, staff=cast.second_officer.staff, at=NOW, reason="A cousin.")
    allegation = told(cast.analyst, at=NOW + DAY)
    known(cast, allegation, case.victim, case.subject, at=NOW + DAY)
    with pytest.raises(NotFound):
        queries.desk_page(actor=cast.second_officer, allegation_id=allegation.pk, at=NOW + DAY)
    triaged(cast, allegation, at=NOW + DAY)
    assert Wall.objects.filter(staff=cast.second_officer.staff, file=allegation.pk).count() == 1


def test_whoever_declares_a_conflict_sees_the_case_no_more(cast):
    case = open_case(cast)
    cases.declare_conflict(actor=cast.second_officer, case=case, at=NOW)
    with pytest.raises(NotFound):
        queries.header(actor=cast.second_officer, reference=case.reference, at=NOW + DAY)


@pytest.mark.parametrize("name", ["officer", "olu", "coordinator"])
def test_only_a_governance_lead_of_the_site_walls_off(cast, name):
    case = open_case(cast)
    with pytest.raises((Refused, NotFound)):
        cases.wall_off(
            actor=getattr(cast, name), case=case, staff=cast.second_officer.staff, at=NOW, reason="A cousin."
        )
    with pytest.raises(CannotStep):
        cases.wall_off(actor=cast.governance, case=case, staff=cast.second_officer.staff, at=NOW, reason=" ")
    assert not Wall.objects.exists()


# ---- taking over --------------------------------------------------------------------------------------------------


def past_case(cast, reference="FF-PAST1"):
    from fourfold.base import new_id
    from fourfold.people import services as people
    from fourfold.people.terms import PersonDetails

    victim = people.register_victim(actor=cast.analyst, site="northmoor", told=PersonDetails(name="Ida Fenn"), at=NOW)
    subject = people.register_subject(actor=cast.analyst, site="northmoor", told=None, at=NOW)
    opened = NOW - 200 * DAY
    allegation = told(cast.analyst, at=opened)
    return PastCase(
        id=new_id(),
        reference=reference,
        site="northmoor",
        victim=victim.pk,
        subject=subject.pk,
        opened_at=opened,
        acts=(
            PastAct(
                allegation.pk,
                happened_at=opened,
                joined_at=opened,
                seriousness=2,
                screening=ScreeningAnswers(fixated=Answer.YES),
                outcome=Outcome.PANEL,
                reason="A pattern.",
            ),
        ),
        levels=(
            PastLevel(Level.HIGH, opened, SetBy.PROFESSIONAL, set_by=cast.officer.staff),
            PastLevel(Level.VERY_HIGH, opened + DAY, SetBy.PANEL, reason="A knife."),
        ),
        states=(PastState(State.OPEN, opened),),
        reviews=(
            PastReview(opened + DAY, opened, Trigger.OPENED, done_at=opened + DAY, summary="Done."),
            PastReview(NOW + DAY, opened + DAY),
        ),
        team=((cast.officer.staff, RelationKind.OIC),),
    )


def test_cases_from_before_come_in_whole_and_look_like_any_other(cast):
    past = past_case(cast)
    assert cases.take_over(actor=cast.analyst, rows=[past], at=NOW) == 1
    page = queries.pattern(actor=cast.officer, reference="FF-PAST1", at=NOW)
    assert (page.header.level.level, page.header.level.set_in) == (Level.VERY_HIGH, SetBy.PANEL)
    assert page.levels[-1].set_by == "Officer"
    assert (page.course.acts, page.header.review.due_at) == (1, NOW + DAY)
    assert [each.name for each in page.header.team] == ["Officer"]
    assert rows(Triage).get().case_id == past.id
    assert rows(Screening).get().fixated == "yes"
    assert rows(CaseAct).get().former_partner is True, "as its report says"
    further = told(cast.analyst, at=NOW)
    known(cast, further, page_case := rows(Case).get().victim, rows(Case).get().subject)
    assert page_case.name == "Ida Fenn"
    triaged(cast, further)
    assert rows(Case).get().acts == 2


def test_taking_over_makes_one_entry_a_batch_that_commits_to_every_row(cast):
    cases.take_over(actor=cast.analyst, rows=[past_case(cast)], at=NOW)
    entry = Entry.objects.get(action="cases.taken_over")
    assert '"root":' in entry.body


def test_what_belongs_to_another_site_cannot_be_taken_over(cast):
    foreign = told(cast.olu, site="southmere", subject_name="")
    triage_row = PastTriage(foreign.pk, Outcome.ADVICE_ONLY, "Small.", NOW)
    with pytest.raises(Refused):
        cases.take_over_triages(actor=cast.analyst, rows=[triage_row], at=NOW)
    with pytest.raises(Refused):
        cases.take_over(actor=cast.olu, rows=[past_case(cast)], at=NOW)
    assert not rows(Triage).exists()


def test_how_allegations_left_the_desk_before_is_taken_over(cast):
    mine = told(cast.analyst)
    past = PastTriage(mine.pk, Outcome.ADVICE_ONLY, "Small.", NOW, screening=ScreeningAnswers(repeated=Answer.NO))
    assert cases.take_over_triages(actor=cast.analyst, rows=[past], at=NOW) == 1
    assert queries.untriaged(actor=cast.analyst, at=NOW).rows == ()


@pytest.mark.parametrize("others", [0, 1])
def test_a_breach_that_alone_brought_a_past_review_forward_is_named_once_it_is_withdrawn(cast, others):
    """The review said "breach" and nothing else, before the withdrawal and after it; of two nobody knows which it was."""
    past = past_case(cast)
    more = tuple(replace(past.acts[0], allegation=told(cast.analyst, at=NOW - DAY).pk) for _ in range(others))
    review = PastReview(NOW + DAY, NOW - DAY, Trigger.BREACH)
    cases.take_over(actor=cast.analyst, rows=[replace(past, acts=past.acts + more, reviews=(review,))], at=NOW)
    acts_taken = rows(CaseAct).filter(case=past.id)
    acts_taken.update(breach_at=NOW - DAY)
    said = {"condition": 2, "order": "interim stalking protection order"}
    case = rows(Case).get(pk=past.id)
    cases.let_breach_count(
        actor=cast.officer, case=case, allegation=past.acts[0].allegation, since=None, as_told=False, at=NOW, said=said
    )
    review = rows(ReviewDue, done_at=None, superseded_at=None).get(case=case)
    named = "breach of condition 2, interim stalking protection order, withdrawn on 24 November 2026"
    assert str(why_due(review.trigger, review.reason)) == ("breach" if others else named)


def test_a_past_case_without_a_state_is_refused_by_name(cast):
    from dataclasses import replace

    with pytest.raises(CannotStep, match="FF-PAST1 has no state"):
        cases.take_over(actor=cast.analyst, rows=[replace(past_case(cast), states=())], at=NOW)


# ---- the whole ----------------------------------------------------------------------------------------------------


def test_the_log_holds_after_a_case_has_gone_its_way(cast):
    case = open_case(cast)
    acts(cast, case, 1, 2)
    match = rows(Match, undone_at=None, part=Part.SUBJECT).order_by("-decided_at").first()
    cases.undo_match(actor=cast.analyst, match=match, reason="A brother.", at=NOW + 3 * DAY)
    cases.set_level(actor=cast.officer, case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, at=NOW + 3 * DAY)
    cases.record_review(actor=cast.officer, case=case, level=None, summary="Seen.", at=NOW + 4 * DAY)
    assign(actor=cast.coordinator, case=case, staff=cast.officer.staff, kind=RelationKind.OIC, at=NOW)
    cases.step_down(
        actor=cast.officer,
        case=case,
        reason="Quiet.",
        victim_told_at=NOW + MONTHS,
        countersigned_by=cast.coordinator,
        at=NOW + MONTHS + 4 * DAY,
    )
    closed(cast, case, at=NOW + 2 * MONTHS + 4 * DAY)
    cases.take_over(actor=cast.analyst, rows=[past_case(cast)], at=NOW)
    verdict = audit_queries.verify()
    assert verdict.findings == ()
    actions = set(Entry.objects.values_list("action", flat=True))
    assert {"allegation.triaged", "level.set", "review.recorded", "case.stepped_down", "case.closed"} <= actions


def test_the_log_finds_a_level_that_was_changed_behind_its_back(cast):
    case = open_case(cast)
    row = cases.set_level(actor=cast.officer, case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, at=NOW)
    rows(LevelSet, pk=row.pk).update(level="low")
    assert [finding.kind for finding in audit_queries.verify().findings] == ["row"]


def test_an_event_told_by_another_site_finds_no_case(cast):
    case = open_case(cast)
    with pytest.raises(NotFound):
        cases.bring_review_forward(actor=cast.olu, case=case, trigger=Trigger.BREACH, at=NOW)
    assert waited_for(case).trigger == Trigger.OPENED
