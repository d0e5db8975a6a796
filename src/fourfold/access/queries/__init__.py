"""Who is acting, and what a file opens to them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache, reduce
from operator import or_
from typing import Any, Protocol, TypeVar
from uuid import UUID

from django.db.models import F, Q, QuerySet, UUIDField

from fourfold.access.models import (
    Account,
    AccountAsked,
    Agreement,
    CalendarAddress,
    DigestAsked,
    DigestSent,
    EndSaid,
    Grant,
    Membership,
    Relation,
    Staff,
    Wall,
)
from fourfold.access.queries.opening import explained, opened, opened_at_site
from fourfold.access.roles import CASEWORK, casework_sites, permissions_of
from fourfold.access.scoping import in_force, running, walled_off, walls_against
from fourfold.access.signatories import (
    PartRead,
    account_called,
    account_stands,
    parts_and_accounts,
    parts_and_accounts_of,
    parts_brought,
    records_of,
    stands,
    with_their_parts,
)
from fourfold.access.statements import Blank, Call, Statement
from fourfold.access.terms import (
    BASIS_OF_PARTNER,
    KEPT_OUT,
    NotFound,
    PartnerKind,
    Permission,
    Purpose,
    RelationKind,
    WallKind,
    day_of,
)
from fourfold.access.terms.accounts import AccountStep, Closing
from fourfold.audit.draft import as_sealed
from fourfold.audit.models import Entry
from fourfold.audit.queries import has_log
from fourfold.audit.terms import About, Actor, Conflict


class Signed(Protocol):
    """A row that says who wrote it and when."""

    pk: Any
    recorded_at: Any
    recorded_by: Any


Written = TypeVar("Written", bound=Signed)


def actor_of(staff: Staff, *, at: datetime, account: Account | None = None, **session: str) -> Actor:
    """Return who acts: the natural person with the roles that run at this moment.

    Without `account` (who signed before, whose calendar it is) one of theirs must be open and vouched for; a robot, and
    who was never given one, need none. `session` may hold `session`, `strength`, `client`, `request` and `purpose`.
    """
    rows = (parts_brought(staff, at=at) if account else None) or parts_and_accounts(staff, at=at)
    return _acting(staff, rows, at, account, **session)


def actors_of(people: Collection[Staff], *, at: datetime, **session: str) -> dict[UUID, Actor]:
    """Return who each of some people acts as, by staff. One statement."""
    rows = parts_and_accounts_of([one.pk for one in people], at=at)
    return {one.pk: _acting(one, rows[one.pk], at, None, **session) for one in people}


def _acting(staff: Staff, rows: Sequence[PartRead], at: datetime, account: Account | None, **session: str) -> Actor:
    parts = {row.part.pk: row.part for row in rows if row.part is not None}
    ways = {(row.is_open, row.since) for row in rows if row.is_open is not None and not staff.robot}
    if account is not None:
        ways = {(account.is_active, account.vouched_at)}
    opens_at = [since for is_open, since in ways if is_open]
    return Actor(
        staff=staff.pk,
        name=staff.name,
        partner=staff.partner,
        partner_kind=staff.partner_kind,
        memberships=tuple(sorted({(part.site, part.role) for part in parts.values()})),
        account=account.pk if account else None,
        cleared=staff.cleared,
        trained=staff.robot or (staff.trained_until is not None and staff.trained_until >= day_of(at)),
        active=staff.active and (not ways or bool(opens_at)),
        vouched=stands(staff, at=at) and (not ways or any(account_stands(since, at=at) for since in opens_at)),
        natural=staff.person,
        rests=as_sealed(parts.values()),
        seen=rows[0].seen if rows else None,
        **session,
    )


def account_by(pk: UUID) -> Account | None:
    """Return the account of a session, or None. One statement, with the parts that its holder acts by."""
    return next(iter(with_their_parts(account_called(pk))), None)


def account_of(address: str) -> Account | None:
    """Return the account with this address, or None."""
    return Account.objects.filter(email__iexact=address).first()


def held_by(actor: Actor, source: str, *, at: datetime) -> dict[str, object]:
    """Return the columns that say who holds a new row, on which basis, from where, by whose hand and when."""
    return {
        "controller": actor.partner,
        "basis": BASIS_OF_PARTNER[PartnerKind(actor.partner_kind)].code,
        "source": source,
        "recorded_at": at,
        "recorded_by": actor.staff,
    }


def may(actor: Actor, permission: Permission, *, site: str | None = None) -> bool:
    """Return whether one of the actor's roles (at `site`, if named) carries the permission."""
    roles = actor.roles if site is None else frozenset(role for where, role in actor.memberships if where == site)
    return actor.active and actor.vouched and permission in permissions_of(roles)


