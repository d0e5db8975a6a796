"""The dated register of changes in how stalking is recorded: series across one of them are never pooled in silence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from fourfold.evaluation.terms import SeriesBreak


@dataclass(frozen=True)
class RecordingBreak:
    """One change of the recording rules: from when, what, which way it moves the series, and how sure that is."""

    on: date
    change: str
    moves: str
    standing: str = "published"


REGISTER = (
    RecordingBreak(date(2014, 4, 1), "stalking becomes a class of its own (8Q)", "the series of stalking alone begins"),
    RecordingBreak(
        date(2018, 4, 1),
        "a course of conduct is recorded beside the most serious other crime of the same two people",
        "up",
    ),
    RecordingBreak(
        date(2020, 4, 1),
        "a course of conduct by a former partner is recorded as stalking unless it is harassment in law only",
        "stalking up, harassment down",
    ),
    RecordingBreak(
        date(2023, 5, 1),
        "one principal crime is recorded again",
        "down",
        "announced; the month in which each force changed is not known",
    ),
)


def breaks_between(first: date, last: date) -> tuple[RecordingBreak, ...]:
    """Return the changes that lie after `first` and not after `last`."""
    return tuple(one for one in REGISTER if first < one.on <= last)


def breaks_crossed(quarters: Iterable[str]) -> tuple[RecordingBreak, ...]:
    """Return the changes that cases opened in these quarters ("2025-Q1") lie on both sides of."""
    days = sorted(quarter_begins(quarter) for quarter in quarters)
    return breaks_between(days[0], quarter_ends(days[-1])) if days else ()


def require_decided(crossed: tuple[RecordingBreak, ...], decision: str) -> None:
    """Raise SeriesBreak where the data cross a change and the plan says nothing about it."""
    if crossed and not decision.strip():
        raise SeriesBreak(
            f"The data cross the recording change of {crossed[0].on:%B %Y} ({crossed[0].change}). Say in the plan, under "
            "[recording] breaks, how that is answered for; the two sides are not pooled in silence."
        )


def quarter_begins(quarter: str) -> date:
    """Return the first day of a quarter."""
    year, number = quarter.split("-Q")
    return date(int(year), 3 * int(number) - 2, 1)


def quarter_ends(begins: date) -> date:
    """Return the first day of the quarter's last month: no change of the register lies later in a quarter."""
    return date(begins.year, begins.month + 2, 1)
