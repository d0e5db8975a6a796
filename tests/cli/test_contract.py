"""The test contract as somebody types it who was given a folder and an empty database, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.databases import copied_to

REPOSITORY = Path(__file__).resolve().parents[2]


def typed(folder: Path, *words: str) -> tuple[int, Any]:
    """Type `manage.py …` with a database of one's own; return the exit code and the JSON that was printed."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("FOURFOLD_", "DJANGO_"))}
    own = {"DATABASE_URL": f"sqlite:///{folder / 'trial.sqlite3'}", "FOURFOLD_DATA_DIR": str(folder / "kept")}
    command = [sys.executable, "manage.py", *words, "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=REPOSITORY, env=plain | own)
    return ended.returncode, json.loads(ended.stdout) if ended.stdout else ended.stderr


@pytest.mark.slow
def test_the_contract_begins_on_an_empty_database(tmp_path: Path) -> None:
    code, verdict = typed(tmp_path, "audit_verify")
    assert (code, [found["kind"] for found in verdict["findings"]]) == (1, ["absent"]), "no log is not a clean log"

    copied_to(tmp_path / "trial.sqlite3")  # the tables; test_releases.py makes a world where there are none
    code, world = typed(tmp_path, "seed_scenario", "--name", "two-sites", "--seed", "7")
    assert code == 0, world
    assert len(world["personas"]) == 13

    code, verdict = typed(tmp_path, "audit_verify")
    assert (code, verdict["clean"], verdict["findings"]) == (0, True, [])

    case = world["cases"][0]["reference"]
    answers = {}
    for who in ("p1", "p2"):
        asked = ["--user", f"{who}@scenario.invalid", "--action", "read", "--object", case]
        code, answer = typed(tmp_path, "authz_explain", *asked)
        assert code == 0, answer
        answers[who] = (answer["decision"], answer["policies"])
    assert answers["p1"][0] == "open"
    assert answers["p2"][0] == "closed"
    assert "no permit for core" in answers["p2"][1]
