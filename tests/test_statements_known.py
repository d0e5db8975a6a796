"""SQLite compiles a statement once, however many others were sent since."""

from __future__ import annotations

import sqlite3

import pytest
from django.db import connection

OTHERS = 2_000


@pytest.mark.django_db
@pytest.mark.one_database
def test_a_statement_is_still_known_after_two_thousand_others() -> None:
    """It asks whoever allows a statement, which SQLite does whenever it compiles one."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps no statements for us")
    compiled: list[int] = []
    with connection.cursor() as cursor:
        raw = connection.connection
        raw.set_authorizer(lambda *_: compiled.append(1) or sqlite3.SQLITE_OK)
        try:
            cursor.execute("SELECT 'the first'")
            for number in range(OTHERS):
                cursor.execute(f"SELECT {number}")
            assert len(compiled) > OTHERS, "or nobody was asked"
            compiled.clear()
            cursor.execute("SELECT 'the first'")
        finally:
            raw.set_authorizer(None)
    assert not compiled
