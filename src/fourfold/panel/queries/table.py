"""What the panel and its rules stand on: the signs, the acts, who has spoken, the site's way of working."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from fourfold.access.terms import Opened
from fourfold.assessment import queries as assessment_queries
from fourfold.assessment.queries import Standings
from fourfold.assessment.terms import AdviceState
from fourfold.cases.models import Case, CaseAct
from fourfold.cases.queries import kinds_of
from fourfold.cases.rules import course_of_conduct, review_due
from fourfold.cases.terms import Act, Answer, CourseOfConduct, Level
from fourfold.panel import rules
from fourfold.panel.models import Decision, Item, View
from fourfold.panel.terms import Phase, Signs, Table, ViewGiven
from fourfold.programme import queries as programme

RECENT = timedelta(days=90)


def table_of(item: Item, signs: Signs, *, at: datetime, second_signature: bool = False) -> Table:
    """Return what the panel stands on for an item that has been opened: four statements."""
    site, day = item.sitting.site, at.date()
    working = programme.working(site, day)
    return Table(
        phase=Phase(item.phase),
        quorum=tuple(item.sitting.quorum),
        views=views_given(item),
        partners=frozenset(partner.code for partner in programme.site(site).partners),
        today=day,
        therapy_while_investigated=working.therapy_while_investigated,
        review_by={
            level: review_due(level, at, working=working, opened_at=item.case.opened_at).date() for level in Level
        },
        advised=rules.advised_level(signs),
        in_force=signs.in_force,
        gate_source="" if working.therapy_while_investigated else f"Rule of this site ({working.model} model).",
        second_signature=second_signature,
    )


def views_given(item: Item) -> tuple[ViewGiven, ...]:
    """Return who has given a view of an item that has been opened: one statement."""
    views = View.objects.unscoped("the item was opened by the caller").filter(item=item).order_by("given_at")
    given = views.values_list("staff", "profession", "level", "independent")
    return tuple(ViewGiven(staff, of, level_of(level), alone) for staff, of, level, alone in given)


def investigation(opened: Opened) -> Answer:
    """Return what the latest decision about an opened case says of an investigation; not known without one."""
    latest = Decision.objects.of(opened).order_by("-decided_at").values_list("under_investigation", flat=True).first()
    return Answer(latest) if latest else Answer.NOT_KNOWN


def level_of(value: str) -> Level | None:
    """Return the level of a column, None for an empty one."""
    return Level(value) if value else None


def signs_of(opened: Opened, case: Case, *, at: datetime) -> Signs:
    """Return what is known of an opened case, as the rules' advice is drawn from: five statements."""
    level = level_of(case.level)
    return signs_from(assessment_queries.standings(opened, case.site, level, at=at), acts_of(opened, at), level, at)


@dataclass(frozen=True)
class ActSeen:
    """One act of the pattern, as the panel sees it."""

    at: datetime
    recorded_class: str
    seriousness: int
    breach: bool
    behaviours: tuple[str, ...]


def acts_of(opened: Opened, at: datetime) -> tuple[ActSeen, ...]:
    """Return the acts of an opened case until now, the latest first: one statement."""
    rows = CaseAct.objects.of(opened).filter(left_at__isnull=True, happened_at__lte=at).select_related("allegation")
    return tuple(
        ActSeen(
            row.happened_at,
            row.allegation.recorded_class,
            row.seriousness,
            row.allegation.breach_of is not None,
            kinds_of(row.allegation),
        )
        for row in rows.order_by("-happened_at")
    )


def signs_from(standings: Standings, acts: tuple[ActSeen, ...], level: Level | None, at: datetime) -> Signs:
    """Return the signs that assessments and acts which were read already give."""
    course = course_of(acts)
    return Signs(
        tools=tuple(
            (row.title, row.advised) for row in standings.latest if row.advice_state is not AdviceState.NOT_COMPUTED
        ),
        stale=tuple(row.title for row in standings.latest if row.stale),
        missing=tuple(needed.title for needed in standings.needed if not _made(needed.instrument, standings)),
        critical=tuple(sentence for row in standings.latest for sentence in row.critical),
        in_force=level,
        acts=course.acts,
        acts_90=sum(act.at > at - RECENT for act in acts),
        breaches=course.breaches,
        shortening=course.shortening,
    )


def course_of(acts: tuple[ActSeen, ...]) -> CourseOfConduct:
    """Return the course of conduct that the acts make."""
    return course_of_conduct(
        Act(act.at, act.recorded_class, is_breach=act.breach, behaviours=act.behaviours) for act in acts
    )


def _made(instrument: str, standings: Standings) -> bool:
    return any(row.instrument == instrument for row in standings.latest)
