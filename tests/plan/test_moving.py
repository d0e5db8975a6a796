"""An action passes to another person, or its day moves: what stood before stays on record, with the reason."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from random import Random

import pytest

from fourfold.access.terms import LONDON, NotFound, Refused
from fourfold.audit import queries as audit_queries
from fourfold.audit.terms import Conflict
from fourfold.cases.models import Case
from fourfold.duties import services as duties
from fourfold.plan import queries, services
from fourfold.plan.models import Action, Moved, StatusSet
from fourfold.plan.terms import Because, CannotAct, Status
from tests.cast import NOW, Cast
from tests.panel.scene import open_case, wall_off
from tests.plan.test_services import action, plan

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
DUE = TODAY + timedelta(days=2)
LATER = DUE + timedelta(days=7)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case of Northmoor's."""
    return open_case(cast)


def move(cast: Cast, row: Action, name: str = "officer", **changes: object) -> Moved:
    """Let one of the cast change who has an action, or by when."""
    whole = {"owner": row.owner, "due_on": row.due_on, "at": NOW, **changes}
    return services.move_action(actor=cast.actor(name), action=row, **whole)  # type: ignore[arg-type]


def test_an_action_that_nobody_had_is_given_to_an_officer(cast: Cast, case: Case) -> None:
    row = action(cast, case)
    move(cast, row, "coordinator", owner=cast.staff["second_officer"].pk)
    row.refresh_from_db()
    assert (row.owner, row.due_on, row.version) == (cast.staff["second_officer"].pk, DUE, 2)
    (only,) = plan(cast, case).strands[2][1]
    (moved,) = only.moves
    assert (moved.by, moved.owner_before, moved.owner, moved.passed, moved.moved) == (
        "Coordinator", "", "Second Officer", True, False,
    )  # fmt: skip


def test_a_day_moves_only_with_its_reason_and_the_first_one_stays_on_record(cast: Cast, case: Case) -> None:
    row = action(cast, case)
    with pytest.raises(CannotAct) as refused:
        move(cast, row, due_on=LATER, reason=" ")
    assert refused.value.field == "reason"
    move(cast, row, due_on=LATER, reason="The court sits a week later.")
    row.refresh_from_db()
    move(cast, row, due_on=LATER + timedelta(days=1), reason="And a day.", at=NOW + timedelta(hours=1))
    row.refresh_from_db()
    assert row.due_on == LATER + timedelta(days=1)
    (only,) = plan(cast, case).strands[2][1]
    assert [(each.due_before, each.due_on, each.reason) for each in only.moves] == [
        (LATER, LATER + timedelta(days=1), "And a day."), (DUE, LATER, "The court sits a week later."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "owner"),
        ({"due_on": TODAY - timedelta(days=1), "reason": "Sooner."}, "due_on"),
        ({"owner": "clinician"}, "owner"),
        ({"owner": "olu"}, "owner"),
        ({"owner": "second_governance"}, "owner"),
    ],
)
def test_what_cannot_be_is_refused_by_the_field(cast: Cast, case: Case, changes: dict[str, object], field: str) -> None:
    if "owner" in changes:
        changes = {**changes, "owner": cast.staff[str(changes["owner"])].pk}
    with pytest.raises(CannotAct) as refused:
        move(cast, action(cast, case), **changes)
    assert refused.value.field == field
    assert not Moved.objects.unscoped("test").exists()


def test_work_is_not_given_to_somebody_whom_a_wall_keeps_from_the_case(cast: Cast, case: Case) -> None:
    wall_off(cast, "second_officer", case)
    with pytest.raises(CannotAct, match="cannot work on this case"):
        move(cast, action(cast, case), owner=cast.staff["second_officer"].pk)


def test_a_settled_action_stays_where_it_is(cast: Cast, case: Case) -> None:
    row = action(cast, case)
    services.update_action(actor=cast.officer, action=row, status=Status.DONE, at=NOW)
    with pytest.raises(CannotAct, match="is done"):
        move(cast, row, due_on=LATER, reason="Later.")


