"""How PostgreSQL keeps a composed statement on a connection, read and planned: half of what it works for a page is that."""

from __future__ import annotations

import json
import re
import select
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import NotSupportedError, connection
from django.db.models import Field

_PLACE = re.compile("%[s%]")
#: So many values has what SQLite is asked as one. It opens the tables of a condition anew for each row, and looks through
#: all that is open in the statement: beside ten others a count took 24 ms, where it takes 8 alone.
TOGETHER = 900
LONG = 4_096
#: So many statements a connection keeps, of the driver's hundred each page drove out another's. A day takes 16 MB of the server.
MOST_KEPT = 300


def begun(connection: Any, **_: Any) -> None:
    """Have a new connection plan what it keeps once, for whatever values: else five times, and for ever what looks dear so.

    Asked, not said as it connects: a pooler refuses that.
    """
    if connection.vendor == "postgresql":
        connection.connection.prepared_max = MOST_KEPT
        connection.connection.execute("SET plan_cache_mode = force_generic_plan", prepare=False)
        connection.connection.adapters.register_loader("timestamptz", _moments())
        connection.is_usable = _looked_at(type(connection).is_usable.__get__(connection))


#: Seconds after which a connection that nobody used is asked whether it still leads somewhere.
RESTED = 5.0


def _looked_at(asks: Callable[[], bool]) -> Callable[[], bool]:
    """Return whether a connection can be used, without asking the server at each request: a turn of its own, one in six of a page.

    Whoever is cut off by the server, or by a pooler, is told so: something is to be read where nothing was asked.
    """
    used = monotonic()

    def is_usable() -> bool:
        nonlocal used
        rested, used = monotonic() - used > RESTED, monotonic()
        return asks() if rested or not _is_quiet(asks.__self__.connection) else True  # type: ignore[attr-defined]

    return is_usable


def _is_quiet(database: Any) -> bool:
    if database.closed:
        return False
    watched = select.poll()
    watched.register(database.fileno(), select.POLLIN)
    return not watched.poll(0)


@cache
def _moments() -> Any:
    from psycopg.adapt import Loader  # not where there is SQLite

    class Moments(Loader):
        """Reads a moment as Python's own compiled code does; the driver's takes twenty times as long, a page has hundreds."""

        timezone = UTC  # by which the framework knows that it need not put in its own

        def load(self, data: Any) -> datetime:
            return datetime.fromisoformat(str(data, "ascii"))

    return Moments


class Listed(Field):  # type: ignore[type-arg]
    """Values as the database takes a list of them: PostgreSQL's own array, or the text of one, or SQLite's text of them."""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Return the list as one value."""
        is_read = connection.vendor == "postgresql"
        if value and isinstance(next(iter(value)), UUID):  # the driver would ask of each of hundreds what it is
            digits = '"%032x",' * len(value) % tuple([one.int for one in value])
            return f"{{{digits[:-1]}}}" if is_read else f"[{digits[:-1]}]"
        return sorted(set(value)) if is_read else json.dumps(sorted(set(value)))


def keeps() -> bool:
    """Return whether what is asked now is kept: not by SQLite, nor where somebody looks at statements, who is shown values."""
    return connection.vendor == "postgresql" and not connection.queries_logged


def numbered(sql: str, values: Iterable[int | tuple[Any]]) -> str:
    """Return a text with numbers for the values that are given when it runs, and those of the others written out."""
    write = connection.ops.compose_sql  # type: ignore[attr-defined]
    each = iter(f"${one}" if isinstance(one, int) else write("%s", one) for one in values)
    return _PLACE.sub(lambda found: next(each) if found[0] == "%s" else "%", sql)


@contextmanager
def asked(sql: str, values: Sequence[Any], *, kept: bool) -> Iterator[Any]:
    """Run a statement, which has numbers for its values where it is kept, and yield its cursor."""
    with _numbering() if kept else connection.cursor() as cursor:
        try:
            as_it_is = kept or connection.vendor == "sqlite" or len(sql) <= LONG
            cursor.execute(*(sql, values) if as_it_is else (_written(sql, values, cursor.connection),))
        except (
            NotSupportedError
        ):  # a column is of another kind since it was kept: the next page has a connection of its own
            connection.close_at = 0
            raise
        yield cursor


def _written(sql: str, values: Sequence[Any], database: Any) -> str:
    """Return a long text with its values, as the driver would write it: it looks for their places at each run, and writes
    one that stands a hundred times as often.
    """
    from psycopg.sql import Literal

    said = {key: Literal(each).as_string(database) for key, each in {id(value): value for value in values}.items()}
    return sql % tuple(said[id(each)] for each in values)


def _numbering() -> Any:
    """Return a cursor of the framework's that lets the server put in the values; its own writes them into the text."""
    connection.ensure_connection()
    return connection._prepare_cursor(_cursor()(connection.connection))  # type: ignore[attr-defined]


@cache
def _cursor() -> Any:
    from psycopg import RawCursor  # not where there is SQLite

    class Kept(RawCursor[Any]):
        """What it is asked is kept from the first time on: it will be asked again."""

        def execute(self, query: Any, params: Any = None, **_: Any) -> Any:
            return super().execute(query, params, prepare=True)

    return Kept


def at_once(calls: Sequence[tuple[Any, int]]) -> list[list[Any]]:
    """Return which calls are run as one, of each the number of its values; nothing of what is better run alone."""
    parts: list[list[Any]] = [[]]
    held = 0
    for call, values in calls:
        if connection.vendor == "sqlite" and held + values > TOGETHER:
            parts, held = [*parts, []], 0
        parts[-1].append(call)
        held += values
    return [each for each in parts if each[1:]]


def counted(lists: Sequence[tuple[Any, ...]]) -> str:
    """Return the text that counts each list, of which the text, the queryset and the groups are given, "" for none; those with groups of places, which stand behind all others, only
    while the lists of each group hold less together than its cut.
    """
    texts = [f"(SELECT COUNT(*) FROM ({sql}) AS counted)" if sql else "0" for sql, *_ in lists]  # noqa: S608
    each = list(enumerate(zip(texts, lists, strict=True)))
    whole, made = f"SELECT {', '.join(f'{text} AS n{n}' for n, (text, (_, _, *before)) in each if not before)}", ""
    for n, (text, (_, rows, *before)) in each:
        if before:  # each made before the next, or it would be counted anew wherever it is named
            few = " AND ".join(
                f"{' + '.join(f'n{place}' for place in group)} < {rows.query.high_mark}" for group in before
            )
            made += f"{', ' if made else 'WITH '}c{n} AS MATERIALIZED ({whole})"
            whole = f"SELECT c{n}.*, CASE WHEN {few} THEN {text} ELSE 0 END AS n{n} FROM c{n}"  # noqa: S608
    return f"{made} {whole}"
