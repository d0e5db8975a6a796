"""The lists of the desk and of whoever refers are found by an index that holds their rows alone."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench import caseload
from bench.plans import read_by
from fourfold.access.models import Relation, Wall
from fourfold.access.terms import RelationKind, WallKind
from fourfold.audit.models import Entry
from fourfold.base import new_id
from fourfold.cases import queries as cases
from fourfold.cases.models import Case
from fourfold.cases.queries import desk, history, parts, possible_courses, referrals
from fourfold.cases.queries.held_near import near_of
from fourfold.governance.queries import board, oversight
from fourfold.governance.queries.probing import doubted_confirmations, probing
from fourfold.intake.models import Allegation, ImportRun
from fourfold.intake.services.receiving import receive_allegation
from fourfold.intake.terms import Urgency
from fourfold.linkage.queries import confirming
from fourfold.people.queries.merged import merged_records
from fourfold.support.queries.lost_contact import silent_of_agency
from fourfold.support.queries.quality import told_in_time
from tests.cast import NOW, Cast
from tests.intake.test_bulk import row
from tests.intake.told import told

pytestmark = pytest.mark.django_db

MANY = 500


@pytest.fixture
def cast(cast: Cast) -> Cast:
    """Add reports enough that reading them all would be dear, one in twenty at the desk or of one clinician."""
    Allegation.objects.bulk_create(
        row(
            f"R-{number}",
            told_at=NOW - timedelta(minutes=number),
            at_desk=number % 20 == 0,
            recorded_by=(cast.clinician if number % 20 == 1 else cast.officer).staff,
            urgency=Urgency.NOW if number % 40 else Urgency.SOON,
        )
        for number in range(MANY)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE intake_allegation")
    return cast


def plan_of(captured: CaptureQueriesContext, table: str = "intake_allegation") -> str:
    """Return how the database finds the rows of the last statement that lists a table."""
    said = [each["sql"] for each in captured if f'FROM "{table}"' in each["sql"] and "ORDER BY" in each["sql"]][-1]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {'' if connection.vendor == 'postgresql' else 'QUERY PLAN '}{said}")
        return " ".join(str(part) for row in cursor.fetchall() for part in row)


@pytest.mark.parametrize(("urgency", "index"), [(None, "allegation_at_desk"), (Urgency.NOW, "at_desk_by_urgency")])
def test_what_waits_at_the_desk(cast: Cast, urgency: Urgency | None, index: str) -> None:
    """Of twenty-five reports PostgreSQL reads any index of what waits, and sorts them: of thousands the one in their order."""
    Allegation.objects.bulk_create(
        row(
            f"W-{number}",
            recorded_by=cast.officer.staff,
            told_at=NOW - timedelta(days=1, minutes=number),
            urgency=Urgency.NOW if number % 40 else Urgency.SOON,
        )
        for number in range(4_500)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE intake_allegation")
    with CaptureQueriesContext(connection) as captured:
        desk.untriaged(actor=cast.analyst, at=NOW, urgency=urgency)
    assert index in plan_of(captured)


def test_the_reports_that_are_near_one_and_those_without_keys(cast: Cast) -> None:
    every = list(Allegation.objects.unscoped("a test").order_by("-told_at", "id"))
    first, near = every[0], [row.pk for row in every[1:400:100]]
    with CaptureQueriesContext(connection) as captured:
        found = near_of(cast.analyst, [first], {first.pk: near}, {first.pk: ()}, NOW)
    without_keys = [row.pk for row in every if row.at_desk and row.pk != first.pk]
    assert list(found.of[first.pk]) == [*near, *(pk for pk in without_keys if pk not in near)]
    assert set(found.rows) == {*near, *without_keys}
    plan = plan_of(captured)
    own = "sqlite_autoindex_intake_allegation_1" if connection.vendor == "sqlite" else "intake_allegation_pkey"
    ways = (f"{own} on intake_allegation ", f"Bitmap Index Scan on {own} ", f"intake_allegation USING INDEX {own} ")
    assert any(way in plan for way in ways), plan
    assert "allegation_by_site" not in plan, "every report of the site is read"
    if connection.vendor == "sqlite":  # few rows are read as they lie by PostgreSQL, where they are listed
        assert "SCAN intake_allegation" not in plan, plan


def test_what_somebody_referred(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as captured:
        referrals.my_referrals(actor=cast.clinician, at=NOW)
    assert "allegation_by_referrer" in plan_of(captured)


def test_refusals_are_found_by_the_index_that_holds_them_alone(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as captured:
        list(Entry.refusals().filter(at__gt=NOW, at__lte=NOW))
    [asked] = [each["sql"] for each in captured]
    assert "= ('refusal')" in asked
    if connection.vendor == "sqlite":  # few rows are read as they lie by PostgreSQL
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {asked}")
            assert "audit_refusals" in str(cursor.fetchall())


def test_a_statement_is_planned_once_whatever_values_it_is_run_with(cast: Cast) -> None:
    """SQLite says each time that it plans one, to whoever would forbid what a statement reads."""
    if connection.vendor != "sqlite" or sys.version_info < (3, 12):
        assert not hasattr(connection.connection, "setconfig")  # nothing plans anew, or nobody can say so
        return
    planned: list[object] = []
    parts.parts_of_the_day(actor=cast.officer, at=NOW)
    connection.connection.set_authorizer(lambda *what: planned.append(what) or sqlite3.SQLITE_OK)
    try:
        parts.parts_of_the_day(actor=cast.officer, at=NOW)
        assert planned
        planned.clear()
        for later in range(1, 4):
            parts.parts_of_the_day(actor=cast.second_officer, at=NOW + timedelta(minutes=later))
        assert planned == []
    finally:
        connection.connection.set_authorizer(None)


def steps_of(work: Callable[[], object]) -> int:
    """Return how many steps of its machine SQLite took for some work."""
    counted: list[int] = []
    connection.connection.set_progress_handler(lambda: counted.append(1), 1)
    try:
        work()
    finally:
        connection.connection.set_progress_handler(None, 0)
    return len(counted)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL counts no steps; it reads the same indexes")
def test_a_referral_costs_the_same_however_many_reports_others_told(cast: Cast) -> None:
    def refers(reference: str) -> None:
        receive_allegation(actor=cast.advocate, told=told(reference, reference=reference), at=NOW, another=False)

    refers("P-1")  # and what is asked is composed
    few = steps_of(lambda: refers("P-2"))
    Allegation.objects.bulk_create(row(f"M-{number}", recorded_by=cast.officer.staff) for number in range(MANY))
    assert steps_of(lambda: refers("P-3")) - few < MANY


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL counts no steps; it reads the same indexes")
def test_a_search_costs_the_same_however_many_others_are_on_record(cast: Cast) -> None:
    """Neither those on record nor the cases in which the officer has no part are read one by one."""
    unit = caseload.Unit("northmoor", ("northmoor-police",), (cast.officer.staff.hex,), ())
    caseload.fill([unit], today=NOW, cases=MANY, longest=5)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

    def finds() -> None:
        assert cases.people_found("Quenby Oldersham", actor=cast.second_officer, at=NOW) == []

    finds()  # and what is asked is composed
    assert steps_of(finds) < 80 * MANY


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL counts no steps; it reads the same indexes")
def test_what_oversight_and_the_desk_look_at_costs_the_same_however_much_is_on_record(cast: Cast) -> None:
    looks = (
        lambda: oversight.oversight_waits(actor=cast.governance, at=NOW),
        lambda: oversight.walls_page(actor=cast.governance, at=NOW),
        lambda: oversight.standing_walls(actor=cast.governance, at=NOW),
        lambda: probing(actor=cast.governance, at=NOW),
        lambda: doubted_confirmations(actor=cast.governance, at=NOW),
        lambda: parts.to_look_at(actor=cast.governance, at=NOW),
        lambda: confirming.to_confirm(cast.analyst, at=NOW),
        lambda: merged_records(cast.analyst, at=NOW),
        lambda: silent_of_agency(actor=cast.advocacy_lead, at=NOW),
    )
    unit = caseload.Unit("northmoor", ("northmoor-police",), (cast.officer.staff.hex,), ())
    for number, kind in enumerate((WallKind.ASSIGNED, WallKind.PROVISIONAL)):
        file = Allegation.objects.unscoped("a test").get(reference=f"R-{number}").pk
        Wall.objects.create(file=file, staff_id=cast.officer.staff, kind=kind, from_at=NOW, set_by=cast.analyst.staff)
    few = [steps_of(look) for look in (*looks, *looks)][len(looks) :]  # what is asked is composed the first time
    caseload.fill([unit], today=NOW, cases=MANY, longest=5)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    more = [steps_of(look) - steps for look, steps in zip(looks, few, strict=True)]
    *most, silent = more
    assert max(most) < 2 * MANY, more
    assert silent < 12 * MANY, "cases are read that no advocate of the agency has"  # all parts are, of few staff


def test_a_quarter_begins_at_those_assessed_as_grave_where_they_are_few(cast: Cast) -> None:
    unit = caseload.Unit("northmoor", ("northmoor-police",), (cast.officer.staff.hex,), ())
    caseload.fill([unit], today=NOW, cases=MANY, longest=5)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        with CaptureQueriesContext(connection) as captured:
            board(actor=cast.officer, site="northmoor", at=NOW)
        said = {each["sql"] for each in captured if "DISTINCT" in each["sql"] and '"cases_levelset"' in each["sql"]}
        cursor.execute(f"EXPLAIN {'' if connection.vendor == 'postgresql' else 'QUERY PLAN '}{'; '.join(said)}")
        plan = " ".join(str(part) for row in cursor.fetchall() for part in row)
    # Tables without a row PostgreSQL reads as they are.
    wanted = ("level_assessed_grave", "order_said", "order_of_stalking")[
        : 1 if connection.vendor == "postgresql" else 3
    ]
    assert all(index in plan for index in wanted), plan
    assert "level_by_case" not in plan, "each case of the unit is looked up"


def test_what_victims_were_to_be_told_is_found_by_its_day(cast: Cast) -> None:
    unit = caseload.Unit("northmoor", ("northmoor-police",), (cast.officer.staff.hex,), ())
    caseload.fill([unit], today=NOW, cases=MANY, longest=5)
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as captured:
        told_in_time(actor=cast.officer, site="northmoor", since=NOW.date(), at=NOW)
        [said] = [each["sql"] for each in captured if 'FROM "support_update"' in each["sql"]]
        cursor.execute(f"EXPLAIN {'' if connection.vendor == 'postgresql' else 'QUERY PLAN '}{said}")
        plan = " ".join(str(part) for row in cursor.fetchall() for part in row)
    # A table without a row PostgreSQL reads as it is.
    assert connection.vendor == "postgresql" or "update_by_due" in plan, plan
    assert "update_by_case" not in plan, "each case of the unit is looked up"


@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite tells of no numbers")
def test_a_page_of_the_history_joins_the_reports_that_it_shows(cast: Cast) -> None:
    unit = caseload.Unit("northmoor", ("northmoor-police",), (cast.officer.staff.hex,), ())
    filled = caseload.fill([unit], today=NOW, cases=800, longest=3 * MANY)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as asked:
        history(actor=cast.officer, reference=filled.longest, at=NOW, before=None, kinds={})
    said = [each["sql"] for each in asked if '"intake_allegation"' in each["sql"]]
    assert len(said) == 2
    for sql in said:
        assert read_by(sql, "intake_allegation") <= 250, sql[:80]


def _of_an_import(cast: Cast, *, searchable: int) -> ImportRun:
    run = ImportRun.objects.create(
        site="northmoor",
        system="niche",
        started_at=NOW,
        started_by=cast.officer.staff,
        accepted=MANY,
        searchable=searchable,
    )
    of_run = {"run_id": run.pk, "recorded_by": cast.officer.staff}
    rows = (row(f"I-{searchable}-{number}", row_number=number, **of_run) for number in range(MANY))
    Allegation.objects.bulk_create(rows)
    return run


def test_a_search_counts_what_is_not_searchable_yet_of_open_imports_and_of_no_import(cast: Cast) -> None:
    by_hand = possible_courses._not_searched(cast.analyst, NOW)[0]
    assert by_hand > 0
    _of_an_import(cast, searchable=MANY)
    assert possible_courses._not_searched(cast.analyst, NOW)[0] == by_hand
    _of_an_import(cast, searchable=MANY - 1)
    assert possible_courses._not_searched(cast.analyst, NOW)[0] == min(
        possible_courses.MOST_COUNTED + 1, by_hand + MANY
    )


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL counts no steps; it reads the same indexes")
def test_a_search_looks_at_no_door_of_a_report_whose_import_was_looked_through(cast: Cast) -> None:
    possible_courses._not_searched(cast.analyst, NOW)  # and what is asked is composed
    few = steps_of(lambda: possible_courses._not_searched(cast.analyst, NOW))
    _of_an_import(cast, searchable=MANY)
    more = steps_of(lambda: possible_courses._not_searched(cast.analyst, NOW))
    assert more - few < MANY * 20


def test_a_door_finds_where_somebody_is_a_party_by_an_index_of_those_alone(cast: Cast) -> None:
    part = {"staff_id": cast.officer.staff, "kind": RelationKind.OIC, "from_at": NOW, "given_by": cast.officer.staff}
    Relation.objects.bulk_create(Relation(file=new_id(), **part) for _ in range(MANY))
    with CaptureQueriesContext(connection) as asked:
        list(Case.objects.visible_to(cast.officer, at=NOW).values_list("pk"))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE access_relation")
        cursor.execute(("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + asked[-1]["sql"])
        assert "relation_keeps_out" in str(cursor.fetchall())
