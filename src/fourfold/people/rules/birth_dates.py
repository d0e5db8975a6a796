"""Days of birth in the many ways in which people write them."""

import re
from datetime import date

from fourfold.people.rules.names import plain
from fourfold.people.terms import InvalidBirth
from fourfold.words import sentence

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
OLDEST = 120

_ORDERS = (
    (re.compile(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})"), "ymd"),
    (re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})"), "dmy"),
    (re.compile(r"(\d{4})(\d{2})(\d{2})"), "ymd"),
    (re.compile(r"(\d{1,2})(?:st|nd|rd|th)?(?: of)?[-/. ]*([a-z]{3,9})[-/., ]*(\d{4}|\d{2})"), "dmy"),
    (re.compile(r"([a-z]{3,9})[-/. ]*(\d{1,2})(?:st|nd|rd|th)?[-/., ]+(\d{4})"), "mdy"),
    (re.compile(r"(\d{4})[-/. ]*([a-z]{3,9})[-/. ]*(\d{1,2})"), "ymd"),
)
_DAY_FIRST = re.compile(r"(\d{2})(\d{2})(\d{4})")
_NOT_KNOWN = re.compile(r"|n/?k|n/?a|not known|unknown|unk|none|null|[-?.x/ ]+|0[0./ -]*")
_PARTLY = re.compile(
    r"(?:(?:c|ca|circa|about|approx|abt)\.?|~)?\s*(?:[a-z]{3,9}\s+)?(?:\d{1,2}[/-])?(?:1[89]|20)\d{2}|(?:about |aged? )?\d{1,3}"
    r"(?: (?:years? old|yrs?|years))?"
)


def parse_birth(text: str, *, on: date) -> date | None:
    """Return a day of birth from the many ways in which people write one; None where it is not, or only partly, known.

    The day comes before the month, as in Britain, unless the year stands first. Two digits of a year mean the last
    such year that is not after `on`. Raises InvalidBirth for 31 February, a day after `on`, or one over 120 years ago.
    """
    plainly = re.sub(r"\s+", " ", plain(text).strip().rstrip("."))
    plainly = re.sub(r"[t ]00?:00(?::00(?:\.0+)?)?(?:z|[+-]\d\d:?\d\d)?$", "", plainly)
    if _NOT_KNOWN.fullmatch(plainly):
        return None
    parts = _parts_of(plainly)
    if parts is None:
        if _PARTLY.fullmatch(plainly):
            return None
        raise InvalidBirth(
            sentence("“{1}” is not a date. Write it as 3 May 1985, or leave it empty.", text.strip()[:40])
        )
    return _day_of_birth(*parts, text=text.strip()[:40], on=on)


def _parts_of(text: str) -> tuple[str, str, str] | None:
    """Return year, month and day as written, or None."""
    if (eight := _DAY_FIRST.fullmatch(text)) and int(eight[2]) <= 12 and 1880 <= int(eight[3]) <= 2100:
        return eight[3], eight[2], eight[1]
    for pattern, order in _ORDERS:
        if found := pattern.fullmatch(text):
            by_letter = dict(zip(order, found.groups(), strict=True))
            return by_letter["y"], by_letter["m"], by_letter["d"]
    return None


def _day_of_birth(year: str, month: str, day: str, *, text: str, on: date) -> date:
    number = int(month) if month.isdigit() else _month_called(month)
    try:
        born = date(_full_year(year, on), number, int(day))
    except ValueError as fault:
        raise InvalidBirth(sentence("There is no such day as “{1}”. Check the day and the month.", text)) from fault
    if born > on:
        raise InvalidBirth(sentence("“{1}” is in the future. Check the year.", text))
    if on.year - born.year > OLDEST:
        raise InvalidBirth(sentence("“{1}” is over {2} years ago. Check the year.", text, OLDEST))
    return born


def _month_called(name: str) -> int:
    return _MONTHS.index(name[:3]) + 1 if name[:3] in _MONTHS else 0


def _full_year(year: str, on: date) -> int:
    if len(year) == 4:
        return int(year)
    this = on.year // 100 * 100 + int(year)
    return this if this <= on.year else this - 100
