"""The log: every write, read and refusal is there, in order, and any change to it shows."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, suppress
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from fourfold.access.models import Staff
from fourfold.audit import commitments, queries, services
from fourfold.audit.draft import Draft
from fourfold.audit.models import Entry, Head, Receipt
from fourfold.audit.terms import AlreadyDone, Conflict, KeyReused, LogUnavailable, Operation
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


def write(cast: Cast, name: str = "A. Nother", action: str = "staff.registered") -> Staff:
    """Do one audited write."""
    with services.recorded(cast.administrator, action, at=NOW, operation=Operation.ADMINISTRATION) as entry:
        return entry.about(Staff.objects.create(name=name, partner="programme", partner_kind="programme"))


def unlock() -> None:
    """Do as somebody with full power over the database would: take the triggers away."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        else:
            for verb in ("UPDATE", "DELETE"):
                cursor.execute(f"DROP TRIGGER audit_entry_{verb}")


def kinds() -> list[tuple[str, int]]:
    """Return what a verification finds: kinds and the entries they name."""
    return [(finding.kind, finding.seq) for finding in queries.verify().findings]


def test_a_clean_log_holds(cast: Cast) -> None:
    for number in range(5):
        write(cast, f"Person {number}")
    verdict = queries.verify()
    assert verdict.clean
    assert verdict.entries == 5


def test_the_entry_and_the_data_commit_together_or_not_at_all(cast: Cast) -> None:
    def fail() -> None:
        with services.recorded(cast.administrator, "staff.registered", at=NOW):
            Staff.objects.create(name="Gone", partner="programme", partner_kind="programme")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not Staff.objects.filter(name="Gone").exists()
    assert not Entry.objects.exists()


def test_an_entry_holds_identifiers_and_digests_never_personal_values(cast: Cast) -> None:
    staff = write(cast, "Very Personal")
    body = Entry.objects.get().body
    assert str(staff.pk) in body
    assert "Very Personal" not in body
    assert "Personal" not in body


def test_what_is_written_inside_a_write_is_said_in_order_and_the_logs_end_is_asked_for_once(cast: Cast) -> None:
    officer = cast.officer

    def says(action: str) -> AbstractContextManager[Draft]:
        return services.recorded(officer, action, at=NOW)

    with CaptureQueriesContext(connection) as asked, says("outer"):
        with says("first"), says("first.within"):
            services.consulted(officer, "looked.at", at=NOW)
        with suppress(ValueError), says("fails"):
            with says("fails.with.it"):
                pass
            raise ValueError
    said = Entry.objects.order_by("seq").values_list("action", flat=True)
    assert list(said) == ["looked.at", "first.within", "first", "outer"]
    assert sum("audit_head" in each["sql"] for each in asked) == 2
    assert kinds() == []


def test_a_refusal_is_remembered_though_the_write_is_not(cast: Cast) -> None:
    def fail() -> None:
        with services.recorded(cast.officer, "case.opened", at=NOW):
            Staff.objects.create(name="Gone", partner="programme", partner_kind="programme")
            services.refused(cast.officer, "case.opened", at=NOW, rule="role")
            raise PermissionError

    with pytest.raises(PermissionError):
        fail()
    entry = Entry.objects.get()
    assert entry.operation == "refusal"
    assert json.loads(entry.body)["rules"] == ["role"]


def test_what_a_page_shows_becomes_one_entry(cast: Cast) -> None:
    with services.reading(cast.officer, "page.case", at=NOW):
        services.consulted(cast.officer, "case", at=NOW, compartments={"core"}, count=1)
        services.consulted(cast.officer, "acts", at=NOW, compartments={"risk"}, count=30)
    body = json.loads(Entry.objects.get().body)
    assert body["compartments"] == ["core", "risk"]
    assert body["count"] == "26-100"


