"""Importing a feed: totals that hold, nothing doubled, nothing lost, and what the log can prove afterwards."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook
from typer.testing import CliRunner

from fourfold.access.terms import NotFound, Refused
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.cli.main import app
from fourfold.gateways.bulk import make_missing_indexes
from fourfold.intake import queries, services
from fourfold.intake.models import Allegation, ImportRun, Quarantined, Retold
from fourfold.intake.rules.feeds import Mapping
from fourfold.intake.rules.feeds.read_ahead import answer, beside
from fourfold.intake.services import importing
from fourfold.intake.terms import CannotImport, InvalidMapping, InvalidTold, Totals
from tests.cast import NOW, Cast
from tests.intake.feeds import HEADER, feed, real, row, small, text_of


def run(cast: Cast, path: Path, mapping: Mapping | Path | None = None, **more: Any) -> Totals:
    """Import a file at Northmoor as the analyst, and check that the totals hold."""
    totals = services.import_file(
        **{"actor": cast.analyst, "path": path, "mapping": mapping or small(), "site": "northmoor", "at": NOW, **more}
    )
    assert totals.read == totals.accepted + totals.duplicates + totals.quarantined
    return totals


def numbers(totals: Totals) -> tuple[int, int, int, int, int]:
    """Return read, accepted, duplicates, quarantined, revised."""
    return totals.read, totals.accepted, totals.duplicates, totals.quarantined, totals.revised


def kept() -> dict[str, Allegation]:
    """Return every allegation by reference."""
    return {row.reference: row for row in Allegation.objects.unscoped("test")}


def proven() -> bool:
    """Say whether the log holds, with every batch."""
    return audit_queries.verify().clean and list(queries.faults_of_batches()) == []


def test_a_file_is_imported_word_for_word(cast: Cast, tmp_path: Path) -> None:
    story = '=1+1, "he said"\nand Zoë’s car\r\n'
    totals = run(cast, feed(tmp_path, [row("1", Story=story), row("2", Weapon="Y")]))
    assert numbers(totals) == (2, 2, 0, 0, 0)
    one = kept()["1"]
    assert one.words == story
    assert one.original["Story"] == story
    assert (one.channel, one.system, one.source, one.recorded_by) == ("feed", "small", "feed", cast.analyst.staff)
    assert kept()["2"].urgency == "now"
    assert proven()


def test_the_run_says_the_same_as_the_totals(cast: Cast, tmp_path: Path) -> None:
    totals = run(cast, feed(tmp_path, [row("1"), row("1"), row("2", Told="x")]))
    found = ImportRun.objects.get()
    assert found.pk == totals.run
    assert (found.read, found.accepted, found.duplicates, found.quarantined) == (3, 1, 1, 1)
    assert found.finished_at == NOW
    assert len(found.file_sha256) == len(found.mapping_sha256) == 64


def test_the_same_file_twice_adds_nothing(cast: Cast, tmp_path: Path) -> None:
    rows = [row("1"), row("2"), row("1", Story="other"), row("3", Told="31/02/2026"), row("2")]
    path = feed(tmp_path, rows)
    assert numbers(run(cast, path)) == (5, 2, 1, 2, 0)
    assert numbers(run(cast, path, at=NOW + timedelta(days=1))) == (5, 0, 3, 2, 0)
    assert Allegation.objects.unscoped("test").count() == 2
    assert Quarantined.objects.count() == 2
    assert not Retold.objects.unscoped("test").exists()
    assert proven()


def test_a_reference_told_again_with_other_content_is_kept_beside_the_first(cast: Cast, tmp_path: Path) -> None:
    run(cast, feed(tmp_path, [row("1", Story="He texted"), row("2")]))
    later = feed(tmp_path, [row("1", Story="He texted and came", Class="8Q"), row("2")], "later.csv")
    assert numbers(run(cast, later)) == (2, 1, 1, 0, 1)
    assert kept()["1"].words == "He texted", "what was told first is never edited"
    again = Retold.objects.unscoped("test").get()
    assert again.changed == {"Story": ["He texted", "He texted and came"], "Class": ["8R", "8Q"]}
    assert numbers(run(cast, later)) == (2, 0, 2, 0, 0)
    assert numbers(run(cast, feed(tmp_path, [row("1", Story="He texted"), row("2")]))) == (2, 0, 2, 0, 0)
    assert queries.as_told(kept()["1"].pk, actor=cast.analyst, at=NOW).retold == 1
    assert proven()


def test_a_reference_twice_in_one_file_with_other_content_waits_and_names_the_first(cast: Cast, tmp_path: Path) -> None:
    totals = run(cast, feed(tmp_path, [row("9"), row("1"), row("2"), row("1", Story="other"), row("1", Story="third")]))
    assert numbers(totals) == (5, 3, 0, 2, 0)
    held = Quarantined.objects.order_by("row_number")
    assert [one.fault for one in held] == ["reference used twice"] * 2
    assert held[0].reason.startswith("The reference “1” is also in row 3 with other content")


def test_rows_without_a_key_that_are_the_same_wait(cast: Cast, tmp_path: Path) -> None:
    path = feed(tmp_path, [row("a"), row("b"), row("a"), row("a")])
    keyless = small(reference=None)
    assert numbers(run(cast, path, keyless)) == (4, 2, 0, 2, 0)
    assert {one.fault for one in Quarantined.objects.all()} == {"same in every cell"}
    assert "row 2 in every cell" in Quarantined.objects.earliest("row_number").reason
    assert numbers(run(cast, path, keyless)) == (4, 0, 2, 2, 0)
    assert Quarantined.objects.count() == 2


def test_the_same_reference_of_two_systems_or_two_sites_is_two(cast: Cast, tmp_path: Path) -> None:
    path = feed(tmp_path, [row("1")])
    run(cast, path)
    assert numbers(run(cast, path, small(system="other"))) == (1, 1, 0, 0, 0)
    assert numbers(run(cast, path, actor=southmere_analyst(cast), site="southmere")) == (1, 1, 0, 0, 0)
    assert Allegation.objects.unscoped("test").count() == 3


def southmere_analyst(cast: Cast) -> Any:
    """Hire an analyst at the other site."""
    from fourfold.access.terms import Role
    from tests.cast import hire

    cast.staff["analyst_of_southmere"] = hire("Other Analyst", "southmere-police", Role.POLICE_ANALYST, "southmere")
    return cast.actor("analyst_of_southmere")


def test_a_row_held_back_once_and_read_now_is_settled_by_itself(cast: Cast, tmp_path: Path) -> None:
    path = feed(tmp_path, [row("1"), row("2", Class="9Z")])
    assert numbers(run(cast, path)) == (2, 1, 0, 1, 0)
    mended = small(**{"class": {"default": "99"}})
    assert numbers(run(cast, path, mended)) == (2, 1, 1, 0, 0)
    held = Quarantined.objects.get()
    assert (held.resolved_at, held.resolution) == (NOW, "read by a later import")
    assert proven()


def test_a_dry_run_gives_the_same_totals_and_stores_nothing(cast: Cast, tmp_path: Path) -> None:
    run(cast, feed(tmp_path, [row("1"), row("2")]))
    before = (Entry.objects.count(), Allegation.objects.unscoped("test").count(), ImportRun.objects.count())
    path = feed(tmp_path, [row("1"), row("2", Story="other"), row("3"), row("3"), row("4", Told="")], "next.csv")
    dry = run(cast, path, dry_run=True)
    assert dry.run is None
    assert (Entry.objects.count(), Allegation.objects.unscoped("test").count(), ImportRun.objects.count()) == before
    assert numbers(dry) == numbers(run(cast, path)) == (5, 2, 2, 1, 1)


def test_only_what_stalking_is_made_of_comes_to_the_desk(cast: Cast, tmp_path: Path) -> None:
    rows = [
        row("1", Class="T", Story="A bicycle is gone"),
        row("2", Class="T", Ex="Y", Story="x"),
        row("3", Class="8Q"),
    ]
    run(cast, feed(tmp_path, rows))
    assert {ref: one.for_desk for ref, one in kept().items()} == {"1": False, "2": True, "3": True}


def test_what_waits_keeps_its_cells_and_says_where_it_stands(cast: Cast, tmp_path: Path) -> None:
    run(cast, feed(tmp_path, [row("1"), row("2", Told="31/02/2026")], "june.csv"))
    held = Quarantined.objects.get()
    assert (held.row_number, held.column, held.fault) == (3, "Told", "no such date")
    assert held.raw["Told"] == "31/02/2026"
    assert held.raw["Name"] == "Anna Karlsen"


def test_a_workbook_is_imported_like_a_text_file(cast: Cast, tmp_path: Path) -> None:
    book = Workbook()
    for cells in (HEADER, row("1", Story="=1+1"), row("2")):
        book.active.append(list(cells))
    path = tmp_path / "feed.xlsx"
    book.save(path)
    mapping = small(file={"kind": "xlsx"})
    assert numbers(run(cast, path, mapping)) == (2, 2, 0, 0, 0)
    assert kept()["1"].words == "=1+1"
    assert numbers(run(cast, path, mapping)) == (2, 0, 2, 0, 0)


def test_days_and_hours_that_a_workbook_holds_as_such_are_read_whatever_the_mapping_writes(
    cast: Cast, tmp_path: Path
) -> None:
    book = Workbook()
    header, typed = list(HEADER), list(row("2"))
    held: list[object] = list(row("1"))
    held[header.index("Told")] = datetime(2026, 11, 23, 10, 0)  # noqa: DTZ001 -- a workbook knows no zone
    held[header.index("When")] = date(2026, 11, 22)
    held[header.index("Born")] = date(1985, 5, 3)
    for cells in (header, held, typed):
        book.active.append(cells)
    book.save(tmp_path / "feed.xlsx")
    assert numbers(run(cast, tmp_path / "feed.xlsx", small(file={"kind": "xlsx"}))) == (2, 2, 0, 0, 0)
    first, second = kept()["1"], kept()["2"]
    assert first.told_at == second.told_at
    assert first.victim_birth == second.victim_birth == "1985-05-03"
    assert (first.time_known, second.time_known) == (False, True)


def test_the_same_rows_as_text_and_as_workbook_are_the_same(cast: Cast, tmp_path: Path) -> None:
    book = Workbook()
    for cells in (HEADER, row("1")):
        book.active.append(list(cells))
    book.save(tmp_path / "feed.xlsx")
    run(cast, feed(tmp_path, [row("1")]))
    assert numbers(run(cast, tmp_path / "feed.xlsx", small(file={"kind": "xlsx"}))) == (1, 0, 1, 0, 0)


def test_many_rows_are_kept_in_batches_with_one_entry_each(cast: Cast, tmp_path: Path) -> None:
    heard: list[Totals] = []
    path = feed(tmp_path, [row(str(number)) for number in range(1_200)])
    run(cast, path, progress=heard.append)
    assert [totals.read for totals in heard] == [500, 1_000, 1_200]
    actions = list(Entry.objects.order_by("seq").values_list("action", flat=True))
    assert actions == ["feed.begun", *["feed.imported"] * 3, "feed.finished"]
    assert "Karlsen" not in "".join(Entry.objects.values_list("body", flat=True))
    assert proven()


@pytest.mark.parametrize("table", [Allegation, Retold, Quarantined])
def test_one_edited_byte_in_an_imported_row_shows(cast: Cast, tmp_path: Path, table: Any) -> None:
    run(cast, feed(tmp_path, [row("1"), row("2")]))
    run(cast, feed(tmp_path, [row("1", Story="other"), row("3", Told="?")], "later.csv"))
    assert proven()
    changed = {Allegation: {"words": "x"}, Retold: {"changed": {}}, Quarantined: {"reason": "x"}}[table]
    table._base_manager.filter(pk=table._base_manager.latest("row_number").pk).update(**changed)
    assert not proven()


def test_settling_a_row_leaves_the_proof_whole(cast: Cast, tmp_path: Path) -> None:
    run(cast, feed(tmp_path, [row("1", Told="?")]))
    held = Quarantined.objects.get()
    services.settle_held_row(actor=cast.analyst, held=held.pk, resolution="entered by hand", at=NOW)
    assert queries.held_rows(actor=cast.analyst, at=NOW).rows == ()
    assert queries.held_rows(actor=cast.analyst, at=NOW, settled=True).rows[0].resolution == "entered by hand"
    assert proven()


@pytest.mark.parametrize(
    ("resolution", "said"),
    [("", "in a few words"), ("x" * 301, "300 characters or fewer"), ("entered by hand", "already settled this row")],
)
def test_a_row_is_settled_once_and_with_a_reason(cast: Cast, tmp_path: Path, resolution: str, said: str) -> None:
    run(cast, feed(tmp_path, [row("1", Told="?")]))
    held = Quarantined.objects.get()
    if said.startswith("already settled"):
        services.settle_held_row(actor=cast.analyst, held=held.pk, resolution=resolution, at=NOW)
    with pytest.raises(InvalidTold, match=said):
        services.settle_held_row(actor=cast.analyst, held=held.pk, resolution=resolution, at=NOW)


def test_quarantine_is_its_sites_own(cast: Cast, tmp_path: Path) -> None:
    run(cast, feed(tmp_path, [row("1", Told="?")]))
    held = Quarantined.objects.get()
    other = southmere_analyst(cast)
    assert queries.held_rows(actor=other, at=NOW).rows == ()
    assert queries.runs(actor=other, at=NOW).rows == ()
    with pytest.raises(NotFound):
        queries.held_row(held.pk, actor=other, at=NOW)
    with pytest.raises(NotFound):
        services.settle_held_row(actor=other, held=held.pk, resolution="entered by hand", at=NOW)
    assert queries.held_row(held.pk, actor=cast.governance, at=NOW).reason == held.reason


@pytest.mark.parametrize("name", ["officer", "advocate", "clinician", "evaluator", "olu"])
def test_who_brings_in_no_feed_sees_no_quarantine(cast: Cast, name: str) -> None:
    for ask in (queries.runs, queries.held_rows):
        with pytest.raises(Refused):
            ask(actor=cast.actor(name), at=NOW)


def test_runs_and_rows_are_paged_by_key(cast: Cast, tmp_path: Path) -> None:
    run(cast, feed(tmp_path, [row(str(number), Told="?") for number in range(120)]))
    seen: list[int] = []
    page = queries.held_rows(actor=cast.analyst, at=NOW)
    seen += [one.row_number for one in page]
    while page.next:
        page = queries.held_rows(actor=cast.analyst, at=NOW, after=page.next)
        seen += [one.row_number for one in page]
    assert seen == list(range(2, 122))
    for number in range(60):
        run(cast, feed(tmp_path, [row("1")]), at=NOW + timedelta(minutes=number))
    first = queries.runs(actor=cast.analyst, at=NOW)
    assert len(first) == 50
    assert first.rows[0].started_by == cast.analyst.name
    assert len(queries.runs(actor=cast.analyst, at=NOW, after=first.next)) == 11


@pytest.mark.parametrize("name", ["officer", "coordinator", "advocate", "clinician", "governance", "olu"])
def test_only_the_analyst_brings_in_a_feed(cast: Cast, tmp_path: Path, name: str) -> None:
    for dry_run in (False, True):
        with pytest.raises(Refused):
            run(cast, feed(tmp_path, [row("1")]), actor=cast.actor(name), dry_run=dry_run)
    assert not kept()


def test_a_feed_is_not_brought_in_for_another_site(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        run(cast, feed(tmp_path, [row("1")]), site="southmere")


def test_two_imports_at_once_bring_each_reference_once(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first has found an empty table when a second brings the same file: it finds out and counts duplicates."""
    path = feed(tmp_path, [row("1"), row("2")])
    holds_any, raced = importing.holds_any, []

    def and_then_another_imports(*args: Any) -> bool:
        found = holds_any(*args)
        if not raced:
            raced.append(found)
            assert numbers(run(cast, path)) == (2, 2, 0, 0, 0)
        return found

    monkeypatch.setattr(importing, "holds_any", and_then_another_imports)
    assert numbers(run(cast, path)) == (2, 0, 2, 0, 0)
    assert raced == [False]
    assert sorted(ImportRun.objects.values_list("accepted", flat=True)) == [0, 2], "the first attempt was undone"
    assert len(kept()) == 2
    assert proven()


