"""Rows of a feed held against what a site has on record of victim and suspect, in whichever report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast

from fourfold.intake.models import Allegation, FurtherPerson
from fourfold.intake.queries import as_told_last, further_as_told, further_as_told_last
from fourfold.intake.rules import roles_held
from fourfold.intake.rules.columns import NAMES_OF_EACH
from fourfold.intake.rules.feeds import RowFault
from fourfold.intake.rules.feeds.misplaced import NEARLY, RUN
from fourfold.intake.rules.roles_held import REACHED_BY, Contradiction, Pair, Value
from fourfold.intake.services.batches import BATCH
from fourfold.intake.terms import FurtherAsTold, PersonAsTold

#: Rows that are fetched at once where all of a site's are read through.
CHUNK = 5_000
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
    """What is kept of a row of which others may speak too: its number, its place among the news, and its people."""

    number: int
    place: int
    people: Pair


class OnRecord:
    """Holds rows of one system against what the site has on record already."""

    def __init__(self, site: str, system: str, *, asks: bool = True) -> None:
        self._site, self._system = site, system
        self._asks = asks and Allegation.objects.unscoped(_WHY).filter(site=site).exists()
        self._found: dict[int, tuple[int, Contradiction]] = {}
        self._told_as: defaultdict[Value, list[_Told]] = defaultdict(list)
        self._news = 0

    @property
    def asks(self) -> bool:
        """Whether there is anything that a row could contradict."""
        return self._asks

    def add(self, rows: Sequence[Telling]) -> None:
        """Take more rows into account. Seven statements, none at a site that has nothing on record."""
        if not self._asks:
            return
        known = self._known([row.reference for row in rows if row.reference])
        news = [row for row in rows if known.get(row.reference) != row.content]
        before = self._before([row.reference for row in news if row.reference in known])
        further = further_as_told_last([was.pk for was in before.values()])
        for row in news:
            try:
                people = Pair(*row.people())
            except RowFault:
                continue
            self._news += 1
            was = before.get(row.reference)
            if was is not None:
                why = roles_held.why_contradicts(pair_of(was, further[was.pk]), people)
                if why is not None:
                    self._found[row.number] = self._news, why
            for value in roles_held.values_of(*people.subjects):
                if value[0] in REACHED_BY:
                    self._told_as[value].append(_Told(row.number, self._news, people))

    def _known(self, references: Sequence[str]) -> dict[str, str]:
        return dict(self._of(references).values_list("reference", "row_hash"))

    def _before(self, references: Sequence[str]) -> dict[str, Allegation]:
        return {row.reference: row for row in as_told_last(self._of(references))} if references else {}

    def _of(self, references: Sequence[str]) -> QuerySet[Allegation]:
        rows = Allegation.objects.unscoped(_WHY).filter(site=self._site, system=self._system)
        return rows.filter(reference__in=references)

    def contradictions(self) -> tuple[dict[int, Contradiction], frozenset[int]]:
        """Return the rows that contradict what is on record, and why; and which of them are a run, that many of the rows
        that tell something new one after the other, or nearly."""
        for told, why in self._of_other_reports():
            there = self._found.get(told.number)
            if there is None or (why.moved and not there[1].moved):
                self._found[told.number] = told.place, why
        run: list[tuple[int, int]] = []
        runs: set[int] = set()
        for place, number in sorted((place, number) for number, (place, _) in self._found.items()):
            run = [*run, (place, number)] if run and place - run[-1][0] <= NEARLY + 1 else [(place, number)]
            if len(run) >= RUN:
                runs.update(number for _, number in run)
        return {number: why for number, (_, why) in self._found.items()}, frozenset(runs)

    def _of_other_reports(self) -> Iterator[tuple[_Told, Contradiction]]:
        """Yield the rows whose suspect has what another report at the site tells as the same victim's.

        One statement reads through what the site was told, for the same number is written in many ways; where a value
        comes as a suspect's, a second one reads whose it is as a suspect's, and three for each five hundred reports more.
        """
        met = [(pk, told) for pk, value, name in self._values("victim") for told in self._met(value, name)]
        known: defaultdict[Value, set[str]] = defaultdict(set)
        for _, value, name in self._values("subject") if met else ():
            known[value].add(name)
        of_report: defaultdict[UUID, dict[int, _Told]] = defaultdict(dict)
        for pk, told in met:
            of_report[pk][told.number] = told
        reports = list(of_report)
        for begin in range(0, len(reports), BATCH):
            some = reports[begin : begin + BATCH]
            rows = list(Allegation.objects.unscoped(_WHY).filter(pk__in=some))
            first, last = further_as_told(some), further_as_told_last(some)
            now = {row.pk: pair_of(row, last[row.pk]) for row in as_told_last(rows)}
            for row in rows:
                row.known_by = {}
                for told in of_report[row.pk].values():
                    theirs = self._theirs(told, known) | roles_held.values_of(*now[row.pk].subjects)
                    why = roles_held.why_contradicts_another(pair_of(row, first[row.pk]), told.people, theirs)
                    if why is not None:
                        yield told, why

    def _values(self, part: str) -> Iterator[tuple[UUID, Value, str]]:
        """Yield what the rows' suspects are reached by where it is on record as somebody's, and the name of that person."""
        sorts = sorted({value[0] for value in self._told_as})
        if not sorts:
            return
        everybody = Allegation.objects.unscoped(_WHY).filter(site=self._site)
        others = FurtherPerson.objects.unscoped(_WHY).filter(allegation__site=self._site, role=part)
        read = ("name", *sorts)
        for rows in (
            everybody.values_list(Cast("pk", CharField()), *(f"{part}_{name}" for name in read)),
            others.values_list(Cast("allegation_id", CharField()), *read),
        ):
            for pk, name, *texts in rows.iterator(
                chunk_size=CHUNK
            ):  # an identifier made of each takes a third of it all
                for sort, text in zip(sorts, texts, strict=True):
                    value = roles_held.plainly(sort, text) if text else None
                    if value is not None and value in self._told_as:
                        yield UUID(pk), value, name

    def _met(self, value: Value, victim: str) -> list[_Told]:
        return [
            told
            for told in self._told_as[value]
            if any(roles_held.names_one(victim, each.name) for each in told.people.victims)
        ]

    def _theirs(self, told: _Told, known: dict[Value, set[str]]) -> frozenset[Value]:
        """Return what the suspects of a row who have a name were told with before as suspects."""
        return frozenset(
            value
            for person in told.people.subjects
            if person.name.strip()
            for value in roles_held.values_of(person) & known.keys()
            if any(each.strip() and roles_held.names_one(person.name, each) for each in known[value])
        )


def pair_of(row: Allegation, further: tuple[FurtherAsTold, ...] = ()) -> Pair:
    """Return the people of a record, as `queries.as_told_last` gave it and `queries.further_as_told_last` the others."""
    return Pair(_person(row, "victim"), _person(row, "subject"), further)


def _person(row: Allegation, part: str) -> PersonAsTold:
    told = {name: getattr(row, f"{part}_{name}") for name in NAMES_OF_EACH}
    return PersonAsTold(**told, known_by=row.known_by.get(part, ()))
