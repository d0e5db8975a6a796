"""Values of answers as FHIR R4 writes them: whole numbers, decimals, days, words, and amounts with their unit."""

from decimal import Decimal

from fourfold.assessment.fhir.fields import as_number
from fourfold.assessment.fhir.terms import Node, Resource
from fourfold.assessment.terms import NUMBERS, Coding, Item, ItemKind

LARGEST_INTEGER = 2_147_483_647
"""The largest whole number that R4 takes for an integer (32 bits, signed); a larger one is written as a decimal."""

VALUES: dict[ItemKind, str] = {
    ItemKind.INTEGER: "Integer",
    ItemKind.DECIMAL: "Decimal",
    ItemKind.QUANTITY: "Decimal",
    ItemKind.DATE: "Date",
    ItemKind.TIME: "Time",
    ItemKind.DATETIME: "DateTime",
}


def number(value: Decimal) -> Decimal | int:
    return int(value) if value == value.to_integral_value() else value


def primitive(prefix: str, kind: ItemKind, text: str) -> Resource:
    """Return a value under the key that its type asks for: a number, a date, or words."""
    read = as_number(text) if kind in NUMBERS else None
    if read is not None:
        if kind is ItemKind.QUANTITY and prefix != "value":
            return {f"{prefix}Quantity": {"value": number(read)}}
        if kind is ItemKind.INTEGER and read == read.to_integral_value() and abs(read) <= LARGEST_INTEGER:
            return {f"{prefix}Integer": int(read)}
        return {f"{prefix}Decimal": number(read)}
    if kind is ItemKind.YES_NO and text in ("yes", "no"):
        return {f"{prefix}Boolean": text == "yes"}
    words = "Uri" if kind is ItemKind.URL and " " not in text else "String"
    named = "String" if kind in NUMBERS else VALUES.get(kind, words)
    return {f"{prefix}{named}": text}


def amount(item: Item, text: str, unit: str = "") -> Resource:
    """Return a number with its unit and the code of the unit, for a question that asks for both; nothing for any other.
    `unit` is the code of the one that was chosen."""
    read = as_number(text) if item.kind is ItemKind.QUANTITY else None
    if read is None:
        return {}
    coded = item.unit_named(unit) or Coding("", "", item.unit)
    words = coded.display or coded.code if unit else item.unit
    told = {"unit": words, "system": coded.system if coded.code else "", "code": coded.code}
    return {"valueQuantity": {"value": number(read), **{name: said for name, said in told.items() if said}}}


def in_its_unit(node: Node, value: object) -> Resource:
    """Return a number that a form works out as its other rules read it: with the unit in which the item asks."""
    coded = node.units[0] if node.units else Coding("", "", node.unit)
    said = {"value": value, "unit": node.unit, "system": coded.system, "code": coded.code}
    return {name: each for name, each in said.items() if each != ""}