def test_a_first_feed_is_not_asked_for_references_that_cannot_be_there(cast: Cast, tmp_path: Path) -> None:
    def asked(name: str, *rows: list[str]) -> int:
        with CaptureQueriesContext(connection) as captured:
            run(cast, feed(tmp_path, list(rows), name=name))
        return sum('"reference" IN' in each["sql"] for each in captured)

    assert asked("first.csv", row("1"), row("2")) == 0
    assert asked("later.csv", row("2"), row("3")) == 2, "once to look it over, once to keep it"
    assert len(kept()) == 3


@pytest.mark.parametrize(
    ("name", "mapping", "held"),
    [("chicago_crimes", "chicago", 0), ("lapd_crimes", "lapd", 0), ("chicago_crimes_2022_slim", "chicago_slim", 5)],
)
def test_a_public_feed_is_imported_whole(cast: Cast, tmp_path: Path, name: str, mapping: str, held: int) -> None:
    path, rows, genuine = real(name, tmp_path)
    assert numbers(run(cast, path, Path(mapping))) == (rows, rows - held, 0, held, 0)
    assert numbers(run(cast, path, Path(mapping))) == (rows, 0, rows - held, held, 0)
    classes = dict(Allegation.objects.unscoped("test").values_list("reference", "recorded_class"))
    assert "8Q" in classes.values()
    if genuine and name == "chicago_crimes":
        counts = [list(classes.values()).count(code) for code in ("8Q", "66", "N", "88C")]
        assert counts == [13, 105, 1, 2], "the codes that the file's own description counts"
    assert proven()


