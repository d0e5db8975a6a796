"""The accounts of an agency: what was asked of them, who has theirs in hand, and for whom the agency has vouched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from fourfold.access import addresses, queries
from fourfold.access.models import Account, AccountAsked, Invitation, Membership, Staff
from fourfold.access.signatories import records_of
from fourfold.access.terms import NotFound, Permission, Role
from fourfold.access.terms.accounts import AccountStep
from fourfold.audit.terms import Actor
from fourfold.words import Word, words

#: An invitation is taken up within this time, or another is asked for.
INVITED_FOR = timedelta(hours=72)
STATES = words(
    {
        "invited": "invited, has not set a password yet",
        "no_factor": "has a password, has not set up a second factor yet",
        "unvouched": "waits until the agency’s lead vouches",
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
    name: str
    email: str
    roles: tuple[Word | str, ...]
    state: str
    trained_until: date | None
    opens_at: datetime | None
    mine: bool

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
    reason: str
    asked_by: str
    asked_at: datetime
    same_name: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class AgencyPage:
    """The accounts of an agency and what waits there; what the reader may do."""

    partner: str
    accounts: tuple[AccountShown, ...]
    waiting: tuple[StepShown, ...]
    may_confirm: bool


def agency_page(*, actor: Actor, partner: str, at: datetime) -> AgencyPage:
    """Return the accounts of an agency, for who keeps accounts or leads it, or raise NotFound."""
    require_sight(actor, partner)
    rows = accounts_of(partner)
    return AgencyPage(
        partner=partner,
        accounts=tuple(_shown(row, actor, at) for row in rows),
        waiting=tuple(_step(row) for row in steps_waiting(partner)),
        may_confirm=leads(actor, partner),
    )


def leads(actor: Actor, partner: str) -> bool:
    """Return whether the actor answers for the people of an agency."""
    return actor.partner == partner and queries.may(actor, Permission.ACCOUNT_CONFIRM)


def require_sight(actor: Actor, partner: str) -> None:
    """Raise NotFound for whoever neither keeps accounts nor leads the agency."""
    if not (leads(actor, partner) or queries.may(actor, Permission.ACCOUNT_MANAGE)):
        raise NotFound


def accounts_of(partner: str) -> QuerySet[Account]:
    """Return the accounts of an agency by name, each with its person and whether it has a second factor."""
    factor = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type=Authenticator.Type.RECOVERY_CODES)
    rows = Account.objects.filter(staff__partner=partner, staff__robot=False).annotate(has_factor=Exists(factor))
    return rows.order_by("staff__name", "email").prefetch_related("staff__memberships")


def account_page(*, actor: Actor, account: UUID, at: datetime) -> tuple[str, AccountShown]:
    """Return one account with the agency that it belongs to, or raise NotFound."""
    partner = Staff.objects.filter(accounts=account).values_list("partner", flat=True).first()
    if partner is None:
        raise NotFound
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
        name=row.staff.name,
        email=row.email,
        roles=tuple(Role(part.role).label for part in sorted(now, key=lambda part: part.role)),
        state=state_of(row, at=at),
        trained_until=row.staff.trained_until,
        opens_at=row.vouched_at + wait if row.vouched_at else None,
        mine=row.staff.natural == actor.person,
    )


def state_of(row: Account, *, at: datetime) -> str:
    """Return where an account stands, one of `STATES`; the account as `accounts_of` gives it."""
    if not row.staff.active:
        return "ended"
    if not row.is_active:
        return "suspended"
    if not row.has_usable_password():
        return "invited"
    if not row.has_factor:  # type: ignore[attr-defined]
        return "no_factor"
    if row.vouched_at is None or row.staff.vouched_at is None:
        return "unvouched"
    stands = queries.actor_of(row.staff, at=at, account=row).vouched
    return "stands" if stands else "waiting"


def to_vouch_for(*, actor: Actor, at: datetime) -> list[AccountShown]:
    """Return the accounts in their holders' hands for which the actor, their agency's lead, has not vouched."""
    if not queries.may(actor, Permission.ACCOUNT_CONFIRM):
        return []
    rows = [
        row for row in accounts_of(actor.partner).filter(vouched_at__isnull=True) if row.staff.natural != actor.person
    ]
    waiting = [row for row in rows if state_of(row, at=at) == "unvouched"]
    others = left_to_another({row.pk for row in waiting}, actor=actor, at=at) if waiting else set()
    return [_shown(row, actor, at) for row in waiting if row.pk not in others]


def left_to_another(accounts: set[UUID], *, actor: Actor, at: datetime) -> set[UUID]:
    """Return for which accounts another lead of the agency vouches: the actor confirmed them, and another can."""
    steps = (AccountStep.TAKE_ON, AccountStep.RECOVER)
    mine = AccountAsked.objects.filter(account__in=accounts, step__in=steps, given=True)
    confirmed = set(mine.filter(answered_by__in=records_of(actor)).values_list("account", flat=True))
    can = Q(staff__accounts__is_active=True, staff__accounts__vouched_at__isnull=False, staff__active=True)
    leads = Membership.objects.filter(can, role=Role.AGENCY_LEAD, staff__partner=actor.partner, from_at__lte=at)
    leads = leads.filter(Q(until_at__isnull=True) | Q(until_at__gt=at)).exclude(staff__in=records_of(actor))
    return confirmed if confirmed and leads.exists() else set()


def steps_waiting(partner: str) -> QuerySet[AccountAsked]:
    """Return what was asked of the accounts of an agency and nobody has answered, the earliest first."""
    rows = AccountAsked.objects.filter(partner=partner, answered_at__isnull=True)
    return rows.select_related("asked_by").order_by("asked_at", "pk")


def steps_to_confirm(*, actor: Actor) -> tuple[StepShown, ...]:
    """Return what waits for the actor, who leads an agency and asked for none of it."""
    if not queries.may(actor, Permission.ACCOUNT_CONFIRM):
        return ()
    return tuple(_step(row) for row in steps_waiting(actor.partner).exclude(asked_by__in=records_of(actor)))


def step_to_confirm(*, actor: Actor, asked: UUID) -> StepShown:
    """Return what was asked of an account, for its agency's lead, with who of the same name works here; or NotFound."""
    row = steps_waiting(actor.partner).filter(pk=asked).first()
    if row is None or not leads(actor, row.partner):
        raise NotFound
    return _step(row, _same_name(row.name))


