"""Which reports tell of one person, and which of them may be one course of conduct. Pure; it proposes, nobody is merged.

Records that somebody joined are not needed: the reports themselves are compared, field by field, with the weights of
linkage. Two reports are brought together where the evidence is at least probable and nothing contradicts: a household
shares a telephone, an address and a family name without being one person.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import combinations, product
from multiprocessing.connection import Connection
from operator import attrgetter
from typing import Any
from uuid import UUID

from fourfold.cases.rules.answering import answered
from fourfold.cases.terms import Belonging, Report, Several, Thread, Together
from fourfold.intake.rules.feeds.read_ahead import answer
from fourfold.linkage import rules as linkage
from fourfold.linkage.terms import Traits, Weights
from fourfold.people.rules import handle_of, sound_keys
from fourfold.people.rules.names import plain_words
from fourfold.people.rules.records import sex_of
from fourfold.people.terms import MarkKind, Part

LARGEST_BLOCK = 80
"""Where more than this share one thing (a hostel's address, one woman's telephone in 125 reports), a report is compared
with those beside it in the order of names that sound alike: everybody with everybody would be too many."""
NEIGHBOURS = 12

MOSTLY = 0.8
"""From which share of a victim's reports that name one subject those that name nobody count with the same subject."""

MOST_NAMES = 6
NOBODY = Traits()

#: What two people of one household have in common; it makes an act against the one an act near the other.
NEAR = (MarkKind.PHONE, MarkKind.EMAIL, MarkKind.ADDRESS)

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


@dataclass
class _Group:
    """Reports that tell of one person so far: who that is on record, if anybody said so, and what was told."""

    who: UUID | None
    not_who: set[UUID] = field(default_factory=set)
    told: list[Traits] = field(default_factory=list)

    def as_known(self) -> list[Traits]:
        """Return what was told first, each with every other name that any report tells: who has two names has them all."""
        names = frozenset(mark for told in self.told for mark in told.marks if mark[0] is MarkKind.OTHER_NAME)
        return [replace(told, marks=told.marks | names) if names else told for told in self.told[:MOST_NAMES]]


class _People:
    """Groups of reports that tell of one person, joined one pair after the other."""

    def __init__(self) -> None:
        self.parent: list[int] = []
        self.groups: list[_Group] = []
        self._seen: dict[tuple[Traits, UUID | None, frozenset[UUID]], int] = {}

    def add(self, told: Traits, who: UUID | None, not_who: frozenset[UUID]) -> int:
        """Return the number of what is told of a person; what is told twice in the same words has one number."""
        key = (told, who, not_who)
        if key not in self._seen:
            self._seen[key] = len(self.parent)
            self.parent.append(len(self.parent))
            self.groups.append(_Group(who, set(not_who), [told] if told != NOBODY else []))
        return self._seen[key]

    def root(self, number: int) -> int:
        while self.parent[number] != number:
            self.parent[number] = self.parent[self.parent[number]]
            number = self.parent[number]
        return number

    def unite(self, one: int, other: int) -> None:
        """Bring two groups together, unless somebody said that they are two people, or what was told contradicts."""
        a, b = sorted((self.root(one), self.root(other)))
        if a == b or self._are_two(self.groups[a], self.groups[b]):
            return
        mine, theirs = self.groups[a], self.groups[b]
        mine.who = mine.who or theirs.who
        mine.not_who |= theirs.not_who
        mine.told = list(dict.fromkeys((*mine.told, *theirs.told)))[: MOST_NAMES * 4]
        self.parent[b] = a

    @staticmethod
    def _are_two(mine: _Group, theirs: _Group) -> bool:
        if mine.who and theirs.who:
            return mine.who != theirs.who
        if mine.who in theirs.not_who or theirs.who in mine.not_who:
            return True
        told = mine.as_known(), theirs.as_known()
        return any(_are_apart(*told, of, contradicts) for of, contradicts in _CONTRADICT)


def _are_apart(
    mine: Iterable[Traits],
    theirs: Iterable[Traits],
    of: Callable[[Traits], Any],
    contradicts: Callable[[Any, Any], bool | None],
) -> bool:
    """Return whether a field speaks for two people: in half of the pairs that tell it, or more.

    One birth date mistyped among a hundred reports keeps nobody away; a father and a son differ in every pair, however
    many reports tell no birth date. What is told alike is compared once and counts as often as it is told.
    """
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


