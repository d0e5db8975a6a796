"""Serial: one subject told of with several victims, one victim with several subjects, at this site and beyond.

What another site holds is told as a fact and no more, where an agreement tells it and no wall stands there.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access import scoping
from fourfold.access import services as access
from fourfold.access.paging import Page, page_of
from fourfold.access.terms import Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import PossibleAct, PossibleCourse
from fourfold.cases.queries import possible_courses
from fourfold.cases.queries.possible_courses import INSIDE, PossibleRow
from fourfold.cases.terms import Together
from fourfold.programme import queries as programme


@dataclass(frozen=True)
class SerialRow:
    """Somebody reported with several others; `elsewhere` names the sites that hold a record too, and nothing of it."""

    row: PossibleRow
    elsewhere: tuple[str, ...]


def serial(*, actor: Actor, kind: Together, at: datetime, after: str = "") -> Page[SerialRow]:
    """Return fifty subjects with several victims, or victims with several subjects, those with the most others first.

    One with a single other at this site is there only where another site holds a record and the agreement tells that.
    Whoever may not see subjects sees no list of them. Five statements at most and the log's.
    """
    access.require(actor, Permission.ALLEGATION_VIEW, at=at)
    tell = access_queries.sites_that_tell(actor, at=at)
    rows = possible_courses.visible_courses(actor, at).filter(kind=kind)
    rows = rows.filter(Q(others__gt=1) | Exists(_elsewhere(actor, tell, at)))
    shown = page_of(possible_courses.annotated(rows), "-others", "-acts", "id", after=after)
    listed = [row for row in shown.map(possible_courses.row_of(actor, at)) if row.subject is not None]
    there = _sites_of(shown, actor, tell, at)
    audit.consulted(actor, f"serial.{kind}", at=at, compartments=possible_courses.CORE, count=len(listed))
    return Page(tuple(SerialRow(row, there[row.id]) for row in listed), shown.next)


def told_together(*, actor: Actor, site: str, at: datetime, after: str = "") -> Page[PossibleRow]:
    """Return fifty of what belongs together among a site's reports, as whatever it does, those of the most reports first.

    Who is told of in several reports is there, on record or not. Two statements and the log's.
    """
    access.require(actor, Permission.ALLEGATION_VIEW, at=at, site=site)
    rows = possible_courses.visible_courses(actor, at).filter(site=site)
    listed = page_of(possible_courses.annotated(rows), "-acts", "-last_at", "id", after=after)
    audit.consulted(actor, "course.list", at=at, compartments=possible_courses.CORE, count=len(listed))
    return listed.map(possible_courses.row_of(actor, at))


def _elsewhere(actor: Actor, tell: Iterable[str], at: datetime) -> QuerySet[PossibleCourse]:
    """Return the parts of the same whole at sites that tell, around no report of which a wall stands."""
    return _told(actor, tell, at).filter(whole=OuterRef("whole"))


def _told(actor: Actor, tell: Iterable[str], at: datetime) -> QuerySet[PossibleCourse]:
    walled = PossibleAct.objects.unscoped(INSIDE).filter(course=OuterRef("pk"))
    walled = walled.filter(scoping.walled_off(actor, "allegation_id", at=at))
    there = PossibleCourse.objects.unscoped("only that it exists, as the agreement allows")
    return there.filter(ended_at__isnull=True, site__in=sorted(tell)).exclude(Exists(walled))


def _sites_of(
    shown: Iterable[PossibleCourse], actor: Actor, tell: frozenset[str], at: datetime
) -> dict[UUID, tuple[str, ...]]:
    by_whole = {row.whole: row.pk for row in shown}
    if not tell or not by_whole:
        return defaultdict(tuple)
    found: dict[UUID, set[str]] = defaultdict(set)
    for whole, site in _told(actor, tell, at).filter(whole__in=by_whole).values_list("whole", "site"):
        found[by_whole[whole]].add(site)
    names = {card.code: card.name for card in programme.sites()} if found else {}
    return defaultdict(tuple, {pk: tuple(sorted(names[site] for site in sites)) for pk, sites in found.items()})
