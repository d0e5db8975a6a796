"""Rows by the ten thousand into one table: COPY on PostgreSQL, one prepared statement on SQLite.

The framework's own bulk_create builds a statement of every value; that is half of the work of a large feed. Here the
rows go as they are, in the transaction that is open: with identifiers of their own, or numbered by the database.
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from itertools import chain
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

from django.db import OperationalError, connection, models, transaction
from django.db.models.base import ModelState

from fourfold.base import Noted, look_again, note_written, with_file

M = TypeVar("M", bound=models.Model)
Convert = Callable[[Any], object]
Read = Callable[[models.Model], tuple[Any, ...]]
Converters = tuple[tuple[int, Convert], ...]


def insert_rows(rows: Sequence[M]) -> Sequence[M]:
    """Insert the rows, all of one model, and return them. Raises IntegrityError as the framework does.

    Rows that the database numbers do not learn their number.
    """
    if not rows:
        return rows
    model = type(rows[0])
    look_again(model)
    columns = [connection.ops.quote_name(str(column.column)) for column in _columns(model)]
    table = connection.ops.quote_name(model._meta.db_table)
    into = _copy if connection.vendor == "postgresql" and len(rows) > 1 else _execute_many
    plan = _plan(model, connection.vendor)
    into(table, columns, [_values(row, *plan) for row in rows])
    for row in rows:
        row._state.adding = False
        row._state.db = connection.alias
    if issubclass(model, Noted):  # else the database numbers them: nobody knows yet which
        note_written(model, map(with_file, rows), made=True)
    return rows


def create_in_order(rows: Iterable[models.Model], *tables: type[models.Model]) -> None:
    """Insert rows of several tables, one table after the other, 500 at a time."""
    kept = list(rows)
    for table in tables:
        table._default_manager.bulk_create([row for row in kept if isinstance(row, table)], batch_size=500)


def refresh_statistics() -> None:
    """Let the database look at what has been brought in: it plans by the sizes that it knew before.

    PostgreSQL does so by itself a minute after a commit; what follows at once, or in the same transaction, would be
    planned for empty tables, and takes minutes where milliseconds would do.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


#: Tables with rows that were counted, and with an index that was not.
_NOT_COUNTED = """SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'index'
AND tbl_name IN (SELECT tbl FROM sqlite_stat1 WHERE CAST(stat AS INTEGER) > 0)
AND name NOT IN (SELECT idx FROM sqlite_stat1 WHERE idx IS NOT NULL)"""


def look_at_new_indexes() -> None:
    """Let SQLite count by the indexes that an upgrade has made, in the tables in which it has counted by others: it follows
    those, and sorted ten thousand acts of a case when their own index was made anew. PostgreSQL needs no such numbers.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'")
            for (table,) in cursor.execute(_NOT_COUNTED).fetchall() if cursor.fetchone() else ():
                cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")


#: What SQLite knows of a table's size, and how far its rows reach, which is found at once.
_COUNTED = "SELECT tbl, max(CAST(stat AS INTEGER)) FROM sqlite_stat1 GROUP BY tbl"
_REACH = 'SELECT \'{0}\', (SELECT max(rowid) FROM "{0}") - (SELECT min(rowid) FROM "{0}") + 1'
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND sql LIKE 'CREATE TABLE%'"
#: Below so many rows it does not matter in which order a table is read.
FEW = 1_000
#: Tables of which something is known: an index of some rows alone tells nothing of the others.
_KNOWN = """SELECT tbl FROM sqlite_stat1 LEFT JOIN sqlite_master AS made ON made.name = idx
WHERE idx IS NULL OR made.sql IS NULL OR made.sql NOT LIKE '% WHERE %'"""


def count_what_grew() -> None:
    """Let SQLite count the tables that have twice as many rows as it knows of, or half: it never does so by itself, and took
    1.4 s for a home of 100,000 cases that it had never counted, in place of 25 ms. PostgreSQL does so by itself.

    Of a table that was empty when it was counted SQLite knows nothing, and takes it for one of a million rows: it read each
    report there is to find the proposals for one, of which there were none. Such a table is said to have few. Where somebody
    else writes for long it is left for the next time.
    """
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor, suppress(OperationalError):
        cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'")
        known = dict(cursor.execute(_COUNTED).fetchall()) if cursor.fetchone() else {}
        tables = [name for (name,) in cursor.execute(_TABLES).fetchall()]
        asked = " UNION ALL ".join(map(_REACH.format, tables))
        grew = {
            name: rows
            for name, rows in cursor.execute(asked).fetchall()
            if rows and not known.get(name, 0) / 2 <= rows <= known.get(name, 0) * 2
        }
        if max(grew.values(), default=0) < FEW:
            grew.clear()
        for table in grew:  # each by itself: whoever writes waits for one
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")
        if not grew and not any(known.values()):
            return
        empty = set(tables).difference(name for (name,) in cursor.execute(_KNOWN).fetchall())
        if not grew and not empty:
            return
        cursor.executemany("INSERT INTO sqlite_stat1 VALUES (%s, NULL, %s)", [(name, FEW) for name in empty])
        cursor.execute("ANALYZE sqlite_master")  # has what was said read again, and counts nothing
        with transaction.atomic():  # other processes read what was counted again once a table has changed
            cursor.execute("CREATE TABLE counted (at)")
            cursor.execute("DROP TABLE counted")


def insert_values(model: type[models.Model], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows that hold texts, numbers, truths or nothing, in the order of `columns`: moments in UTC as
    `2026-11-23 10:00:00.000001`, identifiers in hexadecimal digits, lists and records as JSON.

    Raises IntegrityError as the framework does.
    """
    look_again(model)
    named = {column.attname: str(column.column) for column in model._meta.concrete_fields}
    names = [connection.ops.quote_name(named[name]) for name in columns]
    table = connection.ops.quote_name(model._meta.db_table)
    into = _copy_texts if connection.vendor == "postgresql" else _execute_many
    into(table, names, rows)


