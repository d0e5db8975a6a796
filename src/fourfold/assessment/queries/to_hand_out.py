"""Which signed assessments of a case can leave for another record system."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission
from fourfold.assessment.models import Assessment
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.queries import case_of


@dataclass(frozen=True)
class SignedForm:
    """A signed assessment: which form, and when; nothing of what it says."""

    id: UUID
    instrument: str
    version: int
    signed_at: datetime


def signed_forms(*, actor: Actor, reference: str, at: datetime) -> tuple[SignedForm, ...]:
    """Return the signed assessments of a case, the last first, or raise NotFound; ratings that are still sealed are none."""
    case = case_of(actor=actor, reference=reference, at=at)
    opened = access.require(
        actor, Permission.ASSESSMENT_HAND_OUT, at=at, file=case.pk, site=case.site, reads=Compartment.RISK
    )
    rows = Assessment.objects.of(opened).filter(case=case).order_by("-signed_at", "pk")
    found = tuple(SignedForm(row.pk, row.instrument, row.version, row.signed_at) for row in rows)
    audit.consulted(actor, "assessment.signed_list", at=at, file=case.pk, compartments={"risk"}, count=len(found))
    return found
