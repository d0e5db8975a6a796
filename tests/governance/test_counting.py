"""The board's questions that the database counts say what their rows say, in worlds of chance and at the edges of days."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from fourfold.access.models import Relation
from fourfold.access.terms import RelationKind
from fourfold.cases import services as cases
from fourfold.cases.models import Case, LevelSet, ReviewDue
from fourfold.cases.terms import Level, SetBy, State
from fourfold.duties import services as duties
from fourfold.governance import queries
from fourfold.governance.queries.quality import _Read
from fourfold.governance.queries.retaining import local_day
from fourfold.governance.questions import questions
from fourfold.governance.rules import quality
from fourfold.governance.rules.quality import Judged, VictimFileFacts
from fourfold.plan import services as plan
from fourfold.plan.models import Action, Moved, StatusSet
from fourfold.plan.terms import Status
from tests.cases.builders import open_case
from tests.cast import NOW, Cast

YEAR = 400
HELD = {"controller": "northmoor-police", "basis": "police.law_enforcement", "source": "test", "recorded_at": NOW}
SETTLED = (Status.DONE, Status.NOT_DONE, Status.OPEN, Status.WAITS_FOR_VICTIM)


def moment(dice: random.Random) -> datetime:
    """Return a moment before now: often in the hours in which London and UTC have different days, or on the edge of one."""
    edge = dice.randrange(5) * 91 + dice.randrange(-1, 2)
    day = NOW - timedelta(days=dice.choice((dice.randrange(YEAR), dice.randrange(91), max(0, edge))))
    hour, minute, second = dice.choice(((0, 0, 0), (22, 59, 59), (23, 0, 0), (23, 30, 0), (12, 5, 1)))
    at = datetime(day.year, day.month, day.day, hour, minute, second, dice.choice((0, 0, 5, 999_999)), tzinfo=UTC)
    return min(at, NOW)


def rows_of(case: Case, cast: Cast, dice: random.Random) -> Iterator[object]:
    """Yield what hangs on a case: levels, reviews, an advocate, actions with what became of them."""
    held = {**HELD, "recorded_by": cast.officer.staff}

    def after(most: int) -> datetime:
        exact = timedelta(hours=dice.choice((72, 168, 720)), days=dice.choice((0, 0, 7)))
        return min(NOW, case.opened_at + dice.choice((exact, timedelta(hours=dice.randrange(most)))))

    for place in range(dice.randrange(3)):  # none at the moment of another: which of them was first, no row says
        set_at, level = after(900) - timedelta(microseconds=place), dice.choice(list(Level))
        yield LevelSet(case=case, level=level, set_at=set_at, set_in=dice.choice(list(SetBy)), **held)
    for _ in range(dice.randrange(3)):
        due_at = moment(dice)
        done = dice.choice((None, due_at, min(NOW, due_at + timedelta(hours=1)), due_at - timedelta(hours=9)))
        gone = dice.choice((None, None, min(NOW, due_at)))
        yield ReviewDue(case=case, due_at=due_at, trigger="clock", done_at=done, superseded_at=gone, **held)
    if dice.random() < 0.5:
        named = case.opened_at + dice.choice((timedelta(0), timedelta(days=7), timedelta(days=7, microseconds=1)))
        kind = dice.choice((RelationKind.ADVOCATE, RelationKind.OUTREACH))
        yield Relation(
            file=case.pk, staff=cast.staff["advocate"], kind=kind, from_at=named, given_by=cast.officer.staff
        )
    for _ in range(dice.randrange(4)):
        due = moment(dice).date() + timedelta(days=dice.choice((0, 0, 20)))
        owner = dice.choice((cast.officer.staff, None))
        action = Action(
            case=case, strand="legal", what="Visit.", owner_partner="northmoor-police", owner=owner, due_on=due,
            opened_at=case.opened_at, **held,
        )  # fmt: skip
        yield action
        for _ in range(dice.randrange(3)):
            on = datetime(due.year, due.month, due.day, tzinfo=UTC)
            on += timedelta(hours=dice.choice((-30, 22, 23, 24, 40)))
            yield StatusSet(action=action, status=dice.choice(SETTLED), set_at=on + timedelta(minutes=30), **held)
        for place in range(dice.choice((0, 0, 1, 2))):
            before = due - timedelta(days=dice.randrange(40))
            moved = datetime(before.year, before.month, before.day, tzinfo=UTC) + timedelta(
                hours=dice.choice((9, 23, 30))
            )
            moved += timedelta(seconds=place)
            yield Moved(action=action, due_before=before, due_after=due, moved_at=moved, reason="The court.", **held)


def what_rows_say() -> dict[UUID, tuple[date | None, date | None]]:
    """Return of each action the day on which it was first settled, and the first that it missed before it was moved."""
    said: dict[UUID, tuple[date | None, date | None]] = {}
    for action in Action.objects.unscoped("test"):
        statuses = StatusSet.objects.unscoped("test").filter(action=action)
        settled = [local_day(one.set_at) for one in statuses if one.status in ("done", "not_done")]
        moves = Moved.objects.unscoped("test").filter(action=action).order_by("moved_at")
        missed = [one.due_before for one in moves if local_day(one.moved_at) > one.due_before]
        said[action.pk] = (min(settled, default=None), next(iter(missed), None))
    return said


@cache
def as_migrated() -> Any:
    """Return the tables as an upgrade knows them."""
    return MigrationLoader(connection).project_state(("plan", "0003_kept_for_counts")).apps


def kept() -> dict[UUID, tuple[date | None, date | None]]:
    rows = Action.objects.unscoped("test").values_list("pk", "settled_on", "missed_on")
    return {pk: (settled, missed) for pk, settled, missed in rows}


@pytest.mark.parametrize("seed", range(8))
def test_what_the_database_counts_is_what_the_rows_say(cast: Cast, seed: int) -> None:
    dice = random.Random(seed)
    opened_cases = []
    for number in range(7):
        case = open_case(cast, at=NOW, victim_name=f"Una Vale{number}", subject_name=f"Ira Bell{number}")
        opened = moment(dice) if number else NOW - timedelta(days=20)
        Case.objects.unscoped("test").filter(pk=case.pk).update(
            opened_at=opened,
            level=dice.choice((Level.VERY_HIGH, Level.LOW)),
            state=dice.choice((State.OPEN, State.CLOSED)),
        )
        case.opened_at = opened
        opened_cases.append(case)
        for row in rows_of(case, cast, dice):
            type(row)._base_manager.bulk_create([row])  # type: ignore[attr-defined]
    list(duties.checked(mend=True))
    said = what_rows_say()
    assert kept() == said
    Action.objects.unscoped("test").update(settled_on=None, missed_on=None)
    named = {one.action for one in plan.miskept()}
    assert named == {action for action, days in said.items() if any(days)}, "the check names what differs, nothing else"
    import_module("fourfold.plan.migrations.0003_kept_for_counts").keep_of_each(as_migrated(), None)
    assert kept() == said, "an upgrade keeps the same"
    walled, staff = opened_cases[0], cast.staff["second_officer"].pk
    cases.wall_off(actor=cast.governance, case=walled, staff=staff, reason="a cousin", at=NOW)
    offered = frozenset(Case.objects.unscoped("test").order_by("reference").values_list("pk", flat=True)[:2])
    files = VictimFileFacts((Judged(case.pk, local_day(NOW) - timedelta(days=3), False),), offered)
    counts = []
    for name in ("officer", "second_officer", "clinician", "coordinator"):
        actor = cast.actor(name)
        board = queries.board(actor=actor, site="northmoor", at=NOW, files=files)
        read, until = _Read(actor, "northmoor", NOW), local_day(NOW)
        judged = {code: read.judged(code, files) for code in questions()}
        expected = [quality.row(question, judged[code], until=until) for code, question in questions().items()]
        assert board.rows == quality.ordered(expected)
        assert board.cases == sum(local_day(row["opened_at"]) >= board.since for row in read.cases.values())
        behind = quality.in_period(judged[board.worst.question.code], until=until) if board.worst else []
        read.find_others(behind)
        graves = {one.case for one in behind if not one.yes and (row := read.row_of(one.case)) and is_gravest(row)}
        assert board.worst_open == len(graves)
        counts.append(sum(row.of for row in board.rows))
    assert counts[0] > counts[1], "who is walled off counts fewer"


def is_gravest(row: dict[str, object]) -> bool:
    return row["level"] == Level.VERY_HIGH and row["state"] != State.CLOSED
