"""The log in volumes on PostgreSQL: closed, moved, kept and brought back, and proved as one log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from typer.testing import CliRunner

from fourfold.audit import parts, queries, volumes
from fourfold.audit.models import Entry, Head
from fourfold.audit.terms import CannotMove
from fourfold.cli.main import app
from fourfold.cli.volumes import close_if_due
from tests.audit.test_in_parts import InThisProcess
from tests.audit.test_services import kinds, unlock, write
from tests.cast import NOW, Cast
from tests.faults.apart import played
from tests.faults.chaining import WRITERS
from tests.faults.moving import CLOSED, EACH

pytestmark = pytest.mark.django_db
ON_POSTGRESQL = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has no volumes, which the first test says"
)
LATER = NOW + timedelta(days=40)


def close(cast: Cast) -> None:
    volumes.close(actor=cast.administrator, at=NOW)


def ask(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def spans() -> list[tuple[str, int, int, bool]]:
    return [(one.name, one.first, one.last, one.is_open) for one in volumes.volumes()]


@pytest.fixture
def three(cast: Cast) -> None:
    """Three volumes: what closes one is the first entry of the next."""
    for number in range(6):
        write(cast, f"Person {number}")
        if number in (1, 3):
            close(cast)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has volumes")
def test_sqlite_has_no_volumes_and_says_so(cast: Cast) -> None:
    write(cast)
    assert volumes.volumes() == []
    assert CliRunner().invoke(app, ["audit", "volumes"]).output.strip() == volumes.ON_SQLITE
    assert not volumes.is_due(at=LATER)
    with pytest.raises(CannotMove, match="on PostgreSQL alone"):
        close(cast)
    with pytest.raises(CannotMove, match="on PostgreSQL alone"):
        volumes.move(actor=cast.administrator, at=NOW, name="audit_volume_1", tablespace="pg_default")
    assert queries.verify().entries == 1


@ON_POSTGRESQL
@pytest.mark.postgres
def test_volumes_follow_each_other_and_the_last_is_open(three: None, cast: Cast) -> None:
    assert spans() == [("audit_volume_1", 1, 2, False), ("audit_volume_2", 3, 5, False), ("audit_volume_3", 6, 8, True)]
    assert [one.hash for one in volumes.volumes()] == [Entry.objects.get(seq=seq).hash for seq in (2, 5, 8)]
    assert (queries.verify().findings, Head.objects.get().size) == ((), 8)
    assert list(Entry.objects.order_by("-seq").values_list("seq", flat=True)) == [8, 7, 6, 5, 4, 3, 2, 1]
    assert Entry.objects.filter(action="log.volume_closed").count() == 2


@ON_POSTGRESQL
@pytest.mark.postgres
def test_no_volume_lets_an_entry_be_changed_or_a_number_stand_twice(three: None) -> None:
    for each in ("audit_entry", "audit_volume_1", "audit_volume_2", "audit_volume_3"):
        for change in (f"UPDATE {each} SET action = ''", f"DELETE FROM {each}", f"TRUNCATE {each}"):
            with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
                ask(change)
    with pytest.raises(DatabaseError, match="duplicate key"), transaction.atomic():
        ask("INSERT INTO audit_entry SELECT * FROM audit_entry WHERE seq = 4")
    with pytest.raises(DatabaseError, match="violates partition constraint"), transaction.atomic():
        ask("INSERT INTO audit_volume_1 SELECT * FROM audit_entry WHERE seq = 4")


@ON_POSTGRESQL
@pytest.mark.postgres
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_volume_1 SET body = REPLACE(body, 'staff.', 'stuff.') WHERE seq = 2",
        "DELETE FROM audit_volume_2 WHERE seq = 4",
        "ALTER TABLE audit_entry DETACH PARTITION audit_volume_2",
        "DROP TABLE audit_volume_1",
    ],
)
@pytest.mark.parametrize("at_once", [1, 20_000])
def test_whoever_changes_or_takes_a_closed_volume_is_found(
    three: None, change: str, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "AT_ONCE", at_once)
    monkeypatch.setattr(parts, "FROM", 1)
    monkeypatch.setattr(parts, "ProcessPoolExecutor", InThisProcess)
    monkeypatch.setattr(parts, "_others_see_it", lambda: True)
    assert kinds() == []
    unlock()
    ask(change)
    assert kinds() != []


@ON_POSTGRESQL
@pytest.mark.postgres
def test_one_is_closed_once_its_month_is_over_and_it_is_large_enough(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(cast)
    write(cast)
    assert not volumes.is_due(at=LATER)  # it has no million entries
    monkeypatch.setattr(volumes, "LEAST", 2)
    assert not volumes.is_due(at=NOW)
    assert volumes.is_due(at=LATER)
    close_if_due(at=LATER)
    close_if_due(at=LATER)
    assert [name for name, *_ in spans()] == ["audit_volume_1", "audit_volume_2"]
    assert queries.verify().clean


@pytest.fixture
def server() -> Iterator[psycopg.Connection[Any]]:
    setting = connection.settings_dict
    told = {key: setting[key.upper()] for key in ("host", "port", "user", "password")}
    with psycopg.connect(dbname=setting["NAME"], autocommit=True, **told) as other:
        yield other


@ON_POSTGRESQL
@pytest.mark.postgres
def test_who_reads_the_whole_log_is_not_waited_for_long(
    cast: Cast, server: psycopg.Connection[Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(cast)
    monkeypatch.setattr(volumes, "LEAST", 1)
    with server.transaction():
        server.execute("LOCK TABLE audit_entry IN ACCESS SHARE MODE")
        with transaction.atomic():
            close_if_due(at=LATER)
    assert "No new volume of the log was begun: Somebody reads the whole log" in capsys.readouterr().err
    assert [name for name, *_ in spans()] == ["audit_volume_1"]
    write(cast)
    assert queries.verify().clean


@ON_POSTGRESQL
@pytest.mark.postgres
def test_only_a_closed_volume_goes_and_only_where_the_role_may_make_tables(three: None, cast: Cast) -> None:
    for name in ("audit_volume_3", "audit_volume_4", "audit_entry", "access_staff; DROP TABLE access_staff"):
        with pytest.raises(CannotMove, match="There is no closed volume"):
            volumes.move(actor=cast.administrator, at=NOW, name=name, tablespace="pg_default")
    with pytest.raises(CannotMove, match='GRANT CREATE ON TABLESPACE "nowhere" TO'):
        volumes.move(actor=cast.administrator, at=NOW, name="audit_volume_1", tablespace="nowhere")
    assert queries.verify().entries == 8


SHAPE = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'audit_entry' ORDER BY 1"
WHICH_FILE = "SELECT relfilenode FROM pg_class WHERE relname = '{}'"


@ON_POSTGRESQL
@pytest.mark.postgres
def test_a_log_of_before_becomes_the_first_volume_and_no_entry_is_touched(cast: Cast) -> None:
    for number in range(5):
        write(cast, f"Person {number}")
    rows, shape = ask("SELECT * FROM audit_entry ORDER BY seq"), ask(SHAPE)
    ask("CREATE TABLE aside AS SELECT * FROM audit_entry")
    ask("DROP TABLE audit_entry; DROP FUNCTION audit_entry_refuse")
    with connection.schema_editor() as editor:
        editor.create_model(Entry)  # as the migrations of 0.2.0 made it
    ask(import_module("fourfold.audit.migrations.0002_append_only").POSTGRESQL)
    ask("INSERT INTO audit_entry SELECT * FROM aside; DROP TABLE aside")
    assert ask("SELECT count(*) FROM pg_inherits WHERE inhparent = 'audit_entry'::regclass") == [(0,)]
    assert volumes.volumes() == []
    files = ask(WHICH_FILE.format("audit_entry"))
    with connection.schema_editor() as editor:
        import_module("fourfold.audit.migrations.0004_in_volumes").put_in_volumes(None, editor)
    assert ask(WHICH_FILE.format("audit_volume_1")) == files
    assert ask("SELECT * FROM audit_entry ORDER BY seq") == rows
    assert ask(SHAPE) == shape
    assert spans() == [("audit_volume_1", 1, 5, True)]
    close(cast)
    write(cast)
    assert (queries.verify().findings, Head.objects.get().size) == ((), 7)
    for each in ("audit_entry", "audit_volume_1", "audit_volume_2"):
        for change in (f"UPDATE {each} SET action = ''", f"DELETE FROM {each}", f"TRUNCATE {each}"):
            with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
                ask(change)


@ON_POSTGRESQL
@pytest.mark.postgres
def test_volumes_are_closed_and_moved_under_load_and_come_back_from_a_backup(tmp_path: Path) -> None:
    told = played("moving", tmp_path, at_most=900)
    assert told["closed"] == {"faults": [], "kept": WRITERS * EACH, "volumes": CLOSED + 1, "findings": []}
    changed = told["moved"].pop("changed")
    assert changed >= 2  # once read in its order, and once in parts
    there = ["audit_volume_1", "audit_volume_2"]
    assert told["moved"] == {"there": there, "indexes": True, "clean": [], "after": []}
    entries = told["back"].pop("entries")
    assert entries > WRITERS * EACH
    refusing = 2 + 2 * (CLOSED + 1)
    expected = {"same": True, "moved": [], "rows": entries, "differences": [], "parts": [], "findings": []}
    assert told["back"] == expected | {"refusing": refusing}
