"""Accounts: asked for by one person, confirmed by another of the agency, taken up by its holder alone, vouched for.

The password and the second factor are set by whoever holds the account, by a link that is posted to their own work
address: neither who asks nor who confirms ever sees it.
"""

import secrets
from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import Q

from fourfold.access import addresses, alikes, employing, queries, rules, signatories
from fourfold.access.models import Account, AccountAsked, CalendarAddress, DigestAsked, Invitation, Membership, Staff
from fourfold.access.services.ends import LEFT, close_with_account, end_part
from fourfold.access.services.identities import asked_by_holder, bind, unbind, why_not_bind
from fourfold.access.services.persons import keep_answers
from fourfold.access.services.requiring import require, require_asker
from fourfold.access.sessions import SessionStore
from fourfold.access.terms import NotFound, PartnerKind, Permission, Role, day_of, existing
from fourfold.access.terms.accounts import ANOTHER, AccountStep, CannotEmploy, CannotTakeOn
from fourfold.audit import services as audit
from fourfold.audit.draft import Draft
from fourfold.audit.terms import Actor, Operation
from fourfold.gateways.mailroom import CannotPost, Letter, Mailroom

BY_ANOTHER = "Another person has to confirm this: not who asked for it, and not whose account it is."
SPOKEN = (
    "You asked for this account or confirmed it. Another lead vouches for it: of your agency, or, where it has no other who "
    "can, of another agency of the unit."
)
CLOSED_SINCE = "The ways into this account were closed since this was asked. Let its holder ask for it again."
TITLE = "Your account: set your password"
TEXT = (
    "You have been given a way to sign in. Open this link within 72 hours and choose your password. It works once.\n\n"
    "{}\n\n"
    "Then sign in and set up your second factor. If you are one of the first people here, do so within the same 72 hours.\n"
    "For everybody else the lead of their agency vouches after that.\n"
    "If you did not expect this, tell the lead of your agency. Nobody will ask you for this link."
)


def ask_account(  # noqa: PLR0913 -- one form, one act
    *,
    actor: Actor,
    name: str,
    partner: str,
    partner_kind: PartnerKind,
    staff_number: str,
    role: Role,
    site: str,
    email: str,
    at: datetime,
    other_names: str = "",
) -> AccountAsked:
    """Ask that somebody is taken on; nothing is made before another person of that agency confirms it.

    Raises CannotTakeOn for an address that is in use or looks like one, or a role that no partner of this kind holds.
    """
    require_asker(actor, partner, at)
    address = addresses.plain(email)
    if why := addresses.why_not_address(address):
        raise CannotTakeOn("email", why)
    if employing.address_taken(address):
        raise CannotTakeOn("email", "Somebody signs in with this address, or one that looks like it. Use another one.")
    if staff_number and (why := addresses.why_not_number(addresses.plain(staff_number))):
        raise CannotTakeOn("staff_number", why)
    if why := rules.why_not_hold(role, partner_kind):
        raise CannotTakeOn("role", why)
    with audit.recorded(actor, "account.asked", at=at, operation=Operation.ADMINISTRATION) as entry:
        asked = AccountAsked(
            step=AccountStep.TAKE_ON,
            partner=partner,
            partner_kind=partner_kind,
            name=" ".join(name.split()),
            staff_number=addresses.plain(staff_number),
            other_names=" ".join(other_names.split()),
            email=address,
            role=role,
            site="" if role in rules.OF_NO_UNIT else site,
            asked_by_id=actor.staff,
            asked_at=at,
        )
        asked.save(force_insert=True)
        return entry.about(asked)


