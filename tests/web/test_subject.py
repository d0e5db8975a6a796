"""The subject's page through the real door: every word about him was typed by people, and none says where she is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.conf import settings

from fourfold.cases.models import Case
from fourfold.orders import services as orders
from fourfold.orders.terms import ConditionDraft, ConditionKind, OrderKind, PlaceGround, PlaceNamed, StepDetails
from fourfold.panel.terms import Strand
from fourfold.people import services as people
from fourfold.people.terms import MarkKind
from fourfold.plan import services as plan
from tests.cases.builders import further_act
from tests.cast import NOW, Cast
from tests.chance import without_chance
from tests.orders.builders import case_of
from tests.orders.test_subject import agree, at_southmere, second_victim
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": NOW.isoformat()}))


HERS = "17 Larch Close, Wexcombe, WX1 4QT"
CANARIES = ("larch", "wx1 4qt", "wx14qt", "07700 900123", "07700900123", "900123", "nora.quill", "quillnora")


def canaried(cast: Cast) -> Case:
    """Fill every word that a person can type about him with where she is."""
    case = case_of(cast)
    other = second_victim(cast, case)
    for kind, value in (
        (MarkKind.ADDRESS, HERS),
        (MarkKind.EMAIL, "nora.quill@example.invalid"),
        (MarkKind.ACCOUNT, "quillnora"),
    ):
        people.add_reach(actor=cast.analyst, victim=case.victim, kind=kind, value=value, at=NOW)
    where = "17 Larch Close (WX1 4QT, 07700 900 123, nora.quill@example.invalid, @quillnora)"
    further_act(cast, case, at=NOW - 3 * DAY, words=f"He stood before {where}.", place=where)
    ordered = PlaceNamed(PlaceGround.COURT_ORDERED, f"Sealed order, {where}.")
    for each in (case, other):
        orders.record_order(
            actor=cast.officer,
            case=each,
            kind=OrderKind.COURT_BAIL,
            conditions=[
                ConditionDraft(ConditionKind.PROHIBITION, f"You must not go to {where}.", ordered),
                ConditionDraft(ConditionKind.REQUIREMENT, f"You must stay 100 metres from {where}.", ordered),
            ],
            details=StepDetails(court=where[:100]),
            at=NOW,
        )
        plan.open_action(
            actor=cast.officer,
            case=each,
            strand=Strand.LEGAL,
            what=f"Patrol {where}, she moved to Wetherby.",
            owner_partner="northmoor-police",
            due_on=date(2026, 11, 30),
            at=NOW,
        )
    return other


@pytest.mark.parametrize("name", ["officer", "advocate", "clinician", "coordinator"])
def test_the_page_never_hints_at_where_a_victim_is_not_even_from_another_victims_case(
    cast: Cast, signed_in: SignIn, name: str
) -> None:
    other = canaried(cast)
    page = signed_in(name).get(f"/cases/{other.reference}/subject/").content.decode()
    assert "You must not go to [withheld]" in page
    assert "Do not guess it, and do not ask the subject." in page
    assert "Legal step" in page, "by its kind, in no colleague's words"
    assert "Patrol" not in page
    assert "Wetherby" not in page, "a town that nobody has put on record as hers"
    assert not [canary for canary in CANARIES if canary in without_chance(page).lower()]


def test_another_sites_record_is_named_by_its_site_and_by_nothing_else(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    at_southmere(cast, name="Dino Marley", birth="", email="dino@example.invalid")
    agree(cast)
    page = signed_in("officer").get(f"/cases/{case.reference}/subject/").content.decode()
    assert "A possible course between sites: Southmere may hold a record of the same person" in page
    assert "Nobody has confirmed it (a number, mailbox or account in common)." in page
    assert "Ask Southmere Police." in page
    assert "Marley" not in page
    assert "dino@" not in page


def test_a_name_spelt_otherwise_at_another_force_is_a_possible_course_and_no_more(
    cast: Cast, signed_in: SignIn
) -> None:
    case = case_of(cast)
    at_southmere(cast, name="Dene Marlowe", phone="")
    where = f"/cases/{case.reference}/subject/"
    assert "Southmere" not in signed_in("officer").get(where).content.decode()
    agree(cast)
    page = signed_in("officer").get(where).content.decode()
    assert "A possible course between sites: Southmere may hold a record of the same person" in page
    assert "Nobody has confirmed it (sounds or is spelt alike, same day of birth)." in page
    assert "Marlowe" not in page
    assert signed_in("olu").get(where).status_code == 404
    assert "Southmere" not in signed_in("clinician").get(where).content.decode(), "whose agency has no agreement"


@pytest.mark.parametrize("name", ["olu", "station_officer"])
def test_another_site_gets_404(cast: Cast, signed_in: SignIn, name: str) -> None:
    assert signed_in(name).get(f"/cases/{case_of(cast).reference}/subject/").status_code == 404
