"""Lists paged by key: each page begins after the last row of the one before, however many rows came in between."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

PAGE = 50
#: How many rows a list that is read as a whole holds at most: more than any unit has, so that it is cut nowhere.
WHOLE = 1_000
Row = TypeVar("Row")
Value = TypeVar("Value")
Table = TypeVar("Table", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """The rows of one page, and where the next begins ("" after the last). An address holds `next` as it stands."""

    rows: tuple[Row, ...]
    next: str = ""

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def map(self, value_of: Callable[[Row], Value]) -> Page[Value]:
        return Page(tuple(value_of(row) for row in self.rows), self.next)


def page_of(
    rows: QuerySet[Table], *order: str, after: str = "", beyond: Sequence[Any] | None = None, most: int = PAGE
) -> Page[Table]:
    """Return the rows that follow `after` in an order (`"-told_at", "id"`), in one statement.

    The order names columns or annotations that are never null, and ends with one that is unique. Where `after` cannot be
    read, the first page is returned. What `after` says narrows what `rows` lets the reader see, and never widens it.
    `beyond`: the place itself, of a row that is known by another name.
    """
    place = beyond or place_in(after, len(order))
    shown = _from(place, lambda begins: list(_beyond(rows, order, begins).order_by(*order)[: most + 1]))
    return _page(shown, lambda row: [getattr(row, name.lstrip("-")) for name in order], most)


def page_of_list(rows: Sequence[Row], key: Callable[[Row], object], *, after: str = "", most: int = PAGE) -> Page[Row]:
    """Return the rows of a sorted list that follow the one whose key `after` names; from the start where none does."""
    said = place_in(after, 1)
    start = next((n for n, row in enumerate(rows, start=1) if said == [_plain(key(row))]), 0) if said else 0
    return _page(rows[start : start + most + 1], lambda row: [key(row)], most)


def page_read(
    beyond: Callable[[Sequence[Any]], Sequence[Row]], key: Callable[[Row], list[object]], *, after: str, most: int
) -> Page[Row]:
    """Return the page of what `beyond` reads, one row more than a page, from the place of two values that `after` names;
    from the start where it names none.
    """
    return _page(_from(place_in(after, 2), beyond), key, most)


def _from(place: Sequence[Any], read: Callable[[Sequence[Any]], Sequence[Row]]) -> Sequence[Row]:
    """Return what is read from a place; from the start where the database cannot hold what an address says of it."""
    if place:
        with suppress(ValidationError, ValueError, TypeError, OverflowError):
            return read(place)
    return read([])


def _page(shown: Sequence[Row], place: Callable[[Row], list[object]], most: int) -> Page[Row]:
    more = said_as(place(shown[most - 1])) if len(shown) > most else ""
    return Page(tuple(shown[:most]), more)


def _beyond(rows: QuerySet[Table], order: Sequence[str], place: Sequence[Any]) -> QuerySet[Table]:
    beyond, same = Q(), Q()
    for name, value in zip(order, place, strict=False):
        column = name.lstrip("-")
        beyond |= same & Q(**{f"{column}__lt" if name.startswith("-") else f"{column}__gt": value})
        same &= Q(**{column: value})
    return rows.filter(beyond)


def said_as(place: list[object]) -> str:
    values = json.dumps([_plain(value) for value in place], separators=(",", ":"))
    return urlsafe_b64encode(values.encode()).decode().rstrip("=")


def _plain(value: object) -> object:
    return value if type(value) in (int, float) else str(value)


def place_in(after: str, length: int) -> list[Any]:
    """Return the place that an address names; none where it names none."""
    try:
        place = json.loads(urlsafe_b64decode(after[:400] + "=" * (-len(after[:400]) % 4))) if after else []
    except ValueError:
        return []
    fits = isinstance(place, list) and len(place) == length
    return place if fits and all(_fits(value) for value in place) else []


def _fits(value: object) -> bool:
    return isinstance(value, (int, float)) or (isinstance(value, str) and "\x00" not in value)
