"""What waits, kind by kind: which rows are open, for nobody in particular and whatever the hour.

A kind names every table that it reads: a write to one of them has the kind's rows of those files worked out anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import models

from fourfold.access.statements import for_nobody
from fourfold.base import case_path
from fourfold.cases.terms import Level
from fourfold.duties.models import Duty
from fourfold.gateways.bulk import made

LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)  # by which a day is longer on which the clocks go back
SOON = 3 * DAY
#: Shown from the beginning on, whatever a clock says.
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
ANSWERED_WITHIN = timedelta(days=7)
#: How long a window after closing stays open.
STAYSOPEN = timedelta(days=28)
#: What a row keeps of its case.
OF_THE_CASE = ("site", "level")
GRAVEST = Level.VERY_HIGH.rank
WHY = "worked out for nobody in particular; whoever reads it is scoped"
Files = Collection[UUID]


@dataclass(frozen=True)
class Kind:
    """One kind of what waits: the tables that it reads, and what is open in these files.

    `text` is where its words stand, if it has words of its own: a table, and the column that a page shows. `own`: nobody
    but the owner of a row has it; `of_part`: nobody without a part in the case. `beyond`: a table, and the files besides
    those of its rows in which a row of it settles something. `under`: a table without a row of which in the
    case nothing of the kind can wait. `born`: what is open in cases just begun, by when each was opened, where nothing
    else that the kind reads was written with them. `graded`: it says the level of its case, and stands by it; `decide`: it goes before
    whatever is only overdue. `paged`: whoever may ask for the kind is told of each row that they may see, at its moment, so that
    it can be read a page at a time; `ahead`, and how long at the most it is shown before it is due, where that is a few days.
    """

    name: str
    reads: tuple[type[models.Model], ...]
    open_in: Callable[[Files], Iterable[Duty]]
    text: tuple[type[models.Model], Any] | None = None
    own: bool = False
    of_part: bool = False
    under: type[models.Model] | None = None
    beyond: tuple[type[models.Model], Callable[[Collection[Any]], Iterable[UUID]]] | None = None
    born: Callable[[Iterable[tuple[UUID, datetime]]], Iterable[Duty]] | None = None
    graded: bool = False
    decide: bool = False
    paged: bool = False
    ahead: timedelta | None = None

    def place(self, level: str) -> int:
        """Return the place by danger of a row in a case at this level, 0 for the gravest: what nobody has assessed is taken
        for high, and what does not say the level for medium."""
        if not self.graded:
            return GRAVEST - Level.MEDIUM.rank
        return GRAVEST - (Level(level) if level else Level.HIGH).rank


def due(kind: str, case: UUID, about: UUID, due_at: datetime | None, **more: Any) -> Duty:
    """Return what waits in a case about a row, shown from the beginning on where nothing else is said."""
    return made(Duty, {"kind": kind, "case_id": case, "about": about, "due_at": due_at, "shows_from": ALWAYS} | more)


def asked(compose: Callable[..., Any]) -> Callable[[Files], Iterable[Any]]:
    """Have what is read in some files composed once, and not with every write."""
    once = for_nobody(compose)
    return lambda files: once(files=tuple(files))


def rows_of(table: Any, files: Any) -> Any:
    return within(files, table.objects.unscoped(WHY))


def within(files: Any, rows: Any) -> Any:
    return rows.filter(**{f"{case_path(rows.model)}__in": files})


def day_of(moment: datetime, shift: int = 0) -> datetime:
    """Return when the day of a moment begins in London, or one so many days later."""
    return midnight(moment.astimezone(LONDON).date(), shift)


def midnight(day: date, shift: int = 0) -> datetime:
    return datetime.combine(day + timedelta(days=shift), time(), tzinfo=LONDON)
