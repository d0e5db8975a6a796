"""The quality board: each question counts what its definition says, hides what its reader may not see, and is honest."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.access.paging import page_of_list
from fourfold.access.terms import NotFound, Refused, RelationKind
from fourfold.cases import services as cases
from fourfold.cases.models import Case, LevelSet
from fourfold.cases.terms import Level, SetBy
from fourfold.governance import queries
from fourfold.governance.questions import questions
from fourfold.governance.rules import quality
from fourfold.governance.rules.quality import Judged, Row, VictimFileFacts
from fourfold.orders import services as orders
from fourfold.orders.rules import STALKING_ORDERS
from fourfold.orders.terms import OrderKind, StepDetails
from fourfold.panel.terms import Strand
from fourfold.plan import services as plan
from fourfold.stats import proportions
from fourfold.stats.disclosure import BASE, THRESHOLD
from tests.cases.builders import open_case
from tests.cast import NOW, Cast, assign
from tests.orders.builders import CONDITIONS, breached, served

UNTIL = date(2026, 11, 24)
QUESTION = questions()["plan"]


def judged(yes: int, no: int, on: date = UNTIL) -> list[Judged]:
    return [Judged(None, on, number < yes, "") for number in range(yes + no)]


def counted(yes: int, no: int, **more: Any) -> Row:
    return quality.row(QUESTION, judged(yes, no), until=UNTIL, **more)


# ---- arithmetic ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("yes", "no", "verdict"),
    [(19, 12, "below"), (109, 9, "cannot tell"), (400, 1, "above"), (3, 0, "cannot tell"), (0, 0, "nothing to count")],
)
def test_a_row_says_whether_its_interval_holds_the_standard(yes: int, no: int, verdict: str) -> None:
    row = counted(yes, no)
    assert (row.yes, row.of, row.no, row.verdict) == (yes, yes + no, no, verdict)


def test_the_interval_is_wilsons() -> None:
    row = counted(19, 12)
    assert row.estimate == proportions.wilson(19, 31)
    assert row.estimate is not None
    assert round(row.estimate.low, 2) == 0.44
    assert round(row.estimate.high, 2) == 0.76


def test_each_thing_counts_in_one_quarter_and_the_trend_is_newest_against_first() -> None:
    days = [UNTIL - quarter * quality.PERIOD for quarter in (3, 2, 1, 0)]
    rows = [one for share, day in zip((2, 4, 6, 8), days, strict=True) for one in judged(share, 10 - share, day)]
    row = quality.row(QUESTION, rows, until=UNTIL)
    assert [quarter.share for quarter in row.quarters] == [0.2, 0.4, 0.6, 0.8]
    assert row.moved == 60
    edge = quality.row(QUESTION, judged(1, 0, UNTIL - quality.PERIOD), until=UNTIL)
    assert [quarter.of for quarter in edge.quarters] == [0, 0, 1, 0]
    assert edge.moved is None


@given(st.integers(0, 40), st.integers(0, 40))
def test_whoever_opens_no_case_reads_what_a_release_would_say(yes: int, no: int) -> None:
    row = counted(yes, no, small_hidden=True)
    small = any(count < THRESHOLD for count in (yes, no, yes + no))
    assert row.hidden is small
    assert (row.estimate is None) is small
    assert row.yes % BASE == row.of % BASE == 0
    assert row.yes <= row.of
    if small:
        assert not any((quarter.yes, quarter.of) != (0, 0) for quarter in row.quarters)


@given(st.integers(0, 6), st.integers(-400, 400))
def test_what_leaves_is_counted_to_a_sunday_that_has_passed(weekday: int, days: int) -> None:
    day = UNTIL + timedelta(days=days + weekday)
    last = quality.last_week(day)
    assert last.isoweekday() == 7
    assert timedelta(0) < day - last <= timedelta(days=7)


def test_the_furthest_below_its_standard_stands_first() -> None:
    rows = [counted(80, 20), counted(19, 12), counted(109, 9), counted(0, 0)]
    assert [row.yes for row in quality.ordered(rows)] == [19, 80, 109, 0]


def test_every_question_says_what_it_counts_and_where_it_comes_from() -> None:
    assert len(questions()) == 9
    for question in questions().values():
        assert all((question.words, question.of, question.yes, question.no_words, question.source))
        assert 0 < question.standard <= 1


# ---- a unit's cases -----------------------------------------------------------------------------------------------

OPENED = NOW - timedelta(days=40)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case opened forty days ago, about which nobody has done anything."""
    return open_case(cast, at=OPENED)


def board(cast: Cast, name: str = "coordinator", **more: Any) -> dict[str, Row]:
    value = queries.board(actor=cast.actor(name), site="northmoor", at=NOW, **more)
    return {row.question.code: row for row in value.rows}


def behind(cast: Cast, code: str, name: str = "coordinator", **more: Any) -> list[str]:
    found = queries.cases_behind(actor=cast.actor(name), site="northmoor", code=code, at=NOW, **more)
    return [row.reference for row in found.rows]