def test_no_log_no_data(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise DatabaseError("no space left on device")

    monkeypatch.setattr(services, "_append", fails)
    with pytest.raises(LogUnavailable), services.reading(cast.officer, "page.case", at=NOW):
        services.consulted(cast.officer, "case", at=NOW, compartments={"core"})


def test_the_database_refuses_to_edit_or_remove_an_entry(cast: Cast) -> None:
    write(cast)
    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.update(action="nothing.happened")
    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.all().delete()


@pytest.mark.parametrize(
    ("tampering", "kind"),
    [
        ("UPDATE audit_entry SET body = REPLACE(body, 'staff.registered', 'staff.registereD') WHERE seq = 3", "edited"),
        ("UPDATE audit_entry SET action = 'nothing' WHERE seq = 3", "edited"),
        ("UPDATE audit_entry SET at = '2020-01-01 00:00:00+00:00' WHERE seq = 3", "edited"),
        ("DELETE FROM audit_entry WHERE seq = 3", "removed"),
        ("DELETE FROM audit_entry WHERE seq IN (3, 4)", "removed"),
    ],
)
def test_an_edited_or_removed_entry_is_named(cast: Cast, tampering: str, kind: str) -> None:
    for number in range(6):
        write(cast, f"Person {number}")
    unlock()
    with connection.cursor() as cursor:
        cursor.execute(tampering)
    assert kinds()[0] == (kind, 3)


def test_swapped_entries_are_named(cast: Cast) -> None:
    for number in range(4):
        write(cast, f"Person {number}")
    unlock()
    with connection.cursor() as cursor:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            cursor.execute("UPDATE audit_entry SET seq = %s WHERE seq = %s", [new, old])
    assert kinds()[0][1] == 2


def test_an_inserted_entry_is_named(cast: Cast) -> None:
    for number in range(4):
        write(cast, f"Person {number}")
    unlock()
    forged = Entry.objects.get(seq=2)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET seq = seq + 10 WHERE seq > 2")
        cursor.execute("UPDATE audit_entry SET seq = seq - 9 WHERE seq > 10")
    forged.seq = 3
    forged.save(force_insert=True)
    assert kinds()[0][1] == 3


def test_a_log_cut_short_shows_even_when_its_own_end_was_rewound(cast: Cast) -> None:
    for number in range(4):
        write(cast, f"Person {number}")
    services.checkpoint(at=NOW)
    unlock()
    last = Entry.objects.get(seq=2)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE seq > 2")
    Head.objects.update(size=2, hash=last.hash)
    assert ("cut", 3) in kinds()


def test_a_rewritten_log_does_not_match_the_signed_checkpoint(cast: Cast) -> None:
    for number in range(3):
        write(cast, f"Person {number}")
    services.checkpoint(at=NOW)
    unlock()
    Entry.objects.all().delete()
    Head.objects.update(size=0, hash="0" * 64)
    for number in range(3):
        write(cast, f"Somebody else {number}")
    assert ("rewritten", 3) in kinds()


def test_a_forged_checkpoint_is_not_believed(cast: Cast) -> None:
    write(cast)
    path = settings.FOURFOLD.checkpoints
    path.parent.mkdir(parents=True, exist_ok=True)
    note = commitments.checkpoint_text(9, "f" * 64, "2026-01-01")
    with path.open("a") as file:
        file.write(json.dumps({"note": note, "signature": "AAAA"}) + "\n")
    assert [kind for kind, _ in kinds()] == ["checkpoint"]


def test_a_row_changed_behind_the_application_is_named(cast: Cast) -> None:
    staff = write(cast)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE access_staff SET name = 'Somebody' WHERE id = %s",
            [Staff._meta.pk.get_db_prep_value(staff.pk, connection)],
        )
    assert kinds() == [("row", 1)]


def test_a_form_sent_twice_is_stored_once(cast: Cast) -> None:
    with services.once("key-1", "name=A", cast.administrator, at=NOW):
        staff = write(cast)
    with pytest.raises(AlreadyDone) as second, services.once("key-1", "name=A", cast.administrator, at=NOW):
        write(cast)
    assert second.value.about is not None
    assert second.value.about.id == staff.pk
    assert Staff.objects.filter(name="A. Nother").count() == 1
    assert Receipt.objects.count() == 1


def test_one_key_with_two_contents_is_refused(cast: Cast) -> None:
    with services.once("key-1", "name=A", cast.administrator, at=NOW):
        write(cast)
    with pytest.raises(KeyReused), services.once("key-1", "name=B", cast.administrator, at=NOW):
        write(cast)


def test_a_form_that_failed_may_be_sent_again(cast: Cast) -> None:
    def fail() -> None:
        with services.recorded(cast.administrator, "staff.registered", at=NOW):
            raise RuntimeError

    with pytest.raises(RuntimeError), services.once("key-1", "name=A", cast.administrator, at=NOW):
        fail()
    with services.once("key-1", "name=A", cast.administrator, at=NOW + timedelta(seconds=1)):
        write(cast)
    assert Staff.objects.filter(name="A. Nother").count() == 1


def test_a_form_sent_twice_is_known_before_any_rule_inside_speaks(cast: Cast) -> None:
    with services.once("key-1", "name=A", cast.administrator, at=NOW):
        write(cast)
    with pytest.raises(AlreadyDone), services.once("key-1", "name=A", cast.administrator, at=NOW):
        raise Conflict("The case", theirs={}, version=2)
