"""What lies on the host is its owner's alone, and production starts with nothing invented and nothing open."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from typer.testing import CliRunner

from fourfold.access.models import Account
from fourfold.access.queries import why_not_real
from fourfold.audit.models import Entry
from fourfold.cli.console import OLDER_TABLES, why_not_these_tables
from fourfold.cli.main import app
from fourfold.config.environment import read
from fourfold.gateways.private import why_not_ours
from fourfold.programme import services as programme
from fourfold.programme.sites import shipped_site
from fourfold.upkeep import runs
from fourfold.upkeep.rules import is_due
from fourfold.upkeep.terms import TIMERS
from tests.cast import NOW
from tests.databases import copied_to
from tests.faults.warm import Moving

REPOSITORY = Path(__file__).resolve().parents[2]
REAL = {"PRODUCTION": "1", "FOURFOLD_DEMO": "0"}


def surroundings(kept: Path) -> dict[str, str]:
    """Return the environment of a program whose database and data lie in a folder."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("FOURFOLD_", "DJANGO_"))}
    return plain | {"DATABASE_URL": f"sqlite:///{kept / 'trial.sqlite3'}", "FOURFOLD_DATA_DIR": str(kept)}


def typed(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Type a command as somebody does whose files are open to everybody unless a program sees to it."""
    program = [sys.executable, "manage.py"] if words[0] == "migrate" else [sys.executable, "-m", "fourfold.cli.main"]
    return subprocess.run(
        ["sh", "-c", 'umask 022; exec "$@"', "sh", *program, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
        env=surroundings(folder / "kept") | more,
    )


def tables_in(kept: Path) -> None:
    """Let an empty database with its tables stand in a folder, its owner's alone, as `migrate` makes it (the first test)."""
    kept.mkdir(mode=0o700)
    copied_to(kept / "trial.sqlite3")


def modes(folder: Path) -> dict[str, str]:
    """Return for everything in a folder, and the folder, how far it is open."""
    found = [folder, *folder.rglob("*")]
    return {str(path.relative_to(folder)): oct(stat.S_IMODE(path.stat().st_mode)) for path in found}


def test_what_is_made_is_its_owner_s_alone_and_production_starts_only_so(tmp_path: Path) -> None:
    assert typed(tmp_path, "migrate", "contenttypes", "--verbosity", "0").returncode == 0
    kept = tmp_path / "kept"
    copied_to(tables := tmp_path / "tables.sqlite3")
    (kept / "trial.sqlite3").write_bytes(tables.read_bytes())  # as open as it was made; the rest takes five seconds
    assert typed(tmp_path, "outbox", "dispatch").returncode == 0
    found = modes(kept)
    assert {"trial.sqlite3", "keys/keyring.json"} < found.keys()
    assert any(name.startswith("checkpoints/") for name in found)
    wrong = {name: mode for name, mode in found.items() if mode != ("0o700" if (kept / name).is_dir() else "0o600")}
    assert wrong == {}

    assert typed(tmp_path, "audit", "verify", **REAL).returncode == 0
    (kept / "trial.sqlite3").chmod(0o644)
    (kept / "checkpoints").chmod(0o755)
    refused = typed(tmp_path, "audit", "verify", **REAL)
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
    (line,) = re.findall(r"Close them and start again: (.+)", refused.stderr)
    assert typed(tmp_path, "migrate", **REAL).returncode != 0, "neither by Django's own commands"
    subprocess.run(line, shell=True, check=True)  # as it is printed
    assert typed(tmp_path, "audit", "verify", **REAL).returncode == 0


def test_a_command_is_noted_by_its_words_however_the_program_is_called(tmp_path: Path) -> None:
    """`fourfold timers` calls it as a module: nothing was noted, and a container did every daily thing each twenty seconds."""
    tables_in(tmp_path / "kept")
    done = typed(tmp_path, "audit", "checkpoint", FOURFOLD_LOG="all")
    assert (done.returncode, '"command": "audit checkpoint"' in done.stderr) == (0, True), done.stderr
    noted = runs.last(tmp_path / "kept", "checkpoint")
    assert noted is not None
    (timer,) = [one for one in TIMERS if one.name == "checkpoint"]
    assert not is_due(timer, noted.at, noted.at + timedelta(minutes=1))


def test_a_misspelt_folder_stops_production_and_is_not_made(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir(mode=0o700)
    missing = tmp_path / "kept" / "forufold"
    for words in (("doctor",), ("outbox", "list"), ("migrate",)):
        refused = typed(tmp_path, *words, FOURFOLD_DATA_DIR=str(missing), **REAL)
        said = f"FOURFOLD_DATA_DIR names {missing}, and there is no such folder."
        assert (refused.returncode != 0, said in refused.stderr, missing.exists()) == (True, True, False), (
            refused.stderr
        )
    assert "Traceback" not in typed(tmp_path, "doctor", FOURFOLD_DATA_DIR=str(missing), **REAL).stderr


def test_a_relative_folder_that_is_not_there_is_said_so() -> None:
    assert "there is no such folder" in why_not_ours("FOURFOLD_DATA_DIR", Path("var/lib/nowhere-here"))


def test_a_folder_of_somebody_else_is_not_to_be_closed_but_named_rightly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever types /var/lib for /var/lib/fourfold was told to take all of it away from everybody else."""
    for name, value in (REAL | {"FOURFOLD_DATA_DIR": str(tmp_path), "DATABASE_URL": "", "APP_CLOCK": ""}).items():
        monkeypatch.setenv(name, value)
    tmp_path.chmod(0o755)
    place = read()
    assert "chmod -R go=" in (place.why_not_start() or "")
    asked = os.access
    monkeypatch.setattr(os, "access", lambda path, how: path != place.data_dir and asked(path, how))
    why = place.why_not_start()
    assert why is not None
    assert (f"FOURFOLD_DATA_DIR names {tmp_path}, in which this account may not write." in why, "chmod" in why) == (
        True,
        False,
    )


def test_production_whose_address_of_the_database_was_lost_begins_no_empty_one(tmp_path: Path) -> None:
    """A line misspelt as DATABSE_URL left the site with an empty SQLite beside the keys of the real database."""
    (signed := tmp_path / "kept" / "checkpoints").mkdir(parents=True, mode=0o700)
    for folder in (tmp_path / "kept", signed):
        folder.chmod(0o700)
    (signed / "584c0c7b5604.jsonl").touch(mode=0o600)
    refused = typed(tmp_path, "outbox", "list", DATABASE_URL="", **REAL)
    assert (refused.returncode, "DATABASE_URL is not set" in refused.stderr) == (2, True), refused.stderr
    assert not list((tmp_path / "kept").glob("*.sqlite3"))
    (signed / "embedded.jsonl").touch(mode=0o600)
    assert "The database here is empty" in typed(tmp_path, "outbox", "list", DATABASE_URL="", **REAL).stderr


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moving]:
    """The program as production runs it, loaded once for a folder after the other."""
    link = tmp_path_factory.mktemp("production") / "now"
    link.with_name("first").mkdir(mode=0o700)
    moving = Moving(link, surroundings(link) | REAL, REPOSITORY)
    yield moving
    moving.warm.close()


@pytest.mark.parametrize(
    "words",
    [
        "accounts sync {people}",
        "audit checkpoint",
        "backup data {to} --recipients {people}",
        "backup drill",
        "backup keys {to} --recipients {people}",
        "export {to} --all --recipients {people}",
        "keys rotate",
        "outbox digests",
        "outbox dispatch",
        "outbox list",
    ],
)
def test_a_command_says_of_an_empty_database_that_it_is_and_what_makes_it(
    tmp_path: Path, production: Moving, words: str
) -> None:
    (kept := tmp_path / "kept").mkdir(mode=0o700)
    (people := tmp_path / "people.csv").write_text("hr_id,email,agency,active\n1,,cheshire-police,yes\n")
    typed_words = [word.format(people=people, to=tmp_path) for word in words.split()]
    done = production.typed(kept, *typed_words)
    said = (done.returncode, "The database here is empty" in done.stderr, "fourfold.service" in done.stderr)
    assert said == (2, True, True), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.django_db
def test_tables_of_another_release_are_said_on_either_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DatabaseError) as fault, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM a_table_of_tomorrow")
    assert why_not_these_tables(fault.value) is None, "every table of this release is there"
    monkeypatch.setattr("fourfold.upkeep.queries.missing_migrations", lambda: frozenset({("cases", "0002")}))
    assert why_not_these_tables(fault.value) == OLDER_TABLES
    assert why_not_these_tables(ValueError("no such table: none")) is None


def test_a_database_elsewhere_is_looked_at_too(tmp_path: Path) -> None:
    elsewhere = tmp_path / "else where"
    url = {"DATABASE_URL": f"sqlite:///{elsewhere / 'trial.sqlite3'}"}
    assert typed(tmp_path, "migrate", "contenttypes", "--verbosity", "0", **url).returncode == 0
    assert set(modes(elsewhere).values()) == {"0o700", "0o600"}
    (elsewhere / "trial.sqlite3").chmod(0o640)
    refused = typed(tmp_path, "audit", "verify", **url, **REAL)
    assert (refused.returncode, f"chmod go= '{elsewhere}/trial.sqlite3'" in refused.stderr) == (2, True)


def test_keys_elsewhere_and_what_a_link_leads_to_are_looked_at_too(tmp_path: Path) -> None:
    """A link in the folder says nothing of how far that is open to which it leads: a file, or a folder with more in it."""
    kept, elsewhere = tmp_path / "kept", tmp_path / "else where"
    keys = {"FOURFOLD_SHARED_KEYS": str(elsewhere / "keys")}
    tables_in(kept)
    assert typed(tmp_path, "migrate", "--verbosity", "0", **keys).returncode == 0
    assert typed(tmp_path, "audit", "verify", **keys, **REAL).returncode == 0

    def refused(opened: Path, mode: int, **more: str) -> bool:
        before = stat.S_IMODE(opened.stat().st_mode)
        opened.chmod(mode)
        said = typed(tmp_path, "audit", "verify", **REAL, **more)
        opened.chmod(before)
        return (said.returncode, "Others on this machine may open" in said.stderr) == (2, True)

    assert refused(elsewhere / "keys" / "keyring.json", 0o640, **keys)
    (elsewhere / "keys").rename(elsewhere / "moved")
    (kept / "keys").symlink_to(elsewhere / "moved")
    assert typed(tmp_path, "audit", "verify", **REAL).returncode == 0, "the link itself is no open door"
    assert refused(elsewhere / "moved", 0o711)
    assert refused(elsewhere / "moved" / "keyring.json", 0o604)
    (kept / "trial.sqlite3").rename(elsewhere / "far.sqlite3")
    (kept / "trial.sqlite3").symlink_to(elsewhere / "far.sqlite3")
    assert refused(elsewhere / "far.sqlite3", 0o644)
    kept.rename(elsewhere / "kept")
    kept.symlink_to(elsewhere / "kept")
    assert refused(elsewhere / "kept", 0o755)
    (elsewhere / "kept" / "round").symlink_to(kept)
    (elsewhere / "kept" / "itself").symlink_to("itself")
    assert typed(tmp_path, "audit", "verify", **REAL).returncode == 0, "links that go round come to an end"


def test_production_begins_with_no_database_that_was_ever_invented(tmp_path: Path) -> None:
    script = (
        "from fourfold.cli import console; console.begin(); from django.core.management import call_command as call;"
        "call('migrate', verbosity=0);"
        "from fourfold.programme import services as programme; from fourfold.programme.sites import shipped_site;"
        "from datetime import datetime, UTC; at = datetime(2026, 1, 1, tzinfo=UTC);"
        "programme.found_site(actor=programme.installer(at=at), spec=shipped_site('cheshire'), at=at, invented=True)"
    )
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("FOURFOLD_", "DJANGO_"))}
    own = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'kept' / 'trial.sqlite3'}",
        "FOURFOLD_DATA_DIR": str(tmp_path / "kept"),
    }
    tables_in(tmp_path / "kept")
    subprocess.run([sys.executable, "-c", script], check=True, cwd=REPOSITORY, env=plain | own)
    for words in (("serve",), ("migrate",)):
        refused = typed(tmp_path, *words, **REAL)
        assert refused.returncode != 0, words
        assert "has held the invented programme" in refused.stderr, words
    served = subprocess.run(
        [sys.executable, "-c", "import fourfold.config.wsgi"],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
        env=plain | own | REAL,
    )
    assert (served.returncode, "has held the invented programme" in served.stderr) == (1, True)


@pytest.mark.django_db
@pytest.mark.door("the host")
def test_the_mark_of_an_invented_programme_outlives_its_people_and_stops_every_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert why_not_real() is None
    actor = programme.installer(at=NOW)
    programme.found_site(actor=actor, spec=shipped_site("cheshire"), at=NOW, invented=True)
    Account.objects.all().delete()
    assert "has held the invented programme" in (why_not_real() or "")
    assert Entry.objects.filter(action="programme.invented").exists()
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"production": True}))
    for words in (("audit", "verify"), ("code", "coordinator.cheshire@demo.invalid"), ("sites", "list")):
        refused = CliRunner().invoke(app, words)
        assert (refused.exit_code, refused.stdout) == (2, ""), words
        assert "has held the invented programme" in refused.stderr, words


def test_django_finds_nothing_to_mend_in_what_production_is_served_with(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir(mode=0o700)
    own = {
        "FOURFOLD_DATA_DIR": str(tmp_path / "kept"),
        "FOURFOLD_ALLOWED_HOSTS": "fourfold.example",
        "DATABASE_URL": "",
    }
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    here = {
        name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"
    }  # of the browser's tests
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=REPOSITORY, env=here | REAL | own)
    assert (done.returncode, "no issues" in done.stdout) == (0, True), done.stderr


def test_no_code_is_printed_where_nothing_is_invented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"demo": False}))
    refused = CliRunner().invoke(app, ["code", "coordinator.cheshire@demo.invalid"])
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "never in production" in refused.stderr


def test_the_settings_close_what_this_process_makes() -> None:
    assert settings.FOURFOLD is not None
    before = os.umask(0o077)
    assert before == 0o077
