"""The words about people: how they may be reached, and why a message may not go out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from fourfold.fields import Unfit, asked, draft
from fourfold.pronouns import Pronoun
from fourfold.words import Word, WordedEnum


class Part(StrEnum):
    """The part that a person plays in an allegation."""

    VICTIM = "victim"
    SUBJECT = "subject"


class ThirdRole(WordedEnum):
    """Who somebody is that a subject acts against on the way to the victim: never another victim."""

    EMPLOYER = "employer", "employer or colleague"
    SCHOOL = "school", "school or nursery"
    NEW_PARTNER = "new_partner", "new partner"
    FAMILY = "family", "family or friend"
    NEIGHBOUR = "neighbour"
    OTHER = "other", "somebody else near the victim"


class Channel(WordedEnum):
    """A way to reach somebody."""

    TEXT = "text"
    CALL = "call"
    EMAIL = "email"
    LETTER = "letter"
    VISIT = "visit"

    @property
    def with_article(self) -> str:
        """The words with their article: “a call”, “an email”."""
        return f"{'an' if self is Channel.EMAIL else 'a'} {self.words}"


class Fate(WordedEnum):
    """What a provider said became of a message that it took."""

    TAKEN = "taken", "taken, not known whether it arrived"
    DELIVERED = "delivered"
    NO_SUCH = "no_such", "did not arrive"
    NOT_REACHED = "not_reached", "did not arrive"
    FAULT = "fault", "did not arrive"


class MarkKind(WordedEnum):
    """What identifies somebody apart from the name; an other name is a former one, or one that they go by as well."""

    PHONE = "phone", "telephone number"
    EMAIL = "email", "email address"
    ADDRESS = "address"
    VEHICLE = "vehicle"
    ACCOUNT = "account"
    OTHER_NAME = "other name"


class Confirmation(WordedEnum):
    """How an advocate made sure that a number, mailbox or address is the victim's own: never by what was told of it."""

    FACE_TO_FACE = "face_to_face", "face to face"
    VIDEO = "video", "on a video call, where I saw the victim"
    CALL_BACK = "call_back", "by calling a number confirmed before"
    CODE_PHRASE = "code_phrase", "by telephone, with the agreed code phrase"


class ReachState(WordedEnum):
    """What is known of a number, mailbox or address: only what is confirmed is ever used."""

    CONFIRMED = "confirmed"
    TOLD = "told", "told, not confirmed"
    SET_ASIDE = "set_aside", "not to be used"


class AskState(WordedEnum):
    """Where a request to open a sealed address stands."""

    WAITING = "waiting", "waiting for a colleague's answer"
    REFUSED = "refused", "a colleague said no"
    GRANTED = "granted", "can be opened now, once"
    LAPSED = "lapsed", "expired without being opened"
    OPENED = "opened"


@dataclass(frozen=True)
class PersonDetails:
    """What is known of a person who is to be registered; any part may be missing.

    `marks` are further ones, as told: cars, accounts, other names.
    """

    name: str = ""
    birth: str = ""
    sex: str = ""
    pronoun: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    relationship: str = ""
    marks: tuple[tuple[MarkKind, str], ...] = ()

    @property
    def is_empty(self) -> bool:
        return not any((self.name, self.birth, self.phone, self.email, self.address, self.marks))


@dataclass(frozen=True)
class SafeContactRule:
    """How a victim may be reached, and how often at least. Hours are local time; a window that passes midnight is allowed."""

    channels: tuple[Channel, ...]
    from_time: time | None = None
    until_time: time | None = None
    leave_message: bool = False
    shared_device: bool = True
    confirmed: bool = True
    every_days: int | None = None
    #: Further safe hours of a day, where what several agreements allow falls into more than one window.
    or_hours: tuple[tuple[time | None, time | None], ...] = ()


class InvalidBirth(ValueError):
    """A day of birth that no calendar or no living person has; the message says how to mend it."""

    field = "birth"


class InvalidDetails(Unfit):
    """What is known of a person cannot be kept as it stands."""


@dataclass(frozen=True)
class PastVictim:
    """A victim from the time before, to be taken over in bulk. `id` is kept, so that others can point to it."""

    id: UUID
    site: str
    details: PersonDetails
    registered_at: datetime
    vulnerable: bool | None = None
    source: str = "taken over"


