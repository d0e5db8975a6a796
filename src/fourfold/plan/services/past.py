"""Bringing in past actions, sessions and minutes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import LONDON, NotFound, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.base import filled
from fourfold.cases.models import Case
from fourfold.gateways.bulk import create_in_order
from fourfold.panel.measures import class_of
from fourfold.panel.models import Measure
from fourfold.plan.models import Action, Session, StaffMinutes, StatusSet
from fourfold.plan.terms import PastAction, PastMinutes, PastSession, Status


def take_over(*, actor: Actor, rows: Iterable[PastAction | PastSession | PastMinutes], at: datetime) -> int:
    """Bring in past actions, sessions and minutes in batches of 500 with one entry each; return how many.

    Raises NotFound for a case that is not open to the actor, Refused where a role does not include one of them.
    """
    return audit.taken_over(actor, "plan.taken_over", rows, lambda batch: _past_batch(actor, batch, at), at=at)


Past = PastAction | PastSession | PastMinutes
NEEDED: dict[type, Permission] = {
    PastAction: Permission.ACTION_OPEN,
    PastSession: Permission.SESSION_RECORD,
    PastMinutes: Permission.MINUTES_LOG,
}


#: In the order in which they are stored.
TABLES: tuple[type[models.Model], ...] = (Action, StatusSet, Session, StaffMinutes)
#: The panel's measures that nobody carries out yet, by case, strand and words.
Measures = dict[tuple[UUID, str, str], list[UUID]]


def _past_batch(actor: Actor, batch: list[Past], at: datetime) -> list[models.Model]:
    found = Case.objects.visible_to(actor, at=at).in_bulk({past.case for past in batch})
    if len(found) < len({past.case for past in batch}):
        raise NotFound
    for site, permission in {(found[past.case].site, NEEDED[type(past)]) for past in batch}:
        access.require(actor, permission, at=at, site=site)
    held = access_queries.held_by(actor, "taken over", at=at)
    measures = _measures_without_action(found)
    made = [row for past in batch for row in _rows_of(past, measures, held)]
    create_in_order(made, *TABLES)
    return sorted(made, key=lambda row: TABLES.index(type(row)))  # sealed in the order in which they were stored


def _rows_of(past: Past, measures: Measures, held: dict[str, Any]) -> Iterator[models.Model]:
    if isinstance(past, PastSession):
        by = {"recorded_at": past.planned_at, "recorded_by": past.planned_by}
        yield filled(Session, past, "planned_by", **held | by)
    elif isinstance(past, PastMinutes):
        yield filled(StaffMinutes, past, "worked_by", **held | {"recorded_by": past.worked_by})
    else:
        yield from _action_rows(past, measures, held)


def _measures_without_action(cases: Iterable[UUID]) -> Measures:
    rows = Measure.objects.unscoped("the cases were opened").filter(
        decision__item__case__in=list(cases), action__isnull=True
    )
    found: Measures = defaultdict(list)
    for case, strand, what, measure in rows.values_list("decision__item__case", "strand", "what", "pk"):
        found[case, strand, what].append(measure)
    return found


def _action_rows(past: PastAction, measures: Measures, held: dict[str, Any]) -> Iterator[models.Model]:
    """Make a past action with its statuses; one that says what a measure of the same case says carries that out."""
    same = measures[past.case, past.strand, past.what]
    action = filled(
        Action,
        past,
        *("opened_by", "statuses", "measure"),
        measure_id=past.measure or (same.pop() if same else None),
        plan_class=class_of(past.kind, past.strand, past.plan_class) or "",
        status=past.statuses[-1].status if past.statuses else Status.OPEN,
        settled_on=min(
            (each.set_at.astimezone(LONDON).date() for each in past.statuses if each.status.is_settled), default=None
        ),
        version=1 + len(past.statuses),
        **held | {"recorded_at": past.opened_at, "recorded_by": past.opened_by},
    )
    yield action
    for status in past.statuses:
        by = {"recorded_at": status.set_at, "recorded_by": status.set_by}
        yield filled(StatusSet, status, "set_by", action=action, **held | by)
