"""The words of the panel: phases, views, and what a decision must answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Phase(StrEnum):
    """Where an item stands: each gives a view alone, then all open, then one decision."""

    INDEPENDENT = "independent"
    CONSOLIDATING = "consolidating"
    DECIDED = "decided"


class Strand(StrEnum):
    """The four strands of a plan."""

    PSYCHOLOGICAL = "psychological"
    SOCIAL = "social"
    LEGAL = "legal"
    VICTIM_SAFETY = "victim_safety"

    @property
    def label(self) -> str:
        """The strand in words."""
        return self.value.replace("_", " ")


class OrderConsidered(StrEnum):
    """Whether a stalking protection order is sought; the reason is asked for either way."""

    YES = "yes"
    NO = "no"


@dataclass(frozen=True)
class MeasureDraft:
    """A measure before it is decided: who owns it and by when."""

    strand: Strand
    what: str
    owner_partner: str
    owner: str = ""
    due_on: date | None = None
    tell_victim_first: bool = False


@dataclass(frozen=True)
class DecisionDraft:
    """A decision before it is recorded; `rules.why_not_decide` says what is missing."""

    formulation: str
    level: str
    victim_safety: str
    order_considered: str
    order_reason: str
    measures: tuple[MeasureDraft, ...] = ()
    alternatives_rejected: str = ""
    dissent: str = ""
    authority: str = ""
    review_on: date | None = None


class CannotDecide(ValueError):
    """The decision cannot be recorded; `field` names what is missing, the message how to mend it."""

    def __init__(self, field: str, message: str):
        self.field = field
        super().__init__(message)
