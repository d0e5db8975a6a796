"""A sitting from its calling to its one decision: nobody sees another's view first, and nothing is half decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from fourfold.access import queries as access_queries
from fourfold.access.terms import NotFound, Refused
from fourfold.assessment import services as assessment
from fourfold.assessment.terms import Answer as Given
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.audit.terms import Conflict
from fourfold.cases.models import Case, LevelSet, ReviewDue
from fourfold.cases.terms import Answer, Level
from fourfold.panel import queries, services
from fourfold.panel.models import Decision, Item, Measure, PhaseSet, Sitting, View
from fourfold.panel.terms import CannotConvene, CannotDecide, CannotGiveView, Phase, Strand
from tests.cast import NOW, Cast
from tests.panel.scene import (
    SPEAKERS,
    bring_before_panel,
    decision,
    hear,
    measure,
    open_case,
    ready_to_decide,
    wall_off,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case with three acts and no level."""
    return open_case(cast)


@pytest.fixture
def item(cast: Cast, case: Case) -> Item:
    """The case before a sitting, nobody having spoken."""
    return bring_before_panel(cast, case)


@pytest.fixture
def ready(cast: Cast, case: Case) -> Item:
    """The case before a sitting, everybody having spoken, the views open."""
    return ready_to_decide(cast, case)


def decide(cast: Cast, item: Item, **changes: object) -> Decision:
    """Let the chair decide."""
    more = {name: changes.pop(name) for name in ("version", "countersigned_by", "at") if name in changes}
    return services.record_decision(
        actor=cast.chair,
        item=item,
        draft=decision(**changes),
        **{"at": NOW, **more},  # type: ignore[arg-type]
    )


def nothing_decided() -> bool:
    """Say whether no trace of a decision is there."""
    tables = (Decision, Measure, LevelSet)
    phases = PhaseSet.objects.unscoped("test").filter(phase=Phase.DECIDED).exists()
    return not phases and not any(table.objects.unscoped("test").exists() for table in tables)


# --- calling a sitting ------------------------------------------------------------------------------------


def test_a_sitting_keeps_the_quorum_of_its_sites_model(cast: Cast, case: Case) -> None:
    other = open_case(cast)
    first = bring_before_panel(cast, case, other)
    assert first.sitting.quorum == ["police", "mental health", "outreach", "advocacy"]
    items = Item.objects.unscoped("test").filter(sitting=first.sitting).order_by("position")
    assert [(item.position, item.case_id) for item in items] == [(1, case.pk), (2, other.pk)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"starts_at": NOW - timedelta(days=1)}, "starts_at"),
        ({"chair": "officer"}, "chair"),
        ({"cases": []}, "cases"),
    ],
)
def test_a_sitting_that_cannot_be_is_refused_by_field(
    cast: Cast, case: Case, changes: dict[str, object], field: str
) -> None:
    wanted = {"starts_at": NOW + timedelta(days=2), "chair": "chair", "cases": [case], **changes}
    chair = cast.staff[str(wanted.pop("chair"))].pk
    with pytest.raises(CannotConvene) as refused:
        services.convene(actor=cast.coordinator, site="northmoor", chair=chair, at=NOW, **wanted)  # type: ignore[arg-type]
    assert refused.value.field == field
    assert not Sitting.objects.exists()


def test_a_case_is_before_one_panel_at_a_time(cast: Cast, case: Case, item: Item) -> None:
    with pytest.raises(CannotConvene, match="before a panel already"):
        bring_before_panel(cast, case)
    with pytest.raises(CannotConvene, match="before a panel already"):
        services.add_item(actor=cast.coordinator, sitting=item.sitting, case=case, at=NOW)


def test_a_case_is_added_to_a_sitting_that_was_called(cast: Cast, item: Item) -> None:
    more = services.add_item(
        actor=cast.coordinator, sitting=item.sitting, case=open_case(cast), at=NOW, why="Breach of condition 3"
    )
    assert (more.position, more.why) == (2, "Breach of condition 3")


