"""What is computed from answers, and the cited figures that a result is held against."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fourfold.assessment.terms.conditions import Condition
from fourfold.assessment.terms.questions import Coding, Expression
from fourfold.assessment.terms.vocabulary import Direction, MissingRule, NormKind, Provenance, ScoreKind
from fourfold.cases.terms import Level


@dataclass(frozen=True)
class ScoreItem:
    """One term of a score: an answered field or another score, its weight, and whether its scale is turned round."""

    field: str = ""
    weight: Decimal = Decimal(1)
    reverse: bool = False
    score: str = ""


@dataclass(frozen=True)
class Missing:
    """What may be done about unanswered terms, and of how many at most. Nothing, unless a definition says so."""

    rule: MissingRule = MissingRule.NONE
    at_most: int = 0
    verified: bool = True


@dataclass(frozen=True)
class Exclusion:
    """Terms that do not count while a condition holds (having left somebody one never lived with)."""

    fields: tuple[str, ...]
    when: Condition


@dataclass(frozen=True)
class Cluster:
    """A part of a pattern: at least `at_least` of these fields have a value of at least `counts_from`."""

    key: str
    of: tuple[str, ...]
    at_least: int
    counts_from: Decimal


@dataclass(frozen=True)
class Score:
    """One computed figure over an explicit list of terms: never *every item that happens to have a weight*.

    `lowest` and `highest` are what is published, and are checked against what the terms can give. `factor`
    multiplies the sum (WHO-5), `table` turns it into another metric (SWEMWBS), `clusters` make a pattern (PCL-5),
    `gate` is the condition under which counting begins (PC-PTSD-5), `counts_from` the value from which an answer
    counts, where affirming is not enough to say so. An unconfirmed score, such as one read from a file, gives no
    result until somebody answers for it.
    """

    key: str
    title: str
    direction: Direction
    lowest: Decimal
    highest: Decimal
    items: tuple[ScoreItem, ...] = ()
    kind: ScoreKind = ScoreKind.SUM
    missing: Missing = Missing()
    exclusions: tuple[Exclusion, ...] = ()
    factor: Decimal = Decimal(1)
    table: tuple[tuple[Decimal, Decimal], ...] = ()
    clusters: tuple[Cluster, ...] = ()
    gate: Condition | None = None
    counts_from: Decimal | None = None
    algorithm: str = ""
    expression: Expression | None = None
    codes: tuple[Coding, ...] = ()
    confirmed: bool = True
    verified: bool = True
    source: str = ""


@dataclass(frozen=True)
class Band:
    """A named stretch of a score, both ends included, whose cut-off it is, and for whom it was found."""

    score: str
    lowest: Decimal
    highest: Decimal
    label: str
    provenance: Provenance
    population: str = ""
    citation: str = ""
    verified: bool = True
    level: Level | None = None

    def holds(self, value: Decimal) -> bool:
        return self.lowest <= value <= self.highest


@dataclass(frozen=True)
class Norm:
    """A cited figure for reading a score: a cut-off, or how much change is more than chance.

    `value` is the figure itself, in points of the score; `sd`, `r` (of which `r_type`) and `z` are what a reliable
    change is computed from; `mean` is the mean of the population. Several may stand beside each other: the unit
    chooses one before it sees the data.
    """

    key: str
    score: str
    kind: NormKind
    population: str
    citation: str
    verified: bool
    value: Decimal | None = None
    mean: Decimal | None = None
    sd: Decimal | None = None
    r: Decimal | None = None
    r_type: str = ""
    z: Decimal | None = None
    valid_from: date | None = None
