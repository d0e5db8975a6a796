"""`fourfold rollout cost`: an area by its name, an effect from a released file and its plan, refusals in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from fourfold.cli.main import app
from fourfold.evaluation import plans
from fourfold.evaluation.report import writing
from tests.evaluation.test_effect_released import EFFECT, report

PLAN = Path("tests/evaluation/plan.toml")
HASH = plans.plan_hash(plans.read_plan(PLAN.read_text(encoding="utf-8")))


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["rollout", "cost", "--area", "Merseyside", *words])


def released(folder: Path, plan_sha256: str = HASH) -> Path:
    """Write the numbers of a released report, as it left."""
    path = folder / "numbers.json"
    path.write_text(json.dumps(json.loads(writing.numbers(report(EFFECT))) | {"plan_sha256": plan_sha256}))
    return path


def test_an_effect_is_taken_from_a_released_file_and_the_plan_that_it_was_made_by(tmp_path: Path) -> None:
    told = json.loads(run("--evaluation", str(released(tmp_path)), "--plan", str(PLAN), "--json").stdout)
    assert told["place"] == "Merseyside"
    assert told["net"]["low"] < told["net"]["middle"] < told["net"]["high"]
    assert sum(step["change"] for step in told["bridge"]) == told["bridge"][-1]["total"]
    again = json.loads(run("--evaluation", str(released(tmp_path)), "--plan", str(PLAN), "--json").stdout)
    assert told == again, "the same seed"


def test_a_file_made_by_another_plan_gives_scenarios_and_the_reason(tmp_path: Path) -> None:
    said = run("--evaluation", str(released(tmp_path, "c" * 64)), "--plan", str(PLAN)).stdout
    assert "No number is taken from it" in said
    assert "cannot be given as a number" in said


@pytest.mark.parametrize(
    "told", ["{}", "[]", '{"title": "A plan for an area", "run": {}}', '{"plan_sha256": "a"}', "not JSON"]
)
def test_a_file_that_is_no_released_report_is_refused_before_anything_is_written(tmp_path: Path, told: str) -> None:
    file = tmp_path / "numbers.json"
    file.write_text(told)
    words = [
        "--area",
        "Merseyside",
        "--evaluation",
        str(file),
        "--registered",
        str(PLAN),
        "--out",
        str(tmp_path / "out"),
    ]
    done = CliRunner().invoke(app, ["rollout", *words])
    assert done.exit_code == 2, done.output
    assert "cannot be read: " in done.output
    assert not (tmp_path / "out").exists()


def documented(folder: Path, plan_sha256: str = HASH) -> tuple[Result, dict[str, Any], str]:
    """Write the recommendation for an area with an evaluation of a file; return what was said, its numbers and its page."""
    words = ["--area", "Merseyside", "--evaluation", str(released(folder, plan_sha256)), "--registered", str(PLAN)]
    done = CliRunner().invoke(app, ["rollout", *words, "--out", str(folder / "out")])
    assert done.exit_code == 0, done.output
    told = json.loads((folder / "out" / "recommendation.json").read_text())
    return done, told, (folder / "out" / "recommendation.html").read_text()


def test_a_document_of_the_command_takes_effect_and_what_was_seen_from_a_released_file(tmp_path: Path) -> None:
    done, told, page = documented(tmp_path)
    from_file = json.loads((tmp_path / "numbers.json").read_text())
    assert told["run"]["seen"]["concluded"] == from_file["parts"][0]["words"][0]
    assert told["run"]["seen"]["concluded"] in page
    assert told["run"]["seen"]["sites"] == 3
    more = next(one for one in from_file["numbers"] if one["name"] == "Cases with another act, per 100")
    assert told["run"]["seen"]["fewer_per_hundred"] == [-more["value"], -more["high"], -more["low"]]
    assert told["net"] is not None
    assert "no computed evaluation stands behind" not in page + done.output
    again = CliRunner().invoke(
        app, ["rollout", "--plan", str(tmp_path / "out" / "recommendation.json"), "--out", str(tmp_path / "again")]
    )
    assert "Take care" not in again.output, "made again to the same bytes"


def test_a_document_with_a_file_of_another_plan_gives_no_number_and_says_why(tmp_path: Path) -> None:
    done, told, page = documented(tmp_path, "c" * 64)
    assert "Take care: The report “" in done.output
    assert "No number is taken from it" in done.output
    assert "What was computed cannot be used here." in page
    assert "No number is taken from it" in page
    assert told["net"] is None


def test_what_was_changed_and_the_team_given_lead_from_the_shipped_list_to_this_plan() -> None:
    said = run("--set", "premises=1000,2000,3000@2024 by the landlord", "--team", "police=4,advocacy=3").stdout
    assert "as the landlord says: −" in said
    assert "The team that was given: −" in said
    assert "no post in psychology" in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--area", "Mersyside"), "Did you mean Merseyside"),
        (("--budget", "0"), "A budget of nought pays for no post"),
        (("--set", "premises=-1,2,3 by x"), "below nought"),
        (("--set", "premises=1,2 by x"), "Give a row as in"),
        (("--set", f"premises=1,2,3@{'1' * 5000} by x"), "Give a row as in"),
        (("--set", "premises=1,2,3@²⁰²⁴ by x"), "Give a row as in"),
        (("--set", "premises=1,2,3"), "Say who gives these figures"),
        (("--team", "police=lots"), "Give posts by profession"),
        (("--draws", "3"), "Give from 200"),
        (("--evaluation", "x.json"), "Give the plan"),
        (("--evaluation", "x.json", "--plan", "y.toml"), "cannot be read"),
    ],
)
def test_bad_input_is_refused_in_words(words: tuple[str, ...], says: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert says in done.stderr
