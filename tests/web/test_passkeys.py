"""A passkey opens the account for which it was added, and is a way in where strangers' wrong passwords stop strangers."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.cache import cache
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from fourfold.access import services as access
from fourfold.access.models import Account
from fourfold.audit.queries import verify
from tests.cast import Cast, vouched
from tests.web.conftest import PASSWORD, SignIn

pytestmark = pytest.mark.django_db
LOGIN, SECOND = "/accounts/login/", "/accounts/second-factor/authenticate/"
PRESENT = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV
SITE = "https://localhost"
HOST = {"headers": {"host": "localhost"}, "secure": True}


@dataclass
class Key:
    """A security key as a browser speaks for it: one pair of keys under one name."""

    id: bytes
    secret: ec.EllipticCurvePrivateKey
    used: int = 0

    def data(self, *, adding: bool = False) -> AuthenticatorData:
        public = ES256.from_cryptography_key(self.secret.public_key())
        known = AttestedCredentialData.create(b"\0" * 16, self.id, public) if adding else None
        flags = PRESENT | (AuthenticatorData.FLAG.AT if adding else 0)
        self.used += 1
        return AuthenticatorData.create(hashlib.sha256(b"localhost").digest(), flags, self.used, known or b"")

    def credential(self) -> dict[str, Any]:
        """Return what a browser sends when the key is added."""
        said = CollectedClientData.create("webauthn.create", b"any", SITE)
        made = AttestationObject.create("none", self.data(adding=True), {})
        response = {"clientDataJSON": websafe_encode(said), "attestationObject": websafe_encode(made)}
        name = websafe_encode(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}

    def answer(self, page: bytes) -> str:
        """Return what a browser sends when a page asks for the key."""
        asked = re.search(r'id="js_data"[^>]*>(.*?)</script>', page.decode(), re.DOTALL)
        assert asked is not None
        wanted = json.loads(asked[1])["request_options"]["publicKey"]
        client = CollectedClientData.create("webauthn.get", wanted["challenge"], SITE)
        data = self.data()
        signature = self.secret.sign(data + client.hash, ec.ECDSA(hashes.SHA256()))
        response = {
            "authenticatorData": websafe_encode(data),
            "clientDataJSON": websafe_encode(client),
            "signature": websafe_encode(signature),
        }
        name = websafe_encode(self.id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def passkey(cast: Cast, name: str) -> tuple[Account, Key]:
    """Give one of the cast an account whose one second factor is a passkey."""
    said = {"email": f"{name}@demo.invalid", "password": PASSWORD, "vouched_at": cast.staff[name].vouched_at}
    host = access.first_administrator(at=cast.at)
    account = access.give_account(actor=host, staff=cast.staff[name], at=cast.at, **said)
    key = Key(name.encode().ljust(32, b"-"), ec.generate_private_key(ec.SECP256R1()))
    WebAuthn.add(account, "Mine", key.credential())
    Account.objects.filter(pk=account.pk).update(vouched_at=said["vouched_at"])
    cache.clear()
    return account, key


def enter(account: Account, key: Key) -> int:
    """Sign in with the password and a passkey; return what the day answers."""
    cache.clear()
    client = Client(**HOST)
    client.post(LOGIN, {"login": account.email, "password": PASSWORD})
    page = client.get(SECOND)
    client.post(SECOND, {"credential": key.answer(page.content)})
    return client.get("/").status_code


@pytest.fixture(autouse=True)
def _named(settings: Any, signed_in: SignIn) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "testserver"]
    Client().get(LOGIN)  # a server that has started


@pytest.mark.parametrize("way", ["exchanged", "moved", "copied", "written", "stripped", None])
def test_a_passkey_in_another_account_s_row_opens_nothing_and_is_named(cast: Cast, way: str | None) -> None:
    """The officer can write in the database, and knows the advocate's password."""
    (officer, mine), (advocate, theirs) = passkey(cast, "officer"), passkey(cast, "advocate")
    vouched(cast)
    for factor in Authenticator.objects.all():
        factor.save()
    assert not verify(every_row=True).findings
    row, other = Authenticator.objects.get(user=officer), Authenticator.objects.get(user=advocate)
    rows = Authenticator.objects
    if way == "exchanged":
        rows.filter(pk=row.pk).update(user=advocate)
        rows.filter(pk=other.pk).update(user=officer)
    elif way == "moved":
        rows.filter(pk=row.pk).update(user=advocate)
    elif way == "copied":
        rows.filter(pk=other.pk).update(data=row.data)
    elif way == "written":
        rows.filter(pk=other.pk).update(data=other.data | {"credential": mine.credential()})
    elif way == "stripped":
        rows.filter(pk=other.pk).update(data={"name": "Mine", "credential": mine.credential()})
    if way is None:
        assert (enter(advocate, theirs), enter(advocate, mine)) == (200, 302)
        return
    assert enter(advocate, mine) == 302
    assert verify(every_row=True).findings


