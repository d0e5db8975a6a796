"""The unit's register of orders through the real door: what waits, what is in force, every no, and the law."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.conf import settings

from fourfold.access import services as access
from fourfold.orders import services as orders
from fourfold.orders.models import Order, Protected
from fourfold.orders.terms import EndedBy, OrderKind, Step
from fourfold.people import services as people
from fourfold.people.terms import MarkKind
from tests.cases.builders import further_act
from tests.cast import NOW, Cast
from tests.orders.builders import applied, breached, case_of, served, take
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": NOW.isoformat()}))


def test_what_waits_names_the_alarm_the_end_and_the_age_of_each_step(cast: Cast, signed_in: SignIn) -> None:
    breached(cast, served(cast, case_of(cast), expires_on=date(2026, 12, 1)))
    served(cast, case_of(cast), expires_on=date(2026, 11, 20))
    applied(cast, case_of(cast), at=NOW - 9 * DAY)
    untouched = case_of(cast)
    page = signed_in("coordinator").get("/orders/").content.decode()
    for said in (
        "Breach treated alone: nobody has assessed the case again since.",
        "7 days (within 7 days)",
        "4 days",
        "applied for: 9 days",
        untouched.reference,
    ):
        assert said in page, said


def test_every_no_and_what_is_in_force_are_listed(cast: Cast, signed_in: SignIn) -> None:
    orders.decline(actor=cast.officer, case=case_of(cast), reason="Remanded until trial.", at=NOW)
    case = case_of(cast)
    served(cast, case)
    client = signed_in("clinician")
    assert "Remanded until trial." in client.get("/orders/noes/").content.decode()
    assert case.reference in client.get("/orders/in-force/").content.decode()
    assert case.reference not in client.get("/orders/in-force/?kind=licence").content.decode()


def test_the_law_is_shown_with_its_source_and_the_years_that_are_computed(signed_in: SignIn) -> None:
    page = signed_in("advocate").get("/orders/law/").content.decode()
    for said in ("section 127(1)", "right 6", "Stalking is a class of its own (8Q)", "From 2029 to 2038"):
        assert said in page, said


@pytest.mark.parametrize("rest", ["", "in-force/", "noes/"])
@pytest.mark.parametrize("name", ["olu", "second_officer"])
def test_another_site_and_a_walled_colleague_come_across_nothing(
    cast: Cast, signed_in: SignIn, rest: str, name: str
) -> None:
    case = case_of(cast)
    breached(cast, served(cast, case, expires_on=date(2026, 12, 1)))
    orders.decline(actor=cast.officer, case=case, reason="Remanded until trial.", at=NOW)
    access.declare_conflict(actor=cast.second_officer, files=[case.pk], at=NOW)
    assert case.reference not in signed_in(name).get(f"/orders/{rest}").content.decode()


def test_the_page_of_what_waits_costs_the_same_however_much_waits(
    cast: Cast, signed_in: SignIn, django_assert_max_num_queries: object
) -> None:
    client = signed_in("coordinator")
    for _ in range(3):
        breached(cast, served(cast, case_of(cast), expires_on=date(2026, 12, 1)))
        served(cast, case_of(cast), expires_on=date(2026, 11, 20))
        applied(cast, case_of(cast), at=NOW)
        acted = case_of(cast)
        served(cast, acted)
        further_act(cast, acted, at=NOW - DAY)
    with django_assert_max_num_queries(19):  # type: ignore[operator]
        client.get("/orders/")


def test_an_application_names_whom_it_protects_and_its_pack_is_handed_out(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    client = signed_in("officer")
    answer = client.post(
        f"/cases/{case.reference}/orders/apply/",
        {
            "seeks": "yes",
            "kind": "spo",
            "reason": "Seven acts.",
            "prohibitions": "You must not contact her.",
            "requirements": "You must attend an assessment.",
            "protects_victim": "yes",
            "protected": "Bo Quill, her son",
            "once": "a-fresh-key",
        },
    )
    assert answer.status_code == 303
    order = Order.objects.unscoped("test").get()
    assert Protected.objects.unscoped("test").get().relation == "her son"
    page = client.get(f"/cases/{case.reference}/orders/").content.decode()
    assert "Protects the victim of this case and Bo Quill, her son." in page
    assert "You must attend an assessment." in page
    pack = client.post(f"/cases/{case.reference}/orders/{order.pk}/pack/", {"form": "pdf"})
    assert pack.content.startswith(b"%PDF")
    assert pack["Content-Disposition"] == f'attachment; filename="application-{case.reference}.pdf"'
    assert signed_in("clinician").post(f"/cases/{case.reference}/orders/{order.pk}/pack/").status_code == 403
    assert signed_in("olu").post(f"/cases/{case.reference}/orders/{order.pk}/pack/").status_code == 404


def test_a_condition_that_says_where_she_is_comes_back_with_what_was_typed(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    answer = signed_in("officer").post(
        f"/cases/{case.reference}/orders/apply/",
        {
            "seeks": "yes",
            "kind": "spo",
            "reason": "Seven acts.",
            "prohibitions": "You must not call 07700 900123.",
            "once": "a-fresh-key",
        },
    )
    page = answer.content.decode()
    assert "A condition says where the victim is or how to reach them" in page
    assert "You must not call 07700 900123." in page
    assert not Order.objects.unscoped("test").exists()


def test_a_place_of_hers_is_asked_about_on_the_page_and_the_answer_stays_off_what_is_read_aloud(
    cast: Cast, signed_in: SignIn
) -> None:
    case = case_of(cast)
    people.add_reach(
        actor=cast.analyst, victim=case.victim, kind=MarkKind.ADDRESS, value="17 Larch Close, Wexcombe, WX1 4QT", at=NOW
    )
    client, where = signed_in("officer"), f"/cases/{case.reference}/orders/apply/"
    sent = {"seeks": "yes", "kind": "spo", "reason": "Seven acts.", "prohibitions": "Do not enter Wexcombe."}
    assert b"Why may the subject read this place?" not in client.get(where).content, "nobody is asked for nothing"
    asked = client.post(where, {**sent, "once": "key-1"}).content.decode()
    assert "“Wexcombe”: this gives away where the victim is." in asked
    assert 'href="#place_ground"' in asked
    assert "Do not enter Wexcombe." in asked
    assert "Larch" not in asked
    said = {"place_ground": "he_knows", "place_reason": "He followed her home there in May."}
    assert client.post(where, {**sent, **said, "once": "key-2"}).status_code == 303
    page = client.get(f"/cases/{case.reference}/orders/").content.decode()
    assert (
        "names a place of the victim, because the subject knows this place already: He followed her home there in May."
        in page
    )


def test_bail_that_takes_the_place_of_an_order_is_recorded_on_the_page(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    interim = served(cast, case)
    answer = signed_in("officer").post(
        f"/cases/{case.reference}/orders/record/",
        {
            "kind": OrderKind.RESTRAINING.value,
            "prohibitions": "You must not contact her.",
            "takes_place_of": str(interim.pk),
            "once": "a-fresh-key",
        },
    )
    assert answer.status_code == 303
    page = signed_in("officer").get(f"/cases/{case.reference}/orders/").content.decode()
    assert "superseded by a restraining order" in page


@pytest.mark.parametrize(
    ("ended_by", "says"),
    [(EndedBy.EXPIRED, "order, expired, "), (EndedBy.DISCHARGED, "order, discharged by the court, ")],
)
def test_how_an_order_ended_is_said_in_words(cast: Cast, signed_in: SignIn, ended_by: EndedBy, says: str) -> None:
    case = case_of(cast)
    take(cast, served(cast, case), Step.ENDED, at=NOW, ended_by=ended_by)
    assert says in signed_in("officer").get(f"/cases/{case.reference}/orders/").content.decode()
