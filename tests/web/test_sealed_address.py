"""Opening a sealed address through the real door: two people, two sessions, one showing, and no trace for anybody else."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from fourfold.access import services as access
from fourfold.audit.models import Entry
from fourfold.cases.models import Case
from fourfold.people.models import AddressAsked, AddressOpened
from fourfold.support import services as support
from tests.cast import Cast
from tests.support.builders import NOON, case_of
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

WHERE = "Flat 2, 9 Invented Mews"
REASON = "She did not answer and was taken to hospital tonight."
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Stop the clock at noon, and return what sets it."""

    def set_to(at: datetime) -> None:
        stopped = settings.FOURFOLD.model_copy(update={"app_clock": at.isoformat()})
        monkeypatch.setattr(settings, "FOURFOLD", stopped)

    set_to(NOON)
    return set_to


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case with her advocate, and an address that was sealed."""
    case = case_of(cast)
    support.keep_address(actor=cast.advocate, case=case, address=f"{WHERE}\nNowhere", at=NOON)
    return case


def page(case: Case, rest: str = "ask/") -> str:
    return f"/cases/{case.reference}/victim/address/{rest}"


def ask(client: Client, case: Case, reason: str = REASON) -> str:
    """Ask, and return the address of the request."""
    answer = client.post(page(case), {"reason": reason})
    assert answer.status_code == 303
    return str(answer["Location"])


def answer(client: Client, request: str, given: str = "yes", words: str = "") -> Any:
    return client.post(request, {"given": given, "words": words})


def masked(content: bytes) -> bytes:
    return re.sub(rb'name="(csrfmiddlewaretoken|once)" value="[^"]*"', b"", content)


def test_one_asks_another_answers_on_the_day_s_list_and_the_first_opens_it_once(
    cast: Cast, signed_in: SignIn, case: Case
) -> None:
    hers, second = signed_in("advocate"), signed_in("second_advocate")
    assert "Ask to open the sealed address" in hers.get(f"/cases/{case.reference}/victim/").content.decode()
    request = ask(hers, case)
    assert "waiting for a colleague" in hers.get(request).content.decode().lower()
    today = second.get("/").content.decode()
    assert "A colleague needs a second advocate" in today
    assert request in today
    asked = second.get(request).content.decode()
    assert REASON in asked
    assert "Do you agree to open it for this reason?" in asked
    assert answer(second, request).status_code == 303
    assert "Open what you asked for" in hers.get("/").content.decode()
    assert "Open it now, once" in hers.get(request).content.decode()

    shown = hers.post(f"{request}open/")
    assert WHERE in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    assert "Specimen" not in shown.content.decode(), "the subject stands on no page with her address"
    assert AddressOpened.objects.unscoped("test").count() == 1
    again = hers.post(f"{request}open/").content.decode()
    assert "already been opened on this request" in again
    for place in (request, page(case), f"/cases/{case.reference}/victim/", "/"):
        assert WHERE not in hers.get(place).content.decode()
    assert Entry.objects.filter(action="safe_address.revealed").count() == 1


def test_an_opening_sent_twice_shows_it_once(cast: Cast, signed_in: SignIn, case: Case) -> None:
    hers = signed_in("advocate")
    request = ask(hers, case)
    answer(signed_in("second_advocate"), request)
    form = {"once": "one-key"}
    assert WHERE in hers.post(f"{request}open/", form).content.decode()
    again = hers.post(f"{request}open/", form)
    assert (again.status_code, again["Location"]) == (303, request)


def test_it_is_opened_by_sending_a_form_never_by_following_a_link(cast: Cast, signed_in: SignIn, case: Case) -> None:
    hers = signed_in("advocate")
    request = ask(hers, case)
    answer(signed_in("second_advocate"), request)
    for method in (hers.get, hers.head):
        assert method(f"{request}open/").status_code == 405
    assert "It only takes forms. Go back, and open the page again." in hers.get(f"{request}open/").content.decode()
    assert not AddressOpened.objects.unscoped("test").exists()


def test_a_no_is_said_with_words_and_read(cast: Cast, signed_in: SignIn, case: Case) -> None:
    hers, second = signed_in("advocate"), signed_in("second_advocate")
    request = ask(hers, case)
    assert "Choose yes or no" in second.post(request, {}).content.decode()
    assert "Say why not" in answer(second, request, "no").content.decode()
    answer(second, request, "no", "Ring her sister first.")
    said = hers.get(request).content.decode()
    assert "A colleague said no" in said
    assert "Ring her sister first." in said
    assert "Your colleague said no" in hers.post(f"{request}open/").content.decode()


def test_nobody_answers_their_own_request(cast: Cast, signed_in: SignIn, case: Case) -> None:
    hers = signed_in("advocate")
    request = ask(hers, case)
    assert "Do you agree to open it" not in hers.get(request).content.decode()
    assert "cannot approve this yourself" in answer(hers, request).content.decode()


def test_a_yes_holds_for_fifteen_minutes(cast: Cast, signed_in: SignIn, case: Case, clock: Any) -> None:
    hers = signed_in("advocate")
    request = ask(hers, case)
    answer(signed_in("second_advocate"), request)
    clock(NOON + 15 * MINUTE)
    assert "expired" in hers.get(request).content.decode().lower()
    assert "has run out" in hers.post(f"{request}open/").content.decode()
    assert ask(hers, case) != request


@pytest.mark.parametrize("reason", ["", "too short"])
def test_a_request_without_a_reason_is_given_back(cast: Cast, signed_in: SignIn, case: Case, reason: str) -> None:
    said = signed_in("advocate").post(page(case), {"reason": reason})
    assert said.status_code == 422
    assert "There is a problem" in said.content.decode()
    assert not AddressAsked.objects.unscoped("test").exists()


def test_every_page_of_it_has_an_exit_a_neutral_title_and_no_cache(cast: Cast, signed_in: SignIn, case: Case) -> None:
    hers, second = signed_in("advocate"), signed_in("second_advocate")
    request = ask(hers, case)
    answers = [hers.get(page(case)), hers.get(request), second.get(request)]
    answer(second, request)
    for shown in (*answers, hers.post(f"{request}open/")):
        said = shown.content.decode()
        assert "<title>Notes</title>" in said
        assert "Exit this page" in said
        assert shown["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "name",
    ["officer", "second_officer", "clinician", "outreach", "analyst", "chair", "coordinator", "governance", "olu"],
)
def test_whoever_is_no_advocate_is_turned_away_whether_there_is_one_or_not(
    cast: Cast, signed_in: SignIn, case: Case, name: str
) -> None:
    request = ask(signed_in("advocate"), case)
    client, absent = signed_in(name), re.sub(r"FF-[0-9A-Z]+", "FF-00000", request)
    for here, nowhere in ((request, absent), (page(case), page(case).replace(case.reference, "FF-00000"))):
        read, missing = client.get(here), client.get(nowhere)
        assert read.status_code == missing.status_code == 403
        assert masked(read.content) == masked(missing.content)
    assert client.post(f"{request}open/").status_code == 403
    home = client.get("/", follow=True).content.decode()
    assert "second advocate" not in home


def test_a_second_advocate_cannot_ask_and_a_walled_one_finds_nothing(cast: Cast, signed_in: SignIn, case: Case) -> None:
    request, second = ask(signed_in("advocate"), case), signed_in("second_advocate")
    assert second.get(page(case)).status_code == 404
    access.declare_conflict(actor=cast.second_advocate, files=[case.pk], at=NOON)
    assert second.get(request).status_code == 404
    assert answer(second, request).status_code == 404
    assert second.post(f"{request}open/").status_code == 404
    assert "second advocate" not in second.get("/").content.decode()


def test_the_page_of_requests_leaves_an_entry_before_anything_was_asked(signed_in: SignIn, case: Case) -> None:
    hers = signed_in("advocate")
    for address in (lambda: page(case), lambda: ask(hers, case)):
        asked, seen = address(), Entry.objects.filter(operation="consultation", file=case.pk)
        before = seen.count()
        assert hers.get(asked).status_code == 200
        assert seen.count() == before + 1, asked


def test_the_page_of_requests_costs_the_same_number_of_statements(
    cast: Cast, signed_in: SignIn, case: Case, django_assert_max_num_queries: Any
) -> None:
    hers, second = signed_in("advocate"), signed_in("second_advocate")
    for _ in range(3):
        answer(second, ask(hers, case), "no", "Ring her sister first.")
        with django_assert_max_num_queries(22):
            hers.get(page(case))
