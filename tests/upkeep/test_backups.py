"""What was kept comes back as it was, or not at all and with the reason in words."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pyrage
import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection, connections
from django.db.utils import ConnectionHandler
from typer import Exit
from typer.testing import CliRunner

from fourfold.access import services as access
from fourfold.audit.models import Entry
from fourfold.cli import drill
from fourfold.cli.main import app
from fourfold.gateways.keyring import FIRST, begin_epoch, open_keyring, set_back
from fourfold.upkeep import archives, engines, exporting, folder, restoring, rules, services, taking
from fourfold.upkeep.queries import shipped_migrations, why_not_these_keys
from fourfold.upkeep.rules import ALWAYS_KEPT
from fourfold.upkeep.terms import FORMAT, TIMERS, CannotKeep, CannotRestore, Holds, Manifest, Table, Target
from tests.cast import NOW
from tests.databases import copied_to

KNOWN = frozenset(".".join(one) for one in shipped_migrations())
MADE = Manifest(Holds.DATA, "0.2.0", NOW.isoformat(), "SQLite", ("cases.0001_initial",))
HERE = Target("0.2.0", "SQLite", frozenset({"cases.0001_initial"}), has_keys=True, keys_fit=True, tables=0, files=())


@pytest.mark.parametrize(
    ("made", "here", "says"),
    [
        ({}, {}, None),
        ({"release": "0.1.0", "migrations": ()}, {}, None),  # an older one: its tables are brought up to date afterwards
        ({"migrations": ("cases.0999_newer",), "release": "9.0.0"}, {}, "by a newer release, 9.0.0, which knows cases.0999_newer; here is 0.2.0"),
        ({"format": FORMAT + 1, "release": "9.0.0"}, {}, "Install release 9.0.0 or later"),
        ({"holds": Holds.EXPORT}, {}, "for another system to read"),
        ({}, {"has_keys": False}, "Restore the backup of the keys first"),
        ({}, {"keys_fit": False}, "others, or older than it"),
        ({}, {"engine": "PostgreSQL"}, "is of SQLite, and DATABASE_URL names PostgreSQL"),
        ({}, {"tables": 205}, "is not empty: it has 205 tables"),
        ({}, {"files": ("a", "b", "c", "d", "e")}, "not empty: a, b, c and 2 more"),
        ({"holds": Holds.KEYS}, {}, "Keys are never replaced"),
        ({"holds": Holds.KEYS}, {"has_keys": False, "tables": 3}, None),
    ],
)  # fmt: skip
def test_what_may_be_brought_back(made: dict[str, Any], here: dict[str, Any], says: str | None) -> None:
    why = rules.why_not_restore(replace(MADE, **made), replace(HERE, **here))
    assert (why is None) if says is None else says in (why or "")


def test_a_backup_of_a_release_that_knew_one_root_key_is_of_that_one(tmp_path: Path) -> None:
    begin_epoch(tmp_path, entry=301, at=NOW)
    epoch = restoring._written_with(SimpleNamespace(keys_dir=tmp_path), replace(MADE, log_size=100))
    assert epoch == FIRST
    assert set_back(tmp_path, epoch=epoch, entry=101, was={}).begun[2].entry == 101
    assert set_back(tmp_path, epoch=2, entry=501, was={"2": 301}).begun[2].entry == 301, "the backup of after it"


def test_every_difference_of_a_table_is_named() -> None:
    was = {"a": Table(1, "x"), "b": Table(2, "x"), "c": Table(3, "x"), "d": Table(4, "x")}
    found = {"b": Table(2, "y"), "c": Table(2, "x"), "d": Table(4, "x"), "e": Table(0, "")}
    assert rules.differences(was, found) == [
        "a: gone",
        "e: was not there",
        "b: the same number of rows, with other values",
        "c: 2 rows, were 3",
    ]


PASSES = ("cache/passing", "feeds/0f/export.csv", "running/north.lock", "arriving/tmp1.upload")


class Place:
    """An installation in a folder, with keys, a database and a file; and who may open its backups."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.here = folder, folder / "here"
        self.here.mkdir(parents=True)
        secret = pyrage.x25519.Identity.generate()
        self.identity, self.recipients = folder / "identity", folder / "recipients"
        self.identity.write_text(f"# made for a test\n{secret}\n")
        self.recipients.write_text(f"# governance lead\n{secret.to_public()}\n")
        self.settings = self.at(self.here)
        copied_to(self.here / "fourfold.sqlite3")
        for name in ("extracts/frozen.parquet", "outbox/one.json", *PASSES):
            (self.here / name).parent.mkdir(parents=True, exist_ok=True)
            (self.here / name).write_text(f"CNRY {name}")
        os.mknod(self.here / "extracts" / "listens", stat.S_IFSOCK | 0o600)  # a server's socket, which nobody can copy
        monkeypatch.setattr(settings, "FOURFOLD", self.settings)
        open_keyring(self.settings.keys_dir)

    def at(self, folder: Path) -> Any:
        own = {"data_dir": folder, "database_url": "", "database_direct": "", "shared_keys": None}
        return settings.FOURFOLD.model_copy(update=own)

    def keep(self, what: Callable[..., Path], into: str) -> Path:
        actor = access.first_administrator(at=NOW)
        return what(actor=actor, to=self.folder / into, recipients=self.recipients, at=NOW)

    def bring_back(self, file: Path, *, to: str = "there", **more: Any) -> Any:
        place, desk = self.at(self.folder / to), self.folder / f"desk-{len(list(self.folder.iterdir()))}"
        return restoring.bring_back(place, file, more.get("identity", self.identity), desk, KNOWN)

    def is_untouched(self, to: str = "there") -> bool:
        return not any(path.is_file() for path in (self.folder / to).rglob("*"))


