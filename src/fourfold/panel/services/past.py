"""Taking over the sittings, views and decisions of the time before."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, NotFound, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.base import filled
from fourfold.cases.models import Case
from fourfold.panel.models import Decision, Item, Measure, PhaseSet, Sitting, View
from fourfold.panel.services.decisions import decided, measured
from fourfold.panel.terms import PastDecision, PastView, Phase


def take_over(*, actor: Actor, rows: Iterable[PastDecision], at: datetime) -> int:
    """Bring in past sittings with their views, decisions and measures, in batches of 500 with one entry each; return
    how many decisions. Within a batch, decisions of the same site, chair and time become one sitting.

    Sets no level and no review: those that were in force are rows of the case's own. Raises NotFound for a case that
    is not open to the actor.
    """
    parts = (Compartment.CORE.value, Compartment.RISK.value)
    return audit.taken_over(
        actor, "panel.taken_over", rows, lambda batch: _past_batch(actor, batch, at), at=at, compartments=parts
    )


def _past_batch(actor: Actor, batch: list[PastDecision], at: datetime) -> list[models.Model]:
    found = Case.objects.visible_to(actor, at=at).in_bulk({past.case for past in batch})
    if any(past.case not in found or found[past.case].site != past.site for past in batch):
        raise NotFound
    for site in {past.site for past in batch}:
        access.require(actor, Permission.PANEL_CONVENE, at=at, site=site)
    held = access_queries.held_by(actor, "taken over", at=at)
    sittings = _past_sittings(batch)
    made = [(past, _past_item(n, past, sittings, held)) for n, past in enumerate(batch, start=1)]
    decisions = [(past, _past_decision(past, item, held)) for past, item in made]
    return [
        *Sitting.objects.bulk_create(sittings.values()),
        *Item.objects.bulk_create(item for _, item in made),
        *PhaseSet.objects.bulk_create(_past_phase(past, item, held) for past, item in made),
        *View.objects.bulk_create(_past_view(view, item, held) for past, item in made for view in past.views),
        *Decision.objects.bulk_create(decision for _, decision in decisions),
        *Measure.objects.bulk_create(
            Measure(decision=decision, position=n, **measured(measure), **{**held, "recorded_at": past.decided_at})
            for past, decision in decisions
            for n, measure in enumerate(past.draft.measures, start=1)
        ),
    ]


def _past_sittings(batch: list[PastDecision]) -> dict[tuple[str, datetime, UUID], Sitting]:
    """Return one sitting for each site, time and chair of a batch."""
    return {
        (past.site, past.starts_at, past.chair): Sitting(
            site=past.site,
            starts_at=past.starts_at,
            chair=past.chair,
            quorum=list(past.quorum),
            convened_at=past.starts_at,
            convened_by=past.chair,
        )
        for past in batch
    }


def _past_item(
    position: int, past: PastDecision, sittings: dict[tuple[str, datetime, UUID], Sitting], held: dict[str, Any]
) -> Item:
    sitting = sittings[past.site, past.starts_at, past.chair]
    at_sitting = {**held, "recorded_at": past.starts_at}
    return Item(sitting=sitting, case_id=past.case, position=position, phase=Phase.DECIDED, **at_sitting)


def _past_phase(past: PastDecision, item: Item, held: dict[str, Any]) -> PhaseSet:
    entered = {**held, "recorded_at": past.decided_at, "recorded_by": past.chair}
    return PhaseSet(item=item, phase=Phase.DECIDED, entered_at=past.decided_at, **entered)


def _past_view(past: PastView, item: Item, held: dict[str, Any]) -> View:
    return filled(View, past, item=item, **held | {"recorded_at": past.given_at, "recorded_by": past.staff})


def _past_decision(past: PastDecision, item: Item, held: dict[str, Any]) -> Decision:
    spoken = {view.profession for view in past.views}
    return Decision(
        item=item,
        quorum_present=[profession for profession in past.quorum if profession in spoken],
        decided_at=past.decided_at,
        decided_by=past.chair,
        **decided(past.draft),
        **{**held, "recorded_at": past.decided_at, "recorded_by": past.chair},
    )
