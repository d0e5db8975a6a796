"""What must be done now, by profession: the open ends of each slice as rows of one list."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.urls import reverse

from fourfold.access import queries as access_queries
from fourfold.access.paging import WHOLE, page_of_list
from fourfold.access.terms import Permission, Role
from fourfold.audit.terms import Actor
from fourfold.cases.queries import alerts
from fourfold.cases.terms import SHUT, Level, ShownLevel
from fourfold.duties import queries as duties
from fourfold.duties.queries import Waiting
from fourfold.web.components.shell import Link
from fourfold.web.components.words import ago, moment, overdue_by
from fourfold.web.translation import composed, translated
from fourfold.words import Word

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Button:
    """What one press does: what it says, where it is sent, and the values that go with it."""

    text: str
    action: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class WorkRow:
    """One thing to do: when, what, on which case (its reference) and why.

    `what`, `why` and `detail` are texts of ours, `sentence("Contact {1}", name)` where a value stands in them. `decide`
    is to be decided at once and goes before everything else, however long that is overdue; `at_once` goes before even
    that, and is everybody's own. `rank` orders what has no date.
    `mine`: whether it is the reader's own; left None, it is where they have a part in the case, or there is no case.
    What waits for a second person is the own of each who could be it, or it would wait for ever.
    `button`: what can be done on the spot, by one press.
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
    kind: str = ""
    button: Button | None = None

    @property
    def case_text(self) -> str:
        return self.case

    @property
    def case_href(self) -> str:
        return link_to("case:pattern", reference=self.case) if self.case else ""


@dataclass(frozen=True)
class Today:
    """The home page: the most urgent thing, then sixty rows a page of the rest, danger first.

    `every` is all that is the reader's own; `tabs` lead to their own work, the unit's, and what is overdue of it.
    `all` counts the rows that are shown on every page together, of which this one begins with row `begins`; `next` says
    where the following page begins. `more`: a part of the day holds more than is listed at all.
    """

    first: WorkRow | None
    rows: tuple[WorkRow, ...]
    overdue: int
    tabs: tuple[Link, ...]
    every: tuple[WorkRow, ...]
    all: int = 0
    begins: int = 1
    next: str = ""
    show: str = ""
    more: bool = False

    @property
    def ends(self) -> int:
        """The place of the last row of this page."""
        return self.begins + len(self.rows) + (self.first is not None) - 1


Source = Callable[[Actor, datetime], Iterator[WorkRow]]
Said = Callable[[Waiting, Actor, datetime], WorkRow | None]
#: What stands beside rows of the table, by the row that each is about: one that is not in it is not for this reader.
Beside = Callable[[Sequence[Waiting], Actor, datetime], Mapping[UUID, Any]]


@dataclass(frozen=True)
class Asked:
    """One source: without the permission it is not asked; the roles for whom it stands before what is not overdue.

    It yields rows, or says in words what is kept of its kind, or `of` another, in the table of duties. What this reader
    finds `beside` them is asked at once of all that wait, of every kind that names the same function.
    """

    permission: Permission
    rows: Source | None
    first_for: frozenset[Role]
    says: Said | None = None
    of: str = ""
    beside: Beside | None = None

    @property
    def kind(self) -> str:
        return str((self.rows or self.says).__name__)  # type: ignore[union-attr]

    @property
    def kept_as(self) -> str:
        return self.of or self.kind


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


def kept(
    permission: Permission, *, of: str = "", first_for: Iterable[Role] = (), beside: Beside | None = None
) -> Callable[[Said], Said]:
    """Register a function that says in words what is kept of the kind of its name, or `of` another; None: not for this reader."""

    def register(function: Said) -> Said:
        SOURCES.append(Asked(permission, None, frozenset(first_for), says=function, of=of, beside=beside))
        return function

    return register


SHOWN = 60


def today(actor: Actor, at: datetime, show: str = "", *, after: str = "", words: str = "") -> Today:
    """Gather the actor's open ends: what is to be decided at once, then what is overdue by its danger, then by date.

    `show` is "mine", "unit" or "overdue"; left out, their own work, or the unit's where nothing is their own or the unit's
    day is theirs to keep. `words`
    keeps the rows in which they stand; the tabs count all. Sixty rows a page, from the one after `after`.
    """
    gathered, more = _gathered(actor, at)
    rows = in_order(gathered, actor, at)
    mine, late = [row for row in rows if row.mine], [row for row in rows if row.overdue]
    keeps = Role.UNIT_COORDINATOR in actor.roles
    show = show if show in ("mine", "unit", "overdue") else ("mine" if mine and not keeps else "unit")
    whole = {"mine": mine, "unit": rows, "overdue": late}[show]
    shown = [row for row in whole if _says(row, words)]
    places = _places(shown)
    listed = page_of_list(shown, lambda row: places[id(row)], after=after, most=SHOWN)
    begins = next((n for n, row in enumerate(shown, start=1) if listed.rows and row is listed.rows[0]), 1)
    first = listed.rows[0] if begins == 1 and listed.rows and _is_loud(listed.rows[0]) else None
    return Today(
        first=first,
        rows=listed.rows[1:] if first else listed.rows,
        overdue=sum(row.overdue for row in whole),
        tabs=(
            Link(composed("Mine ({1})", len(mine)), "?show=mine", current=show == "mine"),
            Link(composed("My unit ({1})", len(rows)), "?show=unit", current=show == "unit"),
            Link(composed("Overdue ({1})", len(late)), "?show=overdue", current=show == "overdue"),
        ),
        every=tuple(mine),
        all=len(shown),
        begins=begins,
        next=listed.next,
        show=show,
        more=more or any(count >= WHOLE for count in Counter(row.kind for row in rows).values()),
    )


