"""Scores and conditions of ours as FHIRPath, where they can be said in it.

The sums are written so that they stay empty while an answer is missing: whoever computes them elsewhere gets no total
of a form that is not complete either.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

from fourfold.assessment.fhir.decoding import plain_number
from fourfold.assessment.terms import (
    AllOf,
    AnyOf,
    Clause,
    Condition,
    Instrument,
    MissingRule,
    Operator,
    Score,
    ScoreItem,
    ScoreKind,
)

Link = Callable[[str], str]
"""Gives the linkId of a field (`item` or `item.axis`)."""

_SUMS = (ScoreKind.SUM, ScoreKind.WEIGHTED)


def of_score(
    instrument: Instrument, score: Score, link: Link, scale_ends: Callable[[str], tuple[Decimal, Decimal]]
) -> str:
    """Return the expression of a score, or nothing for one that FHIRPath would get wrong.

    `scale_ends` gives the smallest and the largest value of a field, which a reversed item needs.
    """
    plain = not (score.exclusions or score.table or score.clusters or score.gate or score.counts_from is not None)
    fields = all(item.field and not item.score for item in score.items)
    if score.kind not in _SUMS or not plain or not fields or not score.items:
        return ""
    if score.missing.rule is not MissingRule.NONE:
        return ""
    if all(item.weight == 1 and not item.reverse for item in score.items):
        total = _plain_sum([link(item.field) for item in score.items])
    else:
        total = " + ".join(_term(item, link, scale_ends) for item in score.items)
    return total if score.factor == 1 else f"({total}) * {plain_number(score.factor)}"


def _plain_sum(links: Sequence[str]) -> str:
    named = " | ".join(map(quoted, links))
    weights = f"%resource.descendants().where(linkId in ({named})).answer.weight()"
    return f"iif({weights}.count() = {len(links)}, {weights}.sum(), {{}})"


def _term(item: ScoreItem, link: Link, scale_ends: Callable[[str], tuple[Decimal, Decimal]]) -> str:
    value = f"%resource.descendants().where(linkId = {quoted(link(item.field))}).answer.weight()"
    if item.reverse:
        lowest, highest = scale_ends(item.field)
        value = f"({plain_number(lowest + highest)} - {value})"
    return value if item.weight == 1 else f"({value} * {plain_number(item.weight)})"


def of_condition(condition: Condition, link: Link) -> str:
    """Return a condition over answers as an expression, or nothing where it asks for facts of the case, which no form holds."""
    if isinstance(condition, Clause):
        return _clause(condition, link)
    parts = [of_condition(part, link) for part in _parts(condition)]
    if not all(parts):
        return ""
    if isinstance(condition, AllOf | AnyOf):
        joint = " and " if isinstance(condition, AllOf) else " or "
        return joint.join(f"({part})" for part in parts)
    return f"({parts[0]}).not()"


def _parts(condition: Condition) -> tuple[Condition, ...]:
    if isinstance(condition, AllOf | AnyOf):
        return condition.parts
    return () if isinstance(condition, Clause) else (condition.part,)


def _clause(clause: Clause, link: Link) -> str:
    if clause.fact is not None:
        return ""
    asked = f"%resource.descendants().where(linkId = {quoted(link(clause.field))}).answer"
    if clause.operator is Operator.EXISTS:
        return f"{asked}.exists()"
    value = f"iif({asked}.value.code.exists(), {asked}.value.code, {asked}.value)"
    listed = " | ".join(_literal(each) for each in clause.values)
    if clause.operator is Operator.EQUALS:
        return f"{asked}.exists() and ({value} in ({listed}))"
    if clause.operator is Operator.NOT_EQUALS:
        return f"{asked}.exists() and ({value} in ({listed})).not()"
    return " or ".join(f"({value} {clause.operator.value} {_literal(each)})" for each in clause.values)


def _literal(value: str) -> str:
    number = value.lstrip("-")
    return value if number.replace(".", "", 1).isdigit() else quoted(value)


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"
