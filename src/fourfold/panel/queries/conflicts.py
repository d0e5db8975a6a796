"""Who stands aside from an item, and who has still to say."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from fourfold.access import queries as access_queries
from fourfold.access import signatories
from fourfold.access.models import Wall
from fourfold.access.terms import Opened
from fourfold.audit.terms import Actor
from fourfold.cases.models import CaseAct, Screening
from fourfold.cases.terms import Answer
from fourfold.panel import conflicts
from fourfold.panel.models import Declared, Item
from fourfold.panel.terms import AtTable

WHY = "whether somebody stands aside; the item was opened by the caller"


def at_table(opened: Opened, item: Item, actor: Actor, *, at: datetime) -> AtTable:
    """Return how the actor stands to an item that has been opened for that person: at most three statements."""
    said = Declared.objects.of(opened).filter(item=item, staff__in=signatories.records_of(actor))
    if answers := list(said.values_list("aside", flat=True)):
        return AtTable(aside=any(answers))
    case = item.case
    return AtTable(
        open=tuple(
            conflicts.detected(
                access_queries.names_of([actor.staff]).get(actor.staff, ""),
                (case.victim.family_name, case.subject.family_name),
                {relation.value for relation in opened.relations},
                known_here=_known_here(opened, at),
            )
        )
    )


def _known_here(opened: Opened, at: datetime) -> bool:
    """Return whether somebody who works here is known to be close and nobody has found who: once a wall stands around the
    report, oversight is asked no more, nor is everybody else at the table."""
    told = Q(left_at__isnull=True) | Q(same_as__isnull=False)  # a report that counts with another says it all the same
    acts = CaseAct.objects.of(opened).filter(told).values("allegation")
    said = Screening.objects.unscoped("only whether one says so; the case was opened").filter(allegation__in=acts)
    walled = Wall.objects.filter(Q(until_at__isnull=True) | Q(until_at__gt=at), file=OuterRef("allegation"))
    return said.filter(known_to_staff=Answer.YES).exclude(Exists(walled)).exists()


def aside_of(item: Item) -> frozenset[UUID]:
    """Return who has stepped aside from an item that was opened, by every record of each person: at most two statements."""
    said = Declared.objects.unscoped(WHY).filter(item=item, aside=True)
    return signatories.records_of_people(frozenset(said.values_list("staff", flat=True)))


def asides_shown(opened: Opened, item: Item, *, at: datetime) -> tuple[str, ...]:
    """Return who stands aside, by profession and name, never why: two statements, one where nobody does."""
    rows = Declared.objects.of(opened).filter(item=item, aside=True, declared_at__lte=at).order_by("declared_at")
    found = list(rows.values_list("staff", "profession"))
    names = access_queries.names_of(staff for staff, _ in found) if found else {}
    return tuple(
        f"{names.get(staff, 'somebody who left')}{', ' + profession if profession else ''}"
        for staff, profession in found
    )
