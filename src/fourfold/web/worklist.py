"""What must be done now, by profession: the open ends of each slice as rows of one list."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from heapq import merge
from itertools import islice
from typing import Any
from uuid import UUID

from django.urls import reverse

from fourfold.access import queries as access_queries
from fourfold.access.statements import Call, run_ahead
from fourfold.access.terms import Permission, Role
from fourfold.audit.terms import Actor
from fourfold.cases.queries import alerts
from fourfold.cases.terms import Level
from fourfold.duties import queries as duties
from fourfold.duties.queries import Waiting, anywhere, pages
from fourfold.duties.queries.pages import Place
from fourfold.web.components.shell import Link
from fourfold.web.day_places import Reached, dated, named, other, reached_by, said_place
from fourfold.web.day_rows import WorkRow, link_to, place_of  # noqa: F401 -- whoever says a row links with it, too
from fourfold.web.translation import composed, translated

#: How much is counted of what is read by the page: at the door of each row, and beyond it nobody reads a number.
COUNTED = 200


@dataclass(frozen=True)
class Today:
    """The home page: the most urgent thing, then sixty rows a page of the rest, danger first.

    `tabs` lead to their own work, the unit's, and what is overdue of it. `all` is how many rows are shown on every
    page together, where it was `counted`: not where words are looked for in what is read by the page. This page begins with
    row `begins`, and `next` says where the following begins. `own` yields all that is the reader's own.
    """

    first: WorkRow | None
    rows: tuple[WorkRow, ...]
    overdue: Many
    tabs: tuple[Link, ...]
    own: Callable[[], Iterator[WorkRow]]
    all: Many
    has_parts: bool = True
    counted: bool = True
    begins: int = 1
    next: str = ""
    show: str = ""

    @property
    def every(self) -> tuple[WorkRow, ...]:
        """All that is the reader's own."""
        return tuple(self.own())

    @property
    def ends(self) -> int:
        """The place of the last row of this page."""
        return self.begins + len(self.rows) + (self.first is not None) - 1


class Many(int):
    """How many things there are; where it `is_cut` there may be more than the `least` that were counted, and it is said so."""

    is_cut, least = False, COUNTED

    @classmethod
    def of(cls, gathered: Sequence[WorkRow], others: int = 0, *, late: bool = False) -> Many:
        """Return how many there are together, or are `late`: what was gathered, some of which may tell of more, and `others`."""
        many = cls(len(gathered) + others)
        many.is_cut = others > COUNTED or any(row.more_overdue if late else row.more for row in gathered)
        many.least = COUNTED if others > COUNTED else int(many)
        return many

    def __str__(self) -> str:
        return format(self)

    def __format__(self, how: str = "") -> str:
        return f"{self.least:,}+" if self.is_cut else format(int(self), how or ",")


Source = Callable[[Actor, datetime], Iterator[WorkRow]]
Said = Callable[[Waiting, Actor, datetime], WorkRow | None]
#: What stands beside rows of the table, by the row that each is about: one that is not in it is not for this reader.
Beside = Callable[[Sequence[Waiting], Actor, datetime], Mapping[UUID, Any]]
#: What is asked first of what stands beside such rows, to be run with what the next source asks.
SOON: dict[Beside, Callable[[Sequence[Waiting], Actor, datetime], Iterable[Call]]] = {}
#: What a source asks first, to be run ahead with the others; where it is only asked while something is there, once that is known.
Ahead = Callable[[Actor, datetime], Iterable[Call]]


@dataclass(frozen=True)
class Asked:
    """One source: without the permission it is not asked; the roles for whom it stands before what is not overdue.

    It yields rows, or says in words what is kept of its kind, or `of` another, in the table of duties. What this reader
    finds `beside` them is asked at once of all that wait, of every kind that names the same function. While nothing is
    `there` for anybody, which one statement asks for all sources, it is not asked. What it asks first may be run `ahead`.
    """

    permission: Permission
    rows: Source | None
    first_for: frozenset[Role]
    says: Said | None = None
    of: str = ""
    beside: Beside | None = None
    there: anywhere.There | None = None
    ahead: Ahead | None = None

    @property
    def kind(self) -> str:
        return str((self.rows or self.says).__name__)  # type: ignore[union-attr]

    @property
    def kept_as(self) -> str:
        return self.of or self.kind


