"""Words of ours, known as ours: a page can say them in another language, and never what somebody typed.

Everywhere else a `Word` is the English text that it is: stored, logged, compared and put into documents as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Self, TypeVar

#: Begins as a sentence or a label does, or is several words: a name, a style or an address is neither.
PROSE = re.compile(r"[“‘(]?[A-ZÀ-Þ]|.*\S \S")

#: A numbered place in a sentence, where a value stands.
PLACE = re.compile(r"\{(\d+)\}")

Table = TypeVar("Table")


class Word(str):
    """A text of this software. Only source code makes one: what came from a form, a file or a row never is."""

    __slots__ = ()

    def capitalize(self) -> Word:
        """Return it as a sentence begins; it stays ours."""
        return Word(str.capitalize(self))

    def begins(self) -> Word:
        """Return it as a sentence begins, with every other letter as it stands; it stays ours."""
        return Word(self[:1].upper() + self[1:])


def financial_year(year: int) -> str:
    """Return how a year that begins in April is written: 2023 is 2023/24."""
    return f"{year}/{(year + 1) % 100:02}"


@lru_cache(maxsize=4_096)
def _parts(shape: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the texts of a shape, and which value stands behind each but the last."""
    parts = PLACE.split(shape)
    return tuple(parts[::2]), tuple(int(place) - 1 for place in parts[1::2])


def put(shape: str, values: Sequence[object]) -> str:
    """Return a shape with the values in its numbered places, each as it is."""
    texts, places = _parts(shape)
    found = texts[0]
    for place, text in zip(places, texts[1:], strict=True):
        found += f"{values[place]}{text}"
    return found


class Sentence(Word):
    """A text of this software with values in it: the English that it is, and the shape and values it was made of.

    A page says the shape, says each value that is a word of ours, and puts every other one in as it is.
    """

    __slots__ = ("shape", "values")
    shape: str
    values: tuple[object, ...]

    def __new__(cls, shape: str, values: tuple[object, ...]) -> Sentence:
        made = super().__new__(cls, put(shape, values))
        made.shape, made.values = shape, values
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Sentence, (self.shape, self.values)

    def begins(self) -> Sentence:
        """Return it as a sentence begins: its own first letter, or that of the word of ours that it begins with."""
        if not self.shape.startswith("{1}"):
            return Sentence(self.shape[:1].upper() + self.shape[1:], self.values)
        first, *others = self.values
        return Sentence(self.shape, (first.begins() if isinstance(first, Word) else first, *others))


def sentence(shape: str, *values: object) -> Sentence:
    """Return a sentence of ours with values in its numbered places: `sentence("{1} after {2}", level, hours)`.

    Source code writes the shape, at the call, so that the list of every text can be read from it.
    """
    return Sentence(shape, values)


def packed(said: str) -> Any:
    """Return a text of ours as it is stored: a word as it is, a sentence as a list of its shape and its values.

    Among values, what somebody typed is a text and a word of ours a list, so that nothing is guessed when it is read.
    """
    return [said.shape, *map(_value_packed, said.values)] if isinstance(said, Sentence) else str(said)


def _value_packed(value: object) -> Any:
    return [str(value)] if isinstance(value, Word) and not isinstance(value, Sentence) else packed(value)  # type: ignore[arg-type]


def unpacked(stored: Any) -> Word:
    """Return what `packed` stored, known as ours again."""
    if isinstance(stored, str):
        return Word(stored)
    shape, *values = stored
    if not values:
        return Word(shape)
    return Sentence(shape, tuple(unpacked(each) if isinstance(each, list) else each for each in values))


def counted(count: int, one: str, many: str = "") -> Sentence:
    """Return "1 act" or "1,204 acts"; `many` where an s is not enough."""
    return Sentence(f"{{1}} {one if count == 1 else many or one + 's'}", (f"{count:,}",))


def opening(text: str) -> str:
    """Return a text as a sentence begins, every other letter as it stands; one of ours stays ours."""
    return text.begins() if isinstance(text, Word) else text[:1].upper() + text[1:]


def named(code: str) -> Word:
    """Return a code of ours as it is said: `very_high` is "very high"."""
    return Word(code.replace("_", " "))


class WordedEnum(StrEnum):
    """An enumeration whose members are stored as a code and said in words of ours.

    `SPO = "spo", "stalking protection order"`; a member without words is said as its code reads: `very_high` is "very
    high". No page shows the code.
    """

    _value_: str
    words: Word

    def __new__(cls, value: str, words: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.words = Word(words) if words else named(value)
        return member

    @property
    def label(self) -> Word:
        """The words as a label or a sentence begins."""
        return self.words.begins()

    @classmethod
    def options(cls, *members: Self) -> list[tuple[str, Word]]:
        """Return the answers to choose from, code and label: these members, or all."""
        return [(member.value, member.label) for member in members or cls]


MONTHS = tuple(
    Word(month)
    for month in (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    )
)  # fmt: skip


def day_said(on: date) -> Sentence:
    """Return "3 May 2026", of a day or of a moment in the zone that it has, its month still known as ours."""
    return Sentence("{1} {2} {3}", (on.day, MONTHS[on.month - 1], on.year))


def together(between: str, parts: Iterable[object]) -> Word:
    """Return several texts in a row, each still known as ours or as typed; no word at all where there is none."""
    held = tuple(parts)
    return Sentence(between.join(f"{{{n}}}" for n in range(1, len(held) + 1)), held) if held else Word("")


def words(table: Table) -> Table:
    """Return a table of ours with every text in it known as such: the values of a dictionary, and of a tuple what is prose."""
    made: Any = _of(table, whole=False)
    return made


def _of(value: Any, *, whole: bool) -> Any:
    if type(value) is str:
        return Word(value) if whole or PROSE.match(value) else value
    if isinstance(value, Mapping):
        known = {key: _of(each, whole=True) for key, each in value.items()}
        return MappingProxyType(known) if isinstance(value, MappingProxyType) else known
    if type(value) in (tuple, list):
        return type(value)(_of(each, whole=False) for each in value)
    return value
