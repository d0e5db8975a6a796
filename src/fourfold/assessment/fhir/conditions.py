"""The conditions of a form as conditions of ours, so that one set of rules evaluates both: unknown is never no.

`enableWhen` is translated whole, and of `enableWhenExpression` what is a condition of ours or of `own_rules`. Any other
leaves its item always shown.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

from fourfold.assessment.fhir.carrying import is_in
from fourfold.assessment.fhir.decoding import plain_number
from fourfold.assessment.fhir.terms import Amount, Coded, Enable, Given, Node
from fourfold.assessment.terms import AllOf, AnyOf, Clause, Condition, Not, Operator

Find = Callable[[str], "Target | None"]


class Target:
    """An item as conditions see it: its key, and which of its options a value of the file stands for."""

    def __init__(self, key: str, given: Mapping[str, Given], node: Node | None = None) -> None:
        self.key = key
        self._given = given
        self._node = node

    def compares(self, given: Given) -> bool:
        """Return whether a value can be held against the answers: an amount only in the unit of the question."""
        amount, node = given.value, self._node
        return not isinstance(amount, Amount) or node is None or is_in(amount, node.unit, node.units)

    def has(self, code: str) -> bool:
        return code in self._given

    def value(self, given: Given) -> str:
        """Return the value as our answers keep it: an option's code, else words or a number."""
        if isinstance(given.value, bool):
            return "yes" if given.value else "no"
        for code, one in self._given.items():
            if _is_same(given, one):
                return code
        return written(given) if isinstance(given.value, Amount) else self.code(given.words)

    def code(self, text: str) -> str:
        """Return the option with this code or label, or that says just this, else the text itself."""
        for code, one in self._given.items():
            value = one.value
            named = (value.code, value.display) if isinstance(value, Coded) else (written(one),)
            if text in named:
                return code
        return text


def _is_same(one: Given, other: Given) -> bool:
    if isinstance(one.value, Coded) and isinstance(other.value, Coded):
        return one.value.is_same(other.value)
    return one.value == other.value


def written(given: Given) -> str:
    """Return a value as an answer of ours is written: digits, an ISO date, or words."""
    value = given.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Amount):
        return plain_number(value.value)
    if isinstance(value, Coded):
        return value.code or value.display
    if isinstance(value, Decimal):
        return plain_number(value)
    return str(value)


def condition(node: Node, find: Find, said: Condition | None = None) -> Condition | None:
    """Return when an item is asked, or None where it always is; `said` is its expression.

    A condition that names no item, or an amount in another unit, is left out: it was told, and an item that nobody can
    reach is worse than one too many.
    """
    parts = [part for each in node.enable if (part := _part(each, find)) is not None]
    listed: Condition | None = None
    if len(parts) == 1:
        listed = parts[0]
    elif parts:
        listed = AnyOf(tuple(parts)) if node.behaviour == "any" else AllOf(tuple(parts))
    if listed is not None and said is not None:
        return AllOf((listed, said))
    return listed or said


def _part(each: Enable, find: Find) -> Condition | None:
    target = find(each.question)
    if target is None or each.answer is None:
        return None
    if each.operator == "exists":
        there = Clause(target.key, Operator.EXISTS)
        return there if each.answer.value is not False else Not(there)
    if not target.compares(each.answer):
        return None
    operator = Operator(each.operator) if each.operator in list(Operator) else Operator.EQUALS
    return Clause(target.key, operator, (target.value(each.answer),))