@pytest.fixture
def place(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(tmp_path, monkeypatch)


def test_keys_and_data_come_back_each_from_its_own_file(place: Place) -> None:
    with closing(sqlite3.connect(place.here / "fourfold.sqlite3")) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE told (id INTEGER PRIMARY KEY, words TEXT, raw BLOB)")
        writer.executemany("INSERT INTO told VALUES (?, ?, ?)", [(2, "CNRY-told ŵ", b"\x00\xff"), (1, None, None)])
        writer.commit()  # it lies in the log beside the file as yet
        data, keys = place.keep(services.back_up_data, "shelf"), place.keep(services.back_up_keys, "safe")
    kept = data.read_bytes() + keys.read_bytes()
    assert b"CNRY-told" not in kept
    assert open_keyring(place.settings.keys_dir).secrets["root.1"].hex().encode() not in kept
    assert {oct(path.stat().st_mode & 0o777) for path in (data, keys)} == {"0o600"}
    with pytest.raises(CannotRestore, match="Restore the backup of the keys first"):
        place.bring_back(data)
    assert place.is_untouched()

    assert place.bring_back(keys).holds is Holds.KEYS
    done = place.bring_back(data)
    there = place.folder / "there"
    assert (
        engines.Sqlite(there / "fourfold.sqlite3").tables() == engines.Sqlite(place.here / "fourfold.sqlite3").tables()
    )
    assert done.rows == sum(table.rows for table in engines.Sqlite(there / "fourfold.sqlite3").tables().values())
    assert (there / "keys/keyring.json").read_bytes() == (place.here / "keys/keyring.json").read_bytes()
    assert (there / "extracts/frozen.parquet").read_text() == "CNRY extracts/frozen.parquet"
    assert (there / "handed-over-before-the-backup/outbox/one.json").exists(), "where nobody carries it a second time"
    assert not (there / "outbox").exists()
    assert not [name for name in PASSES if (there / name).parent.exists()]
    assert not list(place.here.glob("being-kept-*")), "nothing in clear is left"
    assert set(Entry.objects.values_list("action", flat=True)) >= {"backup.made", "backup.keys_made"}
    with pytest.raises(CannotRestore, match="The database here is not empty"):
        place.bring_back(data)


def test_older_backups_go_with_the_next_and_the_latest_seven_whatever_their_day_stay(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A case that was disposed of lies in backups for 35 days and a night, and no clock that is off takes all of them."""
    shelf, words = place.folder / "shelf", next(one.words for one in TIMERS if one.name == "backup").split()[3:]
    monkeypatch.setattr(settings, "FOURFOLD", place.settings.model_copy(update={"app_clock": NOW.isoformat()}))
    shelf.mkdir()

    def lies(days: int, kind: str = "data") -> str:
        name = f"fourfold-{NOW - timedelta(days=days):%Y%m%dT%H%M%SZ}.{kind}.age"
        (shelf / name).touch()
        return name

    stays = {lies(days) for days in range(1, 36)} | {lies(99, "export"), "from-elsewhere.data.age"}
    (shelf / "from-elsewhere.data.age").touch()
    goes = {lies(days) for days in (36, 37, 400)}
    words[1], words[3] = str(place.recipients), str(place.folder / "own-keys")
    said = CliRunner().invoke(app, ["backup", "data", str(shelf), *words])
    assert said.exit_code == 0, said.output
    assert set(re.findall(r"^Deleted: (.*)$", said.stdout, re.MULTILINE)) == goes
    assert Entry.objects.filter(action="backup.older_deleted").count() == 1
    assert {path.name for path in shelf.iterdir()} == stays | {lies(0), "disposals.jsonl"}
    assert (
        len(
            services.drop_older(
                actor=access.first_administrator(at=NOW), to=shelf, days=35, at=NOW + timedelta(days=9_000)
            )
        )
        == 36 - ALWAYS_KEPT
    )
    assert len(list(shelf.glob("fourfold-*.data.age"))) == ALWAYS_KEPT

    def refuses(path: Path, **how: object) -> None:
        raise PermissionError(f"not allowed: {path.name}")

    [lies(days) for days in range(50, 58)]
    monkeypatch.setattr(Path, "unlink", refuses)
    with pytest.raises(CannotKeep, match="an older one could not be deleted: not allowed"):
        services.drop_older(actor=access.first_administrator(at=NOW), to=shelf, days=35, at=NOW)


def test_a_new_recipient_opens_what_is_kept_from_then_on_and_the_old_one_what_was_kept_before(place: Place) -> None:
    """The first row of docs/how-to/rotate-keys.md."""
    before, old = place.keep(services.back_up_keys, "safe"), place.identity
    secret = pyrage.x25519.Identity.generate()
    new = place.folder / "identity-new"
    new.write_text(f"{secret}\n")
    place.recipients.write_text(f"{secret.to_public()}\n")
    after = place.keep(services.back_up_keys, "safe-now")
    for file, opens, shut in ((before, old, new), (after, new, old)):
        with pytest.raises(CannotRestore, match="it was made for other recipients"):
            place.bring_back(file, to=f"by-{opens.name}", identity=shut)
        assert place.bring_back(file, to=f"by-{opens.name}", identity=opens).holds is Holds.KEYS
    # The how-to lends both secret keys in one file, since data and keys have a recipient each.
    both = place.folder / "identity-both"
    both.write_text(old.read_text() + new.read_text())
    for number, file in enumerate((before, after)):
        assert place.bring_back(file, to=f"by-both-{number}", identity=both).holds is Holds.KEYS


def damaged(file: Path, place: Place) -> None:
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)


def cut(file: Path, place: Place) -> None:
    file.write_bytes(file.read_bytes()[:-70_000])


def another_key(file: Path, place: Place) -> None:
    place.identity.write_text(f"{pyrage.x25519.Identity.generate()}\n")


def no_key(file: Path, place: Place) -> None:
    place.identity.write_text("my password\n")


def no_backup(file: Path, place: Place) -> None:
    file.write_bytes(b"PK\x03\x04 a document")


def gone(file: Path, place: Place) -> None:
    file.unlink()


@pytest.mark.parametrize(
    ("spoils", "says"),
    [
        (damaged, "damaged, cut short"),
        (cut, "damaged, cut short"),
        (another_key, "it was made for other recipients"),
        (no_key, "no file of secret keys"),
        (no_backup, "no age file"),
        (gone, "is not there"),
    ],
)
def test_what_cannot_be_opened_changes_nothing(place: Place, spoils: Callable[[Path, Place], None], says: str) -> None:
    data = place.keep(services.back_up_data, "shelf")
    spoils(data, place)
    with pytest.raises(CannotRestore, match=says):
        place.bring_back(data)
    assert place.is_untouched()


def no_recipient(place: Place) -> None:
    place.recipients.write_text("# nobody yet\n")


def a_secret_key_among_them(place: Place) -> None:
    place.recipients.write_text(place.identity.read_text())


def keys_beside(place: Place) -> None:
    place.keep(services.back_up_keys, "shelf")


def no_database(place: Place) -> None:
    (place.here / "fourfold.sqlite3").write_bytes(b"")


@pytest.mark.parametrize(
    ("spoils", "says"),
    [
        (no_recipient, "nobody could open the backup"),
        (a_secret_key_among_them, "Line 2 of .* is no recipient"),
        (keys_beside, "Keys and data are kept apart"),
        (no_database, "has no tables"),
    ],
)
def test_what_cannot_be_kept_leaves_no_file(place: Place, spoils: Callable[[Place], None], says: str) -> None:
    spoils(place)
    with pytest.raises(CannotKeep, match=says):
        place.keep(services.back_up_data, "shelf")
    assert not list((place.folder / "shelf").glob("*data*"))
    assert not list((place.folder / "shelf").glob(".*"))


def test_keys_of_another_database_stop_production(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    access.first_administrator(at=NOW)
    assert why_not_these_keys() is None
    monkeypatch.setattr(settings, "FOURFOLD", place.at(place.folder / "emptied"))  # new ones are made there in silence
    assert "restore the backup of the keys" in (why_not_these_keys() or "")


def test_checkpoints_signed_after_the_copy_stay_out_of_it(place: Place) -> None:
    ours = place.settings.checkpoints
    ours.parent.mkdir()
    lines = [f'{{"note": "fourfold\\n{size}\\nhash\\nat"}}\n' for size in (0, 7)]
    ours.write_text("".join(lines))
    opened = place.folder / "opened"
    archives.unpack(place.keep(services.back_up_data, "shelf"), archives.identities(place.identity), opened)
    assert (opened / "checkpoints.jsonl").read_text() == lines[0], "the copy's log has no entry"


def quoted(name: str) -> str:
    return f'"{name}"'


def test_everything_can_be_taken_to_another_system_with_what_the_codebook_says(place: Place, cast: Any) -> None:
    """As another system does: the standard library alone, a table for each of the codebook, a row for each line."""
    opened = place.folder / "opened"
    archives.unpack(place.keep(services.export_all, "out"), archives.identities(place.identity), opened)
    book = json.loads((opened / "codebook.json").read_text())
    assert (
        {path.stem for path in (opened / "tables").iterdir()}
        == book.keys()
        == {name for name in connection.introspection.table_names() if not name.startswith("sqlite_")}
        - {"django_migrations"}
    )
    with closing(sqlite3.connect(":memory:")) as other:
        for name, table in book.items():
            columns = list(table["columns"])
            other.execute(f'CREATE TABLE "{name}" ({", ".join(map(quoted, columns))}, UNIQUE ({quoted(table["key"])}))')
            for line in (opened / "tables" / f"{name}.jsonl").read_text().splitlines():
                row = json.loads(line)
                assert list(row) == columns
                values = [json.dumps(value) if isinstance(value, list | dict) else value for value in row.values()]
                other.execute(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(columns))})', values)
            (count,) = other.execute(f'SELECT count(*) FROM "{name}"').fetchone()
            assert count == table["rows"]
            for column, said in table["columns"].items():
                assert said.get("refers_to") in {None, *book}, (name, column)
        staff = {name for (name,) in other.execute("SELECT name FROM access_staff")}
    assert {one.name for one in cast.staff.values()} <= staff
    with pytest.raises(CannotRestore, match="for another system to read"):
        place.bring_back(next((place.folder / "out").iterdir()))


@pytest.mark.parametrize("what", [services.back_up_data, services.export_all])
def test_what_goes_while_a_backup_is_made_ends_it_not(
    place: Place, monkeypatch: pytest.MonkeyPatch, what: Callable[..., Path]
) -> None:
    found = folder.kept

    def going(*of: Any) -> Iterator[Path]:
        for path in found(*of):
            if path.name == "one.json":  # carried on between the look at the folder and the copy
                path.unlink()
            yield path

    monkeypatch.setattr(folder, "kept", going)
    opened = place.folder / "opened"
    archives.unpack(place.keep(what, "shelf"), archives.identities(place.identity), opened)
    assert (opened / "files/extracts/frozen.parquet").exists()
    assert not list(opened.rglob("one.json"))


def test_what_a_killed_backup_left_in_clear_goes_with_the_next(place: Place) -> None:
    left = place.here / "being-kept-killed"
    left.mkdir()
    (left / "database").write_text("CNRY")
    with taking.draft() as underway:
        place.keep(services.back_up_data, "shelf")
        assert underway.exists(), "somebody is at work in it"
    assert not list(place.here.glob("being-kept-*"))


def test_a_backup_is_drafted_where_a_link_in_the_place_of_the_data_folder_leads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None was made there: a folder that is a link was refused, as one that somebody else put into ours must be."""
    (kept := tmp_path / "kept").mkdir(mode=0o700)
    (link := tmp_path / "link").symlink_to(kept)
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"data_dir": link}))
    with taking.draft() as underway:
        assert underway.parent == kept.resolve()
    assert not list(kept.iterdir())


