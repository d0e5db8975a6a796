"""What happens at the door: signing in, failing to, and changing a password or a factor; never a secret with it."""

from datetime import datetime
from uuid import UUID

from fourfold.access import queries
from fourfold.access.models import Account
from fourfold.audit import services as audit
from fourfold.audit.terms import About, Actor, Operation

#: In what is kept of a passkey: how often it said that it was used, and since when it is closed as a copy.
COUNTED, CLOSED = "counted", "closed"

#: Who tries the door with an address that nobody has; the address itself is not kept: it may be a password.
NOBODY = Actor(staff=UUID(int=0), name="Nobody", partner="", partner_kind="")


def note_way_in(*, actor: Actor, what: str, at: datetime, kind: str = "") -> None:
    """Put on record that somebody signed in or out, or changed a password or a factor of this kind."""
    with audit.recorded(actor, what, at=at, operation=Operation.ADMINISTRATION) as entry:
        if actor.account is not None:
            entry.subject = About("access.account", actor.account)
        if kind:
            entry.more["kind"] = kind


def take_back_vouching(*, actor: Actor, account: Account, at: datetime) -> None:
    """Take back what the agency vouched for, as the last second factor is gone: whoever enrols one now may be anybody."""
    with audit.recorded(actor, "account.unvouched", at=at, operation=Operation.ADMINISTRATION) as entry:
        account.vouched_at = None
        account.save(update_fields=["vouched_at"])
        entry.about(account)


def factor_added(*, actor: Actor, account: Account, first: bool, with_first: bool, at: datetime) -> None:
    """Take back what the agency vouched for, as a second factor was added; the first ends every session begun without it.

    The host's word for the first people stands for the first one and the codes that come with it (`with_first`): nobody
    is there yet to give another. What is added later closes the account, whatever was used or taken away before.
    Raises PermissionDenied where the ways in were closed since the account was read: the factor is then none.
    """
    with audit.recorded(actor, "account.factor_added", at=at, operation=Operation.ADMINISTRATION) as entry:
        account.require_as_read()
        account.epoch += 1 if first else 0
        if not (with_first and queries.stands_by_host(account)):
            account.vouched_at = None
        account.save(update_fields=["epoch", "vouched_at"])
        entry.subject = About("access.account", account.pk)


def count_passkey(*, actor: Actor, account: Account, passkey: int, counter: int, at: datetime) -> bool:
    """Keep how often a passkey says that it was used, and return whether it may be used.

    One that counts back was copied: it is closed for good, every session ends, and the lead has to vouch anew.
    """
    from allauth.mfa.models import Authenticator

    with audit.recorded(actor, "second_factor.counted", at=at, operation=Operation.ADMINISTRATION) as entry:
        row = Authenticator.objects.select_for_update().get(pk=passkey)
        last = row.data.get(COUNTED, row.wrap().authenticator_data.counter)
        copied = bool(counter or last) and counter <= last
        row.data |= {CLOSED: at.isoformat()} if copied else {COUNTED: counter}
        row.save(update_fields=["data"])
        if copied:
            entry.action = "second_factor.closed"
            account.epoch, account.vouched_at = account.epoch + 1, None
            account.save(update_fields=["epoch", "vouched_at"])
        entry.subject = About("access.account", account.pk)
    if copied:
        note_failed(actor=actor, at=at, rule="copied passkey")
    return not copied


def note_failed(*, actor: Actor | None, at: datetime, rule: str) -> None:
    """Put on record that somebody could not sign in, and by what: a password, a factor, or an unknown address."""
    audit.refused(actor or NOBODY, "sign_in.failed", at=at, rule=rule)
