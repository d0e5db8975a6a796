"""The inspector's questions as arithmetic: how many of how many, how sure, against which standard, moving which way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from typing import NamedTuple
from uuid import UUID

from fourfold.stats import proportions
from fourfold.stats.disclosure import SUPPRESSED, Suppressed, disclose_count
from fourfold.stats.terms import Estimate
from fourfold.words import Word

PERIOD = timedelta(days=91)
QUARTERS = 4


class Said(IntEnum):
    """What is kept of a case for its unit's quarter, as a number; of one that was opened those of its answers together.

    Whether it was assessed in time (`NO`, `YES`, or `NOBODY` has), and more where each action has a person, an advocate was
    named in time, and it is open at very high. Below nothing: something fell due.
    """

    ACTION_IN_TIME = -4
    ACTION_LATE = -3
    REVIEW_IN_TIME = -2
    REVIEW_LATE = -1
    NO = 0
    YES = 1
    NOBODY = 2
    PLAN = 3
    ADVOCATE = 6
    GRAVE = 12


@dataclass(frozen=True)
class Question:
    """One question, what it counts, its standard and where it comes from. `days` or `hours` is the time allowed."""

    code: str
    words: str
    of: str
    yes: str
    no_words: str
    standard: float
    source: str
    days: int = 0
    hours: int = 0


class Judged(NamedTuple):
    """One thing that a question is asked of: on which day it counts, the answer, and why no. `case` None: no case yet."""

    case: UUID | None
    on: date
    yes: bool
    why: str = ""
    reference: str = ""


@dataclass(frozen=True)
class VictimFileFacts:
    """What only the victims' own files know: what they were to be told by when, and who was offered an advocate."""

    told: tuple[Judged, ...] = ()
    offered: frozenset[UUID] = frozenset()


NOTHING = VictimFileFacts()


@dataclass(frozen=True)
class Quarter:
    """One quarter of a question's trend, its last day, and the share; None where there was nothing to ask of."""

    until: date
    yes: int
    of: int

    @property
    def share(self) -> float | None:
        """The share of yes, None of nothing."""
        return self.yes / self.of if self.of else None


@dataclass(frozen=True)
class Row:
    """One question of the board. `estimate` None: nothing to ask of, or too few for this reader (`hidden`)."""

    question: Question
    yes: int
    of: int
    estimate: Estimate | None
    verdict: str
    quarters: tuple[Quarter, ...]
    hidden: bool = False

    @property
    def no(self) -> int:
        """How many were answered no."""
        return self.of - self.yes

    @property
    def moved(self) -> int | None:
        """How many percentage points the newest quarter stands above the first that has anything; None: cannot tell."""
        shares = [quarter.share for quarter in self.quarters if quarter.share is not None]
        return None if len(shares) < 2 or self.hidden else round(100 * (shares[-1] - shares[0]))


def row(question: Question, judged: Iterable[Judged], *, until: date, small_hidden: bool = False) -> Row:
    """Count one question over the four quarters that end on a day; the newest is the period itself.

    With `small_hidden` counts leave as every release does: rounded, the share worked out from the rounded ones, and none
    where yes, no or all are under ten. So the file of one day less that of the day before tells nobody's answer.
    """
    quarters = tuple(_quarters(list(judged), until))
    hidden = small_hidden and _small(quarters[-1])
    if small_hidden:
        quarters = tuple(_released(quarter) for quarter in quarters)
    return of_counts(question, None if hidden else quarters[-1], quarters)


def of_counts(question: Question, now: Quarter | None, quarters: tuple[Quarter, ...]) -> Row:
    """Return the row of a question from the counts of its period; None: too few to show."""
    hidden = now is None
    now = now or quarters[-1]
    if hidden or not now.of:
        shown = tuple(Quarter(quarter.until, 0, 0) for quarter in quarters) if hidden else quarters
        return Row(
            question, now.yes, now.of, None, Word("too few to show" if hidden else "nothing to count"), shown, hidden
        )
    estimate = proportions.wilson(now.yes, now.of)
    return Row(question, now.yes, now.of, estimate, verdict(estimate, question.standard), quarters)


def _small(quarter: Quarter) -> bool:
    return any(disclose_count(count) is SUPPRESSED for count in (quarter.yes, quarter.of - quarter.yes, quarter.of))


def _released(quarter: Quarter) -> Quarter:
    yes, of = disclose_count(quarter.yes), disclose_count(quarter.of)
    if _small(quarter) or isinstance(yes, Suppressed) or isinstance(of, Suppressed):
        return Quarter(quarter.until, 0, 0)
    return Quarter(quarter.until, min(yes.count, of.count), of.count)


def last_week(day: date) -> date:
    """Return the last day of the last whole week: what leaves is counted up to there, whichever day it is fetched."""
    return day - timedelta(days=day.isoweekday())


def _quarters(judged: Sequence[Judged], until: date) -> Iterable[Quarter]:
    for back in range(QUARTERS - 1, -1, -1):
        last = until - back * PERIOD
        inside = [answer for answer in judged if last - PERIOD < answer.on <= last]
        yield Quarter(last, sum(answer.yes for answer in inside), len(inside))


def in_period(judged: Iterable[Judged], *, until: date) -> list[Judged]:
    return [answer for answer in judged if until - PERIOD < answer.on <= until]


def verdict(estimate: Estimate, standard: float) -> str:
    """Return whether the interval lies below its standard, above it, or holds it and so cannot tell."""
    if estimate.high < standard:
        return "below"
    return "above" if estimate.low > standard else "cannot tell"


def ordered(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return the rows, those that are below their standard first and the furthest below first of all."""
    return tuple(sorted(rows, key=lambda line: (line.verdict != "below", _distance(line))))


def worst(rows: Iterable[Row]) -> Row | None:
    """Return the first of ordered rows where it is below its standard."""
    return next((line for line in rows if line.verdict == "below"), None)


def _distance(line: Row) -> float:
    return 1.0 if line.estimate is None else line.estimate.estimate - line.question.standard
