"""Statements that are composed once and run with other values.

The framework composes and compiles a query anew each time it is asked: for the few that every page asks, who acts and
what a file opens, that took five times as long as the database needs to answer them. A statement is written in the
framework's words with a `Blank` for each value, composed when it is first run, and its blanks filled in at each run.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache, lru_cache, update_wrapper, wraps
from itertools import accumulate, count, repeat
from types import SimpleNamespace
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import DateField, DateTimeField, Expression, Field, QuerySet, TextField, UUIDField

from fourfold.access import beside
from fourfold.access import kept as database
from fourfold.access.paging import WHOLE
from fourfold.access.rows import Reader, reader
from fourfold.access.shapes import known_as
from fourfold.access.terms import LONDON, Opened, day_of
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor

Row = TypeVar("Row")
Names = tuple[tuple[str, type], ...]


class Blank(Expression):
    """A value that is given when the statement runs; it stands in for one wherever a query compares."""

    def __init__(self, name: str, output_field: Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name
        self.known_by: tuple[object, ...] = (name,)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Return a place for a parameter, which is this blank until `filled` gives it a value."""
        return "%s", (self,)

    def value(self, values: Mapping[str, Any]) -> Any:
        """Return what it stands for: a value, or another blank where one condition is put into another's list."""
        return values[self.name]

    def __eq__(self, other: object) -> bool:
        """Refuse to be compared with a value: what is kept for everybody of a shape cannot turn on what one of them is."""
        if isinstance(other, Blank):
            return self.known_by == other.known_by
        if isinstance(other, (str, UUID, datetime, date)) and other != "":  # for which the framework itself looks
            raise TypeError(f"{self.name} is not known before the statement runs")
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.known_by)


class Moment(Blank):
    """A moment so far from when somebody asks, with which one may reckon as with the moment itself."""

    def __init__(self, shift: timedelta = timedelta(0)) -> None:
        super().__init__("at", DateTimeField())
        self.shift = shift
        self.known_by = ("at", shift)

    def value(self, values: Mapping[str, Any]) -> Any:
        """Return the moment."""
        return values["at"] + self.shift

    def __add__(self, other: Any) -> Moment:  # type: ignore[override]
        return Moment(self.shift + other) if isinstance(other, timedelta) else NotImplemented

    def __sub__(self, other: Any) -> Moment:  # type: ignore[override]
        return Moment(self.shift - other) if isinstance(other, timedelta) else NotImplemented

    def astimezone(self, zone: tzinfo) -> Moment:
        """Return the same moment; no day but London's is known of it."""
        if zone != LONDON:
            raise TypeError("only the day in London is known before the statement runs")
        return self

    def date(self) -> Day:
        """Return its day in London."""
        return Day(self)


class Day(Blank):
    """The day of a moment in London, or so many days from it."""

    def __init__(self, moment: Moment, shift: timedelta = timedelta(0)) -> None:
        super().__init__("day", DateField())
        self.moment, self.shift = moment, shift
        self.known_by = ("day", moment.shift, shift)

    def value(self, values: Mapping[str, Any]) -> Any:
        """Return the day."""
        return day_of(self.moment.value(values)) + self.shift

    def __add__(self, other: Any) -> Day:  # type: ignore[override]
        return Day(self.moment, self.shift + other) if isinstance(other, timedelta) else NotImplemented

    def __sub__(self, other: Any) -> Day:  # type: ignore[override]
        return Day(self.moment, self.shift - other) if isinstance(other, timedelta) else NotImplemented


class Texts(tuple[str, ...]):
    """Texts that a list is asked for, as `composed` tells them from identifiers."""


class Numbers(tuple[int, ...]):
    """Whole numbers, likewise."""