@dataclass(frozen=True)
class PastSubject:
    """A subject from the time before; `details` of None means that nobody could say who it was."""

    id: UUID
    site: str
    details: PersonDetails | None
    registered_at: datetime
    source: str = "taken over"


@dataclass(frozen=True)
class PastReach:
    """A further way to reach a victim who is taken over; those of the details are brought in with the victim."""

    id: UUID
    victim: UUID
    kind: MarkKind
    value: str
    told_at: datetime
    source: str = "taken over"


@dataclass(frozen=True)
class PastMark:
    """A further number, address, car or account ever linked to a subject who is taken over."""

    id: UUID
    subject: UUID
    kind: MarkKind
    value: str
    told_at: datetime
    of_associate: bool = False
    source: str = "taken over"


PastPerson = PastVictim | PastSubject | PastReach | PastMark


@draft
class ReferredTo:
    """How a person is referred to from now on; None where nobody knows."""

    pronoun: Pronoun | None


@dataclass(frozen=True)
class Named:
    """A person as whoever may see who it is says it: above a case, and on the person's page."""

    name: str
    pronoun: Pronoun | None


@dataclass(frozen=True)
class SubjectCard:
    """A subject as a reader may see the record."""

    id: UUID
    site: str
    known: bool
    name: str
    pronoun: Pronoun | None
    other_names: str
    birth_on: date | None
    sex: str
    marks: tuple[Reach, ...]


@dataclass(frozen=True)
class Reach:
    """One way to reach, or one mark of, a person: its kind and value as told, and whether it is an associate's."""

    kind: MarkKind
    value: str
    of_associate: bool = False
    id: UUID | None = None
    recorded_at: datetime | None = None


@dataclass(frozen=True)
class Withdrawn:
    """A mark that was put on record by mistake: who said so, when and why; and the same of the undoing, if it was undone."""

    mark: Reach
    reason: str
    at: datetime
    by: str
    undone_at: datetime | None
    undone_by: str
    undone_because: str


@dataclass(frozen=True)
class Found:
    """A person found by a search: which part, enough to tell apart, and by what."""

    id: UUID
    part: Part
    name: str
    birth_on: date | None
    found_by: Word
    merged: bool = False


class People(list[Found]):
    """Those whom a search finds, in its order: of how many `read` at most of a part, and whether there may be `more`."""

    read = 0
    more = False


@dataclass(frozen=True)
class AskedAddress:
    """A request to open a sealed address, as the one who asked and whoever may answer see it.

    `until` is when it lapses: unanswered, or unopened. It never holds the address.
    """

    id: UUID
    file: UUID
    reason: str
    asked_by: str
    asked_at: datetime
    mine: bool
    state: AskState
    until: datetime
    answered_by: str = ""
    words: str = ""
    opened_at: datetime | None = None


#: What may be put on record by hand; numbers and addresses are told with a report.
ADDED_BY_HAND = (MarkKind.OTHER_NAME, MarkKind.VEHICLE, MarkKind.ACCOUNT)


@draft
class MarkDraft:
    """What somebody is known by besides the name, put on record by hand."""

    kind: MarkKind = asked(missing="Choose what it is")
    value: str = asked(missing="Write it")

    def __post_init__(self) -> None:
        if self.kind not in ADDED_BY_HAND:
            raise Unfit("kind", "Choose one of the answers shown")


@draft
class SubjectMarkDraft(MarkDraft):
    """The same of a subject, or of somebody close to the subject."""

    of_associate: bool


@draft
class WithdrawDraft:
    """Which of these was put on record by mistake, and why somebody thinks so."""

    reason: str = asked(missing="Say why you withdraw this", longest=300)
    mark: UUID = UUID(int=0)


@draft
class BringBackDraft:
    """Which of these was withdrawn by mistake, and why somebody thinks so."""

    reason: str = asked(missing="Say why you bring this back", longest=300)
    mark: UUID = UUID(int=0)


class UnsafeContact(Unfit):
    """The contact would break a safe-contact rule; the message says which and what is allowed."""


def name_as_said(given: str, family: str, known: bool = True) -> str:
    """Return a name as it is said, or that it is not known; or that the subject is not `known`."""
    return (f"{given} {family}".strip() or Word("name not known")) if known else Word("subject not known")