def test_a_case_that_nobody_touched_is_answered_no_wherever_it_counts(cast: Cast, case: Case) -> None:
    rows = board(cast)
    assert {code: (row.yes, row.of) for code, row in rows.items() if row.of} == {
        "assessed": (0, 1),
        "plan": (0, 1),
        "advocate": (0, 1),
        "overdue": (0, 1),
    }
    for code in ("assessed", "plan", "advocate", "overdue"):
        assert behind(cast, code) == [case.reference]


def _level(cast: Cast, case: Case, at: Any, level: Level = Level.HIGH) -> LevelSet:
    return cases.set_level(
        actor=cast.officer, case=case, level=level, set_in=SetBy.PROFESSIONAL, reason="Seven acts.", at=at
    )


@pytest.mark.parametrize(
    ("level", "hours", "yes"),
    [("high", 168, 1), ("high", 169, 0), ("very_high", 72, 1), ("very_high", 73, 0), ("low", 1440, 1)],
)
def test_assessed_in_time_is_counted_by_the_hours_of_its_level(
    cast: Cast, case: Case, level: str, hours: int, yes: int
) -> None:
    at = OPENED + timedelta(hours=hours)
    at = min(at, NOW)
    _level(cast, case, at, Level(level))
    assert (board(cast)["assessed"].yes, board(cast)["assessed"].of) == (yes, 1)


def test_a_plan_needs_a_person_for_each_action(cast: Cast, case: Case) -> None:
    opening = {"actor": cast.coordinator, "case": case, "strand": Strand.LEGAL, "owner_partner": "northmoor-police"}
    due = {"due_on": UNTIL + timedelta(days=9), "at": NOW}
    plan.open_action(**opening, what="Visit him.", owner=cast.staff["officer"].pk, **due)  # type: ignore[arg-type]
    assert board(cast)["plan"].yes == 1
    plan.open_action(**opening, what="Fit an alarm.", owner=None, **due)  # type: ignore[arg-type]
    assert board(cast)["plan"].yes == 0


@pytest.mark.parametrize(
    ("moved_after", "counted"),
    [(None, (0, 1)), (timedelta(days=1), (0, 0)), (timedelta(days=6), (0, 1))],
    ids=["never moved", "moved before the day", "moved when it had passed"],
)
def test_a_day_that_is_moved_when_it_has_passed_was_missed_all_the_same(
    cast: Cast, case: Case, moved_after: timedelta | None, counted: tuple[int, int]
) -> None:
    began = NOW - timedelta(days=10)
    row = plan.open_action(
        actor=cast.coordinator, case=case, strand=Strand.LEGAL, owner_partner="northmoor-police", what="Visit him.",
        due_on=(began + timedelta(days=4)).date(), at=began,
    )  # fmt: skip
    if moved_after is not None:
        plan.move_action(
            actor=cast.coordinator, action=row, owner=None, due_on=UNTIL + timedelta(days=9), reason="The court.",
            at=began + moved_after,
        )  # fmt: skip
    before = case.review_due_at < NOW  # type: ignore[operator]  # the case's own review counts in the same row
    assert (board(cast)["overdue"].yes, board(cast)["overdue"].of - before) == counted


def test_an_order_is_asked_about_only_at_high_or_very_high(cast: Cast, case: Case) -> None:
    _level(cast, case, OPENED + timedelta(hours=1), Level.MEDIUM)
    assert board(cast)["order"].of == 0
    _level(cast, case, OPENED + timedelta(hours=2), Level.HIGH)
    assert (board(cast)["order"].yes, board(cast)["order"].of) == (0, 1)


def test_a_withdrawn_breach_is_asked_about_no_longer(cast: Cast, case: Case) -> None:
    for what, kind in (("advocate", RelationKind.ADVOCATE), ("officer", RelationKind.OIC)):
        assign(actor=cast.coordinator, case=case, staff=cast.staff[what].pk, kind=kind, at=OPENED)
    order = served(cast, case, at=NOW - timedelta(days=30))
    breach = breached(cast, order, at=NOW - timedelta(days=10))
    asked = board(cast)["breach"]
    assert (asked.yes, asked.of) == (0, 1)
    assert behind(cast, "breach") == [case.reference]
    orders.withdraw_breach(actor=cast.coordinator, breach=breach, reason="Somebody else did it.", at=NOW)
    assert board(cast)["breach"].of == 0
    assert behind(cast, "breach") == []


def _order(cast: Cast, case: Case, kind: OrderKind, at: datetime) -> None:
    if kind in STALKING_ORDERS:
        orders.decline(actor=cast.officer, case=case, kind=kind, reason="He is in prison.", at=at)
        return
    if kind.about.applied_for and not kind.about.others_apply:  # it is made only once it was applied for
        orders.consider(actor=cast.officer, case=case, kind=kind, reason="The violence was at home.", at=at)
        return
    details = StepDetails(expires_on=UNTIL + timedelta(days=9))
    orders.record_order(actor=cast.officer, case=case, kind=kind, conditions=CONDITIONS, details=details, at=at)


