"""Lines gathered by a key, in a database of their own on disk that is gone with the process, however it ends."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from itertools import groupby
from operator import itemgetter

from fourfold.gateways.tables import Line, Trouble

_ROWS = (
    "CREATE TABLE line (number INTEGER PRIMARY KEY, key TEXT, cells TEXT, trouble TEXT, length INTEGER, sha256 TEXT)"
)
#: In the order in which each key came first; a line without one stands alone.
_GATHERED = (
    "SELECT first, number, cells, trouble, length, sha256 FROM line JOIN "
    "(SELECT key AS its, min(number) AS first FROM line GROUP BY key) ON its = key ORDER BY first, number"
)


def gathered(lines: Iterable[Line], key: Callable[[Line], str | None]) -> Generator[tuple[Line, ...], None, None]:
    """Yield the lines of each key together, the keys in the order of their first line. Memory stays flat."""
    with closing(sqlite3.connect("", isolation_level=None)) as own:
        own.execute(_ROWS)
        own.execute("BEGIN")
        own.executemany("INSERT INTO line VALUES (?, ?, ?, ?, ?, ?)", _rows(lines, key))
        own.execute("CREATE INDEX line_key ON line (key, number)")
        for _, together in groupby(own.execute(_GATHERED), key=itemgetter(0)):
            yield tuple(_line(*row[1:]) for row in together)


def _rows(lines: Iterable[Line], key: Callable[[Line], str | None]) -> Iterator[tuple[object, ...]]:
    for line in lines:
        found = None if line.trouble else key(line)
        alone = f"\x00{line.number}" if found is None else found
        yield line.number, alone, json.dumps(line.cells), line.trouble, line.length, line.sha256


def _line(number: int, cells: str, trouble: str | None, length: int, sha256: str) -> Line:
    return Line(number, tuple(json.loads(cells)), Trouble(trouble) if trouble else None, length, sha256)
