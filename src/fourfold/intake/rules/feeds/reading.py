"""One row of a feed, read through a mapping: what was told, or why the row must wait."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from fourfold.intake.rules.feeds.cells import Cells, Columns, RowFault, names_in
from fourfold.intake.rules.feeds.codes import Codes
from fourfold.intake.rules.feeds.layout import (
    Mapping,
    Moment,
    columns_in,
    columns_of_names,
    columns_of_people,
    refuse_wrong_header,
)
from fourfold.intake.rules.feeds.letters import why_no_word
from fourfold.intake.rules.feeds.losses import Loss, Losses
from fourfold.intake.rules.feeds.misplaced import misplaced_in, said_of, why_no_reference
from fourfold.intake.rules.feeds.moments import NoMoment, end_of_month, moment_reader, names_a_day, says_month_alone
from fourfold.intake.rules.feeds.persons import People
from fourfold.intake.rules.validation import why_not_then, why_nothing, why_too_long
from fourfold.intake.terms import Channel, Fault, FurtherAsTold, PersonAsTold, Told, Urgency
from fourfold.words import sentence

LONGEST_CELL = 100_000
_NO_TEXT = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class ReadRow:
    """A row that was read: what was told, a hash of what is compared, and whether the feed gave it a reference.

    `judged`, where somebody has judged it already, is how soon, why, and whether it is for the desk.
    `crime` is a hash of what is compared but for the person; `also` are the numbers of further rows that tell the same.
    """

    number: int
    told: Told
    content: str
    keyed: bool
    crime: str = ""
    judged: tuple[Urgency, tuple[str, ...], bool] | None = None
    also: tuple[int, ...] = ()

    @property
    def reference(self) -> str:
        return self.told.reference

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of all rows of the file that tell it."""
        return (self.number, *self.also)


@dataclass(frozen=True)
class Glance:
    """A row as far as it is known again, and functions to a hash of what is compared and to whom it tells of, which may raise RowFault."""

    reference: str
    content: Callable[[], str]
    people: Callable[[], tuple[PersonAsTold, PersonAsTold, tuple[FurtherAsTold, ...]]]


def _plainly(cell: str) -> str:
    return cell.strip().casefold()


