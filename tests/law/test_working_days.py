"""Working days with their bank holidays: as published, then as the law makes them, then not at all."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.law.working_days import (
    CalendarTooShort,
    bank_holidays,
    computed,
    easter,
    is_working_day,
    published,
    working_days_after,
)

DAY = timedelta(days=1)
MONDAY = 0


def meeus(year: int) -> date:
    """Easter Sunday, by the anonymous Gregorian computus (Meeus, Astronomical Algorithms, chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e, g = b // 4, b % 4, (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def mondays(year: int, month: int) -> list[date]:
    days = (date(year, month, 1) + timedelta(days=n) for n in range(31))
    return [day for day in days if day.month == month and day.weekday() == MONDAY]


def with_substitutes(fixed: list[date]) -> set[date]:
    """A holiday on a Saturday or Sunday is kept on the next day that is neither, nor a holiday already."""
    kept: set[date] = set()
    for day in fixed:
        while day.weekday() >= 5 or day in kept:
            day += DAY  # noqa: PLW2901
        kept.add(day)
    return kept


@pytest.mark.parametrize("year", range(2024, 2039))
def test_the_bank_holidays_are_those_that_the_law_makes(year: int) -> None:
    """Banking and Financial Dealings Act 1971, schedule 1, and the holidays proclaimed each year, computed again."""
    sunday = meeus(year)
    fixed = with_substitutes([date(year, 1, 1)]) | with_substitutes([date(year, 12, 25), date(year, 12, 26)])
    moving = {sunday - 2 * DAY, sunday + DAY, mondays(year, 5)[0], mondays(year, 5)[-1], mondays(year, 8)[-1]}
    assert bank_holidays(year) == fixed | moving
    assert len(bank_holidays(year)) == 8


def test_what_was_published_is_what_the_rule_computes() -> None:
    assert {year: computed(year) for year in published()} == published()


def test_the_years_to_2028_are_published_and_ten_more_are_computed() -> None:
    assert sorted(published()) == [2024, 2025, 2026, 2027, 2028]
    assert bank_holidays(2038) == computed(2038)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 24), True),
        (date(2026, 11, 28), False),
        (date(2026, 11, 29), False),
        (date(2026, 12, 25), False),
        (date(2026, 12, 26), False),
        (date(2026, 12, 28), False),
        (date(2026, 12, 29), True),
        (date(2027, 12, 27), False),
        (date(2028, 1, 3), False),
    ],
)
def test_a_working_day_is_no_weekend_and_no_bank_holiday(day: date, works: bool) -> None:
    assert is_working_day(day) is works


@pytest.mark.parametrize("year", [2023, 2039])
def test_a_year_whose_holidays_nobody_knows_is_not_guessed(year: int) -> None:
    with pytest.raises(CalendarTooShort, match=str(year)):
        is_working_day(date(year, 1, 4))


@pytest.mark.parametrize(
    ("year", "sunday"), [(1981, date(1981, 4, 19)), (2000, date(2000, 4, 23)), (2038, date(2038, 4, 25))]
)
def test_easter_falls_where_the_calendar_has_it(year: int, sunday: date) -> None:
    assert easter(year) == sunday


@given(st.dates(date(2024, 1, 1), date(2038, 11, 30)), st.integers(min_value=1, max_value=10))
def test_there_are_exactly_so_many_working_days_in_the_time_allowed(day: date, count: int) -> None:
    due = working_days_after(day, count)
    between = [day + timedelta(days=n) for n in range(1, (due - day).days + 1)]
    assert sum(map(is_working_day, between)) == count
    assert is_working_day(due)
