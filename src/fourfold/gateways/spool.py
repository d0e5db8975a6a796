"""What a file of any length needs to remember, in a database of its own on disk that is gone with the process."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
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


#: Kibibytes that are kept in memory: the keys of a million lines, and what exceeds it lies on disk.
_CACHE = 32_768


def gathered(lines: Iterable[Line], key: Callable[[Line], str | None]) -> Generator[tuple[Line, ...], None, None]:
    """Yield the lines of each key together, the keys in the order of their first line. Memory stays flat."""
    with closing(sqlite3.connect("", isolation_level=None)) as own:
        own.execute(_ROWS)
        own.execute("BEGIN")
        own.executemany("INSERT INTO line VALUES (?, ?, ?, ?, ?, ?)", _rows(lines, key))
        own.execute("CREATE INDEX line_key ON line (key, number)")
        for _, together in groupby(own.execute(_GATHERED), key=itemgetter(0)):
            yield tuple(_line(*row[1:]) for row in together)


class Firsts:
    """Where each key of a file stood first, and what was said there. Memory stays flat, however long the file is."""

    def __init__(self) -> None:
        self._own = sqlite3.connect("", isolation_level=None)
        self._own.execute(f"PRAGMA cache_size = -{_CACHE}")
        self._own.execute("CREATE TABLE first (key INTEGER PRIMARY KEY, number INTEGER, said INTEGER)")
        self._own.execute("BEGIN")

    def close(self) -> None:
        self._own.close()

    def standing_before(self, lines: Sequence[tuple[int, int, int]]) -> dict[int, tuple[int, int]]:
        """Learn the key of each line, its number and what it says, and return of those whose key stood before, by their
        number: in which line, and what that says. 64 bits, signed; a line that is asked about again stands before nobody.
        """
        learnt = self._own.executemany("INSERT OR IGNORE INTO first VALUES (?, ?, ?)", lines)
        if learnt.rowcount == len(lines):
            return {}
        asked = "SELECT number, said FROM first WHERE key = ?"
        found = {number: self._own.execute(asked, (key,)).fetchone() for key, number, _ in lines}
        return {number: first for number, first in found.items() if first[0] != number}


def _rows(lines: Iterable[Line], key: Callable[[Line], str | None]) -> Iterator[tuple[object, ...]]:
    for line in lines:
        found = None if line.trouble else key(line)
        alone = f"\x00{line.number}" if found is None else found
        yield line.number, alone, json.dumps(line.cells), line.trouble, line.length, line.sha256


def _line(number: int, cells: str, trouble: str | None, length: int, sha256: str) -> Line:
    return Line(number, tuple(json.loads(cells)), Trouble(trouble) if trouble else None, length, sha256)
