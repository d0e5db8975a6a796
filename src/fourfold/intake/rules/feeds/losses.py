"""What a mapping leaves behind of rows that it reads: counted where it happens, and told before anything is stored."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from fourfold.intake.rules.feeds import column_names
from fourfold.intake.rules.feeds.layout import Mapping
from fourfold.intake.terms import Loss, Lost

#: More different values of one column than this are counted together.
MOST_VALUES = 500
OTHERS = "…"

_OF_CODES = frozenset({Loss.UNMAPPED, Loss.DEFAULT_CLASS, Loss.MO_CODE, Loss.ANSWER, Loss.SEX, Loss.DETAIL})
#: What a code comes to that the mapping does not name, and whose row is kept.
_DEFAULTED = frozenset({Loss.DEFAULT_CLASS, Loss.ANSWER, Loss.SEX, Loss.DETAIL})


@dataclass
class _Count:
    """In how many rows something is lost, the first and the latest of them, and each value in how many."""

    first: int
    rows: int = 0
    values: Counter[str | None] = field(default_factory=Counter)
    of_row: tuple[int, set[str | None]] = (-1, set())


Counts = dict[tuple[Loss, str], _Count]


class Losses:
    """Counts rows as they are read, whatever one of them loses twice; `row` is the number of the one read just now."""

    def __init__(self) -> None:
        self.row = 0
        self._counted: Counts = {}

    def note(self, loss: Loss, column: str, value: str | None = None) -> None:
        """Count one cell of which something is lost; without a value it is somebody's own, and is not shown."""
        count = self._counted.setdefault((loss, column), _Count(self.row))
        if count.of_row[0] != self.row:
            count.rows += 1
            count.of_row = (self.row, set())
        shown = value if value is None else value[:60]
        if shown not in count.of_row[1]:
            count.of_row[1].add(shown)
            count.values[shown if shown in count.values or len(count.values) < MOST_VALUES else OTHERS] += 1

    def taken(self) -> Counts:
        """Return what was counted, and begin anew."""
        counted, self._counted = self._counted, {}
        return counted

    def add(self, counts: Counts) -> None:
        """Add what was counted of other rows."""
        for key, more in counts.items():
            count = self._counted.setdefault(key, _Count(more.first))
            count.first, count.rows = min(count.first, more.first), count.rows + more.rows
            for value, rows in more.values.items():
                there = value in count.values or len(count.values) < MOST_VALUES
                count.values[value if there else OTHERS] += rows

    def told(self, most: int = 12) -> Iterator[Lost]:
        """Yield what was lost, the commonest first, with up to `most` values each, and of codes all: each has to be mapped."""
        for (loss, column), count in sorted(self._counted.items(), key=lambda item: -item[1].rows):
            shown = count.values.most_common(None if loss in _OF_CODES else most)
            told = tuple((value, rows) for value, rows in shown if value is not None)
            yield Lost(loss, column, count.rows, told, count.first)

    def defaulted(self) -> tuple[Lost, ...]:
        """Return the codes that the mapping does not name and reads all the same, each with its rows."""
        return tuple(lost for lost in self.told() if lost.loss in _DEFAULTED)


class JoinedNames:
    """Counts rows in which columns that a mapping joins into one name both hold a whole one, as two people's do."""

    def __init__(self, mapping: Mapping, columns: Sequence[str]) -> None:
        blocks = (mapping.victim, mapping.subject, *(further.columns for further in mapping.further))
        at = {name: number for number, name in enumerate(columns)}
        self._pairs = [
            (pair, at[pair[0]], at[pair[1]])
            for block in blocks
            for pair in combinations(block.columns.get("name", ()), 2)
        ]
        self._filled: Counter[tuple[str, str]] = Counter()
        self._whole: Counter[tuple[str, str]] = Counter()
        self._first: dict[tuple[str, str], int] = {}

    def add(self, number: int, cells: Sequence[str]) -> None:
        """Take one more row into account; of a row of another width what is there."""
        for pair, first, second in self._pairs:
            if max(first, second) < len(cells):
                words = len(cells[first].split()), len(cells[second].split())
                self._filled[pair] += min(words) > 0
                if min(words) > 1:
                    self._whole[pair] += 1
                    self._first.setdefault(pair, number)

    def told(self) -> Iterator[Lost]:
        """Yield each pair that holds two whole names in most rows; never a name, for the check is shown around."""
        for pair, _, _ in self._pairs:
            if self._whole[pair] * 2 > self._filled[pair]:
                yield Lost(Loss.TWO_NAMES, "” and “".join(pair), self._whole[pair], (), self._first[pair])


#: A value longer than this is no reference.
LONGEST_REFERENCE = 60


class Unique:
    """Finds the columns whose values are all different, of which one may be the reference that a mapping lacks."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = tuple(columns)
        self._seen: dict[int, set[int]] = {number: set() for number in range(len(self._columns))}
        self._rows, self._counts = 0, set(self._seen)

    def add(self, cells: Sequence[str]) -> None:
        """Take one more row into account; a column leaves, and what is kept of it, with its first repeated value."""
        self._rows += 1
        for number, seen in list(self._seen.items()):
            cell = cells[number].strip() if number < len(cells) else ""
            if not cell:
                continue
            if cell not in (str(self._rows), str(self._rows - 1)):
                self._counts.discard(number)
            mark = hash(cell)
            if mark in seen or len(cell) > LONGEST_REFERENCE:
                del self._seen[number]
            else:
                seen.add(mark)

    def names(self, rows: int) -> list[str]:
        """Return the columns that tell nearly all rows apart and do not count them, those named like a reference first."""
        apart = (number for number, seen in self._seen.items() if seen and len(seen) >= rows * 0.99)
        found = [self._columns[number] for number in apart if number not in self._counts]
        return sorted(found, key=lambda name: not column_names.words_of(name) & column_names.REFERENCE)
