"""The panel's pages: alone first, then together, then one decision in which nothing is missing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from fourfold.access import services as access
from fourfold.assessment import services as assessment
from fourfold.assessment.terms import Answer as Given
from fourfold.audit.models import Entry
from fourfold.cases import services as cases
from fourfold.cases.models import Case, CaseAct
from fourfold.cases.terms import Answer, Level, ScreeningAnswers
from fourfold.exhibits.models import Exhibit
from fourfold.panel.models import Decision, Item, Measure, Sitting, View
from fourfold.plan.models import Action
from fourfold.web import clock
from tests.cast import NOW, Cast
from tests.panel.scene import bring_before_panel, hear, open_case, ready_to_decide, wall_off
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case of Northmoor's, with no level yet."""
    return open_case(cast)


def item_address(item: Item, rest: str = "") -> str:
    """The address of an item."""
    return f"/panel/items/{item.pk}/{rest}"


def view(**said: str) -> dict[str, str]:
    """A view as it is sent."""
    return {"level": "high", "position": "He came to the door.", "certainty": "sure", "once": "key-v", **said}


def decision(**said: str) -> dict[str, str]:
    """A decision as it is sent, with two measures and an empty row between them."""
    whole = {
        "do": "decide",
        "formulation": "Each limit is followed by acts.",
        "level": "high",
        "victim_safety": "She is told by text.",
        "without_assessment": "He is at her door tonight.",
        "order_considered": "yes",
        "order_reason": "A warning changed nothing.",
        "under_investigation": "yes",
        "measure-1-what": "Tell her before the arrest",
        "measure-1-strand": "victim_safety",
        "measure-1-owner_partner": "northmoor-advocacy",
        "measure-1-due_on": "27/11/2026",
        "measure-2-strand": "psychological",
        "measure-3-what": "Arrest for the breach",
        "measure-3-strand": "legal",
        "measure-3-owner_partner": "northmoor-police",
        "measure-3-due_on": "28/11/2026",
        "measure-3-tell_victim_first": "yes",
        "dissent": "Mental health: medium.",
        "review_on-day": "29",
        "review_on-month": "11",
        "review_on-year": "2026",
        "once": "key-d",
    }
    return {**whole, **said}


def seen_version(client: Client, item: Item) -> str:
    """The version that the decision's page shows."""
    found = re.search(r'name="version" value="(\d+)"', client.get(item_address(item, "decide/")).content.decode())
    assert found is not None
    return found[1]


# --- sittings ---------------------------------------------------------------------------------------------


def test_a_coordinator_calls_a_sitting_and_each_profession_sees_it_today(
    signed_in: SignIn, cast: Cast, case: Case
) -> None:
    client = signed_in("coordinator")
    assert case.reference in client.get("/panel/new/northmoor/").content.decode()
    sent = {"starts_at-day": "26", "starts_at-month": "11", "starts_at-year": "2026", "starts_at-time": "14:00"}
    sent |= {"chair": str(cast.staff["chair"].pk), "cases": str(case.pk), "once": "key-1"}
    answer = client.post("/panel/new/northmoor/", sent)
    assert answer.status_code == 303, answer.content.decode()[-2000:]
    said = client.get(answer["Location"]).content.decode()
    assert case.reference in said
    assert "missing: police, mental health, outreach, advocacy" in said
    assert b"Give your view on 1 case" in signed_in("advocate").get("/").content
    assert client.post("/panel/new/northmoor/", sent).status_code == 303
    assert Sitting.objects.count() == 1, "a form sent twice calls one sitting"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"starts_at-day": ""}, "Enter a real date"),
        ({"starts_at-day": "23"}, "The day of the sitting has passed"),
        ({"starts_at-day": "31"}, "Enter a real date"),
        ({"starts_at-time": "25:00"}, "Enter a real time"),
        ({"chair": ""}, "Choose who will chair"),
        ({"cases": ""}, "Choose at least one case"),
    ],
)
def test_a_sitting_that_cannot_be_says_what_to_mend_and_keeps_what_was_typed(
    signed_in: SignIn, cast: Cast, case: Case, changes: dict[str, str], problem: str
) -> None:
    sent = {"starts_at-day": "26", "starts_at-month": "11", "starts_at-year": "2026", "starts_at-time": "14:05"}
    sent |= {"chair": str(cast.staff["chair"].pk), "cases": str(case.pk), **changes}
    answer = signed_in("coordinator").post("/panel/new/northmoor/", sent)
    assert answer.status_code == 422
    said = answer.content.decode()
    assert problem in said
    assert 'value="2026"' in said
    assert not Sitting.objects.exists()