def agreements_of(site: str, *, at: datetime) -> list[Agreement]:
    return list(Agreement.objects.filter(in_force(at), site=site))


def files_shut_to_somebody() -> frozenset[UUID]:
    """Return the files from which anybody is kept out, by a wall or as a party, now or once: for rules, shown to nobody."""
    walls = Wall.objects.values_list("file", flat=True)
    parties = Relation.objects.filter(kind__in=sorted(KEPT_OUT)).values_list("file", flat=True)
    return frozenset(walls) | frozenset(parties)


def sites_that_tell(actor: Actor, *, at: datetime) -> frozenset[str]:
    """Return the other sites whose agreement with the actor's partner is in force, for what the actor is doing.

    An agreement that opens no compartment tells exactly this much: that a record exists.
    """
    rows = Agreement.objects.filter(in_force(at), partner=actor.partner).values_list("site", "purposes")
    return frozenset(site for site, purposes in rows if actor.purpose in purposes) - casework_sites(actor)


def unit_of(site: str, *, at: datetime) -> list[tuple[Staff, str]]:
    """Return the people who work in a site's unit now, robots aside, each with the role held, by name."""
    return [(part.staff, part.role) for part in parts_in(site, at=at)]


def parts_in(site: str, *, at: datetime) -> QuerySet[Membership]:
    """Return the parts that people have in a site's unit now, robots aside, each with its person, by name."""
    members = Membership.objects.filter(running(at), site=site, staff__active=True, staff__robot=False)
    return members.select_related("staff").order_by("staff__name", "role")


def ends_said(site: str) -> QuerySet[EndSaid]:
    """Return what was said to end in a unit, the latest first, with whose part or which agreement it is."""
    return EndSaid.objects.filter(site=site).select_related("part__staff", "agreement", "said_by").order_by("-said_at")


def closes_with_part(part: Membership, *, from_at: datetime) -> Closing:
    """Return what ends with somebody's part in a unit: the unit's files, unless another part opens them, and parts in
    cases. Three statements.
    """
    stays = parts_in(part.site, at=from_at).filter(staff=part.staff, role__in=CASEWORK).exclude(pk=part.pk).exists()
    if stays or part.role not in CASEWORK:
        return Closing(from_at, (part.staff.name,), 0)
    grants = Grant.objects.filter(running(from_at), site=part.site, partner=part.staff.partner)
    return Closing(from_at, (part.staff.name,), grants.count(), parts_of_member(part, from_at=from_at).count())


def parts_of_member(part: Membership, *, from_at: datetime) -> QuerySet[Relation]:
    """Return the parts that a member of a unit has in its cases at a moment; who is a party to a case stays that."""
    files = Grant.objects.filter(site=part.site).values("file")
    rows = Relation.objects.filter(running(from_at), staff=part.staff, file__in=files)
    return rows.exclude(kind=RelationKind.PARTY)


def closes_with_agreement(agreement: Agreement, *, from_at: datetime) -> Closing:
    """Return what ends with an agreement: whose reading, and how many ways into files. Two statements."""
    people = parts_in(agreement.site, at=from_at).filter(staff__partner=agreement.partner)
    grants = Grant.objects.filter(running(from_at), agreement=agreement).count()
    return Closing(from_at, tuple(dict.fromkeys(people.values_list("staff__name", flat=True))), grants)


def holder_of(file: UUID, kind: RelationKind, *, site: str, at: datetime) -> Staff | None:
    """Return who has had this part in a file the longest, works in the site's unit and may open it; None where nobody does."""
    named = Relation.objects.filter(running(at), file=file, kind=kind).order_by("from_at", "pk").select_related("staff")
    unit = {who.pk for who, _ in unit_of(site, at=at)}
    people = (relation.staff for relation in named if relation.staff_id in unit)
    return next((who for who in people if not is_walled(actor_of(who, at=at), [file], at=at)), None)


def is_robot(actor: Actor) -> bool:
    return Staff.objects.filter(pk=actor.staff, robot=True).exists()


def names_of(staff: Iterable[UUID]) -> dict[UUID, str]:
    """Return the names of members of staff, in one statement; none for nobody."""
    wanted = sorted(set(staff) - {None})
    return dict(_names(len(wanted)).rows({f"staff_{number}": one for number, one in enumerate(wanted)}))