def test_the_second_of_two_sees_what_the_first_one_changed(cast: Cast, case: Case) -> None:
    row = action(cast, case)
    seen = row.version
    move(cast, row, "coordinator", owner=cast.staff["officer"].pk, due_on=LATER, reason="He is away.", version=seen)
    with pytest.raises(Conflict) as conflict:
        move(cast, row, owner=cast.staff["second_officer"].pk, version=seen)
    theirs = conflict.value.theirs
    assert (theirs["set_by"], theirs["owner"], theirs["due_on"], theirs["reason"]) == (
        "Coordinator", "Officer", LATER, "He is away.",
    )  # fmt: skip
    with pytest.raises(Conflict):
        services.update_action(actor=cast.clinician, action=row, status=Status.DONE, version=seen, at=NOW)


def test_strangers_move_nothing_and_the_analyst_reads_why_somebody_did(cast: Cast, case: Case) -> None:
    row = action(cast, case)
    for name in ("olu", "station_officer", "governance", "evaluator"):
        with pytest.raises((NotFound, Refused)):
            move(cast, row, name, due_on=LATER, reason="Later.")
    move(cast, row, due_on=LATER, reason="Later.")
    assert plan(cast, case, "analyst").strands[2][1][0].moves[0].reason == "Later."


def test_the_log_proves_the_action_before_and_after(cast: Cast, case: Case) -> None:
    row = action(cast, case)
    move(cast, row, owner=cast.staff["officer"].pk, due_on=LATER, reason="Later.")
    assert audit_queries.verify().clean
    Action.objects.unscoped("test").filter(pk=row.pk).update(due_on=date(2030, 1, 1))
    assert not audit_queries.verify().clean


def test_those_who_may_be_chosen_are_the_agencys_who_work_on_cases(
    cast: Cast, django_assert_num_queries: Callable[[int], object]
) -> None:
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        found = [name for _, name in queries.could_own("northmoor", "northmoor-police", at=NOW)]
    assert found == ["Analyst", "Chair", "Coordinator", "Officer", "Second Officer"]


@pytest.mark.parametrize("seed", range(4))
def test_each_write_keeps_when_an_action_was_settled_and_what_it_missed(cast: Cast, case: Case, seed: int) -> None:
    """So it does where the clock went back, or on the edge of a day in London; what somebody changed by hand is named."""
    dice, row, at, wrote = Random(seed), action(cast, case), NOW, 0
    for _ in range(14):
        at += timedelta(hours=dice.choice((-30, -1, 5, 23, 47, 90)))
        row.refresh_from_db()
        with suppress(CannotAct):
            if dice.random() < 0.5:
                status = dice.choice((Status.DONE, Status.NOT_DONE, Status.OPEN))
                why = {"because": Because.WANT_OF_CAPACITY} if status is Status.NOT_DONE else {}
                services.update_action(actor=cast.officer, action=row, status=status, at=at, reason="As it was.", **why)
            else:
                due_on = at.astimezone(LONDON).date() + timedelta(days=dice.randrange(3))
                move(cast, row, due_on=due_on, reason="The court.", at=at)
            wrote += 1
        row.refresh_from_db()
        settled = [one.set_at for one in StatusSet.objects.unscoped("test") if Status(one.status).is_settled]
        missed = [
            one for one in Moved.objects.unscoped("test") if one.moved_at.astimezone(LONDON).date() > one.due_before
        ]
        assert row.settled_on == min((one.astimezone(LONDON).date() for one in settled), default=None)
        assert row.missed_on == (min(missed, key=lambda one: one.moved_at).due_before if missed else None)
        assert services.miskept() == []
    assert wrote > 4
    Action.objects.unscoped("test").update(settled_on=NOW.date() - timedelta(days=400))
    assert [str(one) for one in list(duties.checked(mend=True))] == [
        f"plan.action {row.pk} of case {case.pk} says otherwise when it was settled, or what it missed"
    ]
    assert list(duties.checked()) == []
