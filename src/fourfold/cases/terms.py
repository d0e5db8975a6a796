"""The words of a case: screening answers, triage outcomes, states, levels and what brings a review forward."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, TypedDict
from uuid import UUID

from fourfold.fields import asked, draft
from fourfold.law.terms import RecordingRule
from fourfold.linkage.terms import Traits
from fourfold.words import Word, WordedEnum


class Answer(StrEnum):
    """Yes, no, or not known; not known is never no."""

    YES = "yes"
    NO = "no"
    NOT_KNOWN = "not_known"


class Level(StrEnum):
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
        """Compare by danger, never by alphabet."""
        return self.rank > Level(str(other)).rank

    def __le__(self, other: object) -> bool:
        """Compare by danger, never by alphabet."""
        return self.rank <= Level(str(other)).rank

    def __ge__(self, other: object) -> bool:
        """Compare by danger, never by alphabet."""
        return self.rank >= Level(str(other)).rank

    @property
    def label(self) -> str:
        """The level in words."""
        return Word(self.value.replace("_", " "))


class Outcome(StrEnum):
    """The five exits from triage."""

    ADVICE_ONLY = "advice_only"
    CONSULTATION = "consultation"
    PANEL = "panel"
    DIRECT_MANAGEMENT = "direct_management"
    REDIRECT = "redirect"

    @property
    def opens_case(self) -> bool:
        """Say whether the unit takes the case on."""
        return self in (Outcome.PANEL, Outcome.DIRECT_MANAGEMENT, Outcome.CONSULTATION)


class ReferralAnswer(StrEnum):
    """How a unit has answered a referral, as whoever referred reads it."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"

    @classmethod
    def of(cls, outcome: Outcome | None, *, joined: bool) -> ReferralAnswer:
        """Return the answer that a triage outcome gives; what joined a known case is taken on whatever the outcome."""
        if outcome is None:
            return cls.WAITING
        return cls.ACCEPTED if joined or outcome.opens_case else cls.DECLINED


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
    """What made a review due, beside its trigger, as it is stored; `rules.why_due` says it.

    Days are ISO dates. `words` is what a colleague typed; every other text is of ours. `before` is what had set the date
    before, the latest first, each with its `trigger`.
    """

    trigger: str
    act_on: str
    on: str
    words: str
    level: str
    agreed: Literal["panel", "review"]
    order: str
    condition: int
    ended_by: str
    taken_over_from: str
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
class PastLevel:
    """A level from the time before."""

    level: Level
    set_at: datetime
    set_in: SetBy
    reason: str = ""
    advised: Level | None = None
    advice_from: str = ""
    countersigned_by: UUID | None = None
    set_by: UUID | None = None


@dataclass(frozen=True)
class PastState:
    """A state from the time before."""

    state: State
    entered_at: datetime
    reason: str = ""
    countersigned_by: UUID | None = None
    victim_told_at: datetime | None = None


@dataclass(frozen=True)
class PastReview:
    """A review from the time before: when it was due, and when it was done (None: still open)."""

    due_at: datetime
    set_at: datetime
    trigger: Trigger = Trigger.CLOCK
    reason: ReviewReason = field(default_factory=ReviewReason)
    done_at: datetime | None = None
    done_by: UUID | None = None
    summary: str = ""


@dataclass(frozen=True)
class PastAct:
    """An allegation that belonged to a course of conduct, with what the desk answered and decided about it."""

    allegation: UUID
    happened_at: datetime
    joined_at: datetime
    seriousness: int = 1
    screening: ScreeningAnswers | None = None
    outcome: Outcome | None = None
    reason: str = ""


@dataclass(frozen=True)
class PastCase:
    """A case from the time before, with everything that hangs on it, oldest first. `id` is kept, so that others can
    point to it; `team` are pairs of a member of staff and the kind of relation (`access.terms.RelationKind`)."""

    id: UUID
    site: str
    victim: UUID
    subject: UUID
    opened_at: datetime
    relationship: str = ""
    reference: str = ""
    acts: tuple[PastAct, ...] = ()
    levels: tuple[PastLevel, ...] = ()
    states: tuple[PastState, ...] = ()
    reviews: tuple[PastReview, ...] = ()
    team: tuple[tuple[UUID, str], ...] = ()
    source: str = "taken over"


@dataclass(frozen=True)
class PastTriage:
    """An allegation from the time before that left the desk without a case."""

    allegation: UUID
    outcome: Outcome
    reason: str
    decided_at: datetime
    redirected_to: str = ""
    screening: ScreeningAnswers | None = None
    source: str = "taken over"


@dataclass(frozen=True)
class WhatBecame:
    """What a follow-up found; what nobody could ask is not known."""

    summary: str
    victim_reached: Answer = Answer.NOT_KNOWN
    new_act: Answer = Answer.NOT_KNOWN
    feels_safer: Answer = Answer.NOT_KNOWN


@dataclass(frozen=True)
class ClassCheck:
    """A class that does not fit the acts: what is expected, in words, and by which rule."""

    expected: str
    says: str
    rule: RecordingRule


