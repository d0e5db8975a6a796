"""Beside every null: its own smallest detectable effect and the words that it shows nothing, everywhere that it leaves."""

from __future__ import annotations

import io
import json
import math
import re
from dataclasses import replace
from functools import cache

import docx
import pytest

from fourfold import stats
from fourfold.evaluation import rules
from fourfold.evaluation.report import effects, estimates, gate, history, nulls, parts, writing
from fourfold.evaluation.report.terms import Ledger, Part, Report, Table
from fourfold.evaluation.terms import ExtractRow
from fourfold.gateways import documents
from tests.evaluation.test_report import ORIGIN, PLAN
from tests.evaluation.test_rules import held, planted

INTERVAL = re.compile(r"(−?[\d.]+) \((−?[\d.]+) to (−?[\d.]+)\)")


def asked(rows: list[ExtractRow]) -> list[ExtractRow]:
    """Let every victim say how she is, first and at the end, without any difference between the groups."""
    return [
        replace(
            row,
            wellbeing_measure="swemwbs",
            wellbeing_first=20.0 + number % 5,
            wellbeing_first_day=0,
            wellbeing_last=21.0 + number % 7,
            wellbeing_last_day=100,
            staff_minutes=300 + 10 * (number % 9),
        )
        for number, row in enumerate(rows)
    ]


@cache
def null_report() -> Report:
    """Build the report of a programme that changes nothing."""
    return parts.build(asked(planted(1.0, people=240)), PLAN, ORIGIN)


def cases(*, managed: int = 50, others: int = 50, acts: int = 50) -> list[ExtractRow]:
    """Return cases of one site, the first so many with another act."""
    people = managed + others
    return [
        ExtractRow(
            f"p{n}", "london", "2025-Q1", "high", 1, True, 0 if n % people < managed else None,
            10 + n if n < acts else None, 400, int(n < acts), 0, 0,
        )
        for n in range(people)
    ]  # fmt: skip


# --- the formula of each scale ----------------------------------------------------------------------------------------

Z = 1.959964 + 0.841621
"""The quantiles of a two-sided 5 % level and of 80 % power."""


def test_a_hazard_ratio_goes_by_its_acts() -> None:
    """Schoenfeld 1983 by hand: 50 acts, half of them managed: exp(-2.8016 / sqrt(50 / 4))."""
    found = nulls.by_acts(cases())
    assert found is not None
    assert found.low == pytest.approx(math.exp(-Z / math.sqrt(12.5)), abs=1e-6) == pytest.approx(0.4528, abs=1e-4)
    assert found.high == pytest.approx(1 / found.low)


def test_a_ratio_of_rates_and_a_pooled_one_go_by_the_error_of_their_logarithm() -> None:
    found = nulls.of_rates(0.2)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((math.exp(-0.2 * Z), math.exp(0.2 * Z)), abs=1e-6)
    wide = nulls.of_rates(0.2, freedom=2)  # t: 4.302653 and 1.060660
    assert wide is not None
    assert wide.low == pytest.approx(math.exp(-0.2 * 5.363313), abs=1e-6)


def test_a_difference_goes_by_its_error_and_its_degrees_of_freedom() -> None:
    found, few = nulls.of_difference(2.0), nulls.of_difference(2.0, freedom=10)  # t: 2.228139 and 0.879058
    assert found is not None
    assert few is not None
    assert (found.low, found.high) == pytest.approx((-2 * Z, 2 * Z), abs=1e-5)
    assert few.high == pytest.approx(2 * 3.107197, abs=1e-5)


def test_without_a_standard_error_nothing_is_detectable() -> None:
    assert nulls.of_difference(None) is nulls.of_rates(None) is nulls.of_difference(math.nan) is None


def test_per_hundred_and_days_are_the_ratio_said_otherwise() -> None:
    """The limits of the main ratio, put through the same way, are the limits of the main difference."""
    rows = rules.followed_rows(planted(1.0, people=240))
    fit = rules.treatment_fit(rows)
    ratio = fit.log_hazard_ratio("managed").exponentiated()
    main = estimates.standardised(rows, fit, 365)
    one, days = estimates.absolute(rows, fit, nulls.Detectable(ratio.low, ratio.high, 1.0, "x"), 365)
    assert (one.low, one.high) == pytest.approx((main.per_hundred.low, main.per_hundred.high))
    assert (days.low, days.high) == pytest.approx((main.days.low, main.days.high))


