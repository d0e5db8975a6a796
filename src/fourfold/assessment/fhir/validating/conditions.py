"""Rules of conditions: which question is looked at (Q2), with what it is compared (Q5), and who waits for whom (Q3)."""

from functools import partial
from itertools import islice

from fourfold.assessment.fhir.carrying import is_in
from fourfold.assessment.fhir.cycles import MOST_CIRCLES, circles
from fourfold.assessment.fhir.fields import Findings
from fourfold.assessment.fhir.terms import Amount, Coded, Enable, Form, Given, Node, Options, Severity

_ORDERED = frozenset({"integer", "decimal", "quantity", "date", "dateTime", "time", "string", "choice", "open-choice"})
_FITTING = {
    "boolean": {"Boolean"},
    "integer": {"Integer", "Decimal"},
    "decimal": {"Decimal", "Integer"},
    "quantity": {"Quantity", "Decimal", "Integer"},
    "date": {"Date", "DateTime"},
    "dateTime": {"DateTime", "Date"},
    "time": {"Time"},
    "string": {"String", "Markdown", "Code", "Uri"},
    "text": {"String", "Markdown", "Text"},
    "url": {"Uri", "Url", "String"},
    "reference": {"Reference"},
    "attachment": {"Attachment"},
}


def conditions(form: Form, findings: Findings) -> None:
    """Check which questions conditions look at (Q2), and with what they compare (Q5)."""
    nodes = {node.link_id: node for node, _ in form.walk()}
    for node, _ in form.walk():
        for each in node.enable:
            _condition(node, each, nodes, findings)


def _condition(node: Node, each: Enable, nodes: dict[str, Node], findings: Findings) -> None:
    add = partial(findings.add, where=node.link_id)
    if not each.question:
        problem = "A condition does not name the question that it looks at."
        add("Q2", Severity.ERROR, problem=problem, mend="Write its linkId under question.")
    elif each.question == node.link_id:
        add("Q2", Severity.ERROR, problem="The item depends on its own answer.", mend="Name another question.")
    elif each.question not in nodes:
        problem = f"The item depends on “{each.question}”, and there is no such item."
        add("Q2", Severity.ERROR, problem=problem, mend="Correct the linkId, or take the condition out.")
    else:
        _compared(node, each, nodes[each.question], findings)


def _compared(node: Node, each: Enable, asked: Node, findings: Findings) -> None:
    """Q5: what the answer is compared with must be something that the question can be answered with."""
    add = partial(findings.add, "Q5", Severity.ERROR, node.link_id)
    in_order, named = each.operator in (">", "<", ">=", "<="), asked.text[:80] or each.question
    if each.answer is None:
        add(f"The condition on “{named}” has no answer to compare with.", "Add answer[x].")
    elif not asked.asks:
        add(f"The condition looks at “{named}”, which is a {asked.type} and has no answer.", "Name a question.")
    elif each.operator == "exists":
        if each.answer.type != "Boolean":
            add(f"Whether “{named}” is answered is compared with {each.answer.words}.", "Write answerBoolean.")
    elif not _fits(each.answer, asked):
        add(
            f"“{named}” is {_named(asked.type)} and is compared with {_named(each.answer.type)} "
            f"({each.answer.words[:60]}).",
            "Write the answer in the type of the question.",
        )
    elif in_order and asked.type not in _ORDERED:
        add(f"The answer to “{named}” has no order to compare by.", "Compare with = or !=.")
    elif isinstance(each.answer.value, Amount) and not is_in(each.answer.value, asked.unit, asked.units):
        problem = f"The condition on “{named}” is in another unit than the question; the item is always shown."
        findings.add("Q5", Severity.WARNING, node.link_id, problem, "Write it in the unit of the question.")
    elif asked.options and asked.type == "choice" and not in_order and not is_listed(each.answer, asked.options):
        problem = f"“{each.answer.words[:60]}” is not among the answers to “{named}”."
        findings.add("Q5", Severity.WARNING, node.link_id, problem, "Correct the answer.")


def _named(type_: str) -> str:
    word = {"Coding": "a coded answer", "String": "a text", "Boolean": "yes or no"}.get(type_, f"of type {type_}")
    return {"boolean": "a yes-or-no question", "choice": "a choice"}.get(type_, word)


def _fits(answer: Given, asked: Node) -> bool:
    if asked.type in ("choice", "open-choice"):
        listed = {choice.given.type for choice in asked.options.choices} if asked.options else {answer.type}
        loose = {"String", "Coding"} if asked.type == "open-choice" else set()
        return answer.type in listed | loose
    return answer.type in _FITTING.get(asked.type, {answer.type})


def is_listed(answer: Given, options: Options) -> bool:
    """Return whether an answer is one of the options, by concept or by value."""
    return any(is_same(answer, choice.given) for choice in options.choices)


def is_same(one: Given, other: Given) -> bool:
    if isinstance(one.value, Coded) and isinstance(other.value, Coded):
        return one.value.is_same(other.value)
    if isinstance(one.value, Coded) or isinstance(other.value, Coded):
        return False
    return one.value == other.value


def cycles(form: Form, findings: Findings) -> None:
    """Check that no items wait for each other (Q3): an item waits for the questions that it looks at, and for the items around it."""
    waits: dict[str, list[str]] = {}
    conditional = set()
    for node, above in form.walk():
        links = [each.question for each in node.enable if each.question != node.link_id]
        conditional.update([node.link_id] if links else [])
        waits.setdefault(node.link_id, []).extend(links + ([above[-1].link_id] if above else []))
    for circle in islice(circles(waits), MOST_CIRCLES):
        if conditional.intersection(circle):
            shown = " → ".join([*circle[:12], circle[0]])
            problem = f"These items wait for each other, and none could ever be asked: {shown}."
            findings.add("Q3", Severity.ERROR, circle[0], problem, "Take one of the conditions out.")
