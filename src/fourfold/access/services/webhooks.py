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
from fourfold.audit.draft import Draft
from fourfold.audit.terms import Actor, Operation
from fourfold.gateways.webhooks import Networks, Told, why_not_address

TAKEN = "This system is told at an address already, or one was asked for. End that one first."
FORGOTTEN_AT_ONCE = 500
MANY = "Five secrets sign what we send already. Say first that the system has the last one, or wait until the others have ended."


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
    """Return a new secret by which the system knows what we send, this once; those that count go on for a day from now.

    To somebody of the agency alone, who did not confirm the address. Raises NotFound, CannotJoin.
    """
    with audit.recorded(actor, "webhook.secret_made", at=at, operation=Operation.ADMINISTRATION) as entry:
        row = _held(webhook, actor)
        if why := systems.why_no_secret(row, actor, at=at):
            raise CannotJoin("secret", why)
        first = webhooks.first_turn(row, at=at)
        if row.turn - first + 2 > webhooks.MOST_SECRETS:
            raise CannotJoin("secret", MANY)
        row.turn, row.turned_at, row.signs_from = row.turn + 1, at, first
        row.save(update_fields=["turn", "turned_at", "signs_from"])
        entry.about(row)
    return webhooks.secret(row, row.turn)


def end_old_secrets(*, actor: Actor, webhook: UUID, at: datetime) -> None:
    """Sign by the last secret alone from now on: the system has it, or somebody else has one of those before. Raises NotFound, CannotJoin."""
    with audit.recorded(actor, "webhook.old_secrets_ended", at=at, operation=Operation.ADMINISTRATION) as entry:
        row = _held(webhook, actor)
        require_asker(actor, row.partner, at)
        if not row.runs:
            raise CannotJoin("old", systems.NOT_IN_USE)
        row.signs_from = row.turn
        row.save(update_fields=["signs_from"])
        entry.about(row)


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
        return _given_up_no_more(row, entry, at)


def let_go(*, actor: Actor, webhook: UUID, at: datetime) -> int:
    """Let every notice of an address that was given up be: it is sent no more; return how many they were. Raises NotFound."""
    with audit.recorded(actor, "webhook.let_go", at=at, operation=Operation.ADMINISTRATION) as entry:
        row = _held(webhook, actor)
        require_asker(actor, row.partner, at)
        return _given_up_no_more(row, entry, None)


def _given_up_no_more(row: Webhook, entry: Draft, next_at: datetime | None) -> int:
    lost = WebhookNotice.objects.filter(webhook=row, given_up_at__isnull=False)
    entry.more["notices"] = many = lost.update(given_up_at=None, next_at=next_at, tries=0)
    entry.about(row)
    return many


def forget_notices(*, actor: Actor, at: datetime) -> int:
    """Delete what was noted so long ago that its change is not looked at any more, told or not; return how many that were."""
    require(actor, Permission.ACCOUNT_MANAGE, at=at)
    old = WebhookNotice.objects.filter(noted_at__lt=at - webhooks.KEPT).order_by("noted_at")[:FORGOTTEN_AT_ONCE]
    if not (keys := list(old.values_list("pk", flat=True))):
        return 0
    with audit.recorded(actor, "webhook.forgotten", at=at, operation=Operation.ADMINISTRATION) as entry:
        rows = WebhookNotice.objects.filter(pk__in=keys)
        entry.more["notices"], entry.more["not_taken"] = len(keys), rows.filter(taken_at__isnull=True).count()
        rows.delete()
    return len(keys)


def note_changes(*, actor: Actor, webhook: Webhook, found: Iterable[tuple[Change, UUID, UUID]], at: datetime) -> int:
    """Keep what an address is to be told and was not noted yet, as kind, the row that says so, and about what."""
    require(actor, Permission.ACCOUNT_MANAGE, at=at)
    rows = tuple(found)
    known = set(WebhookNotice.objects.filter(webhook=webhook).values_list("cause", flat=True))
    new = [each for each in rows if each[1] not in known]
    if not new:
        return 0
    with audit.recorded(actor, "webhook.noted", at=at, operation=Operation.DISCLOSURE) as entry:
        row = Webhook.objects.select_for_update().get(pk=webhook.pk)
        entry.about(row)  # as it stands now: somebody may have made a secret since it was read
        waits = {"next_at": at} if row.ended_at is None else {"given_up_at": at}
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
