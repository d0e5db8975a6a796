"""Telling an agency's system what changed: an address by two, signed, at least once, and no receiver that is bad holds us up."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from typer.testing import CliRunner

from fourfold import journey
from fourfold.access import services as access
from fourfold.access import webhooks
from fourfold.access.models import Agreement, Grant, Webhook, WebhookNotice
from fourfold.access.terms import NotFound, Refused
from fourfold.access.terms.systems import CannotJoin, Capability, Change, WebhookDraft
from fourfold.access.webhooks import WAITS
from fourfold.audit.models import Entry
from fourfold.audit.queries import verify
from fourfold.cli.main import app
from fourfold.gateways import webhooks as gateway
from fourfold.gateways.webhooks import Notice, Told, tell, why_not_address
from fourfold.intake.models import Allegation
from fourfold.journey import systems as journeys
from fourfold.orders.terms import EndedBy, Step
from fourfold.upkeep import facts
from tests import receiver as receivers
from tests.api.test_agencies import SENT, Joined, Joining, joined, second_lead
from tests.api.test_client import client
from tests.cases.builders import known, triaged
from tests.cast import NOW, Cast
from tests.orders.builders import case_of, served, take
from tests.receiver import Receiver
from tests.web.conftest import SignIn
from tests.web.test_providers import made_certificate

__all__ = ["client", "joined"]
pytestmark = pytest.mark.django_db
HERE = ("127.0.0.0/8",)
LATER = NOW + timedelta(hours=2)


@pytest.fixture(scope="module")
def _receiver() -> Iterator[Receiver]:
    with receivers.running() as receiver:
        yield receiver


@pytest.fixture
def receiver(_receiver: Receiver) -> Receiver:
    _receiver.answer = 204
    _receiver.came.clear()
    return _receiver


def draft(address: str) -> WebhookDraft:
    return WebhookDraft(address=address, reason="So that nobody asks every minute.")


def listens(cast: Cast, system: Joining, address: str) -> tuple[Webhook, str]:
    """Let a system be told at an address, as people do, and return its secret too."""
    how: dict[str, Any] = {"system": system.row.pk, "draft": draft(address), "inside": HERE, "at": NOW}
    row = access.ask_webhook(actor=cast.administrator, **how)
    lead = cast.police_lead if row.partner == "northmoor-police" else cast.nhs_lead
    access.answer_webhook(actor=lead, webhook=row.pk, given=True, at=NOW)
    maker = second_lead(cast, row.partner)
    return row, access.make_webhook_secret(actor=maker, webhook=row.pk, at=NOW)


def run(cast: Cast, at: Any = LATER) -> dict[str, int]:
    return dict(journey.systems_told(actor=cast.administrator, clock=lambda: at, inside=HERE))


def answered(cast: Cast, system: Joining, reference: str = "42/0001/26") -> str:
    """Send a report in, and let the desk answer it; return the report's identifier."""
    sent = system.send("POST", "allegations", SENT | {"reference": reference, "another": True})
    row = Allegation.objects.unscoped("test").get(pk=sent.json()["id"])
    at = NOW + timedelta(minutes=90)
    known(cast, row, at=at)
    triaged(cast, row, at=at)
    return str(row.pk)


def signed(secret: str, said: dict[str, str], body: bytes) -> str:
    """Sign as https://www.standardwebhooks.com says, apart from our own hand."""
    content = f"{said['webhook-id']}.{said['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.split("_", 1)[1])
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


# ---- by two


