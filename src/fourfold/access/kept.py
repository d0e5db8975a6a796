"""How PostgreSQL keeps a composed statement on a connection, read and planned: half of what it works for a page is that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

_PLACE = re.compile("%[s%]")
#: The column with which each list begins: the place of a row in it.
PLACE = "place_of_row"


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
        cursor.execute(sql, values)
        yield cursor


def _numbering() -> Any:
    """Return a cursor of the framework's that lets the server put in the values; its own writes them into the text."""
    from psycopg import RawCursor  # not where there is SQLite

    connection.ensure_connection()
    return connection._prepare_cursor(RawCursor(connection.connection))  # type: ignore[attr-defined]


def beside(texts: Sequence[str]) -> str:
    """Return one text for several lists: each stands in columns of its own, so that no column holds values of two kinds."""
    numbers = " UNION ALL ".join(f"SELECT {number} AS which" for number in range(len(texts)))
    lists = (
        f"LEFT JOIN (SELECT ROW_NUMBER() OVER () AS {PLACE}, found.* FROM ({sql}) AS found) AS list{n} ON which = {n}"  # noqa: S608
        for n, sql in enumerate(texts)
    )
    each = ", ".join(f"list{number}.*" for number in range(len(texts)))
    return f"SELECT which, {each} FROM ({numbers}) AS numbers {' '.join(lists)}"  # noqa: S608
