"""Lists of cases, paged by key: fifty rows cost the same whether there are a hundred cases or a hundred thousand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from fourfold.access.models import Relation
from fourfold.access.paging import PAGE, WHOLE
from fourfold.access.projection import Added, Projection
from fourfold.access.scoping import opens
from fourfold.access.statements import ASKS, Statement, composed
from fourfold.access.terms import KEPT_OUT, Compartment
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, SavedFilter
from fourfold.cases.queries.rows import last_only_told
from fourfold.cases.queries.values import CaseList, CaseRow
from fourfold.cases.terms import Level, State
from fourfold.words import Word, sentence, together

_SHOWN = (
    *("reference", "site", "relationship", "level", "state", "opened_at", "review_due_at", "last_act_at", "acts"),
    *("victim__given_name", "victim__family_name"),
    *("subject__given_name", "subject__family_name", "subject__known"),
)
Mine = Callable[[QuerySet[Case], Actor, datetime, Q, Any], QuerySet[Case]]
_PARTS = (Compartment.RISK, Compartment.SUBJECT_IDENTITY)
CASE_ROW = Projection(
    CaseRow,
    Case,
    victim="victim__name",
    subject="subject__name",
    level_shown=Added("sees_risk"),
    last_act_told=Added("only_told"),
)


def cases(
    *,
    actor: Actor,
    at: datetime,
    after: str = "",
    state: State | None = None,
    level: Level | None = None,
    mine: bool = False,
) -> CaseList:
    """Return fifty cases that the actor may open, the last opened first, from the one after the reference `after`.

    Two statements and the log's; three with `after`, and one more for one's own where none, or not all, are among the newest.
    """
    # One that is not open to the actor has no place, or its place would betray it.
    place = next(iter(_place(actor, at, reference=after)), None) if after else None
    beyond = dict(zip(("opened_at", "case"), place, strict=True)) if place else {}
    rows = _listed(actor, at, state, level, newest_own if mine else None, PAGE, **beyond)
    if mine and len(rows) <= PAGE and (not rows or rows[0].has_more):  # type: ignore[attr-defined]
        rows = _listed(actor, at, state, level, own, PAGE, **beyond)
    listed = tuple(map(_row, rows[:PAGE]))
    audit.consulted(actor, "case.list", at=at, compartments={"core", "risk", "subject_identity"}, count=len(listed))
    return CaseList(listed, listed[-1].reference if len(rows) > PAGE else None)


@composed
def _place(actor: Actor, at: datetime, *, reference: str) -> QuerySet[Case, Any]:
    return Case.objects.visible_to(actor, at=at).filter(reference=reference).values_list("opened_at", "id")


@composed
def _listed(
    actor: Actor, at: datetime, state: State | None, level: Level | None, mine: Mine | None, most: int, **place: Any
) -> QuerySet[Case]:
    wanted = _asked_for(state, level, **place)
    rows = Case.objects.visible_to(actor, at=at).annotate(**_parts_open(actor, at)).filter(wanted)
    if level is not None:
        rows = rows.filter(opens(actor, Compartment.RISK, at=at))
    if mine is not None:
        rows = mine(rows, actor, at, wanted, place.get("opened_at"))
    return rows.select_related("victim", "subject").only(*_SHOWN).order_by("-opened_at", "id")[: most + 1]


def _asked_for(state: State | None, level: Level | None, opened_at: Any = None, case: Any = None) -> Q:
    wanted = Q()
    if opened_at is not None:
        # Said twice: by the first the database begins in its index where the page does, not at the newest case.
        wanted &= Q(opened_at__lte=opened_at) & (Q(opened_at__lt=opened_at) | Q(opened_at=opened_at, id__gt=case))
    if state is not None:
        wanted &= Q(state=state)
    return wanted if level is None else wanted & Q(level=level)


def own(rows: QuerySet[Case], actor: Actor, at: datetime, wanted: Q, since: Any = None) -> QuerySet[Case]:
    """Keep the cases in which the actor has a part now."""
    return rows.filter(pk__in=related_to(actor, at))


#: So many of one's own, the newest, have their doors looked at before all have: a page, the row that says whether more
#: follow, and some for those that are closed by a wall or were handed over.
NEWEST = PAGE + 10


def newest_of(most: int) -> Mine:
    """Return what keeps those of the actor's own that are among the newest, each with whether the actor has more than those."""

    def newest_own(rows: QuerySet[Case], actor: Actor, at: datetime, wanted: Q, since: Any = None) -> QuerySet[Case]:
        theirs = related_to(actor, at)
        # In the order in which the parts are kept, which ends where there are enough.
        newest = theirs.filter(opened_at__isnull=False).order_by("-opened_at", "file")
        if wanted:
            asked = Case.objects.unscoped("inside a scoped list").filter(wanted, pk=OuterRef("file"))
            newest = newest.filter(Exists(asked))
        if since is not None:
            newest = newest.filter(opened_at__lte=since)
        return rows.filter(pk__in=newest[:most]).annotate(has_more=Exists(theirs[most : most + 1]))

    return newest_own


