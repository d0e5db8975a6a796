"""Text files line by line: examined once before anything is read, then streamed within bounds.

`examine` reads the bytes once: the file's hash, and whether they are text in the encoding that was named. `TextLines`
then gives physical lines; one that is too long to hold comes shortened, with its length and its hash.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zlib
from collections import deque
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path
from statistics import median_high
from typing import NamedTuple, TextIO

from fourfold.gateways.tables import CannotRead

BLOCK = 1 << 20
_GZIP, _ZIP, _BLOCKS_UNPACKED = b"\x1f\x8b", b"PK\x03\x04", 256
#: Of a text in UTF-16 so many of every other bytes are noughts.
_MOST_NOUGHTS = 0.8
#: The longest row, in characters, that is taken apart at all; memory stays within a few times this.
LONGEST_ROW = 16 << 20
SHOWN = 500
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
    refuse_packed(path)
    _refuse_web_page(path)
    if not is_wide(encoding) and (wide := wide_without_mark(path)):
        raise CannotRead(
            f"The file is UTF-16 without a mark at its beginning, not {encoding}. Save it as CSV in UTF-8, or "
            f"change the encoding in the mapping to {wide}."
        )
    bad = _first_bad_byte(path, encoding)
    if bad is None:
        _refuse_mistaken_for_single_bytes(path, encoding)
    elif is_wide(encoding) or _share_of_bad_lines(path, encoding) > MOST_BAD_LINES:
        offset, byte = bad
        raise CannotRead(
            f"The file is not {encoding}: byte {offset + 1:,} (line {_line_of(path, offset):,}) is 0x{byte:02X}, which "
            f"{encoding} cannot have there. {_better(path, encoding)}"
        )
    return examined


def _better(path: Path, encoding: str) -> str:
    """Return which encoding to name for one that does not fit: UTF-8 shows itself, Windows' own is a likely guess."""
    if not is_utf8(encoding):
        if _first_bad_byte(path, "utf-8") is None:
            return "It is utf-8: change the encoding in the mapping to utf-8."
        return "It is not utf-8 either; it may be damaged, or no text. Ask for it to be sent again as CSV in UTF-8."
    return "Save it as CSV in UTF-8, or change the encoding in the mapping to what it is, such as cp1252 for an export from Windows."


def is_wide(encoding: str) -> bool:
    return codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))


def is_utf8(encoding: str) -> bool:
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig", "ascii")


def _refuse_foreign_mark(path: Path, encoding: str) -> None:
    with path.open("rb") as file:
        head = file.read(4)
    for mark, meant in _MARKS.items():
        if head.startswith(mark):
            if not is_wide(encoding):
                raise CannotRead(
                    f"The file begins as {meant} does, not {encoding}. Change the encoding in the mapping to {meant}."
                )
            return


def wide_without_mark(path: Path) -> str:
    """Return which UTF-16 a file is whose every other byte is nought, "" where it is none."""
    with path.open("rb") as file:
        head = file.read(4_096)
    even, odd, half = head[::2].count(0), head[1::2].count(0), len(head) // 2
    if half < 2 or max(even, odd) < half * _MOST_NOUGHTS or min(even, odd) > half * (1 - _MOST_NOUGHTS):
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def refuse_packed(path: Path) -> None:
    """Refuse a file that is packed with ZIP or gzip, and say whether it can be unpacked as far as a few seconds tell."""
    with path.open("rb") as file:
        begins = file.read(4)
    if begins == _ZIP:
        raise CannotRead(
            "The file is a workbook or packed with ZIP, and not CSV. Unpack it and name the file that comes out; or, if it is a "
            "workbook, save it as CSV in UTF-8."
        )
    if begins[:2] != _GZIP:
        return
    broken = False
    try:
        with gzip.open(path) as packed:
            for _ in range(_BLOCKS_UNPACKED):
                if not packed.read(BLOCK):
                    break
    except (OSError, EOFError, zlib.error):
        broken = True
    if broken:
        raise CannotRead("The file is packed with gzip, and breaks off or is damaged. Ask for it to be sent again.")
    raise CannotRead(
        "The file is packed with gzip. Unpack it, for example with gunzip, and name the file that comes out."
    )


def _refuse_web_page(path: Path) -> None:
    with path.open("rb") as file:
        begins = file.read(100).lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if begins.startswith((b"<!doctype html", b"<html", b"<table")):
        raise CannotRead("The file is a web page and no table. Open it in a spreadsheet, and save it as CSV in UTF-8.")


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
    if is_utf8(encoding) or is_wide(encoding):
        return
    if _first_bad_byte(path, "utf-8") is None and _first_bad_byte(path, "ascii") is not None:
        raise CannotRead(f"The file is utf-8, not {encoding}. Change the encoding in the mapping to utf-8.")


