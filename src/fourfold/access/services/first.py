"""The first people of an installation, whom nobody is there to confirm: made from the host, with an alarm."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.conf import settings

from fourfold.access import addresses, employing
from fourfold.access.models import Account, AccountAsked
from fourfold.access.services.accounts import _end_sessions, _invite, _take_on
from fourfold.access.services.members import _require_host
from fourfold.access.terms import Role, day_of
from fourfold.access.terms.accounts import AccountStep, CannotTakeOn, FirstPerson
from fourfold.audit import services as audit
from fourfold.audit.draft import Draft
from fourfold.audit.terms import Actor, Operation
from fourfold.gateways.mailroom import Mailroom
from fourfold.words import sentence

FIRST = "made on the host, as one of the first people"


def first_people(
    *,
    actor: Actor,
    people: Sequence[FirstPerson],
    kind_of: Callable[[str], str | None],
    mailroom: Mailroom,
    link: Callable[[str], str],
    at: datetime,
) -> list[tuple[Account, bool]]:
    """Make, from the host, the accounts that nobody is there to confirm.

    Only the first administrator, and the first leads of an agency, all at once, come to be so; each sets password and
    factor by the link that is posted to them. The host has asked for, confirmed and vouched for each, which whoever
    watches is told. Who is there with no training on record has it recorded, and whose link ran out before they had both gets
    another, which ends the password. Returns each with whether a link was posted. Raises CannotTakeOn, and then makes none.
    """
    _require_host(actor, at)
    with audit.recorded(actor, "people.first", at=at, operation=Operation.ADMINISTRATION) as entry:
        late = [_never_taken_up(one, at) for one in people]
        known = [row or _trained_anew(entry, one, at) for one, row in zip(people, late, strict=True)]
        kinds = ["" if row else _why_not_first(one, kind_of, at) for one, row in zip(people, known, strict=True)]
        for row in filter(None, late):
            row.set_unusable_password()
            row.save(update_fields=["password"])
            _end_sessions(row, at)
            entry.about(row)
            _invite(entry, row, at, mailroom, link)
        return [
            (row, row in late) if row else (_make_first(entry, one, kind, actor, at, mailroom, link), True)
            for one, kind, row in zip(people, kinds, known, strict=True)
        ]


def _never_taken_up(one: FirstPerson, at: datetime) -> Account | None:
    """Return the account of one of the first people whose links ran out before they had password and factor, or None."""
    row = Account.objects.filter(email=addresses.plain(one.email), staff__partner=one.partner, is_active=True).first()
    return row if row and employing.came_too_late(row, at=at) else None


def _trained_anew(entry: Draft, one: FirstPerson, at: datetime) -> Account | None:
    """Record until when somebody is trained who is there, and of whom no training is on record that holds; or None."""
    row = Account.objects.filter(email=addresses.plain(one.email), staff__partner=one.partner).first()
    day = day_of(at)
    if row is None or one.trained_until < day or (row.staff.trained_until and row.staff.trained_until >= day):
        return None
    if not row.staff.memberships.filter(employing.running_at(at), role=one.role).exists():
        return None
    row.staff.trained_until = one.trained_until
    row.staff.save(update_fields=["trained_until"])
    entry.about(row.staff)
    return row


def _why_not_first(one: FirstPerson, kind_of: Callable[[str], str | None], at: datetime) -> str:
    """Return the kind of a first person's agency, or raise CannotTakeOn."""
    kind = kind_of(one.partner)
    if kind is None:
        raise CannotTakeOn("partner", sentence("There is no agency {1}. Found its site first.", one.partner))
    if employing.is_there(one.role, "" if one.role is Role.SYSTEM_ADMINISTRATOR else one.partner, at=at):
        raise CannotTakeOn(
            "role",
            sentence("There is a {1} of {2} already: ask for an account in the pages.", one.role.label, one.partner),
        )
    if one.trained_until < day_of(at):
        raise CannotTakeOn("trained_until", sentence("The training of {1} is over. Give a later day.", one.name))
    if why := addresses.why_not_address(addresses.plain(one.email)):
        raise CannotTakeOn("email", f"{one.email}: {why}")
    return kind


def _make_first(
    entry: Draft, one: FirstPerson, kind: str, host: Actor, at: datetime, mailroom: Mailroom, link: Callable[[str], str]
) -> Account:
    address = addresses.plain(one.email)
    if employing.address_taken(address):
        raise CannotTakeOn(
            "email", sentence("Somebody signs in with {1}, or an address that looks like it.", one.email)
        )
    said = {"name": one.name, "partner": one.partner, "partner_kind": kind, "role": one.role, "email": address}
    asked = AccountAsked(step=AccountStep.TAKE_ON, asked_by_id=host.staff, asked_at=at, reason=FIRST, **said)
    asked.answered_by_id, asked.answered_at, asked.given = host.staff, at, True
    asked.account = account = _take_on(entry, asked, None, at)
    asked.save(force_insert=True)
    _invite(entry, account, at, mailroom, link)
    account.vouched_at = account.staff.vouched_at = at - timedelta(days=settings.FOURFOLD.vouched_days)
    account.staff.trained_until = one.trained_until
    account.staff.save(update_fields=["vouched_at", "trained_until"])
    account.save(update_fields=["vouched_at"])
    for row in (asked, account, account.staff):
        entry.about(row)
    return account
