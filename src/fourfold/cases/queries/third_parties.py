"""The third parties of a case: an employer, a school, a new partner, with their role and their acts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.access.terms import Compartment, Opened
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import CaseAct
from fourfold.cases.queries.rows import acts_against_third
from fourfold.cases.queries.values import ThirdParty as ToldOf
from fourfold.linkage import queries as linkage_queries
from fourfold.people.models import ThirdParty
from fourfold.people.terms import ThirdRole


@dataclass(frozen=True)
class ThirdPartyShown:
    """A third party of a case: each role that a report gave, the acts against them, and how to contact them safely.

    `safe_contact` is "" where nobody said it, and None where it is closed to the reader.
    """

    id: UUID
    name: str
    roles: tuple[ThirdRole, ...]
    acts: int
    last_act_at: datetime
    last_act_told: bool
    safe_contact: str | None


def third_parties_in(*, actor: Actor, opened: Opened, at: datetime) -> tuple[ThirdPartyShown, ...]:
    """Return the third parties of an opened case, whoever was acted against last first. One statement and the log's."""
    sees_contact = opened.may_read(Compartment.VICTIM_CONTACT)
    found: dict[UUID, ThirdPartyShown] = {}
    for happened_at, undated, third in acts_against_third(opened):
        last = {"last_act_at": happened_at, "last_act_told": undated}
        found[third.id] = _with(found.get(third.id), third, last, sees_contact)
    shown = {Compartment.CORE.value} | ({Compartment.VICTIM_CONTACT.value} if sees_contact and found else set())
    audit.consulted(actor, "case.third_parties", at=at, file=opened.file, compartments=shown, count=len(found))
    return tuple(found.values())


def _with(before: ThirdPartyShown | None, third: ToldOf, last: Any, sees_contact: bool) -> ThirdPartyShown:
    if before is None:
        contact = third.safe_contact if sees_contact else None
        return ThirdPartyShown(third.id, third.name, (third.role,), 1, safe_contact=contact, **last)
    return replace(before, acts=before.acts + 1, roles=tuple(dict.fromkeys((*before.roles, third.role))))


def third_parties_of(case: UUID) -> tuple[ThirdParty, ...]:
    """Return the third parties of a case, for services that have opened it."""
    acts = CaseAct.objects.unscoped("which third parties it has").filter(case=case, left_at__isnull=True)
    return linkage_queries.third_parties_of(set(acts.values_list("allegation", flat=True)))
