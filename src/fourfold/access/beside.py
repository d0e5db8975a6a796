"""Several lists as one statement: one below the other, each row with the number of its list."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import accumulate
from operator import itemgetter
from typing import Any

from django.db import connection
from django.db.models import BinaryField, DecimalField, FloatField, JSONField
from django.db.models.expressions import Col

Take = Callable[[Sequence[Sequence[Any]]], Sequence[Sequence[Any]]]
#: By what name a column goes that holds whole numbers; on SQLite, of which any holds any, each that a text of JSON can hold.
WHOLE, _AS_IT_IS = "bigint", "as it is"
_NO_TEXT = (BinaryField, DecimalField, FloatField)
#: PostgreSQL takes any of these below another.
_ALIKE = {"varchar": "text", "character varying": "text", "smallint": WHOLE, "integer": WHOLE}
#: What has more columns stands in one of SQLite's: each of hundreds of rows beside it would else be given all its eighty.
WIDE = 24
#: A list with names for its columns.
_FOUND = {"postgresql": "({1}) AS found({0})", "sqlite": "(WITH found({0}) AS ({1}) SELECT * FROM found)"}


def kinds_of(compiler: Any) -> tuple[str, ...]:
    """Return the type of each column of a list; those that may stand one below the other go by one name."""
    columns = [(each, each.output_field) for each, *_ in compiler.select]
    if connection.vendor == "sqlite":
        return tuple(_AS_IT_IS if _is_no_text(*each) else WHOLE for each in columns)
    types = (field.db_type(connection).partition("(")[0] for _, field in columns)
    return tuple(_ALIKE.get(each, each) for each in types)


def _is_no_text(column: Any, field: Any) -> bool:
    return isinstance(field, _NO_TEXT) or (isinstance(field, JSONField) and not isinstance(column, Col))


def in_one(lists: Sequence[tuple[str, Sequence[str]]]) -> tuple[str, list[Take]]:
    """Return one text for several lists, of each the text and the types of its columns; and what takes the columns of each
    from its rows.

    They stand below nothing, which says of which type each column is; lists share those of their types. Were they joined,
    PostgreSQL would compare each row of one with each of the next.
    """
    every = [_Listed(*each) for each in lists]
    if connection.vendor == "sqlite" and any(len(kinds) <= WIDE for _, kinds in lists):
        every = [each.packed() if len(each.kinds) > WIDE else each for each in every]
    most: Counter[str] = Counter()
    for each in every:
        most |= Counter(each.types())
    begins = dict(zip(most, accumulate(most.values(), initial=1), strict=False))
    nothing = (f", NULL::{kind}" if connection.vendor == "postgresql" else ", NULL" for kind in most.elements())
    arms, takes = [f"SELECT 0{''.join(nothing)} WHERE FALSE"], []
    for n, each in enumerate(every):
        places = list(_places(each.types(), begins))
        cells = dict(zip(places, each.cells, strict=True))
        row = "".join(f", {cells.get(place, 'NULL')}" for place in range(1, most.total() + 1))
        arms.append(f"SELECT {n}{row} FROM {_FOUND[connection.vendor].format(', '.join(each.names), each.sql)}")  # noqa: S608
        takes.append(partial(_unpacked, each.beside) if each.is_packed else _taking(places))
    return " UNION ALL ".join(arms), takes


class _Listed:
    """A list to be put below others: the names of its columns, and what stands of it in a row, of which types."""

    def __init__(self, sql: str, kinds: Sequence[str]) -> None:
        self.sql, self.kinds = sql, kinds
        self.names = self.cells = [f"c{place}" for place in range(len(kinds))]
        self.is_packed, self.beside = False, [place for place, kind in enumerate(kinds) if kind == _AS_IT_IS]

    def packed(self) -> _Listed:
        """Return it in one column, and those beside that no text holds."""
        beside = [self.names[place] for place in self.beside]
        self.cells = [f"json_array({', '.join(name for name in self.names if name not in beside)})", *beside]
        self.is_packed = True
        return self

    def types(self) -> Sequence[str]:
        return [WHOLE] * len(self.cells) if connection.vendor == "sqlite" else self.kinds


def _places(types: Sequence[str], begins: dict[str, int]) -> Iterator[int]:
    """Yield the place of each column: the next of its type."""
    used: Counter[str] = Counter()
    for kind in types:
        yield begins[kind] + used[kind]
        used[kind] += 1


def _taking(places: list[int]) -> Take:
    stretch = range(places[0], places[-1] + 1)
    take = itemgetter(slice(stretch.start, stretch.stop)) if places == list(stretch) else itemgetter(*places)
    return lambda rows: list(map(take, rows))


def _unpacked(beside: Sequence[int], rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """Return rows of a list that stands in one column, whose texts are read as one."""
    found: list[Any] = json.loads(f"[{','.join([row[1] for row in rows])}]")
    for column, place in enumerate(beside, start=2):
        for each, row in zip(found, rows, strict=True):
            each.insert(place, row[column])
    return found


def apart(rows: Iterable[Sequence[Any]], takes: Sequence[Take]) -> list[Sequence[Sequence[Any]]]:
    """Return the rows of each list, in its order."""
    found: list[list[Sequence[Any]]] = [[] for _ in takes]
    for row in rows:
        found[row[0]].append(row)
    return [take(each) for take, each in zip(takes, found, strict=True)]
