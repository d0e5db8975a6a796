"""Rules of one item by itself: Q4, Q6 to Q12, Q14, the words of a condition (Q13), and what cannot be asked here."""

from collections.abc import Callable

from fourfold.assessment.fhir import patterns
from fourfold.assessment.fhir.fields import Findings
from fourfold.assessment.fhir.normalising import OPERATORS
from fourfold.assessment.fhir.terms import Node, Severity

_TEXTS = frozenset({"string", "text", "url", "open-choice"})
_OPTIONLESS = frozenset({"boolean", "text", "url", "attachment", "reference"})
_UNSUPPORTED = {"attachment": "a file", "reference": "a reference to another record"}


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
    """Check what is shown and cannot be answered here."""
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


CHECKS: tuple[Callable[[Node, Findings], None], ...] = (_shape_of_groups, _options, _lengths, _support, _enabled)
