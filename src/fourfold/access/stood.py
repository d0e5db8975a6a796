"""Rows as they stood when their file was handed to another unit: what was changed in them or added since is not read.

Rows are added, not edited; what lists need is also kept in a column that is changed in place (a status, a day, that
something ended). A model says in `AS_IT_STOOD` what such a column held at an earlier moment: the last row of its history
by then, or nothing where it was set later. A statement over a file that was handed over reads its tables through that:
each is shadowed by an expression of the same name, wherever in the statement it stands, joined tables too; and of every
table of a file it reads the rows that were recorded by then, but of one that is `ALWAYS_NOW` because it keeps somebody out.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Protocol

from django.apps import apps
from django.db import models
from django.db.models.sql import Query


class Stood(Protocol):
    """What a column held at a moment: an expression over the row `t`, with {at} where the moment stands."""

    def sql(self, column: str) -> str: ...


@dataclass(frozen=True)
class Since:
    """Empty where a moment of the row is later: `moment` names its column, the column itself unless named."""

    moment: str = ""
    empty: str = "NULL"

    def sql(self, column: str) -> str:
        """Return the expression for a column."""
        return f"CASE WHEN t.{self.moment or column} > {{at}} THEN {self.empty} ELSE t.{column} END"


@dataclass(frozen=True)
class Last:
    """What the last row of its history by then said: its table, the column that names this row, its value, its order."""

    table: str
    names: str
    value: str
    order: str
    first: str = "NULL"

    def sql(self, column: str) -> str:
        """Return the expression for a column."""
        newest = f"ORDER BY h.{self.order} DESC, h.recorded_at DESC LIMIT 1"
        history = f"FROM {self.table} h WHERE h.{self.names} = t.id AND h.recorded_at <= {{at}}"
        return f"COALESCE((SELECT h.{self.value} {history} {newest}), {self.first})"


@dataclass(frozen=True)
class Before:
    """What the first row of its history after then found: `value` is the column of what was there before it."""

    table: str
    names: str
    value: str
    order: str

    def sql(self, column: str) -> str:
        """Return the expression for a column."""
        later = f"FROM {self.table} h WHERE h.{self.names} = t.id AND h.recorded_at > {{at}}"
        found = f"(SELECT h.{self.value} {later} ORDER BY h.{self.order}, h.recorded_at LIMIT 1)"
        return f"CASE WHEN EXISTS (SELECT 1 {later}) THEN {found} ELSE t.{column} END"


@dataclass(frozen=True)
class Withheld:
    """Empty where a row `h` of another table, recorded or logged later, says that it was changed: `where` finds it."""

    table: str
    where: str
    empty: str = "NULL"

    def sql(self, column: str) -> str:
        """Return the expression for a column."""
        changed = f"EXISTS (SELECT 1 FROM {self.table} h WHERE {self.where})"  # noqa: S608 -- words of the models alone
        return f"CASE WHEN {changed} THEN {self.empty} ELSE t.{column} END"


@dataclass(frozen=True)
class As:
    """What an expression of its own says."""

    expression: str

    def sql(self, column: str) -> str:
        """Return the expression for a column."""
        return self.expression


class AsItStood(Query):
    """A query over a file that was handed over: it reads every table of a file as of then."""

    stood_at: datetime

    def get_compiler(self, using: Any = None, connection: Any = None, elide_empty: bool = True) -> Any:
        """Return a compiler that puts the tables as they stood before the statement."""
        compiler = super().get_compiler(using, connection, elide_empty)
        plain, vendor = compiler.as_sql, compiler.connection

        def as_sql(*args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...]]:
            sql, params = plain(*args, **kwargs)
            if not sql.lstrip("(").startswith("SELECT"):
                return sql, params
            shadows = [(name, table) for name, table in _tables(vendor.vendor) if f'"{name}"' in sql]
            if not shadows:
                return sql, params
            given = isinstance(self.stood_at, datetime)  # else it is given when the statement runs
            moment = vendor.ops.adapt_datetimefield_value(self.stood_at) if given else self.stood_at
            # Each where it stands: laid down first, each would be all of its table, and no index would find a file in it.
            each = (f'"{name}" AS NOT MATERIALIZED ({table.replace("{at}", "%s")})' for name, table in shadows)
            before = ", ".join(each)
            moments = [moment] * sum(table.count("{at}") for _, table in shadows)
            return f"WITH {before} {sql}", (*moments, *params)

        compiler.as_sql = as_sql
        # PostgreSQL knows that a key says the other columns of a table; of an expression it does not.
        compiler.collapse_group_by = lambda expressions, having: expressions
        return compiler


def as_it_stood(rows: models.QuerySet[Any, Any], at: datetime) -> None:
    """Let a query read as of a moment; it stays what it is otherwise."""
    rows.query = rows.query.chain(AsItStood)
    rows.query.stood_at = at  # type: ignore[attr-defined]


@cache
def _tables(vendor: str) -> tuple[tuple[str, str], ...]:
    return tuple(_shadows(vendor))


def _shadows(vendor: str) -> Iterator[tuple[str, str]]:
    """Yield each table of which rows are changed, and how it is read as it stood. Its own name would be itself again."""
    # What an expression asks of a history, it asks of the table. PostgreSQL reads that of what stands later in the list.
    schema = "main." if vendor == "sqlite" else ""
    for model in sorted(apps.get_models(), key=lambda each: not hasattr(each, "AS_IT_STOOD")):
        stood: Mapping[str, Stood] = getattr(model, "AS_IT_STOOD", {})
        names = [str(field.column) for field in model._meta.concrete_fields]
        of_a_file = hasattr(model, "FILE_PATH") and "recorded_at" in names and not getattr(model, "ALWAYS_NOW", False)
        if not stood and not of_a_file:
            continue
        said = {one: re.sub(r"\bFROM (?=\w)", f"FROM {schema}", each.sql(one)) for one, each in stood.items()}
        columns = (f"{said[one]} AS {one}" if one in said else f"t.{one}" for one in names)
        name, then = model._meta.db_table, " WHERE t.recorded_at <= {at}" if of_a_file else ""
        yield name, f'SELECT {", ".join(columns)} FROM {schema}"{name}" t{then}'  # noqa: S608 -- words of the models alone
