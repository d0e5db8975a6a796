"""The pages of a case through the real door: who and how dangerous, the pattern, what changed, what one may do."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from fourfold.access.models import Relation, Wall
from fourfold.access.terms import RelationKind
from fourfold.audit.models import Entry
from fourfold.cases import services as cases
from fourfold.cases.models import Case, LevelSet, PartAsked, ReviewDue, StateSet
from fourfold.cases.terms import Level, Outcome, SetBy, State
from fourfold.intake.models import Allegation
from fourfold.people import services as people
from fourfold.people.terms import Channel, MarkKind, SafeContactRule
from fourfold.support import services as support
from fourfold.support.terms import ContactOutcome
from tests.cases.builders import acts, further_act, known, open_case, told, triaged
from tests.cast import NOW, Cast, assign
from tests.chance import without_chance
from tests.support.builders import agree
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TODAY = NOW + 30 * DAY
QUIET = NOW + 100 * DAY


def it_is(moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": moment.isoformat()}))


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    it_is(TODAY, monkeypatch)


def rows(model: type, **of: object):  # type: ignore[no-untyped-def]
    return model.objects.unscoped("a test").filter(**of)


def at_case(case: Case, rest: str = "") -> str:
    return f"/cases/{case.reference}/{rest}"


def read(client: Client, address: str, status: int = 200) -> str:
    """Return what a page says, tags left out and room squeezed."""
    answer = client.get(address)
    assert answer.status_code == status, answer.content[:500]
    return flat(answer.content.decode())


def flat(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page))).strip()


def set_level(cast: Cast, case: Case, level: Level, at: datetime = NOW) -> None:
    cases.set_level(actor=cast.officer, case=case, level=level, set_in=SetBy.PROFESSIONAL, at=at)


# ---- the list -----------------------------------------------------------------------------------------------------


def test_the_list_shows_people_level_and_an_overdue_review(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast)
    set_level(cast, case, Level.HIGH)
    page = signed_in("officer").get("/cases/").content.decode()
    said = flat(page)
    assert case.reference in said
    assert "Nora Quill / Dean Marlow" in said
    assert "High" in said
    assert re.search(r'<strong class="ff-overdue">27 November 2026|<strong class="ff-overdue">28 November 2026', page)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", True),
        ("?level=high", True),
        ("?level=low", False),
        ("?state=open", True),
        ("?state=closed", False),
        ("?mine=yes", False),
        ("?state=nonsense&level=9&after=FF-NONE", True),
    ],
)
def test_the_list_is_narrowed_by_what_is_asked(cast: Cast, signed_in: SignIn, query: str, shown: bool) -> None:
    case = open_case(cast)
    set_level(cast, case, Level.HIGH)
    assert (case.reference in read(signed_in("officer"), f"/cases/{query}")) is shown


def test_the_list_is_paged_by_key_and_keeps_what_was_asked(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fourfold.cases.queries.listing.PAGE", 2)
    made = [open_case(cast, at=NOW + timedelta(minutes=n)).reference for n in range(3)]
    client = signed_in("officer")
    page = client.get("/cases/?state=open").content.decode()
    following = re.search(r'href="(/cases/\?after=[^"]*)"', page)
    assert following
    assert "state=open" in following[1]
    assert made[0] not in page
    assert made[0] in read(client, unescape(following[1]))


def test_the_list_costs_the_same_for_few_and_many(
    cast: Cast, signed_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in("officer")
    client.get("/cases/")
    for _ in range(2):
        for n in range(4):
            open_case(cast, at=NOW + timedelta(minutes=n))
        with django_assert_num_queries(9):  # who reads 2, the list 1, kept filters 1, the log 5
            client.get("/cases/")


def test_an_empty_list_says_what_would_fill_it(signed_in: SignIn) -> None:
    assert "A case is opened when the desk triages" in read(signed_in("officer"), "/cases/")


# ---- the pattern --------------------------------------------------------------------------------------------------


def test_the_case_shows_who_how_dangerous_and_when_it_is_looked_at_again(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast)
    set_level(cast, case, Level.VERY_HIGH, at=TODAY - timedelta(hours=2))
    assign(actor=cast.coordinator, case=case, staff=cast.officer.staff, kind=RelationKind.OIC, at=NOW)
    said = read(signed_in("officer"), at_case(case))
    assert "Nora Quill / Dean Marlow" in said
    assert "Very high professional, 24 December 2026" in said
    assert "officer in the case Officer" in said
    assert "Next review 25 December 2026, 19:00" in said


def test_the_pattern_is_a_picture_with_its_table_and_the_acts_lead_to_their_words(
    cast: Cast, signed_in: SignIn
) -> None:
    case = open_case(cast)
    further_act(cast, case, at=NOW + DAY, behaviours=["threatens"], words="He wrote that he would come.")
    page = signed_in("officer").get(at_case(case)).content.decode()
    said = flat(page)
    assert page.count('role="img"') >= 2
    assert "As a table" in said
    assert "Acts, newest first (2 of 2)" in said
    assert "He wrote that he would come." in said
    assert re.search(r'<a class="govuk-link" href="/desk/[0-9a-f-]{36}/">He wrote', page)


@pytest.mark.parametrize("span", ["3-months", "a-year", "all", "for-ever"])
def test_the_picture_reaches_as_far_back_as_is_asked(cast: Cast, signed_in: SignIn, span: str) -> None:
    case = open_case(cast)
    said = read(signed_in("officer"), at_case(case) + f"?span={span}")
    assert "Show 3 months · a year · all" in said


def test_what_changed_since_my_last_visit_is_named(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, client = open_case(cast), signed_in("officer")
    assert "Your first visit" in read(client, at_case(case))
    set_level(cast, case, Level.HIGH, at=TODAY + DAY)
    it_is(TODAY + 2 * DAY, monkeypatch)
    said = read(signed_in("officer"), at_case(case))
    assert "Changed since 24 December 2026, 09:00" in said
    assert "Level set to high (professional)" in said


def test_the_page_of_a_case_costs_the_same_for_one_act_and_for_many(cast: Cast, signed_in: SignIn) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    one, many = open_case(cast), open_case(cast, at=NOW + timedelta(minutes=1))
    acts(cast, many, *range(1, 10))
    client, counts = signed_in("officer"), []
    client.get("/cases/")
    for case in (one, many):
        with CaptureQueriesContext(connection) as counted:
            client.get(at_case(case))
        counts.append(len(counted))
    assert counts[0] == counts[1] <= 21


def test_the_history_tells_everything_newest_first(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast)
    set_level(cast, case, Level.HIGH, at=NOW + DAY)
    said = read(signed_in("officer"), at_case(case, "history/"))
    assert said.index("Level set to high") < said.index("Triage of")
    assert "A pattern." in said


# ---- the subject --------------------------------------------------------------------------------------------------


def test_the_subjects_page_says_nothing_of_where_she_is(cast: Cast, signed_in: SignIn) -> None:
    hers = "4 Lantern Row, Northmoor NM1 2AB"
    case = open_case(cast, victim_address=hers, place="Lantern Row", words="He stood in Lantern Row, by number 4.")
    people.add_mark(actor=cast.analyst, subject=case.subject, kind=MarkKind.ADDRESS, value=hers, at=NOW)
    page = signed_in("officer").get(at_case(case, "subject/")).content.decode()
    assert "Dean Marlow" in page
    assert "07700 900777" in page
    assert "Lantern" not in page
    assert "NM1" not in without_chance(page)


# ---- level and review ---------------------------------------------------------------------------------------------


def test_setting_a_level_changes_the_case_and_its_clock(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast)
    answer = signed_in("officer").post(
        at_case(case, "level/"), {"level": "very_high", "reason": "A knife.", "version": case.version}
    )
    assert answer.status_code == 303
    assert rows(LevelSet).get().level == "very_high"


def test_two_people_on_the_same_page_both_see_both_levels_and_nothing_is_lost(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast)
    client, sent = signed_in("officer"), {"level": "medium", "reason": "Quiet.", "version": case.version}
    set_level(cast, case, Level.HIGH, at=TODAY)
    answer = client.post(at_case(case, "level/"), sent)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "On record now: high . You chose: medium ." in flat(page)
    assert "Quiet." in page
    assert f'name="version" value="{rows(Case).get().version}"' in page
    assert rows(LevelSet).count() == 1


def test_a_lower_level_is_set_once_a_colleague_has_signed_in_their_own_session(cast: Cast, signed_in: SignIn) -> None:
    from fourfold.assessment import services as assessment
    from fourfold.assessment.models import SignatureAsked

    case = open_case(cast)
    set_level(cast, case, Level.HIGH, at=NOW)
    client = signed_in("officer")
    sent = {"level": "medium", "reason": "He is in prison.", "version": case.version}
    answer = client.post(at_case(case, "level/"), sent)
    assert answer.status_code == 422
    assert "A second person must sign it" in answer.content.decode()
    assert client.post(at_case(case, "level/"), sent | {"ask": "yes"}).status_code == 303
    asked = rows(SignatureAsked).get()
    assessment.answer_signature(actor=cast.chair, asked=asked, given=True, at=TODAY)
    assert client.post(at_case(case, "level/"), sent | {"reason": "I know him from school."}).status_code == 303
    row = rows(LevelSet).order_by("-set_at").first()
    assert (row.level, row.countersigned_by, row.reason) == ("medium", cast.chair.staff, "He is in prison.")


@pytest.mark.parametrize(
    ("sent", "says"),
    [({"level": ""}, "Choose a level"), ({"level": "extreme"}, "Choose one of the answers shown")],
)
def test_a_level_that_is_none_is_refused_at_its_field(
    cast: Cast, signed_in: SignIn, sent: dict[str, str], says: str
) -> None:
    case = open_case(cast)
    answer = signed_in("officer").post(at_case(case, "level/"), sent | {"version": case.version})
    assert answer.status_code == 422
    assert says in answer.content.decode()


def test_a_review_is_recorded_with_what_it_found(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast)
    client, address = signed_in("coordinator"), at_case(case, "review/")
    refused = client.post(address, {"summary": "", "level": "high", "version": case.version})
    assert refused.status_code == 422
    assert "what the review found" in refused.content.decode()
    sent = {"summary": "Nothing new.", "level": "high", "version": case.version}
    assert client.post(address, sent).status_code == 303
    assert "Nothing new." in read(client, at_case(case, "history/"))
    assert rows(ReviewDue, done_at__isnull=False).count() == 1


# ---- stepping down, closing, team, conflict -----------------------------------------------------------------------


def test_a_case_steps_down_in_two_sessions_and_closes_three_months_later(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = open_case(cast)
    told_in_safe_contact(cast, case, datetime(2027, 3, 1, 12, tzinfo=UTC))
    it_is(QUIET, monkeypatch)
    officer, coordinator = signed_in("officer"), signed_in("coordinator")
    told_on = {"victim_told_at-day": "1", "victim_told_at-month": "3", "victim_told_at-year": "2027"}
    refused = officer.post(at_case(case, "step-down/"), {"reason": "Quiet."})
    assert refused.status_code == 422
    assert "Tell the victim first" in refused.content.decode()
    assert officer.post(at_case(case, "step-down/"), {"reason": "Quiet."} | told_on).status_code == 303
    assert "You asked a colleague to sign" in read(officer, at_case(case, "step-down/"))
    assert "Answer a request to step down: Nora Quill" in read(coordinator, "/")
    assert "Quiet." in read(coordinator, at_case(case, "step-down/"))
    assert coordinator.post(at_case(case, "step-down/"), {"signs": "yes"}).status_code == 303
    assert rows(Case).get().state == State.STEP_DOWN
    early = coordinator.post(at_case(case, "close/"), {"reason": "Done.", "version": rows(Case).get().version})
    assert "The earliest day to close is" in early.content.decode()
    it_is(QUIET + 95 * DAY, monkeypatch)
    coordinator = signed_in("coordinator")
    sent = {"reason": "Done.", "version": rows(Case).get().version}
    untold = coordinator.post(at_case(case, "close/"), sent)
    assert untold.status_code == 422
    assert "Tell the victim first that the case will close" in untold.content.decode()
    unreached = {"victim_told_at-day": "5", "victim_told_at-month": "6", "victim_told_at-year": "2027"}
    without = coordinator.post(at_case(case, "close/"), sent | unreached)
    assert "No safe contact with the victim about this is on record for that day." in without.content.decode()
    assert rows(Case).get().state == State.STEP_DOWN
    told_in_safe_contact(cast, case, datetime(2027, 6, 4, 12, tzinfo=UTC))
    told_again = {"victim_told_at-day": "4", "victim_told_at-month": "6", "victim_told_at-year": "2027"}
    assert coordinator.post(at_case(case, "close/"), sent | told_again).status_code == 303
    assert rows(StateSet, state=State.CLOSED).get().reason == "Done."


def told_in_safe_contact(cast: Cast, case: Case, at: datetime) -> None:
    """Let her advocate reach her as she agreed, at noon in summer as in winter."""
    if not Relation.objects.filter(file=case.pk, kind=RelationKind.ADVOCATE).exists():
        assign(actor=cast.coordinator, case=case, staff=cast.staff["advocate"].pk, kind=RelationKind.ADVOCATE, at=NOW)
        agree(cast, case, at=at - DAY)
    kept = support.attempt_contact(
        actor=cast.actor("advocate"), case=case, channel=Channel.TEXT, outcome=ContactOutcome.REACHED, at=at
    )
    assert kept.safe


def test_a_part_is_given_from_the_page_and_stands_in_the_identity_bar(cast: Cast, signed_in: SignIn) -> None:
    case, client = open_case(cast), signed_in("coordinator")
    sent = {"staff": str(cast.advocate.staff), "kind": "advocate"}
    assert client.post(at_case(case, "team/"), sent).status_code == 303
    assert "advocate Advocate" not in read(client, at_case(case))
    assert "Waiting to be confirmed" in read(client, at_case(case, "team/"))
    confirm(signed_in("second_advocate"))
    assert "advocate Advocate" in read(client, at_case(case))
    wrong = client.post(at_case(case, "team/"), {"staff": str(cast.officer.staff), "kind": "advocate"})
    assert wrong.status_code == 422
    assert "Choose a victim advocate of this unit." in wrong.content.decode()


def confirm(client: Client, **sent: str) -> None:
    """Follow the way from somebody's own list to the part that waits for them, and confirm it."""
    [address] = set(re.findall(r'href="(/parts/[^"]+)"', client.get("/").content.decode()))
    assert client.post(address, {"given": "yes", **sent}).status_code == 303
    assert client.get(address).status_code == 404


