"""In the browser: who comes, who steps aside, advice to cases held elsewhere, work with him, one tap, after closing."""

from __future__ import annotations

import re

import pytest

from fourfold.cases.models import Case, FollowUp, StateSet
from fourfold.duties import services as duties
from fourfold.panel import services as panel
from fourfold.panel.models import Advised, Consultation, Declared, Invitation
from fourfold.plan.models import Intervention, StaffMinutes
from fourfold.web import clock
from tests.cast import NOW, Cast
from tests.panel.scene import bring_before_panel, decision, open_case, ready_to_decide
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case of Northmoor's."""
    return open_case(cast)


def test_an_invited_advocate_says_that_she_comes(signed_in: SignIn, cast: Cast, case: Case) -> None:
    sitting = bring_before_panel(cast, case).sitting
    client = signed_in("advocate")
    said = client.get(f"/panel/{sitting.pk}/").content.decode()
    assert "Nobody is confirmed yet from: police, mental health, outreach, advocacy." in said
    sent = {"coming": "yes", "once": "key-1"}
    assert client.post(f"/panel/sittings/{sitting.pk}/coming/", sent).status_code == 303
    assert Invitation.objects.get(staff=cast.staff["advocate"].pk).coming
    assert "Advocate, advocacy: attending" in client.get(f"/panel/{sitting.pk}/").content.decode()


def test_a_clinician_steps_aside_and_is_asked_nothing(signed_in: SignIn, cast: Cast, case: Case) -> None:
    item = bring_before_panel(cast, case)
    client = signed_in("clinician")
    assert client.post(f"/panel/items/{item.pk}/aside/", {"once": "key-0"}).status_code == 422
    unexplained = client.post(f"/panel/items/{item.pk}/aside/", {"aside": "no", "once": "key-1"})
    assert "Say why this is not a conflict" in unexplained.content.decode()
    assert client.post(f"/panel/items/{item.pk}/aside/", {"aside": "yes", "once": "key-2"}).status_code == 303
    assert Declared.objects.unscoped("test").get().because == ""
    said = client.get(f"/panel/items/{item.pk}/").content.decode()
    assert "You have stepped aside from this item" in said
    assert "Give my view" not in said
    assert "<strong>Stepped aside:</strong> Clinician, mental health." in said


def test_advice_shows_the_rule_the_facts_and_the_source(signed_in: SignIn, cast: Cast, case: Case) -> None:
    said = signed_in("chair").get(f"/panel/items/{ready_to_decide(cast, case).pk}/decide/").content.decode()
    assert "This is advice. The panel decides." in said
    assert "acts on record: 3" in said
    assert "Stalking Protection Act 2019, section 1" in said
    assert "No decision says whether the subject is under investigation." in said


def test_advice_is_asked_given_and_leaves_the_list(signed_in: SignIn, cast: Cast, case: Case) -> None:
    desk, clinician = signed_in("coordinator"), signed_in("clinician")
    here = f"/cases/{case.reference}/consultation/"
    empty = desk.post(f"{here}new/", {"owner": "", "question": "x", "once": "key-1"})
    assert "Enter who keeps the case" in empty.content.decode()
    sent = {"owner": "DC Park, Southmere", "question": "May she be told?", "once": "key-2"}
    assert desk.post(f"{here}new/", sent).status_code == 303
    row = Consultation.objects.unscoped("test").get()
    assert "DC Park, Southmere" in clinician.get("/panel/consultations/").content.decode()
    assert b"Advise DC Park, Southmere" in clinician.get("/").content
    assert clinician.post(f"{here}{row.pk}/", {"advice": "Tell her before.", "once": "key-3"}).status_code == 303
    assert Advised.objects.unscoped("test").get().profession == "mental health"
    assert "Tell her before." in desk.get(here).content.decode()
    assert "No request is waiting" in clinician.get("/panel/consultations/").content.decode()
    assert signed_in("olu").get(here).status_code == 404


