"""Prometheus' own tool reads the alert rules, and each fires on a row of numbers and not on another."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools import system
from tools.progress import ROOT

RULES = ROOT / "deploy" / "alerts" / "fourfold.yaml"
TESTS = sorted((RULES.parent / "tests").glob("*.yaml"))


@pytest.fixture(scope="module")
def promtool() -> str:
    """Prometheus' tool of the system's packages, installed where it is not there; fails with the line to type."""
    if shutil.which("promtool") is None:
        system.install(["promtool"], purpose="Prometheus' tool")
    found = shutil.which("promtool")
    assert found is not None
    return found


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.slow
def test_prometheus_reads_the_rules_and_each_fires_when_it_should(promtool: str) -> None:
    checked = run(promtool, "check", "rules", RULES)
    assert (checked.returncode, "rules found" in checked.stdout) == (0, True), checked.stdout + checked.stderr
    for path in TESTS:
        tested = run(promtool, "test", "rules", path)
        assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.mark.slow
def test_a_rule_that_is_loosened_is_found(promtool: str, tmp_path: Path) -> None:
    (tmp_path / RULES.name).write_text(RULES.read_text().replace("disk_bytes < 0.1", "disk_bytes < 0.2"))
    folder = tmp_path / "tests"
    folder.mkdir()
    shutil.copy(RULES.parent / "tests" / "minutes.yaml", folder)
    assert "FourfoldDiskFills" in run(promtool, "test", "rules", folder / "minutes.yaml").stderr


def test_each_rule_is_held_against_numbers_on_which_it_fires_and_others_on_which_it_does_not() -> None:
    named = [rule["alert"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    held: dict[str, list[dict[str, Any]]] = {}
    for path in TESTS:
        for one in yaml.safe_load(path.read_text())["tests"]:
            held.setdefault(one["name"], []).append(one)
    assert set(held) == set(named)
    for name, tests in held.items():
        asked = [each for one in tests for each in one["promql_expr_test"]]
        assert all(f'alertname="{name}"' in each["expr"] for each in asked)
        fires = [each["exp_samples"] for each in asked]
        silent = [] in fires or any(len(one["input_series"]) > len(each) for one in tests for each in fires)
        assert (any(fires), silent) == (True, True), name
