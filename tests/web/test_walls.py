"""The pages of provisional walls: two sessions lift one, one keeps it, and the desk's asking leads to a new one."""

from __future__ import annotations

from uuid import UUID

import pytest

from fourfold.access import services as access
from fourfold.access.models import EndAsked, Wall
from fourfold.access.terms import Role, WallKind
from fourfold.intake.models import Allegation
from fourfold.web import clock
from tests.cases.builders import told
from tests.cast import NOW, Cast, vouched
from tests.governance.builders import BECAUSE, asked, probably_about_her, walled_victim
from tests.support.builders import case_of
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def allegation(cast: Cast) -> Allegation:
    """An allegation around which a provisional wall stands."""
    walled_victim(cast)
    return probably_about_her(cast)


@pytest.fixture
def wall(allegation: Allegation) -> UUID:
    return Wall.objects.get(file=allegation.pk).pk


def test_a_wall_is_lifted_in_two_sessions_on_its_page(
    cast: Cast, signed_in: SignIn, allegation: Allegation, wall: UUID
) -> None:
    lead, coordinator, page = signed_in("governance"), signed_in("coordinator"), f"/oversight/walls/{wall}/"
    assert "Check 1 provisional wall" in lead.get("/oversight/").content.decode()
    assert allegation.reference in lead.get("/oversight/walls/").content.decode()
    assert "Say why" in lead.post(page, {"said": "go"}).content.decode()
    assert lead.post(page, {"said": "go", "reason": BECAUSE}).status_code == 303
    assert "Check 1 provisional wall" in coordinator.get("/").content.decode()
    assert BECAUSE in coordinator.get(page).content.decode()
    coordinator.post(page, {"said": "go", "reason": "I asked too."})
    assert coordinator.get(page).status_code == 404
    assert "No provisional wall" in lead.get("/oversight/walls/").content.decode()


def test_a_wall_is_kept_and_one_is_set_on_their_pages(cast: Cast, signed_in: SignIn, wall: UUID) -> None:
    lead = signed_in("governance")
    other = asked(cast, told(cast.analyst, victim_name="Bo Ash"))
    lead.post(f"/oversight/walls/{wall}/", {"said": "stay", "reason": "It is about her."})
    about = f"/oversight/walls/about/{other.pk}/"
    assert other.reference in lead.get("/oversight/walls/").content.decode()
    assert "Choose who should be kept from it" in lead.post(about, {"reason": "A cousin."}).content.decode()
    form = {"staff": str(cast.second_officer.staff), "reason": "A cousin."}
    assert lead.post(about, form)["Location"] == "/oversight/walls/?done=set"
    assert lead.get(about).status_code == 404


@pytest.mark.parametrize("name", ["officer", "analyst", "advocate", "olu"])
def test_others_are_turned_away_at_the_door(cast: Cast, signed_in: SignIn, wall: UUID, name: str) -> None:
    for place in ("/oversight/walls/", f"/oversight/walls/{wall}/"):
        assert signed_in(name).get(place).status_code == 403


def test_an_agency_is_kept_out_on_the_page_confirmed_by_another_and_asked_to_go(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    vouched(cast)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    case = case_of(cast)
    act = asked(cast, case.case_acts.unscoped("test").order_by("pk").first().allegation)
    about, governance = f"/oversight/walls/about/{act.pk}/", signed_in("governance")
    sent = {"partner": "northmoor-advocacy", "reason": "A trustee is a brother."}
    olu = {"actor": access.first_administrator(at=NOW), "role": Role.GOVERNANCE_LEAD, "site": "southmere", "at": NOW}
    access.give_role(staff=cast.staff["olu"], **olu)
    assert signed_in("olu").post(about, sent).status_code == 404
    assert "Northmoor Advocacy" in governance.get(about).content.decode()
    for wrong in ({"staff": str(cast.officer.staff)}, {"partner": ""}, {"partner": "southmere-police"}):
        assert governance.post(about, sent | wrong).status_code == 422, wrong
    holds = governance.post(about, sent | {"partner": act.controller})
    assert (holds.status_code, "This agency holds the report" in holds.content.decode()) == (422, True)
    assert governance.post(about, sent).status_code == 303
    assert signed_in("advocate").get(f"/cases/{case.reference}/").status_code == 404
    waits = EndAsked.objects.get(answered_at=None)
    assert (waits.staff, waits.partner) == (None, "northmoor-advocacy")
    assert "until" in governance.get("/oversight/walls/standing/").content.decode()
    second = signed_in("second_governance")
    assert second.post(f"/ends/{waits.pk}/", {"given": "yes"}).status_code == 303
    wall = Wall.objects.get(file=case.pk)
    assert (wall.kind, wall.until_at) == (WallKind.ORGANISATION, None)
    for who in (governance, second):
        assert who.post(f"/oversight/walls/standing/{wall.pk}/", {"reason": "He has left."}).status_code == 303
    assert signed_in("advocate").get(f"/cases/{case.reference}/").status_code == 200
