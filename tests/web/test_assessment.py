"""The assessment's pages: the level before the advice, unknown beside yes and no, two people for a lower level."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from fourfold.assessment import instruments
from fourfold.assessment.models import Assessment, Draft
from fourfold.cases.models import Case
from fourfold.web import clock
from tests.cast import NOW, Cast
from tests.panel.scene import open_case, wall_off
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
FORM = instruments.load("first-line")


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case of Northmoor's, with no level yet."""
    return open_case(cast)


def address(case: Case, rest: str = "") -> str:
    """The address of the case's assessments."""
    return f"/cases/{case.reference}/assessment/{rest}"


def typed(default: str = "no", **said: str) -> dict[str, str]:
    """A form as it is sent, every question answered."""
    chosen = {item.key: default for item in FORM.items} | {"relationship": "stranger"}
    return {**chosen, "go": "keep", "level": "medium", "once": "key-1", **said}


def fill(client: Client, case: Case, **said: str) -> str:
    """Fill in a first-line form, and return where it leads."""
    answer = client.post(address(case, "new/first-line/"), typed(**said))
    assert answer.status_code == 303, answer.content.decode()[-3000:]
    return answer["Location"]


def level_of(case: Case) -> str:
    """The level that the case has now."""
    case.refresh_from_db()
    return case.level


def test_a_case_without_assessment_says_what_is_needed(signed_in: SignIn, case: Case) -> None:
    said = signed_in("officer").get(address(case)).content.decode()
    assert "First-line checklist is needed" in said
    assert "No assessment yet" in said


def test_not_known_stands_beside_yes_and_no_and_only_what_was_told_is_chosen_beforehand(
    signed_in: SignIn, case: Case
) -> None:
    said = signed_in("officer").get(address(case, "new/first-line/")).content.decode()
    for item in FORM.items:
        if item.scale == "yes_no":
            values = re.findall(rf'name="{item.key}" type="radio" value="(\w+)"', said)
            assert values == ["yes", "no", "not_known", "refused"]
    chosen = re.findall(r'name="(\w+)" type="radio" value="(\w+)" checked', said)
    assert chosen == [("earlier_reports", "yes")], "three reports are on record, and nothing else was told"
    assert said.count(" checked") == 1
    assert "Unvalidated" in said


