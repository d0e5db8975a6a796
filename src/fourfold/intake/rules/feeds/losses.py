"""What a mapping leaves behind of rows that it reads: counted where it happens, and told before anything is stored."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from fourfold.intake.rules.feeds import column_names
from fourfold.intake.rules.feeds.layout import Mapping

#: More different values of one column than this are counted together.
MOST_VALUES = 500
OTHERS = "…"


class Loss(StrEnum):
    """What is lost of a cell that was read, as a records clerk would say it."""

    DEFAULT_CLASS = "code that nobody mapped, counted as the default class"
    UNMAPPED = "code that nobody mapped, whose rows would wait"
    HOUR = "hour counts as not known"
    ANSWER = "answer that is neither yes nor no, read as the mapping's otherwise"
    BIRTH = "day of birth that the cell says nobody knows, read as not told"
    SEX = "sex that is none of the codes, read as not known"
    DETAIL = "detail of a person that is none of the codes, read as not known"
    MO_CODE = "code of the modus operandi that nobody mapped, kept only as it came"
    ROLE = "person in a role that is neither victim nor suspect, kept only as it came"
    TWO_NAMES = "two whole names read as one person's: add the second to the mapping as another person"
    REGISTRATION = "registration of a car that is none, kept only as it came"
    ONE_NAME = "alias of one word, kept as told and compared with nobody: it may be anybody's"
    NO_NUMBER = "words where a telephone number stands, kept as they came: nobody can ring them"
    KNOWN_BY = "car, account or other name that is too long, or one too many of one person; kept only as it came"
    CUT = "class in its own words, cut to 160 characters"
    AFTER = "happened after it was told, by less than a day: kept as it came, though one of the two is wrong"
    PART = "left out of its text, because another column in the same part is empty: give it a part of its own"
    NOBODY = "person of whom nothing says who it is (no name, day of birth, way to reach them): not kept as a person"
    ABOVE = "empty, and taken from the row above with all that columns.from_above names"
    NOT_READ = "words in which no rule looks for behaviours, because free_text is false"


_OF_CODES = frozenset({Loss.UNMAPPED, Loss.DEFAULT_CLASS, Loss.MO_CODE})


@dataclass(frozen=True)
class Lost:
    """How many rows lose something of one column, the first of them, and the commonest cells."""

    loss: Loss
    column: str
    rows: int
    values: tuple[tuple[str, int], ...]
    row: int = 0


class Losses:
    """Counts as rows are read; `row` is the number of the one that is read just now."""

    def __init__(self) -> None:
        self.row = 0
        self._first: dict[tuple[Loss, str], int] = {}
        self._counted: defaultdict[tuple[Loss, str], Counter[str | None]] = defaultdict(Counter)

    def note(self, loss: Loss, column: str, value: str | None = None) -> None:
        """Count one cell of which something is lost; without a value it is somebody's own, and is not shown."""
        self._first.setdefault((loss, column), self.row)
        values = self._counted[loss, column]
        shown = value if value is None else value[:60]
        values[shown if shown in values or len(values) < MOST_VALUES else OTHERS] += 1

    def told(self, most: int = 12) -> Iterator[Lost]:
        """Yield what was lost, the commonest first, with up to `most` values each, and of codes all: each has to be mapped."""
        for (loss, column), values in sorted(self._counted.items(), key=lambda item: -item[1].total()):
            shown = tuple(
                (value, count)
                for value, count in values.most_common(None if loss in _OF_CODES else most)
                if value is not None
            )
            yield Lost(loss, column, values.total(), shown, self._first[loss, column])


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
