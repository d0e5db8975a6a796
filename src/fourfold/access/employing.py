"""The accounts of an agency: what was asked of them, who has theirs in hand, and for whom the agency has vouched."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from fourfold.access import addresses, alikes, queries
from fourfold.access.models import Account, AccountAsked, IdentityBound, Invitation, Membership, Staff
from fourfold.access.projection import Projection, Through
from fourfold.access.signatories import records_of
from fourfold.access.terms import NotFound, Permission, Role, day_of, existing
from fourfold.access.terms.accounts import AccountStep
from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor
from fourfold.words import Word, words

#: Which agencies share a unit with one. The programme knows it, so that the doors pass it.
Beside = Callable[[str], frozenset[str]]
#: How long whoever watches sees that the host made somebody. Our own choice.
MADE_LATELY = timedelta(days=28)
#: An invitation is taken up within this time, or another is asked for.
INVITED_FOR = timedelta(hours=72)
STATES = words(
    {
        "invited": "invited, has not set a password yet",
        "no_factor": "has a password, has not set up a second factor yet",
        "unvouched": "waits until a lead vouches who neither asked for it nor confirmed it",
        "waiting": "vouched for, waits until the account opens",
        "stands": "in use",
        "suspended": "suspended",
        "ended": "ended",
    }
)


@dataclass(frozen=True)
class AccountShown:
    """One account of an agency: whose, with which roles, and where it stands."""

    id: UUID
    staff: UUID
    name: str
    email: str
    roles: tuple[Word | str, ...]
    state: str
    trained_until: date | None
    opens_at: datetime | None
    mine: bool
    parts: tuple[tuple[str, Word | str, str], ...] = ()

    @property
    def state_words(self) -> str:
        return STATES[self.state]


@dataclass(frozen=True)
class StepShown:
    """Something that was asked of an account and waits for another of the agency."""

    id: UUID
    step: AccountStep
    name: str
    email: str
    role: str
    site: str
    staff_number: str
    other_names: str
    reason: str
    partner: str
    asked_by: str
    asked_at: datetime
    alike: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class RecordShown:
    """One of two records that look alike."""

    id: UUID
    name: str
    partner: str
    staff_number: str
    other_names: str


STEP = Projection(
    *(StepShown, AccountAsked, "alike"),
    role=Through(lambda role: Role(role).label if role else "", "role"),
    asked_by="asked_by__name",
)
RECORD = Projection(RecordShown, Staff)


@dataclass(frozen=True)
class AgencyPage:
    """The accounts of an agency and what waits there; what the reader may do."""

    partner: str
    accounts: tuple[AccountShown, ...]
    waiting: tuple[StepShown, ...]
    may_confirm: bool
    pairs: tuple[tuple[RecordShown, ...], ...]


def agency_page(*, actor: Actor, partner: str, at: datetime) -> AgencyPage:
    """Return the accounts of an agency, for who keeps accounts or leads it, or raise NotFound."""
    require_sight(actor, partner)
    rows = accounts_of(partner)
    return AgencyPage(
        partner=partner,
        accounts=tuple(_shown(row, actor, at) for row in rows),
        waiting=STEP.all(steps_waiting(partner)),
        may_confirm=leads(actor, partner),
        pairs=records_alike(actor=actor) if leads(actor, partner) else (),
    )


def leads(actor: Actor, partner: str) -> bool:
    """Return whether the actor answers for the people of an agency."""
    return actor.partner == partner and queries.may(actor, Permission.ACCOUNT_CONFIRM)


def require_sight(actor: Actor, partner: str) -> None:
    """Raise NotFound for whoever neither keeps accounts nor leads the agency."""
    if not (leads(actor, partner) or queries.may(actor, Permission.ACCOUNT_MANAGE)):
        raise NotFound


def accounts_of(*partners: str) -> QuerySet[Account]:
    """Return the accounts of agencies by name, each with its person and whether it has a second factor."""
    factor = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type=Authenticator.Type.RECOVERY_CODES)
    bound = IdentityBound.objects.filter(account=OuterRef("pk"), ended_at__isnull=True)
    rows = Account.objects.filter(staff__partner__in=partners, staff__robot=False)
    rows = rows.annotate(has_factor=Exists(factor), is_bound=Exists(bound))
    return rows.order_by("staff__name", "email").prefetch_related("staff__memberships")


def account_page(*, actor: Actor, account: UUID, at: datetime) -> tuple[str, AccountShown]:
    """Return one account with the agency that it belongs to, or raise NotFound."""
    partner = existing(Staff.objects.filter(accounts=account).values_list("partner", flat=True).first())
    require_sight(actor, partner)
    return partner, _shown(accounts_of(partner).get(pk=account), actor, at)


def _shown(row: Account, actor: Actor, at: datetime) -> AccountShown:
    now = [
        part
        for part in row.staff.memberships.all()
        if part.from_at <= at and not (part.until_at and part.until_at <= at)
    ]
    wait = timedelta(days=settings.FOURFOLD.vouched_days)
    return AccountShown(
        id=row.pk,
        staff=row.staff_id,
        name=row.staff.name,
        email=row.email,
        roles=tuple(Role(part.role).label for part in sorted(now, key=lambda part: part.role)),
        state=state_of(row, at=at),
        trained_until=row.staff.trained_until,
        opens_at=row.vouched_at + wait if row.vouched_at else None,
        mine=row.staff.natural == actor.person,
        parts=tuple((f"{part.role}@{part.site}", Role(part.role).label, part.site) for part in now),
    )


def state_of(row: Account, *, at: datetime) -> str:
    """Return where an account stands, one of `STATES`; the account as `accounts_of` gives it."""
    if not row.staff.active:
        return "ended"
    if not row.is_active:
        return "suspended"
    if not row.is_bound:  # type: ignore[attr-defined]
        if not row.has_usable_password():
            return "invited"
        if not row.has_factor:  # type: ignore[attr-defined]
            return "no_factor"
    if row.vouched_at is None or row.staff.vouched_at is None:
        return "unvouched"
    stands = queries.actor_of(row.staff, at=at, account=row).vouched
    return "stands" if stands else "waiting"


def to_vouch_for(*, actor: Actor, beside: Beside, at: datetime) -> list[AccountShown]:
    """Return the accounts for which the actor may vouch and nobody has, and the leads whose training has to be recorded."""
    if not queries.may(actor, Permission.ACCOUNT_CONFIRM):
        return []
    mine = {actor.partner, *beside(actor.partner)}
    untrained = Q(staff__trained_until__isnull=True) | Q(staff__trained_until__lt=day_of(at))
    leading = Membership.objects.filter(running_at(at), staff=OuterRef("staff"), role=Role.AGENCY_LEAD)
    rows = accounts_of(*sorted(mine)).filter(Q(vouched_at__isnull=True) | (untrained & Exists(leading)))
    waiting = [row for row in rows if row.vouched_at or state_of(row, at=at) == "unvouched"]
    can = vouchers(waiting, beside=beside, at=at) if waiting else {}
    return [_shown(row, actor, at) for row in waiting if actor.person in {one.natural for one in can[row.pk]}]


def vouchers(rows: Iterable[Account], *, beside: Beside, at: datetime) -> dict[UUID, list[Staff]]:
    """Return who may vouch for each account now, or record until when its holder is trained: leads, by name.

    Those of its agency; where none of them can, those of the agencies beside it in a unit. Never its holder, nor, before
    it was vouched for, who asked for it last or confirmed it. Two statements, however many, and what `beside` costs.
    """
    wanted = list(rows)
    spoken = _spoken(row.pk for row in wanted if row.vouched_at is None or row.staff.vouched_at is None)
    near = {partner: beside(partner) for partner in {row.staff.partner for row in wanted}}
    leads = _leads_who_stand({*near, *(each for others in near.values() for each in others)}, at)
    found = {}
    for row in wanted:
        left = [one for one in leads if one.natural not in {row.staff.natural, *spoken.get(row.pk, ())}]
        own = [one for one in left if one.partner == row.staff.partner]
        found[row.pk] = own or [one for one in left if one.partner in near[row.staff.partner]]
    return found


def who_vouches(*, account: UUID, beside: Beside, at: datetime) -> tuple[tuple[str, str], ...]:
    """Return who may vouch for an account now, or record until when its holder is trained: names and agencies."""
    found = vouchers(Account.objects.filter(pk=account), beside=beside, at=at)
    return tuple((one.name, one.partner) for leads in found.values() for one in leads)


def _spoken(accounts: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """Return which persons asked for each account, or for its new way in, and which confirmed it: the last time."""
    steps = (AccountStep.TAKE_ON, AccountStep.RECOVER, AccountStep.BIND)
    rows = AccountAsked.objects.filter(account__in=list(accounts), step__in=steps, given=True)
    found: dict[UUID, set[UUID]] = {}
    for row in rows.select_related("asked_by", "answered_by").order_by("answered_at", "pk"):
        if row.account_id and row.answered_by:
            found[row.account_id] = {row.asked_by.natural, row.answered_by.natural}
    return found


def running_at(at: datetime) -> Q:
    """Return the condition that a part runs at a moment."""
    return Q(from_at__lte=at) & (Q(until_at__isnull=True) | Q(until_at__gt=at))


def _leads_who_stand(partners: set[str], at: datetime) -> list[Staff]:
    """Return the leads of agencies whose word counts now: here, trained, vouched for, and with an account that is so."""
    since = at - timedelta(days=settings.FOURFOLD.vouched_days)
    open_accounts = Account.objects.filter(staff=OuterRef("pk"), is_active=True, vouched_at__lte=since)
    part = Membership.objects.filter(running_at(at), staff=OuterRef("pk"), role=Role.AGENCY_LEAD)
    rows = Staff.objects.filter(Exists(open_accounts), Exists(part), partner__in=partners, active=True, robot=False)
    return list(rows.filter(vouched_at__lte=since, trained_until__gte=day_of(at)).order_by("name", "pk"))


def without_lead(partners: Iterable[str], *, actor: Actor, at: datetime) -> tuple[str, ...]:
    """Return the agencies of which nobody could confirm today what the actor asks of an account. One statement."""
    wanted = list(partners)
    led = {one.partner for one in _leads_who_stand(set(wanted), at) if one.natural != actor.person}
    return tuple(partner for partner in wanted if partner not in led)


def account_to_vouch(*, actor: Actor, account: UUID, beside: Beside, at: datetime) -> tuple[str, AccountShown]:
    """Return an account for which the actor may vouch, with its agency, or raise NotFound."""
    row = Account.objects.filter(pk=account, staff__robot=False).first()
    if row is None or not queries.may(actor, Permission.ACCOUNT_CONFIRM):
        raise NotFound
    theirs = row.staff.partner == actor.partner and row.staff.natural != actor.person
    if not theirs and actor.person not in {one.natural for one in vouchers([row], beside=beside, at=at)[row.pk]}:
        raise NotFound
    return row.staff.partner, _shown(accounts_of(row.staff.partner).get(pk=account), actor, at)


def made_by_host(*, actor: Actor, at: datetime) -> tuple[StepShown, ...]:
    """Return the first people whom the host made of late, confirmed and vouched for by nobody, for whoever watches."""
    if not queries.may(actor, Permission.AUDIT_VIEW):
        raise NotFound
    rows = host_made(at=at).select_related("asked_by").order_by("-asked_at", "-pk")
    return STEP.all(rows)


def host_made(*, at: datetime) -> QuerySet[AccountAsked]:
    """Return what the host asked for and confirmed itself, of late."""
    return AccountAsked.objects.filter(asked_by__robot=True, asked_at__gt=at - MADE_LATELY, asked_at__lte=at)


@dataclass(frozen=True)
class CopiedPasskey:
    """That somebody's passkey counted back, as a copy does: whose, and when it was closed."""

    who: str
    at: datetime


