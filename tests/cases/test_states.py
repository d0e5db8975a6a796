"""Which state of a case may follow which: the table that is drawn, and the rules that decide, say the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from fourfold.cases import rules
from fourfold.cases.rules.steps import why_not_taken_over
from fourfold.cases.terms import OfferState, State

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=400)
ONE, OTHER = UUID(int=1), UUID(int=2)


def may_step_down(state: State) -> bool:
    return not rules.why_not_step_down(
        state=state,
        last_act_at=LONG_AGO,
        victim_told_at=NOW,
        reason="Quiet.",
        decided_by=ONE,
        countersigned_by=OTHER,
        at=NOW,
    )


def may_close(state: State) -> bool:
    return not rules.why_not_close(
        state=state, entered_at=LONG_AGO, last_act_at=LONG_AGO, reason="Quiet.", victim_told_at=NOW, at=NOW
    )


@pytest.mark.parametrize("state", State)
def test_the_rules_allow_exactly_the_steps_of_the_table(state: State) -> None:
    steps = {State.STEP_DOWN: may_step_down, State.CLOSED: may_close, State.OPEN: rules.opens_again}
    assert {after for after, may in steps.items() if may(state)} == rules.NEXT[state]


def test_every_state_is_reached_and_none_closes_but_from_step_down() -> None:
    assert set(rules.NEXT) == {None, *State}
    assert {before for before, following in rules.NEXT.items() if State.CLOSED in following} == {State.STEP_DOWN}


O, S, C = State.OPEN, State.STEP_DOWN, State.CLOSED  # noqa: E741 -- three letters make a table that can be read


@pytest.mark.parametrize(
    ("states", "why"),
    [
        ((O,), None),
        ((O, S, C), None),
        ((O, S, O, S, C, O), None),
        ((S,), "A case cannot be in step-down first."),
        ((O, C), "A case cannot be closed after it was open."),
        ((O, S, S), "A case cannot be in step-down after it was in step-down."),
    ],
)
def test_a_history_that_is_taken_over_keeps_to_the_table(states: tuple[State, ...], why: str | None) -> None:
    assert why_not_taken_over(states) == why


@pytest.mark.parametrize(
    ("answered_at", "accepted", "state"),
    [
        (None, None, OfferState.WAITING),
        (NOW, True, OfferState.TAKEN_OVER),
        (NOW, False, OfferState.DECLINED),
        (NOW, None, OfferState.TAKEN_BACK),
    ],
)
def test_where_an_offer_stands_is_read_from_its_answer_which_is_the_last(
    answered_at: datetime | None, accepted: bool | None, state: OfferState
) -> None:
    assert rules.offer_state(answered_at, accepted) is state
    allowed = {after for after in OfferState if rules.why_not_settle(state, after) is None}
    assert allowed == rules.OFFER_NEXT[state]
    assert bool(allowed) is (state is OfferState.WAITING)