class Many(Blank):
    """A list of identifiers, texts or numbers, as many as there are, given as one value: `pk__in=…`."""

    def __init__(self, name: str, kind: type = tuple) -> None:
        super().__init__(name, database.Listed())
        self.kind = _KINDS[kind]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Return a list that is made of the parameter."""
        return (_LISTED.format(self.kind) if connection.vendor == "postgresql" else _EACH), (self,)


#: A list as Django lets one stand, and as PostgreSQL finds what is on it by an index, beside other conditions too.
_EACH, _LISTED, _ANY = "(SELECT value FROM json_each(%s))", "(SELECT UNNEST(%s::{}[]))", "= ANY(%s::{}[])"
_KINDS: dict[type, str] = {tuple: "uuid", Texts: "text", Numbers: "bigint"}


def _by_index(sql: str) -> str:
    for kind in _KINDS.values():
        sql = sql.replace(f"IN {_LISTED.format(kind)}", _ANY.format(kind))
    return sql


class Asks(NamedTuple):
    """Who asks when, as blanks: `staff`, the natural `person`, their `partner`, the moment and its day in London."""

    staff: Any = Blank("staff", UUIDField())
    person: Any = Blank("person", UUIDField())
    partner: Any = Blank("partner", TextField())
    at: Any = Moment()
    day: Any = Day(Moment())


ASKS = Asks()
#: The file that was opened; as of when, where it was handed over; and as of when the page shows what stood, once it opened one.
FILE: Any = Blank("file", UUIDField())
AS_OF: Any = Blank("as_of", DateTimeField())
STOOD: Any = Blank("stood", DateTimeField())
_composing: ContextVar[bool | None] = ContextVar("composing", default=None)


def stands_at() -> Any:
    """Return as of when the page that is read shows a file: a blank while a list is composed that is kept for all such pages."""
    return audit.page_stands_at() if (stood := _composing.get()) is None else STOOD if stood else None


def _stood() -> dict[str, datetime]:
    return {"stood": moment} if (moment := audit.page_stands_at()) else {}


def asked_by(actor: Actor, at: datetime) -> dict[str, Any]:
    """Return what fills the blanks of `ASKS`."""
    return {"staff": actor.staff, "person": actor.person, "partner": actor.partner, "at": at}


def filled(parameters: Iterable[Any], values: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return parameters with a value in the place of each blank, as the database takes it; KeyError where one lacks."""
    return _Parameters(parameters).filled(values)


class _Parameters:
    """The parameters of a statement, each blank once: a wall asks for the same moment and person a hundred times in one."""

    def __init__(self, parameters: Iterable[Any]) -> None:
        self.every = tuple(parameters)
        self.blanks = tuple(dict.fromkeys(each for each in self.every if isinstance(each, Blank)))
        known = {blank: place for place, blank in enumerate(self.blanks)}
        self.others = tuple(each for each in self.every if not isinstance(each, Blank))
        after = count(len(self.blanks))
        self.places = [known[each] if isinstance(each, Blank) else next(after) for each in self.every]

    def filled(self, values: Mapping[str, Any], *, once: bool = False) -> tuple[Any, ...]:
        """Return them with a value in the place of each blank; for a text with numbers, the value of each blank `once`."""
        each = tuple(map(_taken, self.blanks, repeat(values), repeat(connection.vendor)))
        return each if once else tuple(map((*each, *self.others).__getitem__, self.places))

    def numbered(self, sql: str, first: int = 1) -> str:
        """Return the text with a number for each blank, from the first one on."""
        known, each = len(self.blanks), zip(self.places, self.every, strict=True)
        return database.numbered(sql, (first + place if place < known else (value,) for place, value in each))


def _taken(blank: Blank, values: Mapping[str, Any], vendor: str) -> Any:
    value = blank.value(values)
    # Two moments of London's are alike in the hour that comes twice.
    if type(value) is UUID or type(value) is date or (type(value) is datetime and value.tzinfo is UTC):
        return _kept_for(vendor, type(blank.output_field), value)  # type: ignore[arg-type]
    return value if isinstance(value, Blank) else blank.output_field.get_db_prep_value(value, connection)


@lru_cache(maxsize=256)  # who asks and when stand in every statement of a page
def _kept_for(vendor: str, kind: type[Field[Any, Any]], value: Any) -> Any:
    return kind().get_db_prep_value(value, connection)


class Statement(Generic[Row]):
    """A list of rows, whole models or chosen columns, whose SQL is composed once."""

    #: Whether PostgreSQL may keep one plan for all values; not where that cuts a list which is long for some of them alone.
    is_kept = True

    def __init__(self, compose: Callable[[], QuerySet[Any, Row]], cut_at: int = WHOLE, *, stood: bool = False) -> None:
        self._compose, self._cut_at, self._is_stood, self._numbered = compose, cut_at, stood, ""
        self._composed: tuple[Any, Any, Reader | None, str, _Parameters] | None = None

    def rows(self, values: Mapping[str, Any]) -> list[Row]:
        """Run the statement with the value of each blank. One statement; none where no row can be found, or it was run ahead."""
        if (found := _taken_ahead(self, values)) is not None:
            return found
        rows, compiler, read, sql, parameters = self.made()
        if not sql:
            return []
        if read is not None:
            if kept := self.is_kept and database.keeps():
                self._numbered = sql = self._numbered or parameters.numbered(sql)
            with database.asked(sql, parameters.filled(values, once=kept), kept=kept) as cursor:
                return read(cursor.fetchall())
        compiler = copy.copy(compiler)
        compiler.connection = connection
        compiler.as_sql = lambda *_, **__: (sql, parameters.filled(values))
        again: Any = rows.all()
        again.query.get_compiler = lambda *_, **__: compiler
        return list(again._iterable_class(again))

    def made(self) -> tuple[Any, Any, Reader | None, str, _Parameters]:
        """Return it composed, as it was when it was first run."""
        if self._composed is None:
            apart = copy_context()
            apart.run(_composing.set, self._is_stood)
            self._composed = apart.run(self._made)
        return self._composed

    def _made(self) -> tuple[Any, Any, Reader | None, str, _Parameters]:
        rows = self._compose()
        if scope := getattr(rows, "_require_scope", None):
            scope()
        if rows._prefetch_related_lookups:  # type: ignore[attr-defined]
            raise TypeError("a statement runs alone: read what belongs to its rows with another one")
        self.is_kept = self.is_kept and (rows.query.high_mark or 0) <= self._cut_at
        compiler = rows.query.get_compiler(connection=connection)
        try:
            sql, parameters = compiler.as_sql()
        except EmptyResultSet:
            return rows, compiler, None, "", _Parameters(())
        reads, text, values = reader(rows, compiler), _by_index(sql), _Parameters(parameters)
        if reads is not None:  # the list and its conditions, kept for each shape, took more memory than their text
            return None, SimpleNamespace(select=beside.kinds_of(compiler)), reads, text, values
        return rows, compiler, reads, text, values


