"""A table of what can be wrong with an installation, and what the doctor says of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from typer.testing import CliRunner

from fourfold.cli.main import app
from fourfold.config.environment import read
from fourfold.upkeep import doctor, rules, runs
from fourfold.upkeep.terms import NOTED, TIMERS, Certificate, Facts, Grade, OwnKeys, Run

AT = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)  # a Wednesday
RAN = Run(AT - timedelta(minutes=2), 0, AT - timedelta(minutes=2))
GIB = 1 << 30
SOUND = Facts(
    AT,
    production=True,
    engine="PostgreSQL",
    hosts=("fourfold.example",),
    proxies=("10.0.0.2",),
    log_end=AT - timedelta(minutes=1),
    superuser=False,
    may_make=False,
    server_version=170012,
    clock_off=timedelta(seconds=1),
    clock_kept=True,
    certificate=Certificate("fourfold.example", AT + timedelta(days=60)),
    runs=dict.fromkeys((*(one.name for one in TIMERS), *(words.replace(" ", "-") for words in NOTED)), RAN),
    own_keys=OwnKeys("/var/backups/fourfold-own-keys"),
    free=50 * GIB,
    total=100 * GIB,
    waiting=0,
    not_known_whether_sent=0,
    work=0,
    worker=True,
    accounts=40,
    unvouched=0,
    accounts_asked=0,
    failed=3,
    locked_out=0,
    feeds={"northmoor/niche": AT - timedelta(days=1)},
    feeds_stopped=0,
    rows_held=2,
)


def ran(name: str, run: Run | None) -> dict[str, Any]:
    return {"runs": SOUND.runs | {name: run}}


def test_of_a_sound_installation_nothing_is_to_be_mended() -> None:
    found = doctor.verdicts(SOUND)
    assert {verdict.grade for verdict in found} == {Grade.SOUND}, [v.says for v in found if v.grade is not Grade.SOUND]
    assert len({verdict.subject for verdict in found}) == len(doctor.JUDGES)
    assert doctor.exit_code(found) == 0


@pytest.mark.parametrize(
    ("changed", "subject", "grade", "says"),
    [
        ({"unknown_settings": {"FOURFOLD_ALOWED_HOSTS": "FOURFOLD_ALLOWED_HOSTS"}}, "settings", "mend", "nothing reads it. Is FOURFOLD_ALLOWED_HOSTS meant?"),
        ({"production": False}, "settings", "look", "for rehearsal"),
        ({"hosts": ("127.0.0.1", "localhost")}, "settings", "mend", "no name but this machine's own"),
        ({"hosts": ("*",)}, "settings", "mend", "whatever name a request carries"),
        ({"open_files": "Others on this machine may open a. Close them and start again: chmod go= a"}, "permissions", "mend", "Others on this machine may open a."),
        ({"trouble": ("The database does not answer: refused.",), "keys_fit": None}, "database", "mend", "does not answer"),
        ({"trouble": ("The database does not answer: refused.",), "keys_fit": None}, "keys", "not known", "could not be found out"),
        ({"missing_migrations": 3}, "database", "mend", "lacks 3 changes"),
        ({"superuser": True}, "database", "mend", "as a superuser"),
        ({"may_make": True}, "database", "look", "needs neither"),
        ({"engine": "SQLite"}, "database", "look", "serves one machine"),
        ({"not_listed": 2}, "backups", "mend", "2 disposals are not in the list with the keys"),
        ({"came_back": 1}, "backups", "mend", "1 cases are there again that were disposed of"),
        ({"server_version": 130009}, "database", "mend", "older than 14"),
        ({"keys_fit": False}, "keys", "mend", "not those with which the log"),
        ({"log_end": AT + timedelta(hours=2)}, "clock", "mend", "25 November 2026 at 11:00 UTC, which is still to come"),
        ({"clock_off": timedelta(seconds=-90)}, "clock", "mend", "differ by 90 seconds"),
        ({"clock_kept": False}, "clock", "mend", "Nothing keeps the clock right"),
        ({"clock_kept": None}, "clock", "not known", "cannot be seen from here"),
        ({"certificate": None}, "TLS", "not known", "Nobody asked"),
        ({"certificate": Certificate("x", trouble="certificate has expired")}, "TLS", "mend", "certificate has expired"),
        ({"certificate": Certificate("x", AT + timedelta(days=6))}, "TLS", "mend", "holds for 6 more days"),
        ({"certificate": Certificate("x", AT + timedelta(days=20))}, "TLS", "look", "holds for 20 more days"),
        ({"certificate": Certificate("x", AT - timedelta(days=1))}, "TLS", "mend", "ended"),
        ({"proxies": ()}, "proxies", "mend", "No proxy is trusted"),
        ({"proxies": ("10.0.0.0/8",)}, "proxies", "look", "Whoever sits in 10.0.0.0/8"),
        (ran("dispatch", None), "timers", "mend", "Nothing sends what waits in the outbox: `fourfold outbox dispatch` has never ended"),
        (ran("dispatch", Run(AT - timedelta(minutes=21), 0, None)), "timers", "mend", "last ended 21 minutes ago; it is due every 5 minutes"),
        (ran("dispatch", Run(AT, 1, AT - timedelta(days=2))), "timers", "look", "ended with 1; it last went well 2 days ago"),
        (ran("dispatch", Run(AT, 2, None)), "timers", "look", "it never went well"),
        (ran("digests", Run(AT - timedelta(days=3), 0, None)), "timers", "sound", "ended well 3 days ago"),
        (ran("backup", Run(AT, 2, AT - timedelta(hours=37))), "backups", "mend", "is 1 day old"),
        (ran("backup-keys", None), "backups", "mend", "keys: there was none yet"),
        (ran("backup-drill", Run(AT, 0, AT - timedelta(days=36))), "backups", "mend", "is 36 days old"),
        ({"own_keys": None}, "backups", "look", "has no key of its own"),
        ({"own_keys": OwnKeys("")}, "backups", "look", "has no key of its own"),
        ({"own_keys": OwnKeys("/o", missing=True)}, "backups", "mend", "The folder with the key of each backup, /o, is not there"),
        ({"own_keys": OwnKeys("/o", closed=True)}, "backups", "mend", "may not be read by the account"),
        ({"own_keys": OwnKeys("/o", open_files="Others on this machine may open /o. Close them and start again: chmod go= /o")}, "backups", "mend", "Others on this machine may open /o."),
        ({"own_keys": OwnKeys("/o", beside="/b")}, "backups", "mend", "lies with the backups, in /o and /b"),
        ({"own_keys": OwnKeys("/o", lost=("a", "b"))}, "backups", "mend", "The key of 2 backups is gone, the latest b: nobody can open them"),
        ({"free": 4 * GIB}, "disk", "mend", "4.0 of 100.0 GiB are free (4%)"),
        ({"free": 12 * GIB}, "disk", "look", "(12%)"),
        ({"free": None}, "disk", "not known", "could not be found out"),
        ({"waiting": None}, "outbox", "not known", "could not be found out"),
        ({"waiting": 4, "waiting_since": AT - timedelta(days=2)}, "outbox", "look", "4 wait to be sent, the first for 2 days"),
        ({"not_known_whether_sent": 1}, "outbox", "look", "Of 1 message to victims nobody can say whether"),
        ({"not_told": 2}, "outbox", "look", "2 changes could not be told to an agency's system"),
        ({"old_secrets": 2}, "keys", "look", "Agencies' systems use 2 secrets made more than a year ago, or before the root key was changed."),
        ({"work": None}, "work", "not known", "could not be found out"),
        ({"worker": None}, "work", "not known", "could not be found out"),
        ({"worker": False}, "work", "look", "Nobody is there"),
        ({"work": 1, "work_since": AT - timedelta(minutes=59)}, "work", "sound", "none of it waits longer"),
        ({"work": 2, "work_since": AT - timedelta(hours=3)}, "work", "look", "the first for 3 hours; somebody is at it"),
        ({"work": 1, "work_since": AT - timedelta(hours=3), "worker": False}, "work", "mend", "1 piece of work asked for in the browser is not done, the first for 3 hours, and nobody does it"),
        ({"accounts": None}, "accounts", "not known", "could not be found out"),
        ({"accounts_asked": 2, "asked_since": AT - timedelta(days=4)}, "accounts", "look", "2 requests wait for an agency's lead, the first for 4 days"),
        ({"accounts_asked": 2, "asked_since": AT - timedelta(days=2)}, "accounts", "sound", "Open accounts: 40"),
        ({"failed": None}, "sign-in", "not known", "could not be found out"),
        ({"locked_out": 1}, "sign-in", "look", "3 tries to sign in failed, and 1 met a door"),
        ({"failed": 50}, "sign-in", "look", "50 tries to sign in failed"),
        ({"feeds": None}, "feeds", "not known", "could not be found out"),
        ({"feeds_stopped": 1}, "feeds", "look", "were stopped"),
        ({"feeds": {"northmoor/niche": AT - timedelta(days=8)}}, "feeds", "look", "From northmoor/niche nothing was read to its end for 8 days"),
    ],
)  # fmt: skip
def test_what_is_not_sound_is_said_with_how_to_mend_it(
    changed: dict[str, Any], subject: str, grade: str, says: str
) -> None:
    found = [
        each for each in doctor.verdicts(replace(SOUND, **changed)) if each.subject == subject and says in each.says
    ]
    assert [(each.grade, bool(each.mend) or grade == "sound") for each in found] == [(grade, True)]
    assert doctor.exit_code(found) == (grade == "mend")


@pytest.mark.django_db
def test_the_doctor_looks_at_this_installation_and_changes_nothing(django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(
        14 + (connection.vendor == "postgresql")
    ):  # a server is asked what its role may do
        done = CliRunner().invoke(app, ["doctor", "--json"])
    said = {verdict["subject"]: verdict for verdict in json.loads(done.stdout)}
    assert said["keys"]["grade"] == "sound"
    assert said["settings"]["grade"] in ("look", "mend")
    assert said["outbox"]["says"].startswith("0 wait")
    assert done.exit_code == any(verdict["grade"] == "mend" for verdict in json.loads(done.stdout))


@pytest.mark.parametrize(
    ("timer", "last", "at", "due"),
    [
        ("dispatch", None, "2026-11-25T09:00", True),
        ("dispatch", "2026-11-25T08:56", "2026-11-25T09:00", False),
        ("dispatch", "2026-11-25T08:55", "2026-11-25T09:00", True),
        ("digests", "2026-11-24T07:00", "2026-11-25T06:59", False),
        ("digests", "2026-11-24T07:00", "2026-11-25T07:00", True),
        ("digests", "2026-11-25T07:00", "2026-11-25T12:00", False),
        ("digests", "2026-11-27T07:00", "2026-11-28T09:00", False),  # a Saturday
        ("digests", "2026-06-03T06:00", "2026-06-04T06:00", True),  # seven in London, in summer
        ("backup", None, "2026-11-25T02:29", False),
        ("backup", "2026-11-23T02:30", "2026-11-25T17:00", True),  # once for whatever was missed
    ],
)
def test_when_a_timer_is_due(timer: str, last: str | None, at: str, due: bool) -> None:
    (one,) = (each for each in TIMERS if each.name == timer)
    before = datetime.fromisoformat(f"{last}+00:00") if last else None
    assert rules.is_due(one, before, datetime.fromisoformat(f"{at}+00:00")) is due


def test_a_run_that_went_wrong_keeps_when_it_last_went_well(tmp_path: Any) -> None:
    runs.note(tmp_path, "outbox dispatch", 0, AT)
    runs.note(tmp_path, "outbox dispatch", 1, AT + timedelta(minutes=5))
    runs.note(tmp_path, "sites list", 0, AT)
    assert runs.last(tmp_path, "dispatch") == Run(AT + timedelta(minutes=5), 1, AT)
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["dispatch.json"]
    (tmp_path / "runs" / "dispatch.json").write_text("{")
    assert runs.last(tmp_path, "dispatch") is None


PRODUCTION = {"PRODUCTION": "1", "FOURFOLD_DEMO": "0", "FOURFOLD_ALLOWED_HOSTS": "fourfold.example"}


def test_the_drill_that_the_doctor_asks_for_can_be_typed_on_either_engine() -> None:
    """The site's role may make no database on PostgreSQL: the drill as it was named there could not begin."""
    due = replace(SOUND, **ran("backup-drill", None))
    for engine, scratch in (("PostgreSQL", True), ("SQLite", False)):
        (drill,) = [verdict for verdict in doctor.backups(replace(due, engine=engine)) if "drill" in verdict.says]
        assert ("fourfold backup drill" in drill.mend, "--scratch postgresql://" in drill.mend) == (True, scratch)


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ({}, None),
        ({"FOURFOLD_ALLOWED_HOSTS": "127.0.0.1,localhost"}, "FOURFOLD_ALLOWED_HOSTS names this machine alone"),
        ({"FOURFOLD_ALLOWED_HOSTS": "*"}, "FOURFOLD_ALLOWED_HOSTS may not be every name"),
        ({"FOURFOLD_TRUSTED_PROXIES": ""}, "FOURFOLD_TRUSTED_PROXIES names nobody"),
        ({"FOURFOLD_TRUSTED_PROXIES": "0.0.0.0/0"}, "FOURFOLD_TRUSTED_PROXIES: it may not name every address"),
        ({"FOURFOLD_TRUSTED_PROXIES": "the proxy"}, "FOURFOLD_TRUSTED_PROXIES: "),
        ({"FOURFOLD_ALOWED_HOSTS": "x"}, "FOURFOLD_ALOWED_HOSTS is no setting, and nothing reads it. Is FOURFOLD_ALLOWED_HOSTS meant?"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL: it must begin with sqlite:// or postgresql://"),
        ({"FOURFOLD_DATABASE_DIRECT": "db:5432"}, "FOURFOLD_DATABASE_DIRECT: it must begin"),
        ({"FOURFOLD_IDLE_MINUTES": "soon"}, "FOURFOLD_IDLE_MINUTES: enter a whole number"),
        ({"FOURFOLD_VOUCHED_DAYS": "0"}, "FOURFOLD_VOUCHED_DAYS: the number is too low"),
        ({"FOURFOLD_DEMO": "1"}, "set FOURFOLD_DEMO=0"),
        ({"APP_CLOCK": "2026-01-01"}, "unset FOURFOLD_TEST_MODE, FOURFOLD_DEBUG and APP_CLOCK"),
        ({"PRODUCTION": "perhaps"}, "PRODUCTION: enter 1 or 0"),
    ],
)  # fmt: skip
def test_a_missing_or_wrong_setting_stops_the_start_and_names_itself(
    changed: dict[str, str], names: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.core.exceptions import ImproperlyConfigured

    environ = PRODUCTION | changed
    for name in ("DATABASE_URL", "APP_CLOCK"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    try:
        why = read().why_not_serve(environ)
    except ImproperlyConfigured as wrong:
        why = str(wrong)
    assert (why is None) if names is None else why is not None and names in why


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("doctor", 1, "mend      database"),
        ("outbox list", 2, "The database gives no answer"),
        ("serve --port 1", 2, "The database gives no answer"),
    ],
)
def test_in_production_a_database_that_does_not_answer_is_said_in_words(
    tmp_path: Path, words: str, code: int, says: str
) -> None:
    """A password that is another, a pooler that is down: whoever types the doctor then has to read more than a fault."""
    tmp_path.chmod(0o700)
    own = {
        "PRODUCTION": "1",
        "FOURFOLD_DEMO": "0",
        "FOURFOLD_DATA_DIR": str(tmp_path),
        "FOURFOLD_ALLOWED_HOSTS": "fourfold.example",
    }
    env = {name: value for name, value in os.environ.items() if not name.startswith("FOURFOLD_")} | own
    env["DATABASE_URL"] = "postgresql://fourfold:another@127.0.0.1:9/fourfold"
    command = [sys.executable, "-m", "fourfold.cli.main", *words.split()]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert (done.returncode, says in said, "Traceback" in said) == (code, True, False), said
