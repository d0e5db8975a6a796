"""What a file of rows gives, whether it is text or a workbook: lines with their numbers, and what is wrong with one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Trouble(StrEnum):
    """Why a line could not be taken apart."""

    TOO_LARGE = "too large"
    UNCLOSED = "unclosed"


@dataclass(frozen=True)
class Line:
    """One row of the file: the number under which a reader finds it, and its cells as they came.

    `number` is the line of the text file on which the row begins, or the row of the sheet; the header has 1. With
    `trouble`, `cells` holds the beginning of the text alone, and `length` and `sha256` say what it was as a whole.
    """

    number: int
    cells: tuple[str, ...]
    trouble: Trouble | None = None
    length: int = 0
    sha256: str = ""


class CannotRead(ValueError):
    """The file as a whole cannot be read; the message says what is wrong and how to mend it."""
