"""Filled-in forms that leave for another record system: without anything that leads to the victim."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fourfold.assessment import services as assessment
from fourfold.audit.terms import Actor
from fourfold.journey.rows import Case
from fourfold.orders.queries import whereabouts
from fourfold.support import services as support


def assessment_handed_out(*, actor: Actor, case: Case, signed: UUID, at: datetime) -> bytes:
    """Hand out a signed assessment as FHIR R4, with the victim's whereabouts taken out of every text."""
    masks = whereabouts.of_victims({case.victim_id}).without
    return assessment.hand_out_assessment(actor=actor, case=case, assessment=signed, at=at, masks=masks)


def measure_handed_out(*, actor: Actor, case: Case, measure: UUID, at: datetime) -> bytes:
    """Hand out a measure that a victim took as FHIR R4, with their whereabouts taken out of every text."""
    masks = whereabouts.of_victims({case.victim_id}).without
    return support.hand_out_measure(actor=actor, case=case, measure=measure, at=at, masks=masks)
