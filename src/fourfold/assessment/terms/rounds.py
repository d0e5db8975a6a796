"""Several people rate one case on the same form: each alone, then together, then one record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from fourfold.cases.terms import Level
from fourfold.words import WordedEnum


class RoundPhase(WordedEnum):
    INDEPENDENT = "independent", "everyone rates alone"
    CONSOLIDATING = "consolidating", "the ratings are open"
    DECIDED = "decided", "the record is agreed"


@dataclass(frozen=True)
class Rater:
    """Who is asked to rate: a person, or whoever of a profession takes the seat."""

    profession: str
    staff: UUID | None = None


@dataclass(frozen=True)
class SeatNow:
    """A seat of a round as the rules look at it: whom it was kept for, and who has signed in it."""

    id: UUID
    profession: str
    staff: UUID | None = None
    signed_by: UUID | None = None


class Compared(StrEnum):
    """How the ratings of one question stand to each other. None of them is a fault: two are a conversation to have.

    `open_for_some`: one knows what another does not. `words`: answered in words, to be read beside each other.
    """

    SAME = "same"
    DIFFERENT = "different"
    OPEN_FOR_SOME = "open_for_some"
    OPEN_FOR_ALL = "open_for_all"
    WORDS = "words"

    @property
    def is_conversation(self) -> bool:
        return self in (Compared.DIFFERENT, Compared.OPEN_FOR_SOME)


@dataclass(frozen=True)
class Rating:
    """One rater's record as it is laid beside the others': what was said at each field, the level, and when."""

    profession: str
    answers: Mapping[str, str]
    settled: frozenset[str]
    level: Level | None
    signed_at: datetime
