"""What the unit holds of whom a report tells, before anybody has said who they are: other reports, open cases, courses.

One function for the desk's page, its list, and whoever links reports together. Nothing is kept: it is looked up by keys
when it is read, so that what came, was decided or was undone a minute ago counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from fourfold.access.models import Agreement
from fourfold.access.scoping import in_force
from fourfold.access.statements import Texts, composed, for_nobody, read_ahead, run_ahead
from fourfold.access.terms import Compartment
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import CaseAct, PossibleAct, ToldKey
from fourfold.cases.queries import possible_courses as possible
from fourfold.cases.queries import rows
from fourfold.cases.queries.alike import Alike, Through
from fourfold.cases.queries.crossed import Crossed, crossed_with
from fourfold.cases.queries.held_cases import HeldCase, cases_of
from fourfold.cases.queries.held_near import Near, fresh_ahead, keys_of, near_of, reports_read
from fourfold.cases.queries.reached import reached, reached_ahead, reached_at_all
from fourfold.cases.queries.values import ActRow
from fourfold.cases.terms import Together
from fourfold.intake.models import Allegation
from fourfold.linkage import queries as linkage
from fourfold.linkage import rules as compared
from fourfold.linkage.queries.meant import Meant, Seen, Told, seen_ahead, whose
from fourfold.linkage.terms import Sure
from fourfold.people.terms import Part

#: From so many that share most with a report it is looked for what hangs on them.
MOST_SEEDS = 40
MOST_OF_CASES = 200
INSIDE = "part of a scoped list"
_CORE = frozenset({Compartment.CORE})


@dataclass(frozen=True)
class Held:
    """What the unit holds of whom one report tells, as far as the reader may see it; the surest first."""

    meant: tuple[Meant, ...] = ()
    alike: tuple[Alike, ...] = ()
    cases: tuple[HeldCase, ...] = ()
    courses: tuple[possible.PossibleRow, ...] = ()
    through: tuple[Through, ...] = ()
    crossed: tuple[Crossed, ...] = ()
    full: bool = False

    @property
    def waiting(self) -> tuple[Alike, ...]:
        return tuple(one for one in self.alike if one.waits)

    @property
    def of_the_pair(self) -> tuple[Alike, ...]:
        return tuple(one for one in self.alike if one.is_of_the_pair)

    @property
    def is_alone(self) -> bool:
        """Whether nothing that the reader may see could concern the same people, so that this may be the first act."""
        others = [one for one in self.meant if one.sure is not Sure.CONFIRMED]
        return not (others or self.alike or self.cases or self.courses)


ALONE = Held()


def unit_holds(
    *,
    actor: Actor,
    reports: Sequence[Allegation],
    at: datetime,
    readable: Seen | None = None,
    diaries: Mapping[UUID, UUID] | None = None,
    chain: bool = False,
    courses: bool = True,
) -> dict[UUID, Held]:
    """Return for each of some reports that the actor may see what the unit holds of the people it tells of.

    Everything but people on record lies at the report's own site. What is closed to the actor neither finds, nor
    ranks, nor is counted: a wall, a subject, how a victim is reached. `readable` says of a report what of it is open;
    left out, what the agreement of the actor's partner opens. `diaries`: in the diary of which case a report was written. Some ten statements for a site, however many reports.
    `chain`: of one report also which hang only on those that it shares something with, for two statements more at most.
    `courses` False: without the possible courses, two statements less.
    """
    found: dict[UUID, Held] = {}
    if readable is None:
        is_told = all(hasattr(row, "sees_subject") for row in reports)
        readable = _as_listed if is_told else open_at_sites(actor, at)
    with read_ahead():
        for some in _by_site(reports).values():
            found |= _at_site(actor, some, readable, diaries or {}, at, chain, courses)
    counts = sum(len(each.alike) + len(each.cases) for each in found.values())
    parts = {"core", "subject_identity"}
    file = reports[0].pk if len(reports) == 1 else None
    audit.consulted(actor, "unit.holds", at=at, file=file, compartments=parts, count=counts)
    return found


def _by_site(reports: Iterable[Allegation]) -> dict[str, list[Allegation]]:
    sites: dict[str, list[Allegation]] = defaultdict(list)
    for row in reports:
        sites[row.site].append(row)
    return sites


def _as_listed(row: Allegation) -> Collection[Compartment]:
    return {Compartment.CORE, Compartment.SUBJECT_IDENTITY} if row.sees_subject else _CORE  # type: ignore[attr-defined]


def open_at_sites(actor: Actor, at: datetime) -> Seen:
    """Return what says of a report what its site's unit reads of it; one statement."""
    masks = dict(_signed(actor, at, sites=Texts(actor.sites)))
    subject = Compartment.SUBJECT_IDENTITY

    def readable(row: Allegation) -> Collection[Compartment]:
        own = row.controller == actor.partner or masks.get(row.site, 0) & subject.bit
        return {Compartment.CORE, subject} if own else _CORE

    return readable


