"""Which phase of an item may follow which: the table that is drawn, and the rules that decide, say the same."""

from __future__ import annotations

import pytest

from fourfold.panel import rules
from fourfold.panel.terms import Phase
from tests.panel.test_rules import draft, table


def may_open(phase: Phase) -> bool:
    return rules.why_not_open_views(phase, (), ()) is None


def may_decide(phase: Phase) -> bool:
    return "phase" not in {gap.field for gap in rules.why_not_decide(draft(), table(phase=phase))}


@pytest.mark.parametrize("phase", Phase)
def test_the_rules_allow_exactly_the_steps_of_the_table(phase: Phase) -> None:
    steps = {Phase.CONSOLIDATING: may_open, Phase.DECIDED: may_decide}
    assert {after for after, may in steps.items() if may(phase)} == rules.NEXT[phase]


def test_no_step_leads_back() -> None:
    assert set(rules.NEXT) == {None, *Phase}
    order = list(Phase)
    assert all(order.index(after) > order.index(before) for before in Phase for after in rules.NEXT[before])
