"""The words of linkage: evidence for and against, a proposal, a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from fourfold.people.terms import MarkKind, Part


class Verdict(StrEnum):
    """What a person decided about a proposal."""

    SAME = "same"
    NOT_SAME = "not_same"
    CANNOT_SAY = "cannot_say"


class Confidence(StrEnum):
    """How strongly the evidence speaks, in words for the desk."""

    STRONG = "strong"
    PROBABLE = "probable"
    POSSIBLE = "possible"


@dataclass(frozen=True)
class Evidence:
    """One field compared: as told, on record, how it compares, and its weight in bits (for > 0, against < 0)."""

    field: str
    as_told: str
    on_record: str
    comparison: str
    weight: float


@dataclass(frozen=True)
class Comparison:
    """A candidate weighed: total weight in bits, probability, and the evidence field by field.

    `confidence` of None: too weak to propose.
    """

    weight: float
    probability: float
    confidence: Confidence | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Traits:
    """What tells a person apart, as told or on record. What is empty is not known, and weighs nothing.

    `marks` are pairs of kind and normalised key: telephones, mailboxes, addresses, cars, accounts.
    """

    name: str = ""
    birth_on: date | None = None
    sex: str = ""
    marks: frozenset[tuple[MarkKind, str]] = frozenset()

    def of(self, kind: MarkKind) -> frozenset[str]:
        """Return the keys of one kind."""
        return frozenset(key for each, key in self.marks if each == kind)


@dataclass(frozen=True)
class Heard:
    """A word of a name that may be the family name: how it sounds, and the first letters of the other words."""

    sound: str
    initials: tuple[str, ...] = ()


@dataclass(frozen=True)
class Blocks:
    """Where to look for candidates: how the name sounds, days of birth, and keys of numbers and addresses."""

    heard: tuple[Heard, ...] = ()
    births: tuple[date, ...] = ()
    marks: frozenset[tuple[MarkKind, str]] = frozenset()

    @property
    def sounds(self) -> tuple[str, ...]:
        """How each word of the name sounds."""
        return tuple(each.sound for each in self.heard)


@dataclass(frozen=True)
class Weight:
    """How often two records of one person agree in this way (`m`), and how often those of two people do (`u`)."""

    m: float
    u: float


@dataclass(frozen=True)
class Weights:
    """The weights of every way in which two records compare, and the share of candidates who are the person."""

    prior: float
    fields: Mapping[str, Mapping[str, Weight]]


@dataclass(frozen=True)
class Candidate:
    """Somebody on record whom an allegation may concern, with what speaks for and against."""

    id: UUID
    part: Part
    name: str
    birth_on: date | None
    comparison: Comparison
    verdict: Verdict | None = None


@dataclass(frozen=True)
class MatchNow:
    """What was decided about one part of an allegation and stands, or stood until it was undone."""

    id: UUID
    part: Part
    verdict: Verdict
    person: UUID | None
    name: str
    reason: str
    decided_at: datetime
    decided_by: UUID
    undone_at: datetime | None = None
    undone_because: str = ""


@dataclass(frozen=True)
class PastMatch:
    """A decision from the time before: whom an allegation concerned. One of `victim` and `subject` is set."""

    allegation: UUID
    decided_at: datetime
    victim: UUID | None = None
    subject: UUID | None = None
    verdict: Verdict = Verdict.SAME
    reason: str = ""
    id: UUID | None = None
    source: str = "taken over"


@dataclass(frozen=True)
class Trained:
    """What a training found: how many records it saw, and the weights."""

    records: int
    weights: Weights = field(repr=False)


class CannotMatch(ValueError):
    """The decision cannot be kept as it stands; `field` names where, the message how to mend it."""

    def __init__(self, field: str, message: str):
        self.field = field
        super().__init__(message)


class InvalidWeights(ValueError):
    """A file of weights cannot be used; the message names the entry and how to mend it."""