# --- what stands beside a result ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "people", "cell"),
    [
        (0.8, 1.3, 10, "not shown and not ruled out: 0.50 or under, or 2.00 or over, would have been found"),
        (0.8, 1.0, 10, "not shown and not ruled out: 0.50 or under, or 2.00 or over, would have been found"),
        (0.5, 0.9, 10, ""),
        (1.1, 1.9, 10, ""),
        (math.nan, math.nan, 10, ""),
        (0.8, 1.3, 9, "suppressed"),
        (0.5, 0.9, 9, "suppressed"),
    ],
)
def test_beside_a_null_and_beside_no_null(low: float, high: float, people: int, cell: str) -> None:
    """A held result has the same cell, null or not: a gap would tell which."""
    ledger = Ledger()
    found = stats.Estimate(0.8, low, high)
    half = nulls.Detectable(0.5, 2.0, 1.0, "minimum_detectable_hazard_ratio")
    assert nulls.beside(ledger, "ratio", found, half, people, plan="subgroups.names") == cell
    assert [number.name for number in ledger.numbers] == (["smallest detectable, ratio"] if "0.50" in cell else [])


def test_the_words_name_the_nulls_and_only_them() -> None:
    assert nulls.words([("a", ""), ("b", gate.HELD), ("c", "a forecast, not a test")]) == ()
    (said,) = nulls.words([("a", "not shown and not ruled out: ..."), ("b", gate.HELD), ("c", "")])
    assert said.startswith("No difference was shown for: a. More cases would need to be followed")
    assert "should not be read as showing that management changes nothing" in said


# --- in the whole report --------------------------------------------------------------------------------------------


def tables(part: Part) -> list[Table]:
    """Return every table of a part."""
    return [*part.tables, *(figure.table for figure in part.figures)]


@pytest.mark.parametrize("ratio", [1.0, 0.4])
def test_every_result_that_holds_no_difference_has_its_own_and_no_other_has(ratio: float) -> None:
    report = null_report() if ratio == 1 else parts.build(asked(planted(ratio, people=600)), PLAN, ORIGIN)
    seen = {True: 0, False: 0}
    for part in report.parts[6:12]:
        for table in (one for one in tables(part) if nulls.HEAD in one.head):
            place = table.head.index(nulls.HEAD)
            for row in table.rows:
                found = next((INTERVAL.fullmatch(cell) for cell in row[1:place] if INTERVAL.fullmatch(cell)), None)
                if found is None or row[place].startswith("a forecast") or "all well to all ill" in row[2]:
                    continue
                _, low, high = (float(value.replace("−", "-")) for value in found.groups())
                is_ratio = "ratio" in " ".join((table.caption, row[0], row[2])).lower()
                is_ratio = is_ratio and not any(word in row[0] for word in ("per 100", "points", "days", "month"))
                is_null = low <= float(is_ratio) <= high
                assert row[place].startswith("not shown and not ruled out") == is_null, (table.caption, row)
                seen[is_null] += 1
    assert seen[ratio == 1] >= 10


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("Hazard ratio of management", "minimum_detectable_hazard_ratio"),
        ("Cases with another act, per 100", "minimum_detectable_hazard_ratio"),
        ("hazard ratio, london", "minimum_detectable_hazard_ratio"),
        ("hazard ratio, former partner", "minimum_detectable_hazard_ratio"),
        ("every further act, ratio of rates", "minimum_detectable_rate_ratio"),
        ("pooled hazard ratio", "minimum_detectable_rate_ratio"),
        ("how the victim is, points on “SWEMWBS”", "minimum_detectable_difference"),
        ("Landmark at day 30, per 100", "minimum_detectable_difference"),
        ("Without London", "minimum_detectable_hazard_ratio"),
        ("Cost a case, GBP", "minimum_detectable_difference"),
    ],
)
def test_each_scale_has_its_formula_and_stands_in_table_and_json(name: str, function: str) -> None:
    told = json.loads(writing.numbers(null_report()))
    number = next(one for one in told["numbers"] if one["name"] == f"smallest detectable, {name}")
    assert number["function"] == f"fourfold.stats.{function}"
    assert number["low"] == number["value"] < number["high"]
    digits = next(
        d for d in range(3) if round(number["low"], d) == number["low"] and round(number["high"], d) == number["high"]
    )
    cells = [cell for table in told["tables"] for row in table["rows"] for cell in row]
    assert any(
        f"{gate.said(number['low'], d)} or under, or {gate.said(number['high'], d)} or over" in cell
        for cell in cells
        for d in range(digits, 3)
    )


