"""What becomes of each row of a file: kept, told again, there already, or held back. Nothing is saved here."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from fourfold.gateways.tables import Line, Trouble
from fourfold.intake.models import Allegation, Retold
from fourfold.intake.rules.feeds import Reader, ReadRow, RowFault
from fourfold.intake.terms import Fault

SHOWN_OF_A_CELL = 500
LONGEST_KEPT = 2_000
_TROUBLES = {
    Trouble.TOO_LARGE: (Fault.TOO_LARGE, "The row has {length:,} characters, too many to take it apart. Split it."),
    Trouble.UNCLOSED: (Fault.UNCLOSED, "A quoted cell begins in this row and is never closed. Close the quote."),
}


@dataclass(frozen=True)
class Held:
    """A row to hold back: where it stands, which column, why, and its cells, shortened where they are very long."""

    number: int
    fault: Fault
    column: str
    reason: str
    raw: dict[str, object]


@dataclass(frozen=True)
class Again:
    """A row whose reference is known and which tells something else now."""

    row: ReadRow
    allegation: Allegation


@dataclass
class Sorted:
    """A batch, sorted."""

    read: int = 0
    new: list[ReadRow] = field(default_factory=list)
    again: list[Again] = field(default_factory=list)
    duplicates: list[int] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)

    @property
    def faults(self) -> Counter[str]:
        """The rows held back, counted by fault."""
        return Counter(str(held.fault) for held in self.held)


class Seen:
    """What stood in the file so far: where each reference stood first, and a digest of what it said.

    Two whole numbers a row, so that a million rows take some hundred megabytes and no more.
    """

    def __init__(self) -> None:
        self._first: dict[int, int] = {}

    def first(self, row: ReadRow) -> tuple[int, bool] | None:
        """Return the number of the row that used this reference first and whether it said the same; None: this one."""
        key = int.from_bytes(hashlib.blake2b(row.told.reference.encode(), digest_size=8).digest())
        said = int(row.content[:8], 16)
        found = self._first.setdefault(key, row.number << 32 | said)
        number = found >> 32
        return None if number == row.number else (number, found & 0xFFFFFFFF == said)


def read_rows(lines: Iterable[Line], reader: Reader, seen: Seen) -> tuple[Sorted, list[ReadRow]]:
    """Return what can be said of the lines from the file alone, and the rows for which the table must be asked."""
    so_far, candidates = Sorted(), []
    for line in lines:
        so_far.read += 1
        try:
            row = _read(line, reader)
            first = seen.first(row)
            if first is None:
                candidates.append(row)
            elif first[1] and row.keyed:
                so_far.duplicates.append(row.number)
            else:
                raise _stands_twice(row, *first)
        except RowFault as fault:
            so_far.held.append(Held(line.number, fault.fault, fault.column, fault.reason, _raw(line, reader)))
    return so_far, candidates


def _read(line: Line, reader: Reader) -> ReadRow:
    if line.trouble is not None:
        fault, reason = _TROUBLES[line.trouble]
        raise RowFault(fault, "", reason.format(length=line.length))
    return reader.read(line.number, line.cells)


def _stands_twice(row: ReadRow, first: int, same: bool) -> RowFault:
    if row.keyed:
        reason = f"The reference “{row.told.reference[:80]}” stands in row {first} with other content. Say which holds."
        return RowFault(Fault.REPEATED, "", reason)
    reason = f"The row is row {first} in every cell, and nothing tells them apart: perhaps two acts, perhaps one."
    return RowFault(Fault.AMBIGUOUS, "", reason)


def _raw(line: Line, reader: Reader) -> dict[str, object]:
    if line.trouble is not None:
        text = _storable(line.cells[0])
        return {"row": {"beginning": text, "length": line.length, "sha256": line.sha256}}
    return {name: _shortened(cell) for name, cell in reader.raw(line.cells).items()}


def _shortened(cell: str) -> object:
    if len(cell) <= LONGEST_KEPT:
        return _storable(cell)
    digest = hashlib.sha256(cell.encode("utf-8", "surrogateescape")).hexdigest()
    return {"beginning": _storable(cell[:SHOWN_OF_A_CELL]), "length": len(cell), "sha256": digest}


def _storable(text: str) -> str:
    """Return a text that every database can hold: bytes that are no text, and NUL, are written out as \\xNN."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace").replace("\x00", "\\x00")


def sort_rows(so_far: Sorted, candidates: list[ReadRow], site: str) -> Sorted:
    """Return the batch sorted by what is in the table: three statements, two where nothing is told again."""
    known = _known(site, candidates)
    told_again = [row for row in candidates if row.told.reference in known]
    differing = [row for row in told_again if known[row.told.reference][1] != row.content]
    before = set(
        Retold.objects.unscoped("the feed's own rows")
        .filter(allegation__in=[known[row.told.reference][0] for row in differing])
        .values_list("allegation_id", "row_hash")
        if differing
        else ()
    )
    news = [row for row in differing if (known[row.told.reference][0], row.content) not in before]
    allegations = Allegation.objects.unscoped("the feed's own rows").in_bulk(
        [known[row.told.reference][0] for row in news]
    )
    fresh = {row.number for row in news}
    return Sorted(
        read=so_far.read,
        new=[row for row in candidates if row.told.reference not in known],
        again=[Again(row, allegations[known[row.told.reference][0]]) for row in news],
        duplicates=[*so_far.duplicates, *(row.number for row in told_again if row.number not in fresh)],
        held=so_far.held,
    )


def _known(site: str, candidates: list[ReadRow]) -> dict[str, tuple[object, str]]:
    """Return (identifier, content) of what is in the table already, by reference."""
    if not candidates:
        return {}
    rows = Allegation.objects.unscoped("the feed's own rows").filter(
        site=site, system=candidates[0].told.system, reference__in=[row.told.reference for row in candidates]
    )
    return {reference: (pk, content) for reference, pk, content in rows.values_list("reference", "pk", "row_hash")}
