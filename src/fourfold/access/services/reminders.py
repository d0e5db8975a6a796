"""What reaches somebody outside the pages: a calendar address, and a line a day by e-mail."""

import secrets
from collections.abc import Callable
from datetime import datetime

from fourfold.access import digests, queries
from fourfold.access.models import CalendarAddress, DigestAsked, DigestSent
from fourfold.access.services.requiring import LONDON, require
from fourfold.access.terms import Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.gateways.mailroom import CannotPost, Letter, Mailroom


def make_calendar_address(*, actor: Actor, at: datetime) -> str:
    """Make a new secret for the actor's own calendar and return it, this once; an address made before ends."""
    secret = secrets.token_urlsafe(32)
    with audit.recorded(actor, "calendar.address_made", at=at, operation=Operation.ADMINISTRATION) as entry:
        _end_calendar(actor, at)
        made = CalendarAddress(staff_id=actor.staff, secret_sha256=queries.hash_of(secret), made_at=at)
        made.save(force_insert=True)
        entry.about(made)
    return secret


def end_calendar_address(*, actor: Actor, at: datetime) -> None:
    """End the address of the actor's own calendar; from the next fetch on nothing is there."""
    with audit.recorded(actor, "calendar.address_ended", at=at, operation=Operation.ADMINISTRATION):
        _end_calendar(actor, at)


def _end_calendar(actor: Actor, at: datetime) -> None:
    CalendarAddress.objects.filter(staff=actor.staff, ended_at__isnull=True).update(ended_at=at)


def ask_digest(*, actor: Actor, at: datetime) -> None:
    """Let a line a day be sent to the actor, which says how many things are due and nothing else; twice is once."""
    with audit.recorded(actor, "digest.asked", at=at, operation=Operation.ADMINISTRATION) as entry:
        if queries.digest_since(actor) is None:
            entry.about(DigestAsked.objects.create(staff_id=actor.staff, asked_at=at))


def end_digest(*, actor: Actor, at: datetime) -> None:
    """Let no line a day be sent to the actor any longer."""
    with audit.recorded(actor, "digest.ended", at=at, operation=Operation.ADMINISTRATION):
        DigestAsked.objects.filter(staff=actor.staff, ended_at__isnull=True).update(ended_at=at)


def send_digests(
    *, actor: Actor, at: datetime, due: Callable[[Actor, datetime], tuple[int, int]], mailroom: Mailroom
) -> tuple[int, int]:
    """Send each who has asked their line for today, once; return how many left and how many could not.

    `due` says for somebody how many things are due today and how many are overdue; to whom nothing is due nothing is
    sent. The line and the note that it was sent are kept together: what the mail room cannot take is tried again.
    """
    require(actor, Permission.MESSAGE_DISPATCH, at=at)
    sent = failed = 0
    for reader, address in queries.digests_to_send(at.astimezone(LONDON).date(), at=at):
        today, late = due(reader, at)
        if not today and not late:
            continue
        try:
            _send_digest(actor, reader, address, digests.text(today, late), at, mailroom)
            sent += 1
        except CannotPost:
            failed += 1
    return sent, failed


def _send_digest(actor: Actor, reader: Actor, address: str, text: str, at: datetime, mailroom: Mailroom) -> None:
    with audit.recorded(actor, "digest.sent", at=at, operation=Operation.ADMINISTRATION) as entry:
        on = at.astimezone(LONDON).date()
        row = entry.about(DigestSent.objects.create(staff_id=reader.staff, on=on, sent_at=at))
        mailroom.post(Letter(row.pk, address, digests.TITLE, text))
