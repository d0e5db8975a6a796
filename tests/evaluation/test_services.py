"""Registering, freezing, computing: in that order, by an evaluator, from a file that is what was frozen."""

from __future__ import annotations

import os
from dataclasses import astuple, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from fourfold.access.terms import Refused
from fourfold.audit.queries import verify
from fourfold.base import new_id
from fourfold.evaluation import plans, queries, rules, services
from fourfold.evaluation.models import Extract, Question
from fourfold.evaluation.terms import (
    COLUMNS,
    FIRST_QUESTION,
    LATER,
    ExtractChanged,
    ExtractRow,
    NotRegistered,
    QuestionPlan,
    WellbeingScore,
)
from fourfold.gateways import parquet
from fourfold.panel.terms import Strand
from fourfold.plan import services as plan
from fourfold.plan.terms import Status
from fourfold.rollout import queries as rollout
from tests.cases.builders import open_case
from tests.cast import NOW, Cast
from tests.evaluation.test_rules import planted

pytestmark = pytest.mark.django_db

#: The cases themselves, and each table that is read of them.
ASKED_OF_SOME_CASES = 1


def register(cast: Cast):  # type: ignore[no-untyped-def]
    """Register the programme's first question."""
    return services.register_question(actor=cast.evaluator, title="Fewer acts?", plan=FIRST_QUESTION, at=NOW)


def write(rows: list[ExtractRow], path: Path) -> str:
    """Write rows as the service writes them."""
    return parquet.write([astuple(row) for row in rows], COLUMNS, path, order_by="pseudonym")


def frozen(cast: Cast, rows: list, name: str = "extract") -> Extract:  # type: ignore[type-arg]
    """Freeze invented rows as the service freezes the cases'."""
    path = Path(settings.FOURFOLD.extracts_dir) / f"{name}.parquet"
    return Extract.objects.create(
        question=register(cast),
        frozen_at=NOW,
        frozen_by=cast.evaluator.staff,
        until=NOW,
        rows=len(rows),
        sha256=write(rows, path),
        path=path.name,
    )


def test_only_an_evaluator_registers_and_freezes(cast: Cast) -> None:
    for name in ("officer", "lead", "administrator", "olu"):
        with pytest.raises(Refused):
            services.register_question(actor=cast.actor(name), title="x", plan=FIRST_QUESTION, at=NOW)
    question = register(cast)
    with pytest.raises(Refused):
        services.freeze_extract(actor=cast.officer, question=question, until=NOW, at=NOW)


def test_a_question_without_a_population_is_refused(cast: Cast) -> None:
    with pytest.raises(NotRegistered, match="population"):
        services.register_question(actor=cast.evaluator, title="x", plan=QuestionPlan("", "a", "b", "c", "d"), at=NOW)


def test_data_are_not_frozen_before_the_question_is_registered(cast: Cast) -> None:
    question = register(cast)
    with pytest.raises(NotRegistered):
        services.freeze_extract(actor=cast.evaluator, question=question, until=NOW, at=NOW - timedelta(days=1))


def test_the_rows_come_back_as_they_were_frozen(cast: Cast) -> None:
    rows = planted(0.6, people=50)
    assert queries.frozen_rows(frozen(cast, rows)) == sorted(rows, key=lambda row: row.pseudonym)


def test_an_extract_frozen_before_third_parties_were_counted_says_nothing_of_them(tmp_path: Path) -> None:
    rows = [replace(row, third_party_acts=2) for row in planted(0.6, people=20)]
    columns = {name: kind for name, kind in COLUMNS.items() if name not in LATER}
    file = tmp_path / "before.parquet"
    parquet.write([astuple(row)[: len(columns)] for row in rows], columns, file, order_by="pseudonym")
    assert {row.third_party_acts for row in queries.rows_of(file)} == {None}
    assert set(LATER) == set(list(COLUMNS)[len(columns) :])


def test_the_same_rows_have_the_same_hash(cast: Cast, tmp_path: Path) -> None:
    rows = planted(0.6, people=50)
    hashes = {write(rows, tmp_path / f"{number}.parquet") for number in range(3)}
    assert len(hashes) == 1


def test_one_changed_byte_is_noticed(cast: Cast) -> None:
    extract = frozen(cast, planted(0.6, people=50))
    path = Path(settings.FOURFOLD.extracts_dir) / extract.path
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ExtractChanged):
        queries.frozen_rows(extract)


def test_what_is_computed_is_kept_and_shown_as_it_was(cast: Cast) -> None:
    rows = planted(0.6, people=900)
    services.compute_findings(actor=cast.evaluator, extract=frozen(cast, rows), at=NOW)
    page = queries.latest_findings(actor=cast.lead, at=NOW)
    assert page is not None
    assert page.findings == rules.findings(sorted(rows, key=lambda row: row.pseudonym))
    assert page.plan_sha256 == plans.plan_hash(FIRST_QUESTION)
    assert verify().clean
    planned = rollout.evidence(actor=cast.lead, at=NOW)
    assert planned is not None
    assert planned.sites == len(page.findings.sites)
    Question.objects.update(plan={**Question.objects.get().plan, "horizon_days": 30})
    planned = rollout.evidence(actor=cast.lead, at=NOW)
    assert planned is not None
    assert (planned.sites, planned.certainty, planned.ratio_in_new_area) == (0, 0, None), "no number of an edited plan"
    assert "The plan was edited after it was registered: its hash differs" in planned.concluded


