"""What an `enableWhenExpression` says, as a condition of ours: comparisons of answers, joined in any depth.

Read are comparisons of the answer to one item with a literal, whether there is an answer, whether it is one of several,
`and`, `or`, `not()`, brackets, and variables that stand for such pieces. FHIRPath reads `and` before `or`. Anything
else is worked out where `own_rules` can tell it; else its item is always shown: one too many is better than one too few.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from fourfold.assessment.fhir.conditions import Find
from fourfold.assessment.fhir.references import RESERVED
from fourfold.assessment.fhir.terms import Expression, Form
from fourfold.assessment.terms import AllOf, AnyOf, Clause, Condition, Not, Operator

LONGEST = 4_000
DEEPEST = 30
"""Characters of one expression with its variables written out, and brackets within brackets."""

Reading = Callable[[], Condition | None]

_NONE: Mapping[str, str] = MappingProxyType({})
_WHERE = r"(?:\.(?:repeat|descendants)\((?:item)?\)|\.item|item|%resource|%rootResource|%context)*"
_VALUE = r"\.(?:value(?:Coding|Boolean|Integer|Decimal|String|Date)?|select\(value\))"
_LITERAL = r"true|false|'[^'\\]{0,255}'|@[\d:TZ.+-]{4,35}|-?\d{1,15}(?:\.\d{1,15})?"
_ANSWER = (
    rf"{_WHERE}\.where\(\s*(?:\$this\.)?linkId\s*=\s*'(?P<link>[^'\\]{{1,255}})'"
    r"(?:\s+and\s+answer\.(?:empty\(\)\.not|exists)\(\))?\s*\)"
    r"\.(?:answer|select\(answer(?:\.value)?\))(?:\.first\(\))?"
)
_COMPARISON = re.compile(
    rf"{_ANSWER}(?:{_VALUE})?(?:\.code|\.display)?(?:\.first\(\))?"
    rf"(?:\s*(?P<operator>!=|>=|<=|=|>|<)\s*(?P<literal>{_LITERAL})"
    rf"|\s+in\s*\(\s*(?P<listed>(?:{_LITERAL})(?:\s*\|\s*(?:{_LITERAL})){{0,40}})\s*\)"
    r"|\.(?P<there>exists\(\)\.not|exists|empty\(\)\.not|empty)\(\))"
)
_CHOSEN = re.compile(
    rf"{_ANSWER}(?:{_VALUE})?\.(?:where|exists)\(\s*(?:\$this\.)?(?:value(?:Coding)?\.)?(?:code|display)\s*=\s*"
    r"(?P<literal>'[^'\\]{0,255}')\s*\)(?:(?<=\))\.exists\(\))?"
)
_EACH = re.compile(_LITERAL)
_OPEN, _CLOSE = re.compile(r"\(\s*"), re.compile(r"\s*\)")
_AND, _OR, _NOT = re.compile(r"\s+and\s+"), re.compile(r"\s+or\s+"), re.compile(r"\s*\.not\(\)")
_VARIABLE = re.compile(r"%`?([A-Za-z_][A-Za-z0-9_-]*)`?")
_JOINED = re.compile(r"\s(?:and|or)\s|[=<>]")


def variables_of(form: Form) -> Mapping[str, str]:
    """Return what the variables of a form stand for, those aside that stand for several things."""
    found: dict[str, set[str]] = {}
    for said in _variables(form):
        found.setdefault(said.name, set()).add(" ".join(said.text.split()))
    return {name: next(iter(texts)) for name, texts in found.items() if name and len(texts) == 1}


def _variables(form: Form) -> Iterable[Expression]:
    yield from (said for said in form.variables if said.runs)
    for node, _ in form.walk():
        yield from (said for said in node.variables if said.runs)


def from_expression(said: Expression | None, find: Find, variables: Mapping[str, str] = _NONE) -> Condition | None:
    """Return an expression as a condition, or None for one that says more than that (or nothing)."""
    text = _written_out(said.text, variables) if said is not None and said.runs else ""
    if not text:
        return None
    reader = _Reader(text, find)
    found = reader.either(0)
    return found if found is not None and reader.at == len(text) else None


def _written_out(text: str, variables: Mapping[str, str]) -> str:
    """Return the expression on one line, with its variables in place of their names; empty where that gets out of hand."""
    found = " ".join(text.split())
    for _ in range(DEEPEST):
        if len(found) > LONGEST:
            return ""
        further = _VARIABLE.sub(lambda match: _meant(match, variables), found)
        if further == found:
            return found
        found = further
    return ""


def _meant(match: re.Match[str], variables: Mapping[str, str]) -> str:
    name = match.group(1)
    if name in RESERVED or name not in variables:
        return match.group()
    meant = variables[name]
    return f"({meant})" if _JOINED.search(re.sub(r"\([^()]*\)", "", meant)) else meant


class _Reader:
    """Reads one expression from its beginning; `at` is how far it came. Nothing is read twice but an opening bracket."""

    def __init__(self, text: str, find: Find) -> None:
        self._text, self._find, self.at = text, find, 0

    def either(self, depth: int) -> Condition | None:
        """Read alternatives, each of which may demand several things at once."""
        return self._joined(_OR, lambda: self._joined(_AND, lambda: self._one(depth), AllOf), AnyOf)

    def _joined(self, joint: re.Pattern[str], read: Reading, whole: type[AllOf] | type[AnyOf]) -> Condition | None:
        parts = []
        while (part := read()) is not None:
            parts.append(part)
            further = joint.match(self._text, self.at)
            if further is None:
                return parts[0] if len(parts) == 1 else whole(tuple(parts))
            self.at = further.end()
        return None

    def _one(self, depth: int) -> Condition | None:
        if self._text.startswith("(", self.at):
            return self._bracketed(depth)
        for pattern in (_CHOSEN, _COMPARISON):
            match = pattern.match(self._text, self.at)
            if match is not None:
                self.at = match.end()
                return _compared(match, self._find)
        return None

    def _bracketed(self, depth: int) -> Condition | None:
        if depth >= DEEPEST:
            return None
        self._pass(_OPEN)
        inner = self.either(depth + 1)
        if inner is None or not self._pass(_CLOSE):
            return None
        return Not(inner) if self._pass(_NOT) else inner

    def _pass(self, pattern: re.Pattern[str]) -> bool:
        found = pattern.match(self._text, self.at)
        self.at = found.end() if found else self.at
        return found is not None


def _compared(match: re.Match[str], find: Find) -> Condition | None:
    target, given = find(match.group("link")), match.groupdict()
    if target is None:
        return None
    if there := given.get("there"):
        exists = Clause(target.key, Operator.EXISTS)
        return exists if there in ("exists", "empty().not") else Not(exists)
    if listed := given.get("listed"):
        values = tuple(dict.fromkeys(_literal(each, target.code) for each in _EACH.findall(listed)))
        return Clause(target.key, Operator.EQUALS, values)
    operator = Operator(given.get("operator") or "=")
    return Clause(target.key, operator, (_literal(match.group("literal"), target.code),))


def _literal(literal: str, code: Callable[[str], str]) -> str:
    """Return a literal as our answers keep it; `code` gives the option with a code or label."""
    if literal in ("true", "false"):
        return "yes" if literal == "true" else "no"
    return code(literal[1:-1] if literal.startswith("'") else literal.lstrip("@"))
