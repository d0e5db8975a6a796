"""Telling agencies' systems what changed, as far as each could read it: noted, then sent, each kept by itself."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

from fourfold.access import services as access
from fourfold.access import systems, webhooks
from fourfold.access.terms.systems import Change
from fourfold.audit.terms import Actor
from fourfold.cases.queries import referrals
from fourfold.gateways.webhooks import Networks, Notice, tell
from fourfold.journey.rows import Webhook, WebhookNotice
from fourfold.orders.queries.binding import changed_since
from fourfold.programme.works_with import works_with

#: Seconds after which a run sends no more to one system, and to any: the next run goes on, and begins with another.
LONGEST_OF_ONE, LONGEST_RUN = 15.0, 60.0


def systems_told(
    *, actor: Actor, clock: Callable[[], datetime], inside: Networks = (), certificates: Path | None = None
) -> Counter[str]:
    """Note what changed for each system that is to be told, and tell it; return how many were told, and how many were not.

    At least once: killed between the two, a notice is sent again under the same identifier. After one that a system did not
    take, no other is sent to it in this run, so that one that hangs costs a few seconds, and one that is slow fifteen.
    """
    counts: Counter[str] = Counter()
    access.forget_notices(actor=actor, at=clock())
    rows, began = list(webhooks.running()), time.monotonic()
    first = int(clock().timestamp() / LONGEST_RUN) % len(rows) if rows else 0
    for row in rows[first:] + rows[:first]:
        mine = time.monotonic()
        if mine - began > LONGEST_RUN:
            break
        if not works_with(row.system.site, row.system.partner, at=clock()):
            continue  # nor is that told which was noted while there was an agreement
        access.note_changes(actor=actor, webhook=row, found=_changed(row, clock()), at=clock())
        for notice in webhooks.due(row, at=clock()):
            if not webhooks.still_due(notice, at=clock()):
                continue
            secrets = webhooks.secrets_of(row, at=clock())
            told = tell(row.address, _written(notice), secrets=secrets, inside=inside, certificates=certificates)
            access.note_told(actor=actor, notice=notice, told=told, at=clock())
            counts["told" if told.taken else "not_told"] += 1
            if not told.taken or time.monotonic() - mine > LONGEST_OF_ONE:
                break
    return counts


def _changed(row: Webhook, at: datetime) -> Iterator[tuple[Change, UUID, UUID]]:
    """Yield what changed, as far as the system was given for it and could read it today."""
    system = row.system
    acts, since = systems.acts_as(system, at=at), webhooks.since(row, at=at)
    if Change.REPORT.needs in system.capabilities:
        for cause, about in referrals.answered_since(actor=acts, since=since):
            yield Change.REPORT, cause, about
    if Change.ORDER.needs in system.capabilities:
        for cause, about in changed_since(actor=acts, since=since, at=at):
            yield Change.ORDER, cause, about


def _written(notice: WebhookNotice) -> Notice:
    said = {"type": notice.kind, "timestamp": notice.noted_at.isoformat(), "data": {"id": str(notice.about)}}
    return Notice(f"msg_{notice.pk.hex}", json.dumps(said).encode())
