"""What the victim of a case is known by besides the name: for whoever may read how the victim is contacted, and for nobody else."""

from dataclasses import dataclass
from datetime import datetime

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.people import queries as people
from fourfold.people.queries.withdrawals import reach_in
from fourfold.people.terms import MarkKind, Part, Reach, Withdrawn
from fourfold.support.queries.rows import opened_file

#: Telephone numbers and addresses stand on no page; messages go there by themselves.
KNOWN_BY = (MarkKind.OTHER_NAME, MarkKind.VEHICLE, MarkKind.ACCOUNT)


@dataclass(frozen=True)
class KnownBy:
    """A victim's other names, cars and accounts, and which of them were ever withdrawn."""

    reference: str
    name: str
    marks: tuple[Reach, ...]
    withdrawn: tuple[Withdrawn, ...]
    may_add: bool


def known_by(*, actor: Actor, reference: str, at: datetime) -> KnownBy:
    """Return what the victim of a case is known by, or raise NotFound: also for whoever may open the case and not the file.

    A fixed number of statements, whatever is on record.
    """
    case, opened = opened_file(actor, reference, at, Compartment.VICTIM_CONTACT, "victim.known_by")
    audit.consulted(
        actor, "victim.known_by", at=at, file=case.pk, compartments={str(Compartment.VICTIM_CONTACT)}, count=1
    )
    rows = people.standing(people.marks_of(case.victim)).filter(kind__in=KNOWN_BY, ended_at__isnull=True)
    return KnownBy(
        reference=case.reference,
        name=case.victim.name,
        marks=tuple(map(reach_in, rows.order_by("kind", "recorded_at", "id"))),
        withdrawn=tuple(one for one in people.withdrawals_of(Part.VICTIM, case.victim_id) if one.mark.kind in KNOWN_BY),
        may_add=Compartment.VICTIM_CONTACT in opened.writable
        and access_queries.may(actor, Permission.SAFE_CONTACT_SET),
    )
