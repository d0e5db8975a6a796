"""The command that works beside a page ends, with whatever it began, where somebody stops it; a fault in it is told, not hidden."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings

from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor
from fourfold.cli.beside import answered
from fourfold.evaluation import queries as evaluation
from fourfold.evaluation.models import Extract, Result
from fourfold.gateways import underway
from fourfold.gateways.underway import Underway
from fourfold.web import long_work
from tests.cast import Cast, give_account
from tests.evaluation.test_report import FLOW
from tests.evaluation.test_rules import planted

PLAYED = """
import subprocess, sys, time
from fourfold.cli import beside, console
console.begin()

def slow(asked, told):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
    told(child.pid, child.pid)
    {ends}

beside.answered = slow
beside.beside({file}, "played")
"""
#: How the work takes it: it may clear up; or it takes no notice, and is ended all the same.
ENDS = {
    "clears up": "try:\n        time.sleep(3600)\n    finally:\n        open('cleared', 'w').close()",
    "takes no notice": "while True:\n        try:\n            time.sleep(3600)\n        except KeyboardInterrupt:\n            pass",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(settings.CACHES["default"], "LOCATION", tmp_path / "cache")
    monkeypatch.setenv("FOURFOLD_DATA_DIR", str(tmp_path))
    return tmp_path


def soon(name: str, ready: object) -> Underway:
    until = time.monotonic() + 60
    while not ready((far := underway.how_far(name)) or Underway()):  # type: ignore[operator]
        assert time.monotonic() < until, far
        time.sleep(0.05)
    return far or Underway()


@pytest.mark.parametrize("how", ENDS)
def test_what_is_stopped_ends_with_all_that_it_began(folder: Path, how: str) -> None:
    with underway.file_of("played").open("a+") as file:
        assert underway.taken(file)
        underway.begins(file, "played")
        played = PLAYED.format(file=file.fileno(), ends=ENDS[how])
        words = [sys.executable, "-c", played]
        work = subprocess.Popen(
            words, cwd=folder, stdin=subprocess.DEVNULL, pass_fds=(file.fileno(),), start_new_session=True
        )
    child = soon("played", lambda far: far.steps).steps
    underway.stop("played")
    assert soon("played", lambda far: far.stopped) == Underway("played", stopped=True)
    assert work.wait(timeout=60) != 0
    assert (folder / "cleared").exists() is (how == "clears up")
    until = time.monotonic() + 60
    while Path(f"/proc/{child}").exists() and "Z" not in Path(f"/proc/{child}/stat").read_text().split()[2]:
        assert time.monotonic() < until, "what it began lives on"
        time.sleep(0.05)


def test_who_cannot_begin_leaves_word_of_a_failure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database that the settings name is not there: nothing is said of what is in the command's own lines."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{folder / 'nowhere' / 'none.sqlite3'}")
    with underway.file_of("check").open("a+") as file:
        assert underway.taken(file)
        underway.begins(file, "check")
        long_work.command(file, "check", "{}")
    assert soon("check", lambda far: far.is_over) == Underway("check", failed=True)


def ask(actor: Actor, what: str, about: str = "", once: tuple[str, str] | None = None) -> str:
    who = {
        each: str(getattr(actor, each) or "")
        for each in ("staff", "account", "session", "strength", "client", "purpose")
    }
    return answered(json.dumps({"what": what, "about": about, "who": who, "once": once}), lambda done, steps: None)


@pytest.mark.django_db
def test_who_may_not_is_told_so_and_nobody_unknown_does_anything(cast: Cast) -> None:
    assert "role" in ask(cast.officer, "check")
    assert '"findings": ' in ask(cast.governance, "check")
    with pytest.raises(LookupError):
        ask(replace(cast.officer, staff=UUID(int=0)), "check")


@pytest.mark.django_db
def test_what_was_asked_twice_by_one_form_is_done_once_as_whoever_asked_in_that_session(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "deidentified_rows", lambda **_: planted(0.5, people=300))
    monkeypatch.setattr(evaluation, "flow", lambda **_: FLOW)
    account = give_account(cast, "evaluator", "a long enough invented password", "JBSWY3DPEHPK3PXP")
    actor = replace(cast.evaluator, account=account.pk, session="a session", strength="password+totp", client="a desk")
    for _ in range(2):
        assert ask(actor, "compute", once=("a-key", "a digest")) == ""
    assert Extract.objects.count() == Result.objects.count() == 1
    body = Entry.objects.filter(action="findings.computed").get().body
    assert '"session":"a session"' in body
    assert '"strength":"password+totp"' in body
    assert f'"account":"{account.pk}"' in body
