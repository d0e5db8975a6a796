"""A day in the unit, as sentences: whose work it is, what others did meanwhile, and what a calendar may say."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.models import CalendarAddress, Staff, Wall
from fourfold.access.statements import read_ahead, run_ahead
from fourfold.access.terms import NotFound, RelationKind
from fourfold.audit.models import Entry
from fourfold.cases import queries as case_queries
from fourfold.cases import services as cases
from fourfold.cases.models import LevelSet
from fourfold.cases.queries import alerts, referrals
from fourfold.cases.terms import Level, Outcome, ReferralAnswer, SetBy
from fourfold.drafts import queries as drafts
from fourfold.duties.queries import related
from fourfold.intake.terms import Channel, Urgency
from fourfold.support import services as support
from fourfold.web import clock, worklist
from fourfold.web.pages import calendar
from tests.cases.builders import acts, known, open_case, told, triaged
from tests.cast import NOW, Cast, agree, assign
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=40)


def given(cast: Cast, case: object, name: str, kind: RelationKind) -> None:
    """Give somebody of the cast a part in a case."""
    assign(actor=cast.coordinator, case=case, staff=cast.staff[name].pk, kind=kind, at=NOW)  # type: ignore[arg-type]


# ---- whose work it is -----------------------------------------------------------------------------------------------


def test_my_own_case_is_mine_and_a_colleagues_is_the_units(cast: Cast) -> None:
    mine = open_case(cast)
    others = open_case(cast, victim_name="Ada Brindlecott", victim_birth="1 May 1990", victim_phone="")
    given(cast, mine, "officer", RelationKind.OIC)
    given(cast, others, "second_officer", RelationKind.OIC)
    day = worklist.today(cast.officer, LATER)
    assert {row.case_text for row in day.every} == {mine.reference}
    unit = worklist.today(cast.officer, LATER, "unit")
    assert {mine.reference, others.reference} <= {row.case_text for row in (unit.first, *unit.rows) if row}
    assert [tab.text for tab in day.tabs if tab.current] == [f"Mine ({len(day.every)})"]


def test_who_has_no_case_of_their_own_sees_the_units_work_first(cast: Cast) -> None:
    open_case(cast)
    day = worklist.today(cast.coordinator, LATER)
    assert [tab.text.split(" (")[0] for tab in day.tabs if tab.current] == ["My unit"]
    assert day.first is not None


def test_what_waits_for_a_second_advocate_is_the_own_work_of_each_who_could_be_it(cast: Cast) -> None:
    case, own = (
        open_case(cast),
        open_case(cast, victim_name="Ada Brindlecott", victim_birth="1 May 1990", victim_phone=""),
    )
    given(cast, case, "advocate", RelationKind.ADVOCATE)
    given(cast, own, "second_advocate", RelationKind.ADVOCATE)
    support.keep_address(actor=cast.advocate, case=case, address="9 Invented Mews", at=NOW)
    support.ask_for_address(actor=cast.advocate, case=case, reason="She asked me to fetch her things.", at=NOW)
    day = worklist.today(cast.second_advocate, NOW)
    assert case.reference in {row.case_text for row in day.every if "second advocate" in row.what}


def test_the_analyst_sees_new_allegations_before_what_is_due_later(cast: Cast) -> None:
    told(cast.analyst)
    open_case(cast)
    rows = worklist.today(cast.analyst, NOW).rows
    assert rows[0].kind == "new_allegations"


def test_danger_now_stands_before_everything_even_among_ones_own(cast: Cast) -> None:
    given(cast, open_case(cast), "officer", RelationKind.OIC)
    told(cast.analyst, at=LATER, urgency=Urgency.NOW)
    day = worklist.today(cast.officer, LATER)
    rows = [row for row in (day.first, *day.rows) if row]
    assert rows[0].kind == "new_allegations"
    assert len(rows) > 1


def test_every_row_says_why_it_is_there_now(cast: Cast) -> None:
    told(cast.analyst)
    open_case(cast)
    for name in ("analyst", "officer", "coordinator", "clinician", "outreach", "advocate", "chair"):
        day = worklist.today(cast.actor(name), LATER, "unit")
        assert all(row.why for row in (day.first, *day.rows) if row)


def test_for_another_site_and_behind_a_wall_the_day_is_empty(cast: Cast) -> None:
    case = open_case(cast)
    given(cast, case, "officer", RelationKind.OIC)
    assert worklist.today(cast.olu, LATER, "unit").rows == ()
    cases.wall_off(actor=cast.governance, case=case, staff=cast.staff["officer"].pk, reason="Her brother.", at=NOW)
    Wall.objects.update(until_at=None)  # a second person stands by it
    day = worklist.today(cast.officer, LATER, "unit")
    assert case.reference not in {row.case_text for row in (day.first, *day.rows) if row}


# ---- what others did ------------------------------------------------------------------------------------------------


def test_since_i_left_a_colleague_set_the_level_and_an_act_joined(cast: Cast) -> None:
    case = open_case(cast)
    given(cast, case, "officer", RelationKind.OIC)
    open_case(cast, victim_name="Ada Brindlecott", victim_birth="1 May 1990", victim_phone="")
    case_queries.cases(actor=cast.officer, at=NOW, mine=True)
    cases.set_level(
        actor=cast.second_officer, case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, at=NOW + timedelta(hours=2)
    )
    acts(cast, case, 1)
    later = NOW + timedelta(days=1, hours=3)
    undated = told(cast.analyst, at=later, occurred_from=None)
    cases.join_act(actor=cast.second_officer, case=case, allegation=undated, at=later)
    since = alerts.since_you_left(actor=cast.officer, at=NOW + timedelta(days=2))()
    assert since.left_at == NOW
    assert [alert.reference for alert in since.alerts] == [case.reference] * 2
    said = [str(alert.what) for alert in since.alerts]
    assert any("level was set" in each for each in said)
    assert "2 acts were added, the last told on 25 November" in said, "nobody told the day of the last"


@pytest.mark.parametrize(
    ("many", "removed", "said"),
    [
        (1, 0, "an act of 26 November was added"),
        (1, 1, "an act of 26 November was added, and is removed again"),
        (2, 0, "2 acts were added, the last of 26 November"),
        (3, 2, "3 acts were added, the last of 26 November; 2 of them removed again"),
    ],
)
def test_acts_that_others_added_to_a_case_are_one_line_however_many(
    cast: Cast, many: int, removed: int, said: str
) -> None:
    case = open_case(cast)
    given(cast, case, "officer", RelationKind.OIC)
    case_queries.cases(actor=cast.officer, at=NOW, mine=True)
    days = [NOW + timedelta(days=2, hours=number) for number in range(many)]
    for number, day in enumerate(days):
        report = told(cast.analyst, at=day, occurred_from=day)
        cases.join_act(actor=cast.second_officer, case=case, allegation=report, at=day)
        if number < removed:
            cases.detach_act(actor=cast.analyst, case=case, allegation=report, reason="Of another case.", at=day)
    since = alerts.since_you_left(actor=cast.officer, at=NOW + timedelta(days=9))()
    assert [str(alert.what) for alert in since.alerts] == [said]


@pytest.mark.parametrize(
    "days",
    [
        *([(0, True), (1, True), (2, True)], [(2, True), (1, True), (0, True)], [(1, True), (2, True), (0, True)]),
        *([(2, False), (0, True)], [(0, True), (2, False)], [(0, False), (2, True)], [(2, True), (0, False)]),
    ],
)
@pytest.mark.parametrize("apart", [timedelta(), timedelta(minutes=1)])
def test_the_day_that_is_named_is_the_latest_whichever_act_came_last(
    cast: Cast, days: list[tuple[int, bool]], apart: timedelta
) -> None:
    case = open_case(cast)
    given(cast, case, "officer", RelationKind.OIC)
    case_queries.cases(actor=cast.officer, at=NOW, mine=True)
    for number, (day, is_known) in enumerate(days):
        when, joins = NOW + timedelta(days=day), NOW + timedelta(days=3) + number * apart
        report = told(cast.analyst, at=when, occurred_from=when if is_known else None, words=f"Act {number}")
        cases.join_act(actor=cast.second_officer, case=case, allegation=report, at=joins)
    [alert] = alerts.since_you_left(actor=cast.officer, at=NOW + timedelta(days=4))().alerts
    day, is_known = max(days)
    assert str(alert.what).endswith(f"the last {'of' if is_known else 'told on'} {NOW + timedelta(days=day):%-d %B}")
    assert alert.at == NOW + timedelta(days=3) + (len(days) - 1) * apart


def test_an_act_that_was_removed_and_came_back_is_one(cast: Cast) -> None:
    case = open_case(cast)
    given(cast, case, "officer", RelationKind.OIC)
    case_queries.cases(actor=cast.officer, at=NOW, mine=True)
    day = NOW + timedelta(days=2)
    report = told(cast.analyst, at=day, occurred_from=day)
    by: dict[str, Any] = {"case": case, "allegation": report}
    cases.join_act(actor=cast.second_officer, at=day, **by)
    cases.detach_act(actor=cast.analyst, reason="Of another case.", at=day + timedelta(hours=1), **by)
    cases.join_act(actor=cast.second_officer, at=day + timedelta(hours=2), **by)
    since = alerts.since_you_left(actor=cast.officer, at=NOW + timedelta(days=9))()
    assert [str(alert.what) for alert in since.alerts] == ["an act of 26 November was added"]


@pytest.mark.parametrize(
    ("removed", "said"),
    [
        ({0}, "3 acts were added, the last of 28 November; 1 of them removed again"),
        ({2}, "3 acts were added, the last of 27 November; 1 of them removed again"),
        ({1, 2}, "3 acts were added, the last of 26 November; 2 of them removed again"),
        ({0, 1, 2}, "3 acts were added, and are removed again"),
    ],
)
def test_an_act_that_is_removed_again_is_never_named_as_the_last(cast: Cast, removed: set[int], said: str) -> None:
    case = open_case(cast)
    given(cast, case, "officer", RelationKind.OIC)
    case_queries.cases(actor=cast.officer, at=NOW, mine=True)
    later = NOW + timedelta(days=5)
    for number in range(3):
        day = NOW + timedelta(days=2 + number)
        by: dict[str, Any] = {"case": case, "allegation": told(cast.analyst, at=day, occurred_from=day)}
        cases.join_act(actor=cast.second_officer, at=day, **by)
        if number in removed:
            cases.detach_act(actor=cast.analyst, reason="Of another case.", at=later, **by)
    since = alerts.since_you_left(actor=cast.officer, at=NOW + timedelta(days=9))()
    assert [str(alert.what) for alert in since.alerts] == [said]


def test_an_act_of_others_that_was_removed_and_that_i_brought_back_is_not_removed(cast: Cast) -> None:
    case = open_case(cast)
    given(cast, case, "officer", RelationKind.OIC)
    case_queries.cases(actor=cast.officer, at=NOW, mine=True)
    at = NOW + timedelta(days=2)
    first, other = (told(cast.analyst, at=at, occurred_from=at, words=words) for words in ("A", "B"))
    cases.join_act(actor=cast.second_officer, case=case, allegation=first, at=at)
    cases.join_act(actor=cast.second_officer, case=case, allegation=other, at=at)
    for report in (first, other):
        cases.detach_act(actor=cast.analyst, case=case, allegation=report, reason="No.", at=at + timedelta(hours=1))
    seen: dict[str, Any] = {"actor": cast.officer, "at": at + timedelta(hours=2, minutes=30)}
    for brought_back, said in (
        (first, ["an act of 26 November was added, and is removed again"]),
        (other, []),
    ):
        cases.join_act(actor=cast.officer, case=case, allegation=brought_back, at=at + timedelta(hours=2))
        assert [str(alert.what) for alert in alerts.since_you_left(**seen)().alerts] == said


def test_what_is_cut_says_how_many_more_there_are(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = open_case(cast)
    given(cast, case, "officer", RelationKind.OIC)
    now = clock.now()
    case_queries.cases(actor=cast.officer, at=now - timedelta(days=2), mine=True)
    held = {name: getattr(case, name) for name in ("controller", "basis", "source", "recorded_at")}
    held |= {"case": case, "level": Level.HIGH, "set_in": SetBy.PANEL, "recorded_by": cast.chair.staff}
    rows = [LevelSet(set_at=at, **held) for at in (now - timedelta(days=1, seconds=number) for number in range(1_002))]
    LevelSet.objects.bulk_create(rows[:999])
    since = alerts.since_you_left(actor=cast.officer, at=now)()
    assert (len(since.alerts), since.more) == (999, 0)
    report = told(cast.analyst, at=now - timedelta(hours=2), occurred_from=now - timedelta(hours=3))
    cases.join_act(actor=cast.second_officer, case=case, allegation=report, at=now - timedelta(hours=2))
    LevelSet.objects.bulk_create(rows[999:])
    since = alerts.since_you_left(actor=cast.officer, at=now)()
    assert (len(since.alerts), since.more) == (1_000, 3)
    assert "was added" in str(since.alerts[0].what)
    page = signed_in("officer").get("/").content.decode()
    assert "995 more changes" in page
    assert "3 earlier changes are not listed here." in page


def test_my_own_doing_is_no_news_and_neither_is_a_wall(cast: Cast) -> None:
    case = open_case(cast)
    given(cast, case, "officer", RelationKind.OIC)
    case_queries.cases(actor=cast.officer, at=NOW, mine=True)
    cases.set_level(actor=cast.officer, case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, at=NOW)
    assert alerts.since_you_left(actor=cast.officer, at=NOW + timedelta(hours=3))().alerts == ()
    acts(cast, case, 1)
    cases.wall_off(actor=cast.governance, case=case, staff=cast.staff["officer"].pk, reason="Her brother.", at=NOW)
    Wall.objects.update(until_at=None)  # a second person stands by it
    assert alerts.since_you_left(actor=cast.officer, at=NOW + timedelta(days=3))().alerts == ()


@pytest.mark.parametrize("left", [True, False])
def test_what_others_did_is_asked_with_what_a_page_asks_next_and_not_for_whoever_never_left(
    cast: Cast, left: bool
) -> None:
    case = open_case(cast)
    given(cast, case, "officer", RelationKind.OIC)
    if left:
        case_queries.cases(actor=cast.officer, at=NOW, mine=True)
    acts(cast, case, 1)
    by: dict[str, Any] = {"actor": cast.officer, "at": NOW + timedelta(days=2)}
    next_asked = (related.call(cast.coordinator, NOW), drafts.ahead(**by))
    with read_ahead(alerts.ahead(**by), related.call(*by.values())):
        with CaptureQueriesContext(connection) as captured:
            news = alerts.since_you_left(**by)
        assert not captured.captured_queries, "it was asked ahead"
        with CaptureQueriesContext(connection) as captured:
            run_ahead(*next_asked)
        [asked] = [query["sql"] for query in captured]
        with CaptureQueriesContext(connection) as captured:
            since = news()
    assert "drafts_draft" in asked
    assert [table in asked for table in ("cases_caseact", "cases_levelset")] == [left] * 2
    assert not any("cases_" in query["sql"] for query in captured)
    assert (bool(since.left_at), len(since.alerts)) == (left, 1 if left else 0)


# ---- referrals ------------------------------------------------------------------------------------------------------


@pytest.fixture
def _police_may_read(cast: Cast) -> None:
    agree("northmoor-police")


@pytest.mark.usefixtures("_police_may_read")
def test_the_referrer_reads_that_it_was_declined_and_why(cast: Cast, signed_in: SignIn) -> None:
    allegation = told(cast.clinician, channel=Channel.REFERRAL)
    [waiting] = referrals.my_referrals(actor=cast.clinician, at=NOW).rows
    assert waiting.answer is ReferralAnswer.WAITING
    known(cast, allegation)
    cases.triage(
        actor=cast.analyst, allegation=allegation, outcome=Outcome.REDIRECT, reason="One letter from a neighbour.",
        redirected_to="neighbourhood team", at=NOW,
    )  # fmt: skip
    [answered] = referrals.my_referrals(actor=cast.clinician, at=NOW).rows
    assert (answered.answer, answered.by) == (ReferralAnswer.DECLINED, cast.analyst.name)
    said = signed_in("clinician").get("/refer/answers/").content.decode()
    assert "Declined" in said
    assert "One letter from a neighbour." in said
    assert "neighbourhood team" in said


@pytest.mark.parametrize("outcome", Outcome)
def test_the_answer_to_a_referral_does_not_say_whether_there_is_a_case(
    cast: Cast, signed_in: SignIn, outcome: Outcome
) -> None:
    case = open_case(cast)
    cases.wall_off(actor=cast.governance, case=case, staff=cast.second_officer.staff, reason="A cousin.", at=NOW)
    strangers = {"victim_name": "Edna Furlong", "victim_birth": "8 Aug 1980", "subject_name": "Olaf Tree"}
    pages = []
    for said, people in (({}, (case.victim, case.subject)), (strangers, ())):
        allegation = told(cast.second_officer, channel=Channel.REFERRAL, **said)
        known(cast, allegation, *people)
        settled = cases.triage(
            actor=cast.analyst,
            allegation=allegation,
            outcome=outcome,
            reason="Two letters.",
            redirected_to="the team",
            at=NOW,
        )
        assert (settled.case_id == case.pk) is bool(people), "the one joins the case, or the test proves nothing"
        [row, *_] = (
            row for row in referrals.my_referrals(actor=cast.second_officer, at=NOW).rows if row.id == allegation.pk
        )
        pages.append((row.answer, row.outcome, row.reason, row.redirected_to, row.by, row.at))
        assert row.answer is (ReferralAnswer.ACCEPTED if outcome.opens_case else ReferralAnswer.DECLINED)
    assert pages[0] == pages[1]
    page = signed_in("second_officer").get("/refer/answers/").content.decode()
    assert page.count("Accepted" if outcome.opens_case else "Two letters.") == 2


def test_nobody_reads_another_persons_referrals(cast: Cast) -> None:
    told(cast.clinician, channel=Channel.REFERRAL)
    assert referrals.my_referrals(actor=cast.officer, at=NOW).rows == ()
    assert referrals.my_referrals(actor=cast.olu, at=NOW).rows == ()


@pytest.mark.usefixtures("_police_may_read")
def test_the_list_of_referrals_costs_the_same_for_few_and_many(cast: Cast, django_assert_num_queries: object) -> None:
    clinician = cast.clinician
    for count in (1, 8):
        for number in range(count):
            triaged_one = told(cast.clinician, channel=Channel.REFERRAL, at=NOW + timedelta(minutes=number))
        known(cast, triaged_one)
        triaged(cast, triaged_one)
        with django_assert_num_queries(3 + 5):  # type: ignore[operator]
            referrals.my_referrals(actor=clinician, at=LATER)


def test_referrals_of_one_moment_stand_on_exactly_one_page_each(cast: Cast, signed_in: SignIn) -> None:
    made = {str(told(cast.clinician, channel=Channel.REFERRAL).pk) for _ in range(51)}
    client, address, seen = signed_in("clinician"), "/refer/answers/", list[str]()
    while address:
        said = client.get(address).content.decode()
        seen += re.findall(r"/refer/([0-9a-f-]{36})/", said)
        following = re.search(r'href="(\?after=[^"]+)"', said)
        address = f"/refer/answers/{following[1]}" if following else ""
    assert sorted(seen) == sorted(made)


# ---- the calendar ---------------------------------------------------------------------------------------------------


def test_a_calendar_says_when_and_nothing_else(cast: Cast, client: Client) -> None:
    case = open_case(cast)
    given(cast, case, "officer", RelationKind.OIC)
    text = calendar.calendar_of(cast.officer, NOW)
    events = Calendar.from_ical(text).walk("VEVENT")
    assert {str(event["summary"]) for event in events} == {"Work"}
    assert b"TZID" not in text, "a calendar that names a zone and does not describe it is shown at another hour"
    assert case.review_due_at in {event.decoded("dtstart") for event in events}
    for secret in (case.reference, "Quill", "Marlow", "Review", "review", "victim", "northmoor", cast.officer.name):
        assert secret.encode() not in text


def test_the_address_works_until_its_owner_ends_it(cast: Cast, signed_in: SignIn, client: Client) -> None:
    browser = signed_in("officer")
    said = browser.post("/calendar/").content.decode()
    address = re.search(r"http://[^<]+\.ics", said)
    assert address is not None
    place = address.group().removeprefix("http://testserver")
    answer = client.get(place)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert place not in browser.get("/calendar/").content.decode()
    browser.post("/calendar/", {"end": "yes"})
    assert client.get(place).status_code == 404
    assert client.get("/calendar/guessed.ics").status_code == 404


def test_only_the_hash_of_the_secret_is_kept_and_a_new_one_ends_the_old(cast: Cast) -> None:
    first = access.make_calendar_address(actor=cast.officer, at=NOW)
    second = access.make_calendar_address(actor=cast.officer, at=NOW)
    kept = list(CalendarAddress.objects.values_list("secret_sha256", flat=True))
    assert first not in kept
    assert second not in kept
    with pytest.raises(NotFound):
        access_queries.whose_calendar(first, at=NOW)
    assert access_queries.whose_calendar(second, at=NOW).staff == cast.officer.staff


def test_a_forgotten_address_and_one_of_somebody_who_left_end_by_themselves(cast: Cast) -> None:
    secret = access.make_calendar_address(actor=cast.officer, at=NOW)
    with pytest.raises(NotFound):
        access_queries.whose_calendar(secret, at=NOW + access_queries.CALENDAR_LASTS)
    Staff.objects.filter(pk=cast.officer.staff).update(active=False)
    with pytest.raises(NotFound):
        access_queries.whose_calendar(secret, at=NOW)


def test_a_fetch_of_the_calendar_is_in_the_log(cast: Cast, client: Client) -> None:
    secret = access.make_calendar_address(actor=cast.officer, at=NOW)
    client.get(f"/calendar/{secret}.ics")
    assert Entry.objects.filter(action="page.calendar", actor=cast.officer.staff).exists()
    assert not Entry.objects.filter(body__icontains=secret).exists()
