"""Text files of rows (CSV): streamed, one line's trouble never another's.

Two passes. `examine` reads the bytes once: the file's hash, and whether they are text in the encoding that was named.
`lines` then takes rows apart. A quote that is never closed swallows, in an ordinary reader, all that follows; here the
line on which it opens is given back alone as trouble, and reading goes on with the next line.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from fourfold.gateways.tables import CannotRead, Line, Trouble

BLOCK = 1 << 20
#: The longest row, in characters, that is taken apart at all; memory stays within a few times this.
LONGEST_ROW = 16 << 20
SHOWN = 500
#: With so many columns, a line inside a quoted cell that has exactly as many delimiters is a row of its own.
WIDE_ENOUGH = 5
#: More lines than this share that are no text in the encoding named: then the encoding is wrong, not the lines.
MOST_BAD_LINES = 0.05

_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@dataclass(frozen=True)
class Examined:
    """A file's hash and size in bytes."""

    sha256: str
    size: int


def fingerprint(path: Path) -> Examined:
    """Return the hash and the size of any file, in blocks."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
    return Examined(digest.hexdigest(), size)


def examine(path: Path, encoding: str) -> Examined:
    """Return the file's hash and size, or raise CannotRead: empty, or not in this encoding (naming the first byte).

    A few bad lines among many good ones do not condemn the file; their rows show it later.
    """
    examined = fingerprint(path)
    if not examined.size:
        raise CannotRead("The file is empty. Ask for it to be sent again.")
    _refuse_foreign_mark(path, encoding)
    bad = _first_bad_byte(path, encoding)
    if bad is None:
        _refuse_mistaken_for_single_bytes(path, encoding)
    elif _is_wide(encoding) or _share_of_bad_lines(path, encoding) > MOST_BAD_LINES:
        offset, byte = bad
        raise CannotRead(
            f"The file is not {encoding}: byte {offset + 1:,} (line {_line_of(path, offset):,}) is 0x{byte:02X}, which "
            f"{encoding} cannot have there. {_better(path, encoding)}"
        )
    return examined


def _better(path: Path, encoding: str) -> str:
    """Say which encoding to name instead of one that does not fit: UTF-8 shows itself, Windows' own is a likely guess."""
    if not _is_utf8(encoding):
        if _first_bad_byte(path, "utf-8") is None:
            return 'It is utf-8: set file.encoding = "utf-8" in the mapping.'
        return "It is not utf-8 either; it may be damaged, or no text. Ask for it to be sent again as CSV in UTF-8."
    return "Set file.encoding in the mapping to what the file is, such as cp1252 for an export from Windows."


def _is_wide(encoding: str) -> bool:
    return codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))


def _is_utf8(encoding: str) -> bool:
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")


def _refuse_foreign_mark(path: Path, encoding: str) -> None:
    with path.open("rb") as file:
        head = file.read(4)
    for mark, meant in _MARKS.items():
        if head.startswith(mark):
            if not _is_wide(encoding):
                raise CannotRead(f'The file begins as {meant} does, not {encoding}. Set file.encoding = "{meant}".')
            return


def _first_bad_byte(path: Path, encoding: str) -> tuple[int, int] | None:
    """Return the offset and value of the first byte that is no text, counted from 0."""
    decoder = codecs.getincrementaldecoder(encoding)()
    read = 0
    with path.open("rb") as file:
        while True:
            block = file.read(BLOCK)
            waiting = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as fault:
                return read - waiting + fault.start, fault.object[fault.start]
            if not block:
                return None
            read += len(block)


def _line_of(path: Path, offset: int) -> int:
    with path.open("rb") as file:
        lines = 1
        while offset > 0 and (block := file.read(min(BLOCK, offset))):
            lines += block.count(b"\n")
            offset -= len(block)
        return lines


def _share_of_bad_lines(path: Path, encoding: str) -> float:
    lines = bad = 0
    with path.open("rb") as file:
        while line := file.readline(LONGEST_ROW):
            lines += 1
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                bad += 1
    return bad / max(lines, 1)


