"""Choices of cases that somebody looks at often, kept under a name of their own."""

from datetime import datetime
from uuid import UUID

from fourfold.access import services as access
from fourfold.access.terms import Permission, existing
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import SavedFilter
from fourfold.cases.terms import CannotStep, Level, State
from fourfold.words import sentence

MOST = 20


def save_filter(
    *, actor: Actor, name: str, at: datetime, state: State | None = None, level: Level | None = None, mine: bool = False
) -> SavedFilter:
    """Keep a choice of cases under a name; the same name again replaces it. Raises CannotStep naming the field."""
    access.require(actor, Permission.CASE_VIEW, at=at)
    name = " ".join(name.split())
    if not name or len(name) > 60:
        raise CannotStep("name", "Give the filter a name of at most 60 characters.")
    with audit.recorded(actor, "filter.saved", at=at, operation=Operation.ADMINISTRATION) as entry:
        kept = SavedFilter.objects.filter(staff=actor.staff, removed_at__isnull=True)
        kept.filter(name__iexact=name).update(removed_at=at)
        if kept.count() >= MOST:
            raise CannotStep("name", sentence("You have {1} filters. Remove one first.", MOST))
        made = SavedFilter(staff=actor.staff, name=name, state=state or "", level=level or "", mine=mine, saved_at=at)
        made.save(force_insert=True)
        return entry.about(made)


def remove_filter(*, actor: Actor, saved: UUID, at: datetime) -> None:
    """Remove one of the actor's own filters, or raise NotFound."""
    access.require(actor, Permission.CASE_VIEW, at=at)
    with audit.recorded(actor, "filter.removed", at=at, operation=Operation.ADMINISTRATION) as entry:
        row = existing(SavedFilter.objects.filter(pk=saved, staff=actor.staff, removed_at__isnull=True).first())
        row.removed_at = at
        row.save(update_fields=["removed_at"])
        entry.about(row)
