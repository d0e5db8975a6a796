"""Whether victims and suspects have been exchanged from some row on, whatever the references of the rows.

One person may be a victim today and a suspect tomorrow: a report that goes the other way round stops nothing. Of a file in
which one after the other comes as what they were not, on record or in the rows above, the columns are exchanged.
"""

from collections.abc import Iterator

from fourfold.intake.rules.roles_held import Pair, plainly, words_of
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
    "On record the victim of this row is the suspect, and the suspect the victim, and no other row of the file tells of "
    "anybody as they are on record. Ask the force who is the victim."
)
Party = tuple[PersonRole, frozenset[int], int]
"""Somebody in a row, by what they are known again (never more than a number made of it), and how many people that is."""

_ON_RECORD = {PersonRole.VICTIM: 1, PersonRole.SUBJECT: 2}
_HIGHER_UP = {role: bit << 2 for role, bit in _ON_RECORD.items()}


def parties(pair: Pair) -> list[Party]:
    """Return everybody of a row by what they are plainly known again by, and the two of it together by their names."""
    found = [(role, frozenset(_known_by(person)), 1) for role in PersonRole for person in pair.of(role)]
    names = [sorted(words_of(each.name)) for each in (pair.victim, pair.subject)]
    if all(len(name) > 1 for name in names) and names[0] != names[1]:
        role = PersonRole.VICTIM if names[0] < names[1] else PersonRole.SUBJECT
        found.append((role, frozenset({hash(repr(sorted(names)))}), 2))
    return [each for each in found if each[1]]


def _known_by(person: PersonAsTold) -> Iterator[int]:
    """Yield a number for the whole name with the day of birth, with the telephone, and with the mailbox."""
    words = words_of(person.name)
    if len(words) > 1:
        if person.birth:
            yield hash((words, person.birth))
        yield from (
            hash((words, value)) for sort in ("phone", "email") if (value := plainly(sort, getattr(person, sort)))
        )


class Exchange:
    """Follows the rows of a file, and holds whoever comes in them against what they were before.

    Whoever comes as what they were not says so once: a person of whom a hundred rows tell is one witness. Who was both is
    none.
    """

    def __init__(self) -> None:
        self._known: dict[int, int] = {}
        self._worth = 0
        self._steady = self._whole = False
        self._stretch: list[int] = []
        self._on_record: list[int] = []
        self.rows: list[int] = []

    @property
    def wait(self) -> list[int]:
        """The rows that wait: the other way round than on record, in a file in which nobody is as they were."""
        return [] if self._steady or self.rows or not self._whole else self._on_record

    def on_record(self, people: list[Party]) -> None:
        """Learn what somebody is in a report at the site."""
        for role, keys, _ in people:
            for key in keys:
                self._known[key] = self._known.get(key, 0) | _ON_RECORD[role]

    def see(self, number: int, people: list[Party]) -> None:
        """Take a row into account that is not known by its reference."""
        known = [(role, count, self._was(keys)) for role, keys, count in people]
        turned = sum(count for role, count, was in known if was in _as(role.other))
        steady = sum(count for role, count, was in known if was in _as(role))
        for role, keys, _ in people:
            for key in keys:
                self._known[key] = self._known.get(key, 0) | _HIGHER_UP[role]
        self._steady |= steady > 0
        if turned and not steady:
            worth = BOTH if turned > 1 else ONE
            self._worth += worth
            self._stretch.append(number)
            if any(was & 3 for _, _, was in known):
                self._whole |= worth == BOTH
                self._on_record.append(number)
            if self._worth >= STOPS and not self.rows:
                self.rows = self._stretch
        elif steady and not turned:
            self._worth = max(0, self._worth - (BOTH if steady > 1 else ONE))
            self._stretch = self._stretch if self._worth else []

    def _was(self, keys: frozenset[int]) -> int:
        was = 0
        for key in keys:
            was |= self._known.get(key, 0)
        return was


def _as(role: PersonRole) -> frozenset[int]:
    """Return how it is written of somebody that they were this and nothing else: on record, higher up, or in both."""
    return frozenset({_ON_RECORD[role], _HIGHER_UP[role], _ON_RECORD[role] | _HIGHER_UP[role]})