@pytest.mark.parametrize("name", ["officer", "advocate", "analyst"])
def test_not_everybody_calls_a_sitting(cast: Cast, case: Case, name: str) -> None:
    with pytest.raises(Refused):
        services.convene(
            actor=cast.actor(name), site="northmoor", starts_at=NOW, chair=cast.staff["chair"].pk, cases=[case], at=NOW
        )


# --- giving a view ----------------------------------------------------------------------------------------


def test_a_view_is_kept_with_its_profession_and_given_alone(cast: Cast, item: Item) -> None:
    hear(cast, item, "advocate", level=Level.VERY_HIGH)
    view = View.objects.unscoped("test").get()
    assert (view.profession, view.level, view.independent) == ("advocacy", "very_high", True)


def test_one_may_say_that_one_cannot_say_yet(cast: Cast, item: Item) -> None:
    view = services.give_view(actor=cast.clinician, item=item, level=None, position="I have not met him.", at=NOW)
    assert view.level == ""


def test_one_person_who_is_on_record_twice_speaks_for_one_profession(cast: Cast, item: Item) -> None:
    services.give_view(actor=cast.clinician, item=item, level=Level.LOW, position="I have met him.", at=NOW)
    twin = cast.staff["outreach"]
    twin.person = cast.staff["clinician"].pk
    twin.save()
    with pytest.raises(CannotGiveView, match="one profession"):
        services.give_view(actor=cast.outreach, item=item, level=Level.LOW, position="I agree.", at=NOW)
    services.give_view(actor=cast.officer, item=item, level=Level.LOW, position="So do I.", at=NOW)


def test_a_later_view_is_a_later_row_and_says_when_it_was_not_given_alone(cast: Cast, item: Item) -> None:
    hear(cast, item)
    services.open_views(actor=cast.chair, item=item, at=NOW)
    hear(cast, item, "officer", level=Level.MEDIUM, at=NOW + timedelta(minutes=5))
    mine = View.objects.unscoped("test").filter(staff=cast.staff["officer"].pk).order_by("given_at")
    assert [(view.level, view.independent) for view in mine] == [("high", True), ("medium", False)]


def test_an_empty_view_and_one_without_profession_are_refused(cast: Cast, item: Item) -> None:
    with pytest.raises(CannotGiveView, match="worries you most"):
        services.give_view(actor=cast.officer, item=item, level=Level.LOW, position="  ", at=NOW)
    for name in ("chair", "coordinator", "analyst"):
        with pytest.raises(Refused):
            services.give_view(actor=cast.actor(name), item=item, level=Level.LOW, position="I think", at=NOW)


def test_no_view_after_the_decision(cast: Cast, ready: Item) -> None:
    decide(cast, ready)
    with pytest.raises(CannotGiveView, match="new sitting"):
        hear(cast, ready, "officer", at=NOW + timedelta(hours=1))


def test_nobody_sees_anothers_view_before_giving_his_own(cast: Cast, item: Item) -> None:
    hear(cast, item, "officer", "advocate")
    before = queries.item_page(actor=cast.clinician, item_id=item.pk, at=NOW)
    assert before.views == ()
    assert before.advice is None
    assert before.shared.assessments == ()
    assert [seat.profession for seat in before.seats if seat.given_at] == ["police", "advocacy"]
    hear(cast, item, "clinician")
    after = queries.item_page(actor=cast.clinician, item_id=item.pk, at=NOW)
    assert {view.profession for view in after.views} == {"police", "advocacy", "mental health"}
    assert after.advice is not None


def test_the_chair_hears_nothing_until_the_views_are_opened(cast: Cast, item: Item) -> None:
    hear(cast, item)
    assert queries.item_page(actor=cast.chair, item_id=item.pk, at=NOW).views == ()
    services.open_views(actor=cast.chair, item=item, at=NOW)
    assert len(queries.item_page(actor=cast.chair, item_id=item.pk, at=NOW).views) == 4


