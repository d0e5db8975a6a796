"""A plan that somebody carries out: owners, days, the victim told first, sessions, minutes, notes that stay inside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from fourfold.access.terms import NotFound, Refused, RelationKind, Role, Side
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.audit.terms import Conflict
from fourfold.cases.models import Case
from fourfold.cases.terms import Answer
from fourfold.panel import services as panel
from fourfold.panel.models import Decision, Measure
from fourfold.panel.terms import MeasureKind, Strand
from fourfold.plan import queries, services
from fourfold.plan.models import Action, ClinicalNote, Session, StaffMinutes, StatusSet
from fourfold.plan.terms import Attendance, Because, CannotAct, PastAction, PastMinutes, PastSession, PastStatus, Status
from tests.cast import NOW, Cast
from tests.duties.scene import waits
from tests.panel.scene import decision, measure, open_case, ready_to_decide, relate, wall_off

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case of Northmoor's."""
    return open_case(cast)


def decided(cast: Cast, case: Case, **changes: object) -> Decision:
    """Let a panel decide about the case."""
    return panel.record_decision(actor=cast.chair, item=ready_to_decide(cast, case), draft=decision(**changes), at=NOW)


def action(cast: Cast, case: Case, **changes: object) -> Action:
    """Open an action that lacks nothing, with `changes`."""
    whole = {
        "strand": Strand.LEGAL,
        "what": "Serve the application",
        "owner_partner": "northmoor-police",
        "due_on": TODAY + timedelta(days=2),
        "at": NOW,
        **changes,
    }
    return services.open_action(actor=cast.officer, case=case, **whole)  # type: ignore[arg-type]


def plan(cast: Cast, case: Case, name: str = "officer") -> queries.PlanPage:
    """What one of the cast sees of the plan."""
    return queries.plan_page(actor=cast.actor(name), case_id=case.pk, at=NOW)


# --- actions ----------------------------------------------------------------------------------------------


def test_every_measure_becomes_one_action_however_often_it_is_asked(cast: Cast, case: Case) -> None:
    made = decided(cast, case, measures=(measure(), measure(Strand.LEGAL, tell_victim_first=True)))
    first = services.open_actions(actor=cast.coordinator, decision=made, at=NOW)
    again = services.open_actions(actor=cast.coordinator, decision=made, at=NOW)
    assert (len(first), again) == (2, [])
    assert {row.strand for row in first} == {"victim_safety", "legal"}
    assert sum(row.tell_victim_first for row in first) == 1


