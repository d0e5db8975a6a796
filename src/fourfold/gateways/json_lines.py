"""JSON Lines: one record a line. The columns are all keys that occur, so the file is gone through twice.

A line that is no record costs itself alone. Numbers come as they are written; nothing is rounded on the way.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

from fourfold.gateways.tables import CannotRead, Line, Trouble, flattened, refuse_too_many
from fourfold.gateways.text_lines import SHOWN, TextLine, opened

#: More lines than this share that are no records: then the file is something else.
MOST_BAD_LINES = 0.5

Record = dict[str, str]


class _KeyTwice(ValueError):
    """The same key stands twice in one object."""


def lines(path: Path, *, encoding: str) -> Generator[Line, None, None]:
    """Yield a header of all columns in the order of their first appearance, then each record under it.

    A key within a key is joined by a point (`victim.name`), an object in a list is counted (`people.1.role`). Raises
    CannotRead, before any record, where the file as a whole is no JSON Lines.
    """
    columns = _columns(path, encoding)
    yield Line(0, columns)
    for line, record in _records(path, encoding):
        if isinstance(record, Trouble):
            yield Line(line.number, (line.text.strip()[:SHOWN],), record, line.length, line.sha256)
        else:
            yield Line(line.number, tuple(record.get(column, "") for column in columns))


def _columns(path: Path, encoding: str) -> tuple[str, ...]:
    columns: dict[str, None] = {}
    read = bad = 0
    for line, record in _records(path, encoding):
        if not read and line.text.lstrip().startswith("["):
            raise CannotRead("The file is one JSON list. Ask for JSON Lines: one record on each line, no list around.")
        read += 1
        if isinstance(record, Trouble):
            bad += 1
        else:
            columns.update(dict.fromkeys(record))
        refuse_too_many(columns)
    if bad > read * MOST_BAD_LINES:
        raise CannotRead(f"{bad:,} of {read:,} lines are no JSON records. Ask for JSON Lines: one record on each line.")
    return tuple(columns)


def _records(path: Path, encoding: str) -> Iterator[tuple[TextLine, Record | Trouble]]:
    with opened(path, encoding) as text:
        while (line := text.next()) is not None:
            if line.sha256:
                yield line, Trouble.TOO_LARGE
            elif line.text.strip():
                yield line, _record(line)


def _record(line: TextLine) -> Record | Trouble:
    try:
        found = json.loads(
            line.text, object_pairs_hook=_each_once, parse_int=str, parse_float=str, parse_constant=_no_number
        )
        return _flat(found) if isinstance(found, dict) else Trouble.NOT_A_RECORD
    except _KeyTwice:
        return Trouble.KEY_TWICE
    except (ValueError, RecursionError):
        return Trouble.NOT_A_RECORD if line.is_whole else Trouble.BROKEN_OFF


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _KeyTwice
    return found


def _flat(found: dict[str, Any]) -> Record:
    return _each_once([cell for key, value in found.items() for cell in flattened(key, value)])


def _no_number(word: str) -> str:
    raise ValueError(f"{word} is no number of JSON")
