"""Who belongs together when records contradict each other: they are compared with the person so far, whose records vote.

A joins B and B joins C; where A and C are known to be two (twins, a father and a son of one name), B cannot be both. But
where many records say one thing and a single one says another, it is the clerk's slip and not another person.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import log2
from typing import NamedTuple, TypeVar

from fourfold.access.forenames import established
from fourfold.linkage import rules
from fourfold.linkage.rules import Spoken

Value = TypeVar("Value", date, str)

NEARLY = 3.0
"""Bits: a record that fits two people who are apart, and fits neither better by this, says nothing about either."""

GENERATION = 15
"""Years: from which on two days of birth under one name are a father's and a son's, and no slip."""

DIGITS_AGREE = 5
"""Of the eight digits of a day of birth so many agree where another one is a slip, and not another day."""

FEWEST_OF_BOTH = 2

OUTVOTED = 4
"""So many times as many records must say otherwise before what several say is taken for a slip; what one says, two."""


class Edge(NamedTuple):
    """Two records, the smaller first, the bits with which they are one, and whether something contradicts that all the same.

    `by_number`: that it is likely only because many records tell of one of the two; then nothing may contradict it at all.
    """

    one: int
    other: int
    bits: float
    doubted: bool = False
    by_number: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What a record says that may contradict another: its names, its own first, the day of birth and the sex."""

    names: tuple[Spoken, ...] = ()
    birth: date | None = None
    sex: str | None = None


@dataclass(frozen=True)
class Persons:
    """For each record the smallest record of its group; and the likely pairs that the groups leave open.

    A pair is left open where a record fits two people who are apart, and neither better: a person is asked about both.
    """

    groups: dict[int, int]
    left_open: frozenset[tuple[int, int]]


def persons(edges: Sequence[Edge], said: Mapping[int, Said]) -> Persons:
    """Return who is one person among records that hang together; every likely pair is within a group or left open.

    The strongest likeness joins first, unless the two people so far are apart. A record that fits two who are apart joins
    the one of whom clearly more is told or whom it fits clearly better, else neither; others that are as undecided are
    nobody whom it might be instead.
    """
    ordered = sorted(edges, key=lambda edge: (edge.doubted, -round(edge.bits, 6), edge.one, edge.other))
    records = sorted({record for edge in edges for record in edge[:2]})
    people = _joined(records, ordered, said)
    if torn := {record for record, fits in _fits(edges, people).items() if _fits_two(record, fits, said)}:
        rest = [edge for edge in ordered if edge.one not in torn and edge.other not in torn]
        people = _joined(records, rest, said)
        fits_of = _fits(edges, people)
        stands = {
            record: {person: bits for person, bits in fits_of[record].items() if not person.records <= torn}
            for record in torn
        }
        better = {record: _clearly_better(record, stands[record], said) for record in sorted(torn)}
        for record, person in better.items():
            if person is not None:
                person.records.add(record)
                people[record] = person
    found = {record: min(person.records) for record, person in people.items()}
    left = frozenset((one, other) for one, other, _, doubted, _ in edges if not doubted and found[one] != found[other])
    return Persons(found, left)


class Hint(NamedTuple):
    """Two records that are not likely one by themselves: the bits of each field, 0 where either does not know it."""

    one: int
    other: int
    bits: tuple[float, ...]


def added_up(hints: Iterable[Hint], groups: Mapping[int, int], *, prior: float, least: float) -> list[Edge]:
    """Return who is likely one with a person so far, by what all of its records say: one the number, another the door.

    `prior` and `least` are bits. What one of the records agrees in counts, and what they differ in where none agrees.
    Whoever is told of ten times is likelier told of again: the prior is that of one record for each of theirs.
    """
    size = Counter(groups.values())
    fields: dict[tuple[int, int], list[float]] = {}
    strongest: dict[tuple[int, int], Hint] = {}
    for hint in hints:
        mine, theirs = groups.get(hint.one, hint.one), groups.get(hint.other, hint.other)
        if mine == theirs or max(size[mine], size[theirs]) < 2:
            continue
        pair = (min(mine, theirs), max(mine, theirs))
        before = fields.get(pair)
        fields[pair] = list(hint.bits) if before is None else [*map(_told_best, before, hint.bits)]
        strongest[pair] = max(strongest.get(pair, hint), hint, key=_weight_of)
    return [
        Edge(strongest[pair].one, strongest[pair].other, prior + sum(bits), by_number=prior + sum(bits) < least)
        for pair, bits in fields.items()
        if prior + sum(bits) + log2(max(size[pair[0]], size[pair[1]])) >= least
    ]


