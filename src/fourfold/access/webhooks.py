"""Where agencies' systems are told of changes: what was asked for, what stands, and what waits or was given up.

At least once: what a system took and could not say so is told again, under the same identifier. In no order.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from fourfold.access import employing, systems
from fourfold.access.models import Webhook, WebhookNotice
from fourfold.access.seconds import Seconds
from fourfold.access.signatories import records_of
from fourfold.access.terms import NotFound
from fourfold.access.terms.systems import Change, Notice, WebhookShown
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor

_WITH = ("asked_by", "answered_by", "ended_by", "system__asked_by", "system__answered_by", "system__ended_by")
#: How long after each try that failed the next one comes; after the last, somebody has to send it again.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (5, 30, 120, 300, 600, 840, 1_200))
#: How long after the last secret what is sent carries the signatures of those before too, and of how many in all at most.
TURNS_IN, MOST_SECRETS = timedelta(hours=24), 5
#: Notices of one system in one run.
MOST_IN_A_RUN = 100
#: How long after a change it is told, if it was closed to the system before; and how long a notice is kept, so that none is told twice.
LOOKS_BACK, KEPT = timedelta(days=90), timedelta(days=91)
#: Notices of a kind that a page shows; the rest are counted.
SHOWN = 50


def webhooks_of(system: UUID, *, actor: Actor) -> tuple[WebhookShown, ...]:
    """Return where a system is or was told, the last asked for first, for who keeps accounts or leads the agency, or raise NotFound."""
    systems.system(system, actor=actor)
    rows = Webhook.objects.filter(system=system).select_related(*_WITH).order_by("-asked_at", "pk")
    return tuple(_shown(row, actor) for row in rows)


def webhook(identifier: UUID, *, actor: Actor, at: datetime) -> WebhookShown:
    """Return one of them with its notices, or raise NotFound."""
    row = held(identifier, actor=actor)
    notices = WebhookNotice.objects.filter(webhook=row)
    kinds = {
        "taken": Q(taken_at__isnull=False),
        "waits": Q(next_at__isnull=False),
        "lost": Q(given_up_at__isnull=False),
        "let_go": Q(taken_at__isnull=True, next_at__isnull=True, given_up_at__isnull=True),
    }
    counts = notices.aggregate(**{name: Count("pk", filter=which) for name, which in kinds.items()})
    waiting = notices.filter(kinds["waits"]).order_by("next_at", "pk")[:SHOWN]
    lost = notices.filter(kinds["lost"]).order_by("given_up_at", "pk")[:SHOWN]
    until = row.turned_at + TURNS_IN if row.turned_at and len(secrets_of(row, at=at)) > 1 else None
    return replace(_shown(row, actor, tuple(counts.values()), waiting, lost), old_until=until)


def held(identifier: UUID, *, actor: Actor) -> Webhook:
    """Return the row of one, for who keeps accounts or leads the agency, or raise NotFound."""
    row = Webhook.objects.select_related(*_WITH).filter(pk=identifier).first()
    if row is None:
        raise NotFound
    employing.require_sight(actor, row.partner)
    return row


def who_makes_secret(identifier: UUID, *, actor: Actor, at: datetime) -> Seconds | None:
    """Return who could make its secret today; None where the actor could, or it is not in use. Or raise NotFound."""
    row = held(identifier, actor=actor)
    if systems.why_no_secret(row, actor, at=at) in (None, systems.NOT_IN_USE):
        return None
    return systems.makers(row.partner, row.answered_by_id, actor=actor, at=at)


def to_confirm(*, actor: Actor) -> Iterable[WebhookShown]:
    """Return what waits for the actor, who leads the agency and did not ask for it; one statement."""
    rows = Webhook.objects.filter(system__partner=actor.partner, answered_at__isnull=True, ended_at__isnull=True)
    rows = rows.filter(system__ended_at__isnull=True).exclude(asked_by__in=records_of(actor))
    rows = rows.select_related(*_WITH).order_by("asked_at", "pk")
    return [_shown(row, actor) for row in rows] if employing.leads(actor, actor.partner) else []


def given_up(*, actor: Actor) -> Iterable[tuple[UUID, str, int, datetime]]:
    """Return of which systems of the actor's agency notices were given up: where, its name, how many, and the first when; one statement."""
    if not employing.leads(actor, actor.partner):
        return []
    rows = running().filter(system__partner=actor.partner)
    rows = rows.filter(notices__given_up_at__isnull=False)
    rows = rows.annotate(many=Count("notices"), first_at=Min("notices__given_up_at"))
    return [(row.pk, row.system.name, row.many, row.first_at) for row in rows]