@lru_cache(maxsize=128)
def _names(people: int) -> Statement[tuple[UUID, str]]:
    """Return the statement of the names of so many members of staff, `staff_0` and on."""
    wanted = [Blank(f"staff_{number}", UUIDField()) for number in range(people)]
    return Statement(lambda: Staff.objects.filter(pk__in=wanted).values_list("pk", "name"))


def refuse_unseen(
    what: str, rows: Iterable[Written], seen: str | None, say: Callable[[Sequence[Written]], Mapping[str, object]]
) -> None:
    """Raise Conflict where a row of `rows`, the earliest first, is not among those that stood before the writer's eyes.

    `seen` holds the identifiers of those with spaces between, "" for none; None: nobody looked. The conflict holds who
    wrote the last of the unseen rows (`by`), when (`at`), and what `say` makes of them all. Called inside the write,
    with that held which the rows are about.
    """
    if seen is None:
        return
    unseen = [row for row in rows if str(row.pk) not in seen.split()]
    if unseen:
        last = unseen[-1]
        by = names_of([last.recorded_by]).get(last.recorded_by, "")
        raise Conflict(what, {"by": by, "at": last.recorded_at, **say(unseen)})


def is_walled(actor: Actor, files: Iterable[UUID], *, at: datetime) -> bool:
    """Return whether a wall, or being a party, stands between the actor and one of these files. Two statements."""
    wanted = list(files)
    mine = walls_against(records_of(actor), actor.partner)
    party = Relation.objects.filter(running(at), file__in=wanted, staff__in=records_of(actor), kind=RelationKind.PARTY)
    return Wall.objects.filter(running(at), mine, file__in=wanted).exists() or party.exists()


def kept_from(people: Collection[Actor], files: Collection[UUID], *, at: datetime) -> dict[UUID, set[UUID]]:
    """Return from which of these files a wall, or being a party, keeps each of some people, by staff.

    Two statements, and one more where there is any.
    """
    walls = list(Wall.objects.filter(running(at), file__in=files).values_list("file", "staff", "partner"))
    parties = Relation.objects.filter(running(at), file__in=files, kind=RelationKind.PARTY)
    walls += [(file, staff, "") for file, staff in parties.values_list("file", "staff")]
    if not walls:
        return {}
    persons = {one.person for one in people}
    records = {person: ({person}, set[str]()) for person in persons}
    rows = Staff.objects.filter(Q(pk__in=persons) | Q(person__in=persons))
    for row in rows.only("pk", "person", "partner"):
        records[row.natural][0].add(row.pk)
        records[row.natural][1].add(row.partner)
    return {
        one.staff: {
            file
            for file, staff, partner in walls
            if staff in records[one.person][0] or (partner and partner in {one.partner, *records[one.person][1]})
        }
        for one in people
    }


def apart_from(file: UUID, *, at: datetime) -> list[str]:
    """Return from whom a wall, or being a party, keeps a file now: the keys of staff, and the names of agencies."""
    walls = Wall.objects.filter(running(at), file=file).values_list("staff", "partner")
    parties = Relation.objects.filter(running(at), file=file, kind=RelationKind.PARTY).values_list("staff", flat=True)
    return sorted({str(staff or partner) for staff, partner in walls} | set(map(str, parties)))


def known_as(actor: Actor) -> frozenset[str]:
    """Return the names by which `apart_from` may name the actor: each record of theirs, and its agency."""
    rows = Staff.objects.filter(pk__in=records_of(actor)).values_list("pk", "partner")
    return frozenset({actor.partner, *(str(one) for row in rows for one in row)})


def walled_files(*, at: datetime) -> set[UUID]:
    """Return the files around which a wall stands, against anybody."""
    return set(Wall.objects.filter(running(at)).values_list("file", flat=True))


def walls_missing(sources: Iterable[UUID], file: UUID, *, at: datetime) -> bool:
    """Return whether a wall around one of `sources` does not stand around `file` yet; two statements at most.

    One that two agencies have lifted there is not missing; one that falls there before it does here is.
    """
    around = set(Wall.objects.filter(running(at), file__in=list(sources)).values_list("staff", "partner", "until_at"))
    there = list(Wall.objects.filter(running(at) | LIFTED, file=file)) if around else []
    ends: dict[tuple[UUID | None, str], list[datetime | None]] = {}
    for wall in there:
        ends.setdefault((wall.staff_id, wall.partner), []).append(None if wall.lifted_by else wall.until_at)
    return any(
        not any(outlasts(one, until) for one in ends.get((staff, partner), ())) for staff, partner, until in around
    )


