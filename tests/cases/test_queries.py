"""What the pages of cases read, for whom, and in how many statements."""

from datetime import timedelta

import pytest

from fourfold.access.terms import NotFound, Refused, RelationKind
from fourfold.assessment.queries.moments import level_moment
from fourfold.audit.models import Entry
from fourfold.cases import queries
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.terms import Answer, Level, Outcome, ScreeningAnswers, SetBy, State
from fourfold.intake.terms import Urgency
from fourfold.journey.history import history
from fourfold.people import services as people
from fourfold.people.terms import MarkKind, Part
from fourfold.web import worklist
from tests.cases.builders import acts, known, open_case, told, triaged
from tests.cast import NOW, agree, assign
from tests.duties.scene import waits

WEEK = timedelta(days=7)
LATER = NOW + timedelta(days=40)


def act_many(cast, case, count):
    acts(cast, case, *range(1, count + 1))
    return Case.objects.unscoped("a test").get(pk=case.pk)


# ---- lists --------------------------------------------------------------------------------------------------------


def test_the_list_shows_each_case_with_its_people_level_and_next_review(cast):
    case = open_case(cast)
    cases.set_level(actor=cast.officer, case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, at=NOW)
    [row] = queries.cases(actor=cast.officer, at=NOW).rows
    assert (row.reference, row.victim, row.subject) == (case.reference, "Nora Quill", "Dean Marlow")
    assert (row.level, row.acts, row.state) == (Level.HIGH, 1, State.OPEN)
    assert row.review_due_at == case.review_due_at


def test_the_list_is_paged_by_key_and_every_case_stands_on_exactly_one_page(cast, monkeypatch):
    monkeypatch.setattr("fourfold.cases.queries.listing.PAGE", 3)
    made = {open_case(cast, at=NOW + timedelta(minutes=n), victim_phone="").reference for n in range(7)}
    seen, after = [], ""
    for _ in range(3):
        page = queries.cases(actor=cast.officer, at=LATER, after=after)
        seen += [row.reference for row in page.rows]
        after = page.after or ""
    assert after == ""
    assert len(seen) == 7
    assert set(seen) == made


def test_the_list_costs_three_statements_and_the_logs_however_long_it_is(cast, django_assert_num_queries):
    for n in range(6):
        open_case(cast, at=NOW + timedelta(minutes=n))
    first = queries.cases(actor=cast.officer, at=NOW + WEEK).rows[2].reference
    cast_officer = cast.officer
    with django_assert_num_queries(2 + LOG):
        queries.cases(actor=cast_officer, at=NOW + WEEK, after=first)


LOG = 5
"""What one entry in the log costs: savepoint, head, entry, head, release."""


def test_the_list_can_be_narrowed_by_state_and_level_and_to_my_own(cast):
    mine, other = open_case(cast), open_case(cast, at=NOW + WEEK)
    assign(actor=cast.coordinator, case=mine, staff=cast.officer.staff, kind=RelationKind.OIC, at=NOW + WEEK)
    cases.set_level(actor=cast.officer, case=other, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, at=NOW + WEEK)

    def listed(**narrowed):
        return [row.reference for row in queries.cases(actor=cast.officer, at=LATER, **narrowed).rows]

    assert listed(mine=True) == [mine.reference]
    assert listed(level=Level.HIGH) == [other.reference]
    assert listed(state=State.CLOSED) == []


def test_another_site_sees_no_case_in_any_list(cast):
    open_case(cast)
    assert queries.cases(actor=cast.olu, at=LATER).rows == ()
    assert waits(cast.olu, "reviews", at=LATER) == ()
    assert queries.untriaged(actor=cast.olu, at=LATER).rows == ()


def test_a_colleague_who_is_walled_off_sees_the_same_as_if_there_were_nothing(cast):
    case = open_case(cast)
    waiting = told(cast.analyst, at=NOW + WEEK)
    known(cast, waiting, case.victim, case.subject, at=NOW + WEEK)
    cases.wall_off(actor=cast.governance, case=case, staff=cast.second_officer.staff, at=NOW, reason="A cousin.")
    walled = cast.second_officer
    assert queries.cases(actor=walled, at=LATER).rows == ()
    assert waits(walled, "reviews", at=LATER) == ()
    assert queries.untriaged(actor=walled, at=LATER).rows == ()
    assert [row.id for row in queries.untriaged(actor=cast.officer, at=LATER).rows] == [waiting.pk]
    with pytest.raises(NotFound):
        queries.header(actor=walled, reference=case.reference, at=LATER)


