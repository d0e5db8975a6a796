"""The root key is changed by one command, which may be killed anywhere: nothing is lost, and old backups still come back.

The installation is a real one, of a SQLite in a folder; every command is a process of its own, as somebody types it.
The same on PostgreSQL: test_rotating_on_postgresql.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pyrage
import pytest

from fourfold.gateways.keyring import CannotOpen, open_keyring
from tests.databases import ROOT, copied_to

BEGIN = """
import os, signal
from fourfold.cli.console import begin
begin()
from django.conf import settings
from fourfold.upkeep.services import rotating
"""
WORLD = """
from allauth.mfa.models import Authenticator
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from fourfold.access.sessions import SessionStore
from fourfold.access.terms import Compartment
from fourfold.drafts import services as drafts
from fourfold.exhibits import services as exhibits
from fourfold.exhibits.terms import Brought
from fourfold.people import services as people
from tests.cast import NOW, give_account, programme, vouched
from tests.exhibits.test_pictures import jpeg
from tests.people.builders import file_of
cast = programme()
hers = file_of(cast)
give_account(cast, "analyst", "harbour-lantern-thistle-42", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
people.keep_safe_address(actor=cast.advocate, case_file=hers.file, victim=hers.victim, address="9 Invented Mews", at=NOW)
exhibits.receive(actor=cast.advocate, file=hers.file, site="northmoor", compartment=Compartment.ADVOCATE_CONFIDENTIAL,
                 brought=Brought("photograph", "A picture", jpeg(), "She brought it", "her"), at=NOW)
for number in range(25):
    drafts.keep_draft(actor=cast.officer, page=f"/page/{number}/", typed={"said": ["half a sentence"]}, at=NOW)
session = SessionStore(); session["who"] = "analyst"; session.create()
vouched(cast)
"""
READ = """
from fourfold.access.terms import place_of_factor
from fourfold.audit import services as audit
read = {}
for model, (column, place) in rotating.TABLES.items():
    for row in model._base_manager.all():
        said = getattr(row, column)
        for sealed in rotating._sealed_in(said) if isinstance(said, dict) else [said] if said else []:
            read[f"{model._meta.db_table} {row.pk}"] = [audit.keyring().open(sealed, place=place(row))[:60], sealed[:7]]
from django.contrib.sessions.models import Session
import json
print(json.dumps({"read": read, "sessions": Session.objects.count(), "secret": str(settings.SECRET_KEY)}))
"""
ROTATES = """
from fourfold.access import services as access
from fourfold.cli.console import now
rotating.rotate(actor=access.first_administrator(at=now()), at=now())
"""
KILLS = "lambda *words, **more: os.kill(os.getpid(), signal.SIGKILL)"


class Installation:
    """An installation in a folder, and who types its commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ours = {
            "FOURFOLD_DATA_DIR": str(folder),
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
            "DATABASE_URL": "",
            "FOURFOLD_DEMO": "0",
        }
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("FOURFOLD_")} | ours

    def run(self, code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", BEGIN + code], env=self.env, capture_output=True, text=True, check=False, cwd=ROOT
        )

    def typed(self, *words: str, code: int = 0) -> str:
        command = [sys.executable, "-m", "fourfold.cli.main", *words]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, check=False, cwd=ROOT)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def read(self) -> dict[str, object]:
        done = self.run(READ)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def copy(self, folder: Path) -> Installation:
        shutil.copytree(self.folder, folder)
        return Installation(folder)

    def empty(self, folder: Path) -> Installation:
        folder.mkdir()
        return Installation(folder)

    def has_tables(self) -> bool:
        return (self.folder / "fourfold.sqlite3").exists()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = Installation(tmp_path_factory.mktemp("rotating") / "here")
    made.folder.mkdir()
    copied_to(made.folder / "fourfold.sqlite3")
    done = made.run(WORLD)
    assert done.returncode == 0, done.stderr
    made.typed("audit", "verify")
    return made


def texts(read: dict[str, object]) -> dict[str, str]:
    return {name: said[0] for name, said in read["read"].items()}  # type: ignore[attr-defined]


def test_everything_sealed_is_sealed_anew_and_opens_with_the_new_key_alone(world: Installation, tmp_path: Path) -> None:
    here = world.copy(tmp_path / "here")
    before, kept = here.read(), (here.folder / "keys/keyring.json").read_bytes()
    foreseen = json.loads(
        here.typed("keys", "rotate", "--dry-run", "--json").splitlines()[0]
    )  # a slow machine says more
    assert (here.folder / "keys/keyring.json").read_bytes() == kept
    assert here.read() == before
    counts = {
        "exhibits_exhibit": 1,
        "exhibits_safecopy": 1,
        "people_safeaddress": 1,
        "drafts_draft": 25,
        "mfa_authenticator": 1,
    }
    assert (foreseen["resealed"], foreseen["sessions"], foreseen["epoch"]) == (counts, 1, 2)

    said = here.typed("keys", "rotate")
    assert "Sealed anew with root key 2: 29 rows." in said
    assert "Sessions that ended: 1." in said
    after = here.read()
    assert texts(after) == texts(before)
    assert {said[1] for said in after["read"].values()} == {"seal.2:"}  # type: ignore[attr-defined]
    assert (after["sessions"], after["secret"] != before["secret"]) == (0, True)
    here.typed("audit", "verify")
    earlier, looked_at = open_keyring(world.copy(tmp_path / "before").folder / "keys"), here.copy(tmp_path / "after")
    with pytest.raises(CannotOpen):
        open_keyring(looked_at.folder / "keys").open(
            earlier.seal("planted by whoever had the old key", place="here"), place="here"
        )
    here.typed("keys", "rotate")  # and again
    assert texts(here.read()) == texts(before)
    here.typed("audit", "verify")