@dataclass(frozen=True)
class Gap:
    """A stretch of over 30 days between two acts."""

    since: datetime
    until: datetime

    @property
    def days(self) -> int:
        """The whole days of the stretch."""
        return (self.until - self.since) // timedelta(days=1)


@dataclass(frozen=True)
class CourseOfConduct:
    """The acts of one subject against one victim as a whole.

    `kinds` are pairs of behaviour and count, the most frequent first; `shortening` is None where too few acts tell.
    """

    acts: int
    first_at: datetime | None
    last_at: datetime | None
    kinds: tuple[tuple[str, int], ...]
    classes: tuple[str, ...]
    breaches: int
    not_confirmed: int
    methods_changed: int
    shortening: bool | None
    gaps: tuple[Gap, ...]

    @property
    def span_days(self) -> int:
        """The whole days from the first act to the last."""
        if self.first_at is None or self.last_at is None:
            return 0
        return (self.last_at - self.first_at) // timedelta(days=1)


@dataclass(frozen=True)
class Assigning:
    """One case of many to which a colleague is assigned; `why_not` is None where it was, or will be."""

    reference: str
    level: str
    why_not: str | None


class Together(StrEnum):
    """As what reports belong together: one victim and one subject, one subject's victims, one victim's subjects."""

    COURSE = "course"
    SUBJECT = "subject"
    VICTIM = "victim"


class CourseVerdict(StrEnum):
    """What somebody said of a possible course of conduct."""

    STALKING = "stalking"
    NOT_STALKING = "not_stalking"
    CANNOT_SAY = "cannot_say"


@dataclass(frozen=True, slots=True)
class Report:
    """One report as the rules that look for courses see it: who it tells of, as told or as confirmed, and when.

    `victim_is` and `subject_is` are people on record whom somebody confirmed (None: nobody has); `not_victims` and
    `not_subjects` those of whom somebody said that it is not about them. `source` is the force or partner that told.
    """

    id: UUID
    site: str
    at: datetime
    victim: Traits = field(default_factory=Traits)
    subject: Traits = field(default_factory=Traits)
    victim_is: UUID | None = None
    subject_is: UUID | None = None
    not_victims: frozenset[UUID] = frozenset()
    not_subjects: frozenset[UUID] = frozenset()
    pair: str = ""  # which two of its people: nothing for its first victim and its first subject

    @property
    def telling(self) -> Telling:
        """Return what it says of its two people."""
        return Telling(self.id, self.pair, self.victim.name, self.subject.name)


@dataclass(frozen=True)
class Telling:
    """What one report says of one victim and one subject: their names as told, and which two of its people they are."""

    act: UUID
    pair: str
    victim: str
    subject: str


@dataclass(frozen=True)
class Thread:
    """Reports that may be one course of conduct: of one victim and one subject (None: nobody is named in any).

    `victim` and `subject` number the people among the reports that were looked at. `acts` are against her, oldest
    first; `third` against somebody close to the victim, by the same subject; `unnamed` of the acts name nobody; `told` is what
    each act says of the two.
    """

    victim: int
    subject: int | None
    acts: tuple[UUID, ...]
    third: tuple[UUID, ...] = ()
    unnamed: int = 0
    told: tuple[Telling, ...] = ()


@dataclass(frozen=True)
class Several:
    """Reports of one person beside several others: one subject's against several victims, or the other way round.

    `told` is what the reports say, oldest first; `others` numbers the person on the other side of each (None: not told).
    """

    kind: Together
    told: tuple[Telling, ...]
    others: tuple[int | None, ...]

    @property
    def acts(self) -> tuple[UUID, ...]:
        """The reports, each once."""
        return tuple(dict.fromkeys(one.act for one in self.told))


@dataclass(frozen=True)
class Belonging:
    """What was found among reports: possible courses, and who is told of with several others."""

    threads: tuple[Thread, ...]
    several: tuple[Several, ...]


@dataclass(frozen=True)
class LookedAt:
    """One report of a possible course as the rules look at it for what it may have been recorded wrongly."""

    act: Act
    included: tuple[str, ...] = ()
    source: str = ""
    names_subject: bool = False
    dangers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Why:
    """One reason for which reports look like stalking, in words, and its points in the order of the list."""

    says: str
    points: int


@draft
class LevelDraft:
    """A level as somebody sets it, or as they ask a colleague to sign it first (`ask`)."""

    level: Level = asked(missing="Choose a level")
    reason: str
    for_want_of_capacity: bool
    ask: bool
    version: int | None = asked(most=10**9)


@draft
class ReviewDraft:
    """What a review found, and the level it leaves."""

    level: Level | None
    summary: str
    reason: str
    version: int | None = asked(most=10**9)


@draft
class EventDraft:
    """Something that happened, or will on a day."""

    trigger: Trigger = asked(missing="Choose what happened")
    words: str
    happens_at: datetime | None


@draft
class CloseDraft:
    """Why a case may close, and when the victim was told."""

    reason: str
    victim_told_at: datetime | None
    version: int | None = asked(most=10**9)


class CannotStep(ValueError):
    """The case cannot take this step now; `field` names what is missing, the message how to mend it."""

    def __init__(self, field: str, message: str):
        self.field = field
        super().__init__(message)
