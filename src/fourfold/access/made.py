"""Conditions on a row's file whose SQL is made once for a person and a moment, and put into every list of a page.

The framework would build and compile the same four sub-queries for each list anew: on the page of a day, with twenty
lists, that was half of the work. What the conditions say stands in `scoping`, in the framework's words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import BooleanField, Expression, F, Field, Func, QuerySet, UUIDField

#: Stands in the SQL that was made where the column with the row's file will stand.
_HERE = "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}here\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}"
_TABLE = re.compile(r'(FROM|JOIN) "(\w+)"')


@dataclass(frozen=True)
class Made:
    """A condition in SQL, with its parameters."""

    sql: str
    parameters: tuple[Any, ...]

    def joined(self, how: str, other: Made) -> Made:
        """Return both conditions joined by AND or OR."""
        return Made(f"({self.sql} {how} {other.sql})", (*self.parameters, *other.parameters))


class Here(Expression):
    """The column with the row's file, in a query of which a condition is made."""

    def __init__(self, output_field: Field[Any, Any] | None = None) -> None:
        super().__init__(output_field=output_field or UUIDField())

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Return the mark that a column will take the place of."""
        return _HERE, ()


def made(rows: QuerySet[Any]) -> Made:
    """Return the condition that there is such a row. Its tables get names of their own, so that no list can hide them."""
    try:
        sql, parameters = rows.order_by().values("pk")[:1].query.sql_with_params()
    except EmptyResultSet:
        return Made("1 = 0", ())
    for table in {found[2] for found in _TABLE.finditer(sql)}:
        sql = sql.replace(f'"{table}".', f'"door_{table}".')
    return Made(f"EXISTS({_TABLE.sub(_named, sql)})", tuple(parameters))


def _named(found: re.Match[str]) -> str:
    return f'{found[1]} "{found[2]}" "door_{found[2]}"'


class Holds(Func):
    """Whether a condition holds for the file that the column at a path names."""

    output_field = BooleanField()

    def __init__(self, path: str, condition: Made) -> None:
        super().__init__(F(path))
        self.condition = condition

    def as_sql(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """Return the condition with the column, which has no parameters of its own, in its place."""
        column, _ = compiler.compile(self.source_expressions[0])
        return self.condition.sql.replace(_HERE, column), list(self.condition.parameters)
