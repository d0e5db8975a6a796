"""Paths of a model, as querysets write them ("allegation__summary__kinds"): where they lead, and what stands there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist
from django.db import models

#: What a column gives, the first that fits: to the framework a column of moments is one of days too.
_GIVES: tuple[tuple[type[models.Field[Any, Any]], type], ...] = (
    (models.UUIDField, UUID),
    (models.DateTimeField, datetime),
    (models.DateField, date),
    (models.BooleanField, bool),
    (models.IntegerField, int),
    (models.CharField, str),
    (models.TextField, str),
)


@dataclass(frozen=True)
class Way:
    """Relations from one row to another, each with whether it can lead nowhere, and the model at their end."""

    steps: tuple[tuple[str, bool], ...]
    model: type[models.Model]

    @property
    def may_end(self) -> bool:
        """Whether there may be no row at its end."""
        return any(nowhere for _, nowhere in self.steps)


@dataclass(frozen=True)
class Path:
    """The way to a row, and an attribute there: a column, or with `column` None a property or a row that has none."""

    way: Way
    attribute: str
    column: models.Field[Any, Any] | None

    @property
    def may_be_none(self) -> bool:
        """Whether it can give None."""
        return self.way.may_end or (self.column is not None and self.column.null)


def way_of(model: type[models.Model], steps: list[str]) -> Way:
    """Return where relations lead, or raise LookupError where one of them is none, or leads to many rows."""
    found = []
    for step in steps:
        relation = _field(model, step)
        if relation is None or not (relation.many_to_one or relation.one_to_one):
            raise LookupError(f"{model.__name__} has no relation {step} to one row")
        found.append((step, bool(relation.null)))
        model = relation.related_model
    return Way(tuple(found), model)


def path_of(model: type[models.Model], path: str) -> Path:
    """Return where a path leads: to a column ("case_id" and "case" are the same), or to an attribute of the model."""
    *steps, last = path.split("__")
    way = way_of(model, steps)
    column = _field(way.model, last)
    if column is not None and column.concrete:
        return Path(way, column.attname, column)
    if column is not None or not hasattr(way.model, last):
        raise LookupError(f"{way.model.__name__} has no column or attribute {last}")
    return Path(way, last, None)


def _field(model: type[models.Model], name: str) -> Any:
    try:
        return model._meta.pk if name == "pk" else model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def refuse_misfit(hint: Any, path: Path) -> None:
    """Raise LookupError where a column is of another type than a field, or may be NULL where the field may not."""
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    column = getattr(path.column, "target_field", path.column)
    gives = next((kind for field, kind in _GIVES if isinstance(column, field)), None)
    if hint is bool or gives is None:
        return
    if path.may_be_none and NoneType not in kinds:
        raise LookupError("the column may be NULL, the field may not be None")
    if not any(kind is gives or (isinstance(kind, type) and issubclass(kind, Enum)) for kind in kinds):
        raise LookupError(f"the column gives {gives.__name__}")
