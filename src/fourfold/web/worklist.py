"""What must be done now, by profession: the open ends of each slice as rows of one list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from fourfold.access import queries as access_queries
from fourfold.access.terms import Permission, Role
from fourfold.audit.terms import Actor
from fourfold.cases.queries import alerts
from fourfold.cases.terms import SHUT, ShownLevel
from fourfold.web.components.shell import Link
from fourfold.web.components.words import ago, moment, overdue_by
from fourfold.web.translation import composed
from fourfold.words import Word

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class WorkRow:
    """One thing to do: when, what, on which case (its reference) and why.

    `what`, `why` and `detail` are texts of ours, `sentence("Contact {1}", name)` where a value stands in them. `at_once`
    goes before everything else, however long that is overdue, and is everybody's own; `rank` orders what has no date.
    `mine`: whether it is the reader's own; left None, it is where they have a part in the case, or there is no case.
    What waits for a second person is the own of each who could be it, or it would wait for ever.
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
    rank: int = 5
    mine: bool | None = None
    kind: str = ""

    @property
    def case_text(self) -> str:
        return self.case

    @property
    def case_href(self) -> str:
        return link_to("case:pattern", reference=self.case) if self.case else ""


@dataclass(frozen=True)
class Today:
    """The home page: the most urgent thing, then the rest, the most overdue first.

    `every` is all that is the reader's own; `tabs` lead to their own work, the unit's, and what is overdue of it;
    `left_out` counts the rows after the sixtieth.
    """

    first: WorkRow | None
    rows: tuple[WorkRow, ...]
    overdue: int
    tabs: tuple[Link, ...]
    every: tuple[WorkRow, ...]
    left_out: int = 0


Source = Callable[[Actor, datetime], Iterator[WorkRow]]


@dataclass(frozen=True)
class Asked:
    """One source: without the permission it is not asked; the roles for whom it stands before what is not overdue."""

    permission: Permission
    rows: Source
    first_for: frozenset[Role]

    @property
    def kind(self) -> str:
        return self.rows.__name__


#: What the pages yield, in the order in which they are read.
SOURCES: list[Asked] = []


def source(permission: Permission, *, first_for: Iterable[Role] = ()) -> Callable[[Source], Source]:
    """Register a function that yields what is to be done, for whoever holds the permission.

    `first_for`: the professions that look at it before everything else that is not overdue.
    """

    def register(function: Source) -> Source:
        SOURCES.append(Asked(permission, function, frozenset(first_for)))
        return function

    return register


SHOWN = 60


def today(actor: Actor, at: datetime, show: str = "") -> Today:
    """Gather the actor's open ends: danger now, then what is overdue, then what their profession looks at first, then by date.

    `show` is "mine", "unit" or "overdue"; left out, their own work, or the unit's where nothing is their own. At
    most sixty rows are shown; the tabs count all.
    """
    rows = sorted(_gathered(actor, at), key=_order(actor, at))
    mine, late = [row for row in rows if row.mine], [row for row in rows if row.overdue]
    show = show if show in ("mine", "unit", "overdue") else ("mine" if mine else "unit")
    shown = {"mine": mine, "unit": rows, "overdue": late}[show]
    first = shown[0] if shown and shown[0].overdue else None
    return Today(
        first=first,
        rows=tuple(shown[1:SHOWN] if first else shown[:SHOWN]),
        overdue=sum(row.overdue for row in shown),
        tabs=(
            Link(composed("Mine ({1})", len(mine)), "?show=mine", current=show == "mine"),
            Link(composed("My unit ({1})", len(rows)), "?show=unit", current=show == "unit"),
            Link(composed("Overdue ({1})", len(late)), "?show=overdue", current=show == "overdue"),
        ),
        every=tuple(mine),
        left_out=max(0, len(shown) - SHOWN),
    )


def _gathered(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield every open end with its date in words, and whether it is the actor's own."""
    reverse("home")  # reads every page, and with them what each has added to the sources
    asked = [each for each in SOURCES if access_queries.may(actor, each.permission)]
    rows = [(each.kind, row) for each in asked for row in each.rows(actor, at)]
    unsaid = {row.case for _, row in rows if row.mine is None and row.case}
    own = alerts.my_references(actor=actor, references=unsaid, at=at) if unsaid else frozenset()
    for kind, row in rows:
        mine = row.mine if row.mine is not None else not row.case or row.case in own
        yield replace(row, mine=mine or row.at_once, kind=kind, **_dated(row, at))


def _order(actor: Actor, at: datetime) -> Callable[[WorkRow], tuple[bool, bool, bool, datetime]]:
    first = {each.kind for each in SOURCES if each.first_for & actor.roles}
    return lambda row: (
        not row.at_once,
        not row.overdue,
        not row.overdue and row.kind not in first,
        row.due_at or at + timedelta(days=row.rank),
    )


def _dated(row: WorkRow, at: datetime) -> dict[str, Any]:
    if row.due_at is None:
        return {"due": row.due or Word("no date")}
    late, day = row.due_at < at, moment(row.due_at)
    if late:
        return {"overdue": True, "due": overdue_by(row.due_at, at), "due_note": day}
    return {"due": day, "due_note": ago(row.due_at, at)}


@lru_cache(maxsize=4_096)  # a day names the same cases again and again
def link_to(name: str, **kwargs: object) -> str:
    return reverse(name, kwargs=kwargs)


def end_of(day: date) -> datetime:
    """Return the last minute of a day in London: what is due on it is overdue from the next."""
    return datetime.combine(day, time(23, 59), tzinfo=LONDON)
