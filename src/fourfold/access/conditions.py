"""Conditions on a row whose SQL is made once and put into every list that asks it.

The framework would build and compile the same sub-queries for each list anew: on the page of a day, with twenty lists,
that was most of the work. What the conditions say stands where they are made, in the framework's words. Who may open a
file is made once for all who work at the same sites (`scoping`), with blanks for who and when; whether an act was joined,
or a step signed, once and for all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Exists, Expression, F, Field, Func, QuerySet, Subquery, UUIDField

from fourfold.access.statements import Blank, filled

#: Stand around the name of a column in the SQL that was made; the column itself will take their place.
_BEFORE, _BEHIND = "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}", "\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}"
_COLUMN = re.compile(f"{_BEFORE}(\\w+){_BEHIND}")
#: A table under its own name; the framework gives another one only to what it joins or nests a second time.
_TABLE = re.compile(r'(FROM|JOIN) "(\w+)"(?! [A-Z]+\d)')


@dataclass(frozen=True)
class Made:
    """A condition in SQL, with its parameters."""

    sql: str
    parameters: tuple[Any, ...]

    def filled(self, values: Mapping[str, Any]) -> Made:
        """Return the condition with the value of each of its blanks."""
        return Made(self.sql, filled(self.parameters, values))

    def of(self, **columns: str) -> str:
        """Return its text with the columns in their places."""
        return _COLUMN.sub(lambda found: columns[found[1]], self.sql)

    def joined(self, how: str, other: Made) -> Made:
        return Made(f"({self.sql} {how} {other.sql})", (*self.parameters, *other.parameters))

    def without(self, other: Made) -> Made:
        """Return what holds where the other does not, as it nearly never does: PostgreSQL reckons with every second row where
        it reads NOT, with hardly any where it reads of NULL, and sorts a list whose order it could follow to the end of a page."""
        if connection.vendor == "sqlite":
            return self.joined("AND NOT", other)
        return self.joined("AND", Made(f"NULLIF({other.sql}, TRUE) IS NOT NULL", other.parameters))


class Here(Expression):
    """A column of the list, in a query of which a condition is made: of the row's file, or by another name of it."""

    def __init__(self, name: str = "file", output_field: Field[Any, Any] | None = None) -> None:
        super().__init__(output_field=output_field or UUIDField())
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Return the mark that a column will take the place of."""
        return f"{_BEFORE}{self.name}{_BEHIND}", ()


def says(name: str, value: str | Blank) -> Made:
    """Return the condition that a column of the list says this."""
    return Made(f"{_BEFORE}{name}{_BEHIND} = %s", (value,))


def made(rows: QuerySet[Any]) -> Made:
    """Return the condition that there is such a row. Its tables get names of their own, so that no list can hide them."""
    try:
        sql, parameters = rows.order_by().values("pk")[:1].query.sql_with_params()
    except EmptyResultSet:
        return Made("1 = 0", ())
    # That there is one is all that is asked: for its identifier an index that holds all else would be left.
    sql = _IDENTIFIER.sub("SELECT 1 FROM", sql, count=1)
    for table in {found[2] for found in _TABLE.finditer(sql)}:
        sql = sql.replace(f'"{table}".', f'"door_{table}".')
    return Made(f"EXISTS({_TABLE.sub(_named, sql)}{_FOR_EACH_ROW[connection.vendor]})", tuple(parameters))


def among(rows: QuerySet[Any]) -> Made:
    """Return the condition that the row's file is on a list that is the same for every row: read once for a statement."""
    sql, parameters = rows.query.sql_with_params()
    before, behind = {"postgresql": ("= ANY(ARRAY(", "))"), "sqlite": ("IN (", ")")}[connection.vendor]
    return Made(f"{_BEFORE}file{_BEHIND} {before}{sql}{behind}", tuple(parameters))


#: What has PostgreSQL look at the rows of one file by their index, as SQLite does, whenever it looks. It does not know how few
#: rows of a list a page reads, and would else read a whole table into memory first, for each page: a subquery with an offset
#: it leaves as it stands.
_FOR_EACH_ROW = {"postgresql": " OFFSET 0", "sqlite": ""}


class IsThere(Exists):
    """Whether there is such a row, asked of one row of a list after another: a flag, or one of several conditions.

    Where a list is narrowed by it alone, `Exists` lets the database join instead.
    """

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, Any]:
        """Return it so that it is looked up for each row."""
        return super().as_sql(compiler, connection, f"EXISTS(%(subquery)s{_FOR_EACH_ROW['postgresql']})", **more)


class OfGroup(Func):
    """What is reckoned of a group, as a condition inside of what is looked up for that group once names it: the framework would
    take the condition for one on groups inside, and group by the column that was reckoned with."""

    template = "(SELECT %(expressions)s)"  # without which SQLite refuses it in a condition
    contains_aggregate = False

    def get_external_cols(self) -> list[Any]:
        """Return no column by which to group."""
        return []


