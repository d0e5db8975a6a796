"""Measures over time, through the real door: hers alone, under an exit, with what was missed to be seen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from fourfold.cases.models import Case
from fourfold.support import services as support
from fourfold.support.models import CheckIn, MeasureMissed
from fourfold.support.services.handing_out import SAID_NO
from fourfold.support.terms import ConsentMatter, ConsentState
from tests.cast import Cast
from tests.support.builders import ALL_ANSWERED, NOON, OPENED, bring_in, case_of
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": NOON.isoformat()}))


@pytest.fixture
def case(cast: Cast) -> Case:
    bring_in(cast, "phq-9", at=OPENED - DAY)
    return case_of(cast)


def address(case: Case, rest: str = "") -> str:
    return f"/cases/{case.reference}/victim/measures/{rest}"


def said(client: Client, address: str, **fields: str) -> str:
    answer = client.post(address, fields, follow=True) if fields else client.get(address)
    assert answer.status_code in (200, 422)
    return answer.content.decode()


@pytest.mark.parametrize("rest", ["", "phq-9/", "safety-check-in/", "phq-9/missed/"])
def test_every_page_has_an_exit_and_a_neutral_title(case: Case, signed_in: SignIn, rest: str) -> None:
    page = said(signed_in("advocate"), address(case, rest))
    assert "<title>Notes</title>" in page
    assert "Exit this page" in page


def test_a_measure_is_taken_and_stands_on_its_bands(case: Case, signed_in: SignIn) -> None:
    client = signed_in("advocate")
    nine = "interest mood sleep energy appetite self_worth concentration movement self_harm"
    answers = dict.fromkeys(nine.split(), "s2") | {"self_harm": "s0", "mode": "telephone", "once": "key-1"}
    for _ in range(2):
        page = said(client, address(case, "phq-9/"), **answers)
    assert "16, moderately severe" in page
    assert "telephone" in page
    assert "<svg" in page
    assert CheckIn.objects.unscoped("the test counts").count() == 1, "a form sent twice is stored once"


def test_nothing_answered_is_said_beside_the_form(case: Case, signed_in: SignIn) -> None:
    page = said(signed_in("advocate"), address(case, "phq-9/"), mode="video", once="key-1")
    assert "No question was answered" in page


def test_how_she_was_asked_is_asked_for(case: Case, signed_in: SignIn) -> None:
    page = said(signed_in("advocate"), address(case, "phq-9/"), mood="s1", once="key-1")
    assert "Choose how it was asked" in page


def test_a_gap_is_seen_and_explained(case: Case, signed_in: SignIn) -> None:
    client = signed_in("advocate")
    assert "not taken, and nobody said why" in said(client, address(case))
    page = said(client, address(case, "safety-check-in/missed/"), why="declined", words="Too much today", once="key-1")
    assert "not taken: the victim preferred not to" in page
    assert MeasureMissed.objects.unscoped("the test counts").get().words == "Too much today"


def test_an_answer_to_act_on_leads_the_day(cast: Cast, case: Case, signed_in: SignIn) -> None:
    support.take_measure(actor=cast.advocate, case=case, instrument="phq-9", answers={"self_harm": "s1"}, at=NOON - DAY)
    page = said(signed_in("advocate"), "/")
    assert "The victim gave an answer to act on today" in page
    assert "The victim gave an answer to act on today" not in said(signed_in("outreach"), "/")


@pytest.mark.parametrize("name", ["officer", "clinician", "olu"])
def test_for_everybody_else_there_is_no_such_page(case: Case, signed_in: SignIn, name: str) -> None:
    for rest in ("", "phq-9/"):
        assert signed_in(name).get(address(case, rest)).status_code in (403, 404)


def test_a_figure_is_chosen_before_anybody_is_looked_at(case: Case, signed_in: SignIn) -> None:
    client = signed_in("governance")
    where = "/measures/northmoor/phq-9/"
    assert "A change counts from 6 points" in said(client, where)
    page = said(client, where, norm="rci_nhs", once="key-1")
    assert "since 24 November 2026, chosen by" in page
    assert signed_in("olu").get(where).status_code in (403, 404)


def test_a_check_in_of_the_file_is_one_of_the_measures(cast: Cast, case: Case, signed_in: SignIn) -> None:
    support.check_in(actor=cast.advocate, case=case, answers=ALL_ANSWERED, at=OPENED + DAY)
    page = said(signed_in("advocate"), address(case))
    assert "No figure is published for this measure" in page
    assert "Safety check-in" in page


def test_she_may_say_that_she_would_rather_not_and_that_is_no_nought(case: Case, signed_in: SignIn) -> None:
    client = signed_in("advocate")
    assert "Prefers not to say" in said(client, address(case, "phq-9/"))
    nine = "interest mood sleep energy appetite self_worth concentration movement"
    answers = dict.fromkeys(nine.split(), "s0") | {"self_harm": "absent:refused", "mode": "video", "once": "key-1"}
    said(client, address(case, "phq-9/"), **answers)
    kept = CheckIn.objects.unscoped("the test reads it").get()
    assert kept.answers["self_harm.absent"] == "refused"


def test_what_a_victim_took_their_consent_back_for_does_not_leave_whatever_is_said_of_it(
    cast: Cast, case: Case, signed_in: SignIn
) -> None:
    """Whoever hands a measure out says that there is consent; the victim's file says what the victim said last."""
    answers = {"self_harm": "s1"}
    taken = support.take_measure(actor=cast.advocate, case=case, instrument="phq-9", answers=answers, at=NOON - DAY)
    client, save = signed_in("advocate"), address(case, f"taken/{taken.pk}/save/")
    to = {"to_whom": "The family doctor", "ground": "consent", "necessity": "Care goes on there.", "consent": "given"}
    left = {ConsentState.GIVEN: 200, ConsentState.WITHDRAWN: 422, ConsentState.REFUSED: 422}
    for hours, (state, status) in enumerate((*left.items(), (ConsentState.GIVEN, 200)), start=1):
        when = NOON - DAY + timedelta(hours=hours)
        support.record_consent(actor=cast.advocate, case=case, matter=ConsentMatter.CONFIDENCE, state=state, at=when)
        answer = client.post(save, to | {"once": f"s{hours}"})
        assert (answer.status_code, SAID_NO in answer.content.decode()) == (status, status == 422)
