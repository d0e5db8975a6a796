"""The words of victim support: the victim's file, the diary, and care."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from fourfold.fields import Unfit, asked, draft
from fourfold.people.terms import Channel, Confirmation, MarkKind
from fourfold.words import WordedEnum, sentence

LONGEST = 2000
LONGEST_NOTE = 5000


class CannotSupport(Unfit):
    """The support step cannot be recorded."""


class CannotKeepDiary(Unfit):
    """The entry, the word or the file cannot be kept."""


class DiaryShut(Exception):
    """The link or device opens nothing: used, expired, closed or never given; nobody is told which."""


# ---- the file: contacts, notes, measures, updates -------------------------------------------------------------------


class ContactOutcome(WordedEnum):
    """The outcome of a contact."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    STOPPED = "stopped"
    NOT_SAFE_TO_SPEAK = "not_safe_to_speak"


class NoteKind(WordedEnum):
    """What an advocate writes down for the victim. Notes of the safety plan are read; its steps stand in care."""

    WISH = "wish"
    NEED = "need"
    FEAR = "fear"
    SAFETY_PLAN = "safety_plan"
    CONFIDENCE = "confidence"


#: What is still written down as a note: a step of the safety plan has a day on which it is reviewed.
WRITTEN_NOTES = (NoteKind.WISH, NoteKind.NEED, NoteKind.FEAR, NoteKind.CONFIDENCE)


class Mode(WordedEnum):
    """How a measure was taken. Measures that were taken differently are compared with a mark beside them."""

    IN_PERSON = "in_person"
    TELEPHONE = "telephone"
    VIDEO = "video"
    SELF_COMPLETED = "by_herself", "self-completed"


class WhyMissed(WordedEnum):
    """Why a measure that was due was not taken."""

    NOT_SAFE = "not_safe", "it was not safe to ask"
    DECLINED = "declined", "the victim preferred not to"
    NOT_REACHED = "not_reached", "the victim was not reached"
    NOT_OFFERED = "not_offered", "nobody asked"


class UpdateKind(WordedEnum):
    """What a victim is to be told, under right 6 of the Victims' Code or because it may raise the risk."""

    FIRST_CONTACT = "first_contact", "first contact, and an offer of an advocate"
    ARREST = "arrest", "the subject was arrested"
    INTERVIEW = "interview", "the subject was interviewed under caution"
    RELEASE = "release", "the subject was released"
    BAIL = "bail", "bail and its conditions"
    CHARGE = "charge", "the subject was charged"
    NO_FURTHER_ACTION = "no_further_action", "no further action, and why"
    COURT_DATE = "court_date", "a date in court"
    ORDER = "order", "an order and what it forbids"
    BREACH = "breach", "a breach and what follows from it"
    NO_BREACH = "no_breach", "what was recorded as a breach is not one, and why"
    STEP_DOWN = "step_down", "the case is being stepped down, and how to come back"

    @property
    def is_danger(self) -> bool:
        """Whether the victim is less safe until they know of it: whatever else is overdue, they are told first."""
        return self in (UpdateKind.BREACH, UpdateKind.RELEASE)

    @property
    def task(self) -> str:
        """What the advocate is to do, as a work list says it."""
        return self.label if self is UpdateKind.FIRST_CONTACT else sentence("Tell the victim: {1}", self.words)


@dataclass(frozen=True)
class Telling:
    """How the victim was told, where it is `known`: in a contact on record, or by which way, when, by whom."""

    known: bool = True
    contact: UUID | None = None
    channel: Channel = Channel.CALL
    at: datetime | None = None
    by: str = ""
    incoming: bool = False


@draft
class NoteDraft:
    """A wish, a need or a confidence."""

    kind: NoteKind = asked("Choose what this is")
    text: str = asked("Write what the victim said, in their own words where you can", longest=LONGEST_NOTE)