def _is_loud(row: WorkRow) -> bool:
    return row.overdue or row.at_once or row.decide


def _says(row: WorkRow, words: str) -> bool:
    """Return whether each of the words stands somewhere in a row, whatever the size of its letters."""
    said = " ".join(translated(text) for text in (row.what, row.detail, row.why, row.case)).casefold()
    return all(word in said for word in words.casefold().split())


def _places(rows: Sequence[WorkRow]) -> dict[int, str]:
    """Return the name of each row's place: what it is and where it leads, and which of those that agree in both."""
    seen: Counter[str] = Counter()
    places = {}
    for row in rows:
        name = f"{row.kind} {row.href}"
        places[id(row)] = f"{name} {seen[name]}"
        seen[name] += 1
    return places


def _gathered(actor: Actor, at: datetime) -> tuple[list[WorkRow], bool]:
    """Return every open end with its date in words and whether it is the actor's own; and whether more is kept than that."""
    reverse("home")  # reads every page, and with them what each has added to the sources
    asked = [each for each in SOURCES if access_queries.may(actor, each.permission)]
    found, more = duties.waiting(actor=actor, kinds=[each.kept_as for each in asked if each.says], at=at)
    rows = [(each.kind, row) for each, row in rows_of(asked, found, actor, at)]
    unsaid = {row.case for _, row in rows if row.mine is None and row.case}
    own = alerts.my_references(actor=actor, references=unsaid, at=at) if unsaid else frozenset()

    def whole(kind: str, row: WorkRow) -> WorkRow:
        mine = row.mine if row.mine is not None else not row.case or row.case in own
        return replace(row, mine=mine or row.at_once, kind=kind, **_dated(row, at))

    return [whole(kind, row) for kind, row in rows], more


def rows_of(
    asked: Sequence[Asked], found: Iterable[Waiting], actor: Actor, at: datetime
) -> Iterator[tuple[Asked, WorkRow]]:
    """Yield what each source yields, and what it says of what was found in the table."""
    waits: dict[str, list[Waiting]] = defaultdict(list)
    for one in found:
        waits[one.kind].append(one)
    beside: dict[Beside, Mapping[UUID, Any]] = {}
    for function in dict.fromkeys(each.beside for each in asked if each.beside):
        kinds = dict.fromkeys(each.kept_as for each in asked if each.beside is function)
        beside[function] = function([one for kind in kinds for one in waits[kind]], actor, at)
    for each in asked:
        if each.rows is not None:
            yield from ((each, row) for row in each.rows(actor, at))
        for one in waits[each.kept_as] if each.says else ():
            here = beside[each.beside] if each.beside else {one.about: None}
            if one.about in here and (row := each.says(replace(one, beside=here[one.about]), actor, at)):  # type: ignore[misc]
                yield each, row


def in_order(rows: Iterable[WorkRow], actor: Actor, at: datetime) -> list[WorkRow]:
    """Return rows in the order of the day: danger now; what is to be decided at once; what is overdue, the gravest level
    first and then the longest overdue; what the actor's profession looks at first; then by date, the gravest level first
    where there is none.
    """
    first = {each.kind for each in SOURCES if each.first_for & actor.roles}

    def place(row: WorkRow) -> tuple[int, bool, int, datetime, int]:
        band = next(n for n, is_so in enumerate((row.at_once, row.decide, row.overdue, True)) if is_so)
        grave = -danger_of(row.level) if band < 3 else 0
        falls, graver = row.due_at or at + timedelta(days=row.rank), -danger_of(row.level)
        return band, row.kind not in first if band != 2 else False, grave, falls, graver

    return sorted(rows, key=place)


def danger_of(level: ShownLevel) -> int:
    """Return how grave a row is, 1 to 4, by the level of its case. What nobody has assessed is taken for high; a level
    that is not shown, or that a row does not have, for medium.
    """
    if level == SHUT:
        return Level.MEDIUM.rank
    return (Level.HIGH if level is None else Level(level)).rank


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