def ask_account_step(
    *,
    actor: Actor,
    account: UUID,
    step: AccountStep,
    reason: str,
    at: datetime,
    role: Role | None = None,
    site: str = "",
) -> AccountAsked:
    """Ask that an account is suspended, let in again, given a new way in, or ended; or that a role is given or ends.

    Raises CannotEmploy.
    """
    row = existing(Account.objects.filter(pk=account, staff__robot=False).first())
    require_asker(actor, row.staff.partner, at)
    if step == AccountStep.BIND:  # it is asked for with the code of an identity
        raise CannotEmploy("step", "Choose from the answers shown.")
    if not reason.strip():
        raise CannotEmploy("reason", "Say why: whoever confirms it reads this.")
    site = "" if role in rules.OF_NO_UNIT else site
    if why := _why_not_step(row, AccountStep(step), role, site, at):
        raise CannotEmploy("step", why)
    try:
        with audit.recorded(actor, f"account.{step}_asked", at=at, operation=Operation.ADMINISTRATION) as entry:
            asked = AccountAsked(
                step=step,
                partner=row.staff.partner,
                partner_kind=row.staff.partner_kind,
                account=row,
                name=row.staff.name,
                email=row.email,
                reason=reason.strip(),
                role=role or "",
                site=site,
                asked_by_id=actor.staff,
                asked_at=at,
            )
            asked.save(force_insert=True)
            return entry.about(asked)
    except IntegrityError as running:
        raise CannotEmploy("step", "This has been asked already, and waits for the agency’s lead.") from running


def _why_not_step(row: Account, step: AccountStep, role: Role | None, site: str, at: datetime) -> str | None:
    if step is AccountStep.TAKE_ON or not row.staff.active:
        return "This account has ended, or is there already."
    if step is AccountStep.RESTORE and row.is_active:
        return "This account is not suspended."
    if step in (AccountStep.GIVE_ROLE, AccountStep.END_ROLE):
        return _why_not_in_role(row, step, role, site, at)
    return "This account is suspended already." if step is AccountStep.SUSPEND and not row.is_active else None


def _why_not_in_role(row: Account, step: AccountStep, role: Role | None, site: str, at: datetime) -> str | None:
    held = role is not None and employing.part_now(row.staff, role, site, at=at) is not None
    if role is None:
        return "Choose a role."
    if step is AccountStep.END_ROLE:
        return None if held else "This person does not have this role there."
    if held:
        return "This person has this role there already."
    return rules.why_not_hold(role, PartnerKind(row.staff.partner_kind))


def answer_account(
    *,
    actor: Actor,
    asked: UUID,
    given: bool,
    at: datetime,
    mailroom: Mailroom,
    link: Callable[[str], str],
    because: str = "",
    same_as: str = "",
) -> AccountAsked:
    """Confirm, as the lead of the agency, what somebody else asked of an account, or say why not.

    `link` makes the address of an invitation from its secret; it goes to `mailroom` and nowhere else. `same_as`: a record
    of the same natural person, one of those shown, or ANOTHER: it is none of them. Where any record looks like the new
    one, that is said, and kept. What was true when it was asked must be true now. Raises NotFound for
    another agency's, CannotEmploy naming the field.
    """
    require(actor, Permission.ACCOUNT_CONFIRM, at=at)
    with audit.recorded(actor, "account.answered", at=at, operation=Operation.ADMINISTRATION) as entry:
        row = existing(
            AccountAsked.objects.select_for_update(of=("self",)).filter(pk=asked, partner=actor.partner).first()
        )
        if row.answered_at is not None:
            raise CannotEmploy("given", "Somebody has answered this already.")
        if not given and not because.strip():
            raise CannotEmploy("because", "Say why not. Whoever asked will read it.")
        like = [] if row.account or not given else alikes.like(employing.look_of(row))
        person = _person_of(row, same_as, like)
        if given and (why := _why_not_confirm(row, person, like, actor, at)):
            raise CannotEmploy("given", why)
        if not same_as and any(one.natural != person for one in like):
            raise CannotEmploy("same_as", "Say whether this is one of these people, or another person.")
        row.answered_by_id, row.answered_at, row.given = actor.staff, at, given
        row.refused_because = "" if given else because.strip()
        if given:
            _do(entry, row, person, actor, at, mailroom, link)
        if row.account:
            keep_answers(entry, actor, row.account.staff, like, same_as, at)
        row.save()
        return entry.about(row)


