"""Something happened: each kind can be told in the browser, brings the review forward, and the day's list names it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from fourfold.cases import services as cases
from fourfold.cases.models import Case, ReviewDue
from fourfold.cases.rules import EVENT_WITHIN, EVENT_WORDS
from fourfold.cases.terms import Level, SetBy, State, Trigger
from fourfold.web import clock
from tests.cast import NOW, Cast
from tests.panel.scene import open_case, wall_off
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case with a low level, whose next review lies weeks ahead."""
    found = open_case(cast)
    cases.set_level(actor=cast.officer, case=found, level=Level.LOW, set_in=SetBy.PROFESSIONAL, at=NOW)
    return found


def address(case: Case) -> str:
    return f"/cases/{case.reference}/happened/"


def typed(**said: str) -> dict[str, str]:
    """The form as it is sent."""
    return {"trigger": "weapon", "words": "A neighbour saw a knife.", "once": "key-1", **said}


def waited_for(case: Case) -> ReviewDue:
    return ReviewDue.objects.unscoped("test").get(case=case, done_at__isnull=True, superseded_at__isnull=True)


@pytest.mark.parametrize("name", ["officer", "analyst", "clinician", "outreach", "advocate", "coordinator", "chair"])
def test_everybody_on_the_team_finds_the_form_and_every_event_on_it(signed_in: SignIn, case: Case, name: str) -> None:
    client = signed_in(name)
    assert address(case) in client.get(f"/cases/{case.reference}/").content.decode()
    said = client.get(address(case)).content.decode()
    assert re.findall(r'name="trigger" type="radio" value="(\w+)"', said) == list(EVENT_WORDS)
    assert "looked at within 24 hours" in said
    assert "checked" not in said


@pytest.mark.parametrize("trigger", sorted(EVENT_WORDS))
def test_each_event_is_told_and_the_page_says_when_the_review_is(
    signed_in: SignIn, case: Case, trigger: Trigger
) -> None:
    client = signed_in("outreach")
    answer = client.post(address(case), typed(trigger=trigger))
    assert (answer.status_code, answer["Location"]) == (303, f"/cases/{case.reference}/")
    assert waited_for(case).due_at == NOW + EVENT_WITHIN[trigger]
    assert "A neighbour saw a knife." in client.get(answer["Location"]).content.decode()


def test_the_days_list_names_the_review_with_what_brought_it_forward(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    assert b"knife" not in client.get("/").content
    client.post(address(case), typed())
    said = client.get("/").content.decode()
    assert "weapon: A neighbour saw a knife." in said
    assert case.reference in said


def test_a_day_ahead_counts_from_that_day(signed_in: SignIn, case: Case) -> None:
    when = {"happens_at-day": "4", "happens_at-month": "12", "happens_at-year": "2026"}
    signed_in("officer").post(address(case), typed(trigger="court_date", **when))
    assert waited_for(case).due_at == NOW.replace(month=12, day=7, hour=12)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"trigger": ""}, "Choose what happened"),
        ({"trigger": "telepathy"}, "Choose one of the answers shown"),
        ({"trigger": "breach"}, "record a breach under orders"),
        ({"words": " "}, "who told you"),
        ({"words": "x" * 121}, "Shorten this to 120"),
        ({"happens_at-day": "31", "happens_at-month": "2", "happens_at-year": "2026"}, "Enter a real date"),
    ],
)
def test_what_was_typed_is_kept_with_what_is_wrong_with_it(
    signed_in: SignIn, case: Case, said: dict[str, str], problem: str
) -> None:
    answer = signed_in("officer").post(address(case), typed(**said))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert problem in page
    assert said.get("words", "A neighbour saw a knife.").strip() in page
    assert waited_for(case).trigger == Trigger.CLOCK


def test_sent_twice_it_is_kept_once(signed_in: SignIn, case: Case) -> None:
    client = signed_in("officer")
    assert client.post(address(case), typed())["Location"] == client.post(address(case), typed())["Location"]
    assert ReviewDue.objects.unscoped("test").filter(case=case, trigger=Trigger.WEAPON).count() == 1


def test_a_closed_case_offers_no_form_and_takes_none(signed_in: SignIn, case: Case) -> None:
    from fourfold.cases.models import StateSet
    from tests.panel.scene import HELD

    row = StateSet.objects.unscoped("test").get(case=case)
    StateSet.objects.create(
        case=case,
        state=State.CLOSED,
        entered_at=NOW - timedelta(days=1),
        recorded_at=NOW,
        recorded_by=row.recorded_by,
        **HELD,
    )
    Case.objects.unscoped("test").filter(pk=case.pk).update(state=State.CLOSED)
    client = signed_in("officer")
    assert "Something happened" not in client.get(f"/cases/{case.reference}/").content.decode()
    assert "A new act opens it again" in client.post(address(case), typed()).content.decode()


def test_another_site_and_a_walled_colleague_find_nothing(signed_in: SignIn, cast: Cast, case: Case) -> None:
    wall_off(cast, "second_officer", case)
    for name in ("olu", "second_officer"):
        client = signed_in(name)
        assert client.get(address(case)).status_code == client.post(address(case), typed()).status_code == 404
    assert signed_in("governance").get(address(case)).status_code == 403
