"""Days and months that have changed places: a feed that wrote the day first, and from some row on the month."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fourfold.intake.rules.feeds.cells import Cells
from fourfold.intake.rules.feeds.layout import Mapping, Moment
from fourfold.words import Word, sentence

_SMALL, _LARGE = r"(?:0?[1-9]|1[0-2])", r"(?:1[3-9]|2\d|3[01])"
_DAY_FIRST = re.compile(rf"^\s*{_LARGE}[/.\- ]{_SMALL}[/.\- ]", re.MULTILINE)
_MONTH_FIRST = re.compile(rf"^\s*{_SMALL}[/.\- ]{_LARGE}[/.\- ]", re.MULTILINE)
#: So many dates that can only be read the other way round, and none between that can be read as the mapping says.
SWAPPED = 5


@dataclass(frozen=True)
class Swapped:
    """A column in which day and month have changed places, and the first row that shows it."""

    column: str
    row: int
    day_first: bool

    @property
    def said(self) -> Word:
        """What stands there, and why every row of it is in doubt."""
        reads, writes = (Word("day"), Word("month")) if self.day_first else (Word("month"), Word("day"))
        return sentence(
            "From row {1} on, “{2}” has the {3} first, and the mapping reads the {4} first: a day up to the 12th would be read "
            "as another day without a word. If the force writes so now, change the formats in the mapping.",
            f"{self.row:,}",
            self.column,
            writes,
            reads,
        )


class DayOrder:
    """Follows the columns of dates down a file."""

    def __init__(self, mapping: Mapping, columns: Sequence[str]) -> None:
        at = {name: number for number, name in enumerate(columns)}
        self._names = tuple(columns)
        self._day_first = {
            at[column]: first for column, first in _orders(mapping).items() if first is not None and column in at
        }
        self._first: dict[int, int] = {}
        self._count: dict[int, int] = {}

    def add(self, rows: Sequence[tuple[int, Cells]]) -> Swapped | None:
        """Take more rows into account; return the column whose dates can only be read the other way round, or None."""
        for place, day_first in self._day_first.items():
            right, wrong = (_DAY_FIRST, _MONTH_FIRST) if day_first else (_MONTH_FIRST, _DAY_FIRST)
            text = "\n".join(cells[place] for _, cells in rows)
            if wrong.search(text) is None:
                if right.search(text):
                    self._forget(place)
                continue
            for number, cells in rows:
                if wrong.match(cells[place]):
                    self._first.setdefault(place, number)
                    self._count[place] = self._count.get(place, 0) + 1
                    if self._count[place] >= SWAPPED:
                        return Swapped(self._names[place], self._first[place], day_first)
                elif right.match(cells[place]):
                    self._forget(place)
        return None

    def _forget(self, place: int) -> None:
        self._first.pop(place, None)
        self._count.pop(place, None)


def _orders(mapping: Mapping) -> dict[str, bool | None]:
    """Return the columns of dates, and whether the day stands first; None where the mapping reads both, or neither."""
    moments: tuple[Moment | None, ...] = (mapping.told, mapping.occurred, mapping.occurred_until)
    found = {moment.columns[0]: _order(moment.formats) for moment in moments if moment is not None}
    blocks = (mapping.victim, mapping.subject, *(further.columns for further in mapping.further))
    births = {block.columns["birth"][0]: _order(block.birth_formats) for block in blocks if block.columns.get("birth")}
    return {**found, **births}


def _order(formats: Sequence[str]) -> bool | None:
    said = {form[:2] for form in formats if form[:2] in ("%d", "%m") and form[3:5] in ("%d", "%m")}
    return None if len(said) != 1 else said == {"%d"}
