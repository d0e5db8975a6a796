"""The policy against a table that somebody else wrote, row by row; and every clause of the policy, taken away in turn.

A clause whose absence no row notices is a clause that nobody tests: each forbid, each conjunct, each alternative and
each member of a set is removed from the source of the rules, and the table must then disagree somewhere.
"""

from __future__ import annotations

import ast
import csv
import inspect
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from typing import Any

import pytest

from fourfold.access import rules
from fourfold.access.terms import Access, Compartment, PartnerKind, Purpose, RelationKind, Role, Side
from tests.access import make_expectations

WhyNot = Callable[[rules.Facts], str | None]
WhyNotRole = Callable[[Role, PartnerKind], str | None]
LEAST_ROWS = 2_000


@cache
def table() -> tuple[dict[str, str], ...]:
    """Return the rows as they are checked in."""
    with make_expectations.FILE.open(newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def told() -> tuple[tuple[rules.Facts, str], ...]:
    """Return each row as the facts that the policy is told, with the answer that is expected."""
    return tuple((facts_of(row), row["expected"]) for row in table())


def facts_of(row: dict[str, str]) -> rules.Facts:
    """Read one row into facts."""
    yes = {name: row[name] == "yes" for name in row}
    return rules.Facts(
        roles=frozenset(Role(role) for role in row["roles"].split()),
        partner_kind=PartnerKind(row["partner"]),
        active=yes["active"],
        vouched=yes["vouched"],
        trained=yes["trained"],
        cleared=yes["cleared"],
        second_factor=yes["second_factor"],
        purpose=Purpose(row["purpose"]) if row["purpose"] else None,
        team=yes["unit"],
        relations=frozenset(RelationKind(kind) for kind in row["relations"].split()),
        agreement=yes["agreement"],
        walled=yes["walled"],
        compartment=Compartment(row["compartment"]),
        side=Side(row["side"]),
        access=Access(row["access"]),
        second=yes["second_person"],
    )


def disagreements(why_not: WhyNot) -> Iterator[int]:
    """Yield the numbers of the rows that `why_not` answers otherwise."""
    for number, (facts, expected) in enumerate(told()):
        if (why_not(facts) is None) != (expected == "open"):
            yield number


def test_the_rules_agree_with_every_row() -> None:
    wrong = [table()[number] for number in disagreements(rules.why_not)]
    assert not wrong, f"{len(wrong)} rows disagree, the first: {wrong[0]}"


def test_the_table_is_large_enough_and_holds_every_compartment_and_both_answers() -> None:
    assert len(table()) >= LEAST_ROWS
    for compartment in Compartment:
        for access in Access:
            answers = {
                row["expected"] for row in table() if row["compartment"] == compartment and row["access"] == access
            }
            assert answers == {"open", "closed"}, f"{access} {compartment} is always {answers}"


def test_the_table_is_what_its_maker_writes() -> None:
    assert list(table()) == list(make_expectations.rows())


def test_the_maker_of_the_table_has_never_seen_the_rules() -> None:
    tree = ast.parse(inspect.getsource(make_expectations))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name for name in imported if name.startswith("fourfold")}


@pytest.mark.parametrize("name", [name for name, _ in rules.FORBIDS])
def test_without_this_forbid_somebody_gets_in(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "FORBIDS", tuple(rule for rule in rules.FORBIDS if rule[0] != name))
    assert any(disagreements(rules.why_not))


@pytest.mark.parametrize("permits", ["READS", "WRITES"])
@pytest.mark.parametrize("compartment", Compartment)
@pytest.mark.parametrize("answer", [True, False], ids=["for everybody", "for nobody"])
def test_a_permit_that_always_gives_one_answer_is_noticed(
    permits: str, compartment: Compartment, answer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(getattr(rules, permits), compartment, lambda _: answer)
    assert any(disagreements(rules.why_not))


class Weakened(ast.NodeTransformer):
    """Counts the clauses of the rules and takes one of them away: the one with the number `which`."""

    def __init__(self, which: int = -1):
        self.which, self.seen, self.taken = which, 0, ""

    def _take(self, parts: list[Any]) -> int | None:
        index = self.which - self.seen
        self.seen += len(parts)
        return index if 0 <= index < len(parts) else None

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """Take one side of an `and` or an `or`."""
        self.generic_visit(node)
        index = self._take(node.values)
        if index is None:
            return node
        self.taken = ast.unparse(node.values[index])
        rest = [value for place, value in enumerate(node.values) if place != index]
        return rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)

    def visit_Set(self, node: ast.Set) -> ast.AST:
        """Take one member of a set."""
        self.generic_visit(node)
        index = self._take(node.elts)
        if index is None:
            return node
        self.taken = ast.unparse(node.elts[index])
        rest = [value for place, value in enumerate(node.elts) if place != index]
        return ast.Set(rest) if rest else ast.Call(ast.Name("set", ast.Load()), [], [])


