"""Whether what is told was told before by the same author: in the same words, or of the same people on the same day."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from fourfold.intake.terms import MineBefore, PersonAsTold, Told
from fourfold.words import day_said, sentence

LONDON = ZoneInfo("Europe/London")
OF_EACH = ("name", "birth", "phone", "email")
_WORD = re.compile(r"\w+")


def told_before(told: Told, mine: Iterable[MineBefore]) -> tuple[MineBefore, str] | None:
    """Return what its author told before that this may repeat, and why it looks so; the first of `mine` that does."""
    words, day = _plain(told.words), _day(told)
    for one in mine:
        of = day_said(one.received_at.astimezone(LONDON)), one.told.reference
        if words and _plain(one.told.words) == words:
            return one, sentence("You told the unit the same words on {1}, as {2}. Is this another event?", *of)
        if day == _day(one.told) and _are_the_same(told, one.told):
            return one, sentence(
                "You told the unit of the same people and day on {1}, as {2}. Is this another event?", *of
            )
    return None


def is_same_event(told: Told, other: Told) -> bool:
    """Return whether another told of the same victim and subject on the same day, by names and dates of birth alone: what
    else is known of a victim is not for everybody to try."""
    pairs = (told.victim, other.victim), (told.subject, other.subject)
    same = all(one.name and theirs.name and _is_one_person(one, theirs, ("name", "birth")) for one, theirs in pairs)
    return same and None not in (told.occurred_from, other.occurred_from) and _day(told) == _day(other)


def _plain(words: str) -> str:
    """Return words without case, blanks and signs: by these two forms differ, not by what they say."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", words).casefold()))


def _day(told: Told) -> date:
    """Return the day on which it happened; where that is not told, the day on which it was told."""
    return (told.occurred_from or told.told_at).astimezone(LONDON).date()


def _are_the_same(one: Told, other: Told) -> bool:
    """Return whether both tell of one victim or one subject, and of nobody otherwise."""
    found = (_is_one_person(one.victim, other.victim), _is_one_person(one.subject, other.subject))
    return True in found and False not in found


def _is_one_person(one: PersonAsTold, other: PersonAsTold, by: Iterable[str] = OF_EACH) -> bool | None:
    """Return whether two forms tell of one person by something that both say; None where they share no such thing."""
    pairs = [tuple(" ".join(sorted(_plain(getattr(each, name)).split())) for each in (one, other)) for name in by]
    both = [first == second for first, second in pairs if first and second]
    return all(both) if both else None
