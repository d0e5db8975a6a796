"""The dated register of changes in how stalking is recorded: series across one of them are never pooled in silence."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from fourfold import stats
from fourfold.evaluation.terms import SeriesBreak
from fourfold.law import rules as law
from fourfold.law.terms import RecordingRule


@dataclass(frozen=True)
class RecordingBreak:
    """One change of the recording rules: from when, what, what it does to a count over time, and where that is written."""

    on: date
    change: str
    moves: str
    standing: str


def _of(rule: RecordingRule) -> RecordingBreak:
    """Return a rule of the law's register as a change of the series."""
    return RecordingBreak(rule.from_on, rule.says, rule.breaks_series, rule.source)


REGISTER = tuple(_of(rule) for rule in law.recording_rules() if rule.breaks_series)
"""Every change of recording that breaks a series, from the dated register of the law: one register for the house."""


def breaks_between(first: date, last: date) -> tuple[RecordingBreak, ...]:
    """Return the changes that lie after `first` and not after `last`."""
    return tuple(_of(rule) for rule in law.series_breaks(first, last))


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
    year, _, number = quarter.partition("-Q")
    try:
        return date(int(year), 3 * int(number) - 2, 1)
    except ValueError as wrong:
        raise stats.UnknownChoice("quarter", f"is {quarter!r}", "Write it as 2025-Q1") from wrong


def quarter_ends(begins: date) -> date:
    """Return the first day of the quarter's last month: no change of the register lies later in a quarter."""
    return date(begins.year, begins.month + 2, 1)
