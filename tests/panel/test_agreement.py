"""How far the professions agree before they have heard each other: what counts, who sees it, what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from fourfold.access.models import Staff
from fourfold.access.terms import NotFound, Refused
from fourfold.assessment.rules import agreement
from fourfold.assessment.terms.agreement import Said
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.cases.models import Case
from fourfold.cases.terms import Level
from fourfold.panel import services
from fourfold.panel.models import View
from fourfold.panel.queries.agreement import AgreementPage, agreement_page
from fourfold.panel.terms import PastDecision, PastView
from tests.cast import NOW, QUORUM, Cast
from tests.panel.scene import SPEAKERS, bring_before_panel, decision, hear, open_case, wall_off

pytestmark = pytest.mark.django_db

PROFESSIONS = dict(zip(SPEAKERS, QUORUM, strict=True))
LOG = 5  # statements that the log's own entry takes
LAST_MONTH = NOW - timedelta(days=30)


def heard(cast: Cast, case: Case, levels: Sequence[str], at: datetime = LAST_MONTH, **changes: object) -> PastDecision:
    """A past sitting in which officer, clinician, outreach worker and advocate gave these levels, "" for no view."""
    views = tuple(
        PastView(cast.staff[name].pk, PROFESSIONS[name], level, "As the nights go.", at - timedelta(days=1), **changes)
        for name, level in zip(SPEAKERS, levels, strict=False)
    )
    return PastDecision(case.pk, "northmoor", at, cast.staff["chair"].pk, at, decision(), views, tuple(QUORUM))


def keep(cast: Cast, *rows: PastDecision) -> None:
    services.take_over(actor=cast.coordinator, rows=rows, at=NOW)


def page(cast: Cast, name: str = "coordinator", site: str = "") -> AgreementPage:
    return agreement_page(actor=cast.actor(name), at=NOW, site=site)


@pytest.fixture
def cases(cast: Cast) -> list[Case]:
    """Fourteen cases, heard a month ago: on two, police and advocacy lie two steps apart."""
    found = [open_case(cast, acts=0) for _ in range(14)]
    views = [("low", "medium", "medium", "high")] * 2 + [("high", "high", "high", "medium")] * 6
    views += [("medium", "medium", "", "medium")] * 6
    keep(cast, *(heard(cast, case, levels) for case, levels in zip(found, views, strict=True)))
    return found


def test_all_views_and_each_two_professions_are_compared(cast: Cast, cases: list[Case]) -> None:
    shown = page(cast)
    assert (shown.title, shown.names_cases, shown.level.cases, shown.level.raters) == ("Northmoor", True, 14, 4)
    assert [each.key for each in shown.level.statistics] == ["ac", "raw", "alpha", "apart"]
    assert sum(shown.level.apart) == 14
    assert shown.level.apart[2] == 2
    pairs = {each.name: each.cases for each in shown.professions}
    assert len(pairs) == 6
    assert pairs["Advocacy and police"] == 14
    assert pairs["Outreach and police"] is None  # eight cases only: outreach could not say in six


def test_the_cases_two_steps_apart_are_worth_a_conversation(cast: Cast, cases: list[Case]) -> None:
    talks = page(cast).conversations
    assert {talk.case for talk in talks} == {case.pk for case in cases[:2]}
    assert talks[0].points[0].said == (
        ("police", "low"), ("mental health", "medium"), ("outreach", "medium"), ("advocacy", "high"),
    )  # fmt: skip


def test_views_that_are_still_shut_do_not_count_for_anybody(cast: Cast, cases: list[Case]) -> None:
    """Else a number, or a name in the list, would tell the next member what the others think."""
    case = open_case(cast, acts=0)
    item = bring_before_panel(cast, case)
    hear(cast, item, "officer", level=Level.LOW)
    hear(cast, item, "clinician", level=Level.VERY_HIGH)
    before = page(cast)
    assert before.level.cases == 14
    assert case.pk not in {talk.case for talk in before.conversations}
    hear(cast, item, "outreach", "advocate", level=Level.HIGH)
    services.open_views(actor=cast.chair, item=item, at=NOW)
    after = page(cast)
    assert after.level.cases == 15
    assert case.pk in {talk.case for talk in after.conversations}


def test_a_view_given_after_the_others_were_open_does_not_count(cast: Cast, cases: list[Case]) -> None:
    View.objects.unscoped("test").filter(profession="advocacy").update(independent=False)
    shown = page(cast)
    assert shown.conversations == ()
    assert all("dvocacy" not in each.name for each in shown.professions)


def test_of_two_views_of_one_member_the_last_given_alone_counts(cast: Cast) -> None:
    item = bring_before_panel(cast, open_case(cast, acts=0))
    hear(cast, item, level=Level.HIGH)
    hear(cast, item, "officer", level=Level.LOW, at=NOW + timedelta(minutes=1))
    services.open_views(actor=cast.chair, item=item, at=NOW + timedelta(minutes=2))
    shown = agreement_page(actor=cast.coordinator, at=NOW + timedelta(minutes=3))
    assert ("police", "low") in shown.conversations[0].points[0].said


def test_a_case_that_was_heard_twice_counts_once_with_its_latest_sitting(cast: Cast, cases: list[Case]) -> None:
    keep(cast, heard(cast, cases[0], ("high",) * 4, at=NOW - timedelta(days=2)))
    shown = page(cast)
    assert shown.level.cases == 14
    assert cases[0].pk not in {talk.case for talk in shown.conversations}


def test_each_quarter_stands_by_itself_and_hides_what_is_small(cast: Cast, cases: list[Case]) -> None:
    keep(cast, *(heard(cast, case, ("high", "low"), at=NOW - timedelta(days=200)) for case in cases[:9]))
    assert [(each.name, each.cases) for each in page(cast).quarters] == [("2026 Q2", None), ("2026 Q4", 14)]


def test_the_reader_is_set_beside_the_others_and_nobody_else_is_named(cast: Cast, cases: list[Case]) -> None:
    mine = page(cast, "officer").mine
    assert mine is not None
    assert (mine.cases, mine.raters) == (14, 2)
    assert page(cast, "coordinator").mine is None
    assert page(cast, "second_officer").mine is None


def test_who_is_on_record_twice_is_one_person_beside_the_others(cast: Cast, cases: list[Case]) -> None:
    assert page(cast, "officer").level.raters == 4
    Staff.objects.filter(pk=cast.staff["advocate"].pk).update(person=cast.staff["officer"].pk)
    cast.staff["advocate"].refresh_from_db()
    shown = page(cast, "officer")
    assert shown.level.raters == 3
    assert shown.mine is not None
    theirs = page(cast, "advocate").mine
    assert theirs is not None
    assert theirs.statistics == shown.mine.statistics


def test_below_ten_cases_there_is_no_number_but_there_are_conversations(cast: Cast) -> None:
    case = open_case(cast, acts=0)
    keep(cast, heard(cast, case, ("low", "high")))
    shown = page(cast)
    assert (shown.level.cases, shown.level.statistics, shown.answers) == (None, (), ())
    assert [talk.case for talk in shown.conversations] == [case.pk]


def test_every_conversation_is_shown_however_many(cast: Cast) -> None:
    found = [open_case(cast, acts=0) for _ in range(52)]
    keep(cast, *(heard(cast, c, ("low", "high"), at=LAST_MONTH + timedelta(hours=n)) for n, c in enumerate(found)))
    shown = page(cast)
    assert (len(shown.conversations), shown.more_conversations) == (52, 0)
    assert shown.conversations[0].case == found[-1].pk


# --- who sees what ---------------------------------------------------------------------------------------------


def test_the_evaluator_sees_each_site_beside_the_others_rounded_and_no_case(cast: Cast, cases: list[Case]) -> None:
    shown = page(cast, "evaluator")
    assert (shown.site, shown.title, shown.names_cases) == ("", "All sites together", False)
    assert shown.choices == (("", "All sites together"), ("northmoor", "Northmoor"), ("southmere", "Southmere"))
    assert [(each.name, each.cases) for each in shown.sites] == [("Northmoor", 15), ("Southmere", None)]
    assert (shown.level.cases, shown.level.apart, shown.conversations) == (15, (), ())
    assert page(cast, "evaluator", "northmoor").sites == ()


def test_a_colleague_walled_off_a_case_has_it_neither_in_the_list_nor_in_the_numbers(
    cast: Cast, cases: list[Case]
) -> None:
    wall_off(cast, "coordinator", cases[0])
    shown = page(cast)
    assert shown.level.cases == 13
    assert {talk.case for talk in shown.conversations} == {cases[1].pk}


def test_another_site_is_not_there_and_its_people_see_their_own(cast: Cast, cases: list[Case]) -> None:
    with pytest.raises(NotFound):
        page(cast, "olu", "northmoor")
    shown = page(cast, "olu")
    assert (shown.title, shown.level.cases, shown.conversations) == ("Southmere", None, ())


@pytest.mark.parametrize("name", ["analyst", "governance", "lead", "administrator", "station_officer"])
def test_who_neither_judges_nor_evaluates_is_refused(cast: Cast, name: str) -> None:
    with pytest.raises(Refused):
        page(cast, name)


def test_every_look_is_remembered_with_what_was_shown(cast: Cast, cases: list[Case]) -> None:
    page(cast, "clinician")
    entry = Entry.objects.get(action="ratings.compared")
    assert entry.operation == "consultation"
    assert ("risk" in entry.body, "views" in entry.body) == (True, True)
    assert audit_queries.verify().clean


@pytest.mark.parametrize(("name", "statements"), [("coordinator", 6), ("evaluator", 8)])
def test_the_page_costs_the_same_whatever_the_number_of_cases(
    cast: Cast, cases: list[Case], django_assert_num_queries: object, name: str, statements: int
) -> None:
    actor = cast.actor(name)
    with django_assert_num_queries(statements + LOG):  # type: ignore[operator]
        agreement_page(actor=actor, at=NOW)


def test_a_thousand_cases_are_compared(cast: Cast) -> None:
    """Numbers alone: the reading is two statements, and each interval resamples patterns, not cases."""
    levels = list(Level)
    rows = [
        Said(UUID(int=n), rater, rater, levels[(n // spread) % 4], NOW)
        for n in range(1000)
        for rater, spread in (("ann", 1), ("ben", 3), ("cleo", 7))
    ]
    assert agreement.compare("level", rows, agreement.LEVEL) is not None
