"""The words of imports: what a file gave, why a row was held back, and what was settled."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from fourfold.fields import asked, draft
from fourfold.words import Word, WordedEnum, counted, sentence


class Fault(StrEnum):
    """Why a row of a feed was held back."""

    EMPTY_FILE = "empty file"
    ENCODING = "encoding"
    COLUMN_MISSING = "column missing"
    WRONG_CELLS = "wrong number of cells"
    REQUIRED = "required cell is empty"
    DATE = "no such date"
    FUTURE = "date in the future"
    CODE = "code not in the mapping"
    REPEATED = "reference used twice"
    AMBIGUOUS = "same in every cell"
    TOO_LARGE = "cell too large"
    UNCLOSED = "quote not closed"
    CHARACTER = "character that no text holds"
    CLOCK = "hour of the clock change"
    HEADER = "header repeated"
    BROKEN_OFF = "row breaks off"
    NOT_A_RECORD = "not a record"
    KEY_TWICE = "key stands twice"
    TWO_CRIMES = "one reference, two crimes"
    DISAGREE = "rows of a crime disagree"
    MISPLACED = "value in the wrong column"
    ROLES = "victim and suspect mixed up"


class CannotImport(ValueError):
    """The file as a whole cannot be read; the message names what is wrong and how to mend it."""


class InvalidMapping(ValueError):
    """The mapping cannot be used; the message names the line and how to mend it."""


@dataclass(frozen=True)
class Run:
    """One import as its page shows it. Read is always accepted, duplicates and quarantined together.

    `passed_over` says what stood above the header; nothing where it stood first, or where nobody knows.
    """

    id: UUID
    site: str
    system: str
    file_name: str
    started_at: datetime
    finished_at: datetime | None
    started_by: str
    read: int
    accepted: int
    duplicates: int
    quarantined: int
    revised: int
    passed_over: str = ""


@dataclass(frozen=True)
class HeldRow:
    """A row in quarantine: where it stands, which column, and why. Its cells are evidence and are not shown."""

    id: UUID
    run: UUID
    site: str
    file_name: str
    row_number: int
    column: str
    fault: Fault
    reason: str
    held_at: datetime
    resolved_at: datetime | None
    resolution: str


#: So many people look at a stopped file before it can be brought in as it is.
LOOKS_NEEDED = 2


class Verdict(WordedEnum):
    """What is to become of what stopped a file."""

    KEEP = "keep", "right as it is"
    MEND = "mend", "a slip, to be corrected here"
    LEAVE_OUT = "leave out", "left out"


@dataclass(frozen=True)
class Look:
    """Who looked at a stopped file, when, what they found, and what is to become of it."""

    by: str
    at: datetime
    said: str
    verdict: Verdict = Verdict.KEEP


class DoubtKind(StrEnum):
    """Why a whole file was stopped."""

    CELLS = "cells"
    DATES = "dates"
    ROLES = "roles"


@dataclass(frozen=True)
class DoubtSeen:
    """One reason for which a file was stopped: the first of its rows, how many there are, and who has looked.

    `may_settle`: it is one row, which the reader may settle by itself.
    """

    id: UUID
    row_number: int
    rows: int
    reason: Word
    looks: tuple[Look, ...] = ()
    may_settle: bool = False


@dataclass(frozen=True)
class Stopped:
    """A file that was stopped before anything of it was kept: how many reports wait in it, and each reason.

    `doubts` leaves out what two people have settled: without any, it is to be imported again. `may_look`: the reader has
    neither looked at all of it, nor brought the file in.
    """

    id: UUID
    site: str
    file_name: str
    reports: int
    stopped_at: datetime
    doubts: tuple[DoubtSeen, ...] = ()
    may_look: bool = False

    @property
    def asks(self) -> str:
        """What is to be done with it."""
        return sentence(
            "Look at a file that was stopped: {1}, {2}"
            if self.doubts
            else "Import a file again that two people have looked at: {1}, {2}",
            self.file_name,
            counted(self.reports, "report"),
        )

    @property
    def reasons(self) -> tuple[DoubtSeen, ...]:
        """Return what is in doubt with the rows of one reason together."""
        of_reason: dict[str, list[DoubtSeen]] = {}
        for each in self.doubts:
            of_reason.setdefault(str(each.reason), []).append(each)
        return tuple(
            replace(
                together[0],
                rows=sum(each.rows for each in together),
                looks=tuple(dict.fromkeys(look for each in together for look in each.looks)),
            )
            for together in of_reason.values()
        )


@draft
class RowLookDraft:
    """What is to become of one row for which a file was stopped."""

    verdict: Verdict = asked(missing="Select what is to become of this row")
    said: str = asked(missing="Say what you looked at and with whom you spoke.", longest=300)


@draft
class LookDraft:
    """What somebody found who looked at a stopped file."""

    said: str = asked(missing="Say what you looked at and with whom you spoke.", longest=300)


@draft
class FileSettledDraft:
    """What became of a stopped file that is not brought in."""

    said: str = asked(missing="Say in a few words what became of the file.", longest=300)


@draft
class SettledDraft:
    """What happened to a row that was held back and is not read again."""

    resolution: str = asked(missing="Say in a few words what happened to the row.", longest=300)


#: What is said of a row that waited until the same file was brought in again.
READ_LATER = "read by a later import"
#: What is said of a row that was mended with a person, words, a place or a reference written otherwise than it came, and
#: what was said of one up to 0.2.0. It is counted as a referral is.
TOLD_ANEW = ("mended with other details, and read again", "mended with other details of a person, and read again")


@dataclass(frozen=True)
class StillWaits:
    """A row that was mended and still cannot be kept: which column, and why."""

    held: UUID
    row_number: int
    column: str
    reason: str


@dataclass(frozen=True)
class CellAsCame:
    """A cell of a row in quarantine. `whole` of False: it was too long to be kept and must be written again."""

    column: str
    text: str
    whole: bool = True


@dataclass(frozen=True)
class RowAsCame:
    """A row in quarantine with its cells, for whoever mends it. `rest` is what has no column."""

    row: HeldRow
    cells: tuple[CellAsCame, ...]
    rest: str = ""


class Loss(StrEnum):
    """What is lost of a cell that was read, as a records clerk would say it."""

    DEFAULT_CLASS = "code that nobody mapped, counted as the default class"
    UNMAPPED = "code that nobody mapped, whose rows would wait"
    HOUR = "hour counts as not known"
    ANSWER = "answer that is neither yes nor no, read as the mapping's otherwise"
    BIRTH = "day of birth that the cell says nobody knows, read as not told"
    SEX = "sex that is none of the codes, read as not known"
    DETAIL = "detail of a person that is none of the codes, read as not known"
    MO_CODE = "code of the modus operandi that nobody mapped, kept only as it came"
    ROLE = "person in a role that is neither victim nor suspect, kept only as it came"
    TWO_NAMES = "two whole names read as one person's: add the second to the mapping as another person"
    REGISTRATION = "registration of a car that is none, kept only as it came"
    ONE_NAME = "alias of one word, kept as told and compared with nobody: it may be anybody's"
    NO_NUMBER = "words where a telephone number stands, kept as they came: nobody can ring them"
    KNOWN_BY = "car, account or other name that is too long, or one too many of one person; kept only as it came"
    CUT = "class in its own words, cut to 160 characters"
    AFTER = "happened after it was told, by less than a day: kept as it came, though one of the two is wrong"
    PART = "left out of its text, because another column in the same part is empty: give it a part of its own"
    NOBODY = "person of whom nothing says who it is (no name, day of birth, way to reach them): not kept as a person"
    ABOVE = "empty, and taken from the row above with all that columns.from_above names"
    NOT_READ = "words in which no rule looks for behaviours, because free_text is false"


@dataclass(frozen=True)
class Lost:
    """How many rows lose something of one column, the first of them, and the commonest cells."""

    loss: Loss
    column: str
    rows: int
    values: tuple[tuple[str, int], ...]
    row: int = 0

    @property
    def said(self) -> Iterator[Word]:
        """What is lost, a line, and the values of which it is, another."""
        rows, row = f"{self.rows:,}", f"{self.row:,}"
        yield sentence("{1} in “{2}”: {3} (first in row {4})", rows, self.column, Word(self.loss), row)
        if self.values:
            yield sentence(
                "    among them: {1}", ", ".join(f"{value or '(empty)'} ({count:,})" for value, count in self.values)
            )


@dataclass(frozen=True)
class Totals:
    """The outcome of a file. `read` is always `accepted` + `duplicates` + `quarantined`; `revised` are part of accepted.

    `reasons` counts the rows in quarantine by fault; `run` is None where nothing was to be stored. `header_row` is where
    the header stood: above 1, something was passed over. `new_columns` the last import of the system did not have, and
    nothing reads them; `gone_columns` it had, and this file does not. `first_held`: a row in quarantine, and why.
    `defaulted`: codes that the mapping does not name and reads all the same.
    """

    read: int = 0
    accepted: int = 0
    duplicates: int = 0
    quarantined: int = 0
    revised: int = 0
    reasons: tuple[tuple[str, int], ...] = ()
    run: UUID | None = None
    header_row: int = 1
    new_columns: tuple[str, ...] = ()
    gone_columns: tuple[str, ...] = ()
    first_held: tuple[int, str] = (0, "")
    defaulted: tuple[Lost, ...] = ()
