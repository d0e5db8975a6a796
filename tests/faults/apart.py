"""A play of faults in a process and on a database of its own, whose report a test reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


def played(module: str, folder: Path, *words: object, at_most: int = 300) -> dict[str, Any]:
    """Run `python -m tests.faults.MODULE FOLDER WORDS…` on the engine of this test, and return the JSON that it prints."""
    server, url = connection.settings_dict, ""
    if connection.vendor == "postgresql":
        url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/postgres".format(**server)
    done = subprocess.run(
        [sys.executable, "-m", f"tests.faults.{module}", str(folder), *map(str, words)],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=at_most,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["engine"] == connection.vendor
    return told
