"""Rows that cannot be true: refused, or counted where the result is read; never used in silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from fourfold import stats
from fourfold.evaluation import impossible, rules
from fourfold.evaluation.report import answer
from fourfold.evaluation.report.study import begin
from tests.evaluation.test_report import ORIGIN, PLAN
from tests.evaluation.test_rules import planted

ROWS = planted(0.5, people=300)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"wellbeing_measure": "phq-9", "wellbeing_first": 28.0}, "28 on phq-9, which goes from 0 to 27"),
        ({"wellbeing_measure": "swemwbs", "wellbeing_last": 5.0}, "goes from 7 to 35"),
        ({"custody_from": (40,), "custody_until": (30,)}, "ends before it begins"),
        ({"act_days": (0, 5)}, "an act on the day of opening"),
    ],
)
def test_a_row_that_cannot_be_true_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(stats.OutOfRange, match=said):
        rules.require_usable([*ROWS, replace(ROWS[0], pseudonym="q", **wrong)])


def test_the_same_cases_under_other_pseudonyms_are_refused_and_some_are_counted() -> None:
    full = [replace(row, staff_minutes=60 + place) for place, row in enumerate(ROWS)]
    again = [replace(row, pseudonym=f"again {row.pseudonym}") for row in full]
    with pytest.raises(stats.OutOfRange, match="the same cases under other pseudonyms"):
        rules.require_usable([*full, *again])
    assert "may be a second entry of one case: about 80." in impossible.counted([*full, *again[:40]])[0]


DOUBTFUL = {
    "managed before they were opened": lambda row: replace(row, managed_day=-20),
    "while the subject was held": lambda row: replace(row, custody_from=(4,), custody_until=(30,), act_days=(9,)),
    "after the end of the time followed": lambda row: replace(row, next_act_day=row.followed_days + 3),
    "on the day of opening": lambda row: replace(row, next_act_day=0),
    "before the first day of their site": lambda row: replace(row, managed_day=3, quarter="2020-Q1"),
}


@pytest.mark.parametrize("said", DOUBTFUL)
def test_what_can_hardly_be_true_is_counted_and_told(said: str) -> None:
    live = dict.fromkeys(("cheshire", "hampshire", "london"), date(2024, 1, 1))
    for few, word in ((20, "about 20"), (4, "a few")):
        rows = [DOUBTFUL[said](row) if place < few else row for place, row in enumerate(ROWS)]
        (line,) = impossible.counted(rows, live)
        assert said in line
        assert line.endswith(f": {word}.")
        assert not stats.gate_markup(line)
    assert impossible.counted(ROWS, live) == ()


def test_the_report_says_it_on_page_one_and_the_findings_among_their_cautions() -> None:
    rows = [DOUBTFUL["managed before they were opened"](row) if place < 20 else row for place, row in enumerate(ROWS)]
    said = "Cases managed before they were opened, which count as managed from that day: about 20."
    page = {name: lines for name, *lines in answer.first_page(begin(rows, PLAN, ORIGIN)).points}
    assert said in page["How certain this is"]
    assert said in rules.findings(rows).cautions
