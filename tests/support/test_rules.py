"""Working days with their bank holidays, when her silence is an alarm, and what makes a contact safe."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.cases.terms import Level
from fourfold.support import rules
from fourfold.support.terms import ContactOutcome
from fourfold.support.working_days import CalendarTooShort, bank_holidays, is_working_day, working_days_after

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MONDAY = 0


def easter(year: int) -> date:
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


@pytest.mark.parametrize("year", sorted(bank_holidays()))
def test_the_bank_holidays_are_those_that_the_law_makes(year: int) -> None:
    """Banking and Financial Dealings Act 1971, schedule 1, and the holidays proclaimed each year, computed again."""
    sunday = easter(year)
    fixed = with_substitutes([date(year, 1, 1)]) | with_substitutes([date(year, 12, 25), date(year, 12, 26)])
    moving = {sunday - 2 * DAY, sunday + DAY, mondays(year, 5)[0], mondays(year, 5)[-1], mondays(year, 8)[-1]}
    assert bank_holidays()[year] == fixed | moving
    assert len(bank_holidays()[year]) == 8


def test_the_years_from_2024_to_2028_are_there() -> None:
    assert sorted(bank_holidays()) == [2024, 2025, 2026, 2027, 2028]


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


def test_a_year_whose_holidays_nobody_knows_is_not_guessed() -> None:
    with pytest.raises(CalendarTooShort, match="2029"):
        is_working_day(date(2029, 1, 2))


@pytest.mark.parametrize(
    ("happened_at", "enhanced", "due"),
    [
        (datetime(2026, 11, 24, 9, tzinfo=UTC), True, date(2026, 11, 25)),
        (datetime(2026, 11, 24, 9, tzinfo=UTC), None, date(2026, 11, 25)),
        (datetime(2026, 11, 24, 9, tzinfo=UTC), False, date(2026, 12, 1)),
        # Friday to Monday; over Christmas to the first working day after it.
        (datetime(2026, 11, 27, 18, tzinfo=UTC), True, date(2026, 11, 30)),
        (datetime(2026, 12, 24, 12, tzinfo=UTC), True, date(2026, 12, 29)),
        (datetime(2026, 12, 24, 12, tzinfo=UTC), False, date(2027, 1, 5)),
        # Good Friday and Easter Monday.
        (datetime(2026, 4, 2, 12, tzinfo=UTC), True, date(2026, 4, 7)),
        # Half an hour past midnight on her clock in summer is the next day, though not yet in UTC.
        (datetime(2026, 7, 13, 23, 30, tzinfo=UTC), True, date(2026, 7, 15)),
    ],
)
def test_she_is_told_within_one_working_day_or_five_without_enhanced_rights(
    happened_at: datetime, enhanced: bool | None, due: date
) -> None:
    assert rules.due_on(happened_at, enhanced) == due


@given(st.dates(date(2024, 1, 1), date(2028, 11, 30)), st.integers(min_value=1, max_value=10))
def test_there_are_exactly_so_many_working_days_in_the_time_allowed(day: date, count: int) -> None:
    due = working_days_after(day, count)
    between = [day + timedelta(days=n) for n in range(1, (due - day).days + 1)]
    assert sum(map(is_working_day, between)) == count
    assert is_working_day(due)


@pytest.mark.parametrize(
    ("told_at", "at", "met"),
    [
        (None, NOW, None),
        (None, NOW + DAY, None),
        (None, NOW + 2 * DAY, False),
        (NOW, NOW, True),
        (NOW + DAY, NOW + 9 * DAY, True),
        (NOW + 2 * DAY, NOW + 9 * DAY, False),
    ],
)
def test_a_clock_is_met_missed_or_still_runs(told_at: datetime | None, at: datetime, met: bool | None) -> None:
    assert rules.is_met(date(2026, 11, 25), told_at, at) is met


@pytest.mark.parametrize(
    ("outcome", "safe"),
    [
        (ContactOutcome.REACHED, True),
        (ContactOutcome.NOT_REACHED, None),
        (ContactOutcome.NOT_SAFE_TO_SPEAK, False),
        (ContactOutcome.STOPPED, False),
    ],
)
def test_what_makes_a_contact_safe(outcome: ContactOutcome, safe: bool | None) -> None:
    assert rules.is_safe(outcome) is safe


@pytest.mark.parametrize(
    ("level", "days", "silent"),
    [
        (Level.VERY_HIGH, 14, True),
        (Level.VERY_HIGH, 13, False),
        (Level.HIGH, 14, True),
        (Level.HIGH, 13, False),
        (Level.MEDIUM, 99, False),
        (Level.LOW, 99, False),
        (None, 14, True),
        (None, 13, False),
    ],
)
def test_her_silence_is_an_alarm_after_fourteen_days_at_high_or_very_high(
    level: Level | None, days: int, silent: bool
) -> None:
    assert rules.is_silent(level, NOW - days * DAY, NOW - 400 * DAY, NOW) is silent


def test_somebody_who_was_never_reached_is_silent_since_the_case_was_opened() -> None:
    assert rules.is_silent(Level.HIGH, None, NOW - 14 * DAY, NOW)
    assert not rules.is_silent(Level.HIGH, None, NOW - 13 * DAY, NOW)
    assert rules.days_silent(None, NOW - 20 * DAY, NOW) == 20


@pytest.mark.parametrize(
    ("outcome", "minutes", "field"),
    [
        (ContactOutcome.REACHED, None, None),
        (ContactOutcome.REACHED, 0, None),
        (ContactOutcome.NOT_REACHED, 1440, None),
        (ContactOutcome.REACHED, -1, "minutes"),
        (ContactOutcome.REACHED, 1441, "minutes"),
        (ContactOutcome.STOPPED, None, "outcome"),
    ],
)
def test_a_contact_is_recorded_as_what_it_was(outcome: ContactOutcome, minutes: int | None, field: str | None) -> None:
    why = rules.why_not_record(outcome, minutes)
    assert (why and why[0]) == field
