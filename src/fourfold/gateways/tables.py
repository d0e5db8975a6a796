"""What a file of rows gives, whether it is text or a workbook: lines with their numbers, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

#: More columns than this are no feed but a list whose keys are its values.
MOST_COLUMNS = 2_000


class Trouble(StrEnum):
    """Why a line could not be taken apart."""

    TOO_LARGE = "too large"
    UNCLOSED = "unclosed"
    BROKEN_OFF = "broken off"
    NOT_A_RECORD = "not a record"
    KEY_TWICE = "key twice"


@dataclass(frozen=True)
class Line:
    """One row of the file: the number under which a reader finds it, and its cells as they came.

    `number` is the line of the text file on which the row begins, or the row of the sheet; the header has 1, or stands
    below a title. With `trouble`, `cells` holds the beginning of the text alone, and `length` and `sha256` say what it was
    as a whole. `from_above` says that some cells are those of a row above.
    """

    number: int
    cells: tuple[str, ...]
    trouble: Trouble | None = None
    length: int = 0
    sha256: str = ""
    from_above: bool = False


class CannotRead(ValueError):
    """The file as a whole cannot be read; the message says what is wrong and how to mend it."""


def text_of(value: Any) -> str:
    """Return a cell as text: days and times in ISO form, whole numbers without a point, formulas as they stand.

    A cell that shows a day alone holds its midnight; it is written as the day, so that a cell with the hour may follow.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        if value.time() == time() and value.tzinfo is None:
            return value.date().isoformat()
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(getattr(value, "text", value))


def refuse_too_many(columns: Sized) -> None:
    """Raise CannotRead where records have more keys among them than a feed can have."""
    if len(columns) > MOST_COLUMNS:
        raise CannotRead(f"The records have more than {MOST_COLUMNS:,} keys among them. Is this a feed of crimes?")


def flattened(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield (column, cell) of a value that may hold others: `victim.name`, `people.2.role`; a list of texts is one cell.

    A list is counted from 1. Texts of a list are joined by "; ", which the mapping can take apart again.
    """
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flattened(f"{name}.{key}", inner)
    elif isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
        for number, inner in enumerate(value, start=1):
            yield from flattened(f"{name}.{number}", inner)
    elif isinstance(value, list):
        yield name, "; ".join(text_of(inner) for inner in value)
    else:
        yield name, text_of(value)
