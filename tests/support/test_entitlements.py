"""Entitlements: the edition of the day on which the clock begins, whatever the Code says later."""

from __future__ import annotations

from datetime import date

import pytest

from fourfold.support import rules

TWO = """
[[entitlement]]
code = "plan_agreed"
words = "a plan was agreed with her"
from_on = 2024-04-03
until_on = 2026-06-01
source = "Code of 2024, right 6"
working_days = 5

[[entitlement]]
code = "told_of_review"
words = "the review was explained"
from_on = 2024-04-03
until_on = 2027-01-01
source = "Code of 2024, right 9"

[[entitlement]]
code = "plan_agreed"
words = "a plan was agreed and written down with her"
from_on = 2026-06-01
source = "Code of 2026, right 4"
working_days = 2
"""
ON = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("begun", "source", "due"),
    [
        # Before the right came in: its clock begins with its first edition.
        (date(2019, 5, 3), "Code of 2024, right 6", date(2024, 4, 10)),
        (date(2024, 4, 3), "Code of 2024, right 6", date(2024, 4, 10)),
        # The last day of the old edition, and the first of the new.
        (date(2026, 5, 31), "Code of 2024, right 6", date(2026, 6, 5)),
        (date(2026, 6, 1), "Code of 2026, right 4", date(2026, 6, 3)),
    ],
)
def test_of_two_editions_the_one_counts_that_stood_when_the_clock_began(begun: date, source: str, due: date) -> None:
    plan = next(
        each for each in rules.entitled_to(begun, ON, rules.read_entitlements(TWO)) if each.code == "plan_agreed"
    )
    assert (plan.source, rules.due_day(plan, begun)) == (source, due)


@pytest.mark.parametrize(
    ("begun", "on", "codes"),
    [
        (date(2019, 5, 3), date(2024, 4, 2), []),
        (date(2019, 5, 3), ON, ["plan_agreed", "told_of_review"]),
        (date(2026, 11, 24), ON, ["plan_agreed", "told_of_review"]),
        # What ended before the case began is nothing that she is offered.
        (date(2027, 1, 1), date(2027, 1, 1), ["plan_agreed"]),
    ],
)
def test_what_is_not_yet_or_no_longer_a_right_is_not_shown(begun: date, on: date, codes: list[str]) -> None:
    assert [each.code for each in rules.entitled_to(begun, on, rules.read_entitlements(TWO))] == codes


@pytest.mark.parametrize("ends", ["2026-05-31", "2026-06-02"])
def test_a_register_with_a_gap_or_an_overlap_is_not_read(ends: str) -> None:
    with pytest.raises(ValueError, match="plan_agreed"):
        rules.read_entitlements(TWO.replace('2026-06-01\nsource = "Code of 2024', f'{ends}\nsource = "Code of 2024'))


def test_two_editions_without_an_end_are_not_read() -> None:
    with pytest.raises(ValueError, match="plan_agreed"):
        rules.read_entitlements(TWO.replace("until_on = 2026-06-01\n", ""))


def test_a_day_whose_bank_holidays_are_not_on_record_is_not_guessed() -> None:
    needs = next(each for each in rules.entitlements() if each.code == "needs_assessment")
    assert rules.due_day(needs, date(2022, 5, 3)) is None


def test_every_row_of_the_register_says_where_it_stands() -> None:
    assert rules.entitlements()
    assert all(each.words and each.source for each in rules.entitlements())
