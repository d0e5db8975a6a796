"""Work with the subject: it passes the gates, waits for the victim, has goals, and ends with a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fourfold.access.terms import NotFound, Refused, RelationKind
from fourfold.cases.models import Case, LevelSet
from fourfold.cases.terms import Answer
from fourfold.panel import services as panel
from fourfold.panel.terms import MeasureKind, PlanClass, Strand
from fourfold.people.models import Subject
from fourfold.plan import queries, rules, services
from fourfold.plan.models import Action, Intervention, Session, StatusSet
from fourfold.plan.terms import Approach, Attendance, Because, CannotAct, Ending, GoalState, Readiness, Status
from tests.cast import NOW, Cast
from tests.panel.scene import decision, measure, open_case, ready_to_decide, relate

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case about which a panel has said that nobody investigates."""
    made = open_case(cast)
    free = decision(under_investigation=Answer.NO)
    panel.record_decision(actor=cast.chair, item=ready_to_decide(cast, made), draft=free, at=NOW)
    return made


def begin(cast: Cast, case: Case, name: str = "clinician", **changes: object) -> Intervention:
    """Begin direct work that lacks nothing, with `changes`."""
    whole = {
        "strand": Strand.PSYCHOLOGICAL,
        "kind": MeasureKind.DIRECT_WORK,
        "approach": Approach.ACCEPTANCE_COMMITMENT,
        "goals": ["He names what he loses by it.", " ", "He can let a day pass."],
        "sessions_agreed": 12,
        "readiness": Readiness.CONTEMPLATION,
        "at": NOW,
        **changes,
    }
    return services.begin_intervention(actor=cast.actor(name), case=case, **whole)  # type: ignore[arg-type]


def shown(cast: Cast, case: Case, name: str = "clinician") -> queries.InterventionShown:
    """The only intervention, as one of the cast sees it."""
    (one,) = queries.plan_page(actor=cast.actor(name), case_id=case.pk, at=NOW).interventions
    return one


def session(cast: Cast, case: Case, **changes: object) -> Session:
    """Plan a session of direct work that has just been."""
    whole = {"strand": Strand.PSYCHOLOGICAL, "planned_at": NOW, "direct_work": True, "at": NOW, **changes}
    return services.plan_session(actor=cast.clinician, case=case, **whole)  # type: ignore[arg-type]


def attended(cast: Cast, row: Session) -> Session:
    """Say that he came."""
    return services.settle_session(actor=cast.clinician, session=row, attendance=Attendance.ATTENDED, at=NOW + DAY)


