"""What is taken over from the time before, case by case."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from fourfold.cases.terms.case import Level, Outcome, ReviewReason, ScreeningAnswers, SetBy, State, Trigger


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
