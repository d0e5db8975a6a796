"""Long forms are kept for later and come back; nothing typed is lost to a session that ended; nobody else sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from fourfold.access import services as access
from fourfold.audit.models import Entry
from fourfold.drafts import services as drafts
from fourfold.drafts.models import Draft
from fourfold.drafts.terms import LARGEST, LASTS, MOST
from fourfold.governance.models import Disposed
from fourfold.governance.queries.disposing import reach_of
from fourfold.support.models import VictimNote
from fourfold.web.saved_forms import WORDS
from tests.cast import Cast
from tests.governance.test_nothing_is_left import signed
from tests.support.builders import NOON, case_of
from tests.web.conftest import SignIn

TEMPLATES = Path(settings.BASE_DIR) / "src/fourfold/web/templates"

#: Forms with room for words that are not kept for later, and why.
NOT_KEPT = {
    "assessment/draft.html": "an assessment is a draft of its own until it is signed",
    "assessment/fill.html": "an assessment is a draft of its own until it is signed",
    "assessment/open_round.html": "one line",
    "assessment/round.html": "one line",
    "assessment/signature.html": "one line beside a signature",
    "courses/one.html": "one line",
    "diary/notes.html": "her diary comes back after her word, and leaves nothing on any machine",
    "feeds/reading.html": "what was decided is kept with the file; the mapping is changed in one go",
    "instruments/approve.html": "one line beside a signature",
    "instruments/withdraw.html": "one line",
    "instruments/withdraw_list.html": "one line",
    "intake/mend.html": "a row of a feed waits as it came until it is read again",
    "oversight/lift.html": "one line",
    "oversight/set_wall.html": "one line",
    "oversight/wall.html": "one line",
    "rollout/release.html": "one reason, only where the strength is changed",
    "panel/item.html": "stepping aside is one line; the view beside it is kept",
    "support/address.html": "where she is stands nowhere but under its seal",
    "support/ask.html": "one line",
    "support/request.html": "one line",
    "support/diary_entry.html": "one line, on what she is told",
    "support/message_read.html": "one line beside a signature",
    "support/message.html": "a message is written and sent within her safe hours",
}


def set_clock(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": at.isoformat()}))


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, NOON)


def note(case: object) -> str:
    return f"/cases/{case.reference}/victim/note/"  # type: ignore[attr-defined]


def keep(client: Client, address: str, **typed: object) -> None:
    answer = client.post(address, typed | {"later": "yes"})
    assert (answer.status_code, answer["Location"]) == (303, address)


@pytest.mark.django_db
def test_what_was_begun_comes_back_and_goes_once_it_is_sent(cast: Cast, signed_in: SignIn) -> None:
    case, client = case_of(cast), signed_in("advocate")
    keep(client, note(case), kind="wish", text="She wants the flat to be")
    assert not VictimNote.objects.unscoped("test").exists()
    said = client.get(note(case)).content.decode()
    assert "You have not sent what you wrote on 24 November 2026, 12:00." in said
    assert "She wants the flat to be" in said
    assert re.search(r'value="wish"[^>]*checked', said)
    assert f"A note of a conversation, {case.reference}" in client.get("/").content.decode()
    sent = {"kind": "wish", "text": "She wants the flat to be hers.", "begun": "yes"}
    assert client.post(note(case), sent).status_code == 303
    assert not Draft.objects.exists()
    assert "has not been sent" not in client.get(note(case)).content.decode()
    assert "Unfinished forms" not in client.get("/").content.decode()


@pytest.mark.django_db
def test_what_was_begun_stays_while_the_form_is_refused(cast: Cast, signed_in: SignIn) -> None:
    case, client = case_of(cast), signed_in("advocate")
    keep(client, note(case), text="Half a sentence")
    refused = client.post(note(case), {"text": "Half a sentence", "begun": "yes"}).content.decode()
    assert "Choose what this is" in refused
    assert 'name="begun" value="yes"' in refused
    assert Draft.objects.count() == 1


@pytest.mark.django_db
def test_what_was_typed_when_the_session_had_ended_is_there_after_signing_in(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, client = case_of(cast), signed_in("advocate")
    client.get(note(case))
    set_clock(monkeypatch, NOON + timedelta(minutes=settings.FOURFOLD.idle_minutes + 1))
    answer = client.post(note(case), {"kind": "wish", "text": "An hour of work.", "once": "a-key"})
    assert answer["Location"] == f"/accounts/login/?next={note(case)}"
    assert not VictimNote.objects.unscoped("test").exists()
    assert "An hour of work." in signed_in("advocate").get(note(case)).content.decode()


@pytest.mark.django_db
def test_nobody_else_sees_what_was_begun_and_the_database_holds_no_word_of_it(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    keep(signed_in("advocate"), f"/cases/{case.reference}/review/", text="Quiet words")
    for name in ("officer", "coordinator"):
        client = signed_in(name)
        for address in (f"/cases/{case.reference}/review/", "/"):
            said = client.get(address).content.decode()
            assert "Quiet words" not in said
            assert "has not been sent" not in said
    assert "Quiet words" not in Draft.objects.get().sealed
    assert not any("Quiet words" in body for body in Entry.objects.values_list("body", flat=True))


@pytest.mark.django_db
def test_a_draft_on_a_case_that_was_closed_to_the_writer_is_as_gone_as_the_case(cast: Cast, signed_in: SignIn) -> None:
    case, client = case_of(cast), signed_in("advocate")
    keep(client, note(case), text="Quiet words")
    access.declare_conflict(actor=cast.advocate, files=[case.pk], at=NOON)
    gone = client.get(note(case))
    assert gone.status_code == 404
    assert b"has not been sent" not in gone.content
    assert case.reference not in client.get("/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("idled", [False, True])
def test_a_form_of_a_case_that_was_disposed_of_is_kept_nowhere_and_tells_nobody_that_there_was_one(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, *, idled: bool
) -> None:
    """It was a 409 for one that is gone and a 303 for one that never was; and a 500 where the session had ended."""
    stone = Disposed(**{**signed(case_of(cast)), "pk": uuid4(), "commitment": "0" * 64, "reference": "FF-GONE234"})
    stone.save(force_insert=True)
    for reference, kept in (("FF-GONE234", 0), ("FF-NEVER22", 1)):
        client, address = signed_in("advocate"), f"/cases/{reference}/victim/note/"
        client.get(address)
        if idled:
            set_clock(monkeypatch, NOON + timedelta(minutes=settings.FOURFOLD.idle_minutes + 1))
        answer = client.post(address, {"text": "Half a word", "later": "yes"})
        to = f"/accounts/login/?next={address}" if idled else address
        assert (answer.status_code, answer["Location"]) == (302 if idled else 303, to)
        assert Draft.objects.filter(page=address).count() == kept
        set_clock(monkeypatch, NOON)
        assert signed_in("advocate").get(address).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["victim/note", "review"])
def test_what_was_begun_waits_under_the_reference_on_record_however_that_was_typed(
    cast: Cast, signed_in: SignIn, page: str
) -> None:
    """Else no disposal finds it: a case is opened by ff-abc1234 too."""
    case, client = case_of(cast), signed_in("advocate")
    address = f"/cases/{case.reference}/{page}/"
    answer = client.post(f"/cases/ {case.reference.lower()}/{page}/", {"text": "Half a word", "later": "yes"})
    assert (answer.status_code, answer["Location"]) == (303, address)
    assert Draft.objects.get().pk in reach_of(case).rows[Draft]
    assert "You have not sent what you wrote" in client.get(address).content.decode()


@pytest.mark.django_db
def test_it_is_thrown_away_on_a_word_and_by_itself(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, client = case_of(cast), signed_in("advocate")
    keep(client, note(case), text="Not this.")
    assert client.post(note(case), {"drop": "yes"}).status_code == 303
    assert not Draft.objects.exists()
    keep(client, note(case), text="Nor this.")
    set_clock(monkeypatch, NOON + LASTS)
    other = signed_in("second_advocate")
    assert b"Nor this." not in signed_in("advocate").get(note(case)).content
    keep(other, "/refer/", words="Something else")
    assert [draft.page for draft in Draft.objects.all()] == ["/refer/"]


@pytest.mark.django_db
def test_it_has_an_end_in_length_and_number(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("advocate")
    long = client.post("/refer/", {"words": "x" * LARGEST, "later": "yes"})
    assert long.status_code == 422
    assert "your text is still there" in long.content.decode()
    for number in range(MOST + 2):
        drafts.keep_draft(actor=cast.advocate, page=f"/{number}/", typed={}, at=NOON + timedelta(minutes=number))
    kept = Draft.objects.order_by("kept_at").values_list("page", flat=True)
    assert (kept.count(), kept[0]) == (MOST, "/2/")


@pytest.mark.django_db
def test_a_page_that_does_not_resume_keeps_nothing(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    signed_in("advocate").post(f"/cases/{case.reference}/victim/address/", {"address": "", "later": "yes"})
    assert not Draft.objects.exists()


def resuming() -> Iterator[str]:
    """Yield the name of every route whose view resumes."""
    yield from _resuming(get_resolver().url_patterns, "")


def _resuming(patterns: list[URLPattern | URLResolver], inside: str) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            deeper = f"{inside}{pattern.namespace}:" if pattern.namespace else inside
            yield from _resuming(pattern.url_patterns, deeper)
        elif getattr(pattern.callback, "resumes", False):
            yield f"{inside}{pattern.name}"


def test_every_page_that_resumes_has_words_on_the_day() -> None:
    assert sorted(resuming()) == sorted(WORDS)


def test_every_form_with_room_for_words_is_kept_for_later_or_says_why_not() -> None:
    wrong = set()
    for path in TEMPLATES.rglob("*.html"):
        name = str(path.relative_to(TEMPLATES))
        forms = re.findall(r"<form.*?</form>|form_start\(.*?form_end\([a-z]*\)", path.read_text(), re.DOTALL)
        lost = [form for form in forms if "textarea_field(" in form and not form.endswith("form_end(form)")]
        if bool(lost) != (name in NOT_KEPT):
            wrong.add(name)
    assert wrong == set()
