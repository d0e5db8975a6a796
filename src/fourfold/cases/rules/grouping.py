"""Which reports tell of one person. Pure; it proposes, nobody is merged.

Records that somebody joined are not needed: the reports themselves are compared, field by field, with the weights of
linkage. Two reports are brought together where the evidence is at least probable and nothing contradicts: a household
shares a telephone, an address and a family name without being one person.
"""

from __future__ import annotations  # Python 3.11 has no `array[int]`

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from itertools import combinations, product
from multiprocessing.connection import Connection
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from fourfold.cases.rules.many import TELLS_OF_NOBODY, Tellings, several
from fourfold.linkage import rules as linkage
from fourfold.linkage.terms import Traits, Weights
from fourfold.people.rules import handle_of, sound_keys
from fourfold.people.rules.names import plain_words
from fourfold.people.rules.records import sex_of
from fourfold.people.terms import MarkKind

LARGEST_BLOCK = 80
"""Where more than this share one thing (a hostel's address, one woman's telephone in 125 reports), a report is compared
with those beside it in the order of names that sound alike: everybody with everybody would be too many."""
NEIGHBOURS = 12

MOST_NAMES = 6
NOBODY = Traits()

#: What one person may have several of.
SEVERAL = (MarkKind.VEHICLE, MarkKind.ACCOUNT, MarkKind.OTHER_NAME)


def traits_of(name: str, birth_on: date | None, sex: str, marks: Iterable[tuple[MarkKind, str]]) -> Traits:
    """Return what was told of a person from its normalised parts; empty ones are not known."""
    return Traits(
        name=name if names_somebody(name) else "",
        birth_on=birth_on,
        sex=sex_of(sex),
        marks=frozenset((kind, key) for kind, key in marks if key),
    )


def names_somebody(name: str) -> bool:
    """Return whether a text names somebody; “unknown male, possibly ex” does not."""
    return bool(name) and linkage.is_name(name)


class _Group(NamedTuple):
    """Reports that tell of one person so far: who that is on record, if anybody said so, and where it is told, each wording once."""

    who: UUID | None
    not_who: frozenset[UUID]
    told: tuple[int, ...]


#: So much of what is told stays as objects, since pairs come one beside the other.
KEPT = 20_000


class _People:
    """Groups of reports that tell of one person, joined one pair after the other. A person's number is the place of the first
    report that tells of them.
    """

    def __init__(self, told: Tellings) -> None:
        self._told = told
        self._parent = array("i", range(len(told)))
        self._groups: dict[int, _Group] = {}
        self.traits = lru_cache(maxsize=KEPT)(told.traits)

    def root(self, number: int) -> int:
        parent = self._parent
        while parent[number] != number:
            parent[number] = number = parent[parent[number]]
        return number

    def are_the_same(self, first: int, other: int) -> None:
        """Give what is told again in the same words the number that it has."""
        self._parent[other] = first

    def unite(self, one: int, other: int) -> None:
        """Bring two groups together, unless somebody said that they are two people, or what was told contradicts."""
        a, b = sorted((self.root(one), self.root(other)))
        if a == b or self._are_two(mine := self._group(a), theirs := self._group(b)):
            return
        first: dict[bytes, int] = {}
        for place in (*mine.told, *theirs.told):
            first.setdefault(self._told.words(place), place)
        told = tuple(first.values())[: MOST_NAMES * 4]
        self._groups[a] = _Group(mine.who or theirs.who, mine.not_who | theirs.not_who, told)
        self._parent[b] = a
        self._groups.pop(b, None)

    def _group(self, number: int) -> _Group:
        if (group := self._groups.get(number)) is not None:
            return group
        who, not_who = self._told.known.get(number) or (None, frozenset())
        return _Group(who, not_who, (number,) if self.traits(number) != NOBODY else ())

    def _are_two(self, mine: _Group, theirs: _Group) -> bool:
        if mine.who and theirs.who:
            return mine.who != theirs.who
        if mine.who in theirs.not_who or theirs.who in mine.not_who:
            return True
        told = self._as_known(mine), self._as_known(theirs)
        return any(_are_apart(*told, of, contradicts) for of, contradicts in _CONTRADICT)

    def _as_known(self, group: _Group) -> list[Traits]:
        """Return what was told first, each with every other name that any report tells: who has two names has them all."""
        every = [self.traits(place) for place in group.told]
        names = frozenset(mark for told in every for mark in told.marks if mark[0] is MarkKind.OTHER_NAME)
        return [replace(told, marks=told.marks | names) if names else told for told in every[:MOST_NAMES]]


def _are_apart(
    mine: Sequence[Traits],
    theirs: Sequence[Traits],
    of: Callable[[Traits], Any],
    contradicts: Callable[[Any, Any], bool | None],
) -> bool:
    """Return whether a field speaks for two people: in half of the pairs that tell it, or more.

    One birth date mistyped among a hundred reports keeps nobody away; a father and a son differ in every pair, however
    many reports tell no birth date. What is told alike is compared once and counts as often as it is told.
    """
    if len(mine) == len(theirs) == 1:  # as most are
        return bool(contradicts(of(mine[0]), of(theirs[0])))
    said = against = 0
    for (one, times), (other, often) in product(Counter(map(of, mine)).items(), Counter(map(of, theirs)).items()):
        if (found := contradicts(one, other)) is not None:
            said += times * often
            against += times * often * found
    return 2 * against >= said > 0


