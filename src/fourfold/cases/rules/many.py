"""Reports by the million: held as their bytes, and brought together by what they have alike.

Python's own objects of a report take three thousand bytes; these take two hundred. What is asked for is made anew.
"""

from __future__ import annotations

import marshal
from array import array
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from fourfold.cases.terms import Report, Telling
from fourfold.linkage.terms import Traits
from fourfold.people.terms import MarkKind

_NOBODY: frozenset[UUID] = frozenset()
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
#: Who somebody is on record, and who they are not.
Known = tuple[UUID | None, frozenset[UUID]]
#: Some tellings on their way to another process: their bytes, where each ends, and of whom something is known.
Slab: TypeAlias = "tuple[bytes, array[int], dict[int, Known | None]]"
#: The numbers of a victim and of a subject; None: nobody is named.
Pair = tuple[int, int | None]
#: Where people are numbered: nobody is told of.
TELLS_OF_NOBODY = -1


class Tellings:
    """What each report tells of one of its people; `known` of those of whom somebody said who they are, or are not."""

    def __init__(self) -> None:
        self._bytes, self._ends, self._sent = bytearray(), array("Q", [0]), 0
        #: None: a third party, who is nobody's further victim.
        self.known: dict[int, Known | None] = {}

    def __len__(self) -> int:
        return len(self._ends) - 1

    def append(self, told: Traits, who: UUID | None, not_who: frozenset[UUID], *, apart: bool = False) -> None:
        """Add what one more report tells; with `apart` of a third party."""
        if who is not None or not_who or apart:
            self.known[len(self)] = None if apart else (who, not_who)
        marks = [text for kind, key in sorted(told.marks) for text in (str(kind), key)]
        born = told.birth_on.toordinal() if told.birth_on else 0
        is_nobody = who is None and not (told.name or born or marks)
        self._bytes += _OF_NOBODY if is_nobody else marshal.dumps((told.name, born, told.sex, *marks), 2)
        self._ends.append(len(self._bytes))

    def traits(self, place: int) -> Traits:
        """Return what one report tells."""
        name, born, sex, *marks = self._plain(place)
        several = frozenset(zip(map(MarkKind, marks[::2]), marks[1::2], strict=True))
        return Traits(name, date.fromordinal(born) if born else None, sex, several)

    def name(self, place: int) -> str:
        """Return the name that one report tells."""
        return str(self._plain(place)[0])

    def as_told(self, place: int) -> tuple[bytes, Known | None] | None:
        """Return what is the same where two reports tell the same; None where one tells of nobody."""
        told, known = self.words(place), self.known.get(place, (None, _NOBODY))
        return None if known is None or (told == _OF_NOBODY and known[0] is None) else (told, known)

    def words(self, place: int) -> bytes:
        """Return what is the same where two reports tell of somebody in the same words."""
        return bytes(self._bytes[self._ends[place] : self._ends[place + 1]])

    def _plain(self, place: int) -> tuple[Any, ...]:
        found: tuple[Any, ...] = marshal.loads(self.words(place))  # noqa: S302 -- our own bytes, never stored
        return found

    def unsent(self) -> Slab:
        """Return what was added since the last time, for `take` in another process."""
        first, self._sent = self._sent, len(self)
        begins = self._ends[first]
        ends = array("Q", [each - begins for each in self._ends[first + 1 :]])
        known = {place: self.known[place] for place in range(first, len(self)) if place in self.known}
        return bytes(self._bytes[begins:]), ends, known

    def take(self, slab: Slab) -> None:
        """Add what another process has sent."""
        told, ends, known = slab
        begins = len(self._bytes)
        self._bytes += told
        self._ends.extend(array("Q", [begins + each for each in ends]))
        self.known |= known


_OF_NOBODY = marshal.dumps(("", 0, ""), 2)