def _refuse_mistaken_for_single_bytes(path: Path, encoding: str) -> None:
    """Refuse a file that is UTF-8 while the mapping says one byte a character: every accent would become two signs."""
    if _is_utf8(encoding) or _is_wide(encoding):
        return
    if _first_bad_byte(path, "utf-8") is None and _first_bad_byte(path, "ascii") is not None:
        raise CannotRead(f'The file is utf-8, not {encoding}. Set file.encoding = "utf-8" in the mapping.')


def lines(path: Path, *, encoding: str, delimiter: str) -> Generator[Line, None, None]:
    """Yield the rows of the file in order, the header first; rows without any cell are left out.

    Bytes that are no text come as lone surrogates (U+DC80 and up), so that the row can be held back by whoever reads.
    """
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_ROW + 1))
    named = "utf-8-sig" if _is_utf8(encoding) else encoding
    errors = "strict" if _is_wide(encoding) else "surrogateescape"
    with path.open(encoding=named, errors=errors, newline="") as file:
        yield from _Rows(file, delimiter).all()


@dataclass(frozen=True)
class _Physical:
    """One line of the file as it stands; `rest` says what could not be kept of it."""

    number: int
    text: str
    length: int
    sha256: str = ""


class _Rows:
    """Rows out of physical lines; lines that a never-closed quote had taken along are given back and read again."""

    def __init__(self, file: TextIO, delimiter: str) -> None:
        self._file = file
        self._delimiter = delimiter
        self._given_back: deque[_Physical] = deque()
        self._number = 0
        self._width = 0

    def all(self) -> Iterator[Line]:
        while (first := self._next()) is not None:
            if first.sha256:
                yield Line(first.number, (first.text,), Trouble.TOO_LARGE, first.length, first.sha256)
                continue
            row = self._row(first)
            if any(row.cells):
                self._width = self._width or len(row.cells)
                yield row

    def _next(self) -> _Physical | None:
        if self._given_back:
            return self._given_back.popleft()
        text = self._file.readline(LONGEST_ROW)
        if not text:
            return None
        self._number += 1
        if len(text) < LONGEST_ROW or text.endswith(("\n", "\r")):
            return _Physical(self._number, text, len(text))
        return self._skip(text)

    def _skip(self, begun: str) -> _Physical:
        """Pass over a line that is too long to hold, keeping its beginning, its length and its hash."""
        digest, length, text = hashlib.sha256(), 0, begun
        while text:
            digest.update(text.encode("utf-8", "surrogateescape"))
            length += len(text)
            if text.endswith(("\n", "\r")):
                break
            text = self._file.readline(LONGEST_ROW)
        return _Physical(self._number, begun[:SHOWN], length, digest.hexdigest())

    def _row(self, first: _Physical) -> Line:
        if '"' not in first.text or not leaves_open(first.text, self._delimiter):
            return Line(first.number, self._cells(first.text))
        taken = self._take_until_closed(first)
        if taken is not None:
            cells = self._strict_cells("".join(line.text for line in taken))
            if cells is not None and not self._swallows(taken, cells):
                return Line(first.number, cells)
            self._given_back.extendleft(reversed(taken[1:]))
        return Line(first.number, (first.text.rstrip("\r\n")[:SHOWN],), Trouble.UNCLOSED, first.length)

    def _take_until_closed(self, first: _Physical) -> list[_Physical] | None:
        """Return the lines of one row, or None where no quote closes it in time; then the others are given back."""
        taken, length = [first], first.length
        while (line := self._next()) is not None:
            taken.append(line)
            length += line.length
            if line.sha256 or length > LONGEST_ROW:
                break
            if not leaves_open(line.text, self._delimiter, opened=True):
                return taken
        self._given_back.extendleft(reversed(taken[1:]))
        return None

    def _swallows(self, taken: list[_Physical], cells: tuple[str, ...]) -> bool:
        """Say whether a row of several lines is truly several rows, joined by a quote that somebody forgot."""
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

    def _cells(self, text: str) -> tuple[str, ...]:
        return tuple(next(csv.reader([text], delimiter=self._delimiter), ()))


def leaves_open(line: str, delimiter: str, *, opened: bool = False) -> bool:
    """Say whether a quoted cell is still open at the end of a line, as the csv module of Python would see it.

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
