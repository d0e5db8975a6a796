"""Handing what a victim answered out as a file that another record system reads, on the advocate's word alone."""

import hashlib
from datetime import datetime
from uuid import UUID

from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission
from fourfold.assessment import fhir, rules
from fourfold.assessment.queries import library
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case
from fourfold.support.models import CheckIn, Consent
from fourfold.support.queries.rows import found_in
from fourfold.support.terms import CannotSupport, ConsentMatter, ConsentState

SAID_NO = (
    "The victim last said no to passing on what they told their advocate. Ask them again, and record their answer under "
    "consent, or let nothing leave."
)


def hand_out_measure(
    *, actor: Actor, case: Case, measure: UUID, at: datetime, masks: fhir.Masks, ledger: fhir.Ledger
) -> bytes:
    """Return one measure that was taken as FHIR R4: what was answered, and each score or why there is none.

    The victim is named by the reference of the case and no more; `masks` takes their whereabouts out of every text;
    `ledger` keeps to whom it goes. Raises CannotSupport where the victim's last word on what they told in confidence is no,
    whatever the ledger is told of their consent.
    """
    opened = access.require(
        actor, Permission.SUPPORT_RECORD, at=at, file=case.pk, reads=Compartment.ADVOCATE_CONFIDENTIAL
    )
    row = found_in(CheckIn.objects.of(opened).filter(pk=measure, case=case))
    asked = Consent.objects.of(opened).filter(case=case, matter=ConsentMatter.CONFIDENCE, said_at__lte=at)
    last = asked.order_by("said_at", "recorded_at", "pk").last()
    if last and last.state in (ConsentState.REFUSED, ConsentState.WITHDRAWN):
        raise CannotSupport("consent", SAID_NO)
    given = library.given_on(
        case.site, key=row.instrument, version=row.version, sha256=row.sha256, pack_sha256=row.pack_sha256
    )
    form = given.at(row.answered_at)
    answers, _ = rules.read_answers(form, row.answers)
    parts = fhir.as_fhir(
        form, answers, row.computed or (), identifier=row.pk, case=case.reference, at=row.answered_at, masks=masks
    )
    content = fhir.encode(fhir.bundle(*parts))
    with audit.recorded(actor, "measure.handed_out", at=at, operation=Operation.DISCLOSURE, file=case.pk) as entry:
        entry.compartments = {Compartment.ADVOCATE_CONFIDENTIAL.value}
        entry.more["sha256"] = sha256 = hashlib.sha256(content).hexdigest()
        entry.about(row)
        ledger(sha256)
    return content
