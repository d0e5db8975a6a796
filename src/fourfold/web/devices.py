"""By which wrong passwords are counted: the account and the device, so that nobody locks anybody else out.

A browser that once signed in with both factors keeps a signed cookie (OWASP, "Device cookies"). Wrong passwords from it
count for it alone; those of all strangers count together, and lock out strangers only. Whoever shows the account's second
factor beside the password, a present code or a passkey, counts apart: no stranger can use that up without it.
"""

import hashlib
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from fourfold.access import queries as access_queries
from fourfold.access.signed_in import strength_of
from fourfold.web import passkeys

LASTS = 90 * 24 * 3600
#: Accounts that one browser of a shared desk remembers, the latest first.
MOST = 12
LONGEST = 150
SALT = "device"
MOST_DIGITS = 12
WITH_FACTOR = " with factor"


def counted_as(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Return under which name a wrong password is counted: the address that was tried, and from where."""
    found: str | None = getattr(request, "counted_as", None)
    if found is None:
        address = address_tried(request, credentials)
        found = f"{_readable(address)} {_from_where(request, address)}"
        request.counted_as = found  # type: ignore[attr-defined]
    return found


def is_stranger(request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
    """Return whether nothing speaks for whoever tries: no earlier sign-in here, and no second factor."""
    return counted_as(request, credentials).endswith(" elsewhere")


def is_known(request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
    """Return whether an earlier sign-in speaks for whoever tries."""
    return not counted_as(request, credentials).endswith((" elsewhere", WITH_FACTOR))


def address_tried(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Return the address with which somebody tries to sign in."""
    said = (credentials or {}).get("email") or request.POST.get("login", "")
    return str(said).strip().lower()


def _from_where(request: HttpRequest, address: str) -> str:
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated and user.email.lower() == address:
        return "signed in"
    if device := remembered(request).get(digest(address)):
        return f"device {device}"
    said = request.POST
    shown = shows_code(address, said.get("code", "")) or passkeys.answers_at_door(
        address, said.get("credential", ""), said.get("state", "")
    )
    return WITH_FACTOR.strip() if shown else "elsewhere"


def _readable(address: str) -> str:
    return "".join(letter for letter in address if letter.isprintable())[:LONGEST]


def digest(address: str) -> str:
    """Return what stands for an address in a cookie: not the address."""
    return hashlib.sha256(f"{settings.SECRET_KEY}{address}".encode()).hexdigest()[:24]


def remembered(request: HttpRequest) -> dict[str, str]:
    """Return the accounts that signed in on this device before, each with the device's own number for it."""
    try:
        found = signing.loads(request.COOKIES.get(settings.DEVICE_COOKIE, ""), salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return {}
    return {str(each): str(number) for each, number in found}


def shows_code(address: str, code: str) -> bool:
    """Return whether a code is what the account's authenticator shows now, or one of its recovery codes.

    It is not used up: the next page asks for one again.
    """
    if not (code.isascii() and code.isdigit() and len(code) <= MOST_DIGITS):
        return False
    return any(_holds(factor, code) for factor in Authenticator.objects.filter(user=access_queries.account_of(address)))


def _holds(factor: Authenticator, code: str) -> bool:
    try:
        if factor.type == Authenticator.Type.RECOVERY_CODES:
            return code in RecoveryCodes(factor).get_unused_codes()
        return factor.type == Authenticator.Type.TOTP and totp.validate_totp_code(decrypt(factor.data["secret"]), code)
    except ValidationError:  # a factor that was tampered with
        return False


def locked(request: HttpRequest, _answer: object = None, _credentials: object = None) -> HttpResponse:
    """Say that too many wrong passwords came from elsewhere, and let in whoever holds the second factor.

    It is said to a right code beside a wrong password too, and takes as long: nobody learns from it which code is right.
    """
    if request.POST.get("code") and not counted_as(request).endswith(WITH_FACTOR):
        make_password(request.POST.get("password", ""))
    said: dict[str, object] = {"login": request.POST.get("login", ""), "next": request.POST.get("next", "")}
    said["passkey"] = passkeys.asked_at_door(address_tried(request))
    return render(request, "account/locked.html", said, status=429)


def _as_strangers(request: HttpRequest) -> bool:
    """Return whether a factor was shown beside a wrong password while strangers are locked out of the account."""
    if not getattr(request, "counted_as", "").endswith(WITH_FACTOR) or getattr(request, "too_many", False):
        return False
    address = address_tried(request)
    request.counted_as = f"{_readable(address)} elsewhere"  # type: ignore[attr-defined]
    try:
        return bool(AxesProxyHandler.is_locked(request, {"email": address}))
    finally:
        request.counted_as = f"{_readable(address)}{WITH_FACTOR}"  # type: ignore[attr-defined]


class DeviceMiddleware:
    """Remembers a browser in which somebody signed in with both factors."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        if answer.status_code == HTTPStatus.OK and request.method == "POST" and _as_strangers(request):
            return locked(request)
        if request.path.startswith("/accounts/") and request.method == "POST" and request.user.is_authenticated:
            self._remember(request, answer)
        return answer

    @staticmethod
    def _remember(request: HttpRequest, answer: HttpResponseBase) -> None:
        before, mine = remembered(request), digest(request.user.email.lower())  # type: ignore[union-attr]
        if mine in before or strength_of(request) == "password":
            return
        known = [(mine, secrets.token_hex(8)), *before.items()][:MOST]
        answer.set_cookie(
            settings.DEVICE_COOKIE,
            signing.dumps(known, salt=SALT),
            max_age=LASTS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Strict" if settings.SESSION_COOKIE_SECURE else "Lax",
        )
