"""People of a unit: registered, given accounts and roles, and the agreements by which partners read its cases."""

from datetime import date, datetime

from fourfold.access import addresses, employing, queries
from fourfold.access.models import Account, Agreement, Membership, Staff
from fourfold.access.services.requiring import require
from fourfold.access.terms import Compartment, Hashed, PartnerKind, Permission, Refused, Role, bits, place_of_factor
from fourfold.access.terms.accounts import CannotTakeOn
from fourfold.audit import services as audit
from fourfold.audit.terms import About, Actor, Operation
from fourfold.base import new_id


def register_staff(
    *, actor: Actor, name: str, partner: str, partner_kind: PartnerKind, at: datetime, **more: object
) -> Staff:
    """Register somebody who works here, from the host; in the pages one person asks and another confirms."""
    _require_host(actor, at)
    with audit.recorded(actor, "staff.registered", at=at, operation=Operation.ADMINISTRATION) as entry:
        staff = Staff.objects.create(name=name, partner=partner, partner_kind=partner_kind, **more)
        entry.about(staff)
    return staff


def _require_host(actor: Actor, at: datetime) -> None:
    """Let only the installation itself pass, as which nobody signs in: in the pages, two people make an account."""
    require(actor, Permission.ACCOUNT_MANAGE, at=at)
    if not Staff.objects.filter(pk=actor.staff, robot=True, partner_kind=PartnerKind.PROGRAMME).exists():
        audit.refused(actor, str(Permission.ACCOUNT_MANAGE), at=at, rule="two people")
        raise Refused("two people", "One person asks for this, and another of the agency concerned confirms it.")


def give_account(
    *, actor: Actor, staff: Staff, email: str, password: str | Hashed, at: datetime, vouched_at: datetime | None = None
) -> Account:
    """Give a member of staff a way to sign in, from the host; `vouched_at`: since when the agency vouches for it."""
    _require_host(actor, at)
    address = addresses.plain(email)
    if why := addresses.why_not_address(address):
        raise CannotTakeOn("email", why)
    if employing.address_taken(address):
        raise CannotTakeOn("email", "Somebody signs in with this address, or one that looks like it. Use another one.")
    with audit.recorded(actor, "account.given", at=at, operation=Operation.ADMINISTRATION) as entry:
        account = Account(staff=staff, email=address, vouched_at=vouched_at)
        if isinstance(password, Hashed):
            account.password = password.stored
        else:
            account.set_password(password)
        account.save(force_insert=True)
        entry.subject = About(account._meta.label_lower, account.pk)
    return account


def give_role(*, actor: Actor, staff: Staff, role: Role, site: str, at: datetime) -> Membership:
    """Give a member of staff a role at a site, from now on, from the host."""
    _require_host(actor, at)
    with audit.recorded(actor, "role.given", at=at, operation=Operation.ADMINISTRATION) as entry:
        membership = Membership.objects.create(staff=staff, role=role, site=site, from_at=at)
        entry.about(membership)
    return membership


def sign_agreement(
    *,
    actor: Actor,
    site: str,
    partner: str,
    compartments: frozenset[Compartment],
    starts_on: date,
    ends_on: date,
    review_on: date,
    at: datetime,
) -> Agreement:
    """Keep an information-sharing agreement, from the host; in the pages one person asks and another agency's lead signs."""
    _require_host(actor, at)
    with audit.recorded(actor, "agreement.signed", at=at, operation=Operation.CONFIGURATION) as entry:
        agreement = Agreement.objects.create(
            site=site,
            partner=partner,
            purposes=["casework"],
            compartments=bits(compartments),
            starts_on=starts_on,
            ends_on=ends_on,
            review_on=review_on,
        )
        entry.about(agreement)
    return agreement


def first_administrator(*, at: datetime) -> Actor:
    """Return the installation itself as an actor, registering it when nobody works here yet.

    It keeps accounts and agreements at set-up; it has no account, so nobody can sign in as it.
    """
    staff = Staff.objects.filter(robot=True, partner="programme", name=INSTALLATION).first()
    if staff is None:
        staff = _register_installation(at)
    return queries.actor_of(staff, at=at, session="set-up", strength="installation", purpose="administration")


def say_invented(*, actor: Actor, at: datetime) -> None:
    """Mark this database, for as long as it has a log, as one that holds invented people with published passwords.

    Said inside the write that founds an invented site. Production does not start with it; see `queries.why_not_real`.
    """
    with audit.recorded(actor, "programme.invented", at=at, operation=Operation.CONFIGURATION) as entry:
        entry.subject = queries.INVENTED


INSTALLATION = "Installation"


def _register_installation(at: datetime) -> Staff:
    setting_up = Actor(staff=new_id(), name=INSTALLATION, partner="programme", partner_kind=PartnerKind.PROGRAMME)
    with audit.recorded(setting_up, "installation.set_up", at=at, operation=Operation.CONFIGURATION) as entry:
        staff = Staff.objects.create(
            id=setting_up.staff, name=INSTALLATION, partner="programme", partner_kind=PartnerKind.PROGRAMME, robot=True
        )
        entry.about(staff)
        for role in (Role.SYSTEM_ADMINISTRATOR, Role.GOVERNANCE_LEAD):
            entry.about(Membership.objects.create(staff=staff, role=role, site="", from_at=at))
    return staff


def give_second_factor(*, actor: Actor, account: Account, secret: str, at: datetime) -> None:
    """Give an account an authenticator with a known secret (base 32), from the host; for invented accounts alone."""
    from allauth.mfa.models import Authenticator

    _require_host(actor, at)
    with audit.recorded(actor, "second_factor.given", at=at, operation=Operation.ADMINISTRATION) as entry:
        entry.subject = About(account._meta.label_lower, account.pk)
        sealed = audit.keyring().seal(secret, place=place_of_factor(account.pk))
        entry.about(Authenticator.objects.create(user=account, type=Authenticator.Type.TOTP, data={"secret": sealed}))