def test_an_address_takes_two_people_and_a_third_hand_for_its_secret(cast: Cast, joined: Joined) -> None:
    system, at = joined(), {"at": NOW}
    how: dict[str, Any] = {"system": system.row.pk, "draft": draft("https://records.example/hooks")}
    for stranger in (cast.olu, cast.officer, cast.nhs_lead):
        with pytest.raises((NotFound, Refused)):
            access.ask_webhook(actor=stranger, **how, **at)
    row = access.ask_webhook(actor=cast.administrator, **how, **at)
    with pytest.raises(CannotJoin, match="told at an address already"):
        access.ask_webhook(actor=cast.administrator, **how, **at)
    for stranger in (cast.olu, cast.nhs_lead):
        with pytest.raises((NotFound, Refused)):
            access.answer_webhook(actor=stranger, webhook=row.pk, given=True, **at)
        with pytest.raises(NotFound):
            access.end_webhook(actor=stranger, webhook=row.pk, **at)
    with pytest.raises(CannotJoin, match="not in use"):
        access.make_webhook_secret(actor=second_lead(cast, row.partner), webhook=row.pk, **at)
    access.answer_webhook(actor=cast.police_lead, webhook=row.pk, given=True, **at)
    for who in (cast.police_lead, cast.administrator):
        with pytest.raises(CannotJoin):
            access.make_webhook_secret(actor=who, webhook=row.pk, **at)
    secret = access.make_webhook_secret(actor=second_lead(cast, row.partner), webhook=row.pk, **at)
    row.refresh_from_db()
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert secret.removeprefix("whsec_") not in str(row.__dict__) + "".join(
        Entry.objects.values_list("body", flat=True)
    )
    assert verify().clean


