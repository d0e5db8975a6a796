"""Whether what was the victim's on record comes as the suspect's, or the other way round. Nothing here shows a value."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter

from fourfold.intake.terms import FurtherAsTold, KnownKind, PersonAsTold, PersonRole
from fourfold.words import Word, sentence, words

#: What is held against what is known, in words.
_SAID = {
    "phone": Word("telephone number"),
    "email": Word("e-mail address"),
    "address": Word("address"),
    KnownKind.VEHICLE: Word("car"),
    KnownKind.ACCOUNT: Word("account"),
}
REPLACED = words(
    {
        PersonRole.VICTIM: "The victims of this crime and of those around it are other people than before: the columns of the "
        "victim have probably been sorted or moved without the others. Ask the force for the file as its system writes it.",
        PersonRole.SUBJECT: "The suspects of this crime and of those around it are other people than before: the columns of the "
        "suspect have probably been sorted or moved without the others. Ask the force for the file as its system writes it.",
    }
)
#: How somebody is reached, as the details of a person.
REACHED_BY = ("phone", "email", "address")
_reached_by = attrgetter(*REACHED_BY)
_AS_THE_VICTIMS = "The {1} that was the suspect’s comes as the victim’s: the unit would reach the suspect by it."
_NO_SIGN = re.compile(r"[^\w]+|_")
_DIGITS = re.compile(r"\D+")
_LEAST_DIGITS, _LEAST_ADDRESS = 7, 6
Value = tuple[str, str]


@dataclass(frozen=True)
class Pair:
    """The victim and the suspect of a record, and whoever else it names as one or the other."""

    victim: PersonAsTold
    subject: PersonAsTold
    further: tuple[FurtherAsTold, ...] = ()

    @property
    def victims(self) -> tuple[PersonAsTold, ...]:
        """Everybody whom the record names as a victim, the first of them first."""
        return (self.victim, *(each.person for each in self.further if each.role is PersonRole.VICTIM))

    @property
    def subjects(self) -> tuple[PersonAsTold, ...]:
        """Everybody whom the record names as a suspect, the first of them first."""
        return (self.subject, *(each.person for each in self.further if each.role is PersonRole.SUBJECT))

    def of(self, role: PersonRole) -> tuple[PersonAsTold, ...]:
        if not self.further:
            return (self.victim,) if role is PersonRole.VICTIM else (self.subject,)
        return self.victims if role is PersonRole.VICTIM else self.subjects


@dataclass(frozen=True)
class Contradiction:
    """Why what a row says of victim and suspect waits; `moved`: a fact of one plainly comes as the other's, which stops all."""

    reason: Word
    moved: bool


def values_of(*people: PersonAsTold) -> frozenset[Value]:
    """Return how people are reached and what they drive, each as it is compared: its sort, and letters and digits alone."""
    found = list[Value]()
    for person in people:
        for sort, text in zip(REACHED_BY, _reached_by(person), strict=True):
            if text and (plain := plainly(sort, text)) is not None:
                found.append(plain)
        for known in person.known_by:
            if known.kind in _SAID and (text := _plain(known.value)):
                found.append((known.kind, text))
    return frozenset(found)


def plainly(sort: str, text: str) -> Value | None:
    """Return a telephone number, an e-mail address or an address as it is compared; None where nobody is reached by it."""
    if not text:
        return None
    if sort == "phone":
        digits = text if text.isdecimal() else _DIGITS.sub("", text)
        return (sort, digits[-9:]) if len(digits) >= _LEAST_DIGITS else None
    if sort == "email":
        return (sort, text.strip().casefold()) if "@" in text else None
    plain = _plain(text)
    if sort == KnownKind.VEHICLE:
        return (sort, plain) if plain else None
    return (sort, plain) if len(plain) >= _LEAST_ADDRESS and any(map(str.isdigit, plain)) else None