def test_a_partner_whose_agreement_leaves_out_the_subject_sees_no_subject_in_the_list(cast):
    from fourfold.access.models import Agreement
    from fourfold.access.terms import Compartment, bits

    Agreement.objects.filter(partner="northmoor-outreach").update(compartments=bits({Compartment.CORE}))
    open_case(cast)
    [row] = queries.cases(actor=cast.outreach, at=NOW).rows
    assert (row.subject, row.level, row.level_shown, row.review_due_at) == (None, None, False, None)


def test_an_overdue_review_is_the_units_and_of_those_who_work_on_the_case_their_own(cast):
    case = open_case(cast)
    assign(actor=cast.coordinator, case=case, staff=cast.officer.staff, kind=RelationKind.OIC, at=NOW)

    def overdue(actor, at, show):
        day = worklist.today(actor, at, show)
        return [
            (row.case, row.due_at) for row in (day.first, *day.rows) if row and row.kind == "reviews" and row.overdue
        ]

    assert overdue(cast.coordinator, NOW, "unit") == []
    for actor, show in ((cast.coordinator, "unit"), (cast.second_officer, "unit"), (cast.officer, "mine")):
        assert overdue(actor, LATER, show) == [(case.reference, case.review_due_at)]
    assert overdue(cast.second_officer, LATER, "mine") == []


# ---- one case -----------------------------------------------------------------------------------------------------


def test_the_header_says_level_review_state_and_team(cast):
    case = open_case(cast)
    assign(actor=cast.coordinator, case=case, staff=cast.officer.staff, kind=RelationKind.OIC, at=NOW)
    cases.set_level(
        actor=cast.officer,
        case=case,
        level=Level.VERY_HIGH,
        set_in=SetBy.PROFESSIONAL,
        reason="A knife.",
        advised=Level.HIGH,
        advice_from="first-line",
        at=NOW,
    )
    header = queries.header(actor=cast.officer, reference=case.reference.lower(), at=NOW)
    assert header.title == "Nora Quill / Dean Marlow"
    assert (header.level.level, header.level.advised, header.level.set_by) == (Level.VERY_HIGH, Level.HIGH, "Officer")
    assert header.review.due_at == NOW + timedelta(hours=36)
    assert [(each.name, each.kind) for each in header.team] == [("Officer", RelationKind.OIC)]
    assert header.state.state is State.OPEN


@pytest.mark.parametrize("page", [queries.header, queries.pattern, history, queries.subject_page])
def test_another_site_finds_no_page_of_a_case_and_the_refusal_is_remembered(cast, page):
    case = open_case(cast)
    with pytest.raises(NotFound):
        page(actor=cast.olu, reference=case.reference, at=NOW)
    with pytest.raises(NotFound):
        page(actor=cast.officer, reference="FF-00000", at=NOW)
    assert Entry.objects.filter(operation="refusal", actor=cast.olu.staff, file=case.pk).count() == 1


def test_the_page_of_a_case_costs_the_same_for_one_act_and_for_many(cast, django_assert_num_queries):
    one, many = open_case(cast), act_many(cast, open_case(cast, at=NOW + timedelta(minutes=1)), 12)
    officer = cast.officer
    for case in (one, many):
        with django_assert_num_queries(9 + LOG):
            queries.pattern(actor=officer, reference=case.reference, at=LATER)


def test_the_pattern_shows_acts_newest_first_paged_and_the_course_as_a_whole(cast, monkeypatch):
    monkeypatch.setattr("fourfold.cases.queries.case_pages.PAGE", 5)
    case = act_many(cast, open_case(cast), 11)
    first = queries.pattern(actor=cast.officer, reference=case.reference, at=LATER)
    second = queries.pattern(actor=cast.officer, reference=case.reference, at=LATER, after=first.after)
    third = queries.pattern(actor=cast.officer, reference=case.reference, at=LATER, after=second.after)
    shown = [row.happened_at for page in (first, second, third) for row in page.acts]
    assert shown == sorted(shown, reverse=True)
    assert (len(shown), third.after, first.course.acts) == (12, None, 12)
    assert first.course.span_days == 11


def test_what_changed_since_my_last_visit_is_what_came_after_it(cast):
    case = open_case(cast)
    first = queries.pattern(actor=cast.officer, reference=case.reference, at=NOW + timedelta(hours=2))
    assert (first.last_visit_at, first.changes) == (None, ())
    cases.set_level(actor=cast.officer, case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, at=NOW + WEEK)
    second = queries.pattern(actor=cast.officer, reference=case.reference, at=NOW + 2 * WEEK)
    assert second.last_visit_at == NOW + timedelta(hours=2)
    assert "Level set to high (professional)" in [change.what for change in second.changes]
    assert all(change.at > NOW + timedelta(hours=2) for change in second.changes)