def _names(one: tuple[str, ...], other: tuple[str, ...]) -> bool | None:
    """Return whether no name of the one agrees with a name of the other; None where one of them has none."""
    pairs = [(mine, theirs) for mine, theirs in product(one, other) if mine and theirs]
    contradict = (("name", linkage.name_level(*names)) in linkage.CONTRADICTIONS for names in pairs)
    return all(contradict) if pairs else None


def _births(one: date | None, other: date | None) -> bool | None:
    level = linkage.birth_level(one, other)
    return None if level is None else ("birth", level) in linkage.CONTRADICTIONS


def _sexes(one: str, other: str) -> bool | None:
    return one != other if one and other else None


#: What keeps two apart, and whether it contradicts between two reports; None where one of them does not tell it.
_CONTRADICT: tuple[tuple[Callable[[Traits], Any], Callable[[Any, Any], bool | None]], ...] = (
    (attrgetter("sex"), _sexes),
    (attrgetter("birth_on"), _births),
    (attrgetter("names"), _names),
)


def people_in(told: Tellings, weights: Weights) -> array[int]:
    """Return for each report the number of the person it tells of; below 0 where it tells of nobody.

    A person whom somebody confirmed is the same in every report so confirmed; a match that was rejected keeps apart.
    """
    people, numbers = _People(told), array("i", range(len(told)))
    words = array("q")
    for place in numbers:
        said = told.as_told(place)
        words.append(hash(said))
        if said is None:
            numbers[place] = TELLS_OF_NOBODY
    for first, *others in several(words):
        for other in others:
            if numbers[first] >= 0 and told.as_told(other) == told.as_told(first):
                people.are_the_same(first, other)
    del words
    firsts = array("i", (number for number in numbers if number >= 0 and people.root(number) == number))
    _join(people, told, firsts, weights)
    return array("i", (number if number < 0 else people.root(number) for number in numbers))


def number_people(pipe: Connection, weights: Weights) -> None:
    """Number the people of whom the reports tell that come through a pipe; something empty says that these were all."""
    told = Tellings()
    while (slab := pipe.recv()) is not None:
        if slab:
            told.take(slab)
        else:
            pipe.send(people_in(told, weights))


def _join(people: _People, told: Tellings, numbers: Sequence[int], weights: Weights) -> None:
    known: dict[UUID, int] = {}
    for number in (each for each in numbers if each in told.known):
        if (said := told.known[number]) and said[0] is not None:
            people.unite(known.setdefault(said[0], number), number)
    are_likely = linkage.Likely(weights)
    for one, other in _pairs(people.traits, numbers):
        if people.root(one) != people.root(other) and are_likely(people.traits(one), people.traits(other)):
            people.unite(one, other)


def _pairs(traits: Callable[[int], Traits], numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the pairs that share something worth comparing: a sound and a day of birth, a number, a mailbox, a door."""
    for block in _blocks(traits, numbers):
        yield from combinations(block, 2) if len(block) <= LARGEST_BLOCK else _beside(traits, block)


def _blocks(traits: Callable[[int], Traits], numbers: Iterable[int]) -> Iterator[list[int]]:
    keys, whose = array("q"), array("i")
    for number in numbers:
        for key in dict.fromkeys(_keys(traits(number))):
            keys.append(hash(key))
            whose.append(number)
    return ([whose[place] for place in places] for places in several(keys))


def _beside(traits: Callable[[int], Traits], numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield pairs of neighbours among many who share one thing: of those whose names sound alike, in order of the names."""
    alike: dict[str, list[int]] = defaultdict(list)
    for number in numbers:
        for sound in _sounds(traits(number)):
            alike[sound].append(number)

    def by_name(number: int) -> tuple[str, date, int]:
        told = traits(number)
        return told.name, told.birth_on or date.min, number

    for some in alike.values():
        some.sort(key=by_name)
        for place, one in enumerate(some):
            yield from ((one, other) for other in some[place + 1 : place + 1 + NEIGHBOURS])


def _keys(told: Traits) -> Iterator[tuple[object, ...]]:
    if told.birth_on is not None:
        born = (
            told.birth_on.year,
            *sorted((told.birth_on.month, told.birth_on.day)),
        )  # day and month are swapped often
        yield from (("born", born, sound) for sound in _sounds(told))
    yield from (("mark", *mark) for mark in marks_to_share(sorted(told.marks)))
    yield from (("name", *words) for words in names_to_share(told.names))


def _sounds(told: Traits) -> Iterable[str]:
    """Return how the names of somebody sound, other names among them."""
    return dict.fromkeys(sound for name in told.names for sound in sound_keys(name))


def marks_to_share(marks: Iterable[tuple[MarkKind, str]]) -> Iterator[tuple[MarkKind, str]]:
    """Yield what two reports may share besides the names; of an account its name, for either may leave the platform out."""
    for kind, key in marks:
        if kind is not MarkKind.OTHER_NAME:
            yield kind, handle_of(key) if kind is MarkKind.ACCOUNT else key


def names_to_share(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Yield the words of each name that two reports may share, whatever their order."""
    yield from (tuple(sorted(words)) for name in names if (words := plain_words(name)))