def why_contradicts(before: Pair, after: Pair) -> Contradiction | None:
    """Return why the roles of a row contradict what is known of its record, None where they do not."""
    found = _comes_as_the_suspects(before, after) or _comes_as_the_victims(before, after)
    if any(_is_among(each, before.subjects) and not _is_among(each, before.victims) for each in after.victims) or any(
        _is_among(each, before.victims) and not _is_among(each, before.subjects) for each in after.subjects
    ):
        exchanged = Word("The victim and the suspect have been exchanged since the record first came in.")
        return Contradiction(exchanged, found is not None and found.moved)
    return found or _wandered(before, after)


def why_replaced(before: Pair, after: Pair) -> Word | None:
    """Return that the victim or the suspect of a record is plainly another person now: both named and born, and nothing of the
    two alike. One row may be right; of a run of them a column was sorted or moved by itself."""
    for role, said in REPLACED.items():
        was, now = before.of(role)[0], after.of(role)
        told = all(words_of(each.name) and each.birth for each in (was, *now))
        if told and not any(_have_something_alike(was, each) for each in now):
            return Word(said)
    return None


def _have_something_alike(one: PersonAsTold, other: PersonAsTold) -> bool:
    same_words = words_of(one.name) & words_of(other.name)
    return bool(same_words or one.birth == other.birth or values_of(one) & values_of(other))


def may_concern(names: Mapping[PersonRole, str], after: Pair, role: PersonRole) -> bool:
    """Return whether a row may tell of the people of another report, in which something is told of whoever has a `role`.

    What was the victim's counts against a row of the same victim; what was the suspect's, of the same suspect as well.
    """
    if any(names_one(names[PersonRole.VICTIM], each.name) for each in after.victims):
        return True
    return role is PersonRole.SUBJECT and _is_named_among(names[role], after.subjects)


def why_contradicts_another(
    before: Pair, after: Pair, known: Mapping[PersonRole, frozenset[Value]]
) -> Contradiction | None:
    """Return why a row contradicts another report of the same people; `known`: what each side has on record already.

    Somebody whom either of them leaves unnamed may be somebody else, so that the row waits at most. Whoever is a victim
    in the other report alone may be a suspect here, and the other way round.
    """
    found = _of_anothers_victim(before, after, known[PersonRole.SUBJECT])
    return found or _of_anothers_subject(before, after, known[PersonRole.VICTIM])


def _of_anothers_victim(before: Pair, after: Pair, known: frozenset[Value]) -> Contradiction | None:
    same = [(one, other) for one in before.victims for other in after.victims if names_one(one.name, other.name)]
    found = _comes_from(values_of(*(one for one, _ in same)), before, after, known) if same else None
    if found is not None and not any(one.name.strip() and other.name.strip() for one, other in same):
        return replace(found, moved=False)
    return found


def _of_anothers_subject(before: Pair, after: Pair, known: frozenset[Value]) -> Contradiction | None:
    """Return that what a suspect is reached by in another report comes as a victim's alone.

    What one row tells of both is shared, and so is what the victim was told with before. An address counts only between
    named people, and as moved only where the victim had another and the suspect has one now.
    """
    same_victim, same_subject = (
        any(_is_named_among(one.name, after.of(role)) for one in before.of(role)) for role in PersonRole
    )
    in_turn = [each for each in after.victims if _is_named_among(each.name, before.subjects)]
    theirs = values_of(*before.subjects) - values_of(*before.victims, *after.subjects, *in_turn) - known
    moved = sorted(theirs & values_of(*after.victims), key=lambda value: (value[0] == "address", value))
    if not (same_victim or same_subject):
        unsaid = any(names_one(one.name, other.name) for one in before.victims for other in after.victims)
        moved = [value for value in moved if value[0] != "address" and unsaid]
    if not moved:
        return None
    left = same_victim and all("address" in dict(values_of(*each)) for each in (before.victims, after.subjects))
    grave = (same_victim or same_subject) and (moved[0][0] != "address" or left)
    return Contradiction(sentence(_AS_THE_VICTIMS, said_of(moved[0])), grave)


