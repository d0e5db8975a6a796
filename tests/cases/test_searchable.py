"""Which reports are not searchable yet: asked of what came since all was found made, and of nothing else."""

from __future__ import annotations

import multiprocessing
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fourfold.cases import services as cases
from fourfold.cases.models import NameSound, Summary, ToldKey
from fourfold.cases.services import summaries
from fourfold.intake.models import Allegation, ImportRun
from fourfold.intake.rules.exchanged import numbers_of
from fourfold.intake.services.on_record import pair_of
from fourfold.intake.terms import Behaviour
from tests.cases.builders import told
from tests.cast import NOW, Cast
from tests.intake.feeds import feed, row
from tests.intake.test_importing import run

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)


def keep(cast: Cast) -> int:
    return cases.keep_summaries(actor=cast.analyst, site="northmoor", at=LATER)


def searchable() -> list[tuple[int, int]]:
    """Return of each import how many rows were found searchable, of how many."""
    return list(ImportRun.objects.order_by("started_at").values_list("searchable", "accepted"))


def made() -> dict[str, int]:
    """Return by reference from which version a report was made searchable."""
    return dict(Summary.objects.unscoped("a test").values_list("allegation__reference", "version"))


def test_an_import_is_asked_for_until_all_of_it_is_searchable(cast: Cast, tmp_path: Path) -> None:
    run(cast, feed(tmp_path, [row("1"), row("2")]))
    told(cast.analyst, at=NOW)
    assert keep(cast) == 3
    assert searchable() == [(2, 2)]
    with CaptureQueriesContext(connection) as captured:
        assert keep(cast) == 0
    asked = [each["sql"] for each in captured if "intake_allegation" in each["sql"]]
    assert len(asked) == 2, "those that no import brought, and those whose keys are not there"
    assert '"run_id" IS NULL' in asked[0]
    assert not any('."site" =' in each for each in asked), "beside its site SQLite goes through all of a site's"