def test_nobody_makes_themselves_the_officer_in_the_case(cast: Cast, signed_in: SignIn) -> None:

    case = open_case(cast)
    assign(actor=cast.coordinator, case=case, staff=cast.advocate.staff, kind=RelationKind.ADVOCATE, at=NOW)
    rule = SafeContactRule(channels=(Channel.TEXT,))
    people.agree_safe_contact(
        actor=cast.advocate, case_file=case.pk, victim=case.victim, rule=rule, note="Her sister opens her post.", at=NOW
    )
    client, sent = signed_in("officer"), {"staff": str(cast.officer.staff), "kind": "oic"}
    assert client.post(at_case(case, "team/"), sent).status_code == 303
    assert client.post("/caseload/assign/", sent | {"cases": case.reference, "step": "assign"}).status_code == 200
    assert "Her sister opens her post." not in read(client, at_case(case))
    assert "/parts/" not in read(client, "/")
    own = PartAsked.objects.unscoped("a test").get(staff=cast.officer.staff)
    assert client.post(f"/parts/{own.pk}/", {"given": "yes"}).status_code == 404
    assert "Her sister opens her post." not in read(client, at_case(case))
    refused = signed_in("second_officer").post(f"/parts/{own.pk}/", {"given": "no"})
    assert (refused.status_code, "Say why not" in refused.content.decode()) == (422, True)
    confirm(signed_in("second_officer"))
    assert "Her sister opens her post." in read(client, at_case(case))
    assert "Somebody new works on this case: Officer, officer in the case" in read(signed_in("advocate"), "/")
    oversight = read(signed_in("governance"), "/oversight/first-parts/")
    assert "Officer" in oversight
    assert case.reference in oversight
    assert "1 person was given a case for the first time" in read(signed_in("governance"), "/oversight/")


