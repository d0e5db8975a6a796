"""The empty database of the tests, made by the migrations once and copied from then on."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django import VERSION
from django.db.backends.sqlite3.creation import DatabaseCreation

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "var" / "tests"

_held: list[sqlite3.Connection] = []  # a database in memory lives as long as somebody is connected to it


def copied_once_made(create: Any = DatabaseCreation.create_test_db) -> None:
    """Let Django begin a SQLite of the tests with the tables that an earlier run made by the same migrations.

    Django migrates it all the same, and finds nothing to do. A changed migration, model base or Django makes it anew.
    """

    def create_test_db(self: DatabaseCreation, *args: Any, **kwargs: Any) -> str:
        begin = self._create_test_db
        template = KEPT / f"{digest()}.sqlite3"

        def begun(*words: Any) -> str:
            name = begin(*words)
            if template.exists():
                _held.append(sqlite3.connect(name, uri=name.startswith("file:"), check_same_thread=False))
                with closing(sqlite3.connect(template)) as kept:
                    kept.backup(_held[-1])
            return name

        self._create_test_db = begun  # type: ignore[method-assign]
        with made_by_one(template):
            name: str = create(self, *args, **kwargs)
            if not template.exists():
                keep(self, template)
        return name

    DatabaseCreation.create_test_db = create_test_db  # type: ignore[method-assign]


@contextmanager
def made_by_one(template: Path) -> Iterator[None]:
    """Where no tables are kept yet, let one process of all make them, and the others wait and copy what it made."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        if not template.exists():
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def copied_to(path: Path) -> None:
    """Begin a database in a file with the tables that are kept; where none are, they are made first."""
    template = KEPT / f"{digest()}.sqlite3"
    with made_by_one(template):
        if not template.exists():
            make(template)
    shutil.copy(template, path)


def make(template: Path) -> None:
    """Make the tables as somebody does who types it: twelve seconds of a processor."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("FOURFOLD_", "DJANGO_"))}
    with TemporaryDirectory(dir=KEPT) as folder:
        fresh = Path(folder, "fresh.sqlite3")
        own = {"DATABASE_URL": f"sqlite:///{fresh}", "FOURFOLD_DATA_DIR": folder}
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(command, check=True, cwd=ROOT, env=plain | own)
        fresh.replace(template)


def keep(made: DatabaseCreation, template: Path) -> None:
    """Write the database to a file, whole or not at all: another process may do the same now."""
    for old in KEPT.glob("*.sqlite3"):
        old.unlink(missing_ok=True)
    fresh = template.with_suffix(f".{os.getpid()}")
    made.connection.ensure_connection()
    with closing(sqlite3.connect(fresh)) as file:
        made.connection.connection.backup(file)
    fresh.replace(template)


def sizes_forgotten(connection: Any, blocker: Any) -> Callable[[], None]:
    """Return what to call after each test, so that PostgreSQL forgets the sizes that the test let it look at.

    ANALYZE writes how many rows a table has outside the transaction, and the test takes the rows back: every later test
    would be planned for tables that seem empty and are not, and one of thousands of rows would take hours.
    """
    looked: list[str] = []

    def note(execute: Any, sql: str, *words: Any) -> Any:
        looked.extend([sql] if str(sql).startswith("ANALYZE") else [])
        return execute(sql, *words)

    def forget() -> None:
        if looked and not connection.in_atomic_block:  # inside a module's transaction it waits for the module's end
            looked.clear()
            with blocker.unblock(), connection.cursor() as cursor:
                cursor.execute("VACUUM")

    note.of_every_test = True  # type: ignore[attr-defined]  # nobody who counts (tests/remembered.py)
    if connection.vendor == "postgresql":
        connection.execute_wrappers.append(note)
    return forget


def digest() -> str:
    """Return what the tables are made from: every migration, what they import of ours, and the version of Django."""
    found = hashlib.sha256(repr(VERSION).encode())
    source = ROOT / "src" / "fourfold"
    for path in sorted([*source.glob("*/migrations/*.py"), source / "base.py", ROOT / "requirements" / "run.txt"]):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]
