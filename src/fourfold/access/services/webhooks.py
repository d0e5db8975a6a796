"""Where agencies' systems are told of changes: asked for by one, confirmed by another of the agency, ended by either alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError

from fourfold.access import systems, webhooks
from fourfold.access.models import Webhook, WebhookNotice
from fourfold.access.services.requiring import require, require_asker
from fourfold.access.services.systems import why_not_confirm
from fourfold.access.terms import NotFound, Permission
from fourfold.access.terms.systems import CannotJoin, Change, WebhookDraft
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.gateways.webhooks import Networks, Told, why_not_address

TAKEN = "This system is told at an address already, or one was asked for. End that one first."


def ask_webhook(*, actor: Actor, system: UUID, draft: WebhookDraft, at: datetime, inside: Networks = ()) -> Webhook:
    """Ask that a system is told of changes at an address, as who keeps accounts or leads the agency. Raises CannotJoin, NotFound."""
    found = systems.system(system, actor=actor)
    require_asker(actor, found.partner, at)
    if not found.runs:
        raise CannotJoin("address", systems.NOT_IN_USE)
    if why := why_not_address(draft.address.strip(), inside=inside):
        raise CannotJoin("address", why)
    try:
        with audit.recorded(actor, "webhook.asked", at=at, operation=Operation.ADMINISTRATION) as entry:
            row = Webhook(system_id=found.id, address=draft.address.strip(), reason=draft.reason.strip())
            row.asked_by_id, row.asked_at = actor.staff, at
            row.save(force_insert=True)
            return entry.about(row)
    except IntegrityError as there:
        raise CannotJoin("address", TAKEN) from there


def answer_webhook(*, actor: Actor, webhook: UUID, given: bool, because: str = "", at: datetime) -> Webhook:
    """Confirm, as the lead of the agency, an address that somebody else asked for, or say why not. Raises NotFound, CannotJoin."""
    require(actor, Permission.ACCOUNT_CONFIRM, at=at)
    with audit.recorded(actor, "webhook.answered", at=at, operation=Operation.ADMINISTRATION) as entry:
        row = _held(webhook, actor)
        if row.partner != actor.partner:
            raise NotFound
        if row.answered_at is not None or row.ended_at is not None:
            raise CannotJoin("given", "Somebody has answered this already.")
        if not given and not because.strip():
            raise CannotJoin("because", "Say why not. Whoever asked will read it.")
        if why := why_not_confirm(row, actor, at, asks=given):
            raise CannotJoin("given", why)
        row.answered_by_id, row.answered_at = actor.staff, at
        if not given:
            row.refused_because, row.ended_at, row.ended_by_id = because.strip(), at, actor.staff
        row.save()
        return entry.about(row)


def make_webhook_secret(*, actor: Actor, webhook: UUID, at: datetime) -> str:
    """Return a new secret by which the system knows what we send, this once; the one before counts for a day more.

    To somebody of the agency alone, who did not confirm the address. Raises NotFound, CannotJoin.
    """
    with audit.recorded(actor, "webhook.secret_made", at=at, operation=Operation.ADMINISTRATION) as entry:
        row = _held(webhook, actor)
        if why := systems.why_no_secret(row, actor, at=at):
            raise CannotJoin("secret", why)
        row.turn, row.turned_at = row.turn + 1, at
        row.save(update_fields=["turn", "turned_at"])
        entry.about(row)
    return webhooks.secret(row, row.turn)


def end_webhook(*, actor: Actor, webhook: UUID, at: datetime) -> Webhook:
    """Send nothing more to an address, alone, as who keeps accounts or leads the agency; ended twice is once. Raises NotFound."""
    with audit.recorded(actor, "webhook.ended", at=at, operation=Operation.ADMINISTRATION) as entry:
        row = _held(webhook, actor)
        require_asker(actor, row.partner, at)
        if row.ended_at is None:
            _end(row, actor, at)
        return entry.about(row)


def send_again(*, actor: Actor, webhook: UUID, at: datetime) -> int:
    """Let every notice of an address that was given up be tried anew; return how many they were. Raises NotFound, CannotJoin."""
    with audit.recorded(actor, "webhook.again", at=at, operation=Operation.ADMINISTRATION) as entry:
        row = _held(webhook, actor)
        require_asker(actor, row.partner, at)
        if not row.runs:
            raise CannotJoin("again", "Nothing is sent to this address any more.")
        lost = list(WebhookNotice.objects.filter(webhook=row, given_up_at__isnull=False).select_for_update())
        for each in lost:
            each.given_up_at, each.next_at, each.tries = None, at, 0
            each.save(update_fields=["given_up_at", "next_at", "tries"])
        entry.more["notices"] = len(lost)
        entry.about(row)
    return len(lost)


def note_changes(*, actor: Actor, webhook: Webhook, found: Iterable[tuple[Change, UUID, UUID]], at: datetime) -> int:
    """Keep what an address is to be told and was not noted yet, as kind, the row that says so, and about what."""
    require(actor, Permission.ACCOUNT_MANAGE, at=at)
    rows = tuple(found)
    known = set(
        WebhookNotice.objects.filter(webhook=webhook, cause__in=[each[1] for each in rows]).values_list(
            "cause", flat=True
        )
    )
    new = [each for each in rows if each[1] not in known]
    if not new:
        return 0
    with audit.recorded(actor, "webhook.noted", at=at, operation=Operation.DISCLOSURE) as entry:
        entry.about(webhook)
        has_ended = Webhook.objects.select_for_update().get(pk=webhook.pk).ended_at is not None
        waits = {"given_up_at": at} if has_ended else {"next_at": at}
        for kind, cause, about in new:
            notice = WebhookNotice(webhook=webhook, kind=kind, cause=cause, about=about, noted_at=at, **waits)
            notice.save(force_insert=True)
    return len(new)


def note_told(*, actor: Actor, notice: WebhookNotice, told: Told, at: datetime) -> None:
    """Keep what came of trying a notice: taken, to be tried again later, or given up; a receiver that is gone ends the address."""
    require(actor, Permission.ACCOUNT_MANAGE, at=at)
    with audit.recorded(actor, "webhook.told", at=at, operation=Operation.DISCLOSURE) as entry:
        row = WebhookNotice.objects.select_for_update(of=("self",)).select_related("webhook").get(pk=notice.pk)
        row.tries, row.said, row.next_at = row.tries + 1, told.why, None
        if told.taken:
            row.taken_at, row.given_up_at = at, None
        elif told.gone or row.webhook.ended_at or row.tries > len(webhooks.WAITS):
            row.given_up_at = at
        else:
            row.next_at = at + webhooks.WAITS[row.tries - 1]
        row.save()
        entry.about(row)
        if told.gone and row.webhook.ended_at is None:
            row.webhook.ended_because = told.why
            _end(row.webhook, actor, at)


def _end(row: Webhook, actor: Actor, at: datetime) -> None:
    row.ended_at, row.ended_by_id = at, actor.staff
    row.save(update_fields=["ended_at", "ended_by", "ended_because"])
    for each in WebhookNotice.objects.filter(webhook=row, next_at__isnull=False).select_for_update():
        each.next_at, each.given_up_at = None, at
        each.save(update_fields=["next_at", "given_up_at"])


def _held(webhook: UUID, actor: Actor) -> Webhook:
    webhooks.held(webhook, actor=actor)
    rows = Webhook.objects.select_for_update(of=("self",)).select_related("system", "asked_by")
    return rows.get(pk=webhook)
