"""Rounds in the browser: asked, rated alone, side by side with what to talk about, and agreed; and what leaks nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from fourfold.assessment.models import Assessment, Cited, Round
from fourfold.cases.models import Case
from fourfold.web import clock
from tests.cast import NOW, Cast
from tests.panel.scene import bring_before_panel, open_case, wall_off
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
SECRET = "the-clinician-alone-wrote-this"
RATERS = ["police", "mental health", "advocacy"]
_keys = iter(range(10**6))


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case of Northmoor's, with no level yet."""
    return open_case(cast)


def once() -> str:
    return f"key-{next(_keys)}"


def at_case(case: Case, rest: str = "") -> str:
    return f"/cases/{case.reference}/assessment/{rest}"


def open_round(client: Client, case: Case, raters: list[str] | None = None) -> str:
    """Open a round on the first-line checklist, and return its address."""
    said = {"instrument": "first-line", "raters": raters or RATERS, "why": "Before the panel.", "once": once()}
    answer = client.post(at_case(case, "round/"), said)
    assert answer.status_code == 303, answer.content.decode()[-2000:]
    return str(answer["Location"]).partition("?")[0]


def rate(client: Client, address: str, level: str = "high", **said: str) -> Any:
    """Rate in a round, from the form to the signature."""
    whole = {"relationship": "stranger", "threats": "yes", "level": level, **said}
    kept = client.post(f"{address}fill/", {"go": "keep", "once": once(), **whole})
    assert kept.status_code == 303, kept.content.decode()[-2000:]
    return client.post(kept["Location"], {"do": "sign", "level": level, "reason": SECRET, "once": once()})


def words_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode())))


def test_a_round_from_the_question_to_the_record(signed_in: SignIn, case: Case) -> None:
    officer, clinician, advocate = (signed_in(name) for name in ("officer", "clinician", "advocate"))
    address = open_round(officer, case)
    for client in (officer, clinician, advocate):
        assert "Rate alone: First-line checklist" in words_of(client, "/")
    assert rate(officer, address, threats="yes", fear="yes")["Location"] == f"{address}?done=rated"
    assert "You have rated" in words_of(officer, address)
    rate(clinician, address, "very_high", threats="yes", weapons="yes", fear="not_known")
    assert "2 of 3 have rated" in words_of(officer, at_case(case))
    rate(advocate, address, threats="yes", fear="yes", **{"threats.note": "she showed the messages"})
    said = words_of(officer, address)
    assert "2 questions to talk about" in said
    assert "To talk about: one knows what another does not" in said
    assert "To talk about: the level." in said
    assert "she showed the messages" not in said, "what all said alike is left out until it is asked for"
    assert "she showed the messages" in words_of(officer, f"{address}?show=all")
    assert "Write the agreed record" in words_of(advocate, "/")
    form = advocate.get(f"{address}fill/").content.decode()
    assert re.search(r'name="threats" type="radio" value="yes" checked', form), "begun with what all said alike"
    assert not re.search(r'name="fear" type="radio" value="\w+" checked', form)
    kept = advocate.post(f"{address}fill/", {"go": "keep", "once": once(), "threats": "yes", "level": "high"})
    assert "Sign the record" in advocate.get(kept["Location"]).content.decode()
    advocate.post(kept["Location"], {"do": "sign", "level": "high", "once": once()})
    case.refresh_from_db()
    assert case.level == "high"
    assert Cited.objects.unscoped("test").count() == 3
    assert "See the agreed record" in words_of(officer, address)
    assert "agreed by the raters of a round" in words_of(officer, at_case(case))


def test_until_all_are_in_no_page_shows_another_what_was_rated(signed_in: SignIn, cast: Cast, case: Case) -> None:
    item = bring_before_panel(cast, case)
    address = open_round(signed_in("officer"), case)
    everywhere = [
        "/", "/cases/", f"/cases/{case.reference}/", f"/cases/{case.reference}/history/", at_case(case), address,
        at_case(case, "level-at/?on-day=24&on-month=11&on-year=2026&on-time=09:00"), f"{address}?show=all",
        f"/panel/items/{item.pk}/", "/panel/", f"/cases/{case.reference}/panel/", f"/cases/{case.reference}/plan/",
        "/agreement/", f"/documents/{case.reference}/", f"/find/?q={case.reference}",
    ]  # fmt: skip
    others = {name: signed_in(name) for name in ("officer", "advocate", "outreach", "chair", "coordinator")}

    def levels_said() -> dict[tuple[str, str], int]:
        pages = ((name, page) for name in others for page in everywhere)
        return {(name, page): others[name].get(page).content.decode().count("Very high") for name, page in pages}

    before = levels_said()
    clinician = signed_in("clinician")
    rate(clinician, address, "very_high", weapons="yes", **{"weapons.note": SECRET})
    made = Assessment.objects.unscoped("test").get()
    own = at_case(case, f"{made.pk}/")
    assert SECRET in words_of(clinician, own)
    assert levels_said() == before
    for client in others.values():
        for page in everywhere:
            text = client.get(page).content.decode()
            assert SECRET not in text, page
            assert str(made.pk) not in text, page
        assert client.get(own).status_code == 404
    for page in ("/oversight/", "/oversight/log/", f"/oversight/?file={case.pk}"):
        answer = signed_in("governance").get(page)
        assert SECRET not in answer.content.decode()
        assert "very_high" not in answer.content.decode()


