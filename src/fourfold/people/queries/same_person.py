"""Which records are one person, now or as of any moment: what was decided then and not yet undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Func, OuterRef, Q, QuerySet, UUIDField, Value
from django.db.models.functions import Cast

from fourfold.access.conditions import IsThere
from fourfold.access.statements import Blank, for_nobody
from fourfold.base import asked_once
from fourfold.people.models import JoinAsked, SamePerson


def records_of(person: UUID, *, at: datetime | None = None) -> frozenset[UUID]:
    """Return every record that is the same person as this one, itself among them; now, or as it stood at a moment.

    For services and for what is counted; nobody is shown a record by it. One statement where nothing was merged.
    """
    return records_of_any([person], at=at)


def records_of_any(people: Iterable[UUID], *, at: datetime | None = None) -> frozenset[UUID]:
    """Return every record of any of these people. One statement for each step of a chain of merged records, and one more."""
    return frozenset().union(*people_of(people, at=at).values())


def people_of(records: Iterable[UUID], *, at: datetime | None = None) -> Mapping[UUID, frozenset[UUID]]:
    """Return for each record all that are the same person, itself among them. Statements as `records_of_any`."""
    asked = frozenset(records)
    return asked_once(("same person", asked, at), lambda: _people_of(asked, at), SamePerson)


def _people_of(records: frozenset[UUID], at: datetime | None) -> Mapping[UUID, frozenset[UUID]]:
    found = {record: frozenset({record}) for record in records}
    fresh = set(found)
    while fresh:
        known, some = set(found), tuple(fresh)
        for first, second in _merged(records=some) if at is None else _merges(some, at):
            both = found.get(first, frozenset({first})) | found.get(second, frozenset({second}))
            found |= dict.fromkeys(both, both)
        fresh = set(found) - known
    return found


def _merges(records: Any, at: datetime | None = None) -> QuerySet[SamePerson, Any]:
    rows = SamePerson.objects.unscoped("which records are one person")
    return rows.filter(_standing(at), Q(first__in=records) | Q(second__in=records)).values_list("first", "second")


_merged = for_nobody(_merges)


def merges_with(record: OuterRef) -> QuerySet[SamePerson]:
    """Return, as part of another statement, the merges that stand of one record."""
    rows = SamePerson.objects.unscoped("which records are one person")
    return rows.filter(Q(first=record) | Q(second=record), _standing(None))


def is_merged(record: str) -> IsThere:
    """Make the column by which a list tells of each row's record whether it is merged with another."""
    return IsThere(merges_with(OuterRef(record)))


def people_told(records: Mapping[UUID, bool]) -> Mapping[UUID, frozenset[UUID]]:
    """Return the same as `people_of`, of records of which a list has told whether they are merged. Nothing is asked where none is."""
    alone = {record: frozenset({record}) for record, merged in records.items() if not merged}
    return {**alone, **people_of(record for record, merged in records.items() if merged)}


class RecordsOf(Func):
    """Every record of the person whose record this is, as part of another statement: it follows chains by itself."""

    output_field = UUIDField()
    template = (
        "(WITH RECURSIVE same(record) AS (SELECT %(expressions)s UNION SELECT "
        'CASE WHEN merged."first" = same.record THEN merged."second" ELSE merged."first" END '
        'FROM people_sameperson merged JOIN same ON (merged."first" = same.record OR merged."second" = same.record) '
        "WHERE merged.undone_at IS NULL) SELECT record FROM same)"
    )


def records_by(person: UUID | Blank) -> RecordsOf:
    """Return every record of a person, by one of them, as part of another statement."""
    return RecordsOf(
        Cast(person if isinstance(person, Blank) else Value(person, output_field=UUIDField()), UUIDField())
    )


def _standing(at: datetime | None) -> Q:
    if at is None:
        return Q(undone_at__isnull=True)
    return Q(decided_at__lte=at) & (Q(undone_at__isnull=True) | Q(undone_at__gt=at))


def pairs_of(people: Iterable[UUID]) -> list[tuple[UUID, UUID]]:
    """Return the pairs of records, the smaller first, that are one person now, where the first is among these."""
    rows = SamePerson.objects.unscoped("which records are one person").filter(_standing(None), first__in=list(people))
    return list(rows.values_list("first", "second"))


def merges_of(records: Iterable[UUID]) -> list[UUID]:
    """Return the decisions that stand and join these records to each other, the earliest first."""
    rows = SamePerson.objects.unscoped("which records are one person").filter(_standing(None), first__in=list(records))
    return list(rows.order_by("decided_at", "id").values_list("pk", flat=True))


def decisions(one: UUID, other: UUID) -> list[SamePerson]:
    """Return every decision that these two records are one person, undone ones too, the newest first."""
    first, second = sorted((one, other))
    rows = SamePerson.objects.unscoped("opened by the caller").filter(first=first, second=second)
    return list(rows.order_by("-decided_at", "-recorded_at", "id"))


def standing(one: UUID, other: UUID) -> SamePerson | None:
    """Return the decision that two records are one person, while it stands."""
    first, second = sorted((one, other))
    rows = SamePerson.objects.unscoped("opened by the caller")
    return rows.filter(first=first, second=second, undone_at__isnull=True).first()


#: How long a request that two records are joined waits for a colleague.
WAITS = timedelta(days=7)


def asked_to_join(one: UUID, other: UUID, *, at: datetime) -> JoinAsked | None:
    """Return the request that two records are joined, while it waits for a colleague."""
    first, second = sorted((one, other))
    return joins_waiting(at=at).filter(first=first, second=second).first()


def joins_waiting(*, at: datetime) -> QuerySet[JoinAsked]:
    """Return every request that records are joined that waits, for nobody in particular."""
    rows = JoinAsked.objects.unscoped("opened, or scoped by both records, by the caller")
    return rows.filter(answered_at__isnull=True, recorded_at__gt=at - WAITS)


def joined_lately(*, since: datetime) -> QuerySet[SamePerson]:
    """Return which records were joined since a moment and are one person still, for nobody in particular."""
    return SamePerson.objects.unscoped("scoped by the cases of the caller").filter(
        _standing(None), decided_at__gt=since
    )