def test_a_case_is_added_to_a_sitting(signed_in: SignIn, cast: Cast, case: Case) -> None:
    sitting = bring_before_panel(cast, case).sitting
    more = open_case(cast)
    client = signed_in("chair")
    sent = {"cases": str(more.pk), "why": "Breach of condition 3", "once": "key-1"}
    assert client.post(f"/panel/{sitting.pk}/add/", sent).status_code == 303
    assert "Breach of condition 3" in client.get(f"/panel/{sitting.pk}/").content.decode()


@pytest.mark.door("bad input")
def test_a_case_is_heard_once_at_a_sitting(signed_in: SignIn, cast: Cast, case: Case) -> None:
    item = ready_to_decide(cast, case)
    chair, add = signed_in("chair"), f"/panel/{item.sitting_id}/add/"
    waiting = chair.post(add, {"cases": str(case.pk), "once": "key-1"})
    assert (waiting.status_code, b"is before a panel already" in waiting.content) == (422, True)
    decided = chair.post(item_address(item, "decide/"), decision(version=seen_version(chair, item)))
    assert decided.status_code == 303
    again = chair.post(add, {"cases": str(case.pk), "once": "key-2"})
    assert (again.status_code, b"was heard at this sitting" in again.content) == (422, True)
    assert f'value="{case.pk}"' not in chair.get(add).content.decode()
    assert Item.objects.unscoped("test").count() == 1


def test_not_everybody_calls_a_sitting(signed_in: SignIn) -> None:
    assert signed_in("officer").get("/panel/new/northmoor/").status_code == 403
    assert b"Call a sitting" not in signed_in("officer").get("/panel/").content


# --- views ------------------------------------------------------------------------------------------------


def test_the_views_of_others_stay_shut_until_mine_is_in(signed_in: SignIn, cast: Cast, case: Case) -> None:
    item = bring_before_panel(cast, case)
    hear(cast, item, "advocate")
    client = signed_in("officer")
    before = client.get(item_address(item)).content.decode()
    assert "Views: 1 of 4 given" in before
    assert "The advocate worries" not in before
    assert "rules suggest" not in before
    assert "after you give your own view" in before
    assert client.post(item_address(item), view()).status_code == 303
    after = client.get(item_address(item)).content.decode()
    assert "The advocate worries about the nights." in after
    assert "rules suggest" in after


def test_a_view_without_words_or_level_is_asked_for_again(signed_in: SignIn, cast: Cast, case: Case) -> None:
    item = bring_before_panel(cast, case)
    client = signed_in("officer")
    answer = client.post(item_address(item), view(position="", level="", proposes="Arrest."))
    assert answer.status_code == 422
    said = answer.content.decode()
    assert "Say what worries you most" in said
    assert "Choose a level" in said
    assert "Arrest." in said
    assert not View.objects.unscoped("test").exists()
    assert client.post(item_address(item), view(level="cannot_say")).status_code == 303
    assert View.objects.unscoped("test").get().level == ""


def test_a_view_sent_twice_is_kept_once(signed_in: SignIn, cast: Cast, case: Case) -> None:
    item = bring_before_panel(cast, case)
    client = signed_in("officer")
    for _ in range(2):
        assert client.post(item_address(item), view()).status_code == 303
    assert View.objects.unscoped("test").count() == 1


def test_the_chair_opens_the_views_when_all_are_in(signed_in: SignIn, cast: Cast, case: Case) -> None:
    item = bring_before_panel(cast, case)
    client = signed_in("chair")
    assert "Views still to come" in client.get(item_address(item)).content.decode()
    refused = client.post(item_address(item, "open/"), {"version": "1", "once": "key-1"})
    assert refused.status_code == 422
    hear(cast, item)
    assert client.post(item_address(item, "open/"), {"version": "1", "once": "key-2"}).status_code == 303
    said = client.get(item_address(item)).content.decode()
    assert "Record the decision" in said
    assert "The outreach worries" in said