class Counts(Statement[int]):
    """How many rows each of several lists holds, cut where it is sliced; with groups of places, only while each holds fewer."""

    def _made(self) -> tuple[Any, Any, Reader | None, str, _Parameters]:
        lists: Any = self._compose()
        made: list[Any] = [Statement(lambda each=each: each)._made() for each, *_ in lists]  # type: ignore[misc]
        sql = database.counted([(one[3], *each) for one, each in zip(made, lists, strict=True)])
        values = _Parameters(value for *_, parameters in made for value in parameters.every)
        return made[0][0], SimpleNamespace(select=[beside.WHOLE] * len(made)), lambda found: list(found[0]), sql, values


class Call(NamedTuple):
    """A statement as it is to be run: the same one with the same values finds the same rows."""

    statement: Statement[Any]
    values: Mapping[str, Any]

    def rows(self) -> list[Any]:
        """Run it, or take what was run ahead."""
        return self.statement.rows(self.values)


#: What was run ahead in the page that is being made, each with its rows: whoever asks for the same takes them. None: it waits.
_ahead: ContextVar[list[tuple[Call, list[Any] | None]] | None] = ContextVar("ahead", default=None)


@contextmanager
def read_ahead(*calls: Call) -> Iterator[None]:
    """Let what is asked inside be taken from what was run ahead, and run these calls at once. One statement.

    Only for what reads: what was written meanwhile is not in what was read before. Within another it goes on with that.
    """
    token = _ahead.set([] if (kept := _ahead.get()) is None else kept)
    try:
        run_ahead(*calls, waits=not calls)
        yield
    finally:
        _ahead.reset(token)


def run_ahead(*calls: Call, waits: bool = False) -> None:
    """Run these calls as one statement or a few, where a page reads ahead; else each is run by whoever asks for it.

    With `waits` they are run with what is run next, or once one of them is asked for.
    """
    if (kept := _ahead.get()) is None or audit.page_stands_at() is not None:
        return
    were = [call for call, _ in kept]
    new = [call for call in calls if call.statement.made()[2] is not None and call not in were]
    if waits:
        kept += ((call, None) for call in new)
        return
    new += [call for call, rows in kept if rows is None]
    kept[:] = [each for each in kept if each[1] is not None]
    for some in database.at_once([(call, len(call.statement.made()[-1].every)) for call in new]):
        kept += zip(some, together(*some), strict=True)


def _taken_ahead(statement: Statement[Row], values: Mapping[str, Any]) -> list[Row] | None:
    for place, (call, rows) in enumerate(kept := _ahead.get() or []):
        if call.statement is statement and call.values == values:
            if rows is None:
                run_ahead()
                return _taken_ahead(statement, values)
            del kept[place]
            return rows
    return None


def together(*calls: Call) -> list[list[Any]]:
    """Run several statements, whose rows we know how to read, as one: the rows of each."""
    statements = tuple(call.statement for call in calls)
    made = [each.made() for each in statements]
    kept = database.keeps() and all(each.is_kept for each in statements)
    values = [one for each, call in zip(made, calls, strict=True) for one in each[-1].filled(call.values, once=kept)]
    sql, takes = _in_one(statements, kept)
    with database.asked(sql, values, kept=kept) as cursor:
        lists = beside.apart(cursor.fetchall(), takes)
    return [each[2](rows) for each, rows in zip(made, lists, strict=True)]  # type: ignore[misc]


