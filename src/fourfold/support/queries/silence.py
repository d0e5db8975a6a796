"""When a victim was last reached safely, as far as the reader may know: in the case that is read, and in those of the same
person of which they read the days or the contacts, on whichever record.

What happens in a case that is shut to the reader changes nothing that they are told, so nobody is said to be silent but in
the cases that were asked.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case as Chosen
from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery, Value, When

from fourfold.access.scoping import opens
from fourfold.access.terms import Compartment
from fourfold.audit.terms import Actor
from fourfold.people.models import SamePerson
from fourfold.people.queries.same_person import people_of, records_of
from fourfold.support.models import Contact
from fourfold.support.terms import ContactOutcome

_INSIDE = "for the days of a case that the caller scoped or opened; of nothing else is anything shown"


def with_last_safe(
    cases: QuerySet[Any], actor: Actor, at: datetime, *, among: QuerySet[Any] | None = None
) -> QuerySet[Any]:
    """Add to cases when their victim was `last_safe_at` reached. One statement, two more where a victim was merged.

    `among`: cases of which the reader is told the days besides those that are open to them.
    """
    told = _open_to(actor, at) if among is None else _open_to(actor, at) | Q(case__in=among.order_by().values("pk"))
    own = _reached().filter(Q(case=OuterRef("pk")) | told, case__victim=OuterRef("victim")).order_by("-attempted_at")
    latest = Subquery(own.values("attempted_at")[:1])
    victims = cases.order_by().values("victim")
    merged = SamePerson.objects.unscoped(_INSIDE).filter(
        Q(first__in=victims) | Q(second__in=victims), undone_at__isnull=True
    )
    people = set(people_of({each for pair in merged.values_list("first", "second") for each in pair}).values())
    reached = _reached().filter(Q(case__in=cases.order_by().values("pk")) | told)
    last = _last_of(frozenset().union(*people), reached) if people else {}
    of_people = ((records, max(filter(None, map(last.get, records)), default=None)) for records in people)
    whens = [When(victim__in=records, then=Value(when)) for records, when in of_people if when]
    return cases.annotate(last_safe_at=Chosen(*whens, default=latest) if whens else latest)


def last_safe_of(victim: UUID, *, case: UUID, actor: Actor, at: datetime) -> datetime | None:
    """Return when the victim of a case that was opened was last reached safely, or None. Two statements where nothing was
    merged.
    """
    reached = _reached().filter(Q(case=case) | _open_to(actor, at))
    return max(_last_of(records_of(victim), reached).values(), default=None)


def _reached() -> QuerySet[Contact]:
    return Contact.objects.unscoped(_INSIDE).filter(outcome=ContactOutcome.REACHED, safe=True)


def _open_to(actor: Actor, at: datetime) -> Q:
    """Return the condition that a contact was made in a case whose days, or whose contacts, are open to the actor."""
    parts = (opens(actor, part, "case_id", at=at) for part in (Compartment.RISK, Compartment.VICTIM_CONTACT))
    risk, contact = map(Q, parts)
    rows = Contact.objects.visible_to(actor, at=at).filter(risk | contact, pk=OuterRef("pk"))
    return Q(Exists(rows))


def _last_of(records: frozenset[UUID], reached: QuerySet[Contact]) -> dict[UUID, datetime]:
    rows = reached.filter(case__victim__in=records).order_by()
    return dict(rows.values_list("case__victim").annotate(last=Max("attempted_at")))
