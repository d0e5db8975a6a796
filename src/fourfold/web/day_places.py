"""Where a page of a day ended, as its address says it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any, Protocol, TypeVar

from fourfold.access.paging import place_in, said_as
from fourfold.access.terms import LONDON
from fourfold.duties.queries import pages
from fourfold.duties.queries.pages import Place
from fourfold.web.components.words import ago, moment, overdue_by
from fourfold.words import Word

#: Further off no row of a day falls due.
CENTURY = timedelta(days=36_525)


@dataclass(frozen=True)
class Button:
    """What one press does: what it says, where it is sent, and the values that go with it."""

    text: str
    action: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Reached:
    """Where the page before ended: at which place, after how many rows, and when the first page was made."""

    place: Place
    number: int
    since: datetime


def said_place(place: Place, number: int, since: datetime) -> str:
    """Say a place in an address: behind it, row `number`, a day goes on that was begun at `since`."""
    band, later, grave, falls, graver, row = place
    return said_as([band, int(later), grave, falls.isoformat(), graver, row, number, since.isoformat()])


def reached_by(after: str, at: datetime) -> Reached | None:
    """Return where the page before ended, None where an address does not say it."""
    try:
        band, later, grave, falls, graver, row, number, since = place_in(after, 8)
        place = Place(band, bool(later), grave, datetime.fromisoformat(falls), graver, row)
        reached = Reached(place, int(number), datetime.fromisoformat(since))
        pages.key_of(row)
        fits = {band, grave, graver} <= set(range(5)) and 0 < reached.number < 10**9
        fits &= abs(place.falls - at) < CENTURY and timedelta(0) <= at - reached.since < CENTURY
    except (ValueError, TypeError, AttributeError, OverflowError):
        return None
    return reached if fits else None


Value = TypeVar("Value")


def other(value: Value, **says: object) -> Value:
    """Return the same frozen value where it says something else: `dataclasses.replace` takes five times as long, for
    hundreds of rows of a day."""
    made = object.__new__(type(value))
    made.__dict__.update(value.__dict__, **says)
    return made


def dated(row: Any, at: datetime) -> Any:
    """Return a row that is shown with its date in words."""
    if row.due_at is None:
        return other(row, due=row.due or Word("no date"))
    day = moment(row.due_at)
    if row.due_at < at:
        return other(row, due=overdue_by(row.due_at, at), due_note=day)
    return other(row, due=day, due_note=ago(row.due_at, at))


class Leads(Protocol):
    """What says of which kind it is and where it leads."""

    @property
    def kind(self) -> str: ...

    @property
    def href(self) -> str: ...


Row = TypeVar("Row", bound=Leads)


def named(rows: Iterable[tuple[Place, Row]]) -> Iterator[tuple[Place, Row]]:
    """Yield rows with their places, each named: what it is and where it leads, and which of those that agree in both."""
    seen: Counter[str] = Counter()
    for place, row in rows:
        name = f"{row.kind} {row.href}"
        yield place._replace(row=f" {sha256(f'{name} {seen[name]}'.encode()).hexdigest()[:16]}"), row
        seen[name] += 1


def end_of(day: date) -> datetime:
    """Return the last minute of a day in London: what is due on it is overdue from the next."""
    return datetime.combine(day, time(23, 59), tzinfo=LONDON)
