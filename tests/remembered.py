"""What tests build again and again is built once in each process, and its rows are laid down from then on.

To open a case takes the services a seventh of a second, and every third test begins with one; to lay down the rows that
they wrote takes two thousandths. Rows are laid down only where the services would have written the same:

- inside the transaction of a test, whose database held nothing but what was remembered before;
- asked for in the same words, with the same settings, and with nothing of the program replaced;
- and where nobody counts statements, notes what an entry makes, or draws identifiers from a seed.

Everywhere else the services write; with FOURFOLD_BUILT_ANEW=1 they do in every test, which tells whether what was
remembered is why one fails.

Each process lets the services write a world twice, on the engine that it tests, before it lays it down; so every statement
that builds a world is sent to PostgreSQL too. Rows are laid down there by whoever may do so without triggers, which wrote
when the services did.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial, wraps
from types import ModuleType
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

import pytest
from django.conf import UserSettingsHolder, settings
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

P = ParamSpec("P")
R = TypeVar("R")
Rows = dict[str, list[tuple[Any, ...]]]
Key = tuple[Any, ...]

ANEW = os.environ.get("FOURFOLD_BUILT_ANEW") == "1"
#: What every test has replaced (tests/conftest.py): the settings are compared by what they say.
ALWAYS_REPLACED = {"FOURFOLD", "begin", "_names"}
#: The floors above the services: a clock that stands still there is none of the services' (`at` is passed to them).
ABOVE = ("fourfold.web", "fourfold.cli", "fourfold.api")
#: A world stands already where one of these has a row: the first is whom a test sets up, the other what a service wrote.
STANDING = "SELECT EXISTS (SELECT 1 FROM access_staff) OR EXISTS (SELECT 1 FROM audit_entry)"


@dataclass(frozen=True)
class Built:
    """What a call wrote and returned, and what it left to be done after the commit."""

    lay: Callable[[], None]
    answer: bytes
    later: tuple[tuple[Any, bool], ...]


@dataclass
class Now:
    """What the database of the test that runs holds: everything that was remembered, in its order; None: it is not known."""

    held: Key | None = None
    changes: tuple[int, int] = (0, 0)
    whom: object = None  # the cast of the world
    keeping: bool = False  # a world is built to be kept: what it is made of is kept with it, and not by itself

    def holds(self, key: Key, whom: object) -> None:
        self.held, self.changes, self.whom = key, _changes(), whom

    def forget(self) -> None:
        self.held = None


def _changes() -> tuple[int, int]:
    """Return the connection of this thread, and how many changes were counted: by SQLite itself, or at Django's cursors."""
    raw = connection.connection
    if raw is None:
        return (0, 0)
    return (id(raw), raw.total_changes if connection.vendor == "sqlite" else _sent[0])


now = Now()
_built: dict[Key, Built | None] = {}
_begun: list[Any] = [None, (0, 0)]  # the settings, and the changes that were counted, when the test began


def begin() -> None:
    """Note where a test begins."""
    now.forget()
    if _begun[0] is None:
        _patches.clear()  # pytest's own, before the first test
    _begun[:] = [settings._wrapped, _changes()]


def remembered(build: Callable[P, R]) -> Callable[P, R]:
    """Let a maker of a world, which takes nothing but the cast and plain values, be remembered."""

    @wraps(build)
    def built(*args: P.args, **kwargs: P.kwargs) -> R:
        key = _key(build, args, kwargs)
        if key is None:
            return build(*args, **kwargs)
        if key not in _built:  # what is asked for once in a process is not kept
            _built[key] = None
            answer = build(*args, **kwargs)
        elif (found := _built[key]) is None:
            answer = _kept(key, lambda: build(*args, **kwargs))
        else:
            answer = _laid_down(found)
        now.holds(key, args[0] if args else answer)
        return answer

    return built


@contextmanager
def beside() -> Iterator[None]:
    """Let what is written inside, as a session, stand beside the world: no service that builds one looks at it."""
    known = now.held is not None and now.changes == _changes()
    yield
    if known:
        now.changes = _changes()


