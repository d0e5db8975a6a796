"""When a victim was last reached safely: one natural person, in whichever case and on whichever record of theirs.

What was done in a case from which a wall keeps the reader is left out: nobody learns of it by the days.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case as Chosen
from django.db.models import Max, OuterRef, Q, QuerySet, Subquery, Value, When

from fourfold.access.scoping import walled_off
from fourfold.audit.terms import Actor
from fourfold.people.models import SamePerson
from fourfold.people.queries.same_person import people_of, records_of
from fourfold.support.models import Contact
from fourfold.support.terms import ContactOutcome

_INSIDE = "for the days of a case that the caller scoped or opened; of nothing else is anything shown"


def with_last_safe(cases: QuerySet[Any], actor: Actor, at: datetime) -> QuerySet[Any]:
    """Add to cases when their victim was `last_safe_at` reached. One statement, two more where a victim was merged."""
    reached = _reached(actor, at)
    own = reached.filter(case__victim=OuterRef("victim")).order_by("-attempted_at").values("attempted_at")[:1]
    victims = cases.order_by().values("victim")
    merged = SamePerson.objects.unscoped(_INSIDE).filter(
        Q(first__in=victims) | Q(second__in=victims), undone_at__isnull=True
    )
    people = set(people_of({each for pair in merged.values_list("first", "second") for each in pair}).values())
    last = _last_of(frozenset().union(*people), reached) if people else {}
    of_people = ((records, max(filter(None, map(last.get, records)), default=None)) for records in people)
    whens = [When(victim__in=records, then=Value(when)) for records, when in of_people if when]
    return cases.annotate(last_safe_at=Chosen(*whens, default=Subquery(own)) if whens else Subquery(own))


def last_safe_of(victim: UUID, *, actor: Actor, at: datetime) -> datetime | None:
    """Return when one victim was last reached safely, or None. Two statements where nothing was merged."""
    return max(_last_of(records_of(victim), _reached(actor, at)).values(), default=None)


def _reached(actor: Actor, at: datetime) -> QuerySet[Contact]:
    rows = Contact.objects.unscoped(_INSIDE).filter(outcome=ContactOutcome.REACHED, safe=True)
    return rows.exclude(walled_off(actor, "case_id", at=at))


def _last_of(records: frozenset[UUID], reached: QuerySet[Contact]) -> dict[UUID, datetime]:
    rows = reached.filter(case__victim__in=records).order_by()
    return dict(rows.values_list("case__victim").annotate(last=Max("attempted_at")))
