"""A panel's decision survives SIGKILL: acknowledged is there, nothing is half there, and it is made exactly once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("decisions", "measures", "levels", "phases", "entries")
NOTHING = {"decisions": 0, "measures": 0, "levels": 0, "phases": 0, "entries": 0}
WHOLE = {"decisions": 1, "measures": 2, "levels": 1, "phases": 1, "entries": 1}


def run(*arguments: str) -> str:
    """Run the deciding process, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.deciding", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database in which one item waits to be decided."""
    folder = tmp_path_factory.mktemp("deciding")
    run("prepare", str(folder))
    return folder


@pytest.fixture(scope="module")
def rounds(folder: Path) -> list[dict]:
    """Twenty rounds, each killed at another point."""
    return json.loads(run("kill", str(folder), "20"))


def parts(state: dict) -> dict:
    """Only the counts of what a decision consists of."""
    return {name: state[name] for name in PARTS}


def test_twenty_processes_were_killed_at_twenty_points(rounds: list[dict]) -> None:
    assert len({each["where"] for each in rounds}) == 20
    before_the_end = [each for each in rounds if each["where"].startswith(("statement", "before", "after the"))]
    assert all(each["killed"] for each in before_the_end)


def test_a_killed_decision_is_there_wholly_or_not_at_all(rounds: list[dict]) -> None:
    for each in rounds:
        assert parts(each["left"]) in (NOTHING, WHOLE), each["where"]
        decided = each["left"]["decisions"] == 1
        assert each["left"]["phase"] == ("decided" if decided else "consolidating"), each["where"]
        assert each["left"]["level"] == ("high" if decided else ""), each["where"]


def test_what_was_acknowledged_is_there(rounds: list[dict]) -> None:
    for each in rounds:
        if each["said"] == "acknowledged":
            assert parts(each["left"]) == WHOLE, each["where"]
    after_commit = next(each for each in rounds if each["where"] == "after the commit")
    assert parts(after_commit["left"]) == WHOLE
    before_commit = next(each for each in rounds if each["where"] == "before the commit")
    assert parts(before_commit["left"]) == NOTHING


def test_pressing_again_is_safe_and_makes_exactly_one_decision(rounds: list[dict]) -> None:
    for each in rounds:
        there_already = each["left"]["decisions"] == 1
        assert each["again"] == ("CannotDecide" if there_already else "acknowledged"), each["where"]
        assert parts(each["then"]) == WHOLE, each["where"]


def test_log_and_file_hold_after_every_kill(rounds: list[dict]) -> None:
    for each in rounds:
        for state in (each["left"], each["then"]):
            assert state["clean"], each["where"]
            assert state["file"] == "ok", each["where"]


def test_of_two_chairs_at_the_same_moment_one_decides(folder: Path) -> None:
    for result in json.loads(run("race", str(folder))):
        assert result["said"] == ["CannotDecide", "acknowledged"]
        assert parts(result["then"]) == WHOLE
        assert result["then"]["clean"]