Told = tuple[str, date | None, str, frozenset[tuple[MarkKind, str]], UUID | None, frozenset[UUID]]
"""What a report tells of a person: their traits, who that is on record, and who they are not. Other processes take it as it is."""


def told_of(report: Report, part: Part) -> Told | None:
    """Return what a report tells of whom it tells of in this part; None where it tells of nobody."""
    victim = part is Part.VICTIM
    told, who = (report.victim, report.victim_is) if victim else (report.subject, report.subject_is)
    nobody = who is None and not (told.name or told.birth_on or told.marks)
    if nobody or (victim and report.near is not None):  # a third party is nobody's further victim
        return None
    apart = report.not_victims if victim else report.not_subjects
    return told.name, told.birth_on, told.sex, told.marks, who, apart


def people_in(told: Iterable[Told | None], weights: Weights) -> list[int | None]:
    """Return for each report the number of the person it tells of; None where it tells of nobody.

    A person whom somebody confirmed is the same in every report so confirmed; a match that was rejected keeps apart.
    """
    people = _People()
    numbers = [None if each is None else people.add(Traits(*each[:4]), each[4], each[5]) for each in told]
    _join(people, weights)
    return [None if number is None else people.root(number) for number in numbers]


def number_people(pipe: Connection, weights: Weights) -> None:
    """Number the people of whom the reports tell that come through a pipe, until its other end closes."""
    answer(pipe, lambda told: people_in(told, weights))


def _join(people: _People, weights: Weights) -> None:
    known: dict[UUID, int] = {}
    for number, group in enumerate(people.groups):
        if group.who is not None:
            people.unite(known.setdefault(group.who, number), number)
    told = [group.told[0] if group.told else NOBODY for group in people.groups]
    are_likely = linkage.Likely(weights)
    for one, other in _pairs(told):
        if people.root(one) != people.root(other) and are_likely(told[one], told[other]):
            people.unite(one, other)


def _pairs(told: Sequence[Traits]) -> Iterator[tuple[int, int]]:
    """Yield the pairs that share something worth comparing: a sound and a day of birth, a number, a mailbox, a door."""
    blocks: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for number, each in enumerate(told):
        for key in dict.fromkeys(_keys(each)):
            blocks[key].append(number)
    for numbers in blocks.values():
        yield from combinations(numbers, 2) if len(numbers) <= LARGEST_BLOCK else _beside(told, numbers)


