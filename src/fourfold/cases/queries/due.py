"""What is overdue, by name."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access.models import Relation
from fourfold.access.paging import WHOLE
from fourfold.access.projection import Added, Projection, Staff
from fourfold.access.statements import composed
from fourfold.access.terms import KEPT_OUT, Opened, RelationKind, existing
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, StepDownAsked
from fourfold.cases.queries.level_shown import risk_of, with_risk
from fourfold.cases.queries.values import AskedStepDown, Change
from fourfold.cases.terms import ShownLevel, State
from fourfold.words import Word

#: How long a unit has to find an advocate before its coordinator is told that there is none. Our own choice.
NO_ADVOCATE_AFTER = timedelta(days=2)


@dataclass(frozen=True)
class WithoutAdvocate:
    """An open case in which nobody is the victim's advocate; `of_nobody`: nobody has a part in it at all."""

    reference: str
    level: ShownLevel
    opened_at: datetime
    of_nobody: bool


def _with_a_part(file: str, site: str, at: datetime) -> QuerySet[Relation]:
    """Return who of the unit of its site stands to the case of a row in some way; who has left works on nothing."""
    running = Q(until_at__isnull=True) | Q(until_at__gt=at)
    serves = Q(staff__memberships__until_at__isnull=True) | Q(staff__memberships__until_at__gt=at)
    standing = Relation.objects.filter(running, file=OuterRef(file), from_at__lte=at, staff__active=True)
    return standing.filter(serves, staff__memberships__site=OuterRef(site), staff__memberships__from_at__lte=at)


WITHOUT_ADVOCATE = Projection(WithoutAdvocate, Case, of_nobody=Added("of_nobody"))


def without_advocate(*, actor: Actor, at: datetime, most: int = WHOLE) -> tuple[WithoutAdvocate, ...]:
    """Return the open cases in which nobody is the victim's advocate, or nobody works at all, the longest opened first.
    One statement and the log's.

    Whom nobody is to reach, no list of silent victims can name; and so the unit's coordinator is told.
    """
    found = _without_advocate(actor, at, most)
    audit.consulted(actor, "case.without_advocate", at=at, compartments={"core", "risk"})
    return tuple(WITHOUT_ADVOCATE(row, opened=risk_of(row)) for row in found)


@composed
def _without_advocate(actor: Actor, at: datetime, most: int) -> QuerySet[Any]:
    anybody = _with_a_part("pk", "site", at)
    # Most cases have an advocate: the door of those is not looked at.
    rows = Case.objects.filter(~Exists(anybody.filter(kind=RelationKind.ADVOCATE)), site__in=sorted(actor.sites))
    rows = with_risk(rows.exclude(state=State.CLOSED).visible_to(actor, at=at), actor, at)
    rows = rows.annotate(of_nobody=~Exists(anybody.exclude(kind__in=KEPT_OUT)))
    waited = Q(of_nobody=True) | Q(opened_at__lte=at - NO_ADVOCATE_AFTER)
    return rows.filter(waited).order_by("opened_at", "id").only("reference", "level", "opened_at")[:most]


ASKED = Projection(
    AskedStepDown,
    StepDownAsked,
    "mine",
    reference="case__reference",
    victim="case__victim__name",
    level="case__level",
    asked_at="recorded_at",
    asked_by=Staff("recorded_by"),
)


def step_downs_asked(*, actor: Actor, at: datetime, reference: str = "") -> tuple[AskedStepDown, ...]:
    """Return the step-downs that wait for a second signature in cases open to the actor, or in one; two statements."""
    found = _step_downs(actor, at, reference=reference) if reference else _step_downs(actor, at)
    names = access_queries.names_of(ASKED.staff_in(found))
    audit.consulted(actor, "step_down.waiting", at=at, compartments={"core"}, count=len(found))
    return tuple(ASKED(row, names=names, mine=row.recorded_by == actor.staff, opened=risk_of(row)) for row in found)


@composed
def _step_downs(actor: Actor, at: datetime, *, reference: str | None = None) -> QuerySet[StepDownAsked]:
    rows = with_risk(StepDownAsked.objects.visible_to(actor, at=at), actor, at).filter(answered_at__isnull=True)
    if reference is not None:
        rows = rows.filter(case__reference=reference)
    return rows.select_related("case__victim").order_by("recorded_at", "id")[:WHOLE]


def step_down_to_answer(*, actor: Actor, asked: UUID, at: datetime) -> StepDownAsked:
    """Return a request for a second signature, for a page to hand to `answer_step_down`, or raise NotFound."""
    row = existing(
        StepDownAsked.objects.unscoped("opened in the next lines").select_related("case").filter(pk=asked).first()
    )
    access_queries.opened(actor, row.case_id, at=at)
    return row


def step_down_answered(*, opened: Opened, asked: UUID) -> Change | None:
    """Return what a colleague answered to a request for a second signature in an opened case; None: nobody has."""
    row = StepDownAsked.objects.of(opened).filter(pk=asked, answered_at__isnull=False).first()
    if row is None or row.answered_at is None or row.answered_by is None:
        return None
    said = Word("No, it stays open") if row.refused_because else Word("Yes, the case may step down")
    by = access_queries.names_of([row.answered_by]).get(row.answered_by, "")
    return Change(row.answered_at, said, by, row.refused_because)
