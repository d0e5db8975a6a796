"""The messages that anybody may send, from a closed list with blanks of closed kinds. Pure answers: which, or none."""

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from functools import cache
from importlib.resources import files

from fourfold.access.forenames import is_forename

_MONTHS = {
    "en": str.split("January February March April May June July August September October November December"),
    "cy": str.split("Ionawr Chwefror Mawrth Ebrill Mai Mehefin Gorffennaf Awst Medi Hydref Tachwedd Rhagfyr"),
}
_DAYS = {
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    "cy": ["dydd Llun", "dydd Mawrth", "dydd Mercher", "dydd Iau", "dydd Gwener", "dydd Sadwrn", "dydd Sul"],
}
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SOON = {"en": "today|tomorrow", "cy": "heddiw|yfory"}
_HOURS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon"
_TIME = rf"(?:[01]?[0-9]|2[0-3])[:.][0-5][0-9]|{_HOURS}"
_BLANK = re.compile(r"\{(\w+)\}")
_FORENAME = re.compile(r"[A-Za-zÀ-ž'’-]+")


class Language(StrEnum):
    """The language of a message."""

    ENGLISH = "en"
    WELSH = "cy"


@dataclass(frozen=True)
class Template:
    """One message with its blanks, in each language."""

    code: str
    en: str
    cy: str

    def words(self, language: Language) -> str:
        return self.cy if language is Language.WELSH else self.en

    @property
    def asks_day(self) -> bool:
        return "{day}" in self.en

    @property
    def asks_time(self) -> bool:
        return "{time}" in self.en

    @property
    def asks_number(self) -> bool:
        return "{number}" in self.en


@cache
def templates() -> tuple[Template, ...]:
    """Return the closed list, in its order."""
    text = files("fourfold.people").joinpath("messages.toml").read_text(encoding="utf-8")
    return tuple(Template(**row) for row in tomllib.loads(text)["template"])


@cache
def everyday_words() -> frozenset[str]:
    """Return the words of the list, the days and the months: with a capital too, none of them names anybody."""
    said = [row.words(language) for row in templates() for language in Language]
    said += [name for names in (*_DAYS.values(), *_MONTHS.values()) for name in names]
    return frozenset(word for each in said for word in re.findall(r"[^\W\d_]+", each.casefold()))


def offered(sender: str, numbers: Collection[str] = ()) -> tuple[Template, ...]:
    """Return the messages that somebody may choose: none with a blank for their forename where nobody knows it as one,
    and none with a number to call where the unit has none.
    """
    without = [blank for blank, kept in (("{name}", forename(sender)), ("{number}", numbers)) if not kept]
    return tuple(each for each in templates() if not any(blank in each.en + each.cy for blank in without))


def as_sent(text: str, *, sender: str, numbers: Collection[str] = ()) -> tuple[str, str]:
    """Return the code of the template that a text is, and its one spelling: nothing else is sent. ("", "") for none.

    `sender` is the name of whoever writes: only their own forename fills the blank for it; `numbers` are those of the unit.
    What stands between the words, how large the letters are and how a time is written could say something by itself.
    """
    said = " ".join(text.split())
    for template in offered(sender, numbers):
        for language in Language:
            words = template.words(language)
            found = _shape(words, language, sender, numbers).fullmatch(said)
            values = [_spelt(each, language, sender) for each in found.groups()] if found else [""]
            if all(values):
                kept = zip(_BLANK.split(words)[::2], [*values, ""], strict=True)
                return template.code, "".join(f"{part}{value}" for part, value in kept)
    return "", ""


def _spelt(said: str, language: Language, sender: str) -> str:
    """Return what stands in a blank as it is always written, or "" for a day that no year has."""
    if clock := re.fullmatch(r"(\d+)[:.](\d\d)", said):
        return f"{int(clock[1]):02}:{clock[2]}"
    if said.casefold() == forename(sender).casefold():
        return forename(sender)
    told = re.fullmatch(r"(\D+?)(?: (\d+) (\D+))?", said)
    known = {each.casefold(): each for each in (*_DAYS[language], *_MONTHS[language])}
    weekday, day, month = (told[1], told[2], told[3]) if told else (said, None, None)
    first = known.get(weekday.casefold(), weekday.casefold())
    if day is None:
        return first
    number = _MONTHS[language].index(known[str(month).casefold()])
    return f"{first} {int(day)} {_MONTHS[language][number]}" if 1 <= int(day) <= _LONGEST_MONTHS[number] else ""


def _shape(words: str, language: Language, sender: str, numbers: Collection[str]) -> re.Pattern[str]:
    days = f"(?:{'|'.join(_DAYS[language])})(?: [0-3]?[0-9] (?:{'|'.join(_MONTHS[language])}))?"
    kinds = {"day": f"({_SOON[language]}|{days})", "time": f"({_TIME})", "name": f"({re.escape(forename(sender))})"}
    kinds["number"] = f"({'|'.join(map(re.escape, numbers))})"
    parts = _BLANK.split(words)
    shape = "".join(kinds[part] if place % 2 else re.escape(part) for place, part in enumerate(parts))
    return re.compile(shape, re.IGNORECASE | re.ASCII)


def forename(name: str) -> str:
    """Return the first word of a name where it is a listed forename, or "": a rank or an agency would tell."""
    found = _FORENAME.match(name.strip())
    return found.group() if found and is_forename(found.group().casefold()) else ""


def filled(
    template: Template, language: Language, *, sender: str, on: date | None, at: time | None, number: str = ""
) -> str:
    """Return the message with its blanks filled, as it would be sent."""
    weekday = f"{_DAYS[language][on.weekday()]} {on.day} {_MONTHS[language][on.month - 1]}" if on else ""
    blanks = {"day": weekday, "time": f"{at:%H:%M}" if at else "", "name": forename(sender), "number": number}
    return _BLANK.sub(lambda blank: blanks[blank.group(1)], template.words(language))


def in_blank(template: Template, language: Language, *, sender: str) -> str:
    """Return the message as a choice, with what goes into each blank in brackets."""
    return template.words(language).replace("{name}", forename(sender)).replace("{", "[").replace("}", "]")
