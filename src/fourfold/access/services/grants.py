"""Opening a file to the partners of a site, handing it over, and giving people a part in it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from fourfold.access import queries, terms
from fourfold.access.models import Agreement, EndAsked, Grant, Relation
from fourfold.access.scoping import running
from fourfold.access.services.ends import HANDED, close_asked, end_row
from fourfold.access.statements import for_nobody
from fourfold.access.terms import KEPT_OUT, OWN_COMPARTMENTS, TEAM_COMPARTMENTS, PartnerKind, RelationKind, Side, bits
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.base import note_made
from fourfold.gateways.bulk import insert_rows

#: So long after the last day of an agreement the next one still opens what it opened: a signature that came late.
CARRIED_ON = timedelta(days=90)


def grant_file(*, actor: Actor, file: UUID, site: str, at: datetime) -> list[Grant]:
    """Open a new file to the partners of its site: the actor's own as controller, the others by agreement.

    Called inside the write that makes the file, so that no file is ever without its grants. Returns them, for the
    entry of that write to commit to.
    """
    own = OWN_COMPARTMENTS.get(PartnerKind(actor.partner_kind), frozenset()) | TEAM_COMPARTMENTS
    grants = [Grant(file=file, site=site, partner=actor.partner, compartments=bits(own), from_at=at)]
    grants += [
        Grant(file=file, site=site, partner=each.partner, compartments=each.compartments, agreement=each, from_at=at)
        for each in _signed(site=site, at=at, day=terms.day_of(at))  # the next one too, once it begins
    ]
    note_made(insert_rows(grants))
    return grants


@for_nobody
def _signed(site: Any, at: Any, day: Any) -> QuerySet[Agreement]:
    return Agreement.objects.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at), site=site, ends_on__gte=day)


def carry_on(agreement: Agreement, *, at: datetime) -> list[Grant]:
    """Let a new agreement open the files that the last ones of the same two opened, inside the write that signs it.

    What was ended early, handed to another unit or closed for longer stays closed. Returns the grants, for the entry to commit to.
    """
    same = Grant.objects.filter(running(at), site=agreement.site, partner=agreement.partner, handed_at__isnull=True)
    lately = {"agreement__ended_at__isnull": True, "agreement__ends_on__gte": agreement.starts_on - CARRIED_ON}
    files = same.filter(**lately).values_list("file", flat=True)
    opened = {"site": agreement.site, "partner": agreement.partner, "compartments": agreement.compartments}
    return Grant.objects.bulk_create(
        Grant(file=file, agreement=agreement, from_at=at, **opened) for file in files.order_by("file").distinct()
    )


def open_to_host(*, actor: Actor, files: Iterable[UUID], site: str, host: Actor, at: datetime) -> list[Grant]:
    """Open records of a site's desk that another partner holds to the host, inside the write that says why.

    `host` is the actor as acting for the unit. Returns the grants, for the entry of that write to commit to.
    """
    own = OWN_COMPARTMENTS.get(PartnerKind(host.partner_kind), frozenset()) | TEAM_COMPARTMENTS
    return Grant.objects.bulk_create(
        Grant(file=file, site=site, partner=host.partner, compartments=bits(own), from_at=at) for file in files
    )


def hand_over_file(*, actor: Actor, file: UUID, site: str, until: datetime, at: datetime) -> tuple[int, int]:
    """Let a unit's grants and its members' parts in a file end at a later moment, inside the write that hands it over.

    From now on they open what is on record now, and no list; nobody is asked any more to end one of the parts. Returns how many grants and parts that was. What ends sooner
    by itself ends then.
    """
    with audit.recorded(actor, "file.handed_over", at=at, file=file, operation=Operation.CONFIGURATION) as entry:
        unit = {person.pk for person, _ in queries.unit_of(site, at=at)}
        running = Q(until_at__isnull=True) | Q(until_at__gt=at)
        grants = list(Grant.objects.select_for_update().filter(running, file=file, site=site))
        whose = Q(staff__in=unit) | Q(staff__partner__in={grant.partner for grant in grants})
        parts = list(Relation.objects.select_for_update().filter(running, whose, file=file))
        ending: list[Grant | Relation] = [*grants, *(part for part in parts if part.kind not in KEPT_OUT)]
        for row in ending:
            row.until_at = until if row.until_at is None else min(row.until_at, until)
            row.handed_at = at
            row.save(update_fields=["until_at", "handed_at"])
            entry.about(row)
        close_asked(entry, EndAsked.objects.filter(relation__in=parts), at, because=HANDED)
        return len(grants), len(parts)


def relate(
    *,
    actor: Actor,
    file: UUID,
    staff: UUID,
    kind: RelationKind,
    at: datetime,
    side: Side = Side.NONE,
    opened_at: datetime | None = None,
) -> Relation:
    """Record how a member of staff stands to a file, from now on; `opened_at`: when that was opened, if not now."""
    with audit.recorded(actor, "relation.given", at=at, file=file, operation=Operation.CONFIGURATION) as entry:
        given = {"from_at": at, "given_by": actor.staff, "opened_at": opened_at or at}
        relation = Relation.objects.create(file=file, staff_id=staff, kind=kind, side=side, **given)
        entry.about(relation)
    return relation


def end_relation(*, actor: Actor, relation: Relation, at: datetime) -> Relation:
    """End a part that a member of staff has in a file, inside the write that has checked who may; the row stays."""
    with audit.recorded(actor, "relation.ended", at=at, file=relation.file, operation=Operation.CONFIGURATION) as entry:
        end_row(entry, relation, at, at)
        return relation
