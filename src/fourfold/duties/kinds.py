"""What waits, kind by kind: which rows are open, for nobody in particular and whatever the hour.

A kind names every table that it reads: a write to one of them has the kind's rows of those files worked out anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from fourfold.access.signing import DAYS_ASKED
from fourfold.access.terms import Compartment
from fourfold.assessment.models import Assessment, Draft, Round, Seat, SecondSignature, SignatureAsked
from fourfold.base import case_path
from fourfold.cases.models import Case, CaseAct, Comment, FollowUp, LevelSet, Mention, ReviewDue, StepDownAsked
from fourfold.duties.models import Duty
from fourfold.governance.models import (
    Challenge,
    ChallengeAnswered,
    ConfidenceAnswer,
    ConfidenceAsked,
    ConfidenceDecision,
    ConfidenceSigned,
    MoreAsked,
    MoreCame,
)
from fourfold.governance.terms import RequestState
from fourfold.orders import rules as order_rules
from fourfold.orders.models import Breach, BreachStep, Condition, Order, OrderStep
from fourfold.orders.models import Untold as OrderUntold
from fourfold.orders.models import VictimTold as OrderTold
from fourfold.orders.queries import bound_from, left_open
from fourfold.orders.terms import Step
from fourfold.panel.models import Advised, Consultation
from fourfold.people.models import DeliveryTold, Message, MessageRead
from fourfold.people.queries.deliveries import fate_of_each
from fourfold.people.rules.deliveries import FAILURES, HANDED_OVER_WITHIN
from fourfold.people.rules.messages import READ_WITHIN
from fourfold.plan.models import Action, Session, Untold, VictimTold
from fourfold.plan.terms import OPEN, Attendance, Status
from fourfold.support.models import Contact
from fourfold.support.terms import ContactOutcome

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

    `text` is where its words stand, if it has words of its own: a table, and the column that a page shows. `own`: nobody
    but the owner of a row has it.
    """

    name: str
    reads: tuple[type[models.Model], ...]
    open_in: Callable[[Files], Iterable[Duty]]
    text: tuple[type[models.Model], str] | None = None
    own: bool = False


def _rows(table: Any, files: Files) -> Any:
    return _in(files, table.objects.unscoped(_WHY))


def _in(files: Files, rows: Any) -> Any:
    return rows if files is None else rows.filter(**{f"{case_path(rows.model)}__in": files})


def _day(moment: datetime, shift: int = 0) -> datetime:
    """Return when the day of a moment begins in London, or one so many days later."""
    return _midnight(moment.astimezone(LONDON).date(), shift)


def _midnight(day: date, shift: int = 0) -> datetime:
    return datetime.combine(day + timedelta(days=shift), time(), tzinfo=LONDON)


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
            kind="step_downs", case_id=case, about=pk, shows_from=ALWAYS, due_at=asked_at + ANSWERED_WITHIN, asked_by=by
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


def _orders_untold(files: Files) -> Iterator[Duty]:
    others = OrderUntold.objects.unscoped(_WHY).filter(order=OuterRef("order"))
    later = others.filter(Q(signed_at__gte=OuterRef("recorded_at")) | Q(recorded_at__gt=OuterRef("recorded_at")))
    since = {"order": OuterRef("order"), "recorded_at__gte": OuterRef("recorded_at")}
    told = OrderTold.objects.unscoped(_WHY).filter(about=Step.SERVED, **since)
    served = OrderStep.objects.unscoped(_WHY).filter(step=Step.SERVED, **since)
    rows = _rows(OrderUntold, files).filter(signed_at=None, order__ended_on=None)
    rows = rows.filter(~Exists(later), ~Exists(told), ~Exists(served))
    for pk, case, at, by, kind in rows.values_list("pk", "order__case", "recorded_at", "recorded_by", "order__kind"):
        what: dict[str, Any] = {"kind": "service_before_telling", "said": {"kind": kind}}
        yield Duty(case_id=case, about=pk, shows_from=ALWAYS, due_at=at, asked_by=by, **what)


def _breaches(files: Files) -> Iterator[Duty]:
    for row, undecided in left_open(_rows(Breach, files)):
        case, number = row.condition.order.case_id, row.condition.number
        said = {"condition": number, "undecided": list(undecided), "joined": row.joined, "reassessed": row.reassessed}
        yield Duty(kind="breaches", case_id=case, about=row.pk, shows_from=ALWAYS, due_at=row.decide_by, said=said)


