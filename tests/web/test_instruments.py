"""The pages of a unit's instruments, through the real door."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from fourfold.assessment import instruments
from fourfold.assessment.models import (
    BringingApproved,
    BringingWithdrawn,
    DefinitionImported,
    LicenceRecorded,
    PackBrought,
)
from fourfold.assessment.queries import library
from fourfold.assessment.rules.approval import State
from fourfold.governance.verification import whole_log
from tests.assessment.library import EXACT, FREE, LICENSED, WORDS, on_the_shelf, pack, questionnaire
from tests.assessment.test_wording import published
from tests.cast import NOW, Cast, vouched
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

SITE = "northmoor"
HOME = "/instruments/northmoor/"
BRING = f"{HOME}bring/"
LICENCE = {
    "once": "licence-1",
    "licensor": "Invented House",
    "reference": "IH-7",
    "granted_on-day": "1",
    "granted_on-month": "1",
    "granted_on-year": "2026",
    "expires_on-day": "",
    "expires_on-month": "",
    "expires_on-year": "",
    "review_on-day": "1",
    "review_on-month": "1",
    "review_on-year": "2027",
}


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": NOW.isoformat()}))
    on_the_shelf(monkeypatch)


def said(client: Client, address: str, status: int = 200) -> str:
    """Return a page that must answer with this status."""
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer.content.decode()


def upload(client: Client, raw: bytes, name: str = "pack.toml") -> tuple[int, str]:
    """Send a file to be looked at; return the status and the page that came of it."""
    answer = client.post(BRING, {"once": f"look-{name}", "file": SimpleUploadedFile(name, raw)})
    return answer.status_code, answer.content.decode()


def carried(shown: str) -> dict[str, str]:
    """Return the hidden fields that the preview would send on."""
    names = ("name", "kept", "confirmed", "once")
    return {name: shown.split(f'name="{name}" value="')[1].partition('"')[0] for name in names}


def confirm(client: Client, raw: bytes, name: str = "pack.toml") -> str:
    """Look at a file, confirm it, and return the page that it led to."""
    status, shown = upload(client, raw, name)
    assert status == 200, shown
    answer = client.post(BRING, {**carried(shown), "by": "about_victim"}, follow=True)
    assert answer.redirect_chain, answer.content.decode()
    return str(answer.content.decode())


def one(key: str) -> str:
    """Return the address of an instrument."""
    return f"{HOME}form/{key}/"


# ---- looking ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["officer", "analyst", "coordinator", "clinician", "outreach", "advocate", "chair", "governance"]
)
def test_everybody_in_the_unit_sees_which_forms_it_may_use(cast: Cast, signed_in: SignIn, name: str) -> None:
    client = signed_in(name)
    assert client.get("/instruments/").headers["Location"] == HOME
    shown = said(client, HOME)
    assert "First-line checklist" in shown
    assert "Ask Invented House" in shown, "an inactive form says how to get its wording"
    assert ("Add an instrument" in shown) is (name in ("analyst", "coordinator", "clinician", "governance"))


@pytest.mark.parametrize("name", ["evaluator", "lead", "administrator"])
def test_who_works_in_no_unit_sees_no_library(cast: Cast, signed_in: SignIn, name: str) -> None:
    assert signed_in(name).get(HOME).status_code == 403


def test_olu_sees_the_library_of_her_own_site_and_404_for_ours(cast: Cast, signed_in: SignIn) -> None:
    confirm(signed_in("coordinator"), pack(LICENSED))
    row = PackBrought.objects.get()
    client = signed_in("olu")
    assert client.get("/instruments/").headers["Location"] == "/instruments/southmere/"
    said(client, "/instruments/southmere/")
    for address in (HOME, one(LICENSED), f"{one(LICENSED)}save/fhir/", f"{one(LICENSED)}save/pack/"):
        said(client, address, 404)
    for act in ("approve", "withdraw"):
        assert client.get(f"{one(LICENSED)}{row.pk}/{act}/").status_code == 403
    assert client.get(BRING).status_code == 403


def test_the_library_takes_a_known_number_of_statements(
    cast: Cast, signed_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in("officer")
    confirm(signed_in("coordinator"), pack(FREE))
    client.get(HOME)
    with django_assert_num_queries(8):
        client.get(HOME)
    with django_assert_num_queries(12):
        client.get(one(FREE))


@pytest.mark.parametrize(("name", "address"), [("coordinator", "/"), ("officer", "/"), ("governance", "/oversight/")])
def test_the_library_is_reached_by_a_link(cast: Cast, signed_in: SignIn, name: str, address: str) -> None:
    assert 'href="/instruments/"' in said(signed_in(name), address)


def test_who_has_no_library_gets_no_link_to_one(cast: Cast, signed_in: SignIn) -> None:
    assert 'href="/instruments/"' not in said(signed_in("administrator"), "/installation/")


def test_one_instrument_shows_its_structure_and_where_each_part_comes_from(cast: Cast, signed_in: SignIn) -> None:
    shown = said(signed_in("officer"), one(FREE))
    for words in ("never", "0 to 2", "Total", "Invented for the tests.", "Ask Invented House", "inactive"):
        assert words in shown
    assert WORDS["kettle"] not in shown
    assert "[no wording yet: Kettle]" in shown


def test_what_an_answer_and_a_score_mean_is_said_in_words(cast: Cast, signed_in: SignIn) -> None:
    shown = said(signed_in("officer"), one("safety-check-in"))
    for words in ("says yes", "says no", "says it in part", "not answered on purpose", "higher is better"):
        assert words in shown
    assert ">deny<" not in shown


def test_every_shipped_instrument_has_a_page(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("governance")
    for form in instruments.catalogue():
        shown = said(client, f"{one(form.key)}?version={form.version}")
        assert form.title.partition("(")[0].strip() in shown
        assert f"version {form.version}" in shown
    said(client, f"{one(form.key)}?version=99", 404)


def test_what_is_not_there_is_not_found(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("governance")
    nobody = "00000000-0000-4000-8000-000000000000"
    for address in (
        one("nobody-knows-this"),
        f"{one('nobody-knows-this')}licence/",
        f"{one(FREE)}save/original/",
        f"{one('first-line')}save/pack/",
        f"{one(FREE)}{nobody}/approve/",
        f"{one(FREE)}{nobody}/withdraw/",
        "/instruments/atlantis/",
    ):
        said(client, address, 404)


# ---- wording ------------------------------------------------------------------------------------------------------


def test_a_preview_keeps_nothing_and_the_confirmation_does(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("coordinator")
    status, shown = upload(client, pack(FREE))
    assert status == 200
    assert WORDS["kettle"] in shown
    assert "It is active straight away." in shown
    assert PackBrought.objects.count() == 0
    answer = client.post(BRING, carried(shown), follow=True)
    assert answer.redirect_chain == [(f"{one(FREE)}?done=pack", 303)]
    assert "The wording is added." in answer.content.decode()
    assert PackBrought.objects.get().document == pack(FREE).decode()
    assert library.card(SITE, FREE, at=NOW).state is State.ACTIVE


def test_a_form_sent_twice_is_kept_once_and_leads_to_the_same_place(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("coordinator")
    fields = carried(upload(client, pack(FREE))[1])
    first, second = (client.post(BRING, fields) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert PackBrought.objects.count() == 1


def test_the_preview_shows_what_changes(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("coordinator")
    confirm(client, pack(FREE))
    _, shown = upload(client, pack(FREE, items={**WORDS, "spoon": "And the forks?"}), "newer.toml")
    assert "What changes" in shown
    assert WORDS["spoon"] in shown
    assert "And the forks?" in shown
    _, again = upload(client, pack(FREE), "same.toml")
    assert "This wording is here already" in again
    assert 'name="kept"' not in again


def test_values_that_leave_gaps_are_shown_to_whoever_imports_a_form(cast: Cast, signed_in: SignIn) -> None:
    client, note = signed_in("coordinator"), "Check this before anybody approves it"
    gaps = json.loads(questionnaire())
    options = gaps["item"][0]["answerOption"]
    options[1]["extension"][0]["valueDecimal"] = 3
    _, shown = upload(client, json.dumps(gaps).encode(), "gaps.json")
    assert (note in shown, "Its values leave gaps." in shown, "Import this instrument" in shown) == (True, True, True)
    assert note not in upload(client, questionnaire(), "even.json")[1]


def test_every_fault_of_a_file_is_named_at_once(cast: Cast, signed_in: SignIn) -> None:
    status, shown = upload(signed_in("coordinator"), pack(FREE, items={"fork": "Fork?"}, labels={"often": "x"}))
    assert status == 422
    for words in ("item kettle", "item spoon", "item fork", "option never"):
        assert words in shown
    assert PackBrought.objects.count() == 0


def test_wording_that_must_be_exact_is_refused_when_it_is_not(cast: Cast, signed_in: SignIn) -> None:
    status, shown = upload(signed_in("coordinator"), pack(EXACT, items={**WORDS, "kettle": "Kettle"}))
    assert status == 422
    assert "not the exact text" in shown


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Choose the file"),
        ({"kept": "no base 64!", "name": "x", "confirmed": "yes"}, "was not uploaded in full"),
        ({"kept": "AAAA", "name": "x", "confirmed": "yes"}, "was not uploaded in full"),
        ({"file": SimpleUploadedFile("empty.toml", b" ")}, "The file is empty"),
    ],
)
def test_a_file_that_is_missing_or_damaged_is_asked_for_again(
    cast: Cast, signed_in: SignIn, fields: dict[str, object], words: str
) -> None:
    answer = signed_in("coordinator").post(BRING, {"once": "k", **fields})
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_file_too_large_for_a_page_is_sent_to_the_command_line(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fourfold.web.pages.instruments.CARRIED", 10)
    status, shown = upload(signed_in("coordinator"), questionnaire(), "large.json")
    assert status == 422
    assert "fourfold instruments import" in shown
    monkeypatch.setattr("fourfold.web.pages.instruments.LARGEST", 10)
    assert "at most 10 are read" in upload(signed_in("coordinator"), questionnaire(), "huge.json")[1]


# ---- licence, approval, withdrawal --------------------------------------------------------------------------------


def license_it(client: Client, key: str = LICENSED, **changes: object) -> tuple[int, str]:
    """Send a licence record."""
    evidence = SimpleUploadedFile("letter.pdf", b"a letter")
    answer = client.post(f"{one(key)}licence/", {**LICENCE, "evidence": evidence, **changes})
    return answer.status_code, answer.content.decode()


def approve(client: Client, key: str, row: object, **changes: object) -> tuple[int, str]:
    """Approve what a row brought in."""
    address = f"{one(key)}{row.pk}/approve/"  # type: ignore[attr-defined]
    fields = {"checked": "yes", "words": "Compared.", "once": uuid4().hex, **changes}
    answer = client.post(address, fields)
    return answer.status_code, answer.content.decode()


def test_from_a_pack_to_a_form_in_use_page_by_page(cast: Cast, signed_in: SignIn) -> None:
    vouched(cast)
    assert "It needs a recorded licence" in upload(signed_in("coordinator"), pack(LICENSED))[1]
    confirm(signed_in("coordinator"), pack(LICENSED), "again.toml")
    row = PackBrought.objects.get()
    assert "No licence is on record" in said(signed_in("clinician"), f"{one(LICENSED)}{row.pk}/approve/")
    assert license_it(signed_in("governance"))[0] == 303
    kept = LicenceRecorded.objects.get()
    assert (kept.evidence, kept.approved_by) == ("letter.pdf", cast.governance.staff)
    first = said(signed_in("clinician"), f"{one(LICENSED)}{row.pk}/approve/")
    assert "Your approval is the first" in first
    assert WORDS["spoon"] in first, "who approves reads every word"
    assert approve(signed_in("clinician"), LICENSED, row)[0] == 303
    status, shown = approve(signed_in("clinician"), LICENSED, row, once="another")
    assert (status, "already approved it" in shown) == (422, True)
    assert approve(signed_in("chair"), LICENSED, row)[0] == 303
    assert library.card(SITE, LICENSED, at=NOW).state is State.ACTIVE
    shown = said(signed_in("officer"), one(LICENSED))
    both = {cast.clinician.name, cast.chair.name}
    approved = shown.partition("Approved by ")[2].partition(".")[0]
    assert set(approved.split(" and ")) == both, "of the same moment, so in either order"
    assert "IH-7" in shown
    assert f"{row.pk}/approve/" not in shown, "an officer is offered no approval"
    answer = signed_in("chair").post(f"{one(LICENSED)}{row.pk}/withdraw/", {"reason": "The owner asked.", "once": "w"})
    assert answer.status_code == 303
    assert BringingWithdrawn.objects.get().reason == "The owner asked."
    assert "The owner asked." in said(signed_in("officer"), one(LICENSED))
    assert whole_log().clean


def test_an_approval_must_say_that_it_was_compared(cast: Cast, signed_in: SignIn) -> None:
    confirm(signed_in("coordinator"), pack(LICENSED))
    license_it(signed_in("governance"))
    status, shown = approve(signed_in("chair"), LICENSED, PackBrought.objects.get(), checked="")
    assert status == 422
    assert "compared it with the original" in shown
    assert BringingApproved.objects.count() == 0


def test_who_brought_it_in_is_told_why_they_cannot_approve_it(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("clinician")
    shown = confirm(client, pack(LICENSED))
    license_it(signed_in("governance"))
    assert "You added it" in said(client, f"{one(LICENSED)}{PackBrought.objects.get().pk}/approve/")
    assert "No licence is on record" in shown


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"licensor": ""}, "Enter who granted"),
        ({"granted_on-month": "13"}, "Enter a real date"),
        ({"expires_on-day": "1", "expires_on-month": "1", "expires_on-year": "2025"}, "ends before it begins"),
        ({"review_on-day": ""}, "Enter a real date"),
        ({"evidence": ""}, "Choose the licence document"),
    ],
)
def test_a_licence_that_cannot_stand_is_shown_again_with_what_was_typed(
    cast: Cast, signed_in: SignIn, changes: dict[str, str], words: str
) -> None:
    status, shown = license_it(signed_in("governance"), **changes)
    assert status == 422
    assert words in shown
    assert 'value="IH-7"' in shown
    assert LicenceRecorded.objects.count() == 0


def test_a_withdrawal_needs_its_reason(cast: Cast, signed_in: SignIn) -> None:
    confirm(signed_in("coordinator"), pack(FREE))
    row = PackBrought.objects.get()
    answer = signed_in("governance").post(f"{one(FREE)}{row.pk}/withdraw/", {"reason": " ", "once": "w"})
    assert answer.status_code == 422
    assert "Enter why" in answer.content.decode()


# ---- whole instruments --------------------------------------------------------------------------------------------


def test_a_questionnaire_is_looked_at_then_imported(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("coordinator")
    status, shown = upload(client, questionnaire(copyright="© Somebody"), "garden.json")
    assert status == 200
    for words in ("It can be imported.", "FHIR R4", "© Somebody", "inactive until 2 people"):
        assert words in shown
    assert DefinitionImported.objects.count() == 0
    shown = confirm(client, questionnaire(copyright="© Somebody"), "garden2.json")
    assert "inactive until 2 people approve it" in shown
    assert "A claim is not a licence." in shown
    _, again = upload(client, questionnaire(copyright="© Somebody"), "garden3.json")
    assert "It was imported before" in again
    assert DefinitionImported.objects.count() == 1


def test_a_refused_file_says_why_and_offers_nothing(cast: Cast, signed_in: SignIn) -> None:
    status, shown = upload(signed_in("coordinator"), b'{"resourceType": "Patient"}', "patient.json")
    assert status == 422
    assert "This file is refused" in shown
    assert ">Refused<" in shown, "what was found is said in words"
    assert ">refuse<" not in shown
    assert 'name="kept"' not in shown
    fields = {"kept": "eJyrVipKLUstKs5MTlWyUgpITMtMzSlRqgUAVhsHkQ==", "name": "x", "confirmed": "yes", "once": "z"}
    assert signed_in("coordinator").post(BRING, fields).status_code == 422


def test_what_a_file_says_is_shown_as_words_and_never_as_markup(cast: Cast, signed_in: SignIn) -> None:
    items = [{"linkId": "a", "type": "text", "text": "<script>alert(1)</script> & more"}]
    _, shown = upload(signed_in("coordinator"), questionnaire(item=items, title="<b>Bold</b>"), "markup.json")
    assert "<script>alert" not in shown
    assert "<b>Bold" not in shown


def test_what_is_saved_is_what_it_is(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("coordinator")
    confirm(client, questionnaire(), "garden.json")
    assert client.get(f"{one('garden')}save/original/").content == questionnaire()
    fhir = client.get(f"{one('garden')}save/fhir/")
    assert json.loads(fhir.content)["resourceType"] == "Questionnaire"
    assert fhir.headers["Content-Disposition"] == 'attachment; filename="garden.json"'
    template = client.get(f"{one(FREE)}save/pack/")
    assert b'kettle = ""' in template.content


def test_the_addresses_say_what_they_are() -> None:
    assert reverse("instruments:library", kwargs={"site": SITE}) == HOME
    assert reverse("instruments:bring", kwargs={"site": SITE}) == BRING


def test_an_expired_licence_shows_on_the_page(cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    confirm(signed_in("coordinator"), pack(LICENSED))
    license_it(
        signed_in("governance"),
        **{"expires_on-day": "30", "expires_on-month": "11", "expires_on-year": "2026"},
    )
    later = settings.FOURFOLD.model_copy(update={"app_clock": (NOW + timedelta(days=10)).isoformat()})
    monkeypatch.setattr(settings, "FOURFOLD", later)
    assert "The licence ended on 30 November 2026" in said(signed_in("officer"), one(LICENSED))


def test_a_questionnaire_words_a_structure_that_is_here(signed_in: SignIn) -> None:
    client = signed_in("coordinator")
    file = SimpleUploadedFile("nine.json", published(panel=False))
    shown = client.post(BRING, {"once": "look-1", "file": file, "words_of": "phq-9"}).content.decode()
    assert "Invented sleep?" in shown
    kept = carried(shown) | {"words_of": shown.split('name="words_of" value="')[1].partition('"')[0]}
    assert client.post(BRING, kept).status_code == 303
    assert library.card(SITE, "phq-9", at=NOW).is_active