@composed
def _signed(actor: Actor, at: datetime, sites: Any) -> QuerySet[Agreement, Any]:
    signed = Agreement.objects.filter(in_force(at), partner=actor.partner, site__in=sites)
    return signed.values_list("site", "compartments")


def _at_site(
    actor: Actor,
    reports: Sequence[Allegation],
    readable: Seen,
    diaries: Mapping[UUID, UUID],
    at: datetime,
    chain: bool,
    courses: bool,
) -> dict[UUID, Held]:
    told = linkage.told_of_many(reports, readable, at=at)
    run_ahead(linkage.decided_ahead(reports), fresh_ahead(reports), waits=True)
    # Of a list it is asked of those alone whom its reports may mean: an officer of years has hundreds of victims.
    theirs = reached(actor=actor, at=at) if chain else frozenset[UUID]()
    by_ways = bool(theirs) if chain else reached_at_all(actor=actor, at=at)
    looked_for: Any = linkage.keys_told(reports, told, by_ways)
    on_record, sharing = linkage.sharing_many(looked_for, keys_of(reports, told, chain), ToldKey._meta.db_table)
    people, among = whose(on_record), by_ways and not chain
    seen = seen_ahead(actor, reports[0].site, people, at)
    run_ahead(*seen, *(reached_ahead(actor, at, people) if among else ()))
    if among:
        theirs = reached(actor=actor, at=at, among=people)
    meant = linkage.meant_by(actor, reports, told, at=at, reached=theirs, sharing=on_record)
    near = near_of(actor, reports, sharing, meant, at)
    alike, through, crossed, full = _alike(actor, reports, told, near, meant, readable, at, theirs if chain else None)
    cases = cases_of(actor, meant, diaries, at)
    found = _courses(actor, reports, readable, at) if courses else {}
    return {
        row.pk: Held(
            *(meant[row.pk], alike.get(row.pk, ()), cases.get(row.pk, ()), found.get(row.pk, ())),
            *(through, crossed, full),
        )
        for row in reports
    }


# ---- other reports -------------------------------------------------------------------------------------------------


def _alike(
    actor: Actor,
    reports: Sequence[Allegation],
    told: Mapping[UUID, Told],
    near_by: Near,
    meant: Mapping[UUID, tuple[Meant, ...]],
    readable: Seen,
    at: datetime,
    chain: Collection[UUID] | None,
) -> tuple[dict[UUID, tuple[Alike, ...]], tuple[Through, ...], tuple[Crossed, ...], bool]:
    """Return the other reports that may tell of the same people, those of the same pair first, then the newest; and of one
    report those that hang only on them, and those that cross it. `chain`: of one, and whose contact the actor reads."""
    near, others = near_by.of, near_by.rows
    if chain is not None:
        seeds = [pk for each in near.values() for pk in each if pk in others][:MOST_SEEDS]
        shown = Allegation.objects.visible_to(actor, at=at)
        hanging = set(linkage.hanging_on(seeds, ToldKey._meta.db_table, "allegation", shown)) - told.keys()
        others |= {row.pk: row for row in reports_read(actor, hanging - others.keys(), at)}
    theirs = {**told, **linkage.told_of_many((row for pk, row in others.items() if pk not in told), readable, at=at)}
    people = _people(others.values(), meant)
    likely = compared.Likely(linkage.weights_of(reports[0].site))
    found: dict[UUID, tuple[Alike, ...]] = {}
    for row in reports:
        weighed = (
            _weighed(told[row.pk], theirs[pk], others[pk], _settled(people, row.pk, pk, meant[row.pk]), likely)
            for pk in near[row.pk]
            if pk in others
        )
        said = [each for each in weighed if each is not None]
        found[row.pk] = tuple(sorted(said, key=_first_of_alike))
    if chain is None:
        return found, (), (), False
    direct = [one.report.pk for each in found.values() for one in each]
    through = _through(direct, others, theirs, people, likely)
    crossing = (others[pk] for pk in near_by.across if pk in others)
    crossed = crossed_with(reports[0], crossing, theirs, lambda report: people.of(report)[0] in chain)
    waits = tuple(one for one in through if one.report.waits)
    return found, waits, tuple(crossed), near_by.full


def _first_of_alike(one: Alike) -> tuple[bool, float]:
    return not one.is_of_the_pair, -rows.happened_at(one.report).timestamp()


def _through(
    direct: Iterable[UUID],
    others: Mapping[UUID, Allegation],
    told: Mapping[UUID, Told],
    people: _People,
    likely: compared.Likely,
) -> Iterator[Through]:
    """Yield the reports among others that share something only with those that are found, or with one that is yielded."""
    keys = {
        pk: {number for part in Part for number in linkage.numbers_of(row.site, part, told[pk].of(part))}
        for pk, row in others.items()
    }
    queue = list(direct)
    left = [pk for pk in sorted(others) if pk not in set(queue)]
    for one in queue:
        mine = [
            Meant(person, part, Sure.CONFIRMED) for part, person in zip(Part, people.of(one), strict=True) if person
        ]
        for other in [pk for pk in left if keys[one] & keys[pk]]:
            settled = _settled(people, one, other, mine)
            if alike := _weighed(told[one], told[other], others[other], settled, likely):
                queue.append(other)
                left.remove(other)
                yield Through(alike, others[one].reference)