def test_html_pdf_and_docx_have_the_words_and_the_numbers_of_the_null() -> None:
    made = null_report()
    paper = writing.paper(made)
    file = docx.Document(io.BytesIO(documents.docx(paper)))
    typed = " ".join(cell.text for table in file.tables for row in table.rows for cell in row.cells)
    typed += " ".join(paragraph.text for paragraph in file.paragraphs)
    for whole in (writing.html(made), repr(paper), typed):
        assert "should not be read as showing that management changes nothing" in whole
        assert "not shown and not ruled out: 0." in whole
        assert "No difference was shown for: Cheshire; Hampshire; London" in whole


def test_what_leaves_beside_a_null_is_made_from_rounded_counts() -> None:
    """Whoever knows the formula reads back no count: 48 to 52 acts say the same, as the count of acts does."""
    assert len({nulls.by_acts(cases(acts=acts)) for acts in range(48, 53)}) == 1
    assert nulls.by_acts(cases(acts=53)) != nulls.by_acts(cases(acts=52))
    assert nulls.by_acts(cases(acts=9)) is nulls.by_acts(cases(managed=9)) is nulls.by_acts(cases(others=0)) is None


def test_a_site_and_a_subgroup_of_a_few_have_none() -> None:
    rows = [
        replace(row, site="tiny" if n < 9 else row.site, former_partner=None if 9 <= n < 18 else row.former_partner)
        for n, row in enumerate(planted(1.0, people=300))
    ]
    made = parts.build(rows, PLAN, ORIGIN)
    named = [number.name for number in made.numbers if number.name.startswith("smallest")]
    assert named
    assert not any("tiny" in name.lower() or "not known" in name for name in named)


def test_a_page_of_findings_says_it_of_the_whole_and_of_each_site() -> None:
    found = rules.findings(planted(1.0, people=600), called=ORIGIN.sites)
    *lines, closing = found.nulls
    assert [line.split(":")[0] for line in lines] == ["All sites", "Cheshire", "Hampshire", "London"]
    assert all(re.search(r"hazard ratio of 0\.\d\d or [1-9]\.\d\d would have been found", line) for line in lines)
    assert "should not be read as showing that management changes nothing" in closing
    assert re.search(r"between \d+ fewer and \d+ more out of 100", found.concluded)
    assert "All sites" not in " ".join(rules.findings(planted(0.5)).nulls)


# --- cautions -------------------------------------------------------------------------------------------------------


def test_a_caution_of_the_curves_is_printed_without_its_counts() -> None:
    """Three subjects were held: the interval is not to be trusted, and how few they are stays."""
    rows = planted(0.5, people=307)
    few = [replace(row, custody_day=None) for row in rows[3:]]
    made = parts.build([*(replace(row, custody_day=1, custody_days=1) for row in rows[:3]), *few], PLAN, ORIGIN)
    said = next(line for line in made.parts[6].words if line.startswith("Curves of what came first"))
    assert said.endswith("people and few events that are custody: too few for the interval to be trusted.")
    assert re.search(r"first: \d+[05] people", said)
    assert "307" not in said


def test_a_curve_without_a_caution_says_none() -> None:
    made = parts.build(held(planted(0.5, people=300)), PLAN, ORIGIN)
    assert not any(line.startswith("Curves of what came first") for line in made.parts[6].words)


def test_cautions_of_the_event_study_are_printed_and_name_no_month_in_which_few_began() -> None:
    found = history._dynamic(rules.followed_rows(planted(0.5, people=240)), 365)
    assert any("have no earlier period" in line for line in found.cautions)
    small = next(line for line in found.cautions if "very small groups" in line)
    assert "(" not in small
    words = null_report().parts[9].words
    assert any(
        line.startswith("Month by month, cases that started in month 1 have no earlier period") for line in words
    )
    assert any("very small groups" in line for line in words)
    assert any("use a randomisation test for p-values" in line for line in words)
    assert all(line in writing.html(null_report()) for line in words)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("307 people and 3 events of cause 2: too few", "305 people and few events of cause 2: too few"),
        ("1,204 people: weighted", "1205 people: weighted"),
        ("units that started in 1 have no earlier period", "units that started in 1 have no earlier period"),
        ("one of 60 rows makes 40% of the squares", "a row by itself makes 40% of the squares"),
    ],
)
def test_a_count_in_a_caution_is_few_or_rounded(said: str, left: str) -> None:
    assert gate.caution(said) == left


def test_a_cause_has_its_name() -> None:
    assert effects._of_causes("few events of cause 2") == "few events that are custody"
