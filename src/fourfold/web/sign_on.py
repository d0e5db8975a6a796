"""Signing in by an agency's own OpenID Connect: an identity that two people bound to an account opens it, and makes none.

The library speaks with the other side (a code with PKCE, audience and age of what comes back). It takes the other side's word for who
issues its tokens; here that is the issuer which the settings name, and no two of them name the same. What the library would do then, find
an account by its address or make one, never happens: every way through it ends in `pre_social_login`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.stages import AuthenticateStage
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidSchema

from fourfold.access import services as access
from fourfold.access.signed_in import is_assured
from fourfold.web.guard import page

#: Letters of a name for somebody; OpenID Connect allows no more.
LONGEST = 255
NOT_LET_IN = "Your agency’s sign-in did not let you in"
NOT_THERE = "Your agency’s sign-in cannot be reached"
TOO_MANY = "Too many people sign in from your network at once. Wait a minute"
#: This machine, with which a sign-in in tests or behind a tunnel may be spoken with without TLS.
HERE = ("127.0.0.1", "::1", "localhost")


class SignOnAdapter(DefaultSocialAccountAdapter):
    """What happens once somebody has signed in elsewhere."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Say no: a stranger gets no account by signing in elsewhere."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Let in whose identity is bound to an account; say to everybody else whom to ask, and nothing more."""
        claims: Mapping[str, Any] = sociallogin.account.extra_data["id_token"]
        provider = sociallogin.account.provider
        at: datetime = request.at  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            logout(request)
        issuer, subject = str(claims["iss"]), str(claims["sub"])
        if not _issues(provider, issuer):
            access.note_failed(actor=None, at=at, rule="issuer of another sign-in")
            raise ImmediateHttpResponse(not_let_in(request))
        if not 0 < len(subject) <= LONGEST:
            raise ImmediateHttpResponse(not_let_in(request))
        account, code = access.account_or_code(actor=None, issuer=issuer, subject=subject, at=at)
        if account is None or not (account.is_active and account.staff.active):
            access.note_failed(actor=None, at=at, rule="unbound identity" if account is None else "closed account")
            shown = code if account is None else ""
            raise ImmediateHttpResponse(page(request, "sign_on/unbound.html", status=403, code=shown))
        assured = _is_strong(provider, claims)
        record_authentication(request, account, method="sign_on", provider=provider, assured=assured)
        login = Login(user=account, redirect_url=sociallogin.get_redirect_url(request))
        raise ImmediateHttpResponse(perform_login(request, login))

    def get_requests_session(self) -> Session:
        """Return how the other side is spoken with: by TLS alone, since a token is believed for where it came from."""
        session: Session = super().get_requests_session()
        session.mount("http://", _HereAlone())
        return session

    def on_authentication_error(self, request: HttpRequest, provider: Any, **_: Any) -> None:
        """Say that the other side did not let somebody in, or sent what is not to be believed; never why."""
        access.note_failed(actor=None, at=request.at, rule="sign-in elsewhere")  # type: ignore[attr-defined]
        raise ImmediateHttpResponse(not_let_in(request))


class _HereAlone(HTTPAdapter):
    """Speaks without TLS with this machine and with no other."""

    def send(self, request: PreparedRequest, *args: Any, **more: Any) -> Response:
        if urlsplit(request.url or "").hostname not in HERE:
            raise InvalidSchema("a sign-in elsewhere must be reached by https")
        return super().send(request, *args, **more)


def not_let_in(request: HttpRequest, heading: str = NOT_LET_IN, status: int = 403) -> HttpResponse:
    """Say that nobody was let in, and how to go on."""
    return page(request, "sign_on/refused.html", status=status, heading=heading)


def _issues(provider: str, issuer: str) -> bool:
    """Return whether this is the issuer that the settings name for a sign-in: else one agency's could speak of another's people."""
    return any(
        one.id == provider and one.issuer == issuer.rstrip("/") for one in settings.FOURFOLD.providers_of_sign_on()
    )


def _is_strong(provider: str, claims: Mapping[str, Any]) -> bool:
    """Return whether what the other side says of somebody is one of what counts as two factors there."""
    known = {one.id: one.strong for one in settings.FOURFOLD.providers_of_sign_on()}
    return any(value in _said(claims.get(claim)) for claim, value in known.get(provider, ()))


def _said(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


class SecondFactorStage(AuthenticateStage):
    """Asks for a second factor of ours, unless the other side was sure of somebody in this very sign-in."""

    def _should_handle(self, request: HttpRequest) -> bool:
        if self.login.user is not None and is_assured(request, self.login.user):
            return False
        return bool(super()._should_handle(request))