def _shown(
    row: Webhook,
    actor: Actor,
    counts: tuple[int, ...] = (0, 0, 0, 0),
    waiting: Iterable[WebhookNotice] = (),
    lost: Iterable[WebhookNotice] = (),
) -> WebhookShown:
    return WebhookShown(
        row.pk,
        systems.shown(row.system, actor),
        *(row.address, row.reason, row.asked_by.name, row.asked_at, row.asked_by.natural == actor.person),
        *(row.answered_by.name if row.answered_by else "", row.answered_at, row.refused_because, row.turned_at),
        *(row.ended_at, row.ended_by.name if row.ended_by else "", row.ended_because, row.runs),
        counts=counts,
        waiting=tuple(map(_notice, waiting)),
        given_up=tuple(map(_notice, lost)),
    )


def _notice(row: WebhookNotice) -> Notice:
    return Notice(
        *(row.pk, Change(row.kind), row.about, row.noted_at, row.tries, row.next_at, row.said, row.given_up_at)
    )


# ---- sending


def running() -> QuerySet[Webhook]:
    """Return the addresses that may be told: confirmed, with a secret, of a system that stands."""
    rows = Webhook.objects.filter(answered_at__isnull=False, ended_at__isnull=True, turn__gt=0)
    return rows.filter(system__ended_at__isnull=True).select_related("system__staff", *_WITH).order_by("asked_at", "pk")


def since(row: Webhook, *, at: datetime) -> datetime:
    """Return since when what changed is looked at: what was closed to the system, and is not any more, is told then."""
    return max(row.answered_at or row.asked_at, at - LOOKS_BACK)


def due(row: Webhook, *, at: datetime) -> list[WebhookNotice]:
    """Return the notices that are to be tried now, the one that waits longest first."""
    return list(WebhookNotice.objects.filter(webhook=row, next_at__lte=at).order_by("next_at", "pk")[:MOST_IN_A_RUN])


def still_due(row: WebhookNotice, *, at: datetime) -> bool:
    """Return whether a notice that was due may still be sent: nobody has ended its address or its system since."""
    return WebhookNotice.objects.filter(
        pk=row.pk, next_at__lte=at, webhook__in=running().order_by().values("pk")
    ).exists()


def secrets_of(row: Webhook, *, at: datetime) -> tuple[str, ...]:
    """Return the secrets that count, the last first: for a day those before too, until somebody says that the last is there."""
    made = audit.keyring().epoch_at(row.turned_at or at)
    before = range(row.turn - 1, first_turn(row, at=at) - 1, -1)  # of which nobody noted when they were made
    return (secret(row, row.turn), *(_secret(row, turn, epoch) for turn in before for epoch in range(made, 0, -1)))


def first_turn(row: Webhook, *, at: datetime) -> int:
    """Return which secret is the first that counts."""
    before = row.turned_at is not None and at < row.turned_at + TURNS_IN
    return max(1, (row.signs_from or row.turn - 1) if before else row.turn)


def secret(row: Webhook, turn: int) -> str:
    """Return a secret as Standard Webhooks writes it; it follows from the keyring, and is kept nowhere."""
    return _secret(row, turn, audit.keyring().epoch_at(row.turned_at) if row.turned_at else None)


def _secret(row: Webhook, turn: int, epoch: int | None) -> str:
    return "whsec_" + base64.b64encode(bytes.fromhex(systems.mark("webhook", row.pk, turn, epoch=epoch))).decode()
