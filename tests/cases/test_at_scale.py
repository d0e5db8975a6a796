"""What a caseload of a hundred thousand asks of the lists: kept values that never lie, and pages that stay short."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench import caseload
from bench.plans import read_by
from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.models import Relation
from fourfold.access.terms import Compartment
from fourfold.access.terms import RelationKind as R
from fourfold.cases import queries, services
from fourfold.cases.models import Case, CaseAct, Triage
from fourfold.cases.queries import alerts, listing, rows
from fourfold.cases.queries.drawn import acts_told_of
from fourfold.cases.terms import Level, Outcome, State
from fourfold.duties import services as duties
from fourfold.intake.models import Allegation
from fourfold.people import queries as people
from fourfold.people.terms import Part
from tests.cases.builders import acts, open_case, told, triaged
from tests.cases.test_found_by_index import steps_of
from tests.cast import NOW
from tests.duties.scene import waits

LOG = 5


def waiting_by_the_outcomes():
    """Return what is for the desk and has no outcome: the truth beside the kept value."""
    rows = Allegation.objects.unscoped("a test").filter(for_desk=True)
    decided = Triage.objects.unscoped("a test").values("allegation")
    return set(rows.exclude(pk__in=decided).values_list("pk", flat=True))


def at_desk():
    return set(Allegation.objects.unscoped("a test").filter(at_desk=True).values_list("pk", flat=True))


@pytest.mark.django_db
def test_what_the_desks_list_keeps_agrees_with_the_outcomes(cast):
    told(cast.analyst)
    triaged(cast, told(cast.analyst), outcome=Outcome.ADVICE_ONLY)
    open_case(cast)
    assert at_desk() == waiting_by_the_outcomes()
    assert len(at_desk()) == 1


@pytest.mark.django_db
def test_a_new_case_never_takes_a_reference_that_another_case_has(cast, monkeypatch):
    taken = open_case(cast).reference
    offered = iter([taken, taken, "FF-FREE1"])
    monkeypatch.setattr("fourfold.cases.services.desk.new_case_reference", lambda: next(offered))
    second = open_case(cast, victim_name="Ada Brindlecott", victim_birth="1 May 1990", victim_phone="")
    assert second.reference == "FF-FREE1"


@pytest.mark.django_db
def test_the_history_is_paged_by_moment_and_every_change_stands_on_exactly_one_page(cast, monkeypatch):
    monkeypatch.setattr("fourfold.cases.queries.case_pages.CHANGES_A_PAGE", 3)
    case = open_case(cast)
    acts(cast, case, *range(1, 8))
    whole, before = [], None
    for _ in range(20):
        page = queries.history(
            actor=cast.officer, reference=case.reference, at=NOW + timedelta(days=40), before=before, kinds={}
        )
        whole += page.changes
        before = page.before
        if before is None:
            break
    monkeypatch.setattr("fourfold.cases.queries.case_pages.CHANGES_A_PAGE", 1_000)
    at_once = queries.history(
        actor=cast.officer, reference=case.reference, at=NOW + timedelta(days=40), before=None, kinds={}
    )
    assert tuple(whole) == at_once.changes
    assert at_once.before is None


def read_beside_its_order(read) -> list[str]:
    """Return where the plan of a list sorts it, or reads whole what it needs of one row: the grants behind each door."""
    with CaptureQueriesContext(connection) as asked:
        read()
    [page] = [each["sql"] for each in asked if "ORDER BY" in each["sql"] and "grant" in each["sql"]]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")
            cursor.execute("SET LOCAL enable_sort = off")  # sixty rows are sorted sooner than they are followed
        cursor.execute(f"EXPLAIN {'QUERY PLAN' if connection.vendor == 'sqlite' else ''} {page}")
        lines = [str(row[-1]) for row in cursor.fetchall()]
    return [line for line in lines if any(word in line for word in ("TEMP B-TREE", "Sort Key", "hashed SubPlan"))]


@pytest.mark.django_db
def test_the_generated_caseload_is_read_like_any_other(cast, django_assert_num_queries):
    unit = caseload.Unit(
        "northmoor",
        ("northmoor-police", "northmoor-nhs"),
        (cast.officer.staff.hex,),
        (cast.advocate.staff.hex,),
    )
    today = datetime(2026, 11, 24, tzinfo=UTC)
    filled = caseload.fill([unit], today=today, cases=60, longest=70)
    officer, at = cast.officer, NOW + timedelta(days=1)
    with django_assert_num_queries(1 + LOG):
        page = queries.cases(actor=officer, at=at)
    assert (filled.rows["cases_case"], len(page.rows)) == (60, 50)
    assert Case.objects.visible_to(cast.olu, at=at).count() == 0
    mine = queries.cases(actor=officer, at=at, mine=True, state=State.OPEN, level=Level.VERY_HIGH)
    assert {row.level for row in mine.rows} <= {Level.VERY_HIGH}
    assert read_beside_its_order(lambda: queries.cases(actor=officer, at=at)) == []
    longest = queries.pattern(actor=officer, reference=filled.longest, at=at)
    assert longest.course.acts == 70
    found = people.found(longest.header.victim, actor=officer, at=at)
    assert found[0].name == longest.header.victim


@pytest.mark.django_db
def test_ones_own_are_all_listed_though_the_newest_are_closed(cast, django_assert_num_queries):
    unit = caseload.Unit("northmoor", ("northmoor-police",), (cast.officer.staff.hex,), (cast.advocate.staff.hex,))
    caseload.fill([unit], today=datetime(2026, 11, 24, tzinfo=UTC), cases=listing.NEWEST + 20, longest=7)
    officer, at = cast.officer, NOW + timedelta(days=1)
    theirs = Case.objects.visible_to(officer, at=at).filter(pk__in=listing.related_to(officer, at))
    own = list(theirs.order_by("-opened_at", "id").values_list("reference", "pk", "state"))
    assert len(own) == listing.NEWEST + 20

    def listed(**narrowed):
        read, after = [], ""
        while after is not None:
            page = queries.cases(actor=officer, at=at, mine=True, after=after, **narrowed)
            read, after = [*read, *(row.reference for row in page.rows)], page.after
        return read

    with django_assert_num_queries(1 + LOG):
        queries.cases(actor=officer, at=at, mine=True)
    assert listed() == [reference for reference, *_ in own]
    assert listed(state=State.CLOSED) == [reference for reference, _, state in own if state == State.CLOSED]
    last = theirs.exclude(state=State.CLOSED).order_by("opened_at").first()
    services.add_comment(actor=officer, case=last, words="Of a silver estate.", compartment=Compartment.CORE, at=at)
    newest = [pk for _, pk, _ in own[: listing.NEWEST]]
    for start in range(0, listing.NEWEST, 20):
        access.set_wall(actor=cast.governance, files=newest[start : start + 20], staff=officer.staff, at=NOW)
    assert listed() == [reference for reference, *_ in own[listing.NEWEST :]]
    assert [one.reference for one in queries.written_found("silver estate", actor=officer, at=at)] == [last.reference]


@pytest.mark.django_db
def test_reports_that_one_told_are_not_among_the_newest_of_ones_own(cast, django_assert_num_queries):
    unit = caseload.Unit("northmoor", ("northmoor-police",), (cast.officer.staff.hex,), (cast.advocate.staff.hex,))
    caseload.fill([unit], today=datetime(2026, 11, 24, tzinfo=UTC), cases=listing.NEWEST + 20, longest=7)
    officer, at = cast.officer, NOW + timedelta(days=1)
    with django_assert_num_queries(1 + LOG):
        before = queries.cases(actor=officer, at=at, mine=True)
    for _ in range(listing.NEWEST):
        access.relate(actor=officer, file=uuid4(), staff=officer.staff, kind=R.TELLER, at=NOW)
    with django_assert_num_queries(1 + LOG):
        assert queries.cases(actor=officer, at=at, mine=True) == before
    shut = Case.objects.visible_to(officer, at=at).get(reference=before.rows[0].reference)
    access.relate(actor=officer, file=shut.pk, staff=officer.staff, kind=R.TELLER, at=NOW)
    assert queries.cases(actor=officer, at=at, mine=True).rows[:49] == before.rows[1:]
    assert alerts.my_references(actor=officer, references=[shut.reference], at=at) == {shut.reference}


@pytest.mark.django_db
def test_a_part_in_a_case_is_kept_with_when_that_was_opened(cast):
    case = open_case(cast)
    at = NOW + timedelta(days=3)
    staff, by = cast.second_officer.staff, cast.officer
    given = services.assign(actor=cast.second_officer, case=case, staff=staff, kind=R.OIC, at=at, confirmed_by=by)
    parts = Relation.objects.filter(pk=given.pk)
    assert case.opened_at < at
    assert parts.get().opened_at == case.opened_at
    parts.update(opened_at=None)
    import_module("fourfold.cases.migrations.0016_parts_in_order").keep_openings(apps, None)
    assert parts.get().opened_at == case.opened_at


@pytest.mark.django_db
def test_a_page_of_the_history_reads_the_acts_that_it_shows_and_those_that_were_taken_off(cast):
    case = open_case(cast)
    acts(cast, case, *range(1, 9))
    at = NOW + timedelta(days=40)
    opened = access_queries.opened(cast.officer, case.pk, at=at)
    newest = [NOW + timedelta(days=day) for day in (8, 7, 6, 5)]
    assert [act.joined_at for act in acts_told_of(opened, before=None, most=3)] == newest
    before = acts_told_of(opened, before=newest[-1], most=3)
    assert [act.joined_at for act in before] == [NOW + timedelta(days=day) for day in (4, 3, 2, 1)]
    CaseAct.objects.unscoped("a test").filter(case=case, joined_at=NOW + timedelta(days=2)).update(left_at=at)
    assert [act.left_at for act in acts_told_of(opened, before=None, most=3)] == [*[None] * 4, at]


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL says it otherwise; it has the same index")
def test_the_day_looks_for_withdrawn_breaches_by_their_index_and_finds_what_waits(cast):
    unit = caseload.Unit("northmoor", ("northmoor-police",), (cast.officer.staff.hex,), (cast.advocate.staff.hex,))
    caseload.fill([unit], today=datetime(2026, 11, 24, tzinfo=UTC), cases=400, longest=1_500)
    assert waits(cast.officer, "actions", "reviews", at=NOW)
    assert list(duties.checked()) == []
    with CaptureQueriesContext(connection) as captured, connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        list(alerts._levels_and_states(cast.officer, NOW, since=NOW - timedelta(days=14)))
        (asked,) = [each["sql"] for each in captured if "breach_until" in each["sql"]]
        cursor.execute(f"EXPLAIN QUERY PLAN {asked}")
        assert not [row for row in cursor.fetchall() if row[3].startswith("SCAN cases_caseact")]


@pytest.mark.postgres
@pytest.mark.django_db
def test_acts_that_others_added_are_read_of_their_index_alone_and_once(cast):
    unit = caseload.Unit("northmoor", ("northmoor-police",), (cast.officer.staff.hex,), (cast.advocate.staff.hex,))
    caseload.fill([unit], today=datetime(2026, 11, 24, tzinfo=UTC), cases=400, longest=1_500)
    since = NOW - timedelta(days=400)
    every = CaseAct.objects.unscoped("a test").filter(joined_at__gt=since, joined_at__lte=NOW)
    every.update(recorded_by=cast.second_officer.staff)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as captured:
        found = alerts._acts(cast.officer, NOW, since=since)
    assert sum(row[1] for row in found) == every.count() > 500
    [asked] = [each["sql"] for each in captured if "GROUP BY" in each["sql"]]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {asked}")
            plan = [row[3] for row in cursor.fetchall()]
            assert plan[0].startswith("SEARCH cases_caseact USING COVERING INDEX act_joined (case_id=? AND joined_at>?")
            assert not [row for row in plan if "GROUP BY" in row]
            few, many = (
                steps_of(lambda moment=moment: alerts._acts(cast.officer, NOW, since=moment))
                for moment in (NOW - timedelta(days=1), since)
            )
            assert many - few < 60 * every.count()
        else:
            # As once it is known which pages all may see; what a test writes nobody may.
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
            cursor.execute(f"EXPLAIN {asked}")
            assert "Index Only Scan using act_joined on cases_caseact" in str(cursor.fetchall())


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL counts no steps; it has the same index")
def test_what_an_act_costs_does_not_grow_with_the_acts_beside_it(cast):
    unit = caseload.Unit("northmoor", ("northmoor-police",), (cast.officer.staff.hex,), (cast.advocate.staff.hex,))
    caseload.fill([unit], today=datetime(2026, 11, 24, tzinfo=UTC), cases=400, longest=1_500)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as the filled database of a unit is: an index is chosen by what it is known to hold
    opened = queries.header(actor=cast.officer, reference="FF-00000", at=NOW).opened
    assert len(rows.acts_of(opened, most=2_000)) == 1_500  # and the statement is composed
    few, more = (steps_of(lambda most=most: rows.acts_of(opened, most=most)) for most in (100, 200))
    assert more - few < 100 * 500


@pytest.mark.postgres
@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"state": State.OPEN},
        {"state": State.CLOSED},
        {"level": Level.VERY_HIGH},
        {"state": State.CLOSED, "level": Level.HIGH},
        {"mine": True},
    ],
)
@pytest.mark.django_db
def test_a_page_of_fifty_reads_two_hundred_at_most_whatever_is_asked_for(cast, wanted):
    unit = caseload.Unit("northmoor", ("northmoor-police",), (cast.officer.staff.hex,), (cast.advocate.staff.hex,))
    caseload.fill([unit], today=datetime(2026, 11, 24, tzinfo=UTC), cases=800, longest=5)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as asked:
        page = queries.cases(actor=cast.officer, at=NOW + timedelta(days=1), **wanted)
        after = queries.cases(actor=cast.officer, at=NOW + timedelta(days=1), after=page.after, **wanted)
    assert len(page.rows) == len(after.rows) == 50
    pages = [each["sql"] for each in asked if "ORDER BY" in each["sql"] and "grant" in each["sql"]]
    assert len(pages) == 2
    for listed in pages:
        # SQLite puts the sixty latest of one's own in order, and finds them in an index that is.
        least, most = (0, int("mine" in wanted)) if connection.vendor == "sqlite" else (50, 200)
        assert least <= read_by(listed, "cases_case") <= most


@pytest.mark.django_db
def test_a_long_case_tells_what_a_short_one_does(cast, monkeypatch):
    case = open_case(cast)
    told_of = acts(cast, case, *range(1, 9))
    queries.pattern(actor=cast.officer, reference=case.reference, at=NOW + timedelta(days=3))
    match = told_of[2].matches.unscoped("a test").get(part=Part.SUBJECT)
    services.undo_match(actor=cast.second_officer, match=match, reason="His brother.", at=NOW + timedelta(days=9))
    at = NOW + timedelta(days=40)
    short = queries.pattern(actor=cast.officer, reference=case.reference, at=at)
    monkeypatch.setattr("fourfold.cases.queries.case_pages.PAGE", 3)
    long = queries.pattern(actor=cast.officer, reference=case.reference, at=at)
    assert (len(short.acts), len(long.acts), long.count) == (8, 3, 8)
    assert long.acts == tuple(replace(act, joined_by="") for act in short.acts[:3])
    assert long.course == short.course
    assert (long.changed, long.changes[:8]) == (short.changed, short.changes[:8])
    for drawn, act in zip(long.drawn, short.drawn, strict=True):
        assert drawn._asdict() == {name: getattr(act, name) for name in drawn._fields}