def copied_passkeys(*, actor: Actor, at: datetime) -> tuple[CopiedPasskey, ...]:
    """Return the passkeys of people of the agencies in the actor's units that were closed as copies of late, for whoever watches."""
    if not queries.may(actor, Permission.AUDIT_VIEW):
        raise NotFound
    rows = list(copied(actor, at=at).order_by("-seq").values_list("actor", "at"))
    names = queries.names_of(who for who, _ in rows)
    return tuple(CopiedPasskey(names.get(who, "somebody who left"), when) for who, when in rows)


def copied(actor: Actor, *, at: datetime) -> QuerySet[Entry]:
    """Return the entries that say so, for the inside of a count; another takes the place of none."""
    agencies = Membership.objects.filter(site__in=sorted(actor.sites)).values("staff__partner")
    people = Staff.objects.filter(partner__in=agencies).values("pk")
    closed = Entry.objects.filter(action="second_factor.closed", actor__in=people)
    return closed.filter(at__gt=at - MADE_LATELY, at__lte=at)


def steps_waiting(partner: str) -> QuerySet[AccountAsked]:
    """Return what was asked of the accounts of an agency and nobody has answered, the earliest first."""
    rows = AccountAsked.objects.filter(partner=partner, answered_at__isnull=True)
    return rows.select_related("asked_by").order_by("asked_at", "pk")