# --- the decision -----------------------------------------------------------------------------------------


def test_a_decision_is_recorded_with_its_actions(signed_in: SignIn, cast: Cast, case: Case) -> None:
    item = ready_to_decide(cast, case)
    client = signed_in("chair")
    answer = client.post(item_address(item, "decide/"), decision(version=seen_version(client, item)))
    assert answer.status_code == 303, answer.content.decode()[-3000:]
    said = client.get(answer["Location"]).content.decode()
    for words in (
        "Each limit is followed by acts.",
        "She is told by text.",
        "Tell her before the arrest",
        "Northmoor Police",
        "the victim is told first",
        "Protection order sought: yes",
        "Mental health: medium.",
    ):
        assert words in said
    assert Measure.objects.unscoped("test").count() == Action.objects.unscoped("test").count() == 2
    case.refresh_from_db()
    assert case.level == "high"
    shown = signed_in("outreach").get(f"/cases/{case.reference}/panel/").content.decode()
    assert "Each limit is followed by acts." in shown


def test_everything_that_is_missing_is_said_at_once_and_nothing_typed_is_lost(
    signed_in: SignIn, cast: Cast, case: Case
) -> None:
    item = ready_to_decide(cast, case)
    client = signed_in("chair")
    sent = decision(
        **{
            "victim_safety": "",
            "order_considered": "",
            "measure-1-owner_partner": "",
            "measure-3-due_on": "01/11/2026",
            "version": seen_version(client, item),
        }
    )
    answer = client.post(item_address(item, "decide/"), sent)
    assert answer.status_code == 422
    said = answer.content.decode()
    for problem in (
        "Say what will be done for the victim",
        "Say whether a stalking protection order is sought",
        "Say which agency owns measure 1",
        "The date of measure 2 must be today or later",
    ):
        assert problem in said
    assert 'href="#measure-2-due_on"' in said, "rows are numbered as they stand on the page now"
    assert 'id="measure-2-due_on"' in said
    assert "Each limit is followed by acts." in said
    assert not Decision.objects.unscoped("test").exists()


def test_the_page_says_who_stands_higher_and_a_lower_decision_takes_their_words(
    signed_in: SignIn, cast: Cast, case: Case
) -> None:
    item = ready_to_decide(cast, case)
    hear(cast, item, "advocate", level=Level.VERY_HIGH, at=NOW + timedelta(minutes=1))
    client = signed_in("chair")
    offered = client.get(item_address(item, "decide/")).content.decode()
    assert "Highest view: advocacy" in offered
    sent = decision(dissent="", version=seen_version(client, item))
    refused = client.post(item_address(item, "decide/"), sent)
    assert refused.status_code == 422
    said = refused.content.decode()
    assert 'href="#dissent"' in said
    assert "Advocacy recommends very high, and the panel would decide high." in said
    assert "Each limit is followed by acts." in said
    done = client.post(item_address(item, "decide/"), {**sent, "dissent": "Advocacy: he found her twice."})
    assert done.status_code == 303
    kept = client.get(done["Location"]).content.decode()
    assert "Lower than the level recommended by" in kept
    assert "Advocacy: he found her twice." in kept


def test_direct_work_under_investigation_is_refused_at_its_measure(signed_in: SignIn, cast: Cast, case: Case) -> None:
    item = ready_to_decide(cast, case)
    client = signed_in("chair")
    sent = decision(**{"measure-1-direct_work": "yes", "version": seen_version(client, item)})
    said = client.post(item_address(item, "decide/"), sent).content.decode()
    assert "No direct psychological work while the subject is under investigation." in said


def test_more_rows_keep_what_was_typed(signed_in: SignIn, cast: Cast, case: Case) -> None:
    item = ready_to_decide(cast, case)
    said = signed_in("chair").post(item_address(item, "decide/"), decision(do="more")).content.decode()
    assert 'name="measure-5-what"' in said
    assert "Arrest for the breach" in said
    assert not Decision.objects.unscoped("test").exists()


