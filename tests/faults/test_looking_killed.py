"""The look at everybody survives SIGKILL: all it found is there or nothing is, and the next one neither waits nor differs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from tests.faults.looking import TWICE

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_a_killed_look_at_everybody_leaves_all_or_nothing_and_the_next_finds_the_same(tmp_path: Path) -> None:
    server, url = connection.settings_dict, ""
    if connection.vendor == "postgresql":
        host = "{HOST}:{PORT}".format(**server)
        url = f"postgres://{server['USER']}:{server['PASSWORD']}@{host}/postgres"
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.looking", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert (told["engine"], told["log"]) == (connection.vendor, [])
    *before, committed = told["rounds"]
    assert all(each["killed"] and each["said"] == "" for each in told["rounds"]), told["rounds"]
    assert [(each["pairs"], each["entries"]) for each in before] == [(0, 0)] * len(before)
    assert (committed["pairs"], committed["entries"]) == (len(TWICE), 1)
    last = told["last"]
    assert (last["killed"], last["said"]) == (False, "looked"), "nobody's turn outlives them"
    assert (last["pairs"], last["entries"]) == (len(TWICE), 2), "what was found before is not found a second time"