def steps_to_confirm(*, actor: Actor) -> tuple[StepShown, ...]:
    """Return what waits for the actor, who leads an agency and asked for none of it."""
    if not queries.may(actor, Permission.ACCOUNT_CONFIRM):
        return ()
    return STEP.all(steps_waiting(actor.partner).exclude(asked_by__in=records_of(actor)))


def step_to_confirm(*, actor: Actor, asked: UUID) -> StepShown:
    """Return what was asked of an account, for its agency's lead, with whose records look like theirs; or NotFound."""
    row = steps_waiting(actor.partner).filter(pk=asked).first()
    if row is None or not leads(actor, row.partner):
        raise NotFound
    alike = [] if row.account_id else alikes.like(look_of(row))[:50]
    return STEP(row, alike=tuple((str(one.pk), f"{one.name}, {one.partner}") for one in alike))


def look_of(row: AccountAsked) -> alikes.Look:
    """Return how somebody looks who is to be taken on."""
    return alikes.Look(row.name, row.staff_number, frozenset({row.email}), row.other_names)


def pairs_to_tell_apart(*, actor: Actor) -> list[tuple[Staff, Staff]]:
    """Return the records of the actor's agency beside those that look like them, of which nobody has said anything.

    Not the actor's own: of those another lead says it.
    """
    if not queries.may(actor, Permission.ACCOUNT_CONFIRM):
        return []
    return [pair for pair in alikes.pairs(actor.partner) if actor.person not in {one.natural for one in pair}]


