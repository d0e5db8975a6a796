"""What a plan allows, as tables of cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.plan import rules
from fourfold.plan.rules import Move, Step
from fourfold.plan.terms import Attendance, Because, Status

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
TODAY = NOON.date()
PLAIN = Step(Status.OPEN, Status.DONE, "", tell_victim_first=False, victim_told_at=None, two_signed=False, at=NOON)


def field(why: tuple[str, str] | None) -> str | None:
    """The field that a refusal names."""
    return why[0] if why else None


@pytest.mark.parametrize(
    ("now", "then", "reason", "wrong"),
    [
        (Status.OPEN, Status.DONE, "", None),
        (Status.OPEN, Status.NOT_DONE, "", "reason"),
        (Status.OPEN, Status.NOT_DONE, " ", "reason"),
        (Status.OPEN, Status.NOT_DONE, "The landlord refused.", None),
        (Status.OPEN, Status.OPEN, "", "status"),
        (Status.DONE, Status.DONE, "again", "status"),
        (Status.DONE, Status.OPEN, "", "reason"),
        (Status.DONE, Status.OPEN, "The lock was the wrong one.", None),
        (Status.NOT_DONE, Status.DONE, "", "reason"),
        (Status.OPEN, Status.WAITS_FOR_VICTIM, "", "status"),
        (Status.WAITS_FOR_VICTIM, Status.OPEN, "", None),
    ],
)
def test_a_status_and_the_reason_it_needs(now: Status, then: Status, reason: str, wrong: str | None) -> None:
    step = replace(PLAIN, now=now, then=then, reason=reason, because=Because.OTHER)
    assert field(rules.why_not_status(step)) == wrong


def test_what_is_not_done_says_which_kind_of_reason_it_is() -> None:
    step = replace(PLAIN, then=Status.NOT_DONE, reason="Nobody is free to visit.")
    assert field(rules.why_not_status(step)) == "because"
    assert rules.why_not_status(replace(step, because=Because.WANT_OF_CAPACITY)) is None


GATED = replace(PLAIN, tell_victim_first=True)


@pytest.mark.parametrize(
    ("told_at", "reason", "two_signed", "open_"),
    [
        (None, "", False, False),
        (None, "She cannot be found.", False, False),
        (None, "", True, False),
        (None, "She cannot be found, he is at her door.", True, True),
        (NOON - timedelta(hours=1), "", False, True),
        (NOON, "", False, True),
        (NOON + timedelta(minutes=1), "", False, False),
    ],
)
def test_the_victim_is_told_first_or_two_people_say_why_not(
    told_at: datetime | None, reason: str, two_signed: bool, open_: bool
) -> None:
    step = replace(GATED, victim_told_at=told_at, reason=reason, two_signed=two_signed)
    assert field(rules.why_not_status(step)) == (None if open_ else "victim_told")


@given(st.sampled_from(Status), st.text(max_size=5))
def test_no_gated_step_is_done_by_one_person_alone_before_she_knows(now: Status, reason: str) -> None:
    assert rules.why_not_status(replace(GATED, now=now, then=Status.DONE, reason=reason)) is not None


@pytest.mark.parametrize("then", [Status.NOT_DONE, Status.WAITS_FOR_VICTIM])
def test_the_gate_stands_before_doing_only(then: Status) -> None:
    step = replace(GATED, then=then, reason="She asked.", because=Because.VICTIM_ASKED)
    assert rules.why_not_status(step) is None


@pytest.mark.parametrize(
    ("what", "partner", "due_on", "wrong"),
    [
        ("New lock", "housing", TODAY, None),
        (" ", "housing", TODAY, "what"),
        ("New lock", "", TODAY, "owner_partner"),
        ("New lock", "bakery", TODAY, "owner_partner"),
        ("New lock", "housing", None, "due_on"),
        ("New lock", "housing", TODAY - timedelta(days=1), "due_on"),
    ],
)
def test_an_action_has_an_owner_and_a_day(what: str, partner: str, due_on: date | None, wrong: str | None) -> None:
    assert field(rules.why_not_open(what, partner, frozenset({"housing"}), due_on, TODAY)) == wrong


@pytest.mark.parametrize(
    ("now", "then", "planned_in", "wrong"),
    [
        (Attendance.PLANNED, Attendance.ATTENDED, -1, None),
        (Attendance.PLANNED, Attendance.MISSED, -1, None),
        (Attendance.PLANNED, Attendance.ATTENDED, 1, "attendance"),
        (Attendance.PLANNED, Attendance.CANCELLED_FOR_WANT_OF_STAFF, 1, None),
        (Attendance.PLANNED, Attendance.CANCELLED_BY_CLIENT, 1, None),
        (Attendance.PLANNED, Attendance.PLANNED, -1, "attendance"),
        (Attendance.MISSED, Attendance.ATTENDED, -1, "attendance"),
    ],
)
def test_a_session_becomes_something_once(
    now: Attendance, then: Attendance, planned_in: int, wrong: str | None
) -> None:
    assert field(rules.why_not_settle(now, then, NOON + timedelta(hours=planned_in), NOON)) == wrong


@pytest.mark.parametrize(
    ("minutes", "day", "role", "wrong"),
    [
        (1, TODAY, "police_officer", None),
        (1440, TODAY, "police_officer", None),
        (0, TODAY, "police_officer", "minutes"),
        (-5, TODAY, "police_officer", "minutes"),
        (1441, TODAY, "police_officer", "minutes"),
        (30, TODAY + timedelta(days=1), "police_officer", "worked_on"),
        (30, TODAY, "panel_chair", "role"),
        (30, TODAY, "", "role"),
    ],
)
def test_minutes_are_of_a_day_and_of_a_role_that_is_held(minutes: int, day: date, role: str, wrong: str | None) -> None:
    assert field(rules.why_not_log(minutes, day, TODAY, role, frozenset({"police_officer"}))) == wrong


@pytest.mark.parametrize(
    ("status", "days", "late"),
    [
        (Status.OPEN, -1, True),
        (Status.OPEN, 0, False),
        (Status.WAITS_FOR_VICTIM, -1, True),
        (Status.DONE, -1, False),
        (Status.NOT_DONE, -1, False),
    ],
)
def test_what_is_late(status: Status, days: int, late: bool) -> None:
    assert rules.is_overdue(status, TODAY + timedelta(days=days), TODAY) is late


ANN, BEN, CAT = (UUID(int=number) for number in (1, 2, 3))
STAYS = Move(Status.OPEN, ANN, ANN, TODAY, TODAY, frozenset({ANN, BEN}), "", TODAY)
WEEK = timedelta(days=7)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, "owner"),
        ({"owner_then": BEN}, None),
        ({"owner_then": None}, None),
        ({"owner_then": CAT}, "owner"),
        ({"owner": CAT, "owner_then": CAT, "due_then": TODAY + WEEK, "reason": "The court."}, None),
        ({"due_then": TODAY + WEEK}, "reason"),
        ({"due_then": TODAY + WEEK, "reason": "  "}, "reason"),
        ({"due_then": TODAY + WEEK, "reason": "The court."}, None),
        ({"due_then": TODAY - WEEK, "reason": "The court."}, "due_on"),
        ({"due_on": TODAY - WEEK, "due_then": TODAY - WEEK, "owner_then": BEN}, None),
        ({"due_on": TODAY - WEEK, "due_then": TODAY, "reason": "The court."}, None),
        ({"now": Status.DONE, "owner_then": BEN}, "owner"),
        ({"now": Status.WAITS_FOR_VICTIM, "owner_then": BEN}, None),
    ],
)
def test_who_an_action_may_pass_to_and_when_its_day_may_move(changes: dict[str, object], wrong: str | None) -> None:
    assert field(rules.why_not_move(replace(STAYS, **changes))) == wrong  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("direct", "because", "wrong"),
    [
        (False, "He is held and asks for it.", None),
        (False, " ", "untold_because"),
        (True, "He is held and asks for it.", "told_first"),
        (True, "", "told_first"),
    ],
)
def test_he_is_seen_first_without_her_being_told_only_for_a_reason_and_never_for_direct_work(
    direct: bool, because: str, wrong: str | None
) -> None:
    assert field(rules.why_not_untold(direct=direct, because=because)) == wrong
