"""Text files of rows (CSV): streamed, one line's trouble never another's.

A quote that is never closed swallows, in an ordinary reader, all that follows; here the line on which it opens is given
back alone as trouble, and reading goes on with the next line.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

from fourfold.gateways.tables import Line, Trouble
from fourfold.gateways.text_lines import LONGEST_ROW, SHOWN, TextLine, TextLines, opened, opened_plainly

#: With so many columns, a line inside a quoted cell that has exactly as many delimiters is a row of its own.
WIDE_ENOUGH = 5
#: So many lines are taken apart together, where each of them is a row.
AT_ONCE = 200
#: With these a spreadsheet begins to compute.
FORMULA = frozenset("=+-@|%")
#: With any of these a spreadsheet of some country begins another cell.
SPLITS = re.compile(r'[,;|"\t\r\n\v\f]')


def lines(path: Path, *, encoding: str, delimiter: str, begin: int = 1) -> Generator[Line, None, None]:
    """Yield the rows of the file in order, the header first; rows in which no cell has anything are left out, but for wider ones.

    The header is the first row from line `begin` on, and says how wide the others are; what stands above it is no row.
    Bytes that are no text come as lone surrogates (U+DC80 and up), so that the row can be held back by whoever reads.
    """
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_ROW + 1))
    with opened(path, encoding) as text:
        yield from _Rows(text, delimiter, begin).all()


class NotPlain(Exception):
    """Rows of a file are not a line each, or not as wide as its header: only `lines` can tell what they are."""


def plain_rows(
    path: Path, *, encoding: str, delimiter: str, begin: int = 1
) -> Generator[tuple[int, list[str]], None, None]:
    """Yield the rows behind the header with their numbers, an eighth of the work of `lines`; raise NotPlain where it is needed."""
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_ROW + 1))
    width = 0
    with opened_plainly(path, encoding) as file:
        rows = csv.reader(file, delimiter=delimiter)
        before = 0
        try:
            for cells in rows:
                number, before = before + 1, rows.line_num
                if number < begin or not (any(cells) or 0 < width < len(cells)):
                    continue
                if before != number or (width and len(cells) != width):
                    raise NotPlain
                if width:
                    yield number, cells
                width = width or len(cells)
        except csv.Error as fault:
            raise NotPlain from fault


def beginning(path: Path, *, encoding: str, delimiter: str) -> Generator[Line, None, None]:
    """Yield the rows of the file each for itself, whatever the width of the others: a title above them says nothing."""
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_ROW + 1))
    with opened(path, encoding) as text:
        yield from _Rows(text, delimiter, None).all()


def written(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as a file of text that no spreadsheet computes: no cell a formula, none split."""
    return "".join(",".join(map(_cell, row)) + "\r\n" for row in rows)


def _cell(value: object) -> str:
    said = inert(value) if isinstance(value, str) else str(value)
    return '"' + said.replace('"', '""') + '"' if SPLITS.search(said) else said


