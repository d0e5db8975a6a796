"""The ways into an account: what two people closed stays closed, a factor is added by a factor, one address is one account."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.cache import cache
from django.test import Client

from fourfold.access import services as access
from fourfold.access.models import Account
from fourfold.access.terms.accounts import AccountStep
from fourfold.audit.models import Entry
from fourfold.gateways.mailroom import Mailroom
from fourfold.web import clock
from tests.audit.test_sealing import findings
from tests.cast import NOW, Cast, vouched
from tests.web.conftest import PASSWORD, SignIn, present_code, start_session
from tests.web.test_accounts import enrol
from tests.web.test_passkeys import HOST, LOGIN, SECOND, Key, passkey

NEW = "another quiet heron under the long bridge 77"
AGAIN, ADD = "/accounts/reauthenticate/", "/accounts/second-factor/webauthn/add/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def account(cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    vouched(cast)
    for name in ("officer", "police_lead", "administrator"):
        signed_in(name)
    cache.clear()
    return Account.objects.get(staff=cast.staff["officer"])


def close(cast: Cast, account: Account, step: str, post: Path) -> None:
    asked = access.ask_account_step(
        actor=cast.administrator, account=account.pk, step=AccountStep(step), reason="It is not him.", at=NOW
    )
    access.answer_account(
        actor=cast.police_lead, asked=asked.pk, given=True, at=NOW, mailroom=Mailroom(post), link=lambda one: one
    )


CLOSED = pytest.mark.parametrize("step", ["suspend", "recover", "end"])


@CLOSED
def test_a_password_change_under_way_undoes_nothing_that_two_people_closed(
    cast: Cast, account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, step: str
) -> None:
    """The library hashes for half a second, and then saved the whole account as it was read before."""
    client, hashes = Client(), AbstractBaseUser.set_password
    start_session(client, account)
    assert client.get("/").status_code == 200

    def slowly(self: Any, raw: str | None) -> None:
        hashes(self, raw)
        if raw == NEW:
            close(cast, account, step, tmp_path)

    monkeypatch.setattr(AbstractBaseUser, "set_password", slowly)
    answer = client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert answer.status_code == 403
    now = Account.objects.get(pk=account.pk)
    assert (now.is_active, now.vouched_at) == ((True, None) if step == "recover" else (False, account.vouched_at))
    assert not now.check_password(NEW)
    assert client.get("/").status_code == 302
    assert findings() == []


def test_a_password_given_before_the_ways_in_were_closed_lets_nobody_in(
    cast: Cast, account: Account, tmp_path: Path
) -> None:
    """Recovery takes every factor away, so that nothing but the password was left to ask for."""
    client = Client()
    client.post(LOGIN, {"login": account.email, "password": PASSWORD})
    close(cast, account, "recover", tmp_path)
    client.get(SECOND)
    client.post(SECOND, {"code": present_code()})
    assert client.get("/accounts/second-factor/").status_code == 302
    assert not Authenticator.objects.filter(user=account).exists()


def test_outside_a_service_nothing_but_the_password_is_written(account: Account) -> None:
    before = Account.objects.get(pk=account.pk)
    stale = Account.objects.get(pk=account.pk)
    stale.vouched_at, stale.is_active, stale.email = None, False, "mine@evil.example"
    stale.save()
    stale.save(update_fields=["is_active", "vouched_at", "email", "staff"])
    now = Account.objects.get(pk=account.pk)
    assert (now.vouched_at, now.is_active, now.email) == (before.vouched_at, True, before.email)


# ---- second factors -----------------------------------------------------------------------------------------------


def options(page: bytes) -> dict[str, Any]:
    found = re.search(rb'<script[^>]*type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert found is not None
    said: dict[str, Any] = json.loads(found[1])
    return said


def test_a_session_from_before_the_first_factor_ends_with_it(cast: Cast, account: Account) -> None:
    Authenticator.objects.filter(user=account).delete()
    thief = Client()
    thief.post(LOGIN, {"login": account.email, "password": PASSWORD})
    assert thief.get("/accounts/second-factor/").status_code == 200
    enrol(account)
    assert thief.get("/accounts/second-factor/")["Location"].startswith(LOGIN)
    assert thief.get(ADD)["Location"].startswith(LOGIN)
    account.refresh_from_db()
    assert account.vouched_at is None


def test_whoever_has_a_factor_confirms_by_it_and_not_by_the_password(account: Account, signed_in: SignIn) -> None:
    client = signed_in("officer")
    asked = client.post(f"{AGAIN}?next={ADD}", {"password": PASSWORD})
    assert asked["Location"].startswith("/accounts/second-factor/reauthenticate/")
    assert client.get(ADD).status_code == 302
    page = client.get(asked["Location"])
    assert (page.status_code, b'name="code"' in page.content, ADD.encode() in page.content) == (200, True, True)
    again = client.post(f"/accounts/second-factor/reauthenticate/?next={ADD}", {"code": present_code()})
    assert again["Location"] == ADD
    assert client.get(ADD).status_code == 200
    assert client.get("/").status_code == 200


def test_a_factor_that_is_added_takes_the_agencys_word_back(cast: Cast, account: Account, signed_in: SignIn) -> None:
    assert account.vouched_at is not None
    Authenticator(user=account, type=Authenticator.Type.WEBAUTHN, data={"name": "x", "credential": {}}).save()
    account.refresh_from_db()
    assert account.vouched_at is None
    assert Entry.objects.filter(action="account.factor_added").count() == 1
    assert findings() == []


def test_a_passkey_that_counts_back_was_copied_and_is_closed(cast: Cast, signed_in: SignIn, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "testserver"]
    Client().get(LOGIN)
    account, key = passkey(cast, "officer")
    vouched(cast)
    assert answers(account, key) == 200
    copy = Key(key.id, key.secret, used=0)
    assert answers(account, copy) == 302
    assert answers(account, key) == 302, "nobody knows which of the two is the holder's"
    assert Authenticator.objects.get(user=account).data["closed"]
    account.refresh_from_db()
    assert account.vouched_at is None
    assert Entry.objects.filter(action="second_factor.closed").count() == 1
    assert any("copied passkey" in str(body) for body in Entry.objects.values_list("body", flat=True))
    governance = signed_in("governance")
    shown = "1 passkey was closed in the last 28 days because somebody used a copy"
    assert shown in governance.get("/oversight/").content.decode()
    assert "Passkeys that somebody copied" in governance.get("/oversight/first-parts/").content.decode()
    assert findings() == []


def answers(account: Account, key: Key) -> int:
    cache.clear()
    client = Client(**HOST)
    client.post(LOGIN, {"login": account.email, "password": PASSWORD})
    page = client.get(SECOND)
    client.post(SECOND, {"credential": key.answer(page.content)})
    return client.get("/accounts/second-factor/").status_code


# ---- addresses, and what is learned at the door -------------------------------------------------------------------


def test_a_row_among_the_librarys_addresses_signs_nobody_in(account: Account) -> None:
    EmailAddress.objects.bulk_create(
        [EmailAddress(user=account, email="mine@evil.example", verified=True, primary=True)]
    )
    answer = Client().post(LOGIN, {"login": "mine@evil.example", "password": PASSWORD})
    assert answer.status_code == 200
    for _ in range(6):
        Client().post(LOGIN, {"login": "mine@evil.example", "password": "wrong"})
    assert Client().post(LOGIN, {"login": account.email, "password": PASSWORD})["Location"] == SECOND


def test_a_wrong_old_password_is_on_record(account: Account, signed_in: SignIn) -> None:
    client = signed_in("officer")
    before = Entry.objects.filter(action="sign_in.failed").count()
    for number in range(3):
        client.post(
            "/accounts/password/change/", {"oldpassword": f"wrong {number}", "password1": NEW, "password2": NEW}
        )
    failed = Entry.objects.filter(action="sign_in.failed")
    assert failed.count() == before + 3
    assert "old password" in str(failed.last().body)  # type: ignore[union-attr]


def test_a_locked_out_stranger_gets_one_answer_whether_or_not_the_code_is_right(
    account: Account, settings: Any
) -> None:
    client, said = Client(), {"login": account.email, "password": "wrong"}
    for _ in range(6):
        client.post(LOGIN, said)
    wrong, right = (client.post(LOGIN, {**said, "code": code}) for code in ("000000", present_code()))
    assert (wrong.status_code, right.status_code) == (429, 429)
    assert wrong.templates[0].name == right.templates[0].name
    holder = {"login": account.email, "password": PASSWORD, "code": present_code()}
    assert client.post(LOGIN, holder)["Location"] == SECOND
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"strangers": "2/h/ip"}
    cache.clear()
    client, other = Client(), {"login": "nobody@demo.invalid", "password": "wrong"}
    for _ in range(3):
        client.post(LOGIN, other)
    answers = [client.post(LOGIN, {**said, "code": code}) for code in ("000000", present_code())]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert all(b"Too many failed" in answer.content for answer in answers)


def test_whoever_adds_a_factor_is_told_before_that_it_closes_the_account(account: Account, signed_in: SignIn) -> None:
    """Recovery codes are a factor too: an officer who makes them sees no case for days, and knows it before."""
    client, make = signed_in("officer", through_the_door=True), "/accounts/second-factor/recovery-codes/generate/"
    cache.clear()
    client.post(f"/accounts/second-factor/reauthenticate/?next={make}", {"code": present_code()})
    for address in ("/accounts/second-factor/", make, ADD):
        assert "It opens 3 days after a lead has vouched for you again." in client.get(address).content.decode()
    assert client.get("/cases/").status_code == 200
    assert client.post(make).status_code == 302
    assert "Your account is not open yet" in client.get("/").content.decode(), "and it is true"
    page = client.get("/accounts/second-factor/").content.decode()
    assert "10 of 10 left" in page
    assert "vouched for you again" not in page, "it is closed already"
