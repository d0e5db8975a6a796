"""A unit's quarter from what is kept is what it is without, for everybody, whatever is written, ends or is walled meanwhile."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from fourfold.access.kept import Listed
from fourfold.access.models import Agreement, Grant, Relation, Wall
from fourfold.access.scoping import opens, walled_off
from fourfold.access.terms import Compartment, RelationKind, WallKind
from fourfold.audit.terms import Actor
from fourfold.base import new_id
from fourfold.cases import services as cases
from fourfold.cases.models import Case, LevelSet, ReviewDue
from fourfold.cases.terms import Level, SetBy, State
from fourfold.duties import services as duties
from fourfold.governance.models import AnswerKept, CountAnew, DoorKept, Tally
from fourfold.governance.queries import counting, tallied
from fourfold.governance.queries.quality import _Read
from fourfold.governance.queries.retaining import local_day
from fourfold.governance.services import check_counts, tallying
from fourfold.intake.models import Allegation
from fourfold.plan.models import Action
from fourfold.programme.models import Working
from tests.cases.builders import open_case
from tests.cast import NOW, Cast
from tests.governance.test_counting import moment, rows_of

ASKERS = ("officer", "second_officer", "clinician", "advocate", "coordinator", "outreach")
CORE, RISK = Compartment.CORE.bit, Compartment.RISK.bit
PARTNERS = ("northmoor-police", "northmoor-nhs", "northmoor-advocacy")


def counted(actor: Actor, at: datetime, offered: Any = ()) -> tuple[counting.Counts, bool]:
    """Return what is counted of Northmoor, and whether what is kept held for it."""
    held, kept = [], tallied.kept

    def asked(*what: Any) -> Any:
        held.append(kept(*what))
        return held[-1]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tallied, "kept", asked)
        found = counting.counted(_Read(actor, "northmoor", at), offered, local_day(at))
    return found, any(each is not None for each in held)


def as_it_stands(actor: Actor, at: datetime, offered: Any = ()) -> counting.Counts:
    """Return what is counted where nothing is kept."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tallied, "apart", lambda *_: None)
        return counting.counted(_Read(actor, "northmoor", at), offered, local_day(at))


def same(one: counting.Counts, other: counting.Counts) -> bool:
    """Return whether two counts say the same; how many were opened in a quarter may be said as none or not at all."""
    return (one.quarters, +one.opened, +one.grave) == (other.quarters, +other.opened, +other.grave)


def world(cast: Cast, dice: random.Random, many: int = 7) -> list[Case]:
    """Return cases of chance, with what hangs on them."""
    made = []
    for number in range(many):
        case = open_case(cast, at=NOW, victim_name=f"Una Vale{number}", subject_name=f"Ira Bell{number}")
        case.opened_at = moment(dice) if number else NOW - timedelta(days=20)
        Case.objects.unscoped("test").filter(pk=case.pk).update(
            opened_at=case.opened_at,
            level=dice.choice((Level.VERY_HIGH, Level.LOW)),
            state=dice.choice((State.OPEN, State.CLOSED)),
        )
        made.append(case)
        for row in rows_of(case, cast, dice):
            type(row)._base_manager.bulk_create([row])  # type: ignore[attr-defined]
    return made


