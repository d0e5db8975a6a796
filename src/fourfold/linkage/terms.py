"""The words of linkage: evidence for and against, a proposal, a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
    """A candidate weighed: total weight in bits, probability, and the evidence field by field."""

    weight: float
    probability: float
    confidence: Confidence | None
    evidence: tuple[Evidence, ...]
