"""Who sits at the table: what calls a case there, who is invited, who steps aside; and advice to cases held elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from fourfold import journey
from fourfold.access.models import Staff
from fourfold.access.terms import Compartment, NotFound, Refused
from fourfold.audit import queries as audit_queries
from fourfold.cases.models import Case, CaseAct, Screening, Triage
from fourfold.cases.terms import Answer, Outcome, ScreeningAnswers
from fourfold.exhibits import queries as exhibit_queries
from fourfold.exhibits import services as exhibits
from fourfold.panel import conflicts, queries, rules, services
from fourfold.panel.models import Consultation, Declared, Invitation, Item, View
from fourfold.panel.terms import AtTable, CannotAdvise, CannotDecide, CannotDeclare, CannotGiveView, Phase
from fourfold.people.models import Victim
from fourfold.programme import queries as programme_queries
from fourfold.programme import services as programme
from fourfold.programme.models import Working
from tests.cases.builders import known, told
from tests.cast import LONG_AGO, NOW, Cast, working
from tests.panel.scene import (
    add_act,
    bring_before_panel,
    decision,
    hear,
    held,
    open_case,
    ready_to_decide,
    wall_off,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case with three acts and no level."""
    return open_case(cast)


def called(cast: Cast, case: Case, at: object = NOW) -> tuple[str, ...]:
    """What brings a case before the panel."""
    rows = {row.case: row.why for row in queries.to_be_heard(actor=cast.coordinator, site="northmoor", at=at)}  # type: ignore[arg-type]
    return rows[case.pk]


def declare(cast: Cast, name: str, item: Item, *, aside: bool, because: str = "") -> Declared:
    """Let one of the cast declare."""
    return services.declare(actor=cast.actor(name), item=item, aside=aside, because=because, at=NOW)


# --- the agenda -------------------------------------------------------------------------------------------


def test_triage_a_breach_and_an_overdue_review_call_a_case(cast: Cast, case: Case) -> None:
    assert called(cast, case) == ()
    act = add_act(cast, case, NOW - 2 * DAY, breach=True)
    Triage.objects.create(
        allegation=act.allegation,
        case=case,
        outcome=Outcome.PANEL,
        reason="A pattern.",
        decided_at=NOW - DAY,
        **held(cast),
    )
    Case.objects.unscoped("test").update(review_due_at=NOW - DAY)
    assert called(cast, case) == (
        "a breach and no panel yet, 22 November 2026",
        "sent by triage on 23 November 2026, and no panel yet",
        "review overdue since 23 November 2026",
    )


def test_what_was_decided_calls_no_more_until_something_new_comes(cast: Cast, case: Case) -> None:
    add_act(cast, case, NOW - 2 * DAY, breach=True)
    services.record_decision(actor=cast.chair, item=ready_to_decide(cast, case), draft=decision(), at=NOW)
    assert called(cast, case) == ()
    add_act(cast, case, NOW + DAY, breach=True)
    assert called(cast, case, NOW + 2 * DAY) == ("a breach since the last panel, 25 November 2026",)
    CaseAct.objects.unscoped("test").update(left_at=NOW + 2 * DAY)
    assert called(cast, case, NOW + 2 * DAY) == (
        "a breach since the last panel, 25 November 2026, whose act was taken off the case on 26 November 2026",
    )


def test_a_quiet_case_that_something_calls_comes_before_a_dangerous_one(cast: Cast) -> None:
    quiet, dangerous = open_case(cast), open_case(cast)
    Case.objects.unscoped("test").filter(pk=dangerous.pk).update(level="very_high")
    Case.objects.unscoped("test").filter(pk=quiet.pk).update(level="low", review_due_at=NOW - DAY)
    rows = queries.to_be_heard(actor=cast.coordinator, site="northmoor", at=NOW)
    assert [row.case for row in rows] == [quiet.pk, dangerous.pk]


def test_an_item_keeps_what_called_it(cast: Cast, case: Case) -> None:
    Case.objects.unscoped("test").update(review_due_at=NOW - DAY)
    assert bring_before_panel(cast, case).why == "review overdue since 23 November 2026"


# --- invitations ------------------------------------------------------------------------------------------


def test_the_four_professions_and_the_chair_are_invited_and_say_whether_they_come(cast: Cast, case: Case) -> None:
    sitting = bring_before_panel(cast, case).sitting
    asked = set(Invitation.objects.values_list("staff", flat=True))
    assert {cast.staff[name].pk for name in ("officer", "clinician", "outreach", "advocate", "chair")} <= asked
    assert cast.staff["olu"].pk not in asked
    services.answer_invitation(actor=cast.advocate, sitting=sitting, coming=True, at=NOW)
    services.answer_invitation(actor=cast.officer, sitting=sitting, coming=False, at=NOW)
    page = queries.sitting(actor=cast.advocate, sitting_id=sitting.pk, at=NOW)
    assert page.without == ("police", "mental health", "outreach")
    assert page.mine is not None
    assert page.mine.coming


