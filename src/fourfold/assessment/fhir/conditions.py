"""The conditions of a form as conditions of ours, so that one set of rules evaluates both: unknown is never no.

`enableWhen` is translated whole. Of `enableWhenExpression` only what can be said as a condition is: comparisons of
the answer to one item each, joined by `and` or by `or`. Any other leaves its item always shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from fourfold.assessment.fhir.decoding import plain_number
from fourfold.assessment.fhir.terms import Amount, Coded, Enable, Expression, Given, Node
from fourfold.assessment.terms import AllOf, AnyOf, Clause, Condition, Not, Operator

Find = Callable[[str], "Target | None"]


class Target:
    """An item as conditions see it: its key, and which of its options a value of the file stands for."""

    def __init__(self, key: str, given: Mapping[str, Given]) -> None:
        self.key = key
        self._given = given

    def has(self, code: str) -> bool:
        """This function will say whether the item has an option with this code."""
        return code in self._given

    def value(self, given: Given) -> str:
        """This function will return the value as our answers keep it: an option's code, else words or a number."""
        if isinstance(given.value, bool):
            return "yes" if given.value else "no"
        for code, one in self._given.items():
            if _is_same(given, one):
                return code
        return written(given)

    def code(self, text: str) -> str:
        """This function will return the option with this code or label, else the text itself."""
        for code, one in self._given.items():
            value = one.value
            if isinstance(value, Coded) and text in (value.code, value.display):
                return code
        return text


def _is_same(one: Given, other: Given) -> bool:
    if isinstance(one.value, Coded) and isinstance(other.value, Coded):
        return one.value.is_same(other.value)
    return one.value == other.value


def written(given: Given) -> str:
    """This function will return a value as an answer of ours is written: digits, an ISO date, or words."""
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


def condition(node: Node, find: Find) -> Condition | None:
    """This function will return when an item is asked, or None where it always is.

    A condition that names no item is left out: it was told as an error, and an item that nobody can reach is worse
    than one too many.
    """
    parts = [part for each in node.enable if (part := _part(each, find)) is not None]
    listed: Condition | None = None
    if len(parts) == 1:
        listed = parts[0]
    elif parts:
        listed = AnyOf(tuple(parts)) if node.behaviour == "any" else AllOf(tuple(parts))
    said = from_expression(node.enable_expression, find) if node.enable_expression else None
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
    operator = Operator(each.operator) if each.operator in list(Operator) else Operator.EQUALS
    return Clause(target.key, operator, (target.value(each.answer),))


# --- expressions ------------------------------------------------------------------------------------------

_WHERE = r"(?:\.(?:repeat|descendants)\((?:item)?\)|\.item|item|%resource|%rootResource|%context)*"
_VALUE = r"\.(?:value(?:Coding|Boolean|Integer|Decimal|String|Date)?|select\(value\))"
_LITERAL = r"true|false|'[^'\\]{0,255}'|@[\d:TZ.+-]{4,35}|-?\d{1,15}(?:\.\d{1,15})?"
_COMPARISON = re.compile(
    rf"{_WHERE}\.where\(\s*(?:\$this\.)?linkId\s*=\s*'(?P<link>[^'\\]{{1,255}})'"
    r"(?:\s+and\s+answer\.(?:empty\(\)\.not|exists)\(\))?\s*\)"
    rf"\.(?:answer|select\(answer(?:\.value)?\))(?:\.first\(\))?(?:{_VALUE})?(?:\.code|\.display)?(?:\.first\(\))?"
    rf"(?:\s*(?P<operator>!=|>=|<=|=|>|<)\s*(?P<literal>{_LITERAL})"
    r"|\.(?P<there>exists\(\)\.not|exists|empty\(\)\.not|empty)\(\))"
)
_JOINT = re.compile(r"\s+(and|or)\s+")


def from_expression(expression: Expression, find: Find) -> Condition | None:
    """This function will return an expression as a condition, or None for one that says more than that."""
    text = _bare(expression.text) if expression.runs else ""
    parts: list[Condition] = []
    joints: set[str] = set()
    at = 0
    while at < len(text):
        match = _COMPARISON.match(text, at)
        part = _compared(match, find) if match else None
        if match is None or part is None:
            return None
        parts.append(part)
        at = match.end()
        if at < len(text):
            joint = _JOINT.match(text, at)
            if joint is None:
                return None
            joints.add(joint.group(1))
            at = joint.end()
    if len(parts) == 1:
        return parts[0]
    if len(joints) != 1:
        return None
    return AllOf(tuple(parts)) if joints == {"and"} else AnyOf(tuple(parts))


def _bare(text: str) -> str:
    """The expression on one line, without brackets around the whole of it."""
    found = " ".join(text.split())[:2_000]
    while found.startswith("(") and found.endswith(")") and _closes_at_end(found):
        found = found[1:-1].strip()
    return found


def _closes_at_end(text: str) -> bool:
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return at == len(text) - 1
    return False


def _compared(match: re.Match[str], find: Find) -> Condition | None:
    target = find(match.group("link"))
    if target is None:
        return None
    if there := match.group("there"):
        exists = Clause(target.key, Operator.EXISTS)
        return exists if there in ("exists", "empty().not") else Not(exists)
    literal = match.group("literal")
    if literal is None:
        return None
    return Clause(target.key, Operator(match.group("operator")), (_literal(literal, target),))


def _literal(literal: str, target: Target) -> str:
    if literal in ("true", "false"):
        return "yes" if literal == "true" else "no"
    if literal.startswith("'"):
        return target.code(literal[1:-1])
    return literal.lstrip("@")