def _why_not_confirm(
    row: AccountAsked, person: UUID | None, like: list[Staff], actor: Actor, at: datetime
) -> str | None:
    """Return why something cannot be confirmed now, or why somebody is not the second person to it.

    Nor is whose account it is: by the record, by the person found, or by a record that looks like it.
    """
    asker = queries.actor_of(row.asked_by, at=at, strength="signature", purpose="administration")
    for_self = row.step == AccountStep.BIND and row.account is not None and asked_by_holder(row, row.account)
    may_ask = for_self or employing.leads(asker, row.partner) or queries.may(asker, Permission.ACCOUNT_MANAGE)
    if not asker.active or not may_ask:
        return "Whoever asked for this may not ask for it any more. Let somebody else ask for it again."
    others = [row.asked_by_id]
    if row.account:
        if why := _why_not_step(row.account, AccountStep(row.step), Role(row.role) if row.role else None, row.site, at):
            return why
        if row.step == AccountStep.BIND and (why := why_not_bind(row.identity) or _why_closed_since(row)):
            return why
        others.append(row.account.staff_id)
    elif actor.person in {person, *(one.natural for one in like)}:
        return BY_ANOTHER
    whys = (
        signatories.why_not_second(who, actor, at=at, same=BY_ANOTHER, agency=row.partner, asks=False) for who in others
    )
    return next((why for why in whys if why), None)


def _why_closed_since(row: AccountAsked) -> str | None:
    """Return why a way in that was asked for is not given: whoever asked may be whom the account was closed against."""
    closing = (AccountStep.RECOVER, AccountStep.SUSPEND, AccountStep.RESTORE)
    since = AccountAsked.objects.filter(
        account=row.account, step__in=closing, given=True, answered_at__gte=row.asked_at
    )
    return CLOSED_SINCE if since.exists() else None


def _do(
    entry: Draft,
    asked: AccountAsked,
    person: UUID | None,
    actor: Actor,
    at: datetime,
    mailroom: Mailroom,
    link: Callable[[str], str],
) -> None:
    step = AccountStep(asked.step)
    if step is AccountStep.TAKE_ON:
        asked.account = _take_on(entry, asked, person, at)
    if asked.account is None:
        raise NotFound
    asked.account = account = Account.objects.select_for_update(of=("self",)).get(pk=asked.account.pk)
    if step in (AccountStep.TAKE_ON, AccountStep.RECOVER):
        _close_ways_in(entry, account, at)
        _invite(entry, account, at, mailroom, link)
    elif step is AccountStep.BIND:
        bind(entry, asked, account, at)
    elif step is AccountStep.GIVE_ROLE:
        part = Membership(staff=account.staff, role=asked.role, site=asked.site, from_at=at)
        part.save(force_insert=True)
        entry.about(part)
    elif step is AccountStep.END_ROLE:
        if running := employing.part_now(account.staff, Role(asked.role), asked.site, at=at):
            end_part(entry, running, at, asked.reason, at, by=asked.asked_by)
    else:
        account.is_active = step is AccountStep.RESTORE
        account.save(update_fields=["is_active"])
        if step is AccountStep.END:
            account.staff.active = False
            account.staff.save(update_fields=["active"])
            entry.about(account.staff)
            unbind(entry, account, at)
            _close_what_is_asked(entry, asked, account.staff_id, at)
    if step in (AccountStep.SUSPEND, AccountStep.END, AccountStep.RECOVER):
        _end_sessions(account, at)
    entry.about(account)


