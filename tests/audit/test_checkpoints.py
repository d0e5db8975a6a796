"""A new database beside an old one's checkpoints: nobody can tell it from a replaced one, so a person has to say."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from fourfold.access.models import Staff
from fourfold.audit import checkpoints, commitments, queries, services
from fourfold.audit.models import Entry, Head
from fourfold.audit.terms import Operation
from fourfold.cli import console, main
from fourfold.config.environment import Environment
from tests.audit.test_services import unlock
from tests.cast import NOW, Cast
from tests.databases import copied_to

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]


def write(cast: Cast, name: str) -> None:
    with services.recorded(cast.administrator, "staff.registered", at=NOW, operation=Operation.ADMINISTRATION) as entry:
        entry.about(Staff.objects.create(name=name, partner="programme", partner_kind="programme"))


def begin_anew() -> None:
    """Do what a deleted and re-made database is: a log without an entry."""
    unlock()
    Entry.objects.all().delete()
    Head.objects.update(size=0, hash="0" * 64)


@pytest.fixture
def old(cast: Cast) -> Path:
    """Three entries and their checkpoint, then another database; returns the checkpoint file that was left."""
    for number in range(3):
        write(cast, f"Person {number}")
    services.checkpoint(at=NOW)
    begin_anew()
    return settings.FOURFOLD.checkpoints


def put_aside(why: str) -> None:
    """Type the command that the sentence names."""
    found = re.search(r"mv '([^']+)' '([^']+)'", why)
    assert found is not None
    Path(found[1]).rename(found[2])


def test_a_database_without_a_log_does_not_begin_beside_another_ones_checkpoints(old: Path) -> None:
    why = queries.why_not_begin()
    assert why is not None
    assert str(old) in why
    assert "a log of 3 entries" in why
    assert "change nothing, and tell your governance lead" in why
    put_aside(why)
    assert queries.why_not_begin() is None
    assert Path(f"{old}.until-2026-11-24").exists(), "it is put aside, never deleted"


def test_a_database_with_a_log_and_one_without_checkpoints_begin(cast: Cast) -> None:
    assert queries.why_not_begin() is None
    write(cast, "Person")
    services.checkpoint(at=NOW)
    assert queries.why_not_begin() is None


def test_a_line_that_nobody_signed_keeps_no_database_from_beginning(old: Path) -> None:
    old.write_text('{"note": "fourfold audit\\n9\\n0\\n0\\n", "signature": "AAAA"}\nnothing\n')
    assert queries.why_not_begin() is None


@pytest.mark.parametrize("grown_to", [1, 3, 5])
def test_the_verification_says_what_to_do_where_a_new_database_began_all_the_same(
    cast: Cast, old: Path, grown_to: int
) -> None:
    for number in range(grown_to):
        write(cast, f"Somebody else {number}")
    first = queries.verify().findings[0]
    assert first.kind == ("cut" if grown_to < 3 else "rewritten")
    assert "If this is a new database on purpose" in first.meaning
    assert str(old) in first.meaning
    put_aside(first.meaning)
    assert queries.verify().clean


def test_a_log_that_was_cut_is_no_new_database_and_gets_no_such_advice(cast: Cast) -> None:
    for number in range(4):
        write(cast, f"Person {number}")
        services.checkpoint(at=NOW)
    unlock()
    kept = Entry.objects.get(seq=2)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE seq > 2")
    Head.objects.update(size=2, hash=kept.hash)
    (found,) = queries.verify().findings
    assert found.kind == "cut"
    assert "on purpose" not in found.meaning


def test_whoever_signs_over_an_older_checkpoint_is_found(cast: Cast, old: Path) -> None:
    """The key was there to be used: the new log agrees with the newer line, and the older one still counts."""
    for number in range(3):
        write(cast, f"Somebody else {number}")
    services.checkpoint(at=NOW)
    findings = queries.verify().findings
    assert [finding.kind for finding in findings] == ["rewritten", "rewritten"]
    assert any("lines 1 and 2 of the checkpoint file sign two different logs" in one.meaning for one in findings)


def test_the_first_checkpoint_of_a_size_counts(tmp_path: Path) -> None:
    path, keys = tmp_path / "one.jsonl", commitments.keyring()
    notes = [commitments.checkpoint_text(3, digest * 64, "2026-11-24T09:00:00+00:00") for digest in "ab"]
    path.write_text("".join(json.dumps({"note": note, "signature": keys.sign(note.encode())}) + "\n" for note in notes))
    assert checkpoints.read(path, keys.signed).hashes == {3: "a" * 64}


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real people's data: nothing is put aside by itself."""
    real = settings.FOURFOLD.model_copy(update={"production": True})
    monkeypatch.setattr(settings, "FOURFOLD", real)


