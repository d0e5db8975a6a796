"""Passkeys: each is bound to the account for which it was added, and opens the door beside a password where many failed.

The library keeps a passkey's public key as it is. Beside it stands a digest that only our key can seal, for this account:
a row that was moved, exchanged, copied or written by somebody else is as good as a wrong code.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth
from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models.signals import pre_save
from django.dispatch import receiver
from fido2.webauthn import (
    AttestedCredentialData,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialType,
    UserVerificationRequirement,
)

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import place_of_factor
from fourfold.audit import services as audit
from fourfold.gateways.keyring import CannotOpen
from fourfold.web import clock

BOUND = "bound"
SALT, LASTS = "a passkey at the door", 300
LONGEST = 20_000
#: What the library raises for what a browser would never send.
_NO_ANSWER = (ValidationError, ValueError, TypeError, LookupError, AttributeError, RecursionError)


def _digest(passkey: Authenticator) -> str:
    said = json.dumps(passkey.data.get("credential"), sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


@receiver(pre_save, sender=Authenticator)
def _bind(instance: Authenticator, **_: object) -> None:
    """Bind a passkey as it is added; one that stands is never bound anew."""
    if instance._state.adding and instance.type == Authenticator.Type.WEBAUTHN:
        place = place_of_factor(instance.user_id)
        instance.data = instance.data | {BOUND: audit.keyring().seal(_digest(instance), place=place)}


def is_bound(passkey: Authenticator) -> bool:
    """Return whether a passkey was added for the account in whose row it stands, as it stands there, and was never copied."""
    if passkey.data.get(access.CLOSED):
        return False
    try:
        said = audit.keyring().open(str(passkey.data.get(BOUND, "")), place=place_of_factor(passkey.user_id))
    except CannotOpen:
        return False
    return said == _digest(passkey)


class _Decoder(json.JSONDecoder):
    """Reads what a browser answers; what no reader reads is a wrong answer, and no fault of ours."""

    def decode(self, said: str, *how: Any) -> Any:
        try:
            return super().decode(said, *how)
        except (ValueError, RecursionError) as unread:
            raise json.JSONDecodeError("no answer", "", 0) from unread


@contextmanager
def _an_answer() -> Iterator[None]:
    """Refuse what no browser would send as a wrong code is refused."""
    try:
        yield
    except ValidationError:
        raise
    except _NO_ANSWER as none:
        raise get_adapter().validation_error("incorrect_code") from none


class NewForm(AddWebAuthnForm):
    """Takes what a browser answers of a passkey that is added."""

    credential = forms.JSONField(widget=forms.HiddenInput, decoder=_Decoder)

    def clean(self) -> dict[str, Any]:
        """Return what was said, with an answer that the library reads."""
        with _an_answer():
            said: dict[str, Any] = super().clean()
        return said


class PasskeyForm(AuthenticateWebAuthnForm):
    """Takes a passkey as the second factor where it is bound to the account."""

    credential = forms.JSONField(widget=forms.HiddenInput, decoder=_Decoder)

    def clean_credential(self) -> Authenticator:
        """Return the passkey that answered, or refuse it as a wrong code is refused."""
        with _an_answer():
            found = super().clean_credential()
            said = auth.parse_authentication_response(self.cleaned_data["credential"])
        if not is_bound(found) or not _counted(found, said.response.authenticator_data.counter):
            raise get_adapter().validation_error("incorrect_code")
        return found


def _counted(passkey: Authenticator, counter: int) -> bool:
    account: Any = passkey.user
    at = clock.now()
    holder = access_queries.actor_of(account.staff, at=at, account=account, strength="door", purpose="sign in")
    return access.count_passkey(actor=holder, account=account, passkey=passkey.pk, counter=counter, at=at)


class AgainForm(PasskeyForm):
    """Takes a passkey from somebody signed in who confirms who they are."""

    reauthenticated = True


def asked_at_door(address: str) -> dict[str, Any]:
    """Return what a page asks a browser's passkeys for, for an address that somebody tries, and the question sealed.

    An address that nobody has, or that has no passkey, is asked for one that nobody has: no answer tells them apart.
    """
    known: list[Any] = _credentials(address) or [_nobodys(address)]
    options, state = auth.get_server().authenticate_begin(known, UserVerificationRequirement.PREFERRED)
    return {"request_options": dict(options), "state": signing.dumps(state, salt=SALT)}


def answers_at_door(address: str, answer: str, state: str) -> bool:
    """Return whether a passkey of an account's has answered what its page asked in the last five minutes."""
    if not answer or not state or len(answer) > LONGEST:
        return False
    try:
        asked = signing.loads(state, salt=SALT, max_age=LASTS)
        auth.get_server().authenticate_complete(asked, _credentials(address), json.loads(answer))
    except (signing.BadSignature, *_NO_ANSWER):
        return False
    return True


def _credentials(address: str) -> list[AttestedCredentialData]:
    rows = Authenticator.objects.filter(
        user=access_queries.account_of(address), type=Authenticator.Type.WEBAUTHN
    ).order_by("pk")
    found = []
    for row in rows:
        try:
            data = row.wrap().authenticator_data.credential_data if is_bound(row) else None
        except _NO_ANSWER:
            continue
        if data is not None:
            found.append(data)
    return found


def _nobodys(address: str) -> PublicKeyCredentialDescriptor:
    name = hashlib.sha256(f"{settings.SECRET_KEY} passkey {address}".encode()).digest()
    return PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=name)
