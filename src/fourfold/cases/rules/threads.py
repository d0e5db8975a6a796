"""Which reports may be one course of conduct, and who is reported with several others. Pure; it proposes, nobody is merged."""

from __future__ import annotations  # Python 3.11 has no `array[int]`

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import combinations
from multiprocessing.connection import Connection
from uuid import UUID

from fourfold.cases.rules.answering import answered
from fourfold.cases.rules.grouping import people_in
from fourfold.cases.rules.many import TELLS_OF_NOBODY, Pair, Pairs, Reports, several
from fourfold.cases.terms import Report, Several, Thread, Together
from fourfold.linkage.terms import Weights
from fourfold.people.terms import MarkKind

MOSTLY = 0.8
"""From which share of a victim's reports that name one subject those that name nobody count with the same subject."""

#: After so many reports another process is told of those that came.
AT_ONCE = 10_000

#: What two people of one household have in common; it makes an act against the one an act near the other.
NEAR = (MarkKind.PHONE, MarkKind.EMAIL, MarkKind.ADDRESS)


def belonging(reports: Iterable[Report], weights: Weights, pipes: Sequence[Connection] = ()) -> Belonging:
    """Return what belongs together among reports: possible courses, and whoever is reported with several others.

    `pipes`: to another process that numbers people, and numbers the subjects meanwhile; where reports are many.
    """
    held = Reports()
    for report in reports:
        held.append(report)
        if len(held) % AT_ONCE == 0:
            _tell(pipes, held)
    _tell(pipes, held, are_all=True)
    victims, subjects = people_in(held.victims, weights), None
    for pipe in pipes:
        with suppress(EOFError, OSError):  # it was killed, as where memory is short: it is done here
            subjects = pipe.recv()
    subjects = people_in(held.subjects, weights) if subjects is None else subjects
    return Belonging(held, victims, subjects)


def _tell(pipes: Sequence[Connection], reports: Reports, *, are_all: bool = False) -> None:
    for pipe in pipes:
        with suppress(OSError):
            pipe.send(reports.subjects.unsent())
            if are_all:
                pipe.send(())


class Belonging:
    """What belongs together among reports: possible courses, and who is reported with several others.

    Worked out once for every site; what concerns one is made as it is taken.
    """

    def __init__(self, reports: Reports, victims: array[int], subjects: array[int]) -> None:
        self._reports, self._victims, self._subjects = reports, victims, subjects
        self._pairs = Pairs(victims, _counted_with(victims, subjects))
        self._near, self._answers = _near(reports, victims, subjects), answered(reports, self._pairs)
        for pair, places in _decided_near(reports, victims, subjects, (pair for pair, _ in self._courses())):
            self._near[pair] = [*self._near.get(pair, ()), *places]

    def threads(self, site: str) -> Iterator[Thread]:
        """Yield the possible courses that have a report of a site in them."""
        for pair, members in self._courses():
            if self._reports.is_told_at(site, members):
                near, answers = self._near.get(pair, ()), self._answers.get(pair, ())
                beside = any(self._reports.are_several(each) for each in map(self._of_pair, near) if each)
                yield replace(_thread(self._reports, pair, members, near, answers), beside_others=beside)

    def _of_pair(self, place: int) -> list[int]:
        return self._pairs.places_of(self._pairs.at(place)) if self._pairs.has(place) else []

    def several(self, site: str) -> Iterator[Several]:
        """Yield the reports of each person, one of a site among them, who is reported with more than one other."""
        yield from self._with_several(site, Together.SUBJECT, self._subjects, self._victims)
        yield from self._with_several(site, Together.VICTIM, self._victims, self._subjects)

    def _courses(self) -> Iterator[tuple[Pair, list[int]]]:
        found = (places for places in self._pairs.several() if self._reports.are_several(places))
        return ((self._pairs.at(places[0]), places) for places in found)

    def _with_several(self, site: str, kind: Together, ones: array[int], others: array[int]) -> Iterator[Several]:
        reports = self._reports
        for places in several(ones):
            if ones[places[0]] < 0 or not reports.is_told_at(site, places):
                continue
            if len({others[place] for place in places} - {TELLS_OF_NOBODY}) > 1:
                found = reports.in_order(places)
                numbers = (others[place] for place in found)
                yield Several(
                    kind,
                    tuple(map(reports.telling, found)),
                    tuple(number if number >= 0 else None for number in numbers),
                    {reports.id(place): reports.site(place) for place in found},
                )


def _counted_with(victims: array[int], subjects: array[int]) -> array[int]:
    """Return the subject with whom each report is counted, if it names none."""
    found = array("i", subjects)
    for places in several(victims):
        nameless = [place for place in places if subjects[place] < 0]
        if nameless and (likely := _likely(subjects[place] for place in places)) is not None:
            for place in nameless:
                found[place] = likely
    return found


def _likely(subjects: Iterable[int]) -> int | None:
    """Return whom a victim's reports that name nobody are counted with: the only one known, or by far the most told of."""
    named = Counter(subject for subject in subjects if subject >= 0)
    return next((most for most, reports in named.most_common(1) if reports >= MOSTLY * named.total()), None)


def _thread(
    reports: Reports, pair: Pair, members: Sequence[int], near: Sequence[int], answers: Sequence[int]
) -> Thread:
    in_order = reports.in_order(members)
    told = tuple(map(reports.telling, in_order))
    acts = tuple(dict.fromkeys(one.act for one in told))  # one report may tell of both in several ways
    others = (reports.id(place) for place in reports.in_order(near))
    third = tuple(dict.fromkeys(each for each in others if each not in acts))
    sites = {reports.id(place): reports.site(place) for place in (*members, *near, *answers)}
    return Thread(*pair, acts, third, told, tuple(dict.fromkeys(map(reports.id, answers))), sites)


def _near(reports: Reports, victims: array[int], subjects: array[int]) -> dict[Pair, list[int]]:
    """Return for each pair what the same subject did to another victim who shares a door, a number or a mailbox."""
    found: dict[Pair, list[int]] = defaultdict(list)
    for every in several(subjects):
        subject, places = subjects[every[0]], [place for place in every if victims[place] >= 0]
        if subject < 0 or len({victims[place] for place in places}) < 2:
            continue
        doors: dict[int, set[tuple[MarkKind, str]]] = defaultdict(set)
        for place in places:
            doors[victims[place]] |= {mark for mark in reports.victims.traits(place).marks if mark[0] in NEAR}
        for one, other in combinations(sorted(doors), 2):
            if doors[one] & doors[other]:
                found[one, subject] += [place for place in places if victims[place] == other]
                found[other, subject] += [place for place in places if victims[place] == one]
    return found


def _decided_near(
    reports: Reports, victims: array[int], subjects: array[int], pairs: Iterable[Pair]
) -> Iterator[tuple[Pair, list[int]]]:
    """Yield for each pair the reports of which somebody said that they tell of a third party near its victim."""
    if not reports.near:
        return
    who: dict[int, set[UUID]] = defaultdict(set)
    for place, known in reports.victims.known.items():
        if victims[place] >= 0 and known and known[0] is not None:
            who[victims[place]].add(known[0])
    for victim, subject in pairs:
        mine = (TELLS_OF_NOBODY if subject is None else subject, TELLS_OF_NOBODY)
        places = [p for p, near in reports.near.items() if near & who[victim] and subjects[p] in mine]
        if places:
            yield (victim, subject), places
