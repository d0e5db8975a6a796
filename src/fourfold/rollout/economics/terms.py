"""The words of cost and effect: a row of the price list, a team, what is known of the effect, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fourfold.fields import Unfit, asked, draft
from fourfold.words import words

if TYPE_CHECKING:
    from fourfold.stats.inputs import FloatArray

PROFESSIONS: Mapping[str, str] = words(
    {"police": "police", "psychology": "psychology", "outreach": "outreach", "advocacy": "advocacy"}
)
GROUPS: Mapping[str, str] = words(
    {"pay": "Pay", "hours": "Hours of work", "overheads": "Other costs", "benefits": "What a further act costs"}
)
#: What the yearly cost is made of, in the order in which it is said.
HEADINGS: Mapping[str, str] = words(
    {
        "staff": "Staff of the unit",
        "referrals": "Overheads of referrals",
        "sessions": "Sessions of direct work",
        "orders": "Protection orders",
        "premises": "Premises and supervision",
        "set_up": "Setting up, a year’s share",
    }
)


@dataclass(frozen=True)
class Row:
    """One row of the price list: low and high hold nine in ten, and whose word it is.

    `years` are the financial years (by the one in which they begin) of whose prices low, central and high are; empty for
    hours and shares. `said_by` names who changed the row, and is empty for what ships. `assumed`: no source has it.
    """

    code: str
    group: str
    what: str
    unit: str
    low: float
    central: float
    high: float
    years: tuple[int, int, int] | tuple[()]
    source: str
    as_of: str
    licence: str
    assumed: bool
    fault: str
    said_by: str = ""

    @property
    def is_money(self) -> bool:
        return bool(self.years)


@dataclass(frozen=True)
class Change:
    """A row as somebody says it is instead, in the prices of `year` where it is money, and who says so."""

    code: str
    low: float
    central: float
    high: float
    year: int
    said_by: str


@draft
class CostLooked:
    """A row of the price list as it may be for one area, to see what that would change; figures as typed."""

    low: str = asked(missing="Give the low figure", longest=30)
    central: str = asked(missing="Give the central figure", longest=30)
    high: str = asked(missing="Give the high figure", longest=30)
    year: int | None = asked(least=2000, most=2100)


@draft
class CostDraft(CostLooked):
    """The same, and who says so."""

    said_by: str = asked(missing="Say who gives these figures, or where they are published", longest=300)


@dataclass(frozen=True)
class Team:
    """Full-time posts by profession, and why so many.

    `carries`: the share of the work that they do, where the unit was simulated; otherwise the price list's hours say it.
    """

    posts: Mapping[str, float]
    because: str
    carries: float | None = None

    @property
    def total(self) -> float:
        return sum(self.posts.values())


@dataclass(frozen=True)
class Known:
    """What a new area may see, from the predictive distribution of a released evaluation; logarithms of hazard ratios.

    `without`: share with another act within the horizon had nobody been managed.
    """

    log_ratios: tuple[float, ...]
    standard_errors: tuple[float, ...]
    without: float
    certainty: int
    asked: int
    ratio: tuple[float, float, float]
    by_prior: tuple[tuple[float, float, float, float], ...]
    source: str


@dataclass(frozen=True)
class Unknown:
    """Why no number is given for the effect: only scenarios are."""

    why: tuple[str, ...]


@dataclass(frozen=True)
class Quantity:
    """A figure with its range (nine in ten) and its curve: at most `value` with the chance `share`."""

    what: str
    middle: float
    low: float
    high: float
    curve: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Bar:
    """What moves the result: a row at its low and at its high, everything else in the middle."""

    code: str
    what: str
    at_low: float
    at_high: float

    @property
    def width(self) -> float:
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True)
class Step:
    """One term of a bridge, in whole pounds; `total` is what stands after it. Terms add up exactly."""

    what: str
    change: int
    total: int


@dataclass(frozen=True)
class Scenario:
    """What it would mean if so many of 100 managed cases were spared another act: no forecast."""

    of_100: int
    spared: Quantity
    cost_each: float | None
    net: Quantity


@dataclass(frozen=True)
class Worth:
    """What knowing something would be worth before choosing, in pounds a year (of a study: over the years), and the standard error.

    `curve`: the chance that choosing anew gains at most so much in a year drawn, whose mean the worth is. `made` are the terms that
    add up to it: of knowing everything by the option that turns out best, of one thing from knowing everything.
    """

    code: str
    what: str
    a_year: float
    error: float
    curve: tuple[tuple[float, float], ...] = ()
    made: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Decision:
    """Acting now against waiting for another evaluated site, over the years that are planned for.

    `study` is what its result would be worth, `lost` the net benefit of the year waited; both today's pounds. `made`: the same two
    with their curves and what they are made of; of a loss of nothing there is none.
    """

    study: float
    lost: float
    years: int
    made: tuple[Worth, ...] = ()

    @property
    def waits(self) -> bool:
        return self.study > self.lost


@dataclass(frozen=True, eq=False)
class Draws:
    """The draws (draws,) behind every figure, with their seed: pounds a year, cases, and each row's values."""

    seed: int
    cost: FloatArray
    served: FloatArray
    spared: FloatArray | None
    net: FloatArray | None
    values: Mapping[str, FloatArray]


@dataclass(frozen=True, eq=False)
class Analysis:
    """Everything that is said of the cost and the effect of one team in one place for a year."""

    price_year: int
    team: Team
    rows: tuple[Row, ...]
    effect: Known | Unknown
    draws: Draws
    cost: Quantity
    first_year: Quantity
    headings: tuple[Quantity, ...]
    rates: Mapping[str, float]
    served: Quantity
    per_case: Quantity
    spared: Quantity | None
    benefit: Quantity | None
    net: Quantity | None
    breaks_even: float | None
    tornado: tuple[Bar, ...]
    centre: float
    bridge: tuple[Step, ...]
    scenarios: tuple[Scenario, ...]
    notes: tuple[str, ...] = ()
    # Of an effect that is known.
    cost_each: float | None = None
    chance: float | None = None
    acceptability: tuple[tuple[float, float, float, str], ...] = ()
    perfect: float | None = None
    partial: tuple[Worth, ...] = ()
    decision: Decision | None = None


class CostRefused(Unfit):
    """A cost, a team or a budget that cannot be one."""
