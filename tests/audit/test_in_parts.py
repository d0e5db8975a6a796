"""A long log read in parts: said to hold only where reading it in its order finds nothing, and with the same that was sealed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from fourfold.access.models import Staff
from fourfold.audit import draft, parts, proofs, queries, rules, services
from fourfold.audit.commitments import mac_of
from fourfold.audit.models import Entry, Head
from fourfold.audit.terms import Operation
from tests.audit.test_services import unlock, write
from tests.cast import NOW, Cast
from tests.databases import copied_to


class InThisProcess:
    """Reads each part here, where the test's own transaction is seen."""

    def __init__(self, *_: Any) -> None:
        self.map = map

    def shutdown(self, **_: Any) -> None:
        """There is nothing to end."""


@pytest.fixture(params=[1, 3, 1_000])
def log(request: pytest.FixtureRequest, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> list[Staff]:
    """Twelve entries, read so many at a time: rows made, changed in another part, and opened by, a page among them."""
    monkeypatch.setattr(parts, "AT_ONCE", request.param)
    monkeypatch.setattr(parts, "FROM", 1)
    monkeypatch.setattr(parts, "ProcessPoolExecutor", InThisProcess)
    monkeypatch.setattr(parts, "_others_see_it", lambda: True)
    people = [write(cast, f"Person {number}") for number in range(5)]
    for person in people[:3]:
        change(cast, person, f"{person.name}, married")
    page(cast, people[0], people[4])
    change(cast, people[4], "Person 4, married")
    services.checkpoint(at=NOW)
    page(cast, people[4])
    change(cast, people[0], "Person 0, again")
    assert Entry.objects.count() == 12
    return people


def change(cast: Cast, person: Staff, name: str) -> None:
    with services.recorded(cast.administrator, "staff.changed", at=NOW, operation=Operation.ADMINISTRATION):
        person.name = name
        person.save()


def page(cast: Cast, *opened_by: Staff) -> None:
    reader = replace(cast.officer, rests=())  # no entry tells of how the cast came
    with services.reading(reader, "page.case", at=NOW):
        services.rests_on(*opened_by)
        services.consulted(reader, "case", at=NOW, compartments={"core"}, count=1)


def end() -> rules.End:
    return rules.End(*queries._end(), queries.signed_checkpoints().hashes)


def in_order() -> proofs.Sealed:
    sealed = proofs.Sealed()
    list(rules.faults(queries._stored_entries(), end(), mac_of, sealed.note))
    return sealed


@pytest.mark.django_db
def test_parts_that_hold_say_what_the_whole_says(log: list[Staff]) -> None:
    found, whole = parts.held(end()), in_order()
    assert found is not None
    assert (found.latest, found.checkpoints, found.findings) == (whole.latest, whole.checkpoints, [])
    counted = {seq for rows in whole.latest.values() for seq, _ in rows.values()}
    assert {found.edition(seq) for seq in counted} == {whole.edition(seq) for seq in counted}
    assert queries.verify().clean


@pytest.mark.django_db
def test_what_pages_and_writes_leave_is_read_as_json_reads_it(log: list[Staff]) -> None:
    plain = 0
    for body in Entry.objects.values_list("body", flat=True):
        said, found = json.loads(body), parts._PLAIN.fullmatch(body)
        assert (found is None) is any(name in said for name in ("batch", "found", "root", "signed"))
        if found is not None:
            *told, opened, rows, number = found.groups()
            edition = str(said["edition"]) if "edition" in said else None
            assert told == [edition if name == "edition" else said.get(name) for name in parts._TOLD]
            assert (json.loads(opened or "{}"), json.loads(rows or "{}")) == (
                said.get("rests", {}),
                said.get("rows", {}),
            )
            assert int(number) == said["seq"]
            plain += 1
    assert plain >= 6


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"session": '","seq":4,"'},
        {"session": "}", "strength": "],"},
        {"partner": "\\", "client": "{"},
        {"fields": ["a],", '","file":"', "b"]},
        {"more": {"file": str(UUID(int=0)), "operation": "0" * 32}},
        {"more": {"a}": "},"}, "rules": ["]", "}"]},
        {"rests": {"a.b:},": ["0", "]"]}},
        {"about_kind": "a.é", "compartments": ["ß"], "count": "2-25"},
    ],
)
def test_columns_are_held_against_the_text_whatever_else_stands_in_it(more: dict[str, Any]) -> None:
    about, actor, moment = UUID(int=5), UUID(int=6), "2026-11-23 10:00:00"
    told: dict[str, Any] = {
        "about_id": str(about),
        "about_kind": "cases.case",
        "action": "cases.read",
        "actor": str(actor),
    }
    told |= {"at": "2026-11-23T10:00:00.000000+00:00", "operation": "consultation", "seq": 3, **more}
    body, shown = rules.canonical(told), (about.hex, told["about_kind"], "cases.read", actor.hex, None, "consultation")

    def holds(seq: int, moment: str, *shown: str | None) -> bool:
        return parts._Sealed().holds(seq, body, moment, *shown)

    assert holds(3, moment, *shown)
    assert holds(3, f"{moment}.000000", *shown)
    assert not any(holds(3, moment, *shown[:place], "0" * 32, *shown[place + 1 :]) for place in range(len(shown)))
    assert not any((holds(4, moment, *shown), holds(3, "2026-11-23 10:00:01", *shown)))
    assert not holds(3, "2026-11-23T10:00:00", *shown)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_entry SET body = REPLACE(body, 'staff.', 'stuff.') WHERE seq = 3",
        "UPDATE audit_entry SET action = 'nothing' WHERE seq = 3",
        "UPDATE audit_entry SET operation = 'refusal' WHERE seq = 12",
        "UPDATE audit_entry SET about_kind = '' WHERE seq = 1",
        "UPDATE audit_entry SET about_id = actor WHERE seq = 2",
        "UPDATE audit_entry SET file = actor WHERE seq = 9",
        "UPDATE audit_entry SET actor = about_id WHERE seq = 4",
        "UPDATE audit_entry SET at = '2020-01-01 00:00:00+00:00' WHERE seq = 3",
        "UPDATE audit_entry SET mac = hash WHERE seq = 12",
        "UPDATE audit_entry SET hash = previous WHERE seq = 4",
        "UPDATE audit_entry SET previous = hash WHERE seq = 4",
        "DELETE FROM audit_entry WHERE seq = 1",
        "DELETE FROM audit_entry WHERE seq IN (3, 4)",
        "DELETE FROM audit_entry WHERE seq = 12",
        "UPDATE audit_head SET size = 11",
        "UPDATE audit_head SET hash = '0'",
    ],
)
def test_whatever_was_tampered_with_is_left_to_the_reading_in_order(
    log: list[Staff], tampering: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock()
    with connection.cursor() as cursor:
        cursor.execute(tampering)
    assert parts.held(end()) is None
    findings = queries.verify().findings
    monkeypatch.setattr(parts, "FROM", 1_000)
    assert findings == queries.verify().findings != ()


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps whole numbers alone")
def test_an_entry_between_two_others_is_between_no_parts(log: list[Staff], monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite keeps the number 3.5 in a column of whole ones; and no part was asked for what is after 3 and before 4."""
    others = "at, action, operation, actor, file, about_kind, about_id, body, previous, hash, mac"
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO audit_entry (seq, {others}) SELECT 3.5, {others} FROM audit_entry WHERE seq = 3")
    assert parts.held(end()) is None
    findings = queries.verify().findings
    monkeypatch.setattr(parts, "FROM", 1_000)
    assert findings == queries.verify().findings != ()


@pytest.mark.django_db
def test_a_log_that_was_cut_and_rewound_is_not_what_was_signed(log: list[Staff]) -> None:
    unlock()
    services.checkpoint(at=NOW)
    Entry.objects.filter(seq=12).delete()
    Head.objects.update(size=11, hash=Entry.objects.get(seq=11).hash)
    assert parts.held(end()) is None


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["opened", "changed"])
def test_a_row_forged_before_it_was_used_is_found_across_parts(cast: Cast, log: list[Staff], way: str) -> None:
    person = log[2]
    Staff.objects.filter(pk=person.pk).update(name="Forged")
    person.refresh_from_db()
    if way == "opened":
        page(cast, person)
    else:
        change(cast, person, "Person 2, married")
    Staff.objects.filter(pk=person.pk).update(name="Person 2, married")
    assert parts.held(end()) is None
    assert ("row", 13) in [(each.kind, each.seq) for each in queries.verify().findings]


@pytest.mark.django_db
def test_a_page_read_just_before_another_write_is_no_finding(cast: Cast, log: list[Staff]) -> None:
    """What it read had been so when it began; where the write came in a part before, reading in order says so."""
    reader = replace(cast.officer, rests=draft.as_sealed([log[1]]), seen=services.how_long())
    change(cast, log[1], "Person 1, meanwhile")
    with services.reading(reader, "page.case", at=NOW):
        services.consulted(reader, "case", at=NOW, compartments={"core"}, count=1)
    assert rules.record(Entry.objects.get(seq=14).body)["seen"] == reader.seen == 12
    assert queries.verify().clean
    assert (parts.held(end()) is not None) is (parts.AT_ONCE > 1)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a file that other processes open")
def test_processes_of_their_own_read_the_file(tmp_path: Path) -> None:
    database = tmp_path / "log.sqlite3"
    copied_to(database)
    surroundings = {
        **{name: value for name, value in os.environ.items() if not name.startswith("FOURFOLD_")},
        "DATABASE_URL": f"sqlite:///{database}",
        "FOURFOLD_DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "fourfold.config.settings",
    }
    program = (
        "import django; django.setup()\n"
        "from django.core.management import call_command; call_command('migrate', verbosity=0)\n"
        "from datetime import datetime, UTC\n"
        "from fourfold.access import services as access\n"
        "from fourfold.audit import parts, queries, rules, services\n"
        "actor = access.first_administrator(at=datetime.now(UTC))\n"
        "for number in range(5): services.consulted(actor, 'case', at=datetime.now(UTC), count=number)\n"
        "parts.FROM, parts.AT_ONCE = 1, 2\n"
        "parts.os.sched_getaffinity = lambda _: {0, 1}\n"
        "assert parts.held(rules.End(*queries._end(), queries.signed_checkpoints().hashes)) is not None\n"
        "assert queries.verify().clean\n"
    )
    subprocess.run([sys.executable, "-c", program], env=surroundings, check=True)
