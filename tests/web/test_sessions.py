"""Whoever writes in the table of sessions does not become somebody who is signed in."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from fourfold.audit.models import Entry
from tests.cast import Cast
from tests.web.test_sign_in import with_a_password_only

pytestmark = pytest.mark.django_db

SignedIn = Callable[..., Client]


def is_in(client: Client) -> bool:
    return client.get("/cases/").status_code == 200


def test_what_one_session_says_means_nothing_in_another(signed_in: SignedIn) -> None:
    theirs = signed_in("advocate")
    kept = Session.objects.get()
    mine = signed_in("analyst")
    assert is_in(theirs)
    assert is_in(mine)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE django_session SET session_data = %s WHERE session_key <> %s", [kept.session_data, kept.session_key]
        )
    assert not is_in(mine)
    assert is_in(theirs)


def test_an_ended_session_is_gone(signed_in: SignedIn) -> None:
    theirs = signed_in("advocate")
    row = Session.objects.get()
    assert theirs.post("/accounts/logout/").status_code in (302, 303)
    assert not Session.objects.filter(pk=row.pk).exists()
    assert not is_in(theirs)


def test_what_the_database_holds_of_a_session_is_no_cookie(signed_in: SignedIn) -> None:
    from allauth.usersessions.models import UserSession

    theirs = signed_in("advocate", through_the_door=True)
    held = {*Session.objects.values_list("session_key", flat=True)}
    held |= {*UserSession.objects.values_list("session_key", flat=True)}
    own = theirs.cookies[settings.SESSION_COOKIE_NAME].value
    assert is_in(theirs)
    assert held
    assert own not in held
    for stolen in (*held, *(f"{key}:{own.partition(':')[2][::-1]}" for key in held), *(f"{key}:" for key in held)):
        reader = Client()
        reader.cookies[settings.SESSION_COOKIE_NAME] = stolen
        assert not is_in(reader)
        assert is_in(theirs), "and whoever is signed in stays so"


def test_the_page_of_own_sessions_knows_them_still(signed_in: SignedIn) -> None:
    theirs = signed_in("advocate", through_the_door=True)
    page = theirs.get("/accounts/sessions/")
    assert page.status_code == 200
    assert b"127.0.0.1" in page.content
    assert 'href="/accounts/sessions/"' in theirs.get("/accounts/second-factor/").content.decode(), "and is found"


def test_who_lost_a_device_signs_out_everywhere_else_alone(signed_in: SignedIn) -> None:
    lost, theirs = (signed_in("advocate", through_the_door=True) for _ in range(2))
    theirs.get("/accounts/sessions/")
    lost.get("/accounts/sessions/")
    page = theirs.get("/accounts/sessions/").content.decode()
    assert page.count("<tbody") == 1
    assert "Sign out everywhere else" in page
    assert "You are signed out everywhere else." in theirs.post("/accounts/sessions/", follow=True).content.decode()
    assert (is_in(lost), is_in(theirs)) == (False, True)
    assert Entry.objects.filter(action="sign_out.elsewhere").count() == 1


def test_the_database_does_not_show_a_second_factor_that_is_being_enrolled(signed_in: SignedIn, cast: Cast) -> None:
    client = with_a_password_only(cast, "officer")
    client.get("/accounts/second-factor/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    (kept,) = Session.objects.values_list("session_data", flat=True)
    assert secret.encode() not in b"".join(_read_from(part) for part in kept.split(":"))


def _read_from(part: str) -> bytes:
    """Return what whoever holds a part of a kept session, and no key, reads in it."""
    try:
        raw = base64.urlsafe_b64decode(part.lstrip(".") + "=" * (-len(part.lstrip(".")) % 4))
        return zlib.decompress(raw) if part.startswith(".") else raw
    except (ValueError, zlib.error):
        return part.encode()
