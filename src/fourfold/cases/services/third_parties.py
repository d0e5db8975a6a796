"""How a third party of a case may be contacted without harm."""

from datetime import datetime
from uuid import UUID

from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission, existing
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.queries.third_parties import third_parties_of
from fourfold.people import services as people
from fourfold.people.models import ThirdContactSaid


def contact_third_party(
    *, actor: Actor, case: Case, third: UUID, safe_contact: str, at: datetime, seen: str | None = None
) -> ThirdContactSaid:
    """Keep how a third party of a case may be contacted safely, as they or the victim said. Raises NotFound for any other."""
    access.require(actor, Permission.SAFE_CONTACT_SET, at=at, file=case.pk, writes=Compartment.VICTIM_CONTACT)
    found = existing(next((each for each in third_parties_of(case.pk) if each.pk == third), None))
    return people.contact_third_party(
        actor=actor, case_file=case.pk, third=found, safe_contact=safe_contact, seen=seen, at=at
    )
