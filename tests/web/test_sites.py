"""Sites in the browser: a fourth one is described by a coordinator and founded by the programme, without any code."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fourfold.access import services as access
from fourfold.access.models import Account, AccountAsked, Agreement, AgreementAsked, Membership, Relation, Staff
from fourfold.access.queries import sites_that_tell
from fourfold.access.terms import BASIS_OF_PARTNER, PartnerKind, RelationKind, Role
from fourfold.audit.models import Entry
from fourfold.audit.queries import verify
from fourfold.programme import queries
from fourfold.programme.models import Catchment, Site, Working
from fourfold.programme.sites import shipped_site
from fourfold.programme.sites.writing import toml_of
from fourfold.web import clock
from tests.access.builders import end_agreement
from tests.cases.builders import open_case
from tests.cast import LONG_AGO, NOW, Cast, assign, hire, vouched
from tests.orders.builders import case_of
from tests.orders.test_subject import at_southmere
from tests.web.conftest import SignIn, start_session

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


#: Somebody of an agency who was vouched for and trained long ago.
STANDS: dict[str, Any] = {"vouched_at": LONG_AGO, "trained_until": date(2030, 1, 1)}


def described(**said: Any) -> dict[str, Any]:
    """A fourth site as a coordinator types it, with `said` instead."""
    whole = {
        "do": "look",
        "name": "Eastmarsh",
        "code": "eastmarsh",
        "force_code": "E23000099",
        "live_on": "24/11/2026",
        "partner-1-name": "Eastmarsh Police",
        "partner-1-code": "eastmarsh-police",
        "partner-1-kind": "police",
        "partner-2-name": "Eastmarsh NHS",
        "partner-2-code": "eastmarsh-nhs",
        "partner-2-kind": "nhs",
        "hosts": "1",
        "areas": "E06000098, Marsh, City of\nE06000099, Saltings, 2027-03-01, 81000",
        "model": "panel",
        "quorum": ["police", "mental health"],
        "triage_outcomes": ["panel", "consultation", "redirect"],
        "instruments": ["first-line", "judgement"],
        "review_hours-very_high": "48",
        "review_hours-high": "168",
        "review_hours-medium": "720",
        "review_hours-low": "1440",
        "early_days": "90",
        "early_review_percent": "50",
        "panel_every_days": "14",
        "measure_every_days": "28",
        "consultation_hours": "72",
        "minimum_age": "18",
        "residents_only": "yes",
        "measures-high": "victim safety, monitoring: Have her advocate call every week. (victim first)",
        "advice": "[]",
    }
    return {name: value for name, value in {**whole, **said}.items() if value is not None}


def kept(answer: Any) -> str:
    """Return the description that a preview carries to its buttons."""
    return html.unescape(re.search(r'name="kept" value="([^"]*)"', answer.content.decode())[1])  # type: ignore[index]


def founded(client: Client) -> Site:
    """Describe the fourth site, look at it, and found it."""
    shown = client.post("/sites/new/", described())
    assert shown.status_code == 200
    answer = client.post("/sites/new/", {"do": "found", "kept": kept(shown), "once": "found-1"})
    assert (answer.status_code, answer["Location"]) == (303, "/sites/of/eastmarsh/?done=founded")
    return Site.objects.get(code="eastmarsh")


def test_a_fourth_site_is_shown_before_anything_is_kept(signed_in: SignIn) -> None:
    answer = signed_in("lead").post("/sites/new/", described())
    said = answer.content.decode()
    assert "Nothing is saved yet" in said
    assert "very high after 2 days; high after 7 days" in said
    assert "Marsh, City of" in said
    assert "Saltings" in said
    assert "not allowed" in said, "the gate: no direct work while the police investigate"
    assert "high: Have her advocate call every week" in said
    assert not Site.objects.filter(code="eastmarsh").exists()


def test_a_fourth_site_is_founded_in_the_browser_and_works_by_its_own_rules(signed_in: SignIn, cast: Cast) -> None:
    site = founded(signed_in("lead"))
    working = queries.working("eastmarsh", NOW.date())
    assert (site.name, working.quorum, working.review_hours["very_high"]) == (
        "Eastmarsh",
        ("police", "mental health"),
        48,
    )
    assert working.measures["high"][0]["tell_victim_first"] is True
    assert [(area.name, area.live_on, area.population) for area in queries.site("eastmarsh").catchments] == [
        ("Marsh, City of", date(2026, 11, 24), None),
        ("Saltings", date(2027, 3, 1), 81_000),
    ]
    assert Entry.objects.filter(action="site.founded").count() == 1


def test_what_is_sent_twice_founds_once(signed_in: SignIn) -> None:
    client = signed_in("lead")
    said = {"do": "found", "kept": kept(client.post("/sites/new/", described())), "once": "found-1"}
    first, again = client.post("/sites/new/", said), client.post("/sites/new/", said)
    assert first["Location"] == again["Location"]
    assert Site.objects.filter(code="eastmarsh").count() == 1


def test_people_of_the_fourth_site_sit_down_to_their_own_desk(signed_in: SignIn, cast: Cast) -> None:
    founded(signed_in("lead"))
    staff = Staff.objects.create(name="Ellis Marsh", partner="eastmarsh-police", partner_kind="police", **STANDS)
    Membership.objects.create(staff=staff, site="eastmarsh", role=Role.UNIT_COORDINATOR, from_at=NOW)
    account = access.give_account(
        actor=access.first_administrator(at=NOW),
        staff=staff,
        email="ellis@demo.invalid",
        password="a long invented one",
        at=NOW,
        vouched_at=LONG_AGO,
    )
    client = at_the_desk(account)
    assert [client.get(address).status_code for address in ("/", "/desk/", "/panel/", "/sites/of/eastmarsh/")] == [
        200
    ] * 4
    assert "meets every 14 days" in client.get("/panel/").content.decode()
    assert client.get("/sites/of/northmoor/").status_code == 404


def at_the_desk(account: Account) -> Client:
    """Begin a session of an account as the sign-in leaves it."""
    client = Client()
    start_session(client, account)
    return client


WRONG = [
    ({"partner-2-kind": "army"}, "partner-2-kind", "Partner 2, kind, is “army”; write one of: police, nhs"),
    ({"areas": "Marsh, Marsh"}, "areas", "Area 1, code, is “MARSH”; write the ONS code"),
    ({"areas": "E06000098, Marsh, 2020-01-01"}, "areas", "before the site itself goes live on 24 November 2026"),
    ({"quorum": ["dentist"]}, "quorum", "names “dentist”; use only: police, mental health"),
    ({"review_hours-high": "24"}, "review_hours-very_high", "a higher level is seen sooner"),
    ({"measures-high": "Call her."}, "measures-high", "has no strand and class. Write it like the example"),
    ({"advice": "no"}, "model", "The rules of advice did not arrive whole"),
]


def test_a_coordinator_reads_at_the_field_what_to_mend_and_keeps_what_was_typed(signed_in: SignIn) -> None:
    client = signed_in("lead")
    for said, field, message in WRONG:
        answer = client.post("/sites/new/", described(**said))
        shown = html.unescape(answer.content.decode())
        assert answer.status_code == 422, said
        assert message in shown, (said, re.findall(r'class="govuk-error-message">(.*?)</p>', shown))
        assert f'href="#{field}"' in shown, said
        assert f'id="{field}' in shown, "the summary leads to the field"
        assert "Have her advocate call every week." in shown or "measures-high" in said


def test_a_coordinator_describes_a_site_and_hands_it_on_as_a_file(signed_in: SignIn) -> None:
    client = signed_in("coordinator")
    shown = client.post("/sites/new/", described())
    assert "You cannot set up a site" in shown.content.decode()
    assert client.post("/sites/new/", {"do": "found", "kept": kept(shown), "once": "x"}).status_code == 403
    assert not Site.objects.filter(code="eastmarsh").exists()
    file = client.post("/sites/new/", {"do": "save", "kept": kept(shown)})
    assert file["Content-Disposition"] == 'attachment; filename="eastmarsh.toml"'
    lead = signed_in("lead")
    brought = SimpleUploadedFile("eastmarsh.toml", file.content)
    again = lead.post("/sites/new/", {"do": "read", "file": brought})
    assert lead.post("/sites/new/", {"do": "found", "kept": kept(again), "once": "y"}).status_code == 303
    assert queries.working("eastmarsh", NOW.date()).panel_every_days == 14


def test_a_description_may_be_changed_before_it_is_founded(signed_in: SignIn) -> None:
    client = signed_in("lead")
    shown = client.post("/sites/new/", described())
    form = client.post("/sites/new/", {"do": "mend", "kept": kept(shown)}).content.decode()
    assert 'value="Eastmarsh NHS"' in form
    assert "E06000099, Saltings, 2027-03-01, 81000" in form
    assert "victim safety, monitoring: Have her advocate call every week. (victim first)" in form


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"code = ", "eastmarsh.toml is not TOML"),
        (b"\xff\xfe\x00", "is not text in UTF-8"),
        (b'code = "eastmarsh"', "name is missing; add it"),
        (toml_of(shipped_site("hampshire")).replace('"outreach"', '"dentist"', 1).encode(), "names “dentist”"),
        (b"", "Choose the site’s file"),
    ],
)
def test_a_file_that_cannot_be_used_says_which_line_to_mend(signed_in: SignIn, content: bytes, said: str) -> None:
    file = SimpleUploadedFile("eastmarsh.toml", content)
    answer = signed_in("lead").post("/sites/new/", {"do": "read", "file": file})
    assert answer.status_code == 422
    assert said.replace("’", "'") in html.unescape(answer.content.decode()).replace("’", "'")


def test_an_area_that_has_a_unit_is_refused_in_the_preview(signed_in: SignIn) -> None:
    client = signed_in("lead")
    founded(client)
    answer = client.post("/sites/new/", described(code="westmarsh", name="Westmarsh"))
    shown = html.unescape(answer.content.decode())
    assert answer.status_code == 422
    assert "(Marsh, City of), which Eastmarsh serves already" in shown
    assert "Set up this site" not in shown


def test_a_site_that_a_colleague_set_up_first_keeps_what_was_described(signed_in: SignIn) -> None:
    client = signed_in("lead")
    shown = client.post("/sites/new/", described())
    founded(client)
    answer = client.post("/sites/new/", {"do": "found", "kept": kept(shown), "once": "late"})
    assert answer.status_code == 422
    assert 'value="Eastmarsh NHS"' in answer.content.decode()


@pytest.mark.parametrize("carried", ["", "{", "[]", '{"catchments": 3}', '{"live_on": "soon"}', "[" * 5000])
def test_a_description_that_was_tampered_with_is_told_and_nothing_breaks(signed_in: SignIn, carried: str) -> None:
    for wish in ("found", "mend", "save"):
        answer = signed_in("lead").post("/sites/new/", {"do": wish, "kept": carried, "once": wish})
        assert answer.status_code in (200, 422)
    assert not Site.objects.filter(code="eastmarsh").exists()


def test_a_site_changes_how_it_works_from_a_day_on_after_a_look(signed_in: SignIn) -> None:
    client = signed_in("lead")
    page = client.get("/sites/of/northmoor/change/").content.decode()
    assert 'name="panel_every_days" type="text" value="7"' in page
    said = {name: value for name, value in described().items() if not name.startswith(("partner", "area"))}
    shown = client.post("/sites/of/northmoor/change/", said | {"from_on": "1/1/2027"})
    assert "every 2 weeks" in shown.content.decode()
    assert Working.objects.filter(site="northmoor").count() == 1
    keep = {"do": "keep", "kept": kept(shown), "from_on": "2027-01-01", "once": "c"}
    assert client.post("/sites/of/northmoor/change/", keep)["Location"] == "/sites/of/northmoor/?done=changed"
    assert queries.working("northmoor", date(2027, 1, 1)).panel_every_days == 14
    assert queries.working("northmoor", date(2026, 12, 31)).panel_every_days == 7
    unit = signed_in("coordinator").get("/sites/of/northmoor/").content.decode()
    assert "From 1 Jan 2027" in unit or "From 1 January 2027" in unit


def test_a_change_in_the_past_is_refused_at_its_day(signed_in: SignIn) -> None:
    said = {name: value for name, value in described().items() if not name.startswith(("partner", "area"))}
    answer = signed_in("lead").post("/sites/of/northmoor/change/", said | {"from_on": "23/11/2026"})
    assert answer.status_code == 422
    assert "which has passed; choose a later day" in answer.content.decode()


def test_a_site_opens_area_by_area(signed_in: SignIn) -> None:
    client = signed_in("lead")
    said = {"areas": "E06000098, Marsh\nE06000099, Saltings, 2027-03-01", "once": "a"}
    assert client.post("/sites/of/northmoor/areas/", said)["Location"] == "/sites/of/northmoor/?done=opened"
    page = client.get("/sites/of/northmoor/").content.decode()
    assert "1 of 2 areas live" in page
    again = client.post("/sites/of/northmoor/areas/", said | {"once": "b"})
    assert again.status_code == 422
    assert "which Northmoor serves already" in html.unescape(again.content.decode())
    assert Catchment.objects.filter(site="northmoor").count() == 2


def test_a_unit_that_is_not_live_yet_says_from_when_instead_of_failing(signed_in: SignIn, cast: Cast) -> None:
    client = signed_in("lead")
    shown = client.post("/sites/new/", described(live_on="1/3/2027"))
    client.post("/sites/new/", {"do": "found", "kept": kept(shown), "once": "f"})
    staff = Staff.objects.create(name="Ellis Marsh", partner="eastmarsh-police", partner_kind="police", **STANDS)
    Membership.objects.create(staff=staff, site="eastmarsh", role=Role.UNIT_COORDINATOR, from_at=NOW)
    account = access.give_account(
        actor=access.first_administrator(at=NOW),
        staff=staff,
        email="ellis@demo.invalid",
        password="a long invented one",
        at=NOW,
        vouched_at=LONG_AGO,
    )
    early = at_the_desk(account)
    assert "The unit does not screen, meet or decide before" in early.get("/sites/of/eastmarsh/").content.decode()
    assert [early.get(address).status_code for address in ("/", "/desk/", "/panel/", "/cases/")] == [200] * 4
    board = early.get("/unit/quality/")
    assert board.status_code == 409
    assert "It goes live on 1 March 2027." in board.content.decode()


@pytest.mark.parametrize(
    ("name", "address", "status"),
    [
        ("olu", "/sites/of/northmoor/", 404),
        ("olu", "/sites/of/northmoor/file/", 404),
        ("olu", "/sites/of/southmere/", 200),
        ("coordinator", "/sites/of/northmoor/change/", 403),
        ("coordinator", "/sites/of/northmoor/areas/", 403),
        ("officer", "/sites/", 200),
        ("evaluator", "/sites/", 403),
        ("administrator", "/sites/of/southmere/change/", 200),
        ("lead", "/sites/of/atlantis/", 404),
    ],
)
def test_each_sees_what_the_roles_table_gives(signed_in: SignIn, name: str, address: str, status: int) -> None:
    assert signed_in(name).get(address).status_code == status


def test_a_site_as_it_stands_is_a_file_from_which_another_can_be_made(signed_in: SignIn) -> None:
    file = signed_in("lead").get("/sites/of/southmere/file/")
    assert 'quorum = ["police", "mental health", "outreach", "advocacy"]' in file.content.decode()
    like = signed_in("coordinator").get("/sites/new/?like=northmoor").content.decode()
    assert 'value="mental health" checked' in like
    assert signed_in("coordinator").get("/sites/new/?like=southmere").status_code == 200, "and says nothing of it"


# ---- its people -----------------------------------------------------------------------------------------------------


def person(**said: str) -> dict[str, str]:
    """Somebody who is to be taken on at the fourth site."""
    whole = {"name": "Robin Fen", "partner": "eastmarsh-nhs", "role": "mental_health_professional"}
    whole["staff_number"] = "N-1"
    return {**whole, "email": "robin@demo.invalid", "once": "p-1", **said}


def hired(name: str, role: Role, email: str, cast: Cast, partner: str = "eastmarsh-nhs") -> Account:
    """Return the account of somebody who works at the fourth site and was vouched for long ago."""
    AccountAsked.objects.filter(email=email).delete()
    staff = Staff.objects.create(name=name, partner=partner, partner_kind=partner.split("-")[1], **STANDS)
    site = "" if role is Role.AGENCY_LEAD else "eastmarsh"
    Membership.objects.create(staff=staff, site=site, role=role, from_at=NOW)
    host = access.first_administrator(at=NOW)
    return access.give_account(actor=host, staff=staff, email=email, password="x", at=NOW, vouched_at=LONG_AGO)


def test_the_fourth_site_gets_its_people_and_agreements_in_the_browser_and_they_sign_in(
    signed_in: SignIn, cast: Cast
) -> None:
    founded(signed_in("lead"))
    administrator = signed_in("administrator")
    assert "Nobody works here yet" in administrator.get("/sites/of/eastmarsh/people/").content.decode()
    assert administrator.post("/sites/of/eastmarsh/people/new/", person()).status_code == 303
    assert not Account.objects.filter(email="robin@demo.invalid").exists()
    assert "Robin Fen: take on" in administrator.get("/agency/of/eastmarsh-nhs/").content.decode()
    account = hired("Robin Fen", Role.MENTAL_HEALTH_PROFESSIONAL, "robin@demo.invalid", cast)
    governance = at_the_desk(hired("Gale", Role.GOVERNANCE_LEAD, "gale@demo.invalid", cast))
    assert "No agreement with Eastmarsh NHS" in governance.get("/sites/of/eastmarsh/people/").content.decode()
    signed = {"partner": "eastmarsh-nhs", "opens": ["core", "risk"], "starts_on": "24/11/2026", "ends_on": "24/11/2028"}
    assert governance.post("/sites/of/eastmarsh/people/agreement/", signed).status_code == 303
    (asked,) = AgreementAsked.objects.all()
    assert (asked.signer, Agreement.objects.filter(site="eastmarsh").count()) == ("eastmarsh-police", 0)
    lead = hired("Lee", Role.AGENCY_LEAD, "lee@demo.invalid", cast, "eastmarsh-police")
    assert at_the_desk(lead).post(f"/agreements/{asked.pk}/", {"given": "yes"}).status_code == 303
    read = at_the_desk(account).get("/sites/of/eastmarsh/people/").content.decode()
    assert "what happened and the measures, risk and its level" in read
    assert "No agreement with" not in read


def test_the_force_of_another_unit_learns_by_agreement_that_a_record_exists_and_no_more(signed_in: SignIn) -> None:
    """No agreement between two forces could be asked for on a page, nor typed: the promise was for nobody."""
    governance, people = signed_in("governance"), "/sites/of/northmoor/people/"
    assert "Southmere Police (another unit)" in governance.get(people).content.decode()
    asks = {"partner": "southmere-police", "starts_on": "24/11/2026", "ends_on": "24/11/2028"}
    late = governance.post(f"{people}agreement/", asks | {"ends_on": "24/11/2025"})
    assert (late.status_code, b"checked" in late.content) == (422, False), "what was left open stays open"
    assert governance.post(f"{people}agreement/", asks | {"partner": "southmere-nhs"}).status_code == 422
    assert governance.post(f"{people}agreement/", asks).status_code == 303
    (asked,) = AgreementAsked.objects.all()
    assert (asked.site, asked.signer, asked.compartments) == ("northmoor", "southmere-police", 0)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"role": "victim_advocate"}, "A victim advocate works for a partner of this kind: advocacy"),
        ({"role": "evaluator"}, "works for the programme, or for nobody, and not in a unit"),
        ({"partner": "northmoor-nhs"}, "Choose a partner of this unit"),
        ({"email": "robin"}, "Write an e-mail address"),
        ({"name": ""}, "Write the person’s name"),
    ],
)
def test_who_cannot_be_taken_on_is_told_why(signed_in: SignIn, said: dict[str, str], message: str) -> None:
    founded(signed_in("lead"))
    answer = signed_in("administrator").post("/sites/of/eastmarsh/people/new/", person(**said))
    assert answer.status_code == 422
    assert message in html.unescape(answer.content.decode())
    assert not Staff.objects.filter(name="Robin Fen").exists()


def test_nobody_else_takes_people_on_or_signs_for_another_unit(signed_in: SignIn) -> None:
    for name in ("lead", "coordinator", "olu"):
        assert signed_in(name).post("/sites/of/northmoor/people/new/", person()).status_code == 403
    signed = {"partner": "southmere-police", "opens": ["core"], "starts_on": "24/11/2026", "ends_on": "24/11/2028"}
    assert signed_in("governance").post("/sites/of/southmere/people/agreement/", signed).status_code == 404
    assert signed_in("olu").get("/sites/of/northmoor/people/").status_code == 404


AGREED = {"partner": "northmoor-advocacy", "opens": ["core"], "starts_on": "24/11/2026", "ends_on": "24/11/2028"}


def asked_of(client: Client, **more: str) -> AgreementAsked:
    """Ask for an agreement of the unit, and return what waits."""
    assert client.post("/sites/of/northmoor/people/agreement/", AGREED | more).status_code == 303
    return AgreementAsked.objects.get(answered_at=None)


def answered(client: Client, asked: AgreementAsked, **said: str) -> int:
    return client.post(f"/agreements/{asked.pk}/", {"given": "yes"} | said).status_code


def test_nobody_alone_lets_a_partner_read_and_whoever_asked_in_vain_reads_why(
    signed_in: SignIn, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    vouched(cast)
    end_agreement(cast, Agreement.objects.get(partner="northmoor-advocacy"))
    governance, people, later = signed_in("governance"), "/sites/of/northmoor/people/", NOW + timedelta(days=8)
    assert "No agreement waits" in governance.get(people).content.decode()
    asked = asked_of(governance)
    assert governance.post(f"{people}agreement/", AGREED).status_code == 422, "it waits already"
    for who, status in {"governance": 403, "second_governance": 403, "olu": 403, "nhs_lead": 404}.items():
        assert answered(signed_in(who), asked) == status, who
    assert "No agreement with Northmoor Advocacy" in governance.get(people).content.decode()
    lead = signed_in("advocacy_lead")
    assert f"/agreements/{asked.pk}/" in lead.get("/", follow=True).content.decode()
    assert answered(lead, asked, given="no") == 422
    assert answered(lead, asked, given="no", because="Not their address.") == 303
    assert "Advocacy Lead said no: Not their address." in governance.get("/", follow=True).content.decode()
    assert "Advocacy Lead: Not their address." in signed_in("second_governance").get(people).content.decode()
    asked = asked_of(governance)
    assert signed_in("second_governance").post(f"{people}agreement/{asked.pk}/back/").status_code == 404
    assert governance.post(f"{people}agreement/{asked.pk}/back/").status_code == 303, "one alone takes it back"
    asked = asked_of(governance)
    assert answered(lead, asked) == 303
    assert "No agreement with Northmoor Advocacy" not in governance.get(people).content.decode()
    assert not verify(every_row=True).findings
    asked = asked_of(governance, partner="northmoor-nhs")
    assert asked.signer == "northmoor-police", "whoever asks works for it: the agency that holds the cases signs"
    monkeypatch.setattr(clock, "now", lambda: later)
    assert answered(signed_in("police_lead"), asked) == 404
    assert "nobody answered in time" in signed_in("governance").get("/", follow=True).content.decode()


# ---- between units --------------------------------------------------------------------------------------------------

BETWEEN = {"partner": "northmoor-police", "starts_on": "24/11/2026", "ends_on": "24/11/2028"}
NORTH, SOUTH = "/sites/of/northmoor/people/", "/sites/of/southmere/people/"


def asked_between(client: Client, where: str = SOUTH, **more: Any) -> AgreementAsked:
    """Ask that the other force learns, and no more, that a record exists here."""
    assert client.post(f"{where}agreement/", BETWEEN | more).status_code == 303
    return AgreementAsked.objects.get(answered_at=None)


@pytest.fixture
def south(cast: Cast) -> Cast:
    """Give the other force a lead, and its unit an oversight of its own."""
    cast.staff["south_lead"] = hire("South Lead", "southmere-police", Role.AGENCY_LEAD, "")
    cast.staff["south_governance"] = hire("South Governance", "southmere-police", Role.GOVERNANCE_LEAD, "southmere")
    return vouched(cast)


def test_a_governance_lead_asks_another_force_and_its_lead_signs(signed_in: SignIn, south: Cast) -> None:
    case = case_of(south)
    at_southmere(south, name="Dene Marlowe", phone="")
    over, lead, subject = signed_in("south_governance"), signed_in("police_lead"), f"/cases/{case.reference}/subject/"
    assert "Northmoor Police (another unit)" in over.get(SOUTH).content.decode()
    asked = asked_between(over)
    between = ("southmere", "northmoor-police", "northmoor-police", 0)
    assert (asked.site, asked.partner, asked.signer, asked.compartments) == between
    assert over.post(f"{SOUTH}agreement/", BETWEEN).status_code == 422, "it waits already"
    for who, status in {"south_governance": 403, "governance": 403, "south_lead": 404, "olu": 403}.items():
        assert answered(signed_in(who), asked) == status, who
    assert "Southmere" not in signed_in("officer").get(subject).content.decode()
    assert f"/agreements/{asked.pk}/" in lead.get("/", follow=True).content.decode(), "a row of the day for who signs"
    shown = html.unescape(lead.get(f"/agreements/{asked.pk}/").content.decode())
    for words in ("Southmere and Northmoor Police", "only that a case exists", "24 November 2028", "nothing else"):
        assert words in shown, words
    assert BASIS_OF_PARTNER[PartnerKind.POLICE].regime in shown
    assert answered(lead, asked) == 303
    assert "Southmere may hold a record of the same person" in signed_in("officer").get(subject).content.decode()
    assert "Northmoor Police" in over.get(SOUTH).content.decode()
    assert signed_in("olu").get(subject).status_code == 404, "it opens one way"


@pytest.mark.parametrize("opens", [[], ["core", "subject_identity"]])
def test_another_force_that_learns_opens_no_case_not_even_a_later_one(
    signed_in: SignIn, south: Cast, opens: list[str]
) -> None:
    asked = asked_between(signed_in("governance"), NORTH, partner="southmere-police", opens=opens)
    assert answered(signed_in("south_lead"), asked) == 303
    case, olu = case_of(south), signed_in("olu")
    assert case.reference not in olu.get("/cases/").content.decode()
    for part in ("", "subject/", "orders/", "history/"):
        assert olu.get(f"/cases/{case.reference}/{part}").status_code == 404, part


def test_another_force_says_no_and_an_agreement_with_it_ends_by_two(signed_in: SignIn, south: Cast) -> None:
    over, lead = signed_in("south_governance"), signed_in("police_lead")
    asked = asked_between(over)
    assert answered(lead, asked, given="no") == 422
    assert answered(lead, asked, given="no", because="Ask again in spring.") == 303
    assert "Police Lead said no: Ask again in spring." in over.get("/", follow=True).content.decode()
    asked = asked_between(over)
    assert over.post(f"{SOUTH}agreement/{asked.pk}/back/").status_code == 303, "whoever asked takes it back alone"
    assert answered(lead, asked_between(over)) == 303
    where = f"{SOUTH}agreement/{Agreement.objects.get(site='southmere').pk}/end/"
    assert signed_in("governance").get(where).status_code == 404, "the other unit's"
    assert over.post(where, ending(do="end")).status_code == 303
    assert sites_that_tell(south.officer, at=NOW) == {"southmere"}, "not before a second person confirms it"
    confirmed(signed_in, "police_lead")
    assert not sites_that_tell(south.officer, at=NOW)
    assert not verify(every_row=True).findings


# ---- ending -------------------------------------------------------------------------------------------------------

PEOPLE = "/sites/of/northmoor/people/"


def part_of(cast: Cast, name: str) -> str:
    return f"{PEOPLE}parts/{Membership.objects.get(staff=cast.staff[name]).pk}/end/"


def agreement_with(partner: str) -> str:
    return f"{PEOPLE}agreement/{Agreement.objects.get(partner=partner).pk}/end/"


def ending(day: str = "24/11/2026", **more: str) -> dict[str, str]:
    return {"from_on": day, "reason": "She has moved to another force.", "do": "look", **more}


def confirmed(signed_in: SignIn, who: str) -> None:
    """Let somebody confirm the first end that waits for their word, as their day leads to it."""
    client = signed_in(who)
    address = next(iter(re.findall(r"/ends/[0-9a-f-]+/", client.get("/", follow=True).content.decode())))
    assert client.post(address, {"given": "yes"}).status_code == 303


def test_a_part_is_ended_after_what_it_closes_was_shown(signed_in: SignIn, cast: Cast) -> None:
    case = open_case(cast)
    officer = cast.staff["officer"].pk
    assign(actor=cast.coordinator, case=case, staff=officer, kind=RelationKind.OIC, at=NOW)
    administrator, address = signed_in("administrator"), part_of(cast, "officer")
    assert f'href="{address}"' in administrator.get(PEOPLE).content.decode()
    looked = administrator.post(address, ending()).content.decode()
    for said in (
        "nothing is saved yet",
        "People who lose access",
        "Officer",
        "1 permission<",
        "1 role. Give them to somebody else",
    ):
        assert said in looked, said
    assert Membership.objects.get(staff=officer).until_at is None, "a dry run writes nothing"
    assert signed_in("officer").get(f"/cases/{case.reference}/").status_code == 200
    answer = administrator.post(address, ending(do="end", once="e-1"))
    assert (answer.status_code, answer["Location"]) == (303, f"{PEOPLE}?done=end_asked")
    assert administrator.post(address, ending(do="end", once="e-1")).status_code in (303, 404)
    assert "Waiting for a second person" in administrator.get(PEOPLE).content.decode()
    assert signed_in("officer").get(f"/cases/{case.reference}/").status_code == 200, "one person ends nothing"
    confirmed(signed_in, "police_lead")
    assert signed_in("officer").get(f"/cases/{case.reference}/").status_code == 403
    assert signed_in("second_officer").get(f"/cases/{case.reference}/").status_code == 200
    assert Relation.objects.get(file=case.pk, kind="oic").until_at == NOW
    assert "She has moved to another force." in administrator.get(PEOPLE).content.decode()
    assert Entry.objects.filter(action__in=("end.asked", "end.answered")).count() == 2
    assert verify().clean


def test_an_agreement_is_ended_after_what_it_closes_was_shown(signed_in: SignIn, cast: Cast) -> None:
    case = open_case(cast)
    governance, address = signed_in("governance"), agreement_with("northmoor-nhs")
    assert f'href="{address}"' in governance.get(PEOPLE).content.decode()
    looked = governance.post(address, ending()).content.decode()
    for said in ("Agreement with Northmoor Nhs", "Clinician, Governance", "1 permission<"):
        assert said in looked, said
    assert signed_in("clinician").get(f"/cases/{case.reference}/").status_code == 200
    assert governance.post(address, ending(do="end", once="e-1")).status_code == 303
    assert signed_in("clinician").get(f"/cases/{case.reference}/").status_code == 200, "one person ends nothing"
    confirmed(signed_in, "nhs_lead")
    assert signed_in("clinician").get(f"/cases/{case.reference}/").status_code == 404
    assert "No agreement with Northmoor Nhs" in governance.get(PEOPLE).content.decode()


def test_what_ends_from_a_later_day_opens_until_then(
    signed_in: SignIn, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = open_case(cast)
    later = ending("1/12/2026", do="end")
    assert signed_in("governance").post(agreement_with("northmoor-nhs"), later | {"once": "a"}).status_code == 303
    assert signed_in("administrator").post(part_of(cast, "outreach"), later | {"once": "b"}).status_code == 303
    confirmed(signed_in, "second_governance")
    confirmed(signed_in, "outreach_lead")
    said = signed_in("administrator").get(PEOPLE).content.decode()
    assert "Tue 1 Dec, 00:00" in said or "1 December 2026" in said
    assert "End it sooner" in said
    for at, opens in (
        (NOW, True),
        (datetime(2026, 11, 30, 23, 59, tzinfo=UTC), True),
        (NOW + timedelta(days=7), False),
    ):
        monkeypatch.setattr(clock, "now", lambda at=at: at)
        for name in ("clinician", "outreach"):
            client = signed_in(name)
            assert (client.get(f"/cases/{case.reference}/").status_code == 200) is opens, (name, at)
            assert (case.reference in client.get("/cases/").content.decode()) is opens, (name, at)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"from_on": "23/11/2026"}, "This day has passed"),
        ({"from_on": ""}, "Give the first day"),
        ({"reason": " "}, "Say why"),
        ({"from_on": "31/2/2027"}, "Enter a real date"),
    ],
)
@pytest.mark.parametrize("do", ["look", "end"])
def test_what_is_wrong_with_an_end_is_said(
    signed_in: SignIn, cast: Cast, typed: dict[str, str], message: str, do: str
) -> None:
    answer = signed_in("administrator").post(part_of(cast, "officer"), ending(do=do) | typed)
    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert Membership.objects.get(staff=cast.staff["officer"]).until_at is None


def test_going_back_keeps_what_was_typed(signed_in: SignIn, cast: Cast) -> None:
    said = signed_in("administrator").post(part_of(cast, "officer"), ending(do="mend")).content.decode()
    assert "Show what would close" in said
    assert "She has moved to another force." in said


@pytest.mark.parametrize(
    ("name", "of_a_part", "of_an_agreement"),
    [
        ("olu", 403, 403),
        ("officer", 403, 403),
        ("coordinator", 403, 403),
        ("lead", 403, 403),
        ("governance", 403, 200),
        ("administrator", 200, 403),
    ],
)
def test_each_end_belongs_to_the_role_that_keeps_it(
    signed_in: SignIn, cast: Cast, name: str, of_a_part: int, of_an_agreement: int
) -> None:
    client = signed_in(name)
    assert client.get(part_of(cast, "clinician")).status_code == of_a_part
    assert client.get(agreement_with("northmoor-nhs")).status_code == of_an_agreement
    for address in (part_of(cast, "clinician"), agreement_with("northmoor-nhs")):
        elsewhere = address.replace("northmoor/", "southmere/")
        assert client.post(elsewhere, ending(do="end")).status_code in (403, 404)
    assert not Membership.objects.exclude(until_at=None).exists()
    assert not Agreement.objects.exclude(ended_at=None).exists()


def test_a_governance_lead_of_another_unit_ends_nothing_here(signed_in: SignIn, cast: Cast) -> None:
    access.give_role(
        actor=access.first_administrator(at=NOW),
        staff=cast.staff["olu"],
        role=Role.GOVERNANCE_LEAD,
        site="southmere",
        at=NOW,
    )
    assert signed_in("olu").post(agreement_with("northmoor-nhs"), ending(do="end")).status_code == 404
    assert not Agreement.objects.exclude(ended_at=None).exists()
