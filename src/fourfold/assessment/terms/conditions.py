"""Conditions over answers and facts: a small tree with three outcomes. Not known is neither yes nor no."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Operator(StrEnum):
    """How an answer or a fact is compared. With several values, `=` means one of them and `!=` none of them."""

    EXISTS = "exists"
    EQUALS = "="
    NOT_EQUALS = "!="
    GREATER = ">"
    AT_LEAST = ">="
    LESS = "<"
    AT_MOST = "<="


class Fact(StrEnum):
    """What a form may ask of the case it is filled in for. A fact that is not known settles no condition."""

    RELATIONSHIP = "relationship"
    MOTIVE = "motive"
    SUBJECT_KNOWN = "subject_known"
    CHILDREN = "children"


@dataclass(frozen=True)
class Clause:
    """One comparison: the answer at `field` (`item` or `item.axis`), or a `fact` of the case, against `values`.

    Values are option codes, numbers, dates or words, as the answer itself is kept. `exists` takes no value and is
    the only operator that a blank answer settles.
    """

    field: str = ""
    operator: Operator = Operator.EQUALS
    values: tuple[str, ...] = ()
    fact: Fact | None = None


@dataclass(frozen=True)
class AllOf:
    """Every part holds. One part that does not hold settles it, whatever is not known about the others."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one part holds. One part that holds settles it, whatever is not known about the others."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """The part does not hold. What is not known stays not known."""

    part: Condition


Condition = Clause | AllOf | AnyOf | Not


def fields_of(condition: Condition | None) -> tuple[str, ...]:
    """Return every field that the condition looks at, each once, in reading order."""
    return tuple(dict.fromkeys(clause.field for clause in clauses_of(condition) if clause.field))


def clauses_of(condition: Condition | None) -> tuple[Clause, ...]:
    """Return the comparisons of a condition, in reading order; none for no condition."""
    if condition is None:
        return ()
    if isinstance(condition, Clause):
        return (condition,)
    parts = (condition.part,) if isinstance(condition, Not) else condition.parts
    return tuple(clause for part in parts for clause in clauses_of(part))