def test_a_letter_that_reads_like_a_place_leads_to_what_has_to_be_decided_and_says_so_beforehand(
    signed_in: SignIn, cast: Cast, case: Case
) -> None:
    row = panel.ask_consultation(actor=cast.coordinator, case=case, owner="DC Park", question="See SE 123456?", at=NOW)
    panel.advise(actor=cast.clinician, consultation=row, advice="Tell her before.", at=NOW)
    desk, chair = signed_in("coordinator"), signed_in("chair")
    link = f"/cases/{case.reference}/consultation/{row.pk}/document/"
    assert "whoever makes packs decides on each of them" in desk.get(link).content.decode()
    sent = {"form": "pdf", "to_whom": "DC Park", "agency": "none", "ground": "prevent_crime", "consent": "given"}
    sent |= {"necessity": "The owner acts alone.", "once": "key-5"}
    told = chair.post(link, sent).content.decode()
    assert "Whoever makes packs can make this letter" in told
    led = desk.post(link, sent)["Location"]
    assert desk.post(link, sent)["Location"] == led, "sent twice, made once"
    page = " ".join(re.sub(r"<[^>]+>", " ", desk.get(led).content.decode()).split())
    for words in ("letter of advice", "1 of 1 to decide", "See SE 123456 ?", "What was asked words"):
        assert words in page, words
    assert "Decide what may stand in a pack: letter of advice, asked by DC Park" in desk.get("/").content.decode()
    assert "letter of advice" not in desk.get(f"/cases/{case.reference}/disclosures/pack/").content.decode()


def test_advice_becomes_a_document_for_whoever_holds_the_case_and_a_row_of_the_ledger(
    signed_in: SignIn, cast: Cast, case: Case
) -> None:
    row = panel.ask_consultation(actor=cast.coordinator, case=case, owner="DC Park", question="May she?", at=NOW)
    here, desk = f"/cases/{case.reference}/consultation/", signed_in("coordinator")
    assert "Make the advice as a document" not in desk.get(here).content.decode()
    panel.advise(actor=cast.clinician, consultation=row, advice="Tell her before.", at=NOW)
    link = f"{here}{row.pk}/document/"
    assert link in desk.get(here).content.decode()
    assert link not in signed_in("clinician").get(here).content.decode()
    form = desk.get(link).content.decode()
    assert "Tell her before." in form
    assert 'value="DC Park"' in form
    assert re.search(r'name="agency" type="radio" value="none"', form)
    assert "Nobody else" in form
    empty = desk.post(link, {"once": "key-1"})
    assert empty.status_code == 422
    for field in ("form", "ground", "consent", "agency"):
        assert f'href="#{field}"' in empty.content.decode()
    solicitors = "Hart Solicitors, Northmoor Police"
    sent = {
        "form": "docx",
        "to_whom": solicitors,
        "agency": "none",
        "ground": "prevent_crime",
        "consent": "not_asked",
        "once": "key-2",
    }
    unsaid = desk.post(link, sent).content.decode()
    assert "Say why it is needed" in unsaid
    sent |= {"necessity": "The owner acts alone.", "consent_reason": "It is not safe to ask her.", "once": "key-3"}
    done = desk.post(link, sent)
    assert done["Location"] == f"{here}?done=sent"
    assert desk.post(link, sent)["Location"] == f"{here}?done=sent", "sent twice, made once"
    assert "You can now send it." in desk.get(done["Location"]).content.decode()
    documents = f"/cases/{case.reference}/documents/"
    assert f"for {solicitors}" in desk.get(documents).content.decode()
    assert solicitors not in signed_in("officer").get(documents).content.decode(), "a name typed opens nothing"
    chosen = sent | {"to_whom": "DC Park", "agency": cast.officer.partner, "once": "key-4"}
    assert desk.post(link, chosen).status_code == 303
    assert "for DC Park" in signed_in("officer").get(documents).content.decode()
    assert "for DC Park" not in signed_in("clinician").get(documents).content.decode()
    ledger = desk.get(f"/cases/{case.reference}/disclosures/").content.decode()
    for words in ("The unit’s advice of", "The owner acts alone.", "DC Park"):
        assert words.replace("’", "&#39;") in ledger
    assert signed_in("olu").get(link).status_code == 403
    assert signed_in("officer").post(link, sent).status_code == 403