#: What the pages yield, in the order in which they are read.
SOURCES: list[Asked] = []


def source(
    permission: Permission,
    *,
    there: anywhere.There | None = None,
    first_for: Iterable[Role] = (),
    ahead: Ahead | None = None,
) -> Callable[[Source], Source]:
    """Register a function that yields what is to be done, for whoever holds the permission, while anything is `there`.

    `first_for`: the professions that look at it before everything else that is not overdue.
    """

    def register(function: Source) -> Source:
        SOURCES.append(Asked(permission, function, frozenset(first_for), there=there, ahead=ahead))
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
#: So many more than a page shows are looked at where its end is to be known: some are settled meanwhile.
FEW = 20
#: So many more are read than a page draws with what was gathered, some of which may be settled.
SPARE = 4
#: How many rows are read at once where all are read.
AT_ONCE = 1_000


def today(actor: Actor, at: datetime, show: str = "", *, after: str = "", words: str = "", whole: bool = True) -> Today:
    """Gather the actor's open ends: what is to be decided at once, then what is overdue by its danger, then by date.

    `show` is "mine", "unit" or "overdue"; left out, their own work, or the unit's where nothing is their own or the unit's
    day is theirs to keep. `words` keeps the rows in which they stand; the tabs count all. Sixty rows a page, from the one after `after`.
    Of what waits by the hundred no more is gathered than can stand on the page, unless the `whole` is.
    """
    keeps, most = Role.UNIT_COORDINATOR in actor.roles, AT_ONCE if words else SHOWN + 1
    show = show if show in ("mine", "unit", "overdue") else ""
    day = _Day(actor, at, reached_by(after, at), likely=(show or ("unit" if keeps else "mine"), most), whole=whole)
    lists = {show: day.counted(show) for show in ("mine", "unit", "overdue")}
    show = show or ("mine" if lists["mine"] and not keeps else "unit")
    found = list(islice((row for row in day.rows_of(show, most) if _says(row[1], words)), SHOWN + 1))
    if day.ends_within(found):
        return today(actor, at, show, after=after, words=words, whole=True)
    shown, begins = [dated(row, at) for _, row in found[:SHOWN]], day.reached.number + 1 if day.reached else 1
    first = shown[0] if begins == 1 and shown and _is_loud(shown[0]) else None
    many = day.counted(show, words=words) if words and not day.by_page else lists[show]
    return Today(
        first=first,
        rows=tuple(shown[1:] if first else shown),
        overdue=lists["overdue"] if show != "mine" else day.counted("mine", late=True),
        tabs=(
            Link(composed("Mine ({1})", lists["mine"]), "?show=mine", current=show == "mine"),
            Link(composed("My unit ({1})", lists["unit"]), "?show=unit", current=show == "unit"),
            Link(composed("Overdue ({1})", lists["overdue"]), "?show=overdue", current=show == "overdue"),
        ),
        own=day.own,
        has_parts=bool(day.parts),
        all=many if shown else Many(),
        counted=not (words and day.by_page),
        begins=begins,
        next=said_place(found[SHOWN - 1][0], begins + SHOWN - 1, day.since) if len(found) > SHOWN else "",
        show=show,
    )