@contextmanager
def room(**otherwise: int) -> Iterator[None]:
    """Let SQLite hold more pages in memory and write its log back less often; what is committed is as safe as ever.

    Memory is looked through for cycles more seldom: among objects by the million that was a quarter of all work.
    """
    wished = _ROOM | otherwise if connection.vendor == "sqlite" else {}
    before = {name: _pragma(name) for name in wished}
    looked = gc.get_threshold()
    try:
        gc.set_threshold(NO_CYCLES, *looked[1:])
        for name, value in wished.items():
            _pragma(name, value)
        yield
    finally:
        gc.set_threshold(*looked)
        for name, held in before.items():
            _pragma(name, held)


#: Objects made before memory is looked through for cycles: rows make hardly any.
NO_CYCLES = 200_000
#: Pages of 4 kB: the cache in kB where it is negative, and the log in pages; 64 MB each. Nothing is mapped: whoever goes
#: through all of a file would count all of it as their own memory.
_ROOM = {"mmap_size": 0, "cache_size": -65_536, "wal_autocheckpoint": 16_384}


#: Seconds in which another takes the turn to write between two indexes: whoever waits looks ten times a second.
A_TURN = 0.15


def give_a_turn() -> None:
    """Let whoever waits for SQLite's one writer write; PostgreSQL serves them in their order."""
    if connection.vendor == "sqlite":
        time.sleep(A_TURN)


@contextmanager
def index_at_the_end(model: type[models.Model], *names: str, leaves: bool) -> Iterator[None]:
    """Let SQLite make indexes of a table that is empty once it is filled: kept meanwhile, each batch writes all their pages.

    Whoever was killed meanwhile left the table without them: who comes here next makes them, though they may not leave them out
    (`leaves`), and so does each command (`make_missing_indexes`). PostgreSQL, where many write at once and would wait, keeps them.
    """
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        if leaves and not model._base_manager.exists():
            for name in names:
                cursor.execute(f"DROP INDEX IF EXISTS {connection.ops.quote_name(name)}")
    try:
        yield
    finally:
        make_missing_indexes([model], *names)


def make_missing_indexes(every: Iterable[type[models.Model]], *names: str) -> list[str]:
    """Have SQLite make those indexes that these tables, where they are there, should have and have not; return their names.

    All of them where none is named.
    """
    if connection.vendor != "sqlite":
        return []
    missing = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type IN ('index', 'table')")
        there = {name for (name,) in cursor.fetchall()}
        for model in (each for each in every if each._meta.db_table in there):
            for each in model._meta.indexes:
                if each.name not in there and (each.name in names or not names):
                    made = str(each.create_sql(model, connection.schema_editor()))
                    cursor.execute(made.replace("INDEX", "INDEX IF NOT EXISTS", 1))
                    missing.append(each.name)
                    give_a_turn()
    return missing


