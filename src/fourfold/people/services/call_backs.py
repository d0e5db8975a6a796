"""The numbers of a unit that its messages may say: two people put one on the list, and any one takes it off."""

from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import NotFound, Permission, existing
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.people.models import CallBack
from fourfold.people.queries.call_backs import listed_at, why_not_confirm
from fourfold.people.rules import call_backs as rules
from fourfold.people.terms import UnsafeContact

CONFIRMED = "A colleague has confirmed this number already."


def ask_call_back(*, actor: Actor, site: str, number: str, at: datetime) -> CallBack:
    """Ask that messages of a unit may say a number; somebody else rings it and confirms. Raises UnsafeContact."""
    _require_sender(actor, site, at)
    with audit.recorded(actor, "call_back.asked", at=at, operation=Operation.CONFIGURATION) as entry:
        listed = list(listed_at(site).select_for_update())
        waits = any(row.confirmed_at is None for row in listed)
        if why := rules.why_not_ask(number, (row.number for row in listed), waits=waits):
            raise UnsafeContact("number", why)
        return entry.about(
            CallBack.objects.create(site=site, number=rules.as_listed(number), asked_by=actor.staff, asked_at=at)
        )


def confirm_call_back(*, actor: Actor, site: str, call_back: UUID, at: datetime) -> CallBack:
    """Stand by a number as the second person, who has rung it: messages may say it from now on. Raises UnsafeContact."""
    _require_sender(actor, site, at)
    with audit.recorded(actor, "call_back.confirmed", at=at, operation=Operation.CONFIGURATION) as entry:
        row = _held(site, call_back)
        if why := CONFIRMED if row.confirmed_at else why_not_confirm(row, actor, at=at):
            raise UnsafeContact("number", why)
        entry.relies_on(row)
        row.confirmed_by, row.confirmed_at = actor.staff, at
        row.save(update_fields=["confirmed_by", "confirmed_at"])
        return entry.about(row)


def end_call_back(*, actor: Actor, site: str, call_back: UUID, at: datetime) -> CallBack:
    """Take a number off the list, at once: what waits in the outbox and says it stays there."""
    _require_sender(actor, site, at)
    with audit.recorded(actor, "call_back.ended", at=at, operation=Operation.CONFIGURATION) as entry:
        row = _held(site, call_back)
        row.ended_by, row.ended_at = actor.staff, at
        row.save(update_fields=["ended_by", "ended_at"])
        return entry.about(row)


def _require_sender(actor: Actor, site: str, at: datetime) -> None:
    """Let pass who may write to victims in this unit; to anybody else there is no such list."""
    access.require(actor, Permission.MESSAGE_SEND, at=at)
    if not access_queries.may(actor, Permission.MESSAGE_SEND, site=site):
        audit.refused(actor, "call_back", at=at, rule="site")
        raise NotFound


def _held(site: str, call_back: UUID) -> CallBack:
    return existing(listed_at(site).select_for_update().filter(pk=call_back).first())