def test_a_second_look_within_the_hour_belongs_to_the_same_visit(cast):
    case = open_case(cast)
    queries.pattern(actor=cast.officer, reference=case.reference, at=NOW + timedelta(hours=2))
    cases.set_level(
        actor=cast.officer, case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, at=NOW + timedelta(hours=3)
    )
    for minutes in (190, 230):
        page = queries.pattern(actor=cast.officer, reference=case.reference, at=NOW + timedelta(minutes=minutes))
        assert "Level set to high (professional)" in [change.what for change in page.changes]


def test_the_history_keeps_an_act_that_left_and_how_each_allegation_left_the_desk(cast):
    case = open_case(cast)
    extra = told(cast.analyst, at=NOW + WEEK)
    known(cast, extra, case.victim, case.subject, at=NOW + WEEK)
    triaged(cast, extra, outcome=Outcome.ADVICE_ONLY, at=NOW + WEEK)
    match = extra.matches.unscoped("a test").get(part=Part.SUBJECT)
    cases.undo_match(actor=cast.second_officer, match=match, reason="His brother.", at=NOW + 2 * WEEK)
    said = [
        (change.what, change.why)
        for change in queries.history(
            actor=cast.officer, reference=case.reference, at=LATER, before=None, kinds={}
        ).changes
    ]
    assert any(
        what.startswith("Act removed: 1 December 2026, ") and why == "match undone: His brother." for what, why in said
    )
    assert any(what.startswith("Triage of") for what, _ in said)


def test_the_level_at_any_moment_is_the_last_one_set_before_it(cast):
    case = open_case(cast)
    cases.set_level(actor=cast.officer, case=case, level=Level.MEDIUM, set_in=SetBy.PROFESSIONAL, at=NOW + WEEK)
    cases.set_level(actor=cast.officer, case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, at=NOW + 2 * WEEK)
    moments = [NOW, NOW + WEEK, NOW + 2 * WEEK - timedelta(seconds=1), NOW + 2 * WEEK]
    found = [level_moment(actor=cast.officer, case_id=case.pk, moment=each, at=LATER + WEEK).level for each in moments]
    assert found == [None, Level.MEDIUM, Level.MEDIUM, Level.HIGH]


# ---- the subject's page -------------------------------------------------------------------------------------------


def test_the_subjects_page_holds_no_word_place_address_or_name_that_leads_to_a_victim(cast):
    hers = "4 Lantern Row, Northmoor NM1 2AB"
    case = open_case(cast, victim_address=hers, place="outside 4 Lantern Row", words="He stood in Lantern Row.")
    people.add_mark(actor=cast.analyst, subject=case.subject, kind=MarkKind.ADDRESS, value=hers, at=NOW)
    people.add_mark(
        actor=cast.analyst, subject=case.subject, kind=MarkKind.ADDRESS, value="9 Kiln Lane, Southmere SM4 5CD", at=NOW
    )
    page = queries.subject_page(actor=cast.officer, reference=case.reference, at=NOW)
    assert "Lantern" not in repr(page)
    assert "9 Kiln Lane" in repr(page)


def test_the_subjects_page_names_other_cases_by_reference_only(cast):
    case = open_case(cast)
    second = told(cast.analyst, at=NOW + WEEK, victim_name="Ida Fenn", victim_birth="1 June 1990", victim_phone="")
    known(cast, second, None, case.subject, at=NOW + WEEK)
    other = triaged(cast, second, at=NOW + WEEK)
    page = queries.subject_page(actor=cast.officer, reference=case.reference, at=LATER)
    assert [each.reference for each in page.others] == [other.reference]
    assert "Ida" not in repr(page)


def test_whoever_may_not_see_the_subject_finds_no_subjects_page(cast):
    from fourfold.access.models import Agreement, Grant
    from fourfold.access.terms import Compartment, bits

    case = open_case(cast)
    core = bits({Compartment.CORE, Compartment.RISK})
    Agreement.objects.filter(partner="northmoor-outreach").update(compartments=core)
    Grant.objects.filter(partner="northmoor-outreach").update(compartments=core)
    with pytest.raises(NotFound):
        queries.subject_page(actor=cast.outreach, reference=case.reference, at=NOW)
    assert queries.header(actor=cast.outreach, reference=case.reference, at=NOW).title == "Nora Quill"


