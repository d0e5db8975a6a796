"""The words of an order: who may start, with what means, and what an order of starts brings, costs and teaches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fourfold.fields import Unfit, asked, draft
from fourfold.words import Word, WordedEnum

#: Areas start at the beginning of a half-year.
STEPS_A_YEAR = 2


class Rule(WordedEnum):
    """What decides who starts first."""

    LEARN = "learn", "learn most"
    LARGEST = "largest", "largest first"
    NEEDIEST = "neediest", "neediest first"
    CHEAPEST = "cheapest", "cheapest first"


class Profession(WordedEnum):
    """Whose training takes so long that their number bounds a roll-out."""

    PSYCHOLOGISTS = "psychologists"
    ADVOCATES = "advocates"
    OFFICERS = "officers"


@dataclass(frozen=True)
class Candidate:
    """A place that may start: what is expected there in a year, what a unit costs, and whom it needs.

    `recorded` is stalking offences for each 1,000 people aged 16 and over, `managed` the cases that a unit would take
    on in a year. `set_up` is paid once, in the year of the start, `yearly` in every year, in pounds. `posts` are full-time
    ones. `districts` are codes: no two candidates may share one.
    """

    code: str
    name: str
    region: str
    districts: tuple[str, ...]
    residents: int
    recorded: float
    managed: float
    set_up: float
    yearly: float
    posts: Mapping[Profession, float]
    rural: bool = False


@dataclass(frozen=True)
class Means:
    """What there is: pounds in each financial year from `begins` to `ends`, and trained people arriving each half-year.

    A profession that is not in `arriving` is not short. `first` are the codes of those that start before all others.
    """

    budget: float
    begins: int
    ends: int
    arriving: Mapping[Profession, float] = field(default_factory=dict)
    first: tuple[str, ...] = ()

    @property
    def years(self) -> int:
        return self.ends - self.begins + 1

    @property
    def steps(self) -> int:
        return STEPS_A_YEAR * self.years

    @property
    def half_way(self) -> int:
        """Return by how many steps fairness asks that every region has begun."""
        return (self.steps + 1) // 2


@draft
class OrderAsked:
    """What somebody who plans asks for: the means, which places, whether fairly, and what is hoped to be seen.

    `districts_of` is an area whose districts are to be ordered (its name or code); without it the areas are. `first` are
    districts' codes. `share` and `fewer` are for each 100 managed cases.
    """

    budget: int = asked(missing="Give the budget of a year, in pounds", least=1, most=10**10)
    begins: int = asked(missing="Choose the first year", least=2018, most=2100)
    ends: int = asked(missing="Choose the last year", least=2018, most=2100)
    psychologists: int | None = asked(most=10_000, default=None)
    advocates: int | None = asked(most=10_000, default=None)
    officers: int | None = asked(most=10_000, default=None)
    districts_of: str = asked(longest=60, default="")
    first: tuple[str, ...] = ()
    fair: bool = False
    share: int = asked(least=1, most=99, default=35)
    fewer: int = asked(least=1, most=98, default=5)

    @property
    def means(self) -> Means:
        counts = zip(Profession, (self.psychologists, self.advocates, self.officers), strict=True)
        arriving = {who: float(number) for who, number in counts if number is not None}
        return Means(float(self.budget), self.begins, self.ends, arriving, tuple(sorted(set(self.first))))

    @property
    def trial(self) -> Trial:
        return Trial(share=self.share / 100, fewer=self.fewer / 100)


@dataclass(frozen=True)
class Trial:
    """How what is learnt is measured: an outcome of each managed case, compared over areas and half-years.

    `share` have it without a unit, `fewer` less (as shares) with one. `correlation` is that of cases of one area and
    half-year, of which the share `lasting` holds from one half-year to any other. The averaged effect is that of the
    first `over` half-years since the start, the point effect that of the half-year number `point`.
    """

    share: float = 0.35
    fewer: float = 0.05
    correlation: float = 0.02
    lasting: float = 0.8
    over: int = 4
    point: int = 2

    @property
    def deviation(self) -> float:
        middle = self.share - self.fewer / 2
        return float((middle * (1 - middle)) ** 0.5)


@dataclass(frozen=True)
class Power:
    """The chance that the order would show the effect; None where it cannot tell it from the passing of time."""

    immediate: float | None
    averaged: float | None
    point: float | None
    error: float | None


@dataclass(frozen=True)
class Solved:
    """An answer of the solver: its value, the bound that no order can pass, and how far it may be from it (a share)."""

    value: float
    bound: float

    @property
    def gap(self) -> float:
        return max(self.bound - self.value, 0.0) / abs(self.bound) if self.bound else 0.0


@dataclass(frozen=True)
class Plan:
    """One order: in which half-year (0 is the first) each place starts, None where it does not within the years.

    `reached` are cases managed in each year, `cost` pounds in each year. `solved` is what the solver says of the
    information (the inverse of the squared error of the immediate effect); a list has none. `unfair` says in words what
    fairness asks and the order does not hold.
    """

    rule: Rule
    fair: bool
    starts: Mapping[str, int | None]
    reached: tuple[float, ...]
    cost: tuple[float, ...]
    power: Power
    solved: Solved | None
    unfair: tuple[Word, ...]

    @property
    def reached_in_all(self) -> float:
        return sum(self.reached)

    @property
    def started(self) -> int:
        return sum(step is not None for step in self.starts.values())


@dataclass(frozen=True)
class Orders:
    """The four rules side by side, each with and without fairness where fairness was asked for.

    `most` is the most cases that any order could reach with these means, with and without fairness.
    """

    candidates: tuple[Candidate, ...]
    means: Means
    trial: Trial
    plans: Mapping[Rule, Plan]
    most: Solved
    without: Mapping[Rule, Plan]
    most_without: Solved


class OrderRefused(Unfit):
    """Means or places of which no order can be made."""