def test_a_renamed_passkey_still_opens_its_own_account_and_one_that_was_moved_is_not_bound_by_it(cast: Cast) -> None:
    (officer, mine), (advocate, _) = passkey(cast, "officer"), passkey(cast, "advocate")
    row = Authenticator.objects.get(user=officer)
    row.data["name"] = "My telephone"
    row.save()
    assert enter(officer, mine) == 200
    row.user = advocate
    row.save()
    assert enter(advocate, mine) == 302


def locked(email: str) -> tuple[Client, bytes]:
    """Return a new device after strangers' wrong passwords, and the page that it is shown."""
    for _ in range(6):
        Client(**HOST).post(LOGIN, {"login": email, "password": "wrong"})
    client = Client(**HOST)
    page = client.post(LOGIN, {"login": email, "password": PASSWORD})
    assert page.status_code == 429
    return client, page.content


def sent(page: bytes, **said: str) -> dict[str, str]:
    state = re.search(r'name="state" value="([^"]+)"', page.decode())
    assert state is not None
    return {"password": PASSWORD, "state": state[1], **said}


def test_whoever_holds_a_passkey_comes_in_from_a_new_device_after_bad_tries(cast: Cast) -> None:
    account, key = passkey(cast, "officer")
    client, page = locked(account.email)
    assert b"Sign in with a passkey or security key" in page
    said = sent(page, login=account.email, credential=key.answer(page))
    assert client.post(LOGIN, said).headers.get("Location") == SECOND, "and is asked again, as after a code"
    client.post(SECOND, {"credential": key.answer(client.get(SECOND).content)})
    assert client.get("/").status_code == 200


#: What no reader of JSON reads: brackets within brackets, and a number of more figures than Python takes.
NO_JSON = {"deep": "[" * 19_000, "long": "9" * 5_000}
#: What a reader reads and no browser sends.
NO_ANSWER = {"a list": "[1]", "a word": '"x"', "other": '{"id": 1, "response": []}', "none": "null"}


@pytest.mark.parametrize("way", [*NO_JSON, *NO_ANSWER])
def test_what_no_reader_reads_is_no_second_factor_either(cast: Cast, signed_in: SignIn, way: str) -> None:
    account, _ = passkey(cast, "officer")
    client = Client(**HOST, raise_request_exception=False)
    client.post(LOGIN, {"login": account.email, "password": PASSWORD})
    said = (NO_JSON | NO_ANSWER)[way]
    assert client.post(SECOND, {"credential": said}).status_code < 500
    within = signed_in("advocate")
    within.raise_request_exception = False
    for address in (
        "/accounts/second-factor/webauthn/add/",
        "/accounts/second-factor/webauthn/login/",
        "/accounts/reauthenticate/",
    ):
        for _ in range(2):
            assert within.post(address, {"credential": said, "name": "x"}, **HOST).status_code < 500, address


@pytest.mark.parametrize(
    "how", ["another's", "no state", "another page's", "moved", "nonsense", "a list", "nothing", "deep", "long"]
)
def test_what_is_no_passkey_of_the_account_is_a_strangers(cast: Cast, how: str) -> None:
    (account, key), (officer, mine) = passkey(cast, "advocate"), passkey(cast, "officer")
    client, page = locked(account.email)
    answer = (mine if how in ("another's", "moved") else key).answer(page)
    if how == "moved":
        Authenticator.objects.filter(user=officer).update(user=account)
    said = sent(page, login=account.email, credential=answer)
    other = {"nonsense": "{", "a list": "[1]", "nothing": "", **NO_JSON}
    said["credential"] = other.get(how, answer)
    if how == "no state":
        said["state"] = ""
    elif how == "another page's":
        said |= {"state": sent(locked(account.email)[1])["state"]}
    assert client.post(LOGIN, said).status_code == 429


def test_the_page_asks_an_address_that_nobody_has_as_it_asks_any(cast: Cast) -> None:
    account, _ = passkey(cast, "officer")
    shapes = []
    for email in (account.email, "nobody@demo.invalid"):
        page = locked(email)[1].decode().replace(email, "")
        shapes.append(re.sub(r'"(challenge|id|state)": "[^"]+"|value="[^"]{20,}"', "", page))
        assert page.count('"type": "public-key"') == 1
    assert shapes[0] == shapes[1]
