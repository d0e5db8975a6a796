"""The words of feeds: what is asked to be done with a file, how far it is, and what a column can be."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from fourfold.fields import Unfit
from fourfold.words import Word, words

#: After this long a file that nobody brought in goes by itself: it is full of people, and the force has it still.
LASTS = timedelta(days=14)
#: Bytes of a file that the browser may bring; a larger one is for the command line.
LARGEST = 256 << 20
#: Files of one person that lie there at the same time.
MOST_AT_ONCE = 10
#: Characters of a mapping that may be typed.
LONGEST_MAPPING = 60_000
#: So many rows of a file are shown beside what each column is read as.
ROWS_SHOWN = 3


class InvalidFeed(Unfit):
    """What was asked of a file cannot be done; `field` names where, the message how to mend it."""


class WorkStopped(Exception):
    """Whoever asked for the work asked for its end."""


class WorkKind(StrEnum):
    """What is done with a file beside the page that asks for it."""

    DRAFT = "draft"
    CHECK = "check"
    IMPORT = "import"


DOING = words(
    {
        WorkKind.DRAFT: "Drafting how to read the file",
        WorkKind.CHECK: "Checking the file. Nothing is kept by it",
        WorkKind.IMPORT: "Importing the file",
    }
)


@dataclass(frozen=True)
class Work:
    """One piece of work: who asked for it, how far it is, and what came of it.

    `found`: what a check or an import says, a line each. `refused`: why nothing came of it. `run`: the import it made.
    `read_whole`: an import has read its file to the end; `searchable`: and looks for what belongs together.
    """

    id: UUID
    kind: WorkKind
    mapping_sha256: str
    asked_at: datetime
    asked_by: str
    begun_at: datetime | None
    finished_at: datetime | None
    stop_asked_at: datetime | None
    read: int
    held: int
    found: tuple[str, ...]
    refused: str
    run: UUID | None
    read_whole: bool = False
    searchable: bool = False

    @property
    def doing(self) -> Word:
        """What is being done, in words."""
        return Word(DOING[self.kind])


@dataclass(frozen=True)
class Brought:
    """A file that somebody brought: whose, how large, how it is read so far, and the work on it, the latest first.

    `mapping` is empty until it is drafted or chosen; its undecided doubts are `doubts`.
    """

    id: UUID
    site: str
    file_name: str
    size: int
    brought_at: datetime
    brought_by: str
    mine: bool
    mapping: str = ""
    mapping_sha256: str = ""
    work: tuple[Work, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def underway(self) -> Work | None:
        """The work that waits or is being done; None where there is none."""
        return next((each for each in self.work if each.finished_at is None), None)

    @property
    def last(self) -> Work | None:
        """The last work that has ended; None before the first has."""
        return next((each for each in self.work if each.finished_at is not None), None)

    @property
    def is_checked(self) -> bool:
        """Whether the file was read to its end, with nothing stored, in the way in which it is read now."""
        return any(
            each.kind is WorkKind.CHECK
            and each.finished_at is not None
            and not each.refused
            and each.mapping_sha256 == self.mapping_sha256
            for each in self.work
        )

    @property
    def imported(self) -> Work | None:
        """The import that read the file to its end; None before. Its rows are kept then, and the file is gone."""
        return next((each for each in self.work if each.run is not None and not each.refused), None)

    @property
    def goes_at(self) -> datetime:
        """When it goes by itself."""
        return self.brought_at + LASTS


@dataclass(frozen=True)
class Known:
    """A way in which a file can be read that is known here: its name, where it comes from, and the mapping."""

    key: str
    name: str
    hint: Word
    text: str


@dataclass(frozen=True)
class ColumnRead:
    """A column of a file: its first values, and what it is read as; "" where nothing reads it."""

    name: str
    values: tuple[str, ...]
    read_as: str
