"""What people said of the same case, each alone, and how far they agree. Differing is where to talk, never a fault."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

FEWEST = 10
"""Cases below which no number is shown."""

ROUNDED_TO = 5
"""What counts are rounded to for those who see numbers and no case."""


class Order(StrEnum):
    """What lies between two answers: nothing but a yes and a no, small steps, grades of danger, or mere names.

    It decides which coefficient is shown first, and how much neighbours count as agreeing.
    """

    YES_NO = "yes_no"
    STEPS = "steps"
    GRADES = "grades"
    NAMES = "names"


@dataclass(frozen=True)
class Asked:
    """One thing that people judge: its name, its answers from least to most (code and label), and their order."""

    key: str
    title: str
    options: tuple[tuple[str, str], ...]
    order: Order

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(code for code, _ in self.options)

    @property
    def has_distance(self) -> bool:
        """True when two answers can lie two or more steps apart."""
        return self.order in (Order.STEPS, Order.GRADES) and len(self.options) > 2


@dataclass(frozen=True)
class Said:
    """What one person said of one case by themselves. An empty `answer` says that it could not be judged."""

    case: UUID
    rater: str
    profession: str
    answer: str
    at: datetime


@dataclass(frozen=True)
class Statistic:
    """One coefficient as it is shown: the number, its interval, what it rests on, and what it means in plain words.

    `estimate` is None where it is not defined; then `meaning` says why. `weights` says what counts as agreeing.
    """

    key: str
    name: str
    cases: int
    raters: int
    estimate: float | None
    low: float | None
    high: float | None
    meaning: str
    weights: str = ""
    method: str = ""
    notes: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        return "undefined" if self.estimate is None else _number(self.estimate)

    @property
    def interval(self) -> str:
        return "" if self.low is None or self.high is None else f"{_number(self.low)} to {_number(self.high)}"


@dataclass(frozen=True)
class Comparison:
    """How far people agree on one thing, or that too few cases were rated by two people to say so.

    `cases` is None below FEWEST; then there are no statistics. The first statistic is the one to read first. `apart`
    counts cases by how many steps their ratings span; empty where answers have no distance.
    """

    name: str
    cases: int | None
    raters: int
    statistics: tuple[Statistic, ...] = ()
    apart: tuple[int, ...] = ()
    note: str = ""

    @property
    def main(self) -> Statistic | None:
        return self.statistics[0] if self.statistics else None

    def find(self, key: str) -> Statistic | None:
        return next((each for each in self.statistics if each.key == key), None)


@dataclass(frozen=True)
class OnAnswer:
    """When somebody gave this answer, how often a colleague gave it too."""

    label: str
    times: int
    share: Statistic | None


@dataclass(frozen=True)
class Point:
    """What colleagues judged differently, and what each thought, from least to most: a profession and its answer.
    `what` is empty where the conversation itself says what was judged."""

    what: str
    said: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Conversation:
    """A case on which colleagues lie two steps or more apart, which the reader may open: worth talking about.

    `of` is where they judged it, one panel or one form; `points` are what lies apart there.
    """

    case: UUID
    reference: str
    of: str
    points: tuple[Point, ...]
    at: datetime


@dataclass(frozen=True)
class OnForm:
    """How far people agree on one version of one form. `alone` counts cases that were rated in a round, where nobody
    could see the others; the rest were assessed within the form's currency window of each other."""

    title: str
    version: int
    cases: int | None
    alone: int | None
    items: tuple[Comparison, ...]
    totals: tuple[Statistic, ...] = ()


@dataclass(frozen=True)
class Scope:
    """Whose ratings the reader may compare: the sites, and whether cases may be named or numbers only are shown."""

    sites: tuple[str, ...]
    names_cases: bool


def _number(value: float) -> str:
    shown = f"{abs(value):.2f}"
    return f"−{shown}" if value < 0 and float(shown) else shown
