"""Evaluation, roll-out and oversight in the door: who sees them, what they cost, what they say when empty."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Cast, vouched
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "welcome", "turned_away"),
    [
        ("/evaluation/", ("evaluator", "lead"), ("officer", "advocate", "administrator", "governance")),
        ("/roll-out/", ("evaluator", "lead"), ("officer", "clinician", "administrator")),
        ("/oversight/", ("governance",), ("officer", "advocate", "evaluator", "administrator")),
    ],
)
def test_each_page_is_for_its_own_professions(
    signed_in: SignIn, address: str, welcome: tuple[str, ...], turned_away: tuple[str, ...]
) -> None:
    assert [signed_in(name).get(address).status_code for name in welcome] == [200] * len(welcome)
    assert [signed_in(name).get(address).status_code for name in turned_away] == [403] * len(turned_away)


def test_an_empty_evaluation_says_what_would_fill_it(signed_in: SignIn) -> None:
    assert b"An evaluator registers a question" in signed_in("evaluator").get("/evaluation/").content


def test_an_area_is_chosen_and_planned_for(signed_in: SignIn) -> None:
    client = signed_in("lead")
    assert client.get("/roll-out/?area=E23000032", follow=True).status_code == 200
    said = client.get("/roll-out/E23000032/").content.decode()
    assert "Kent should plan for about" in said
    assert "missing" not in said.split("What is not known yet")[0]


def test_a_recommendation_sent_twice_is_kept_once(signed_in: SignIn) -> None:
    from fourfold.rollout.models import Recommendation

    client = signed_in("lead")
    for _ in range(2):
        answer = client.post("/roll-out/E23000032/recommend/", {"once": "a-key"})
        assert answer.status_code == 303
    assert Recommendation.objects.count() == 1


def test_a_recommendation_that_nobody_sent_is_not_said_to_be_recorded(signed_in: SignIn) -> None:
    said = signed_in("lead").get("/roll-out/E23000032/recommend/", follow=True).content.decode()
    assert "You have recorded the recommendation" not in said


def test_an_unknown_area_is_not_there(signed_in: SignIn) -> None:
    assert signed_in("lead").get("/roll-out/E99/").status_code == 404


def test_oversight_shows_refusals_with_the_rule_and_can_check_the_log(signed_in: SignIn, cast: Cast) -> None:
    officer, governance = signed_in("officer"), signed_in("governance")
    officer.get("/evaluation/")
    vouched(cast)  # what the cast made past the services
    said = governance.get("/oversight/?operation=refusal&check=1").content.decode()
    assert "role" in said
    assert "The log is intact" in said


def test_a_page_with_data_leaves_exactly_one_entry(signed_in: SignIn) -> None:
    from fourfold.audit.models import Entry

    client: Client = signed_in("lead")
    before = Entry.objects.filter(operation="consultation").count()
    client.get("/roll-out/E23000032/")
    assert Entry.objects.filter(operation="consultation").count() == before + 1