def test_whoever_was_not_invited_answers_nothing(cast: Cast, case: Case) -> None:
    sitting = bring_before_panel(cast, case).sitting
    with pytest.raises(NotFound):
        services.answer_invitation(actor=cast.analyst, sitting=sitting, coming=True, at=NOW)
    with pytest.raises(Refused):
        services.answer_invitation(actor=cast.olu, sitting=sitting, coming=True, at=NOW)
    with pytest.raises(CannotDeclare):
        services.answer_invitation(actor=cast.advocate, sitting=sitting, coming=True, at=NOW + 9 * DAY)


# --- stepping aside ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "families", "relations", "known_here", "count"),
    [
        ("Mary Hale", ("Inventa", "Fictus"), (), False, 0),
        ("Mary Fictus", ("Inventa", "Fictus"), (), False, 1),
        ("Mary FICTUS", ("", "fictus"), (), False, 1),
        ("Mary", ("", ""), (), False, 0),
        ("", ("Inventa",), (), False, 0),
        ("Mary Hale", (), ("clinician_of_victim", "clinician_of_subject"), False, 1),
        ("Mary Hale", (), ("clinician_of_victim",), False, 0),
        ("Mary Hale", (), (), True, 1),
    ],
)
def test_what_the_record_suggests_of_somebody(
    name: str, families: tuple[str, ...], relations: tuple[str, ...], known_here: bool, count: int
) -> None:
    assert len(tuple(conflicts.detected(name, families, relations, known_here=known_here))) == count


def test_whoever_steps_aside_neither_speaks_nor_sees_nor_comes_back(cast: Cast, case: Case) -> None:
    item = bring_before_panel(cast, case)
    hear(cast, item, "officer", "outreach", "advocate")
    declare(cast, "clinician", item, aside=True)
    with pytest.raises(CannotGiveView, match="stepped aside"):
        hear(cast, item, "clinician")
    with pytest.raises(CannotDeclare, match="cannot come back"):
        declare(cast, "clinician", item, aside=False, because="I was wrong.")
    page = queries.item_page(actor=cast.clinician, item_id=item.pk, at=NOW)
    assert (page.views, page.advice) == ((), None)
    assert queries.item_page(actor=cast.officer, item_id=item.pk, at=NOW).asides == ("Clinician, mental health",)
    with pytest.raises(CannotGiveView, match="mental health"):
        services.open_views(actor=cast.chair, item=item, at=NOW)


def test_a_view_of_somebody_who_then_steps_aside_no_longer_counts(cast: Cast, case: Case) -> None:
    item = ready_to_decide(cast, case)
    declare(cast, "advocate", item, aside=True)
    with pytest.raises(CannotDecide, match="no view from advocacy"):
        services.record_decision(actor=cast.chair, item=item, draft=decision(), at=NOW)
    hear(cast, item, "second_advocate")
    services.record_decision(actor=cast.chair, item=item, draft=decision(), at=NOW)
    assert View.objects.unscoped("test").filter(staff=cast.staff["advocate"].pk).exists(), "what was said is kept"


def test_a_chair_who_stands_aside_decides_nothing(cast: Cast, case: Case) -> None:
    item = ready_to_decide(cast, case)
    declare(cast, "chair", item, aside=True)
    with pytest.raises(CannotDecide, match="stepped aside"):
        services.record_decision(actor=cast.chair, item=item, draft=decision(), at=NOW)
    assert not queries.item_page(actor=cast.chair, item_id=item.pk, at=NOW).may_decide


def test_whoever_steps_aside_stands_aside_by_every_record(cast: Cast, case: Case) -> None:
    """One person who is on record twice steps aside as an officer: as the chair they open, decide and read nothing."""
    item = ready_to_decide(cast, case)
    declare(cast, "second_officer", item, aside=True)
    chair = cast.staff["chair"]
    Staff.objects.filter(pk=chair.pk).update(person=cast.staff["second_officer"].pk)
    chair.refresh_from_db()
    with pytest.raises(CannotDecide, match="stepped aside"):
        services.record_decision(actor=cast.chair, item=item, draft=decision(), at=NOW)
    page = queries.item_page(actor=cast.chair, item_id=item.pk, at=NOW)
    assert (page.views, page.may_decide) == ((), False)
    assert chair.pk in queries.aside_of(item)