@pytest.mark.parametrize("kind", list(OrderKind))
def test_only_a_stalking_order_answers_whether_one_was_considered(cast: Cast, case: Case, kind: OrderKind) -> None:
    _level(cast, case, OPENED + timedelta(hours=1))
    _order(cast, case, kind, OPENED + timedelta(days=2))
    assert board(cast)["order"].yes == (1 if kind in STALKING_ORDERS else 0)


@pytest.mark.parametrize(
    ("days", "yes", "why"), [(28, 1, None), (29, 0, "answered 13 November, due 12 November"), (None, 0, "nobody has")]
)
def test_an_answer_after_its_time_is_late_and_says_so(
    cast: Cast, case: Case, days: int | None, yes: int, why: str | None
) -> None:
    _level(cast, case, OPENED + timedelta(hours=1))
    if days is not None:
        _order(cast, case, OrderKind.SPO, OPENED + timedelta(days=days))
    assert (board(cast)["order"].yes, board(cast)["order"].of) == (yes, 1)
    found = queries.cases_behind(actor=cast.coordinator, site="northmoor", code="order", at=NOW)
    assert [row.why.startswith(why or "-") for row in found.rows] == ([] if why is None else [True])


def test_the_first_answer_counts(cast: Cast, case: Case) -> None:
    _level(cast, case, OPENED + timedelta(hours=1))
    _order(cast, case, OrderKind.SPO, OPENED + timedelta(days=9))
    _order(cast, case, OrderKind.SPO, OPENED + timedelta(days=39))
    assert board(cast)["order"].yes == 1


def test_an_advocate_counts_when_named_in_time_or_when_her_file_says_the_offer_was_made(cast: Cast, case: Case) -> None:
    assert board(cast, files=VictimFileFacts(offered=frozenset({case.pk})))["advocate"].yes == 1
    assign(
        actor=cast.coordinator, case=case, staff=cast.staff["advocate"].pk, kind=RelationKind.ADVOCATE,
        at=OPENED + timedelta(days=8),
    )  # fmt: skip
    assert board(cast)["advocate"].yes == 0


def test_what_she_was_not_told_counts_from_the_day_after_it_was_due(cast: Cast, case: Case) -> None:
    def told(on: date, yes: bool = False) -> VictimFileFacts:
        return VictimFileFacts((Judged(case.pk, on, yes, "charge: not told"),))

    assert board(cast, files=told(UNTIL))["told"].of == 0
    assert board(cast, files=told(UNTIL, yes=True))["told"].yes == 1
    late = told(UNTIL - timedelta(days=1))
    assert (board(cast, files=late)["told"].yes, board(cast, files=late)["told"].of) == (0, 1)
    assert behind(cast, "told", files=late) == [case.reference]


# ---- who sees what ------------------------------------------------------------------------------------------------


def test_a_wall_hides_a_case_from_the_counts_and_from_the_list(cast: Cast, case: Case) -> None:
    cases.wall_off(actor=cast.governance, case=case, staff=cast.staff["second_officer"].pk, reason="a cousin", at=NOW)
    assert all(row.of == 0 for row in board(cast, "second_officer").values())
    assert behind(cast, "plan", "second_officer") == []
    assert behind(cast, "plan", "officer") == [case.reference]


def test_whoever_opens_no_case_reads_the_numbers_and_no_small_one(cast: Cast, case: Case) -> None:
    rows = board(cast, "governance")
    assert rows["plan"].hidden
    with pytest.raises(Refused):
        behind(cast, "plan", "governance")


@pytest.mark.parametrize("name", ["olu", "evaluator", "lead", "administrator"])
def test_nobody_of_another_unit_reads_it(cast: Cast, name: str) -> None:
    with pytest.raises(Refused):
        board(cast, name)


def test_a_question_that_there_is_not_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        behind(cast, "happiness")


def test_the_list_is_paged_by_key(cast: Cast, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fourfold.governance.queries.quality.page_of_list", partial(page_of_list, most=1))
    files = VictimFileFacts(tuple(Judged(case.pk, UNTIL - timedelta(days=n), False, str(n)) for n in (1, 2, 3)))
    seen, after = [], ""
    for _ in range(3):
        found = queries.cases_behind(
            actor=cast.coordinator, site="northmoor", code="told", at=NOW, files=files, after=after
        )
        seen += [row.why for row in found.rows]
        after = found.rows.next
    assert seen == ["3", "2", "1"]
    assert after == ""


def test_the_board_costs_the_same_however_many_cases(cast: Cast, case: Case, django_assert_num_queries: Any) -> None:
    for number in range(3):
        other = open_case(cast, at=OPENED, victim_name=f"Una Vale{number}", subject_name=f"Ira Bell{number}")
        assert isinstance(other.pk, UUID)
    with django_assert_num_queries(11):  # what is asked of few is read as one, and what is kept apart from what is new
        board(cast)