def test_views_open_when_all_four_have_been_heard(cast: Cast, item: Item) -> None:
    hear(cast, item, "officer", "clinician", "outreach")
    with pytest.raises(CannotGiveView, match="advocacy"):
        services.open_views(actor=cast.chair, item=item, at=NOW)
    hear(cast, item, "advocate")
    opened = services.open_views(actor=cast.chair, item=item, at=NOW, version=item.version)
    assert (opened.phase, opened.version) == (Phase.CONSOLIDATING, item.version + 1)
    with pytest.raises(Conflict):
        services.open_views(actor=cast.chair, item=item, at=NOW, version=item.version)


# --- the decision -----------------------------------------------------------------------------------------


def test_a_decision_sets_everything_at_once(cast: Cast, case: Case, ready: Item) -> None:
    made = decide(cast, ready, dissent="Mental health: medium.", alternatives_rejected="Mediation: unsafe.")
    case.refresh_from_db()
    ready.refresh_from_db()
    assert (case.level, ready.phase, made.level) == ("high", "decided", "high")
    assert made.quorum_present == ["police", "mental health", "outreach", "advocacy"]
    assert made.dissent == "Mental health: medium."
    assert [row.what for row in Measure.objects.unscoped("test").order_by("what")] == [
        "Agree a safe way home",
        "Apply for the order",
    ]
    level = LevelSet.objects.unscoped("test").get(case=case)
    assert (level.set_in, level.recorded_by) == ("panel", cast.staff["chair"].pk)
    review = ReviewDue.objects.unscoped("test").get(case=case, superseded_at__isnull=True, done_at__isnull=True)
    assert review.due_at.date() == decision().review_on
    assert case.review_due_at == review.due_at


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"victim_safety": ""}, "victim_safety"),
        ({"formulation": ""}, "formulation"),
        ({"order_reason": ""}, "order_reason"),
        ({"measures": (measure(owner_partner=""),)}, "measure-1-owner_partner"),
        ({"measures": (measure(owner_partner="southmere-police"),)}, "measure-1-owner_partner"),
        ({"measures": (measure(due_on=NOW.date() - timedelta(days=1)),)}, "measure-1-due_on"),
        ({"measures": (measure(), measure(Strand.PSYCHOLOGICAL, direct_work=True))}, "measure-2-direct_work"),
        ({"review_on": None}, "review_on"),
    ],
)
def test_a_decision_that_does_not_answer_everything_leaves_no_trace(
    cast: Cast, ready: Item, changes: dict[str, object], field: str
) -> None:
    entries = Entry.objects.count()
    with pytest.raises(CannotDecide) as refused:
        decide(cast, ready, **changes)
    assert refused.value.field == field
    assert nothing_decided()
    assert Entry.objects.count() == entries
    ready.refresh_from_db()
    assert ready.phase == Phase.CONSOLIDATING


def test_direct_work_is_decided_once_there_is_no_investigation(cast: Cast, ready: Item) -> None:
    work = measure(Strand.PSYCHOLOGICAL, what="Twelve sessions", owner_partner="northmoor-nhs", direct_work=True)
    decide(cast, ready, measures=(measure(), work), under_investigation=Answer.NO)
    assert Measure.objects.unscoped("test").filter(direct_work=True).count() == 1


def test_nobody_decides_while_somebody_was_not_heard(cast: Cast, item: Item) -> None:
    hear(cast, item, "officer", "clinician", "outreach")
    with pytest.raises(CannotDecide) as refused:
        decide(cast, item)
    assert [gap.field for gap in refused.value.gaps] == ["phase", "quorum"]
    assert nothing_decided()


def assess(cast: Cast, case: Case) -> None:
    """Let an assessment advise high."""
    assessment.record_assessment(
        actor=cast.officer,
        case=case,
        instrument="first-line",
        answers=[Given("threats", option="yes", note="her words")],
        at=NOW,
    )


def test_a_level_below_what_was_advised_takes_a_second_person(cast: Cast, case: Case, ready: Item) -> None:
    assess(cast, case)
    wanted = {"level": "medium", "level_reason": "He has been in custody for a month."}
    for second in (None, cast.chair):
        with pytest.raises(CannotDecide, match="lower than high"):
            decide(cast, ready, countersigned_by=second, **wanted)
    assert nothing_decided()
    made = decide(cast, ready, countersigned_by=cast.clinician, **wanted)
    assert (made.advised, made.countersigned_by) == ("high", cast.staff["clinician"].pk)
    case.refresh_from_db()
    assert case.level == "medium"


