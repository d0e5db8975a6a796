"""The application for an order: each condition's length is asked where it is drafted, and a person confirms what supports it."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from fourfold import journey
from fourfold.access.terms import Compartment
from fourfold.audit.models import Entry
from fourfold.cases.models import Case
from fourfold.exhibits import services as exhibits
from fourfold.gateways import underway
from fourfold.governance import services as governance
from fourfold.governance.queries import dangers
from fourfold.governance.queries.dangers import files_of
from fourfold.governance.terms import PackKind
from fourfold.orders import services as orders
from fourfold.orders.models import Condition, Order, Supported
from fourfold.orders.terms import OrderKind, StepDetails
from fourfold.panel.minutes import Form
from tests.cases.builders import further_act
from tests.cast import NOW, Cast
from tests.governance.test_dangers import COURT, decide_all, release
from tests.orders.builders import CONDITIONS, case_of, condition_of
from tests.orders.test_pack import docx_words
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
ASKED = {
    "seeks": "yes",
    "kind": "spo",
    "reason": "Seven acts in 31 weeks.",
    "prohibitions": "You must not contact the victim by any means.",
    "requirements": "You must attend the assessment that you are offered.",
}


def applies(client: Client, case: Case, **more: str) -> tuple[int, str]:
    answer = client.post(f"/cases/{case.reference}/orders/apply/", {"once": str(more), **ASKED, **more})
    return answer.status_code, " ".join(answer.content.decode().split())


def words_of(page: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.decode().partition("<main")[2]).split())


@pytest.mark.parametrize(
    ("kind", "unit", "count", "why"),
    [
        ("spo", "months", "6", "A stalking protection order lasts at least 2 years"),
        ("spo", "years", "", "Enter how many days, months or years."),
        ("spo", "decided", "", "A stalking protection order does not end with another application."),
        ("spo_interim", "further_order", "", "ends at the latest when the application for the full order is decided"),
        ("dvpo", "further_order", "", "A domestic violence protection order always has an end date."),
        ("dvpo", "days", "29", "A domestic violence protection order lasts at most 28 days"),
        ("dvpo", "days", "13", "A domestic violence protection order lasts at least 14 days"),
    ],
)
def test_a_length_that_the_law_does_not_allow_is_refused_where_it_is_typed(
    cast: Cast, signed_in: SignIn, kind: str, unit: str, count: str, why: str
) -> None:
    status, said = applies(signed_in("officer"), case_of(cast), kind=kind, lasts_unit=unit, lasts_count=count)
    assert (status, why in said) == (422, True)
    assert not Order.objects.unscoped("test").exists()


def test_the_form_says_how_long_each_kind_of_order_may_last(cast: Cast, signed_in: SignIn) -> None:
    page = signed_in("officer").get(f"/cases/{case_of(cast).reference}/orders/apply/")
    said = words_of(page.content)
    assert "Lasts a fixed time of at least two years, or until further order (section 3)." in said
    assert "Lasts at least 14 and at most 28 days beginning with the day on which it is made (section 28)." in said


@pytest.mark.parametrize("kind", [OrderKind.BAIL, OrderKind.LICENCE, OrderKind.NON_MOLESTATION])
def test_what_supports_a_condition_may_be_asked_of_a_kind_of_which_no_court_s_test_is_set_out(
    cast: Cast, signed_in: SignIn, kind: OrderKind
) -> None:
    case = case_of(cast)
    order = orders.record_order(
        actor=cast.officer, case=case, kind=kind, conditions=CONDITIONS[:1], at=NOW - DAY,
        details=StepDetails(taken_at=NOW - DAY, expires_on=(NOW + 9 * DAY).date()),
    )  # fmt: skip
    here = f"/cases/{case.reference}/orders/{order.pk}/support/{condition_of(order, 1).pk}/"
    answer = signed_in("officer").get(here)
    assert answer.status_code == 200
    assert "By law it lasts" not in answer.content.decode()


def test_a_person_confirms_what_supports_a_condition_and_the_pack_says_so(cast: Cast, signed_in: SignIn) -> None:
    case, client = case_of(cast), signed_in("officer")
    told = further_act(cast, case, at=NOW - 3 * DAY, words="He sent 40 messages.", behaviours=["contacts"])
    kept = exhibits.keep(
        actor=cast.coordinator, file=case.pk, kind="statement", title="Statement of a neighbour", content=b"%PDF-1.4",
        media_type="application/pdf", compartment=Compartment.CORE, at=NOW,
    )  # fmt: skip
    assert applies(client, case, lasts_unit="years", lasts_count="2")[0] == 303
    order = Order.objects.unscoped("test").get()
    assert [row.confirmed for row in Supported.objects.unscoped("test")] == [False, False]
    listed = f"/cases/{case.reference}/orders/{order.pk}/support/"
    said = words_of(client.get(listed).content)
    assert said.count("not confirmed yet") == 2
    assert said.count("2 years") == 2

    first = Condition.objects.unscoped("test").get(order=order, number=1)
    asked = client.get(f"{listed}{first.pk}/").content
    assert "Suggested. He sent 40 messages." in words_of(asked)
    assert not re.search(r'name="acts"[^>]*checked', asked.decode())
    answer = client.post(
        f"{listed}{first.pk}/",
        {"once": "one", "lasts_unit": "years", "lasts_count": "5", "acts": str(told.pk), "documents": str(kept.pk)},
    )
    assert answer.status_code == 303
    said = words_of(client.get(listed).content)
    assert "5 years" in said
    assert "1 act, 1 document" in said
    words = " ".join(
        docx_words(journey.application_made(actor=cast.officer, order=order, form=Form.DOCX, at=NOW)).split()
    )
    assert "Statement of a neighbour (supports condition 1)" in words
    assert f"Act 2; exhibit {case.reference}/1. Confirmed " in words
    assert "Supports: condition 1" in words
    assert "5 years" in words
    assert "2 years" in words


def test_whoever_applies_downloads_what_was_released_and_a_draft_until_then(cast: Cast, signed_in: SignIn) -> None:
    case, client = case_of(cast), signed_in("officer")
    assert applies(client, case, lasts_unit="years", lasts_count="2")[0] == 303
    order = Order.objects.unscoped("test").get()
    page, download = f"/cases/{case.reference}/orders/", f"/cases/{case.reference}/orders/{order.pk}/pack/"
    assert "It does not go to the court" in words_of(client.get(page).content)
    draft = client.post(download, {"form": "docx"})
    assert "Content-Disposition" in draft
    asked = replace(COURT, kind=PackKind.APPLICATION, application=order.pk)
    pack = governance.make_pack(actor=cast.coordinator, case=case, order=asked, at=NOW)
    decide_all(cast, pack)
    assert "Content-Disposition" in client.post(download, {"form": "docx"}), "not released yet"
    release(cast, pack)
    said = words_of(client.get(page).content)
    assert "Download the application as Chair released it on" in said
    assert "a draft of the application" not in said
    answer = client.post(download, {"form": "docx"})
    released = client.get(answer["Location"])
    assert released["Digest"] == f"sha-256={files_of(pack).docx_sha256}"
    assert signed_in("clinician").post(download, {"form": "docx"}).status_code in (403, 404)


@pytest.mark.parametrize("field", ["acts", "documents"])
def test_what_is_not_of_the_case_supports_nothing(cast: Cast, signed_in: SignIn, field: str) -> None:
    case, client = case_of(cast), signed_in("officer")
    assert applies(client, case)[0] == 303
    condition = Condition.objects.unscoped("test").filter(number=1).get()
    here = f"/cases/{case.reference}/orders/{condition.order_id}/support/{condition.pk}/"
    sent = {"once": "x", "lasts_unit": "further_order", field: str(condition.pk)}
    answer = client.post(here, sent)
    assert (answer.status_code, b"have changed. Choose again from the list." in answer.content) == (422, True)
    assert not Supported.objects.unscoped("test").exists()


def test_who_does_not_apply_for_orders_confirms_nothing(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    assert applies(signed_in("officer"), case)[0] == 303
    order = Order.objects.unscoped("test").get()
    for name in ("advocate", "clinician"):
        assert signed_in(name).get(f"/cases/{case.reference}/orders/{order.pk}/support/").status_code in (403, 404)


@pytest.mark.usefixtures("done_beside")
def test_the_draft_of_a_long_case_is_made_beside_the_page_and_is_there_for_an_hour_for_whoever_asked(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dangers, "LONG_ACTS", 0)
    case, client = case_of(cast), signed_in("officer")
    assert applies(client, case, lasts_unit="years", lasts_count="2")[0] == 303
    order = Order.objects.unscoped("test").get()
    asked = client.post(f"/cases/{case.reference}/orders/{order.pk}/pack/", {"form": "pdf"})
    address = f"/cases/{case.reference}/orders/{order.pk}/draft/pdf/"
    assert asked["Location"] == address
    page = client.get(address).content.decode()
    assert "The draft was made." in page
    assert f'href="{address}?take=yes"' in page
    draft = client.get(f"{address}?take=yes")
    assert draft.content.startswith(b"%PDF")
    assert draft["Content-Disposition"] == f'attachment; filename="application-{case.reference}.pdf"'
    for action in ("pack.made", "pack.taken"):
        entry = Entry.objects.filter(action=action).get()
        assert hashlib.sha256(draft.content).hexdigest() in entry.body, (
            "its making is a disclosure on record, and its taking"
        )
    (made,) = underway.file_of("").glob("*.made")
    assert made.stat().st_mode & 0o077 == 0
    assert signed_in("coordinator").get(f"{address}?take=yes").status_code in (302, 403), (
        "a colleague asks for their own"
    )
    assert signed_in("olu").get(f"{address}?take=yes").status_code == 404
    assert client.get(address.replace("pdf", "exe")).status_code == 404
    underway.sweep()
    assert made.exists()
    os.utime(made, (1, 1))
    late = client.get(f"{address}?take=yes")
    assert b"Download it" not in late.content
    assert b"Begin again" in late.content
    state = underway.file_of(made.stem)
    os.utime(state, (1, 1))
    underway.sweep()
    assert not made.exists()
    assert state.read_text() == underway.DONE, "what was said of it is forgotten too"
