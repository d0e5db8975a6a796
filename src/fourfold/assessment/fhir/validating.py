"""The rules that a form must keep, beyond its shape: Q1 to Q22 but for those that the reader meets on its way.

(Q13 is checked where types and statuses are read, Q16 with the scoring, Q19 wherever a limit is met, Q23 with
responses.) Each check looks at the normal form, adds what it finds, and says where and how to mend it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import partial
from itertools import islice, pairwise
from typing import Any

from fourfold.assessment.fhir import patterns, references
from fourfold.assessment.fhir.fields import Findings
from fourfold.assessment.fhir.normalising import OPERATORS, extensions_of, name_of, nested_parts
from fourfold.assessment.fhir.terms import (
    Choice,
    Coded,
    Dialect,
    Enable,
    Expression,
    Form,
    Given,
    Node,
    Options,
    Refused,
    Resource,
    Severity,
)

_TEXTS = frozenset({"string", "text", "url", "open-choice"})
_OPTIONLESS = frozenset({"boolean", "text", "url", "attachment", "reference"})
_ORDERED = frozenset({"integer", "decimal", "quantity", "date", "dateTime", "time", "string", "choice", "open-choice"})
_UNSUPPORTED = {"attachment": "a file", "reference": "a reference to another record"}
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
_MODIFIERS: dict[str, Any] = {"rendering-styleSensitive": False}
"""Modifiers that may stand, with the value at which they change nothing."""

Add = Callable[..., None]

MOST_CIRCLES = 20
"""Circles that are told of one form: the first few are mended, and then one looks again."""


def validate(form: Form, findings: Findings) -> None:
    """This function will check a form against every rule of this module, and add what it finds."""
    nodes = tuple(node for node, _ in form.walk())
    for check in _OF_ITEMS:
        for node in nodes:
            check(node, findings)
    for rule in _OF_FORMS:
        rule(form, findings)


def refuse_modifiers(questionnaire: Resource) -> None:
    """This function will raise Refused for a modifierExtension that is not known to change nothing (Q21).

    A modifier can turn the meaning of what it stands on into its opposite, so FHIR forbids to pass over one.
    """
    for part, where in nested_parts(questionnaire):
        listed = part.get("modifierExtension")
        for each in listed if isinstance(listed, list) else [listed] if listed else ():
            url = each.get("url") if isinstance(each, dict) else None
            if not (isinstance(each, dict) and _is_harmless(each)):
                problem = f"A modifier changes the meaning of what it stands on: {str(url)[:200]}."
                mend = "Ask whoever made the form for one without modifiers."
                raise Refused("Q21", where or "modifierExtension", problem, mend)


def _is_harmless(extension: Resource) -> bool:
    name = name_of(extension)
    return name in _MODIFIERS and extension.get("valueBoolean") is _MODIFIERS[name]


# --- one item ---------------------------------------------------------------------------------------------


def _shape_of_groups(node: Node, findings: Findings) -> None:
    """Q6, Q7 and Q8."""
    if node.type == "group" and not node.items:
        findings.add("Q6", Severity.WARNING, node.link_id, "This group has no items.", "Fill it, or take it out.")
    if node.type == "display" and node.items:
        problem = "This text has items below it, and a text takes none."
        findings.add("Q7", Severity.ERROR, node.link_id, problem, "Make it a group.")
    if node.type in ("group", "display") and (node.required or _has_list(node)):
        word = " and ".join(filter(None, ("required" if node.required else "", "options" if _has_list(node) else "")))
        problem = f"A {node.type} is not answered, and cannot have what it is given ({word}); that was passed over."
        findings.add("Q8", Severity.WARNING, node.link_id, problem, "Say it of the questions.")


def _has_list(node: Node) -> bool:
    return node.options is not None or bool(node.missing_options)


def _options(node: Node, findings: Findings) -> None:
    """Q9 to Q12."""
    if node.type in _OPTIONLESS and _has_list(node):
        problem = f"An item of type {node.type} takes no list of answers."
        findings.add("Q9", Severity.ERROR, node.link_id, problem, "Make it a choice, or take the answers out.")
    if node.options_given_twice:
        problem = "The item has answers of its own and names a list as well; its own were taken."
        findings.add("Q10", Severity.ERROR, node.link_id, problem, "Keep one of the two.")
    if node.missing_options:
        findings.add("Q12", Severity.ERROR, node.link_id, node.missing_options, "Put the list into the form, expanded.")
    elif node.type in ("choice", "open-choice") and node.options is None:
        _no_options(node, findings)


def _no_options(node: Node, findings: Findings) -> None:
    if node.answered_by is not None:
        problem = "The answers are worked out by an expression, which is not run."
        findings.add("Q11", Severity.ERROR, node.link_id, problem, "List the answers.")
    elif node.type == "choice":
        findings.add("Q11", Severity.ERROR, node.link_id, "This choice has no answers to choose from.", "List them.")
    else:
        problem = "This choice lists no answers; it is asked as an open question."
        findings.add("Q11", Severity.WARNING, node.link_id, problem, "List the answers, or make it a string.")


def _lengths(node: Node, findings: Findings) -> None:
    """Q14, and patterns that cannot be checked."""
    if node.max_length is not None and node.type not in _TEXTS:
        problem = f"A longest length means nothing for {node.type}; it was passed over."
        findings.add("Q14", Severity.WARNING, node.link_id, problem, "Take maxLength out.")
    if node.pattern and (why := patterns.why_not(node.pattern)):
        problem = f"The pattern for the answer is kept and not checked. {why}"
        findings.add("shape", Severity.WARNING, node.link_id, problem, "Write it without such parts.")


def _support(node: Node, findings: Findings) -> None:
    """What is shown and cannot be answered here."""
    if node.type in _UNSUPPORTED:
        problem = f"The question asks for {_UNSUPPORTED[node.type]}, which is not taken here; it is shown as text."
        findings.add("shape", Severity.WARNING, node.link_id, problem, "Ask for it in another way.")
    if node.asks and not node.text and not node.hidden and not node.words:
        problem = "The question has no wording."
        findings.add("shape", Severity.WARNING, node.link_id, problem, "Give it a text.")


def _enabled(node: Node, findings: Findings) -> None:
    """Q4, and Q13 for operators and behaviours."""
    if len(node.enable) > 1 and not node.behaviour:
        problem = f"{len(node.enable)} conditions stand without a word on how they go together; all must hold."
        findings.add("Q4", Severity.WARNING, node.link_id, problem, "Write enableBehavior: all or any.")
    if node.behaviour not in ("", "all", "any"):
        problem = f"“{node.behaviour}” is no way in which conditions go together; all must hold."
        findings.add("Q13", Severity.ERROR, node.link_id, problem, "Write all or any.")
    for each in node.enable:
        if each.operator and each.operator not in OPERATORS:
            problem = f"“{each.operator}” is no way to compare an answer."
            findings.add("Q13", Severity.ERROR, node.link_id, problem, f"Write one of: {' '.join(sorted(OPERATORS))}.")


_OF_ITEMS: tuple[Callable[[Node, Findings], None], ...] = (
    _shape_of_groups,
    _options,
    _lengths,
    _support,
    _enabled,
)


# --- the form as a whole ----------------------------------------------------------------------------------


def _link_ids(form: Form, findings: Findings) -> None:
    """Q1."""
    counted = Counter(node.link_id for node, _ in form.walk())
    for link_id, times in counted.items():
        if times > 1:
            problem = f"{times} items have the linkId “{link_id}”; answers could not be told apart."
            findings.add("Q1", Severity.ERROR, link_id, problem, "Give each a linkId of its own.")


def _conditions(form: Form, findings: Findings) -> None:
    """Q2 and Q5."""
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
    if each.answer is None:
        add(f"The condition on “{each.question}” has no answer to compare with.", "Add answer[x].")
    elif not asked.asks:
        add(f"The condition looks at “{each.question}”, which is a {asked.type} and has no answer.", "Name a question.")
    elif each.operator == "exists":
        if each.answer.type != "Boolean":
            add(f"Whether “{each.question}” is answered is compared with {each.answer.words}.", "Write answerBoolean.")
    elif not _fits(each.answer, asked):
        add(
            f"“{each.question}” is {_named(asked.type)} and is compared with {_named(each.answer.type)} "
            f"({each.answer.words[:60]}).",
            "Write the answer in the type of the question.",
        )
    elif each.operator in (">", "<", ">=", "<=") and asked.type not in _ORDERED:
        add(f"The answer to “{each.question}” has no order to compare by.", "Compare with = or !=.")
    elif asked.options is not None and asked.type == "choice" and not is_listed(each.answer, asked.options):
        problem = f"“{each.answer.words[:60]}” is not among the answers to “{each.question}”."
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
    """This function will say whether an answer is one of the options, by concept or by value."""
    return any(is_same(answer, choice.given) for choice in options.choices)


def is_same(one: Given, other: Given) -> bool:
    """This function will say whether two values are the same answer."""
    if isinstance(one.value, Coded) and isinstance(other.value, Coded):
        return one.value.is_same(other.value)
    if isinstance(one.value, Coded) or isinstance(other.value, Coded):
        return False
    return one.value == other.value


def _cycles(form: Form, findings: Findings) -> None:
    """Q3: an item waits for the questions that it looks at, and for the items around it."""
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


def circles(waits: dict[str, list[str]]) -> Iterator[tuple[str, ...]]:
    """This function will yield one circle for every knot of names that wait for each other, without recursion."""
    done: set[str] = set()
    for start, first in waits.items():
        if start in done:
            continue
        path, on_path, stack = [start], {start}, [(start, iter(first))]
        while stack:
            name, following = stack[-1]
            nearest = next((each for each in following if each in waits and each not in done), None)
            if nearest is None:
                stack.pop()
                on_path.discard(path.pop())
                done.add(name)
            elif nearest in on_path:
                yield tuple(path[path.index(nearest) :])
            else:
                stack.append((nearest, iter(waits[nearest])))
                path.append(nearest)
                on_path.add(nearest)


def _scales(form: Form, findings: Findings) -> None:
    """Q15 and Q20, once for each list of answers, however many items share it."""
    seen: set[int] = set()
    for node, _ in form.walk():
        if node.options is not None and id(node.options) not in seen:
            seen.add(id(node.options))
            _duplicates(node, node.options, findings)
            _weights(node, node.options, findings)


def _duplicates(node: Node, options: Options, findings: Findings) -> None:
    names = Counter(_name(choice) for choice in options.choices)
    for name, times in names.items():
        if times > 1:
            problem = f"The answer “{name[1] or name[0]}” stands {times} times in one list."
            findings.add("Q20", Severity.WARNING, node.link_id, problem, "Keep one of them.")


def _name(choice: Choice) -> tuple[str, str]:
    value = choice.given.value
    return (value.system, value.code or value.display) if isinstance(value, Coded) else (choice.given.type, str(value))


def _weights(node: Node, options: Options, findings: Findings) -> None:
    """Q15 and S4: an ordinal scale is weighed in steps of one, in one direction, and whole."""
    weighed = [(choice, choice.weight) for choice in options.choices if choice.weight is not None]
    if not weighed:
        return
    add = partial(findings.add, "Q15", Severity.WARNING, node.link_id)
    bare = [choice.label for choice in options.choices if choice.lacks_weight]
    if bare:
        add(
            f"{len(bare)} of {len(options.choices)} answers have no weight: {_shown(bare)}.",
            "An answer without weight leaves the question unscored. Weigh it, or let it be so.",
        )
    weights = [weight for _, weight in weighed]
    for value, times in Counter(weights).items():
        if times > 1:
            add(
                f"{times} answers weigh {value}: {_shown(c.label for c, weight in weighed if weight == value)}.",
                "Check that they are meant to count the same.",
            )
    _steps(weighed, weights, add)


def _steps(weighed: list[tuple[Choice, Decimal]], weights: list[Decimal], add: Add) -> None:
    odd = [choice.label for choice, weight in weighed if weight != weight.to_integral_value()]
    if odd:
        add(f"Weights are not whole: {_shown(odd)}.", "Check them against the published scoring.")
    below = [choice.label for choice, weight in weighed if weight < 0]
    if below:
        add(f"Weights are below nought: {_shown(below)}.", "Check them against the published scoring.")
    steps = [after - before for before, after in pairwise(weights)]
    if steps and not (all(step > 0 for step in steps) or all(step < 0 for step in steps)):
        if len(set(weights)) == len(weights):
            at = next(i for i, step in enumerate(steps) if (step > 0) != (steps[0] > 0))
            add(f"The weights go up and down, at “{weighed[at + 1][0].label[:60]}”.", "Check the order.")
    elif any(abs(step) != 1 for step in steps):
        at = next(i for i, step in enumerate(steps) if abs(step) != 1)
        add(
            f"The weights skip, from {weights[at]} to {weights[at + 1]} at “{weighed[at + 1][0].label[:60]}”.",
            "Check them against the published scoring.",
        )


def _shown(labels: Iterable[str]) -> str:
    listed = list(labels)
    return ", ".join(f"“{label[:40]}”" for label in listed[:5]) + (" …" if len(listed) > 5 else "")


# --- expressions ------------------------------------------------------------------------------------------


def expressions_of(node: Node) -> Iterator[tuple[str, Expression]]:
    """This function will yield the expressions of an item, each with a word for what it is for."""
    yield from (("variable", each) for each in node.variables)
    yield from (("constraint", each.expression) for each in node.constraints)
    single = (
        ("calculated", node.calculated),
        ("enable", node.enable_expression),
        ("initial", node.prefilled),
        ("answers", node.answered_by),
    )
    yield from ((use, each) for use, each in single if each is not None)


def _all_expressions(form: Form) -> Iterator[tuple[str, str, Expression]]:
    yield from (("variables", "variable", each) for each in form.variables)
    yield from (("calculated", "calculated", each) for each in form.calculated)
    yield from (("constraints", "constraint", each.expression) for each in form.constraints)
    for node, _ in form.walk():
        yield from ((node.link_id, use, each) for use, each in expressions_of(node))


def _expressions(form: Form, findings: Findings) -> None:
    """Q17, brackets that do not close, and languages that are not run."""
    known = {node.link_id for node, _ in form.walk()}
    for where, use, each in _all_expressions(form):
        if not each.runs:
            problem = f"An expression ({use}) is written in {each.language[:60]}, which is not run here."
            findings.add("S10", Severity.WARNING, where, problem, _INSTEAD.get(use, "It is kept as it stands."))
            continue
        if why := references.why_broken(each.text):
            problem = f"An expression ({use}) cannot be computed. {why}"
            findings.add("Q17", Severity.ERROR, where, problem, "Correct it.")
        for link_id in references.link_ids(each.text):
            if link_id not in known and use != "initial":
                problem = f"An expression ({use}) looks at “{link_id}”, and there is no such item."
                findings.add("Q17", Severity.ERROR, where, problem, "Correct the linkId.")


def _computed_circles(form: Form, findings: Findings) -> None:
    """S8: calculated values that rest on each other."""
    computed = {node.link_id: node.calculated for node, _ in form.walk() if node.calculated and node.calculated.runs}
    waits = {
        name: [each for each in references.link_ids(said.text) if each in computed] for name, said in computed.items()
    }
    for circle in islice(circles(waits), MOST_CIRCLES):
        problem = (
            f"These values wait for each other, and none can be computed: {' → '.join([*circle[:12], circle[0]])}."
        )
        findings.add("S8", Severity.ERROR, circle[0], problem, "Let one of them rest on answers alone.")


_INSTEAD = {
    "calculated": "The value is not computed until a rule for it is confirmed.",
    "enable": "The item is always shown.",
    "initial": "The answer begins empty.",
}


def _prefilling(form: Form, findings: Findings) -> None:
    """What a server would fill in beforehand, and conditions that are expressions: said, and not run on import."""
    if form.contexts:
        named = ", ".join(form.contexts[:6])
        problem = f"The form expects records at its start ({named}). None are fetched; what rests on them stays empty."
        findings.add("S9", Severity.NOTE, "launchContext", problem)
    for node, _ in form.walk():
        if node.prefilled is not None and node.prefilled.runs:
            problem = "The first answer would be worked out beforehand; it begins empty."
            findings.add("S9", Severity.NOTE, node.link_id, problem)


def _names(form: Form, findings: Findings) -> None:
    """Q18: one name for two variables, or a name that is taken."""
    outer = [each.name for each in (*form.variables, *form.calculated) if each.name]
    _clashes("variables", outer, (*references.RESERVED, *form.contexts), findings)
    for node, above in form.walk():
        inner = [each.name for each in node.variables if each.name]
        if inner:
            around = [each.name for up in above for each in up.variables]
            taken = (*references.RESERVED, *form.contexts, *outer, *around)
            _clashes(node.link_id, inner, taken, findings)


def _clashes(where: str, names: list[str], taken: Iterable[str], findings: Findings) -> None:
    barred = set(taken)
    for name, times in Counter(names).items():
        if times > 1 or name in barred:
            problem = f"The variable “%{name[:80]}” has a name that is taken already."
            findings.add("Q18", Severity.WARNING, where, problem, "Give it another name.")


def _extensions(form: Form, findings: Findings) -> None:
    """Q22: extensions that say nothing, or two things at once."""
    for part, where in nested_parts(form.resource):
        if "extension" in part and not isinstance(part["extension"], list):
            findings.add("Q22", Severity.WARNING, where, "“extension” is no list; it was passed over.", "Write a list.")
        for each in extensions_of(part):
            if why := _why_malformed(each):
                findings.add("Q22", Severity.WARNING, where, f"An extension was passed over: {why}.", "Correct it.")


def _why_malformed(extension: Any) -> str | None:
    if not isinstance(extension, dict):
        return "it is no object"
    if not isinstance(extension.get("url"), str) or not extension["url"].strip():
        return "it has no url"
    values = [key for key in extension if key.startswith("value")]
    name = extension["url"][-60:]
    if len(values) > 1:
        return f"{name} has more than one value"
    if values and extension.get("extension"):
        return f"{name} has a value and extensions of its own"
    if not values and not extension.get("extension") and not any(key.startswith("_value") for key in extension):
        return f"{name} has no value"
    return None


def _rules_elsewhere(form: Form, findings: Findings) -> None:
    if form.resource.get("implicitRules"):
        problem = "The form says that it follows rules that stand elsewhere; they are not fetched."
        findings.add("shape", Severity.WARNING, "implicitRules", problem, "Check that the form means what it says.")
    if not form.items and not form.is_ours_unworded:
        findings.add("Q6", Severity.ERROR, "item", "The form has no items.", "Choose the file that holds them.")
    if not form.title:
        findings.add("shape", Severity.WARNING, "title", "The form has no title.", "Give it one.")
    if form.dialect is not Dialect.R4:
        problem = f"The form is written in FHIR {form.dialect}; it was read as it is, and is exported in R4."
        findings.add("shape", Severity.NOTE, "file", problem)


_OF_FORMS: tuple[Callable[[Form, Findings], None], ...] = (
    _rules_elsewhere,
    _link_ids,
    _conditions,
    _cycles,
    _scales,
    _expressions,
    _computed_circles,
    _prefilling,
    _names,
    _extensions,
)
