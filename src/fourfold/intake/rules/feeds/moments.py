"""Moments as feeds write them: many forms, hours that say nothing, offsets, days as a spreadsheet counts them.

A local hour that does not exist, or exists twice, on the night on which the clocks change is nobody's guess: the row
waits, unless the mapping says that such an hour counts as not known.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from fourfold.intake.rules.feeds.layout import SAMPLE, Mapping, Moment
from fourfold.intake.terms import Fault
from fourfold.words import sentence

REMEMBERED = 4_096
#: A form besides those of strptime: days counted from the end of 1899, as spreadsheets keep them.
SERIAL = "excel serial"
_FIRST_SERIAL, _LAST_SERIAL = 61, 2_958_465  # before 61 spreadsheets count a day that never was
_SERIAL_BEGINS = datetime(1899, 12, 30)  # noqa: DTZ001 -- the mapping's zone is put in by the caller
_LOOKS_SERIAL = re.compile(r"[2-6]\d{4}([.,]\d+)?")
_NUMBER = re.compile(r"\d{1,7}(?:[.,]\d+)?")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?")
_HOURS_ALONE = re.compile(r":\d\d(?:\.\d+)?[+-]\d\d$")


@dataclass(frozen=True)
class NoMoment:
    """Why there is no moment in the cells, and whether it is for the time in a column of its own."""

    reason: str
    fault: Fault = Fault.DATE
    in_clock: bool = False


MomentReader = Callable[[str, str], "tuple[datetime, bool] | NoMoment"]


def moment_reader(moment: Moment, mapping: Mapping) -> MomentReader:
    """Return a function from date and time texts to (moment, hour is known), or to why there is none."""

    of_months = not all(map(names_a_day, moment.formats))

    @lru_cache(maxsize=REMEMBERED)
    def read(text: str, clock: str) -> tuple[datetime, bool] | NoMoment:
        found = parsed(text, moment.formats, iso=writes_iso(mapping.kind))
        if found is None:
            return NoMoment(no_such_date(text, moment.formats))
        hour = None if of_months and says_month_alone(text, moment.formats) else _hour_of(found, clock, moment)
        if isinstance(hour, NoMoment):
            return hour
        if found.tzinfo is not None and hour == found.timetz().replace(tzinfo=None):
            return found, True
        if hour is None:
            return datetime.combine(found.date(), time(), tzinfo=mapping.zone), False
        return _on_the_clock(datetime.combine(found.date(), hour), moment, mapping.zone)

    return read


def _hour_of(found: datetime, clock: str, moment: Moment) -> time | NoMoment | None:
    """Return the hour, None where nobody knows it."""
    if moment.time_column:
        if not clock or clock in moment.time_unknown:
            return None
        told = clock_of(clock)
        reason = sentence(
            "The time “{1}” is none. It is read as hours and minutes in digits, such as 1430 or 905.", clock[:20]
        )
        return NoMoment(reason, in_clock=True) if told is None else told
    if not moment.hour or (moment.midnight_unknown and found.time() == time()):
        return None
    return found.time()


def _on_the_clock(local: datetime, moment: Moment, zone: ZoneInfo) -> tuple[datetime, bool] | NoMoment:
    """Return a local time with its zone, or why the clocks of that night leave it in doubt."""
    aware = local.replace(tzinfo=zone)
    if aware.utcoffset() == aware.replace(fold=1).utcoffset():
        return aware, True
    if moment.clock_change_unknown:
        return datetime.combine(local.date(), time(), tzinfo=zone), False
    there = aware.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local
    why = "there were two such hours" if there else "there was no such hour"
    return NoMoment(
        f"On {local.day} {local:%B} {local.year} the clocks changed, and {why} as {local:%H:%M}. Write the offset from UTC "
        'beside it, or say clock_change = "hour not known" in the mapping.',
        Fault.CLOCK,
    )


def says_month_alone(text: str, formats: tuple[str, ...]) -> bool:
    """Return whether a text names a month and no day of it: the first of it stands for a day that nobody knows."""
    months = tuple(form for form in formats if not names_a_day(form))
    if not months or parsed(text, months) is None:
        return False
    days = tuple(form for form in formats if names_a_day(form))
    return not days or parsed(text, days) is None


def names_a_day(form: str) -> bool:
    return form == SERIAL or "%d" in form


def end_of_month(moment: datetime) -> datetime:
    """Return the last day of the month of a moment, at its beginning."""
    first_of_next = (moment.replace(day=1) + timedelta(days=32)).replace(day=1)
    return first_of_next - timedelta(days=1)


def writes_iso(kind: str) -> bool:
    """Return whether files of a kind hold days and times as such, which come out of them in ISO form."""
    return kind != "csv"


#: What clerks write where nobody knows a day.
_NO_DAY = frozenset({"unknown", "not known", "unk", "n/k", "nk", "n/a", "na", "none", "?", "-", "--", "."})
_WITH_SECONDS = re.compile(r"(\d{1,2}:\d\d):\d\d")
_NOUGHTS = re.compile(r"0{1,2}\D0{1,2}\D\d{2,4}|\d{4}\D?00\D?00|0+")


def is_no_day(text: str) -> bool:
    """Return whether a cell says that nobody knows a day: in words, or as a day and month of zero."""
    return text.strip().casefold() in _NO_DAY or _NOUGHTS.fullmatch(text.strip()) is not None


@lru_cache(maxsize=REMEMBERED * 16)
def parsed(text: str, formats: tuple[str, ...], *, iso: bool = False) -> datetime | None:
    """Return the moment that a text means in the first form that fits, with an offset only where the text has one."""
    for form in formats:
        try:
            found = _serial(text) if form == SERIAL else _in_form(text, form)
        except ValueError:
            continue
        if found is not None:
            return found
    return _iso(text) if iso else None


#: The numbers of a form that have the same meaning in every language, as strptime takes them.
_DIGITS = {"%d": r"(?P<d>\d\d?)", "%m": r"(?P<m>\d\d?)", "%Y": r"(?P<Y>\d{4})"}
_DIGITS |= {"%H": r"(?P<H>\d\d?)", "%M": r"(?P<M>\d\d?)", "%S": r"(?P<S>\d\d?)"}
_APART = re.compile(r"[^%\w]")


@cache
def _quick(form: str) -> tuple[re.Pattern[str], tuple[str, ...]] | None:
    """Return an expression for a form of numbers kept apart by signs, and its groups from the year down, or None."""
    parts = re.findall(r"%.|[^%]", form)
    numbers = [part for part in parts if part in _DIGITS]
    if len(numbers) != len(set(numbers)) or not {"%d", "%m", "%Y"} <= set(numbers) or numbers != parts[::2]:
        return None
    if not all(_APART.fullmatch(sign) for sign in parts[1::2]):
        return None
    groups = tuple(part for part in _YEAR_DOWN if f"%{part}" in numbers)
    if groups != _YEAR_DOWN[: len(groups)]:
        return None
    said = "".join(_DIGITS[part] if place % 2 == 0 else re.escape(part) for place, part in enumerate(parts))
    return re.compile(said, re.ASCII), groups


_YEAR_DOWN = tuple("YmdHMS")


def _in_form(text: str, form: str) -> datetime:
    """Return the moment in a form, or raise ValueError. What is not plainly numbers is left to strptime."""
    if form.endswith("%z") and _HOURS_ALONE.search(text):
        text += "00"  # “+00” is how PostgreSQL writes an offset
    quick = _quick(form)
    if quick is None or (found := quick[0].fullmatch(text)) is None:
        return datetime.strptime(text, form)  # noqa: DTZ007 -- zone by the caller
    return datetime(*map(int, found.group(*quick[1])))  # type: ignore[arg-type]  # noqa: DTZ001


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if _ISO.fullmatch(text) else None
    except ValueError:
        return None


def _serial(text: str) -> datetime | None:
    """Return the moment that a spreadsheet's number of days means, to the second."""
    if not _NUMBER.fullmatch(text):
        return None
    days = float(text.replace(",", "."))
    if not _FIRST_SERIAL <= days < _LAST_SERIAL:
        return None
    return _SERIAL_BEGINS + timedelta(seconds=round(days * 86_400))


