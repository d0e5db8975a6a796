"""A migrated, empty SQLite database kept from one run of the tests to the next.

Some eighty migrations take ten seconds and more, in each process of each run. The tables that they make are the same
as long as no migration, no table, no trigger and no library has changed: so they are made once and copied from then on.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "fourfold"
KEPT = ROOT / "var" / "tests"
LIBRARIES = ("django", "django-allauth", "django-axes")

Migrate = Callable[..., None]


def what_shapes_tables() -> Iterator[Path]:
    """Yield each file that may change what an empty database holds."""
    for slice_ in sorted(SOURCE.iterdir()):
        yield from sorted(slice_.glob("migrations/*.py"))
        yield from sorted(slice_.glob("models*.py"))
        yield from sorted(slice_.glob("models/*.py"))
        yield from sorted(slice_.glob("terms*.py"))
        yield from sorted(slice_.glob("terms/*.py"))
    yield from (SOURCE / "base.py", SOURCE / "config" / "settings.py", ROOT / "requirements" / "run.txt")


def digest(files: Iterator[Path], *, libraries: tuple[str, ...] = LIBRARIES) -> str:
    """Return a name for the tables that these files and the installed libraries make."""
    found = hashlib.sha256(" ".join(f"{name}={version(name)}" for name in libraries).encode())
    for file in files:
        found.update(f"\n{file.relative_to(ROOT)}\n".encode() + file.read_bytes())
    return found.hexdigest()[:24]


def copying(migrate: Migrate) -> Migrate:
    """Return a migrate that copies the kept tables where they are the same, and keeps those that it had to make."""

    def handle(command: Any, *args: Any, **options: Any) -> None:
        from django.conf import settings
        from django.db import connections

        connection = connections[options.get("database") or "default"]
        off = not isinstance(settings.MIGRATION_MODULES, dict)  # --nomigrations: tables without rows and triggers
        if off or args or options.get("app_label") or connection.vendor != "sqlite" or not is_for_tests(connection):
            migrate(command, *args, **options)
            return
        kept = KEPT / f"{digest(what_shapes_tables())}.sqlite3"
        connection.ensure_connection()
        fresh = not connection.introspection.table_names()
        if fresh and kept.exists():
            copy(sqlite3.connect(f"file:{kept}?mode=ro", uri=True), connection.connection)
            return
        migrate(command, *args, **options)
        if fresh:  # tables that stand may be held by a transaction, for whose end a copy would wait without end
            keep(connection.connection, kept)

    return handle


def is_for_tests(connection: Any) -> bool:
    """Whether it is the empty database in memory that the tests begin with."""
    return connection.is_in_memory_db()


def copy(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Copy a whole database into an empty one and close the source."""
    try:
        source.backup(target)
    finally:
        source.close()


def keep(made: sqlite3.Connection, kept: Path) -> None:
    """Keep freshly made tables for the next run, whole or not at all, and drop those of another time."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    begun = kept.with_suffix(f".{os.getpid()}")
    with_name = sqlite3.connect(begun)
    made.backup(with_name)
    with_name.close()
    for old in kept.parent.glob("*.sqlite3"):
        old.unlink(missing_ok=True)
    begun.replace(kept)
