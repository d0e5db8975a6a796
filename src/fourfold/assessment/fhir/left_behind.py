"""What an item asks of its answers that is not, or otherwise, held here: told to whoever imports the form."""

from collections.abc import Iterator

from fourfold.assessment.fhir.fields import Part
from fourfold.assessment.fhir.terms import Node, Severity
from fourfold.assessment.fhir.values import LARGEST_INTEGER

MOST_REPEATS = 10
"""How often a repeating item may be answered where the form sets no bound."""

BRING_IN = "Bring the list of units in as a file, or ask the publisher for the form with unitOption."

MOST_STATED = 50
"""How often it may be answered at most, whatever bound the form sets."""


def tell(part: Part, node: Node) -> None:
    """Add a finding for each wish of an item that is not kept as it stands."""
    for problem, mend in (
        *_repeats(node),
        *_units(part, node),
        *_too_large(node),
        *_moving_bounds(part),
        *_foreign_bounds(part, node),
        *_read_only(node),
    ):
        part.findings.add("shape", Severity.WARNING, part.where, problem, mend)
    if _begins(node):
        problem = "It begins with an answer. Here nothing is answered for anybody, so it begins empty."
        part.findings.add("shape", Severity.NOTE, part.where, problem)


def _repeats(node: Node) -> list[tuple[str, str]]:
    if not node.repeats or node.type in ("display", "choice"):
        return []
    if node.max_occurs is None:
        problem = f"It may be answered any number of times; here it is asked up to {MOST_REPEATS} times."
        return [(problem, "Say how often with maxOccurs.")]
    if node.max_occurs > MOST_STATED:
        problem = f"It may be answered {node.max_occurs:,} times; here it is asked up to {MOST_STATED} times."
        return [(problem, "Ask for more than that in words.")]
    return []


def _units(part: Part, node: Node) -> list[tuple[str, str]]:
    return list(_units_lost(part, node))


def _units_lost(part: Part, node: Node) -> Iterator[tuple[str, str]]:
    """Yield why a choice of units is not given: only a quantity holds the unit beside its number."""
    offers = len(part.extensions("unitOption")) > 1 or bool(part.extensions("unitValueSet"))
    here = f"in “{node.unit}”" if node.unit else "without a unit"
    if offers and node.type != "quantity":
        yield (f"It offers a choice of units; as a {node.type} the answer is taken {here}.", "Ask for a quantity.")
    elif node.missing_units:
        yield (f"{node.missing_units} Its units are not known; here the answer is taken {here}.", BRING_IN)


def _too_large(node: Node) -> list[tuple[str, str]]:
    told = (*node.initial, node.lowest, node.highest)
    if not any(one and isinstance(one.value, int) and abs(one.value) > LARGEST_INTEGER for one in told):
        return []
    problem = (
        f"It holds a whole number beyond {LARGEST_INTEGER:,}, which FHIR has no integer for; it leaves as a decimal."
    )
    return [(problem, "Ask for a decimal, or a smaller number.")]


def _moving_bounds(part: Part) -> list[tuple[str, str]]:
    found = []
    for name, words in (("minValue", "smallest"), ("maxValue", "largest")):
        extension = part.extension(name)
        if extension is not None and extension.value() is None:
            problem = f"Its {words} value is worked out when it is answered; that is not checked here."
            found.append((problem, "Check it by eye."))
    return found


def _foreign_bounds(part: Part, node: Node) -> list[tuple[str, str]]:
    found = []
    for name, kept, words in (("minQuantity", node.lowest, "smallest"), ("maxQuantity", node.highest, "largest")):
        if kept is None and part.extension(name) is not None:
            problem = f"Its {words} value is not in the unit of the question; that is not checked here."
            found.append((problem, f"Give it in “{node.unit}”." if node.unit else "Say the unit of the question."))
    return found


def _read_only(node: Node) -> list[tuple[str, str]]:
    if not node.read_only or node.calculated or node.initial or node.hidden or not node.asks:
        return []
    if node.options and any(choice.initially for choice in node.options.choices):
        return []
    return [("It can only be read and holds nothing: it is shown, and nobody can fill it in.", "Take readOnly out.")]


def _begins(node: Node) -> bool:
    """Return whether somebody is asked a question that begins with an answer."""
    chosen = any(choice.initially for choice in node.options.choices) if node.options else False
    return bool(chosen or node.initial) and node.asks and not (node.hidden or node.read_only or node.calculated)