def test_those_of_a_large_file_are_asked_for_from_where_the_last_were_made(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a report whose line tells of what another line of the same number tells is left out by neither."""
    run(cast, feed(tmp_path, [row(str(number)) for number in range(1, 8)]))
    Allegation.objects.unscoped("a test").filter(row_number__gt=4).update(row_number=4)
    monkeypatch.setattr(summaries, "SLAB", 2)
    with CaptureQueriesContext(connection) as captured:
        assert keep(cast) == 7
    asked = [each["sql"] for each in captured if "LIMIT 2" in each["sql"]]
    begins = [re.findall(r"row_number\" >= (\d+)", each) for each in asked]
    assert begins == [[], ["3"], ["4"], ["4"], ["4"]]


def test_a_later_version_is_made_searchable_and_nothing_else_anew(cast: Cast, tmp_path: Path) -> None:
    run(cast, feed(tmp_path, [row("1"), row("2")]))
    keep(cast)
    run(cast, feed(tmp_path, [row("1", Story="otherwise"), row("2")]), at=LATER)
    assert keep(cast) == 1
    assert made() == {"1": 2, "2": 1}
    assert searchable() == [(2, 2), (1, 1)]


def rows_made() -> list[list[tuple[Any, ...]]]:
    """Return all that is made of the reports, whatever order it was made in."""
    every = (
        Summary.objects.unscoped("a test").order_by("pk"),
        NameSound.objects.unscoped("a test").order_by("pk"),
        ToldKey.objects.order_by("key", "strength", "allegation").defer("id"),
    )
    return [list(rows.values_list(*(each.attname for each in rows.model._meta.fields[1:]))) for rows in every]


def test_other_processes_make_the_same_of_reports_and_go_where_it_is_stopped(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(cast, feed(tmp_path, [row(str(number), Story=f"follows her, AB12 CDE, {number}") for number in range(5)]))
    keep(cast)
    here = rows_made()
    assert [len(each) > 4 for each in here] == [True, True, True]
    Summary.objects.unscoped("a test").all().delete()
    ToldKey.objects.all().delete()
    ImportRun.objects.update(searchable=0)
    monkeypatch.setattr(summaries, "LARGE", 1)
    monkeypatch.setattr(summaries, "BATCH", 2)

    class StoppedError(Exception):
        pass

    def stop() -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        cases.keep_summaries(actor=cast.analyst, site="northmoor", at=LATER, between=stop)
    assert Summary.objects.unscoped("a test").count() == 2, "a batch is there or it is not"
    assert not multiprocessing.active_children()
    assert keep(cast) == 3
    assert rows_made() == here


LAST = {"told_by_key", "told_by_report", "heard_by_sound"}


def are_there() -> list[str]:
    """Return which of the indexes that a first file makes last are there."""
    with connection.cursor() as cursor:
        found = [connection.introspection.get_constraints(cursor, each._meta.db_table) for each in (ToldKey, NameSound)]
    return sorted(LAST & set(chain(*found)))


@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
def test_the_indexes_are_there_however_a_first_file_ended(
    killed: bool, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(cast, feed(tmp_path, [row(str(number)) for number in range(4)]))
    ToldKey.objects.all().delete()
    monkeypatch.setattr(summaries, "LARGE", 1)
    monkeypatch.setattr(summaries, "BATCH", 2)
    there = []

    def stop() -> None:
        there.append(are_there())
        raise InterruptedError

    with pytest.raises(InterruptedError):
        cases.keep_summaries(actor=cast.analyst, site="northmoor", at=LATER, between=stop)
    assert there == [sorted(LAST) if connection.vendor == "postgresql" else []], (
        "of a first file they are made at the end"
    )
    assert are_there() == sorted(LAST)
    if gone := killed and connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for each in LAST:
                cursor.execute(f"DROP INDEX {each}")
    later: list[list[str]] = []
    cases.keep_summaries(actor=cast.analyst, site="northmoor", at=LATER, between=lambda: later.append(are_there()))
    assert later == [[] if gone else sorted(LAST)], "where something is kept already they stay"
    assert are_there() == sorted(LAST)


@pytest.mark.parametrize("large", [1, 20_000], ids=["other processes", "this process"])
def test_a_report_that_somebody_judges_meanwhile_stops_no_import(
    large: int, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever judges a report has it looked up by from then on; the import had read it as one that has nothing yet."""
    run(cast, feed(tmp_path, [row(str(number)) for number in range(4)]))
    monkeypatch.setattr(summaries, "LARGE", large)
    monkeypatch.setattr(summaries, "BATCH", 2)

    def judging() -> None:
        waits = Allegation.objects.unscoped("a test").filter(summary__isnull=True)
        if (one := waits.first()) is not None:
            cases.judge_behaviour(actor=cast.analyst, allegation=one, behaviour=Behaviour.FOLLOWS, shown=True, at=LATER)

    assert cases.keep_summaries(actor=cast.analyst, site="northmoor", at=LATER, between=judging) == 3
    kinds = Summary.objects.unscoped("a test").values_list("kinds", flat=True)
    assert (len(kinds), sum(Behaviour.FOLLOWS in each for each in kinds)) == (4, 1)
    assert searchable() == [(4, 4)]


def test_reports_that_are_gone_meanwhile_stop_no_import(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(cast, feed(tmp_path, [row("1")]))
    found = summaries._without_summary
    monkeypatch.setattr(summaries, "_without_summary", lambda *asked: chain([[uuid4()]], found(*asked)))
    assert keep(cast) == 1


def test_what_is_kept_meanwhile_is_asked_for_the_next_time(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(cast, feed(tmp_path, [row("1"), row("2")]))
    [one], last = ImportRun.objects.all(), summaries._without_keys

    def another_batch(site: str) -> Iterator[Any]:
        run(cast, feed(tmp_path, [row("3")]), at=LATER)
        Allegation.objects.unscoped("a test").filter(reference="3").update(run=one)
        ImportRun.objects.filter(pk=one.pk).update(accepted=3)
        ImportRun.objects.exclude(pk=one.pk).update(accepted=0)
        return last(site)

    with monkeypatch.context() as patched:
        patched.setattr(summaries, "_without_keys", another_batch)
        keep(cast)
    assert searchable()[0] == (2, 3)
    assert "3" not in made()
    assert keep(cast) == 1
    assert searchable()[0] == (3, 3)
    assert set(made()) == {"1", "2", "3"}


def test_whoever_is_stopped_before_the_end_marks_nothing(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(cast, feed(tmp_path, [row("1"), row("2")]))
    with monkeypatch.context() as patched:
        patched.setattr(summaries, "_without_keys", lambda site: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            keep(cast)
    assert searchable() == [(0, 2)]
    assert keep(cast) == 0, "the reports were made before it was stopped"
    assert searchable() == [(2, 2)]


def test_another_sites_reports_are_left_to_it(cast: Cast, tmp_path: Path) -> None:
    theirs = told(cast.olu, at=NOW, site="southmere")
    cases.keep_summaries(actor=cast.olu, site="southmere", at=LATER)
    waiting = told(cast.olu, at=NOW, site="southmere")
    Summary.objects.unscoped("a test").update(keyed=False)
    run(cast, feed(tmp_path, [row("1")]))
    assert keep(cast) == 1
    assert set(made()) == {"1", theirs.reference}
    assert not Summary.objects.unscoped("a test").get(allegation=theirs).keyed
    assert waiting.reference not in made()


def test_a_delivery_is_held_against_the_reports_that_share_something_with_it_and_no_others(
    cast: Cast, tmp_path: Path
) -> None:
    run(cast, feed(tmp_path, [row(each, Name=f"Anna {each}arlsen") for each in "bcdfg"]))
    rows = Allegation.objects.unscoped("a test").order_by("row_number")
    wanted = numbers_of(pair_of(rows[1]))
    assert set(summaries.may_tell("northmoor", wanted)) == {each.pk for each in rows}, "none has keys yet"
    keep(cast)
    assert summaries.may_tell("northmoor", wanted) == [rows[1].pk]
    assert not summaries.may_tell("southmoor", wanted)
    assert not summaries.may_tell("northmoor", {1, 2, 3})
    Summary.objects.unscoped("a test").filter(allegation=rows[3].pk).update(keyed=False)
    assert set(summaries.may_tell("northmoor", wanted)) == {rows[1].pk, rows[3].pk}
    keep(cast)
    assert summaries.may_tell("northmoor", wanted) == [rows[1].pk]
