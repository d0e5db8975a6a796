"""A table of a definition file or a pack: hands out its entries by key and type, and leaves none over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from fourfold.assessment.terms import Finding, InvalidDefinition
from fourfold.cases.terms import Level, Trigger
from fourfold.words import words

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

_NAMES = words(
    {
        str: "words in quotes",
        int: "a whole number",
        bool: "true or false",
        list: "a list",
        dict: "a table",
        Decimal: "a number",
        date: "a date",
    }
)
_HOW = words({Decimal: "a number without quotes", date: "a date without quotes: 2026-05-03"})
"""How an entry of a type is written, where its name does not say it."""

_NOUNS = words({Level: "a level", Trigger: "an event"})


class Table:
    """One table of the file: hands out its entries by key and type, and knows where it stands."""

    def __init__(self, entries: dict[str, Any], file: str, where: str) -> None:
        self._left = dict(entries)
        self._file = file
        self._where = where

    def refuse(self, key: str, problem: str, mend: str) -> NoReturn:
        """Raise InvalidDefinition for one key of this table."""
        raise InvalidDefinition(self._file, (Finding(f"{self._where}, {key}", problem, mend),))

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        """Return the entry, or the default where one is given and the key is absent. Numbers stay exactly as written."""
        if key not in self._left:
            if default is None:
                self.refuse(key, "The key is missing.", f"Add {key} with {_NAMES[kind]}.")
            return default
        value = self._left.pop(key)
        if kind is Decimal and type(value) is int:
            value = Decimal(value)
        if type(value) is not kind:
            self.refuse(key, f"{value!r} does not fit.", f"Write {_HOW.get(kind, _NAMES[kind])}.")
        return value

    def choice(self, key: str, kind: type[E], default: E | None = None) -> E:
        value = self.take(key, str, None if default is None else str(default))
        if value not in list(kind):
            self.refuse(key, f"“{value}” is not {_NOUNS.get(kind, 'known')}.", f"Write one of: {', '.join(kind)}.")
        return kind(value)

    def several(self, key: str, kind: type[E]) -> tuple[E, ...]:
        """Return a list of members of a vocabulary, empty where the key is absent."""
        names = self.words(key, [])
        for name in names:
            if name not in list(kind):
                self.refuse(key, f"“{name}” is not {_NOUNS.get(kind, 'known')}.", f"Use: {', '.join(kind)}.")
        return tuple(kind(name) for name in names)

    def pairs(self, key: str) -> dict[str, str]:
        entries = self.take(key, dict, {})
        if not all(isinstance(value, str) for value in entries.values()):
            self.refuse(key, f"{entries!r} does not fit.", "Write words in quotes behind each name.")
        return dict(entries)

    def words(self, key: str, default: list[str] | None = None) -> tuple[str, ...]:
        value = self.take(key, list, default)
        if not all(isinstance(each, str) for each in value):
            self.refuse(key, f"{value!r} does not fit.", "Write a list of words in quotes.")
        return tuple(value)

    def has(self, key: str) -> bool:
        return key in self._left

    @contextmanager
    def table(self, key: str) -> Iterator[Table]:
        """Open the table below a key, empty when absent, and refuse what is left over in it."""
        inner = Table(self.take(key, dict, {}), self._file, f"{self._where}, {key}")
        yield inner
        inner.finish()

    def each(self, key: str, build: Callable[[Table], T]) -> tuple[T, ...]:
        """Build one value from every table in the list below a key."""
        built = []
        for number, entries in enumerate(self.take(key, list, []), start=1):
            if not isinstance(entries, dict):
                self.refuse(key, f"{entries!r} does not fit.", f"Write it as [[{key}]].")
            name = entries.get("key") or entries.get("code") or f"number {number}"
            inner = Table(entries, self._file, f"{self._where}, {key} {name}")
            built.append(build(inner))
            inner.finish()
        return tuple(built)

    def finish(self) -> None:
        """Refuse the first key that nobody asked for: a typing error must not be silent."""
        for key in self._left:
            self.refuse(key, "Nothing is known under this key.", "Correct its spelling or take it out.")