def _beside(told: Sequence[Traits], numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield pairs of neighbours among many who share one thing: of those whose names sound alike, in order of the names."""
    alike: dict[str, list[int]] = defaultdict(list)
    for number in numbers:
        for sound in _sounds(told[number]):
            alike[sound].append(number)
    for some in alike.values():
        some.sort(key=lambda number: (told[number].name, told[number].birth_on or date.min, number))
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


# ---- courses -------------------------------------------------------------------------------------------------------


def belonging(reports: Sequence[Report], weights: Weights, pipes: Sequence[Connection] = ()) -> Belonging:
    """Return what belongs together among reports: possible courses, and whoever is reported with several others.

    `pipes`: to another process that numbers people, and numbers the subjects meanwhile; where reports are many.
    """
    told, accused = ([told_of(report, part) for report in reports] for part in (Part.VICTIM, Part.SUBJECT))
    for pipe in pipes:
        with suppress(OSError):
            pipe.send(accused)
    victims, subjects = people_in(told, weights), None
    for pipe in pipes:
        with suppress(EOFError, OSError):  # it was killed, as where memory is short: it is done here
            subjects = pipe.recv()
    subjects = people_in(accused, weights) if subjects is None else subjects
    several = (
        *_several(reports, Together.SUBJECT, subjects, victims),
        *_several(reports, Together.VICTIM, victims, subjects),
    )
    return Belonging(_threads(reports, victims, subjects), several)


def _several(
    reports: Sequence[Report], kind: Together, ones: Sequence[int | None], others: Sequence[int | None]
) -> Iterator[Several]:
    """Yield the reports of each person who is reported with more than one other."""
    places_of: dict[int, list[int]] = defaultdict(list)
    for place, one in enumerate(ones):
        if one is not None:
            places_of[one].append(place)
    for places in places_of.values():
        if len({others[place] for place in places} - {None}) > 1:
            places.sort(key=lambda place: (reports[place].at, reports[place].id))
            yield Several(kind, tuple(reports[p].telling for p in places), tuple(others[p] for p in places))


def _threads(
    reports: Sequence[Report], victims: Sequence[int | None], subjects: Sequence[int | None]
) -> tuple[Thread, ...]:
    by_pair = _by_pair(victims, subjects)
    courses = {pair: places for pair, places in by_pair.items() if len({reports[p].id for p in places}) > 1}
    near = _near(reports, victims, subjects)
    answers = answered(reports, by_pair, courses)
    for pair, places in _decided_near(reports, victims, subjects, courses):
        near[pair] = [*near.get(pair, ()), *places]
    return tuple(
        replace(_thread(reports, *pair, members, near.get(pair, ())), answers=answers.get(pair, ()))
        for pair, members in courses.items()
    )


def _by_pair(victims: Sequence[int | None], subjects: Sequence[int | None]) -> dict[tuple[int, int | None], list[int]]:
    of_victim: dict[int, list[int]] = defaultdict(list)
    for place, victim in enumerate(victims):
        if victim is not None:
            of_victim[victim].append(place)
    pairs: dict[tuple[int, int | None], list[int]] = defaultdict(list)
    for victim, places in of_victim.items():
        likely = _likely(subjects[place] for place in places)
        for place in places:
            pairs[victim, subjects[place] if subjects[place] is not None else likely].append(place)
    return pairs


def _likely(subjects: Iterable[int | None]) -> int | None:
    """Return whom a victim's reports that name nobody are counted with: the only one known, or by far the most told of."""
    named = Counter(subject for subject in subjects if subject is not None)
    return next((most for most, reports in named.most_common(1) if reports >= MOSTLY * named.total()), None)


def _thread(
    reports: Sequence[Report], victim: int, subject: int | None, members: Sequence[int], near: Sequence[int]
) -> Thread:
    def in_order(places: Sequence[int]) -> list[Report]:
        return sorted((reports[place] for place in places), key=lambda report: (report.at, report.id))

    told = tuple(report.telling for report in in_order(members))
    acts = tuple(dict.fromkeys(one.act for one in told))  # one report may tell of both in several ways
    third = tuple(dict.fromkeys(report.id for report in in_order(near) if report.id not in acts))
    return Thread(victim, subject, acts, third, told)


def _near(
    reports: Sequence[Report], victims: Sequence[int | None], subjects: Sequence[int | None]
) -> dict[tuple[int, int | None], list[int]]:
    """Return for each pair what the same subject did to another victim who shares a door, a number or a mailbox."""
    of_subject: dict[int, list[int]] = defaultdict(list)
    for place, subject in enumerate(subjects):
        if subject is not None and victims[place] is not None:
            of_subject[subject].append(place)
    found: dict[tuple[int, int | None], list[int]] = defaultdict(list)
    for subject, places in of_subject.items():
        doors: dict[int, set[tuple[MarkKind, str]]] = defaultdict(set)
        for place in places:
            doors[victims[place] or 0] |= {mark for mark in reports[place].victim.marks if mark[0] in NEAR}
        if len(doors) < 2:
            continue
        for one, other in combinations(sorted(doors), 2):
            if doors[one] & doors[other]:
                found[one, subject] += [place for place in places if victims[place] == other]
                found[other, subject] += [place for place in places if victims[place] == one]
    return found


def _decided_near(
    reports: Sequence[Report],
    victims: Sequence[int | None],
    subjects: Sequence[int | None],
    pairs: Iterable[tuple[int, int | None]],
) -> Iterator[tuple[tuple[int, int | None], list[int]]]:
    """Yield for each pair the reports of which somebody said that they tell of a third party near its victim."""
    near = [place for place, report in enumerate(reports) if report.near]
    if not near:
        return
    who: dict[int, set[UUID]] = defaultdict(set)
    for place, victim in enumerate(victims):
        if victim is not None and (known := reports[place].victim_is) is not None:
            who[victim].add(known)
    for victim, subject in pairs:
        places = [p for p in near if (reports[p].near or set()) & who[victim] and subjects[p] in (subject, None)]
        if places:
            yield (victim, subject), places
