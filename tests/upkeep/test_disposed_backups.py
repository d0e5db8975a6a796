"""A case that was disposed of is in no file of the installation, in no fresh backup, and comes back from no older one."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pyrage
import pytest

from fourfold.upkeep.own import note
from tests.databases import copied_to

ROOT = Path(__file__).resolve().parents[2]
BEGIN = "import django, json; django.setup()\nfrom tests.cast import NOW\n"
SEED = """
from fourfold.demo.scenario import seed_two_sites
world = seed_two_sites(seed=11, at=NOW, without=(3, 4, 6))
print(json.dumps({
    "case": str(world.cases[1].case.pk), "reference": world.cases[1].case.reference,
    "words": [word for word, one in world.canaries.given.items() if one.case == 1],
    "others": [word for word, one in world.canaries.given.items() if one.case == 2]}))
"""
DISPOSE = """
import sys
from fourfold.access import services as access
from fourfold.cases.models import Case
from fourfold.governance.services import disposing
from tests.governance.test_nothing_is_left import signed
case = Case._base_manager.get(pk=sys.argv[1])
assert disposing._again(access.first_administrator(at=NOW), case, signed(case), NOW)
"""


class Place:
    """An installation of its own, as somebody types in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "data"
        self.data.mkdir(parents=True)
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("FOURFOLD_", "DATABASE"))}
        own = {"FOURFOLD_DATA_DIR": str(self.data), "DJANGO_SETTINGS_MODULE": "fourfold.config.settings"}
        self.env = plain | own | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}

    def python(self, program: str, *words: str) -> str:
        command = [sys.executable, "-c", program, *words]
        done = subprocess.run(command, env=self.env, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def types(self, *words: Any) -> str:
        program = "import sys; from fourfold.cli.main import app; app(sys.argv[1:])"
        return self.python(program, *map(str, words))

    def holds(self, words: list[str]) -> set[str]:
        """Return which of these words stand in a file below the folder of the data, as bytes."""
        kept = [path.read_bytes() for path in self.data.rglob("*") if path.is_file()]
        return {word for word in words if any(word.encode() in one for one in kept)}


@pytest.fixture
def key(tmp_path: Path) -> tuple[Path, Path]:
    secret = pyrage.x25519.Identity.generate()
    identity, recipients = tmp_path / "identity", tmp_path / "recipients"
    identity.write_text(f"{secret}\n")
    recipients.write_text(f"{secret.to_public()}\n")
    return identity, recipients


def opened(backup: Path, identity: Path) -> bytes:
    return bytes(pyrage.decrypt(backup.read_bytes(), [pyrage.x25519.Identity.from_str(identity.read_text().strip())]))


def unpacked(export: Path, identity: Path) -> bytes:
    """Return what stands in every file of an export, one after the other."""
    with tarfile.open(fileobj=io.BytesIO(opened(export, identity))) as files:
        return b"\n".join(files.extractfile(one).read() for one in files if one.isfile())  # type: ignore[union-attr]


def test_no_file_shows_it_and_no_older_backup_brings_it_back(tmp_path: Path, key: tuple[Path, Path]) -> None:
    identity, recipients = key
    here, shelf, safe = Place(tmp_path / "here"), tmp_path / "shelf", tmp_path / "safe"
    copied_to(here.data / "fourfold.sqlite3")
    told = json.loads(here.python(BEGIN + SEED).splitlines()[-1])
    assert len(here.holds(told["words"])) > 100, "else this looks for nothing"
    others = here.holds(told["others"])
    here.types("backup", "keys", safe, "--recipients", recipients)
    older = Path(here.types("backup", "data", shelf, "--recipients", recipients).splitlines()[0])
    assert told["words"][0].encode() in opened(older, identity)
    aside = tmp_path / "aside.data.age"
    older.rename(aside)

    here.python(BEGIN + DISPOSE, told["case"])
    assert here.holds(told["words"]) == set()
    assert here.holds(told["others"]) == others
    fresh = Path(here.types("backup", "data", shelf, "--recipients", recipients).splitlines()[0])
    clear = opened(fresh, identity)
    assert not [word for word in told["words"] if word.encode() in clear]
    assert told["others"][0].encode() in clear
    assert told["reference"] in (shelf / "disposals.jsonl").read_text()

    whole = unpacked(
        Path(here.types("export", tmp_path / "out", "--all", "--recipients", recipients).splitlines()[0]), identity
    )
    assert not [word for word in told["words"] if word.encode() in whole], "nor is it in what a force leaves with"
    assert told["others"][0].encode() in whole
    assert told["reference"].encode() in whole, "that it was disposed of goes with them"

    there = Place(tmp_path / "there")
    (keys,) = safe.glob("*.age")
    there.types("restore", keys, "--identity", identity)
    shutil.move(aside, shelf / "fourfold-20260101T000000Z.data.age")
    said = there.types("restore", shelf / "fourfold-20260101T000000Z.data.age", "--identity", identity)
    assert f"Disposed of again, as two people had signed after this backup: {told['reference']}" in said
    assert there.holds(told["words"]) == set()
    assert there.holds(told["others"])
    assert "The log holds" in said


def test_a_backup_with_a_key_of_its_own_is_opened_with_it_and_never_without(
    tmp_path: Path, key: tuple[Path, Path]
) -> None:
    identity, recipients = key
    here, shelf, own = Place(tmp_path / "here"), tmp_path / "shelf", tmp_path / "own"
    copied_to(here.data / "fourfold.sqlite3")
    here.types("backup", "keys", tmp_path / "safe", "--recipients", recipients)
    made = here.types("backup", "data", shelf, "--recipients", recipients, "--own-keys", own)
    backup, (alone,) = Path(made.splitlines()[0]), own.iterdir()
    with pytest.raises(pyrage.DecryptError):
        opened(backup, identity)
    there = Place(tmp_path / "there")
    there.types("restore", next((tmp_path / "safe").glob("*.age")), "--identity", identity)
    with pytest.raises(AssertionError, match="--key FILE"):
        there.types("restore", backup, "--identity", identity)
    assert "As it was on" in there.types("restore", backup, "--identity", identity, "--key", alone)
    assert "No key there is of a backup" in here.types("backup", "forget", own, "--before", "2020-01-01")
    assert alone.exists()
    assert f"Kept: {alone.name}" in here.types("backup", "forget", own, "--before", "2100-01-01")
    (later := own / "fourfold-20990101T000000Z.data.key.age").touch()
    note(here.data, shelf / "fourfold-20990101T000000Z.data.age", own)
    assert f"Destroyed: {alone.name}" in here.types("backup", "forget", own, "--before", "2098-01-01")
    assert list(own.iterdir()) == [later]


def test_a_backup_empties_the_log_beside_the_database_or_says_that_it_could_not(
    tmp_path: Path, key: tuple[Path, Path]
) -> None:
    here, (_, recipients) = Place(tmp_path / "here"), key
    copied_to(here.data / "fourfold.sqlite3")
    log = here.data / "fourfold.sqlite3-wal"
    with contextlib.closing(sqlite3.connect(here.data / "fourfold.sqlite3")) as reader:
        reader.execute("SELECT count(*) FROM django_migrations").fetchall()
        here.types("backup", "data", tmp_path / "shelf", "--recipients", recipients)
        assert log.stat().st_size == 0
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM django_migrations").fetchall()
        said = here.types("backup", "data", tmp_path / "shelf", "--recipients", recipients)
        assert "until the next backup" in said
        assert log.stat().st_size > 0
