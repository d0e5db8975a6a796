"""Django's test client holds what a browser holds: the signed cookie of a session, never its key."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.test.client import ClientMixin

from fourfold.access.sessions import SessionStore
from fourfold.web.sessions import cookie_of, key_in


def sign_cookies() -> None:
    """Let every client sign the cookie of a session that it begins without the sign-in page."""
    ClientMixin.session = property(_session)  # type: ignore[assignment,method-assign]
    ClientMixin._set_login_cookies = _set_login_cookies  # type: ignore[attr-defined]


def _session(client: ClientMixin) -> SessionStore:
    cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)  # type: ignore[attr-defined]
    if cookie:
        return SessionStore(key_in(cookie.value))
    session = SessionStore()
    session.save()
    keep_cookie(client, session)
    return session


def _set_login_cookies(client: ClientMixin, request: HttpRequest) -> None:
    keep_cookie(client, request.session)


def keep_cookie(client: ClientMixin, session: object) -> None:
    """Give a client the cookie of a session."""
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie_of(session.session_key)  # type: ignore[attr-defined]
