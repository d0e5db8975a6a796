"""From a plan in a file to four files, at the command line: what cannot be done is said, with its exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from fourfold.audit.models import Entry
from fourfold.cli.main import app
from fourfold.evaluation import queries
from tests.cast import Cast, give_account
from tests.evaluation.test_rules import planted

pytestmark = pytest.mark.django_db

PLAN = Path(__file__).parents[1] / "evaluation" / "plan.toml"


@pytest.fixture
def rows(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Let the casework hold invented cases, after the guard has had its say."""
    give_account(cast, "evaluator", "a long password for tests", "JBSWY3DPEHPK3PXP")
    give_account(cast, "officer", "a long password for tests", "JBSWY3DPEHPK3PXP")
    made = planted(0.5, people=300)

    def invented(*, question: Any, at: Any, **_: Any) -> list[Any]:
        queries.require_registered(question, at=at)
        return made

    monkeypatch.setattr(queries, "deidentified_rows", invented)
    return made


def run(*options: str) -> Any:
    """Type the command."""
    return CliRunner().invoke(app, ["evaluate", *options])


def test_a_plan_becomes_a_report_and_every_number(rows: list[Any], tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run(str(PLAN), "--out", str(out), "--json")
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in out.iterdir()) == [
        "numbers.json",
        "report.docx",
        "report.html",
        "report.pdf",
    ]
    told = json.loads(done.stdout)
    assert told == json.loads((out / "numbers.json").read_text())
    assert told["status"] == "final", told["missing"]
    actions = list(Entry.objects.order_by("seq").values_list("action", flat=True))
    order = [
        actions.index(one) for one in ("question.registered", "extract.frozen", "extract.outcomes", "report.written")
    ]
    assert order == sorted(order)


def test_an_edited_plan_stops_it_until_the_reason_is_given(rows: list[Any], tmp_path: Path) -> None:
    assert run(str(PLAN), "--out", str(tmp_path)).exit_code == 0
    edited = tmp_path / "edited.toml"
    edited.write_text(PLAN.read_text().replace("= 365", "= 180"))
    refused = run(str(edited), "--out", str(tmp_path))
    assert refused.exit_code == 2
    assert "says something else" in refused.stderr
    assert run(str(edited), "--out", str(tmp_path), "--amend", "a year is too long").exit_code == 0
    html = (tmp_path / "report.html").read_text()
    assert "AFTER data had been frozen: a year is too long" in html
    assert "horizon_days" in html


def test_what_cannot_be_used_writes_nothing(rows: list[Any], tmp_path: Path) -> None:
    out = tmp_path / "out"
    empty = tmp_path / "empty.toml"
    empty.write_text("title = 'x'")
    draft = tmp_path / "draft.toml"
    draft.write_text(PLAN.read_text().replace('area = "E23000013"', 'area = "nowhere"'))
    for options, code, said in (
        ((str(empty),), 2, "[estimand]"),
        ((str(tmp_path / "none.toml"),), 2, "no file"),
        ((str(draft), "--final"), 2, "15 Roll-out"),
        ((str(PLAN), "--as", "officer@demo.invalid"), 3, ""),
        ((str(PLAN), "--as", "nobody@demo.invalid"), 2, "--as"),
    ):
        done = run(*options, "--out", str(out))
        assert (done.exit_code, out.exists()) == (code, False), (options, done.output, done.exception)
        assert said in done.stderr
