"""Signing in: two factors, a lock after five wrong tries, sessions that end."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

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


# ---- what the sign-in library offers besides, and the log of the door -----------------------------------------------


CLOSED = ("email/", "password/reset/", "password/set/", "confirm-email/", "confirm-email/abc/", "login/code/confirm/")


def with_a_password_only(cast: Cast, name: str) -> Client:
    """Sign somebody in who has not set up a second factor yet."""
    from allauth.mfa.models import Authenticator

    account = give_account(cast, name, PASSWORD, SECRET)
    Authenticator.objects.filter(user=account).delete()
    client = Client()
    answer = client.post("/accounts/login/", {"login": account.email, "password": PASSWORD})
    assert answer["Location"] == "/", answer.content
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return client


@pytest.mark.parametrize("closed", CLOSED)
def test_looking_at_the_library_s_other_pages_keeps_nobody_from_a_second_factor(
    signed_in: SignIn, cast: Cast, closed: str
) -> None:
    client = with_a_password_only(cast, "officer")
    assert client.get(f"/accounts/{closed}").status_code == 404
    assert client.post(f"/accounts/{closed}", {"email": "other@demo.invalid", "action_add": ""}).status_code == 404
    answer = client.get("/accounts/second-factor/totp/activate/")
    assert answer.status_code == 200, answer.get("Location")


def test_whose_address_the_library_holds_unconfirmed_can_set_up_a_second_factor(signed_in: SignIn, cast: Cast) -> None:
    from allauth.account.models import EmailAddress

    client = with_a_password_only(cast, "officer")
    account = give_account(cast, "officer", PASSWORD, SECRET)
    EmailAddress.objects.create(user=account, email=account.email, verified=False, primary=True)
    assert client.get("/accounts/second-factor/totp/activate/").status_code == 200


def entries(*actions: str) -> list[tuple[str, object]]:
    from fourfold.audit.models import Entry

    return list(Entry.objects.filter(action__in=actions).order_by("seq").values_list("action", "actor"))


@pytest.mark.door("sign-in")
def test_signing_in_and_failing_to_are_in_the_log_without_what_was_typed(signed_in: SignIn, cast: Cast) -> None:
    from uuid import UUID

    from fourfold.audit.models import Entry
    from fourfold.audit.queries import verify

    officer = cast.staff["officer"].pk
    account = give_account(cast, "officer", PASSWORD, SECRET)
    client = Client()
    client.post("/accounts/login/", {"login": account.email, "password": "a wrong guess entirely"})
    client.post("/accounts/login/", {"login": "a password typed in here", "password": "x"})
    client.post("/accounts/login/", {"login": "nobody@demo.invalid", "password": "x"})
    client.post("/accounts/login/", {"login": account.email, "password": PASSWORD})
    client.post("/accounts/second-factor/authenticate/", {"code": "000000"})
    client.post("/accounts/second-factor/authenticate/", {"code": present_code()})
    client.post("/accounts/logout/")
    found = entries("sign_in.failed", "sign_in.done", "sign_out.done")
    assert [action for action, _ in found].count("sign_in.done") == 1
    assert found[-1] == ("sign_out.done", officer)
    failed = [actor for action, actor in found if action == "sign_in.failed"]
    assert failed.count(officer) == 2, "the wrong password and the wrong code"
    assert UUID(int=0) in failed
    whole = " ".join(map(str, Entry.objects.values_list("body", flat=True)))
    for secret in ("a wrong guess", "typed in here", "nobody@demo.invalid", PASSWORD):
        assert secret not in whole
    assert not verify().findings


def test_changing_a_password_is_in_the_log_and_takes_no_weak_one(
    signed_in: SignIn, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("officer", through_the_door=True)

    def change(word: str) -> int:
        cache.clear()
        sent = {"oldpassword": PASSWORD, "password1": word, "password2": word}
        return client.post("/accounts/password/change/", sent).status_code

    for weak in ("aaaaaaaaaaaa", "officer@demo.invalid", "password1234", "qwertyuiop12", "northmoor officer"):
        assert change(weak) == 200, weak
    assert entries("password.changed") == []
    assert change("quiet heron under the long bridge") == 302
    assert entries("password.changed") == [("password.changed", cast.staff["officer"].pk)]


def test_setting_up_a_second_factor_is_in_the_log(
    signed_in: SignIn, cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    client = with_a_password_only(cast, "officer")
    client.get("/accounts/second-factor/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    from allauth.mfa.totp.internal import auth as totp

    code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/accounts/second-factor/totp/activate/", {"code": code}).status_code == 302
    assert ("second_factor.added", cast.staff["officer"].pk) in entries("second_factor.added")


@pytest.mark.parametrize(
    ("path", "status", "more"),
    [
        ("/n/ABCD-EFGH-JKMN-PQRS", 301, {}),
        ("/cases", 301, {}),
        ("/accounts/login", 301, {}),
        ("/accounts/login/", 400, {"HTTP_HOST": "evil.example"}),
        ("/accounts/login/", 200, {}),
        ("/nowhere/", 404, {}),
        ("/static/nothing.css", 404, {}),
        ("/api/cases", 401, {}),
    ],
)
def test_no_answer_of_whatever_kind_is_kept(client: Client, path: str, status: int, more: dict[str, Any]) -> None:
    """A redirect that a browser keeps has the code of a diary in its address."""
    answer = client.get(path, **more)
    assert answer.status_code == status
    assert "no-store" in answer["Cache-Control"]
