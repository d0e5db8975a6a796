"""Whether victims and suspects have been exchanged from some row on, whatever the references of the rows.

One person may be a victim today and a suspect tomorrow: a report that goes the other way round stops nothing, and waits where
it tells of the same two people. Of a file in which one after the other comes as what they were not, on record or in the rows
above, the columns are exchanged.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from hashlib import blake2b

from fourfold.intake.rules.roles_held import Pair, Value, plainly, values_of, words_of
from fourfold.intake.terms import PersonAsTold, PersonRole
from fourfold.words import Word

#: What a row says for an exchange in which one person comes as what they were not, and in which two do; as much against it
#: where they come as they were. Made of how often each is so in a feed of an invented force and in the same feed exchanged.
ONE, BOTH = 2, 5
#: From here on the rows between are an exchange: of whoever was both now and then eight more would be so one after the other.
STOPS = 40
EXCHANGED = Word(
    "From this row on, victim and suspect look exchanged: one person after the other who was only a victim, on record or "
    "higher up, comes as a suspect, or the other way round. Either the columns of the victim hold the suspect here, or they "
    "did before, higher up or in an earlier file, and this file is right. Ask the force who is the victim."
)
WAITS = Word(
    "Whoever of this row is on record was the other one there: the victim a suspect, or the suspect a victim. No row of the "
    "file tells of anybody as they are on record. Ask the force who is the victim."
)
TURNED = Word(
    "On record or higher up in the file the victim of this row is a suspect, and the suspect a victim. Ask the force who is the "
    "victim. If the row is right, as where each of them has reported the other, let it in as it is."
)
#: In a file without anybody as they are on record so many rows wait of which one person alone is on record, or two of two.
A_FEW = 3
#: What a pair is known by in the rows that do not wait, apart from what it is known by in all of them.
_KEPT = 0x5BD1E995
#: Set in the number that is made of a name and a day of birth; `Bits` does not look at it.
_BORN = 1
Party = tuple[PersonRole, frozenset[int], int]
"""Somebody in a row, by what they are known again (never more than a number made of it), and how many people that is."""

_ON_RECORD = {PersonRole.VICTIM: 1, PersonRole.SUBJECT: 2}
_HIGHER_UP = {role: bit << 2 for role, bit in _ON_RECORD.items()}
_RECORDED = 3
#: How it is written of somebody that they were this and nothing else: on record, higher up, or in both.
_AS = {role: frozenset({bit, bit << 2, bit | bit << 2}) for role, bit in _ON_RECORD.items()}


def parties(pair: Pair) -> list[Party]:
    """Return everybody of a row by what they are plainly known again by, and the two of it together by their names."""
    found, names = list[Party](), list[list[str]]()
    for role in ROLES:
        for place, person in enumerate(pair.of(role)):
            words = sorted(words_of(person.name))
            if len(words) > 1 and (known_by := _known_by(person, " ".join(words))):
                found.append((role, frozenset(known_by), 1))
            if not place:
                names.append(words)
    one, other = names
    if len(one) > 1 < len(other) and one != other:
        role, both = (PersonRole.VICTIM, [one, other]) if one < other else (PersonRole.SUBJECT, [other, one])
        found.append((role, frozenset((_number(repr(both)),)), 2))
    return found


ROLES = tuple(PersonRole)


def _known_by(person: PersonAsTold, name: str) -> list[int]:
    """Return a number for the whole name with the day of birth, with the telephone, and with the mailbox."""
    found = [_number(f"{name}\x1f{person.birth}") | _BORN] if person.birth else []
    for sort, text in (("phone", person.phone), ("email", person.email)):
        if text and (value := plainly(sort, text)):
            found.append(_number(f"{name}\x1f{sort}\x1f{value[1]}") & ~_BORN)
    return found


def numbers_of(pair: Pair) -> frozenset[int]:
    """Return the numbers under which a report of these people is looked for where a row may tell of one of them."""
    numbers = [number_of_value(value) for role in ROLES for value in values_of(*pair.of(role))]
    return frozenset(numbers).union(*[keys for _, keys, _ in parties(pair)])


def number_of_value(value: Value) -> int:
    return _number(f"\x1f{value[0]}\x1f{value[1]}")


def _number(text: str) -> int:
    """Return the same number for the same text in every process: it is kept, and tells nobody's name."""
    said = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(said, digest_size=8).digest(), signed=True)