def changed(cast: Cast, cases: list[Case], dice: random.Random) -> None:
    """Write something of some cases that a quarter counts, by whatever statement."""
    for case in cases:
        of = {"file": case.pk, "given_by": cast.officer.staff}
        named = {**of, "staff": cast.staff["advocate"], "kind": RelationKind.ADVOCATE}
        party = {**of, "staff": cast.staff[dice.choice(ASKERS)], "kind": RelationKind.PARTY, "from_at": NOW}
        wall = {"file": case.pk, "staff": cast.staff["officer"], "kind": WallKind.ASSIGNED, "set_by": of["given_by"]}
        grants, reviews = Grant.objects.filter(file=case.pk), ReviewDue._base_manager.filter(case=case)
        until, day = NOW + timedelta(days=dice.choice((-1, 0, 3))), timedelta(days=1)
        parts, itself = dice.choice((0, CORE, RISK, CORE | RISK)), Case._base_manager.filter(pk=case.pk)
        either = (
            partial(LevelSet._base_manager.filter(case=case).update, set_at=moment(dice), level=Level.HIGH),
            partial(reviews.update, done_at=moment(dice)),
            partial(
                Action._base_manager.filter(case=case).update, owner=of["given_by"], settled_on=moment(dice).date()
            ),
            partial(itself.update, level=Level.VERY_HIGH, state=State.OPEN),
            partial(itself.update, site=dice.choice(("northmoor", "southmere"))),
            partial(grants.filter(partner=dice.choice(PARTNERS)).update, until_at=until),
            partial(grants.update, compartments=parts),
            partial(Wall.objects.create, **wall, from_at=NOW - day, until_at=dice.choice((None, NOW + 2 * day))),
            partial(Relation.objects.create, **party),
            partial(Relation.objects.create, **named, from_at=case.opened_at + dice.choice((-1, 0, 7, 8)) * day),
            reviews.delete,
        )
        dice.choice(either)()
        if dice.random() < 0.3:
            for row in rows_of(case, cast, dice):
                type(row)._base_manager.bulk_create([row])  # type: ignore[attr-defined]


@pytest.mark.parametrize("seed", range(12))
def test_what_is_kept_is_what_is_counted_without_it(cast: Cast, seed: int) -> None:
    dice = random.Random(f"tallied {seed}")
    every = world(cast, dice)
    used: Counter[bool] = Counter()
    for _ in range(4):
        check_counts(mend=True)
        assert not check_counts(), "what was kept a moment ago is what there is"
        for step in range(2):
            if step:
                changed(cast, dice.sample(every, dice.randrange(1, 4)), dice)
                assert not check_counts(), "the database itself marks what was written, whoever wrote it"
            offered = frozenset(case.pk for case in dice.sample(every, 3))
            for at in (NOW, NOW + timedelta(hours=dice.randrange(2_000), seconds=dice.randrange(3_600))):
                for name in ASKERS:
                    actor = cast.actor(name, at=at)
                    found, held = counted(actor, at, offered)
                    assert same(found, as_it_stands(actor, at, offered))
                    used[held] += 1
    assert used[True] > 20, "else nothing kept was looked at"


@pytest.mark.parametrize("seed", range(4))
def test_who_reads_thousands_reads_what_they_may_open_one_by_one(cast: Cast, seed: int) -> None:
    dice = random.Random(f"many {seed}")
    every = world(cast, dice)
    seen: Counter[bool] = Counter()
    for _ in range(6):
        changed(cast, dice.sample(every, 4), dice)
        report = dice.choice(list(Allegation.objects.unscoped("test")))
        wall = {"kind": WallKind.ASSIGNED, "set_by": cast.actor("officer", at=NOW).staff, "from_at": NOW}
        Wall.objects.create(file=report.pk, staff=cast.staff[dice.choice(ASKERS)], **wall)
        for name in (*ASKERS, "analyst"):
            actor = cast.actor(name, at=NOW)
            for part in (Compartment.RISK, Compartment.CORE, Compartment.VICTIM_CONTACT):
                one_by_one = Case.objects.visible_to(actor, at=NOW).filter(opens(actor, part, at=NOW))
                assert {*Case.objects.visible_to(actor, at=NOW, part=part)} == {*one_by_one}
                seen |= {bool(one_by_one): 1}
            kept_out = Case.objects.unscoped("test").filter(walled_off(actor, "pk", at=NOW))
            reports = Allegation.objects.visible_to(actor, at=NOW)
            assert {*Allegation.objects.visible_to(actor, at=NOW, many=True)} == {*reports}
            seen |= {bool(kept_out): 1}
    assert seen[True]
    assert seen[False]