@pytest.mark.parametrize(
    "killed",
    [
        "count = iter(range(24)); real = rotating._reseal\n"
        f"rotating._reseal = lambda *one: real(*one) if next(count, None) is not None else ({KILLS})()",
        f"rotating._left = {KILLS}",
        f"rotating.keyring.end_epoch = {KILLS}",
    ],
    ids=["in the middle of a table", "with the new key kept and not used", "before the keys say that all is done"],
)
def test_killed_anywhere_it_goes_on(world: Installation, tmp_path: Path, killed: str) -> None:
    here, before = world.copy(tmp_path / "here"), texts(world.read())
    assert here.run(killed + "\n" + ROTATES).returncode == -signal.SIGKILL
    assert texts(here.read()) == before, "whatever was reached, all of it can be read"
    assert "A change of the root key was broken off" in here.typed("doctor", code=1)
    assert json.loads(here.typed("keys", "rotate", "--json").splitlines()[0])["resumed"]
    after = here.read()
    assert texts(after) == before
    assert {said[1] for said in after["read"].values()} == {"seal.2:"}  # type: ignore[attr-defined]
    here.typed("audit", "verify")


def test_nobody_works_meanwhile(world: Installation, tmp_path: Path) -> None:
    here = world.copy(tmp_path / "here")
    open_keyring(here.folder / "keys")  # as a site does that runs
    kept = (here.folder / "keys/keyring.json").read_bytes()
    assert "Stop the site, the worker and the timers" in here.typed("keys", "rotate", code=2)
    assert (here.folder / "keys/keyring.json").read_bytes() == kept


def test_a_backup_of_before_comes_back_with_the_keys_of_before_and_with_those_of_now(
    world: Installation, tmp_path: Path
) -> None:
    here, secret = world.copy(tmp_path / "here"), pyrage.x25519.Identity.generate()
    identity, recipients = tmp_path / "identity", tmp_path / "recipients"
    identity.write_text(f"{secret}\n")
    recipients.write_text(f"{secret.to_public()}\n")

    def kept(what: str, where: str) -> str:
        said = here.typed("backup", what, str(tmp_path / where), "--recipients", str(recipients))
        (path,) = (line for line in said.splitlines() if line.endswith(".age"))  # a slow machine says more after it
        return path

    before = texts(here.read())
    data, keys = kept("data", "shelf"), kept("keys", "safe")
    here.typed("keys", "rotate")
    keys_now, data_now = kept("keys", "safe-now"), kept("data", "shelf-now")
    for number, (key, file, says) in enumerate(
        [(keys, data, ""), (keys_now, data, "The root key was changed since then: 29 rows"), (keys_now, data_now, "")]
    ):
        there = here.empty(tmp_path / f"there-{number}")
        there.typed("restore", key, "--identity", str(identity))
        said = there.typed("restore", file, "--identity", str(identity))
        assert ("The root key was changed" in said, says in said) == (bool(says), True)
        assert texts(there.read()) == before
        there.typed("audit", "verify")
    there = here.empty(tmp_path / "wrong")
    there.typed("restore", keys, "--identity", str(identity))
    said = there.typed("restore", data_now, "--identity", str(identity), code=2)
    assert "others, or older than it" in said
    assert not there.has_tables()


def test_whoever_has_the_old_key_writes_no_entry_after_its_change(world: Installation, tmp_path: Path) -> None:
    here = world.copy(tmp_path / "here")
    here.typed("keys", "rotate")
    forged = """
from fourfold.audit import commitments, rules
from fourfold.audit.models import Entry, Head
head, keys = Head.objects.get(), commitments.keyring()
digest = rules.link(head.hash, "{}")
Entry.objects.create(seq=head.size + 1, at=settings_now(), action="case.opened", operation="alteration", actor=Entry.objects.first().actor,
    body="{}", previous=head.hash, hash=digest, mac=keys.commitment("entry", digest.encode(), 1))
Head.objects.update(size=head.size + 1, hash=digest)
""".replace("settings_now()", "Entry.objects.last().at")
    assert (done := here.run(forged)).returncode == 0, done.stderr
    assert "was not written by this installation" in here.typed("audit", "verify", code=1)
