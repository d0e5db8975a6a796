"""What happens at the door: signing in, failing to, and changing a password or a factor; never a secret with it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fourfold.access.models import Account
from fourfold.audit import services as audit
from fourfold.audit.terms import About, Actor, Operation

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


def note_failed(*, actor: Actor | None, at: datetime, rule: str) -> None:
    """Put on record that somebody could not sign in, and by what: a password, a factor, or an unknown address."""
    audit.refused(actor or NOBODY, "sign_in.failed", at=at, rule=rule)
