"""Whether what was the victim's on record comes as the suspect's, or the other way round. Nothing here shows a value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from fourfold.intake.terms import KnownKind, PersonAsTold
from fourfold.words import Word, sentence

#: What is held against what is known, in words.
_SAID = {
    "phone": Word("telephone number"),
    "email": Word("e-mail address"),
    "address": Word("address"),
    KnownKind.VEHICLE: Word("car"),
    KnownKind.ACCOUNT: Word("account"),
}
#: How somebody is reached, as the details of a person.
REACHED_BY = ("phone", "email", "address")
_NO_SIGN = re.compile(r"[^\w]+|_")
_DIGITS = re.compile(r"\D+")
_LEAST_DIGITS, _LEAST_ADDRESS = 7, 6
Value = tuple[str, str]


@dataclass(frozen=True)
class Pair:
    """The victim and the suspect of a record."""

    victim: PersonAsTold
    subject: PersonAsTold


@dataclass(frozen=True)
class Contradiction:
    """Why what a row says of victim and suspect waits; `moved`: a fact of one plainly comes as the other's, which stops all."""

    reason: Word
    moved: bool


def values_of(person: PersonAsTold) -> frozenset[Value]:
    """Return how somebody is reached and what they drive, each as it is compared: its sort, and letters and digits alone."""
    return frozenset(_values(person))


def _values(person: PersonAsTold) -> Iterator[Value]:
    for sort in REACHED_BY:
        if (plain := plainly(sort, getattr(person, sort))) is not None:
            yield plain
    for known in person.known_by:
        if known.kind in _SAID and (text := _plain(known.value)):
            yield known.kind, text


def plainly(sort: str, text: str) -> Value | None:
    """Return a telephone number, an e-mail address or an address as it is compared; None where nobody is reached by it."""
    if sort == "phone":
        digits = _DIGITS.sub("", text)
        return (sort, digits[-9:]) if len(digits) >= _LEAST_DIGITS else None
    if sort == "email":
        return (sort, text.strip().casefold()) if "@" in text else None
    plain = _plain(text)
    return (sort, plain) if len(plain) >= _LEAST_ADDRESS and any(map(str.isdigit, plain)) else None


def why_contradicts(before: Pair, after: Pair) -> Contradiction | None:
    """Return why the roles of a row contradict what is known of its record, None where they do not."""
    found = _comes_as_the_suspects(before, after) or _comes_as_the_victims(before, after)
    if (_is_one(after.victim, before.subject) and not _is_one(after.victim, before.victim)) or (
        _is_one(after.subject, before.victim) and not _is_one(after.subject, before.subject)
    ):
        exchanged = Word("Victim and suspect have been exchanged since the record was told first.")
        return Contradiction(exchanged, found is not None and found.moved)
    return found or _wandered(before, after)


def why_contradicts_another(before: Pair, after: Pair, known: frozenset[Value]) -> Contradiction | None:
    """Return why a row contradicts another report of the same victim; `known`: what its suspect has on record already.

    A victim whom either of them leaves unnamed may be somebody else, so that the row waits at most.
    """
    if not names_one(before.victim.name, after.victim.name):
        return None
    found = _comes_as_the_suspects(before, after, known)
    if found is not None and not (before.victim.name.strip() and after.victim.name.strip()):
        return replace(found, moved=False)
    return found


def _comes_as_the_suspects(before: Pair, after: Pair, known: frozenset[Value] = frozenset()) -> Contradiction | None:
    """Return that what was the victim's alone comes as the suspect's.

    People who live together share an address, and one of them stays where the other leaves: an address counts as moved
    only where the victim has it no longer and the suspect was on record with another.
    """
    subjects = values_of(before.subject)
    moved = sorted((values_of(before.victim) - subjects - known) & values_of(after.subject))
    if not moved:
        return None
    had_another, now = "address" in dict(subjects), values_of(after.victim)
    grave = [value for value in moved if value[0] != "address" or (had_another and value not in now)]
    said = sentence("The {1} that was the victim’s comes as the suspect’s.", said_of((grave or moved)[0]))
    return Contradiction(said, bool(grave))


def _comes_as_the_victims(before: Pair, after: Pair) -> Contradiction | None:
    subjects = values_of(before.subject) - values_of(before.victim)
    moved = sorted(subjects & values_of(after.victim), key=lambda value: (value[0] == "address", value))
    if not moved:
        return None
    said = "The {1} that was the suspect’s comes as the victim’s: the unit would reach the suspect by it."
    return Contradiction(sentence(said, said_of(moved[0])), moved[0][0] != "address")


def said_of(value: Value) -> Word:
    """Return what sort of fact a value is, in words, and nothing of it."""
    return _SAID[value[0]]


def _wandered(before: Pair, after: Pair) -> Contradiction | None:
    """Return that a fact of the victim's is gone just where the suspect has a new one of its sort: it may be the victim's."""
    if after.victim.is_empty:
        return None
    old, now = dict(values_of(before.victim)), dict(values_of(after.victim))
    known, new = values_of(before.subject), values_of(after.subject)
    for sort in REACHED_BY:
        added = {value for value in new - known if value[0] == sort}
        if sort in old and sort not in now and added:
            return Contradiction(
                sentence(
                    "The victim’s {1} is gone and the suspect has a new one: it may be the victim’s.", _SAID[sort]
                ),
                False,
            )
    return None


def _is_one(one: PersonAsTold, other: PersonAsTold) -> bool:
    """Return whether two are plainly one person: the whole name, in any order, or a word of it with the day of birth."""
    mine, theirs = _words(one.name), _words(other.name)
    if len(mine) > 1 and mine == theirs:
        return not (one.birth and other.birth and one.birth != other.birth)
    return bool(one.birth and one.birth == other.birth and mine & theirs)


def names_one(one: str, other: str) -> bool:
    """Return whether two names are of one person, in any order; a name that nobody told may be anybody's."""
    mine, theirs = _words(one), _words(other)
    return not mine or not theirs or mine <= theirs or theirs <= mine


def _words(name: str) -> frozenset[str]:
    return frozenset(_NO_SIGN.sub(" ", name.casefold()).split())


def _plain(text: str) -> str:
    return _NO_SIGN.sub("", text.casefold())