class Reports:
    """Reports in the order in which they came, each known by its place."""

    def __init__(self) -> None:
        self.victims, self.subjects = Tellings(), Tellings()
        self._ids, self._moments, self._sites = bytearray(), array("q"), array("H")
        self._names: list[str] = []
        #: Of which somebody said that they tell of a third party, and near which victims.
        self.near: dict[int, frozenset[UUID]] = {}
        self._pairs: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._moments)

    def append(self, report: Report) -> None:
        """Add one more."""
        place = len(self)
        self._ids += report.id.bytes
        self._moments.append((report.at - _EPOCH) // _MICROSECOND)
        if report.site not in self._names:
            self._names.append(report.site)
        self._sites.append(self._names.index(report.site))
        apart = report.near is not None
        self.victims.append(report.victim, report.victim_is, report.not_victims, apart=apart)
        self.subjects.append(report.subject, report.subject_is, report.not_subjects)
        if report.near is not None:
            self.near[place] = report.near
        if report.pair:
            self._pairs[place] = report.pair

    def id(self, place: int) -> UUID:
        """Return whose place it is."""
        return UUID(bytes=bytes(self._ids[16 * place : 16 * place + 16]))

    def site(self, place: int) -> str:
        """Return the site at which it was told."""
        return self._names[self._sites[place]]

    def is_told_at(self, site: str, places: Iterable[int]) -> bool:
        """Return whether one of them was told at a site."""
        number = self._names.index(site) if site in self._names else None
        return any(self._sites[place] == number for place in places)

    def telling(self, place: int) -> Telling:
        """Return what it says of its two people."""
        pair = self._pairs.get(place, "")
        return Telling(self.id(place), pair, self.victims.name(place), self.subjects.name(place))

    def in_order(self, places: Sequence[int]) -> list[int]:
        """Return places in the order in which it happened."""
        return sorted(places, key=lambda place: (self._moments[place], self._ids[16 * place : 16 * place + 16]))

    def are_several(self, places: Sequence[int]) -> bool:
        """Return whether more than one report stands there: one of several people has several places."""
        first = self._ids[16 * places[0] : 16 * places[0] + 16]
        return any(self._ids[16 * place : 16 * place + 16] != first for place in places[1:])


def several(numbers: array[int]) -> Iterator[list[int]]:
    """Yield the places of each number that stands at several, in the order in which the numbers first come."""
    import numpy  # takes a moment, and no page needs it

    given = numpy.asarray(numbers)
    order = numpy.argsort(given, kind="stable").astype(numpy.int32)
    ordered = given[order]
    begins = numpy.flatnonzero(numpy.append(True, ordered[1:] != ordered[:-1])[: len(given)])
    ends = numpy.append(begins[1:], len(given))
    many = ends - begins > 1
    begins, ends = begins[many], ends[many]
    del numbers, given, ordered, many  # whoever goes through millions holds no more than where they stand
    for which in numpy.argsort(order[begins]):
        yield order[begins[which] : ends[which]].tolist()


class Alike:
    """Places by the number that stands there."""

    def __init__(self, numbers: array[int]) -> None:
        import numpy

        given = numpy.asarray(numbers)
        self._order = numpy.argsort(given, kind="stable")
        self._ordered = given[self._order]

    def places(self, number: int) -> list[int]:
        """Return where a number stands."""
        begins, ends = (self._ordered.searchsorted(number, side) for side in ("left", "right"))
        found: list[int] = self._order[begins:ends].tolist()
        return found

    def where(self, numbers: array[int]) -> list[int]:
        """Return the places of those of some numbers that stand here."""
        import numpy

        found: list[int] = numpy.flatnonzero(numpy.isin(numpy.asarray(numbers), self._ordered)).tolist()
        return found


class Pairs(Alike):
    """Places by the victim and the subject who stand there; those without a victim are left out."""

    def __init__(self, victims: array[int], subjects: array[int]) -> None:
        self._many = len(victims) + 1
        each = zip(victims, subjects, strict=True)
        self._numbers = array("q", (self._number(victim, subject) if victim >= 0 else -1 for victim, subject in each))
        super().__init__(self._numbers)

    def _number(self, victim: int, subject: int) -> int:
        return victim * self._many + subject + 1

    def at(self, place: int) -> Pair:
        """Return who stands at a place that has a victim."""
        victim, subject = divmod(self._numbers[place], self._many)
        return victim, subject - 1 if subject else None

    def has(self, place: int) -> bool:
        """Return whether a victim stands at a place."""
        return self._numbers[place] >= 0

    def several(self) -> Iterator[list[int]]:
        """Yield the places of each pair that stands at several."""
        return (places for places in several(self._numbers) if self.has(places[0]))

    def places_of(self, pair: Pair) -> list[int]:
        """Return where a pair stands."""
        victim, subject = pair
        return self.places(self._number(victim, -1 if subject is None else subject))
