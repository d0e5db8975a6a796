"""Page one, read by somebody who decides: what was asked and found, how certain it is, what may and may not be concluded."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache

import pytest

from fourfold.evaluation import rules
from fourfold.evaluation.report import parts, writing
from fourfold.evaluation.report.terms import Part, Report
from fourfold.evaluation.terms import FIRST_QUESTION
from tests.evaluation.test_report import ORIGIN, PLAN
from tests.evaluation.test_rules import planted

EFFECT, NULL, FEW = 0.5, 1.0, 0.0
POINTS = (
    "What was asked", "What was found", "What that does not mean", "How certain this is", "What may be concluded",
    "What may not be concluded", "In a new area", "What would change our mind",
)  # fmt: skip


@cache
def report(ratio: float) -> Report:
    """Build a report of an effect, of none, or of too few to say anything."""
    if ratio == FEW:
        rows = [replace(row, next_act_day=None) if n % 11 else row for n, row in enumerate(planted(0.5, people=200))]
        return parts.build(rows, PLAN, ORIGIN)
    return parts.build(planted(ratio, people=900 if ratio == EFFECT else 240), PLAN, ORIGIN)


def first(ratio: float) -> tuple[Part, dict[str, str]]:
    """Return page one and what it says under each heading."""
    part = report(ratio).parts[0]
    return part, {name: " ".join(lines) for name, *lines in part.points}


def test_the_answer_comes_first_in_cases_of_100_with_its_range_and_its_time() -> None:
    assert re.fullmatch(
        r"Of 100 cases managed from the first day, about \d+ fewer had another recorded act within 365 days \(12 months\) "
        r"than without management \(between \d+ and \d+ fewer\)\.",
        first(EFFECT)[0].words[0],
    )
    assert re.fullmatch(
        r"We do not know yet whether management changes how many of 100 cases have another recorded act within 365 days "
        r"\(12 months\): the difference may lie anywhere between \d+ fewer and \d+ more out of 100\.",
        first(NULL)[0].words[0],
    )


@pytest.mark.parametrize(
    ("ratio", "left_out"),
    [
        (EFFECT, {"What that does not mean"}),
        (NULL, set()),
        (FEW, {"What was found", "What that does not mean", "In a new area"}),
    ],
)
def test_it_has_these_headings_in_this_order(ratio: float, left_out: set[str]) -> None:
    assert list(first(ratio)[1]) == [name for name in POINTS if name not in left_out]


def test_what_was_asked_is_who_what_against_what_and_for_how_long() -> None:
    said = first(EFFECT)[1]["What was asked"]
    for words in (PLAN.population, PLAN.strategy, PLAN.variable, "within 365 days (12 months)", "“Managed” means"):
        assert words in said


def test_what_was_found_is_absolute_first_without_then_with_and_then_in_days() -> None:
    said = first(EFFECT)[1]["What was found"]
    without, managed, low, high, days = map(
        int,
        re.findall(
            r"without management, about (\d+) had .* managed from the first day, about (\d+) \(each rounded by itself\): .* between (\d+) and (\d+) fewer "
            r"out of 100\. A managed case passed about (\d+) more days of the 365 without",
            said,
        )[0],
    )
    assert low <= without - managed <= high
    assert days > 0
    assert "ratio" not in said


def test_the_numbers_of_page_one_are_those_of_the_main_result() -> None:
    table = report(EFFECT).parts[6].tables[0]
    per_hundred, days = (float(re.findall(r"[\d.]+", row[1])[0]) for row in table.rows[:2])
    said = " ".join((first(EFFECT)[0].words[0], first(EFFECT)[1]["What was found"]))
    assert f"about {per_hundred:.0f} fewer" in said
    assert f"about {days:.0f} more days" in said


def test_how_certain_is_a_word_with_its_scale_and_a_gloss_of_the_range() -> None:
    assert first(EFFECT)[1]["How certain this is"].startswith("Low: 2 on a scale from 1 (very low) to 4 (high).")
    assert first(NULL)[1]["How certain this is"].startswith("Very low: 1 on a scale")
    assert "of 100 ranges made in this way, 95 hold the true value" in first(NULL)[1]["How certain this is"]


def test_what_it_cannot_tell_is_said_whatever_was_found() -> None:
    for ratio in (EFFECT, NULL, FEW):
        said = first(ratio)[1]["What may not be concluded"]
        for words in (
            "cause of the whole difference",
            "nobody reported",
            "way of working",
            "new area",
            "after the days",
        ):
            assert words in said
        assert "three" not in said, "an extract holds as many sites as it holds"
    assert "three" not in FIRST_QUESTION.population
    assert "three" not in " ".join(rules.CANNOT_TELL)
    assert first(NULL)[1]["What may not be concluded"].startswith("That management changes nothing.")


def test_what_may_be_concluded_is_no_more_than_was_shown() -> None:
    assert "fewer of 100 managed cases" in first(EFFECT)[1]["What may be concluded"]
    assert "does not prove one" in first(EFFECT)[1]["What may be concluded"]
    assert "cannot say yet whether management lowers or raises" in first(NULL)[1]["What may be concluded"]
    assert first(FEW)[1]["What may be concluded"] == "Nothing yet."


def test_a_null_says_in_cases_of_100_what_would_have_been_found() -> None:
    said = first(NULL)[1]["What that does not mean"]
    assert re.search(r"about \d+ fewer or \d+ more out of 100 would have been found in four studies out of five", said)
    assert re.search(r"a hazard ratio of 0\.\d\d or 1\.\d\d: how often acts follow under management", said)


def test_what_would_change_it_is_said() -> None:
    assert "Victims' own reports" in first(EFFECT)[1]["What would change our mind"]
    assert "More cases" not in first(EFFECT)[1]["What would change our mind"]
    assert first(NULL)[1]["What would change our mind"].startswith("More cases")


def test_too_few_say_no_number_at_all() -> None:
    part, said = first(FEW)
    assert part.words == (
        "There are too few cases or acts to compare. Nothing may be concluded, and nothing is shown.",
    )
    assert "What was found" not in said
    assert not any(number.shown for number in report(FEW).numbers if number.name.startswith("Of 100 cases"))


@pytest.mark.parametrize(
    "jargon", ["estimand", "confidence", "p-value", "REML", "Cox", "standardised", "heterogeneity"]
)
def test_no_word_of_the_trade_stands_on_page_one(jargon: str) -> None:
    for ratio in (EFFECT, NULL, FEW):
        part, said = first(ratio)
        assert jargon.lower() not in " ".join((*part.words, *said.values())).lower()


def test_html_paper_and_json_say_the_same_page() -> None:
    made = report(NULL)
    told = json.loads(writing.numbers(made))["parts"][0]
    facts = next(block for block in writing.paper(made).blocks if block.kind == "facts")
    for name, *lines in made.parts[0].points:
        assert [name, *lines] in told["points"]
        assert (name, "\n".join(lines)) in facts.rows
        assert f"<dt>{name}</dt>" in writing.html(made)
