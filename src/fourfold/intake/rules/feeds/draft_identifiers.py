"""Which columns hold what people are known by besides the name: cars, accounts, other names. By their names and values."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from fourfold.intake.rules.feeds import column_names
from fourfold.intake.rules.feeds.identifiers import is_british, is_nothing, is_registration
from fourfold.intake.rules.feeds.profiles import Profile
from fourfold.intake.terms import KnownKind


def _any(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ALIAS = _any("alias aliases aka akas nickname nicknames alsoknownas knownas")
_FORMER = _any("maiden nee previous former")
_NAMES = _any("name names surname surnames lastname family")
_PLATE = _any("vrm vrms vrn vrns numberplate regno regmark")
#: Words of other columns too: the values decide.
_MAYBE_PLATE = _any("vehicle vehicles veh car reg regs registration registrations index plate plates")
_OF_A_CAR = _any("make model colour color type keeper year date insurer")
_ACCOUNT = _any("username usernames handle handles screenname account accounts profile socialmedia")
_NO_ACCOUNT = _any("bank sort created updated entered recorded by login staff user balance")
_PLATFORMS = {
    word: platform
    for platform, words in {
        "Facebook": "facebook fb",
        "Instagram": "instagram insta ig",
        "Snapchat": "snapchat snap",
        "TikTok": "tiktok",
        "Telegram": "telegram",
        "Twitter": "twitter",
        "WhatsApp": "whatsapp",
        "YouTube": "youtube",
        "Discord": "discord",
        "Reddit": "reddit",
        "LinkedIn": "linkedin",
    }.items()
    for word in words.split()
}
_PLATFORM = _any("platform network app")
#: Whose name stands beside somebody's own is none of theirs; other names are.
_SOMEBODY_ELSE = column_names.BESIDE - _ALIAS - _FORMER
_MOST, _HALF = 0.8, 0.5


@dataclass(frozen=True)
class Recognised:
    """A column of what people of a role are known by. `person` of None: nothing says whose; `by_values`: nor what.

    `number` counts the people of a role; `platform_column` is the one beside that says the platform.
    """

    column: Profile
    kind: KnownKind
    person: str | None
    number: int = 1
    by_values: bool = False
    platform: str = ""
    platform_column: str = ""

    @property
    def separator(self) -> str:
        """What keeps several apart in a cell, "" where nothing does; a comma is part of many a name."""
        marks = (";", "|", "/", ",") if self.kind is KnownKind.VEHICLE else (";", "|")
        return next((mark for mark in marks if any(mark in value for value in self.column.values)), "")

    @property
    def share(self) -> float:
        """Which share of the cells holds what is compared: registrations, or whole names. All of an empty column."""
        if not self.column.filled:
            return 1.0
        if self.kind is KnownKind.VEHICLE:
            return _share(self.column, is_registration, self.separator)
        return _share(self.column, lambda name: len(name.split()) > 1, self.separator)


def recognised(columns: Iterable[Profile]) -> Iterator[Recognised]:
    there = tuple(columns)
    platforms = [one for one in there if column_names.words_of(one.name) & _PLATFORM and one.has_few_values]
    for column in there:
        words = column_names.words_of(column.name)
        person = column_names.person_of(words)
        kind = _kind(column, words)
        by_values = kind is None and not words & column_names.CLASS and _share(column, is_british) >= _MOST
        if by_values:
            kind = KnownKind.VEHICLE
        if kind is None or words & _SOMEBODY_ELSE:
            continue
        platform = next((name for word, name in _PLATFORMS.items() if word in words), "")
        beside = platforms[0].name if kind is KnownKind.ACCOUNT and not platform and len(platforms) == 1 else ""
        number = (column_names.numbered(column.name, person).number if person else None) or 1
        yield Recognised(column, kind, person, number, by_values, platform, beside)


def _kind(column: Profile, words: frozenset[str]) -> KnownKind | None:
    if words & column_names.DATE or column_names.detail_of(words) not in (None, "name"):
        return None
    if words & (_ALIAS | _FORMER):
        return _other_name(words)
    if words & _PLATE and not words & _OF_A_CAR:
        return KnownKind.VEHICLE
    if words & _MAYBE_PLATE and not words & _OF_A_CAR and _share(column, is_registration) >= _HALF:
        return KnownKind.VEHICLE
    if (words & _ACCOUNT and not words & (_NO_ACCOUNT | _PLATFORM)) or any(word in _PLATFORMS for word in words):
        return KnownKind.ACCOUNT
    return None


def _other_name(words: frozenset[str]) -> KnownKind | None:
    """Return which other name the words mean; one in parts, such as an alias's forename, is none by itself."""
    is_surname = column_names.part_of_name(words) == "surname" or "maiden" in words or "nee" in words
    if words & _ALIAS:
        return KnownKind.ALIAS if column_names.part_of_name(words) == "whole" else None
    if is_surname:
        return KnownKind.FORMER_SURNAME
    return KnownKind.ALIAS if words & _NAMES and column_names.part_of_name(words) == "whole" else None


def _share(column: Profile, holds: Callable[[str], bool], separator: str = "") -> float:
    texts = [text.strip() for cell in column.sample for text in (cell.split(separator) if separator else [cell])]
    told = [text for text in texts if text and not is_nothing(text)]
    return sum(map(holds, told)) / len(told) if told else 0.0
