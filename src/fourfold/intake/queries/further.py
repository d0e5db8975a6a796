"""Whom reports tell of besides the first victim and the first subject, and what people are known by."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from fourfold.access.statements import for_nobody
from fourfold.intake.models import FurtherPerson, PersonKnownBy, Version
from fourfold.intake.rules import columns
from fourfold.intake.terms import FurtherAsTold, FurtherToldLast, KnownBy, KnownKind, PersonAsTold, PersonRole


def known_by_first(allegations: Sequence[UUID]) -> dict[UUID, dict[str, tuple[KnownBy, ...]]]:
    """Return what the first victim and the first subject of allegations are known by, by role. One statement."""
    found: dict[UUID, dict[str, tuple[KnownBy, ...]]] = {pk: {} for pk in allegations}
    for pk, role, _, kind, value in _known_of_first(reports=tuple(allegations)):
        found[pk][role] = (*found[pk].get(role, ()), KnownBy(KnownKind(kind), value))
    return found


@for_nobody
def _known_of_first(reports: Any) -> QuerySet[PersonKnownBy, Any]:
    return _known_by(reports, place=1)


def with_known_by(people: Iterable[FurtherPerson]) -> Iterator[FurtherPerson]:
    """Yield further people with what they are known by. A statement for each 500, of whom none may be split."""
    rows = iter(people)
    while some := list(islice(rows, 500)):
        known: dict[tuple[UUID, str, int], tuple[KnownBy, ...]] = defaultdict(tuple)
        for pk, role, place, each in known_by_rows([row.allegation_id for row in some], place__gt=1):
            known[pk, role, place] += (each,)
        for row in some:
            row.known_by = known[row.allegation_id, row.role, row.place]
            yield row


def known_by_rows(allegations: Sequence[UUID], **places: int) -> Iterator[tuple[UUID, str, int, KnownBy]]:
    for pk, role, place, kind, value in _known_by(allegations, **places):
        yield pk, role, place, KnownBy(KnownKind(kind), value)


def _known_by(allegations: Any, **places: int) -> QuerySet[PersonKnownBy, Any]:
    rows = PersonKnownBy.objects.unscoped("compared by rules, or opened").filter(allegation__in=allegations, **places)
    return rows.seen().order_by("kind", "value").values_list("allegation_id", "role", "place", "kind", "value")


def further_told_last() -> dict[tuple[UUID, PersonRole], FurtherToldLast]:
    """Return the further victims, and the further subjects, of reports by the latest version that tells of any.

    A version that tells of no further victim leaves those that were told before. Compared by rules, shown to nobody. One
    statement.
    """
    rows = Version.objects.unscoped("compared by rules, shown to nobody").exclude(further=[]).order_by("number")
    found = {}
    for pk, told_at, said in rows.values_list("allegation_id", "told_at", "further").iterator(chunk_size=5_000):
        people = [FurtherAsTold.of(each) for each in said]
        for role in {each.role for each in people}:
            found[pk, role] = FurtherToldLast(told_at, tuple(each.person for each in people if each.role is role))
    return found


def further_as_told(allegations: Sequence[UUID]) -> dict[UUID, tuple[FurtherAsTold, ...]]:
    """Return the further people of some reports, as the first telling has them. For rules, shown to nobody. Two statements."""
    found: dict[UUID, tuple[FurtherAsTold, ...]] = dict.fromkeys(allegations, ())
    rows = FurtherPerson.objects.unscoped("compared by rules, shown to nobody").filter(allegation__in=found)
    for row in with_known_by(rows.order_by("role", "place") if found else ()):
        told = {name: getattr(row, name) for name in columns.NAMES_OF_EACH}
        person = FurtherAsTold(PersonRole(row.role), PersonAsTold(**told, known_by=row.known_by))
        found[row.allegation_id] = (*found[row.allegation_id], person)
    return found


def further_as_told_last(allegations: Sequence[UUID]) -> dict[UUID, tuple[FurtherAsTold, ...]]:
    """Return the same as it stands now: of each role, whom the latest version that tells of any tells of. Three statements."""
    found = further_as_told(allegations)
    rows = (
        Version.objects.unscoped("compared by rules, shown to nobody").filter(allegation__in=found).exclude(further=[])
    )
    for pk, said in rows.order_by("number").values_list("allegation_id", "further") if found else ():
        people = tuple(FurtherAsTold.of(each) for each in said)
        roles = {each.role for each in people}
        found[pk] = (*(each for each in found[pk] if each.role not in roles), *people)
    return found


def further_told_since(site: str, among: Collection[UUID] | None = None) -> Iterator[tuple[UUID, FurtherAsTold]]:
    """Yield whom every later version of a site's reports tells of besides the first: for walls. One statement."""
    rows = Version.objects.unscoped("walls").filter(allegation__site=site).exclude(further=[])
    if among is not None:
        rows = rows.filter(allegation__in=among)
    for pk, said in rows.order_by("pk").values_list("allegation_id", "further").iterator(chunk_size=500):
        yield from ((pk, FurtherAsTold.of(each)) for each in said)