def test_work_with_him_has_approach_goals_and_readiness(cast: Cast, case: Case) -> None:
    begin(cast, case)
    one = shown(cast, case)
    assert (one.approach, one.agreed, one.readiness) == (
        "acceptance and commitment therapy", 12, Readiness.CONTEMPLATION,
    )  # fmt: skip
    assert [(goal.what, goal.state) for goal in one.goals] == [
        ("He names what he loses by it.", GoalState.NOT_BEGUN),
        ("He can let a day pass.", GoalState.NOT_BEGUN),
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"goals": []}, "goals"),
        ({"goals": [" "]}, "goals"),
        ({"sessions_agreed": 0}, "sessions_agreed"),
        ({"kind": MeasureKind.HOUSING}, "kind"),
        ({"strand": Strand.LEGAL, "kind": MeasureKind.ARREST}, "strand"),
    ],
)
def test_work_that_cannot_begin_says_what_to_mend(
    cast: Cast, case: Case, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(CannotAct) as refused:
        begin(cast, case, **changes)
    assert refused.value.field == field
    assert not Intervention.objects.unscoped("test").exists()


def test_direct_work_does_not_begin_while_he_may_be_under_investigation(cast: Cast) -> None:
    with pytest.raises(CannotAct, match="may be under investigation"):
        begin(cast, open_case(cast))


def test_direct_work_does_not_begin_with_whose_age_nobody_knows(cast: Cast, case: Case) -> None:
    Subject.objects.unscoped("test").update(birth_on=None)
    with pytest.raises(CannotAct, match="date of birth is not recorded"):
        begin(cast, case)
    with pytest.raises(CannotAct, match="date of birth is not recorded"):
        session(cast, case)


def test_progress_is_rows_and_what_did_not_change_writes_none(cast: Cast, case: Case) -> None:
    row = begin(cast, case)
    goal = shown(cast, case).goals[0].id
    services.note_progress(
        actor=cast.clinician, intervention=row, goals={goal: GoalState.PARTLY}, readiness=Readiness.ACTION, at=NOW + DAY
    )
    one = shown(cast, case)
    assert (one.goals[0].state, one.readiness) == (GoalState.PARTLY, Readiness.ACTION)
    assert [stage for stage, _ in one.path] == [Readiness.CONTEMPLATION, Readiness.ACTION]
    with pytest.raises(CannotAct, match="Nothing has changed"):
        services.note_progress(actor=cast.clinician, intervention=row, goals={goal: GoalState.PARTLY}, at=NOW + DAY)


@pytest.mark.parametrize(
    ("how", "reason", "field"),
    [
        (Ending.COMPLETED, "", None),
        (Ending.WANT_OF_CAPACITY, "", "reason"),
        (Ending.WANT_OF_CAPACITY, "The clinician left and nobody follows.", None),
        (Ending.SUBJECT_LEFT, " ", "reason"),
    ],
)
def test_only_completed_work_speaks_for_itself(
    cast: Cast, case: Case, how: Ending, reason: str, field: str | None
) -> None:
    why = rules.why_not_end(how, reason, ended=False)
    assert (why[0] if why else None) == field
    if field is None:
        row = begin(cast, case)
        services.end_intervention(actor=cast.clinician, intervention=row, how=how, reason=reason, at=NOW)
        assert shown(cast, case).ended is how
        with pytest.raises(CannotAct, match="has ended"):
            session(cast, case, intervention=row)


def test_the_first_session_of_direct_work_waits_until_she_is_told(cast: Cast, case: Case) -> None:
    row = session(cast, case, intervention=begin(cast, case))
    relate(cast, "advocate", case, RelationKind.ADVOCATE)
    gate = Action.objects.unscoped("test").get()
    assert (gate.kind, gate.tell_victim_first, row.action_id) == ("direct_work", True, gate.pk)
    with pytest.raises(CannotAct, match="Tell the victim first"):
        attended(cast, row)
    assert Session.objects.unscoped("test").get().attendance == Attendance.PLANNED
    services.note_victim_told(actor=cast.advocate, action=gate, told_at=NOW, at=NOW)
    attended(cast, row)
    assert shown(cast, case).attended == 1
    assert session(cast, case).action_id is None, "she knows; the second session waits for nobody"


def test_a_session_that_did_not_take_place_needs_nobody_to_be_told(cast: Cast, case: Case) -> None:
    row = session(cast, case)
    missed = services.settle_session(actor=cast.clinician, session=row, attendance=Attendance.MISSED, at=NOW)
    assert missed.attendance == Attendance.MISSED
    assert session(cast, case).action_id == row.action_id, "the next first session waits behind the same gate"


def test_the_panels_measure_is_the_gate_where_there_is_one(cast: Cast) -> None:
    case = open_case(cast)
    work = measure(
        Strand.PSYCHOLOGICAL, what="Twelve sessions", owner_partner="northmoor-nhs", kind=MeasureKind.DIRECT_WORK
    )
    free = decision(under_investigation=Answer.NO, measures=(measure(), work))
    made = panel.record_decision(actor=cast.chair, item=ready_to_decide(cast, case), draft=free, at=NOW)
    opened = services.open_actions(actor=cast.coordinator, decision=made, at=NOW)
    row = session(cast, case)
    assert row.action_id == opened[1].pk
    assert opened[1].tell_victim_first, "direct work waits for her, whether the chair ticked it or not"


def test_a_letter_to_him_waits_for_her_whoever_forgot_to_say_so(cast: Cast, case: Case) -> None:
    letter = services.open_action(
        actor=cast.officer, case=case, strand=Strand.LEGAL, what="Warn him in writing", kind=MeasureKind.LETTER,
        owner_partner="northmoor-police", due_on=NOW.date(), at=NOW,
    )  # fmt: skip
    assert (letter.tell_victim_first, letter.plan_class) == (True, PlanClass.SUPERVISION)
    with pytest.raises(CannotAct, match="Tell the victim first"):
        services.update_action(actor=cast.officer, action=letter, status=Status.DONE, at=NOW)


def test_want_of_capacity_is_recorded_as_exactly_that(cast: Cast, case: Case) -> None:
    visit = services.open_action(
        actor=cast.outreach, case=case, strand=Strand.SOCIAL, what="See the flat", kind=MeasureKind.HOUSING,
        owner_partner="northmoor-outreach", due_on=NOW.date(), at=NOW,
    )  # fmt: skip
    given = {"actor": cast.outreach, "action": visit, "status": Status.NOT_DONE, "reason": "Nobody is free.", "at": NOW}
    with pytest.raises(CannotAct) as refused:
        services.update_action(**given)
    assert refused.value.field == "because"
    services.update_action(**given, because=Because.WANT_OF_CAPACITY)
    assert StatusSet.objects.unscoped("test").get().because == "want_of_capacity"


def test_a_level_that_the_panel_sets_for_want_of_capacity_says_so(cast: Cast) -> None:
    case = open_case(cast)
    poor = decision(want_of_capacity="Very high is asked for; nobody can see her daily.")
    panel.record_decision(actor=cast.chair, item=ready_to_decide(cast, case), draft=poor, at=NOW)
    assert LevelSet.objects.unscoped("test").get().for_want_of_capacity


def test_the_plan_shows_which_of_the_four_classes_is_empty(cast: Cast, case: Case) -> None:
    for kind, strand in ((MeasureKind.ARREST, Strand.LEGAL), (MeasureKind.SAFETY_PLAN, Strand.VICTIM_SAFETY)):
        services.open_action(
            actor=cast.officer, case=case, strand=strand, what=kind.label, kind=kind,
            owner_partner="northmoor-police", due_on=NOW.date(), at=NOW,
        )  # fmt: skip
    page = queries.plan_page(actor=cast.officer, case_id=case.pk, at=NOW)
    assert [(part.value, count) for part, count, _ in page.classes] == [
        ("monitoring", 0), ("supervision", 1), ("intervention", 0), ("victim_safety_planning", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["officer", "advocate", "coordinator"])
def test_only_who_works_with_him_begins_work(cast: Cast, case: Case, name: str) -> None:
    with pytest.raises(Refused):
        begin(cast, case, name)


def test_another_site_finds_no_work(cast: Cast, case: Case) -> None:
    row = begin(cast, case)
    with pytest.raises(NotFound):
        begin(cast, case, "olu")
    with pytest.raises(NotFound):
        queries.intervention_to_note(actor=cast.olu, case_id=case.pk, intervention=row.pk, at=NOW)
