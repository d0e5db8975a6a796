"""One edited byte anywhere shows: in the log, in a row it names, in a row that came by the batch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from fourfold.access.terms import Refused
from fourfold.audit import security
from fourfold.audit.models import BatchRow, Entry
from fourfold.base import new_id
from fourfold.governance import queries
from fourfold.governance.verification import whole_log
from fourfold.intake import queries as intake_queries
from fourfold.intake import services as intake
from fourfold.intake.models import Allegation
from fourfold.people import services as people
from fourfold.people.models import Subject, SubjectMark, Victim, VictimReach
from fourfold.people.terms import PastSubject, PastVictim, PersonDetails
from tests.audit.test_services import unlock
from tests.cast import NOW, Cast, vouched
from tests.intake import feeds

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(cast: Cast) -> Cast:
    return vouched(cast)


def test_a_clean_log_holds_and_only_oversight_may_ask(cast: Cast) -> None:
    assert whole_log().clean
    told: list[tuple[int, int]] = []
    assert queries.verdict(actor=cast.governance, told=lambda *far: told.append(far)).clean
    assert told[-1] == (told[0][1] - 1, told[0][1]), "all but the last step, which ends it"
    with pytest.raises(Refused):
        queries.verdict(actor=cast.officer, told=lambda done, steps: None)


def test_one_changed_word_in_a_row_that_came_by_the_batch_is_found_and_told_to_whoever_watches(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr(security, "told", lambda event, **facts: told.append((event, facts)))
    path = tmp_path / "feed.csv"
    path.write_text(feeds.text_of([feeds.row("1"), feeds.row("2")]))
    totals = intake.import_file(actor=cast.analyst, path=path, mapping=feeds.small(), site="northmoor", at=NOW)
    assert totals.accepted > 0
    assert whole_log().clean
    row = Allegation.objects.unscoped("test").filter(run__isnull=False).first()
    assert row is not None
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE intake_allegation SET words = words || '.' WHERE id = %s",
            [Allegation._meta.pk.get_db_prep_value(row.pk, connection)],
        )
    found = whole_log().findings
    assert [one.kind for one in found] == ["row"]
    assert told == [(security.LOG_BROKEN, {"count": 1})]


def test_a_forged_report_that_names_an_import_is_found_whichever_batch_it_names(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_text(feeds.text_of([feeds.row("1"), feeds.row("2")]))
    intake.import_file(actor=cast.analyst, path=path, mapping=feeds.small(), site="northmoor", at=NOW)
    assert list(intake_queries.faults_of_batches()) == []
    kept = Allegation.objects.unscoped("test").filter(run__isnull=False)
    forged = kept[0]
    for batch, row in ((None, 2), (None, None), (forged.batch, 2), (forged.batch, 900), (900, 2)):
        forged.pk, forged.reference, forged.batch, forged.row_number = new_id(), "forged", batch, row
        forged.save(force_insert=True)
        found = [one.meaning for one in intake_queries.faults_of_batches()]
        assert "1 rows of intake.allegation stand in no batch that an entry made" in found, (batch, row)
        kept.filter(pk=forged.pk).delete()


def test_no_edited_byte_of_the_entry_of_a_batch_breaks_the_reading_of_the_log(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_text(feeds.text_of([feeds.row("1"), feeds.row("2")]))
    intake.import_file(actor=cast.analyst, path=path, mapping=feeds.small(), site="northmoor", at=NOW)
    entry = Entry.objects.get(action="feed.imported")
    unlock()
    for place in range(0, len(entry.body), 29):
        letter = entry.body[place]
        for other in {"}", "7", "x"} - {letter}:
            Entry.objects.filter(pk=entry.pk).update(body=entry.body[:place] + other + entry.body[place + 1 :])
            assert ("edited", entry.seq) in [(one.kind, one.seq) for one in whole_log().findings], (place, other)


# ---- people who were taken over ------------------------------------------------------------------------------------

HER = PersonDetails(name="Nora Quill", birth="3 May 1985", phone="07700 900123")
HIM = PersonDetails(name="Sam Specimen", phone="07700 900777")
TABLES = {
    Victim: "given_name",
    VictimReach: "value",
    Subject: "family_name",
    SubjectMark: "value",
}


@pytest.fixture
def taken(cast: Cast) -> int:
    """Take over two people with a number each, and return the entry of the batch."""
    rows = [PastVictim(new_id(), "northmoor", HER, NOW), PastSubject(new_id(), "northmoor", HIM, NOW)]
    people.take_over(actor=cast.analyst, rows=rows, at=NOW)
    assert whole_log().clean
    return Entry.objects.get(action="people.taken_over").seq


def change(table: Any, column: str, pk: object) -> None:
    with connection.cursor() as cursor:
        name, key = table._meta.db_table, table._meta.pk.get_db_prep_value(pk, connection)
        cursor.execute(f"UPDATE {name} SET {column} = {column} || '.' WHERE {table._meta.pk.column} = %s", [key])


@pytest.mark.parametrize("table", TABLES)
def test_one_changed_byte_in_a_person_who_was_taken_over_is_found_and_named(taken: int, table: Any) -> None:
    row = table.objects.unscoped("test").get()
    change(table, TABLES[table], row.pk)
    (found,) = whole_log().findings
    assert (found.kind, found.seq) == ("row", taken)
    assert f"{table._meta.label_lower} {row.pk}" in found.meaning


def test_a_person_who_was_taken_over_and_is_gone_is_named(taken: int) -> None:
    row = SubjectMark.objects.unscoped("test").get()
    SubjectMark.objects.unscoped("test").filter(pk=row.pk).delete()
    (found,) = whole_log().findings
    assert found.meaning == f"people.subjectmark {row.pk} of entry {taken} is gone"


@pytest.mark.parametrize("way", ["changed", "removed", "exchanged", "all removed"])
def test_whoever_changes_the_digests_of_a_batch_too_is_found_by_its_root(taken: int, way: str) -> None:
    kept = list(BatchRow.objects.filter(entry=taken).order_by("place"))
    if way == "changed":
        BatchRow.objects.filter(pk=kept[0].pk).update(digest="0" * 64)
    elif way == "exchanged":
        BatchRow.objects.filter(pk=kept[0].pk).update(digest=kept[1].digest)
        BatchRow.objects.filter(pk=kept[1].pk).update(digest=kept[0].digest)
    else:
        BatchRow.objects.filter(pk__in=[one.pk for one in (kept if way == "all removed" else kept[:1])]).delete()
    found = whole_log().findings[0]  # what only the batch proved follows, as made by no entry
    assert (found.kind, found.seq) == ("batch", taken)


def test_what_a_service_changes_after_a_take_over_is_as_the_later_entry_left_it(cast: Cast, taken: int) -> None:
    victim, reach = Victim.objects.unscoped("test").get(), VictimReach.objects.unscoped("test").get()
    people.end_reach(actor=cast.advocate, victim=victim, reach=reach.pk, at=NOW)
    assert whole_log().clean
    change(VictimReach, "value", reach.pk)
    (found,) = whole_log().findings
    assert found.seq > taken