def test_breaches_advise_high_where_no_form_was_filled_in(cast: Cast) -> None:
    ready = ready_to_decide(cast, breaches=2)
    with pytest.raises(CannotDecide, match="Medium is lower than high"):
        decide(cast, ready, level="medium", level_reason="The breaches were small.")


def test_an_item_is_decided_once(cast: Cast, ready: Item) -> None:
    decide(cast, ready)
    with pytest.raises(CannotDecide, match="decided already"):
        decide(cast, ready, level="very_high")
    assert Decision.objects.unscoped("test").count() == 1


def test_the_second_chair_sees_what_the_first_decided(cast: Cast, ready: Item) -> None:
    version = ready.version
    decide(cast, ready, version=version, formulation="First.")
    with pytest.raises(Conflict) as conflict:
        decide(cast, ready, version=version, formulation="Second.")
    assert conflict.value.theirs["formulation"] == "First."
    assert conflict.value.theirs["decided_by"] == "Chair"
    assert conflict.value.version == version + 1


def test_a_decided_case_may_come_before_a_new_sitting(cast: Cast, case: Case, ready: Item) -> None:
    decide(cast, ready)
    later = NOW + timedelta(days=5)
    again = bring_before_panel(cast, case, at=later)
    page = queries.item_page(actor=cast.chair, item_id=again.pk, at=later)
    assert [each.formulation for each in page.shared.before] == [decision().formulation]
    assert page.decision is None


@pytest.mark.parametrize("name", ["officer", "advocate", "clinician", "coordinator", "analyst"])
def test_only_a_chair_decides(cast: Cast, ready: Item, name: str) -> None:
    with pytest.raises(Refused):
        services.record_decision(actor=cast.actor(name), item=ready, draft=decision(), at=NOW)
    assert nothing_decided()


# --- who finds nothing ------------------------------------------------------------------------------------


def test_another_site_and_a_walled_colleague_find_nothing(cast: Cast, case: Case, item: Item) -> None:
    wall_off(cast, "second_officer", case)
    for stranger in (cast.olu, cast.second_officer, cast.station_officer):
        with pytest.raises(NotFound):
            queries.item_page(actor=stranger, item_id=item.pk, at=NOW)
        with pytest.raises(NotFound):
            queries.panels_of_case(actor=stranger, case_id=case.pk, at=NOW)
        with pytest.raises((NotFound, Refused)):
            services.give_view(actor=stranger, item=item, level=Level.LOW, position="I think", at=NOW)


def test_a_walled_colleague_sees_the_sitting_as_if_the_case_were_not_there(cast: Cast, case: Case) -> None:
    other = open_case(cast)
    item = bring_before_panel(cast, case, other)
    wall_off(cast, "second_officer", case)
    page = queries.sitting(actor=cast.second_officer, sitting_id=item.sitting_id, at=NOW)
    assert [(row.position, row.reference) for row in page.items] == [(1, other.reference)]
    (row,) = queries.sittings(actor=cast.second_officer, at=NOW)
    assert (row.items, row.mine_missing) == (1, 1)
    (full,) = queries.sittings(actor=cast.officer, at=NOW)
    assert full.items == 2


def test_another_site_sees_no_sitting(cast: Cast, item: Item) -> None:
    assert not queries.sittings(actor=cast.olu, at=NOW)
    with pytest.raises(NotFound):
        queries.sitting(actor=cast.olu, sitting_id=item.sitting_id, at=NOW)
    assert queries.to_be_heard(actor=cast.olu, site="northmoor", at=NOW) == ()


# --- reading ----------------------------------------------------------------------------------------------


def test_the_item_shows_what_the_panel_may_know_together(cast: Cast) -> None:
    item = bring_before_panel(cast, open_case(cast, acts=4, breaches=1))
    page = queries.item_page(actor=cast.outreach, item_id=item.pk, at=NOW)
    assert (page.shared.course.acts, page.shared.course.breaches) == (4, 1)
    assert page.shared.worst[0].breach
    assert page.title == "Vera Inventa / Sven Fictus"
    assert page.gate.startswith("No direct psychological work while the subject may be under investigation.")
    assert (page.number, page.of) == (1, 1)


