"""That a victim's record was merged with another, or that somebody asks for it: told to the victim's own advocate."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Value

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.queries.level_shown import level_shown, with_risk
from fourfold.cases.terms import ShownLevel
from fourfold.people.queries.same_person import joined_lately, joins_waiting, people_of
from fourfold.support.queries.rows import own_files

#: For how long an advocate is told that a record was merged.
TOLD_FOR = timedelta(days=14)


@dataclass(frozen=True)
class MergeTold:
    """In a case of the reader's own, that another record is said to be the same victim: merged, or only asked for."""

    reference: str
    level: ShownLevel
    merged: bool
    said_at: datetime


def merges_told(*, actor: Actor, at: datetime) -> tuple[MergeTold, ...]:
    """Return what was merged, or is asked to be, with the victims of the advocate's own cases; not with whom.

    One statement where nothing was merged lately.
    """
    if not access_queries.may(actor, Permission.NOTE_CONFIDENTIAL):
        return ()
    joined = joined_lately(since=at - TOLD_FOR).order_by().values_list("first", "second", "decided_at", Value(True))
    asked = joins_waiting(at=at).order_by().values_list("first", "second", "recorded_at", Value(False))
    said = list(joined.union(asked, all=True))
    if not said:
        return ()
    people = people_of({each for first, second, _, _ in said for each in (first, second)})
    cases = with_risk(Case.objects.visible_to(actor, at=at), actor, at).filter(pk__in=own_files(actor, at))
    own = list(cases.filter(victim_id__in=set().union(*people.values())).only("pk", "reference", "level", "victim_id"))
    told = tuple(
        MergeTold(case.reference, level_shown(case.level, sees_risk=case.sees_risk), merged, said_at)
        for first, second, said_at, merged in said
        for case in own
        if case.victim_id in people[first] | people[second]
    )
    if told:
        shown = {str(Compartment.CORE)}
        audit.consulted(actor, "victim.merges_told", at=at, compartments=shown, count=len(told))
    return told