@dataclass(frozen=True)
class _Settled:
    """What people decided of two reports: how sure it is of each part that one person is meant, and which are two people."""

    sure: dict[Part, Sure]
    apart: frozenset[Part]


@dataclass(frozen=True)
class _People:
    """Who the people of reports are as confirmed now, without those whom nobody can name yet."""

    confirmed: Mapping[UUID, tuple[UUID | None, UUID | None]]
    unnamed: frozenset[UUID]

    def of(self, report: UUID) -> tuple[UUID | None, UUID | None]:
        victim, subject = self.confirmed.get(report, (None, None))
        return victim, None if subject in self.unnamed else subject


def _people(others: Iterable[Any], meant: Mapping[UUID, Iterable[Meant]]) -> _People:
    """Return whom the others are confirmed to tell of, as the list says (`with_whom`), and those that are looked at."""
    confirmed = {row.pk: (row.victim_is, row.subject_is) for row in others}
    unnamed = {row.subject_is for row in others if row.subject_named is False}
    for pk, some in meant.items():
        sure = {one.part: one for one in some if one.sure is Sure.CONFIRMED}
        victim, subject = (sure[part].person if part in sure else None for part in Part)
        confirmed[pk] = victim, subject
        unnamed |= {one.person for one in sure.values() if one.unnamed}
    return _People(confirmed, frozenset(unnamed))


def _settled(people: _People, one: UUID, other: UUID, meant: Iterable[Meant]) -> _Settled:
    known = {(each.part, each.person): each.sure for each in meant if each.sure.counts}
    sure, apart = {}, set()
    for part, mine, theirs in zip(Part, people.of(one), people.of(other), strict=True):
        if theirs is not None and (part, theirs) in known:
            sure[part] = known[part, theirs]
        elif mine is not None and theirs is not None:
            apart.add(part)
    return _Settled(sure, frozenset(apart))


def _weighed(mine: Told, theirs: Told, row: Allegation, settled: _Settled, likely: compared.Likely) -> Alike | None:
    """Return another report where one of its people is likely the same, or both may be; None where neither."""
    sure: dict[Part, Sure | None] = {}
    for part in Part:
        said = None if part in settled.apart else settled.sure.get(part)
        if said is None and part not in settled.apart:
            confidence = likely.confidence(mine.of(part), theirs.of(part))
            said = linkage.sure_of(confidence) if confidence else None
        sure[part] = said
    known = [each for each in sure.values() if each]
    if not (len(known) == len(sure) or any(each.counts for each in known)):
        return None
    unnamed = (
        sure[Part.SUBJECT] is None
        and Part.SUBJECT not in settled.apart
        and not (_tells(mine.subject) and _tells(theirs.subject))
    )
    return Alike(row, sure[Part.VICTIM], sure[Part.SUBJECT], unnamed, (mine, theirs), likely.weights)


def _tells(told: Any) -> bool:
    """Return whether anything is told of somebody but their sex."""
    return bool(told.name or told.birth_on or told.marks)


# ---- courses, and acts of cases ---------------------------------------------------------------------------------------------


def _courses(
    actor: Actor, reports: Sequence[Allegation], readable: Seen, at: datetime
) -> dict[UUID, tuple[possible.PossibleRow, ...]]:
    """Return the possible courses of conduct in which each report was found, where every report of one is open."""
    lies_in: dict[UUID, list[UUID]] = defaultdict(list)
    for pk, course in _possible(reports=tuple(row.pk for row in reports)):
        lies_in[pk].append(course)
    if not lies_in:
        return {}
    wanted = {course for each in lies_in.values() for course in each}
    standing = possible.annotated(possible.visible_courses(actor, at).filter(pk__in=wanted))
    shown = {row.pk: possible.value_of(row, Compartment.SUBJECT_IDENTITY in readable(row)) for row in standing}
    return {pk: tuple(shown[each] for each in some if each in shown) for pk, some in lies_in.items()}


@for_nobody
def _possible(reports: Any) -> QuerySet[PossibleAct, Any]:
    acts = PossibleAct.objects.unscoped(INSIDE).filter(allegation__in=reports)
    return acts.filter(course__ended_at__isnull=True, course__kind=Together.COURSE).values_list("allegation", "course")


def acts_of_cases(actor: Actor, held: Held, *, at: datetime) -> tuple[ActRow, ...]:
    """Return the acts of the cases that may be of the very pair, at most two hundred; one statement, none for no case."""
    cases = [case.id for case in held.cases if case.is_of_the_pair]
    if not cases:
        return ()
    acts = CaseAct.objects.visible_to(actor, at=at).filter(case__in=cases, left_at__isnull=True)
    return rows.ACT.all(
        rows.ACT.only(rows.with_people(acts, "allegation_id").order_by("-happened_at", "id"))[:MOST_OF_CASES]
    )
