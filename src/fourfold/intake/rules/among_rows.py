"""Rows of one file held against each other: what one tells as a victim's must not come as a suspect's in another.

A first look down the file keeps a number for each value, and which values stand on both sides; a second look holds the rows
that have one of these against the rows above them, as a row is held against another report on record.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from fourfold.intake.rules import roles_held
from fourfold.intake.rules.exchanged import Bits
from fourfold.intake.rules.roles_held import Contradiction, Pair, Value
from fourfold.intake.terms import KnownKind, PersonRole
from fourfold.words import sentence

#: So many rows with values of both sides are held in memory at once; of more the file is looked through again.
AT_ONCE = 50_000
_SIDE = {PersonRole.VICTIM: 1, PersonRole.SUBJECT: 2}
_ANYBODY = frozenset({""})
_ByWord = defaultdict[str, dict[Pair, dict[PersonRole, str]]]
"""Rows by the words of the names in them, each with the name on either side."""


class Crossed:
    """The values that stand as a victim's in one row of a file and as a suspect's in another."""

    def __init__(self) -> None:
        self._known = Bits()
        self._values: set[int] = set()
        self._rows = 0

    def see(self, people: Pair) -> None:
        """Take a row into account."""
        for role in PersonRole:
            for value in _values_of(people, role):
                key = hash(value)
                if self._known.add(key, _SIDE[role]) & _SIDE[role.other]:
                    self._values.add(key)
                    self._rows += 1

    def looks(self, known: Mapping[PersonRole, Mapping[Value, Collection[str]]]) -> Iterator["Look"]:
        """Yield what looks down the file once more; none where no value stands on both sides. `known`: by whose names a value
        is on record in which role."""
        looks = -(-self._rows // AT_ONCE)
        yield from (Look({key for key in self._values if key % looks == part}, known) for part in range(looks))


class Look:
    """Holds the rows that have one of these values against the rows above."""

    def __init__(self, values: set[int], known: Mapping[PersonRole, Mapping[Value, Collection[str]]]) -> None:
        self._asked, self._on_record = values, known
        self._above: dict[PersonRole, dict[Value, _ByWord]] = {role: {} for role in PersonRole}
        self._known: dict[PersonRole, defaultdict[Value, set[str]]] = {role: defaultdict(set) for role in PersonRole}

    def why(self, people: Pair) -> Contradiction | None:
        """Return why a fact of a row comes plainly from the other side of one above it, None where none does, and learn what
        it says. What the two may share, as an address, makes no row wait: either may be right."""
        told = {role: [v for v in _values_of(people, role) if hash(v) in self._asked] for role in PersonRole}
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
