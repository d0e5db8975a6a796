"""What leaves: kept with its hashes, compared with what left before, and read once more; what comes from elsewhere is checked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from fourfold import stats
from fourfold.access.terms import NotFound, Refused
from fourfold.audit.queries import verify
from fourfold.base import new_id
from fourfold.evaluation import plans, queries, services
from fourfold.evaluation.models import Extract, Question, Release, Result
from fourfold.evaluation.report import gate, parts, releasing, writing
from fourfold.evaluation.report.terms import Part, Report, Table
from fourfold.evaluation.terms import (
    COLUMNS,
    ExtractChanged,
    ExtractRefused,
    ExtractRow,
    FlowRow,
    NotFinal,
    WouldDiffer,
)
from fourfold.gateways import parquet
from tests.cases.builders import open_case
from tests.cast import NOW, Cast
from tests.evaluation.test_report import FLOW, ORIGIN, PLAN
from tests.evaluation.test_rules import planted

QUICK = replace(PLAN, sensitivity=("e_value",), secondary=(), subgroups=(), prices=None)


def brought(cast: Cast, rows: list[ExtractRow], folder: Path, plan: plans.AnalysisPlan = QUICK) -> Any:
    """Register the quick plan and bring rows as a file from elsewhere."""
    question = services.register_plan(actor=cast.evaluator, plan=plan, at=NOW)
    file = folder / f"{len(rows)}.parquet"
    sha256 = parquet.write([astuple(row) for row in rows], COLUMNS, file, order_by="pseudonym")
    return services.bring_extract(actor=cast.evaluator, question=question, file=file, sha256=sha256, until=NOW, at=NOW)


def release(cast: Cast, extract: Any) -> Release:
    """Let the report of an extract leave."""
    return services.release_report(actor=cast.evaluator, extract=extract, at=NOW)


@pytest.mark.django_db
def test_a_release_is_kept_and_one_that_would_tell_of_three_more_is_refused(cast: Cast, tmp_path: Path) -> None:
    rows = planted(0.5, people=243)
    first = release(cast, brought(cast, rows[:240], tmp_path))
    assert first.status == "draft"
    for name, column in (("html", first.html.encode()), ("pdf", first.pdf), ("docx", first.docx)):
        assert first.hashes[name] == hashlib.sha256(column).hexdigest()
    with pytest.raises(WouldDiffer, match="fewer than ten"):
        release(cast, brought(cast, rows[:243], tmp_path))
    assert Release.objects.count() == 1
    with pytest.raises(NotFinal, match="Flow"):
        services.release_report(actor=cast.evaluator, extract=first.extract, final=True, at=NOW)
    for name in ("officer", "administrator", "olu"):
        with pytest.raises(Refused):
            queries.release_page(actor=cast.actor(name), release=first.pk, at=NOW)
    with pytest.raises(NotFound):
        queries.release_file(actor=cast.lead, release=first.pk, name="exe", at=NOW)
    with pytest.raises(NotFound):
        queries.release_page(actor=cast.lead, release=new_id(), at=NOW)
    assert queries.release_file(actor=cast.lead, release=first.pk, name="pdf", at=NOW)[0].startswith(b"%PDF")
    assert verify().clean


@pytest.mark.django_db
def test_a_release_of_another_question_is_compared_too(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = planted(0.5, people=243)
    release(cast, brought(cast, rows[:240], tmp_path))
    another = replace(QUICK, title="The same cases, asked once more")
    with pytest.raises(WouldDiffer, match="frozen or computed"):
        brought(cast, rows[:243], tmp_path, plan=another)
    monkeypatch.setattr(releasing, "require_far", lambda *_: None)  # frozen before extracts were compared
    with pytest.raises(WouldDiffer, match="of this question or another"):
        release(cast, brought(cast, rows[:243], tmp_path, plan=another))


@pytest.mark.django_db
def test_a_result_of_the_time_before_is_compared_by_the_file_of_its_extract(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = planted(0.5, people=241)
    before = brought(cast, rows[:240], tmp_path)
    services.compute_findings(actor=cast.evaluator, extract=before, at=NOW)
    Result.objects.update(counted={})
    Extract.objects.update(counted={})
    monkeypatch.setattr(releasing, "require_far", lambda *_: None)
    with pytest.raises(WouldDiffer, match="released or computed"):
        release(cast, brought(cast, rows[:241], tmp_path))


@pytest.mark.django_db
def test_two_questions_know_a_case_by_two_pseudonyms_and_all_releases_by_one_unit(cast: Cast) -> None:
    open_case(cast)
    plans_ = (QUICK, replace(QUICK, title="Another question"))
    one, other = (queries.units_of(services.register_plan(actor=cast.evaluator, plan=plan, at=NOW)) for plan in plans_)
    assert one.keys().isdisjoint(other)
    assert set(one.values()) == set(other.values())
    assert one.keys().isdisjoint(one.values())


@pytest.mark.parametrize(("more", "refused"), [(0, False), (1, True), (9, True), (60, False)])
def test_two_releases_are_compared_by_whom_they_are_over(more: int, refused: bool) -> None:
    people = [f"p{number}" for number in range(300)]
    then = [stats.ReleasedTotal.of("cases", people[:200], 200, 5)]
    now = [stats.ReleasedTotal.of("cases", people[: 200 + more], 5 * round((200 + more) / 5), 5)]
    earlier = releasing.read(releasing.kept(then))
    if refused and now[0].count == 200:
        with pytest.raises(WouldDiffer):
            releasing.require_apart(now, [(NOW, earlier)])
    elif not refused:
        releasing.require_apart(now, [(NOW, earlier)])
    else:  # a difference of rounded totals that is known to ten or more either way gives nobody away
        low, high = now[0].count - 200 - 5, now[0].count - 200 + 5
        assert high - low >= 10


@pytest.mark.parametrize(
    "said",
    ["In London 3 victims were threatened.", "n = 7 at the smallest site", "In London VII victims moved.",
     "７ victims moved.", "All but three of the 40 agreed.", "Between 7%-14% of 50 agreed."],
)  # fmt: skip
def test_a_written_statement_passes_the_same_gate(said: str) -> None:
    told = replace(QUICK, statements=(("equality", said),))
    with pytest.raises(stats.NotReleasable, match="part 13"):
        parts.build(planted(0.5, people=300), told, ORIGIN)


@pytest.mark.parametrize("name", ["html", "pdf", "docx", "json"])
def test_each_made_file_is_read_back_and_its_words_are_judged(name: str) -> None:
    """The words wrap in the PDF, stand in a cell, and may stand where other areas are told about."""
    long = "Those at the smallest of all sites were asked about what had happened to them since then, and of these seven victims moved."
    title = parts.PARTS[14][0]

    def made(said: str, elsewhere: str) -> tuple[Report, dict[str, bytes]]:
        told = [Part(n, "A part", words=("Nobody.",)) for n in range(1, 17)]
        told[1] = Part(
            2, "A part", tables=(Table("Cases", ("Where", "Told"), (("7", "cases and more"), ("All", said))),)
        )
        told[14] = Part(15, title, words=(elsewhere,))
        told[15] = Part(16, "What this cannot tell you", words=("Much.",))
        report = Report(ORIGIN, tuple(told), ())
        return report, writing.files(report)

    clean = made("Some victims moved.", long)
    gate.require_files_releasable(*clean)
    for said in (long, "At one site VII victims moved.", "victims – seven"):
        with pytest.raises(
            stats.NotReleasable, match="first (parts|tables)" if name == "json" else f"first {name.upper()}"
        ):
            gate.require_files_releasable(clean[0], clean[1] | {name: made(said, "None.")[1][name]})


# --- from elsewhere -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_extract_from_elsewhere_is_taken_only_as_it_was_frozen(cast: Cast, tmp_path: Path) -> None:
    question = services.register_plan(actor=cast.evaluator, plan=QUICK, at=NOW)
    file, swapped = tmp_path / "a.parquet", tmp_path / "b.parquet"
    sha256 = parquet.write([astuple(row) for row in planted(0.5, people=60)], COLUMNS, file, order_by="pseudonym")
    parquet.write([astuple(row) for row in planted(0.9, people=60)], COLUMNS, swapped, order_by="pseudonym")

    def bring(path: Path, said: str) -> Any:
        return services.bring_extract(
            actor=cast.evaluator, question=question, file=path, sha256=said, until=NOW, at=NOW
        )

    none = tmp_path / "none.parquet"
    for path, said, why in (
        (swapped, sha256, "is not the one"),
        (file, "", "No hash was given"),
        (none, sha256, "There is no file"),
        (none, "", "There is no file"),
    ):
        with pytest.raises(ExtractChanged, match=why):
            bring(path, said)
    words = tmp_path / "words.parquet"
    words.write_text("no Parquet")
    with pytest.raises(ExtractRefused, match="no Parquet"):
        bring(words, hashlib.sha256(words.read_bytes()).hexdigest())
    narrow = tmp_path / "narrow.parquet"
    with duckdb.connect() as memory:
        memory.execute(f"COPY (SELECT 'a' AS pseudonym) TO '{narrow}' (FORMAT parquet)")
    with pytest.raises(ExtractRefused, match="column"):
        bring(narrow, parquet.sha256(narrow))
    assert queries.frozen_rows(bring(file, sha256)) == sorted(planted(0.5, people=60), key=lambda row: row.pseudonym)
    assert Question.objects.count() == 1


def test_ten_million_rows_in_one_site_are_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "many.parquet"
    with duckdb.connect() as memory:
        memory.execute(f"COPY (SELECT 'north' AS site FROM range(10_000_000)) TO '{file}' (FORMAT parquet)")
    with pytest.raises(ExtractRefused, match=r"10,000,000 rows.*_from_parquet"):
        queries.rows_of(file)


# --- rows that cannot be --------------------------------------------------------------------------------------------

BASE = planted(0.5, people=120)
NAN, INFINITY = float("nan"), float("inf")


def one(**values: Any) -> Callable[[], list[ExtractRow]]:
    """Change the first case."""
    return lambda: [replace(BASE[0], **values), *BASE[1:]]


@pytest.mark.parametrize(
    ("rows", "refusal", "said"),
    [
        (one(followed_days=NAN), stats.NotANumber, "followed_days"),
        (one(next_act_day=INFINITY), stats.NotANumber, "next_act_day"),
        (one(staff_minutes=-1), stats.OutOfRange, "below zero"),
        (one(followed_days=90_000), stats.OutOfRange, "followed_days"),
        (one(prior_acts=1.5), stats.OutOfRange, "prior_acts"),
        (one(act_days=(3, NAN)), stats.NotANumber, "days"),
        (one(custody_from=(3,)), stats.WrongShape, "custody"),
        (one(wellbeing_first=NAN), stats.NotANumber, "wellbeing"),
        (one(level="extreme"), stats.UnknownChoice, "extreme"),
        (one(quarter="spring"), stats.UnknownChoice, "spring"),
        (lambda: [*BASE, BASE[0]], stats.OutOfRange, "twice"),
        (list, stats.EmptyInput, "no case"),
    ],
)
def test_a_row_that_cannot_be_is_refused_by_name(rows: Any, refusal: type[Exception], said: str) -> None:
    with pytest.raises(refusal, match=said):
        parts.build(rows(), QUICK, ORIGIN)


def test_a_plan_from_a_form_is_read_as_strictly_as_one_from_a_file() -> None:
    told = {
        "estimand": dict.fromkeys(plans.ESTIMAND, "x"),
        "primary": {"outcome": "next_act", "comparison": "managed_from_its_day"},
    }
    with pytest.raises(plans.PlanRefused, match="adjustment"):
        plans.plan_told(told)


@pytest.mark.parametrize(
    ("said", "leaves"),
    [
        ("9 events for 5 coefficients: be careful", "few events for few coefficients: be careful"),
        ("40 events for 5 coefficients", "40 events for 5 coefficients"),
        ("Weights over 10 were found", "Weights over 10 were found"),
    ],
)
def test_a_caution_does_not_count_a_few(said: str, leaves: str) -> None:
    assert gate.caution(said) == leaves


# --- an attack on what is printed ------------------------------------------------------------------------------------


def test_no_small_count_follows_from_the_printed_tables() -> None:
    """Who knows every printed cell and total, and that counts are not negative, places no small cell within ten."""
    from scipy.optimize import linprog

    small = {("cheshire", "redirect"): 3, ("london", "consultation"): 7}
    counts = {(one.site, one.outcome): small.get((one.site, one.outcome), one.allegations) for one in FLOW}
    flow = tuple(FlowRow(site, outcome, number) for (site, outcome), number in counts.items())
    made = parts.build(planted(0.5, people=300), QUICK, replace(ORIGIN, flow=flow))
    (table,) = [one for one in made.parts[3].tables if "Allegations" in one.caption]
    sites, exits = [row[0].lower() for row in table.rows[:-1]], table.head[2:]
    unknown = [(site, name) for site in sites for name in exits]
    rows, low, high = [], [], []
    for place, row in enumerate(table.rows):
        for column, cell in enumerate(row[1:]):
            if cell == "suppressed":
                continue
            over = [float((place == len(sites) or site == sites[place]) and (column == 0 or name == exits[column - 1]))
                    for site, name in unknown]  # fmt: skip
            rows.append(over)
            low.append(float(cell.replace(",", "")) - 2.5)
            high.append(float(cell.replace(",", "")) + 2.5)
    words = {"redirect": "sent elsewhere", "consultation": "consultation"}
    for (site, outcome), number in small.items():
        goal = [float(one == (site, words[outcome])) for one in unknown]
        bounds = [
            linprog([sign * value for value in goal], A_ub=[*rows, *[[-v for v in row] for row in rows]],
                    b_ub=[*high, *[-value for value in low]], bounds=(0, None)).fun * sign
            for sign in (1.0, -1.0)
        ]  # fmt: skip
        assert bounds[1] - bounds[0] >= 10, (site, outcome, bounds)
        assert bounds[0] <= number <= bounds[1]
        assert str(number) not in [cell for row in table.rows for cell in row]