# ---- the desk -----------------------------------------------------------------------------------------------------


def test_the_desk_lists_what_has_not_left_it_newest_first(cast):
    old, new = told(cast.analyst), told(cast.analyst, at=NOW + WEEK, urgency=Urgency.NOW)
    told(cast.analyst, for_desk=False, at_desk=False)
    left = told(cast.analyst)
    triaged(cast, left, outcome=Outcome.ADVICE_ONLY)
    rows = queries.untriaged(actor=cast.analyst, at=LATER).rows
    assert [row.id for row in rows] == [new.pk, old.pk]
    assert [row.id for row in queries.untriaged(actor=cast.analyst, at=LATER, urgency=Urgency.NOW).rows] == [new.pk]


def test_the_desks_list_costs_the_same_for_few_and_many(cast, django_assert_num_queries):
    analyst = cast.analyst
    for count in (1, 8):
        for n in range(count):
            told(cast.analyst, at=NOW + timedelta(minutes=n))
        with django_assert_num_queries(1 + LOG):
            queries.untriaged(actor=analyst, at=LATER)


def test_the_desks_page_puts_words_people_acts_check_and_triage_together(cast):
    case = open_case(cast)
    third = [told(cast.analyst, at=NOW + timedelta(days=n)) for n in (10, 20)][-1]
    page = queries.desk_page(actor=cast.analyst, allegation_id=third.pk, at=LATER)
    assert page.told.words == "Flowers were left on the step again."
    assert [each.id for each in page.victims] == [case.victim_id]
    assert [each.id for each in page.subjects] == [case.subject_id]
    assert (page.victim, page.case, page.screened, page.triaged) == (None, None, None, None)
    known(cast, third, case.victim, case.subject, at=LATER)
    page = queries.desk_page(actor=cast.analyst, allegation_id=third.pk, at=LATER)
    assert (page.victim.name, page.subject.name, page.case) == ("Nora Quill", "Dean Marlow", case.reference)
    assert (page.course.acts, page.two_acts) == (2, True)
    assert page.class_check.says == (
        "Recorded as malicious communications, but one of 2 acts by a former partner: the recording rule expects stalking."
    )


def test_the_desks_page_offers_the_unknown_subject_of_her_other_case(cast):
    first = told(cast.analyst, subject_name="unknown male", subject_birth="", subject_phone="", subject_sex="")
    cases.confirm_match(actor=cast.analyst, allegation=first, part=Part.VICTIM, at=NOW)
    case = triaged(cast, first)
    again = told(cast.analyst, at=NOW + WEEK, subject_name="", subject_birth="", subject_phone="", subject_sex="")
    cases.confirm_match(actor=cast.analyst, allegation=again, part=Part.VICTIM, victim=case.victim, at=NOW + WEEK)
    page = queries.desk_page(actor=cast.analyst, allegation_id=again.pk, at=LATER)
    assert [(each.id, each.case) for each in page.unknown] == [(case.subject_id, case.reference)]


def test_the_desks_page_is_not_there_for_another_site(cast):
    allegation = told(cast.analyst)
    with pytest.raises(NotFound):
        queries.desk_page(actor=cast.olu, allegation_id=allegation.pk, at=NOW)


def test_somebody_known_to_staff_reaches_the_governance_lead_until_a_wall_stands(cast):
    case = open_case(cast)
    allegation = case.case_acts.unscoped("a test").get().allegation
    answers = ScreeningAnswers(known_to_staff=Answer.YES)
    cases.screen(actor=cast.analyst, allegation=allegation, answers=answers, at=NOW)
    [row] = queries.walls_to_consider(actor=cast.governance, at=NOW)
    assert (row.reference, row.case) == (allegation.reference, case.reference)
    cases.wall_off(actor=cast.governance, case=case, staff=cast.second_officer.staff, at=NOW, reason="A cousin.")
    assert queries.walls_to_consider(actor=cast.governance, at=NOW) == ()
    with pytest.raises(Refused):
        queries.walls_to_consider(actor=cast.officer, at=NOW)


def test_an_agreement_that_has_ended_closes_the_list_of_its_partner(cast):
    open_case(cast)
    assert len(queries.cases(actor=cast.advocate, at=NOW).rows) == 1
    from fourfold.access.models import Agreement

    Agreement.objects.filter(partner="northmoor-advocacy").update(ended_at=NOW)
    assert queries.cases(actor=cast.advocate, at=NOW).rows == ()
    assert agree("northmoor-advocacy").partner == "northmoor-advocacy"