def test_in_production_every_command_that_would_begin_stops_with_that_sentence(
    old: Path, production: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as stopped:
        console.migrate()
    assert stopped.value.exit_code == console.CANNOT
    assert f"mv '{old}'" in capsys.readouterr().err
    assert old.exists()


def test_beside_invented_data_the_file_is_put_aside_and_that_is_said(
    old: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = old.read_text()
    console.migrate()
    aside = Path(f"{old}.until-2026-11-24")
    assert f"kept in {aside}" in capsys.readouterr().err
    assert (old.exists(), aside.read_text()) == (False, before)


def test_what_was_put_aside_before_stays(old: Path) -> None:
    earlier = Path(f"{old}.until-2026-11-24")
    earlier.write_text("an earlier one")
    services.make_way()
    assert earlier.read_text() == "an earlier one"
    assert Path(f"{earlier}.2").exists()


def test_migrating_by_hand_stops_too_and_not_for_a_test_s_own_database(
    old: Path, production: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_command("migrate", "--plan", verbosity=0)
    monkeypatch.setattr(type(settings.FOURFOLD), "database", lambda _: connection.settings_dict)
    with pytest.raises(CommandError, match="on purpose"):
        call_command("migrate", "--plan", verbosity=0)


@pytest.mark.one_database  # it has a file of its own
def test_a_deleted_database_is_made_again_and_its_checkpoints_are_kept(tmp_path: Path) -> None:
    """As somebody types it: import, delete the file of the database, and import again."""
    database = tmp_path / "typed.sqlite3"
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("FOURFOLD_", "DJANGO_"))}
    environment = plain | {
        "DATABASE_URL": f"sqlite:///{database}",
        "FOURFOLD_DATA_DIR": str(tmp_path / "data"),
    }

    def typed(*command: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-m", "fourfold.cli.main", *command]
        return subprocess.run(program, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)

    def migrate() -> subprocess.CompletedProcess[str]:
        program = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"]
        return subprocess.run(program, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)

    copied_to(database)
    assert typed("outbox", "dispatch").returncode == 0  # registers the installation: the first entries and checkpoint
    database.unlink()
    again = migrate()
    assert again.returncode == 0
    kept = re.search(r"kept in (.+)\.$", again.stderr.strip())
    assert kept is not None
    assert Path(kept[1]).exists()
    assert typed("audit", "verify").returncode == 0


# ---- a file that was cut, and files that others keep --------------------------------------------------------------


@pytest.fixture
def signed(cast: Cast) -> Path:
    """Two checkpoints, each with an entry after it."""
    for number in range(2):
        write(cast, f"Person {number}")
        services.checkpoint(at=NOW)
    write(cast, "Person 2")
    assert queries.verify().clean
    return settings.FOURFOLD.checkpoints


@pytest.mark.parametrize("way", ["deleted", "emptied", "last line", "first line"])
def test_a_cut_or_deleted_checkpoint_file_is_found(signed: Path, way: str) -> None:
    lines = signed.read_text().splitlines(keepends=True)
    kept = {"deleted": [], "emptied": [], "last line": lines[:1], "first line": lines[1:]}[way]
    signed.write_text("".join(kept))
    if way == "deleted":
        signed.unlink()
    (found,) = queries.verify().findings
    assert found.kind == "checkpoint"
    assert "was cut, replaced or deleted" in found.meaning
    assert str(signed) in found.meaning


def test_a_line_of_any_bytes_is_a_finding(signed: Path) -> None:
    with signed.open("ab") as file:
        file.write(b'\xff\xfe\x00\n[[[[\n{"note": 7}\n{"note": "a\\nb\\nc\\nd", "signature": null}\n')
    assert [finding.kind for finding in queries.verify().findings] == ["checkpoint"] * 4


def test_a_witness_finds_a_log_that_was_written_anew_with_our_key(cast: Cast, signed: Path, tmp_path: Path) -> None:
    kept = tmp_path / "witnesses"
    kept.mkdir()
    (kept / "advocacy.jsonl").write_text(signed.read_text())
    assert queries.verify(witnesses=kept).clean
    begin_anew()
    Staff.objects.filter(name__startswith="Person").delete()
    signed.unlink()
    for number in range(2):
        write(cast, f"Somebody else {number}")
        services.checkpoint(at=NOW)
    assert queries.verify().clean, "with the key and the file, nothing shows here"
    found = {finding.kind for finding in queries.verify(witnesses=kept).findings}
    assert found == {"rewritten"}


@pytest.mark.parametrize("holds", ["nothing", "a foreign file", "no folder"])
def test_a_folder_without_witnesses_is_refused_and_never_ignored(
    signed: Path, tmp_path: Path, holds: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "witnesses"
    if holds != "no folder":
        folder.mkdir()
    if holds == "a foreign file":
        (folder / "notes.txt").write_text("Nothing that was signed.\n")
    with pytest.raises(CommandError, match="holds no checkpoint that this installation signed") as refused:
        call_command("audit_verify", witness_dir=str(folder))
    assert refused.value.returncode == 2
    with pytest.raises(typer.Exit) as stopped:
        main.verify(witness_dir=folder)
    assert stopped.value.exit_code == console.CANNOT
    assert "holds no checkpoint" in capsys.readouterr().err


def test_a_new_password_of_the_database_leaves_the_file_its_name(tmp_path: Path) -> None:
    """docs/how-to/rotate-keys.md lets it be written into DATABASE_URL: the log would not hold, for want of its checkpoints."""
    address = "postgresql://fourfold:{}@pooler:6432/fourfold"
    told = [{"data_dir": tmp_path, "DATABASE_URL": address.format(word)} for word in ("old", "new")]
    before, after = (Environment.model_validate(each).checkpoints for each in told)
    assert before == after
    other = {"data_dir": tmp_path, "DATABASE_URL": address.format("old") + "_two"}
    assert Environment.model_validate(other).checkpoints != before, "another database's are others"
