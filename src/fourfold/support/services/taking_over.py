"""Taking over the contacts, check-ins and consents of the time before."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.models import Relation
from fourfold.access.terms import NotFound, Permission, Refused, RelationKind
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.base import filled
from fourfold.cases.models import Case
from fourfold.gateways.bulk import create_in_order
from fourfold.support import rules
from fourfold.support.models import CheckIn, Consent, Contact, Update
from fourfold.support.services.contacts import settle_first_contact
from fourfold.support.services.measures import past_check_in
from fourfold.support.terms import PastCheckIn, PastConsent, PastContact, UpdateKind

Past = PastContact | PastCheckIn | PastConsent


def take_over(*, actor: Actor, rows: Iterable[Past], at: datetime) -> int:
    """Bring in past contacts, check-ins and consents of cases of which the actor is the advocate; return how many.

    Batches of 500 with one entry each. Raises NotFound for a case that is not open to the actor, Refused for one
    whose advocate is somebody else, CannotSupport for an answer that does not fit.
    """
    return audit.taken_over(actor, "support.taken_over", rows, lambda batch: _take(actor, batch, at), at=at)


def _take(actor: Actor, batch: list[Past], at: datetime) -> list[Contact | CheckIn | Consent]:
    _refuse_foreign(actor, {past.case for past in batch}, at)
    made = [_past(actor, past) for past in batch]
    create_in_order(made, Contact, CheckIn, Consent)
    owed = Update.objects.unscoped("the cases were opened above").filter(case__in={past.case for past in batch})
    waits = set(owed.filter(what=UpdateKind.FIRST_CONTACT, told__isnull=True).values_list("case", flat=True))
    contacts = [row for row in made if isinstance(row, Contact) and row.case_id in waits]
    for contact in sorted(contacts, key=lambda one: one.attempted_at):
        settle_first_contact(actor, contact, at)
    return made


def _refuse_foreign(actor: Actor, wanted: set[UUID], at: datetime) -> None:
    """Let pass only cases that are open to the actor, and of which the actor is the advocate."""
    found = Case.objects.visible_to(actor, at=at).in_bulk(wanted)
    if len(found) < len(wanted):
        raise NotFound
    for site in {case.site for case in found.values()}:
        access.require(actor, Permission.SUPPORT_RECORD, at=at, site=site)
    advocate = Relation.objects.filter(
        file__in=wanted, staff_id=actor.staff, kind=RelationKind.ADVOCATE, from_at__lte=at, until_at__isnull=True
    )
    if advocate.values("file").distinct().count() < len(wanted):
        audit.refused(actor, "support.taken_over", at=at, rule="not the advocate")
        raise Refused("compartment", "Contacts are taken over by the advocate whose cases they are.")


def _past(actor: Actor, past: Past) -> Contact | CheckIn | Consent:
    if isinstance(past, PastConsent):
        held = access_queries.held_by(actor, past.source, at=past.said_at)
        return filled(Consent, past, **held)
    if isinstance(past, PastCheckIn):
        held = access_queries.held_by(actor, past.source, at=past.answered_at)
        columns = past_check_in(past.version, past.answers, at=past.answered_at)
        return filled(CheckIn, past, "answers", "version", **columns, **held)
    return filled(
        Contact,
        past,
        safe=rules.is_safe(past.outcome) if past.safe is None else past.safe,
        **access_queries.held_by(actor, past.source, at=past.attempted_at),
    )