def test_a_caseworker_may_not_read_the_rows(cast: Cast) -> None:
    question = register(cast)
    with pytest.raises(Refused):
        queries.deidentified_rows(actor=cast.officer, question=question, until=NOW, at=NOW)


def test_an_amendment_after_the_answer_stands_on_the_page_with_its_deviation(cast: Cast) -> None:
    extract = frozen(cast, planted(0.6, people=300))
    services.compute_findings(actor=cast.evaluator, extract=extract, at=NOW)
    later = replace(queries.current_plan(extract.question), horizon_days=180)
    services.amend_plan(actor=cast.evaluator, question=extract.question, plan=later, reason="too few", at=NOW)
    page = queries.latest_findings(actor=cast.lead, at=NOW)
    assert page is not None
    assert [(number, reason, late) for number, reason, _, late in page.amendments] == [(1, "too few", True)]
    assert ("horizon_days", "365", "180") in page.deviations


@pytest.mark.parametrize("at_once", [1, 2, 3, 1_000])
def test_the_extract_is_the_same_however_many_cases_are_read_at_once(
    cast: Cast, at_once: int, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any, tmp_path: Path
) -> None:
    cases = [open_case(cast, at=NOW - timedelta(days=day)) for day in (1, 40, 90)]
    scores = [WellbeingScore(case.pk, "who-5", NOW - timedelta(hours=1), 40.0 + n) for n, case in enumerate(cases)]
    asked = {"actor": cast.evaluator, "question": register(cast), "until": NOW, "at": NOW, "wellbeing": scores}
    whole = sorted(queries.deidentified_rows(**asked), key=lambda row: row.pseudonym)
    monkeypatch.setattr("fourfold.evaluation.queries.extracts.CASES_AT_ONCE", at_once)
    rows, again = queries.deidentified_rows(**asked), queries.deidentified_rows(**asked)
    readings = -(-len(cases) // at_once)
    with django_assert_num_queries(ASKED_OF_SOME_CASES * readings + 1):
        found = sorted(rows, key=lambda row: row.pseudonym)
    assert found == whole
    file, as_objects = tmp_path / "rows.parquet", map(astuple, whole)
    files = {parquet.write(each, COLUMNS, file, order_by="pseudonym") for each in (again, as_objects)}
    assert len(files) == 1, "what is written as it is derived is not byte for byte what the rows say"
    assert sorted(row.wellbeing_first for row in found) == [40.0, 41.0, 42.0]  # type: ignore[type-var]


def test_a_promise_is_judged_by_the_day_that_was_promised_first(cast: Cast) -> None:
    case = open_case(cast, at=NOW - timedelta(days=40))
    began = NOW - timedelta(days=20)
    row = plan.open_action(
        actor=cast.officer, case=case, strand=Strand.LEGAL, what="Visit him.", owner_partner="northmoor-police",
        due_on=(began + timedelta(days=3)).date(), at=began,
    )  # fmt: skip
    for day, to_day in ((1, 8), (2, 9)):
        due_on, at = (began + timedelta(days=to_day)).date(), began + timedelta(days=day)
        plan.move_action(actor=cast.officer, action=row, owner=None, due_on=due_on, reason="The court.", at=at)
    plan.update_action(actor=cast.officer, action=row, status=Status.DONE, at=began + timedelta(days=5))
    (only,) = queries.deidentified_rows(actor=cast.evaluator, question=register(cast), until=NOW, at=NOW)
    assert (only.steps_due, only.steps_kept) == (2, 0), (
        "the case's review is late; the action was done by its last day only"
    )


def test_a_file_that_could_not_be_stored_does_not_stay_behind(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    question = register(cast)
    monkeypatch.setattr(Extract, "save", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        services.freeze_extract(actor=cast.evaluator, question=question, until=NOW, at=NOW)
    assert not list(Path(settings.FOURFOLD.extracts_dir).glob("*"))
    assert verify().clean


def test_what_is_stopped_leaves_no_file_and_takes_none_that_is_on_record(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = services.register_question(actor=cast.evaluator, title="Fewer acts?", plan=FIRST_QUESTION, at=NOW)
    folder = Path(settings.FOURFOLD.extracts_dir)
    write = parquet.write

    def stopped(rows: object, columns: object, path: Path, **how: object) -> str:
        path.parent.mkdir(exist_ok=True)
        path.touch()
        path.with_suffix(".draft").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(parquet, "write", stopped)
    with pytest.raises(KeyboardInterrupt):
        services.freeze_extract(actor=cast.evaluator, question=question, until=NOW, at=NOW)
    assert not list(folder.iterdir())
    monkeypatch.setattr(parquet, "write", write)
    extract = services.freeze_extract(actor=cast.evaluator, question=question, until=NOW, at=NOW)
    kept = folder / extract.path
    with pytest.raises(KeyboardInterrupt), services._known_or_gone(extract):
        raise KeyboardInterrupt
    killed = [folder / f"{new_id()}{end}" for end in (".parquet", ".draft")]
    beside = folder / "of-somebody.parquet"
    for path in (*killed, beside, kept):
        path.touch()
        os.utime(path, (1, 1))
    services._throw_away_unknown()
    assert {path for path in folder.iterdir() if path.is_file()} == {beside, kept}, (
        "only what a killed freezing left goes"
    )
