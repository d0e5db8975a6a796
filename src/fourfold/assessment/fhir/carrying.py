"""What a form says of its items that changes nothing here and leaves with it again: how a question is shown, what another
system makes of its answers, and the codes of its units."""

from __future__ import annotations

from collections.abc import Iterator

from fourfold.assessment.fhir.canonicals import HL7
from fourfold.assessment.fhir.fields import Part
from fourfold.assessment.fhir.terms import Amount, Coded, Resource
from fourfold.assessment.terms import Carried, Coding, Item

#: The extensions that are carried, by the last word of their address, and the types that R4 lets each have.
CARRIED = {
    "itemControl": ("CodeableConcept",),
    "observationExtract": ("Boolean",),
    "observation-extract-category": ("CodeableConcept",),
    "itemExtractionContext": ("Expression", "Code"),
}


def carried(part: Part) -> tuple[Carried, ...]:
    """Return what is carried of an item, or of a form; whatever R4 would not take is left out and told."""
    return tuple(one for each in part.extensions(*CARRIED) if (one := _carried(each)))


def _carried(extension: Part) -> Carried | None:
    url = extension.line("url", 500)
    allowed = CARRIED[next(name for name in CARRIED if url.partition("|")[0].endswith(name))]
    kind = next((kind for kind in allowed if extension.has(f"value{kind}")), "")
    if kind == "Boolean":
        return Carried(url, kind, "true" if extension.flag("valueBoolean") else "false")
    if kind == "Code":
        return Carried(url, kind, extension.line("valueCode"))
    said = extension.expression() if kind == "Expression" else None
    if said is not None:
        return Carried(url, kind, said.text, Coding(said.language, said.name))
    given = extension.value() if kind == "CodeableConcept" else None
    if given is not None and isinstance(given.value, Coded) and (given.value.code or given.value.display):
        return Carried(url, kind, coding=given.value.coding)
    if not extension.has("valueBoolean"):
        extension.wrong("extension", f"a value for “{url}”")
    return None


def definition(part: Part) -> str:
    """Return the address of what an item is defined by; R4 has none with a blank in it."""
    said = part.line("definition", 2_000)
    return "" if any(letter.isspace() for letter in said) else said


def units(part: Part, begins: Iterator[object]) -> tuple[Coding, ...]:
    """Return the codes of an item's units: the one it is asked in first, then those that a choice offers, once each."""
    stated = (each.value() for each in (*part.extensions("unit"), *part.extensions("unitOption")))
    coded = [said.value.coding for said in stated if said and isinstance(said.value, Coded) and said.value.code]
    coded += [Coding(one.system, one.code, one.unit) for one in begins if isinstance(one, Amount) and one.code]
    return tuple({(one.system, one.code): one for one in reversed(coded)}.values())[::-1]


def extensions(item: Item) -> Iterator[Resource]:
    """Yield what an item carries as extensions, and its units: several as a choice."""
    yield from map(extension, item.carried)
    if len(item.units) > 1:
        yield from ({"url": f"{HL7}questionnaire-unitOption", "valueCoding": _written(each)} for each in item.units)
    elif item.unit:
        unit = item.units[0] if item.units else Coding("", "", item.unit)
        yield {"url": f"{HL7}questionnaire-unit", "valueCoding": _written(unit)}


def extension(one: Carried) -> Resource:
    """Return one extension as R4 has it."""
    value: object = one.value
    if one.type == "Boolean":
        value = one.value == "true"
    elif one.type == "CodeableConcept" and one.coding:
        value = {"coding": [_written(one.coding)]}
    elif one.type == "Expression" and one.coding:
        named = {"name": one.coding.code} if one.coding.code else {}
        value = {**named, "language": one.coding.system, "expression": one.value}
    return {"url": one.url, f"value{one.type}": value}


def _written(coding: Coding) -> Resource:
    said = {"system": coding.system, "code": coding.code, "display": coding.display}
    return {name: words for name, words in said.items() if words}