def test_work_with_him_is_begun_watched_and_ended(signed_in: SignIn, cast: Cast, case: Case) -> None:
    item = ready_to_decide(cast, case)
    panel.record_decision(actor=cast.chair, item=item, draft=decision(under_investigation="no"), at=NOW)
    client, here = signed_in("clinician"), f"/cases/{case.reference}/plan/"
    sent = {"kind": "direct_work", "approach": "schema", "goals": "", "sessions_agreed": "12", "once": "key-1"}
    assert "Write at least one goal" in client.post(f"{here}work/new/", sent).content.decode()
    sent |= {"goals": "He names three limits.\nHe lets a day pass.", "readiness": "contemplation", "once": "key-2"}
    assert client.post(f"{here}work/new/", sent).status_code == 303
    row = Intervention.objects.unscoped("test").get()
    goal = row.goals.unscoped("test").order_by("position").first()
    step = {f"goal-{goal.pk}": "reached", "readiness": "action", "once": "key-3"}
    assert client.post(f"{here}work/{row.pk}/", step).status_code == 303
    said = client.get(here).content.decode()
    assert "He names three limits.: reached" in said
    assert "Readiness: is changing, before that thinks about changing" in said
    assert "Say why it ended" in client.post(f"{here}work/{row.pk}/end/", {"how": "subject_left"}).content.decode()
    ended = {"how": "want_of_capacity", "reason": "Nobody follows her.", "once": "key-4"}
    assert client.post(f"{here}work/{row.pk}/end/", ended).status_code == 303
    assert "Ended because of a lack of capacity" in client.get(here).content.decode()
    assert signed_in("officer").post(f"{here}work/{row.pk}/end/", ended).status_code == 403


def test_minutes_are_logged_with_one_tap(signed_in: SignIn, cast: Cast, case: Case) -> None:
    client, here = signed_in("outreach"), f"/cases/{case.reference}/plan/"
    assert "15 min" in client.get(here).content.decode()
    sent = {"minutes": "15", "role": "outreach_worker", "once": "key-1"}
    for _ in range(2):
        assert client.post(f"{here}minutes/tap/", sent).status_code == 303
    row = StaffMinutes.objects.unscoped("test").get()
    assert (row.minutes, row.role, row.worked_on) == (15, "outreach_worker", NOW.date()), "a tap sent twice counts once"


def test_no_window_is_said_to_open_while_the_case_is_open_again(signed_in: SignIn, cast: Cast, case: Case) -> None:
    common = {name: getattr(case, name) for name in ("controller", "basis", "source", "recorded_at", "recorded_by")}
    FollowUp.objects.create(case=case, months=6, opens_at=NOW.replace(year=2027), **common)
    page = signed_in("advocate").get(f"/cases/{case.reference}/after/").content.decode()
    assert "This case is open again" in page
    assert "not open yet" not in page


def test_an_open_window_stands_in_the_day_and_is_answered(signed_in: SignIn, cast: Cast, case: Case) -> None:
    Case.objects.unscoped("test").update(state="closed")
    common = {name: getattr(case, name) for name in ("controller", "basis", "source", "recorded_at", "recorded_by")}
    StateSet.objects.create(case=case, state="closed", entered_at=NOW, **common)
    row = FollowUp.objects.create(case=case, months=3, opens_at=NOW, **common)
    list(duties.checked(mend=True))  # it was written past the services
    client, here = signed_in("advocate"), f"/cases/{case.reference}/after/"
    assert b"3 months after closing" in client.get("/").content
    assert "open now" in client.get(here).content.decode()
    wrong = client.post(f"{here}{row.pk}/", {"summary": "Asked.", "feels_safer": "yes", "once": "key-1"})
    assert "only if somebody reached them" in wrong.content.decode()
    sent = {"summary": "By text.", "victim_reached": "yes", "new_act": "no", "feels_safer": "yes", "once": "key-2"}
    assert client.post(f"{here}{row.pk}/", sent).status_code == 303
    assert "By text." in client.get(here).content.decode()
