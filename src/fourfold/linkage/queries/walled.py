"""Allegations that probably concern somebody behind a wall, before anybody has confirmed it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from itertools import chain, islice
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.intake import queries as intake
from fourfold.intake.models import Allegation, FurtherPerson, PersonKnownBy, Version
from fourfold.linkage import rules
from fourfold.linkage.models import Match
from fourfold.linkage.queries.as_compared import told_of, told_of_further
from fourfold.linkage.queries.known import Person, marks_of, weights_of
from fourfold.linkage.terms import Confidence, Traits, Verdict
from fourfold.people.models import Subject, Victim
from fourfold.people.terms import MarkKind, Part

#: How strongly a match must be proposed for the walls around a person to stand around the allegation at once.
WALLED_WHEN = frozenset({Confidence.STRONG, Confidence.PROBABLE})


def likely_walled(site: str, *, at: datetime, among: Collection[UUID] | None = None) -> Iterator[tuple[UUID, UUID]]:
    """Yield each allegation of a site with somebody walled whom it probably concerns and nobody confirmed yet.

    `among` keeps to some allegations, a thousand at most. Reads for nobody in particular: whoever is walled off must
    not decide what they are walled off from.
    """
    walled = access_queries.walled_files(at=at)
    for part in Part:
        people = _known_among(part, site, walled)
        if not people:
            continue
        marks, of_site = marks_of(people, part), weights_of(site)
        traits = [(row.pk, _traits(row, marks[row.pk])) for row in people]
        for told, allegation in chain(
            _told_first_and_last(_unconfirmed(part, site, among), part, at.date()),
            _told_beside(part, site, among, at.date()),
        ):
            for person, known in traits:
                if rules.compare(told, known, of_site).confidence in WALLED_WHEN:
                    yield allegation, person


def _told_first_and_last(allegations: QuerySet[Allegation], part: Part, on: date) -> Iterator[tuple[Traits, UUID]]:
    """Yield whom each allegation tells of, and once more where a later version tells of another: either may be walled."""
    rows = allegations.iterator(chunk_size=500)
    while some := list(islice(rows, 500)):
        for row, last in zip(some, intake.as_told_last(some), strict=True):
            yield from ((told, row.pk) for told in {told_of(row, part, on=on), told_of(last, part, on=on)})


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


def _known_among(part: Part, site: str, files: Iterable[UUID]) -> list[Person]:
    if part is Part.VICTIM:
        return list(Victim.objects.unscoped("walls").filter(site=site, pk__in=files))
    return list(Subject.objects.unscoped("walls").filter(site=site, known=True, pk__in=files))


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
