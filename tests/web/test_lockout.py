"""Nobody locks others out: wrong passwords of strangers stop strangers, and a body is measured before it is read."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, RequestFactory

from fourfold.access.models import Account
from fourfold.feeds.terms import LARGEST
from fourfold.support import services as support
from fourfold.web import clock, devices, doorstep, sizes
from tests.cast import Cast, give_account
from tests.support.builders import NOON, case_of
from tests.web.conftest import PASSWORD, SECRET, SignIn, present_code, walk_in

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
SECOND = "/accounts/second-factor/authenticate/"


@pytest.fixture(autouse=True)
def _no_earlier_tries() -> None:
    cache.clear()


@pytest.fixture
def email(cast: Cast) -> str:
    """The address of an officer whom somebody wants to lock out."""
    return str(give_account(cast, "officer", PASSWORD, SECRET).email)


def tries(client: Client, email: str, times: int = 1, **said: str) -> int:
    """Send wrong passwords, and return how the last was answered."""
    return [client.post(LOGIN, {"login": email, "password": "wrong", **said}).status_code for _ in range(times)][-1]


def goes_in(client: Client, email: str, **said: str) -> bool:
    """Return whether the right password leads on to the second factor."""
    answer = client.post(LOGIN, {"login": email, "password": PASSWORD, **said})
    return answer.headers.get("Location", "") == SECOND


def desk(email: str) -> Client:
    """A browser in which the account has signed in with both factors, and left."""
    client = Client()
    walk_in(client, email)
    client.post("/accounts/logout/")
    assert client.get("/").status_code == 302
    return client


@pytest.mark.door("lock-out")
def test_strangers_lock_out_strangers_and_nobody_at_their_own_desk(email: str) -> None:
    mine = desk(email)
    assert tries(Client(REMOTE_ADDR="203.0.113.9"), email, 6) == 429
    assert tries(Client(REMOTE_ADDR="203.0.113.10"), email) == 429
    assert not goes_in(Client(), email)
    assert goes_in(mine, email)


def test_whoever_holds_the_second_factor_comes_in_from_a_new_device(email: str) -> None:
    tries(Client(), email, 6)
    page = Client().post(LOGIN, {"login": email, "password": PASSWORD})
    assert (page.status_code, b'name="code"' in page.content) == (429, True)
    assert not goes_in(Client(), email, code="000000")
    new = Client()
    assert goes_in(new, email, code=present_code())
    assert new.post(SECOND, {"code": present_code()}).status_code == 302
    assert new.get("/").status_code == 200


def test_a_recovery_code_is_a_second_factor_too(email: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RecoveryCodes, "get_unused_codes", lambda _: ["12345678"])
    account = Account.objects.get(email=email)
    Authenticator.objects.create(user=account, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x"})
    tries(Client(), email, 6)
    assert not goes_in(Client(), email, code="12345679")
    assert goes_in(Client(), email, code="12345678")


def test_a_factor_that_was_tampered_with_is_no_factor_and_no_fault(email: str) -> None:
    Authenticator.objects.filter(user__email=email).update(data={"secret": "forged"})
    assert tries(Client(), email, 7, code=present_code()) == 429


def test_a_code_without_the_password_opens_nothing_and_is_counted_too(email: str) -> None:
    assert [tries(Client(), email, code=present_code()) for _ in range(5)][-1] == 429
    assert not goes_in(Client(), email, code=present_code())


@pytest.mark.parametrize("cookie", ["", "x", "W1sieCIsInkiXV0:1:forged", "of another account"])
def test_a_cookie_that_proves_nothing_is_a_strangers(email: str, cast: Cast, cookie: str) -> None:
    other = str(give_account(cast, "advocate", PASSWORD, SECRET).email)
    theirs = desk(other).cookies["device"].value if cookie == "of another account" else cookie
    tries(Client(), email, 6)
    client = Client()
    client.cookies["device"] = theirs
    assert not goes_in(client, email)


def test_a_device_locks_out_itself_and_no_other(email: str) -> None:
    mine, other = desk(email), desk(email)
    tries(mine, email, 6)
    assert not goes_in(mine, email)
    assert goes_in(other, email)
    assert goes_in(Client(), email)


def test_the_cookie_names_nobody_and_several_share_a_desk(email: str, cast: Cast) -> None:
    other = str(give_account(cast, "advocate", PASSWORD, SECRET).email)
    shared = desk(email)
    walk_in(shared, other)
    cookie = shared.cookies["device"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    request = RequestFactory().get("/", headers={"cookie": f"device={cookie.value}"})
    assert devices.remembered(request).keys() == {devices.digest(email), devices.digest(other)}
    assert "officer" not in cookie.value


def test_a_password_alone_makes_no_device_known(email: str) -> None:
    client = Client()
    assert goes_in(client, email)
    assert "device" not in client.cookies


def test_bad_tries_from_one_address_stop_strangers_there_and_nobody_else(email: str, cast: Cast) -> None:
    other, mine = str(give_account(cast, "advocate", PASSWORD, SECRET).email), desk(email)
    cache.clear()
    for number in range(40):
        tries(Client(), f"nobody-{number}@demo.invalid")
    assert not goes_in(Client(), other)
    assert goes_in(Client(REMOTE_ADDR="203.0.113.9"), other)
    assert goes_in(mine, email)
    assert goes_in(Client(), other, code=present_code())


@pytest.mark.parametrize(
    "login", ["\x00", "a" * 400 + "@demo.invalid", "\u202e@demo.invalid", "ＯＦＦＩＣＥＲ@demo.invalid", ""]
)
def test_no_address_that_is_tried_makes_the_page_fail(email: str, login: str) -> None:
    assert tries(Client(), login, 7) < 500


def test_strangers_do_not_keep_somebody_signed_in_from_confirming_who_they_are(signed_in: SignIn, email: str) -> None:
    client = signed_in("officer")
    tries(Client(), email, 6)
    answer = client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert answer.status_code == 302


# ---- where a request comes from -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("10.1.1.1", "203.0.113.9", "203.0.113.9"),
        ("10.1.1.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("10.1.1.1", "203.0.113.9, 10.1.1.2", "203.0.113.9"),
        ("10.1.1.1", "10.1.1.3, 10.1.1.2", "10.1.1.3"),
        ("10.1.1.1", "", "10.1.1.1"),
        ("10.1.1.1", "203.0.113.9, not an address", "10.1.1.1"),
        ("10.1.1.1", "203.0.113.9:55555", "203.0.113.9"),
        ("10.1.1.1", '"[2001:db8::1]:443"', "2001:db8::1"),
        ("10.1.1.1", "::ffff:203.0.113.9", "203.0.113.9"),
        ("::ffff:10.1.1.1", "203.0.113.9", "203.0.113.9"),
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
        ("127.0.0.1", "203.0.113.9", "127.0.0.1"),
    ],
)
def test_only_a_named_proxy_says_where_a_request_comes_from(
    settings: Any, peer: str, forwarded: str, found: str
) -> None:
    settings.FOURFOLD = settings.FOURFOLD.model_copy(update={"trusted_proxies": "10.1.0.0/16"})
    seen = []
    door = doorstep.AddressMiddleware(lambda request: seen.append(request.META) or HttpResponse())  # type: ignore[func-returns-value]
    door(
        RequestFactory().get(
            "/", REMOTE_ADDR=peer, headers={"x-forwarded-for": forwarded, "x-forwarded-proto": "https"}
        )
    )
    assert seen[0]["REMOTE_ADDR"] == found
    assert "HTTP_X_FORWARDED_FOR" not in seen[0]
    assert ("HTTP_X_FORWARDED_PROTO" in seen[0]) is peer.endswith("10.1.1.1")


def test_behind_a_proxy_each_address_counts_for_itself(email: str, cast: Cast) -> None:
    for number in range(40):
        Client(headers={"x-forwarded-for": "203.0.113.66"}).post(
            LOGIN, {"login": f"n{number}@x.invalid", "password": "wrong"}
        )
    assert not goes_in(Client(headers={"x-forwarded-for": "1.2.3.4, 203.0.113.66"}), email)
    assert goes_in(Client(headers={"x-forwarded-for": "203.0.113.9"}), email)


@pytest.mark.parametrize("said", ["0.0.0.0/0", "::/0", "proxy.example", "10.0.0.0/8, 0.0.0.0/0"])
def test_a_setting_that_believes_everybody_stops_the_start(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from fourfold.config.environment import Environment

    monkeypatch.setenv("FOURFOLD_TRUSTED_PROXIES", said)
    with pytest.raises(ValueError):
        Environment()


# ---- how much is read -----------------------------------------------------------------------------------------------


class Unread:
    """A body of which nobody may read a byte."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("the body was read")

    readline = read


