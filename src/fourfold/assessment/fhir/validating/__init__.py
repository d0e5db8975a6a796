"""The rules that a form must keep, beyond its shape: Q1 to Q22 but for those that the reader meets on its way.

(Q13 is checked where types and statuses are read, Q16 with the scoring, Q19 wherever a limit is met.) Each check looks
at the normal form, adds what it finds, and says where and how to mend it.
"""

from collections.abc import Callable

from fourfold.assessment.fhir.fields import Findings
from fourfold.assessment.fhir.terms import Form
from fourfold.assessment.fhir.validating import conditions, expressions, items, scales, whole
from fourfold.assessment.fhir.validating.conditions import is_same
from fourfold.assessment.fhir.validating.expressions import expressions_of
from fourfold.assessment.fhir.validating.whole import refuse_modifiers

__all__ = ["expressions_of", "is_same", "refuse_modifiers", "validate"]

CHECKS: tuple[Callable[[Form, Findings], None], ...] = (
    whole.elsewhere,
    whole.link_ids,
    whole.repeats_in_repeats,
    conditions.conditions,
    conditions.cycles,
    scales.scales,
    expressions.expressions,
    expressions.computed_circles,
    expressions.prefilling,
    expressions.names,
    whole.extensions,
    whole.left_out,
)


def validate(form: Form, findings: Findings) -> None:
    nodes = tuple(node for node, _ in form.walk())
    for check in items.CHECKS:
        for node in nodes:
            check(node, findings)
    for rule in CHECKS:
        rule(form, findings)
