"""Which records somebody decided to be one person, as a list to look through and to undo from."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access.conditions import IsThere
from fourfold.access.paging import Page, page_of
from fourfold.access.projection import Projection, Staff
from fourfold.access.terms import OWN_COMPARTMENTS, Compartment, PartnerKind
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.people.models import SamePerson, Subject, Victim
from fourfold.people.terms import Part


@dataclass(frozen=True)
class Merged:
    """Two records that were found to be one person: on what, by whom, and since when they are two again, if they are."""

    id: UUID
    part: Part
    one: UUID
    other: UUID
    called: tuple[str, str]
    reason: str
    decided_at: datetime
    decided_by: str
    undone_at: datetime | None
    undone_by: str
    undone_because: str


MERGED = Projection(
    Merged,
    SamePerson,
    *("part", "called"),
    one="first",
    other="second",
    decided_by=Staff("decided_by", "a colleague"),
    undone_by=Staff("undone_by", "a colleague"),
)


def merged_records(actor: Actor, *, at: datetime, after: str = "") -> Page[Merged]:
    """Return fifty decisions that two records are one person, parted ones among them, the latest first.

    Only where the actor may see both records. Four statements and the log's.
    """
    victims = Victim.objects.visible_to(actor, at=at)
    subjects = subjects_open_to(actor, at)
    both = Q()
    for seen in (victims, subjects):  # asked of each pair, not of everybody on record
        both |= Q(*(IsThere(seen.filter(pk=OuterRef(which))) for which in ("first", "second")))
    found = SamePerson.objects.unscoped("scoped by both records in this line").filter(both)
    rows = page_of(found, "-decided_at", "id", after=after)
    ids = {each for row in rows for each in (row.first, row.second)}
    victim_names = {row.pk: row.name for row in victims.filter(pk__in=ids)}
    names = victim_names | {row.pk: row.name for row in subjects.filter(pk__in=ids)}
    people = access_queries.names_of({who for row in rows for who in (row.decided_by, row.undone_by) if who})
    audit.consulted(actor, "people.merged_list", at=at, compartments={str(Compartment.CORE)}, count=len(rows))
    return rows.map(
        lambda row: MERGED(
            row,
            names=people,
            part=Part.VICTIM if row.first in victim_names else Part.SUBJECT,
            called=(names[row.first], names[row.second]),
        )
    )


def subjects_open_to(actor: Actor, at: datetime) -> QuerySet[Subject]:
    """Return the subjects that the actor may see; none where their partner may never know who the subject is."""
    if Compartment.SUBJECT_IDENTITY not in OWN_COMPARTMENTS.get(PartnerKind(actor.partner_kind), ()):
        return Subject.objects.unscoped("nobody, for whom the subject's identity is shut").none()
    return Subject.objects.visible_to(actor, at=at)
