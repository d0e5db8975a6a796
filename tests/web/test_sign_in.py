"""Signing in: two factors, a lock after five wrong tries, sessions that end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from fourfold.web import clock
from tests.cast import Cast, give_account
from tests.web.conftest import PASSWORD, SECRET, SignIn, present_code

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_earlier_tries() -> None:
    cache.clear()


def test_a_stranger_is_led_to_the_sign_in_page(client: Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_a_password_alone_opens_nothing(signed_in: SignIn, cast: Cast) -> None:
    account = give_account(cast, "officer", PASSWORD, SECRET)
    client = Client()
    answer = client.post("/accounts/login/", {"login": account.email, "password": PASSWORD})
    assert answer["Location"] == "/accounts/second-factor/authenticate/"
    assert client.get("/").status_code == 302


def test_password_and_code_open_the_day(signed_in: SignIn) -> None:
    client = signed_in("officer", through_the_door=True)
    assert client.get("/").status_code == 200


def test_a_code_is_good_once(signed_in: SignIn) -> None:
    signed_in("officer", through_the_door=True)
    second = Client()
    second.post("/accounts/login/", {"login": "officer@demo.invalid", "password": PASSWORD})
    second.post("/accounts/second-factor/authenticate/", {"code": present_code()})
    assert second.get("/").status_code == 302


@pytest.mark.parametrize(("host", "led_elsewhere"), [("127.0.0.1:8000", True), ("localhost:8000", False)])
def test_an_address_that_is_a_number_says_where_a_passkey_works(
    signed_in: SignIn, cast: Cast, host: str, led_elsewhere: bool
) -> None:
    account = give_account(cast, "officer", PASSWORD, SECRET)
    client = Client(headers={"host": host})
    client.post("/accounts/login/", {"login": account.email, "password": PASSWORD})
    page = client.get("/accounts/second-factor/authenticate/").content.decode()
    assert ('href="http://localhost:8000/"' in page) is led_elsewhere
    assert ('type="button" hidden>Use a passkey' in page) is led_elsewhere


def test_an_unknown_address_is_answered_like_a_wrong_password(signed_in: SignIn, cast: Cast) -> None:
    give_account(cast, "officer", PASSWORD, SECRET)
    said = []
    for login in ("officer@demo.invalid", "nobody@demo.invalid"):
        answer = Client().post("/accounts/login/", {"login": login, "password": "wrong"})
        said.append((answer.status_code, answer.content.count(b"not correct")))
    assert said[0] == said[1]


def test_five_wrong_passwords_lock_the_account_for_a_while(signed_in: SignIn, cast: Cast) -> None:
    account = give_account(cast, "officer", PASSWORD, SECRET)
    client = Client()
    for _ in range(5):
        client.post("/accounts/login/", {"login": account.email, "password": "wrong"})
    cache.clear()
    answer = client.post("/accounts/login/", {"login": account.email, "password": PASSWORD})
    assert answer.status_code == 429


def test_nobody_signs_up_alone(client: Client) -> None:
    answer = client.post("/accounts/signup/", {"email": "x@demo.invalid", "password1": "a long enough password"})
    assert b"closed" in answer.content.lower()


def test_an_idle_session_ends(signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in("officer")
    assert client.get("/").status_code == 200
    later = clock.now() + timedelta(minutes=16)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert client.get("/").status_code == 302


def test_a_session_ends_after_ten_hours_however_busy(signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    client, start = signed_in("officer"), clock.now()
    for minutes in range(0, 620, 10):
        monkeypatch.setattr(clock, "now", lambda minutes=minutes: start + timedelta(minutes=minutes))
        last = client.get("/")
    assert last.status_code == 302


def test_a_pages_headers_keep_it_out_of_caches_and_frames(signed_in: SignIn) -> None:
    answer = signed_in("officer").get("/")
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Frame-Options"] == "DENY"
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