def test_whoever_knows_somebody_closes_the_case_to_themselves(cast: Cast, signed_in: SignIn) -> None:
    case, client = open_case(cast), signed_in("second_officer")
    assert client.post(at_case(case, "know-somebody/"), {}).status_code == 303
    assert client.get(at_case(case)).status_code == 404
    assert case.reference not in read(client, "/cases/")
    assert Wall.objects.filter(staff=cast.second_officer.staff).count() == 4


# ---- who may ------------------------------------------------------------------------------------------------------

PAGES = ("", "history/", "subject/", "level/", "review/", "step-down/", "know-somebody/")


def test_another_site_gets_the_same_bytes_as_for_a_case_that_does_not_exist(cast: Cast, signed_in: SignIn) -> None:
    case, client = open_case(cast), signed_in("olu")
    for rest in PAGES:
        foreign, absent = client.get(at_case(case, rest)), client.get(f"/cases/FF-00000/{rest}")
        assert (foreign.status_code, absent.status_code) == (404, 404)
        assert without_token(foreign.content) == without_token(absent.content)
    assert client.post(at_case(case, "level/"), {"level": "low"}).status_code == 404
    assert not rows(LevelSet).exists()


def without_token(content: bytes) -> bytes:
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]*"', b"", content)


def test_a_walled_colleague_gets_the_same_bytes_too(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast)
    cases.wall_off(actor=cast.governance, case=case, staff=cast.second_officer.staff, at=NOW, reason="A cousin.")
    client = signed_in("second_officer")
    for rest in PAGES:
        walled, absent = client.get(at_case(case, rest)), client.get(f"/cases/FF-00000/{rest}")
        assert walled.status_code == 404
        assert without_token(walled.content) == without_token(absent.content)