class _Day:
    """Somebody's day at one moment: what was gathered, in its order, and the kinds that are read by the page beside it.

    `likely`: the list that is shown most likely, and how many rows of it, which a page that reads ahead reads at once.
    """

    def __init__(
        self,
        actor: Actor,
        at: datetime,
        reached: Reached | None,
        likely: tuple[str, int] | None = None,
        *,
        whole: bool = True,
    ) -> None:
        self.actor, self.at, self.reached = actor, at, reached
        self._after = reached.place if reached else None
        self.since = reached.since if reached else at  # each row stands where it stood on the first page
        self.likely, self.some_shut = likely, True
        # The first page of one's own reads so much that what is overdue of it need mostly not be counted.
        self._counts = COUNTED + 1 if likely == ("mine", SHOWN + 1) and not reached else 0
        self.whole = whole or not self._counts
        self.first: pages.Begun | None = None
        self.cases: duties.Own | None = None
        self.begun: dict[tuple[str, int], list[tuple[Place, UUID]]] = {}
        self.drawn = likely[1] if likely else AT_ONCE
        gathered, self.by_page, self.others, self.parts = _gathered(self)
        self.rows = in_order(gathered, actor, self.since)

    def listed(self, show: str) -> list[WorkRow]:
        """Return what was gathered of a list."""
        return [row for row in self.rows if {"mine": row.mine, "unit": True, "overdue": row.overdue}[show]]

    def counted(self, show: str, *, late: bool = False, words: str = "") -> Many:
        """Return how much a list holds, or how much of it is overdue, or says some words."""
        gathered = [row for row in self.listed(show) if (row.overdue or not late) and _says(row, words)]
        name, late = "unit late" if show == "overdue" else f"{show} late" if late else show, late or show == "overdue"
        return Many.of(gathered, self.others[name] if self.by_page else 0, late=late)

    def rows_of(self, show: str, most: int) -> Iterator[tuple[Place, WorkRow]]:
        """Yield a list in its order, with the place of each row, from where the last page ended."""
        first, after = _looked_at_first(self.actor.roles, len(SOURCES)), self._after
        gathered: Any = named((place_of(row, first, self.since), row) for row in self.listed(show))
        if after:
            gathered = list(gathered)
            here = next((n for n, (place, _) in enumerate(gathered, start=1) if place.row == after.row), None)
            came = self.by_page and after.row[0] != " "  # a row of the table, before which all that agrees with it came
            behind = [each for each in gathered if each[0][:5] > after[:5] or (each[0][:5] == after[:5] and not came)]
            gathered = gathered[here:] if here else behind
        if not self.by_page:
            return iter(gathered)
        return merge(gathered, self._by_page(show, after, most), key=lambda each: (each[0][:5], each[0].row[0] != " "))

    def own(self) -> Iterator[WorkRow]:
        """Yield all that is the reader's own, from the beginning."""
        day = _Day(self.actor, self.at, None) if self.reached or self.first else self
        return (row for _, row in day.rows_of("mine", AT_ONCE))

    def ends_within(self, found: list[tuple[Place, WorkRow]]) -> bool:
        """Return whether what was found does not reach as far as the page, since some of it was settled meanwhile."""
        until = self.first and self.first.until
        return until is not None and (len(found) <= SHOWN or found[-1][0][:4] > (pages.LATE, False, 0, until))

    def ahead(self, kinds: tuple[str, ...], paged: tuple[str, ...], some_shut: bool) -> tuple[Call, ...]:
        """Return what the page that is likely shown asks where `paged` of the kinds are read by the page, and what counts them."""
        self.some_shut = some_shut
        if not self.whole:
            by: Any = {"actor": self.actor, "at": self.at, "counts": self._counts, "shown": SHOWN + FEW}
            self.cases = duties.own_of(self.actor, self.at, kinds, paged)
            begun = pages.begun(**by, wanted=_wanted(self.actor, paged, "mine"))
            self.first = other(begun, cases=self.cases.of(paged))
        counts = () if self._counts else (pages.count_of(self.actor, paged, self.at, COUNTED + 1),)
        return (*pages.ahead(**self._likely(*self.likely, paged)), *counts) if self.likely else counts

    def count(self, paged: tuple[str, ...]) -> dict[str, int]:
        """Return how much there is of these kinds, all of it more than is counted where the likely page has so much overdue."""
        if self._counts and self.likely:
            found = pages.page(**self._likely(*self.likely, paged))
            self.begun[self.likely] = found[: SHOWN + 1]
            is_long = self.first and self.first.until  # as much is overdue as is counted
            if is_long or sum(place.falls < self.at for place, _ in found) > COUNTED:
                return dict.fromkeys(("mine", "mine late", "unit", "unit late"), COUNTED + 1)
        return pages.counted(actor=self.actor, kinds=paged, at=self.at, most=COUNTED + 1)

    def begin(self, by_page: tuple[str, ...], gathered: Sequence[Waiting]) -> None:
        """Find the page that is likely shown, and have its rows read with what is asked next: those that it draws beside what
        was gathered, as far as that is known before it is said."""
        if by_page and self.likely:
            found = self.begun.get(self.likely) or pages.page(**self._likely(*self.likely, by_page))
            self.begun[self.likely] = found
            if self._counts:
                self.drawn = _drawn([place for place, _ in found], gathered, self.at)
            these = tuple(key for _, key in found[: self.drawn])
            run_ahead(duties.reading(self.actor, by_page, these, self.at), waits=True)

    def _likely(self, show: str, most: int, by_page: tuple[str, ...]) -> dict[str, Any]:
        return self._asks(show, most, by_page) | {"after": self._after, "counts": self._counts, "begun": self.first}

    def _asks(self, show: str, most: int, by_page: tuple[str, ...]) -> dict[str, Any]:
        by = {"actor": self.actor, "at": self.at, "since": self.since, "most": most}
        return by | {"wanted": _wanted(self.actor, by_page, show, self.some_shut)}

    def _by_page(self, show: str, after: Place | None, most: int) -> Iterator[tuple[Place, WorkRow]]:
        asks = self._asks(show, most, self.by_page)
        while True:
            begun = self.begun.pop((show, most), None)
            found = begun or pages.page(**asks, after=after)
            first = self.drawn if begun else most  # the others are read where the page draws them after all
            for some in filter(None, (found[:first], found[first:])):
                yield from self._read(some)
            if len(found) < most:
                return
            after = found[-1][0]

    def _read(self, found: list[tuple[Place, UUID]]) -> Iterator[tuple[Place, WorkRow]]:
        says = {each.kind: each for each in SOURCES if each.says}
        by: dict[str, Any] = {"kinds": self.by_page, "these": tuple(key for _, key in found), "parts": self.parts}
        waits = {one.id: one for one in duties.read(actor=self.actor, at=self.at, **by)}
        for place, one in ((place, waits[key]) for place, key in found if key in waits):
            each = says[one.kind]
            alone = ((each, each.says and each.says(one, self.actor, self.at)),)  # most: nothing stands beside them
            for _, row in rows_of([each], [one], self.actor, self.at) if each.beside else alone:
                if row:
                    yield place, _whole(each.kind, row, self.at, mine=one.is_related)


