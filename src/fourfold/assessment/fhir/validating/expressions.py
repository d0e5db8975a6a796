"""Rules of expressions: what they mention is there (Q17), names are free (Q18), nothing waits for itself (S8), and what is
not run is said (S9, S10)."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from fourfold.assessment.fhir import references
from fourfold.assessment.fhir.cycles import MOST_CIRCLES, circles
from fourfold.assessment.fhir.fields import Findings
from fourfold.assessment.fhir.terms import Expression, Form, Node, Severity


def expressions_of(node: Node) -> Iterator[tuple[str, Expression]]:
    """Yield the expressions of an item, each with a word for what it is for."""
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


def expressions(form: Form, findings: Findings) -> None:
    """Check what expressions mention and that their brackets close (Q17), and name languages that are not run (S10)."""
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


def computed_circles(form: Form, findings: Findings) -> None:
    """Check that no calculated values rest on each other (S8)."""
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


def prefilling(form: Form, findings: Findings) -> None:
    """Note what a server would fill in beforehand, which is not run here (S9)."""
    if form.contexts:
        named = ", ".join(form.contexts[:6])
        problem = f"The form expects records at its start ({named}). None are fetched; what rests on them stays empty."
        findings.add("S9", Severity.NOTE, "launchContext", problem)
    for node, _ in form.walk():
        if node.prefilled is not None and node.prefilled.runs:
            problem = "The first answer would be worked out beforehand; it begins empty."
            findings.add("S9", Severity.NOTE, node.link_id, problem)


def names(form: Form, findings: Findings) -> None:
    """Check that no variable has the name of another, or one that is taken (Q18)."""
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
