"""A second factor is good for the account it was enrolled for, and what the account pages save is sealed too."""

from __future__ import annotations

import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fourfold.access import services as access
from fourfold.access.models import Account
from fourfold.audit.models import Entry
from fourfold.audit.queries import verify
from tests.cast import Cast, give_account, vouched
from tests.web.conftest import PASSWORD, SECRET, SignIn, start_session, walk_in

pytestmark = pytest.mark.django_db

MINE = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"


def found() -> list[str]:
    return [finding.meaning for finding in verify(every_row=True).findings]


def enter(email: str, secret: str) -> int:
    """Try to sign in with somebody's password and the codes of a secret; return what the day answers."""
    cache.clear()
    client = Client()
    client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    client.post("/accounts/second-factor/authenticate/", {"code": code})
    return client.get("/").status_code


@pytest.fixture
def two(cast: Cast, signed_in: SignIn) -> tuple[Account, Account]:
    """The officer, who can write in the database and knows the advocate's password, and the advocate."""
    officer, advocate = (
        give_account(cast, name, PASSWORD, secret) for name, secret in (("officer", MINE), ("advocate", SECRET))
    )
    vouched(cast)
    for factor in Authenticator.objects.all():
        factor.save()  # as the library saves it
    assert found() == []
    assert enter(officer.email, MINE) == 200
    return officer, advocate


@pytest.mark.parametrize("way", ["exchanged", "copied", "moved"])
def test_a_secret_in_another_account_s_row_opens_nothing_and_is_named(two: tuple[Account, Account], way: str) -> None:
    officer, advocate = two
    mine, theirs = (Authenticator.objects.get(user=account) for account in two)
    if way == "moved":
        Authenticator.objects.filter(pk=mine.pk).delete()
    Authenticator.objects.filter(pk=theirs.pk).update(data=mine.data)
    if way == "exchanged":
        Authenticator.objects.filter(pk=mine.pk).update(data=theirs.data)
    assert enter(advocate.email, MINE) == 302
    assert any(meaning.startswith(f"mfa.authenticator {theirs.pk} is not as entry") for meaning in found())
    assert officer.email != advocate.email


def test_a_factor_that_its_holder_enrols_is_sealed(cast: Cast, signed_in: SignIn) -> None:
    account = access.give_account(
        actor=access.first_administrator(at=cast.at),
        staff=cast.staff["officer"],
        email="new@unit.invalid",
        password=PASSWORD,
        at=cast.at,
    )
    vouched(cast)
    client = Client()
    cache.clear()
    client.post("/accounts/login/", {"login": account.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert client.get("/accounts/second-factor/totp/activate/").status_code == 200
    secret = client.session["mfa.totp.secret"]
    code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    client.post("/accounts/second-factor/totp/activate/", {"code": code})
    assert set(Authenticator.objects.values_list("type", flat=True)) == {"totp", "recovery_codes"}
    assert found() == []
    assert Entry.objects.filter(action="second_factor.changed", actor=account.staff_id).count() >= 2
    assert enter(account.email, secret) == 200
    assert found() == []


def test_a_password_that_its_holder_changes_is_sealed(cast: Cast, signed_in: SignIn) -> None:
    account = give_account(cast, "officer", PASSWORD, SECRET)
    vouched(cast)
    for factor in Authenticator.objects.all():
        factor.save()
    client = Client()
    start_session(client, account)
    new = "another long invented word"
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    account.refresh_from_db()
    assert account.check_password(new)
    assert found() == []
    assert Entry.objects.filter(action="account.changed", about_id=account.pk).exists()


def test_signing_in_changes_nothing_that_is_sealed(cast: Cast, signed_in: SignIn) -> None:
    account = give_account(cast, "officer", PASSWORD, SECRET)
    vouched(cast)
    for factor in Authenticator.objects.all():
        factor.save()
    walk_in(Client(), account.email)
    assert found() == []


def test_an_account_turned_to_somebody_else_stays_seen_when_its_password_is_changed(
    two: tuple[Account, Account],
) -> None:
    officer, advocate = two
    client = Client()
    start_session(client, officer)
    Account.objects.filter(pk=officer.pk).update(staff=advocate.staff)
    new = "another quiet heron under the long bridge 77"
    sent = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post("/accounts/password/change/", sent).status_code == 302
    assert any("was no longer as entry" in meaning for meaning in found())


def test_an_address_that_no_entry_made_is_a_finding(two: tuple[Account, Account]) -> None:
    officer, _ = two
    address = EmailAddress(user=officer, email="mine@evil.example", verified=True, primary=True)
    EmailAddress.objects.bulk_create([address])
    assert any("account.emailaddress" in meaning for meaning in found())


def test_an_address_that_the_library_keeps_is_sealed_and_its_end_too(two: tuple[Account, Account]) -> None:
    officer, _ = two
    address = EmailAddress.objects.create(user=officer, email=officer.email, verified=True, primary=True)
    address.verified = False
    address.save()
    assert found() == []
    address.delete()
    assert found() == []


@pytest.mark.parametrize("table", [Authenticator, EmailAddress])
def test_a_row_of_the_library_is_held_from_before_it_changes(two: tuple[Account, Account], table: type[Model]) -> None:
    """Two requests that change one factor at once would each say that it had stood as before the other."""
    officer, _ = two
    EmailAddress.objects.create(user=officer, email=officer.email, verified=True, primary=True)
    row = table._default_manager.filter(user=officer).get()
    with CaptureQueriesContext(connection) as asked:
        row.save()
    said = [each["sql"] for each in asked.captured_queries if table._meta.db_table in each["sql"]]
    read, wrote = (next(n for n, sql in enumerate(said) if sql.startswith(verb)) for verb in ("SELECT", "UPDATE"))
    assert read < wrote
    assert "FOR UPDATE" in said[read] or connection.vendor != "postgresql", "SQLite lets one write at a time"
    assert asked.captured_queries[0]["sql"].startswith("SAVEPOINT"), "both in one transaction"
    assert found() == []
