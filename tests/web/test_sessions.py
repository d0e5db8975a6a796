"""Whoever writes in the table of sessions does not become somebody who is signed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

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