@pytest.mark.parametrize("name", ["analyst", "advocate", "clinician", "outreach"])
def test_what_a_role_may_not_do_is_not_offered_and_is_refused(cast: Cast, signed_in: SignIn, name: str) -> None:
    case, client = open_case(cast), signed_in(name)
    said = read(client, at_case(case))
    assert "Close" not in said.partition("What you can do")[2].partition("Acts, newest")[0]
    assert client.post(at_case(case, "close/"), {"reason": "Done."}).status_code == 403
    assert client.post(at_case(case, "team/"), {}).status_code == 403


@pytest.mark.parametrize("name", ["evaluator", "lead", "administrator", "governance"])
def test_whoever_works_on_no_case_sees_none(cast: Cast, signed_in: SignIn, name: str) -> None:
    case, client = open_case(cast), signed_in(name)
    assert client.get("/cases/").status_code == 403
    assert client.get(at_case(case)).status_code == 403


def test_reading_a_case_is_one_entry_in_the_log_that_names_it(cast: Cast, signed_in: SignIn) -> None:
    case, client = open_case(cast), signed_in("officer")
    before = Entry.objects.filter(operation="consultation").count()
    client.get(at_case(case))
    [entry] = Entry.objects.filter(operation="consultation").order_by("seq")[before:]
    assert (entry.action, entry.file, entry.actor) == ("page.case:pattern", case.pk, cast.officer.staff)


