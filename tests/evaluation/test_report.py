"""The report: whole or a named draft, nothing that may not leave, refusals in words, one value in three writings."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from fourfold import stats
from fourfold.evaluation import plans
from fourfold.evaluation.report import effects, parts, writing
from fourfold.evaluation.report.terms import Origin, Report
from fourfold.evaluation.terms import ExtractRow, FlowRow, NotFinal, SeriesBreak
from fourfold.gateways import documents
from tests.evaluation.test_rules import planted

PLAN = plans.read_plan(Path(__file__).with_name("plan.toml").read_text())
THEN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
FLOW = tuple(
    FlowRow(site, outcome, number)
    for site in ("cheshire", "hampshire", "london")
    for outcome, number in (("advice_only", 120), ("redirect", 45), ("panel", 180), ("consultation", 7))
)
ORIGIN = Origin(
    "First year", THEN, "a" * 64, ((1, "too few", "b" * 64, True),), (("horizon_days", "365", "180"),), THEN, THEN,
    "c" * 64, "fourfold 0", THEN, ("Cleveland", "Referrals a year: about 400."), FLOW,
    {"cheshire": "Cheshire", "hampshire": "Hampshire", "london": "London"},
)  # fmt: skip


@cache
def report(ratio: float = 0.5) -> Report:
    """Build one report for several tests."""
    return parts.build(planted(ratio, people=900), PLAN, ORIGIN)


def words(made: Report) -> str:
    """Return everything that a reader can see."""
    return writing.html(made)


# --- whole ----------------------------------------------------------------------------------------------------------


def test_every_cell_of_every_table_says_something() -> None:
    assert not re.findall(r"<t[dh][^>]*>\s*</t[dh]>", words(report()))
    cells = [cell for part in report().parts for table in part.tables for row in table.rows for cell in row]
    assert "does not apply" in cells
    assert "" not in cells


def test_twenty_parts_in_their_order_are_final_when_none_is_missing() -> None:
    assert [part.number for part in report().parts] == list(range(1, 21))
    assert report().missing == ()
    assert report().status == "final"
    report().require_final()


@pytest.mark.parametrize(
    ("plan", "number"),
    [
        (replace(PLAN, prices=None), 12),
        (replace(PLAN, statements=tuple(one for one in PLAN.statements if one[0] != "equality")), 13),
        (replace(PLAN, statements=tuple(one for one in PLAN.statements if one[0] != "transfer")), 14),
        (replace(PLAN, statements=tuple(one for one in PLAN.statements if one[0] != "recommendation")), 20),
        (replace(PLAN, sensitivity=()), 10),
    ],
)
def test_a_missing_part_keeps_it_a_draft_and_is_named(plan: plans.AnalysisPlan, number: int) -> None:
    made = parts.build(planted(0.5, people=300), plan, ORIGIN)
    assert number in [part.number for part in made.missing]
    assert made.status == "draft"
    with pytest.raises(NotFinal, match=f"{number} "):
        made.require_final()
    assert f"part {number} (" in writing.status(made)


def test_without_a_count_of_what_was_referred_it_stays_a_draft() -> None:
    made = parts.build(planted(0.5, people=300), PLAN, replace(ORIGIN, flow=()))
    assert 4 in [part.number for part in made.missing]


def test_an_area_that_is_not_named_is_missing() -> None:
    made = parts.build(planted(0.5, people=300), PLAN, replace(ORIGIN, rollout=()))
    assert 15 in [part.number for part in made.missing]


def test_the_absolute_difference_comes_before_the_ratio() -> None:
    rows = [row[0] for row in report().parts[6].tables[0].rows]
    assert ["per 100" in rows[0], "days" in rows[1], "ratio" in rows[2]] == [True, True, True]


def test_a_planted_effect_is_recovered_within_its_interval() -> None:
    number = next(one for one in report().numbers if one.name == "Hazard ratio of management")
    assert number.low is not None
    assert number.high is not None
    assert number.low < 0.5 < number.high
    days = next(one for one in report().numbers if one.name == "Mean days without another act")
    assert days.value is not None
    assert days.value > 0


def test_a_null_result_says_what_it_does_not_mean_and_what_could_have_been_seen() -> None:
    points = parts.build(planted(1.0, people=240), PLAN, ORIGIN).parts[0].points
    first = " ".join(next(lines for name, *lines in points if name == "What that does not mean"))
    assert "should not be read as showing that management changes nothing" in first
    assert re.search(r"hazard ratio of 0\.\d\d", first)


def test_every_number_goes_back_to_a_line_of_the_plan_and_a_function() -> None:
    for number in report().numbers:
        table = number.plan.split(".", 1)[0]
        assert table in plans.TABLES, number
        assert number.function in ("count of rows", "certainty as GRADE has it") or hasattr(
            stats, number.function.removeprefix("fourfold.stats.")
        )


def test_every_table_with_numbers_goes_back_to_the_plan_too() -> None:
    """Each cell with a number is in the ledger, or its table names the line of the plan and the function."""
    from fourfold.evaluation.report import gate

    known = {gate.words(number, digits) for number in report().numbers for digits in range(3)}
    known |= {f"{number.value:.0f}" for number in report().numbers if number.value is not None}
    for part in report().parts[3:12]:
        for table in (*part.tables, *(figure.table for figure in part.figures)):
            if table.function:
                assert table.plan.split(".")[0] in plans.TABLES
                assert hasattr(stats, table.function.removeprefix("fourfold.stats."))
                continue
            cells = [cell for row in table.rows for cell in row[1:] if re.fullmatch(r"[−\d.]+( \(.*\))?", cell)]
            totals = {str(total) for total in cells if total.isdigit() and int(total) % 5 == 0}
            p_values = {cell for cell in cells if re.fullmatch(r"[01]\.\d{3}", cell)}
            assert set(cells) <= known | totals | p_values, (table.caption, set(cells) - known - totals)


def test_a_site_is_called_by_its_name_in_the_programme_wherever_the_report_shows_it() -> None:
    named = replace(ORIGIN, sites={**ORIGIN.sites, "london": "Greater London (north)"})
    made = parts.build(planted(0.5, people=300), replace(PLAN, sensitivity=("leave_one_site_out",)), named)
    said = writing.html(made)
    assert "Greater London (north)" in said
    assert "Without Greater London (north)" in said
    assert not re.search(r"\b[lL]ondon\b(?! \(north\))", re.sub(r"Greater London \(north\)", "", said))


def test_sites_are_in_the_order_of_their_names_and_a_new_area_has_its_interval() -> None:
    rows = [row[0] for row in report().parts[7].figures[0].table.rows]
    assert [said[:44] for said in rows[-2:]] == [
        "Sites together, allowed to differ (random ef",
        "Sites together, taken as alike (fixed effect",
    ]  # where page one sends a reader whose answer depends on it
    assert rows[:3] == ["Cheshire", "Hampshire", "London"]
    assert sum("new area" in row for row in rows) == 3
    assert effects.NO_FIRST in report().parts[7].words  # three sites with one planted effect


# --- writings -------------------------------------------------------------------------------------------------------


def test_each_figure_is_an_image_with_title_and_description_beside_its_table() -> None:
    figures = [figure for part in report().parts for figure in part.figures]
    assert len(figures) >= 10
    for figure in figures:
        root = ElementTree.fromstring(figure.svg)
        space = "{http://www.w3.org/2000/svg}"
        assert root.get("role") == "img"
        assert root.findtext(f"{space}title")
        assert len(root.findtext(f"{space}desc") or "") > 20
        assert figure.table.rows
    svgs = re.findall(r'id="(\w+)"', words(report()))
    assert len(svgs) == len(set(svgs))


def test_html_json_pdf_and_docx_say_the_same_status() -> None:
    made = report()
    told = json.loads(writing.numbers(made))
    assert told["status"] == "final"
    assert len(told["numbers"]) == len(made.numbers)
    assert {table["part"] for table in told["tables"]} >= {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 17, 18}
    assert "<script" not in words(made)
    paper = writing.paper(made)
    assert paper.marking.startswith("FINAL")
    assert documents.docx(paper).startswith(b"PK")
    assert documents.pdf(paper).startswith(b"%PDF")


def test_what_a_plan_says_cannot_become_markup() -> None:
    told = replace(PLAN, statements=(("mechanism", "<script>alert(1)</script>"),))
    assert "<script" not in words(parts.build(planted(0.5, people=300), told, replace(ORIGIN, title="<b>x</b>")))


def test_amendments_after_outcomes_and_deviations_are_printed() -> None:
    assert "AFTER data had been frozen" in words(report())
    assert "horizon_days" in words(report())


# --- what may not leave ---------------------------------------------------------------------------------------------


def test_no_pseudonym_stands_anywhere() -> None:
    rows = [replace(row, pseudonym=f"canary{row.pseudonym}") for row in planted(0.5, people=300)]
    made = parts.build(rows, PLAN, ORIGIN)
    assert "canary" not in words(made) + writing.numbers(made) + repr(made)


def test_a_site_with_three_people_is_held_back_everywhere() -> None:
    rows = planted(0.5, people=600)
    small = [replace(row, site="tiny") for row in rows[:3]]
    made = parts.build([*small, *rows[3:]], PLAN, ORIGIN)
    shown = [number for number in made.numbers if "tiny" in number.name and number.shown]
    assert shown == []
    assert not re.search(r"Tiny</th><td[^>]*>[0-9]", words(made))


def test_counts_leave_rounded_to_five() -> None:
    counts = [number for number in report().numbers if "rounded" in number.method and number.value is not None]
    assert counts
    assert all((number.value or 0) % 5 == 0 for number in counts)


# --- bad input ------------------------------------------------------------------------------------------------------


def changed(rows: list[ExtractRow], **values: Any) -> list[ExtractRow]:
    """Change a field in every row."""
    return [replace(row, **values) for row in rows]


BASE = planted(0.5, people=200)


@pytest.mark.parametrize(
    ("rows", "refusal"),
    [
        ([], stats.EmptyInput),
        (changed(BASE, next_act_day=None), stats.TooFewEvents),
        (changed(BASE, followed_days=0), stats.EmptyInput),
        (changed(BASE, managed_day=0), stats.OneGroupOnly),
        (changed(BASE, managed_day=None), stats.OneGroupOnly),
        (changed(BASE, followed_days=100, next_act_day=None), stats.StatisticsError),
        ([replace(BASE[0], followed_days=-1), *BASE[1:]], stats.OutOfRange),
    ],
    ids=["nobody", "no act", "no time", "all managed", "none managed", "short", "negative"],
)
def test_what_cannot_be_computed_is_refused_in_words(rows: list[ExtractRow], refusal: type[Exception]) -> None:
    with pytest.raises(refusal, match=r"\w+ .+\."):
        parts.build(rows, PLAN, ORIGIN)


def test_one_act_gives_words_and_no_number() -> None:
    last = next(row for row in BASE if row.managed_day is None and row.next_act_day is not None)
    rows = [row if row is last else replace(row, next_act_day=None) for row in BASE]
    with pytest.raises(stats.StatisticsError, match=r"\w+ .+\."):
        parts.build(rows, PLAN, ORIGIN)


def test_ties_everywhere_and_constant_covariates_are_computed() -> None:
    rows = [
        replace(row, level="high", former_partner=True, prior_acts=2, next_act_day=row.next_act_day and 60 + row.next_act_day // 60 * 60)
        for row in planted(0.5, people=600)
    ]  # fmt: skip
    made = parts.build(rows, PLAN, ORIGIN)
    assert 5 in [part.number for part in made.missing]
    assert next(one for one in made.numbers if one.name == "Hazard ratio of management").shown


def test_data_across_a_recording_change_need_a_word_in_the_plan() -> None:
    rows = [replace(BASE[0], quarter="2022-Q4"), *BASE[1:]]
    with pytest.raises(SeriesBreak, match="May 2023"):
        parts.build(rows, PLAN, ORIGIN)
    made = parts.build(rows, replace(PLAN, breaks="compared within quarters"), ORIGIN)
    assert "compared within quarters" in words(made)
