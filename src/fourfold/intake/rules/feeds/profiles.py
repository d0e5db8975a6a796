"""What the values of a column look like, gathered row by row: enough to propose what the column is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from fourfold.intake.rules.feeds.moments import SERIAL, parsed

#: More different values than this are no codes, and are not gathered further.
MOST_VALUES = 400
#: Forms of moments, those of this country first; each is tried on the values.
_DAYS = (
    *("%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y"),
    *("%d %b %Y", "%d-%b-%Y", "%d %B %Y", "%d/%m/%y", "%m/%d/%y"),
)
_HOURS = ("", " %H:%M", " %H:%M:%S", " %I:%M:%S %p", " %I:%M %p", " %H:%M%z", " %H:%M:%S%z")
_ISO = ("%H:%M", "%H:%M:%S", "%H:%M:%S%z", "%H:%M:%S.%f", "%H:%M:%S.%f%z")
FORMS = (*(day + hour for day in _DAYS for hour in _HOURS), *(f"%Y-%m-%dT{hour}" for hour in _ISO), SERIAL)
_CLOCK = re.compile(r"([01]?\d|2[0-3]):?[0-5]\d(:[0-5]\d)?|\d{1,2}")
SAMPLE_SIZE = 600
MOST_OF_THEM = 0.95


@dataclass
class Profile:
    """One column: how many cells are filled, how many repeat another, which values there are, and a sample of all rows."""

    name: str
    filled: int = 0
    longest: int = 0
    letters: int = 0
    values: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    sample: list[str] = field(default_factory=list)
    _every: int = 1
    _seen: set[int] = field(default_factory=set, repr=False)

    def add(self, cell: str) -> None:
        """Take one more cell into account."""
        cell = cell.strip()
        if not cell:
            return
        self.filled += 1
        self.letters += len(cell)
        self.longest = max(self.longest, len(cell))
        mark = hash(cell)
        if mark in self._seen:
            self.repeated += 1
        self._seen.add(mark)
        self._keep(cell)
        if cell in self.values or len(self.values) < MOST_VALUES:
            self.values[cell[:200]] += 1

    def _keep(self, cell: str) -> None:
        """Keep every n-th cell, so that the sample comes from all rows and never grows beyond its size."""
        if self.filled % self._every == 0:
            self.sample.append(cell)
        if len(self.sample) > SAMPLE_SIZE:
            del self.sample[::2]
            self._every *= 2

    @property
    def is_unique(self) -> bool:
        """Whether every filled cell has a value of its own."""
        return self.filled > 0 and not self.repeated

    @property
    def has_few_values(self) -> bool:
        """Whether the values repeat as codes do."""
        return 0 < len(self.values) < MOST_VALUES and len(self.values) <= max(12, self.filled // 3)

    @property
    def words_a_cell(self) -> float:
        """How many words a filled cell has, in the middle."""
        return sum(len(cell.split()) for cell in self.sample) / max(len(self.sample), 1)

    def forms(self) -> tuple[str, ...]:
        """Return the forms of moments in which nineteen of twenty values can be read, in the order of `FORMS`."""
        sample = list(dict.fromkeys(self.sample))
        return tuple(form for form in FORMS if sample and _share(sample, form) >= MOST_OF_THEM)

    @property
    def is_clock(self) -> bool:
        """Whether the values are times of the day."""
        return bool(self.sample) and all(_CLOCK.fullmatch(cell) for cell in self.sample)


def profiles_of(header: Iterable[str], rows: Iterable[tuple[str, ...]]) -> tuple[int, tuple[Profile, ...]]:
    """Return how many rows there are, and each column's profile; rows of another width are left out."""
    columns = tuple(Profile(name.strip() or f"column {number}") for number, name in enumerate(header, start=1))
    count = 0
    for cells in rows:
        count += 1
        if len(cells) == len(columns):
            for column, cell in zip(columns, cells, strict=True):
                column.add(cell)
    return count, columns


def _share(sample: list[str], form: str) -> float:
    return sum(parsed(cell, (form,)) is not None for cell in sample) / len(sample)