def _same_name(name: str) -> Iterable[tuple[str, str]]:
    return [(str(row.pk), f"{row.name}, {row.partner}") for row in namesakes(name)[:20]]


def namesakes(name: str) -> list[Staff]:
    """Return who has, or had, a name that looks like this one, robots aside."""
    look = addresses.look_of_name(name)
    rows = Staff.objects.filter(robot=False).order_by("partner", "pk")
    return [row for row in rows if addresses.look_of_name(row.name) == look]


def of_number(partner: str, number: str) -> list[Staff]:
    """Return who has, or had, a staff number of an agency that looks like this one; none has no number."""
    look = addresses.look_of_number(number)
    rows = Staff.objects.filter(partner=partner, robot=False).exclude(staff_number="").order_by("pk")
    return [row for row in rows if look and addresses.look_of_number(row.staff_number) == look]


def _step(row: AccountAsked, same_name: Iterable[tuple[str, str]] = ()) -> StepShown:
    return StepShown(
        id=row.pk,
        step=AccountStep(row.step),
        name=row.name,
        email=row.email,
        role=Role(row.role).label if row.role else "",
        site=row.site,
        staff_number=row.staff_number,
        reason=row.reason,
        asked_by=row.asked_by.name,
        asked_at=row.asked_at,
        same_name=tuple(same_name),
    )


def address_taken(address: str) -> bool:
    """Return whether somebody signs in, or is to sign in, with an address that looks like this one."""
    asked = AccountAsked.objects.filter(step=AccountStep.TAKE_ON, answered_at__isnull=True)
    known = {*Account.objects.values_list("email", flat=True), *asked.values_list("email", flat=True)}
    return addresses.look(address) in {addresses.look(each) for each in known}


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


def is_there(role: Role, partner: str, *, at: datetime) -> bool:
    """Return whether somebody, robots aside, holds a role now: in an agency, or ("") anywhere."""
    rows = Membership.objects.filter(role=role, staff__active=True, staff__robot=False, from_at__lte=at)
    rows = rows.filter(staff__partner=partner) if partner else rows
    return rows.filter(Q(until_at__isnull=True) | Q(until_at__gt=at)).exists()
