"""The words of the roll-out: facts about an area with their gaps, what it should expect, and what nobody knows."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Area:
    """One police force area as the sources have it; None is a figure that nobody supplied, never zero."""

    code: str
    name: str
    population: int
    population_standing: str
    crimes_2019_20: int | None
    crimes_apr_dec_2020: int | None
    charges_apr_dec_2020: int | None
    orders_applied: int | None
    orders_granted: int | None


@dataclass(frozen=True)
class Observed:
    """What one unit observed: the only counts of its kind that a source gives."""

    what: str
    count: int
    out_of: float
    unit: str
    source: str


@dataclass(frozen=True)
class Range:
    """An expected number a year: the middle and the range that holds it nine times in ten."""

    middle: int
    low: int
    high: int


@dataclass(frozen=True)
class Figure:
    """One line of an estimate: what, how many, on whose number."""

    what: str
    range: Range
    because: str


@dataclass(frozen=True)
class Evidence:
    """What the evaluation says a new area may see, per 100 managed cases, and how sure it is."""

    concluded: str
    certainty: int
    fewer_per_hundred: tuple[float, float, float] | None
    ratio_in_new_area: tuple[float, float, float] | None
    sites: int
    extract_sha256: str = ""


@dataclass(frozen=True)
class AreaEstimate:
    """What an area should expect, with its grounds, its gaps and the recommendation in plain words."""

    area: Area
    figures: tuple[Figure, ...]
    gaps: tuple[str, ...]
    beyond: tuple[str, ...]
    recommendation: tuple[str, ...]
    conditions: tuple[str, ...]
    evidence: tuple[str, ...] = field(default=())


class UnknownArea(ValueError):
    """There is no force area of this code."""

    field = "area"
