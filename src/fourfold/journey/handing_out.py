"""Filled-in forms that leave for another record system: in the ledger with their recipient, and with nobody named."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access
from fourfold.access.terms import Compartment, NotFound, Permission
from fourfold.assessment import fhir
from fourfold.assessment import services as assessment
from fourfold.audit.terms import Actor
from fourfold.governance.terms import DisclosureDetails, RecipientDraft
from fourfold.journey.rows import Case
from fourfold.support import queries as support_queries
from fourfold.support import services as support
from fourfold.words import Word


def assessment_handed_out(*, actor: Actor, case: Case, signed: UUID, to: RecipientDraft, at: datetime) -> bytes:
    """Hand out a signed assessment as FHIR R4, with names and the victim's whereabouts taken out of every text.

    Raises CannotGovern where the ledger cannot take it so; nothing leaves then.
    """
    ledger = _ledger(actor, case, Word("a signed assessment, as a file (FHIR R4)"), Compartment.RISK, to, at)
    return assessment.hand_out_assessment(
        actor=actor, case=case, assessment=signed, at=at, masks=_masks(case), ledger=ledger
    )


def measure_handed_out(*, actor: Actor, case: Case, measure: UUID, to: RecipientDraft, at: datetime) -> bytes:
    """Hand out a measure that a victim took as FHIR R4, with names and their whereabouts taken out of every text.

    Raises CannotGovern where the ledger cannot take it so, and without the victim's consent; nothing leaves then.
    """
    ledger = _ledger(
        actor, case, Word("what the victim answered, as a file (FHIR R4)"), Compartment.ADVOCATE_CONFIDENTIAL, to, at
    )
    return support.hand_out_measure(actor=actor, case=case, measure=measure, at=at, masks=_masks(case), ledger=ledger)


def form_handed_out(*, actor: Actor, case: Case, filled: UUID, to: RecipientDraft, at: datetime) -> bytes:
    """Hand out the signed assessment of a case that has this identifier, else the measure, as each of them leaves."""
    try:
        return assessment_handed_out(actor=actor, case=case, signed=filled, to=to, at=at)
    except NotFound:
        if not access.may(actor, Permission.SUPPORT_RECORD):
            raise
        return measure_handed_out(actor=actor, case=case, measure=filled, to=to, at=at)


def _ledger(actor: Actor, case: Case, what: Word, part: Compartment, to: RecipientDraft, at: datetime) -> fhir.Ledger:
    from fourfold.governance import services as governance  # brings the statistics, which no command waits for

    details = DisclosureDetails(what=what, **asdict(to))
    return lambda sha256: governance.record_disclosure(
        actor=actor, case=case, details=details, compartment=part, at=at, sha256=sha256
    )


def _masks(case: Case) -> fhir.Masks:
    from fourfold.governance import queries as governance  # brings the statistics, which no command waits for

    return governance.names_nobody(case, at_risk=support_queries.names_at_risk(case))