def test_a_decision_whose_actions_were_not_opened_is_seen(cast: Cast, case: Case) -> None:
    made = decided(cast, case)
    page = plan(cast, case)
    assert (page.waiting_measures, page.decision) == (2, made.pk)
    services.open_actions(actor=cast.officer, decision=made, at=NOW)
    assert plan(cast, case).waiting_measures == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"what": ""}, "what"),
        ({"owner_partner": "southmere-police"}, "owner_partner"),
        ({"due_on": None}, "due_on"),
        ({"due_on": TODAY - timedelta(days=1)}, "due_on"),
    ],
)
def test_an_action_without_owner_or_day_is_refused(
    cast: Cast, case: Case, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(CannotAct) as refused:
        action(cast, case, **changes)
    assert refused.value.field == field
    assert not Action.objects.unscoped("test").exists()


def update(cast: Cast, row: Action, status: Status, **more: object) -> StatusSet:
    """Let the officer say what became of an action."""
    return services.update_action(actor=cast.officer, action=row, status=status, at=NOW, **more)  # type: ignore[arg-type]


def test_statuses_are_rows_and_the_action_shows_the_last(cast: Cast, case: Case) -> None:
    row = action(cast, case)
    update(cast, row, Status.DONE)
    services.update_action(
        actor=cast.advocate,
        action=row,
        status=Status.OPEN,
        reason="It was the wrong court.",
        at=NOW + timedelta(hours=1),
    )
    (shown,) = [each for _, strand in plan(cast, case).strands for each in strand]
    assert (shown.status, shown.version) == (Status.OPEN, 3)
    assert [(each.status, each.by) for each in shown.history] == [(Status.OPEN, "Advocate"), (Status.DONE, "Officer")]


def test_what_is_not_done_says_why(cast: Cast, case: Case) -> None:
    with pytest.raises(CannotAct) as refused:
        update(cast, action(cast, case), Status.NOT_DONE)
    assert refused.value.field == "reason"
    assert not StatusSet.objects.unscoped("test").exists()


def test_a_step_that_may_enrage_him_waits_until_she_is_told(cast: Cast, case: Case) -> None:
    row = action(cast, case, tell_victim_first=True)
    with pytest.raises(CannotAct, match="Tell the victim first"):
        update(cast, row, Status.DONE)
    update(cast, row, Status.WAITS_FOR_VICTIM)
    told_at = NOW - timedelta(minutes=20)
    assert update(cast, row, Status.DONE, victim_told_at=told_at).victim_told_at == told_at


def test_the_advocate_who_told_her_opens_the_gate_for_everybody(cast: Cast, case: Case) -> None:
    relate(cast, "advocate", case, RelationKind.ADVOCATE)
    row = action(cast, case, tell_victim_first=True)
    assert shown(cast, case).waits
    with pytest.raises(Refused):
        services.note_victim_told(actor=cast.officer, action=row, at=NOW)
    with pytest.raises(CannotAct, match="in the future"):
        services.note_victim_told(actor=cast.advocate, action=row, told_at=NOW + timedelta(minutes=1), at=NOW)
    services.note_victim_told(actor=cast.advocate, action=row, told_at=NOW - timedelta(minutes=9), at=NOW)
    assert not shown(cast, case).waits
    assert update(cast, row, Status.DONE).victim_told_at == NOW - timedelta(minutes=9)


def shown(cast: Cast, case: Case) -> queries.ActionShown:
    """The one action of the plan, as the officer sees it."""
    (only,) = [each for _, strand in plan(cast, case).strands for each in strand]
    return only


def test_a_reason_that_a_second_person_signed_opens_the_gate_too(cast: Cast, case: Case) -> None:
    row = action(cast, case, tell_victim_first=True)
    asked = services.ask_to_go_ahead(actor=cast.officer, action=row, reason="He is at her door.", at=NOW)
    with pytest.raises(CannotAct, match="Tell the victim first"):
        update(cast, row, Status.DONE, reason="He is at her door.")
    with pytest.raises(CannotAct, match="different person"):
        services.sign_untold(actor=cast.officer, asked=asked, at=NOW)
    services.sign_untold(actor=cast.advocate, asked=asked, at=NOW)
    assert (shown(cast, case).waits, shown(cast, case).go_ahead.signed_by) == (False, "Advocate")  # type: ignore[union-attr]
    made = update(cast, row, Status.DONE)
    assert (made.reason, made.countersigned_by) == ("He is at her door.", cast.staff["advocate"].pk)
    with pytest.raises(CannotAct, match="already been signed"):
        services.sign_untold(actor=cast.clinician, asked=asked, at=NOW)


def test_a_signature_takes_one_step_once_with_the_words_that_were_signed(cast: Cast, case: Case) -> None:
    row = action(cast, case, tell_victim_first=True)
    asked = services.ask_to_go_ahead(actor=cast.officer, action=row, reason="He is at her door.", at=NOW)
    services.sign_untold(actor=cast.advocate, asked=asked, at=NOW)
    assert update(cast, row, Status.DONE, reason="He asked me to.").reason == "He is at her door."
    back = update(cast, row, Status.OPEN, reason="It was not done after all.")
    assert (back.reason, back.countersigned_by) == ("It was not done after all.", None)
    assert shown(cast, case).waits, "the page does not say that two people have signed"
    with pytest.raises(CannotAct):
        update(cast, row, Status.DONE, reason="He asked me to.")


@pytest.mark.parametrize(("gated", "reason"), [(True, "  "), (False, "He is at her door.")])
def test_going_ahead_is_asked_with_a_reason_and_only_where_there_is_a_gate(
    cast: Cast, case: Case, gated: bool, reason: str
) -> None:
    with pytest.raises(CannotAct):
        services.ask_to_go_ahead(
            actor=cast.officer, action=action(cast, case, tell_victim_first=gated), reason=reason, at=NOW
        )


def test_two_people_may_go_ahead_without(cast: Cast, case: Case) -> None:
    row = action(cast, case, tell_victim_first=True)
    why = "She cannot be reached and he is outside."
    for second in (None, cast.officer):
        with pytest.raises(CannotAct, match="Tell the victim first"):
            update(cast, row, Status.DONE, reason=why, countersigned_by=second)
    made = update(cast, row, Status.DONE, reason=why, countersigned_by=cast.advocate)
    assert (made.countersigned_by, made.victim_told_at) == (cast.staff["advocate"].pk, None)


def test_two_who_change_the_same_action_see_both_values(cast: Cast, case: Case) -> None:
    row = action(cast, case)
    seen = row.version
    services.update_action(
        actor=cast.clinician,
        action=row,
        status=Status.NOT_DONE,
        reason="Withdrawn.",
        because=Because.OTHER,
        version=seen,
        at=NOW,
    )
    with pytest.raises(Conflict) as conflict:
        update(cast, row, Status.DONE, version=seen)
    assert conflict.value.theirs["status"] == "not_done"
    assert conflict.value.theirs["reason"] == "Withdrawn."
    assert conflict.value.theirs["set_by"] == "Clinician"
    assert conflict.value.version == seen + 1
    assert StatusSet.objects.unscoped("test").count() == 1


# --- sessions ---------------------------------------------------------------------------------------------


def session(cast: Cast, case: Case, hours: int = -1, **more: object) -> Session:
    """Let the clinician plan a session."""
    return services.plan_session(
        actor=cast.clinician,
        case=case,
        strand=Strand.PSYCHOLOGICAL,
        planned_at=NOW + timedelta(hours=hours),
        at=NOW,
        **more,  # type: ignore[arg-type]
    )


def settle(cast: Cast, row: Session, attendance: Attendance) -> Session:
    """Let the clinician say what became of it."""
    return services.settle_session(actor=cast.clinician, session=row, attendance=attendance, at=NOW)


def told(cast: Cast, case: Case) -> Action:
    """Let a first session be planned, and her advocate tell her that he will be seen."""
    relate(cast, "advocate", case, RelationKind.ADVOCATE)
    gate = session(cast, case, hours=3).action
    assert gate is not None
    services.note_victim_told(actor=cast.advocate, action=gate, at=NOW)
    return gate


def test_want_of_staff_is_recorded_as_exactly_that(cast: Cast, case: Case) -> None:
    told(cast, case)
    became = [Attendance.ATTENDED] * 9 + [Attendance.MISSED] * 2 + [Attendance.CANCELLED_FOR_WANT_OF_STAFF]
    for attendance in became:
        settle(cast, session(cast, case), attendance)
    dose = queries.plan_page(actor=cast.officer, case_id=case.pk, at=NOW).dose
    assert (dose.planned, dose.counted(Attendance.ATTENDED), dose.counted(Attendance.MISSED)) == (13, 9, 2)
    assert dose.counted(Attendance.CANCELLED_FOR_WANT_OF_STAFF) == 1


def test_an_assessment_is_not_held_before_she_knows_of_it(cast: Cast, case: Case) -> None:
    first = session(cast, case)
    assert first.action is not None
    assert (first.action.tell_victim_first, first.action.kind, first.action.owner) == (True, "", cast.clinician.staff)
    with pytest.raises(CannotAct, match="Tell the victim first"):
        settle(cast, first, Attendance.ATTENDED)
    gate = told(cast, case)
    assert gate.pk == first.action_id, "one telling is enough, whoever sees him first"
    settle(cast, first, Attendance.ATTENDED)
    assert session(cast, case).action_id is None, "he was seen; the next session waits for nobody"


def test_the_outreach_workers_first_meeting_waits_too(cast: Cast, case: Case) -> None:
    first = services.plan_session(actor=cast.outreach, case=case, strand=Strand.SOCIAL, planned_at=NOW, at=NOW)
    assert first.action is not None
    assert first.action.what.startswith("See the subject for the first time, planned for 24 November")
    with pytest.raises(CannotAct, match="Tell the victim first"):
        services.settle_session(actor=cast.outreach, session=first, attendance=Attendance.ATTENDED, at=NOW)
    asked = services.ask_to_go_ahead(actor=cast.outreach, action=first.action, reason="He asks for a bed.", at=NOW)
    services.sign_untold(actor=cast.advocate, asked=asked, at=NOW)
    services.settle_session(actor=cast.outreach, session=first, attendance=Attendance.ATTENDED, at=NOW)


def test_who_sees_him_before_she_is_told_says_why_and_it_stays_there(cast: Cast, case: Case) -> None:
    with pytest.raises(CannotAct) as refused:
        session(cast, case, told_first=False, untold_because="  ")
    assert refused.value.field == "untold_because"
    row = session(cast, case, told_first=False, untold_because="He is in custody and asks for it.")
    assert row.action_id is None
    settle(cast, row, Attendance.ATTENDED)
    (shown_,) = plan(cast, case, "advocate").sessions
    assert shown_.untold_because == "He is in custody and asks for it."
    later = session(cast, case, told_first=False, untold_because="Again.")
    assert later.untold_because == "", "once he was seen, there is nothing to answer for"


def test_direct_work_cannot_be_planned_untold(cast: Cast, case: Case) -> None:
    decided(cast, case, under_investigation=Answer.NO)
    with pytest.raises(CannotAct) as refused:
        session(cast, case, direct_work=True, told_first=False, untold_because="No time.")
    assert refused.value.field == "told_first"


def test_the_panels_assessment_is_the_gate_where_it_waits_for_her(cast: Cast, case: Case) -> None:
    measure_ = action(
        cast, case, strand=Strand.PSYCHOLOGICAL, kind=MeasureKind.SUBJECT_ASSESSMENT, tell_victim_first=True
    )
    assert session(cast, case).action_id == measure_.pk


def test_a_session_is_settled_once_and_not_before_it_took_place(cast: Cast, case: Case) -> None:
    with pytest.raises(CannotAct, match="not taken place yet"):
        settle(cast, session(cast, case, hours=3), Attendance.ATTENDED)
    row = settle(cast, session(cast, case), Attendance.MISSED)
    with pytest.raises(CannotAct, match="recorded as missed"):
        settle(cast, row, Attendance.ATTENDED)


def test_direct_work_waits_for_the_panel_to_say_there_is_no_investigation(cast: Cast, case: Case) -> None:
    with pytest.raises(CannotAct, match="under investigation"):
        session(cast, case, direct_work=True)
    assert not session(cast, case).direct_work, "an assessment is planned all the same"
    decided(cast, case, under_investigation=Answer.NO)
    assert session(cast, case, direct_work=True).direct_work


def test_direct_work_is_psychological(cast: Cast, case: Case) -> None:
    with pytest.raises(CannotAct, match="Choose that strand"):
        services.plan_session(
            actor=cast.outreach, case=case, strand=Strand.SOCIAL, planned_at=NOW, direct_work=True, at=NOW
        )


@pytest.mark.parametrize("name", ["officer", "advocate", "coordinator"])
def test_sessions_are_for_those_who_hold_them(cast: Cast, case: Case, name: str) -> None:
    with pytest.raises(Refused):
        services.plan_session(actor=cast.actor(name), case=case, strand=Strand.PSYCHOLOGICAL, planned_at=NOW, at=NOW)


# --- minutes ----------------------------------------------------------------------------------------------


def test_minutes_stand_by_role(cast: Cast, case: Case) -> None:
    for name, minutes in (("officer", 90), ("second_officer", 30), ("advocate", 45)):
        services.log_minutes(actor=cast.actor(name), case=case, minutes=minutes, worked_on=TODAY, at=NOW)
    dose = queries.plan_page(actor=cast.advocate, case_id=case.pk, at=NOW).dose
    assert dose.minutes == ((Role.POLICE_OFFICER, 120), (Role.VICTIM_ADVOCATE, 45))


def test_minutes_under_a_role_that_one_does_not_hold_are_refused(cast: Cast, case: Case) -> None:
    with pytest.raises(CannotAct) as refused:
        services.log_minutes(
            actor=cast.officer, case=case, minutes=5, worked_on=TODAY, role=Role.VICTIM_ADVOCATE, at=NOW
        )
    assert refused.value.field == "role"
    assert not StaffMinutes.objects.unscoped("test").exists()


# --- clinical notes ---------------------------------------------------------------------------------------


@pytest.fixture
def treated(cast: Cast, case: Case) -> Case:
    """The case, with the clinician treating the subject."""
    relate(cast, "clinician", case, RelationKind.CLINICIAN_OF_SUBJECT, Side.SUBJECT)
    return case


def write(cast: Cast, case: Case, side: Side, name: str = "clinician") -> ClinicalNote:
    """Write a clinical note."""
    return services.write_clinical_note(actor=cast.actor(name), case=case, side=side, text="CNRY-clinical", at=NOW)


def test_a_clinical_note_stays_with_that_persons_clinicians(cast: Cast, treated: Case) -> None:
    write(cast, treated, Side.SUBJECT)
    assert [note.text for note in plan(cast, treated, "clinician").notes] == ["CNRY-clinical"]
    for name in ("officer", "advocate", "outreach", "coordinator", "chair", "analyst"):
        page = plan(cast, treated, name)
        assert page.notes == ()
        assert "CNRY-clinical" not in repr(page)


def test_the_subjects_clinician_neither_writes_nor_reads_on_the_victims_side(cast: Cast, treated: Case) -> None:
    ClinicalNote.objects.create(
        case=treated, side=Side.VICTIM, text="CNRY-her", controller="northmoor-nhs", basis="nhs.health_care",
        source="test", recorded_at=NOW, recorded_by=cast.staff["clinician"].pk,
    )  # fmt: skip
    with pytest.raises(Refused):
        write(cast, treated, Side.VICTIM)
    assert "CNRY-her" not in repr(plan(cast, treated, "clinician"))
    assert Entry.objects.filter(operation="refusal", action="note.clinical").count() == 1


@pytest.mark.parametrize("name", ["officer", "advocate", "outreach", "coordinator"])
def test_only_clinicians_write_clinical_notes(cast: Cast, treated: Case, name: str) -> None:
    with pytest.raises(Refused):
        write(cast, treated, Side.SUBJECT, name)
    assert not ClinicalNote.objects.unscoped("test").exists()


def test_a_clinician_without_relation_to_the_case_writes_nothing(cast: Cast, case: Case) -> None:
    with pytest.raises(Refused):
        write(cast, case, Side.SUBJECT)


# --- who finds nothing, lists, the log --------------------------------------------------------------------


def test_another_site_and_a_walled_colleague_find_nothing(cast: Cast, case: Case) -> None:
    row = action(cast, case)
    wall_off(cast, "second_officer", case)
    for stranger in (cast.olu, cast.second_officer, cast.station_officer):
        with pytest.raises(NotFound):
            queries.plan_page(actor=stranger, case_id=case.pk, at=NOW)
        with pytest.raises((NotFound, Refused)):
            services.update_action(actor=stranger, action=row, status=Status.DONE, at=NOW)
        later = NOW + timedelta(days=9)
        assert waits(stranger, "actions", at=later) == ()
    assert not StatusSet.objects.unscoped("test").exists()


def test_the_plan_shows_late_actions_first_and_settled_ones_last(cast: Cast, case: Case) -> None:
    done = action(cast, case, what="Done", due_on=TODAY)
    action(cast, case, what="Late", due_on=TODAY + timedelta(days=1))
    action(cast, case, what="Open", due_on=TODAY + timedelta(days=20))
    update(cast, done, Status.DONE)
    page = queries.plan_page(actor=cast.officer, case_id=case.pk, at=NOW + timedelta(days=9))
    legal = dict(page.strands)[Strand.LEGAL]
    assert [(row.what, row.overdue) for row in legal] == [("Late", True), ("Open", False), ("Done", False)]
    assert list(dict(page.strands)) == list(Strand), "all four strands stand there, also the empty ones"


@pytest.mark.parametrize("count", [1, 12])
def test_a_plan_costs_the_same_however_many_actions_there_are(
    cast: Cast, case: Case, count: int, django_assert_num_queries: Callable[[int], object]
) -> None:
    for _ in range(count):
        update(cast, action(cast, case, owner=cast.staff["officer"].pk), Status.DONE)
    with django_assert_num_queries(25):  # type: ignore[attr-defined]
        plan(cast, case, "outreach")


def test_a_past_plan_is_brought_in_with_one_entry_for_each_batch(cast: Cast, case: Case) -> None:
    when, officer = NOW - timedelta(days=90), cast.staff["officer"].pk
    done = PastStatus(Status.DONE, when + timedelta(days=3), officer)
    rows = [
        PastAction(case.pk, Strand.LEGAL, "Arrest", "northmoor-police", when.date(), when, officer, statuses=(done,)),
        PastMinutes(case.pk, "police_officer", 40, when.date(), officer),
    ]
    before = Entry.objects.count()
    assert services.take_over(actor=cast.officer, rows=rows, at=NOW) == 2
    assert Entry.objects.count() == before + 1
    (shown,) = [each for _, strand in plan(cast, case).strands for each in strand]
    assert (shown.status, shown.history[0].by) == (Status.DONE, "Officer")
    assert services.miskept() == []
    held = PastSession(case.pk, Strand.SOCIAL, when, cast.staff["outreach"].pk, Attendance.MISSED, when)
    with pytest.raises(Refused):
        services.take_over(actor=cast.officer, rows=[held], at=NOW)
    assert services.take_over(actor=cast.outreach, rows=[held], at=NOW) == 1
    with pytest.raises(NotFound):
        services.take_over(actor=cast.olu, rows=rows, at=NOW)


def test_a_past_action_carries_out_the_measure_whose_words_it_has(cast: Cast, case: Case) -> None:
    decided(cast, case, measures=(measure(), measure(Strand.SOCIAL)))
    wanted, left = Measure.objects.unscoped("the test looks at every row").order_by("strand")
    when, officer = NOW - timedelta(days=1), cast.staff["officer"].pk
    twice = [PastAction(case.pk, wanted.strand, wanted.what, "northmoor-police", TODAY, when, officer)] * 2
    assert services.take_over(actor=cast.officer, rows=twice, at=NOW) == 2
    carried = Action.objects.unscoped("the test looks at every row").values_list("measure", flat=True)
    assert sorted(carried, key=str) == sorted([wanted.pk, None], key=str), "the second is an action of its own"
    assert left.pk not in carried
    assert plan(cast, case).waiting_measures == 1


def test_the_log_holds_after_the_whole_story(cast: Cast, treated: Case) -> None:
    services.open_actions(actor=cast.coordinator, decision=decided(cast, treated), at=NOW)
    update(cast, action(cast, treated, tell_victim_first=True), Status.DONE, victim_told_at=NOW)
    told(cast, treated)
    settle(cast, session(cast, treated), Attendance.ATTENDED)
    services.log_minutes(actor=cast.clinician, case=treated, minutes=50, worked_on=TODAY, at=NOW)
    write(cast, treated, Side.SUBJECT)
    assert audit_queries.verify().clean
    assert not any("CNRY" in body for body in Entry.objects.values_list("body", flat=True))
