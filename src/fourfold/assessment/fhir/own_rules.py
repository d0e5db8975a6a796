"""Conditions that say more than a comparison of answers, and that the engine can work out: told apart by their text.

Each becomes an item that nobody sees, whose value says whether another is asked. Nothing is run here. What the engine
would not compute, or would read in two ways, is no rule, and its item is always shown.
"""

from collections.abc import Iterator, Mapping

from fourfold.assessment.fhir import references
from fourfold.assessment.fhir.expressions import Tree, known_functions, parse
from fourfold.assessment.fhir.terms import Expression, Form, Node, NotComputed, Resource
from fourfold.assessment.terms import Clause, Item, ItemKind, NoteRule, Operator
from fourfold.assessment.terms import Expression as Said

YES_NO = "yes_no"
"""The scale of a boolean."""

MOST_RULES = 40
LONGEST_TOGETHER = 10_000
"""Rules of one form, and characters of all of them: each page of it works them out anew."""

_NUMBERS = frozenset({"AdditiveExpression", "MultiplicativeExpression", "PolarityExpression", "UnionExpression"})
_WHOLE = frozenset({"resource", "rootResource"})
_KNOWN = _WHOLE | {"ucum", "sct", "loinc"}
_ALONE = frozenset({"iif", "today", "now", "timeOfDay"})
"""Functions that look at nothing around them, though nothing stands before them."""

Above = tuple[Node, ...]


def rules_of(form: Form, waiting: list[tuple[Node, Above]]) -> Iterator[Node]:
    """Yield those of the items that a rule of the form's own asks, as many as are worked out in time."""
    known = {node.link_id: node for node, _ in form.walk()} if waiting else {}
    room = LONGEST_TOGETHER
    for node, above in waiting[:MOST_RULES]:
        texts = _texts(form, node, above)
        room -= sum(map(len, texts))
        fits = room >= 0 and _rests_on_questions(texts, node, known) and _says_whether(node)
        if fits and all(_is_plain(text, whole) for text, whole in texts.items()):
            yield node


def item_of(key: str, asked: Item, said: Said) -> Item:
    """Return the rule that asks an item as an item before it, which nobody sees."""
    return Item(
        key=key,
        section=asked.section,
        title=f"the form’s own rule for ‘{asked.title[:90]}’",
        kind=ItemKind.YES_NO,
        scale=YES_NO,
        required=False,
        note=NoteRule.NONE,
        parent=asked.parent,
        hidden=True,
        read_only=True,
        expressions=(said,),
    )


def holds(key: str) -> Clause:
    return Clause(key, Operator.EQUALS, ("yes",))


def narrowed(part: Resource, names: set[str]) -> Resource | None:
    """Return a response, or a part of it, without the answers that no rule names: each walks through all that is left."""
    inner = [kept for each in part.get("item", ()) if (kept := narrowed(each, names)) is not None]
    held = part.get("linkId") in names or any(answer.get("item") for answer in part.get("answer", ()))
    if not (held or inner or "resourceType" in part):
        return None
    return {**part, "item": inner} if "item" in part else part


def _texts(form: Form, node: Node, above: Above) -> Mapping[str, bool]:
    """Return the expression and all that it reaches, each with whether it starts from the whole form; none where any of it is
    not run or not there."""
    outer = {each.name: each for each in (*form.variables, *form.calculated) if each.name}
    nearer = {each.name: each for way in (*above, node) for each in way.variables if each.name}
    named, said = outer | nearer, node.enable_expression
    if said is None or any(each.repeats for each in above):
        return {}
    through = {name: references.variables(each.text) for name, each in named.items()}
    reached = references.reached(references.variables(said.text), through)
    found: list[Expression | None] = [said, *(named.get(name) for name in reached)]
    if not all(each is not None and each.runs for each in found):
        return {}
    return {each.text: each in outer.values() and each is not said for each in found if each is not None}


def _rests_on_questions(texts: Mapping[str, bool], node: Node, known: Mapping[str, Node]) -> bool:
    """Return whether it names each question that it looks at, so that a gap shows, and none that waits for it."""
    names = [name for text in texts for name in references.link_ids(text)]
    own = {node.link_id, *(each.link_id for each in _below(node))}
    return bool(names) and all(name in known and known[name].asks and name not in own for name in names)


def _says_whether(node: Node) -> bool:
    said = node.enable_expression
    try:
        return said is not None and parse(said.text)["type"] not in _NUMBERS
    except NotComputed:
        return False


def _below(node: Node) -> Iterator[Node]:
    waiting = [*node.items]
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(each.items)


def _is_plain(text: str, from_the_whole: bool) -> bool:
    """Return whether a text can be read in one way, with functions that are known, from questions that it names."""
    try:
        stack, functions = [(parse(text), False)], known_functions()
    except NotComputed:
        return False
    starts = 0
    while stack:
        part, inside = stack.pop()
        below: list[Tree] = part.get("children", [])
        name = below[0].get("text", "") if below else ""
        if part["type"] == "Functn":
            if name not in functions:
                return False
            inside = inside or name != "iif"
        elif part["type"] == "ExternalConstant":
            if name in references.RESERVED - _KNOWN:
                return False
            starts += name in _WHOLE
        elif part["type"] == "InvocationTerm" and not inside and _called(below[0]) not in _ALONE:
            if not from_the_whole:
                return False
            starts += 1
        stack.extend((each, inside) for each in below)
    return starts <= text.count("linkId")


def _called(part: Tree) -> str:
    """Return the name of a function that is called, nothing for a path."""
    if part["type"] != "FunctionInvocation":
        return ""
    return str(part["children"][0]["children"][0].get("text", ""))
