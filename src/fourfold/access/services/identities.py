"""Sign-in elsewhere: whom it is known by here, and to whose account it was bound by two people. It makes no account."""

import secrets
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError

from fourfold.access.models import Account, AccountAsked, Identity, IdentityBound
from fourfold.access.services.requiring import require_asker
from fourfold.access.services.ways_in import NOBODY
from fourfold.access.terms import existing
from fourfold.access.terms.accounts import AccountStep, CannotEmploy
from fourfold.audit import services as audit
from fourfold.audit.draft import Draft
from fourfold.audit.terms import Actor, Operation

#: Letters and digits that nobody mistakes for each other when they are told aloud.
LETTERS = "234679CDFGHJKMNPQRTVWXYZ"


def account_or_code(*, actor: Actor | None, issuer: str, subject: str, at: datetime) -> tuple[Account | None, str]:
    """Return whose account an identity signs in, None where it is bound to none, and the code by which it is asked for.

    An identity that was never seen is kept, with a code: nobody is let in by it, and no account is made or found by an address.
    """
    row = Identity.objects.filter(issuer=issuer, subject=subject).first() or _seen(actor or NOBODY, issuer, subject, at)
    bound = IdentityBound.objects.filter(identity=row, ended_at__isnull=True).select_related("account__staff").first()
    return (bound.account if bound else None), row.code


def _seen(actor: Actor, issuer: str, subject: str, at: datetime) -> Identity:
    letters = "".join(secrets.choice(LETTERS) for _ in range(8))
    try:
        with audit.recorded(actor, "identity.seen", at=at, operation=Operation.ADMINISTRATION) as entry:
            row = Identity(issuer=issuer, subject=subject, code=f"{letters[:4]}-{letters[4:]}", seen_at=at)
            row.save(force_insert=True)
            return entry.about(row)
    except IntegrityError:  # it was seen twice at once
        return Identity.objects.get(issuer=issuer, subject=subject)


def ask_identity(*, actor: Actor, account: UUID, code: str, reason: str, at: datetime) -> AccountAsked:
    """Ask that an identity signs an account in: as its holder, who is signed in, or as who keeps accounts or leads the agency.

    Raises CannotEmploy for a code that nobody was given, or whose identity signs somebody in already; NotFound.
    """
    row = existing(Account.objects.filter(pk=account, staff__robot=False).first())
    if actor.account != row.pk:
        require_asker(actor, row.staff.partner, at)
    found = Identity.objects.filter(code=code.strip().upper().replace(" ", "")).first()
    if found is None:
        raise CannotEmploy("code", "We have not shown this code to anybody. Check it: it has eight letters and digits.")
    if why := why_not_bind(found):
        raise CannotEmploy("code", why)
    if not reason.strip():
        raise CannotEmploy("reason", "Say why: whoever confirms it reads this.")
    try:
        with audit.recorded(actor, "account.bind_asked", at=at, operation=Operation.ADMINISTRATION) as entry:
            asked = AccountAsked(
                step=AccountStep.BIND,
                partner=row.staff.partner,
                partner_kind=row.staff.partner_kind,
                account=row,
                identity=found,
                name=row.staff.name,
                email=row.email,
                reason=reason.strip(),
                asked_by_id=actor.staff,
                asked_at=at,
            )
            asked.save(force_insert=True)
            return entry.about(asked)
    except IntegrityError as running:
        raise CannotEmploy("code", "This has been asked already, and waits for the agency’s lead.") from running


def why_not_bind(identity: Identity | None) -> str | None:
    """Return why an identity cannot be bound to an account now, or None."""
    if identity is None or IdentityBound.objects.filter(identity=identity, ended_at__isnull=True).exists():
        return "This sign-in belongs to an account already. Its holder has it end there first, by a new way in."
    return None


def bind(entry: Draft, asked: AccountAsked, account: Account, at: datetime) -> None:
    """Let an identity sign an account in, as was asked and confirmed.

    Where others than its holder asked, the account is to be vouched for anew: they have given somebody a way in.
    """
    bound = IdentityBound(identity=asked.identity, account=account, from_at=at)
    bound.save(force_insert=True)
    entry.about(bound)
    if not asked_by_holder(asked, account) and account.vouched_at is not None:
        account.vouched_at = None
        account.save(update_fields=["vouched_at"])


def asked_by_holder(asked: AccountAsked, account: Account) -> bool:
    """Return whether the holder of an account asked for it: nobody has then given somebody else a way in."""
    return asked.asked_by_id == account.staff_id


def unbind(entry: Draft, account: Account, at: datetime) -> None:
    """Let no identity sign an account in any longer."""
    for row in IdentityBound.objects.filter(account=account, ended_at__isnull=True).select_for_update():
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        entry.about(row)
