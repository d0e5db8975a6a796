"""What reaches a victim, as far as it is confirmed: for the victim's advocate, and nobody else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.queries.level_shown import level_shown
from fourfold.cases.terms import ShownLevel
from fourfold.people.queries.contact import rules_of_people
from fourfold.people.queries.endpoints import Endpoints, EndpointShown, endpoints_of_any, shown_of
from fourfold.people.queries.same_person import people_told
from fourfold.people.rules.contact import ENDPOINT
from fourfold.people.terms import Channel, MarkKind, SafeContactRule
from fourfold.support.queries.rows import opened_file, own_open

CONFIDENTIAL = Compartment.ADVOCATE_CONFIDENTIAL


@dataclass(frozen=True)
class EndpointsPage:
    """The numbers, email addresses and postal addresses of one victim: what is confirmed, told, or set aside."""

    case: UUID
    reference: str
    name: str
    rows: tuple[EndpointShown, ...]


@dataclass(frozen=True)
class ToConfirm:
    """A way of contact that waits for the victim's advocate: something was told, or what was agreed has no endpoint."""

    reference: str
    level: ShownLevel
    kind: MarkKind
    told_at: datetime | None
    confirmed: bool


def endpoints_page(*, actor: Actor, reference: str, at: datetime) -> EndpointsPage:
    """Return what reaches the victim of a case, or raise NotFound: for everybody but the victim's advocate."""
    case, opened = opened_file(actor, reference, at, CONFIDENTIAL, "victim.endpoints")
    shown = {str(part) for part in (Compartment.VICTIM_CONTACT, CONFIDENTIAL) if opened.may_read(part)}
    audit.consulted(actor, "victim.endpoints", at=at, file=opened.file, compartments=shown, count=1)
    rows = shown_of(case.victim_id, case=case.pk) if opened.may_read(Compartment.VICTIM_CONTACT) else ()
    return EndpointsPage(case.pk, case.reference, case.victim.name, rows)


def endpoints_to_confirm(*, actor: Actor, at: datetime) -> tuple[ToConfirm, ...]:
    """Return what the advocate has to confirm or set aside in their own open cases. Four statements where no victim was
    merged, and the log's.

    Only where safe contact is agreed: before that, nothing is sent and agreeing is what waits.
    """
    if not access_queries.may(actor, Permission.NOTE_CONFIDENTIAL):
        return ()
    rows: list[Any] = own_open(actor, at)
    people = people_told({row.victim_id: row.merged for row in rows})
    every = rules_of_people(people, actor=actor, at=at, cases={row.pk for row in rows})
    agreed = {victim: rule for victim, rule in every.items() if rule is not None and rule.confirmed}
    held = [row for row in rows if row.victim_id in agreed]
    found = endpoints_of_any({row.pk: row.victim_id for row in held}, people)
    waiting = [each for row in held for each in _of_case(row, agreed[row.victim_id], found[row.pk])]
    if waiting:
        shown = {str(Compartment.VICTIM_CONTACT)}
        audit.consulted(actor, "endpoints.to_confirm", at=at, compartments=shown, count=len(waiting))
    return tuple(sorted(waiting, key=lambda each: (each.told_at or at, each.reference, each.kind)))


def _of_case(case: Any, rule: SafeContactRule, by_kind: Mapping[MarkKind, Endpoints]) -> list[ToConfirm]:
    waiting, level = [], level_shown(case.level, sees_risk=case.sees_risk)
    for kind in dict.fromkeys(ENDPOINT.values()):
        each = by_kind.get(kind, Endpoints())
        agreed = any(ENDPOINT[channel] is kind and channel is not Channel.VISIT for channel in rule.channels)
        told_at = max((row.recorded_at for row in each.told), default=None)
        if told_at or (agreed and each.confirmed is None):
            waiting.append(ToConfirm(case.reference, level, kind, told_at, each.confirmed is not None))
    return waiting
