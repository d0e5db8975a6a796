"""Scores that a form seems to declare. They are offered to a person, and none is ever accepted by itself.

Only one thing is recognised: a plain sum of the weights of items that the expression names, directly or through
variables. The list of items is explicit (rule S1), nothing is reversed (S2), and what the extreme weights give is
held against the range that the file declares (S3, Q16). Everything else is kept word for word and not computed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from fourfold.assessment.fhir import references
from fourfold.assessment.fhir.fields import FHIRPATH, Findings
from fourfold.assessment.fhir.terms import Amount, Expression, Form, Given, Node, ScoringProposal, Severity

MOST_COMPUTED = 100
"""Computed numbers of one form that are looked at as scores; an instrument has a handful."""

NUMERIC = frozenset({"integer", "decimal", "quantity"})

_WEIGHING = re.compile(r"ordinalValue|itemWeight|extension-score|\bweight\(\)|\bordinal\(\)")
_ADDING = re.compile(
    r"%`?[A-Za-z_][\w-]*`?|iif\(|\.(?:exists|empty|not|sum|hasValue)\(\)|\.(?:value|combine)\b|\band\b|\bor\b|"
    r"\btrue\b|\bfalse\b|\{\s*\}|(?<![\w.])0(?![\w.])|(?<![\w.])[=>](?![=<>])|[+(),]|\s+"
)
_SUMMED = re.compile(r"\.sum\(\)\s*(?:,\s*\{\s*\}\s*\))?\s*$")
_RECKONED = re.compile(r"[*/-]\s*\(?\d|\d\)?\s*[*/-]")
_PIECES = re.compile(r"\b(?:sum|aggregate)\(")


def propose(form: Form, findings: Findings) -> tuple[ScoringProposal, ...]:
    """Return a proposal for every number that the form computes from weights, in the order of the form, and add what
    speaks against each to the findings.

    A number in a language that is not run here is one too: it may be a score (S10), and nobody can tell.
    """
    source = _Source.of(form)
    computed = [(node, node.calculated) for node, _ in form.walk() if node.calculated and node.type in NUMERIC]
    if len(computed) > MOST_COMPUTED:
        problem = (
            f"The form computes {len(computed):,} numbers; only the first {MOST_COMPUTED} were looked at as scores."
        )
        findings.add("Q19", Severity.WARNING, "calculated", problem, _MEND)
        computed = computed[:MOST_COMPUTED]
    proposals = tuple(
        _proposal(node, said, source)
        for node, said in computed
        if said is not None and (not said.runs or any(_WEIGHING.search(text) for text in source.texts(said)))
    )
    for proposal in proposals:
        for why in proposal.why_not if proposal.items or proposal.language == FHIRPATH else ():
            findings.add("Q16" if "range" in why else "S10", Severity.WARNING, proposal.link_id, why, _MEND)
    return proposals


_MEND = "It counts as a score only once somebody has checked its rule and answers for it."


@dataclass(frozen=True)
class _Source:
    """What an expression may lean on: the items by linkId, and the variables by name."""

    nodes: Mapping[str, Node]
    variables: Mapping[str, Expression]

    @classmethod
    def of(cls, form: Form) -> _Source:
        named = [*form.variables, *form.calculated]
        for node, _ in form.walk():
            named += [*node.variables, *([node.calculated] if node.calculated and node.calculated.name else [])]
        return cls({node.link_id: node for node, _ in form.walk()}, {each.name: each for each in named if each.name})

    def weighed(self, link_ids: Iterable[str]) -> tuple[str, ...]:
        """Return those of the items that have weights, in the order given."""
        return tuple(each for each in link_ids if _has_weights(self.nodes.get(each)))

    @cached_property
    def through(self) -> dict[str, tuple[str, ...]]:
        return {name: references.variables(each.text) for name, each in self.variables.items()}

    def texts(self, expression: Expression) -> list[str]:
        """Return the expression and everything that it reaches through variables."""
        names = references.reached(references.variables(expression.text), self.through)
        return [expression.text, *(self.variables[name].text for name in names if name in self.variables)]


def _has_weights(node: Node | None) -> bool:
    return node is not None and node.options is not None and bool(node.options.weights)


def _proposal(node: Node, said: Expression, source: _Source) -> ScoringProposal:
    declared = (_number(node.lowest), _number(node.highest))
    listed, why_not = _summed(said, source)
    lowest, highest = _extremes(listed, source)
    if listed:
        why_not += _why_not_items(listed, source)
        why_not += _why_not_range(declared, (lowest, highest))
    return ScoringProposal(
        link_id=node.link_id,
        title=node.text or node.link_id,
        language=said.language,
        expression=said.text,
        items=listed,
        lowest=lowest,
        highest=highest,
        declared=declared,
        why_not=tuple(why_not),
    )


def _summed(said: Expression, source: _Source) -> tuple[tuple[str, ...], list[str]]:
    """Return the items that the expression adds up, or none and why it is no plain sum."""
    if not said.runs:
        return (), [f"The value is worked out in {said.language[:60]}, which is not run here."]
    texts = source.texts(said)
    named = dict.fromkeys(link_id for text in texts for link_id in references.link_ids(text))
    if not named:
        listed = source.weighed(source.nodes)
        return listed, ["The expression adds up whatever has a weight; which questions count must be said one by one."]
    if not _is_plain(said, source):
        return (), ["The expression is more than a plain sum of weights; its rule must be written by hand."]
    listed = source.weighed(named)
    if bare := [each for each in named if each not in listed and each in source.nodes]:
        return listed, [f"It adds up questions whose answers have no weights: {', '.join(bare[:8])}."]
    return listed, []


def _is_plain(said: Expression, source: _Source) -> bool:
    """Return whether it only adds: weights fetched by itself and summed, or variables that fetch one weight each."""
    if _WEIGHING.search(said.text):
        return bool(_SUMMED.search(said.text)) and not _RECKONED.search(said.text)
    if _ADDING.sub("", said.text).strip():
        return False
    names = references.variables(said.text)
    fetched = [source.variables[name] for name in names if name in source.variables]
    return bool(names) and len(fetched) == len(names) and all(_fetches_one(each) for each in fetched)


def _fetches_one(variable: Expression) -> bool:
    one = len(set(references.link_ids(variable.text))) == 1
    return one and bool(_WEIGHING.search(variable.text)) and not _PIECES.search(variable.text)


def _number(given: Given | None) -> Decimal | None:
    value = given.value if given else None
    if isinstance(value, Amount):
        return value.value
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _extremes(listed: tuple[str, ...], source: _Source) -> tuple[Decimal | None, Decimal | None]:
    weights = [options.weights for each in listed if (options := source.nodes[each].options)]
    if not weights:
        return None, None
    return sum(map(min, weights), Decimal(0)), sum(map(max, weights), Decimal(0))


def _why_not_items(listed: tuple[str, ...], source: _Source) -> list[str]:
    listed_options = [(each, options) for each in listed if (options := source.nodes[each].options)]
    partly = [each for each, options in listed_options if any(choice.lacks_weight for choice in options.choices)]
    several = [each for each in listed if source.nodes[each].repeats]
    found = []
    if partly:
        found.append(f"Some answers have no weight, and leave the score open: {', '.join(partly[:8])}.")
    if several:
        found.append(f"Some questions take several answers: {', '.join(several[:8])}.")
    return found


def _why_not_range(declared: tuple[Decimal | None, Decimal | None], implied: tuple[Decimal | None, ...]) -> list[str]:
    """Q16 and S3."""
    stated = [(said, gives) for said, gives in zip(declared, implied, strict=True) if said is not None]
    if all(said == gives for said, gives in stated):
        return []
    shown = " to ".join("?" if said is None else str(said) for said in declared)
    return [f"The declared range is {shown}, and the listed weights give a range of {implied[0]} to {implied[1]}."]