def _weight_of(hint: Hint) -> tuple[float, int, int]:
    """Return by what one hint is stronger than another, whatever the order in which an engine finds them."""
    return sum(hint.bits), -hint.one, -hint.other


def _told_best(one: float, other: float) -> float:
    return max(one, other) if max(one, other) > 0 else min(one, other)


@dataclass(slots=True, eq=False)
class _Person:
    """Somebody so far: the records that are theirs, and what these say by how many."""

    records: set[int]
    names: Counter[Spoken] = field(default_factory=Counter)
    aliases: set[Spoken] = field(default_factory=set)
    births: Counter[date] = field(default_factory=Counter)
    sexes: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, record: int, said: Said) -> _Person:
        return cls(
            {record},
            Counter(said.names[:1]),
            set(said.names[1:]),
            Counter([said.birth] if said.birth else ()),
            Counter([said.sex] if said.sex else ()),
        )

    def absorb(self, other: _Person) -> None:
        self.records |= other.records
        self.aliases |= other.aliases
        self.names.update(other.names)
        self.births.update(other.births)
        self.sexes.update(other.sexes)


def _joined(records: Iterable[int], edges: Sequence[Edge], said: Mapping[int, Said]) -> dict[int, _Person]:
    """Return for each record its person: joined by the strongest likeness first, and again as what is known grows."""
    people = {record: _Person.of(record, said.get(record, Said())) for record in records}
    waiting, before = list(edges), -1
    while len(waiting) != before:
        before, left = len(waiting), []
        for edge in waiting:
            mine, theirs = people[edge.one], people[edge.other]
            if mine is theirs:
                continue
            if any(_contradictions(mine, theirs)) if edge.by_number else _are_apart(mine, theirs, doubted=edge.doubted):
                left.append(edge)
                continue
            if len(mine.records) < len(theirs.records):
                mine, theirs = theirs, mine
            mine.absorb(theirs)
            people |= dict.fromkeys(theirs.records, mine)
        waiting = left
    return people


def _fits(edges: Iterable[Edge], people: Mapping[int, _Person]) -> dict[int, dict[_Person, float]]:
    """Return for each record whom it fits, and with how many bits; nobody by itself."""
    found: dict[int, dict[_Person, float]] = defaultdict(dict)
    for one, other, bits, doubted, _ in edges:
        if not doubted:
            for record, person in ((one, people[other]), (other, people[one])):
                found[record][person] = max(bits, found[record].get(person, 0.0))
    return found


def _fits_two(record: int, fits: Mapping[_Person, float], said: Mapping[int, Said]) -> bool:
    alone = _Person.of(record, said.get(record, Said()))
    return sum(not any(_contradictions(alone, person)) for person in fits) > 1


def _clearly_better(record: int, fits: Mapping[_Person, float], said: Mapping[int, Said]) -> _Person | None:
    """Return whom a record fits better than anybody else; whoever is told of ten times is likelier told of again."""
    alone = _Person.of(record, said.get(record, Said()))
    able = [person for person in fits if not any(_contradictions(alone, person))]
    ranked = sorted(
        ((fits[person] + log2(len(person.records)), -min(person.records), person) for person in able),
        key=lambda each: each[:2],
    )
    if not ranked or (len(ranked) > 1 and ranked[-1][0] - ranked[-2][0] < NEARLY):
        return None
    return ranked[-1][2]


# ---- who is apart --------------------------------------------------------------------------------------------------


class _Against(NamedTuple):
    """One contradiction: whether it may be a slip, and how many records say the one and how many the other, fewer first."""

    may_be_slip: bool
    fewer: int
    more: int

    @property
    def is_outvoted(self) -> bool:
        return self.more >= (2 if self.fewer == 1 else OUTVOTED * self.fewer)


def _are_apart(one: _Person, other: _Person, *, doubted: bool) -> bool:
    """Return whether two people so far are two: what may be a slip is one where those who say otherwise are more.

    Where the likeness itself is free of doubt, and only other records of the two contradict each other, a single record's
    slip needs no vote; slips in several fields need one of four records at least.
    """
    against = list(_contradictions(one, other, doubted=doubted))
    if not all(each.may_be_slip for each in against):
        return True
    if len(against) > 1:
        return not all(each.is_outvoted and each.more >= OUTVOTED for each in against)
    return not all(each.is_outvoted or (not doubted and each.fewer == 1) for each in against)