class Reader:
    """Reads rows of one file through a mapping bound to its header.

    Raises CannotImport at once where a column is missing (naming it, the key that reads it, and what is there) or
    stands twice.
    """

    def __init__(self, mapping: Mapping, header: Cells, *, site: str, at: datetime) -> None:
        self._mapping, self._site, self._at = mapping, site, at
        self.today = at.date()
        #: When the import began, in milliseconds since 1970.
        self.begun = int(at.timestamp() * 1000)
        self.system = mapping.system
        self.losses = Losses()
        self.row_for_each_person = mapping.row_for_each_person
        self._header = tuple(header)
        self._plain_header = tuple(map(_plainly, header))
        self._columns = columns = Columns(header, mapping)
        self.columns = columns.names
        self._absent = ("",) * (len(self.columns) - len(header))
        refuse_wrong_header(mapping, self.columns)
        kept = [name for name in self.columns if name not in mapping.ignore]
        self._kept, self._cells_kept = kept, columns.pick(kept)
        compared = sorted(name for name in kept if name not in mapping.not_compared)
        self._compared = columns.pick(compared)
        self.of_people = columns_of_people(mapping)
        self._of_crime = columns.pick([name for name in compared if name not in self.of_people])
        self._compared_names = hashlib.sha256("\x1f".join(compared).encode())
        self._moments = {key: self._moment_of(moment) for key, moment in _moments_of(mapping).items()}
        self._reads_months = not all(map(names_a_day, mapping.occurred.formats if mapping.occurred else ()))
        self._people = People(mapping, columns, self.losses, today=at.date())
        self._codes = Codes(mapping, columns, self.losses)
        self._names = columns_of_names(mapping)
        self._one_byte = mapping.kind == "csv" and _is_one_byte(mapping.encoding)
        self._words = self._parts_reader(mapping.words, ". ")
        self._texts = {name: self._parts_reader(parts, ", ") for name, parts in mapping.texts.items()}

    @property
    def mapping(self) -> Mapping:
        return self._mapping

    @property
    def told_apart(self) -> tuple[Mapping, Cells, str, datetime]:
        """What another process needs to read as this one does."""
        return self._mapping, self._header, self._site, self._at

    @classmethod
    def again(cls, told_apart: tuple[Mapping, Cells, str, datetime]) -> Reader:
        mapping, header, site, at = told_apart
        return cls(mapping, header, site=site, at=at)

    @property
    def columns_there(self) -> tuple[str, ...]:
        """The columns that the file has itself, in their order."""
        return self.columns[: len(self._header)]

    def filled(self, cells: Cells) -> Cells:
        """Return the cells of a row with those of optional columns that the file leaves out, empty."""
        return (*cells, *self._absent) if self._absent else cells

    def read(self, number: int, cells: Cells) -> ReadRow:
        """Return what a row tells, or raise RowFault."""
        self.losses.row = number
        self._refuse_unreadable(cells)
        cells = self.filled(cells)
        content = self._content(cells)
        reference = self._reference(cells)
        told = self._told(cells, reference or f"row-{content[:32]}")
        self._refuse_unkept(told)
        crime = self._crime(cells) if self._mapping.row_for_each_person else ""
        return ReadRow(number, told, content, bool(reference), crime)

    def glance(self, cells: Cells) -> Glance | None:
        """Return what a row says of whom, and how it is known again, without its crime; None where that cannot be read."""
        try:
            self._refuse_unreadable(cells)
            cells = self.filled(cells)
            return Glance(self._reference(cells), lambda: self._content(cells), lambda: self._people.read(cells))
        except RowFault:
            return None

    def key(self, cells: Cells) -> str | None:
        """Return the reference of a row, None where it has none that can be read."""
        try:
            self._refuse_unreadable(cells)
            return self._reference((*cells, *self._absent)) or None
        except RowFault:
            return None

    def raw(self, cells: Cells) -> dict[str, str]:
        """Return the cells by column, as far as there are columns for them; the rest by number."""
        names = [
            *self.columns[: len(self._header)],
            *(f"cell {n}" for n in range(len(self._header) + 1, len(cells) + 1)),
        ]
        return dict(zip(names, cells, strict=False))

    def changes(self, before: dict[str, str], after: dict[str, str]) -> dict[str, list[str]]:
        """Return what was told otherwise, by column: [before, after], of the columns that are compared."""
        own = dict.fromkeys(self._kept)
        names = [name for name in {**own, **before, **after} if _base(name) not in self._mapping.not_compared]
        old = {name: before.get(name, "") for name in names}
        return {name: [old[name], after.get(name, "")] for name in names if old[name] != after.get(name, "")}

    # ---- what cannot be read at all

    def _refuse_unreadable(self, cells: Cells) -> None:
        if len(cells) != len(self._header):
            raise RowFault(
                Fault.WRONG_CELLS,
                "",
                sentence(
                    "The row has {1} cells, the header {2}. Look for an extra delimiter or a missing quote.",
                    f"{len(cells):,}",
                    f"{len(self._header):,}",
                ),
            )
        if _plainly(cells[0]) == self._plain_header[0] and tuple(map(_plainly, cells)) == self._plain_header:
            raise RowFault(
                Fault.HEADER,
                "",
                "The row repeats the header, because several exports were joined. You do not need to correct it.",
            )
        whole = "".join(cells)
        if len(whole) <= LONGEST_CELL and whole.isascii() and "\x00" not in whole:
            return
        for name, cell in zip(self.columns, cells, strict=False):  # optional columns may be absent
            if len(cell) > LONGEST_CELL:
                raise RowFault(
                    Fault.TOO_LARGE,
                    name,
                    sentence(
                        "The cell has {1} characters. Shorten it to {2} or fewer.",
                        f"{len(cell):,}",
                        f"{LONGEST_CELL:,}",
                    ),
                )
            if "\x00" in cell:
                raise RowFault(Fault.CHARACTER, name, "The cell contains a NUL character. Remove it.")
            if not cell.isascii() and (why := self._why_no_text(cell, name)):
                raise RowFault(Fault.ENCODING, name, why)

    def _why_no_text(self, cell: str, column: str) -> str | None:
        """Return why letters of a cell cannot be what somebody wrote, None where they can."""
        encoding = self._mapping.encoding
        if found := _NO_TEXT.search(cell):
            code = ord(found.group())
            what = (
                sentence("Byte 0x{1}", f"{code - 0xDC00:02X}")
                if 0xDC80 <= code <= 0xDCFF
                else sentence("The half sign U+{1}", f"{code:04X}")
            )
            return sentence("{1} in the cell is not {2}. Save the row in that encoding.", what, encoding)
        if self._one_byte and (meant := _meant_as_utf8(cell, encoding)):
            return sentence(
                "The cell was written in UTF-8 among rows in {1}: it means “{2}”. Save it in {3}.",
                encoding,
                meant[:60],
                encoding,
            )
        return why_no_word(cell, encoding=encoding, is_name=column in self._names)

    def _content(self, cells: Cells) -> str:
        digest = self._compared_names.copy()
        digest.update("\x1f".join(self._compared(cells)).encode())
        return digest.hexdigest()

    def _crime(self, cells: Cells) -> str:
        digest = self._compared_names.copy()
        digest.update("\x1f".join(self._of_crime(cells)).encode())
        return digest.hexdigest()

    def _reference(self, cells: Cells) -> str:
        columns = self._mapping.reference
        parts = [self._columns.cell(cells, column) for column in columns]
        if self._mapping.bare_by_cells and not any(parts):
            return ""
        for column, part in zip(columns, parts, strict=True):
            if not part:
                empty = sentence("“{1}” is the reference, and it is empty. Fill it in.", column)
                raise RowFault(Fault.REQUIRED, column, empty)
            if why := why_no_reference(column, part):
                raise RowFault(Fault.MISPLACED, column, why)
        return self._mapping.separator.join(parts)

    # ---- what the row tells

    def _told(self, cells: Cells, reference: str) -> Told:
        mapping = self._mapping
        told_at, _ = self._moments["told"](cells)
        occurred, time_known = self._moments["occurred"](cells) if mapping.occurred else (None, False)
        until = self._moments["occurred_until"](cells)[0] if mapping.occurred_until else None
        if occurred is not None and until is None and self._says_month(cells):
            until = min(end_of_month(occurred), max(occurred, self._at))
        if told_at is None:
            column = mapping.told.columns[0]
            raise RowFault(
                Fault.REQUIRED, column, sentence("“{1}” says when it was told, and it is empty. Fill it in.", column)
            )
        if occurred is not None and occurred > told_at:
            self._note_after(occurred, told_at, mapping.occurred)
        if until is not None and until > told_at and not self._says_month(cells):
            self._note_after(until, told_at, mapping.occurred_until)
        meaning = self._codes.meaning(cells)
        victim, subject, further = self._people.read(cells)
        texts: dict[str, Any] = {name: " ".join(read(cells).split()) for name, read in self._texts.items()}
        return Told(
            site=self._site,
            channel=Channel.FEED,
            told_at=told_at,
            words=self._words(cells),
            reference=reference,
            system=mapping.system,
            occurred_from=occurred,
            occurred_until=until,
            time_known=time_known,
            recorded_class=meaning.recorded if meaning else None,
            class_as_recorded=self._codes.as_recorded(cells),
            included_classes=self._codes.included(cells, meaning),
            behaviours=self._codes.behaviours(cells, meaning),
            weapon=self._codes.yes_no(mapping.weapon, cells),
            former_partner=self._codes.yes_no(mapping.former_partner, cells),
            victim=victim,
            subject=subject,
            further=further,
            original=dict(zip(self._kept, self._cells_kept(cells), strict=True)),
            free_text=mapping.free_text,
            **texts,
        )

    def _says_month(self, cells: Cells) -> bool:
        """Return whether it is told in which month it happened, and not on which day."""
        occurred = self._mapping.occurred
        if occurred is None or not self._reads_months:
            return False
        return says_month_alone(self._columns.joined(occurred.columns)(cells), occurred.formats)

    def _note_after(self, moment: datetime, told_at: datetime, key: Moment | None) -> None:
        """Count what happened after it was told; a day alone that it was told on stands for the whole of it."""
        if key is None:
            return
        days = moment.astimezone(self._mapping.zone).date(), told_at.astimezone(self._mapping.zone).date()
        if days[0] > days[1] or told_at.timetz().replace(tzinfo=None) != time():
            self.losses.note(Loss.AFTER, key.columns[0])

    def _parts_reader(self, parts: tuple[str, ...], between: str) -> Callable[[Cells], str]:
        """Return a function that joins those parts of a text of which the columns are filled in."""
        readers = [self._part_reader(part) for part in parts]
        if len(readers) == 1:
            return readers[0]
        return lambda cells: between.join(part for read in readers if (part := read(cells)))

    def _part_reader(self, part: str) -> Callable[[Cells], str]:
        """Return a function that fills the columns into a part of a text; "" where one of them is empty."""
        pieces = re.split(r"\{([^{}]*)\}", part)
        literals, names = pieces[::2], pieces[1::2]
        numbers = [self._columns.place(name) for name in names]
        if len(names) == 1 and not any(literals):
            return lambda cells: cells[numbers[0]] if cells[numbers[0]].strip() else ""

        def read(cells: Cells) -> str:
            filled = [cells[number] for number in numbers]
            if not all(cell.strip() for cell in filled):
                for name, cell in zip(names, filled, strict=True) if len(names) > 1 else ():
                    if cell.strip():
                        self.losses.note(Loss.PART, name)
                return ""
            return literals[0] + "".join(cell + literal for cell, literal in zip(filled, literals[1:], strict=True))

        return read

    def _moment_of(self, moment: Moment) -> Callable[[Cells], tuple[datetime | None, bool]]:
        """Return a function to a moment and whether its hour is known; (None, False) where the cells are empty."""
        day, clock_of = (
            self._columns.joined(moment.columns),
            self._columns.joined((moment.time_column,) if moment.time_column else ()),
        )
        reader = moment_reader(moment, self._mapping)

        def read(cells: Cells) -> tuple[datetime | None, bool]:
            text, clock = day(cells), clock_of(cells)
            if not text:
                return None, False
            found = reader(text, clock)
            if isinstance(found, NoMoment):
                in_clock = moment.time_column and found.in_clock
                raise RowFault(found.fault, moment.time_column if in_clock else moment.columns[0], found.reason)
            if moment.hour and not found[1]:
                self.losses.note(Loss.HOUR, moment.time_column or moment.columns[0], clock or text)
            return found

        return read

    # ---- what can be read but not kept

    def _refuse_unkept(self, told: Told) -> None:
        if (why := why_too_long(told)) is not None:
            raise RowFault(Fault.TOO_LARGE, self._column_of(why[0]), why[1])
        if (why := why_not_then(told, at=self._at)) is not None:
            moment = getattr(told, why[0])
            fault = Fault.FUTURE if moment > self._at else Fault.DATE
            raise RowFault(fault, self._column_of(why[0]), why[1])
        if (why := why_nothing(told)) is not None:
            raise RowFault(Fault.REQUIRED, self._column_of(why[0]), why[1])
        self._refuse_misplaced(told)

    def _refuse_misplaced(self, told: Told) -> None:
        further = ((str(each.role), each.person) for each in told.further)
        for part, person in (("victim", told.victim), ("subject", told.subject), *further):
            if person.phone and not any(map(str.isdigit, person.phone)):
                self.losses.note(Loss.NO_NUMBER, self._column_of(f"{part}.phone"))
            if (found := misplaced_in(person, self.today)) is not None:
                column = self._column_of(f"{part}.{found[0]}")
                raise RowFault(Fault.MISPLACED, column, said_of(column or found[0], found[1]))

    def _column_of(self, field: str) -> str:
        """Return the first column from which a field of what was told is read."""
        mapping = self._mapping
        if "." in field:
            part, name = field.split(".")
            blocks = (getattr(mapping, part), *(further.columns for further in mapping.further))
            return next((block.columns[name][0] for block in blocks if block.columns.get(name)), "")
        moments = {"told_at": mapping.told, "occurred_from": mapping.occurred, "occurred_until": mapping.occurred_until}
        if moment := moments.get(field):
            return moment.columns[0]
        columns = {"reference": mapping.reference, "class_as_recorded": mapping.as_recorded}
        parts = {"words": mapping.words, **mapping.texts}.get(field, ())
        return next(iter(columns.get(field, columns_in(parts))), "")


