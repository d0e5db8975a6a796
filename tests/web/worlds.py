"""The invented world of two sites: seeded once in each run for each choice of cases, and copied from then on.

Of the processes that share a run one seeds it, and the others wait: to read it from a file is a hundredth of the work.
"""

from __future__ import annotations

import copy
import fcntl
import os
import pickle
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from fourfold.demo.scenario import World, seed_two_sites
from tests.cast import NOW
from tests.remembered import MARKS
from tests.web.planted import plant

SEED = 11
Rows = dict[str, list[tuple[Any, ...]]]

_kept: dict[Path, Copy] = {}


@contextmanager
def undone() -> Iterator[None]:
    """Undo whatever is written inside.

    The mark is given back too: SQLite looks through every mark that still stands at each page that it writes. And what
    waited for a commit before is put aside, so that Django need not look through it to undo.
    """
    before, connection.run_on_commit = connection.run_on_commit, []
    mark = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(mark)
        transaction.savepoint_commit(mark)
        connection.run_on_commit = before


@contextmanager
def world_without(*cases: int, planted: bool = True) -> Iterator[World]:
    """Build the world without some cases, and undo it; on PostgreSQL, where nobody copies rows, from the start.

    `planted`: with canaries that no service wrote, so that the log does not vouch for their rows.
    """
    with undone():
        if connection.vendor != "sqlite":
            yield _seeded(cases, planted)
        else:
            yield _read_or_seeded(cases, planted)


def _seeded(cases: tuple[int, ...], planted: bool) -> World:
    world = seed_two_sites(seed=SEED, at=NOW, without=cases)
    if planted:
        plant(world)
    return world


def _read_or_seeded(cases: tuple[int, ...], planted: bool) -> World:
    name = "-".join(("planted" if planted else "world", "without", *map(str, cases)))
    folder = Path(os.environ["FOURFOLD_RUN"]) / name
    if folder in _kept:
        return _kept[folder].laid_down()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / "whole").exists():
            _kept[folder] = Copy.kept_in(folder)
            return _kept[folder].laid_down()
        before = rows()
        world = _seeded(cases, planted)
        _kept[folder] = Copy.of(world, before, folder)
        return world


@dataclass(frozen=True)
class Copy:
    """A world that was seeded: its rows as they lie in the database, its files, and what holds its identifiers."""

    world: World
    rows: Rows
    files: Path

    @classmethod
    def of(cls, world: World, before: Rows, folder: Path) -> Copy:
        """Keep a world in a folder: what was seeded, what stood before it left out."""
        files = folder / "files"
        shutil.copytree(settings.FOURFOLD.data_dir, files, dirs_exist_ok=True)
        stood = {table: set(found) for table, found in before.items()}
        new = {table: [row for row in found if row not in stood[table]] for table, found in rows().items()}
        (folder / "rows").write_bytes(pickle.dumps((world, new)))
        (folder / "whole").touch()
        return cls(copy.deepcopy(world), new, files)

    @classmethod
    def kept_in(cls, folder: Path) -> Copy:
        """Return what another process kept."""
        world, found = pickle.loads((folder / "rows").read_bytes())
        return cls(world, found, folder / "files")

    def laid_down(self) -> World:
        """Lay the rows and files down again; return a world that may be changed."""
        for table, found in self.rows.items():
            if found:
                marks = ", ".join("?" * len(found[0]))
                _raw().executemany(f'INSERT OR REPLACE INTO "{table}" VALUES ({marks})', found)
        shutil.copytree(self.files, settings.FOURFOLD.data_dir, dirs_exist_ok=True)
        return copy.deepcopy(self.world)


def rows() -> Rows:
    """Return every row of every table as it lies there: `+` keeps the driver from making Python's values of them."""
    found: Rows = {}
    named = f"SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> '{MARKS}'"
    for (table,) in _raw().execute(named).fetchall():
        names = [column[1] for column in _raw().execute(f'PRAGMA table_info("{table}")')]
        columns = ", ".join(f'+"{name}"' for name in names)
        found[table] = _raw().execute(f'SELECT {columns} FROM "{table}" ORDER BY rowid').fetchall()
    return found


def _raw() -> Any:
    connection.ensure_connection()
    return connection.connection