def outlasts(there: datetime | None, copy: datetime | None) -> bool:
    """Return whether what stands until a moment (None: for good) stands at least as long as another would."""
    return there is None or (copy is not None and there >= copy)


#: A provisional wall that two agencies have lifted: what proposed it does not set it again.
LIFTED = Q(kind=WallKind.PROVISIONAL, until_at__isnull=False) & ~Q(lifted_by=[])


def may_lift(actor: Actor, *, at: datetime, provisional: bool = True) -> QuerySet[Wall]:
    """Return the walls that stand, or the provisional ones of them, without those around what is closed to the actor.

    Whoever is kept from a file learns neither that nor who else is.
    """
    standing = Wall.objects.filter(running(at), **({"kind": WallKind.PROVISIONAL} if provisional else {}))
    return standing.exclude(walled_off(actor, "file", at=at))


#: After this long the address of a calendar ends by itself, so that one that was forgotten does not work for ever.
CALENDAR_LASTS = timedelta(days=180)


def calendar_since(actor: Actor, *, at: datetime) -> datetime | None:
    """Return since when the actor's calendar has an address that works; None: it has none."""
    running = _calendars(at).filter(staff=actor.staff)
    return running.values_list("made_at", flat=True).first()


def whose_calendar(secret: str, *, at: datetime) -> Actor:
    """Return who fetches a calendar with this secret, or raise NotFound, the same for a wrong and an ended one."""
    found = _calendars(at).filter(secret_sha256=hash_of(secret)).select_related("staff").first()
    reader = found and actor_of(found.staff, at=at, strength="calendar address", purpose=Purpose.CASEWORK)
    if not reader or not (reader.active and reader.vouched):
        raise NotFound
    return reader


def _calendars(at: datetime) -> QuerySet[CalendarAddress]:
    return CalendarAddress.objects.filter(ended_at__isnull=True, made_at__gt=at - CALENDAR_LASTS)


def digest_since(actor: Actor) -> datetime | None:
    """Return since when the actor has a line a day sent; None: they have not asked."""
    asked = DigestAsked.objects.filter(staff=actor.staff, ended_at__isnull=True)
    return asked.values_list("asked_at", flat=True).first()


def digests_to_send(on: date, *, at: datetime) -> list[tuple[Actor, str]]:
    """Return who has asked for a line a day and has not had this day's, each as who reads, with their address."""
    had = DigestSent.objects.filter(on=on).values("staff")
    asked = DigestAsked.objects.filter(ended_at__isnull=True, staff__active=True).exclude(staff__in=had)
    accounts = Account.objects.filter(is_active=True, staff__in=asked.values("staff"))
    readers: dict[UUID, tuple[Actor, str]] = {}
    for account in accounts.select_related("staff").order_by("email"):
        actor = actor_of(account.staff, at=at, account=account, strength="digest", purpose=Purpose.CASEWORK)
        if actor.active and actor.vouched:
            readers.setdefault(account.staff_id, (actor, account.email))
    return list(readers.values())


def hash_of(secret: str) -> str:
    """Return what is kept of a secret in its place."""
    return hashlib.sha256(secret.encode()).hexdigest()


#: What an entry is about that says that this database holds invented people.
INVENTED = About("invented", UUID("1e5d0000-0000-4000-8000-000000000000"))
_THEIR_ADDRESSES = ("@demo.invalid", "@scenario.invalid")


def stands_by_host(account: Account) -> bool:
    """Return whether the host that made an account vouched for it then, and nobody has anew."""
    made = AccountAsked.objects.filter(account=account, step=AccountStep.TAKE_ON, asked_by=F("answered_by"))
    return account.vouched_at is not None and made.filter(answered_at__gte=account.vouched_at).exists()


def has_people() -> bool:
    """Return whether anybody who is no program can sign in here."""
    return Account.objects.filter(staff__robot=False).exists()


def why_not_real() -> str | None:
    """Return why real people's data may not be kept in this database, and what to do; None where they may.

    Entries of the log are never removed, so that emptying the tables does not take the mark away.
    """
    if not has_log():
        return None
    marked = Entry.objects.filter(about_id=INVENTED.id, about_kind=INVENTED.kind).exists()
    theirs = reduce(or_, (Q(email__iendswith=ending) for ending in _THEIR_ADDRESSES))
    if not marked and not Account.objects.filter(theirs).exists():
        return None
    return (
        "This database has held the invented programme, whose passwords and second factors anybody can read. Begin "
        "production with a new one: set DATABASE_URL to an empty database and FOURFOLD_DATA_DIR to an empty folder."
    )
