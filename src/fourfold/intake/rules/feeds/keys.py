"""Taking a TOML table apart key by key, and gathering everything that is wrong before saying so."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from fourfold.words import sentence


class Table:
    """One table of the file: hands out its entries by key and kind, and gathers what is wrong, with where it stands."""

    def __init__(self, entries: Any, where: str, problems: list[str]) -> None:
        self.problems, self.where = problems, where
        self._left: dict[str, Any] = dict(entries) if isinstance(entries, dict) else {}
        self._known: list[str] = []
        if not isinstance(entries, dict):
            self.wrong("", sentence("must be a table: [{1}]", where))

    def wrong(self, key: str, why: str) -> None:
        self.problems.append(f"{self.path(key)} {why}")

    def path(self, key: str) -> str:
        return ".".join(part for part in (self.where, key) if part)

    def take(self, key: str) -> Any:
        """Take an entry out, None where it is not there."""
        self._known.append(key)
        return self._left.pop(key, None)

    def peek(self, key: str) -> Any:
        """Return an entry and leave it there, None where it is not there."""
        return self._left.get(key)

    def left(self) -> tuple[str, ...]:
        """Return the keys that are there and not taken yet."""
        return tuple(self._left)

    def has(self, key: str) -> bool:
        """Return whether an entry is there and not taken yet."""
        return key in self._left

    def text(self, key: str, default: str | None = None) -> str:
        """Take a text; without a default it must be there."""
        value = self.take(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or (default is None and not value.strip()):
            self.wrong(key, "is missing; add it as a text in quotes" if value is None else "must be a text in quotes")
            return default or ""
        return value

    def texts(self, key: str, *, needed: bool = False) -> tuple[str, ...]:
        """Take a list of texts; one text alone stands for a list of one."""
        value = self.take(key)
        if value is None and not needed:
            return ()
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value) or (needed and not value):
            missing = "is missing; add it as" if value is None else "must be"
            self.wrong(key, sentence('{1} a list of texts, such as ["Crime reference"]', missing))
            return ()
        return tuple(value)

    def flag(self, key: str, default: bool) -> bool:
        value = self.take(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.wrong(key, "must be true or false, without quotes")
            return default
        return value

    def one_of(self, key: str, names: tuple[str, ...], default: str) -> str:
        value = self.text(key, default)
        if value not in names:
            self.wrong(key, sentence("is “{1}”; write one of: {2}", value, ", ".join(names)))
            return default
        return value

    def table(self, key: str) -> Table | None:
        if not self.has(key):
            self._known.append(key)
            return None
        return Table(self.take(key), self.path(key), self.problems)

    def end(self) -> None:
        """Note which keys nobody asked for, and which was probably meant."""
        for key in self._left:
            near = get_close_matches(key, self._known, n=1, cutoff=0.75)
            mend = f"did you mean {near[0]}?" if near else f"the keys here are: {', '.join(sorted(set(self._known)))}"
            self.wrong(key, sentence("is not a key; {1}", mend))