#: Whose people hold which role of a unit; None: anybody's. A role that is not here is held by nobody in a unit.
HELD_BY: dict[Role, set[PartnerKind] | None] = {
    Role.POLICE_ANALYST: {PartnerKind.POLICE},
    Role.POLICE_OFFICER: {PartnerKind.POLICE},
    Role.MENTAL_HEALTH_PROFESSIONAL: {PartnerKind.NHS},
    Role.OUTREACH_WORKER: {PartnerKind.OUTREACH, PartnerKind.LOCAL_AUTHORITY},
    Role.VICTIM_ADVOCATE: {PartnerKind.ADVOCACY},
    Role.UNIT_COORDINATOR: None,
    Role.PANEL_CHAIR: None,
    Role.GOVERNANCE_LEAD: None,
}


#: The same with what belongs to no unit: the programme's roles to its own people, and an agency's lead to anybody.
HELD_ANYWHERE = HELD_BY | {
    Role.EVALUATOR: {PartnerKind.PROGRAMME},
    Role.PROGRAMME_LEAD: {PartnerKind.PROGRAMME},
    Role.SYSTEM_ADMINISTRATOR: {PartnerKind.PROGRAMME},
    Role.AGENCY_LEAD: None,
}


def misjudged(
    why_not_role: WhyNotRole, table: dict[Role, set[PartnerKind] | None] = HELD_BY
) -> Iterator[tuple[Role, PartnerKind]]:
    """Yield the parts that `why_not_role` gives or refuses otherwise than the table says."""
    for role in Role:
        for kind in PartnerKind:
            kinds = table.get(role, set())
            try:
                allowed = why_not_role(role, kind) is None
            except (TypeError, KeyError):
                allowed = not (kinds is None or kind in kinds)
            if allowed != (kinds is None or kind in kinds):
                yield role, kind


def test_a_part_of_a_unit_goes_to_whoevers_trade_it_is() -> None:
    assert list(misjudged(rules.why_not_role)) == []
    assert list(misjudged(rules.why_not_hold, HELD_ANYWHERE)) == []


def weakened(which: int) -> tuple[str, WhyNot, WhyNotRole, WhyNotRole]:
    """Return the rules without one clause, and the words of that clause."""
    knife = Weakened(which)
    tree = ast.fix_missing_locations(knife.visit(deepcopy(_source())))
    module: dict[str, Any] = {"__name__": rules.__name__}
    exec(compile(tree, "rules without a clause", "exec"), module)
    return knife.taken, module["why_not"], module["why_not_role"], module["why_not_hold"]


@cache
def _source() -> ast.Module:
    return ast.parse(inspect.getsource(rules))


def _clauses() -> int:
    counting = Weakened()
    counting.visit(deepcopy(_source()))
    return counting.seen


def test_there_are_clauses_to_take_away() -> None:
    assert _clauses() > 40
    _, why_not, why_not_role, why_not_hold = weakened(-1)
    assert not any(disagreements(why_not)), "the rules as they are, compiled anew, agree"
    assert not any(misjudged(why_not_role))
    assert not any(misjudged(why_not_hold, HELD_ANYWHERE))


@pytest.mark.parametrize("which", range(_clauses()))
def test_a_clause_less_is_noticed(which: int) -> None:
    clause, why_not, why_not_role, why_not_hold = weakened(which)
    assert clause
    misjudges = any(misjudged(why_not_role)) or any(misjudged(why_not_hold, HELD_ANYWHERE))
    assert misjudges or any(disagreements(why_not)), f"no row notices that this clause is gone: {clause}"