def sign_out(*, actor: Actor, account: UUID, at: datetime) -> Account:
    """End at once, as one person alone, whatever runs for an account: a device that is lost cannot wait for a second.

    Nothing of the account is taken away: its holder signs in again with password and second factor. Raises NotFound.
    """
    found = existing(Account.objects.filter(pk=account, staff__robot=False).first())
    require_asker(actor, found.staff.partner, at)
    with audit.recorded(actor, "account.signed_out", at=at, operation=Operation.ADMINISTRATION) as entry:
        row = Account.objects.select_for_update(of=("self",)).get(
            pk=found.pk
        )  # its number of then would let in who was put out
        _end_sessions(row, at)
        return entry.about(row)


def _end_sessions(account: Account, at: datetime) -> None:
    account.epoch += 1
    account.save(update_fields=["epoch"])
    end_what_runs(account, at)


def _close_what_is_asked(entry: Draft, ending: AccountAsked, staff: UUID, at: datetime) -> None:
    """Close whatever else somebody asked for whose account ends, and what is asked of it: nobody could confirm it."""
    close_with_account(entry, staff, at)
    theirs = AccountAsked.objects.filter(Q(account__staff=staff) | Q(asked_by=staff), answered_at__isnull=True)
    for row in theirs.exclude(pk=ending.pk).select_for_update(of=("self",)):
        row.answered_at, row.given, row.refused_because = at, False, LEFT
        row.save(update_fields=["answered_at", "given", "refused_because"])
        entry.about(row)


def _take_on(entry: Draft, asked: AccountAsked, person: UUID | None, at: datetime) -> Account:
    staff = Staff(
        name=asked.name,
        partner=asked.partner,
        partner_kind=asked.partner_kind,
        staff_number=asked.staff_number,
        other_names=asked.other_names,
        person=person,
    )
    staff.save(force_insert=True)
    part = Membership(staff=staff, role=asked.role, site=asked.site, from_at=at)
    part.save(force_insert=True)
    account = Account(staff=staff, email=asked.email)
    account.set_unusable_password()
    account.save(force_insert=True)
    for row in (staff, part):
        entry.about(row)
    return account


def _person_of(asked: AccountAsked, same_as: str, like: list[Staff]) -> UUID | None:
    """Return which natural person somebody is who works here already: by the agency's own number, or as was said."""
    number = addresses.look_of_number(asked.staff_number)
    theirs = [one for one in like if one.partner == asked.partner and number]
    by_number = [one.natural for one in theirs if addresses.look_of_number(one.staff_number) == number]
    said = [one.natural for one in like if str(one.pk) == same_as]
    if same_as not in ("", ANOTHER) and not said and not asked.account:
        raise CannotEmploy("same_as", "Choose from the answers shown.")
    if said and by_number and said[0] not in by_number:
        raise CannotEmploy("same_as", "The staff number is another person’s. Ask whoever asked for this to look again.")
    return next(iter(said or by_number), None)


def _close_ways_in(entry: Draft, account: Account, at: datetime) -> None:
    """Take the password, the second factors and the agency's own sign-in away, and what the agency vouched for."""
    from allauth.account.models import EmailAddress
    from allauth.mfa.models import Authenticator

    for factor in Authenticator.objects.filter(user=account):
        factor.delete()
    EmailAddress.objects.filter(user=account).delete()
    unbind(entry, account, at)
    account.set_unusable_password()
    account.vouched_at = None
    account.save(update_fields=["password", "vouched_at"])
    entry.more["ways_in"] = "closed"


def end_what_runs(account: Account, at: datetime) -> None:
    """End what would go on without a new sign-in: every session, the calendar's address and the line a day."""
    from allauth.usersessions.models import UserSession
    from django.contrib.auth import SESSION_KEY
    from django.contrib.sessions.models import Session

    said = ((pk, SessionStore(pk).decode(data)) for pk, data in Session.objects.values_list("pk", "session_data"))
    theirs = [pk for pk, session in said if session.get(SESSION_KEY) == str(account.pk)]
    Session.objects.filter(pk__in=theirs).delete()
    UserSession.objects.filter(user=account).delete()
    for running in (CalendarAddress, DigestAsked):
        running.objects.filter(staff=account.staff_id, ended_at__isnull=True).update(ended_at=at)


