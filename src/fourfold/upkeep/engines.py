"""The two databases as a whole: taken as they stand at one moment while the site goes on, told apart row by row, brought back.

SQLite by its own online copy. PostgreSQL by pg_dump in its custom format: one snapshot, readable by later versions, brought
back by the role that owns the tables. A point in time needs the server's own log: deploy/postgresql/pgbackrest.conf.
"""

import hashlib
import os
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql

from fourfold.upkeep.terms import CannotKeep, CannotRestore, Table

#: How a row is written for its digest, the same wherever it is read.
PLAIN = "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, DMY'; SET LOCAL extra_float_digits = 1"


@dataclass(frozen=True)
class Taken:
    """What a copy holds, and what it answered when it was made."""

    tables: dict[str, Table]
    answers: list[list[tuple[Any, ...]]]


class Engine(Protocol):
    """A database as a whole."""

    name: str

    def take(self, into: Path, asks: Sequence[str]) -> Taken:
        """Write the database as it stands now to a file; return what its tables hold in it, and what it answers."""

    def tables(self) -> dict[str, Table]:
        """Return what every table holds; {} where there are none, or no database at all."""

    def bring_back(self, file: Path) -> None:
        """Fill this empty database from a file, whole or not at all; raise CannotRestore."""


def engine(setting: dict[str, Any]) -> Engine:
    """Return the database of one of Django's settings."""
    if setting["ENGINE"].endswith("sqlite3"):
        return Sqlite(Path(setting["NAME"]))
    return Postgres(setting)


def _some(tables: dict[str, Table]) -> dict[str, Table]:
    if not tables:
        raise CannotKeep("The database has no tables: there is nothing to keep. Check DATABASE_URL.")
    return tables


class Sqlite:
    """A file."""

    name = "SQLite"

    def __init__(self, path: Path) -> None:
        self.path = path

    def take(self, into: Path, asks: Sequence[str]) -> Taken:
        """Copy the file, with what is still in the log beside it, and look whether the copy is sound."""
        with (
            closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as here,
            closing(sqlite3.connect(into)) as copy,
        ):
            here.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            (said,) = copy.execute("PRAGMA quick_check(1)").fetchone()
            if said != "ok":
                raise CannotKeep(
                    f"The database {self.path} is damaged: {said}. Restore the last backup, and keep this file."
                )
            tables = _some(Sqlite(into).tables())
            return Taken(tables, [copy.execute(ask).fetchall() for ask in asks])

    def tables(self) -> dict[str, Table]:
        if not self.path.exists():
            return {}
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as here:
            names = here.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
            )
            return {name: self._table(here, name) for (name,) in names.fetchall()}

    @staticmethod
    def _table(here: sqlite3.Connection, name: str) -> Table:
        digest, rows = hashlib.sha256(), 0
        for row in here.execute(f'SELECT * FROM "{name}" ORDER BY rowid'):  # noqa: S608 -- a name that the database told
            digest.update(repr(row).encode())
            rows += 1
        return Table(rows, digest.hexdigest())

    def bring_back(self, file: Path) -> None:
        for ending in ("-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
        with closing(sqlite3.connect(file)) as copy, closing(sqlite3.connect(self.path)) as here:
            copy.backup(here)


class Postgres:
    """A server's database."""

    name = "PostgreSQL"

    def __init__(self, setting: dict[str, Any]) -> None:
        self.setting = setting

    def take(self, into: Path, asks: Sequence[str]) -> Taken:
        """Dump one snapshot, and count and digest the rows of the same one."""
        with self._open() as here:
            here.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            here.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # it waits as long as the dump takes
            try:  # before the snapshot: between that and the dump no volume of the log is closed
                here.execute("LOCK TABLE audit_entry IN ACCESS SHARE MODE")
            except psycopg.errors.UndefinedTable:
                here.rollback()
            (snapshot,) = here.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
            self._run("pg_dump", f"--snapshot={snapshot}", "--format=custom", f"--file={into}", failing=CannotKeep)
            return Taken(_some(dict(self._tables(here))), [here.execute(ask.encode()).fetchall() for ask in asks])

    def tables(self) -> dict[str, Table]:
        with self._open() as here:
            here.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            return dict(self._tables(here))

    def bring_back(self, file: Path) -> None:
        whole = ("--single-transaction", "--exit-on-error", "--no-tablespaces", f"--dbname={self.setting['NAME']}")
        self._run("pg_restore", *whole, str(file), failing=CannotRestore)

    @contextmanager
    def _open(self) -> Iterator[psycopg.Connection[Any]]:
        told = {key: self.setting[key.upper()] for key in ("host", "port", "user", "password")}
        given = {key: value for key, value in told.items() if value}
        with psycopg.connect(dbname=self.setting["NAME"], **given, **self.setting["OPTIONS"]) as here:
            yield here

    @staticmethod
    def _tables(here: psycopg.Connection[Any]) -> Iterator[tuple[str, Table]]:
        here.execute(PLAIN)
        found = here.execute(
            "SELECT c.relname, array(SELECT a.attname FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(n, place)"
            " JOIN pg_attribute a ON a.attnum = k.n AND a.attrelid = i.indrelid"
            " WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid ORDER BY k.place)"
            " FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace ORDER BY c.relname"
        ).fetchall()
        for name, key in found:
            ordered = sql.SQL(", ").join(sql.Identifier(column) for column in key) if key else sql.SQL("1")
            every = sql.SQL("COPY (SELECT * FROM {} ORDER BY {}) TO STDOUT").format(sql.Identifier(name), ordered)
            digest, rows = hashlib.sha256(), 0
            with here.cursor() as cursor, cursor.copy(every) as lines:
                for piece in lines:
                    digest.update(piece)
                    rows += bytes(piece).count(b"\n")
            yield name, Table(rows, digest.hexdigest())

    def _run(self, program: str, *words: str, failing: type[Exception]) -> None:
        """Run one of the server's own programs; the password goes by its environment, where nobody else reads it."""
        told = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
        given = {name: str(self.setting[key]) for name, key in told.items() if self.setting[key]}
        command = [program, "--no-owner", "--no-privileges", "--no-password", *words]
        try:
            done = subprocess.run(command, env=os.environ | given, capture_output=True, text=True, check=False)
        except FileNotFoundError as why:
            raise failing(f"{program} is not here. Type: apt-get install postgresql-client") from why
        if done.returncode:
            raise failing(f"{program} could not do it: {done.stderr.strip()[-600:]}")