@draft
class AddressDraft:
    """Where the victim is, to be sealed."""

    address: str = asked("Write the address to seal", longest=500)


@draft
class AddressRequestDraft:
    """Why a sealed address is needed."""

    reason: str = asked("Say why you need the address now", longest=LONGEST)


@draft
class AddressAnswerDraft:
    """A second advocate's answer to a request."""

    given: bool = asked("Choose yes or no")
    words: str = asked(longest=LONGEST)


@draft
class MissedDraft:
    """Why a measure was not taken."""

    why: WhyMissed = asked("Choose why it was not taken")
    words: str = asked(longest=300)


@draft
class FigureDraft:
    """The published figure that a site chooses."""

    norm: str = asked("Choose one of the figures")


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
class PastCheckIn:
    """A check-in from the time before: the answers by question, as the instrument names them."""

    case: UUID
    answered_at: datetime
    answers: dict[str, str] = field(default_factory=dict)
    version: int = 1
    mode: Mode = Mode.IN_PERSON
    source: str = "taken over"


# ---- care: consent, safety plan, entitlements, feedback, others at risk ---------------------------------------------


class ConsentState(WordedEnum):
    """What the victim answered, or that somebody acted without consent."""

    ASKED = "asked", "asked, no answer yet"
    GIVEN = "given", "yes"
    REFUSED = "refused", "no"
    WITHDRAWN = "withdrawn", "consent withdrawn"
    OVERRIDDEN = "overridden", "somebody acted without consent"


class ConsentMatter(WordedEnum):
    """What a victim is asked to agree to."""

    UNIT = "unit", "the unit works on the case together"
    DIARY = "diary", "diary entries go to the unit"
    CONFIDENCE = "confidence", "what the advocate was told in confidence is passed on"
    REFERRAL = "referral", "referral to another service"
    EMPLOYER = "employer", "contact with an employer, school or landlord"
    EVALUATION = "evaluation", "use of answers to learn what protects people"


class StepOutcome(WordedEnum):
    """What a review found of one step of the safety plan."""

    WORKS = "works", "works and stays in place"
    CHANGED = "changed", "was changed"
    FAILED = "failed", "does not work"
    NOT_NEEDED = "not_needed", "is no longer needed"


#: A step that stands needs a next review; one that ended does not.
STANDS = frozenset({StepOutcome.WORKS, StepOutcome.CHANGED, StepOutcome.FAILED})


class EntitlementAnswer(WordedEnum):
    """The outcome of an entitlement."""

    OFFERED = "offered"
    TAKEN_UP = "taken_up"
    DECLINED = "declined"
    NOT_YET = "not_yet"


class AtRiskKind(WordedEnum):
    """How somebody else at risk stands to the victim."""

    CHILD = "child"
    PARTNER = "partner"
    FAMILY = "family"
    COLLEAGUE = "colleague"
    FRIEND = "friend"
    NEIGHBOUR = "neighbour"
    OTHER = "other"


class AtRiskStepKind(WordedEnum):
    """What was done for somebody else at risk."""

    SEEN = "seen", "somebody saw or spoke with them"
    REFERRED = "referred", "they were referred"
    PLANNED = "planned", "a step was planned"
    REVIEWED = "reviewed", "their risk was reviewed"
    ENDED = "ended", "they are no longer at risk"


@dataclass(frozen=True)
class Entitlement:
    """One thing a victim is entitled to: the days on which these words count, by when, and where that is written.

    `until_on` is the first day on which they count no more; the same code may go on in another edition from then.
    """

    code: str
    words: str
    source: str
    from_on: date
    until_on: date | None = None
    working_days: int | None = None

    def in_force(self, on: date) -> bool:
        return self.from_on <= on and (self.until_on is None or on < self.until_on)


@draft
class ConsentDraft:
    """What the victim was asked, and answered."""

    matter: ConsentMatter = asked("Choose what the victim was asked about")
    state: ConsentState = asked("Choose the answer")
    to_whom: str = asked(longest=120)
    why: str = asked(longest=LONGEST)


