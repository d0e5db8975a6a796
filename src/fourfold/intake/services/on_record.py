"""Rows of a feed held against what a site has on record of victim and suspect, in whichever report."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast

from fourfold.intake.apps import IntakeConfig
from fourfold.intake.models import Allegation, FurtherPerson, PersonKnownBy
from fourfold.intake.queries import as_told_last, further_as_told, further_as_told_last
from fourfold.intake.rules import roles_held
from fourfold.intake.rules.among_rows import Sight
from fourfold.intake.rules.columns import NAMES_OF_EACH
from fourfold.intake.rules.exchanged import Exchange, Party, number_of_value, parties
from fourfold.intake.rules.feeds import RowFault
from fourfold.intake.rules.feeds.misplaced import NEARLY, RUN
from fourfold.intake.rules.roles_held import REACHED_BY, Contradiction, Pair, Value
from fourfold.intake.services.batches import BATCH
from fourfold.intake.terms import FurtherAsTold, KnownKind, PersonAsTold, PersonRole

#: Rows that are fetched at once.
CHUNK = 5_000
#: So many rows are held in memory at once; what the site was told of their people is read again for each of them.
WINDOW = 50_000
T = TypeVar("T")
ByRole = dict[PersonRole, defaultdict[Value, T]]
_WHY = "held against what is on record, shown to nobody"


@dataclass(frozen=True)
class Telling:
    """A row: its number, the record that it is of, a hash of what it says, and its people, who may not be readable."""

    number: int
    reference: str
    content: str
    people: Callable[[], tuple[PersonAsTold, PersonAsTold, tuple[FurtherAsTold, ...]]]


@dataclass(frozen=True, slots=True)
class _Told:
    """What is kept of a row of which others may speak too."""

    number: int
    people: Pair


class OnRecord:
    """Holds rows of one system against what the site has on record already, and against each other."""

    def __init__(self, site: str, system: str, *, asks: bool = True) -> None:
        self._site, self._system = site, system
        self.asks = asks
        self._asks = asks and bool(site) and Allegation.objects.unscoped(_WHY).filter(site=site).exists()
        self._found: dict[int, Contradiction] = {}
        self._replaced: dict[int, Contradiction] = {}
        #: Whether rows are held against each other alone: then others may look at them, for `sight` to take.
        self.alone = asks and not self._asks
        self.sight, self._exchange = Sight(), Exchange()
        self._let_go()

    def _let_go(self) -> None:
        self._looked = len(self.sight.numbers)
        self._told_as: ByRole[list[_Told]] = {role: defaultdict(list) for role in PersonRole}
        self._names: set[str] = set()
        self._keys: set[int] = set()
        self._seen: list[tuple[int, list[Party], list[Party] | None]] = []
        self.sight.crimes = {}

    @property
    def exchanged(self) -> Sequence[int]:
        """The rows in which victim and suspect were exchanged, one after the other; `contradictions` finds them."""
        return self._exchange.rows

    def add(self, rows: Sequence[Telling]) -> None:
        """Take more rows into account. Seven statements, none at a site that has nothing on record."""
        known = self._known([row.reference for row in rows if row.reference]) if self._asks else {}
        news = [row for row in rows if known.get(row.reference) != row.content]
        before = self._before([row.reference for row in news if row.reference in known])
        further = further_as_told_last([was.pk for was in before.values()])
        for row in news:
            try:
                people = Pair(*row.people())
            except RowFault:
                continue
            self.sight.numbers.append(row.number)
            was = before.get(row.reference)
            recorded = pair_of(was, further[was.pk]) if was is not None else None
            why = roles_held.why_contradicts(recorded, people) if recorded else None
            if why is not None:
                self._found[row.number] = why
            else:
                if recorded and (said := roles_held.why_replaced(recorded, people)):
                    self._replaced[row.number] = Contradiction(said, False)
                told, crime = parties(people), self.sight.crime_so_far(row.reference, people)
                self._seen.append((row.number, told, crime))
                self._keys.update(*(keys for _, keys, _ in (*told, *(crime or ()))))
            self.sight.see_values(people)
            if self._asks:
                self._ask_of(_Told(row.number, people))
        if len(self.sight.numbers) - self._looked >= WINDOW:
            self._look()

    def _ask_of(self, told: _Told) -> None:
        for role in PersonRole:
            named = (each.name.casefold() for each in told.people.of(role) if each.name.strip())
            self._names.update(way for name in named for way in _ways_to_write(name))
            for value in roles_held.values_of(*told.people.of(role)):
                if value[0] != KnownKind.ACCOUNT:  # a suspect may write from the victim's own
                    self._told_as[role][value].append(told)
                    self._keys.add(number_of_value(value))

    def _known(self, references: Sequence[str]) -> dict[str, str]:
        return dict(self._of(references).values_list("reference", "row_hash"))

    def _before(self, references: Sequence[str]) -> dict[str, Allegation]:
        return {row.reference: row for row in as_told_last(self._of(references))} if references else {}

    def _of(self, references: Sequence[str]) -> QuerySet[Allegation]:
        rows = Allegation.objects.unscoped(_WHY).filter(site=self._site, system=self._system)
        return rows.filter(reference__in=references)

    def hold_among_themselves(self, rows: Callable[[], Iterator[tuple[int, str, Pair]]]) -> None:
        """Hold the rows that tell something new against each other, where a value stands on both sides of the file.

        What is found is looked for once more with what the site has on record of it: it may be shared.
        """
        self._look()
        found = self._among(rows, {})
        if found and self._asks:
            for told, _ in found[:WINDOW]:
                self._ask_of(told)
            known: ByRole[set[str]] = {role: defaultdict(set) for role in PersonRole}
            for _, role, value, names in self._values():
                known[role][value].add(names[role])
            self._let_go()
            found = self._among(rows, known)
        for told, why in found:
            self._add_found(told.number, why)

    def _among(
        self, rows: Callable[[], Iterator[tuple[int, str, Pair]]], known: ByRole[set[str]] | dict[PersonRole, Any]
    ) -> list[tuple[_Told, Contradiction]]:
        found, numbers = [], self.sight.numbers
        for look in self.sight.looks(known):
            for number, _, people in rows():
                place = bisect_left(numbers, number)
                if place < len(numbers) and numbers[place] == number:
                    why = look.why(people)
                    if why is not None:
                        found.append((_Told(number, people), why))
        return found

    def _add_found(self, number: int, why: Contradiction) -> None:
        """Keep why a row contradicts, unless something graver is known of it."""
        there = self._found.get(number)
        if there is None or (why.moved and not there.moved):
            self._found[number] = why

    def _look(self) -> None:
        """Hold the rows that were taken into account against all that the site was told, and let go of them."""
        for told, why in self._of_other_reports() if self._names or any(self._told_as.values()) else ():
            self._add_found(told.number, why)
        for seen in self._seen:
            self.sight.see(*seen)
        self._let_go()

    def contradictions(self) -> tuple[dict[int, Contradiction], frozenset[int]]:
        """Return the rows that contradict what is on record, and why; and which of them are a run, that many of the rows
        that tell something new one after the other, or nearly."""
        self._look()
        self._exchange = self.sight.followed()
        for number, reason in self._exchange.waits.items():
            self._found.setdefault(number, Contradiction(reason, False))
        runs = self._runs(self._replaced)
        for number in runs:
            self._found.setdefault(number, self._replaced[number])
        return self._found, frozenset(runs | self._runs(self._found))

    def _runs(self, found: Container[int]) -> set[int]:
        run: list[tuple[int, int]] = []
        runs: set[int] = set()
        for place, number in enumerate(self.sight.numbers):
            if number in found:
                run = (
                    [*run[1 - RUN :], (place, number)]
                    if run and place - run[-1][0] <= NEARLY + 1
                    else [(place, number)]
                )
                if len(run) >= RUN:
                    runs.update(number for _, number in run)
        return runs

    def _of_other_reports(self) -> Iterator[tuple[_Told, Contradiction]]:
        """Yield the rows in which what another report at the site tells as a victim's comes as a suspect's, or as a
        suspect's and comes as a victim's.

        What the site was told is found by its numbers, for the same telephone is written in many ways; then there are four
        statements for each five hundred reports in which a value stands on the other side.
        """
        known: ByRole[set[str]] = {role: defaultdict(set) for role in PersonRole}
        of_report: defaultdict[UUID, dict[int, _Told]] = defaultdict(dict)
        for pk, role, value, names in self._values():
            if value in self._told_as[role]:
                known[role][value].add(names[role])
            for told in self._told_as[role.other].get(value, ()):
                if roles_held.may_concern(names, told.people, role):
                    of_report[UUID(pk)][told.number] = told
        reports = list(of_report)
        for begin in range(0, len(reports), BATCH):
            some = reports[begin : begin + BATCH]
            rows = list(Allegation.objects.unscoped(_WHY).filter(pk__in=some))
            first, last = further_as_told(some), further_as_told_last(some)
            now = {row.pk: pair_of(row, last[row.pk]) for row in as_told_last(rows)}
            for row in rows:
                before, lately = pair_of(row, first[row.pk]), now[row.pk]
                for told in of_report[row.pk].values():
                    theirs = {
                        role: roles_held.told_before_as(told.people, role, known[role])
                        | roles_held.values_of(*lately.of(role))
                        for role in PersonRole
                    }
                    why = roles_held.why_contradicts_another(before, told.people, theirs)
                    if why is not None:
                        yield told, why

    def _values(self) -> Iterator[tuple[str, PersonRole, Value, dict[PersonRole, str]]]:
        """Yield what the rows tell as somebody's where it is on record as anybody's: in which report, whose it is there,
        and the name of that person and of the first on the other side. Whoever the rows name is learnt by the way."""
        asked = self._told_as[PersonRole.VICTIM].keys() | self._told_as[PersonRole.SUBJECT].keys()
        there = {value[0] for value in asked}
        sorts = [sort for sort in REACHED_BY if sort in there]
        for roles, columns, rows in self._on_record(sorts, KnownKind.VEHICLE in there):
            width = len(columns)
            for pk, victim, subject, *texts in rows.iterator(chunk_size=CHUNK):
                found = [
                    (roles[place // width], value)
                    for place, text in enumerate(texts)
                    if text
                    and (sort := columns[place % width]) != "birth"
                    and (value := roles_held.plainly(sort, text)) in asked
                ]
                names = {PersonRole.VICTIM: victim, PersonRole.SUBJECT: subject}
                if found or victim.casefold() in self._names or subject.casefold() in self._names:
                    told = {role: dict(zip(columns, texts[n * width :], strict=False)) for n, role in enumerate(roles)}
                    people = [_named(names[role], told.get(role, {})) for role in PersonRole]
                    self.sight.see(0, parties(Pair(people[0], people[1])))
                for role, value in found:
                    yield pk, role, value, names

    def _on_record(
        self, sorts: Sequence[str], cars: bool
    ) -> Iterator[tuple[Sequence[PersonRole], Sequence[str], QuerySet[Any]]]:
        """Yield what is read: the first people of both roles where a key is shared, all others, and all cars. An identifier
        made of each row takes a third of it all, so that it is read as a text."""
        of_site = {"allegation__site": self._site}
        further, known = (table.objects.unscoped(_WHY).filter(**of_site) for table in (FurtherPerson, PersonKnownBy))
        one, columns = Cast("allegation_id", CharField()), ("birth", *sorts)
        first = [f"{role}_{sort}" for role in PersonRole for sort in columns]
        names = ("victim_name", "subject_name")
        reports = IntakeConfig.may_tell(self._site, self._keys)
        for begin in range(0, len(reports), CHUNK):
            likely = Allegation.objects.unscoped(_WHY).filter(pk__in=reports[begin : begin + CHUNK])
            yield tuple(PersonRole), columns, likely.values_list(Cast("pk", CharField()), *names, *first)
        for role in PersonRole:
            of_both = [f"allegation__{each}_name" if each is not role else "name" for each in PersonRole]
            yield (role,), columns, further.filter(role=role).values_list(one, *of_both, *columns)
            if cars:
                driven = known.filter(role=role, kind=KnownKind.VEHICLE)
                of_first = (f"allegation__{each}_name" for each in PersonRole)
                yield (role,), (KnownKind.VEHICLE,), driven.values_list(one, *of_first, "value")


def _ways_to_write(name: str) -> Iterator[str]:
    """Yield a name as it stands, and with the surname at its other end: a system may write victims and suspects otherwise."""
    surname, comma, others = (part.strip() for part in name.partition(","))
    first, _, last = name.rpartition(" ")
    yield from (name, f"{others} {surname}" if comma else f"{last}, {first}")


def _named(name: str, told: Mapping[str, str]) -> PersonAsTold:
    return PersonAsTold(name, told.get("birth", ""), phone=told.get("phone", ""), email=told.get("email", ""))


def pair_of(row: Allegation, further: tuple[FurtherAsTold, ...] = ()) -> Pair:
    """Return the people of a record, as `queries.as_told_last` gave it and `queries.further_as_told_last` the others."""
    return Pair(_person(row, "victim"), _person(row, "subject"), further)


def _person(row: Allegation, part: str) -> PersonAsTold:
    told = {name: getattr(row, f"{part}_{name}") for name in NAMES_OF_EACH}
    return PersonAsTold(**told, known_by=row.known_by.get(part, ()))
