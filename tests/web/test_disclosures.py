"""A case's disclosures in the browser: the ledger, the request for a confidence, a pack by two people, a challenge."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from fourfold.access import queries as access_queries
from fourfold.access.terms import RelationKind
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.exhibits.models import Exhibit
from fourfold.exhibits.queries import content_of
from fourfold.gateways.reading_back import docx_parts
from fourfold.governance.models import ConfidenceAsked, Disclosure, Pack
from fourfold.support.models import AtRisk
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
PACK = {
    "kind": "subject",
    "asked_by": "Dean Marlow",
    "received_on": "20/11/2026",
    "identity_proved": "passport seen",
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


def test_a_pack_is_made_by_one_and_let_go_by_another(signed_in: SignIn, case: Case) -> None:
    coordinator, chair = signed_in("coordinator"), signed_in("chair")
    assert "Say how you checked" in sent(coordinator, home(case, "pack/"), **{**PACK, "identity_proved": ""})
    assert "nothing in it leads to a victim" in sent(coordinator, home(case, "pack/"), **PACK)
    pack = Pack.objects.unscoped("test").get()
    assert coordinator.get(home(case, f"pack/{pack.pk}/")).status_code == 403
    assert "and found none" in said(chair, home(case, f"pack/{pack.pk}/"))
    assert "Say how you will send it" in sent(chair, home(case, f"pack/{pack.pk}/"))
    assert "The pack was released" in sent(chair, home(case, f"pack/{pack.pk}/"), channel="handed over")
    file = chair.get(f"/cases/{case.reference}/documents/{pack.pdf}/").content
    assert file.startswith(b"%PDF")


def test_whoever_prepares_a_pack_reads_what_is_left_out_and_leaves_a_false_alarm_in(
    signed_in: SignIn, cast: Cast
) -> None:
    words = "Northwick was quiet. Little Callum saw him at 14 Elder Bank Ln, and DC Callum Rees took the call."
    case = open_case(cast, at=NOW - timedelta(days=60), words=words, victim_address="14 Elder Bank Lane, Northwich")
    held = access_queries.held_by(cast.advocate, "told", at=NOW)
    AtRisk.objects.create(case=case, name="Callum", kind="child", risk="He is there.", review_on=NOW.date(), **held)
    coordinator = signed_in("coordinator")
    page = said(coordinator, home(case, "pack/"))
    assert "<strong>Northwick</strong>" in page
    assert "<strong>14 Elder Bank Ln</strong>" in page
    assert "somebody at risk: a name" in page
    assert page.count('name="keep"') == 2
    assert 'value="address:14elderbankln"' not in page
    court = PACK | {"kind": "court", "asked_by": "Chester Crown Court", "once": "k"}
    page = said(coordinator, home(case, "pack/"))
    keep = ["town:northwick", "address:14elderbankln", "town:made up"]
    assert coordinator.post(home(case, "pack/"), {**court, "keep": keep}).status_code == 303
    pack = Pack.objects.unscoped("test").get()
    text = " ".join(part for _, part in docx_parts(content_of(Exhibit.objects.unscoped("test").get(pk=pack.docx))))
    assert "Northwick was quiet" in text
    assert "Elder Bank" not in text
    assert "Callum" not in text
    assert re.search(r"words that were read and left in\W*<span", said(coordinator, home(case)))


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