def test_who_asked_does_not_confirm(cast: Cast, joined: Joined) -> None:
    how: dict[str, Any] = {"system": joined().row.pk, "draft": draft("https://records.example/"), "at": NOW}
    row = access.ask_webhook(actor=cast.police_lead, **how)
    with pytest.raises(CannotJoin):
        access.answer_webhook(actor=cast.police_lead, webhook=row.pk, given=True, at=NOW)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://records.example/", "https"),
        ("https://user:word@records.example/", "Leave out"),
        ("records.example", "whole address"),
        ("https://", "whole address"),
        ("https://records.example/\r\nHost: other", "whole address"),
        ("https://records.example:99999/", "whole address"),
        ("file:///etc/passwd", "whole address"),
        ("http://127.0.0.1/", "https"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused_where_it_is_asked_for(
    cast: Cast, joined: Joined, address: str, says: str
) -> None:
    with pytest.raises(CannotJoin, match=says) as why:
        access.ask_webhook(actor=cast.administrator, system=joined().row.pk, draft=draft(address), at=NOW)
    assert why.value.field == "address"


# ---- what is told, and what not


def test_a_system_is_told_that_a_report_was_answered_and_an_order_changed_and_of_nobody(
    cast: Cast, joined: Joined, receiver: Receiver
) -> None:
    case, system = case_of(cast), joined()
    order = served(cast, case)
    _, secret = listens(cast, system, receiver.address)
    assert run(cast) == {}, "what was before the address is not told"
    report = answered(cast, system)
    take(cast, order, Step.ENDED, at=NOW + timedelta(minutes=95), reason="Set aside.", ended_by=EndedBy.DISCHARGED)
    assert run(cast) == {"told": 2}
    assert run(cast) == {}, "once"
    told = [json.loads(body) for _, body in receiver.came]
    assert {(each["type"], each["data"]["id"]) for each in told} == {
        ("report.answered", report),
        ("order.changed", str(order.pk)),
    }
    assert [set(each) for each in told] == [{"type", "timestamp", "data"}] * 2
    for said, body in receiver.came:
        assert said["webhook-signature"] == signed(secret, said, body)
        assert said["path"] == "/hooks/fourfold?of=records"
        for value in ("Quill", "Marlow", case.reference, "42/0001/26", "northmoor"):
            assert value.encode() not in body
    [one] = [each for each in system.send("GET", "allegations").json()["reports"] if each["id"] == report]
    assert one["answer"] != "waiting", "the system asks with its token what became of it"
    assert verify().clean


def test_the_agencys_client_believes_what_we_signed_and_nothing_else(
    cast: Cast, joined: Joined, receiver: Receiver, client: ModuleType
) -> None:
    system = joined()
    _, secret = listens(cast, system, receiver.address)
    report = answered(cast, system)
    run(cast)
    [(said, body)] = receiver.came
    assert client.noticed(said, body, SECRET, secret)["data"]["id"] == report
    signed_at = int(said["webhook-timestamp"])
    for headers, content, now in (
        (said, body + b" ", signed_at),
        (said | {"webhook-id": "msg_2"}, body, signed_at),
        (said | {"webhook-timestamp": str(signed_at + 1)}, body, signed_at),
        (said | {"webhook-signature": "v1,é"}, body, signed_at),
        (said, body, signed_at + 301),
        ({}, body, signed_at),
    ):
        with pytest.raises(ValueError, match="This notice"):
            client.noticed(headers, content, secret, now=now)


def test_nobody_is_told_what_their_system_could_not_read(cast: Cast, joined: Joined, receiver: Receiver) -> None:
    """Not what another system sent, not an order of a case that is closed to the agency, not beyond what it was given for."""
    case = case_of(cast)
    order = served(cast, case)
    police = joined()
    theirs = joined("northmoor-nhs", cast.nhs_lead, frozenset({Capability.ORDERS, Capability.ALLEGATIONS}))
    listens(cast, theirs, receiver.address)
    answered(cast, police)
    take(cast, order, Step.NOTIFIED, at=NOW + timedelta(minutes=95))
    assert run(cast) == {"told": 1}
    assert json.loads(receiver.came[0][1])["type"] == "order.changed", "what another system sent is not told"
    Grant.objects.filter(partner="northmoor-nhs").delete()
    take(cast, order, Step.ENDED, at=NOW + timedelta(minutes=110), reason="Set aside.", ended_by=EndedBy.DISCHARGED)
    assert (run(cast), len(receiver.came)) == ({}, 1)


def test_without_an_agreement_nothing_is_told(cast: Cast, joined: Joined, receiver: Receiver) -> None:
    theirs = joined("northmoor-nhs", cast.nhs_lead, frozenset({Capability.ALLEGATIONS}))
    listens(cast, theirs, receiver.address)
    answered(cast, theirs)
    Agreement.objects.filter(partner="northmoor-nhs").update(ended_at=NOW)
    assert (run(cast), receiver.came) == ({}, [])


def test_what_was_noted_waits_while_there_is_no_agreement(cast: Cast, joined: Joined, receiver: Receiver) -> None:
    theirs = joined("northmoor-nhs", cast.nhs_lead, frozenset({Capability.ALLEGATIONS}))
    listens(cast, theirs, receiver.address)
    answered(cast, theirs)
    receiver.answer = 503
    assert run(cast) == {"not_told": 1}
    receiver.answer = 204
    Agreement.objects.filter(partner="northmoor-nhs").update(ended_at=LATER)
    assert (run(cast, LATER + WAITS[0]), len(receiver.came)) == ({}, 1)


def test_a_new_secret_signs_beside_the_old_one_for_a_day(cast: Cast, joined: Joined, receiver: Receiver) -> None:
    system = joined()
    row, old = listens(cast, system, receiver.address)
    new = access.make_webhook_secret(actor=second_lead(cast, row.partner), webhook=row.pk, at=NOW + timedelta(hours=1))
    answered(cast, system)
    run(cast)
    [(said, body)] = receiver.came
    assert said["webhook-signature"].split() == [signed(new, said, body), signed(old, said, body)]
    receiver.came.clear()
    answered(cast, system, "42/0002/26")
    run(cast, NOW + timedelta(hours=26))
    [(said, body)] = receiver.came
    assert said["webhook-signature"] == signed(new, said, body)


def test_secrets_made_twice_in_a_day_all_sign_until_somebody_says_that_the_last_is_there(
    cast: Cast, joined: Joined, receiver: Receiver, signed_in: SignIn
) -> None:
    """The one that the system has is not the one before the last; each page is what the lead meets."""
    system = joined()
    row, used = listens(cast, system, receiver.address)
    here, maker = f"/agency/webhooks/{row.pk}/", second_lead(cast, row.partner)
    two, three = (
        access.make_webhook_secret(actor=maker, webhook=row.pk, at=NOW + timedelta(minutes=minutes))
        for minutes in (30, 60)
    )
    answered(cast, system)
    run(cast)
    [(said, body)] = receiver.came
    assert said["webhook-signature"].split() == [signed(each, said, body) for each in (three, two, used)]
    lead = signed_in("police_lead")
    until = "Until 25 November 2026, 10:00 what we send carries the signatures of the secrets before too"
    assert until in lead.get(here).content.decode()
    assert "is signed by the last secret alone" in lead.post(here, {"old": "yes"}).content.decode()
    assert "the secrets before too" not in lead.get(here).content.decode()
    receiver.came.clear()
    answered(cast, system, "42/0002/26")
    run(cast, LATER + timedelta(minutes=1))
    [(said, body)] = receiver.came
    assert said["webhook-signature"] == signed(three, said, body)
    for minutes in range(4):
        access.make_webhook_secret(actor=maker, webhook=row.pk, at=LATER + timedelta(minutes=minutes))
    with pytest.raises(CannotJoin, match="Five secrets"):
        access.make_webhook_secret(actor=maker, webhook=row.pk, at=LATER + timedelta(minutes=4))
    assert verify().clean


def test_the_doctor_counts_secrets_that_are_past_their_age_until_new_ones_are_made(
    cast: Cast, joined: Joined, signed_in: SignIn
) -> None:
    """A system's own, and that of where it is told."""
    signed_in("administrator")
    system = joined()
    row, _ = listens(cast, system, "https://records.example/hooks")
    year = NOW + timedelta(days=365)
    assert facts.gathered(at=year, address="").old_secrets == 0
    after = year + timedelta(seconds=1)
    assert facts.gathered(at=after, address="").old_secrets == 2
    maker = second_lead(cast, row.partner)
    access.make_webhook_secret(actor=maker, webhook=row.pk, at=year)
    assert facts.gathered(at=after, address="").old_secrets == 1
    access.make_secret(actor=maker, system=system.row.pk, at=year)
    assert facts.gathered(at=after, address="").old_secrets == 0


def test_a_request_that_names_no_button_makes_no_secret(cast: Cast, joined: Joined, signed_in: SignIn) -> None:
    system = joined()
    row, _ = listens(cast, system, "https://records.example/hooks")
    cast.staff["rowan"] = cast.staff["second lead of northmoor-police"]
    maker = signed_in("rowan")
    system.row.refresh_from_db()
    mark = system.row.secret_mark
    for here in (f"/agency/webhooks/{row.pk}/", f"/agency/systems/{row.system_id}/"):
        said = maker.post(here, {})
        row.refresh_from_db()
        system.row.refresh_from_db()
        assert (said.status_code, row.turn, system.row.secret_mark) == (422, 1, mark)
        assert "Nothing was done: press one of the buttons below." in said.content.decode()


def test_what_was_closed_to_the_agency_for_days_is_told_once_it_can_read_it(
    cast: Cast, joined: Joined, receiver: Receiver
) -> None:
    case = case_of(cast)
    order = served(cast, case)
    theirs = joined("northmoor-nhs", cast.nhs_lead, frozenset({Capability.ORDERS, Capability.ALLEGATIONS}))
    listens(cast, theirs, receiver.address)
    closed = list(Grant.objects.filter(partner="northmoor-nhs"))
    Grant.objects.filter(partner="northmoor-nhs").delete()
    take(cast, order, Step.NOTIFIED, at=NOW + timedelta(minutes=95))
    answered(cast, theirs)
    run(cast)
    run(cast, LATER + timedelta(days=2))
    assert [json.loads(body)["type"] for _, body in receiver.came] == ["report.answered"]
    Grant.objects.bulk_create(closed)
    assert run(cast, LATER + timedelta(days=3)) == {"told": 1}
    assert json.loads(receiver.came[1][1])["type"] == "order.changed"
    assert run(cast, LATER + timedelta(days=3, minutes=5)) == {}, "once"


def test_notices_go_after_ninety_one_days_and_are_not_told_again(
    cast: Cast, joined: Joined, receiver: Receiver, signed_in: SignIn
) -> None:
    system = joined()
    row, _ = listens(cast, system, receiver.address)
    answered(cast, system)
    assert run(cast) == {"told": 1}
    for days in (90, 91):
        assert (run(cast, LATER + timedelta(days=days)), WebhookNotice.objects.count()) == ({}, 1)
    assert run(cast, LATER + timedelta(days=91, seconds=1)) == {}
    assert (WebhookNotice.objects.count(), len(receiver.came)) == (0, 1)
    said = signed_in("police_lead").get(f"/agency/webhooks/{row.pk}/").content.decode()
    assert "Notices are deleted after 91 days, taken or not." in said
    [entry] = Entry.objects.filter(action="webhook.forgotten")
    assert '"notices":1' in entry.body
    assert verify().clean


# ---- receivers that are bad


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (500, "It answered 500."),
        (429, "It answered 429."),
        (302, "leads on"),
        ("hang", "did not answer in time"),
        ("drip", "did not answer in time"),
        ("chatter", "not HTTP"),
    ],
)
def test_a_receiver_that_does_not_take_it_is_tried_later_and_costs_one_try_a_run(
    cast: Cast, joined: Joined, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, answer: int | str, says: str
) -> None:
    monkeypatch.setattr(gateway, "PATIENCE", 0.4)
    system = joined()
    listens(cast, system, receiver.address)
    for reference in ("1", "2"):
        answered(cast, system, reference)
    receiver.answer = answer
    assert run(cast) == {"not_told": 1}
    assert len(receiver.came) == 1, "no redirect is followed, and the second waits for the next run"
    [tried] = WebhookNotice.objects.filter(tries=1)
    assert says in tried.said
    assert tried.next_at == LATER + WAITS[0]
    receiver.answer = 204
    assert run(cast) == {"told": 1}
    assert run(cast, LATER + WAITS[0]) == {"told": 1}
    ids = [said["webhook-id"] for said, _ in receiver.came]
    assert sorted(map(ids.count, set(ids))) == [1, 2], "tried again under the same identifier"


