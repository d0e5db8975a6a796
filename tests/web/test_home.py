"""The day of each profession, and finding a case or a person."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from markupsafe import escape

from fourfold.glossary import headings
from fourfold.intake.terms import Urgency
from tests.cases.builders import told
from tests.cast import NOW, Cast
from tests.web.conftest import SignIn
from tests.web.test_desk import DAY

pytestmark = pytest.mark.django_db

CASEWORKERS = ("analyst", "officer", "coordinator", "clinician", "outreach", "advocate", "chair")


@pytest.mark.parametrize("name", CASEWORKERS)
def test_an_empty_day_says_what_would_fill_it(signed_in: SignIn, name: str) -> None:
    answer = signed_in(name).get("/")
    assert answer.status_code == 200
    assert b"You have nothing to do" in answer.content
    assert b"What your role has to do or decide appears here" in answer.content, "no role is promised another's work"


@pytest.mark.parametrize(
    ("name", "place"), [("evaluator", "/evaluation/"), ("lead", "/roll-out/"), ("governance", "/oversight/")]
)
def test_those_without_cases_are_led_to_their_own_page(signed_in: SignIn, name: str, place: str) -> None:
    assert signed_in(name).get("/")["Location"] == place


@pytest.mark.parametrize("words", ["", "FF-NOSUCH", "Nobody", "07700 900123", "<script>", "\x00", "%", "a" * 300])
def test_what_is_not_there_is_not_found_whatever_is_typed(signed_in: SignIn, words: str) -> None:
    answer = signed_in("officer").get("/find/", {"q": words})
    assert answer.status_code == 200
    assert b"<script>alert" not in answer.content


def test_who_works_on_no_case_finds_none(signed_in: SignIn) -> None:
    assert signed_in("evaluator").get("/find/", {"q": "Nobody"}).status_code == 403


def test_the_day_costs_the_same_number_of_statements(signed_in: SignIn, django_assert_max_num_queries: object) -> None:
    client = signed_in("officer")
    client.get("/")
    with django_assert_max_num_queries(10 if connection.vendor == "sqlite" else 9):  # type: ignore[operator]
        client.get("/")


def test_danger_now_comes_first_however_much_has_come_in_since(cast: Cast, signed_in: SignIn) -> None:
    told(
        cast.analyst,
        at=NOW - DAY,
        words="He stands at her door.",
        reference="DANGER-1",
        urgency=Urgency.NOW,
        urgency_reasons=["said to be happening now"],
    )
    for number in range(25):
        told(cast.analyst, at=NOW - DAY / 2, words=f"The words of number {number}.", urgency=Urgency.ROUTINE)
    day = signed_in("officer").get("/?show=unit").content.decode()
    assert day.index("said to be happening now") < day.index("What to do, in order")


def test_every_page_leads_to_the_words_we_use(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("officer")
    assert 'href="/help/words/"' in client.get("/").content.decode()
    said = client.get("/help/words/").content.decode()
    for heading, meanings in headings().items():
        assert heading in said
        assert all(str(escape(meaning)) in said for meaning in meanings.values())


def test_the_words_are_for_whoever_has_signed_in(client: Client) -> None:
    assert client.get("/help/words/").status_code == 302