def _pragma(name: str, value: int | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {name}" if value is None else f"PRAGMA {name}={value:d}")
        found = cursor.fetchone()
    return int(found[0]) if found else 0


def made(model: type[M], values: dict[str, Any]) -> M:
    """Return an unsaved row from the values of every column but a number that the database gives, by attribute.

    The framework's own constructor looks at each column in turn; for rows by the million that is a sixth of all work.
    A column of which nothing is said holds what that constructor would give it.
    """
    row = model.__new__(model)
    row._state = ModelState()
    row.__dict__.update(_defaults(model), **values)
    for name, default in _made_anew(model):
        if name not in values:
            row.__dict__[name] = default()
    return row


@cache
def _defaults(model: type[models.Model]) -> dict[str, Any]:
    """Return what each column holds where nothing is said; those that must be made again for each row are left out."""
    return {column.attname: column.get_default() for column in _columns(model) if not _is_made_anew(column)}


@cache
def _made_anew(model: type[models.Model]) -> tuple[tuple[str, Callable[[], Any]], ...]:
    return tuple((column.attname, column.default) for column in _columns(model) if _is_made_anew(column))


def _is_made_anew(column: models.Field[Any, Any]) -> bool:
    """Return whether a default is a function; the framework's mark for "none" is a class, and could be called as well."""
    return column.has_default() and callable(column.default)


def _copy(table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _copy_texts(table: str, columns: list[str], rows: Sequence[tuple[Any, ...]]) -> None:
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for start in range(0, len(rows), ROWS_A_BLOCK):
            copy.write("".join(map(_line, rows[start : start + ROWS_A_BLOCK])))


ROWS_A_BLOCK = 500
_NOTHING = "\\N"
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _line(row: tuple[Any, ...]) -> str:
    """Return a row as COPY reads it; only where a sign in it means something to COPY is each cell looked at."""
    cells = [_NOTHING if cell is None else cell if type(cell) is str else str(cell) for cell in row]
    line = "\t".join(cells)
    if line.count("\\") == row.count(None) and line.count("\t") == len(row) - 1 and not ("\n" in line or "\r" in line):
        return f"{line}\n"
    cells = [_NOTHING if cell is None else str(cell).translate(_ESCAPED) for cell in row]
    return "\t".join(cells) + "\n"


def _execute_many(table: str, columns: list[str], rows: Sequence[tuple[Any, ...]]) -> None:
    # Names of the models' own tables and columns, quoted; every value is a parameter.
    into = f"INSERT INTO {table} ({', '.join(columns)}) VALUES "  # noqa: S608
    row = f"({', '.join(['%s'] * len(columns))})"
    many = MOST_VALUES // len(columns)
    alone = len(rows) % many if len(rows) > many >= WORTH_IT else len(rows)
    with connection.cursor() as cursor:
        if alone == 1:
            cursor.execute(into + row, rows[0])
        elif alone:
            cursor.executemany(into + row, rows[:alone])
        if alone < len(rows):
            starts = range(alone, len(rows), many)
            together = [tuple(chain.from_iterable(rows[start : start + many])) for start in starts]
            cursor.executemany(into + ", ".join([row] * many), together)


#: Of narrow rows so many values go into one statement: each statement that is run counts up its table's number and readies what
#: guards it, more than half of the work of a row of three columns. Wide rows gain nothing by it.
MOST_VALUES, WORTH_IT = 999, 40


def values_of(row: models.Model) -> tuple[Any, ...]:
    """Return the values of the columns that a row brings, as the database wants them."""
    return _values(row, *_plan(type(row), connection.vendor))


def _values(row: models.Model, read: Read, converters: Converters) -> tuple[Any, ...]:
    values = list(read(row))
    for place, convert in converters:
        if values[place] is not None:
            values[place] = convert(values[place])
    return tuple(values)


@cache
def _columns(model: type[models.Model]) -> tuple[models.Field[Any, Any], ...]:
    """Return the columns that a row brings: all but the number that the database gives."""
    return tuple(column for column in model._meta.concrete_fields if not isinstance(column, models.AutoField))


@cache
def _plan(model: type[models.Model], vendor: str) -> tuple[Read, Converters]:
    """Return how the values of a row are read, and which of them the database wants in another form."""
    columns = _columns(model)
    converters = ((place, _converter(column, vendor)) for place, column in enumerate(columns))
    return (
        attrgetter(*(column.attname for column in columns)),
        tuple((place, convert) for place, convert in converters if convert is not None),
    )


def _converter(column: models.Field[Any, Any], vendor: str) -> Convert | None:
    kind = column.target_field if isinstance(column, models.ForeignKey) else column
    if isinstance(kind, models.JSONField):
        return _jsonb if vendor == "postgresql" else json.dumps
    if vendor == "postgresql":
        return None
    if isinstance(kind, models.UUIDField):
        return _hex
    if isinstance(kind, models.DateTimeField):
        return connection.ops.adapt_datetimefield_value
    if isinstance(kind, models.DateField):
        return connection.ops.adapt_datefield_value
    return None


def _jsonb(value: object) -> object:
    from psycopg.types.json import Jsonb

    return Jsonb(value)


def _hex(value: UUID) -> str:
    return value.hex
