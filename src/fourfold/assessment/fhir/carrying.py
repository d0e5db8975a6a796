"""What a form says of its items that changes nothing here and leaves with it again: how a question is shown, what another
system makes of its answers, and the codes of its units."""

from collections.abc import Callable, Iterable, Iterator

from fourfold.assessment.fhir import plain_text
from fourfold.assessment.fhir.canonicals import HL7
from fourfold.assessment.fhir.fields import Part
from fourfold.assessment.fhir.terms import Amount, Coded, Given, Options, Resource
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


def measured(part: Part, find: Callable[[str], Options | str]) -> tuple[str, tuple[Coding, ...], str]:
    """Return the unit in which an item asks, every unit that it offers, and why those of a list cannot be had.

    `find` returns a list of choices by its address.
    """
    begins = list(_begun(part))
    extension = part.extension("unitValueSet")
    said = extension.value() if extension else None
    found = find(plain_text.one_line(said.words)) if said else ""
    choices = () if isinstance(found, str) else found.choices
    listed = [each.given.value.coding for each in choices if isinstance(each.given.value, Coded)]
    offered = _units(part, begins, listed)
    return (
        (_unit(part, begins) or (listed[0].name if listed else ""))[:60],
        offered,
        found if isinstance(found, str) else "",
    )


def _begun(part: Part) -> Iterator[Coding]:
    """Yield the units of the amounts that an item begins with; many forms say a unit there and no number."""
    listed = part.parts("initial") if isinstance(part.entries.get("initial"), list | dict) else ()
    begun = (
        *(each.part("valueQuantity") for each in listed if each.has("valueQuantity")),
        part.part("initialQuantity"),
    )
    yield from (Coding(one.line("system"), one.line("code"), one.line("unit")) for one in begun if one)


def bound(part: Part, end: str, unit: str, offered: tuple[Coding, ...]) -> Given | None:
    """Return the smallest or largest value (`end` is min or max), of an amount its number where that is in the item's unit."""
    if (extension := part.extension(f"{end}Value")) is not None:
        return extension.value()
    extension = part.extension(f"{end}Quantity")
    said = extension.value() if extension else None
    if said is None or not isinstance(said.value, Amount):
        return None
    return Given("Decimal", said.value.value) if is_in(said.value, unit, offered) else None


def is_in(amount: Amount, unit: str, offered: tuple[Coding, ...]) -> bool:
    """Return whether an amount is in this unit, by its code or its words, or says none."""
    own = {"", unit, *(one.code for one in offered if unit in (one.code, one.display))}
    return (amount.code or amount.unit) in own


def _unit(part: Part, begins: Iterable[Coding]) -> str:
    stated = (extension.value() for name in ("unit", "unitOption") if (extension := part.extension(name)))
    if first := next((said.words for said in stated if said), ""):
        return first
    return next((one.display or one.code for one in begins), "")


def _units(part: Part, begins: Iterable[Coding], listed: Iterable[Coding]) -> tuple[Coding, ...]:
    """Return the codes of an item's units: the one it is asked in first, then those that a choice or a list offers, once
    each. What stands in a choice without a code is told apart by its words."""
    own, offered = ([each.value() for each in part.extensions(name)] for name in ("unit", "unitOption"))
    coded = [said.value.coding for said in own if said and isinstance(said.value, Coded) and said.value.code]
    coded += [said.value.coding for said in offered if said and isinstance(said.value, Coded) and said.words]
    coded += listed
    coded += [one for one in begins if one.code]
    found: dict[tuple[str, str], Coding] = {}
    for one in coded:
        found.setdefault((one.system, one.name), one)
    return tuple(found.values())


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
