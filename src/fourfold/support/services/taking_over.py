"""Taking over the contacts, check-ins and consents of the time before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.models import Relation
from fourfold.access.terms import NotFound, Permission, Refused, RelationKind
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case
from fourfold.support import rules
from fourfold.support.models import CheckIn, Consent, Contact
from fourfold.support.services.measures import past_check_in
from fourfold.support.terms import PastCheckIn, PastConsent, PastContact

BATCH = 500


def take_over(*, actor: Actor, rows: Iterable[PastContact | PastCheckIn | PastConsent], at: datetime) -> int:
    """Bring in past contacts, check-ins and consents of cases of which the actor is the advocate; return how many.

    Batches of 500 with one entry each. Raises NotFound for a case that is not open to the actor, Refused for one
    whose advocate is somebody else, CannotSupport for an answer that does not fit.
    """
    remaining, total = iter(rows), 0
    while batch := list(islice(remaining, BATCH)):
        _refuse_foreign(actor, {past.case for past in batch}, at)
        with audit.recorded(actor, "support.taken_over", at=at, operation=Operation.COLLECTION) as entry:
            made = [_past(actor, past) for past in batch]
            for table in (Contact, CheckIn, Consent):
                table.objects.bulk_create([row for row in made if isinstance(row, table)])
            entry.seal(made)
        total += len(batch)
    return total


def _refuse_foreign(actor: Actor, wanted: set[UUID], at: datetime) -> None:
    """Let pass only cases that are open to the actor, and of which the actor is the advocate."""
    found = Case.objects.visible_to(actor, at=at).in_bulk(wanted)
    if len(found) < len(wanted):
        raise NotFound
    for site in {case.site for case in found.values()}:
        access.require(actor, Permission.SUPPORT_RECORD, at=at, site=site)
    hers = Relation.objects.filter(
        file__in=wanted, staff_id=actor.staff, kind=RelationKind.ADVOCATE, from_at__lte=at, until_at__isnull=True
    )
    if hers.values("file").distinct().count() < len(wanted):
        audit.refused(actor, "support.taken_over", at=at, rule="not the advocate")
        raise Refused("compartment", "Contacts are taken over by the advocate whose cases they are.")


def _past(actor: Actor, past: PastContact | PastCheckIn | PastConsent) -> Contact | CheckIn | Consent:
    if isinstance(past, PastConsent):
        held = access_queries.held_by(actor, past.source, at=past.said_at)
        return Consent(case_id=past.case, matter=past.matter, state=past.state, said_at=past.said_at, **held)
    if isinstance(past, PastCheckIn):
        held = access_queries.held_by(actor, past.source, at=past.answered_at)
        columns = past_check_in(past.version, past.answers)
        return CheckIn(case_id=past.case, answered_at=past.answered_at, mode=past.mode, **columns, **held)
    return Contact(
        case_id=past.case,
        channel=past.channel,
        incoming=past.incoming,
        attempted_at=past.attempted_at,
        outcome=past.outcome,
        why_stopped=past.why_stopped,
        safe=rules.is_safe(past.outcome) if past.safe is None else past.safe,
        minutes=past.minutes,
        **access_queries.held_by(actor, past.source, at=past.attempted_at),
    )
