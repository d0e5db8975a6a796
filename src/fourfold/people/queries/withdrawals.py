"""What was put on somebody's record by mistake: kept out of all that is looked for, and shown with who said so and why."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access.projection import Projection, Staff
from fourfold.people.models import MarkWithdrawn, ReachWithdrawn, Subject, SubjectMark, Victim, VictimReach
from fourfold.people.terms import MarkKind, Part, Reach, Withdrawn

Mark = TypeVar("Mark", SubjectMark, VictimReach)
Pairs = frozenset[tuple[MarkKind, str]]
FOR_NOBODY = "only whether it stands"
OPENED = "the person was opened"
#: Where it is kept that a row of a table was withdrawn, and whose that row is.
WITHDRAWN: Mapping[Any, Any] = {SubjectMark: MarkWithdrawn, VictimReach: ReachWithdrawn}
OWNER: Mapping[Any, str] = {SubjectMark: "subject", VictimReach: "victim"}
REACH: Mapping[Any, Projection[Reach]] = {
    SubjectMark: Projection(Reach, SubjectMark),
    VictimReach: Projection(Reach, VictimReach, "of_associate"),
}
_BY = {"by": Staff("decided_by", "a colleague"), "undone_by": Staff("undone_by", "a colleague")}
SHOWN: Mapping[Any, Projection[Withdrawn]] = {
    table: Projection(Withdrawn, table, "mark", at="decided_at", **_BY) for table in WITHDRAWN.values()
}


def standing(rows: QuerySet[Mark]) -> QuerySet[Mark]:
    withdrawn = WITHDRAWN[rows.model].objects.unscoped(FOR_NOBODY)
    return rows.filter(~Exists(withdrawn.filter(mark=OuterRef("pk"), undone_at__isnull=True)))


def marks_of(person: Victim | Subject) -> QuerySet[Any]:
    """Return everything that was ever put on the record of somebody who has been opened, besides the name."""
    table: Any = VictimReach if isinstance(person, Victim) else SubjectMark
    return table.objects.unscoped(OPENED).filter(**{OWNER[table]: person})


def withdrawn_everywhere() -> Mapping[UUID, Pairs]:
    """Return for each person what was withdrawn and stands nowhere else on the record: to compare, never to show."""
    found: dict[UUID, set[tuple[MarkKind, str]]] = defaultdict(set)
    for table, owner in OWNER.items():
        same = {name: OuterRef(f"mark__{name}") for name in (owner, "kind", "key")}
        kept = standing(table.objects.unscoped(FOR_NOBODY).filter(**same))
        withdrawn = WITHDRAWN[table].objects.unscoped(FOR_NOBODY).filter(~Exists(kept), undone_at__isnull=True)
        for person, kind, key in withdrawn.values_list(f"mark__{owner}", "mark__kind", "mark__key"):
            found[person].add((MarkKind(kind), key))
    return {person: frozenset(marks) for person, marks in found.items()}


def withdrawals_of(part: Part, person: UUID) -> tuple[Withdrawn, ...]:
    """Return what was ever withdrawn from the record of somebody who has been opened, the latest first.

    Also where that was undone since. Two statements.
    """
    table = VictimReach if part is Part.VICTIM else SubjectMark
    rows = WITHDRAWN[table].objects.unscoped(OPENED).filter(**{f"mark__{OWNER[table]}": person})
    found = list(rows.select_related("mark").order_by("-decided_at", "id"))
    names = access_queries.names_of({who for row in found for who in (row.decided_by, row.undone_by) if who})
    return tuple(SHOWN[type(row)](row, names=names, mark=reach_in(row.mark)) for row in found)


def reach_in(row: SubjectMark | VictimReach) -> Reach:
    return REACH[type(row)](row)
