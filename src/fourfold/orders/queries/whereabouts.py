"""Where a victim is and how she is reached: known here only to be kept out of what he may read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from fourfold.people.models import VictimReach
from fourfold.people.rules.identity import plain, postcode_of
from fourfold.people.terms import MarkKind

WITHHELD = "[withheld]"
#: Shorter than this, a value is a word that stands in many sentences.
SHORTEST = 6


@dataclass(frozen=True)
class Whereabouts:
    """Every address, number, mailbox and account at which some victims were ever reached, as patterns of words."""

    patterns: tuple[re.Pattern[str], ...]

    def names(self, words: str) -> bool:
        """Say whether the words hold one of them, however it is spaced or punctuated."""
        return any(pattern.search(words) for pattern in self.patterns)

    def without(self, words: str) -> str:
        """Return the words with each of them withheld."""
        for pattern in self.patterns:
            words = pattern.sub(WITHHELD, words)
        return words


def of_victims(victims: Iterable[UUID]) -> Whereabouts:
    """Return the whereabouts of some victims, those that ended among them, in one statement."""
    rows = VictimReach.objects.unscoped("only to be kept out of what he may read").filter(victim__in=set(victims))
    said = {part for kind, value in rows.values_list("kind", "value") for part in _parts(MarkKind(kind), value)}
    return Whereabouts(tuple(_pattern(part) for part in sorted(said, key=lambda part: (-len(part), part))))


def _parts(kind: MarkKind, value: str) -> set[str]:
    """Return what would give a value away: all of it and, of an address, door and street, the street, the postcode.

    A town is not withheld: courts and forces bear its name.
    """
    parts = {value}
    if kind is MarkKind.ADDRESS:
        street = next((part for part in value.split(",") if re.search(r"\d", part)), value.split(",", maxsplit=1)[0])
        parts |= {street, re.sub(r"^\W*\d+\w?\W+", "", street), postcode_of(value)}
    if kind is MarkKind.PHONE:
        digits = re.sub(r"\D", "", value)
        parts |= {digits, f"0{digits[2:]}" if digits.startswith("44") else f"44{digits[1:]}"}
    return {part for part in parts if len(_letters(part)) >= (5 if part == postcode_of(value) else SHORTEST)}


def _letters(words: str) -> str:
    return re.sub(r"[^a-z0-9]", "", plain(words))


def _pattern(part: str) -> re.Pattern[str]:
    """Match the letters and digits of a part, whatever stands between them."""
    return re.compile(
        r"(?<![A-Za-z0-9])\+?" + r"[^A-Za-z0-9]{0,3}".join(_letters(part)) + r"(?![A-Za-z0-9])", re.IGNORECASE
    )
