"""Who somebody is who signs: which natural person, and whether the agency has vouched long enough ago."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    UUIDField,
)
from django.db.models.functions import Coalesce

from fourfold.access import alikes, signing
from fourfold.access.models import Account, Membership, Staff
from fourfold.access.statements import ASKS, Asks, Blank, Call, Statement, read_ahead
from fourfold.audit.models import Head
from fourfold.audit.terms import Actor


def stands(staff: Staff, *, at: datetime) -> bool:
    """Return whether the agency has vouched for somebody long enough ago; a robot, which signs nothing, always stands."""
    return staff.robot or _stood(staff.vouched_at, at)


def account_stands(vouched_at: datetime | None, *, at: datetime) -> bool:
    """Return whether the agency has vouched long enough ago that an account is in its holder's hands."""
    return _stood(vouched_at, at)


class PartRead(NamedTuple):
    """A part that somebody has beside an account of theirs, None where there is none, as the log had `seen` entries."""

    part: Membership | None
    is_open: bool | None
    since: datetime | None
    seen: int


def parts_and_accounts(staff: Staff, *, at: datetime) -> list[PartRead]:
    """Return each part that somebody has now beside each account of theirs (open, vouched for when). One statement."""
    return [_part_read(row) for row in _parts_and_accounts.rows({"staff": staff.pk, "at": at})]


def account_called(pk: UUID) -> Call:
    """Return what finds the account of a session."""
    return Call(_account, {"account": pk})


@Statement
def _account() -> QuerySet[Account]:
    return Account.objects.filter(pk=Blank("account", UUIDField()))


def with_their_parts(account: Call) -> list[Account]:
    """Return the account that a statement finds, whose holder brings their parts for the first who asks. One statement."""
    parts = parts_beside(account)
    with read_ahead(account, parts):
        found: list[Any] = account.rows()
        rows = parts.rows()
    for each in found:
        each.staff.parts_read = [_part_read(row) for row in rows]
    return found


def parts_beside(account: Call) -> Call:
    """Return what finds the parts of an account's holder."""
    return Call(_parts_by_account, account.values)


def parts_brought(staff: Staff, *, at: datetime) -> list[PartRead] | None:
    """Return what `parts_and_accounts` would, where the holder of an account brings it; once, since it may change."""
    rows: list[PartRead] | None = staff.__dict__.pop("parts_read", None)
    return rows and [row._replace(part=row.part if row.part and _runs(row.part, at) else None) for row in rows]


def _runs(part: Membership, at: datetime) -> bool:
    return part.from_at <= at and (part.until_at is None or part.until_at > at)


def parts_and_accounts_of(people: Collection[UUID], *, at: datetime) -> dict[UUID, list[PartRead]]:
    """Return the same of several people, by staff. One statement."""
    found: dict[UUID, list[PartRead]] = defaultdict(list)
    for staff, *row in _read(Q(pk__in=people), at, "pk"):
        found[staff].append(_part_read(row))
    return found


def _part_read(row: Sequence[Any]) -> PartRead:
    *values, is_open, since, seen = row
    return PartRead(Membership(**dict(zip(_PART, values, strict=True))) if values[0] else None, is_open, since, seen)


_PART = [column.attname for column in Membership._meta.concrete_fields]


@Statement
def _parts_and_accounts() -> QuerySet[Staff, tuple[Any, ...]]:
    return _read(Q(pk=ASKS.staff), ASKS.at)


@Statement
def _parts_by_account() -> QuerySet[Staff, tuple[Any, ...]]:
    holder = Account.objects.filter(pk=Blank("account", UUIDField())).values("staff")
    return _read(Q(pk=Subquery(holder)), None)


def _read(whose: Q, at: Any, *first: str) -> QuerySet[Staff, tuple[Any, ...]]:
    """Read parts beside accounts: the parts that run at a moment, or for None every part."""
    running = Q(memberships__until_at__isnull=True) | Q(memberships__until_at__gt=at)
    runs = Q(memberships__from_at__lte=at) & running if at is not None else Q()
    part = FilteredRelation("memberships", condition=runs)
    size = Subquery(Head.objects.filter(pk=1).values("size"))
    rows = Staff.objects.filter(whose).annotate(part=part, seen=size)
    parts = (f"part__{name}" for name in _PART)
    return rows.values_list(*first, *parts, "accounts__is_active", "accounts__vouched_at", "seen")


def _stood(vouched_at: datetime | None, at: datetime) -> bool:
    return signing.stands_at(vouched_at, wait_days=settings.FOURFOLD.vouched_days, at=at)


def why_not_second(
    first: UUID,
    second: Actor,
    *,
    at: datetime,
    same: str = signing.SAME,
    agency: str | None = None,
    not_agency: str | None = None,
    asks: bool = True,
    asked_at: datetime | None = None,
) -> str | None:
    """Return why somebody cannot be the second person to what `first`, a member of staff, asked for; None: they can.

    Who asked has to work here still, and not too long ago (`asked_at`); `asks` False: it is about `first`, or a no. Whether they hold the permission, and may open the file, the service asks by itself. One statement,
    and one more where two records look like one person's.
    """
    how = {"same": same, "agency": agency, "not_agency": not_agency, "asks": asks, "asked_at": asked_at}
    return Signatories({first, second.staff}, at=at).why_not_second(first, second, **how)  # type: ignore[arg-type]


