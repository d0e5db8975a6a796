"""Words of ours, known as ours: a page can say them in another language, and never what somebody typed.

Everywhere else a `Word` is the English text that it is: stored, logged, compared and put into documents as it stands.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

#: Begins as a sentence or a label does, or is several words: a name, a style or an address is neither.
PROSE = re.compile(r"[“‘(]?[A-ZÀ-Þ]|.*\S \S")

Table = TypeVar("Table")


class Word(str):
    """A text of this software. Only source code makes one: what came from a form, a file or a row never is."""

    __slots__ = ()

    def capitalize(self) -> Word:
        """Return it as a sentence begins; it stays ours."""
        return Word(str.capitalize(self))


def words(table: Table) -> Table:
    """Return a table of ours with every text in it known as such: the values of a dictionary, and of a tuple what is prose."""
    made: Any = _of(table, whole=False)
    return made


def _of(value: Any, *, whole: bool) -> Any:
    if type(value) is str:
        return Word(value) if whole or PROSE.match(value) else value
    if isinstance(value, dict):
        return {key: _of(each, whole=True) for key, each in value.items()}
    if type(value) in (tuple, list):
        return type(value)(_of(each, whole=False) for each in value)
    return value
