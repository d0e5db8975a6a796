"""A new database made at once is the one that the migrations make one after the other, on both engines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from fourfold.cli.management.commands import migrate
from fourfold.cli.newborn import make_tables

Said = set[tuple[Any, ...]]

POSTGRESQL = {
    "column": """SELECT table_name, column_name, data_type, character_maximum_length, numeric_precision, is_nullable,
        column_default, is_identity FROM information_schema.columns WHERE table_schema = 'public'""",
    "index": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "constraint": """SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype <> 'n'""",
    "trigger": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "function": "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
}


#: An empty table between groups and permissions, which the framework's own migrations number in eight bytes, not four.
OF_THE_FRAMEWORK = ("column", "auth_group_permissions", "id")


@pytest.fixture(autouse=True)
def _beside_the_tests_own(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Let these tests open databases of their own, beside the one that the others share and none of them changes."""
    with django_db_blocker.unblock():
        yield


@contextmanager
def empty(folder: Path) -> Iterator[BaseDatabaseWrapper]:
    """Lend an empty database on the engine of this round."""
    name = f"newborn_{uuid4().hex}"
    postgresql = connection.vendor == "postgresql"
    connections.settings[name] = {**connection.settings_dict, "NAME": name if postgresql else str(folder / name)}
    if postgresql:
        with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute(f"CREATE DATABASE {name}")
    lent = connections[name]
    try:
        yield lent
    finally:
        lent.close()
        del connections.settings[name]
        if postgresql:
            with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
                cursor.execute(f"DROP DATABASE {name}")


def asked(lent: BaseDatabaseWrapper, sql: str) -> list[tuple[Any, ...]]:
    with lent.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def shape(lent: BaseDatabaseWrapper) -> Said:
    """Return everything that the database says of itself but the order of columns."""
    if lent.vendor == "postgresql":
        said = {(kind, *row) for kind, sql in POSTGRESQL.items() for row in asked(lent, sql)}
        return {row for row in said if row[:3] != OF_THE_FRAMEWORK}
    parts = asked(lent, "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
    return {(kind, name, *in_parts(sql)) for kind, name, sql in parts}


def in_parts(sql: str) -> list[str]:
    """Return what a definition consists of, in an order of its own: the columns of a table may stand in any."""
    return sorted(part.strip() for part in re.split(r"[,()]", " ".join(sql.split())) if part.strip())


def rows(lent: BaseDatabaseWrapper) -> dict[str, Any]:
    """Return how many rows each table holds, and which migrations count as applied; of the log's head, every word."""
    found: dict[str, Any] = {
        table: asked(lent, f'SELECT count(*) FROM "{table}"')[0][0] for table in lent.introspection.table_names()
    }
    found["applied"] = set(asked(lent, "SELECT app, name FROM django_migrations"))
    found["head"] = asked(lent, "SELECT * FROM audit_head")
    return found


def test_a_database_made_at_once_is_the_one_that_the_migrations_make(tmp_path: Path) -> None:
    with empty(tmp_path) as at_once, empty(tmp_path) as step_by_step:
        call_command("migrate", database=at_once.alias, verbosity=0)
        with patch.object(migrate, "make_tables", lambda _: False):
            call_command("migrate", database=step_by_step.alias, verbosity=0)
        assert shape(at_once) == shape(step_by_step)
        assert rows(at_once) == rows(step_by_step)


def test_where_a_table_stands_nothing_is_made(tmp_path: Path) -> None:
    with empty(tmp_path) as standing:
        with standing.cursor() as cursor:
            cursor.execute("CREATE TABLE somebodys (word TEXT)")
        assert not make_tables(standing)
        assert standing.introspection.table_names() == ["somebodys"]


def test_what_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    with empty(tmp_path) as cut:
        with (
            patch("fourfold.cli.newborn._do_what_is_no_table", side_effect=KeyboardInterrupt),
            pytest.raises(KeyboardInterrupt),
        ):
            make_tables(cut)
        assert cut.introspection.table_names() == []
        assert make_tables(cut)


@pytest.mark.parametrize("asked_for", [{"app_label": "audit"}, {"plan": True}, {"check_unapplied": True}])
def test_who_asks_for_migrations_gets_them_one_by_one(tmp_path: Path, asked_for: dict[str, Any]) -> None:
    with empty(tmp_path) as lent, patch.object(migrate, "make_tables") as made:
        with suppress(SystemExit):  # --check says by its exit that something is not applied
            call_command("migrate", database=lent.alias, verbosity=0, **asked_for)
        made.assert_not_called()