def test_a_document_closed_to_one_record_is_closed_to_the_person(cast: Cast, case: Case) -> None:
    officer, chair = cast.staff["officer"], cast.staff["chair"]
    Staff.objects.filter(pk=chair.pk).update(person=officer.pk)
    chair.refresh_from_db()
    held = {"kind": "minutes", "title": "Minutes", "content": b"%PDF-1.7", "media_type": "application/pdf"}
    kept = exhibits.keep(actor=cast.coordinator, file=case.pk, compartment=Compartment.CORE, at=NOW, **held)  # type: ignore[arg-type]
    exhibits.close_to(actor=cast.coordinator, exhibit=kept, staff=[officer.pk], at=NOW)
    with pytest.raises(NotFound):
        exhibit_queries.exhibit(actor=cast.chair, file=case.pk, exhibit_id=kept.pk, at=NOW)
    assert exhibit_queries.exhibits(actor=cast.chair, file=case.pk, at=NOW).rows == ()


def test_the_second_signature_is_never_one_of_somebody_who_stands_aside(cast: Cast, case: Case) -> None:
    item = ready_to_decide(cast, open_case(cast, breaches=2))
    low = decision(level="low", level_reason="He is in custody.")
    declare(cast, "advocate", item, aside=True)
    hear(cast, item, "second_advocate")
    with pytest.raises(CannotDecide, match="second person must sign"):
        services.record_decision(actor=cast.chair, item=item, draft=low, countersigned_by=cast.advocate, at=NOW)


def test_a_shared_family_name_is_answered_before_the_view(cast: Cast, case: Case) -> None:
    Victim.objects.unscoped("test").update(family_name="Officer")
    item = bring_before_panel(cast, case)
    with pytest.raises(CannotGiveView, match="share a family name"):
        hear(cast, item, "officer")
    with pytest.raises(CannotDeclare) as refused:
        declare(cast, "officer", item, aside=False)
    assert refused.value.field == "because"
    declare(cast, "officer", item, aside=False, because="No relation; it is a common name.")
    hear(cast, item, "officer")
    hear(cast, item, "advocate")


def test_where_the_desk_was_told_that_somebody_here_knows_him_everybody_answers(cast: Cast, case: Case) -> None:
    act = add_act(cast, case, NOW - 2 * DAY)
    Screening.objects.create(allegation=act.allegation, known_to_staff=Answer.YES, **held(cast))
    item = bring_before_panel(cast, case)
    page = queries.item_page(actor=cast.outreach, item_id=item.pk, at=NOW)
    assert len(page.conflict.open) == 1
    with pytest.raises(CannotGiveView, match="somebody who works here"):
        hear(cast, item, "outreach")


def test_nobody_declares_on_what_is_decided_or_closed_to_them(cast: Cast, case: Case) -> None:
    item = ready_to_decide(cast, case)
    with pytest.raises(NotFound):
        declare(cast, "olu", item, aside=True)
    wall_off(cast, "outreach", case)
    with pytest.raises(NotFound):
        declare(cast, "outreach", item, aside=True)
    assert conflicts.why_not_declare(AtTable(), Phase.DECIDED, aside=True, because="") is not None


def test_every_declaration_is_in_the_log(cast: Cast, case: Case) -> None:
    declare(cast, "advocate", bring_before_panel(cast, case), aside=True)
    assert audit_queries.verify().findings == ()


# --- consultation -----------------------------------------------------------------------------------------


def ask(cast: Cast, case: Case, **changes: object) -> Consultation:
    """Ask advice for an officer elsewhere."""
    said = {"owner": "DC Park, Southmere", "question": "May she be told of the arrest?", "at": NOW, **changes}
    return services.ask_consultation(actor=cast.coordinator, case=case, **said)  # type: ignore[arg-type]


def waits(cast: Cast, name: str = "clinician", after: timedelta = timedelta()) -> list[tuple[str, bool]]:
    """Who waits for advice, and whether it is late."""
    rows = queries.consultations_waiting(actor=cast.actor(name), at=NOW + after)
    return [(row.owner, row.late) for row in rows]


def test_advice_is_due_within_the_sites_clock(cast: Cast, case: Case) -> None:
    Working.objects.filter(site="northmoor").update(settings=working(consultation_hours=48))
    assert ask(cast, case).due_at == NOW + timedelta(hours=48)
    assert waits(cast) == [("DC Park, Southmere", False)]
    assert waits(cast, after=3 * DAY) == [("DC Park, Southmere", True)]


