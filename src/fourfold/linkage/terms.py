"""The words of linkage: evidence for and against, a proposal, a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from fourfold.fields import asked, draft
from fourfold.people.terms import MarkKind, Part, ThirdRole
from fourfold.words import WordedEnum, counted, sentence


class Verdict(WordedEnum):
    """What a person decided about a proposal."""

    SAME = "same", "same person"
    NOT_SAME = "not_same", "not the same person"
    CANNOT_SAY = "cannot_say"
    PROBABLY = "probably", "probably this person"
    PERHAPS = "perhaps", "perhaps this person"
    THIRD = "third_party", "a third party, not the victim"

    @property
    def is_thought(self) -> bool:
        """Whether somebody thinks so without confirming it: it counts as possible, and as nothing more."""
        return self in (Verdict.PROBABLY, Verdict.PERHAPS)


class Sure(WordedEnum):
    """How sure it is that somebody on record is meant, the surest first: confirmed by a person, thought, or found by rules."""

    CONFIRMED = "confirmed"
    PROBABLY = "probably", "probably, as somebody thinks"
    LIKELY = "likely"
    PERHAPS = "perhaps", "perhaps, as somebody thinks"
    POSSIBLE = "possible"

    @property
    def rank(self) -> int:
        """The place of it, 0 for confirmed."""
        return _SUREST[self]

    @property
    def counts(self) -> bool:
        """Whether it is enough that how soon somebody must act follows from it."""
        return self is not Sure.POSSIBLE


_SUREST = {each: place for place, each in enumerate(Sure)}


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

    `confidence` of None: too weak to propose. `levels` says of each field that both sides know how it compares.
    """

    weight: float
    probability: float
    confidence: Confidence | None
    evidence: tuple[Evidence, ...]
    levels: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Traits:
    """What tells a person apart, as told or on record. What is empty is not known, and weighs nothing.

    `marks` are pairs of kind and normalised key: telephones, email addresses, addresses, cars, accounts, other names.
    """

    name: str = ""
    birth_on: date | None = None
    sex: str = ""
    marks: frozenset[tuple[MarkKind, str]] = frozenset()

    def of(self, kind: MarkKind) -> frozenset[str]:
        return frozenset(key for each, key in self.marks if each == kind)

    @property
    def names(self) -> tuple[str, ...]:
        """The name, and behind it every other name in the order of the alphabet."""
        return (self.name, *sorted(self.of(MarkKind.OTHER_NAME))) if self.marks else (self.name,)


@dataclass(frozen=True)
class Weight:
    """How often two records of one person agree in this way (`m`), and how often those of two people do (`u`)."""

    m: float
    u: float


@dataclass(frozen=True)
class Thresholds:
    """From which probability a candidate is called so. Below the last nothing is proposed."""

    strong: float = 0.99
    probable: float = 0.80
    possible: float = 0.02


@dataclass(frozen=True)
class Card:
    """Where a model comes from: its version, what it was trained on, how many records, and their SHA-256."""

    version: str = "by hand"
    trained_on: str = ""
    records: int = 0
    sha256: str = ""


@dataclass(frozen=True)
class Weights:
    """The weights of every way in which two records compare, and the share of candidates who are the person.

    `common` names the names that more than one in a few thousand people bear, with their share: agreeing on one of
    them says less. `thresholds` are the probabilities from which a candidate is called strong, probable, possible.
    """

    prior: float
    fields: Mapping[str, Mapping[str, Weight]]
    common: Mapping[str, float] = field(default_factory=dict, repr=False)
    thresholds: Thresholds = Thresholds()
    card: Card = Card()


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
class ToConfirm:
    """A link that stands provisionally: which part of which allegation, who it may be, and how sure it is."""

    proposal: UUID
    allegation: UUID
    reference: str
    part: Part
    person: UUID
    name: str
    birth_on: date | None
    probability: float
    agrees: tuple[str, ...]
    proposed_at: datetime


@dataclass(frozen=True)
class TwoRecords:
    """Two records side by side: how they compare, and what stands decided and was decided about their being one.

    `waits`: that somebody asked that two victims' records are merged, which a colleague has to sign.
    """

    part: Part
    one: UUID
    other: UUID
    names: tuple[str, str]
    births: tuple[date | None, date | None]
    comparison: Comparison
    are_one: bool
    decided: tuple[JoinedOrParted, ...]
    kept_apart: tuple[JoinedOrParted, ...] = ()
    waits: JoinedOrParted | None = None

    @property
    def are_kept_apart(self) -> bool:
        """Return whether somebody found that they are two people, and nobody undid it."""
        return any(each.undone_at is None for each in self.kept_apart)


@dataclass(frozen=True)
class JoinToSign:
    """Two victims' records that somebody asked to merge, for a colleague who has to sign."""

    one: UUID
    other: UUID
    names: tuple[str, str]
    asked_at: datetime


@dataclass(frozen=True)
class JoinedOrParted:
    """That two records were found to be one person, or to be two: by whom and why, and the same of its undoing."""

    decided_at: datetime
    decided_by: UUID
    reason: str
    undone_at: datetime | None
    undone_by: UUID | None
    undone_because: str
    signed_by: UUID | None = None


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
    #: Whether the person has a name; a subject whom nobody can name yet has none.
    named: bool = True
    #: Where it is a third party: which one.
    role: ThirdRole | None = None


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


@dataclass(frozen=True)
class SamePair:
    """Two records that may be one person, the smaller identifier first."""

    part: Part
    first: UUID
    second: UUID
    comparison: Comparison

    @property
    def key(self) -> tuple[UUID, UUID]:
        """What makes it the same as one that was found before."""
        return self.first, self.second


@dataclass(frozen=True)
class Crowd:
    """What so many people of a part give that it was not used, or not used to compare all of them with each other."""

    part: Part
    kind: MarkKind
    people: int

    @property
    def said(self) -> str:
        """What the list of who may be one person leaves out because of it."""
        of = counted(self.people, "victim") if self.part is Part.VICTIM else counted(self.people, "subject")
        if self.kind is MarkKind.PHONE:
            return sentence("{1} share a telephone number under so many names that nobody was compared by it", of)
        return sentence("{1} share one {2}: not all of them were compared by it", of, self.kind.words)


@dataclass(frozen=True)
class LookedForSame:
    """What a look at everybody found: how many pairs stand, how many of them are new, and how many ended."""

    standing: int
    new: int
    ended: int
    crowds: tuple[Crowd, ...] = ()


@dataclass(frozen=True)
class MayBeOne:
    """Two records that may be one person, on a list: who, and how likely."""

    id: UUID
    part: Part
    one: UUID
    other: UUID
    called: tuple[str, str]
    births: tuple[date | None, date | None]
    probability: float
    found_at: datetime


class CannotMatch(ValueError):
    """The decision cannot be kept as it stands; `field` names where, the message how to mend it."""

    def __init__(self, field: str, message: str):
        self.field = field
        super().__init__(message)


class InvalidWeights(ValueError):
    """A file of weights cannot be used; the message names the entry and how to mend it."""


@draft
class RecordsDraft:
    """What somebody found of two records (`found` "two": they are not one person), and how they know."""

    reason: str = asked(missing="Say how you know", longest=300)
    found: str