class TextLine(NamedTuple):
    """One line of the file as it stands; `sha256` says what it was where it could not be kept whole."""

    number: int
    text: str
    length: int
    sha256: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether the line has its end; only the last of a file may lack it."""
        return self.text.endswith(("\n", "\r"))


@contextmanager
def opened(path: Path, encoding: str) -> Generator[TextLines, None, None]:
    """Open a file's lines. Bytes that are no text come as lone surrogates (U+DC80 and up), for the reader to judge."""
    with opened_plainly(path, encoding) as file:
        yield TextLines(file)


def opened_plainly(path: Path, encoding: str) -> TextIO:
    """Return the file opened as text, with the ends of its lines as they are."""
    named = "utf-8-sig" if is_utf8(encoding) else encoding
    return path.open(encoding=named, errors="strict" if is_wide(encoding) else "surrogateescape", newline="")


class TextLines:
    """Physical lines in order; lines that were read too far ahead can be given back and come again."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._given_back: deque[TextLine] = deque()
        self._number = 0

    def next(self) -> TextLine | None:
        """Return the next line, None at the end of the file."""
        if self._given_back:
            return self._given_back.popleft()
        text = self._file.readline(LONGEST_ROW)
        if not text:
            return None
        return self._line(text)

    def _line(self, text: str) -> TextLine:
        self._number += 1
        if len(text) < LONGEST_ROW or text.endswith(("\n", "\r")):
            return TextLine(self._number, text, len(text))
        return self._skip(text)

    def ahead(self, most: int) -> tuple[int, list[str]]:
        """Return the number of the next line, and the texts up to the first that is not whole; none where some were given back."""
        first, found, length = self._number + 1, list[str](), 0
        while not self._given_back and len(found) < most and length < BLOCK:
            text = self._file.readline(LONGEST_ROW)
            if len(text) < LONGEST_ROW and text.endswith(("\n", "\r")):
                found.append(text)
                length += len(text)
                continue
            self._number += len(found)
            if text:
                self._given_back.append(self._line(text))
            return first, found
        self._number += len(found)
        return first, found

    def give_back(self, taken: Iterable[TextLine]) -> None:
        """Give lines back, in the order in which they came."""
        self._given_back.extendleft(reversed(list(taken)))

    def _skip(self, begun: str) -> TextLine:
        """Pass over a line that is too long to hold, keeping its beginning, its length and its hash."""
        digest, length, text = hashlib.sha256(), 0, begun
        while text:
            digest.update(text.encode("utf-8", "surrogateescape"))
            length += len(text)
            if text.endswith(("\n", "\r")):
                break
            text = self._file.readline(LONGEST_ROW)
        return TextLine(self._number, begun[:SHOWN], length, digest.hexdigest())


#: What separates cells, the commonest first.
DELIMITERS = (",", ";", "\t", "|")
_LOOKED_AT = 200


def guessed_encoding(path: Path) -> tuple[str, bool]:
    """Return the encoding that a text file probably has, and whether its bytes prove it.

    Of a file that is not all UTF-8, it is the one that leaves the fewest lines unreadable: a few lines of Windows' own
    among many in UTF-8 are to wait, and not the many for their sake.
    """
    with path.open("rb") as file:
        head = file.read(4)
    for mark, meant in _MARKS.items():
        if head.startswith(mark):
            return meant, True
    if wide := wide_without_mark(path):
        return wide, True
    if _first_bad_byte(path, "utf-8") is None:
        return "utf-8", True
    told, bad = _lines_that_tell(path)
    if bad <= told / 2 and _share_of_bad_lines(path, "utf-8") <= MOST_BAD_LINES:
        return "utf-8", False
    return ("cp1252" if _share_of_bad_lines(path, "cp1252") <= MOST_BAD_LINES else "latin-1"), False


def _lines_that_tell(path: Path) -> tuple[int, int]:
    """Return how many lines have other letters than those of ASCII, and how many of them are no UTF-8."""
    told = bad = 0
    with path.open("rb") as file:
        while line := file.readline(LONGEST_ROW):
            if not line.isascii():
                told += 1
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError:
                    bad += 1
    return told, bad


def guessed_delimiter(path: Path, encoding: str) -> tuple[str, bool]:
    """Return what probably separates the cells of a file, and whether its lines agree on it."""
    with opened(path, encoding) as text:
        seen = [line.text for _ in range(_LOOKED_AT) if (line := text.next()) is not None]
    # A title above the header says nothing of the lines below it.
    seen = list(dropwhile(lambda line: not any(each in line for each in DELIMITERS), seen)) or seen
    agreeing = {each: _lines_alike(seen, each) for each in DELIMITERS}
    best = max(DELIMITERS, key=lambda each: agreeing[each])
    return best, bool(seen) and agreeing[best][0] >= len(seen) * 0.8


def _lines_alike(lines: list[str], delimiter: str) -> tuple[int, int]:
    """Return how many lines have as many delimiters as the line in the middle has, and how many these are."""
    counts = [line.count(delimiter) for line in lines]
    expected = median_high(counts) if counts else 0
    return (sum(count >= expected for count in counts), expected) if expected else (0, 0)