def test_cases_to_be_heard_come_with_the_most_dangerous_first(cast: Cast, case: Case) -> None:
    worst = open_case(cast)
    Case.objects.unscoped("test").filter(pk=worst.pk).update(level="very_high")
    Case.objects.unscoped("test").filter(pk=case.pk).update(level="low")
    found = queries.to_be_heard(actor=cast.coordinator, site="northmoor", at=NOW)
    assert [row.reference for row in found] == [worst.reference, case.reference]
    bring_before_panel(cast, worst)
    found = queries.to_be_heard(actor=cast.coordinator, site="northmoor", at=NOW)
    assert [row.reference for row in found] == [case.reference]


def test_no_case_that_may_be_heard_is_left_out_in_silence(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fourfold.panel.queries.sittings.WHOLE", 2, raising=False)
    some = [open_case(cast) for _ in range(3)]
    assert len(queries.to_be_heard(actor=cast.coordinator, site="northmoor", at=NOW)) == len(some)


def test_a_list_of_sittings_costs_the_same_for_one_and_for_many(
    cast: Cast, django_assert_num_queries: Callable[[int], object]
) -> None:
    for _ in range(3):
        hear(cast, bring_before_panel(cast, open_case(cast), open_case(cast)), "officer")
    with django_assert_num_queries(10):  # type: ignore[attr-defined]
        assert len(queries.sittings(actor=cast.officer, at=NOW)) == 3


@pytest.mark.parametrize("acts", [1, 25])
def test_an_item_costs_the_same_however_long_the_course_of_conduct(
    cast: Cast, acts: int, django_assert_num_queries: Callable[[int], object]
) -> None:
    item = ready_to_decide(cast, open_case(cast, acts=acts))
    with django_assert_num_queries(37):  # type: ignore[attr-defined]
        queries.item_page(actor=cast.actor("outreach"), item_id=item.pk, at=NOW)


# --- taking over, and the log -----------------------------------------------------------------------------


def test_past_decisions_are_brought_in_with_one_entry(cast: Cast, case: Case) -> None:
    from fourfold.panel.terms import PastDecision, PastView

    when = NOW - timedelta(days=60)
    view = PastView(cast.staff["advocate"].pk, "advocacy", "high", "She is afraid.", when)
    rows = [
        PastDecision(
            each.pk, "northmoor", when, cast.staff["chair"].pk, when, decision(), (view,), ("police", "advocacy")
        )
        for each in (case, open_case(cast))
    ]
    before = Entry.objects.count()
    assert services.take_over(actor=cast.coordinator, rows=rows, at=NOW) == 2
    assert Entry.objects.count() == before + 1
    assert Sitting.objects.count() == 1, "the same site, chair and time make one sitting"
    assert Measure.objects.unscoped("test").count() == 4
    (shown,) = queries.panels_of_case(actor=cast.officer, case_id=case.pk, at=NOW).decisions
    assert (shown.decided_by, shown.quorum) == ("Chair", ("advocacy",))
    with pytest.raises((NotFound, Refused)):
        services.take_over(actor=cast.olu, rows=rows, at=NOW)


def test_the_log_holds_after_the_whole_story_and_names_nobody(cast: Cast, ready: Item) -> None:
    decide(cast, ready, formulation="Sven waits at the school.")
    assert audit_queries.verify().clean
    entry = Entry.objects.get(action="panel.decided")
    assert "school" not in entry.body
    assert "panel.measure" in entry.body
    assert len(SPEAKERS) == Entry.objects.filter(action="panel.view_given").count()


def test_views_that_were_given_in_one_moment_stand_in_one_order(cast: Cast, case: Case, ready: Item) -> None:
    """They stood by a random key: the same minutes, made twice, read otherwise."""
    opened = access_queries.opened(cast.coordinator, case.pk, at=NOW)
    order = [one.profession for one in queries.minutes._positions(opened, ready)]
    assert len(order) == 4
    assert order == sorted(order)
