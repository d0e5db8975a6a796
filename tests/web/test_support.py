"""The victim's file through the real door: hers alone, under an exit, with a neutral title, and nothing leaves unsafely."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from fourfold.access import services as access
from fourfold.cases.models import Case
from fourfold.cases.terms import Level
from fourfold.orders.models import VictimTold
from fourfold.panel.terms import Strand
from fourfold.people.models import Message, SafeAddress, SafeContact
from fourfold.people.terms import SafeContactRule
from fourfold.plan import services as plan
from fourfold.plan.models import VictimTold as Telling
from fourfold.support import services as support
from fourfold.support.models import CheckIn, Contact, UpdateTold, VictimNote
from fourfold.support.terms import ContactOutcome, NoteKind, UpdateKind
from tests.cast import Cast
from tests.orders.builders import made
from tests.support.builders import ALL_ANSWERED, NOON, OPENED, TEXTS, agree, case_of, reached
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FORMS = ("contact/", "message/", "safe-contact/", "note/", "measures/safety-check-in/", "address/")


#: A text in which she was reached, as somebody records it who has sent it.
HAPPENED = {"happened": "yes", "channel": "text", "outcome": "reached"}


def when(at: datetime) -> dict[str, str]:
    """Return the fields of the moment at which a contact was."""
    day = {f"happened_at-{part}": str(getattr(at, part)) for part in ("day", "month", "year")}
    return {**day, "happened_at-time": f"{at:%H:%M}"}


def set_clock(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": at.isoformat()}))


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, NOON)


def address(case: Case, rest: str = "") -> str:
    return f"/cases/{case.reference}/victim/{rest}"


def shown(client: Client, case: Case, rest: str = "") -> str:
    answer = client.get(address(case, rest))
    assert answer.status_code == 200
    return answer.content.decode()


def masked(content: bytes) -> bytes:
    """Return a page without what is never the same twice: the proof of a form, and its key."""
    return re.sub(rb'name="(csrfmiddlewaretoken|once)" value="[^"]*"', b"", content)


def outbox() -> list[dict[str, str]]:
    return [json.loads(path.read_text()) for path in (Path(settings.FOURFOLD.data_dir) / "outbox").glob("*.json")]


# ---- the file -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rest", ["", *FORMS])
def test_every_page_of_hers_has_an_exit_and_a_neutral_title(cast: Cast, signed_in: SignIn, rest: str) -> None:
    said = shown(signed_in("advocate"), case_of(cast), rest)
    assert "<title>Notes</title>" in said
    assert "Exit this page" in said
    assert 'rel="nofollow noreferrer"' in said


def test_her_wishes_stand_before_everything_else(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    agree(cast, case)
    for kind, words in ((NoteKind.WISH, "I want it to stop."), (NoteKind.CONFIDENCE, "Nobody else knows this.")):
        support.write_note(actor=cast.advocate, case=case, kind=kind, text=words, at=NOON)
    said = shown(signed_in("advocate"), case)
    order = [
        "I want it to stop.",
        "Making contact",
        "Text only, 10:00 to 14:00",
        "Safety plan",
        "How the victim is",
        "Nobody else",
    ]
    assert [said.index(words) for words in order] == sorted(said.index(words) for words in order)
    assert "It is within the safe hours now" in said


def test_a_step_agreed_in_her_care_stands_in_her_file_with_its_next_look(cast: Cast, signed_in: SignIn) -> None:
    case, client = case_of(cast), signed_in("advocate")
    assert "No steps at present." in shown(client, case)
    step = support.plan_step(
        actor=cast.advocate, case=case, words="Her neighbour has a key.", review_on=NOON.date() + 6 * DAY, at=NOON
    )
    said = shown(client, case)
    assert "No steps at present." not in said
    assert "Her neighbour has a key." in said
    assert "Review on 30 November 2026" in said
    assert f'href="{address(case, f"care/step/{step.pk}/")}"' in said
    assert "A neighbour" not in shown(signed_in("officer"), case)


def test_a_note_is_no_step_of_her_safety_plan(cast: Cast, signed_in: SignIn) -> None:
    case, client = case_of(cast), signed_in("advocate")
    assert "Safety plan" not in shown(client, case, "note/")
    answer = client.post(address(case, "note/"), {"kind": "safety_plan", "text": "A bag is packed."})
    assert "Add safety plan steps on the care page" in answer.content.decode()
    assert not VictimNote.objects.unscoped("test").exists()


def test_the_officer_of_the_case_reads_how_to_reach_her_and_none_of_her_words(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    agree(cast, case)
    support.write_note(actor=cast.advocate, case=case, kind=NoteKind.WISH, text="I want it to stop.", at=NOON)
    said = shown(signed_in("officer"), case)
    assert "Text only, 10:00 to 14:00" in said
    for absent in (
        "I want it to stop.",
        "What the victim wants",
        "Safety plan",
        "How she is",
        "Told to you in confidence",
    ):
        assert absent not in said


@pytest.mark.parametrize("name", ["second_officer", "second_advocate", "olu", "station_officer"])
@pytest.mark.parametrize("rest", ["", "contact/"])
def test_for_whoever_may_not_know_there_is_no_such_page(cast: Cast, signed_in: SignIn, name: str, rest: str) -> None:
    case = case_of(cast)
    client = signed_in(name)
    here, nowhere = client.get(address(case, rest)), client.get(f"/cases/FF-00000/victim/{rest}")
    assert here.status_code == nowhere.status_code == 404
    if rest or name in ("olu", "station_officer"):
        assert masked(here.content) == masked(nowhere.content)
    else:
        assert "<title>This page is not" in here.content.decode(), (
            "whoever has the case knows that it is there: who opens it is said"
        )


@pytest.mark.parametrize("name", ["clinician", "outreach", "analyst", "chair", "coordinator", "evaluator"])
def test_other_professions_are_turned_away_by_role(cast: Cast, signed_in: SignIn, name: str) -> None:
    assert signed_in(name).get(address(case_of(cast))).status_code == 403


def test_a_walled_advocate_gets_the_same_404(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    access.declare_conflict(actor=cast.advocate, files=[case.pk], at=NOON)
    assert signed_in("advocate").get(address(case)).status_code == 404


def test_the_page_costs_the_same_number_of_statements(
    cast: Cast, signed_in: SignIn, django_assert_max_num_queries: object
) -> None:
    case = case_of(cast)
    agree(cast, case)
    client = signed_in("advocate")
    shown(client, case)
    for _ in range(3):
        reached(cast, case)
        support.check_in(actor=cast.advocate, case=case, answers=ALL_ANSWERED, at=NOON)
    with django_assert_max_num_queries(40):  # type: ignore[operator]
        shown(client, case)


def test_only_somebody_else_is_told_to_ask_the_advocate(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    for name, told in (("advocate", "Agree it with them first."), ("officer", "ask their advocate to agree it first.")):
        for rest in ("", "contact/"):
            said = shown(signed_in(name), case, rest)
            assert told in said, (name, rest)
            assert ("ask their advocate" in said) is (name == "officer"), (name, rest)


def test_her_silence_is_the_first_thing_said(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    Case.objects.unscoped("test").filter(pk=case.pk).update(level=Level.VERY_HIGH)
    assert "No safe contact for 30 days" in shown(signed_in("advocate"), case)


def test_how_she_is_is_drawn_with_its_table(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    for days in (60, 30, 0):
        support.check_in(actor=cast.advocate, case=case, answers=ALL_ANSWERED, at=max(NOON - days * DAY, OPENED))
    said = shown(signed_in("advocate"), case)
    assert "19 of 32, higher is safer" in said
    assert "<svg" in said
    assert "As a table" in said


# ---- contacts and messages ----------------------------------------------------------------------------------------


def test_a_contact_settles_what_she_was_owed_and_what_lies_ahead(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    agree(cast, case)
    order = made(cast, case, at=NOON - 2 * DAY)
    update = support.owe_update(
        actor=cast.officer, case=case, what=UpdateKind.ARREST, happened_at=NOON - DAY, at=NOON - DAY
    )
    client = signed_in("advocate")
    assert "The subject was arrested" in shown(client, case, "contact/")
    form = {"updates": [update.pk], "orders": [order.pk], **HAPPENED, "minutes": "20"}
    assert client.post(address(case, "contact/"), form)["Location"] == address(case, "?done=told")
    assert UpdateTold.objects.unscoped("test").get().update == update
    assert VictimTold.objects.unscoped("test").get().order == order
    assert "in time" in shown(client, case)


def test_a_call_that_she_did_not_agree_to_is_stopped_and_the_reason_shown(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    agree(cast, case)
    client = signed_in("advocate")
    assert "Not now. The victim has not agreed to a call. Agreed: text." in shown(client, case, "contact/")
    answer = client.post(address(case, "contact/"), {"channel": "call", "happened": "no"}, follow=True)
    said = answer.content.decode()
    assert "Contact stopped: The victim has not agreed to a call. Agreed: text." in said
    assert Contact.objects.unscoped("test").get().outcome == "stopped"


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({}, b"Say whether the contact has happened"),
        ({"happened": "no"}, b"Choose how you make contact"),
        ({"happened": "yes"}, b"Choose how you make contact"),
        ({"happened": "yes", "channel": "text"}, b"Choose what happened"),
        (HAPPENED | {"channel": "pigeon"}, b"Choose one of the answers shown"),
        (HAPPENED | {"minutes": "many"}, b"Enter a whole number"),
        (HAPPENED | {"outcome": "stopped"}, b"Only the safe-contact check"),
        (HAPPENED | when(NOON + HOUR), b"This is in the future"),
        (HAPPENED | when(OPENED - DAY), b"The case was opened on 25 October 2026, 09:00"),
        (HAPPENED | when(NOON) | {"happened_at-time": ""}, b"Enter the time too"),
        (HAPPENED | {"happened_at-time": "11:00"}, b"Enter the day too"),
        (HAPPENED | when(NOON) | {"happened_at-time": "25:00"}, b"Enter a real time"),
    ],
)
def test_what_is_wrong_with_a_contact_is_said(
    cast: Cast, signed_in: SignIn, form: dict[str, str], message: bytes
) -> None:
    answer = signed_in("advocate").post(address(case_of(cast), "contact/"), form)
    assert answer.status_code == 422
    assert message in answer.content
    assert not Contact.objects.unscoped("test").exists()


@pytest.mark.parametrize(
    ("recorded_at", "sent"),
    [
        # Inside her hours, written down outside them; and the next day.
        (NOON + 6 * HOUR, NOON - HOUR),
        (NOON + DAY + 6 * HOUR, NOON - HOUR),
    ],
)
def test_a_text_sent_within_her_hours_and_written_down_later_is_a_safe_contact_of_its_hour(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, recorded_at: datetime, sent: datetime
) -> None:
    case = case_of(cast)
    agree(cast, case)
    order = made(cast, case, at=NOON - 2 * DAY)
    arrested = NOON - DAY
    update = support.owe_update(
        actor=cast.officer, case=case, what=UpdateKind.ARREST, happened_at=arrested, at=arrested
    )
    set_clock(monkeypatch, recorded_at)
    client = signed_in("advocate")
    form = {**HAPPENED, **when(sent), "updates": [update.pk], "orders": [order.pk]}
    assert client.post(address(case, "contact/"), form)["Location"] == address(case, "?done=told")
    kept = Contact.objects.unscoped("test").get()
    assert (kept.attempted_at, kept.recorded_at, kept.safe, kept.rule_broken) == (sent, recorded_at, True, "")
    assert UpdateTold.objects.unscoped("test").get().told_at == sent
    assert VictimTold.objects.unscoped("test").get().told_at == sent
    said = shown(client, case)
    assert "24 November 2026, 11:00" in said
    assert f"written down {recorded_at.day} November 2026, 18:00" in said
    assert "in time" in said


def test_a_call_that_broke_her_rule_is_kept_as_it_was_and_opens_nothing(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    agree(cast, case)
    client = signed_in("advocate")
    form = HAPPENED | {"channel": "call"}
    said = client.post(address(case, "contact/"), form, follow=True).content.decode()
    assert "Contact recorded as it happened. It was not as agreed with the victim, so it is not a safe contact." in said
    assert "Not as agreed, so not a safe contact." in said
    assert "The victim has not agreed to a call. Agreed: text." in said
    assert "Stopped" not in said
    assert Contact.objects.unscoped("test").get().outcome == "reached"


def test_who_is_about_to_reach_her_as_agreed_is_let_go_and_nothing_is_on_record_yet(
    cast: Cast, signed_in: SignIn
) -> None:
    case = case_of(cast)
    agree(cast, case)
    client = signed_in("advocate")
    answer = client.post(address(case, "contact/"), {"channel": "text", "happened": "no"}, follow=True)
    assert "You can make contact by text now, as agreed. Nothing is recorded yet" in answer.content.decode()
    assert not Contact.objects.unscoped("test").exists()
    forged = shown(client, case, "contact/?open=call")
    assert "You can make contact by" not in forged


def test_a_message_leaves_through_the_outbox(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    agree(cast, case)
    form = {"channel": "text", "text": "Are you free at ten?", "once": "one-key"}
    client = signed_in("advocate")
    for _ in range(2):
        assert client.post(address(case, "message/"), form).status_code == 303
    (left,) = outbox()
    assert (left["to"], left["sender"], left["text"]) == ("07700 900123", "Reminders", "Are you free at ten?")
    assert "sent 24 November 2026, 12:00" in shown(client, case)


def test_a_message_out_of_her_hours_stays_with_its_reason(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = case_of(cast)
    agree(cast, case)
    set_clock(monkeypatch, NOON + 3 * HOUR)
    answer = signed_in("advocate").post(
        address(case, "message/"), {"channel": "text", "text": "Are you free at ten?"}, follow=True
    )
    assert b"Message stopped, nothing was sent: Outside the safe hours." in answer.content
    assert outbox() == []


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("Nora, call me", "nora"),
        ("The police rang", "police"),
        ("It is FF-7KQ2M9T", "ff-7kq2m9t"),
        ("", "Write the message"),
    ],
)
def test_a_message_that_tells_is_given_back_to_be_reworded(
    cast: Cast, signed_in: SignIn, text: str, quoted: str
) -> None:
    case = case_of(cast)
    agree(cast, case)
    answer = signed_in("advocate").post(address(case, "message/"), {"channel": "text", "text": text})
    assert answer.status_code == 422
    assert quoted in answer.content.decode()
    assert not Message.objects.unscoped("test").exists()
    assert outbox() == []


# ---- what is agreed and said --------------------------------------------------------------------------------------


def test_how_she_may_be_reached_is_agreed_with_her(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    client = signed_in("advocate")
    form = {
        "channels": ["text", "email"],
        "from_time": "22.00",
        "until_time": "2:00",
        "leave_message": "no",
        "shared_device": "no",
        "confirmed": "yes",
    }
    assert client.post(address(case, "safe-contact/"), form).status_code == 303
    assert "Text or email, 22:00 to 02:00 the next day. Never leave a message." in shown(client, case)
    assert 'value="22:00"' in shown(client, case, "safe-contact/")


def test_an_older_agreement_never_silently_takes_the_place_of_a_newer_one(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    agree(cast, case)
    client = signed_in("advocate")
    seen = re.findall(r'name="version" value="([^"]*)"', shown(client, case, "safe-contact/"))
    nothing = SafeContactRule((), confirmed=True)
    support.agree_contact(actor=cast.officer, case=case, rule=nothing, note="He reads her texts now.", at=NOON - HOUR)
    form = {"channels": ["text"], "note": "Texts are best.", "confirmed": "yes", "version": seen, "once": "a-key"}
    held = client.post(address(case, "safe-contact/"), form).content.decode()
    assert "Officer agreed something else with the victim while you were writing" in held
    assert "He reads her texts now." in held
    assert 'value="Texts are best."' in held
    assert SafeContact.objects.unscoped("test").count() == 2
    again = form | {"version": re.findall(r'name="version" value="([^"]*)"', held), "once": "another-key"}
    assert client.post(address(case, "safe-contact/"), again).status_code == 303
    assert "Text only, any hour" in shown(client, case)


@pytest.mark.parametrize("rest", ["contact/", "message/"])
def test_the_code_phrase_stands_before_the_eyes_of_whoever_reaches_her(
    cast: Cast, signed_in: SignIn, rest: str
) -> None:
    case = case_of(cast)
    support.agree_contact(actor=cast.advocate, case=case, rule=TEXTS, code_phrase="the blue teapot", at=OPENED)
    assert "Code phrase: “the blue teapot”." in shown(signed_in("advocate"), case, rest)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"from_time": "10:00", "until_time": "10:00"}, b"start and end at the same time"),
        ({"from_time": "25:00"}, b"Enter a real time"),
        ({"note": "x" * 301}, b"Shorten this to 300 characters"),
    ],
)
def test_what_nobody_could_follow_is_not_agreed(
    cast: Cast, signed_in: SignIn, changes: dict[str, str], message: bytes
) -> None:
    answer = signed_in("advocate").post(
        address(case_of(cast), "safe-contact/"), {"channels": ["text"], "confirmed": "yes"} | changes
    )
    assert answer.status_code == 422
    assert message in answer.content
    assert not SafeContact.objects.unscoped("test").exists()


def test_a_confidence_is_written_down_and_read_by_nobody_else(cast: Cast, signed_in: SignIn) -> None:
    """Day 20."""
    case = case_of(cast)
    client = signed_in("advocate")
    assert client.post(address(case, "note/"), {"kind": "confidence", "text": "Nobody else knows."}).status_code == 303
    assert VictimNote.objects.unscoped("test").get().text == "Nobody else knows."
    assert "Nobody else knows." in shown(client, case)
    for name in ("officer", "clinician", "coordinator", "outreach", "chair"):
        other = signed_in(name)
        for place in ("", "orders/", "history/", "subject/", "victim/"):
            assert b"Nobody else knows." not in other.get(f"/cases/{case.reference}/{place}").content


def test_she_may_leave_out_any_question(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    client = signed_in("advocate")
    assert client.post(address(case, "measures/safety-check-in/"), {}).status_code == 422
    assert (
        client.post(address(case, "measures/safety-check-in/"), {"home": "certainly", "mode": "video"}).status_code
        == 422
    )
    assert (
        client.post(address(case, "measures/safety-check-in/"), {"home": "not_at_all", "mode": "video"}).status_code
        == 303
    )
    assert CheckIn.objects.unscoped("test").get().total is None
    assert "speak with the victim today" in shown(client, case)


def test_when_her_address_is_sealed_no_page_changes_by_a_byte(cast: Cast, signed_in: SignIn) -> None:
    """F14, T4: not her own file, not the case, not the subject, not the orders, not the search."""
    case = case_of(cast)
    agree(cast, case)
    made(cast, case, at=NOON - DAY)
    pages = [
        ("advocate", address(case)),
        ("advocate", address(case, "contact/")),
        ("officer", address(case)),
        ("officer", f"/cases/{case.reference}/orders/"),
        ("officer", f"/cases/{case.reference}/subject/"),
        ("officer", f"/cases/{case.reference}/"),
        ("clinician", f"/cases/{case.reference}/subject/"),
        ("officer", "/find/?q=Invented+Mews"),
        ("officer", "/"),
    ]

    def read() -> list[bytes]:
        return [masked(signed_in(name).get(place).content) for name, place in pages]

    read()  # the first visit of a case says so; from the second on nothing may differ
    before = read()
    signed_in("advocate").post(address(case, "address/"), {"address": "9 Invented Mews, Nowhere"})
    assert SafeAddress.objects.unscoped("test").count() == 1
    assert read() == before


@pytest.mark.parametrize("name", ["officer", "second_advocate"])
def test_nobody_else_seals_an_address(cast: Cast, signed_in: SignIn, name: str) -> None:
    case = case_of(cast)
    answer = signed_in(name).post(address(case, "address/"), {"address": "9 Invented Mews"})
    assert answer.status_code in (403, 404)
    assert not SafeAddress.objects.unscoped("test").exists()


def test_the_subjects_page_gives_no_hint_of_where_she_is(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast, victim_address="14 Sample Street, NM1 2AB")
    support.agree_contact(actor=cast.advocate, case=case, rule=TEXTS, note="She is at her sister's.", at=OPENED)
    for name in ("officer", "advocate", "analyst", "clinician", "outreach"):
        said = signed_in(name).get(f"/cases/{case.reference}/subject/").content.decode()
        for hint in ("14 Sample Street", "NM1 2AB", "07700 900123", "her sister", "Safe contact"):
            assert hint not in said


# ---- told first ---------------------------------------------------------------------------------------------------


def test_she_was_told_of_a_step_only_in_a_contact_in_which_she_was_reached_safely(
    cast: Cast, signed_in: SignIn
) -> None:
    case = case_of(cast)
    agree(cast, case)
    gate = plan.open_action(
        actor=cast.officer,
        case=case,
        strand=Strand.LEGAL,
        what="Serve it",
        owner_partner="northmoor-police",
        due_on=NOON.date(),
        tell_victim_first=True,
        at=NOON,
    )
    client, page = signed_in("advocate"), f"/cases/{case.reference}/plan/actions/{gate.pk}/told/"
    missed = reached(cast, case, outcome=ContactOutcome.NOT_REACHED)
    assert "No safe contact is recorded." in client.get(page).content.decode()
    assert client.post(page, {"contact": str(missed.pk)}).status_code == 422
    assert not Telling.objects.unscoped("test").exists()
    safely = reached(cast, case, at=NOON - HOUR)
    assert client.post(page, {"contact": str(safely.pk)}).status_code == 303
    kept = Telling.objects.unscoped("test").get()
    assert (kept.contact, kept.told_at) == (safely.pk, NOON - HOUR)
    assert signed_in("officer").get(page).status_code == 403