def inert(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, whatever it passes over before it looks.

    Spreadsheets skip blanks, line ends, marks of byte order and what cannot be seen, and some read the wide forms of the
    signs (OWASP, "CSV Injection"); so the first character that can be seen decides, in its plain form.
    """
    seen = (sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign)[0] not in "CZ")
    first = next(seen, "")
    return f"'{text}" if first in FORMULA or (text and unicodedata.category(text[0]) == "Cc") else text


class _Rows:
    """Rows out of physical lines; lines that a never-closed quote had taken along are given back and read again.

    `begin` of None: no row says how wide the others are.
    """

    def __init__(self, text: TextLines, delimiter: str, begin: int | None) -> None:
        self._text = text
        self._delimiter = delimiter
        self._begin = begin
        self._width = 0
        self._plain = ""
        self._rows = csv.reader(iter(lambda: self._plain, None), delimiter=delimiter)

    def all(self) -> Iterator[Line]:
        while True:
            if self._begin is not None and self._width:
                yield from self._at_once(*self._text.ahead(AT_ONCE))
            if (first := self._text.next()) is None:
                return
            if first.sha256:
                yield Line(first.number, (first.text,), Trouble.TOO_LARGE, first.length, first.sha256)
                continue
            row = self._row(first)
            if (any(row.cells) or 0 < self._width < len(row.cells)) and first.number >= (self._begin or 1):
                if self._begin is not None:
                    self._width = self._width or len(row.cells)
                yield row

    def _at_once(self, first: int, texts: list[str]) -> Iterable[Line]:
        """Return the rows of lines each of which is a row by itself; give the lines back, and none, where not all are."""
        try:
            rows = list(csv.reader(texts, delimiter=self._delimiter))
        except csv.Error:
            rows = []
        if len(rows) != len(texts) or (texts and leaves_open(texts[-1], self._delimiter)):
            self._text.give_back(TextLine(number, text, len(text)) for number, text in enumerate(texts, first))
            return ()
        return [Line(n, tuple(row)) for n, row in enumerate(rows, first) if any(row) or len(row) > self._width]

    def _row(self, first: TextLine) -> Line:
        if '"' not in first.text or not leaves_open(first.text, self._delimiter):
            cells = self._cells(first.text) if '"' in first.text else self._plain_cells(first.text)
            if len(cells) < self._width and not first.is_whole:
                return self._trouble(first, Trouble.BROKEN_OFF)
            return Line(first.number, cells)
        taken = self._take_until_closed(first)
        if taken is not None:
            cells_of_all = self._strict_cells("".join(line.text for line in taken))
            if cells_of_all is not None and not self._swallows(taken, cells_of_all):
                return Line(first.number, cells_of_all)
            self._text.give_back(taken[1:])
        return self._trouble(first, Trouble.UNCLOSED)

    def _trouble(self, line: TextLine, trouble: Trouble) -> Line:
        return Line(line.number, (line.text.rstrip("\r\n")[:SHOWN],), trouble, line.length)

    def _take_until_closed(self, first: TextLine) -> list[TextLine] | None:
        """Return the lines of one row, or None where no quote closes it in time; then the others are given back."""
        taken, length = [first], first.length
        while (line := self._text.next()) is not None:
            taken.append(line)
            length += line.length
            if line.sha256 or length > LONGEST_ROW:
                break
            if not leaves_open(line.text, self._delimiter, opened=True):
                return taken
        self._text.give_back(taken[1:])
        return None

    def _swallows(self, taken: list[TextLine], cells: tuple[str, ...]) -> bool:
        """Return whether a row of several lines is truly several rows, joined by a quote that somebody forgot."""
        if self._width and len(cells) != self._width:
            return True
        inner = (line.text.count(self._delimiter) for line in taken[1:])
        return self._width >= WIDE_ENOUGH and any(count == self._width - 1 for count in inner)

    def _strict_cells(self, text: str) -> tuple[str, ...] | None:
        """Return the cells of a row of several lines, None where a quote closes in the middle of a cell: a stray one."""
        try:
            return tuple(next(csv.reader([text], delimiter=self._delimiter, strict=True), ()))
        except csv.Error:
            return None

    def _plain_cells(self, text: str) -> tuple[str, ...]:
        """Return the cells of a line without quotes: a row of its own, so that one reader may read them all."""
        self._plain = text
        return tuple(next(self._rows))

    def _cells(self, text: str) -> tuple[str, ...]:
        return tuple(next(csv.reader([text], delimiter=self._delimiter), ()))


def leaves_open(line: str, delimiter: str, *, opened: bool = False) -> bool:
    """Return whether a quoted cell is still open at the end of a line, as the csv module of Python would see it.

    A quote opens only at the beginning of a cell; two quotes inside a quoted cell are one; `opened` says that the line
    begins inside a quoted cell.
    """
    at = 0
    if not opened:
        if not line.startswith('"'):
            at = _next_opening(line, delimiter, 0)
            if at < 0:
                return False
        else:
            at = 1
    while True:
        closing = line.find('"', at)
        if closing < 0:
            return True
        if line.startswith('""', closing):
            at = closing + 2
            continue
        at = _next_opening(line, delimiter, closing + 1)
        if at < 0:
            return False


def _next_opening(line: str, delimiter: str, at: int) -> int:
    """Return where the next quoted cell begins behind its quote, or -1."""
    found = line.find(f'{delimiter}"', at)
    return found + 2 if found >= 0 else -1