@draft
class PlanStepDraft:
    words: str = asked(longest=LONGEST)
    who: str = asked(longest=120)
    review_on: date | None = None


@draft
class StepReviewDraft:
    outcome: StepOutcome = asked("Choose what you found")
    words: str = asked(longest=LONGEST)
    next_on: date | None = None


@draft
class EntitlementDraft:
    """The outcome of an entitlement."""

    answer: EntitlementAnswer = asked("Choose what happened")
    words: str = ""


@draft
class FeedbackDraft:
    """What the victim thought of the help, each from 1 to 5 or not answered."""

    heard: int | None = asked(least=1, most=5)
    informed: int | None = asked(least=1, most=5)
    safer: int | None = asked(least=1, most=5)
    again: int | None = asked(least=1, most=5)
    words: str = asked(longest=LONGEST)
    declined: bool = False


@draft
class AtRiskTold:
    """What is known of somebody else at risk. Where they are does not stand here."""

    name: str = asked(longest=120)
    kind: AtRiskKind = asked("Choose who they are to the victim")
    risk: str = asked(longest=LONGEST)
    birth_year: int | None = asked(least=1900, most=2100, default=None)
    lives_with_her: bool | None = None
    review_on: date | None = None


@draft
class AtRiskStepDraft:
    """What was done for somebody at risk."""

    what: AtRiskStepKind = asked("Choose what was done")
    words: str = asked(longest=LONGEST)
    to_whom: str = asked(longest=120)
    next_on: date | None = None


@dataclass(frozen=True)
class PastConsent:
    """What the victim answered in the time before."""

    case: UUID
    matter: ConsentMatter
    state: ConsentState
    said_at: datetime
    source: str = "taken over"


# ---- the diary ------------------------------------------------------------------------------------------------------


class Language(WordedEnum):
    ENGLISH = "en", "English"
    WELSH = "cy", "Welsh"


class Readers(WordedEnum):
    """Who may read an entry: no answer is not a yes."""

    ADVOCATE = "advocate", "you alone"
    UNIT = "unit", "you and the unit"


class Origin(StrEnum):
    """How an entry came."""

    WRITTEN = "written"
    BROUGHT = "brought"


class WhyClosed(WordedEnum):
    """Why a link, and the device it was bound to, opens nothing any more."""

    REVOKED = "revoked", "you closed it"
    TRIES = "tries", "the word was wrong too often"
    BY_VICTIM = "herself", "the victim closed it"
    REPLACED = "replaced", "replaced by a newer link"
    LEFT = "left", "the person who gave it no longer works in this case"


class VisitKind(StrEnum):
    """What happened at the door of the diary."""

    OPENED = "opened"
    WRONG = "wrong"
    LEFT = "left"


class LinkState(StrEnum):
    WAITING = "waiting"
    BOUND = "bound"
    EXPIRED = "expired"
    CLOSED = "closed"


class PassedBy(WordedEnum):
    """On whose word the unit came to see an entry."""

    VICTIM = "herself", "the victim chose this when writing it"
    CONSENT = "consent", "with the victim's consent"
    OVERRIDE = "override", "without consent, because a life is in danger"


@draft
class LinkDraft:
    language: Language = asked("Choose the language of the diary")


@draft
class PassDraft:
    """Why the unit may see an entry."""

    by: PassedBy = asked("Choose why the unit can see it")
    why: str = asked(longest=LONGEST)


@dataclass(frozen=True)
class Written:
    """What was written or brought of one incident, before it is kept. Times are instants; `time_zone` is what was said.

    `occurred_from` of None: not said. `row` is its place in a file that was brought, from 1.
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
class OpenDiary:
    """The diary that a device opens: of which case, in which language, since when."""

    device: UUID
    link: UUID
    case: UUID
    site: str
    language: Language
    opened_at: datetime