def _is_named_among(name: str, people: Iterable[PersonAsTold]) -> bool:
    return bool(name.strip()) and any(each.name.strip() and names_one(name, each.name) for each in people)


def _comes_as_the_suspects(before: Pair, after: Pair) -> Contradiction | None:
    return _comes_from(values_of(*before.victims), before, after)


def _comes_from(
    victims: frozenset[Value], before: Pair, after: Pair, known: frozenset[Value] = frozenset()
) -> Contradiction | None:
    """Return that what was the victims' alone comes as a suspect's.

    People who live together share an address, and one of them stays where the other leaves: an address counts as moved
    only where the victim has it no longer and the suspect was on record with another.
    """
    subjects = values_of(*before.subjects)
    moved = sorted((victims - subjects - known) & values_of(*after.subjects))
    if not moved:
        return None
    had_another, now = "address" in dict(subjects), values_of(*after.victims)
    grave = [value for value in moved if value[0] != "address" or (had_another and value not in now)]
    said = sentence("The {1} that was the victim’s comes as the suspect’s.", said_of((grave or moved)[0]))
    return Contradiction(said, bool(grave))


def _comes_as_the_victims(before: Pair, after: Pair) -> Contradiction | None:
    subjects = values_of(*before.subjects) - values_of(*before.victims)
    moved = sorted(subjects & values_of(*after.victims), key=lambda value: (value[0] == "address", value))
    if not moved:
        return None
    return Contradiction(sentence(_AS_THE_VICTIMS, said_of(moved[0])), moved[0][0] != "address")


def told_before_as(people: Pair, role: PersonRole, known: Mapping[Value, Collection[str]]) -> frozenset[Value]:
    """Return what those in a role who have a name were told with before in that role; `known`: by whose names."""
    return frozenset(
        value
        for person in people.of(role)
        if person.name.strip()
        for value in values_of(person) & known.keys()
        if any(each.strip() and names_one(person.name, each) for each in known[value])
    )


def said_of(value: Value) -> Word:
    """Return what sort of fact a value is, in words, and nothing of it."""
    return _SAID[value[0]]


def _wandered(before: Pair, after: Pair) -> Contradiction | None:
    """Return that a fact of the victim's is gone just where the suspect has a new one of its sort: it may be the victim's."""
    if after.victim.is_empty:
        return None
    old, now = dict(values_of(before.victim)), dict(values_of(*after.victims))
    known, new = values_of(*before.subjects), values_of(*after.subjects)
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


def _is_among(one: PersonAsTold, people: Iterable[PersonAsTold]) -> bool:
    return any(_is_one(one, other) for other in people)


def _is_one(one: PersonAsTold, other: PersonAsTold) -> bool:
    """Return whether two are plainly one person: the whole name, in any order, or a word of it with the day of birth."""
    mine, theirs = words_of(one.name), words_of(other.name)
    if len(mine) > 1 and mine == theirs:
        return not (one.birth and other.birth and one.birth != other.birth)
    return bool(one.birth and one.birth == other.birth and mine & theirs)


def names_one(one: str, other: str) -> bool:
    """Return whether two names are of one person, in any order; a name that nobody told may be anybody's."""
    mine, theirs = words_of(one), words_of(other)
    return not mine or not theirs or mine <= theirs or theirs <= mine


def words_of(name: str) -> frozenset[str]:
    """Return the words of a name, however it is written: without signs, and in no order."""
    if name.isascii() and name.replace(" ", "").isalnum():  # as most are written
        return frozenset(name.lower().split())
    return frozenset(_NO_SIGN.sub(" ", name.casefold()).split())


def _plain(text: str) -> str:
    return _NO_SIGN.sub("", text.casefold())
