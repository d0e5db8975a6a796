"""Filled-in forms that leave for another record system: with nobody named, and without anything that leads to the victim."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fourfold.assessment import fhir
from fourfold.assessment import services as assessment
from fourfold.audit.terms import Actor
from fourfold.journey.rows import Case
from fourfold.support import queries as support_queries
from fourfold.support import services as support


def assessment_handed_out(*, actor: Actor, case: Case, signed: UUID, at: datetime) -> bytes:
    """Hand out a signed assessment as FHIR R4, with names and the victim's whereabouts taken out of every text."""
    return assessment.hand_out_assessment(actor=actor, case=case, assessment=signed, at=at, masks=_masks(case))


def measure_handed_out(*, actor: Actor, case: Case, measure: UUID, at: datetime) -> bytes:
    """Hand out a measure that a victim took as FHIR R4, with names and their whereabouts taken out of every text."""
    return support.hand_out_measure(actor=actor, case=case, measure=measure, at=at, masks=_masks(case))


def _masks(case: Case) -> fhir.Masks:
    from fourfold.governance import queries as governance  # brings the statistics, which no command waits for

    return governance.names_nobody(case, at_risk=support_queries.names_at_risk(case))
