"""As of when the rules found possible courses of conduct, and what came and was decided since."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Func, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from fourfold.audit.terms import Actor
from fourfold.cases.models import CaseAct, PossibleAct, PossibleCourse
from fourfold.cases.queries.possible_courses import INSIDE, PossibleRow
from fourfold.intake.models import Allegation
from fourfold.linkage.models import Match


@dataclass(frozen=True)
class AsOf:
    """As of when the rules found some courses, and what they have not seen: reports that wait, decisions on the reports."""

    looked_at: datetime
    waiting: int
    decided: int = 0


def as_of(rows: Iterable[PossibleRow], *, actor: Actor, at: datetime) -> AsOf | None:
    """Return as of when some courses stand, the longest ago, and how many reports that wait have come since at their sites.

    None for no course. One statement.
    """
    looked: dict[str, datetime] = {}
    for row in rows:
        looked[row.site] = min(row.looked_at, looked.get(row.site, row.looked_at))
    if not looked:
        return None
    since = reduce(or_, (Q(site=site, received_at__gt=last) for site, last in looked.items()))
    waiting = Allegation.objects.visible_to(actor, at=at).filter(since, at_desk=True, site__in=sorted(looked))
    return AsOf(min(looked.values()), waiting.count())


def with_since(rows: QuerySet[PossibleCourse], actor: Actor, at: datetime) -> QuerySet[PossibleCourse]:
    """Let each course carry what the rules have not seen: how many reports that are `waiting` at its site came since they
    looked, and how many decisions on its own reports: who is meant, that one was undone (`people`), that it broke an order
    (`breaches`). Within the same statement.
    """
    looked_at = Coalesce(OuterRef("looked_at"), OuterRef("found_at"))
    of_them = PossibleAct.objects.unscoped(INSIDE).filter(course=OuterRef(OuterRef("pk"))).values("allegation")
    waiting = Allegation.objects.visible_to(actor, at=at).filter(
        at_desk=True, site=OuterRef("site"), received_at__gt=looked_at
    )
    people = Match.objects.unscoped(INSIDE).filter(
        Q(decided_at__gt=looked_at) | Q(undone_at__gt=looked_at), allegation__in=of_them
    )
    breaches = CaseAct.objects.unscoped(INSIDE).filter(
        Q(breach_at__gt=looked_at) | Q(breach_until__gt=looked_at), allegation__in=of_them
    )
    return rows.annotate(waiting=_how_many(waiting), people=_how_many(people), breaches=_how_many(breaches))


def since_of(row: Any, looked_at: datetime) -> AsOf:
    """Return as of when a course stands, read `with_since`."""
    return AsOf(looked_at, row.waiting, row.people + row.breaches)


def _how_many(rows: QuerySet[Any]) -> Subquery:
    return Subquery(rows.order_by().annotate(n=Func("pk", function="COUNT")).values("n"), output_field=IntegerField())
