"""The words of a case: answers, outcomes, states, levels, what brings a review forward, and what a page counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal, TypedDict

from fourfold.access.terms import Closed, Compartment, day_of
from fourfold.law.terms import RecordingRule
from fourfold.words import WordedEnum


class Answer(StrEnum):
    """Yes, no, or not known; not known is never no."""

    YES = "yes"
    NO = "no"
    NOT_KNOWN = "not_known"


class Level(WordedEnum):
    """How dangerous a case is judged to be; there is no level for *safe*."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    VERY_HIGH = "very_high"

    @property
    def rank(self) -> int:
        """The place of the level, 1 for low to 4 for very high."""
        return list(Level).index(self) + 1

    def __lt__(self, other: object) -> bool:
        """Compare by danger, never by alphabet."""
        return self.rank < Level(str(other)).rank

    def __gt__(self, other: object) -> bool:
        return self.rank > Level(str(other)).rank

    def __le__(self, other: object) -> bool:
        return self.rank <= Level(str(other)).rank

    def __ge__(self, other: object) -> bool:
        return self.rank >= Level(str(other)).rank


#: Stands for a level, set or not, that the reader may not read. A page says so, or shows nothing.
SHUT: Final = ""
#: A level in a list about something else: None where nobody has set one.
ShownLevel = Annotated[Level | Literal[""] | None, Closed(Compartment.RISK, SHUT)]


class Outcome(StrEnum):
    """The five exits from triage."""

    ADVICE_ONLY = "advice_only"
    CONSULTATION = "consultation"
    PANEL = "panel"
    DIRECT_MANAGEMENT = "direct_management"
    REDIRECT = "redirect"

    @property
    def opens_case(self) -> bool:
        return self in (Outcome.PANEL, Outcome.DIRECT_MANAGEMENT, Outcome.CONSULTATION)


class ReferralAnswer(StrEnum):
    """How a unit has answered a referral, as whoever referred reads it."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"

    @classmethod
    def of(cls, outcome: Outcome | None) -> ReferralAnswer:
        """Return the answer that a triage outcome gives; whether it joined a case is no part of it, nor told by it."""
        if outcome is None:
            return cls.WAITING
        return cls.ACCEPTED if outcome.opens_case else cls.DECLINED


class State(StrEnum):
    """Where a case stands. It closes only through step-down."""

    OPEN = "open"
    STEP_DOWN = "step_down"
    CLOSED = "closed"


class SetBy(StrEnum):
    """In which step a level was set."""

    TRIAGE = "triage"
    PROFESSIONAL = "professional"
    PANEL = "panel"
    REVIEW = "review"


#: Whoever sets a level in one of these has assessed.
SET_BY_ASSESSING = tuple(sorted({*SetBy} - {SetBy.TRIAGE}))


class OfferState(WordedEnum):
    """Where the offer of a case to another unit stands; each answer is the last."""

    WAITING = "waiting", "not answered yet"
    TAKEN_OVER = "taken_over"
    DECLINED = "declined", "not taken over"
    TAKEN_BACK = "taken_back", "withdrawn"


class Trigger(StrEnum):
    """Why a review is due: the clock, or an event that brings it forward."""

    CLOCK = "clock"
    OPENED = "opened"
    NEW_ACT = "new_act"
    BREACH = "breach"
    RELEASE = "release"
    BAIL_CHANGE = "bail_change"
    ORDER_END = "order_end"
    COURT_DATE = "court_date"
    NEW_PARTNER = "new_partner"
    CHILD_CONTACT = "child_contact"
    LOST_CONTACT = "lost_contact"
    WEAPON = "weapon"
    SUICIDAL_STATEMENT = "suicidal_statement"
    TRANSFER = "transfer"


class ReviewReason(TypedDict, total=False):
    """What made a review due, besides its trigger, as it is stored; `rules.why_due` says it.

    Days are ISO dates. `words` is what a colleague typed; every other text is of ours. `before` is what had set the date
    before, the latest first, each with its `trigger`. `later`: told when the review had fallen due, or of a day after it,
    so that it is not why the review is due. `undated`: nobody told the day of the act, and `act_on` is that of telling. `left_on`: when the act was taken off the case again; `withdrawn_on`: the breach.
    """

    trigger: str
    act_on: str
    undated: bool
    left_on: str
    on: str
    words: str
    level: str
    agreed: Literal["panel", "review"]
    order: str
    condition: int
    withdrawn_on: str
    ended_by: str
    taken_over_from: str
    later: Literal["told", "ahead"]
    before: list[ReviewReason]


@dataclass(frozen=True)
class Act:
    """One act of a course of conduct, as the rules look at it."""

    at: datetime
    recorded_class: str
    former_partner: bool | None = None
    is_breach: bool = False
    confirmed: bool = True
    behaviours: tuple[str, ...] = ()
    #: Nobody told its day: `at` is when it was told.
    undated: bool = False


@dataclass(frozen=True)
class ScreeningAnswers:
    """What the desk was asked about one allegation. FOUR is asked, never computed; what nobody asked is not known.

    `known_to_staff`: is the subject, or anyone close to them, known to somebody who works here? `class_expected` is
    the class that the force is asked to record instead; `class_kept_because` says why the class stands all the same.
    """

    fixated: Answer = Answer.NOT_KNOWN
    obsessive: Answer = Answer.NOT_KNOWN
    unwanted: Answer = Answer.NOT_KNOWN
    repeated: Answer = Answer.NOT_KNOWN
    immediate_danger: Answer = Answer.NOT_KNOWN
    known_to_staff: Answer = Answer.NOT_KNOWN
    reclassification_asked: bool = False
    class_expected: str = ""
    class_kept_because: str = ""


@dataclass(frozen=True)
class ClassCheck:
    """A class that does not fit the acts: what is expected, in words, and by which rule."""

    expected: str
    says: str
    rule: RecordingRule


def days_apart(first: datetime, last: datetime) -> int:
    """Return how many days lie between two moments on a calendar in London."""
    return (day_of(last) - day_of(first)).days


@dataclass(frozen=True)
class Gap:
    """A stretch of over 30 days between two acts."""

    since: datetime
    until: datetime

    @property
    def days(self) -> int:
        """The days on a calendar in London from the one act to the other."""
        return days_apart(self.since, self.until)


@dataclass(frozen=True)
class CourseOfConduct:
    """The acts of one subject against one victim as a whole.

    `kinds` are pairs of behaviour and count, the most frequent first; of `of_no_kind` acts it is not known. `shortening` is None where too few acts tell.
    """

    acts: int
    first_at: datetime | None
    last_at: datetime | None
    kinds: tuple[tuple[str, int], ...]
    classes: tuple[str, ...]
    breaches: int
    methods_changed: int
    shortening: bool | None
    gaps: tuple[Gap, ...]
    of_no_kind: int = 0
    undated: int = 0

    @property
    def span_days(self) -> int:
        """The days on a calendar in London from the first act to the last, as every chart counts them."""
        if self.first_at is None or self.last_at is None:
            return 0
        return days_apart(self.first_at, self.last_at)


@dataclass(frozen=True)
class Assigning:
    """One case of many to which a colleague is assigned; `why_not` is None where it was, or will be.

    `waits`: somebody else of the colleague's agency has to confirm it first.
    """

    reference: str
    level: str
    why_not: str | None
    waits: bool = False


class CannotStep(ValueError):
    """The case cannot take this step now; `field` names what is missing, the message how to mend it."""

    def __init__(self, field: str, message: str):
        self.field = field
        super().__init__(message)
