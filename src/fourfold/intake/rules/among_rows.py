"""Rows of one file held against each other: what one tells as a victim's must not come as a suspect's in another.

A first look down the file keeps a number for each value, and which values stand on both sides; a second look holds the rows
that have one of these against the rows above them, as a row is held against another report on record.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from fourfold.intake.rules import roles_held
from fourfold.intake.rules.exchanged import ROLES, Bits, Exchange, Party, number_of_value, parties, there_twice
from fourfold.intake.rules.roles_held import Contradiction, Pair, Value
from fourfold.intake.terms import KnownKind, PersonRole
from fourfold.words import sentence

#: So many rows with values of both sides are held in memory at once; of more the file is looked through again.
AT_ONCE = 50_000
_SIDE = {PersonRole.VICTIM: 1, PersonRole.SUBJECT: 2}
_ANYBODY = frozenset({""})
_ByWord = defaultdict[str, dict[Pair, dict[PersonRole, str]]]
"""Rows by the words of the names in them, each with the name on either side."""


class Sight:
    """The rows of a file whose people could be read, and what these are known by, in the order of the file."""

    def __init__(self) -> None:
        self.numbers, self.crimes, self._rows = array("Q"), dict[str, Pair](), 0
        self._keys, self._of, self._values, self._sides = array("q"), array("q"), array("q"), array("b")

    def look(self, rows: Iterable[tuple[int, str, Pair]]) -> None:
        """Take rows into account that are held against each other alone: their numbers, references and people."""
        for number, reference, people in rows:
            self.numbers.append(number)
            self.see_values(people)
            self.see(number, parties(people), self.crime_so_far(reference, people))
        self.crimes = {}

    def crime_so_far(self, reference: str, people: Pair) -> list[Party] | None:
        """Return the two people of a crime whose victim and suspect stand in rows of their own, None where there are none."""
        if not reference or not (people.victim.is_empty or people.subject.is_empty):
            return None
        above = self.crimes.get(reference, people)
        victim = people.victim if above.victim.is_empty else above.victim
        self.crimes[reference] = two = Pair(victim, people.subject if above.subject.is_empty else above.subject)
        return parties(two) if above is not people else None

    def see(self, number: int, people: Sequence[Party], crime: Sequence[Party] | None = None) -> None:
        """Remember what `Exchange.see` is to be told of a row; as row 0 what its `on_record` is."""
        self._rows += number > 0
        for of_crime, told in enumerate((people, crime or ())):
            for place, (role, keys, count) in enumerate(told):
                whose = number << 16 | place << 3 | of_crime << 2 | (count > 1) << 1 | (role is PersonRole.SUBJECT)
                self._keys.extend(keys)
                self._of.extend([whose] * len(keys))

    def see_values(self, people: Pair) -> None:
        """Remember how the people of a row are reached, and on which side of it they stand."""
        for role in ROLES:
            for value in _values_of(people, role):
                self._values.append(number_of_value(value))
                self._sides.append(_SIDE[role])

    def take(self, later: Sight) -> None:
        """Put what was seen of the rows that follow behind these."""
        self._rows += later._rows
        for name in ("numbers", "_keys", "_of", "_values", "_sides"):
            getattr(self, name).extend(getattr(later, name))

    def followed(self) -> Exchange:
        """Return what the rows say one after the other. Whoever comes once says nothing, and is left out."""
        follows = Exchange()
        rows = {self._of[place] >> 16 for place in there_twice(self._keys)}
        left = (each for each in zip(self._of, self._keys, strict=True) if each[0] >> 16 in rows) if rows else ()
        for number, keys in groupby(left, lambda each: each[0] >> 16):
            known: defaultdict[int, set[int]] = defaultdict(set)
            for of, key in keys:
                known[of].add(key)
            told: tuple[list[Party], list[Party]] = [], []
            for of, its in known.items():
                told[of >> 2 & 1].append((ROLES[of & 1], frozenset(its), 1 + (of >> 1 & 1)))
            if number:
                follows.see(number, *told)
            else:
                follows.on_record(told[0])
        follows.seen = self._rows
        return follows

    def looks(self, known: Mapping[PersonRole, Mapping[Value, Collection[str]]]) -> Iterator[Look]:
        """Yield what looks down the file once more; none where no value stands on both sides. `known`: by whose names a value
        is on record in which role."""
        sides, values, of = Bits(), self._values, self._sides
        crossed = [values[at] for at in there_twice(values) if sides.add(values[at], of[at]) & ~of[at]]
        looks = -(-len(crossed) // AT_ONCE)
        yield from (Look({key for key in crossed if key % looks == part}, known) for part in range(looks))


class Look:
    """Holds the rows that have one of these values against the rows above."""

    def __init__(self, values: set[int], known: Mapping[PersonRole, Mapping[Value, Collection[str]]]) -> None:
        self._asked, self._on_record = values, known
        self._above: dict[PersonRole, dict[Value, _ByWord]] = {role: {} for role in PersonRole}
        self._known: dict[PersonRole, defaultdict[Value, set[str]]] = {role: defaultdict(set) for role in PersonRole}

    def why(self, people: Pair) -> Contradiction | None:
        """Return why a fact of a row comes plainly from the other side of one above it, None where none does, and learn what
        it says. What the two may share, as an address, makes no row wait: either may be right."""
        told = {role: [v for v in _values_of(people, role) if number_of_value(v) in self._asked] for role in PersonRole}
        found = [
            why
            for role in PersonRole
            for value in told[role.other]
            for above in self._told_as(role, value, people)
            if (why := roles_held.why_contradicts_another(above, people, self._theirs(above, people))) and why.moved
        ]
        for role in PersonRole:
            for value in told[role]:
                self._learn(role, value, people)
        if not found:
            return None
        why = max(found, key=lambda each: each.moved)
        return Contradiction(
            sentence("{1} Rows higher up in the file tell it of the other side.", why.reason), why.moved
        )

    def _theirs(self, above: Pair, people: Pair) -> dict[PersonRole, frozenset[Value]]:
        return {
            role: roles_held.told_before_as(people, role, self._known[role])
            | roles_held.told_before_as(people, role, self._on_record.get(role, {}))
            | roles_held.values_of(*above.of(role))
            for role in PersonRole
        }

    def _told_as(self, role: PersonRole, value: Value, people: Pair) -> Iterator[Pair]:
        """Yield the rows above that tell a value of somebody in a role and may concern these people, each once."""
        by_word: _ByWord = self._above[role].get(value, defaultdict(dict))
        sides = PersonRole if role is PersonRole.SUBJECT else (PersonRole.VICTIM,)
        words = {word for side in sides for each in people.of(side) for word in _words(each.name)} | _ANYBODY
        if any(not each.name.strip() for each in people.victims):
            words = set(by_word)
        rows = {above: names for word in words for above, names in by_word.get(word, {}).items()}
        yield from (above for above, names in rows.items() if roles_held.may_concern(names, people, role))

    def _learn(self, role: PersonRole, value: Value, people: Pair) -> None:
        by_word = self._above[role].setdefault(value, defaultdict(dict))
        for person in people.of(role):
            if value in roles_held.values_of(person):
                self._known[role][value].add(person.name)
                names = {role: person.name, role.other: people.of(role.other)[0].name}
                for word in _words(names[PersonRole.VICTIM]) | _words(names[PersonRole.SUBJECT]):
                    by_word[word][people] = names


def _words(name: str) -> frozenset[str]:
    return roles_held.words_of(name) or _ANYBODY


def _values_of(people: Pair, role: PersonRole) -> Iterable[Value]:
    """Return what somebody is reached by and drives; a suspect may write from the victim's own account."""
    return (value for value in roles_held.values_of(*people.of(role)) if value[0] != KnownKind.ACCOUNT)
