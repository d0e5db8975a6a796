"""The words of a case: screening answers, triage outcomes, states, levels and what brings a review forward."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
        return self.rank < Level(other).rank

    def __gt__(self, other: object) -> bool:
        """Compare by danger, never by alphabet."""
        return self.rank > Level(other).rank

    def __le__(self, other: object) -> bool:
        """Compare by danger, never by alphabet."""
        return self.rank <= Level(other).rank

    def __ge__(self, other: object) -> bool:
        """Compare by danger, never by alphabet."""
        return self.rank >= Level(other).rank

    @property
    def label(self) -> str:
        """The level in words."""
        return self.value.replace("_", " ")


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


@dataclass(frozen=True)
class Act:
    """One act of a course of conduct, as the rules look at it."""

    at: datetime
    recorded_class: str
    former_partner: bool | None = None
    is_breach: bool = False
    confirmed: bool = True
    behaviours: tuple[str, ...] = ()


class CannotStep(ValueError):
    """The case cannot take this step now; `field` names what is missing, the message how to mend it."""

    def __init__(self, field: str, message: str):
        self.field = field
        super().__init__(message)