class Signatories:
    """Who some members of staff are, read once for everybody who could sign beside them."""

    def __init__(self, people: Collection[UUID], *, at: datetime) -> None:
        self.at = at
        rows = alikes.with_emails(Q(pk__in=people)).annotate(works_now=_works(at))
        self._known: dict[UUID, tuple[Any, alikes.Look]] = alikes.looks(rows)

    def why_not_second(
        self,
        first: UUID,
        second: Actor,
        *,
        same: str = signing.SAME,
        agency: str | None = None,
        not_agency: str | None = None,
        asks: bool = True,
        asked_at: datetime | None = None,
    ) -> str | None:
        """Return the same as the function of this name, of people who were read."""
        asked, signs = (self._known[each][0] if each in self._known else None for each in (first, second.staff))
        return signing.why_not_second(
            signing.Signatory(
                asked.natural if asked else first,
                asked.partner if asked else "",
                works_here=not asks or bool(asked and asked.works_now),
            ),
            signing.Signatory(
                signs.natural if signs else second.person,
                signs.partner if signs else second.partner,
                stands=second.vouched and signs is not None and stands(signs, at=self.at),
                works_here=second.active and signs is not None and signs.active and not signs.robot,
                trained=second.trained,
                looks_like_first=self._look_like_one(first, second.staff),
            ),
            wait_days=settings.FOURFOLD.vouched_days,
            same=same,
            agency=agency,
            not_agency=not_agency,
            days_ago=(self.at - asked_at) / timedelta(days=1) if asks and asked_at else 0,
        )

    def _look_like_one(self, first: UUID, second: UUID) -> bool:
        """Return whether two persons look like one of whom nobody has said that they are two."""
        if not self._known.keys() >= {first, second}:
            return False
        (asked, one), (signs, other) = self._known[first], self._known[second]
        both = frozenset((asked.natural, signs.natural))
        return len(both) > 1 and alikes.alike(one, other) and both not in self._two

    @cached_property
    def _two(self) -> set[frozenset[UUID]]:
        return alikes.said_to_be_two()


def _works(at: datetime) -> ExpressionWrapper[Q]:
    """Make the condition that somebody works here: a part that runs and an open account, both vouched for; or a robot."""
    since = at - timedelta(days=settings.FOURFOLD.vouched_days)
    running = Q(until_at__isnull=True) | Q(until_at__gt=at)
    part = Membership.objects.filter(running, staff=OuterRef("pk"), from_at__lte=at)
    ways = Account.objects.filter(staff=OuterRef("pk"))
    way = Exists(ways.filter(is_active=True, vouched_at__lte=since)) | ~Exists(ways)
    works = Q(robot=True) | (Q(active=True, vouched_at__lte=since) & Exists(part) & way)
    return ExpressionWrapper(works, output_field=BooleanField())


def acted_as(actor: Actor, people: Iterable[UUID]) -> UUID:
    """Return which of these members of staff is the natural person who acts now, or the actor where none is."""
    known = Staff.objects.filter(pk__in=set(people))
    return next((row.pk for row in known if row.natural == actor.person), actor.staff)


def persons_of(people: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return which natural person each of these members of staff is, in one statement."""
    return {row.pk: row.natural for row in Staff.objects.filter(pk__in=set(people)).only("person")}


def person_at(column: str) -> Coalesce:
    """Make the natural person of the member of staff in a column, for the columns of a list."""
    return Coalesce(Subquery(Staff.objects.filter(pk=OuterRef(column)).values("person")[:1]), F(column))


def records_of_people(people: Collection[UUID]) -> frozenset[UUID]:
    """Return every record of the natural persons that these members of staff are, in one statement; of nobody, none."""
    mine = Staff.objects.filter(pk__in=people).values("person")
    each = Q(pk__in=people) | Q(person__in=people) | Q(person__in=mine) | Q(pk__in=mine)
    return (
        frozenset(Staff.objects.filter(each).values_list("pk", flat=True)) | frozenset(people)
        if people
        else frozenset()
    )


def records_of_person(staff: UUID) -> QuerySet[Staff, Any]:
    """Return every record of the natural person that a member of staff is, for the inside of a list."""
    person = Staff.objects.filter(pk=staff).values("person")
    # Each by its own index: PostgreSQL reads the whole table where one of several conditions asks a second list.
    each = (Q(pk=staff), Q(person=staff), Q(person__in=person), Q(pk__in=person))
    first, *others = (Staff.objects.filter(one).values("pk") for one in each)
    return Staff.objects.filter(pk__in=first.union(*others, all=True)).values("pk")


def agency_of(staff: UUID) -> QuerySet[Staff, Any]:
    """Return the agency of a record of staff, for the inside of a list."""
    return Staff.objects.filter(pk=staff).values("partner")


def records_with(partner: str) -> QuerySet[Staff, Any]:
    """Return every record of whoever is on record with an agency, for the inside of a list."""
    there = Staff.objects.filter(partner=partner)
    persons = there.filter(person__isnull=False).values("person")
    each = Q(partner=partner) | Q(person__in=there.values("pk")) | Q(person__in=persons) | Q(pk__in=persons)
    return Staff.objects.filter(each).values("pk")


def is_record_of(staff: UUID, actor: Actor) -> bool:
    """Return whether a member of staff is a record of the natural person who acts. One statement."""
    return records_of(actor).filter(pk=staff).exists()


def records_of(actor: Actor | Asks) -> QuerySet[Staff, Any]:
    """Return every record of the natural person who acts, for the inside of a list."""
    return Staff.objects.filter(Q(pk=actor.person) | Q(person=actor.person)).values("pk")