# ---- files that cannot be read at all ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty"),
        (b"\n\n \n", "not in the file"),
        (b"\n\n", "has no rows"),
        (text_of([row()]).encode("utf-16"), "begins as utf-16 does"),
        (text_of([row(Name="Zoë")]).encode("cp1252"), r"is 0xEB, which utf-8 cannot have there"),
        (text_of([row()[:4]], HEADER[:4]).encode(), "The column “Story” is not in the file"),
        (text_of([], (*HEADER, "Told")).encode(), "stands twice"),
        (b'"Ref,Told\n1,2\n', "header cannot be taken apart"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_stores_nothing(
    cast: Cast, tmp_path: Path, content: bytes, said: str
) -> None:
    for dry_run in (True, False):
        with pytest.raises(CannotImport, match=said):
            run(cast, feed(tmp_path, content), dry_run=dry_run)
    assert not ImportRun.objects.exists()
    assert not Entry.objects.exists()


def test_a_file_that_is_not_there_says_so(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(CannotImport, match="cannot be opened: No such file"):
        run(cast, tmp_path / "nothing.csv")
    with pytest.raises(InvalidMapping, match="There is no mapping file"):
        run(cast, feed(tmp_path, [row()]), tmp_path / "nothing.toml")


def test_a_file_with_a_header_alone_is_read_to_its_end(cast: Cast, tmp_path: Path) -> None:
    assert numbers(run(cast, feed(tmp_path, []))) == (0, 0, 0, 0, 0)
    assert ImportRun.objects.get().finished_at == NOW
    assert proven()


def test_reading_ahead_in_another_process_changes_nothing(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [row(str(number), Story=f"He followed her, {number}") for number in range(1_300)]
    rows[7], rows[600], rows[1_299] = row("7", Told="31/02/2026"), row("3", Story="other"), row("5", Class="9Z")
    path = feed(tmp_path, rows)
    plain = run(cast, path, small(system="plain"))
    monkeypatch.setattr(importing, "LARGE", 0)
    ahead = run(cast, path, small(system="ahead"))
    assert (numbers(ahead), ahead.reasons) == (numbers(plain), plain.reasons)
    columns = ("reference", "row_hash", "row_number", "urgency", "urgency_reasons", "for_desk", "words", "told_at")
    of = {
        system: list(
            Allegation.objects.unscoped("test").filter(system=system).order_by("row_number").values_list(*columns)
        )
        for system in ("plain", "ahead")
    }
    assert of["plain"] == of["ahead"]
    assert proven()


def by_day() -> set[str]:
    """Return which of the indexes by day the table has now."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, Allegation._meta.db_table)
    return set(found) & set(importing.BY_DAY)


def test_sqlite_orders_a_first_large_file_by_day_once_it_is_in(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "LARGE", 0)
    during: list[set[str]] = []
    whole, sqlite = set(importing.BY_DAY), connection.vendor == "sqlite"
    run(cast, feed(tmp_path, [row("1")]), progress=lambda _: during.append(by_day()))
    assert (during, by_day()) == ([set() if sqlite else whole], whole)
    run(cast, feed(tmp_path, [row("2")]), progress=lambda _: during.append(by_day()))
    assert during[1:] == [whole]


def test_whoever_imports_next_makes_the_indexes_that_one_who_was_killed_left_out(cast: Cast, tmp_path: Path) -> None:
    with connection.cursor() as cursor:
        for name in importing.BY_DAY:
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
    assert by_day() == set()
    run(cast, feed(tmp_path, [row("1")]))
    assert by_day() == (set(importing.BY_DAY) if connection.vendor == "sqlite" else set())


@pytest.mark.parametrize("command", [["duties", "check"], None])
def test_the_next_command_makes_what_a_killed_import_left_out(cast: Cast, command: list[str] | None) -> None:
    """Where nobody imports again; and before tables change, for what removes an index of theirs would fail without it."""
    if connection.vendor != "sqlite":
        assert make_missing_indexes([Allegation]) == []  # there an import keeps its indexes
        return
    with connection.cursor() as cursor:
        for name in importing.BY_DAY:
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
    if command:
        said = CliRunner().invoke(app, command).output
        for name in importing.BY_DAY:
            assert f"The index {name} was missing, as where an import was killed: it is made." in said
    else:
        call_command("migrate", verbosity=0)
    assert by_day() == set(importing.BY_DAY)


def test_those_who_read_ahead_know_the_rules_and_nothing_of_the_command_or_the_framework() -> None:
    with beside(answer, eval, most=1) as [pipe]:
        pipe.send("sorted(__import__('sys').modules)")
        known = set(pipe.recv())
    assert "fourfold.intake.rules.feeds.reading" in known
    assert {"typer", "pytest", "django.db", "fourfold.cli.main"} & known == set()
