"""One thing to do, as a row of a day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache

from django.urls import reverse

from fourfold.cases.terms import SHUT, Level, ShownLevel
from fourfold.duties.kinds.asking import GRAVEST
from fourfold.duties.queries.pages import Place
from fourfold.web.day_places import Button


@dataclass(frozen=True)
class WorkRow:
    """One thing to do: when, what, on which case (its reference) and why.

    `what`, `why` and `detail` are texts of ours, `sentence("Contact {1}", name)` where a value stands in them. `decide`
    is to be decided at once and goes before everything else, however long that is overdue; `at_once` goes before even
    that, and is everybody's own. `rank` orders what has no date.
    `mine`: whether it is the reader's own; left None, it is where they have a part in the case, or there is no case.
    What waits for a second person is the own of each who could be it, or it would wait for ever.
    `more`: it tells of several that do not stand in the day, or of one; with `more_overdue` several of those are overdue.
    `button`: what can be done on the spot, by one press. `row`: which row of the table of duties it is, "" where it is none.
    """

    due_at: datetime | None
    what: str
    href: str
    why: str
    case: str = ""
    level: ShownLevel = SHUT
    detail: str = ""
    due: str = ""
    due_note: str = ""
    overdue: bool = False
    at_once: bool = False
    decide: bool = False
    rank: int = 5
    mine: bool | None = None
    more: bool = False
    more_overdue: bool = False
    kind: str = ""
    button: Button | None = None
    row: str = ""

    @property
    def case_text(self) -> str:
        return self.case

    @property
    def case_href(self) -> str:
        return link_to("case:pattern", reference=self.case) if self.case else ""


@lru_cache(maxsize=4_096)  # a day names the same cases again and again
def link_to(name: str, **kwargs: object) -> str:
    return reverse(name, kwargs=kwargs)


def place_of(row: WorkRow, first: Collection[str], at: datetime) -> Place:
    """Return where a row stands in a day, for whom some kinds come `first`."""
    falls = row.due_at or at + timedelta(days=row.rank)
    is_late = row.overdue and (row.due_at is None or row.due_at < at)
    band = 0 if row.at_once else 1 if row.decide else 2 if is_late else 3
    grave = GRAVEST - danger_of(row.level)
    return Place(band, row.kind not in first if band != 2 else False, grave if band < 3 else 0, falls, grave, " ")


@cache
def danger_of(level: ShownLevel) -> int:
    """Return how grave a row is, 1 to 4, by the level of its case. What nobody has assessed is taken for high; a level
    that is not shown, or that a row does not have, for medium.
    """
    if level == SHUT:
        return Level.MEDIUM.rank
    return (Level.HIGH if level is None else Level(level)).rank
