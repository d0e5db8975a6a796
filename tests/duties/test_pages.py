"""A day of more than is read at once: the same rows, in the same order, a page at a time, by the index."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, Q
from django.test.utils import CaptureQueriesContext

from bench.plans import read_by
from fourfold.access.models import Grant
from fourfold.access.queries import may
from fourfold.access.terms import Compartment, RelationKind
from fourfold.base import new_id
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.terms import Level, SetBy, State
from fourfold.duties import queries
from fourfold.duties.kinds import KINDS
from fourfold.duties.kinds.asking import GRAVEST
from fourfold.duties.models import Duty
from fourfold.duties.queries import pages
from fourfold.duties.services import _say_their_cases
from fourfold.web import digest, worklist
from fourfold.web.day_rows import danger_of
from fourfold.web.pages import calendar
from fourfold.web.worklist import WorkRow, today
from tests.cases.builders import open_case as open_other
from tests.cast import NOW, Cast, assign
from tests.panel.scene import open_case, relate, wall_off

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WHO = ("officer", "coordinator", "advocate", "clinician", "outreach", "chair")
#: What is said of a row of each kind that is read by the page.
SAID: dict[str, dict[str, Any]] = {
    "actions": {"waits_for_victim": False},
    "reviews": {"trigger": "clock", "reason": {}},
    "sessions": {"strand": "social"},
    "follow_ups": {"months": 3},
    "consultations": {},
    "breaches": {"condition": 1, "undecided": ["arrest"], "joined": True, "reassessed": True},
    "orders_that_end": {"kind": "spo", "served": True},
    "messages_not_sent": {"state": "stopped", "fate": ""},
}


@pytest.fixture
def unit(cast: Cast) -> list[Case]:
    """Five cases at every level, one of them the officer's and the advocate's, and one walled off from the officer."""
    found = [open_case(cast), *(open_other(cast, victim_name=f"Ines Hale {n}", victim_birth="") for n in range(4))]
    for case, level in zip(found, Level, strict=False):
        cases.set_level(actor=cast.officer, case=case, level=level, set_in=SetBy.PROFESSIONAL, reason="Acts.", at=NOW)
    relate(cast, "advocate", found[0], RelationKind.ADVOCATE)
    assign(actor=cast.coordinator, case=found[1], staff=cast.staff["officer"].pk, kind=RelationKind.OIC, at=NOW)
    wall_off(cast, "officer", found[3])
    return found


BEFORE = NOW - 90 * DAY


def fill(cast: Cast, unit: list[Case], many: int, seed: int = 1) -> None:
    """Put many rows of every kind into the table, as if their slices had made them."""
    dice, rows = Random(seed), []
    for _ in range(many):
        kind, case = dice.choice(list(SAID)), dice.choice(unit)
        due_at = NOW + dice.randrange(-60, 8 if kind in pages.NEAR else 80) * DAY / 4
        row = Duty(kind=kind, case=case, about=new_id(), shows_from=BEFORE, due_at=due_at, said=SAID[kind])
        row.closed, row.reveals = (False, "risk") if kind == "reviews" else (None, "")
        if kind == "actions":
            row.owner = dice.choice((None, cast.staff["officer"].pk, cast.staff["second_officer"].pk))
            row.partner = dice.choice(("northmoor-police", "northmoor-advocacy"))
        row.asked_by = cast.staff["officer"].pk if kind == "sessions" and dice.random() < 0.3 else None
        rows.append(row)
    _say_their_cases(rows, {})
    Duty.objects.bulk_create(rows, batch_size=2_000)
    Duty.objects.unscoped("test").filter(shows_from=BEFORE).update(
        shows_from=BEFORE
    )  # by hand: no check holds them to their slices


def walked(cast: Cast, name: str, show: str, at: datetime = NOW) -> list[WorkRow]:
    """Return every row of a list, by the link that leads on from each page."""
    found: list[WorkRow] = []
    after, begins = "", 1
    while True:
        day = today(cast.actor(name), at, show, after=after)
        assert day.begins == begins
        found += [row for row in (day.first, *day.rows) if row]
        if not day.next:
            return found
        after, begins = day.next, day.ends + 1


def told(rows: list[WorkRow]) -> list[tuple[Any, ...]]:
    return [(row.kind, row.case, row.due_at, row.level, row.href, row.what) for row in rows]


def place(row: WorkRow) -> tuple[Any, ...]:
    """Return what orders a row: two that agree in it may stand either way."""
    return row.at_once, row.decide, row.overdue, danger_of(row.level), row.due_at


@pytest.mark.parametrize("name", WHO)
def test_a_day_by_the_page_is_the_day_that_is_read_at_once(
    cast: Cast, unit: list[Case], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    fill(cast, unit, 300)
    for show in ("mine", "unit", "overdue"):
        monkeypatch.setattr(queries, "MANY", 10_000)
        whole = walked(cast, name, show)
        counted = today(cast.actor(name), NOW, show)
        monkeypatch.setattr(queries, "MANY", 20)
        paged = walked(cast, name, show)
        assert len(paged) == len(whole)
        assert sorted(told(paged), key=str) == sorted(told(whole), key=str)
        assert list(map(place, paged)) == list(map(place, whole))
        monkeypatch.setattr(worklist, "COUNTED", 10_000)
        exact = today(cast.actor(name), NOW, show)
        assert (exact.all, exact.overdue) == (counted.all, counted.overdue)
        assert [tab.text for tab in exact.tabs] == [tab.text for tab in counted.tabs]
        monkeypatch.setattr(worklist, "COUNTED", 150)  # more is counted no further, and the tab says so
        by_page = today(cast.actor(name), NOW, show)
        for seen, true in ((by_page.all, counted.all), (by_page.overdue, counted.overdue)):
            assert (seen == true and not seen.is_cut) or (true > 150 and str(seen) == "150+")
        told_by_tabs = zip(by_page.tabs, counted.tabs, strict=True)
        assert all(tab.text == true.text or tab.text.endswith("(150+)") for tab, true in told_by_tabs)


def test_nothing_is_counted_where_the_first_page_of_ones_own_has_more_overdue_than_would_be(
    cast: Cast, unit: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(cast, unit, 300)
    monkeypatch.setattr(queries, "MANY", 3)
    counted, asked, seen = pages.counted, [], []

    def count(**by: Any) -> dict[str, int]:
        asked.append(by)
        return counted(**by)

    monkeypatch.setattr(pages, "counted", count)
    for most, times in ((4, 0), (10_000, 1)):
        monkeypatch.setattr(worklist, "COUNTED", most)
        day = today(cast.officer, NOW)
        assert len(asked) == times
        seen.append([row.href for row in (day.first, *day.rows) if row])
        assert [tab.text.endswith("(4+)") for tab in day.tabs] == [most == 4] * 3
    assert seen[0] == seen[1]


@pytest.mark.parametrize("many", [20, 10_000])
def test_an_action_of_ones_own_is_on_ones_day_in_every_case_that_is_open(
    cast: Cast, unit: list[Case], monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """Two cases of another unit, one of them walled off: of what is kept by the officer there, whoever opens it is told."""
    for case in unit[2:4]:
        Case.objects.unscoped("test").filter(pk=case.pk).update(site="elsewhere")
    fill(cast, unit, 800, seed=5)
    monkeypatch.setattr(queries, "MANY", many)
    there = Duty.objects.unscoped("test").filter(case=unit[2], kind="actions")
    theirs = there.filter(Q(owner=cast.staff["officer"].pk) | Q(owner=None, partner="northmoor-police"))
    there.filter(pk=theirs.order_by("id")[0].pk).update(due_at=NOW + DAY)
    late = theirs.filter(due_at__lt=NOW)
    assert 0 < late.count() < theirs.count() < there.count()
    for show, kept in (("mine", theirs), ("unit", theirs), ("overdue", late)):
        wanted = {
            f"/cases/{unit[2].reference}/plan/actions/{row.about}/" for row in kept if row.due_at <= NOW + 3 * DAY
        }
        found = walked(cast, "officer", show)
        assert {row.href for row in found if row.case == unit[2].reference} == wanted
        assert not [row for row in found if row.case == unit[3].reference]


def shuffle(cast: Cast, unit: list[Case], dice: Random) -> None:
    """Change at random what opens the cases to whom, what waits in them, and which are closed."""
    for grant in Grant.objects.filter(file__in=[case.pk for case in unit]):
        loses = dice.choice([Compartment.RISK, Compartment.VICTIM_CONTACT, Compartment.CORE, *[None] * 6])
        grant.compartments &= ~loses.bit if loses else grant.compartments
        grant.handed_at = NOW - DAY if dice.random() < 0.1 else None  # as of a case that another unit has now
        grant.until_at = NOW - DAY if dice.random() < 0.1 else grant.until_at
        grant.site = "elsewhere" if dice.random() < 0.1 else grant.site
        grant.save()
    for _ in range(3):
        wall_off(cast, dice.choice(WHO), dice.choice(unit))
    Case.objects.unscoped("test").filter(pk=dice.choice(unit).pk).update(state=State.CLOSED)
    moved = {case.pk for case in unit if dice.random() < 0.2}
    Case.objects.unscoped("test").filter(pk__in=moved).update(site="elsewhere")
    rows = list(Duty.objects.unscoped("test"))
    for row in rows:
        row.until = dice.choice((None, None, None, NOW - DAY, NOW + DAY))
        row.shows_from = dice.choice((row.shows_from, row.shows_from, NOW + DAY))
        row.closed = dice.choice((None, False, False, True))
        row.reveals = dice.choice(("", "", Compartment.RISK.value, Compartment.VICTIM_CONTACT.value))
        row.level = "" if row.kind == "reviews" and dice.random() < 0.5 else row.level
        row.grave = GRAVEST - Level.HIGH.rank if row.kind == "reviews" and not row.level else row.grave
        row.site = "elsewhere" if row.case_id in moved else row.site
    Duty.objects.unscoped("test").bulk_update(
        rows, ("until", "shows_from", "closed", "reveals", "level", "grave", "site")
    )


@pytest.mark.parametrize("seed", range(4))
def test_what_is_counted_is_what_is_listed_whatever_stands_between(
    cast: Cast, unit: list[Case], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(queries, "MANY", 10_000)
    fill(cast, unit, 450, seed)
    shuffle(cast, unit, Random(seed))
    seen = 0
    for name in WHO:
        actor = cast.actor(name)
        asked = [each for each in worklist.SOURCES if each.says and may(actor, each.permission)]
        paged = queries.paged_of([each.kept_as for each in asked], [each.kind for each in asked])
        counted = pages.counted(actor=actor, kinds=paged, at=NOW, most=10_000)
        found = [row for row in worklist._Day(actor, NOW, None).rows if row.kind in paged]
        listed = {"unit": found, "mine": [row for row in found if row.mine]}
        assert counted == {
            **{show: len(rows) for show, rows in listed.items()},
            **{f"{show} late": sum(row.overdue for row in rows) for show, rows in listed.items()},
        }
        few = pages.counted(actor=actor, kinds=paged, at=NOW, most=7)
        assert few == {show: min(many, 7) for show, many in counted.items()}
        seen += len(found)
    assert seen > 100


def shut_the_risk(file: Any = None) -> None:
    """Let no grant open how grave a case is; of one file, or of all."""
    bit = Compartment.RISK.bit
    rows = Grant.objects.annotate(has=F("compartments").bitand(bit)).filter(has__gt=0)
    (rows.filter(file=file) if file else rows).update(compartments=F("compartments") - bit)


@pytest.mark.parametrize("every", [True, False])
def test_no_order_tells_a_level_to_whoever_may_not_read_it(
    cast: Cast, unit: list[Case], monkeypatch: pytest.MonkeyPatch, every: bool
) -> None:
    fill(cast, unit, 250, seed=2)
    shut_the_risk(None if every else unit[2].pk)
    for name, show in (("officer", "unit"), ("officer", "mine"), ("coordinator", "overdue"), ("advocate", "mine")):
        monkeypatch.setattr(queries, "MANY", 10_000)
        whole = walked(cast, name, show)
        monkeypatch.setattr(queries, "MANY", 20)
        paged = walked(cast, name, show)
        assert sorted(told(paged), key=str) == sorted(told(whole), key=str)
        assert list(map(place, paged)) == list(map(place, whole)), (name, show)
        assert not (every and any(row.level in set(Level) for row in paged))


def test_rows_that_come_and_go_between_two_pages_lose_and_repeat_none_of_the_others(
    cast: Cast, unit: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(cast, unit, 250, seed=3)
    monkeypatch.setattr(queries, "MANY", 20)
    before = [row.href for row in walked(cast, "coordinator", "unit") if row.kind == "actions"]
    first = today(cast.coordinator, NOW, "unit")
    shown = [row for row in (first.first, *first.rows) if row]
    rows = Duty.objects.unscoped("test").filter(kind="actions")
    gone = {f"/cases/{row.case.reference}/plan/actions/{row.about}/" for row in rows.order_by("due_at")[:10]}
    rows.filter(pk__in=list(rows.order_by("due_at").values_list("pk", flat=True)[:10])).delete()
    after = first.next
    while after:
        day = today(cast.coordinator, NOW, "unit", after=after)
        shown += day.rows
        after = day.next
    listed = [row.href for row in shown if row.kind == "actions"]
    assert len(listed) == len(set(listed)), "no row stands on two pages"
    assert set(before) - gone <= set(listed), "none that stayed is lost"
    assert not {each for each in listed if each in gone} - {row.href for row in (first.first, *first.rows) if row}


def test_what_is_the_readers_own_is_in_the_calendar_and_the_digest_however_much_it_is(
    cast: Cast, unit: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(cast, unit, 700, seed=4)
    counted = []
    for many in (10_000, 20):
        monkeypatch.setattr(queries, "MANY", many)
        counted.append((digest.due(cast.officer, NOW), calendar.calendar_of(cast.officer, NOW)))
    assert counted[0] == counted[1]
    assert sum(counted[0][0]) > 60, "more than a page"


def test_words_are_looked_for_on_every_page(cast: Cast, unit: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    fill(cast, unit, 250, seed=5)
    monkeypatch.setattr(queries, "MANY", 20)
    every = [row for row in walked(cast, "coordinator", "unit") if row.case == unit[2].reference]
    day = today(cast.coordinator, NOW, "unit", words=unit[2].reference)
    found = [row for row in (day.first, *day.rows) if row]
    assert found == every[: len(found)]
    assert (len(found), day.counted) == (min(60, len(every)), False)
    assert not today(cast.coordinator, NOW, "unit", words="no such words").all


@pytest.mark.parametrize("after", ["x", "WzFd", "bnVsbA", "W10"])
def test_a_place_that_cannot_be_read_is_the_first_page(
    cast: Cast, unit: list[Case], monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    fill(cast, unit, 30)
    monkeypatch.setattr(queries, "MANY", 20)
    day = today(cast.coordinator, NOW, "unit", after=after)
    assert (day.begins, day.rows) == (1, today(cast.coordinator, NOW, "unit").rows)


def read_of(statement: str) -> float:
    """Return how many rows of the table the plan of a statement has read, on PostgreSQL; on SQLite, that it sorts none."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":  # which tells of no numbers: it follows the order of the index and stops
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            steps = " | ".join(str(row[-1]) for row in cursor.fetchall())
            assert "TEMP B-TREE" not in steps, steps
            assert "SEARCH duties_duty USING INDEX duty_of_" in steps, steps
            return 0
    return read_by(statement, "duties_duty")


