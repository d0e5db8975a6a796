"""Two people change at the same moment what somebody is known by: both are kept, and the keys are those of both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_whoever_is_known_by_two_things_told_at_once_is_found_by_both(tmp_path: Path) -> None:
    server, url = connection.settings_dict, ""
    if connection.vendor == "postgresql":
        host = "{HOST}:{PORT}".format(**server)
        url = f"postgres://{server['USER']}:{server['PASSWORD']}@{host}/postgres"
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.marking", str(tmp_path), "10"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told == {"engine": connection.vendor, "done": 40, "wrong": 0, "first": []}