def records_alike(*, actor: Actor) -> tuple[tuple[RecordShown, ...], ...]:
    """Return the pairs of records that look alike and wait for the actor's word."""
    return tuple(RECORD.all(pair) for pair in pairs_to_tell_apart(actor=actor))


def pair_to_tell_apart(*, actor: Actor, one: UUID, other: UUID) -> tuple[Staff, Staff]:
    """Return two of them, or raise NotFound."""
    for pair in pairs_to_tell_apart(actor=actor):
        if {each.pk for each in pair} == {one, other}:
            return pair
    raise NotFound


def address_taken(address: str) -> bool:
    """Return whether somebody signs in, or is to sign in, with an address that looks like this one."""
    asked = AccountAsked.objects.filter(step=AccountStep.TAKE_ON, answered_at__isnull=True)
    known = {*Account.objects.values_list("email", flat=True), *asked.values_list("email", flat=True)}
    return addresses.look(address) in {addresses.look(each) for each in known}


def newest_invitation(account: UUID) -> UUID | None:
    """Return the identifier of the last invitation that was posted for an account, None where none was."""
    return Invitation.objects.filter(account=account).order_by("-sent_at").values_list("pk", flat=True).first()


def invited(secret: str, *, at: datetime) -> Invitation:
    """Return the invitation that a link holds, or raise NotFound: the same for a wrong, a used, an old and a closed one."""
    found = Invitation.objects.filter(secret_sha256=queries.hash_of(secret), used_at__isnull=True)
    row = found.select_related("account__staff").first()
    if row is None or row.sent_at + INVITED_FOR <= at or not row.account.is_active or not row.account.staff.active:
        raise NotFound
    newer = Invitation.objects.filter(account=row.account, sent_at__gt=row.sent_at)
    if newer.exists():
        raise NotFound
    return row


def came_too_late(account: Account, *, at: datetime) -> bool:
    """Return whether a link ran out before one of the first people chose a password and paired a factor: another is due."""
    if not queries.stands_by_host(account):
        return False
    row = accounts_of(account.staff.partner).get(pk=account.pk)
    if row.has_factor or row.is_bound:  # type: ignore[attr-defined]
        return False
    return not Invitation.objects.filter(account=account, sent_at__gt=at - INVITED_FOR).exists()


def part_now(staff: Staff, role: Role, site: str, *, at: datetime) -> Membership | None:
    """Return the part that somebody has now in a role at a site, or None."""
    return Membership.objects.filter(running_at(at), staff=staff, role=role, site=site).first()


def is_there(role: Role, partner: str, *, at: datetime) -> bool:
    """Return whether somebody, robots aside, holds a role now: in an agency, or ("") anywhere."""
    rows = Membership.objects.filter(running_at(at), role=role, staff__active=True, staff__robot=False)
    return (rows.filter(staff__partner=partner) if partner else rows).exists()