def _named(found: re.Match[str]) -> str:
    return f'{found[1]} "{found[2]}" "door_{found[2]}"'


def listed(condition: Made) -> Made:
    """Return a condition that was made, asked of a list of the files for which it holds: read once for a statement, where
    so many rows ask that each of them would look longer than all together."""
    inside = rf'{_BEFORE}file{_BEHIND} IN (SELECT \2."file" FROM \1 \2'  # noqa: S608 -- our own tables' names
    sql = _ASKED_OF_ONE.sub(inside, condition.sql)
    sql = _OF_THE_FILE.sub('"file" IS NOT NULL', sql)
    return Made(re.sub(r" LIMIT 1( OFFSET 0)?\)", ")", sql), condition.parameters)


_ASKED_OF_ONE = re.compile(r'EXISTS\(SELECT 1 FROM ("\w+") ("door_\w+")')
_IDENTIFIER = re.compile(r'^SELECT "\w+"\."id" AS "pk" FROM')
_OF_THE_FILE = re.compile(rf'"file" = \({_BEFORE}file{_BEHIND}\)')


class Mostly(Func):
    """A condition that holds for most rows, as PostgreSQL is to reckon (`Made.without`): it takes two that hold together for
    rare ones, and sorts a list of which it would read a page by its index."""

    output_field = BooleanField()
    template = "(%(expressions)s)"

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, Any]:
        """Return it as that something is not null."""
        return super().as_sql(compiler, connection, template="NULLIF(%(expressions)s, FALSE) IS NOT NULL", **more)


class Rarely(Func):
    """A condition that holds for few rows, as SQLite is to reckon: it takes one of many words for one that holds for most rows,
    and reads all that another column finds. What it is told by `likelihood` goes before what it has counted of an index."""

    output_field = BooleanField()
    template = "(%(expressions)s)"

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, Any]:
        """Return it as what nearly no row says."""
        return super().as_sql(compiler, connection, template="likelihood(%(expressions)s, 0.0001)", **more)


class AsIndexed(Func):
    """A condition on a column with its values in it, word for word as a partial index says it: with values of its own the
    database does not know that what the condition asks for is all there."""

    output_field = BooleanField()

    def __init__(self, column: str, *values: str, said: str = "IN ('{}')") -> None:
        super().__init__(F(column), template="%(expressions)s " + said.format("', '".join(sorted(values))))


class Among(Func):
    """Whether a column is on a list that is the same for every row: PostgreSQL would look it up anew for each."""

    output_field = BooleanField()
    template, arg_joiner = "%(expressions)s", " IN "

    def __init__(self, column: str, listed: QuerySet[Any, Any]) -> None:
        super().__init__(F(column), Subquery(listed))

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, Any]:
        """Return it with the list as an array, which is made once for the statement."""
        return super().as_sql(compiler, connection, "", "%(expressions)s)", " = ANY(ARRAY", **more)


class Place(Func):
    """Where a row lies: SQLite's indexes end with that, and a list of it reads neither the rows nor the index of identifiers."""

    output_field = UUIDField()
    template = "%(expressions)s"

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, Any]:
        """Return the number of the row; elsewhere its identifier."""
        sql, values = super().as_sql(compiler, connection, **more)
        return f"{sql.rpartition('.')[0]}.rowid", values


class OnAnyOf(Func):
    """Whether a row's place is on one of several lists, of which each may be cut: SQLite cuts no list that is one of several."""

    output_field = BooleanField()

    def __init__(self, *lists: QuerySet[Any, Any]) -> None:
        super().__init__(Place("pk"), *(Subquery(each) for each in lists))

    def as_sql(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """Return it with each list in one of its own, without those that are empty."""
        column, *lists = self.source_expressions
        made = []
        for each in lists:
            with suppress(EmptyResultSet):
                made.append(compiler.compile(each))
        if not made:
            raise EmptyResultSet
        every = " UNION ALL ".join(f"SELECT * FROM {sql} AS one" for sql, _ in made)  # noqa: S608 -- made by the framework
        return f"{compiler.compile(column)[0]} IN ({every})", [value for _, values in made for value in values]


class Holds(Func):
    """Whether a condition holds for a row: the paths to the columns that it names, the file's where it names none."""

    output_field = BooleanField()

    def __init__(self, condition: Made, **columns: str) -> None:
        super().__init__(*(F(path) for path in columns.values()))
        self.condition, self.names = condition, tuple(columns)

    def as_sql(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """Return the condition with the columns, which have no parameters of their own, in their places."""
        columns = (compiler.compile(column)[0] for column in self.source_expressions)
        return self.condition.of(**dict(zip(self.names, columns, strict=True))), list(self.condition.parameters)
