"""From a plan in a file to four files, at the command line: what cannot be done is said, with its exit code."""

from __future__ import annotations

import json
import logging
import re
import shlex
from dataclasses import astuple, replace
from html import escape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from typer.testing import CliRunner

from fourfold import stats
from fourfold.audit.models import Entry
from fourfold.cli.main import app
from fourfold.evaluation import queries
from fourfold.evaluation.models import Extract
from fourfold.evaluation.terms import COLUMNS
from fourfold.gateways import parquet
from tests.cast import Cast, give_account
from tests.evaluation.test_report import FLOW
from tests.evaluation.test_rules import planted

pytestmark = pytest.mark.django_db

PLAN = Path(__file__).parents[1] / "evaluation" / "plan.toml"
GUIDE = (Path(__file__).parents[2] / "docs" / "how-to" / "evaluate.md").read_text()
TYPED = [shlex.split(line)[2:] for line in re.findall(r"^ *(fourfold evaluate .*)$", GUIDE, re.MULTILINE)]
"""What the guide has people type, in its order: a plan, and an extract that was frozen elsewhere."""


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
    monkeypatch.setattr(queries, "flow", lambda **_: FLOW)
    return made


def run(*options: str) -> Any:
    """Type the command."""
    return CliRunner().invoke(app, ["evaluate", *options])


def test_a_plan_becomes_a_report_and_every_number(
    rows: list[Any], tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plan.toml").write_text(PLAN.read_text())
    out = tmp_path / "report"
    with caplog.at_level(logging.DEBUG):
        done = run(*TYPED[0], "--json")
    logged = "".join(
        f"<p>{escape(record.getMessage())}</p>" for record in caplog.records if "sql" not in record.__dict__
    )
    assert stats.gate_markup(logged + escape(done.stderr)) == ()
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
    for wanted in (path.name for path in out.iterdir()):
        assert f"`{wanted}`" in GUIDE, "the guide names what is written"
    brought(rows, Path("extract.parquet"))
    again = run(*TYPED[1])
    assert (again.exit_code, len(TYPED)) == (0, 2), again.stderr


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


def brought(rows: list[Any], path: Path) -> Path:
    """Write rows as a file from elsewhere, with its hash beside it."""
    sha256 = parquet.write([astuple(row) for row in rows], COLUMNS, path, order_by="pseudonym")
    Path(f"{path}.sha256").write_text(f"{sha256}  {path.name}\n")
    return path


def changed(rows: list[Any], **values: Any) -> list[Any]:
    """Change a field in every row."""
    return [replace(row, **values) for row in rows]


def one_act(rows: list[Any]) -> list[Any]:
    """Leave one case its act."""
    last = next(row for row in rows if row.managed_day is None and row.next_act_day is not None)
    return [row if row is last else replace(row, next_act_day=None, act_days=()) for row in rows]


def apart(rows: list[Any]) -> list[Any]:
    """Let nobody who is managed act again, and everybody else on one of two days: the groups are told apart completely."""
    return [
        replace(row, managed_day=0, next_act_day=None) if place % 2 else replace(row, managed_day=None, next_act_day=50)
        for place, row in enumerate(changed(rows, followed_days=400, act_days=()))
    ]


def by_level(rows: list[Any]) -> list[Any]:
    """Let the level decide who is managed: nobody managed has a like case that is not."""
    return [
        replace(row, managed_day=place % 40 if row.level in {"high", "very_high"} else None)
        for place, row in enumerate(rows)
    ]


REFUSED = {
    "the level decides": (by_level, "is decided by the level"),
    "one act": (one_act, "separates"),
    "no act": (lambda rows: changed(rows, next_act_day=None, act_days=()), "event"),
    "all managed": (lambda rows: changed(rows, managed_day=0), "same in every case"),
    "nobody managed": (lambda rows: changed(rows, managed_day=None), "same in every case"),
    "told apart completely": (apart, "managed"),
    "time below zero": (lambda rows: [replace(rows[0], followed_days=-1), *rows[1:]], "below zero"),
    "no time": (lambda rows: changed(rows, followed_days=0), "followed"),
    "not long enough": (lambda rows: changed(rows, followed_days=100, next_act_day=40), "horizon"),
    "a change of recording": (lambda rows: [replace(rows[0], quarter="2022-Q4"), *rows[1:]], "May 2023"),
    "nobody": (lambda rows: [], "no case"),
}


def test_a_refusal_says_no_small_count_to_a_terminal_whose_words_are_kept(
    rows: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def few(**_: Any) -> None:
        raise stats.TooFewEvents("event", "holds 7 events of 43 cases", "Wait for more")

    monkeypatch.setattr(queries, "flow", few)
    done = run(str(PLAN), "--out", str(tmp_path))
    assert (done.exit_code, "7" in done.stderr, "43" in done.stderr) == (2, False, False), done.stderr
    assert "holds few events of 45 cases" in " ".join(done.stderr.split())


@pytest.mark.parametrize("name", REFUSED)
def test_bad_data_are_refused_in_words_and_nothing_is_written(rows: list[Any], tmp_path: Path, name: str) -> None:
    spoil, said = REFUSED[name]
    out = tmp_path / "out"
    done = run(str(PLAN), "--out", str(out), "--extract", str(brought(spoil(rows), tmp_path / "a.parquet")))
    assert (done.exit_code, out.exists()) == (2, False), (done.output, done.exception)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_swapped_extract_and_one_that_was_touched_after_freezing_are_refused(rows: list[Any], tmp_path: Path) -> None:
    file = brought(rows, tmp_path / "a.parquet")
    hash_of_a = Path(f"{file}.sha256").read_text()
    Path(f"{brought(changed(rows, prior_acts=9), tmp_path / 'b.parquet')}.sha256").write_text(hash_of_a)
    refused = run(str(PLAN), "--out", str(tmp_path / "out"), "--extract", str(tmp_path / "b.parquet"))
    assert (refused.exit_code, "hash was given" in refused.stderr) == (2, True), refused.output
    assert run(str(PLAN), "--out", str(tmp_path / "out"), "--frozen").exit_code == 2
    question = queries.question_titled("First year")
    assert question is not None
    assert queries.latest_extract(question) is None


def test_an_extract_of_the_time_before_is_compared_by_its_file(rows: list[Any], tmp_path: Path) -> None:
    """It was frozen when nobody kept what was counted: one case more beside it would tell about that one."""
    whole = list(rows)
    del rows[-1]
    assert run(str(PLAN), "--out", str(tmp_path)).exit_code == 0
    old = Extract.objects.get()
    Extract.objects.filter(pk=old.pk).update(counted={})
    rows[:] = whole
    refused = run(str(PLAN), "--out", str(tmp_path))
    assert refused.exit_code == 2
    assert "was over nearly the same cases and acts" in refused.stderr
    file = Path(settings.FOURFOLD.extracts_dir) / old.path
    aside = file.rename(tmp_path / "aside.parquet")
    lost = run(str(PLAN), "--out", str(tmp_path))
    assert lost.exit_code == 2
    assert f"Put {old.path} back from a backup" in " ".join(lost.stderr.split())
    assert list(Extract.objects.all()) == [old]
    assert list(file.parent.glob("*.parquet")) == []
    aside.rename(file)
    del rows[-1]
    assert run(str(PLAN), "--out", str(tmp_path)).exit_code == 0, "the very same cases tell of nobody more"