def test_her_safe_contact_stands_only_before_those_who_may_see_it(cast: Cast, signed_in: SignIn) -> None:

    case = open_case(cast)
    assign(actor=cast.coordinator, case=case, staff=cast.advocate.staff, kind=RelationKind.ADVOCATE, at=NOW)
    people.agree_safe_contact(
        actor=cast.advocate,
        case_file=case.pk,
        victim=case.victim,
        rule=SafeContactRule(channels=(Channel.TEXT,)),
        note="Her sister opens her post.",
        at=NOW,
    )
    assert "Her sister opens her post." in read(signed_in("advocate"), at_case(case))
    for name in ("officer", "analyst", "clinician"):
        assert "sister" not in read(signed_in(name), at_case(case))


def test_the_words_of_an_act_are_escaped(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast, words="<script>alert(1)</script>")
    page = signed_in("officer").get(at_case(case)).content.decode()
    assert "<script>alert" not in page
    assert told(cast.analyst).words


def test_whoever_told_an_act_of_their_own_case_is_led_to_what_they_told(cast: Cast, signed_in: SignIn) -> None:
    """Who refers something never reads it at the desk: no link of the case leads them to a page that is not there."""
    case, client = open_case(cast), signed_in("officer")
    assert client.post("/refer/", {"words": "A card was left on the van."}).status_code == 303
    report = rows(Allegation, channel="referral").get()
    known(cast, report, case.victim, case.subject, at=TODAY)
    triaged(cast, report, outcome=Outcome.ADVICE_ONLY, at=TODAY)
    links = set(re.findall(r'href="(/(?:desk|refer)/[0-9a-f-]{36}/)"', client.get(at_case(case)).content.decode()))
    assert f"/refer/{report.pk}/" in links
    assert len(links) == 2
    assert {client.get(each).status_code for each in links} == {200}
    further = told(cast.analyst)
    known(cast, further, case.victim, case.subject, at=TODAY)
    links = set(
        re.findall(r'href="(/(?:desk|refer)/[0-9a-f-]{36}/)"', client.get(f"/desk/{further.pk}/").content.decode())
    )
    assert f"/refer/{report.pk}/" in links, "the desk's table of acts too"
    assert {client.get(each).status_code for each in links} == {200}


def test_a_long_case_says_what_its_picture_leaves_out_and_its_table_reaches_every_act(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = open_case(cast)
    acts(cast, case, *range(1, 12))
    client = signed_in("officer")
    assert "12 acts in 11 days" in read(client, at_case(case))
    monkeypatch.setattr("fourfold.cases.queries.case_pages.PAGE", 5)
    monkeypatch.setattr("fourfold.cases.queries.drawn.MOST_DRAWN", 4)
    said = read(client, at_case(case))
    assert "The newest 4 of 12 acts in 3 days" in said
    assert "Acts, newest first (5 of 12)" in said
    address, reports = at_case(case), []
    while address:
        found = unescape(client.get(address).content.decode())
        reports += re.findall(r'href="/desk/([0-9a-f-]{36})/"', found.partition("Acts, newest first (")[2])
        after = re.search(r'href="[^"]*(\?after=[^"]+)"', found)
        address = at_case(case, after[1]) if after else ""
    assert len(reports) == len(set(reports)) == 12
    assert "Acts, newest first (5 of 12)" in read(client, at_case(case, "?after=nonsense"))