def _orders_that_end(files: Files) -> Iterator[Duty]:
    """Yield the orders that were made, from 90 days before their last day until they are over, served or not."""
    rows = _rows(Order, files).filter(made_on__isnull=False, expires_on__isnull=False)
    for pk, case, kind, made_on, served_at, expires_on, ended_on in rows.values_list(
        "pk", "case_id", "kind", "made_on", "served_at", "expires_on", "ended_on"
    ):
        begins = max(made_on, expires_on - timedelta(days=order_rules.WARNINGS[-1]))
        ends = expires_on + timedelta(days=1)
        ends = min(ends, ended_on) if ended_on else ends
        if begins < ends:
            yield Duty(
                kind="orders_that_end",
                case_id=case,
                about=pk,
                shows_from=_midnight(begins),
                until=_midnight(ends),
                due_at=datetime.combine(expires_on, time(12), tzinfo=LONDON),
                said={"kind": kind, "served": served_at is not None},
            )


def _orders_lapsed(files: Files) -> Iterator[Duty]:
    """Yield the orders that run out and leave a day without any, for 90 days; the others say whether one is in force then."""
    of_case: dict[UUID, list[Any]] = {}
    for row in _rows(Order, files).order_by("pk"):
        of_case.setdefault(row.case_id, []).append(row)
    for case, orders in of_case.items():
        for row in orders:
            if row.made_on is None or row.expires_on is None or row.ended_on is not None:
                continue
            covers = [bound_from(other) for other in orders if other.pk != row.pk and other.served_at]
            if order_rules.is_gap(row.expires_on, covers):
                yield Duty(
                    kind="orders_lapsed",
                    case_id=case,
                    about=row.pk,
                    shows_from=_midnight(row.expires_on, 1),
                    until=_midnight(row.expires_on, order_rules.WARNINGS[-1] + 1),
                    due_at=datetime.combine(row.expires_on, time(23, 59), tzinfo=LONDON),
                    closed=False,
                    said={"kind": row.kind, "covers": [[day and day.isoformat() for day in each] for each in covers]},
                )


def _challenges(files: Files) -> Iterator[Duty]:
    from fourfold.governance.queries.retaining import (
        waits_of,  # which loads statistics; every command loads this module
    )

    rows = _rows(Challenge, files).filter(answered=None)
    waits = waits_of(rows)
    for row in rows:
        came = [(one.asked_on, getattr(one, "came", None)) for one in waits[row.pk]]
        said = {
            "by_whom": row.by_whom,
            "received_on": row.received_on.isoformat(),
            "waits": [[asked.isoformat(), one and one.came_on.isoformat()] for asked, one in came],
        }
        due_at, case = datetime.combine(row.due_on, time(17), tzinfo=LONDON), row.case_id
        yield Duty(kind="challenges", case_id=case, about=row.pk, shows_from=ALWAYS, due_at=due_at, said=said)


def _mentions(files: Files) -> Iterator[Duty]:
    rows = _in(files, Mention.objects.filter(read_at=None))
    of = ("pk", "staff", "comment__case_id", "comment__recorded_at", "comment__recorded_by")
    for pk, staff, case, said_at, by, compartment, side in rows.values_list(
        *of, "comment__compartment", "comment__side"
    ):
        yield Duty(
            kind="mentions",
            case_id=case,
            about=pk,
            shows_from=ALWAYS,
            due_at=said_at,
            owner=staff,
            asked_by=by,
            said={"place": [compartment, side]},
        )


def _forms(files: Files) -> Iterator[Duty]:
    rows = _rows(Draft, files).filter(signed=None, revised_by=None, dropped_at=None)
    of = ("pk", "case_id", "recorded_by", "recorded_at", "advice_seen", "answers")
    form = ("instrument", "version", "sha256", "pack_sha256")
    for pk, case, owner, kept_at, advised, answers, *named in rows.values_list(*of, *form):
        yield Duty(
            kind="forms_begun",
            case_id=case,
            about=pk,
            shows_from=ALWAYS,
            due_at=kept_at,
            reveals=Compartment.RISK,
            owner=owner,
            said={
                "form": dict(zip(form, named, strict=True)),
                "advice_seen": advised,
                "answered": len({answer["item"] for answer in answers}),
            },
        )


