"""What a statement read, as models or columns, put together by a way that is worked out once.

The framework works out at each run which column fills which field, calls three functions for each field of each row, and
tells two signals of it to which nobody listens. That took longer than the database needs to find the rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from inspect import getattr_static
from typing import Any
from uuid import UUID, SafeUUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import JSONField, Model, QuerySet
from django.db.models.base import ModelState
from django.db.models.expressions import Col
from django.db.models.fields.json import KeyTransform
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute
from django.db.models.query import FlatValuesListIterable, ModelIterable, ValuesIterable, ValuesListIterable
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import post_init, pre_init

Made = Callable[[Sequence[Any]], Any]
Reader = Callable[[Sequence[Sequence[Any]]], list[Any]]
Column = Callable[[Iterable[Any], Any], Iterable[Any]]
#: What holds a column's value as it was read: under its name, as if nobody had asked.
PLAIN = (DeferredAttribute, ForeignKeyDeferredAttribute)
_set_number, _set_safe, _UNKNOWN = UUID.__dict__["int"].__set__, UUID.__dict__["is_safe"].__set__, SafeUUID.unknown


def reader(rows: QuerySet[Any, Any], compiler: Any) -> Reader | None:
    """Return what makes of fetched rows what the queryset would, None where only the framework knows how."""
    make = _maker(rows, compiler)
    if make is None:
        return None
    asked = compiler.get_converters([column for column, *_ in compiler.select[: compiler.col_count]])
    converters: list[tuple[int, Callable[..., Any], Column | None, Any]] = []
    for place, (several, column) in asked.items():
        for each in several:
            quick = QUICK.get(getattr(each, "__name__", ""))
            if getattr(each, "__func__", None) is JSONField.from_db_value and isinstance(column, Col):
                quick = _documents if each.__self__.decoder is None else None
            # What reads a value asks of a column at most whether it is a key's of JSON; another may hold a whole query.
            converters.append((place, each, quick, column if isinstance(column, KeyTransform) else None))

    def read(fetched: Sequence[Sequence[Any]]) -> list[Any]:
        columns: list[Any] = list(zip(*fetched, strict=True))  # at once: nothing is called for each value of a column
        real = connections[DEFAULT_DB_ALIAS]  # the other asks for it at each attribute
        for place, convert, quick, column in converters if fetched else ():
            values = columns[place]
            columns[place] = quick(values, real) if quick else [convert(each, column, real) for each in values]
        return list(map(make, zip(*columns, strict=True)))

    return read


@lru_cache(maxsize=4_096)  # a day names the same cases again and again, and what is the same one need not be compared
def identifier(value: str | None) -> UUID | None:
    """Return an identifier of the digits that SQLite keeps, which are looked at once: not for what else they could be."""
    return None if value is None else quick_uuid(value) if len(value) == 32 else UUID(value)


def quick_uuid(digits: str) -> UUID:
    """Return the identifier of 32 digits."""
    new = object.__new__(UUID)
    _set_number(new, int(digits, 16))
    _set_safe(new, _UNKNOWN)
    return new


def _moments(values: Iterable[Any], database: Any) -> Iterable[Any]:
    """Return moments that SQLite gave, as text in a list among others; the framework asks for zones anew of each."""
    found = [datetime.fromisoformat(each) if type(each) is str else each for each in values]
    return [each and (each if each.tzinfo else each.replace(tzinfo=database.timezone)) for each in found]


def _documents(values: Iterable[Any], database: Any) -> Iterable[Any]:
    """Return what JSON says, read as one text; each is a document, or the database would not have kept it."""
    return json.loads(f"[{','.join(['null' if each is None else each for each in values])}]")


#: What takes the place of the framework's own ways to read the values of a column, by their names.
QUICK: dict[str, Column] = {
    "convert_uuidfield_value": lambda values, _: map(identifier, values),
    "convert_datetimefield_value": _moments,
    "convert_booleanfield_value": lambda values, _: [bool(each) if each in (0, 1) else each for each in values],
}


def _maker(rows: QuerySet[Any, Any], compiler: Any) -> Made | None:
    query, kind = rows.query, rows._iterable_class
    if compiler.has_extra_select or rows._known_related_objects:  # type: ignore[attr-defined]
        return None
    if kind is ModelIterable:
        return _model(compiler, compiler.klass_info, rows.db, tuple((compiler.annotation_col_map or {}).items()))
    if kind is ValuesListIterable:
        return tuple
    if kind is FlatValuesListIterable:
        return lambda row: row[0]
    if kind is ValuesIterable:
        names = tuple(query.selected or (*query.extra_select, *query.values_select, *query.annotation_select))
        return lambda row: dict(zip(names, row, strict=False))
    return None


def _model(compiler: Any, info: dict[str, Any], database: str, added: tuple[tuple[str, int], ...] = ()) -> Made | None:
    """Return what makes a model of a row, with those to which it leads; None in the place of one that is not there."""
    model, places = info["model"], info["select_fields"]
    names = tuple(compiler.select[place][0].target.attname for place in places)
    others: list[tuple[Made, Any, Any]] = []
    for each in info.get("related_klass_infos", ()):
        if (make := _model(compiler, each, database)) is None:
            return None
        others.append((make, each["local_setter"], each["remote_setter"]))
    if info.get("from_parent") or not _is_plain(model, names):
        return None
    start, end, key = places[0], places[-1] + 1, places[names.index(model._meta.pk.attname)]

    def made(row: Sequence[Any]) -> Any:
        if row[key] is None:
            return None
        new = object.__new__(model)
        state = ModelState()
        state.adding, state.db = False, database
        new.__dict__.update(zip(names, row[start:end], strict=True), _state=state)
        for make, set_here, set_there in others:
            other = make(row)
            set_here(new, other)
            if other is not None:
                set_there(other, new)
        for name, place in added:
            setattr(new, name, row[place])
        return new

    return made


def _is_plain(model: type[Model], names: Sequence[str]) -> bool:
    """Return whether a row of a model is its columns and nothing else: nothing is done to it as it is made."""
    told = pre_init.has_listeners(model) or post_init.has_listeners(model)
    own = model.__init__ is not Model.__init__ or model.from_db.__func__ is not Model.from_db.__func__  # type: ignore[attr-defined]
    return not (told or own) and all(type(getattr_static(model, name)) in PLAIN for name in names)
