"""The evidence of a match as its tables take it: what speaks for and against, the loudest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fourfold.linkage.terms import Candidate, TwoRecords
from fourfold.web.components.words import in_words
from fourfold.words import named, opening, sentence

MOST_WEIGHT = 3


@dataclass(frozen=True)
class EvidenceRow:
    """One field of a comparison, as the evidence table takes it: weight from -3 to 3, None where nothing is known."""

    field: str
    as_told: str
    on_record: str
    weight: float | None
    speaks: str


def evidence(candidate: Candidate) -> list[EvidenceRow]:
    """Return what speaks for and against a candidate, as the table takes it; bits become seven steps."""
    return [
        EvidenceRow(
            opening(named(one.field)),
            one.as_told,
            one.on_record,
            None if not one.as_told or not one.on_record else max(-MOST_WEIGHT, min(MOST_WEIGHT, one.weight / 3)),
            in_words(one.comparison),
        )
        for one in _loudest_first(candidate)
    ]


@dataclass(frozen=True)
class Side:
    """One field of two records side by side; `loud` where they differ, `says` with its weight in bits."""

    field: str
    as_told: str
    on_record: str
    says: str
    bits: str
    loud: bool


def _weight_said(weight: float) -> str:
    if weight == 0:
        return ""
    bits = f"{abs(weight):.1f}"
    return sentence("evidence for: {1}", bits) if weight > 0 else sentence("evidence against: {1}", bits)


def sides(candidate: Candidate | TwoRecords) -> list[Side]:
    """Return the fields of a comparison, those that differ first."""
    evidence = sorted(candidate.comparison.evidence, key=lambda one: (one.weight >= 0, one.weight == 0))
    return [
        Side(
            opening(named(one.field)),
            one.as_told,
            one.on_record,
            one.comparison,
            _weight_said(one.weight),
            loud=one.weight < 0,
        )
        for one in evidence
    ]


def _loudest_first(candidate: Candidate) -> Iterable[Any]:
    return sorted(candidate.comparison.evidence, key=lambda one: -abs(one.weight))
