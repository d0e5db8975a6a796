"""Handing a signed form out as a file that another record system reads: a disclosure, whose sum the record keeps."""

import hashlib
from datetime import datetime
from uuid import UUID

from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission, existing
from fourfold.assessment import fhir
from fourfold.assessment.models import Answer as AnswerRow
from fourfold.assessment.models import Assessment
from fourfold.assessment.queries.recorded_forms import form_of, level_of
from fourfold.assessment.terms import Answer, Meaning
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case


def hand_out_assessment(
    *, actor: Actor, case: Case, assessment: UUID, at: datetime, masks: fhir.Masks, ledger: fhir.Ledger
) -> bytes:
    """Return a signed assessment as FHIR R4: what was answered, each score and, apart from both, the level that was judged.

    Whoever it is about is named by the reference of the case and no more; `masks` takes the victim's whereabouts out of
    every text; `ledger` keeps to whom it goes. Raises NotFound for a rating that is still sealed, also to its author.
    """
    opened = access.require(
        actor, Permission.ASSESSMENT_HAND_OUT, at=at, file=case.pk, site=case.site, reads=Compartment.RISK
    )
    made = existing(Assessment.objects.of(opened).filter(pk=assessment, case=case).first())
    form = form_of(made, case.site)
    rows = AnswerRow.objects.of(opened).filter(assessment=made)
    answers = [_answer(row) for row in rows if row.option or row.text or row.absent]
    parts = fhir.as_fhir(
        form, answers, made.computed or (), identifier=made.pk, case=case.reference, at=made.signed_at, masks=masks
    )
    if (level := level_of(made.professional_level)) is not None:
        judged = fhir.Judged(level, masks(made.reason), level_of(made.advised), masks(made.formulation))
        parts.append(fhir.risk(form, judged, occurred=made.signed_at, subject=fhir.about(form, case.reference)))
    content = fhir.encode(fhir.bundle(*parts))
    with audit.recorded(actor, "assessment.handed_out", at=at, operation=Operation.DISCLOSURE, file=case.pk) as entry:
        entry.compartments = {Compartment.RISK.value}
        entry.more["sha256"] = sha256 = hashlib.sha256(content).hexdigest()
        entry.about(made)
        ledger(sha256)
    return content


def _answer(row: AnswerRow) -> Answer:
    absent = Meaning(row.absent) if row.absent else None
    return Answer(row.item, row.option, row.axis, row.repeat, absent=absent, text=row.text, note=row.note)
