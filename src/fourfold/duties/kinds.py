"""What waits, kind by kind: which rows are open, for nobody in particular and whatever the hour.

A kind names every table that it reads: a write to one of them has the kind's rows of those files worked out anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Exists, OuterRef, Q

from fourfold.access.signing import DAYS_ASKED
from fourfold.access.terms import Compartment
from fourfold.assessment.models import SecondSignature, SignatureAsked
from fourfold.cases.models import FollowUp, LevelSet, ReviewDue, StepDownAsked
from fourfold.duties.models import Duty
from fourfold.panel.models import Advised, Consultation
from fourfold.plan.models import Action, Session, Untold, VictimTold
from fourfold.plan.terms import OPEN, Attendance, Status

LONDON = ZoneInfo("Europe/London")
SOON = timedelta(days=3)
#: Shown from the beginning on, whatever a clock says.
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
ANSWERED_WITHIN = timedelta(days=7)
#: How long a window after closing stays open.
STAYSOPEN = timedelta(days=28)
_WHY = "worked out for nobody in particular; whoever reads it is scoped"
Files = Collection[UUID] | None


@dataclass(frozen=True)
class Kind:
    """One kind of what waits: the tables that it reads, and what is open in these files, in all where none is named.

    `text` is where its words stand, if it has words of its own: a table, and the column that a page shows.
    """

    name: str
    reads: tuple[type[models.Model], ...]
    open_in: Callable[[Files], Iterable[Duty]]
    text: tuple[type[models.Model], str] | None = None


def _rows(table: Any, files: Files) -> Any:
    rows = table.objects.unscoped(_WHY)
    return rows if files is None else rows.filter(**{f"{table.FILE_PATH}__in": files})


def _day(moment: datetime, shift: int = 0) -> datetime:
    """Return when the day of a moment begins in London, or one so many days later."""
    day = moment.astimezone(LONDON).date() + timedelta(days=shift)
    return datetime.combine(day, time(), tzinfo=LONDON)


def _actions(files: Files) -> Iterator[Duty]:
    rows = _rows(Action, files).filter(status__in=OPEN)
    for pk, case, owner, partner, due_on, status in rows.values_list(
        "pk", "case_id", "owner", "owner_partner", "due_on", "status"
    ):
        due_at = datetime.combine(due_on, time(17), tzinfo=LONDON)
        yield Duty(
            kind="actions",
            case_id=case,
            about=pk,
            shows_from=_day(due_at, -SOON.days),
            due_at=due_at,
            owner=owner,
            partner=partner,
            said={"waits_for_victim": status == Status.WAITS_FOR_VICTIM},
        )


def _reviews(files: Files) -> Iterator[Duty]:
    rows = _rows(ReviewDue, files).filter(done_at=None, superseded_at=None)
    for pk, case, due_at, trigger, reason in rows.values_list("pk", "case_id", "due_at", "trigger", "reason"):
        yield Duty(
            kind="reviews",
            case_id=case,
            about=pk,
            shows_from=due_at - SOON,
            due_at=due_at,
            reveals=Compartment.RISK,
            closed=False,
            said={"trigger": trigger, "reason": reason},
        )


def _step_downs(files: Files) -> Iterator[Duty]:
    rows = _rows(StepDownAsked, files).filter(answered_at=None)
    for pk, case, asked_at, by in rows.values_list("pk", "case_id", "recorded_at", "recorded_by"):
        yield Duty(
            kind="step_downs",
            case_id=case,
            about=pk,
            shows_from=ALWAYS,
            due_at=asked_at + ANSWERED_WITHIN,
            asked_by=by,
        )


def _consultations(files: Files) -> Iterator[Duty]:
    answered = Advised.objects.unscoped(_WHY).filter(consultation=OuterRef("pk"))
    rows = _rows(Consultation, files).filter(~Exists(answered))
    for pk, case, due_at in rows.values_list("pk", "case_id", "due_at"):
        yield Duty(kind="consultations", case_id=case, about=pk, shows_from=ALWAYS, due_at=due_at)


def _signatures(files: Files) -> Iterator[Duty]:
    spent = LevelSet.objects.unscoped(_WHY).filter(case=OuterRef("case"), set_at__gte=OuterRef("recorded_at"))
    rows = _rows(SignatureAsked, files).filter(~Exists(spent), signature=None)
    for pk, case, asked_at, by, level in rows.values_list("pk", "case_id", "recorded_at", "recorded_by", "level"):
        yield Duty(
            kind="signatures_asked",
            case_id=case,
            about=pk,
            shows_from=ALWAYS,
            due_at=asked_at,
            until=asked_at + timedelta(days=DAYS_ASKED),
            reveals=Compartment.RISK,
            asked_by=by,
            said={"level": level},
        )


def _follow_ups(files: Files) -> Iterator[Duty]:
    rows = _rows(FollowUp, files).filter(done_at=None, superseded_at=None)
    for pk, case, opens_at, months in rows.values_list("pk", "case_id", "opens_at", "months"):
        yield Duty(
            kind="follow_ups",
            case_id=case,
            about=pk,
            shows_from=opens_at,
            due_at=opens_at + STAYSOPEN,
            closed=True,
            said={"months": months},
        )


def _sessions(files: Files) -> Iterator[Duty]:
    rows = _rows(Session, files).filter(attendance=Attendance.PLANNED)
    for pk, case, planned_at, by, strand in rows.values_list("pk", "case_id", "planned_at", "recorded_by", "strand"):
        yield Duty(
            kind="sessions",
            case_id=case,
            about=pk,
            shows_from=_day(planned_at, -1),
            due_at=planned_at,
            asked_by=by,
            said={"strand": strand},
        )


def _untold(files: Files) -> Iterator[Duty]:
    others = Untold.objects.unscoped(_WHY).filter(action=OuterRef("action"))
    later = others.filter(Q(signed_at__isnull=False) | Q(recorded_at__gt=OuterRef("recorded_at")))
    told = VictimTold.objects.unscoped(_WHY).filter(action=OuterRef("action"))
    rows = _rows(Untold, files).filter(~Exists(later), ~Exists(told), signed_at=None, action__status__in=OPEN)
    for pk, case, action, asked_at, by in rows.values_list(
        "pk", "action__case_id", "action_id", "recorded_at", "recorded_by"
    ):
        yield Duty(
            kind="steps_before_telling",
            case_id=case,
            about=pk,
            shows_from=ALWAYS,
            due_at=asked_at,
            asked_by=by,
            said={"action": str(action)},
        )


KINDS = (
    Kind("signatures_asked", (SignatureAsked, SecondSignature, LevelSet), _signatures),
    Kind("step_downs", (StepDownAsked,), _step_downs),
    Kind("reviews", (ReviewDue,), _reviews),
    Kind("consultations", (Consultation, Advised), _consultations, (Consultation, "owner")),
    Kind("follow_ups", (FollowUp,), _follow_ups),
    Kind("actions", (Action,), _actions, (Action, "what")),
    Kind("sessions", (Session,), _sessions),
    Kind("steps_before_telling", (Untold, VictimTold, Action), _untold, (Untold, "action__what")),
)
