"""Rows that go in by the thousand: the same rows as one by one, and the same refusals."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from fourfold.audit.commitments import row_commitment
from fourfold.audit.models import BatchRow
from fourfold.base import new_id
from fourfold.cases.models import ToldKey
from fourfold.cli import console
from fourfold.gateways import bulk
from fourfold.gateways.bulk import insert_rows, insert_values, look_at_new_indexes
from fourfold.intake.models import Allegation, ImportRun, Quarantined
from fourfold.intake.terms import Channel, Fault, Urgency
from fourfold.linkage.models import Proposal
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


def row(reference: str, **changes: object) -> Allegation:
    """An allegation of a feed that lacks nothing, with `changes`."""
    whole = {
        "site": "northmoor",
        "channel": Channel.FEED,
        "system": "niche",
        "reference": reference,
        "told_at": NOW,
        "received_at": NOW + timedelta(microseconds=1),
        "urgency": Urgency.SOON,
        "controller": "northmoor-police",
        "basis": "police.law_enforcement",
        "source": "feed",
        "recorded_at": NOW,
        **changes,
    }
    return Allegation(**whole)


def all_of_them() -> list[Allegation]:
    return list(Allegation.objects.unscoped("the test looks at every row").order_by("reference"))


def test_a_row_is_read_back_as_it_went_in(cast: Cast) -> None:
    odd = {
        "words": 'Said “no”;\tthen\nleft \\N "quoted", naïve, 日本',
        "original": {"a": "é\\", "b": ""},
        "urgency_reasons": ["one", "two"],
        "weapon": None,
        "former_partner": True,
        "occurred_from": NOW - timedelta(days=1, microseconds=7),
        "recorded_by": cast.officer.staff,
    }
    made = [row("1", **odd), row("2", recorded_by=cast.officer.staff, weapon=False)]
    digests = [row_commitment(one) for one in made]
    assert insert_rows(made) is made
    assert [row_commitment(one) for one in all_of_them()] == digests
    assert not any(one._state.adding for one in made)


def test_rows_that_point_to_a_run_are_kept_with_it(cast: Cast) -> None:
    run = ImportRun.objects.create(
        site="northmoor", system="niche", mapping_sha256="", file_name="", file_sha256="", started_at=NOW,
        started_by=cast.officer.staff,
    )  # fmt: skip
    held = {"run": run, "site": "northmoor", "file_sha256": "x", "fault": Fault.DATE, "reason": "why", "held_at": NOW}
    insert_rows([Quarantined(row_number=number, raw={"a": number}, **held) for number in range(3)])
    assert [one.raw for one in run.quarantine.order_by("row_number")] == [{"a": 0}, {"a": 1}, {"a": 2}]


def test_a_reference_that_is_there_is_refused_and_nothing_is_kept(cast: Cast) -> None:
    by = {"recorded_by": cast.officer.staff}
    insert_rows([row("1", **by)])
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows([row("2", **by), row("1", **by)])
    assert [one.reference for one in all_of_them()] == ["1"]


@pytest.mark.parametrize("count", [1, 332, 333, 334, 700, 999])
def test_rows_of_any_number_go_in_whole_and_in_their_order(cast: Cast, count: int) -> None:
    told = [(1 - number, number % 5, f"{number:032x}") for number in range(count)]
    with CaptureQueriesContext(connection) as asked:
        insert_values(ToldKey, ("key", "strength", "allegation"), told)
    kept = ToldKey.objects.order_by("pk").values_list("key", "strength", "allegation")
    assert [(key, strength, of.hex) for key, strength, of in kept] == told
    assert len(asked) <= 2


def test_a_row_that_is_refused_among_many_keeps_none(cast: Cast) -> None:
    by = {"recorded_by": cast.officer.staff}
    for wrong in (0, 40, 99):
        references = [f"{number:03}" for number in range(100)]
        references[wrong] = references[wrong - 1]
        with pytest.raises(IntegrityError), transaction.atomic():
            insert_rows([row(reference, **by) for reference in references])
        assert not all_of_them()


def test_an_allegation_without_a_reference_is_refused_by_the_table(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows([row("", recorded_by=cast.officer.staff)])


def test_no_rows_need_no_statement() -> None:
    with CaptureQueriesContext(connection) as statements:
        assert insert_rows([]) == []
    assert len(statements) == 0


def test_rows_that_the_database_numbers_are_numbered(cast: Cast) -> None:
    rows = [BatchRow(entry=10**6, place=place, kind="x", row=new_id(), digest="0" * 64) for place in range(3)]
    insert_rows(rows)
    kept = BatchRow.objects.filter(entry=10**6).order_by("place")
    assert [one.row for one in kept] == [one.row for one in rows]
    assert len({one.pk for one in kept}) == 3


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL follows an index without numbers of its own")
def test_an_index_that_an_upgrade_made_anew_is_counted_by_again(cast: Cast) -> None:
    """Where others of its table are, SQLite passes it over until then; what was never counted stays so."""
    with connection.cursor() as cursor:

        def counted() -> set[str]:
            return {index for (index,) in cursor.execute("SELECT idx FROM sqlite_stat1").fetchall()}

        cursor.execute("ANALYZE access_staff")
        cursor.execute("DELETE FROM sqlite_stat1 WHERE tbl <> 'access_staff'")
        before = counted()
        [made] = cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'staff_by_partner'").fetchone()
        cursor.execute("DROP INDEX staff_by_partner")
        cursor.execute(made)
        assert counted() == before - {"staff_by_partner"}
        look_at_new_indexes()
        assert counted() == before


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL counts by itself")
def test_a_command_has_tables_counted_that_grew_by_work_alone(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody ever analysed them: SQLite then read all that waits in a country for the home of one officer."""

    def known() -> int | None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT max(CAST(stat AS INTEGER)) FROM sqlite_stat1 WHERE tbl = 'intake_allegation'")
            return cursor.fetchone()[0]

    def tables() -> int:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA schema_version")
            return int(cursor.fetchone()[0])

    def came(*numbers: int) -> int | None:
        insert_rows([row(f"N-{number}", recorded_by=cast.officer.staff) for number in numbers])
        console.migrate()
        return known()

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE access_staff")
        cursor.execute("DELETE FROM sqlite_stat1")
    assert came(*range(10)) is None, "in which order few rows are read does not matter"
    monkeypatch.setattr(bulk, "FEW", 20)
    before = tables()
    assert came(*range(10, 30)) == 30
    assert tables() > before, "else a process that runs on would not learn of it"
    assert came(*range(30, 50)) == 30, "it is near enough"
    assert came(*range(50, 80)) == 80
    Allegation.objects.unscoped("test").filter(reference__in=[f"N-{number}" for number in range(50)]).delete()
    console.migrate()
    assert known() == 30


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL takes an empty table for an empty one")
def test_a_table_that_was_empty_when_others_were_counted_is_no_table_of_a_million(cast: Cast) -> None:
    """SQLite knows nothing of it: an officer's home read each report there is for proposals, of which there were none."""
    insert_rows([row(f"N-{number}", recorded_by=cast.officer.staff) for number in range(3 * bulk.FEW)])
    home = Proposal.objects.unscoped("test").select_related("allegation").filter(model="none").order_by("recorded_at")

    def scanned() -> list[str]:
        console.migrate()
        return [line for line in home.explain().splitlines() if "SCAN" in line]

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("DELETE FROM sqlite_stat1 WHERE tbl = 'linkage_proposal'")
    assert [line.split()[-1] for line in scanned()] == ["linkage_proposal"]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # which forgets what was said of it
    assert [line.split()[-1] for line in scanned()] == ["linkage_proposal"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL counts by itself")
def test_a_command_begins_all_the_same_where_nothing_can_be_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_COUNTED", "SELECT 1, 2 FROM no_such_table")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE access_staff")
    console.migrate()
