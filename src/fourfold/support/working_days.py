"""Working days in England and Wales, counted with the bank holidays that the slice ships. No framework, no clock."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

SATURDAY = 5


class CalendarTooShort(ValueError):
    """The bank holidays of a year are not known, so no working day of it can be counted."""

    def __init__(self, year: int):
        super().__init__(f"The bank holidays of {year} are not on record. Add the year to bank-holidays.toml.")


@cache
def bank_holidays() -> dict[int, frozenset[date]]:
    """This function will return the bank holidays by year."""
    source = files("fourfold.support").joinpath("bank-holidays.toml").read_text(encoding="utf-8")
    return {int(year): frozenset(days) for year, days in tomllib.loads(source).items()}


def is_working_day(day: date) -> bool:
    """This function will say whether a day is neither a Saturday, a Sunday nor a bank holiday.

    Raises CalendarTooShort for a year whose bank holidays are not known: not known is not a working day.
    """
    if day.year not in bank_holidays():
        raise CalendarTooShort(day.year)
    return day.weekday() < SATURDAY and day not in bank_holidays()[day.year]


def working_days_after(day: date, count: int) -> date:
    """This function will return the day on which `count` working days after `day` are over; `day` does not count."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day
