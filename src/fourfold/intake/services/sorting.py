"""What becomes of each row of a file: kept, told again, there already, or held back. Nothing is saved here."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice, tee
from uuid import UUID

from fourfold.gateways.spool import Firsts, gathered
from fourfold.gateways.tables import Line, Trouble
from fourfold.intake import rules
from fourfold.intake.models import Allegation, Version
from fourfold.intake.rules.feeds import Form, Packed, PackedRow, Reader, ReadRow, RowFault, joined
from fourfold.intake.rules.feeds.read_ahead import Ahead, Outcome
from fourfold.intake.services.batches import BATCH, LARGE_BATCH
from fourfold.intake.services.versions import of_allegation, of_told
from fourfold.intake.terms import Fault
from fourfold.words import Word, sentence

_EMPTIED = (
    "Nothing is left of the crime “{1}” but its reference, days and class; nothing was changed in the record. If the force "
    "takes it back, its class must say so, as N in the mapping. Else ask for the row again with its cells filled in, or "
    "settle it."
)
SHOWN_OF_A_CELL = 500
LONGEST_KEPT = 2_000
#: Of a row with more cells than any feed has columns its beginning is kept.
MOST_CELLS_KEPT = 2_000
#: Halves of signs that a record can name and no text holds; those of U+DC80 to U+DCFF stand for bytes as they came.
_HALF_SIGN = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_TROUBLES = {
    Trouble.TOO_LARGE: (Fault.TOO_LARGE, "The row has {1} characters, which is too many to read. Split it."),
    Trouble.UNCLOSED: (Fault.UNCLOSED, "A quoted cell begins in this row and is never closed. Close the quote."),
    Trouble.BROKEN_OFF: (
        Fault.BROKEN_OFF,
        "The file ends in the middle of this row. Ask for the file to be sent again.",
    ),
    Trouble.NOT_A_RECORD: (
        Fault.NOT_A_RECORD,
        "The line is not a JSON record. Write one record in braces on each line.",
    ),
    Trouble.KEY_TWICE: (Fault.KEY_TWICE, "The same key is in the record twice. Remove the wrong one."),
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


#: A row of the file, read here or packed in another process.
Candidate = ReadRow | PackedRow


@dataclass
class Sorted:
    read: int = 0
    new: list[Candidate] = field(default_factory=list)
    again: list[Again] = field(default_factory=list)
    duplicates: list[int] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        """How many rows of the file were kept."""
        return sum(len(row.numbers) for row in self.new) + self.revised

    @property
    def revised(self) -> int:
        """How many of these tell something else than before."""
        return sum(len(again.row.numbers) for again in self.again)

    @property
    def faults(self) -> Counter[str]:
        """The rows held back, counted by fault."""
        return Counter(str(held.fault) for held in self.held)


#: What can be said of a batch from the file alone, and the rows for which the table must be asked.
Read = tuple[Sorted, list[Candidate]]


class Seen:
    """What stood in the file so far: where each reference stood first, and a digest of what it said."""

    def __init__(self) -> None:
        self._firsts = Firsts()

    def close(self) -> None:
        self._firsts.close()

    def before(self, rows: Sequence[Candidate]) -> dict[int, tuple[int, bool]]:
        """Return of the rows whose reference another used first, by their number: in which row, and whether it said the same."""
        keys = [hashlib.blake2b(row.reference.encode(), digest_size=8).digest() for row in rows]
        told = [(row.number, int(row.content[:8], 16)) for row in rows]
        found = self._firsts.standing_before(
            [(int.from_bytes(key, signed=True), *of) for key, of in zip(keys, told, strict=True)]
        )
        said = dict(told) if found else {}
        return {number: (first, before == said[number]) for number, (first, before) in found.items()}


def read_batches(
    lines: Iterator[Line], reader: Reader, elsewhere: Ahead | None = None, form: Form | None = None
) -> Iterator[Read]:
    """Yield batches of the lines behind the header: what the file alone says of them, and what the table must be asked.

    Where each person of a crime has a row, the rows of a crime are gathered first, however far apart they stand.
    `elsewhere` reads ahead in other processes, with the same result; with a `form` they pack what they read.
    """
    if reader.row_for_each_person:
        groups = gathered(lines, lambda line: reader.key(line.cells))
        while together := _about(groups, BATCH):
            yield read_groups(together, reader)
        return
    rows = LARGE_BATCH if elsewhere else BATCH
    batches = iter(lambda: list(islice(lines, rows)), [])
    with closing(Seen()) as seen:
        if elsewhere is None:
            for batch in batches:
                yield read_rows(batch, reader, seen)
            return
        going, coming = tee(batches)
        numbered = ([(line.number, line.cells) for line in batch if line.trouble is None] for batch in going)
        found = elsewhere.read(numbered, form)
        for batch, outcomes in zip(coming, found, strict=True):
            yield read_rows(batch, reader, seen, iter(outcomes))


def _about(groups: Iterator[tuple[Line, ...]], rows: int) -> list[tuple[Line, ...]]:
    """Return whole groups until they have so many rows."""
    taken: list[tuple[Line, ...]] = []
    count = 0
    for group in groups:
        taken.append(group)
        count += len(group)
        if count >= rows:
            break
    return taken


def read_rows(lines: Iterable[Line], reader: Reader, seen: Seen, outcomes: Iterator[Outcome] | None = None) -> Read:
    """Return what can be said of the lines from the file alone, and the rows for which the table must be asked.

    `outcomes` are those of the lines that could be taken apart, where somebody has read them already.
    """
    so_far, rows = Sorted(), dict[int, tuple[Line, Candidate]]()
    for line in lines:
        so_far.read += 1
        try:
            rows[line.number] = line, _read(line, reader) if outcomes is None else _read_elsewhere(line, outcomes)
        except RowFault as fault:
            so_far.held.append(_held(line, reader, fault))
            fault.__traceback__ = None  # one that was found elsewhere is held by what it would hold: all of the batch
    before = seen.before([row for _, row in rows.values()])
    for number, first in before.items():
        line, row = rows.pop(number)
        if first[1] and row.keyed:
            so_far.duplicates.extend(row.numbers)
        else:
            so_far.held.append(_held(line, reader, _stands_twice(row, *first)))
    so_far.held.sort(key=lambda held: held.number)
    return so_far, [row for _, row in rows.values()]


def _held(line: Line, reader: Reader, fault: RowFault) -> Held:
    return Held(line.number, fault.fault, fault.column, fault.reason, _raw(line, reader))


def read_groups(groups: Iterable[tuple[Line, ...]], reader: Reader) -> Read:
    """Return the same of the rows of each crime gathered together; a row that contradicts the first of them waits."""
    so_far = Sorted()
    candidates: list[Candidate] = []
    for group in groups:
        rows: list[ReadRow] = []
        for line in group:
            so_far.read += 1
            try:
                row = _read(line, reader)
                if rows and row.crime != rows[0].crime:
                    raise _disagrees(row, rows[0], reader)
                rows.append(row)
            except RowFault as fault:
                so_far.held.append(_held(line, reader, fault))
        if rows:
            candidates.append(joined(rows))
    return so_far, candidates


def without(waiting: Mapping[int, Word], batch: Read, reader: Reader) -> Read:
    """Return a batch in which the rows that wait for what they say of victim and suspect are held back."""
    so_far, candidates = batch
    found = [row for row in candidates if any(number in waiting for number in row.numbers)] if waiting else []
    for row in found:
        cells = row.told.original if isinstance(row, ReadRow) else reader.raw(row.cells)
        why = next(waiting[number] for number in row.numbers if number in waiting)
        raw: dict[str, object] = {name: _shortened(cell) for name, cell in cells.items()}
        so_far.held.extend(Held(number, Fault.ROLES, "", why, raw) for number in row.numbers)
    return (so_far, [row for row in candidates if row not in found]) if found else batch


def _disagrees(row: ReadRow, first: ReadRow, reader: Reader) -> RowFault:
    columns = [name for name in reader.changes(first.told.original, row.told.original) if name not in reader.of_people]
    reason = sentence(
        "Row {1} has the same reference “{2}” but differs about the crime in: {3}. Correct one of the rows.",
        first.number,
        row.told.reference[:60],
        ", ".join(columns)[:120],
    )
    return RowFault(Fault.DISAGREE, columns[0] if columns else "", reason)


def _read(line: Line, reader: Reader) -> ReadRow:
    _refuse_trouble(line)
    return reader.read(line.number, line.cells)


def _read_elsewhere(line: Line, outcomes: Iterator[Outcome]) -> Candidate:
    _refuse_trouble(line)
    found = next(outcomes)
    if isinstance(found, RowFault):
        raise found
    if isinstance(found, ReadRow):
        return found
    number, reference, content, keyed, packed = found
    return PackedRow(number, reference, content, keyed, Packed(*packed), line.cells)


def _refuse_trouble(line: Line) -> None:
    if line.trouble is not None:
        fault, reason = _TROUBLES[line.trouble]
        raise RowFault(fault, "", sentence(reason, f"{line.length:,}"))


def _stands_twice(row: Candidate, first: int, same: bool) -> RowFault:
    if row.keyed:
        reason = sentence(
            "The reference “{1}” is also in row {2} with other content: two crimes were given one reference, or one of the rows is an "
            "older state of the crime. Correct one of the rows, or leave out the older.",
            row.reference[:80],
            first,
        )
        return RowFault(Fault.REPEATED, "", reason)
    reason = sentence(
        "The row is row {1} in every cell, and nothing tells them apart: perhaps two acts, perhaps one.", first
    )
    return RowFault(Fault.AMBIGUOUS, "", reason)


def _raw(line: Line, reader: Reader) -> dict[str, object]:
    if line.trouble is not None:
        text = _storable(line.cells[0])
        return {"row": {"beginning": text, "length": line.length, "sha256": line.sha256}}
    if len(line.cells) > MOST_CELLS_KEPT:
        return {"row": _shortened(",".join(line.cells))}
    return {name: _shortened(cell) for name, cell in reader.raw(line.cells).items()}


def _shortened(cell: str) -> object:
    if len(cell) <= LONGEST_KEPT:
        return _storable(cell)
    digest = hashlib.sha256(cell.encode("utf-8", "surrogatepass")).hexdigest()
    return {"beginning": _storable(cell[:SHOWN_OF_A_CELL]), "length": len(cell), "sha256": digest}


def _storable(text: str) -> str:
    """Return a text that every database can hold: bytes that are no text, and NUL, are written out as \\xNN."""
    if text.isascii() and "\x00" not in text:
        return text
    whole = _HALF_SIGN.sub(lambda half: f"\\u{ord(half.group()):04x}", text)
    return whole.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace").replace("\x00", "\\x00")


def sort_rows(
    so_far: Sorted, candidates: list[Candidate], site: str, reader: Reader, file: str = "", *, all_new: bool = False
) -> Sorted:
    """Return the batch sorted by what is in the table: three statements, one where nothing is told again, none where
    the table holds nothing of this system yet (`all_new`): of a file each reference comes here once.

    What a record says now is its latest telling: a class that is taken back to what it was is news. What this very
    `file` (its hash) has told before is none, so that it can be brought in again.
    """
    known = {} if all_new else _known(site, reader.system, candidates)
    told_again = [row for row in candidates if row.reference in known] if known else []
    if told_again:
        _told_since(known.values())
    news = [row for row in told_again if known[row.reference].is_news(row.content, file)]
    again = _again(news, {row.reference: known[row.reference].pk for row in news}, reader)
    fresh = {row.number for row in news}
    others = {one.row.number: why for one in again if (why := _why_emptied(one) or _why_another_crime(one))}
    return Sorted(
        read=so_far.read,
        new=[row for row in candidates if row.reference not in known],
        again=[one for one in again if one.row.number not in others],
        duplicates=[
            *so_far.duplicates,
            *(number for row in told_again if row.number not in fresh for number in row.numbers),
        ],
        held=[*so_far.held, *(_no_version(one.row, n, others) for one in again for n in _numbers_of(one, others))],
    )


def _again(news: list[Candidate], known: dict[str, UUID], reader: Reader) -> list[Again]:
    """Return the rows that are told again, each with its allegation; what was packed is read once more for that."""
    allegations = Allegation.objects.unscoped("the feed's own rows").in_bulk(list(known.values())) if news else {}
    if any(isinstance(row, PackedRow) for row in news):
        reader = Reader.again(reader.told_apart)  # what these lose was counted where they were packed
    rows = (row if isinstance(row, ReadRow) else reader.read(row.number, row.cells) for row in news)
    return [Again(row, allegations[known[row.reference]]) for row in rows]


Why = tuple[Fault, str]
"""Why a row that tells a record again is no version of it."""


def _why_another_crime(again: Again) -> Why | None:
    told = again.row.told
    if (differ := rules.why_another_crime(of_allegation(again.allegation), of_told(told))) is None:
        return None
    reason = sentence(
        "The reference “{1}” is of another crime already: {2} differ, and nothing agrees. Say which of the "
        "two it is of.",
        told.reference[:60],
        differ,
    )
    return Fault.TWO_CRIMES, reason


def _why_emptied(again: Again) -> Why | None:
    told = again.row.told
    if told.further or not rules.is_emptied(of_allegation(again.allegation), of_told(told)):
        return None
    return Fault.REQUIRED, sentence(_EMPTIED, told.reference[:60])


def _numbers_of(again: Again, others: dict[int, Why]) -> tuple[int, ...]:
    return again.row.numbers if again.row.number in others else ()


def _no_version(row: ReadRow, number: int, others: dict[int, Why]) -> Held:
    fault, reason = others[row.number]
    raw: dict[str, object] = {name: _shortened(cell) for name, cell in row.told.original.items()}
    return Held(number, fault, "", reason, raw)


@dataclass
class _Known:
    """A record that is in the table: what its latest telling says, and every telling with the file that brought it."""

    pk: UUID
    now: str
    told: set[tuple[str, str]]

    def is_news(self, content: str, file: str) -> bool:
        """Return whether a telling changes what the record says, and was not brought by this file before."""
        return content != self.now and (content, file) not in self.told


def _told_since(known: Iterable[_Known]) -> None:
    """Add the later tellings of records, in their order. One statement."""
    by_pk = {each.pk: each for each in known}
    later = Version.objects.unscoped("the feed's own rows").filter(allegation__in=by_pk).order_by("number")
    for pk, content, file in later.values_list("allegation_id", "retold__row_hash", "run__file_sha256"):
        by_pk[pk].now = content
        by_pk[pk].told.add((content, file or ""))


def holds_any(site: str, system: str) -> bool:
    """Return whether the table holds a record of a system yet. One statement."""
    return Allegation.objects.unscoped("the feed's own rows").filter(site=site, system=system).exists()


def _known(site: str, system: str, candidates: list[Candidate]) -> dict[str, _Known]:
    """Return what is in the table already, by reference, as it was told first."""
    if not candidates:
        return {}
    rows = Allegation.objects.unscoped("the feed's own rows").filter(
        site=site, system=system, reference__in=[row.reference for row in candidates]
    )
    columns = rows.values_list("reference", "pk", "row_hash", "run__file_sha256")
    return {reference: _Known(pk, content, {(content, file or "")}) for reference, pk, content, file in columns}