def _confidences(files: Files) -> Iterator[Duty]:
    """Yield what waits for the victim's word, for the advocate's, or for a second advocate's under a release that the
    victim refused: never what was answered, or whether there is anything."""
    answered = ConfidenceAnswer.objects.unscoped(_WHY).filter(asked=OuterRef("pk"))
    rows = _rows(ConfidenceAsked, files).filter(Q(decision=None) | _TO_SIGN).annotate(answered=Exists(answered))
    of = ("pk", "case_id", "recorded_at", "expires_on", "answered", "decision__recorded_by")
    for pk, case, asked_at, expires_on, is_answered, decided_by in rows.values_list(*of):
        waits = RequestState.TO_DECIDE if is_answered else RequestState.WAITING_FOR_VICTIM
        yield Duty(
            kind="confidences",
            case_id=case,
            about=pk,
            shows_from=ALWAYS,
            due_at=asked_at,
            until=datetime.combine(expires_on + timedelta(days=1), time(), tzinfo=LONDON),
            asked_by=decided_by,
            said={"state": RequestState.WAITING_FOR_SIGNATURE if decided_by else waits},
        )


_TO_SIGN = Q(decision__releases=True, decision__overrides=True, decision__signature=None)


#: No key leads from a message to the case in which it was written.
_OF_A_CASE = Q(Exists(Case.objects.unscoped(_WHY).filter(pk=OuterRef("file"))))


def _messages_to_read(files: Files) -> Iterator[Duty]:
    rows = _rows(Message, files).filter(_OF_A_CASE, state="held")
    for pk, case, written_at, by in rows.values_list("pk", "file", "recorded_at", "recorded_by"):
        until = written_at + READ_WITHIN
        yield Duty(
            kind="messages_to_read", case_id=case, about=pk, shows_from=ALWAYS, due_at=until, until=until, asked_by=by
        )


def _messages_not_sent(files: Files) -> Iterator[Duty]:
    """Yield what was to reach a victim and did not, or may not have: stopped on the way out, put back, handed over to a
    provider that never answered, or lost; until the victim was reached since, or sent what was written since.

    What was stopped as it was written, or by a second reader's no, was told to its writer then.
    """
    every = Message.objects.unscoped(_WHY).annotate(fate=fate_of_each())
    stopped = Q(state="stopped") & ~Q(to="") & ~Q(reading__given=False)
    put_back = Q(state="waiting") & ~Q(why_stopped="")
    rows = every.filter(stopped | put_back | Q(state="leaving") | Q(state="sent", fate__in=FAILURES))
    rows = rows.annotate(since=Coalesce("reading__recorded_at", F("recorded_at"), output_field=models.DateTimeField()))
    later = Q(file=OuterRef("file"), victim=OuterRef("victim"), recorded_at__gt=OuterRef("since"), state="sent")
    arrived = every.filter(later).filter(Q(fate__isnull=True) | ~Q(fate__in=FAILURES))
    reached = Contact.objects.unscoped(_WHY).filter(
        case=OuterRef("file"), outcome=ContactOutcome.REACHED, attempted_at__gt=OuterRef("since")
    )
    found = _in(files, rows).filter(_OF_A_CASE).exclude(Exists(arrived)).exclude(Exists(reached))
    for pk, case, since, state, fate, why, at in found.values_list(
        "pk", "file", "since", "state", "fate", "why_stopped", "recorded_at"
    ):
        unanswered = state == "leaving" and not why
        yield Duty(
            kind="messages_not_sent",
            case_id=case,
            about=pk,
            shows_from=at + HANDED_OVER_WITHIN if unanswered else ALWAYS,
            due_at=since,
            reveals=Compartment.VICTIM_CONTACT,
            closed=False,
            said={"state": state, "fate": fate if state == "sent" else ""},
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
    Kind("service_before_telling", (OrderUntold, OrderTold, OrderStep, Order), _orders_untold),
    Kind("breaches", (Breach, BreachStep, Condition, Order, CaseAct, Assessment, Seat, Round), _breaches),
    Kind("orders_that_end", (Order,), _orders_that_end),
    Kind("orders_lapsed", (Order,), _orders_lapsed),
    Kind("challenges", (Challenge, ChallengeAnswered, MoreAsked, MoreCame), _challenges, (Challenge, "about")),
    Kind("mentions", (Mention, Comment), _mentions, own=True),
    Kind("forms_begun", (Draft, Assessment), _forms, own=True),
    Kind("confidences", (ConfidenceAsked, ConfidenceAnswer, ConfidenceDecision, ConfidenceSigned), _confidences),
    Kind("messages_to_read", (Message,), _messages_to_read),
    Kind(
        "messages_not_sent", (Message, MessageRead, DeliveryTold, Contact), _messages_not_sent, (Message, "why_stopped")
    ),
)
