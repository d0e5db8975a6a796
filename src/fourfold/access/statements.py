"""Statements that are composed once and run with other values.

The framework composes and compiles a query anew each time it is asked: for the few that every page asks, who acts and
what a file opens, that took five times as long as the database needs to answer them. A statement is written in the
framework's words with a `Blank` for each value, composed when it is first run, and its blanks filled in at each run.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connection
from django.db.models import DateField, DateTimeField, Expression, Field, QuerySet, TextField, UUIDField

Row = TypeVar("Row")


class Blank(Expression):
    """A value that is given when the statement runs; it stands in for one wherever a query compares."""

    def __init__(self, name: str, output_field: Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Return a place for a parameter, which is this blank until `filled` gives it a value."""
        return "%s", (self,)


class Asks(NamedTuple):
    """Who asks when, as blanks: `staff`, the natural `person`, their `partner`, the moment and its day in London."""

    staff: Any = Blank("staff", UUIDField())
    person: Any = Blank("person", UUIDField())
    partner: Any = Blank("partner", TextField())
    at: Any = Blank("at", DateTimeField())
    day: Any = Blank("day", DateField())


ASKS = Asks()


def filled(parameters: Iterable[Any], values: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return parameters with a value in the place of each blank, as the database takes it; KeyError where one lacks."""
    return tuple(
        each.output_field.get_db_prep_value(values[each.name], connection) if isinstance(each, Blank) else each
        for each in parameters
    )


class Statement(Generic[Row]):
    """A list of rows, whole models or chosen columns, whose SQL is composed once."""

    def __init__(self, compose: Callable[[], QuerySet[Any, Row]]) -> None:
        self._compose = compose
        self._composed: tuple[QuerySet[Any, Row], Any, str, tuple[Any, ...]] | None = None

    def rows(self, values: Mapping[str, Any]) -> list[Row]:
        """Run the statement with the value of each blank. One statement."""
        if self._composed is None:
            rows = self._compose()
            compiler = rows.query.get_compiler(connection=connection)
            sql, parameters = compiler.as_sql()
            self._composed = (rows, compiler, sql, tuple(parameters))
        rows, compiler, sql, parameters = self._composed
        compiler = copy.copy(compiler)
        compiler.connection = connection
        compiler.as_sql = lambda *_, **__: (sql, filled(parameters, values))
        again: Any = rows.all()
        again.query.get_compiler = lambda *_, **__: compiler
        return list(again._iterable_class(again))