def _key(build: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Key | None:
    """Return by what a call is known, with all that was remembered before; None where it must be made."""
    if ANEW or now.keeping or not connection.in_atomic_block or not _may_lay_down() or _is_watched():
        return None
    if args:
        whom, *plain = args
        if now.whom is not whom or now.changes != _changes():
            return None
        before: Key | None = now.held
        said = [whom.at, *plain, *sorted(kwargs.items())]  # type: ignore[attr-defined]
    else:
        if _begun[1] != _changes() or connection.connection.execute(STANDING).fetchone()[0]:
            return None
        before, said = (), [*kwargs.items(), *build.__globals__["MEMBERS"].items()]
    if before is None or not all(map(_is_plain, said)):
        return None
    own = settings.FOURFOLD.model_dump(exclude={"data_dir"})
    return (before, build.__module__, build.__qualname__, repr(said), repr(own), _overridden())


def _overridden() -> str:
    """Return which settings stand otherwise while the test begins: a server for tests leaves its hosts for all later ones."""
    layers, wrapped = [], settings._wrapped
    while isinstance(wrapped, UserSettingsHolder):
        layers.append(sorted((name, repr(value)) for name, value in vars(wrapped).items() if name.isupper()))
        wrapped = wrapped.default_settings
    return repr(layers)


def _may_lay_down() -> bool:
    """Say whether rows may be laid down here: on PostgreSQL by a superuser alone, without what triggers would add."""
    if connection.vendor == "sqlite":
        return True
    if not _superuser:
        with connection.connection.cursor() as cursor:
            asked = cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            _superuser.append(asked.fetchone()[0])
    return _superuser[0]


def _is_plain(value: object) -> bool:
    if isinstance(value, tuple | list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | int | float | date | UUID)  # enumerations of ours are texts


def _is_watched() -> bool:
    """Say whether somebody looks at how the world is made, or has changed what makes it."""
    from fourfold import base  # only once there are settings: tools read this file's neighbours without any

    looking = [each for each in connection.execute_wrappers if not getattr(each, "of_every_test", False)]
    if looking or connection.force_debug_cursor or settings._wrapped is not _begun[0]:
        return True
    if base._dice.get() is not None or base.changes.get() is not None:
        return True
    return any(patch._setitem or any(map(_matters, patch._setattr)) for patch in _patches)


def _matters(replaced: tuple[object, str, object]) -> bool:
    """Say whether a service could meet what a test has replaced."""
    where, name, _ = replaced
    above = isinstance(where, ModuleType) and f"{where.__name__}.".startswith(tuple(f"{floor}." for floor in ABOVE))
    return name not in ALWAYS_REPLACED and not above


_patches: set[Any] = set()


def watch() -> None:
    """Know from now on what tests replace, and when what was written is undone."""
    for name in ("setattr", "delattr", "setitem", "delitem"):
        setattr(pytest.MonkeyPatch, name, _noting(getattr(pytest.MonkeyPatch, name)))
    undo = pytest.MonkeyPatch.undo

    def undone(self: Any) -> None:
        undo(self)
        _patches.discard(self)

    pytest.MonkeyPatch.undo = undone  # type: ignore[method-assign]
    for name in ("rollback", "savepoint_rollback", "_savepoint_rollback"):
        plain = getattr(BaseDatabaseWrapper, name)
        setattr(BaseDatabaseWrapper, name, _forgetting(plain))
    for name in ("_execute", "_executemany", "__getattr__") if connection.vendor != "sqlite" else ():
        setattr(CursorWrapper, name, _counting(getattr(CursorWrapper, name)))


def _noting(replace: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(replace)
    def noted(self: Any, *args: Any, **kwargs: Any) -> Any:
        _patches.add(self)
        return replace(self, *args, **kwargs)

    return noted


_sent = [0]  # how many statements went through Django's cursors that may change something
_superuser: list[bool] = []
#: What changes no row; anything else may, and so may a COPY, for which the driver's own cursor is asked.
READS = ("SELECT", "SAVEPOINT", "RELEASE")


def _counting(send: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(send)
    def sent(self: Any, asked: Any, *words: Any) -> Any:
        if send.__name__ == "__getattr__":
            _sent[0] += asked == "copy"
        elif not str(asked).startswith(READS):
            _sent[0] += 1
        return send(self, asked, *words)

    return sent


def _forgetting(undo: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(undo)
    def undone(*args: Any, **kwargs: Any) -> Any:
        now.forget()
        return undo(*args, **kwargs)

    return undone


# ---- rows ---------------------------------------------------------------------------------------------------------


def _kept(key: Key, build: Callable[[], R]) -> R:
    """Build a world, and keep what was written for the next that asks."""
    before, waiting = _rows(), len(connection.run_on_commit)
    now.keeping = True
    try:
        answer = build()
    finally:
        now.keeping = False
    new, old = Rows(), Rows()
    for table, found in _rows().items():
        stood = set(before[table])
        if rows := [row for row in found if row not in stood]:
            new[table], old[table] = rows, [*stood.difference(found)]
        if len(found) < len(stood):  # rows are laid down, never taken away
            return answer
    later = tuple((done, robust) for _, done, robust in connection.run_on_commit[waiting:])  # type: ignore[misc]
    lay = partial(_insert, new) if connection.vendor == "sqlite" else partial(_run, _script(new, old))
    _built[key] = Built(lay, pickle.dumps(answer), later)
    return answer


def _laid_down(built: Built) -> Any:
    """Lay down the rows of a world; return what its maker returned, fresh."""
    built.lay()
    for done, robust in built.later:
        transaction.on_commit(done, robust=robust)
    return pickle.loads(built.answer)


def _insert(rows: Rows) -> None:
    for table, found in rows.items():
        marks = ", ".join("?" * len(found[0]))
        connection.connection.executemany(f'INSERT OR REPLACE INTO "{table}" VALUES ({marks})', found)


def _run(script: str) -> None:
    connection.connection.execute(script)


def _script(new: Rows, old: Rows) -> str:
    """Return what makes of the old rows of PostgreSQL's tables the new ones, in one question."""
    lines = ["SET LOCAL session_replication_role = replica"]
    for table, rows in new.items():
        if gone := ", ".join(_quoted(row) for (row,) in old[table]):
            lines.append(f'DELETE FROM "{table}" AS row WHERE row::text IN ({gone})')
        values = ", ".join(f'({_quoted(row)}::"{table}")' for (row,) in rows)
        lines.append(f'INSERT INTO "{table}" OVERRIDING SYSTEM VALUE SELECT (row).* FROM (VALUES {values}) AS _ (row)')
    return "; ".join([*lines, "SET LOCAL session_replication_role = origin"])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _rows() -> Rows:
    """Return every row of every table as it lies there: `+` keeps SQLite's driver from making Python's values of them."""
    found: Rows = {}
    for table, columns in _columns().items():
        found[table] = connection.connection.execute(f'SELECT {columns} FROM "{table}" AS row').fetchall()
    return found


_tables: dict[str, str] = {}
#: What SQLite itself notes as rows are laid down, by keys of chance. Of PostgreSQL no trigger is asked then, and its notes are laid down.
MARKS = "governance_countanew"


def _columns() -> dict[str, str]:
    """Return of each table what is read of it: its columns, or on PostgreSQL whole rows, as texts."""
    raw = connection.connection
    if not _tables and connection.vendor != "sqlite":
        tables = "relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace"
        named = f"SELECT relname FROM pg_class WHERE {tables}"
        _tables.update((table, "row::text") for (table,) in raw.execute(named).fetchall())
    if not _tables:
        named = (
            f"SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> '{MARKS}'"
        )
        for (table,) in raw.execute(named).fetchall():
            names = [column[1] for column in raw.execute(f'PRAGMA table_info("{table}")')]
            _tables[table] = ", ".join(f'+"{name}"' for name in names)
    return _tables