def _contradictions(one: _Person, other: _Person, *, doubted: bool = False) -> Iterator[_Against]:
    """Yield in what two people so far contradict each other, by what most of their records say."""
    name = _name_level(one, other)
    born = (_most_of_days(one.births), _most_of_days(other.births)) if one.births and other.births else None
    birth = rules.birth_level(*born) if born else None
    is_whole = name in rules.WHOLE_NAME
    is_near = birth in (None, "same", "swapped", "one_digit") or (born is not None and _may_be_a_slip(*born))
    if _bear_two_forenames(one, other):
        yield _Against(False, 1, 1)
    elif ("name", name) in rules.CONTRADICTIONS and not (
        name == "other_forename" and _go_by_both(one, other, _first(one.names).given, _first(other.names).given)
    ):
        slip = name == "other_forename" and birth in (None, "same", "swapped", "one_digit")
        slip = slip and rules.may_be_slips(_first(one.names), _first(other.names), of_a_third=not doubted)
        yield _Against(slip, *_votes(_forenames(one.names), _forenames(other.names)))
    if born and ("birth", birth) in rules.CONTRADICTIONS:
        yield _Against(is_whole and _may_be_a_slip(*born), *_votes(one.births, other.births))
    if one.sexes and other.sexes and _most(one.sexes) != _most(other.sexes):
        yield _Against(is_whole and is_near, *_votes(one.sexes, other.sexes))


def _name_level(one: _Person, other: _Person) -> str | None:
    """Return how the names compare that most records of either bear; by any alias where that contradicts less."""
    if not one.names or not other.names:
        return None
    level = rules.spoken_level(_first(one.names), _first(other.names))
    if ("name", level) in rules.CONTRADICTIONS:
        for mine in (_first(one.names), *one.aliases):
            for theirs in (_first(other.names), *other.aliases):
                by_another = rules.spoken_level(mine, theirs)
                if ("name", by_another) not in rules.CONTRADICTIONS:
                    return by_another
    return level


def _bear_two_forenames(one: _Person, other: _Person) -> bool:
    """Return whether any record of either bears an established forename that contradicts one of the other: twins are two."""
    if one.aliases or other.aliases:
        return False
    mine, theirs = ({name.given: name for name in person.names if established(name.given)} for person in (one, other))
    return any(
        established(each) != established(beside)
        and mine[each].may_be.isdisjoint(theirs[beside].may_be)
        and not _go_by_both(one, other, each, beside)
        for each in mine
        for beside in theirs
    )


def _go_by_both(one: _Person, other: _Person, forename: str, second: str) -> bool:
    """Return whether two records at least tell both forenames: whoever is Frances Eleanor may be called either.

    One record does not suffice, for a cell may hold two people.
    """
    both = {forename, second}
    told = (number for person in (one, other) for name, number in person.names.items() if both <= set(name.words))
    return sum(told) >= FEWEST_OF_BOTH


def _may_be_a_slip(one: date, other: date) -> bool:
    """Return whether two days of birth may be two slips of one: of eight digits five agree, and no generation lies between.

    Two digits of the year exchanged are no generation.
    """
    mine, theirs = f"{one:%d%m%Y}", f"{other:%d%m%Y}"
    if sum(a == b for a, b in zip(mine, theirs, strict=True)) < DIGITS_AGREE:
        return False
    return abs(one.year - other.year) < GENERATION or (mine[:4] == theirs[:4] and sorted(mine) == sorted(theirs))


def _first(votes: Counter[Spoken]) -> Spoken:
    """Return the name with the forename that most records say, none cut short; where as many say another, an established one."""
    forenames = _forenames(votes)
    return max(
        votes,
        key=lambda name: (
            *(not _is_cut(name, votes), forenames[name.given], bool(established(name.given)), votes[name]),
            name.in_order,
        ),
    )


def _is_cut(name: Spoken, votes: Counter[Spoken]) -> bool:
    """Return whether a forename is an initial, or the beginning of another that is said."""
    return len(name.given) < 2 or any(
        rules.letters_of_the_cut(name, other) and len(name.given) < len(other.given) for other in votes
    )


def _forenames(votes: Counter[Spoken]) -> Counter[str]:
    found: Counter[str] = Counter()
    for name, number in votes.items():
        found[name.given] += number
    return found


def _most_of_days(votes: Counter[date]) -> date:
    """Return the day of birth that most say; the first of January, which stands for a year, where nobody says a day."""
    return _most(Counter({day: number for day, number in votes.items() if not rules.is_of_a_year(day)}) or votes)


def _most(votes: Counter[Value]) -> Value:
    return max(votes, key=lambda value: (votes[value], value))


def _votes(one: Counter[Value], other: Counter[Value]) -> tuple[int, int]:
    fewer, more = sorted((max(one.values()), max(other.values())))
    return fewer, more