def test_the_lead_opens_early_and_the_late_rater_signs_outside_the_round(signed_in: SignIn, case: Case) -> None:
    officer, advocate = signed_in("officer"), signed_in("advocate")
    address = open_round(officer, case)
    rate(signed_in("clinician"), address)
    kept = advocate.post(f"{address}fill/", {"go": "keep", "once": once(), "threats": "yes", "level": "high"})
    refused = officer.post(address, {"reason": " ", "once": once()})
    assert refused.status_code == 422
    assert "Enter why the round cannot wait" in refused.content.decode()
    assert "Open the ratings early" not in advocate.get(address).content.decode()
    assert officer.post(address, {"reason": "She is on leave.", "once": once()}).status_code == 303
    assert "did not rate" in words_of(officer, address)
    page = advocate.get(kept["Location"]).content.decode()
    assert "Sign it as my own assessment" in page
    late = advocate.post(kept["Location"], {"do": "sign", "level": "high", "once": once()})
    assert "ratings are open" in late.content.decode()
    alone = advocate.post(kept["Location"], {"do": "sign_alone", "level": "high", "once": once()})
    assert alone["Location"].endswith("?done=signed")
    assert Assessment.objects.unscoped("test").filter(seat__isnull=True).count() == 1
    assert advocate.get(f"{address}fill/").status_code == 303, "who rated nothing does not write the record"
    assert officer.get(f"{address}fill/").status_code == 200, "who leads does"


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"raters": ["police"]}, "Name 2 to 6 raters"),
        ({"raters": ["police", "astrology"]}, "cannot rate"),
        ({"raters": ["police:nobody", "outreach"]}, "Name 2 to 6 raters"),
        ({"instrument": ""}, "Choose a form"),
    ],
)
def test_a_round_that_cannot_be_is_refused_with_what_was_typed(
    signed_in: SignIn, case: Case, said: dict[str, Any], problem: str
) -> None:
    whole = {"instrument": "first-line", "raters": RATERS, "why": "Because of Monday.", "once": once(), **said}
    answer = signed_in("officer").post(at_case(case, "round/"), whole)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert problem in unescape(page)
    assert "Because of Monday." in page
    assert not Round.objects.unscoped("test").exists()


def test_a_person_is_named_for_a_seat(signed_in: SignIn, cast: Cast, case: Case) -> None:
    named = f"police:{cast.staff['second_officer'].pk}"
    address = open_round(signed_in("officer"), case, [named, "outreach"])
    assert "Second Officer: has not rated yet" in words_of(signed_in("officer"), address)
    assert signed_in("officer").get(f"{address}fill/").status_code == 303, "no seat is left for another officer"
    assert signed_in("second_officer").get(f"{address}fill/").status_code == 200


@pytest.mark.parametrize("rest", ["", "fill/"])
def test_another_site_and_a_walled_colleague_find_no_round(
    signed_in: SignIn, cast: Cast, case: Case, rest: str
) -> None:
    address = open_round(signed_in("officer"), case)
    wall_off(cast, "second_officer", case)
    for name in ("olu", "second_officer"):
        assert signed_in(name).get(address + rest).status_code == 404


# ---- the level of a moment ----------------------------------------------------------------------------------------


def test_the_history_asks_for_a_moment_and_the_answer_names_level_form_and_readers(
    signed_in: SignIn, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer, advocate = signed_in("officer"), signed_in("advocate")
    whole = {"go": "keep", "threats": "yes", "level": "high", "once": once()}
    kept = officer.post(at_case(case, "new/first-line/"), whole)
    officer.post(kept["Location"], {"do": "sign", "level": "high", "once": once()})
    advocate.get(f"/cases/{case.reference}/")
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=2))
    officer = signed_in("officer")
    assert 'name="on-day"' in officer.get(f"/cases/{case.reference}/history/").content.decode()
    asked = "level-at/?on-day=24&on-month=11&on-year=2026&on-time=14:00"
    said = words_of(officer, at_case(case, asked))
    assert "24 November 2026, 14:00: High" in said.replace(" :", ":")
    for words in ("First-line checklist", "signing this form set the level", "structure", "Officer set it"):
        assert words in said
    assert "Advocate read the case" in said
    before = words_of(officer, at_case(case, "level-at/?on-day=23&on-month=11&on-year=2026"))
    assert "no level had been set" in before


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ("on-day=31&on-month=2&on-year=2026", "Enter a real date"),
        ("on-day=3&on-month=5&on-year=2026&on-time=late", "Enter a real time"),
        ("on-day=3&on-month=5&on-year=2027", "Choose a date and time in the past"),
    ],
)
def test_a_moment_that_is_none_is_said(signed_in: SignIn, case: Case, asked: str, problem: str) -> None:
    answer = signed_in("officer").get(at_case(case, f"level-at/?{asked}"))
    assert answer.status_code == 422
    assert problem in answer.content.decode()


def test_the_page_of_a_round_costs_a_known_number_of_statements(
    signed_in: SignIn, case: Case, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    officer = signed_in("officer")
    address = open_round(officer, case)
    for name in ("officer", "clinician", "advocate"):
        rate(signed_in(name), address)
    with django_assert_max_num_queries(70):
        officer.get(address)


@pytest.mark.parametrize("instrument", ["no-such-form", "first-line\x00", "x" * 500, "first-line' OR 1=1"])
def test_a_form_that_no_page_offered_is_asked_for_again(signed_in: SignIn, case: Case, instrument: str) -> None:
    sent = {"instrument": instrument, "raters": RATERS, "why": "Before the panel.", "once": once()}
    answer = signed_in("officer").post(at_case(case, "round/"), sent)
    assert answer.status_code == 422
    assert not Round.objects.unscoped("test").exists()
