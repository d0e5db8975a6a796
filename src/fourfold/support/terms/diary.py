"""The words of the diary: what she writes or brings, who may read it, and how she comes to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from fourfold.words import Word, words


class Language(StrEnum):
    """A language in which her pages speak."""

    ENGLISH = "en"
    WELSH = "cy"


class Readers(StrEnum):
    """Who may read an entry: what she did not answer is not a yes."""

    ADVOCATE = "advocate"
    UNIT = "unit"

    @property
    def words(self) -> str:
        """Who reads it, as her advocate's page says it."""
        return Word({Readers.ADVOCATE: "you alone", Readers.UNIT: "you and the unit"}[self])


class Origin(StrEnum):
    """How an entry came."""

    WRITTEN = "written"
    BROUGHT = "brought"


class WhyClosed(StrEnum):
    """Why a link, and the device it was bound to, opens nothing any more."""

    REVOKED = "revoked"
    TRIES = "tries"
    HERSELF = "herself"
    REPLACED = "replaced"

    @property
    def words(self) -> str:
        """The reason as a page says it."""
        return CLOSED_WORDS[self]


CLOSED_WORDS = words(
    {
        WhyClosed.REVOKED: "you closed it",
        WhyClosed.TRIES: "the word was wrong too often",
        WhyClosed.HERSELF: "the victim closed it",
        WhyClosed.REPLACED: "replaced by a newer link",
    }
)


class VisitKind(StrEnum):
    """What happened at the door of the diary."""

    OPENED = "opened"
    WRONG = "wrong"
    LEFT = "left"


class LinkState(StrEnum):
    """Where a link stands."""

    WAITING = "waiting"
    BOUND = "bound"
    EXPIRED = "expired"
    CLOSED = "closed"


class PassedBy(StrEnum):
    """On whose word the unit came to see an entry."""

    HERSELF = "herself"
    CONSENT = "consent"
    OVERRIDE = "override"

    @property
    def words(self) -> str:
        """On whose word, as a page says it."""
        return PASSED_WORDS[self]


PASSED_WORDS = words(
    {
        PassedBy.HERSELF: "the victim chose this when writing it",
        PassedBy.CONSENT: "with the victim's consent",
        PassedBy.OVERRIDE: "without consent, because a life is in danger",
    }
)


@dataclass(frozen=True)
class Written:
    """What she wrote or brought of one incident, before it is kept. Times are instants; `time_zone` is what was said.

    `occurred_from` of None: she does not say when. `row` is its place in a file that was brought, from 1.
    """

    words: str
    told_at: datetime
    occurred_from: datetime | None = None
    occurred_until: datetime | None = None
    time_known: bool = True
    time_zone: str = "Europe/London"
    language: Language = Language.ENGLISH
    readers: Readers = Readers.ADVOCATE
    row: int | None = None


@dataclass(frozen=True)
class PictureBrought:
    """A file that came with an entry: its bytes; what it was called is not kept, for names of files tell too much."""

    content: bytes


@dataclass(frozen=True)
class HerDiary:
    """The diary that a device opens: whose, of which case, in which language, and which visit this is."""

    device: UUID
    link: UUID
    case: UUID
    site: str
    language: Language
    opened_at: datetime


class CannotKeepDiary(ValueError):
    """The entry, the word or the file cannot be kept; `field` names where, the message how to mend it."""

    def __init__(self, field: str, message: str):
        self.field = field
        super().__init__(message)


class DiaryShut(Exception):
    """This link or device opens nothing: used, expired, closed or never given; nobody is told which."""
