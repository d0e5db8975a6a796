"""Whether what was the victim's on record comes as the suspect's, or the other way round. Nothing here shows a value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

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
    if len(digits := _DIGITS.sub("", person.phone)) >= _LEAST_DIGITS:
        yield "phone", digits[-9:]
    if "@" in person.email:
        yield "email", person.email.strip().casefold()
    if len(plain := _plain(person.address)) >= _LEAST_ADDRESS and any(map(str.isdigit, plain)):
        yield "address", plain
    for known in person.known_by:
        if known.kind in _SAID and (plain := _plain(known.value)):
            yield known.kind, plain


def why_contradicts(before: Pair, after: Pair) -> Contradiction | None:
    """Return why the roles of a row contradict what is known of its record, None where they do not."""
    if _is_one(after.victim, before.subject) and not _is_one(after.victim, before.victim):
        return _exchanged()
    if _is_one(after.subject, before.victim) and not _is_one(after.subject, before.subject):
        return _exchanged()
    victims, subjects = values_of(before.victim), values_of(before.subject)
    if moved := _first((victims - subjects) & values_of(after.subject)):
        return comes_as_the_suspects(moved)
    if moved := _first((subjects - victims) & values_of(after.victim)):
        return Contradiction(
            sentence(
                "The {1} that was the suspect’s comes as the victim’s: the unit would reach the suspect by it.", moved
            ),
            True,
        )
    return _wandered(before, after)


def comes_as_the_suspects(what: Word) -> Contradiction:
    """Return that a fact which is known as the victim's comes as the suspect's."""
    return Contradiction(sentence("The {1} that was the victim’s comes as the suspect’s.", what), True)


def said_of(value: Value) -> Word:
    """Return what sort of fact a value is, in words, and nothing of it."""
    return _SAID[value[0]]


def _exchanged() -> Contradiction:
    return Contradiction(Word("Victim and suspect have been exchanged since the record was told first."), True)


def _wandered(before: Pair, after: Pair) -> Contradiction | None:
    """Return that a fact of the victim's is gone just where the suspect has a new one of its sort: it may be the victim's."""
    if after.victim.is_empty:
        return None
    old, now = dict(values_of(before.victim)), dict(values_of(after.victim))
    known, new = values_of(before.subject), values_of(after.subject)
    for sort in ("phone", "email", "address"):
        added = {value for value in new - known if value[0] == sort}
        if sort in old and sort not in now and added:
            return Contradiction(
                sentence(
                    "The victim’s {1} is gone and the suspect has a new one: it may be the victim’s.", _SAID[sort]
                ),
                False,
            )
    return None


def _first(values: frozenset[Value]) -> Word | None:
    return _SAID[min(values)[0]] if values else None


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
