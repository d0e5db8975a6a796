"""What an agency as such may be sent."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from fourfold.access import queries as access_queries
from fourfold.access.models import Grant, Wall
from fourfold.access.terms import Compartment, NotFound, Opened
from fourfold.cases.terms import Level
from fourfold.panel.minutes import Line, Minutes, Risk
from fourfold.panel.models import Decision, Item, Measure
from fourfold.panel.terms import PlanClass, Strand
from fourfold.programme import queries as programme
from fourfold.programme.terms import PartnerPart


def open_to_partner(file: UUID, partner: str, *, at: datetime) -> frozenset[Compartment]:
    """Return the compartments of a file that are open to a partner as such: by its own control or by an agreement in
    force, and none at all where the partner is walled off."""
    running = Q(from_at__lte=at) & (Q(until_at__isnull=True) | Q(until_at__gt=at))
    if Wall.objects.filter(running, file=file, partner=partner).exists():
        return frozenset()
    day = at.date()
    covered = Q(agreement__isnull=True) | Q(
        agreement__starts_on__lte=day, agreement__ends_on__gte=day, agreement__ended_at__isnull=True
    )
    masks = Grant.objects.filter(running, covered, file=file, partner=partner).values_list("compartments", flat=True)
    return frozenset(c for c in Compartment if any(c.bit & mask for mask in masks))


def minutes_for(opened: Opened, item: Item, partner: PartnerPart, *, at: datetime) -> Minutes:
    """Return what the minutes of a decided item say to one agency, or raise NotFound where nothing is open to it."""
    compartments = open_to_partner(opened.file, partner.code, at=at)
    decision = Decision.objects.of(opened).filter(item=item).first()
    if decision is None or Compartment.CORE not in compartments:
        raise NotFound
    measures = list(Measure.objects.of(opened).filter(decision=decision).order_by("position", "pk"))
    names = access_queries.names_of({decision.decided_by, *(row.owner for row in measures if row.owner)})
    partners = {part.code: part.name for part in programme.site(item.sitting.site).partners}
    return Minutes(
        reference=item.case.reference,
        partner=partner.name,
        sat_at=item.sitting.starts_at,
        decided_at=decision.decided_at,
        chair=names.get(decision.decided_by, ""),
        professions=tuple(decision.quorum_present),
        measures=tuple(_line(row, names, partners) for row in measures),
        risk=_risk(decision) if Compartment.RISK in compartments else None,
    )


def _line(row: Measure, names: dict[UUID, str], partners: dict[str, str]) -> Line:
    agency, person = partners.get(row.owner_partner, row.owner_partner), names.get(row.owner, "") if row.owner else ""
    return Line(
        row.what,
        f"{agency}, {person}" if person else agency,
        row.due_on,
        Strand(row.strand).label,
        PlanClass(row.plan_class).label if row.plan_class else "",
        row.tell_victim_first,
    )


def _risk(decision: Decision) -> Risk:
    return Risk(
        formulation=decision.formulation,
        level=Level(decision.level).label,
        victim_safety=decision.victim_safety,
        order=decision.order_considered,
        order_reason=decision.order_reason,
        dissent=decision.dissent,
        alternatives_rejected=decision.alternatives_rejected,
        review_on=decision.review_on,
        authority=decision.authority,
        want_of_capacity=decision.want_of_capacity,
        without_assessment=decision.without_assessment,
    )