@lru_cache(maxsize=256)
def _in_one(statements: tuple[Statement[Any], ...], kept: bool) -> tuple[str, list[beside.Take]]:
    made = [each.made() for each in statements]
    before = accumulate((len(each[-1].blanks) for each in made), initial=1)
    texts = [each[-1].numbered(each[3], first) if kept else each[3] for each, first in zip(made, before, strict=False)]
    return beside.in_one([(text, compiler.select) for text, (_, compiler, *_) in zip(texts, made, strict=True)])


class Composed(Generic[Row]):
    """A list whose statement is kept: called, it is asked; `call` says what would be asked, to be run ahead."""

    def __init__(self, compose: Callable[..., Any], call: Callable[..., Call]) -> None:
        update_wrapper(self, compose)
        self.call = call

    def __call__(self, *given: Any, **values: Any) -> list[Row]:
        """Ask for the list."""
        return self.call(*given, **values).rows()


def composed(compose: Callable[..., QuerySet[Any, Row]]) -> Composed[Row]:
    """Have a list of an asker's (`compose(actor, at, …)`) composed once for each shape of asker, and run with their values.

    `compose` is given an actor whose staff, person and partner are blanks, and whose sites, roles and standing are true;
    the moment is a blank, and so is whatever is given by keyword. What it does with those is what stands in the statement:
    it cannot turn on what they are. A tuple of identifiers by keyword is one blank, however many there are: none, or a
    thousand. What is given by place is part of the shape, and whether the page shows a file as it stood.
    """
    return _of_shape(compose, Statement)


def counts(compose: Callable[..., Sequence[tuple[Any, ...]]]) -> Composed[int]:
    """Have the rows of several lists of an asker's counted with one statement (`Counts`), composed likewise."""
    return _of_shape(compose, Counts)


def _of_shape(compose: Callable[..., Any], kind: type[Statement[Row]]) -> Composed[Row]:
    @lru_cache(maxsize=256)
    def kept(shape: Callable[[], Any], more: tuple[Any, ...], names: Names, stood: bool) -> Statement[Row]:
        return kind(lambda: compose(shape(), ASKS.at, *more, **_blanks(names)), stood=stood)

    def call(actor: Actor, at: datetime, *more: Any, **values: Any) -> Call:
        names, stood = tuple([(name, type(value)) for name, value in values.items()]), _stood()
        return Call(kept(_asker(actor), more, names, bool(stood)), asked_by(actor, at) | values | stood)

    return Composed(compose, call)


def for_nobody(compose: Callable[..., QuerySet[Any, Row]]) -> Composed[Row]:
    """Have a list for nobody in particular composed once, and run with the values that are given by keyword."""

    @cache
    def kept(names: Names, stood: bool) -> Statement[Row]:
        return Statement(lambda: compose(**_blanks(names)), stood=stood)

    def call(**values: Any) -> Call:
        stood = _stood()
        return Call(kept(tuple((name, type(value)) for name, value in values.items()), bool(stood)), values | stood)

    return Composed(compose, call)


def composed_in(compose: Callable[..., QuerySet[Any, Row]], cut_at: int = 0) -> Callable[..., list[Row]]:
    """Have a list of a file that was opened (`compose(opened, …)`) composed once for each shape of what it opens, likewise.

    `cut_at`: one that is cut there or below is planned once too, which is dear where a long file is sorted for its newest few.
    """

    @lru_cache(maxsize=256)
    def kept(shape: Callable[[], Any], more: tuple[Any, ...], names: Names, stood: bool) -> Statement[Row]:
        return Statement(lambda: compose(shape(), *more, **_blanks(names)), cut_at, stood=stood)

    @wraps(compose)
    def rows(opened: Opened, *more: Any, **values: Any) -> list[Row]:
        names, stood = tuple([(name, type(value)) for name, value in values.items()]), _stood()
        of = kept(_file(opened), more, names, bool(stood))
        return of.rows({"file": opened.file, "as_of": opened.as_of} | values | stood)

    return rows


_FIELDS: dict[type, type[Field[Any, Any]]] = {datetime: DateTimeField, date: DateField, UUID: UUIDField, str: TextField}


def _blanks(names: Names) -> dict[str, Blank]:
    return {name: Many(name, kind) if kind in _KINDS else Blank(name, _FIELDS[kind]()) for name, kind in names}


@known_as
def _asker(actor: Actor) -> Actor:
    """Return the actor with a blank for each value that a statement is run with, and nothing else that is theirs alone."""
    nobody: dict[str, Any] = {"name": "", "account": None, "session": "", "client": "", "request": "", "rests": ()}
    whose: dict[str, Any] = {"staff": ASKS.staff, "natural": ASKS.person, "partner": ASKS.partner, "seen": None}
    return replace(actor, **nobody, **whose)


_file = known_as(lambda one: replace(one, file=FILE, as_of=one.as_of and AS_OF))