def test_the_advice_is_not_in_the_page_on_which_the_level_is_chosen(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    before = client.get(address(case, "new/first-line/")).content.decode()
    assert "The form advises" not in before
    after = client.get(fill(client, case, threats="yes")).content.decode()
    assert "The form advises" in after
    assert "A sign of danger." in after
    assert "tell a supervisor today" in after


def test_the_level_must_be_chosen_before_or_said_to_be_unknown(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    answer = client.post(address(case, "new/first-line/"), typed(level="", threats="yes"))
    assert answer.status_code == 422
    said = answer.content.decode()
    assert "Choose a level before you see the advice" in said
    assert "The form advises" not in said
    assert re.search(r'name="threats" type="radio" value="yes" checked', said), "what was typed is shown"
    kept = Draft.objects.unscoped("test").get()
    assert (kept.advice_seen, kept.first_level) == (False, ""), "and kept, and no advice was seen"
    again = re.search(r'<form method="post" action="([^"]*/new/[^"]*)"', said)
    assert again is not None
    assert client.post(again[1], typed(level="cannot_say", threats="yes", once="key-2")).status_code == 303
    made = Draft.objects.unscoped("test").get(revises=kept)
    assert (made.advice_seen, made.first_level) == (True, "")


def test_a_form_sent_twice_is_kept_once(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    assert fill(client, case) == fill(client, case)
    assert Draft.objects.unscoped("test").count() == 1


def test_an_officer_raises_his_level_after_the_advice(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    draft = fill(client, case, threats="yes", weapons="not_known")
    said = client.get(draft).content.decode()
    assert "at least, up to" in said
    assert "1 question" in said
    answer = client.post(draft, {"do": "sign", "level": "high", "once": "key-2"})
    assert answer["Location"] == address(case) + "?done=signed"
    row = Assessment.objects.unscoped("test").get()
    assert (row.first_level, row.professional_level, row.advised) == ("medium", "high", "high")
    assert level_of(case) == "high"
    assert client.get(draft).status_code == 404, "a signed draft is no draft any more"


def test_a_lower_level_wants_a_reason_and_then_a_second_person(signed_in: SignIn, case: Case) -> None:
    officer, clinician = signed_in("officer"), signed_in("clinician")
    draft = fill(officer, case, threats="yes")
    alone = officer.post(draft, {"do": "sign", "level": "medium", "once": "key-2"})
    assert "Give the reason for medium" in alone.content.decode()
    alone = officer.post(draft, {"do": "sign", "level": "medium", "reason": "In custody.", "once": "key-3"})
    assert alone.status_code == 422
    assert "A second person must sign it" in alone.content.decode()
    assert level_of(case) == ""
    asked = officer.post(draft, {"do": "ask", "level": "medium", "reason": "In custody.", "once": "key-4"})
    assert asked.status_code == 303
    assert b"Sign or refuse: medium" in clinician.get("/").content
    page = clinician.get(address(case)).content.decode()
    link = re.search(r'href="([^"]*/signature/[^"]*)"', page)
    assert link is not None
    assert clinician.post(link[1], {"given": "yes", "once": "key-5"}).status_code == 303
    assert "Signed by Clinician" in officer.get(asked["Location"]).content.decode()
    answer = officer.post(draft, {"do": "sign", "level": "medium", "reason": "In custody.", "once": "key-6"})
    assert answer.status_code == 303
    assert level_of(case) == "medium"


def test_a_low_score_never_lowers_the_level_that_stands(signed_in: SignIn, case: Case) -> None:
    officer = signed_in("officer")
    officer.post(fill(officer, case, threats="yes"), {"do": "sign", "level": "high", "once": "key-2"})
    low = fill(officer, case, once="key-3")
    assert level_of(case) == "high", "a form that advises less changes nothing by itself"
    alone = officer.post(low, {"do": "sign", "level": "low", "reason": "A quiet month.", "once": "key-4"})
    assert (alone.status_code, level_of(case)) == (422, "high")
    assert "Low is lower than high. A second person must sign it" in alone.content.decode()


def test_going_back_keeps_the_answers_and_the_first_choice(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    draft = fill(client, case, threats="yes")
    back = re.search(r'href="([^"]*/new/first-line/[^"]+)"', client.get(draft).content.decode())
    assert back is not None
    said = client.get(back[1]).content.decode()
    assert re.search(r'name="threats" type="radio" value="yes" checked', said)
    answer = client.post(back[1], typed(threats="yes", weapons="yes", level="very_high", once="key-9"))
    client.post(answer["Location"], {"do": "sign", "level": "very_high", "once": "key-10"})
    assert Assessment.objects.unscoped("test").get().first_level == "medium"


def test_the_structured_judgement_takes_its_level_from_the_form(signed_in: SignIn, case: Case) -> None:
    client = signed_in("clinician")
    assert b"The form does not compute one" in client.get(address(case, "new/judgement/")).content
    sent = {"menace.now": "present", "formulation": "A loss.", "prioritisation": "high", "prioritisation.note": "x"}
    answer = client.post(address(case, "new/judgement/"), {**sent, "go": "keep", "once": "key-1"})
    said = client.get(answer["Location"]).content.decode()
    assert "judgement is the level" in said
    assert client.post(answer["Location"], {"do": "sign", "once": "key-2"}).status_code == 303
    assert level_of(case) == "high"
    assert Assessment.objects.unscoped("test").get().formulation == "A loss."


def test_a_signed_assessment_is_read_question_by_question(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    client.post(fill(client, case, threats="yes", level="high"), {"do": "sign", "level": "high", "once": "key-2"})
    link = re.search(r'href="(/cases/[^"]*/assessment/[0-9a-f-]{36}/)"', client.get(address(case)).content.decode())
    assert link is not None
    said = signed_in("outreach").get(link[1]).content.decode()
    assert "Questions and answers" in said
    assert "Threats" in said


@pytest.mark.parametrize("rest", ["", "new/first-line/"])
def test_another_site_and_a_walled_colleague_get_the_same_page_as_for_nothing(
    signed_in: SignIn, cast: Cast, case: Case, rest: str
) -> None:
    wall_off(cast, "second_officer", case)
    absent = signed_in("olu").get("/cases/FF-NOSUC/assessment/")
    for name in ("olu", "second_officer"):
        answer = signed_in(name).get(address(case, rest))
        assert answer.status_code == absent.status_code == 404
        assert heading(answer.content) == heading(absent.content)


def heading(content: bytes) -> list[bytes]:
    """What a page says in its main part."""
    return re.findall(rb"<main.*</main>", content, re.DOTALL)


@pytest.mark.parametrize(("name", "status"), [("analyst", 403), ("coordinator", 403), ("governance", 403)])
def test_who_does_not_assess_does_not_fill_in(signed_in: SignIn, case: Case, name: str, status: int) -> None:
    assert signed_in(name).get(address(case, "new/first-line/")).status_code == status


@pytest.mark.parametrize("instrument", ["nothing", "safety-check-in", "first-line-2"])
def test_a_form_that_is_not_there_is_not_found(signed_in: SignIn, case: Case, instrument: str) -> None:
    assert signed_in("officer").get(address(case, f"new/{instrument}/")).status_code == 404


def test_the_page_costs_a_known_number_of_statements(
    signed_in: SignIn, case: Case, django_assert_max_num_queries: object
) -> None:
    client = signed_in("officer")
    client.post(fill(client, case, level="low"), {"do": "sign", "level": "low", "once": "key-2"})
    with django_assert_max_num_queries(60):  # type: ignore[operator]
        client.get(address(case))


@pytest.mark.parametrize(
    ("name", "offered"), [("officer", True), ("advocate", True), ("coordinator", False), ("chair", False)]
)
def test_a_form_is_offered_to_whoever_may_fill_it_in_and_to_nobody_else(
    signed_in: SignIn, case: Case, name: str, offered: bool
) -> None:
    client = signed_in(name)
    said = client.get(address(case)).content.decode()
    assert ("/assessment/new/" in said) is offered
    form = client.get(address(case, "new/first-line/"))
    assert (form.status_code == 200) is offered
