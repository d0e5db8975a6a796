"""Days and months that have changed places: a feed that wrote the day first, and from some row on the month."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fourfold.intake.rules.feeds.cells import Cells
from fourfold.intake.rules.feeds.layout import Mapping, Moment
from fourfold.words import Word, sentence

_SMALL, _LARGE = r"(?:0?[1-9]|1[0-2])", r"(?:1[3-9]|2\d|3[01])"
_DAY_FIRST = re.compile(rf"^\s*{_LARGE}[/.\- ]{_SMALL}[/.\- ]", re.MULTILINE)
_MONTH_FIRST = re.compile(rf"^\s*{_SMALL}[/.\- ]{_LARGE}[/.\- ]", re.MULTILINE)
#: So many dates that can only be read the other way round, and none between, nor before them or nor after, that is right.
SWAPPED = 5


@dataclass(frozen=True)
class Swapped:
    """A column in which day and month have changed places, and the first row that shows it."""

    column: str
    row: int
    day_first: bool
    rows: int

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
    """Follows the columns of when things were told and happened down a file.

    Only a stretch from the beginning on or up to the end shows that the force writes otherwise: one in the midst of right
    dates is of dates that were typed, and its rows wait. A birth the wrong way round holds its row, and shows nothing.
    """

    def __init__(self, mapping: Mapping, columns: Sequence[str]) -> None:
        at = {name: number for number, name in enumerate(columns)}
        self._names = tuple(columns)
        self._day_first = {
            at[column]: first for column, first in _orders(mapping).items() if first is not None and column in at
        }
        self._stretch: dict[int, tuple[int, int]] = {}
        self._right: set[int] = set()
        self._found: dict[int, Swapped] = {}

    def add(self, rows: Sequence[tuple[int, Cells]]) -> None:
        """Take more rows into account, with their numbers."""
        for place, day_first in self._day_first.items():
            right, wrong = (_DAY_FIRST, _MONTH_FIRST) if day_first else (_MONTH_FIRST, _DAY_FIRST)
            text = "\n".join(cells[place] for _, cells in rows)
            if wrong.search(text) is None:
                if right.search(text):
                    self._comes_right(place)
                continue
            for number, cells in rows:
                if wrong.match(cells[place]):
                    first, count = self._stretch.get(place, (number, 0))
                    self._stretch[place] = first, count + 1
                elif right.match(cells[place]):
                    self._comes_right(place)

    def _comes_right(self, place: int) -> None:
        if place not in self._right:
            self._keep(place)
        self._right.add(place)
        self._stretch.pop(place, None)

    def _keep(self, place: int) -> None:
        first, count = self._stretch.get(place, (0, 0))
        if count >= SWAPPED:
            self._found.setdefault(place, Swapped(self._names[place], first, self._day_first[place], count))

    def swapped(self) -> list[Swapped]:
        """Return the columns whose dates can only be read the other way round, when the whole file was read."""
        for place in self._stretch:
            self._keep(place)
        return list(self._found.values())


def _orders(mapping: Mapping) -> dict[str, bool | None]:
    """Return the columns of dates, and whether the day stands first; None where the mapping reads both, or neither."""
    moments: tuple[Moment | None, ...] = (mapping.told, mapping.occurred, mapping.occurred_until)
    return {moment.columns[0]: _order(moment.formats) for moment in moments if moment is not None}


def _order(formats: Sequence[str]) -> bool | None:
    said = {form[:2] for form in formats if form[:2] in ("%d", "%m") and form[3:5] in ("%d", "%m")}
    return None if len(said) != 1 else said == {"%d"}
