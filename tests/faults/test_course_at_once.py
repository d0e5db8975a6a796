"""Two people decide on one course at the same moment: one is first, the other is told, and nothing is done twice."""

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


def test_of_two_who_decide_on_one_course_at_once_exactly_one_is_first(tmp_path: Path) -> None:
    server, url = connection.settings_dict, ""
    if connection.vendor == "postgresql":
        host = "{HOST}:{PORT}".format(**server)
        url = f"postgres://{server['USER']}:{server['PASSWORD']}@{host}/postgres"
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.coursing", str(tmp_path), "9"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert (told["engine"], told["wrong"], told["log"]) == (connection.vendor, 0, []), told["first"]
