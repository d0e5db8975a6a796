"""Allegations that probably concern somebody behind a wall, before anybody has confirmed it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.intake import queries as intake
from fourfold.intake.models import Allegation, FurtherPerson, PersonKnownBy, Version
from fourfold.intake.rules.columns import NAMES_OF_EACH
from fourfold.linkage import rules
from fourfold.linkage.models import Match
from fourfold.linkage.queries.as_compared import told_of, told_of_further
from fourfold.linkage.queries.known import Person, marks_of, weights_of
from fourfold.linkage.terms import Traits, Verdict
from fourfold.people.models import Subject, Victim
from fourfold.people.terms import MarkKind, Part

#: How strongly a match must be proposed for the walls around a person to stand around the allegation at once.
WALLED_WHEN = rules.LIKELY
#: Allegations that are asked for at once.
BATCH = 500


def likely_walled(site: str, *, at: datetime, among: Iterable[UUID] | None = None) -> Iterator[tuple[UUID, UUID]]:
    """Yield each allegation of a site with somebody walled whom it probably concerns and nobody confirmed yet.

    `among` keeps to some allegations, which are asked for where anybody is walled. Reads for nobody in particular: whoever is
    walled off must not decide what they are walled off from.
    """
    walled = access_queries.walled_files(at=at)
    known = {part: _known_among(part, site, walled) for part in Part}
    if not any(known.values()):
        return
    likely, left = rules.Likely(weights_of(site)), iter(among or ())
    for some in [None] if among is None else iter(lambda: list(islice(left, BATCH)), []):
        for part, people in known.items():
            for told, allegation in _told(site, part, some, at.date(), list(people.values())) if people else ():
                yield from ((allegation, pk) for pk, traits in people.items() if likely(told, traits))


def _told(
    site: str, part: Part, among: Collection[UUID] | None, on: date, walled: Sequence[Traits]
) -> Iterator[tuple[Traits, UUID]]:
    yield from _told_first_and_last(_unconfirmed(part, site, among), part, on, walled)
    yield from _told_beside(part, site, among, on)


def _told_first_and_last(
    allegations: QuerySet[Allegation], part: Part, on: date, walled: Sequence[Traits]
) -> Iterator[tuple[Traits, UUID]]:
    """Yield whom each allegation tells of, and once more where a later version tells of another: either may be walled.

    Of a report of which nothing was said since, which are most, its columns alone are read, and those whom the sex or the
    day of birth tells apart from everybody walled are left out.
    """
    rows = intake.with_whether_said_more(allegations)
    columns = [f"{part}_{name}" for name in NAMES_OF_EACH]
    more = list[UUID]()
    for said_more, pk, words, *told in rows.values_list("said_more", "pk", "words", *columns).iterator(
        chunk_size=2_000
    ):
        if said_more:
            more.append(pk)
            continue
        who = tuple(told)
        if not rules.are_apart_from_all(who, walled, on):
            yield rules.traits_told(who, (), rules.plates_in(words) if part is Part.SUBJECT else (), on), pk
    for start in range(0, len(more), BATCH):
        some = list(Allegation.objects.unscoped("walls").filter(pk__in=more[start : start + BATCH]).order_by("pk"))
        for row, last in zip(some, intake.as_told_last(some), strict=True):
            yield from ((said, row.pk) for said in {told_of(row, part, on=on), told_of(last, part, on=on)})


def _told_beside(part: Part, site: str, among: Collection[UUID] | None, on: date) -> Iterator[tuple[Traits, UUID]]:
    """Yield whoever else is told of in this part, first or by any later version.

    Nobody confirms who they are, so they count for as long as they stand.
    """
    first = FurtherPerson.objects.unscoped("walls").filter(allegation__site=site, role=str(part))
    first = (first if among is None else first.filter(allegation__in=among)).order_by("pk")
    for further in intake.with_known_by(first.iterator(chunk_size=500)):
        yield told_of_further(further, part, on=on), further.allegation_id
    for allegation, since in intake.further_told_since(site, among):
        if Part(since.role) is part:
            yield told_of_further(since.person, part, on=on), allegation


def _known_among(part: Part, site: str, files: Iterable[UUID]) -> dict[UUID, Traits]:
    people: list[Person]
    if part is Part.VICTIM:
        people = list(Victim.objects.unscoped("walls").filter(site=site, pk__in=files))
    else:
        people = list(Subject.objects.unscoped("walls").filter(site=site, known=True, pk__in=files))
    marks = marks_of(people, part) if people else {}
    return {row.pk: _traits(row, marks[row.pk]) for row in people}


def _traits(row: Person, marks: frozenset[tuple[MarkKind, str]]) -> Traits:
    name = " ".join(part for part in (row.given_name, row.other_names, row.family_name) if part)
    return Traits(name=name, birth_on=row.birth_on, sex=row.sex, marks=marks)


def _unconfirmed(part: Part, site: str, among: Collection[UUID] | None) -> QuerySet[Allegation]:
    """Return the allegations that say something of this part and of whom nobody has confirmed who it is."""
    standing = Match.objects.unscoped("walls").filter(
        allegation=OuterRef("pk"), part=part, verdict=Verdict.SAME, undone_at__isnull=True
    )
    said = Q()
    for name in ("name", "birth", "phone", "email", "address"):
        said |= ~Q(**{f"{part}_{name}": ""})
    known_by = PersonKnownBy.objects.unscoped("walls").filter(allegation=OuterRef("pk"), role=str(part), place=1)
    said |= Q(Exists(known_by))
    said |= Q(Exists(Version.objects.unscoped("walls").filter(allegation=OuterRef("pk"))))
    told = Allegation.objects.unscoped("walls").filter(said, ~Exists(standing), site=site)
    return (told if among is None else told.filter(pk__in=among)).order_by("pk")
