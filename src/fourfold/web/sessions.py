"""What a browser holds of a session: its key signed on this host, so that whoever reads the database cannot make a cookie."""

from typing import Any

from django.conf import settings
from django.contrib.auth import middleware as auth
from django.contrib.sessions import middleware
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from fourfold.access.sessions import was_of
from fourfold.access.statements import read_ahead

_signer = Signer(salt="fourfold.session.cookie")


def cookie_of(key: str) -> str:
    """Return what the browser is given for the session that is kept under `key`."""
    return _signer.sign(key)


def key_in(cookie: str) -> str:
    """Return under which key the session of a cookie is kept; "" for a cookie that this host did not give."""
    try:
        return _signer.unsign(cookie)
    except BadSignature:
        return ""


class SessionMiddleware(middleware.SessionMiddleware):
    """Opens a session for a signed cookie only, and signs each cookie that it gives."""

    def process_request(self, request: HttpRequest) -> None:
        """Read the key out of the cookie: what this host did not sign opens nothing."""
        name = settings.SESSION_COOKIE_NAME
        if name in request.COOKIES:
            request.COOKIES[name] = key_in(request.COOKIES[name])
        super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Sign the key that the answer would give; a cookie that is taken back stays empty."""
        response = super().process_response(request, response)
        given = response.cookies.get(settings.SESSION_COOKIE_NAME)
        if given is not None and given.value:
            given.set(given.key, cookie_of(given.value), cookie_of(given.value))
        return response


class AuthenticationMiddleware(auth.AuthenticationMiddleware):
    """Finds who has signed in with one statement: the session with the account whose it was last."""

    def process_request(self, request: HttpRequest) -> None:
        """Have it found once somebody asks."""
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _user_of(request))  # type: ignore[assignment]


def _user_of(request: HttpRequest) -> Any:
    with read_ahead():
        user = auth.get_user(request)
    if user.is_authenticated and request.session.session_key:
        was_of(request.session.session_key, user.pk)
    return user
