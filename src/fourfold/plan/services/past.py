"""Bringing in past actions, sessions and minutes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import models

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import NotFound, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case
from fourfold.panel.measures import class_of
from fourfold.panel.models import Measure
from fourfold.plan.models import Action, Session, StaffMinutes, StatusSet
from fourfold.plan.terms import PastAction, PastMinutes, PastSession, Status

BATCH = 500


def take_over(*, actor: Actor, rows: Iterable[PastAction | PastSession | PastMinutes], at: datetime) -> int:
    """Bring in past actions, sessions and minutes in batches of 500 with one entry each; return how many.

    Raises NotFound for a case that is not open to the actor, Refused where a role does not include one of them.
    """
    remaining, total = iter(rows), 0
    while batch := list(islice(remaining, BATCH)):
        with audit.recorded(actor, "plan.taken_over", at=at, operation=Operation.COLLECTION) as entry:
            made = _past_batch(actor, batch, at)
            entry.seal(made)
        total += len(batch)
    return total


Past = PastAction | PastSession | PastMinutes
NEEDED: dict[type, Permission] = {
    PastAction: Permission.ACTION_OPEN,
    PastSession: Permission.SESSION_RECORD,
    PastMinutes: Permission.MINUTES_LOG,
}


def _past_batch(actor: Actor, batch: list[Past], at: datetime) -> list[models.Model]:
    found = Case.objects.visible_to(actor, at=at).in_bulk({past.case for past in batch})
    if len(found) < len({past.case for past in batch}):
        raise NotFound
    for site, permission in {(found[past.case].site, NEEDED[type(past)]) for past in batch}:
        access.require(actor, permission, at=at, site=site)
    held = access_queries.held_by(actor, "taken over", at=at)
    measures = _measures_without_action(found)
    actions = [(past, _past_action(past, measures, held)) for past in batch if isinstance(past, PastAction)]
    statuses = [status for past, action in actions for status in _past_statuses(past, action, held)]
    made: list[models.Model] = [*Action.objects.bulk_create(action for _, action in actions)]
    made += StatusSet.objects.bulk_create(statuses)
    made += Session.objects.bulk_create(_past_session(past, held) for past in batch if isinstance(past, PastSession))
    made += StaffMinutes.objects.bulk_create(
        _past_minutes(past, held) for past in batch if isinstance(past, PastMinutes)
    )
    return made


def _measures_without_action(cases: Iterable[UUID]) -> dict[tuple[UUID, str, str], list[UUID]]:
    """Return the panel's measures of these cases that nobody carries out yet, by case, strand and words."""
    rows = Measure.objects.unscoped("the cases were opened").filter(
        decision__item__case__in=list(cases), action__isnull=True
    )
    found: dict[tuple[UUID, str, str], list[UUID]] = defaultdict(list)
    for case, strand, what, measure in rows.values_list("decision__item__case", "strand", "what", "pk"):
        found[case, strand, what].append(measure)
    return found


def _past_action(past: PastAction, measures: dict[tuple[UUID, str, str], list[UUID]], held: dict[str, Any]) -> Action:
    """Make a past action; one that says what a measure of the same case says carries out that measure."""
    same = measures[past.case, past.strand, past.what]
    return Action(
        case_id=past.case,
        measure_id=past.measure or (same.pop() if same else None),
        strand=past.strand,
        what=past.what,
        owner_partner=past.owner_partner,
        owner=past.owner,
        due_on=past.due_on,
        tell_victim_first=past.tell_victim_first,
        kind=past.kind or "",
        plan_class=class_of(past.kind, past.strand, past.plan_class) or "",
        opened_at=past.opened_at,
        status=past.statuses[-1].status if past.statuses else Status.OPEN,
        version=1 + len(past.statuses),
        **{**held, "recorded_at": past.opened_at, "recorded_by": past.opened_by},
    )


def _past_statuses(past: PastAction, action: Action, held: dict[str, Any]) -> list[StatusSet]:
    return [
        StatusSet(
            action=action,
            status=given.status,
            set_at=given.set_at,
            reason=given.reason,
            because=given.because or "",
            victim_told_at=given.victim_told_at,
            **{**held, "recorded_at": given.set_at, "recorded_by": given.set_by},
        )
        for given in past.statuses
    ]


def _past_session(past: PastSession, held: dict[str, Any]) -> Session:
    return Session(
        case_id=past.case,
        strand=past.strand,
        planned_at=past.planned_at,
        attendance=past.attendance,
        settled_at=past.settled_at,
        direct_work=past.direct_work,
        **{**held, "recorded_at": past.planned_at, "recorded_by": past.planned_by},
    )


def _past_minutes(past: PastMinutes, held: dict[str, Any]) -> StaffMinutes:
    return StaffMinutes(
        case_id=past.case,
        role=past.role,
        minutes=past.minutes,
        worked_on=past.worked_on,
        on_what=past.on_what,
        **{**held, "recorded_by": past.worked_by},
    )
