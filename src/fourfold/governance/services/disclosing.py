"""The disclosure ledger: what leaves the unit is written down before it leaves, or it does not leave."""

from datetime import datetime

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case
from fourfold.cases.queries.third_parties import third_parties_of
from fourfold.governance.models import Disclosure
from fourfold.governance.queries.retaining import local_day
from fourfold.governance.rules import disclosing
from fourfold.governance.terms import CannotGovern, DisclosureDetails


def record_disclosure(
    *, actor: Actor, case: Case, details: DisclosureDetails, compartment: Compartment, at: datetime, sha256: str = ""
) -> Disclosure:
    """Write down that something of a case leaves the unit: what, to whom, on which ground, why, and with what consent.

    The actor must be able to read what leaves. Raises CannotGovern where a rule stands in the way.
    """
    access.require(actor, Permission.DISCLOSURE_RECORD, at=at, site=case.site, file=case.pk, reads=compartment)
    if why := disclosing.why_not_disclose(details, compartment, on=local_day(at)):
        raise CannotGovern(*why)
    if details.third is not None and details.third not in {each.pk for each in third_parties_of(case.pk)}:
        raise CannotGovern("third", "Choose a third party of this case.")
    with audit.recorded(actor, "disclosure.recorded", at=at, operation=Operation.DISCLOSURE, file=case.pk) as entry:
        entry.compartments, entry.reason = {compartment.value}, details.necessity
        entry.more["consent"] = details.consent.value
        return entry.about(kept(actor, case, details, compartment, at=at, sha256=sha256))


def kept(
    actor: Actor, case: Case, details: DisclosureDetails, compartment: Compartment, *, at: datetime, sha256: str = ""
) -> Disclosure:
    """Keep a row of the ledger, inside a write that has been allowed and is being recorded."""
    return Disclosure.objects.create(
        case=case,
        what=details.what.strip(),
        compartment=compartment,
        to_whom=details.to_whom.strip(),
        third_id=details.third,
        ground=details.ground,
        necessity=details.necessity.strip(),
        consent=details.consent,
        consent_reason=details.consent_reason.strip(),
        disclosed_at=at,
        expires_on=details.expires_on,
        sha256=sha256,
        **access_queries.held_by(actor, "entered", at=at),
    )
