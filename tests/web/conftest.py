"""Signing in through the real door, password and code and all."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import Context
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from fourfold.access.models import Account
from fourfold.access.sessions import SessionStore
from fourfold.cli.beside import answered
from fourfold.gateways.underway import worked
from fourfold.web import long_work
from tests.remembered import beside
from tests.support.clients import keep_cookie

if TYPE_CHECKING:
    from tests.cast import Cast

PASSWORD = "a long enough invented password"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

SignIn = Callable[..., Client]


@pytest.fixture
def done_beside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Do at once what a command of its own would do beside the page."""
    monkeypatch.setitem(settings.CACHES["default"], "LOCATION", tmp_path / "cache")
    monkeypatch.setattr(long_work, "command", done_at_once)


def done_at_once(file: TextIO, name: str, asked: str) -> None:
    """Do what a command of its own would do beside the page, knowing nothing of the request: it would not see what a test has not
    committed.
    """
    worked(file, name, lambda told: Context().run(answered, asked, told), lambda: pytest.fail("nobody stops it"))


@pytest.fixture
def signed_in(cast: Cast) -> SignIn:
    """Return a function that signs one of the cast in and returns the client, by name: `signed_in("officer")`.

    The journey through password and code is walked once for each test that asks for `through_the_door=True`; the
    others start from the session that it leaves behind.
    """

    def sign_in(name: str, *, through_the_door: bool = False) -> Client:
        from tests.cast import give_account

        account = give_account(cast, name, PASSWORD, SECRET)
        client = Client()
        if through_the_door:
            walk_in(client, account.email)
        else:
            start_session(client, account)
        return client

    return sign_in


def start_session(client: Client, account: Account) -> None:
    """Begin a session as the sign-in with a code leaves it."""
    with beside():
        _start_session(client, account)


def _start_session(client: Client, account: Account) -> None:
    """Write the session itself: to go through Django's sign-in for it took a fifth of a page's time."""
    session, now = SessionStore(), time.time()
    records = [
        {"method": "password", "at": now, "email": account.email},
        {"method": "mfa", "type": "totp", "at": now},
    ]
    session.update(
        {
            SESSION_KEY: str(account.pk),
            BACKEND_SESSION_KEY: "fourfold.web.signing_in.ByAddress",
            HASH_SESSION_KEY: account.get_session_auth_hash(),
            "account_authentication_methods": records,
            "account_authentication_methods_user": str(account.pk),
        }
    )
    session.save()
    account.last_login = timezone.now()
    Account.objects.filter(pk=account.pk).update(last_login=account.last_login)
    keep_cookie(client, session)


def walk_in(client: Client, email: str, password: str = PASSWORD) -> None:
    """Sign in as a person does: address and password, then the code."""
    cache.clear()
    client.post("/accounts/login/", {"login": email, "password": password})
    client.post("/accounts/second-factor/authenticate/", {"code": present_code()})


def present_code() -> str:
    """Return the code that the authenticator shows now."""
    return totp.format_hotp_value(totp.hotp_value(SECRET, int(time.time()) // 30))