def sent(client: Client, address: str, size: int) -> int:
    """Announce a body of a size, and return how it is answered before a byte of it came."""
    more = {"CONTENT_LENGTH": str(size), "wsgi.input": Unread()}
    return client.post(address, content_type="multipart/form-data; boundary=x", **more).status_code  # type: ignore[arg-type]


@pytest.mark.parametrize("address", ["/n/", "/n/code/", LOGIN, "/refer/", "/cases/FF-00000/level/", "/imports/"])
def test_whoever_has_not_signed_in_writes_nothing_to_the_disk(address: str) -> None:
    assert sent(Client(), address, 500 << 20) == 413
    assert sent(Client(), address, sizes.ANYBODY + 1) == 413


def test_only_an_open_diary_takes_files(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    code = support.give_diary_link(actor=cast.advocate, case=case_of(cast), at=NOON)[1]
    phone, size = Client(), 20 << 20
    assert sent(phone, "/n/", size) == 413
    assert sent(phone, f"/n/{code}/", size) == 413
    phone.post("/n/", {"code": code, "word": "plum tree", "mine": "yes"})
    with pytest.raises(AssertionError, match="was read"):
        sent(phone, "/n/", size)
    assert sent(phone, "/n/", 500 << 20) == 413
    phone.post("/n/", {"go": "leave"})
    assert sent(phone, "/n/", size) == 413


def test_what_is_turned_away_on_a_victims_page_says_nothing_of_what_it_is() -> None:
    more = {"CONTENT_LENGTH": str(500 << 20), "wsgi.input": Unread()}
    page = Client().post("/n/", content_type="multipart/form-data; boundary=x", **more).content.decode()  # type: ignore[arg-type]
    assert "My notes" in page
    assert "ourfold" not in page


def test_staff_send_a_file_only_where_a_page_takes_one(signed_in: SignIn) -> None:
    officer, analyst = signed_in("officer"), signed_in("analyst")
    assert sent(officer, "/refer/", 3 << 20) == 413
    assert sent(officer, "/imports/files/new/", 3 << 20) == 413, "a feed is for whoever may import one"
    mended = "/imports/00000000-0000-4000-8000-000000000000/waiting/mended/"
    assert sent(analyst, mended, 500 << 20) == 413
    assert sent(analyst, "/imports/files/new/", LARGEST << 1) == 413