def _invite(entry: Draft, account: Account, at: datetime, mailroom: Mailroom, link: Callable[[str], str]) -> None:
    secret = secrets.token_urlsafe(32)
    invitation = Invitation(account=account, secret_sha256=queries.hash_of(secret), sent_at=at)
    invitation.save(force_insert=True)
    entry.about(invitation)
    try:
        mailroom.post(Letter(invitation.pk, account.email, TITLE, TEXT.format(link(secret))))
    except CannotPost as fault:
        raise CannotEmploy("given", "The invitation could not be posted. Try again later.") from fault


def accept_invitation(*, actor: Actor, secret: str, password: str, again: str, at: datetime) -> Account:
    """Let whoever holds an invitation set their password, once. `actor` is who was invited, with nothing open.

    Raises NotFound for a link that does not work, CannotEmploy for a password that cannot be used.
    """
    with audit.recorded(actor, "invitation.accepted", at=at, operation=Operation.ADMINISTRATION) as entry:
        invitation = employing.invited(secret, at=at)
        account = Account.objects.select_for_update(of=("self",)).get(pk=invitation.account_id)
        if not Invitation.objects.filter(pk=invitation.pk, used_at__isnull=True).update(used_at=at):
            raise NotFound
        if password != again:
            raise CannotEmploy("again", "The two passwords are not the same.")
        try:
            validate_password(password, user=account)
        except ValidationError as weak:
            raise CannotEmploy("password", " ".join(weak.messages)) from weak
        account.set_password(password)
        account.save(update_fields=["password"])
        entry.about(account)
        return account


def vouch(*, actor: Actor, account: UUID, trained_until: date, beside: employing.Beside, at: datetime) -> Account:
    """Say, as a lead, that an account is in the hands of whose it is, and until when they are trained.

    It opens files and signs once the wait after this is over. `beside` gives the agencies that share a unit with one:
    where no lead of the holder's own agency may vouch, theirs do. Raises NotFound for an account that is not the actor's
    to vouch for, CannotEmploy for one's own, for one that its holder has not taken up, and for who spoke for it before.
    """
    require(actor, Permission.ACCOUNT_CONFIRM, at=at)
    with audit.recorded(actor, "account.vouched", at=at, operation=Operation.ADMINISTRATION) as entry:
        Account.objects.select_for_update(of=("self",)).filter(pk=account).first()
        row = existing(employing.accounts_of(actor.partner, *sorted(beside(actor.partner))).filter(pk=account).first())
        same = "Nobody vouches for themselves. Ask another lead of your agency."
        if why := signatories.why_not_second(row.staff_id, actor, at=at, same=same, asks=False):
            raise CannotEmploy("trained_until", why)
        can = employing.vouchers([row], beside=beside, at=at)[row.pk]
        if not any(one.natural == actor.person for one in can):
            if row.staff.partner != actor.partner:
                raise NotFound
            raise CannotEmploy("trained_until", SPOKEN)
        if employing.state_of(row, at=at) in ("invited", "no_factor", "suspended", "ended"):
            raise CannotEmploy(
                "trained_until", "The account must first be in its holder's hands, with a second factor."
            )
        if trained_until < day_of(at):
            raise CannotEmploy("trained_until", "This day has passed. Give a later one.")
        row.vouched_at = row.vouched_at or at
        row.staff.vouched_at = row.staff.vouched_at or at
        row.staff.trained_until = trained_until
        row.staff.save(update_fields=["vouched_at", "trained_until"])
        row.save(update_fields=["vouched_at"])
        entry.about(row)
        entry.about(row.staff)
        return row