def test_a_clock_behind_what_is_kept_counts_without_it(cast: Cast) -> None:
    case = open_case(cast, at=NOW)
    check_counts(mend=True)
    early = NOW - timedelta(minutes=1)
    found, held = counted(cast.officer, early)
    assert not held
    assert same(found, as_it_stands(cast.officer, early))
    assert DoorKept.objects.get().since >= case.opened_at


def test_a_partner_who_stopped_agreeing_counts_nothing(cast: Cast) -> None:
    open_case(cast, at=NOW)
    check_counts(mend=True)
    after = NOW + timedelta(days=1)
    assert counted(cast.clinician, after)[0].opened.total()
    Agreement.objects.filter(partner="northmoor-nhs").update(ended_at=NOW)
    found, held = counted(cast.clinician, after)
    assert held
    assert not found.opened.total()
    assert counted(cast.officer, after)[0].opened.total()


def test_hours_that_a_unit_changes_are_no_fault_and_count_at_once(cast: Cast) -> None:
    case = open_case(cast, at=NOW - timedelta(days=40))
    LevelSet._base_manager.bulk_create(
        [
            LevelSet(
                case=case, level=Level.HIGH, set_at=case.opened_at + timedelta(hours=100), set_in=SetBy.PROFESSIONAL,
                controller="northmoor-police", basis="police.law_enforcement", source="test", recorded_at=NOW,
                recorded_by=cast.officer.staff,
            )
        ]
    )  # fmt: skip
    check_counts(mend=True)
    assert counted(cast.officer, NOW)[0].quarters["assessed"][-1].yes == 1
    works = Working.objects.get(site_id="northmoor")
    works.settings["review_hours"] |= {"very_high": 20, "high": 50}
    Working.objects.filter(pk=works.pk).update(settings=works.settings)
    found, held = counted(cast.officer, NOW)
    assert (found.quarters["assessed"][-1].yes, held) == (0, False)
    assert not check_counts()
    assert not check_counts(mend=True)
    found, held = counted(cast.officer, NOW)
    assert (found.quarters["assessed"][-1].yes, held) == (0, True)


def test_the_check_names_what_somebodys_hand_changed_and_puts_it_right(cast: Cast) -> None:
    case = open_case(cast, at=NOW)
    check_counts(mend=True)
    AnswerKept.objects.filter(said__gte=0).update(said=1)
    [wrong, *_] = list(duties.checked())
    assert str(wrong) == f"governance.tally of case {case.pk} says otherwise"
    assert list(duties.checked(mend=True))
    Tally.objects.update(many=5)
    assert {str(one).split(" of ")[1].split()[0] for one in check_counts()} == {"northmoor"}
    assert check_counts(mend=True)
    assert not check_counts()
    assert sum(Tally.objects.values_list("many", flat=True)) == AnswerKept.objects.count()


def test_nothing_is_kept_of_a_case_that_turns_on_more_than_days(cast: Cast) -> None:
    case = open_case(cast, at=NOW - timedelta(days=40))
    Grant.objects.filter(file=case.pk).update(until_at=timezone.now() + timedelta(days=9))
    for _ in range(2):
        check_counts(mend=True)
        assert not AnswerKept.objects.exists()
        assert [mark.case_id for mark in CountAnew.objects.all()] == [case.pk]
        found, held = counted(cast.officer, NOW)
        assert held
        assert found.opened.total() == 1


def test_beyond_so_many_marks_all_is_counted_as_it_stands(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    open_case(cast, at=NOW)
    open_case(cast, at=NOW, victim_name="Una Vale", subject_name="Ira Bell")
    assert counted(cast.officer, NOW)[1]
    monkeypatch.setattr(tallied, "MOST", 1)
    found, held = counted(cast.officer, NOW)
    assert not held
    assert found.opened.total() == 2


def test_a_case_that_is_gone_leaves_nothing_in_the_sums(cast: Cast) -> None:
    case = open_case(cast, at=NOW)
    open_case(cast, at=NOW, victim_name="Una Vale", subject_name="Ira Bell")
    check_counts(mend=True)
    before = sum(Tally.objects.values_list("many", flat=True))
    gone, _ = AnswerKept.objects.filter(case=case).delete()
    assert gone
    assert sum(Tally.objects.values_list("many", flat=True)) == before - gone


@pytest.mark.django_db
def test_no_migration_has_taken_a_trigger_away() -> None:
    """SQLite loses those of a table that a migration makes anew: then what is written is marked no longer."""
    migration = import_module("fourfold.governance.migrations.0010_quarters_kept")
    every = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger",
    }
    with connection.cursor() as cursor:
        cursor.execute(every[connection.vendor])
        there = {name for (name,) in cursor.fetchall()}
    wanted = {each[0] for each in (*migration._marks(), *migration.LAST)}
    assert len(wanted) == 19
    assert wanted <= there