newest_own = newest_of(NEWEST)


def related_to(actor: Actor, at: datetime) -> QuerySet[Relation, Any]:
    """Return the files in which the actor has a part now that does not keep them out, for the inside of a scoped list."""
    return (
        Relation.objects.filter(staff_id=actor.staff, from_at__lte=at)
        .filter(Q(until_at__isnull=True) | Q(until_at__gt=at))
        .exclude(kind__in=sorted(KEPT_OUT))
        .values("file")
    )


def _parts_open(actor: Actor, at: datetime) -> dict[str, Any]:
    """Return what a list says for each of its cases: whether the risk, and who the subject is, are open to the actor, and
    whether the day of the last act was told."""
    return {
        "sees_risk": opens(actor, Compartment.RISK, at=at),
        "sees_subject": opens(actor, Compartment.SUBJECT_IDENTITY, at=at),
        "only_told": last_only_told(),
    }


def _row(case: Case) -> CaseRow:
    shown = case.sees_risk, case.sees_subject  # type: ignore[attr-defined]
    return CASE_ROW(case, opened={part for part, opens in zip(_PARTS, shown, strict=True) if opens})


@dataclass(frozen=True)
class CaseFound:
    """A case of somebody who was found, and by what: of the victim or of the subject."""

    row: CaseRow
    found_by: Word


def cases_of_people(*, actor: Actor, people: Mapping[UUID, Word], at: datetime) -> tuple[CaseFound, ...]:
    """Return the cases in which one of `people` is the victim, or a subject whom the actor may see there, the last opened
    first, each with what they were found by; one statement."""
    shown = _of_people(actor, at, people=tuple(people))
    listed = tuple(CaseFound(_row(row), _found_by(row, people)) for row in shown)
    audit.consulted(actor, "case.list", at=at, compartments={"core", "risk", "subject_identity"}, count=len(listed))
    return listed


@composed
def _of_people(actor: Actor, at: datetime, people: Any) -> QuerySet[Case]:
    rows = Case.objects.visible_to(actor, at=at).annotate(**_parts_open(actor, at))
    rows = rows.filter(Q(victim__in=people) | Q(sees_subject=True, subject__in=people))
    return rows.select_related("victim", "subject").only(*_SHOWN).order_by("-opened_at", "id")[:WHOLE]


def _found_by(case: Case, people: Mapping[UUID, Word]) -> Word:
    of_victim, of_subject = people.get(case.victim_id), people.get(case.subject_id)
    said = [sentence("victim: {1}", of_victim)] if of_victim else []
    if of_subject and case.sees_subject:  # type: ignore[attr-defined]
        said.append(sentence("subject: {1}", of_subject))
    return together("; ", said)


@dataclass(frozen=True)
class FilterShown:
    """A choice of cases under the name that its owner gave it."""

    id: UUID
    name: str
    state: str
    level: str
    mine: bool


FILTER = Projection(FilterShown, SavedFilter)


def saved_filters(*, actor: Actor) -> tuple[FilterShown, ...]:
    """Return the actor's own saved filters by name; one statement. They say nothing of anybody, so none is logged."""
    return FILTER.all(_FILTERS.rows({"staff": actor.staff}))


_FILTERS = Statement(
    lambda: SavedFilter.objects.filter(staff=ASKS.staff, removed_at__isnull=True).order_by("name", "id")
)
