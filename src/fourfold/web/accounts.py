"""How allauth behaves here: nobody signs up alone, and a second factor's secret is sealed."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import unstash_login
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse

from fourfold.audit import services as audit
from fourfold.web import devices

#: The ending of every invented account's address; it can never belong to anybody.
INVENTED = "@demo.invalid"
_PLACE = "mfa_authenticator.data"


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are given by an administrator; there is no sign-up page and no reset by e-mail."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say no: a stranger gets no account by asking."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Slow down strangers of one address together; whom something speaks for is not stopped by what they do."""
        self._login_failed_rl_usage = None
        if not devices.is_stranger(request, credentials):
            return
        self._login_failed_rl_usage = ratelimit.consume(request, app="allauth.account", action="strangers")
        if not self._login_failed_rl_usage:
            raise self.validation_error("too_many_login_attempts")


class SecondFactorAdapter(DefaultMFAAdapter):
    """Keeps the secrets of second factors sealed with a key outside the database."""

    def encrypt(self, text: str) -> str:
        return audit.keyring().seal(text, place=_PLACE)

    def decrypt(self, encrypted_text: str) -> str:
        return audit.keyring().open(encrypted_text, place=_PLACE)


def demo_hint(request: HttpRequest) -> dict[str, str]:
    """Show an invented account's present code on the second-factor page; the demo only, never in production."""
    if not settings.FOURFOLD.demo or request.path != reverse("mfa_authenticate"):
        return {}
    login = unstash_login(request, peek=True)
    if login is None or not login.user or not login.user.email.endswith(INVENTED):
        return {}
    return {"demo_code": present_code(login.user)}


def present_code(account: AbstractBaseUser) -> str:
    """Return a six-digit code that the account's authenticator shows about now and that was not used yet."""
    authenticator = Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP).first()
    if authenticator is None:
        return ""
    secret = audit.keyring().open(authenticator.data["secret"], place=_PLACE)
    now = int(time.time()) // totp.app_settings.TOTP_PERIOD
    codes = [totp.format_hotp_value(totp.hotp_value(secret, now + step)) for step in (0, 1, -1)]
    device = totp.TOTP(authenticator)
    return next((code for code in codes if not cache.get(device._get_used_cache_key(code))), codes[0])
