"""Working days in England and Wales, counted with the bank holidays of the register. No framework, no clock."""

import tomllib
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

SATURDAY = 5
#: How many years beyond the last published one are computed. A proclamation may add a day, so it is not for ever.
YEARS_COMPUTED = 10


class CalendarTooShort(ValueError):
    """The bank holidays of a year are not known, so no working day of it can be counted."""

    field = "happened_at"

    def __init__(self, year: int):
        super().__init__(f"The bank holidays of {year} are not on record. Add the year to bank-holidays.toml.")


@cache
def published() -> dict[int, frozenset[date]]:
    """Return the bank holidays by year, as they were published."""
    source = files("fourfold.law").joinpath("registers", "bank-holidays.toml").read_text(encoding="utf-8")
    return {int(year): frozenset(days) for year, days in tomllib.loads(source).items()}


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """Return the bank holidays of a year: published, or for ten years more computed.

    Raises CalendarTooShort for a year before those published, whose proclaimed days are not on record, or beyond.
    """
    if year in published():
        return published()[year]
    if not max(published()) < year <= max(published()) + YEARS_COMPUTED:
        raise CalendarTooShort(year)
    return computed(year)


def computed(year: int) -> frozenset[date]:
    """Compute the bank holidays of a year where nothing out of the ordinary is proclaimed.

    Source: Banking and Financial Dealings Act 1971, schedule 1; New Year's Day, the first Monday in May and the
    substitutes of days that fall on a weekend are proclaimed each year in the same way.
    """
    sunday = easter(year)
    new_year, christmas = date(year, 1, 1), date(year, 12, 25)
    fixed = {_weekday_from(new_year, frozenset())}
    for day in (christmas, christmas + timedelta(days=1)):
        fixed.add(_weekday_from(day, frozenset(fixed)))
    mondays = {_monday(year, 5, 1), _last_monday(year, 5), _last_monday(year, 8)}
    return frozenset({sunday - timedelta(days=2), sunday + timedelta(days=1)} | fixed | mondays)


def easter(year: int) -> date:
    """Return Easter Sunday (Butcher's algorithm for the Gregorian calendar)."""
    golden, (century, of_century) = year % 19, divmod(year, 100)
    leaps, rest = divmod(century, 4)
    moon = (19 * golden + century - leaps - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * rest + 2 * (of_century // 4) - moon - of_century % 4) % 7
    late = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _weekday_from(day: date, taken: frozenset[date]) -> date:
    """Return the day itself, or the next that is no weekend and no holiday already."""
    while day.weekday() >= SATURDAY or day in taken:
        day += timedelta(days=1)
    return day


def _monday(year: int, month: int, from_day: int) -> date:
    first = date(year, month, from_day)
    return first + timedelta(days=-first.weekday() % 7)


def _last_monday(year: int, month: int) -> date:
    return _monday(year, month, 25)


def is_working_day(day: date) -> bool:
    """Return whether a day is neither a Saturday, a Sunday nor a bank holiday.

    Raises CalendarTooShort for a year whose bank holidays are not known: not known is not a working day.
    """
    return day not in bank_holidays(day.year) and day.weekday() < SATURDAY


def working_days_after(day: date, count: int) -> date:
    """Return the day on which `count` working days after `day` are over; `day` does not count."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def holidays_between(day: date, until: date) -> tuple[date, ...]:
    """Return the bank holidays after `day` and up to `until` that fall on no Saturday or Sunday."""
    days = (day + timedelta(days=ahead) for ahead in range(1, (until - day).days + 1))
    return tuple(each for each in days if each.weekday() < SATURDAY and not is_working_day(each))
