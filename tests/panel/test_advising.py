"""Advice in words with the facts it used; gates that stay shut while a fact is not known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.cases.terms import Answer, Level
from fourfold.panel import advice, gates, rules
from fourfold.panel.measures import KINDS, class_of, strand_of, usual_class
from fourfold.panel.terms import GateState, MeasureKind, PlanClass, Signs, Strand, Suggestion
from fourfold.programme.advising import FACTS, NUMBERS, SHIPPED, Condition, advice_rules, why_not_advice
from fourfold.programme.rules import model_of_working, settings_of
from fourfold.programme.sites import shipped_site
from fourfold.programme.terms import InvalidModel
from tests.cast import working
from tests.panel.test_rules import draft, fields, measure, table

ADVISED = table(advice=advice_rules(()))
KNOWN = Signs(
    acts=4, acts_90=4, breaches=1, shortening=False, weapon=False, former_partner=True, subject_known=True,
    in_force=Level.HIGH,
)  # fmt: skip


def suggested(signs: Signs, investigated: Answer = Answer.NOT_KNOWN) -> dict[str, Suggestion]:
    """What the rules that ship suggest, by code."""
    return {each.code: each for each in advice.advice(signs, ADVISED, investigated).suggestions}


@pytest.mark.parametrize(
    ("changes", "code", "state"),
    [
        ({}, "breach", "sure"),
        ({"breaches": 0}, "breach", None),
        ({}, "order", "sure"),
        ({"acts": 1}, "order", None),
        ({"subject_known": None}, "order", "asks"),
        ({"subject_known": False}, "order", None),
        ({"subject_known": False}, "who-is-it", "sure"),
        ({}, "weapon", None),
        ({"weapon": None}, "weapon", "asks"),
        ({"weapon": True}, "weapon", "sure"),
        ({"shortening": True}, "closer", "sure"),
        ({"shortening": None}, "closer", "asks"),
        ({"monitoring": 1}, "devices", "sure"),
        ({"through_others": 2}, "others", "sure"),
        ({"missing": ("First-line checklist",)}, "assess", "sure"),
    ],
)
def test_a_rule_suggests_where_its_facts_fit_and_asks_where_one_is_not_known(
    changes: dict[str, object], code: str, state: str | None
) -> None:
    found = suggested(replace(KNOWN, **changes)).get(code)  # type: ignore[arg-type]
    assert (None if found is None else "asks" if found.not_known else "sure") == state


def test_a_suggestion_shows_the_rule_the_facts_and_the_source() -> None:
    order = suggested(KNOWN)["order"]
    assert order.facts == ("acts on record: 4", "somebody can name the subject: yes")
    assert "Stalking Protection Act 2019" in order.source
    assert (order.strand, order.plan_class, order.tell_victim_first) == (Strand.LEGAL, PlanClass.SUPERVISION, True)


def test_direct_work_is_not_suggested_before_somebody_knows_that_nobody_investigates() -> None:
    assert suggested(KNOWN, Answer.NOT_KNOWN)["treat"].not_known == ("the subject is under investigation",)
    assert "treat" not in suggested(KNOWN, Answer.YES)
    assert suggested(KNOWN, Answer.NO)["treat"].not_known == ()


VALUES = {fact: st.none() | (st.integers(1, 4) if fact in NUMBERS else st.booleans()) for fact in FACTS}


@given(st.fixed_dictionaries(VALUES), st.sampled_from(list(FACTS)))
def test_forgetting_a_fact_never_silences_a_rule_that_spoke(facts: dict[str, Any], forgotten: str) -> None:
    before = {each.code for each in advice.suggestions(ADVISED.advice, facts)}
    after = {each.code for each in advice.suggestions(ADVISED.advice, facts | {forgotten: None})}
    assert before <= after


# --- gates ------------------------------------------------------------------------------------------------

HAMPSHIRE = table(minimum_age=18, residents_only=True, referring_service_keeps_case=True, subject_age=43)


@pytest.mark.parametrize(
    ("age", "investigated", "resident", "shut"),
    [
        (43, Answer.NO, Answer.YES, ()),
        (17, Answer.NO, Answer.YES, ("age",)),
        (18, Answer.NO, Answer.YES, ()),
        (None, Answer.NO, Answer.YES, ("age",)),
        (43, Answer.YES, Answer.YES, ("investigation",)),
        (43, Answer.NOT_KNOWN, Answer.YES, ("investigation",)),
        (43, Answer.NO, Answer.NO, ("resident",)),
        (43, Answer.NO, Answer.NOT_KNOWN, ("resident",)),
        (None, Answer.NOT_KNOWN, Answer.NOT_KNOWN, ("investigation", "age", "resident")),
    ],
)
def test_the_hampshire_gates_open_only_on_what_is_known(
    age: int | None, investigated: Answer, resident: Answer, shut: tuple[str, ...]
) -> None:
    there = replace(HAMPSHIRE, subject_age=age)
    found = gates.gates(there, investigated, resident)
    assert tuple(gate.code for gate in found if gate.stops) == shut
    assert found[-1].state is GateState.STANDS
    assert all(gate.source for gate in found)
    work = measure(strand=Strand.PSYCHOLOGICAL, kind=MeasureKind.DIRECT_WORK)
    decided = draft(measures=(measure(), work), under_investigation=investigated, resident=resident)
    assert (fields(decided, there) == ["measure-2-direct_work"]) is bool(shut)


def test_direct_work_by_its_kind_alone_meets_the_gate() -> None:
    work = measure(strand=Strand.PSYCHOLOGICAL, kind=MeasureKind.DIRECT_WORK, direct_work=False)
    assert fields(draft(measures=(measure(), work), under_investigation=Answer.YES), table()) == [
        "measure-2-direct_work"
    ]


def test_the_site_of_hampshire_has_all_four_gates_and_cheshire_has_not() -> None:
    hampshire, cheshire = shipped_site("hampshire").working, shipped_site("cheshire").working
    assert (hampshire.residents_only, hampshire.referring_service_keeps_case) == (True, True)
    assert (cheshire.residents_only, cheshire.referring_service_keeps_case) == (False, False)


# --- kinds and classes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in MeasureKind if kind is not MeasureKind.OTHER])
def test_every_kind_stands_in_one_strand_and_one_class(kind: MeasureKind) -> None:
    assert sum(kind in kinds for kinds in KINDS.values()) == 1
    assert usual_class(kind) is not None
    assert kind.label


def test_a_kind_of_another_strand_is_refused_at_its_measure() -> None:
    wrong = measure(strand=Strand.LEGAL, kind=MeasureKind.HOUSING)
    assert fields(draft(measures=(measure(), wrong)), table()) == ["measure-2-kind"]
    assert strand_of(MeasureKind.OTHER) is None


@pytest.mark.parametrize(
    ("kind", "strand", "said", "expected"),
    [
        (MeasureKind.ARREST, Strand.LEGAL, None, PlanClass.SUPERVISION),
        (MeasureKind.WATCH, Strand.LEGAL, None, PlanClass.MONITORING),
        (MeasureKind.DEBT, Strand.SOCIAL, None, PlanClass.INTERVENTION),
        (MeasureKind.DEBT, Strand.SOCIAL, PlanClass.MONITORING, PlanClass.MONITORING),
        (None, Strand.VICTIM_SAFETY, None, PlanClass.VICTIM_SAFETY_PLANNING),
        (None, Strand.LEGAL, None, None),
    ],
)
def test_the_class_is_what_people_said_or_what_the_kind_tells(
    kind: MeasureKind | None, strand: Strand, said: PlanClass | None, expected: PlanClass | None
) -> None:
    assert class_of(kind, strand, said) is expected


@pytest.mark.parametrize("kind", [MeasureKind.LETTER, MeasureKind.SERVICE_OF_ORDER, MeasureKind.DIRECT_WORK])
def test_what_he_is_bound_to_notice_is_told_to_her_first_whoever_forgets_it(kind: MeasureKind) -> None:
    assert measure(kind=kind, tell_victim_first=False).is_told_first


# --- a site's own rules -----------------------------------------------------------------------------------

OWN = {
    "code": "ours", "when": [{"fact": "acts", "at_least": 3}], "says": "Three are many.", "suggests": "Call her.",
    "strand": "victim_safety", "class": "monitoring", "source": "Our unit.",
}  # fmt: skip


def test_a_site_writes_its_own_rules_and_reads_them_back() -> None:
    model = model_of_working(working(advice=[OWN], consultation_hours=48))
    assert model_of_working(settings_of(model)) == model
    (rule,) = advice_rules(model.advice)
    assert (rule.code, rule.when) == ("ours", (Condition("acts", at_least=3),))


def test_a_site_that_writes_no_rules_works_with_those_that_ship() -> None:
    assert len(advice_rules(model_of_working(working()).advice)) == len(SHIPPED)
    assert why_not_advice(SHIPPED) is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"source": ""}, "lacks source"),
        ({"strand": "medical"}, "the strand “medical”"),
        ({"class": "prayer"}, "the class “prayer”"),
        ({"why": "x"}, "names why"),
        ({"when": [{"fact": "moon", "is": True}]}, "the fact “moon”"),
        ({"when": [{"fact": "acts", "is": True}]}, "write at_least = 2"),
        ({"when": [{"fact": "acts", "at_least": True}]}, "write at_least = 2"),
        ({"when": [{"fact": "weapon", "at_least": 1}]}, "write is = true"),
        ({"when": [{"fact": "weapon", "is": 1}]}, "write is = true"),
        ({"when": "always"}, "as a list of conditions"),
    ],
)
def test_a_rule_that_cannot_be_used_says_which_key_to_mend(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(InvalidModel) as refused:
        model_of_working(working(advice=[OWN | changes]))
    assert problem in str(refused.value)
    assert "working.advice rule 1" in str(refused.value)


def test_two_rules_do_not_share_a_code() -> None:
    with pytest.raises(InvalidModel, match="uses a code twice"):
        model_of_working(working(advice=[OWN, OWN]))


def test_advice_asks_for_more_and_never_sets_a_level() -> None:
    assert rules.advised_level(KNOWN) is None
    assert advice.advice(KNOWN, ADVISED).level is None
