"""Every kind of order and every end of one, through the pages; the age of each step, and every no with its reason."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from fourfold.cases.models import Case
from fourfold.orders.models import Order
from fourfold.orders.rules import STALKING_ORDERS
from fourfold.orders.terms import EndedBy, OrderKind, Step
from fourfold.web import clock
from tests.cast import NOW, Cast
from tests.orders.builders import case_of
from tests.support.builders import agree
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
LAST = {"expires_on-day": "20", "expires_on-month": "12", "expires_on-year": "2026"}
REPLACED = (EndedBy.SUPERSEDED, EndedBy.VARIED)


class Clock:
    """The day on which the pages are opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.now: datetime = NOW
        monkeypatch.setattr(clock, "now", lambda: self.now)

    def passes(self, days: int = 0, hours: int = 0) -> None:
        """Let time pass."""
        self.now += timedelta(days=days, hours=hours)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that stands at the day of the tests."""
    return Clock(monkeypatch)


class Desk:
    """A case at the officer's desk, and the forms that are sent about its orders."""

    def __init__(self, cast: Cast, signed_in: SignIn, time: Clock):
        self.case: Case = case_of(cast)
        agree(cast, self.case, at=NOW - 30 * DAY)
        self.signed_in, self.time, self.keys = signed_in, time, 0

    def sends(self, rest: str, name: str = "officer", **said: str) -> None:
        """Send a form of the case's orders, and see it taken."""
        self.keys += 1
        client: Client = self.signed_in(name)
        answer = client.post(f"/cases/{self.case.reference}/{rest}", {"once": f"key-{self.keys}", **said})
        assert answer.status_code == 303, re.findall(r'error-message">(.*?)</p>', answer.content.decode(), re.DOTALL)

    def reads(self, address: str = "") -> str:
        """Read the case's orders, or another page."""
        answer = self.signed_in("officer").get(address or f"/cases/{self.case.reference}/orders/")
        assert answer.status_code == 200
        return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode().partition("<main")[2]).split())

    def step(self, order: Order, step: Step, **said: str) -> None:
        """Record a step an hour later."""
        self.time.passes(hours=1)
        self.sends(f"orders/{order.pk}/{step}/", **said)

    def makes(self, kind: OrderKind) -> Order:
        """Have an order made, as it is for its kind: applied for, or recorded as others made it."""
        known = set(Order.objects.unscoped("test").values_list("pk", flat=True))
        if kind.about.applied_for:
            self.sends(
                "orders/apply/", seeks="yes", kind=kind, reason="Seven acts.", prohibitions="You must not contact her."
            )
        else:
            dated = LAST if kind.about.must_end else {}
            self.sends("orders/record/", kind=kind, prohibitions="You must not contact her.", **dated)
        order = Order.objects.unscoped("test").exclude(pk__in=known).get()
        if kind.about.applied_for:
            self.step(order, Step.MADE, **(LAST if kind.about.must_end else {}))
        return order


@pytest.fixture
def desk(cast: Cast, signed_in: SignIn, time: Clock) -> Desk:
    """An officer with a case."""
    return Desk(cast, signed_in, time)


@pytest.mark.parametrize("ended_by", list(EndedBy))
@pytest.mark.parametrize("kind", list(OrderKind))
def test_every_kind_is_recorded_and_ends_in_every_way(desk: Desk, kind: OrderKind, ended_by: EndedBy) -> None:
    order = desk.makes(kind)
    assert f"{kind.words.capitalize()}" in desk.reads()
    said = {"ended_by": ended_by.value}
    if ended_by in REPLACED:
        other = desk.makes(OrderKind.NON_MOLESTATION if kind is OrderKind.RESTRAINING else OrderKind.RESTRAINING)
        said["replaced_by"] = str(other.pk)
    desk.step(order, Step.ENDED, **said)
    row = Order.objects.unscoped("test").get(pk=order.pk)
    assert (row.step, row.ended_by, row.ended_on) == (Step.ENDED, ended_by, date(2026, 11, 24))
    how: str = ended_by.words
    if ended_by in REPLACED:
        how = f"{'varied into' if ended_by is EndedBy.VARIED else 'superseded by'} a {OrderKind(other.kind).words}"
    past = desk.reads().partition("Past orders")[2]
    assert f"{kind.words.capitalize()}, {how}, 24" in past


@pytest.mark.parametrize("kind", [kind for kind in OrderKind if kind not in (OrderKind.BAIL, OrderKind.COURT_BAIL)])
def test_what_is_served_is_served_through_the_pages_and_what_asks_for_it_is_notified(
    desk: Desk, kind: OrderKind
) -> None:
    order = desk.makes(kind)
    if kind.about.given_when_made:
        assert "Given to the subject then." in desk.reads()
        return
    desk.time.passes(hours=2)
    desk.sends("victim/contact/", "advocate", happened="yes", channel="text", outcome="reached", orders=str(order.pk))
    desk.step(order, Step.SERVED)
    said = desk.reads()
    assert "Served" in said
    notifies = bool(kind.about.notification_limit)
    assert ("Record: name and address notified" in said) is notifies
    if notifies:
        desk.step(order, Step.NOTIFIED)
        assert Order.objects.unscoped("test").get(pk=order.pk).step == Step.NOTIFIED
    desk.step(order, Step.VARIED, reason="A street was added.", prohibitions="You must not enter Mill Lane.")
    assert "You must not enter Mill Lane." in desk.reads()


