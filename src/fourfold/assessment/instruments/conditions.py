"""Conditions as a definition writes them.

`{ item = "fear", options = ["yes"] }` and `{ field = "anger.now", values = ["present"] }` compare an answer,
`{ fact = "relationship", values = ["former_partner"] }` a fact of the case; `operator` is `=` unless it is written;
`{ all = [ … ] }`, `{ any = [ … ] }` and `{ not = { … } }` join them.
"""

from fourfold.assessment.instruments.tables import Table
from fourfold.assessment.terms import AllOf, AnyOf, Clause, Condition, Fact, Not, Operator


def branch(table: Table) -> Condition:
    """Read one table as a condition, with whatever is joined below it."""
    if table.has("all"):
        return AllOf(table.each("all", branch))
    if table.has("any"):
        return AnyOf(table.each("any", branch))
    if table.has("not"):
        with table.table("not") as inner:
            return Not(branch(inner))
    return _clause(table)


def _clause(table: Table) -> Clause:
    if table.has("fact"):
        return Clause("", _operator(table), table.words("values", []), table.choice("fact", Fact))
    if table.has("field"):
        return Clause(table.take("field", str), _operator(table), table.words("values", []))
    return Clause(table.take("item", str), Operator.EQUALS, table.words("options"))


def _operator(table: Table) -> Operator:
    return table.choice("operator", Operator, Operator.EQUALS)