class Exchange:
    """Follows the rows of a file, and holds whoever comes in them against what they were before.

    Whoever comes as what they were not says so once: a person of whom a hundred rows tell is one witness. Who was both is
    none.
    """

    def __init__(self) -> None:
        self._known = Bits()
        self._worth = 0
        self._steady, self.seen = False, 0
        self._stretch: list[int] = []
        self._within = Bits()
        self._on_record: list[int] = []
        self._turned: list[int] = []
        self._held: dict[PersonRole, set[int]] = {role: set() for role in PersonRole}
        self.rows: list[int] = []

    @property
    def waits(self) -> dict[int, Word]:
        """The rows that wait, each with why: of two people the other way round than before, or the other way round than on
        record in a file in which nobody is as they were."""
        few = self._steady or self.rows or len(self._on_record) < max(2, min(A_FEW, self.seen))
        return {**dict.fromkeys([] if few else self._on_record, WAITS), **dict.fromkeys(self._turned, TURNED)}

    def on_record(self, people: list[Party]) -> None:
        """Learn what somebody is in a report at the site."""
        for role, keys, count in people:
            for key in keys:
                self._known.add(key, _ON_RECORD[role])
                if count > 1:
                    self._known.add(key ^ _KEPT, _ON_RECORD[role])

    def see(self, number: int, people: list[Party], crime: list[Party] | None = None) -> None:
        """Take a row into account; `crime`: with everybody of the rows above it, where each person has a row."""
        known = [(role, count, self._known.of(keys)) for role, keys, count in people]
        may_wait = crime or any(was for _, _, was in known) or any(self._held.values())
        if not self._see_pair(number, crime or people) and may_wait:
            self._see_each(number, crime or people)
        turned = sum(count for role, count, was in known if was in _AS[role.other])
        steady = sum(count for role, count, was in known if was in _AS[role])
        self._see_recorded(number, [(role, was & _RECORDED) for role, _, was in known])
        both_ways = turned > 0 and self._is_within(people, known)
        for role, keys, _ in people:
            for key in keys:
                self._known.add(key, _HIGHER_UP[role])
                if self._stretch:
                    self._within.add(key, 1)
        if turned and not steady:
            worth = BOTH if turned > 1 else ONE
            if both_ways:
                self._speak_against(worth)
                return
            self._worth += worth
            self._stretch.append(number)
            if self._worth >= STOPS and not self.rows:
                self.rows = self._stretch
        elif steady and not turned:
            self._speak_against(BOTH if steady > 1 else ONE)

    def _see_recorded(self, number: int, before: list[tuple[PersonRole, int]]) -> None:
        self.seen += 1
        if any(was == _ON_RECORD[role] for role, was in before):
            self._steady = True
        elif any(was == _ON_RECORD[role.other] for role, was in before):
            self._on_record.append(number)

    def _speak_against(self, worth: int) -> None:
        self._worth = max(0, self._worth - worth)
        if self._stretch and not self._worth:
            self._stretch, self._within = [], Bits()

    def _is_within(self, people: list[Party], known: list[tuple[PersonRole, int, int]]) -> bool:
        """Return whether whoever is turned was seen in this stretch alone: they quarrel, for of an exchange all rows are alike."""
        turned = [keys for (role, keys, _), (_, _, was) in zip(people, known, strict=True) if was in _AS[role.other]]
        on_record = any(was & _RECORDED for _, _, was in known)
        return not on_record and all(map(self._within.of, turned))

    def _see_pair(self, number: int, people: list[Party]) -> bool:
        """Let a row wait that tells of two people the other way round; of those on record, each such row of the file."""
        turned = False
        for role, keys, count in people:
            if count > 1:
                [key] = keys
                was = self._known.of((key ^ _KEPT,))
                if was in _AS[role.other]:
                    turned = True
                    self._turned.append(number)
                if not was & _ON_RECORD[role.other]:
                    self._known.add(key ^ _KEPT, _HIGHER_UP[role])
        return turned

    def _see_each(self, number: int, people: list[Party]) -> None:
        """Let a row wait whose victim was a suspect alone and whose suspect a victim, each in reports of their own.

        What is on record decides; of whom nothing is, the rows above, and whoever waited so once waits so again.
        """
        turned: dict[PersonRole, frozenset[int]] = {}
        for role, told, count in people:
            keys = frozenset(key for key in told if key & _BORN or count > 1)
            was = self._known.of(keys)
            was = was & _RECORDED or (was if count == 1 else 0)
            if keys & self._held[role] or (count == 1 and was in _AS[role.other]):
                turned[role] = keys
            elif was in _AS[role]:
                return
        if len(turned) == len(PersonRole):
            self._turned.append(number)
            if not self.rows:
                for role, keys in turned.items():
                    self._held[role] |= keys


def there_twice(keys: array[int]) -> Sequence[int]:
    """Return the places, in order, of the keys that are there more than once, as `Bits` tells them apart; of a few, all."""
    if len(keys) < _FEW:
        return range(len(keys))
    import numpy  # takes a moment, and no page needs it

    plain = numpy.asarray(keys) & ~15
    _, of, counts = numpy.unique(plain, return_inverse=True, return_counts=True)
    return numpy.flatnonzero(counts[of] > 1).tolist()


class Bits:
    """Four bits by a number, in some sixteen bytes each, for files of any length: numbers alike but for four bits are one.

    Where a number lies is decided by high digits as well: a set gives numbers in the order of the low ones, and by those alone
    they would all lie in one heap.
    """

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 << 12))
        self._used = 0

    def of(self, keys: Iterable[int]) -> int:
        """Return the bits of some numbers together. Written out, for it is asked of millions."""
        slots, last, found = self._slots, len(self._slots) - 1, 0
        for each in keys:
            key = each & _KEY
            place = (key ^ key >> 32) >> 4 & last
            while (there := slots[place]) and there & _KEY != key:
                place = (place + 1) & last
            found |= there & 15
        return found

    def add(self, key: int, bits: int) -> int:
        """Add bits to those of a number, and return those that it had before."""
        slots, key = self._slots, key & _KEY
        last = len(slots) - 1
        place = (key ^ key >> 32) >> 4 & last
        while (there := slots[place]) and there & _KEY != key:
            place = (place + 1) & last
        slots[place] = there | key | bits
        if not there:
            self._used += 1
            if self._used * 3 > len(slots) * 2:
                self._slots, self._used = array("Q", bytes(16 * len(slots))), 0
                for one in filter(None, slots):
                    self.add(one, one & 15)
        return there & 15


_KEY = 0xFFFF_FFFF_FFFF_FFF0
_FEW = 20_000