_NUMBERED = re.compile(r" \(\d+\)$")


def _base(column: str) -> str:
    """Return the column of a cell that was numbered because several rows tell one crime: “Name (2)” is of “Name”."""
    return _NUMBERED.sub("", column)


def _is_one_byte(encoding: str) -> bool:
    """Return whether every character of an encoding is one byte, so that UTF-8 passes for it unseen."""
    return len("é".encode().decode(encoding, "replace")) == 2


def _meant_as_utf8(cell: str, encoding: str) -> str | None:
    """Return what a cell says if its bytes are UTF-8, None where they are not: “ZoÃ«” is “Zoë”."""
    try:
        return cell.encode(encoding).decode("utf-8")
    except UnicodeError:
        return None


def header_among(rows: Iterable[tuple[int, Cells]], mapping: Mapping) -> int:
    """Return the number of the row that names most of the columns that a mapping reads: the first of these, else 1."""
    needed = set(mapping.used) - mapping.optional
    best, most = 1, 0
    for number, cells in rows:
        there = len(needed.intersection(names_in(cells)))
        if there > most:
            best, most = number, there
    return best


def _moments_of(mapping: Mapping) -> dict[str, Moment]:
    moments = {"told": mapping.told, "occurred": mapping.occurred, "occurred_until": mapping.occurred_until}
    return {key: moment for key, moment in moments.items() if moment is not None}