def _drawn(places: Sequence[Place], gathered: Iterable[Waiting], at: datetime) -> int:
    """Return how many of these a page of one's own draws, and some more, where it draws what was gathered of the gravest that
    is overdue before them."""
    grave = sorted(one.due_at for one in gathered if one.level == Level.VERY_HIGH and one.due_at and one.due_at < at)
    before = (bisect_left(grave, place.falls) for place in places)
    return SPARE + next((n for n, more in enumerate(before) if n + more > SHOWN), len(places))


@lru_cache(maxsize=256)
def _looked_at_first(roles: frozenset[str], sources: int) -> frozenset[str]:
    return frozenset(each.kind for each in SOURCES[:sources] if each.first_for & roles)


def _is_loud(row: WorkRow) -> bool:
    return row.overdue or row.at_once or row.decide


def _says(row: WorkRow, words: str) -> bool:
    """Return whether each of the words stands somewhere in a row, whatever the size of its letters."""
    said = words and " ".join(translated(text) for text in (row.what, row.detail, row.why, row.case)).casefold()
    return all(word in said for word in words.casefold().split())


def _asked(actor: Actor) -> tuple[list[Asked], tuple[str, ...], tuple[str, ...]]:
    """Return which sources somebody's day has, which kinds they say, and which of these may be read by the page."""
    reverse("home")  # reads every page, and with them what each has added to the sources
    asked = [each for each in SOURCES if access_queries.may(actor, each.permission)]
    kinds = tuple(each.kept_as for each in asked if each.says)
    return asked, kinds, duties.paged_of(kinds, [each.kind for each in asked if each.says])


def _anywhere(actor: Actor, at: datetime, asked: list[Asked], paged: tuple[str, ...]) -> Call:
    return anywhere.asked.call(actor, at, paged, tuple(each.there for each in asked if each.there))


def ahead(actor: Actor, at: datetime, *, is_own: bool = False) -> tuple[Call, ...]:
    """Return what a day asks first, to be run ahead, or the first page of what `is_own`; what it asks then, it runs ahead itself."""
    asked, kinds, paged = _asked(actor)
    first = (call for each in asked if each.ahead for call in each.ahead(actor, at))
    own: tuple[Call, ...] = ()
    if is_own and paged:
        begins = pages.begins(actor, _wanted(actor, paged, "mine"), at, COUNTED + 1)
        own = (*begins, duties.owned.call(actor, at, kinds, paged))
    return *own, _anywhere(actor, at, asked, paged), duties.related.call(actor, at), *first


