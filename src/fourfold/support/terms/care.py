"""The words of her care: consent, the steps of her safety plan, entitlements, satisfaction, and others at risk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from fourfold.words import Word, words


class ConsentState(StrEnum):
    """What she said when she was asked, or that somebody acted without her yes."""

    ASKED = "asked"
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    OVERRIDDEN = "overridden"


class ConsentMatter(StrEnum):
    """What she is asked to agree to."""

    UNIT = "unit"
    DIARY = "diary"
    CONFIDENCE = "confidence"
    REFERRAL = "referral"
    EMPLOYER = "employer"
    EVALUATION = "evaluation"

    @property
    def words(self) -> str:
        """The matter, as it is put to her."""
        return CONSENT_WORDS[self]


CONSENT_WORDS = words(
    {
        ConsentMatter.UNIT: "the unit works on the case together",
        ConsentMatter.DIARY: "diary entries go to the unit",
        ConsentMatter.CONFIDENCE: "what the advocate was told in confidence is passed on",
        ConsentMatter.REFERRAL: "referral to another service",
        ConsentMatter.EMPLOYER: "contact with an employer, school or landlord",
        ConsentMatter.EVALUATION: "use of answers to learn what protects people",
    }
)


class StepOutcome(StrEnum):
    """What a review found of one step of her safety plan."""

    WORKS = "works"
    CHANGED = "changed"
    FAILED = "failed"
    NOT_NEEDED = "not_needed"

    @property
    def words(self) -> str:
        """The finding as a list says it."""
        return STEP_WORDS[self]


STEP_WORDS = words(
    {
        StepOutcome.WORKS: "works and stays in place",
        StepOutcome.CHANGED: "was changed",
        StepOutcome.FAILED: "does not work",
        StepOutcome.NOT_NEEDED: "is no longer needed",
    }
)

#: A step that stands needs a next review; one that ended does not.
STANDS = frozenset({StepOutcome.WORKS, StepOutcome.CHANGED, StepOutcome.FAILED})


class EntitlementAnswer(StrEnum):
    """What became of something she is entitled to."""

    OFFERED = "offered"
    TAKEN_UP = "taken_up"
    DECLINED = "declined"
    NOT_YET = "not_yet"

    @property
    def words(self) -> str:
        """The answer as a list says it."""
        return Word(self.value.replace("_", " "))


class AtRiskKind(StrEnum):
    """How somebody else at risk stands to her."""

    CHILD = "child"
    PARTNER = "partner"
    FAMILY = "family"
    COLLEAGUE = "colleague"
    FRIEND = "friend"
    NEIGHBOUR = "neighbour"
    OTHER = "other"


class AtRiskStepKind(StrEnum):
    """What was done for somebody else at risk."""

    SEEN = "seen"
    REFERRED = "referred"
    PLANNED = "planned"
    REVIEWED = "reviewed"
    ENDED = "ended"


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
        """Return whether it counts on this day."""
        return self.from_on <= on and (self.until_on is None or on < self.until_on)


@dataclass(frozen=True)
class AtRiskTold:
    """What is known of somebody else at risk. Where they are does not stand here."""

    name: str
    kind: AtRiskKind
    risk: str
    birth_year: int | None = None
    lives_with_her: bool | None = None
    review_on: date | None = None
