"""What a file makes of answers: the values that its own expressions work out, over answers said in the file's own terms.

A form of ours holds an option under a code; the file holds it as a coding, a number, a date or words, and compares it as
that. So the answers are written as the file would have them before anything is computed.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from fourfold.assessment.fhir.computing import Asked, Computed, calculate
from fourfold.assessment.fhir.decoding import decode
from fourfold.assessment.fhir.dialects import unwrap
from fourfold.assessment.fhir.exporting import coding_of
from fourfold.assessment.fhir.fields import Findings
from fourfold.assessment.fhir.normalising import normalise
from fourfold.assessment.fhir.places import link_of
from fourfold.assessment.fhir.responses import response
from fourfold.assessment.fhir.terms import Amount, Coded, Form, Given, Node, Resource
from fourfold.assessment.fhir.values import number
from fourfold.assessment.terms import Answer, Instrument, fields_of


def worked_out(
    raw: bytes, instrument: Instrument, answers: Iterable[Answer], *, asked: Asked, at: datetime
) -> tuple[Computed, ...]:
    """Return one result for each value that a file computes, in its order; `raw` is the file that was imported.

    `at` is what `today()` means. Raises Refused for a file that is no questionnaire.
    """
    form = form_of(raw)
    said = response(instrument, answers)
    _restate(said, instrument, {node.link_id: node for node, _ in form.walk()})
    return calculate(form, said, asked=asked, at=at, rules=_rules_of(instrument))


def _rules_of(instrument: Instrument) -> dict[str, str]:
    """Return by linkId which items a rule of the file's own asks, with the key of that rule."""
    rules = {item.key for item in instrument.items if item.is_rule}
    asked = ((item, field) for item in instrument.items if rules for field in fields_of(item.enable))
    return {link_of(item): field for item, field in asked if field in rules}


@lru_cache(maxsize=8)
def form_of(raw: bytes) -> Form:
    """Return a file that was read before in its normal form; what there was to say about it was said then."""
    document, _ = decode(raw)
    return normalise(unwrap(document), Findings())


def _restate(said: Resource, instrument: Instrument, nodes: Mapping[str, Node]) -> None:
    """Put each answer of a response as the file itself would have it."""
    items = {link_of(item): item for item in instrument.items}
    for part in _parts(said):
        node, item = nodes.get(part["linkId"]), items.get(part["linkId"])
        if node is None or item is None:
            continue
        given = _options(instrument, item.scale, node)
        for answer in part.get("answer", ()):
            code = answer.get("valueCoding", {}).get("code")
            if code in given:
                del answer["valueCoding"]
                answer.update(_value(given[code]))


def _options(instrument: Instrument, key: str, node: Node) -> dict[str, Given]:
    """Return what the file holds for each option, by the code under which a response of ours names it."""
    scale = instrument.scale(key)
    if scale is None or node.options is None or len(scale.options) != len(node.options.choices):
        return {}
    pairs = zip(scale.options, node.options.choices, strict=True)
    return {coding_of(instrument, scale, option)["code"]: choice.given for option, choice in pairs}


def _value(given: Given) -> Resource:
    value: Any = given.value
    if isinstance(value, Coded):
        parts = {"system": value.system, "code": value.code, "display": value.display}
        return {"valueCoding": {name: said for name, said in parts.items() if said}}
    if isinstance(value, Amount):
        return {
            "valueQuantity": {
                "value": number(value.value),
                "unit": value.unit,
                "system": value.system,
                "code": value.code,
            }
        }
    return {f"value{given.type}": value}


def _parts(holder: Resource) -> Iterator[Resource]:
    """Yield every item of a response, without recursion."""
    stack = list(holder.get("item", ()))
    while stack:
        part = stack.pop()
        yield part
        stack.extend(part.get("item", ()))
        stack.extend(below for answer in part.get("answer", ()) for below in answer.get("item", ()))
