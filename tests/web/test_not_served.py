"""An order that was made and not served binds nobody, on whatever page it stands."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.conf import settings

from fourfold.orders import services as orders
from fourfold.orders.terms import Step
from tests.cast import NOW, Cast
from tests.orders.builders import case_of, made, served, take
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

FRAME = 'aria-label="In force today"'


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": NOW.isoformat()}))


@pytest.mark.parametrize("page", ["", "orders/", "subject/", "assessment/", "plan/"])
def test_no_page_of_the_case_says_that_it_is_in_force(cast: Cast, signed_in: SignIn, page: str) -> None:
    case = case_of(cast)
    made(cast, case, at=NOW - timedelta(days=2))
    said = signed_in("officer").get(f"/cases/{case.reference}/{page}").content.decode()
    assert "Made, not served" in said
    assert FRAME not in said


def test_it_is_listed_apart_and_waits_on_the_registers(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    made(cast, case, at=NOW - timedelta(days=2), expires_on=date(2026, 12, 20))
    officer = signed_in("officer")
    listed = officer.get(f"/cases/{case.reference}/orders/").content.decode()
    assert "No order is in force" in listed
    assert listed.index("Made, not served</h2>") < listed.index("The conditions, once it is served:")
    assert "To read aloud:" not in listed
    aloud = officer.get(f"/cases/{case.reference}/subject/").content.decode()
    assert "No order or condition is in force today" in aloud
    assert "You must not contact" not in aloud
    assert case.reference not in officer.get("/orders/in-force/").content.decode()
    waiting = officer.get("/orders/").content.decode()
    assert "made, not served" in waiting
    assert "Interim stalking protection order: made, not served" in officer.get(
        f"/cases/{case.reference}/orders/breach/"
    ).content.decode().replace("interim", "Interim")
    assert "Made, not served, ends in" in officer.get("/").content.decode()


def test_varied_before_service_it_still_waits(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    order = made(cast, case, at=NOW - timedelta(days=3))
    take(cast, order, Step.VARIED, at=NOW - timedelta(days=1), reason="the court mended the second condition")
    officer = signed_in("officer")
    assert "made, not served" in officer.get("/orders/").content.decode()
    assert FRAME not in officer.get(f"/cases/{case.reference}/").content.decode()


def test_served_it_is_in_force_everywhere(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    served(cast, case)
    officer = signed_in("officer")
    for page in ("", "orders/", "subject/"):
        said = officer.get(f"/cases/{case.reference}/{page}").content.decode()
        assert FRAME in said
        assert "Made, not served" not in said
    assert case.reference in officer.get("/orders/in-force/").content.decode()


def test_it_covers_nobody_when_the_order_before_it_runs_out(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    served(cast, case, expires_on=date(2026, 11, 20))
    order = made(cast, case, at=NOW - timedelta(days=10))
    officer = signed_in("officer")
    gap = "has expired and no other order is in force"
    assert gap in officer.get(f"/cases/{case.reference}/orders/").content.decode()
    lapsed = "Orders that expired in the last 90 days and left none in force"
    assert lapsed in officer.get("/orders/").content.decode()
    orders.note_victim_told(actor=cast.advocate, order=order, at=NOW)
    take(cast, order, Step.SERVED, at=NOW)
    assert gap not in officer.get(f"/cases/{case.reference}/orders/").content.decode()
    assert lapsed not in officer.get("/orders/").content.decode()