def test_a_slow_receiver_has_its_part_of_a_run_and_keeps_no_other_system_from_its_own(
    cast: Cast, joined: Joined, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes seven seconds of a clock of ours, and says yes in the end."""
    passed, told = [0.0], list[str]()

    def slow(address: str, *_: Any, **__: Any) -> Told:
        passed[0] += 7
        told.append(address)
        return Told(taken=True)

    monkeypatch.setattr(journeys, "time", SimpleNamespace(monotonic=lambda: passed[0]))
    monkeypatch.setattr(journeys, "tell", slow)
    monkeypatch.setattr(journeys, "LONGEST_RUN", 30.0)
    police = joined()
    theirs = joined("northmoor-nhs", cast.nhs_lead, frozenset({Capability.ALLEGATIONS}))
    for system, address in ((police, "http://127.0.0.1/police"), (theirs, "http://127.0.0.1/nhs")):
        listens(cast, system, address)
        for reference in range(5):
            answered(cast, system, str(reference))
    assert run(cast) == {"told": 6}
    assert {told.count(each) for each in set(told)} == {3}, "three, which is more than fifteen seconds, of each"
    run(cast, LATER + timedelta(seconds=30))
    assert told[6] != told[0], "the next run begins with the other"


def test_what_is_not_taken_for_two_days_is_given_up_shown_and_sent_again(
    cast: Cast, joined: Joined, receiver: Receiver, signed_in: SignIn
) -> None:
    system = joined()
    row, _ = listens(cast, system, receiver.address)
    answered(cast, system)
    receiver.answer, at = 503, LATER
    for wait in WAITS:
        assert run(cast, at) == {"not_told": 1}
        assert run(cast, at + wait - timedelta(seconds=1)) == {}
        at += wait
    assert run(cast, at) == {"not_told": 1}
    assert run(cast, at + timedelta(days=9)) == {}
    lead = signed_in("police_lead")
    assert facts.gathered(at=at, address="").not_told == 1, "the administrator's page and `fourfold doctor` say so"
    assert "was not told of 1 change" in lead.get("/").content.decode()
    here = f"/agency/webhooks/{row.pk}/"
    assert "It answered 503." in lead.get(here).content.decode()
    assert "They are sent again" in lead.post(here, {"again": "yes"}).content.decode()
    receiver.answer = 204
    assert run(cast, at + timedelta(days=10)) == {"told": 1}
    assert "Taken by the system: 1." in lead.get(here).content.decode()
    assert "was not told" not in lead.get("/").content.decode()
    assert verify().clean


def test_what_was_given_up_is_let_go_by_whoever_may_and_not_sent_again(
    cast: Cast, joined: Joined, receiver: Receiver, signed_in: SignIn
) -> None:
    system = joined()
    row, _ = listens(cast, system, receiver.address)
    answered(cast, system)
    receiver.answer = 503
    run(cast)
    WebhookNotice.objects.update(next_at=None, given_up_at=LATER)
    here = f"/agency/webhooks/{row.pk}/"
    with pytest.raises((NotFound, Refused)):
        access.let_go(actor=cast.nhs_lead, webhook=row.pk, at=LATER)
    lead = signed_in("police_lead")
    assert "Let these go" in lead.get(here).content.decode()
    assert "They are let go" in lead.post(here, {"let_go": "yes"}).content.decode()
    said = lead.get(here).content.decode()
    assert ("Let go: 1." in said, "Given up" in said) == (True, False)
    assert "was not told" not in lead.get("/").content.decode()
    assert facts.gathered(at=LATER, address="").not_told == 0
    receiver.answer = 204
    assert (run(cast, LATER + timedelta(days=1)), len(receiver.came)) == ({}, 1)


def test_a_receiver_that_is_gone_ends_the_address_and_says_so(
    cast: Cast, joined: Joined, receiver: Receiver, signed_in: SignIn
) -> None:
    system = joined()
    row, _ = listens(cast, system, receiver.address)
    for reference in ("1", "2"):
        answered(cast, system, reference)
    receiver.answer = 410
    assert run(cast) == {"not_told": 1}
    receiver.answer = 204
    assert (run(cast), len(receiver.came)) == ({}, 1)
    said = signed_in("police_lead").get(f"/agency/webhooks/{row.pk}/").content.decode()
    assert "nobody listens there any more (410)" in said
    assert "Given up" in said
    assert "Send these again" not in said
    with pytest.raises(CannotJoin, match="Nothing is sent"):
        access.send_again(actor=cast.police_lead, webhook=row.pk, at=LATER)


def test_killed_between_sending_and_saying_so_it_is_sent_again_under_its_identifier(
    cast: Cast, joined: Joined, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = joined()
    listens(cast, system, receiver.address)
    answered(cast, system)

    def killed(**_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(access, "note_told", killed)
        with pytest.raises(KeyboardInterrupt):
            run(cast)
    assert run(cast) == {"told": 1}
    first, second = receiver.came
    assert first[0]["webhook-id"] == second[0]["webhook-id"]
    assert first[1] == second[1]


def test_an_ended_address_or_system_is_told_nothing(cast: Cast, joined: Joined, receiver: Receiver) -> None:
    system = joined()
    row, _ = listens(cast, system, receiver.address)
    answered(cast, system)
    access.end_webhook(actor=cast.police_lead, webhook=row.pk, at=NOW)
    listens(cast, system, receiver.address)
    access.end_system(actor=cast.police_lead, system=system.row.pk, at=NOW)
    assert (run(cast), receiver.came) == ({}, [])


@pytest.mark.parametrize("taken", [True, False])
def test_an_address_that_is_ended_while_a_run_sends_is_told_nothing_more(
    cast: Cast, joined: Joined, monkeypatch: pytest.MonkeyPatch, signed_in: SignIn, taken: bool
) -> None:
    system = joined()
    row, _ = listens(cast, system, "http://127.0.0.1/hooks")
    for reference in ("1", "2", "3"):
        answered(cast, system, reference)
    told = list[str]()

    def ended(address: str, *_: Any, **__: Any) -> Told:
        access.end_webhook(actor=cast.police_lead, webhook=row.pk, at=LATER)
        told.append(address)
        return Told(taken=taken, why="" if taken else "It answered 500.")

    monkeypatch.setattr(journeys, "tell", ended)
    run(cast)
    assert len(told) == 1
    assert not WebhookNotice.objects.filter(next_at__isnull=False).exists(), (
        "nothing waits behind an address that ended"
    )
    assert "Next try" not in signed_in("police_lead").get(f"/agency/webhooks/{row.pk}/").content.decode()
    assert verify().clean


def test_what_changed_while_an_address_was_ended_waits_for_nothing(
    cast: Cast, joined: Joined, receiver: Receiver
) -> None:
    system = joined()
    row, _ = listens(cast, system, receiver.address)
    access.end_webhook(actor=cast.police_lead, webhook=row.pk, at=NOW)
    found = [(Change.REPORT, system.row.pk, system.row.pk)]
    access.note_changes(actor=cast.administrator, webhook=row, found=found, at=LATER)
    assert (run(cast), receiver.came) == ({}, [])
    assert not WebhookNotice.objects.filter(next_at__isnull=False).exists()
    assert verify().clean, "what is sealed is the address as it stands, not as the run had read it"


def test_what_was_given_up_is_due_by_when_that_was(cast: Cast, joined: Joined, receiver: Receiver) -> None:
    system = joined()
    listens(cast, system, receiver.address)
    answered(cast, system)
    receiver.answer, at = 503, LATER + timedelta(days=80)
    run(cast, at)
    WebhookNotice.objects.update(next_at=None, given_up_at=at)
    [(_, name, many, first_at)] = webhooks.given_up(actor=cast.police_lead)
    assert (name, many, first_at) == (system.row.name, 1, at)


def test_the_timer_tells_systems_after_the_victims_messages_and_changes_no_exit_code(
    cast: Cast, joined: Joined, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    changes = {"data_dir": tmp_path, "webhook_networks": "127.0.0.0/8", "app_clock": LATER.isoformat()}
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update=changes))
    system = joined()
    listens(cast, system, receiver.address)
    answered(cast, system)
    receiver.answer = 500
    done = CliRunner().invoke(app, ["outbox", "dispatch"])
    assert (done.exit_code, "systems not told 1" in done.output) == (0, True), done.output


# ---- where nothing is sent


NOTE = Notice("msg_1", b"{}")
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


@pytest.mark.parametrize(
    "found",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.9", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::",
        "64:ff9b:1::a00:1", "::127.0.0.1", "::ffff:0:a00:1", "fec0::1",
    ],
)  # fmt: skip
def test_no_name_leads_into_a_network_that_nobody_named(monkeypatch: pytest.MonkeyPatch, found: str) -> None:
    """Whatever the name service says: also where only one of several addresses lies inside."""
    outside = (2, 1, 6, "", ("93.184.216.34", 443))

    def reached(*_: Any, **__: Any) -> None:
        raise AssertionError("a connection was begun")

    monkeypatch.setattr(gateway.socket, "create_connection", reached)
    monkeypatch.setattr(gateway.socket, "getaddrinfo", lambda *_, **__: [outside, (2, 1, 6, "", (found, 443))])
    told = tell("https://records.example/", NOTE, secrets=(SECRET,))
    assert (told.taken, "inside a network" in told.why) == (False, True)


def test_a_port_at_which_nobody_listens_and_a_name_that_nobody_has_are_said(receiver: Receiver) -> None:
    for address in ("http://127.0.0.1:9/", "https://no-such-name.invalid/"):
        assert tell(address, NOTE, secrets=(SECRET,), inside=HERE) == Told(why=gateway.NOT_THERE)


def test_a_receiver_is_sent_nothing_unless_its_certificate_is_trusted(tmp_path: Path) -> None:
    file, secured = made_certificate(tmp_path)
    with receivers.running(secured) as there:
        assert tell(there.address, NOTE, secrets=(SECRET,), inside=HERE) == Told(why=gateway.NO_TRUST)
        assert there.came == []
        assert tell(there.address, NOTE, secrets=(SECRET,), inside=HERE, certificates=file) == Told(taken=True)
        assert [body for _, body in there.came] == [NOTE.body]
        there.answer = 410
        assert tell(there.address, NOTE, secrets=(SECRET,), inside=HERE, certificates=file).gone
        by_number = there.address.replace("localhost", "127.0.0.1")
        told = tell(by_number, NOTE, secrets=(SECRET,), inside=HERE, certificates=file)
        assert told == Told(why=gateway.NO_TRUST), "the certificate is of another name"


def test_whoever_takes_the_call_and_says_nothing_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "PATIENCE", 0.4)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        for scheme in ("http", "https"):
            told = tell(f"{scheme}://127.0.0.1:{mute.getsockname()[1]}/", NOTE, secrets=(SECRET,), inside=HERE)
            assert told == Told(why=gateway.SILENT), scheme


def test_a_name_service_that_says_nothing_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    over = Event()
    monkeypatch.setattr(gateway, "PATIENCE", 0.2)
    monkeypatch.setattr(gateway.socket, "getaddrinfo", lambda *_, **__: [over.wait(20)][:0])
    began = time.monotonic()
    assert tell("https://records.example/", NOTE, secrets=(SECRET,)) == Told(why=gateway.SILENT)
    over.set()
    assert time.monotonic() - began < 10


def test_plain_http_goes_to_this_machine_alone_and_only_where_the_settings_name_it() -> None:
    assert why_not_address("http://127.0.0.1:8090/x", inside=HERE) is None
    assert why_not_address("http://127.0.0.1:8090/x") is not None
    assert why_not_address("http://10.0.0.1/x", inside=("10.0.0.0/8",)) is not None
