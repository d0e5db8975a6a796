"""Who acts is read anew for each page, on PostgreSQL with the session in one turn; and a connection is asked for when it rested."""

from __future__ import annotations

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fourfold.access import kept, sessions
from fourfold.access.models import Account
from tests.cast import Cast
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
OF_SESSION, OF_ACCOUNT = 'FROM "django_session"', 'FROM "access_account"'


def test_the_session_and_whose_it_is_are_one_turn_where_each_is_dear(signed_in: SignIn) -> None:
    client = signed_in("officer")
    client.get("/cases/")
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/cases/").status_code == 200
    reads = [each["sql"] for each in asked if OF_SESSION in each["sql"] or OF_ACCOUNT in each["sql"]]
    assert len(reads) == (1 if connection.vendor == "postgresql" else 2)
    assert OF_ACCOUNT in reads[-1]


def test_an_account_that_was_closed_since_opens_no_further_page(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("officer")
    assert client.get("/cases/").status_code == client.get("/cases/").status_code == 200
    Account.objects.filter(staff=cast.officer.staff).update(is_active=False)
    assert client.get("/cases/").status_code == 302


def test_whose_session_it_was_decides_nothing(cast: Cast, signed_in: SignIn) -> None:
    """What this process remembers of a session is what it asks for beside it: who acts is what the session says."""
    client, other = signed_in("officer"), signed_in("analyst")
    client.get("/cases/")
    sessions.was_of(client.session.session_key or "", Account.objects.get(staff=cast.analyst.staff).pk)
    page = client.get("/cases/").content.decode()
    assert cast.officer.name in page
    assert cast.analyst.name not in page
    assert cast.analyst.name in other.get("/desk/").content.decode()


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no server that could go away")
def test_a_connection_that_was_cut_off_is_found_without_asking_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    apart = connection.copy()
    apart.connect()
    try:
        asked = []
        whole = type(apart).is_usable
        monkeypatch.setattr(type(apart), "is_usable", lambda self: asked.append(self) or whole(self))
        apart.close()
        apart.connect()
        assert apart.is_usable()
        assert asked == []
        monkeypatch.setattr(kept, "RESTED", -1.0)
        assert apart.is_usable()
        assert asked == [apart]
        monkeypatch.undo()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [apart.connection.info.backend_pid])
        ends = time.monotonic() + 10
        while kept._is_quiet(apart.connection) and time.monotonic() < ends:
            time.sleep(0.02)
        assert not apart.is_usable()
    finally:
        apart.close()
