"""One possible course of conduct: its reports as one dated pattern, why it is on the list, and what was said of it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from fourfold.access import queries as access_queries
from fourfold.access import scoping
from fourfold.access.paging import WHOLE, Page, page_of
from fourfold.access.projection import Projection, Staff
from fourfold.access.terms import NotFound
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases import rules
from fourfold.cases.models import Case, CourseJudged, PossibleAct, PossibleCourse
from fourfold.cases.queries import possible_courses, rows
from fourfold.cases.queries.course_facts import ActFact, facts_of
from fourfold.cases.queries.course_since import AsOf, since_of, with_since
from fourfold.cases.queries.possible_courses import INSIDE, PossibleRow
from fourfold.cases.queries.values import ActRow
from fourfold.cases.terms import CourseOfConduct, CourseVerdict
from fourfold.intake.models import Allegation
from fourfold.intake.terms import Behaviour
from fourfold.programme import queries as programme


@dataclass(frozen=True)
class Said:
    """What somebody said of a possible course, and whether it was undone since."""

    verdict: CourseVerdict
    reason: str
    at: datetime
    by: str
    undone_at: datetime | None
    undone_because: str


SAID = Projection(Said, CourseJudged, at="judged_at", by=Staff("judged_by", "a colleague"))


@dataclass(frozen=True)
class CoursePage:
    """Everything that the page of a possible course shows.

    `facts` are all its reports, for the drawings; `acts` a page of them with their words. `examples` count the Act's seven examples. `elsewhere` names sites that hold reports of it too, of which
    the agreement lets the reader know no more.
    """

    row: PossibleRow
    found_at: datetime
    as_of: AsOf
    course: CourseOfConduct
    two_acts: bool
    examples: tuple[tuple[Behaviour, int], ...]
    facts: tuple[ActFact, ...]
    acts: Page[ActRow]
    elsewhere: tuple[str, ...]
    said: tuple[Said, ...]
    cases: tuple[str, ...]


def course_page(*, actor: Actor, course: UUID, at: datetime, after: str = "") -> CoursePage:
    """Return the page of one possible course, or raise NotFound. A fixed number of statements, however many reports."""
    standing = possible_courses.visible_courses(actor, at).filter(pk=course)
    found = with_since(possible_courses.annotated(standing), actor, at).first()
    if found is None:
        audit.refused(actor, "file.opened", at=at, rule="closed", file=course)
        raise NotFound
    row = possible_courses.row_of(actor, at)(found)
    held = PossibleAct.objects.unscoped("the course was opened").filter(course=course)
    third = list(held.filter(third=True).values_list("allegation", flat=True))
    reports = Allegation.objects.visible_to(actor, at=at).filter(pk__in=held.values("allegation"))
    facts = facts_of(reports, third=third, sees_subject=row.subject is not None)
    against_victim = [fact.as_rules_see for fact in facts if not fact.third]
    acts = page_of(rows.with_standing(reports.select_related("summary")), "-told_at", "id", after=after).map(
        rows.allegation_row
    )
    audit.consulted(actor, "course.page", at=at, compartments=possible_courses.CORE, file=course, count=len(facts))
    return CoursePage(
        row=row,
        found_at=found.found_at,
        as_of=since_of(found, row.looked_at),
        course=rules.course_of_conduct(against_victim),
        two_acts=rules.two_acts(against_victim),
        examples=examples_counted(facts),
        facts=facts,
        acts=acts,
        elsewhere=_elsewhere(actor, found, at),
        said=_said(course),
        cases=_cases(actor, held, at),
    )


def examples_counted(facts: tuple[ActFact, ...]) -> tuple[tuple[Behaviour, int], ...]:
    """Return how many acts show each of the Act's seven examples, in the order of the Act."""
    counted = Counter(kind for fact in facts if not fact.third for kind in dict.fromkeys(fact.kinds))
    return tuple((behaviour, counted[behaviour]) for behaviour in rules.SEVEN)


def _elsewhere(actor: Actor, course: PossibleCourse, at: datetime) -> tuple[str, ...]:
    """Return the sites that hold reports of the same course, where an agreement tells that much and no wall stands."""
    sites = access_queries.sites_that_tell(actor, at=at)
    walled = PossibleAct.objects.unscoped(INSIDE).filter(scoping.walled_off(actor, "allegation_id", at=at))
    rows_ = PossibleCourse.objects.unscoped("only that it exists, as the agreement allows").filter(
        whole=course.whole, ended_at__isnull=True, site__in=sorted(sites)
    )
    there = set(rows_.exclude(pk__in=walled.values("course")).values_list("site", flat=True))
    return tuple(card.name for card in programme.sites() if card.code in there) if there else ()


def _said(course: UUID) -> tuple[Said, ...]:
    judged = CourseJudged.objects.unscoped("the course was opened").filter(course=course)
    return SAID.all(judged.order_by("-judged_at", "id"))


def _cases(actor: Actor, held: QuerySet[PossibleAct], at: datetime) -> tuple[str, ...]:
    joined = Case.objects.visible_to(actor, at=at).filter(
        case_acts__allegation__in=held.values("allegation"), case_acts__left_at__isnull=True
    )
    return tuple(joined.order_by("reference").values_list("reference", flat=True).distinct()[:WHOLE])
