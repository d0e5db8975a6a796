"""How the victims of somebody's cases are reached, and since when nobody did, as far as they may know."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from fourfold.access.statements import Call, composed
from fourfold.access.terms import Compartment
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.people.queries.contact import rules_of_people
from fourfold.people.queries.same_person import is_merged, people_told
from fourfold.people.terms import SafeContactRule
from fourfold.support.queries.rows import reads_contact
from fourfold.support.queries.silence import with_last_safe


@dataclass(frozen=True)
class Reached:
    """Since when a victim was not reached safely, or that nobody ever did; and what all that was agreed allows, or None.

    `reads`: whether the reader may read how a victim is reached: by role, a second factor and training in date.
    """

    opened_at: datetime
    last_safe_at: datetime | None
    reads: bool
    rule: SafeContactRule | None = None


def reached_in(
    cases: Collection[UUID], *, actor: Actor, at: datetime, reaches: Collection[UUID] = ()
) -> dict[UUID, Reached]:
    """Return this of cases in which the actor has a part, and what was agreed only of those in which they reach the victim
    themselves. Two statements where no victim was merged and nothing was agreed in another case; none for no case.
    """
    if not cases:
        return {}
    found = reached_ahead(cases, actor, at).rows()
    if not reads_contact(actor):
        return {case: Reached(opened_at, last, False) for case, _, _, opened_at, last in found}
    people = people_told({victim: merged for case, victim, merged, _, _ in found if case in reaches})
    agreed = rules_of_people(people, actor=actor, at=at, cases={case for case, *_ in found}) if people else {}
    audit.consulted(actor, "contacts.list", at=at, compartments={Compartment.VICTIM_CONTACT.value}, count=len(found))
    return {case: Reached(opened_at, last, True, agreed.get(victim)) for case, victim, _, opened_at, last in found}


def reached_ahead(cases: Collection[UUID], actor: Actor, at: datetime) -> Call:
    """Return what `reached_in` asks first, to be run ahead."""
    return _reached_in.call(actor, at, cases=tuple(cases))


@composed
def _reached_in(actor: Actor, at: datetime, *, cases: Any) -> QuerySet[Case, Any]:
    rows = with_last_safe(Case.objects.visible_to(actor, at=at).filter(pk__in=cases), actor, at)
    of = ("pk", "victim_id", "merged", "opened_at", "last_safe_at")
    return rows.annotate(merged=is_merged("victim")).values_list(*of)
