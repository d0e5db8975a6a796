"""Rules of a list of answers: an ordinal scale is weighed in steps of one (Q15, S4), and no answer stands twice (Q20)."""

from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from itertools import pairwise

from fourfold.assessment.fhir.fields import Findings
from fourfold.assessment.fhir.terms import Choice, Coded, Form, Node, Options, Severity

Add = Callable[..., None]


def scales(form: Form, findings: Findings) -> None:
    """Check each list of answers once (Q15, Q20), however many items share it."""
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
        add(f"Weights are below 0: {_shown(below)}.", "Check them against the published scoring.")
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
