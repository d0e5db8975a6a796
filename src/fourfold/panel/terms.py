"""The words of the panel: phases, views, and what a decision must answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from fourfold.cases.terms import Answer, Level


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


class Certainty(StrEnum):
    """How sure somebody is of a view."""

    UNSURE = "unsure"
    FAIRLY_SURE = "fairly_sure"
    SURE = "sure"

    @property
    def label(self) -> str:
        """The certainty in words."""
        return self.value.replace("_", " ")


@dataclass(frozen=True)
class MeasureDraft:
    """A measure before it is decided: who owns it and by when.

    `direct_work` marks psychological work with the subject; an assessment of the subject, or advice to a team, is
    not direct work.
    """

    strand: Strand
    what: str
    owner_partner: str
    owner: UUID | None = None
    due_on: date | None = None
    tell_victim_first: bool = False
    direct_work: bool = False


@dataclass(frozen=True)
class DecisionDraft:
    """A decision before it is recorded; `rules.why_not_decide` says what is missing.

    `level` and `order_considered` are the values of `Level` and `OrderConsidered`, empty while nobody has answered.
    """

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
    level_reason: str = ""
    under_investigation: Answer = Answer.NOT_KNOWN


@dataclass(frozen=True)
class ViewGiven:
    """A view as the rules look at it: whose, of which profession, which level, and whether given alone."""

    staff: UUID
    profession: str
    level: Level | None = None
    independent: bool = True


@dataclass(frozen=True)
class Table:
    """What the panel stands on when it decides: the phase, the site's rules, who spoke, what was advised.

    `advised` is the level that the site's rules and the assessments advise, `in_force` the level of the case; either
    may be None. `partners` are the agencies of the unit, `today` the day of the decision; `review_by` gives for each
    level the last day on which the site's clock lets the next review fall.
    """

    phase: Phase
    quorum: tuple[str, ...]
    views: tuple[ViewGiven, ...]
    partners: frozenset[str]
    today: date
    therapy_while_investigated: bool
    review_by: Mapping[Level, date] = field(default_factory=dict)
    advised: Level | None = None
    in_force: Level | None = None
    gate_source: str = ""
    second_signature: bool = False


@dataclass(frozen=True)
class Gap:
    """What a decision still lacks: the field, and how to mend it."""

    field: str
    message: str


@dataclass(frozen=True)
class Signs:
    """What is known of a case when its item is called: what the rules' advice is drawn from.

    `tools` are pairs of an assessment's title and its advised level (None: nothing could be advised); `stale` and
    `missing` name assessments that no longer, or do not yet, speak for the present. `acts_90` are the acts of the
    last 90 days, `shortening` says whether they come closer together; None means that it cannot be told.
    """

    tools: tuple[tuple[str, Level | None], ...] = ()
    stale: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    critical: tuple[str, ...] = ()
    in_force: Level | None = None
    acts: int = 0
    acts_90: int = 0
    breaches: int = 0
    shortening: bool | None = None


@dataclass(frozen=True)
class Advice:
    """What the site's rules suggest, with the reasons; it may ask for more than the panel thought of, never less."""

    level: Level | None
    reasons: tuple[str, ...]
    measures: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()


@dataclass(frozen=True)
class PastView:
    """A view that was given in an earlier sitting, as it is taken over."""

    staff: UUID
    profession: str
    level: str
    position: str
    given_at: datetime
    proposes: str = ""
    independent: bool = True


@dataclass(frozen=True)
class PastDecision:
    """A decision of an earlier sitting with its views and measures, as it is taken over."""

    case: UUID
    site: str
    starts_at: datetime
    chair: UUID
    decided_at: datetime
    draft: DecisionDraft
    views: tuple[PastView, ...] = ()
    quorum: tuple[str, ...] = field(default=())


class CannotConvene(ValueError):
    """The sitting cannot be called; `field` names what is wrong, the message how to mend it."""

    def __init__(self, field: str, message: str):
        self.field = field
        super().__init__(message)


class CannotGiveView(CannotConvene):
    """The view cannot be kept."""


class CannotDecide(ValueError):
    """The decision cannot be recorded; `gaps` names everything that is missing, `field` the first of them."""

    def __init__(self, *gaps: Gap):
        self.gaps = gaps
        self.field = gaps[0].field
        super().__init__(gaps[0].message)
