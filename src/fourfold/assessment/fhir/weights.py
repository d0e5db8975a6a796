"""The weight of an answer, in every spelling in which forms write it, and every place where they put it.

R4 writes `ordinalValue`, R5 and the extension pack `itemWeight`, STU3 `questionnaire-ordinalValue` or
`valueset-ordinalValue`, older STU3 forms `extension-score`; a code system may give it as a property. A weight is
never read from a label or from a table of codes (rule S7), and it is a Decimal, never a float (rule S6).
"""

from decimal import Decimal
from typing import NamedTuple

from fourfold.assessment.fhir.fields import Part, as_number
from fourfold.assessment.fhir.terms import NotComputed, Resource, Severity

SPELLINGS = ("ordinalValue", "itemWeight", "extension-score")
"""Names of the extensions once the prefix of their guide is taken off, which covers all five spellings."""

PROPERTIES = ("itemWeight", "ordinalValue", "ordinal-value", "item-weight", "weight", "score")


class Weight(NamedTuple):
    """A weight and the spelling that gave it; no weight where none stands or where two differ."""

    value: Decimal | None = None
    spelling: str = ""


NO_WEIGHT = Weight()


def weight_of(*places: Part | None) -> Weight:
    """Return the first weight that stands at these places, the nearest to the answer first.

    Two spellings at one place that give different numbers cancel each other: neither is taken, and it is told.
    """
    for place in places:
        if place is None:
            continue
        found = _at(place)
        if found is not None:
            return found
    return NO_WEIGHT


def _at(place: Part) -> Weight | None:
    found = [
        (name, value) for name in SPELLINGS for ext in place.extensions(name) if (value := _number(ext)) is not None
    ]
    if not found:
        return None
    if len({value for _, value in found}) > 1:
        said = " and ".join(f"{name} {value}" for name, value in found[:3])
        problem = f"One answer has two weights: {said}. Neither was taken."
        place.findings.add("Q15", Severity.WARNING, place.where, problem, "Let both spellings say the same.")
        return Weight(None, "contradictory")
    return Weight(found[0][1], found[0][0])


def _number(extension: Part) -> Decimal | None:
    for key in ("valueDecimal", "valueInteger", "valuePositiveInt", "valueUnsignedInt", "valueString", "valueCode"):
        if extension.has(key) or extension.entries.get(key) == 0:
            value = extension.number(key)
            if value is None:
                problem = "A weight is not a number; it was left out."
                extension.findings.add("Q22", Severity.WARNING, extension.where, problem, "Write it as valueDecimal.")
            return value
    return None


def property_weight(concept: Part) -> Weight:
    """Return the weight that a concept of a code system carries as a property, if any."""
    for each in concept.parts("property"):
        if each.line("code") in PROPERTIES:
            keys = (key for key in ("valueDecimal", "valueInteger", "valueString", "valueCode") if key in each.entries)
            for key in keys:
                value = each.entries[key]
                number = as_number(value) if isinstance(value, str) else each.number(key)
                if number is not None:
                    return Weight(number, "CodeSystem property")
    return NO_WEIGHT


def stated_weight(value: Resource) -> Decimal | None:
    listed = value.get("extension")
    for extension in listed if isinstance(listed, list) else [listed]:
        if not isinstance(extension, dict):
            continue
        url = extension.get("url")
        if isinstance(url, str) and url.endswith(("ordinalValue", "itemWeight")):
            number = extension.get("valueDecimal", extension.get("valueInteger"))
            if isinstance(number, int | Decimal) and not isinstance(number, bool):
                return Decimal(number)
    return None


def one_weight(found: set[Decimal | None], name: str) -> list[Decimal]:
    """Return the one weight of an answer; an answer that could weigh this or that, or should weigh and does not, stops it."""
    if not found:
        return []
    weights = [each for each in found if each is not None]
    if len(found) > 1 or not weights:
        reason = "has more than one weight" if len(weights) > 1 else "has no weight"
        raise NotComputed(f"The answer “{name[:60]}” {reason}.")
    return weights
