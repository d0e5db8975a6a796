"""What may be recorded wrongly by force and month: the small table that inspectors ask a force for."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Case as Sql
from django.db.models import Count, Exists, F, OuterRef, Q, SmallIntegerField, Value, When

from fourfold.access import services as access
from fourfold.access.terms import Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases import rules
from fourfold.cases.models import CourseJudged, PossibleAct, Screening
from fourfold.cases.queries.possible_courses import INSIDE, visible_courses
from fourfold.cases.terms import Together
from fourfold.intake.models import Allegation
from fourfold.intake.terms import Channel, RecordingClass

LONDON = ZoneInfo("Europe/London")
MONTHS = 24
#: Nothing is told for so many months ahead, whatever somebody's clock said.
AHEAD = -40
#: A referral stands under its author's own references; here it counts with its agency.
_FORCE = Sql(When(channel=Channel.REFERRAL, then=F("controller")), default=F("system"))


@dataclass(frozen=True)
class MonthRow:
    """One force's (or partner's) month: crimes of other classes told, how many may be stalking, and what was done.

    `may_be`: in a course that is on the list or was read; `asked`: of these, the force was asked to reclassify;
    `read`: of these, somebody said what they are. None: too few to be shown in a file.
    """

    site: str
    force: str
    month: date
    crimes: int | None
    may_be: int | None
    asked: int | None
    read: int | None


def by_force_and_month(*, actor: Actor, at: datetime, exported: bool = False) -> tuple[MonthRow, ...]:
    """Return two years of months, the newest first, by force. One statement and the log's.

    Counts reports by the month in which they were told, those recorded as stalking and those of no crime left out.
    `exported`: they are to leave in a file, which governance makes of them: the log says so.
    """
    access.require(actor, Permission.ALLEGATION_VIEW, at=at)
    rows = (
        Allegation.objects.visible_to(actor, at=at, many=True)
        .filter(told_at__gte=_since(at))
        .exclude(recorded_class__in=("", RecordingClass.STALKING, RecordingClass.NO_CRIME))
        .annotate(month=_month_of(at), force=_FORCE)
        .values("site", "force", "month")
        .annotate(
            crimes=Count("pk"),
            may_be=Count("pk", filter=Q(_listed(actor, at))),
            asked=Count("pk", filter=Q(_listed(actor, at)) & Q(_asked())),
            read=Count("pk", filter=Q(_listed(actor, at)) & Q(_read())),
        )
        .order_by("month", "site", "force")
    )
    found = tuple(_row(row, at) for row in rows)
    action = "course.by_month.exported" if exported else "course.by_month"
    audit.consulted(actor, action, at=at, compartments={"core"}, count=len(found))
    return found


def _since(at: datetime, back: int = MONTHS - 1) -> datetime:
    here = at.astimezone(LONDON)
    months = here.year * 12 + here.month - 1 - back
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=LONDON)


def _month_of(at: datetime, newest: int = AHEAD, oldest: int = MONTHS - 1) -> Sql | Value:
    """Return how many months back a report was told, halving the time in question: SQLite would ask Python of each report."""
    if newest == oldest:
        return Value(newest)
    middle = (newest + oldest) // 2
    later = When(told_at__gte=_since(at, middle), then=_month_of(at, newest, middle))
    return Sql(later, default=_month_of(at, middle + 1, oldest), output_field=SmallIntegerField())


def _listed(actor: Actor, at: datetime) -> Exists:
    listed = visible_courses(actor, at).filter(kind=Together.COURSE, points__gte=rules.LISTED_FROM)
    acts = PossibleAct.objects.unscoped(INSIDE).filter(allegation=OuterRef("pk"), third=False)
    return Exists(acts.filter(course__in=listed.values("pk")))


def _asked() -> Exists:
    return Exists(Screening.objects.unscoped(INSIDE).filter(allegation=OuterRef("pk"), reclassification_asked=True))


def _read() -> Exists:
    return Exists(
        CourseJudged.objects.unscoped(INSIDE).filter(
            course__possible_acts__allegation=OuterRef("pk"), course__ended_at__isnull=True, undone_at__isnull=True
        )
    )


def _row(row: dict[str, object], at: datetime) -> MonthRow:
    counts = {name: int(str(row[name])) for name in ("crimes", "may_be", "asked", "read")}
    return MonthRow(
        site=str(row["site"]),
        force=str(row["force"]) or str(row["site"]),
        month=_since(at, int(str(row["month"]))).date(),
        **counts,
    )