def _wanted(actor: Actor, by_page: tuple[str, ...], show: str, some_shut: bool = True) -> pages.Wanted:
    return pages.Wanted(by_page, _looked_at_first(actor.roles, len(SOURCES)).intersection(by_page), show, some_shut)


def _gathered(day: _Day) -> tuple[list[WorkRow], tuple[str, ...], dict[str, int], duties.Parts]:
    """Return every open end and whether it is the actor's own; of which kinds there are so many that
    they are read by the page, and are not among them, and how many; and the actor's parts. What the page of the `day` then asks is run ahead."""
    actor, at = day.actor, day.at
    asked, kinds, paged = _asked(actor)
    many, some_shut, *there, elsewhere = _anywhere(actor, at, asked, paged).rows()
    asked = [each for each in asked if each.there is None or there.pop(0)]
    parts, others = duties.parts_of(actor, at), {"unit": 0}
    first = day.ahead(kinds, paged, bool(some_shut)) if (is_long := many + elsewhere > duties.MANY) else ()
    by: dict[str, Any] = {
        "actor": actor,
        "kinds": kinds,
        "at": at,
        "parts": parts,
        "worst": bool(day.first and day.first.until),
        "own": day.cases,
    }
    run_ahead(*duties.ahead(**by, by_page=paged if is_long else ()), *first)
    if is_long:
        others = day.count(paged)
    by_page = paged if others["unit"] > duties.MANY else ()
    found = duties.waiting(**by, by_page=by_page)
    day.begin(by_page, found)
    rows = [(each.kind, row) for each, row in rows_of(asked, found, actor, at)]
    known = {one.reference: one.is_related for one in found}
    unsaid = {row.case for _, row in rows if row.mine is None and row.case} - known.keys()
    own = alerts.my_references(actor=actor, references=unsaid, at=at) if unsaid else frozenset()
    own |= {"", *(case for case, is_related in known.items() if is_related)}
    return [_whole(kind, row, at, mine=row.case in own) for kind, row in rows], by_page, others, parts


def _whole(kind: str, row: WorkRow, at: datetime, *, mine: bool) -> WorkRow:
    """Return a row with its kind, whether it is overdue, and whether it is the reader's own where it does not say so itself."""
    mine = row.mine if row.mine is not None else mine
    overdue = row.overdue or (row.due_at is not None and row.due_at < at)
    return other(row, mine=mine or row.at_once, kind=kind, overdue=overdue)


def rows_of(
    asked: Sequence[Asked], every: Iterable[Waiting], actor: Actor, at: datetime
) -> Iterator[tuple[Asked, WorkRow]]:
    """Yield what each source yields, and what it says of what was found in the table."""
    waits: dict[str, list[Waiting]] = defaultdict(list)
    for one in every:
        waits[one.kind].append(one)
    some: dict[Beside, list[Waiting]] = defaultdict(list)
    for function, kind in dict.fromkeys((each.beside, each.kept_as) for each in asked if each.beside):
        some[function] += waits[kind]
    run_ahead(*(call for each in some if each in SOON for call in SOON[each](some[each], actor, at)), waits=True)
    beside: dict[Beside, Mapping[UUID, Any]] = {}
    for each in asked:
        if each.rows is not None:
            yield from ((each, row) for row in each.rows(actor, at))
        found = waits[each.kept_as] if each.says else []
        if each.beside:
            if (known := beside.get(each.beside)) is None:
                known = beside[each.beside] = each.beside(some[each.beside], actor, at)
            found = [other(one, beside=known[one.about]) for one in found if one.about in known]
        yield from ((each, row) for one in found if each.says and (row := each.says(one, actor, at)))


def in_order(rows: Iterable[WorkRow], actor: Actor, at: datetime) -> list[WorkRow]:
    """Return rows in the order of the day: danger now; what is to be decided at once; what is overdue, the gravest level
    first and then the longest overdue; what the actor's profession looks at first; then by date, the gravest level first
    where there is none.
    """
    first = _looked_at_first(actor.roles, len(SOURCES))
    return sorted(rows, key=lambda row: place_of(row, first, at)[:5])