@pytest.mark.parametrize("kind", sorted(STALKING_ORDERS))
def test_the_pipeline_shows_the_age_of_each_step_from_the_first_to_service(desk: Desk, kind: OrderKind) -> None:
    desk.sends("orders/apply/", seeks="considered", kind=kind, reason="A third act this week.")
    order = Order.objects.unscoped("test").get()
    assert "considered: 0 days" in desk.reads("/orders/")
    for days, step in ((3, Step.AUTHORISED), (4, Step.APPLIED), (20, Step.MADE)):
        desk.time.passes(days=days)
        if step is Step.APPLIED:
            desk.sends(
                "orders/apply/", seeks="yes", kind=kind, reason="Acts.", prohibitions="You must not contact her."
            )
        else:
            desk.step(order, step, reason="Superintendent Vale.")
    desk.time.passes(days=2)
    assert Order.objects.unscoped("test").count() == 1
    said = desk.reads("/orders/").partition("Being sought or waiting for service")[2]
    for words in (
        "considered: 3 days",
        "authorised to be applied for: 4 days",
        "applied for: 20 days",
        "made: 2 days",
        "29 days",
    ):
        assert words in said, words


@pytest.mark.parametrize(
    ("at_step", "said"),
    [
        (None, "considered, and not sought"),
        (Step.CONSIDERED, "considered, and not sought"),
        (Step.APPLIED, "refused by the court"),
    ],
)
def test_every_no_stands_with_its_reason_and_its_age(desk: Desk, at_step: Step | None, said: str) -> None:
    if at_step is not None:
        desk.sends("orders/apply/", seeks="considered", kind="spo", reason="A third act this week.")
    if at_step is Step.APPLIED:
        desk.sends("orders/apply/", seeks="yes", kind="spo", reason="Acts.", prohibitions="You must not contact her.")
    desk.time.passes(days=5)
    if at_step is Step.APPLIED:
        order = Order.objects.unscoped("test").get()
        desk.step(order, Step.REFUSED, reason="The court held it not necessary.")
    else:
        desk.sends("orders/apply/", seeks="no", kind="spo", reason="The court held it not necessary.")
    listed = desk.reads("/orders/noes/")
    assert desk.case.reference in listed
    assert said in listed
    assert "The court held it not necessary." in listed
    assert ("5 days" if at_step else "0 days") in listed
    assert "The court held it not necessary." in desk.reads()


def test_an_order_is_considered_once_and_an_answer_that_is_not_offered_declines_nothing(desk: Desk) -> None:
    said = {"seeks": "considered", "kind": "spo", "reason": "A third act this week."}
    desk.sends("orders/apply/", **said)
    client = desk.signed_in("officer")
    address = f"/cases/{desk.case.reference}/orders/apply/"
    assert "is being considered already" in client.post(address, said | {"once": "b"}).content.decode()
    refused = client.post(address, said | {"seeks": "perhaps", "once": "c"}).content.decode()
    assert "Choose one of the answers shown" in refused
    assert Order.objects.unscoped("test").get().step == Step.CONSIDERED


def test_a_domestic_violence_notice_is_followed_by_its_order_which_lasts_14_to_28_days(desk: Desk) -> None:
    notice = desk.makes(OrderKind.DOMESTIC_VIOLENCE_NOTICE)
    said = desk.reads()
    assert "court hears the application for a domestic violence protection order within 48 hours" in said
    assert "Crime and Security Act 2010, section 27" in said
    assert "not itself an offence. Arrest and put the subject before the magistrates’ court within 24 hours" in said
    desk.sends(
        "orders/apply/",
        seeks="yes",
        kind="dvpo",
        reason="Three assaults.",
        prohibitions="You must not go to the house.",
    )
    order = Order.objects.unscoped("test").get(kind="dvpo")
    client = desk.signed_in("officer")
    for day, month, why in (
        ("5", "12", "A domestic violence protection order lasts at least 14 days: until 7 December 2026 or later."),
        ("22", "12", "A domestic violence protection order lasts at most 28 days: until 21 December 2026."),
        ("", "", "A domestic violence protection order always has an end date. Enter the last day."),
    ):
        dated = {"expires_on-day": day, "expires_on-month": month, "expires_on-year": "2026" if day else ""}
        answer = client.post(f"/cases/{desk.case.reference}/orders/{order.pk}/made/", {"once": f"no-{day}", **dated})
        assert (answer.status_code, why in answer.content.decode()) == (422, True), why
    desk.step(order, Step.MADE, **LAST)
    assert Order.objects.unscoped("test").get(pk=notice.pk).ended_by == EndedBy.SUPERSEDED


def test_a_domestic_abuse_order_is_applied_for_by_the_police_and_recorded_where_others_did(desk: Desk) -> None:
    for page in ("apply", "record"):
        assert "Domestic abuse protection order" in desk.reads(f"/cases/{desk.case.reference}/orders/{page}/")
    desk.sends("orders/record/", kind="domestic_abuse", prohibitions="You must not contact the person protected.")
    assert Order.objects.unscoped("test").get(kind="domestic_abuse").step == Step.MADE