def test_a_service_marks_the_case_of_which_it_writes(cast: Cast) -> None:
    case = open_case(cast, at=NOW - timedelta(days=1))
    check_counts(mend=True)
    assert not CountAnew.objects.exists()
    cases.set_level(actor=cast.officer, case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, reason="Acts.", at=NOW)
    assert {mark.case_id for mark in CountAnew.objects.all()} == {case.pk}


def test_a_case_that_is_disposed_of_meanwhile_stops_no_check(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    open_case(cast, at=NOW)
    other, read = open_case(cast, at=NOW, victim_name="Una Vale", subject_name="Ira Bell"), tallying._read

    def gone(some: Any, at: datetime) -> Any:
        return {pk: case for pk, case in read(some, at).items() if pk != other.pk}

    monkeypatch.setattr(tallying, "_read", gone)
    assert check_counts(mend=True) == []
    assert not CountAnew.objects.exists()


def test_what_is_written_in_another_unit_is_no_concern_of_this_one(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    here = open_case(cast, at=NOW)
    check_counts(mend=True)
    monkeypatch.setattr(tallied, "MOST", 3)
    for number in range(5):
        made = open_case(cast, at=NOW, victim_name=f"Una Vale {number}", subject_name=f"Ira Bell {number}")
        Case.objects.unscoped("test").filter(pk=made.pk).update(site="southmere")
    assert counted(cast.officer, NOW)[1]
    # One that was counted here and is another unit's now counts here no more.
    Case.objects.unscoped("test").filter(pk=here.pk).update(site="southmere")
    found, held = counted(cast.officer, NOW)
    assert held
    assert found.opened.total() == 0


def test_a_change_marks_its_case_once_and_one_to_another_case_both(cast: Cast) -> None:
    one, other = (
        open_case(cast, at=NOW, victim_name=name, subject_name=f"{name} S") for name in ("Ada Pike", "Una Vale")
    )
    due = ReviewDue._base_manager.filter(case=one.pk)
    assert due
    check_counts(mend=True)
    due.update(due_at=NOW + timedelta(hours=1))
    assert [mark.case_id for mark in CountAnew.objects.all()] == [one.pk] * len(due)
    rows = ReviewDue._base_manager.filter(pk__in=[each.pk for each in due])
    rows.update(case=other.pk)
    assert Counter(mark.case_id for mark in CountAnew.objects.all()) == {one.pk: 2 * len(rows), other.pk: len(rows)}


def test_a_door_by_which_nothing_is_kept_is_forgotten(cast: Cast) -> None:
    open_case(cast, at=NOW)
    check_counts(mend=True)
    door = DoorKept.objects.get()
    DoorKept.objects.create(id=door.pk + 1, said=door.said | {"site": "gone"}, since=NOW)
    check_counts(mend=True)
    assert [each.pk for each in DoorKept.objects.all()] == [door.pk]


@pytest.mark.parametrize("made", [set, frozenset, list, tuple])
@pytest.mark.parametrize("many", [0, 1, 3])
def test_a_list_of_files_is_one_value_whatever_held_it(made: type, many: int, db: None) -> None:
    value = Listed().get_db_prep_value(made(new_id() for _ in range(many)), connection)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM (SELECT {tallied.listed('files')}) AS each", {"files": value})
        assert cursor.fetchone() == (many,)