def test_a_drill_leaves_nothing_outside_the_folder_of_the_data(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []

    def typed(env: dict[str, str], *words: str) -> Any:
        seen.extend(map(Path, (*words[1::2], env["FOURFOLD_DATA_DIR"])))
        return subprocess.CompletedProcess(words, 0, "", "")

    monkeypatch.setattr(drill, "_typed", typed)
    with pytest.raises(Exit):
        drill.drill(None, None, None, None, None, "", as_json=True)
    assert len(seen) == 7
    rooms = {path.relative_to(place.here).parts[0] for path in seen}
    assert len(rooms) == 1
    assert not (place.here / rooms.pop()).exists()


def test_the_site_writes_on_while_everything_is_exported(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, write = connections["default"], exporting.write
    told: list[int] = []

    def meanwhile(desk: Path) -> dict[str, int]:
        told.append(ContentType.objects.count())
        with closing(sqlite3.connect(place.here / "fourfold.sqlite3", timeout=0)) as site:
            site.execute("INSERT INTO django_content_type (app_label, model) VALUES ('later', 'row')")
            site.commit()
        return write(desk)

    monkeypatch.setattr(exporting, "write", meanwhile)
    connections["default"] = ConnectionHandler({"default": place.settings.database()})["default"]
    try:
        opened = place.folder / "opened"
        archives.unpack(place.keep(services.export_all, "out"), archives.identities(place.identity), opened)
        assert ContentType.objects.count() == told[0] + 1
    finally:
        connections["default"].close()
        connections["default"] = theirs
    assert len((opened / "tables/django_content_type.jsonl").read_text().splitlines()) == told[0], "of one moment"


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_dump_of_postgresql_comes_back_equal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setting = {**connection.settings_dict, "OPTIONS": {"options": "-c idle_in_transaction_session_timeout=10min"}}
    opened, ran, holder = engines.Postgres._open, engines.Postgres._run, []

    @contextmanager
    def watched(self: engines.Postgres) -> Iterator[psycopg.Connection[Any]]:
        with opened(self) as here:
            holder.append(here)
            yield here

    def dumped(self: engines.Postgres, program: str, *words: str, **more: Any) -> None:
        if program == "pg_dump":  # however long it takes, whoever holds the snapshot for it is not ended meanwhile
            assert holder[-1].execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("0",)
        ran(self, program, *words, **more)

    monkeypatch.setattr(engines.Postgres, "_open", watched)
    monkeypatch.setattr(engines.Postgres, "_run", dumped)
    here = engines.Postgres(setting)
    taken = here.take(tmp_path / "dump", ["SELECT count(*) FROM django_migrations"])
    assert len(taken.tables) > 100
    assert taken.answers[0][0][0] > 20
    empty = {**setting, "NAME": f"{setting['NAME']}_back"}
    address = {
        "host": setting["HOST"],
        "port": setting["PORT"],
        "user": setting["USER"],
        "password": setting["PASSWORD"],
    }
    with psycopg.connect(dbname=setting["NAME"], autocommit=True, **address) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{empty["NAME"]}"')
        server.execute(f'CREATE DATABASE "{empty["NAME"]}" TEMPLATE template0')
        try:
            there = engines.Postgres(empty)
            assert there.tables() == {}
            there.bring_back(tmp_path / "dump")
            assert rules.differences(taken.tables, there.tables()) == []
            with pytest.raises(CannotRestore, match="pg_restore could not do it"):
                there.bring_back(tmp_path / "dump")
        finally:
            server.execute(f'DROP DATABASE "{empty["NAME"]}" WITH (FORCE)')


def test_what_was_made_beside_a_page_for_an_hour_stands_in_no_backup(tmp_path: Path) -> None:
    for name in ("cache-underway/draft-1-pdf.made", "cache-turns/somebody", "extracts/frozen.parquet"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    assert [path.name for path in folder.kept(tmp_path, tmp_path / "fourfold.sqlite3")] == ["frozen.parquet"]