def no_such_date(text: str, formats: tuple[str, ...]) -> str:
    """Return why a text is no date, naming the form in which it is read, and a spreadsheet's number for what it is."""
    if _LOOKS_SERIAL.fullmatch(text) and (meant := _serial(text)) is not None:
        return sentence(
            '“{1}” is probably a day as a spreadsheet counts it: {2} {3}. If it is, add "{4}" to the formats in '
            "the mapping.",
            text[:20],
            meant.day,
            f"{meant:%B %Y, %H:%M}",
            SERIAL,
        )
    return sentence("There is no such date as “{1}”. It is read in the form of {2}.", text[:40], example(formats[0]))


def example(form: str) -> str:
    return "46350.6046875" if form == SERIAL else SAMPLE.strftime(form)


def clock_of(digits: str) -> time | None:
    """Return the time that digits without leading zeros mean: 1430, 905 for 09:05, 5 for 00:05; None where none.

    Seconds behind hours and minutes (14:05:00) are left out: no report tells its second.
    """
    with_seconds = _WITH_SECONDS.fullmatch(digits)
    plain = (with_seconds[1] if with_seconds else digits).replace(":", "")
    if not plain.isascii() or not plain.isdigit() or len(plain) > 4:
        return None
    hours, minutes = divmod(int(plain), 100)
    return time(hours, minutes) if hours < 24 and minutes < 60 else None


def why_not_a_form(form: str) -> str | None:
    """Return why a form of dates cannot be used, None where it can: it needs a month and a year, and a day or no hour."""
    if form == SERIAL:
        return None
    given = set(re.findall(r"%(.)", form))
    is_month = given & set("mbB") and given & set("Yy") and parsed(_sample(form), (form,))
    if is_month and ("d" in given or not given & set("HIMSfpj")):
        return None
    return sentence(
        "has “{1}”, which names no whole day; use %d, %m (or %b, %B) and %Y (or %y), such as %d/%m/%Y %H:%M, or %Y-%m where "
        "no day is ever told",
        form,
    )


def _sample(form: str) -> str:
    return SAMPLE.replace(tzinfo=UTC).strftime(form) if "%z" in form else SAMPLE.strftime(form)
