"""One row for a service to write to."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fourfold.access.terms import NotFound
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.support.models import Update


def _case(actor: Actor, reference: str, at: datetime) -> Case:
    rows = Case.objects.visible_to(actor, at=at).select_related("victim", "subject")
    found = rows.filter(reference=reference).first()
    if found is None:
        raise NotFound
    return found


def case_row(*, actor: Actor, reference: str, at: datetime) -> Case:
    """Return the case that a page is about to write to, or raise NotFound."""
    return _case(actor, reference, at)


def update_row(*, actor: Actor, update: UUID, at: datetime) -> Update:
    """Return the update that a page says was told, or raise NotFound."""
    found = Update.objects.visible_to(actor, at=at).select_related("case").filter(pk=update).first()
    if found is None:
        raise NotFound
    return found
