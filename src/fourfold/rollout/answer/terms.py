"""The words of an area's answer: a number with the chance of at most so much and the bridge to it, and a section of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from fourfold.rollout.economics.terms import Step
from fourfold.words import Word


class Measure(StrEnum):
    """What a number is counted in. Numbers and bridges are whole numbers of its smallest part, so that sums are exact."""

    COUNT = "count"
    PEOPLE = "people"
    POUNDS = "pounds"
    PERCENT = "percent"
    DAYS = "days"
    POSTS = "posts"
    TIMES = "times"

    @property
    def parts(self) -> int:
        """Return how many of its smallest part make one."""
        return _PARTS[self]

    @property
    def words(self) -> Word:
        return _WORDS[self]


_PARTS = {
    Measure.COUNT: 1,
    Measure.PEOPLE: 1,
    Measure.POUNDS: 1,
    Measure.PERCENT: 1,
    Measure.DAYS: 10,
    Measure.POSTS: 10,
    Measure.TIMES: 100,
}
_WORDS = {
    Measure.COUNT: Word("a year"),
    Measure.PEOPLE: Word("people"),
    Measure.POUNDS: Word("pounds"),
    Measure.PERCENT: Word("of 100"),
    Measure.DAYS: Word("working days"),
    Measure.POSTS: Word("full-time posts"),
    Measure.TIMES: Word("times"),
}


@dataclass(frozen=True)
class Bridge:
    """The steps from a baseline to a number as it is shown, in the smallest parts of its measure; they add up exactly."""

    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Number:
    """One number of an answer, in the smallest parts of its measure; None where there is none, and `note` says why.

    `curve`: at most so much (in whole ones) with the chance of 0 to 1. `of` says whose chance it is, where it is not the
    number's own.
    """

    key: str
    what: str
    measure: Measure
    shown: int | None
    low: int | None = None
    high: int | None = None
    because: str = ""
    note: str = ""
    of: str = ""
    curve: tuple[tuple[float, float], ...] = ()
    bridges: tuple[Bridge, ...] = ()


@dataclass(frozen=True)
class Section:
    """One question of an answer: what is said to it, and its numbers under the heads of their table; `source` is that of all."""

    title: str
    caption: str
    head: tuple[str, str, str, str]
    numbers: tuple[Number, ...]
    source: str
    words: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """Whom it needs, who waits, what changes, what it costs, and what the written rule recommends on which grounds."""

    sections: tuple[Section, ...]
    strength: tuple[str, ...] = ()
    unknown: tuple[str, ...] = field(default=())

    def numbers(self) -> dict[str, Number]:
        return {one.key: one for section in self.sections for one in section.numbers}