def test_pressing_twice_records_one_decision(signed_in: SignIn, cast: Cast, case: Case) -> None:
    item = ready_to_decide(cast, case)
    client = signed_in("chair")
    sent = decision(version=seen_version(client, item))
    first, second = (client.post(item_address(item, "decide/"), sent) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert Decision.objects.unscoped("test").count() == 1


def test_the_second_chair_sees_both_and_loses_nothing(signed_in: SignIn, cast: Cast, case: Case) -> None:
    item = ready_to_decide(cast, case)
    client = signed_in("chair")
    version = seen_version(client, item)
    client.post(item_address(item, "decide/"), decision(version=version, once="key-1"))
    answer = client.post(
        item_address(item, "decide/"), decision(version=version, once="key-2", formulation="Mine is another.")
    )
    assert answer.status_code == 409
    said = answer.content.decode()
    assert "Somebody else changed this item. Your entries are not lost" in said
    assert "Each limit is followed by acts." in said
    assert "Mine is another." in said


def test_a_lower_level_waits_for_a_colleagues_signature_and_keeps_the_page(signed_in: SignIn, cast: Cast) -> None:
    case = open_case(cast, breaches=2)
    item = ready_to_decide(cast, case)
    chair, clinician = signed_in("chair"), signed_in("clinician")
    lower = {"level": "medium", "level_reason": "Both breaches were by post.", "version": seen_version(chair, item)}
    refused = chair.post(item_address(item, "decide/"), decision(once="key-1", **lower))
    assert "A second person must sign it" in refused.content.decode()
    asked = chair.post(item_address(item, "decide/"), decision(do="ask", once="key-2", **lower))
    assert "You have asked a colleague to sign" in asked.content.decode()
    assert "Arrest for the breach" in asked.content.decode()
    link = re.search(r'href="([^"]*/signature/[^"]*)"', clinician.get("/").content.decode())
    assert link is not None
    clinician.post(link[1], {"given": "yes", "once": "key-3"})
    done = chair.post(item_address(item, "decide/"), decision(once="key-4", **lower))
    assert done.status_code == 303, done.content.decode()[-2500:]
    assert Decision.objects.unscoped("test").get().countersigned_by == cast.staff["clinician"].pk


@pytest.mark.parametrize("name", ["officer", "advocate", "clinician", "coordinator"])
def test_only_a_chair_reaches_the_decision(signed_in: SignIn, cast: Cast, case: Case, name: str) -> None:
    item = ready_to_decide(cast, case)
    assert signed_in(name).get(item_address(item, "decide/")).status_code == 403
    assert "Record the decision" not in signed_in(name).get(item_address(item)).content.decode()


# --- minutes, and who finds nothing -----------------------------------------------------------------------


def test_minutes_are_made_for_one_agency(signed_in: SignIn, cast: Cast, case: Case) -> None:
    item = ready_to_decide(cast, case)
    client = signed_in("chair")
    client.post(item_address(item, "decide/"), decision(version=seen_version(client, item)))
    sent = {"partner": "northmoor-nhs", "form": "pdf", "once": "key-m"}
    assert client.post(item_address(item, "minutes/"), sent).status_code == 303
    assert Exhibit.objects.unscoped("test").get().kind == "minutes"
    assert client.post(item_address(item, "minutes/"), {"partner": "", "form": "pdf"}).status_code == 422


def test_another_site_and_a_walled_colleague_find_nothing(signed_in: SignIn, cast: Cast, case: Case) -> None:
    item = bring_before_panel(cast, case, open_case(cast))
    wall_off(cast, "second_officer", case)
    for name in ("olu", "second_officer"):
        client = signed_in(name)
        assert client.get(item_address(item)).status_code == 404
        assert client.post(item_address(item), view()).status_code == 404
        assert client.get(f"/cases/{case.reference}/panel/").status_code == 404
    said = signed_in("second_officer").get(f"/panel/{item.sitting_id}/").content.decode()
    assert case.reference not in said
    assert signed_in("olu").get(f"/panel/{item.sitting_id}/").status_code == 404


def test_every_reading_of_an_item_is_one_entry(signed_in: SignIn, cast: Cast, case: Case) -> None:
    item = bring_before_panel(cast, case)
    client = signed_in("officer")
    before = Entry.objects.filter(operation="consultation").count()
    client.get(item_address(item))
    assert Entry.objects.filter(operation="consultation").count() == before + 1


def test_an_item_costs_the_same_for_four_acts_and_for_forty(
    signed_in: SignIn, cast: Cast, django_assert_max_num_queries: object
) -> None:
    item = ready_to_decide(cast, open_case(cast, acts=20))
    client = signed_in("officer")
    with django_assert_max_num_queries(60):  # type: ignore[operator]
        assert client.get(item_address(item)).status_code == 200


# ---- without an assessment --------------------------------------------------------------------------------------


def test_f3_a_panel_that_decides_without_an_assessment_says_why(signed_in: SignIn, cast: Cast, case: Case) -> None:
    item = ready_to_decide(cast, case)
    client = signed_in("chair")
    decide = item_address(item, "decide/")
    assert "Assess the case first" in client.get(decide).content.decode()
    refused = client.post(decide, decision(without_assessment=" ", once="a")).content.decode()
    assert "Assess it first, or say why the panel decides without one." in refused
    assert not Decision.objects.unscoped("test").exists()
    assert client.post(decide, decision(once="b")).status_code == 303
    read = client.get(item_address(item)).content.decode()
    assert "Decided without an up-to-date assessment" in read
    assert "He is at her door tonight." in read


def test_f3_after_an_assessment_nobody_is_asked_why_there_is_none(signed_in: SignIn, cast: Cast, case: Case) -> None:
    item = ready_to_decide(cast, case)
    given = [Given("threats", option="yes", note="her words")]
    assessment.record_assessment(actor=cast.officer, case=case, instrument="first-line", answers=given, at=NOW)
    client = signed_in("chair")
    assert "Assess the case first" not in client.get(item_address(item, "decide/")).content.decode()
    sent = decision(once="a")
    assert client.post(item_address(item, "decide/"), sent).status_code == 303
    assert Decision.objects.unscoped("test").get().without_assessment == ""


def test_what_is_ticked_stays_ticked_while_the_cases_of_a_new_sitting_are_searched_and_turned(
    cast: Cast, signed_in: SignIn
) -> None:
    chosen, *others = (open_case(cast, acts=0) for _ in range(70))
    client, here = signed_in("coordinator"), "/panel/new/northmoor/"
    first = client.get(here).content.decode()
    assert "60 of 70 cases" in first
    typed = {"cases": str(chosen.pk), "starts_at-day": "27", "starts_at-month": "11", "starts_at-year": "2026"}
    wanted = others[40].reference
    found = client.post(here, {**typed, "look": "search", "words": wanted.lower()})
    said = found.content.decode()
    assert found.status_code == 200
    assert "1 of 1 case" in said
    assert re.search(rf'value="{chosen.pk}"[^>]*checked', said)
    assert wanted in said
    assert others[41].reference not in said
    assert 'value="27"' in said
    turned = re.search(r"after:[\w=-]+", first)
    assert turned
    said = client.post(here, {**typed, "look": turned[0]}).content.decode()
    assert "10 of 70 cases, after the 1 case that you have ticked" in said
    assert re.search(rf'value="{chosen.pk}"[^>]*checked', said)
    assert not Sitting.objects.exists()


def test_once_a_wall_stands_around_who_is_known_nobody_else_at_the_table_is_asked(
    cast: Cast, signed_in: SignIn
) -> None:
    case = open_case(cast)
    item = bring_before_panel(cast, case)
    report = CaseAct.objects.unscoped("test").filter(case=case).first().allegation
    answers = ScreeningAnswers(known_to_staff=Answer.YES)
    cases.screen(actor=cast.analyst, allegation=report, answers=answers, at=NOW)
    asked, here = "somebody who works here knows the subject", f"/panel/items/{item.pk}/"
    pages = [signed_in(name).get(here).content.decode() for name in ("clinician", "advocate", "outreach")]
    assert [asked in page for page in pages] == [True, True, True]
    files = [report.pk, case.pk]
    access.set_wall(actor=cast.governance, files=files, staff=cast.staff["officer"].pk, reason="A cousin.", at=NOW)
    pages = [signed_in(name).get(here).content.decode() for name in ("clinician", "advocate", "outreach")]
    assert [asked in page for page in pages] == [False, False, False]
    assert signed_in("officer").get(here).status_code == 404
