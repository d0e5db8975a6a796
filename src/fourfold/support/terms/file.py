"""The words of her file: contacts, needs, what she wishes, and what she is to be told by when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from fourfold.people.terms import Channel
from fourfold.support.terms.care import ConsentMatter, ConsentState
from fourfold.words import Word, words


class ContactOutcome(StrEnum):
    """What became of a contact."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    STOPPED = "stopped"
    NOT_SAFE_TO_SPEAK = "not_safe_to_speak"

    @property
    def words(self) -> str:
        """The outcome as a table says it."""
        return Word(self.value.replace("_", " "))


class NoteKind(StrEnum):
    """What an advocate writes down for the victim. Notes of her safety plan are read; its steps stand in her care."""

    WISH = "wish"
    NEED = "need"
    SAFETY_PLAN = "safety_plan"
    CONFIDENCE = "confidence"

    @property
    def words(self) -> str:
        """The kind in words."""
        return Word(self.value.replace("_", " "))


#: What is still written down as a note: a step of her safety plan has a day on which it is looked at again.
WRITTEN_NOTES = (NoteKind.WISH, NoteKind.NEED, NoteKind.CONFIDENCE)


class Mode(StrEnum):
    """How a measure was taken. Measures that were taken differently are compared with a mark beside them."""

    IN_PERSON = "in_person"
    TELEPHONE = "telephone"
    VIDEO = "video"
    BY_HERSELF = "by_herself"

    @property
    def words(self) -> str:
        """How she was asked, as a table says it."""
        return Word(self.value.replace("_", " "))


class WhyMissed(StrEnum):
    """Why a measure that was due was not taken."""

    NOT_SAFE = "not_safe"
    DECLINED = "declined"
    NOT_REACHED = "not_reached"
    NOT_OFFERED = "not_offered"

    @property
    def words(self) -> str:
        """The reason as a table says it."""
        return MISSED_WORDS[self]


MISSED_WORDS = words(
    {
        WhyMissed.NOT_SAFE: "it was not safe to ask",
        WhyMissed.DECLINED: "the victim preferred not to",
        WhyMissed.NOT_REACHED: "the victim was not reached",
        WhyMissed.NOT_OFFERED: "nobody asked",
    }
)


class UpdateKind(StrEnum):
    """What a victim is to be told, under right 6 of the Victims' Code or because it may raise her risk."""

    FIRST_CONTACT = "first_contact"
    ARREST = "arrest"
    INTERVIEW = "interview"
    RELEASE = "release"
    BAIL = "bail"
    CHARGE = "charge"
    NO_FURTHER_ACTION = "no_further_action"
    COURT_DATE = "court_date"
    ORDER = "order"
    BREACH = "breach"
    STEP_DOWN = "step_down"

    @property
    def words(self) -> str:
        """What she is to be told, as a list says it."""
        return UPDATE_WORDS[self]

    @property
    def task(self) -> str:
        """What her advocate is to do, as a day says it."""
        return self.words.capitalize() if self is UpdateKind.FIRST_CONTACT else f"Tell the victim: {self.words}"


UPDATE_WORDS = words(
    {
        UpdateKind.FIRST_CONTACT: "first contact, and an offer of an advocate",
        UpdateKind.ARREST: "the subject was arrested",
        UpdateKind.INTERVIEW: "the subject was interviewed under caution",
        UpdateKind.RELEASE: "the subject was released",
        UpdateKind.BAIL: "bail and its conditions",
        UpdateKind.CHARGE: "the subject was charged",
        UpdateKind.NO_FURTHER_ACTION: "no further action, and why",
        UpdateKind.COURT_DATE: "a date in court",
        UpdateKind.ORDER: "an order and what it forbids",
        UpdateKind.BREACH: "a breach and what follows from it",
        UpdateKind.STEP_DOWN: "the case is being stepped down, and how to come back",
    }
)


@dataclass(frozen=True)
class PastContact:
    """A contact from the time before."""

    case: UUID
    channel: Channel
    attempted_at: datetime
    outcome: ContactOutcome
    why_stopped: str = ""
    safe: bool | None = None
    incoming: bool = False
    minutes: int | None = None
    source: str = "taken over"


@dataclass(frozen=True)
class PastConsent:
    """What she said in the time before, when she was asked."""

    case: UUID
    matter: ConsentMatter
    state: ConsentState
    said_at: datetime
    source: str = "taken over"


@dataclass(frozen=True)
class PastCheckIn:
    """A check-in from the time before: the answers by question, as the instrument names them."""

    case: UUID
    answered_at: datetime
    answers: dict[str, str] = field(default_factory=dict)
    version: int = 1
    mode: Mode = Mode.IN_PERSON
    source: str = "taken over"


class CannotSupport(ValueError):
    """The support step cannot be recorded; `field` names what is missing, the message how to mend it."""

    def __init__(self, field: str, message: str):
        self.field = field
        super().__init__(message)
