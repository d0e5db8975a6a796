"""A case's disclosures in the browser: the ledger, the request for a confidence, a pack by two people, a challenge."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from fourfold.access.terms import RelationKind
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.governance.models import ConfidenceAsked, Disclosure
from tests.cases.builders import open_case
from tests.cast import NOW, Cast, assign
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

SECRET = "the flatmate owed him money"
ASKED = {
    "enquiry": "Where he had her number from.",
    "sought": "what she told about the flatmate",
    "necessity": "Nothing else shows it.",
    "tried": "His telephone was read.",
    "authorised_by": "DI R. Vale",
    "told_her_at": "24/11/2026",
    "expires_on": "1/2/2027",
}
FORMS = ("record", "ask", "pack", "hold", "retention", "challenge")


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fourfold.web.clock.now", lambda: NOW)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case with its officer and its advocate."""
    case = open_case(cast, at=NOW - timedelta(days=60))
    for name, kind in (("advocate", RelationKind.ADVOCATE), ("officer", RelationKind.OIC)):
        assign(actor=cast.coordinator, case=case, staff=cast.staff[name].pk, kind=kind, at=NOW)
    return case


def home(case: Case, rest: str = "") -> str:
    return f"/cases/{case.reference}/disclosures/{rest}"


def said(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return re.sub(r"\s+", " ", answer.content.decode())


def sent(client: Client, address: str, **fields: str) -> str:
    """Send a form; return the page that it leads to, or the form with what is wrong."""
    answer = client.post(address, fields, follow=True)
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_case_from_which_nothing_left_says_what_would_stand_there(signed_in: SignIn, case: Case) -> None:
    page = said(signed_in("officer"), home(case))
    for words in ("Nothing has been disclosed", "No pack", "Nobody has challenged this record", "The case is open"):
        assert words in page


def test_every_control_bites_in_the_ledger(signed_in: SignIn, case: Case) -> None:
    outreach = signed_in("outreach")
    told = {
        "what": "the conditions in force",
        "to_whom": "Housing options",
        "compartment": "core",
        "ground": "safeguarding",
        "necessity": "So that she is not housed on his road.",
    }
    assert "Say whether the person concerned was asked" in sent(outreach, home(case, "record/"), **told)
    assert "The person said no, so you cannot disclose it" in sent(
        outreach, home(case, "record/"), **told, consent="refused"
    )
    assert "Say why the person concerned was not asked" in sent(
        outreach, home(case, "record/"), **told, consent="not_asked"
    )
    assert not Disclosure.objects.unscoped("test").exists()
    page = sent(outreach, home(case, "record/"), **told, consent="given", expires_on="24/5/2027")
    assert "The disclosure was recorded." in page
    assert "to Housing options" in page
    assert "Housing options" in said(signed_in("governance"), "/oversight/disclosures/")


def test_what_she_told_leaves_by_one_door_only(signed_in: SignIn, case: Case) -> None:
    officer, advocate = signed_in("officer"), signed_in("advocate")
    assert "has gone to the victim" in sent(officer, home(case, "ask/"), **ASKED)
    asked = home(case, f"asked/{ConfidenceAsked.objects.unscoped('test').get().pk}/")
    assert "Ask the victim about a request" in said(advocate, "/")
    decided = {"step": "decide", "releases": "yes", "reason": "She agreed.", "released": SECRET}
    assert "Ask the victim first" in sent(advocate, asked, **decided)
    sent(advocate, asked, step="victim_answer", answer="refused", words="No, never.")
    assert "the victim said no: No, never." in said(advocate, asked)
    assert "No, never." not in said(officer, asked)
    assert "A second advocate then has to sign" in sent(advocate, asked, **decided)
    sent(advocate, asked, **decided, overrides="yes")
    assert SECRET not in said(officer, asked)
    second = signed_in("second_advocate")
    assert "Sign or stop" in said(second, "/")
    assert SECRET not in said(second, asked)
    sent(second, asked, step="sign", agrees="yes")
    assert SECRET in said(officer, asked)
    assert SECRET not in said(officer, home(case))
    for name in ("clinician", "outreach", "olu"):
        assert signed_in(name).get(asked).status_code == 404


def test_what_he_says_about_his_record_is_answered_beside_it(signed_in: SignIn, case: Case) -> None:
    coordinator = signed_in("coordinator")
    told = {"by_whom": "subject", "kind": "inaccurate", "about": "the report of 3 May", "words": "I was not there."}
    page = sent(coordinator, home(case, "challenge/"), **told, received_on="20/11/2026")
    assert "I was not there." in page
    answer = re.search(r"disclosures/(challenge/[0-9a-f-]{36}/)", page)
    assert answer is not None
    page = sent(
        coordinator, home(case, answer[1]), outcome="statement_added", reason="Both are kept.", correction="He says no."
    )
    assert "Added to the record: He says no." in page


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("outreach", "record/"),
        ("officer", "ask/"),
        ("coordinator", "pack/"),
        ("chair", "hold/"),
        ("chair", "retention/"),
        ("coordinator", "challenge/"),
    ],
)
def test_every_form_opens_and_says_what_is_missing(signed_in: SignIn, case: Case, name: str, rest: str) -> None:
    client = signed_in(name)
    assert "<form" in said(client, home(case, rest))
    assert "There is a problem" in sent(client, home(case, rest))


def test_a_hold_is_placed_and_lifted(signed_in: SignIn, case: Case) -> None:
    chair = signed_in("chair")
    page = sent(chair, home(case, "hold/"), kind="inquest", reason="The coroner wrote.")
    assert "On hold" in page
    assert "hold: an inquest" in said(signed_in("governance"), "/oversight/disclosures/")
    lift = re.search(r"disclosures/(hold/[0-9a-f-]{36}/)", page)
    assert lift is not None
    assert "The hold was lifted." in sent(chair, home(case, lift[1]), reason="It is closed.")


@pytest.mark.parametrize("rest", ["", *(f"{form}/" for form in FORMS)])
def test_another_site_and_a_walled_colleague_find_nothing(signed_in: SignIn, cast: Cast, case: Case, rest: str) -> None:
    cases.wall_off(actor=cast.governance, case=case, staff=cast.staff["second_officer"].pk, reason="a cousin", at=NOW)
    for name in ("olu", "second_officer"):
        assert signed_in(name).get(home(case, rest)).status_code in (403, 404)
        assert (
            signed_in(name).get(home(case, rest)).status_code
            == signed_in(name).get(f"/cases/FF-00000/disclosures/{rest}").status_code
        )
