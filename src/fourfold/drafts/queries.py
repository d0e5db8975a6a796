"""One's own drafts; there is no way to ask for somebody else's."""

import json
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from fourfold.access.statements import Call, for_nobody
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.drafts.models import Draft
from fourfold.drafts.terms import LASTS, MOST, Begun, BegunPage
from fourfold.gateways.keyring import CannotOpen


def draft_of(*, actor: Actor, page: str, at: datetime) -> Begun | None:
    """Return what the actor began to write on a page and has not sent, or None. One statement.

    What was sealed with a key that this installation no longer has is None too.
    """
    row = Draft.objects.filter(staff=actor.staff, page=page, kept_at__gt=at - LASTS).first()
    if row is None:
        return None
    try:
        typed = json.loads(audit.keyring().open(row.sealed, place=place_of(row)))
    except CannotOpen:
        return None
    return Begun(page, {name: tuple(values) for name, values in typed.items()}, row.kept_at)


def begun(*, actor: Actor, at: datetime) -> tuple[BegunPage, ...]:
    """Return the pages on which the actor began to write, the latest first. One statement."""
    return tuple(BegunPage(*row) for row in ahead(actor, at).rows())


def ahead(actor: Actor, at: datetime) -> Call:
    """Return what `begun` asks, to be run ahead."""
    return _begun.call(staff=actor.staff, since=at - LASTS)


@for_nobody
def _begun(*, staff: Any, since: Any) -> QuerySet[Draft, Any]:
    rows = Draft.objects.filter(staff=staff, kept_at__gt=since).order_by("-kept_at", "page")
    return rows.values_list("page", "kept_at")[:MOST]


def place_of(draft: Draft) -> str:
    """Return the one place for which a draft is sealed: moved to another row, it does not open."""
    return f"drafts.sealed/{draft.staff_id}/{draft.page}"
