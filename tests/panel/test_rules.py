"""What a panel may do and see, and what it must answer, as tables of cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.cases.rules.levels import highest
from fourfold.cases.terms import Answer, Level
from fourfold.panel import advice, gates, rules
from fourfold.panel.terms import DecisionDraft, MeasureDraft, Phase, Signs, Strand, Table, ViewGiven

LOW, MEDIUM, HIGH, VERY_HIGH = Level
TODAY = date(2026, 11, 26)
QUORUM = ("police", "mental health", "outreach", "advocacy")
PARTNERS = frozenset({"police", "nhs", "outreach", "advocacy"})


def views(*professions: str, level: Level | None = HIGH) -> tuple[ViewGiven, ...]:
    """One view of each profession."""
    return tuple(ViewGiven(UUID(int=n), profession, level) for n, profession in enumerate(professions))


def table(**changes: object) -> Table:
    """A table at which everything is ready to be decided, with `changes`."""
    ready = Table(
        phase=Phase.CONSOLIDATING,
        quorum=QUORUM,
        views=views(*QUORUM),
        partners=PARTNERS,
        today=TODAY,
        therapy_while_investigated=False,
        review_by={
            VERY_HIGH: TODAY + timedelta(days=3),
            HIGH: TODAY + timedelta(days=7),
            MEDIUM: TODAY + timedelta(days=30),
            LOW: TODAY + timedelta(days=60),
        },
        gate_source="Rule of this site (panel model).",
        assessed=True,
    )
    return replace(ready, **changes)


def measure(**changes: object) -> MeasureDraft:
    """A measure that lacks nothing, with `changes`."""
    return replace(MeasureDraft(Strand.VICTIM_SAFETY, "New lock", "advocacy", None, TODAY), **changes)


def draft(**changes: object) -> DecisionDraft:
    """A decision that lacks nothing, with `changes`."""
    whole = DecisionDraft(
        formulation="Each limit is followed by acts.",
        level="high",
        victim_safety="She is told first.",
        order_considered="no",
        order_reason="An interim order runs.",
        measures=(measure(),),
        review_on=TODAY + timedelta(days=7),
    )
    return replace(whole, **changes)


def fields(decision: DecisionDraft, at: Table) -> list[str]:
    """The fields that keep the decision from being recorded."""
    return [gap.field for gap in rules.why_not_decide(decision, at)]


# --- who has spoken ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoken", "missing"),
    [
        (QUORUM, ()),
        ((), QUORUM),
        (("police", "police", "police", "police"), ("mental health", "outreach", "advocacy")),
        (("advocacy", "outreach", "police"), ("mental health",)),
        ((*QUORUM, "probation"), ()),
    ],
)
def test_a_quorum_is_of_professions_not_of_heads(spoken: tuple[str, ...], missing: tuple[str, ...]) -> None:
    assert rules.missing_professions(QUORUM, views(*spoken)) == missing


@pytest.mark.parametrize(
    ("phase", "profession", "why"),
    [
        (Phase.INDEPENDENT, "police", None),
        (Phase.CONSOLIDATING, "police", None),
        (Phase.DECIDED, "police", "new sitting"),
        (Phase.INDEPENDENT, "", "four professions"),
    ],
)
def test_a_view_is_given_by_a_profession_until_the_decision(phase: Phase, profession: str, why: str | None) -> None:
    said = rules.why_not_give_view(phase, profession)
    assert said is None if why is None else why in str(said)


@pytest.mark.parametrize(
    ("phase", "mine", "open_"),
    [
        (Phase.INDEPENDENT, False, False),
        (Phase.INDEPENDENT, True, True),
        (Phase.CONSOLIDATING, False, True),
        (Phase.DECIDED, False, True),
    ],
)
def test_the_views_of_others_open_when_mine_is_in_or_all_are_opened(phase: Phase, mine: bool, open_: bool) -> None:
    assert (rules.why_not_see_views(phase, mine_is_in=mine) is None) is open_


def test_views_are_not_opened_before_every_profession_was_heard_alone() -> None:
    assert "Views still to come: advocacy" in str(
        rules.why_not_open_views(Phase.INDEPENDENT, QUORUM, views("police", "mental health", "outreach"))
    )
    assert rules.why_not_open_views(Phase.INDEPENDENT, QUORUM, views(*QUORUM)) is None
    assert "open already" in str(rules.why_not_open_views(Phase.DECIDED, QUORUM, views(*QUORUM)))


# --- what a decision must answer --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("assessed", "why", "gap"),
    [(True, "", False), (False, "", True), (False, " \n", True), (False, "He is at her door tonight.", False)],
)
def test_a_panel_decides_after_an_assessment_or_says_why_without(assessed: bool, why: str, gap: bool) -> None:
    said = fields(draft(without_assessment=why), table(assessed=assessed))
    assert said == (["without_assessment"] if gap else [])


def test_a_decision_that_answers_everything_may_be_recorded() -> None:
    assert rules.why_not_decide(draft(), table()) == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"formulation": " \n"}, "formulation"),
        ({"victim_safety": ""}, "victim_safety"),
        ({"order_considered": ""}, "order_considered"),
        ({"order_considered": "perhaps"}, "order_considered"),
        ({"order_reason": " "}, "order_reason"),
        ({"level": ""}, "level"),
        ({"level": "none"}, "level"),
        ({"measures": ()}, "measures"),
        ({"measures": (measure(strand=Strand.LEGAL),)}, "measures"),
        ({"measures": (measure(),) * 41}, "measures"),
        ({"measures": (measure(what=""),)}, "measure-1-what"),
        ({"measures": (measure(owner_partner=""),)}, "measure-1-owner_partner"),
        ({"measures": (measure(), measure(owner_partner="somebody"))}, "measure-2-owner_partner"),
        ({"measures": (measure(due_on=None),)}, "measure-1-due_on"),
        ({"measures": (measure(due_on=TODAY - timedelta(days=1)),)}, "measure-1-due_on"),
        ({"review_on": None}, "review_on"),
        ({"review_on": TODAY - timedelta(days=1)}, "review_on"),
        ({"review_on": TODAY + timedelta(days=8)}, "review_on"),
    ],
)
def test_what_is_missing_is_named_alone(changes: dict[str, object], field: str) -> None:
    assert fields(draft(**changes), table()) == [field]


@pytest.mark.parametrize("due_on", [TODAY, TODAY + timedelta(days=400)])
def test_a_measure_may_be_due_today_or_later(due_on: date) -> None:
    assert fields(draft(measures=(measure(due_on=due_on),)), table()) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"phase": Phase.INDEPENDENT}, "phase"),
        ({"phase": Phase.DECIDED}, "phase"),
        ({"views": views("police", "outreach", "advocacy")}, "quorum"),
    ],
)
def test_a_panel_that_is_not_ready_decides_nothing(changes: dict[str, object], field: str) -> None:
    assert fields(draft(), table(**changes)) == [field]


def test_everything_that_is_missing_is_said_at_once() -> None:
    empty = DecisionDraft("", "", "", "", "")
    assert fields(empty, table(phase=Phase.INDEPENDENT, views=())) == [
        "phase",
        "quorum",
        "formulation",
        "victim_safety",
        "order_considered",
        "order_reason",
        "level",
        "measures",
        "review_on",
    ]


@given(st.text(alphabet=" \t\n", max_size=5), st.sampled_from(["high", "very_high", "low", ""]))
def test_no_decision_stands_without_the_victims_safety(blank: str, level: str) -> None:
    assert "victim_safety" in fields(draft(victim_safety=blank, level=level), table(second_signature=True))


@pytest.mark.parametrize(
    ("level", "advised", "in_force", "reason", "second", "gaps"),
    [
        ("high", HIGH, HIGH, "", False, []),
        ("very_high", HIGH, MEDIUM, "", False, []),
        ("high", None, None, "", False, []),
        ("medium", HIGH, None, "", False, ["level_reason", "level"]),
        ("medium", HIGH, None, "custody", False, ["level"]),
        ("medium", HIGH, None, "", True, ["level_reason"]),
        ("medium", HIGH, None, "custody", True, []),
        ("medium", LOW, VERY_HIGH, "custody", False, ["level"]),
        ("medium", None, VERY_HIGH, "custody", True, []),
    ],
)
def test_a_level_below_the_advice_or_the_one_in_force_takes_a_reason_and_two_people(
    level: str, advised: Level | None, in_force: Level | None, reason: str, second: bool, gaps: list[str]
) -> None:
    decision = draft(level=level, level_reason=reason, review_on=TODAY)
    unsure = views(*QUORUM, level=None)
    at = table(views=unsure, advised=advised, in_force=in_force, second_signature=second)
    assert fields(decision, at) == gaps


@given(st.sampled_from(Level), st.none() | st.sampled_from(Level), st.none() | st.sampled_from(Level))
def test_one_person_never_goes_under_the_bar(level: Level, advised: Level | None, in_force: Level | None) -> None:
    bar = highest(advised, in_force)
    gaps = fields(
        draft(level=level, level_reason="because", review_on=TODAY), table(advised=advised, in_force=in_force)
    )
    assert ("level" in gaps) is (bar is not None and level.rank < bar.rank)


def said(*levels: tuple[str, str, Level | None]) -> tuple[ViewGiven, ...]:
    """Views in the order in which they were given: who, of which profession, which level."""
    return tuple(ViewGiven(UUID(bytes=name.ljust(16).encode()), of, level) for name, of, level in levels)


@pytest.mark.parametrize(
    ("spoken", "level", "above"),
    [
        ([], "low", {}),
        ([("Ann", "police", HIGH), ("Ben", "mental health", HIGH)], "high", {}),
        ([("Ann", "police", HIGH), ("Ben", "mental health", VERY_HIGH)], "high", {"mental health": VERY_HIGH}),
        ([("Ann", "police", HIGH), ("Ben", "mental health", VERY_HIGH)], "very_high", {}),
        ([("Ben", "mental health", VERY_HIGH), ("Ben", "mental health", HIGH)], "high", {}),
        ([("Ben", "mental health", HIGH), ("Ben", "mental health", VERY_HIGH)], "high", {"mental health": VERY_HIGH}),
        ([("Ben", "mental health", VERY_HIGH), ("Ben", "mental health", None)], "high", {"mental health": VERY_HIGH}),
        ([("Ben", "mental health", VERY_HIGH), ("Cat", "mental health", LOW)], "high", {"mental health": VERY_HIGH}),
        ([("Ann", "police", MEDIUM), ("Ben", "outreach", HIGH)], "low", {"police": MEDIUM, "outreach": HIGH}),
        ([("Ann", "police", None)], "low", {}),
    ],
)
def test_who_stands_higher_is_whoever_has_not_taken_it_back(
    spoken: list[tuple[str, str, Level | None]], level: str, above: dict[str, Level]
) -> None:
    assert rules.standing_above(Level(level), said(*spoken)) == above


@pytest.mark.parametrize(
    ("words", "gaps"),
    [
        ({}, ["dissent"]),
        ({"dissent": " \n"}, ["dissent"]),
        ({"dissent": "Advocacy: he has found her twice."}, []),
        ({"level_reason": "He is in prison until May."}, []),
    ],
)
def test_nobodys_higher_view_is_passed_over_in_silence(words: dict[str, str], gaps: list[str]) -> None:
    heard = (*views(*QUORUM[:3]), *said(("Ada", "advocacy", VERY_HIGH)))
    assert fields(draft(**words), table(views=heard)) == gaps


def test_the_refusal_names_who_stands_higher_and_where() -> None:
    heard = (*views(*QUORUM[:3]), *said(("Ada", "advocacy", VERY_HIGH)))
    (gap,) = rules.why_not_decide(draft(), table(views=heard))
    assert gap.message == (
        "Advocacy recommends very high, and the panel would decide high. "
        "Write their dissent here, or the reason for the lower level."
    )


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(QUORUM), st.none() | st.sampled_from(Level))))
def test_a_level_above_every_view_asks_for_no_dissent(spoken: list[tuple[str, str, Level | None]]) -> None:
    assert "dissent" not in fields(draft(level="very_high", review_on=TODAY), table(views=said(*spoken)))


# --- the gate ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("investigated", "site_allows", "open_"),
    [
        (Answer.YES, False, False),
        (Answer.NOT_KNOWN, False, False),
        (Answer.NO, False, True),
        (Answer.YES, True, True),
        (Answer.NOT_KNOWN, True, True),
    ],
)
def test_no_direct_work_while_there_is_or_may_be_an_investigation(
    investigated: Answer, site_allows: bool, open_: bool
) -> None:
    work = measure(strand=Strand.PSYCHOLOGICAL, owner_partner="nhs", direct_work=True)
    decision = draft(measures=(measure(), work), under_investigation=investigated)
    expected = [] if open_ else ["measure-2-direct_work"]
    assert fields(decision, table(therapy_while_investigated=site_allows)) == expected


def test_the_gate_says_where_it_comes_from_and_what_is_still_allowed() -> None:
    why = gates.why_not_direct_work(Answer.YES, table())
    assert why is not None
    assert "Assessment, and advice to teams, are allowed." in why
    assert "Rule of this site (panel model)." in why


def test_an_assessment_of_the_subject_passes_the_gate() -> None:
    offer = measure(strand=Strand.PSYCHOLOGICAL, owner_partner="nhs", what="Offer an assessment in custody")
    assert fields(draft(measures=(measure(), offer), under_investigation=Answer.YES), table()) == []


# --- what the rules suggest -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signs", "level"),
    [
        (Signs(), None),
        (Signs(tools=(("First-line checklist", None),)), None),
        (Signs(tools=(("First-line checklist", MEDIUM), ("Another", HIGH))), HIGH),
        (Signs(breaches=1), None),
        (Signs(breaches=1, shortening=None), None),
        (Signs(breaches=1, shortening=True), HIGH),
        (Signs(breaches=2), HIGH),
        (Signs(breaches=2, tools=(("First-line checklist", VERY_HIGH),)), VERY_HIGH),
        (Signs(breaches=2, tools=(("First-line checklist", LOW),)), HIGH),
    ],
)
def test_the_advised_level_is_the_highest_that_speaks(signs: Signs, level: Level | None) -> None:
    assert rules.advised_level(signs) is level


@given(
    st.integers(0, 5),
    st.sampled_from([None, True, False]),
    st.lists(st.none() | st.sampled_from(Level), max_size=3),
    st.sampled_from(Level),
)
def test_one_more_sign_never_lowers_the_advice(
    breaches: int, shortening: bool | None, tools: list[Level | None], more: Level
) -> None:
    before = Signs(tools=tuple(("form", level) for level in tools), breaches=breaches, shortening=shortening)
    after = replace(before, tools=(*before.tools, ("one more", more)), breaches=breaches + 1)
    rank = {level: level.rank for level in Level} | {None: 0}
    assert rank[rules.advised_level(after)] >= rank[rules.advised_level(before)]


def test_the_advice_gives_its_reasons_and_its_gates() -> None:
    signs = Signs(
        tools=(("First-line checklist", HIGH),),
        stale=("First-line checklist",),
        missing=("Structured professional judgement",),
        critical=("Weapons: warn everybody who may attend.",),
        acts=28,
        acts_90=20,
        breaches=2,
        shortening=True,
    )
    advised = advice.advice(signs, table(), Answer.YES)
    assert advised.level is HIGH
    assert advised.reasons == (
        "First-line checklist advises high.",
        "Weapons: warn everybody who may attend.",
        "2 breaches among 28 acts.",
        "The acts are getting closer together: 20 in the last 90 days.",
        "First-line checklist is out of date.",
        "Structured professional judgement has not been made.",
    )
    assert advised.suggestions == (), "a table without rules suggests nothing"
    assert [gate.code for gate in advised.gates] == ["investigation"]
