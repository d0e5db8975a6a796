"""How allauth behaves here: nobody signs up alone, and a second factor's secret is sealed."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from fourfold.audit import services as audit

_PLACE = "mfa_authenticator.data"


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are given by an administrator; there is no sign-up page and no reset by e-mail."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say no: a stranger gets no account by asking."""
        return False


class SecondFactorAdapter(DefaultMFAAdapter):
    """Keeps the secrets of second factors sealed with a key outside the database."""

    def encrypt(self, text: str) -> str:
        """Seal a secret before it is stored."""
        return audit.keyring().seal(text, place=_PLACE)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a sealed secret."""
        return audit.keyring().open(encrypted_text, place=_PLACE)
