"""What the values of a column look like, gathered row by row: enough to propose what the column is."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from functools import cache

from fourfold.intake.rules.feeds import column_names
from fourfold.intake.rules.feeds.moments import SERIAL, is_no_day, parsed

#: More different values than this are no codes, and are not gathered further.
MOST_VALUES = 400
#: Forms of moments, those of this country first; each is tried on the values.
_DAYS = (
    *("%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y.%m.%d", "%m-%d-%Y", "%d %m %Y"),
    *("%d %b %Y", "%d-%b-%Y", "%d %B %Y", "%d/%b/%Y", "%b %d, %Y", "%B %d, %Y"),
    *("%a %d %b %Y", "%a, %d %b %Y", "%A %d %B %Y", "%A, %d %B %Y"),
    *("%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y", "%y-%m-%d", "%d-%b-%y", "%d %b %y"),
)
_HOURS = (
    *("", " %H:%M", " %H:%M:%S", " %I:%M:%S %p", " %I:%M %p", " %H:%M%z", " %H:%M:%S%z", " %H:%M:%S.%f"),
    " %H:%M:%S.%f%z",
    *(" %I:%M%p", " %I:%M:%S%p", " %H.%M", " %H.%M.%S", " at %H:%M", ", %H:%M", ", %H:%M:%S", " %H%M"),
    *("T%H:%M", "T%H:%M:%S", "T%H:%M:%S%z", "T%H:%M:%S.%f", "T%H:%M:%S.%f%z"),
    # Oracle's own form, and the same with the hours of a whole day, beside which strptime reads no half of the day.
    *(" %I.%M.%S.%f %p", " %H.%M.%S.%f %p"),
)
#: Forms of digits alone, and how many these have: strptime would read shorter numbers in them as well.
_COMPACT = {
    "%Y%m%d": 8,
    "%Y%m%d%H%M": 12,
    "%Y%m%d%H%M%S": 14,
    "%Y%m%d %H%M": 13,
    "%Y%m%d %H:%M": 14,
    "%Y%m%dT%H%M%S": 15,
}
#: Forms in which any number may be a moment: they say nothing where the column's name says nothing of a day.
OF_NUMBERS = frozenset({SERIAL, *_COMPACT})
#: Forms of a month whose day nobody tells.
_MONTHS_ALONE = ("%Y-%m", "%m/%Y", "%Y/%m", "%b %Y", "%B %Y", "%b-%Y", "%b-%y")
FORMS = (*(day + hour for day in _DAYS for hour in _HOURS), *_COMPACT, SERIAL, *_MONTHS_ALONE)
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_LIKE_A_DATE = re.compile(
    rf"\D{{0,12}}(\d{{1,4}}[/.\-]\d{{1,2}}[/.\-]\d{{1,4}}\b.*|.*\b\d{{1,2}}(st|nd|rd|th)?\W*({_MONTHS}).*\d.*"
    rf"|.*\b({_MONTHS})[a-z]*\W*\d.*)",
    re.IGNORECASE,
)
_LONGEST_DATE = 40
_COLUMNS_OF_A_TABLE = 3
_LIKE_A_VALUE = re.compile(r"[\d.,:/\- ]+$")
#: What a value plainly is, whatever its column is called.
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[A-Za-z]{2,}")
_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", re.IGNORECASE)
_PHONE = re.compile(r"(?=(?:\D*\d){10,13}\D*$)(?:\+|00?|\(0)[\d ()\-.]+|7[1-9]\d{8}")
_KINDS = (("email", _EMAIL), ("postcode", _POSTCODE), ("phone", _PHONE))
KINDS_SAID = {
    "date": "a date",
    "email": "an e-mail address",
    "postcode": "a postcode",
    "phone": "a phone number",
    "reference": "a reference",
}
_LIKE_A_REFERENCE = re.compile(r"9|(?=.*9)A?[-/_:#]?(?:[9A][-/_:#]?){1,6}")
_LONG_NUMBER = re.compile(r"\d{6,14}")
_NAME_OF_SOMEBODY = re.compile(r"[^\W\d_][^\d_@/,]*,?(?: [^\W\d_][^\d_@/]*){1,4}")
_MOST_NAMES = 0.8
_PLAIN_DAYS = ("%d/%m/%Y", "%d/%m/%Y %H:%M", "%Y-%m-%d", "%Y-%m-%d %H:%M", "%d.%m.%Y", "%d %b %Y", "%d-%b-%Y")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):?[0-5]\d(:[0-5]\d)?|\d{1,2}")
SAMPLE_SIZE = 600
MOST_OF_THEM = 0.95
_A_FEW = 8


@dataclass
class Profile:
    """One column: how many cells are filled, how many repeat another, which values there are, and a sample of all rows."""

    name: str
    filled: int = 0
    longest: int = 0
    letters: int = 0
    first: str = ""
    steps: int = 0
    values: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    sample: list[str] = field(default_factory=list)
    _every: int = 1
    _last: str = field(default="", repr=False)
    _seen: set[int] = field(default_factory=set, repr=False)
    _forms: tuple[int, tuple[str, ...]] | None = field(default=None, repr=False)

    def add(self, cell: str) -> None:
        cell = cell.strip()
        if not cell:
            return
        self.filled += 1
        self._step(cell)
        self.letters += len(cell)
        self.longest = max(self.longest, len(cell))
        mark = hash(cell)
        if mark in self._seen:
            self.repeated += 1
        self._seen.add(mark)
        self._keep(cell)
        if cell in self.values or len(self.values) < MOST_VALUES:
            self.values[cell[:200]] += 1

    def _step(self, cell: str) -> None:
        """Count the cells that are one more than the cell above."""
        self.first = self.first or cell
        if cell.isdecimal() and self._last.isdecimal() and int(cell[-18:]) == int(self._last[-18:]) + 1:
            self.steps += 1
        self._last = cell

    @property
    def counts_rows(self) -> bool:
        """Whether the values grow by one from row to row, from the first or second number on: a counter of this file."""
        counted = self.filled >= _A_FEW and self.steps >= (self.filled - 1) * MOST_OF_THEM
        return counted and self.first.isdecimal() and int(self.first[-18:]) <= 1

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
        if self._forms is None or self._forms[0] != self.filled:
            sample = [cell for cell in dict.fromkeys(self.sample) if not is_no_day(cell)]
            possible = _possible(sample)
            self._forms = self.filled, tuple(form for form in FORMS if form in possible and _fits(sample, form))
        return self._forms[1]

    @property
    def dated(self) -> str:
        """A value that looks like a date, where most do; else nothing."""
        found = [cell for cell in self.sample if len(cell) <= _LONGEST_DATE and _LIKE_A_DATE.fullmatch(cell)]
        return found[0] if len(found) > len(self.sample) * 0.5 else ""

    @property
    def kind(self) -> str:
        """What nearly all values plainly are, whatever the name says: email, postcode, phone, reference, or nothing."""
        for kind, like in _KINDS:
            if self._share(like) >= MOST_OF_THEM:
                return kind
        shapes = Counter(_pattern(cell) for cell in self.sample)
        shape, count = shapes.most_common(1)[0] if shapes else ("", 0)
        is_reference = _LIKE_A_REFERENCE.fullmatch(shape) and (
            shape != "9" or self._share(_LONG_NUMBER) >= MOST_OF_THEM
        )
        return "reference" if is_reference and count >= len(self.sample) * MOST_OF_THEM and not self.forms() else ""

    @property
    def like_names(self) -> bool:
        """Whether most values look like whole names of different people."""
        return self._share(_NAME_OF_SOMEBODY) >= _MOST_NAMES and len(self.values) * 4 > min(self.filled, MOST_VALUES)

    @property
    def middle(self) -> float:
        """The moment in the middle of a column of dates, in seconds; zero where they cannot be read."""
        forms = self.forms()[:1]
        found = sorted(moment for cell in self.sample if (moment := parsed(cell, forms)) is not None)
        return found[len(found) // 2].replace(tzinfo=UTC).timestamp() if found else 0.0

    def _share(self, like: re.Pattern[str]) -> float:
        return sum(like.fullmatch(cell) is not None for cell in self.sample) / max(len(self.sample), 1)

    @property
    def is_clock(self) -> bool:
        """Whether the values are times of the day."""
        return bool(self.sample) and all(_CLOCK.fullmatch(cell) for cell in self.sample)


def title_lines(rows: Sequence[tuple[str, ...]]) -> int:
    """Return how many of the first rows look like a title above the header: few cells of many are filled, or values.

    Zero where no fuller row of different words follows that names at least as much as the first.
    """
    said = [[cell.strip() for cell in cells if cell.strip()] for cells in rows]
    most = max(map(len, said), default=0)
    if most < _COLUMNS_OF_A_TABLE or (len(said[0]) * 2 > most and _is_header(said[0])):
        return 0
    found = next((number for number, words in enumerate(said) if len(words) * 2 > most and _is_header(words)), 0)
    known, above = _names_known(said[found]), _names_known(said[0])
    is_sparse = len(said[0]) * 2 <= most
    names_more = known >= max(above, 0 if len(said[0]) == 1 else 1) if is_sparse else known > max(above, 2)
    return found if names_more or len(said[0]) == 1 else 0


def named_by_two(rows: Sequence[tuple[str, ...]]) -> bool:
    """Return whether the first row groups the names in the second: “Victim” above “Name” and “DOB”, “Suspect” above both."""
    if len(rows) < 2:
        return False
    above, names = ([cell.strip() for cell in cells if cell.strip()] for cells in rows[:2])
    twice = len(set(names)) < len(names) and not values_among(names) and not any(map(_LIKE_A_VALUE.match, names))
    return twice and 1 < len(above) < len(names) and _names_known(set(names)) * 2 > len(set(names))


def _is_header(words: list[str]) -> bool:
    return len(set(words)) == len(words) and not any(map(_LIKE_A_VALUE.match, words)) and not values_among(words)


def _names_known(words: Iterable[str]) -> int:
    return sum(bool(column_names.words_of(word) & column_names.KNOWN) for word in words)


def values_among(names: Iterable[str]) -> list[str]:
    """Return of what kind the cells of a header are that name nothing and are values themselves: no name of anybody."""
    kinds = (_kind_of(name.strip()) for name in names)
    return [KINDS_SAID[kind] for kind in dict.fromkeys(kinds) if kind]


def _kind_of(cell: str) -> str:
    """Return what a cell plainly is, nothing where it may be anything."""
    if len(cell) > _LONGEST_DATE or not any(map(str.isdigit, cell)):
        return "email" if _EMAIL.fullmatch(cell) else ""
    if any(parsed(cell, (form,)) for form in _PLAIN_DAYS):
        return "date"
    return next((kind for kind, like in _KINDS if like.fullmatch(cell)), "")


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


def _pattern(cell: str) -> str:
    """Return a value with each run of digits as 9 and each of letters as A: “06/0001234/26” is 9/9/9."""
    return re.sub(r"[^\W\d_]+", "A", re.sub(r"\d+", "9", cell))


def differing_in(rows: Iterable[Sequence[str]], names: Sequence[str], reference: str) -> dict[str, int]:
    """Return, for each other column, of how many references the rows say different things in it; zero is left out."""
    place = names.index(reference)
    first: dict[str, Sequence[int]] = {}
    differ: dict[str, set[int]] = {}
    for cells in rows:
        key = cells[place].strip() if len(cells) == len(names) else ""
        marks = [hash(cell.strip()) for cell in cells]
        if not key or (before := first.setdefault(key, marks)) is marks:
            continue
        for name, mark, other in zip(names, marks, before, strict=True):
            if mark != other:
                differ.setdefault(name, set()).add(hash(key))
    return {name: len(differ[name]) for name in names if name in differ}


#: What is left of a value, or of a form, without letters, digits and blanks; its pieces; whether letters are in it.
Shape = tuple[str, int, bool]
_NO_SIGN = re.compile(r"[\w\s]+")
_OFFSETS = ("", "+", "-", "+:", "-:")


def _shape(cell: str) -> Shape:
    return _NO_SIGN.sub("", cell), len(cell.split()), any(letter.isalpha() for letter in cell)


@cache
def _shapes_of(form: str) -> tuple[Shape, ...]:
    signs, pieces, letters = _shape(re.sub("%[abABp]", "x", re.sub("%[dmyYHIMSf]", "1", form)).replace("%z", ""))
    if "%z" not in form:
        return ((signs, pieces, letters),)
    return ((signs, pieces, True), *((signs + offset, pieces, letters) for offset in _OFFSETS))


def _possible(sample: list[str]) -> frozenset[str]:
    """Return the forms that most values may be in, by their signs alone: strptime is too slow to be asked for each."""
    shapes = Counter(_shape(cell) for cell in sample)
    return frozenset(
        form
        for form in FORMS
        if sample
        and (form == SERIAL or sum(shapes[one] for one in set(_shapes_of(form))) >= len(sample) - _may_fail(sample))
    )


def _may_fail(sample: list[str]) -> int:
    """Return how many of a sample may be in no form: one in twenty, and one of a few."""
    share = int(len(sample) * (1 - MOST_OF_THEM) + 1e-9)
    return max(share, 1) if len(sample) >= _A_FEW else share


def _fits(sample: list[str], form: str) -> bool:
    """Return whether most of a sample can be read in a form; given up with the first value too many that cannot."""
    left = _may_fail(sample)
    digits = _COMPACT.get(form)
    for cell in sample:
        if (digits is not None and len(cell) != digits) or parsed(cell, (form,)) is None:
            left -= 1
            if left < 0:
                return False
    return True
