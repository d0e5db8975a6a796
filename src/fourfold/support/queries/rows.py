"""One row for a service to write to."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, NotFound
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.support.models import Contact, Update
from fourfold.support.terms import ContactOutcome


def _case(actor: Actor, reference: str, at: datetime) -> Case:
    rows = Case.objects.visible_to(actor, at=at).select_related("victim", "subject")
    found = rows.filter(reference=reference).first()
    if found is None:
        raise NotFound
    return found


def case_row(*, actor: Actor, reference: str, at: datetime) -> Case:
    """Return the case that a page is about to write to, or raise NotFound."""
    return _case(actor, reference, at)


def update_row(*, actor: Actor, update: UUID, at: datetime) -> Update:
    """Return the update that a page says was told, or raise NotFound."""
    found = Update.objects.visible_to(actor, at=at).select_related("case").filter(pk=update).first()
    if found is None:
        raise NotFound
    return found


def safe_contacts(*, actor: Actor, reference: str, at: datetime, most: int = 10) -> tuple[Contact, ...]:
    """Return the newest contacts of a case in which she was reached safely, to say in which of them she was told.

    Raises NotFound for whoever may not read how she is reached.
    """
    case = _case(actor, reference, at)
    opened = access_queries.opened(actor, case.pk, at=at)
    if not opened.may_read(Compartment.VICTIM_CONTACT):
        raise NotFound
    audit.consulted(actor, "victim.contacts", at=at, file=case.pk, compartments={Compartment.VICTIM_CONTACT.value})
    reached = Contact.objects.of(opened).filter(outcome=ContactOutcome.REACHED, safe=True)
    return tuple(reached.order_by("-attempted_at", "id")[:most])
