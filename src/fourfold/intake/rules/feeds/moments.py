"""Moments as feeds write them: many forms, hours that say nothing, times whose zeros a spreadsheet has eaten."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time
from functools import lru_cache

from fourfold.intake.rules.feeds.layout import SAMPLE, Mapping, Moment

REMEMBERED = 4_096
ISO = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")
"""How days and times that a workbook holds as such come out of it; with an hour typed as words in a cell of its own."""

MomentReader = Callable[[str, str], "tuple[datetime, bool] | str"]


def moment_reader(moment: Moment, mapping: Mapping) -> MomentReader:
    """Return a function from date and time texts to (moment, hour is known), or to why there is none."""
    formats = (*moment.formats, *(ISO if mapping.kind == "xlsx" else ()))

    @lru_cache(maxsize=REMEMBERED)
    def read(text: str, clock: str) -> tuple[datetime, bool] | str:
        found = parsed(text, formats)
        if found is None:
            return no_such_date(text, moment.formats[0])
        known = moment.hour
        hour = found.time() if moment.hour else time()
        if moment.time_column:
            if clock in moment.time_unknown or not clock:
                hour, known = time(), False
            elif (told := clock_of(clock)) is None:
                return (
                    f"The time “{clock[:20]}” is none. It is read as hours and minutes in digits, such as 1430 or 905."
                )
            else:
                hour, known = told, True
        elif moment.midnight_unknown and hour == time():
            known = False
        return datetime.combine(found.date(), hour, tzinfo=mapping.zone), known

    return read


def parsed(text: str, formats: tuple[str, ...]) -> datetime | None:
    for form in formats:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 -- the mapping's zone is put in by the caller
        except ValueError:
            continue
    return None


def no_such_date(text: str, form: str) -> str:
    return f"There is no such date as “{text[:40]}”. It is read in the form of {SAMPLE.strftime(form)}."


def clock_of(digits: str) -> time | None:
    """Return the time that digits without leading zeros mean: 1430, 905 for 09:05, 5 for 00:05; None where none."""
    plain = digits.replace(":", "")
    if not plain.isascii() or not plain.isdigit() or len(plain) > 4:
        return None
    hours, minutes = divmod(int(plain), 100)
    return time(hours, minutes) if hours < 24 and minutes < 60 else None


def why_not_a_form(form: str) -> str | None:
    """Return why a form of dates cannot be used, None where it can: it needs a day, a month and a year."""
    given = set(re.findall(r"%(.)", form))
    if "d" in given and given & set("mbB") and given & set("Yy") and parsed(SAMPLE.strftime(form), (form,)):
        return None
    return f"has “{form}”, which names no whole day; use %d, %m (or %b, %B) and %Y (or %y), such as %d/%m/%Y %H:%M"
