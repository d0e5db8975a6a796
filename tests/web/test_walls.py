"""The pages of provisional walls: two sessions lift one, one keeps it, and the desk's asking leads to a new one."""

from __future__ import annotations

from uuid import UUID

import pytest

from fourfold.access.models import Wall
from fourfold.intake.models import Allegation
from tests.cases.builders import told
from tests.cast import Cast
from tests.governance.builders import BECAUSE, asked, probably_about_her, walled_victim
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
