"""What the panel and its rules stand on: the signs, the acts, who has spoken, the site's way of working."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from fourfold.access.terms import Opened
from fourfold.assessment import queries as assessment_queries
from fourfold.assessment.queries import Standings
from fourfold.assessment.terms import AdviceState
from fourfold.cases.models import Case, CaseAct
from fourfold.cases.queries import kinds_of, seriousness_of
from fourfold.cases.rules import course_of_conduct, review_due
from fourfold.cases.terms import Act, Answer, CourseOfConduct, Level
from fourfold.intake.models import Allegation
from fourfold.panel import gates, rules
from fourfold.panel.models import Consultation, Decision, Item, View
from fourfold.panel.queries.conflicts import aside_of
from fourfold.panel.terms import Phase, Signs, Table, ViewGiven
from fourfold.people.models import Subject
from fourfold.programme import queries as programme
from fourfold.programme.advising import advice_rules, measures_by_level
from fourfold.words import named, sentence

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
        gate_source=sentence("Rule of this site ({1} model).", named(working.model)),
        second_signature=second_signature,
        subject_age=age_of(item.case, day),
        minimum_age=working.minimum_age,
        residents_only=working.residents_only,
        referring_service_keeps_case=working.referring_service_keeps_case,
        kept_by=_kept_by(item.case),
        advice=(*advice_rules(working.advice), *measures_by_level(working.measures)),
        assessed=signs.assessed,
    )


def why_not_direct_work(opened: Opened, case: Case, *, at: datetime) -> str | None:
    """Return why nobody may work directly with the subject of an opened case, or None: three statements."""
    working, day = programme.working(case.site, at.date()), at.date()
    investigated, resident = answers(opened)
    table = Table(
        phase=Phase.DECIDED,
        quorum=(),
        views=(),
        partners=frozenset(),
        today=day,
        therapy_while_investigated=working.therapy_while_investigated,
        gate_source=sentence("Rule of this site ({1} model).", named(working.model)),
        subject_age=age_of(case, day),
        minimum_age=working.minimum_age,
        residents_only=working.residents_only,
    )
    return gates.why_not_direct_work(investigated, table, resident)


def _kept_by(case: Case) -> str:
    """Return who keeps holding a case about which the unit advises; empty where nobody said."""
    asked = Consultation.objects.unscoped("the case was opened by the caller").filter(case=case)
    return asked.seen().order_by("-asked_at").values_list("owner", flat=True).first() or ""


def age_of(case: Case, on: date) -> int | None:
    """Return the subject's age on a day, None where the date of birth is not on record: one statement."""
    born = Subject.objects.unscoped("only whether the subject is of age; the case was opened by the caller").filter(
        pk=case.subject_id
    )
    birth_on = born.values_list("birth_on", flat=True).first()
    if birth_on is None:
        return None
    return on.year - birth_on.year - ((on.month, on.day) < (birth_on.month, birth_on.day))


def views_given(item: Item) -> tuple[ViewGiven, ...]:
    """Return who has given a view of an item that has been opened, without those who stand aside: two statements."""
    views = View.objects.unscoped("the item was opened by the caller").filter(item=item).seen().order_by("given_at")
    views = views.exclude(staff__in=aside_of(item))
    given = views.values_list("staff", "profession", "level", "independent")
    return tuple(ViewGiven(staff, of, level_of(level), alone) for staff, of, level, alone in given)


def answers(opened: Opened) -> tuple[Answer, Answer]:
    """Return what the latest decision about an opened case says: is there an investigation, does the subject live in the area."""
    latest = Decision.objects.of(opened).order_by("-decided_at").values_list("under_investigation", "resident").first()
    return (Answer(latest[0]), Answer(latest[1])) if latest else (Answer.NOT_KNOWN, Answer.NOT_KNOWN)


def level_of(value: str) -> Level | None:
    return Level(value) if value else None


def signs_of(opened: Opened, case: Case, *, at: datetime) -> Signs:
    """Return what is known of an opened case, as the rules' advice is drawn from: five statements."""
    level = level_of(case.level)
    standing = assessment_queries.standings(opened, case.site, level, at=at)
    return signs_from(standing, acts_of(opened, at), level, at, subject_known=case.subject.known)


@dataclass(frozen=True)
class ActSeen:
    """One act of the pattern, as the panel sees it."""

    at: datetime
    recorded_class: str
    seriousness: int
    breach: bool
    behaviours: tuple[str, ...]
    weapon: bool | None = None
    former_partner: bool | None = None


def acts_of(opened: Opened, at: datetime) -> tuple[ActSeen, ...]:
    """Return the acts of an opened case until now, the latest first, each with what every report of it tells: one statement."""
    told = CaseAct.objects.of(opened).filter(Q(left_at__isnull=True) | Q(same_as__isnull=False), happened_at__lte=at)
    rows = list(told.select_related("allegation__summary").order_by("-happened_at"))
    standing = {row.allegation_id: row for row in rows if row.left_at is None}
    reports = {pk: [row.allegation] for pk, row in standing.items()}
    for row in rows:
        if row.left_at is not None and row.allegation_id not in standing and row.same_as in reports:
            reports[row.same_as].append(row.allegation)
    return tuple(_seen(row, reports[pk]) for pk, row in standing.items())


def _seen(act: CaseAct, reports: Sequence[Allegation]) -> ActSeen:
    kinds = tuple(dict.fromkeys(kind for report in reports for kind in kinds_of(report)))
    return ActSeen(
        act.happened_at,
        act.allegation.recorded_class,
        seriousness_of(act.allegation, kinds, is_breach=act.is_breach),
        act.is_breach,
        kinds,
        _any(report.weapon for report in reports),
        _any(report.former_partner for report in reports),
    )


def signs_from(
    standings: Standings,
    acts: tuple[ActSeen, ...],
    level: Level | None,
    at: datetime,
    *,
    subject_known: bool | None = None,
) -> Signs:
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
        threats=sum("threatens" in act.behaviours for act in acts),
        through_others=sum("through_others" in act.behaviours for act in acts),
        monitoring=sum("monitors" in act.behaviours for act in acts),
        weapon=_any(act.weapon for act in acts),
        former_partner=_any(act.former_partner for act in acts),
        subject_known=subject_known,
        assessed=any(not row.stale for row in standings.latest),
    )


def _any(said: Iterable[bool | None]) -> bool | None:
    """Return yes if one says yes, no if every one says no, and None otherwise: what nobody asked is not no."""
    found = set(said)
    return True if True in found else False if found == {False} else None


def course_of(acts: tuple[ActSeen, ...]) -> CourseOfConduct:
    return course_of_conduct(
        Act(act.at, act.recorded_class, is_breach=act.breach, behaviours=act.behaviours) for act in acts
    )


def _made(instrument: str, standings: Standings) -> bool:
    return any(row.instrument == instrument for row in standings.latest)