def twenty_thousand(cast: Cast, unit: list[Case]) -> None:
    """Give the officer as many actions, in three cases."""
    me = cast.staff["officer"].pk
    told_of = {"kind": "actions", "shows_from": NOW - 900 * DAY, "said": SAID["actions"], "owner": me}
    cases_in_turn = (unit[n % 3] for n in range(20_000))
    rows = [
        Duty(case=case, about=new_id(), due_at=NOW - n * DAY / 40, **told_of) for n, case in enumerate(cases_in_turn)
    ]
    _say_their_cases(rows, {})
    Duty.objects.bulk_create(rows, batch_size=2_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@pytest.mark.parametrize(("name", "show"), [("officer", "mine"), ("coordinator", "unit"), ("coordinator", "overdue")])
def test_a_page_of_twenty_thousand_reads_no_more_than_two_hundred_wherever_it_begins(
    cast: Cast, unit: list[Case], name: str, show: str
) -> None:
    twenty_thousand(cast, unit)
    actor = cast.actor(name)
    wanted = pages.Wanted(tuple(SAID), frozenset(), show)
    after, seen = None, 0
    for _ in range(3):
        with CaptureQueriesContext(connection) as captured:
            found = pages.page(actor=actor, wanted=wanted, at=NOW, since=NOW, after=after, most=50)
        asked = [each["sql"] for each in captured if 'FROM "duties_duty"' in each["sql"] and "UNION" not in each["sql"]]
        assert sum(map(read_of, asked)) <= 200
        assert len(captured) <= 6
        assert [place for place, _ in found] == sorted(place for place, _ in found)
        seen += len(found)
        after = found[len(found) // 2][0]._replace(grave=2, graver=2) if seen == 50 else found[-1][0]
    assert seen == 150
    assert today(actor, NOW, show).all.is_cut


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite tells of no numbers")
def test_what_hangs_on_a_part_and_what_is_overdue_is_found_however_much_waits_in_a_case(
    cast: Cast, unit: list[Case]
) -> None:
    """PostgreSQL read all that waits in each case for the few that are silent, and all that is overdue to count two hundred."""
    twenty_thousand(cast, unit)
    actor, every = cast.officer, tuple(kind.name for kind in KINDS)
    paged = tuple(kind.name for kind in KINDS if kind.paged)
    with CaptureQueriesContext(connection) as captured:
        queries.owned(actor, NOW, every, paged)
        queries.waiting(actor=actor, at=NOW, kinds=every, by_page=paged, parts=queries.parts_of(actor, NOW))
        assert pages.counted(actor=actor, kinds=paged, at=NOW, most=201)["mine late"] == 201
    asked = [each["sql"] for each in captured if 'FROM "duties_duty"' in each["sql"]]
    assert len(asked) == 4
    assert [read_by(statement, "duties_duty") <= 500 for statement in asked] == [True] * 4


#: What SQLite counts of a unit's rows in a programme of 100,000 cases, but for twice as many of each kind.
COUNTED = {
    "duty_by_case": "391013 4 2 2 1",
    "duty_of_kind_and_level": "391013 65169 25228 3154",
    "duty_of_site": "391013 65169 65169 16293 2 1",
    "duty_of_site_by_day": "391013 65169 2 2 1",
    "duty_shown": "391013 65169 8",
}


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL counts what a column says, not what an index holds"
)
@pytest.mark.parametrize("show", ["", "unit", "overdue"])
def test_what_waits_in_the_unit_is_found_by_its_kind_whatever_was_counted(cast: Cast, show: str) -> None:
    """By these numbers SQLite would read every row of a site; its versions from 3.53 on do so with half as many of a kind."""
    kinds = tuple(kind.name for kind in KINDS if not kind.paged and not kind.of_part)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE duties_duty")  # makes the table of what was counted
        cursor.execute("DELETE FROM sqlite_stat1 WHERE tbl = 'duties_duty'")
        cursor.executemany("INSERT INTO sqlite_stat1 VALUES ('duties_duty', %s, %s)", COUNTED.items())
        cursor.execute("ANALYZE sqlite_schema")  # reads it
        with CaptureQueriesContext(connection) as captured:
            if show:
                every = tuple(kind.name for kind in KINDS if kind.paged)
                wanted = worklist._wanted(cast.officer, every, show)
                pages.page(actor=cast.officer, at=NOW, since=NOW, after=None, wanted=wanted, most=50)
            else:
                queries.waiting(actor=cast.officer, at=NOW, kinds=kinds, parts={})
        steps = []
        for asked in captured.captured_queries:
            if 'FROM "duties_duty"' in asked["sql"]:
                cursor.execute(f"EXPLAIN QUERY PLAN {asked['sql']}")
                steps += [row[-1] for row in cursor.fetchall()]
        cursor.execute("ANALYZE duties_duty")
    assert "SEARCH U0 USING INDEX duty_of_kind_and_level (kind=? AND site=?)" in steps, steps
    assert not [step for step in steps if step.endswith(("(site=?)", "(site=? AND decide=?)"))], steps