def test_advice_leaves_the_case_where_it_is(cast: Cast, case: Case) -> None:
    row, before = ask(cast, case), Case.objects.unscoped("test").get().version
    services.advise(actor=cast.clinician, consultation=row, advice="Tell her before; he will notice.", at=NOW + DAY)
    services.advise(actor=cast.advocate, consultation=row, advice="By text, between ten and two.", at=NOW + 9 * DAY)
    assert waits(cast) == []
    (shown,) = queries.consultations_of(actor=cast.officer, case_id=case.pk, at=NOW + 9 * DAY)
    assert [one.profession for one in shown.given] == ["mental health", "advocacy"]
    assert not shown.late
    assert Case.objects.unscoped("test").get().version == before


@pytest.mark.parametrize(("changes", "field"), [({"owner": " "}, "owner"), ({"question": ""}, "question")])
def test_a_consultation_names_its_owner_and_its_question(
    cast: Cast, case: Case, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(CannotAdvise) as refused:
        ask(cast, case, **changes)
    assert refused.value.field == field


def test_only_the_professions_advise_and_another_site_sees_nothing(cast: Cast, case: Case) -> None:
    row = ask(cast, case)
    with pytest.raises(Refused):
        services.advise(actor=cast.coordinator, consultation=row, advice="Wait.", at=NOW)
    with pytest.raises(NotFound):
        services.advise(actor=cast.olu, consultation=row, advice="Wait.", at=NOW)
    assert waits(cast, "olu") == []


def test_a_case_that_triage_leaves_with_its_owner_starts_the_clock_by_itself(cast: Cast) -> None:
    allegation = told(cast.analyst)
    known(cast, allegation)
    journey.case_taken_on(
        actor=cast.analyst, allegation=allegation, answers=ScreeningAnswers(), outcome=Outcome.CONSULTATION,
        reason="How should the team talk with him?", at=NOW,
    )  # fmt: skip
    row = Consultation.objects.unscoped("test").get()
    assert (row.owner, row.question) == ("the officer in the case", "How should the team talk with him?")
    assert Working.objects.filter(from_on=LONG_AGO.date()).exists()
    assert row.due_at == NOW + timedelta(hours=120)


def test_the_list_of_what_waits_costs_one_statement(cast: Cast, case: Case, django_assert_num_queries: object) -> None:
    actor = cast.clinician
    for count in (1, 4):
        for _ in range(count):
            ask(cast, case)
        with django_assert_num_queries(1 + 5):  # type: ignore[operator]
            queries.consultations_waiting(actor=actor, at=NOW)


# ---- the rhythm -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last_on", "every_days", "by"),
    [(None, 7, date(2026, 1, 8)), (date(2026, 11, 24), 7, date(2026, 12, 1)), (date(2026, 2, 1), 28, date(2026, 3, 1))],
)
def test_the_next_sitting_is_due_by_the_sites_rhythm(last_on: date | None, every_days: int, by: date) -> None:
    assert rules.sits_by(last_on, date(2026, 1, 1), every_days) == by


def test_a_panel_that_is_not_called_in_its_rhythm_is_late_until_it_is(cast: Cast) -> None:
    (before,) = queries.rhythms(actor=cast.coordinator, at=NOW)
    assert (before.every_days, before.last_on, before.next_on, before.late) == (7, None, None, True)
    bring_before_panel(cast, open_case(cast))
    (called,) = queries.rhythms(actor=cast.coordinator, at=NOW)
    assert (called.next_on, called.late) == (date(2026, 11, 26), True), "called, and after the day it was due"
    (sat,) = queries.rhythms(actor=cast.coordinator, at=NOW + timedelta(days=3))
    assert (sat.last_on, sat.by, sat.late) == (date(2026, 11, 26), date(2026, 12, 3), False)
    (late,) = queries.rhythms(actor=cast.coordinator, at=NOW + timedelta(days=10))
    assert late.late


def test_who_calls_no_sitting_hears_of_no_rhythm(cast: Cast) -> None:
    assert queries.rhythms(actor=cast.officer, at=NOW) == ()


def test_what_a_site_plans_at_a_level_at_least_stands_among_the_advice(cast: Cast) -> None:
    measure = {"suggests": "Call her every day.", "strand": "victim_safety", "class": "monitoring"}
    working = replace(programme_queries.working("northmoor", NOW.date()), measures={"high": [measure]})
    programme.change_working(actor=cast.lead, site="northmoor", working=working, from_on=NOW.date(), at=NOW)
    case = open_case(cast, breaches=2)
    item = ready_to_decide(cast, case)
    advice = queries.item_page(actor=cast.chair, item_id=item.pk, at=NOW).advice
    assert advice is not None
    found = next(each for each in advice.suggestions if each.code == "high-1")
    assert (found.suggests, found.facts) == ("Call her every day.", ("level: high",))
    assert found.source == "Measures by level, in this site's model of working."
