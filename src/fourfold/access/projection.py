"""A value that shows a row is filled from the row: by name, converted by annotation, closed by compartment.

A slice declares its value once, as a frozen dataclass, and says in `queries` which model it shows:

    LEVEL = Projection(LevelNow, LevelSet, set_by=Staff("recorded_by"))
    levels = LEVEL.all(LevelSet.objects.of(opened), opened=opened)

All is worked out when the module is imported: a field that matches nothing, and a column of another type, raise
`Unmatched` there. `docs/adr/0013-values-filled-from-rows.md` shows every kind of source.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Generic, Literal, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from django.db import models

from fourfold.access.paths import Path, Way, path_of, refuse_misfit, way_of
from fourfold.access.queries import names_of
from fourfold.access.terms import Compartment, Opened

Value = TypeVar("Value")
Row = TypeVar("Row", bound=models.Model)


class Unmatched(TypeError):
    """A field of a value does not fit the model that the value shows."""


@dataclass(frozen=True)
class Staff:
    """The name of the member of staff at a path: "" for nobody, `unknown` for one whom the names do not hold."""

    path: str
    unknown: str = ""


@dataclass(frozen=True)
class Added:
    """What the queryset added to its rows under this name, by `annotate`."""

    name: str


class Through:
    """What a function makes of the values at some paths."""

    def __init__(self, function: Callable[..., object], *paths: str) -> None:
        self.function, self.paths = function, paths


@dataclass(frozen=True)
class Part:
    """A value of its own within the value: of the row at a path, None where there is none, or of the same row."""

    projection: Projection[Any]
    path: str = ""


Source = str | Staff | Added | Through | Part
Names = Mapping[UUID, str]
Readable = Opened | Collection[Compartment]


class Projection(Generic[Value]):
    """How a row of a model is shown as a value: each field from its source, or from what the model calls the same.

    `given` are the fields that the caller gives with each row. `columns` are the paths that are read, `relations` the
    ways there, `staff` the paths at which members of staff stand.
    """

    def __init__(self, value: type[Value], model: type[models.Model], /, *given: str, **sources: Source) -> None:
        self.value, self.model = value, model
        self.columns: list[str] = []
        self.relations: list[str] = []
        self.staff: list[str] = []
        self._closes = self._asks_property = False
        self._known: dict[str, Any] = {"value_": value}
        self._rows: dict[str, str] = {}
        known = {field.name: field.default for field in fields(value) if field.init}  # type: ignore[arg-type]
        for name in {*given, *sources}.difference(known):
            raise Unmatched(f"{value.__name__} has no field {name}, which {model.__name__} is to fill")
        hints = get_type_hints(value, include_extras=True)
        texts = {
            name: "" if name in given else self._filled(name, hints[name], sources.get(name, name)) for name in known
        }
        self._fill = self._written(
            {name: self._closed(hints[name], text or name) for name, text in texts.items()},
            {name: known[name] for name in given},
        )
        self._takes_opened = "opened" in given

    def __call__(
        self, row: models.Model, /, *, names: Names | None = None, opened: Readable | None = None, **given: Any
    ) -> Value:
        """Return a row as a value: with the names of staff, and closed where `opened` does not open a compartment."""
        if opened is None and self._closes:
            raise TypeError(f"{self.value.__name__} has closed fields: say what is opened")
        if names is None and self.staff:
            raise TypeError(f"{self.value.__name__} shows members of staff: pass their names")
        if self._takes_opened:
            given["opened"] = opened
        return self._fill(row, names, opened.readable if isinstance(opened, Opened) else opened, **given)

    def all(
        self, rows: Iterable[models.Model], *, names: Names | None = None, opened: Readable | None = None
    ) -> tuple[Value, ...]:
        """Return rows as values; the names of staff are read where they are not given, in one statement for all."""
        read = list(rows)
        if names is None and self.staff:
            names = names_of(self.staff_in(read))
        return tuple(self(row, names=names, opened=opened) for row in read)

    def only(self, rows: models.QuerySet[Row]) -> models.QuerySet[Row]:
        """Read of some rows what the value is made of, in one statement; whole rows where it asks a property."""
        joined = rows.select_related(*self.relations) if self.relations else rows
        return joined if self._asks_property else joined.only(*self.columns)

    def staff_in(self, rows: Iterable[models.Model]) -> set[UUID]:
        """Return the members of staff whose names the values of these rows show."""
        found = {_follow(row, path.split("__")) for row in rows for path in self.staff}
        return found - {None}

    def _written(self, texts: Mapping[str, str], given: Mapping[str, object]) -> Callable[..., Value]:
        """Return the function that fills a value, written as the standard library writes the methods of a dataclass.

        It is as quick as what somebody would write by hand; a loop over the fields takes four times as long a row.
        """
        defaults = (name if value is MISSING else f"{name}={self._knows(value)}" for name, value in given.items())
        parameters = ", ".join(["row_", "names_", "readable_", *(["*", *defaults] if given else [])])
        lines = [f"{name} = {row}" for name, row in self._rows.items()]
        call = f"return value_({', '.join(f'{name}={text}' for name, text in texts.items())})"
        exec("\n ".join([f"def fill_({parameters}):", *lines, call]), self._known)  # noqa: S102
        return self._known["fill_"]

    def _knows(self, thing: object) -> str:
        name = f"known_{len(self._known)}_"
        self._known[name] = thing
        return name

    def _filled(self, name: str, hint: Any, source: Source) -> str:
        """Return what fills a field from its source, in the words of Python, or raise Unmatched."""
        try:
            return self._text(get_args(hint)[0] if get_origin(hint) is Annotated else hint, source)
        except LookupError as fault:
            raise Unmatched(f"{self.value.__name__}.{name} of {self.model.__name__}: {fault.args[0]}") from None

    def _closed(self, hint: Any, text: str) -> str:
        for closed in hint.__metadata__ if get_origin(hint) is Annotated else ():
            self._closes = True
            text = f"({text} if {self._knows(closed.compartment)} in readable_ else {self._knows(closed.instead)})"
        return text

    def _text(self, hint: Any, source: Source) -> str:
        if isinstance(source, Part):
            return self._part(source.projection, source.path)
        if isinstance(source, Added):
            return self._converted(hint, f"row_.{source.name}")
        if isinstance(source, Through):
            return f"{self._knows(source.function)}({', '.join(self._read(self._path(path)) for path in source.paths)})"
        if isinstance(source, Staff):
            self.staff.append(source.path)
            read = self._read(self._path(source.path))
            return f"(names_.get(staff_, {self._knows(source.unknown)}) if (staff_ := {read}) else '')"
        path = self._path(source)
        refuse_misfit(hint, path)
        if hint is bool and not isinstance(path.column, models.BooleanField):
            return f"bool({self._read(path)})"
        return self._converted(hint, self._read(path))

    def _converted(self, hint: Any, text: str) -> str:
        """Return what makes of a stored value what an annotation says."""
        kinds = [kind for kind in get_args(hint) if kind is not NoneType and get_origin(kind) is not Literal]
        if get_origin(hint) in (Union, UnionType):
            converted = self._converted(kinds[0], "stored_") if len(kinds) == 1 else "stored_"
            return text if converted == "stored_" else f"(None if (stored_ := {text}) in (None, '') else {converted})"
        if get_origin(hint) in (tuple, frozenset):
            item = self._converted(kinds[0], "item_")
            return f"{get_origin(hint).__name__}({text if item == 'item_' else f'[{item} for item_ in {text}]'})"
        if isinstance(hint, type) and issubclass(hint, Enum):
            return f"{self._knows(_Members(hint))}[{text}]"
        return text

    def _part(self, part: Projection[Any], at: str) -> str:
        way = way_of(self.model, at.split("__") if at else [])
        if way.model is not part.model:
            raise LookupError(f"{at or 'the row itself'} is no {part.model.__name__}")
        prefix = f"{at}__" if at else ""
        self.columns += [prefix + column for column in part.columns]
        self.relations += [*([at] if at else []), *(prefix + relation for relation in part.relations)]
        self.staff += [prefix + staff for staff in part.staff]
        self._closes |= part._closes
        self._asks_property |= part._asks_property
        row = self._row(way)
        text = f"{self._knows(part._fill)}({row}, names_, readable_)"
        return f"(None if {row} is None else {text})" if way.may_end else text

    def _path(self, path: str) -> Path:
        found, (way, _, _) = path_of(self.model, path), path.rpartition("__")
        if found.column is None:
            self._asks_property = True
        else:
            self.columns.append(path)
        if way:
            self.relations.append(way)
        return found

    def _read(self, path: Path) -> str:
        row = self._row(path.way)
        return f"getattr({row}, '{path.attribute}', None)" if path.way.may_end else f"{row}.{path.attribute}"

    def _row(self, way: Way) -> str:
        """Return the name of the row at the end of a way: each is fetched once, however many of its columns are read."""
        row, may_end = "row_", False
        for step, nowhere in way.steps:
            before, row, may_end = row, f"{row}{step}_", may_end or nowhere
            self._rows[row] = f"getattr({before}, '{step}', None)" if may_end else f"{before}.{step}"
        return row


class _Members(dict[Any, Enum]):
    """The members of an enumeration by their values: five times as quick as asking the enumeration."""

    def __init__(self, kind: type[Enum]) -> None:
        super().__init__((member.value, member) for member in kind)
        self.kind = kind

    def __missing__(self, stored: object) -> Enum:
        return self.kind(stored)


def _follow(row: Any, steps: Iterable[str]) -> Any:
    for step in steps:
        row = getattr(row, step, None)
    return row
