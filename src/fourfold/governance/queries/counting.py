"""The questions of the quality board that are asked of thousands, counted by the database in one statement.

What each question counts is said beside its rows, in `quality`; that both say the same is tested on worlds of chance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol
from uuid import UUID

from django.db import connection
from django.db.models import Case as Sql
from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    F,
    Func,
    IntegerField,
    Min,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from fourfold.access.models import Relation
from fourfold.access.scoping import opened_at_once
from fourfold.access.terms import LONDON, Compartment, RelationKind
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, LevelSet, ReviewDue
from fourfold.cases.terms import Level, SetBy, State
from fourfold.governance.questions import questions
from fourfold.governance.rules.quality import PERIOD, QUARTERS, Quarter
from fourfold.plan.models import Action
from fourfold.programme import queries as programme

WHY = "counted for who may read the unit's quality, never shown"
NO, YES, NOT_ASKED = range(3)
OF_CASES = ("assessed", "plan", "advocate")


class Asked(Protocol):
    """Who asks `now` about which site, as of when, and since when."""

    actor: Actor
    site: str
    now: datetime
    at: datetime
    since: datetime
    today: date


@dataclass(frozen=True)
class Counts:
    """The quarters of each question that is asked of thousands, and how many cases were opened in which quarter.

    `grave`: of the newest quarter, how many cases that are open at very high a question that is asked of cases was answered
    no for.
    """

    quarters: dict[str, tuple[Quarter, ...]]
    opened: Counter[int]
    grave: Counter[str]


def counted(read: Asked, offered: Collection[UUID], until: date) -> Counts:
    """Count what is asked of thousands, in one statement."""
    # Twice the key: SQLite would look up the case of each that is on a list, and not read the site's by their index.
    seen = Case.objects.unscoped(WHY).annotate(key=Coalesce("pk", "pk")).filter(site=read.site)
    seen = seen.filter(opened_at_once(read.actor, Compartment.RISK, "key", at=read.now))
    is_new = _answer(When(opened_at__gte=read.since, then=Value(YES)), default=NO)
    parts = (_of_cases(read, offered, until), _of_reviews(read, until), _of_actions(read, until))
    first, *others = (part.values_list("which", "quarter", "said").annotate(of=Count("*")).order_by() for part in parts)
    (whose, who), (asks, values) = (
        # In the order of their keys, in which what hangs on them is then looked up: neighbours lie beside each other.
        rows.query.sql_with_params()
        for rows in (seen.order_by("pk").values("pk", is_new=is_new), first.union(*others, all=True))
    )
    found: dict[str, Counter[tuple[int, int]]] = {code: Counter() for code in (*OF_CASES, "overdue")}
    opened: Counter[int] = Counter()
    grave = Counter(dict.fromkeys(OF_CASES, 0))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH seen AS MATERIALIZED ({whose}) {asks}", (*who, *values))
        for which, quarter, answer, of in cursor.fetchall():
            if which:
                found["overdue"][quarter, answer] += of
                continue
            opened[quarter] += of
            is_grave = quarter == QUARTERS - 1 and answer // 3 ** len(OF_CASES) == YES
            for place, code in enumerate(OF_CASES):
                found[code][quarter, said := answer // 3**place % 3] += of
                grave[code] += of if is_grave and said == NO else 0
    last = [until - back * PERIOD for back in reversed(range(QUARTERS))]
    quarters = {
        code: tuple(Quarter(day, n[q, YES], n[q, YES] + n[q, NO]) for q, day in enumerate(last))
        for code, n in found.items()
    }
    return Counts(quarters, opened, grave)


class _HoursLater(Func):
    """Whole hours after a moment: SQLite works them out itself, where the framework would call Python for each row."""

    output_field = DateTimeField()
    template = "(%(expressions)s + %(hours)s * interval '1 hour')"

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, Any]:
        """Return the hour that is so much later, with the rest as it was written: SQLite would round it."""
        hour = "datetime(substr(%(expressions)s, 1, 13) || ':00', '+%(hours)s hours')"
        later = f"(substr({hour}, 1, 13) || substr(%(expressions)s, 14))"
        return super().as_sql(compiler, connection, template=later, **more)


def _after_opening(*, hours: int) -> Any:
    return _HoursLater(OuterRef("opened_at"), hours=hours)


def actions_due(rows: Any, since: date, before: date) -> Any:
    """Return which of some actions were due in a time, with the day as `due_by`: the first that one missed, or the last."""
    return rows.annotate(due_by=Coalesce("missed_on", "due_on")).filter(due_by__gte=since, due_by__lt=before)


def _said(rows: Any, which: int, quarter: Any, said: Any) -> Any:
    which_one = Cast(Value(which), IntegerField())
    return rows.annotate(which=which_one, quarter=quarter, said=Cast(said, IntegerField()))


def _quarter(column: str, until: date, *, days: bool = False) -> Any:
    """Return which quarter a moment or a day falls in, the newest QUARTERS - 1; -1 before all."""
    begins = [until - back * PERIOD + timedelta(days=1) for back in range(1, QUARTERS + 1)]
    moments = begins if days else [datetime.combine(day, time(), tzinfo=LONDON) for day in begins]
    in_which = (
        When(**{f"{column}__gte": begin}, then=Value(QUARTERS - 1 - back)) for back, begin in enumerate(moments)
    )
    return Sql(*in_which, default=Value(-1), output_field=IntegerField())


def _answer(*when: When, default: Any) -> Any:
    return Sql(*when, default=default, output_field=IntegerField())


def _of_seen(rows: Any, key: str, also: str = "TRUE") -> Any:
    # Joined, which the framework has no other word for: of a list of keys SQLite would make an index first. And it would
    # read the whole table, and look for each row's case, but for the key that is said twice.
    joined = f"{key} = COALESCE(seen.pk, seen.pk) AND {also}"
    return rows.extra(tables=["seen"], where=[joined])  # noqa: S610 -- no value of anybody's is in it


def _of_cases(read: Asked, offered: Collection[UUID], until: date) -> Any:
    """Count the cases that were opened by all their answers: of the first question in ones, the next in threes, in nines.

    What is open at very high counts a further three times as much.
    """
    rows = _of_seen(Case.objects.unscoped(WHY), "cases_case.id", f"seen.is_new = {YES}")
    asked = {code: timedelta(days=questions()[code].days) for code in ("plan", "advocate")}
    waits = {code: When(opened_at__gt=read.at - days, then=Value(NOT_ASKED)) for code, days in asked.items()}
    hours = programme.working(read.site, read.today).review_hours
    levels = LevelSet.objects.unscoped(WHY).filter(case=OuterRef("pk"), set_at__gte=read.since)
    in_time = [
        When(level=level, set_at__lte=_after_opening(hours=each), then=Value(YES)) for level, each in hours.items()
    ]
    first = levels.exclude(set_in=SetBy.TRIAGE).order_by("set_at").annotate(said=_answer(*in_time, default=NO))
    late = When(opened_at__lte=read.at - timedelta(hours=hours["high"]), then=Value(NO))
    assessed = Coalesce(Subquery(first.values("said")[:1]), _answer(late, default=NOT_ASKED))
    owned = Min(_answer(When(owner__isnull=True, then=Value(NO)), default=YES))
    actions = Action.objects.unscoped(WHY).filter(case=OuterRef("pk")).order_by().values("case").annotate(said=owned)
    plan = _answer(waits["plan"], default=Coalesce(Subquery(actions.values("said")), Value(NO)))
    named = Relation.objects.filter(kind=RelationKind.ADVOCATE, file=OuterRef("pk"), from_at__gte=read.since)
    named = named.filter(from_at__lte=_after_opening(hours=24 * questions()["advocate"].days))
    offer = Q(pk__in=offered) | Exists(named)
    advocate = _answer(waits["advocate"], When(offer, then=Value(YES)), default=NO)
    grave = _answer(When(level=Level.VERY_HIGH, state__in=[*set(State) - {State.CLOSED}], then=Value(YES)), default=NO)
    return _said(rows, 0, _quarter("opened_at", until), assessed + plan * 3 + advocate * 9 + grave * 27)


def _of_reviews(read: Asked, until: date) -> Any:
    rows = _of_seen(ReviewDue.objects.unscoped(WHY), "case_id")
    rows = rows.filter(due_at__gte=read.since, due_at__lte=read.at)
    rows = rows.filter(Q(superseded_at__isnull=True) | Q(done_at__isnull=False))
    in_time = _answer(When(done_at__lte=F("due_at"), then=Value(YES)), default=NO)
    return _said(rows, 1, _quarter("due_at", until), in_time)


def _of_actions(read: Asked, until: date) -> Any:
    rows = actions_due(_of_seen(Action.objects.unscoped(WHY), "case_id"), read.since.date(), read.today)
    in_time = _answer(When(settled_on__lte=F("due_by"), then=Value(YES)), default=NO)
    return _said(rows, 1, _quarter("due_by", until, days=True), in_time)
