"""When a victim was last reached safely, as far as the reader may know: in the case that is read, and in those of the same
person of which they read the days or the contacts, on whichever record.

What happens in a case that is shut to the reader changes nothing that they are told, so nobody is said to be silent but in
the cases that were asked.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery

from fourfold.access.scoping import opens
from fourfold.access.terms import Compartment
from fourfold.audit.terms import Actor
from fourfold.people.queries.same_person import RecordsOf
from fourfold.support.models import Contact
from fourfold.support.terms import ContactOutcome

_INSIDE = "for the days of a case that the caller scoped or opened; of nothing else is anything shown"


def with_last_safe(
    cases: QuerySet[Any], actor: Actor, at: datetime, *, among: QuerySet[Any] | None = None
) -> QuerySet[Any]:
    """Add to cases when their victim was `last_safe_at` reached, within the same statement.

    `among`: cases of which the reader is told the days besides those that are open to them.
    """
    told = _open_to(actor, at) if among is None else _open_to(actor, at) | Q(case__in=among.order_by().values("pk"))
    own = _reached().filter(Q(case=OuterRef("pk")) | told, case__victim__in=RecordsOf(OuterRef("victim")))
    return cases.annotate(last_safe_at=Subquery(own.order_by("-attempted_at").values("attempted_at")[:1]))


def last_safe_of(records: frozenset[UUID], *, case: UUID, actor: Actor, at: datetime) -> datetime | None:
    """Return when the victim of a case that was opened, whose records these are, was last reached safely, or None. One statement."""
    reached = _reached().filter(Q(case=case) | _open_to(actor, at), case__victim__in=records)
    latest: datetime | None = reached.aggregate(latest=Max("attempted_at"))["latest"]
    return latest


def _reached() -> QuerySet[Contact]:
    return Contact.objects.unscoped(_INSIDE).filter(outcome=ContactOutcome.REACHED, safe=True)


def _open_to(actor: Actor, at: datetime) -> Q:
    """Return the condition that a contact was made in a case whose days, or whose contacts, are open to the actor."""
    parts = (opens(actor, part, "case_id", at=at) for part in (Compartment.RISK, Compartment.VICTIM_CONTACT))
    risk, contact = map(Q, parts)
    rows = Contact.objects.visible_to(actor, at=at).filter(risk | contact, pk=OuterRef("pk"))
    return Q(Exists(rows))
