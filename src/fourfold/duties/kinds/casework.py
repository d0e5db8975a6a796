"""What waits in a case itself: its steps, reviews, forms, rounds and signatures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, Subquery

from fourfold.access.signing import DAYS_ASKED
from fourfold.access.terms import Compartment
from fourfold.assessment.models import Assessment, Draft, Round, Seat, SecondSignature, SignatureAsked
from fourfold.assessment.terms.rounds import RoundPhase
from fourfold.cases.models import Comment, FollowUp, LevelSet, Mention, ReviewDue, StepDownAsked
from fourfold.duties.kinds.asking import (
    ANSWERED_WITHIN,
    DAY,
    HOUR,
    LONDON,
    SOON,
    STAYSOPEN,
    WHY,
    Files,
    Kind,
    asked,
    day_of,
    due,
    rows_of,
    within,
)
from fourfold.duties.models import Duty
from fourfold.panel.models import Advised, Consultation, Declared, Item, View
from fourfold.panel.queries.waiting import asides_of, undecided, views_of, who_spoke
from fourfold.plan.models import Action, Session, Untold, VictimTold
from fourfold.plan.terms import OPEN, Attendance, Status

_FORM = ("instrument", "version", "sha256", "pack_sha256")


@asked
def _open_actions(files: Any) -> Any:
    rows = rows_of(Action, files).filter(status__in=OPEN)
    return rows.values_list("pk", "case_id", "owner", "owner_partner", "due_on", "status")


def _actions(files: Files) -> Iterator[Duty]:
    for pk, case, owner, partner, due_on, status in _open_actions(files):
        due_at = datetime.combine(due_on, time(17), tzinfo=LONDON)
        said = {"waits_for_victim": status == Status.WAITS_FOR_VICTIM}
        begins = day_of(due_at, -SOON.days)
        yield due("actions", case, pk, due_at, shows_from=begins, closed=False, owner=owner, partner=partner, said=said)


@asked
def _due_reviews(files: Any) -> Any:
    rows = rows_of(ReviewDue, files).filter(done_at=None, superseded_at=None)
    return rows.values_list("pk", "case_id", "due_at", "trigger", "reason")


def _reviews(files: Files) -> Iterator[Duty]:
    for pk, case, due_at, trigger, reason in _due_reviews(files):
        said = {"trigger": trigger, "reason": reason}
        begins = due_at - SOON
        yield due("reviews", case, pk, due_at, shows_from=begins, reveals=Compartment.RISK, closed=False, said=said)


@asked
def _unanswered(files: Any) -> Any:
    rows = rows_of(StepDownAsked, files).filter(answered_at=None)
    return rows.values_list("pk", "case_id", "recorded_at", "recorded_by")


def _step_downs(files: Files) -> Iterator[Duty]:
    for pk, case, asked_at, by in _unanswered(files):
        yield due("step_downs", case, pk, asked_at + ANSWERED_WITHIN, asked_by=by)


@asked
def _not_advised(files: Any) -> Any:
    answered = Advised.objects.unscoped(WHY).filter(consultation=OuterRef("pk"))
    return rows_of(Consultation, files).filter(~Exists(answered)).values_list("pk", "case_id", "due_at")


def _consultations(files: Files) -> Iterator[Duty]:
    for pk, case, due_at in _not_advised(files):
        yield due("consultations", case, pk, due_at)


_items = asked(lambda files: undecided(rows_of(Item, files)).select_related("sitting"))
_asides = asked(lambda files: asides_of(rows_of(Item, files)))
_views = asked(lambda files: views_of(rows_of(Item, files)))


def _panel_items(files: Files) -> Iterator[Duty]:
    """Yield the cases before a panel that it has not decided: who gave a view, and whether the chair can bring it on."""
    for row, spoke, ready in who_spoke(_items(files), _asides(files), _views(files)):
        said = {
            "site": row.sitting.site,
            "sitting": str(row.sitting_id),
            "chair": str(row.sitting.chair),
            "phase": row.phase,
            "ready": ready,
            "spoke": sorted(map(str, spoke)),
        }
        yield due("panel_items", row.case_id, row.pk, row.sitting.starts_at, said=said)


@asked
def _not_signed(files: Any) -> Any:
    spent = LevelSet.objects.unscoped(WHY).filter(case=OuterRef("case"), set_at__gte=OuterRef("recorded_at"))
    rows = rows_of(SignatureAsked, files).filter(~Exists(spent), signature=None)
    return rows.values_list("pk", "case_id", "recorded_at", "recorded_by", "level")


def _signatures(files: Files) -> Iterator[Duty]:
    for pk, case, asked_at, by, level in _not_signed(files):
        said = {"level": level}
        yield due(
            "signatures_asked",
            case,
            pk,
            asked_at,
            until=asked_at + timedelta(days=DAYS_ASKED),
            reveals=Compartment.RISK,
            asked_by=by,
            said=said,
        )


@asked
def _windows(files: Any) -> Any:
    rows = rows_of(FollowUp, files).filter(done_at=None, superseded_at=None)
    return rows.values_list("pk", "case_id", "opens_at", "months")


def _follow_ups(files: Files) -> Iterator[Duty]:
    for pk, case, opens_at, months in _windows(files):
        yield due(
            "follow_ups", case, pk, opens_at + STAYSOPEN, shows_from=opens_at, closed=True, said={"months": months}
        )


@asked
def _planned(files: Any) -> Any:
    rows = rows_of(Session, files).filter(attendance=Attendance.PLANNED)
    return rows.values_list("pk", "case_id", "planned_at", "recorded_by", "strand")


def _sessions(files: Files) -> Iterator[Duty]:
    for pk, case, planned_at, by, strand in _planned(files):
        yield due(
            "sessions", case, pk, planned_at, shows_from=day_of(planned_at, -1), asked_by=by, said={"strand": strand}
        )


@asked
def _not_told(files: Any) -> Any:
    others = Untold.objects.unscoped(WHY).filter(action=OuterRef("action"))
    later = others.filter(Q(signed_at__isnull=False) | Q(recorded_at__gt=OuterRef("recorded_at")))
    told = VictimTold.objects.unscoped(WHY).filter(action=OuterRef("action"))
    rows = rows_of(Untold, files).filter(~Exists(later), ~Exists(told), signed_at=None, action__status__in=OPEN)
    return rows.values_list("pk", "action__case_id", "action_id", "recorded_at", "recorded_by")


def _untold(files: Files) -> Iterator[Duty]:
    for pk, case, action, asked_at, by in _not_told(files):
        yield due("steps_before_telling", case, pk, asked_at, asked_by=by, said={"action": str(action)})


@asked
def _not_read(files: Any) -> Any:
    rows = within(files, Mention.objects.filter(read_at=None))
    of = ("pk", "staff", "comment__case_id", "comment__recorded_at", "comment__recorded_by")
    return rows.values_list(*of, "comment__compartment", "comment__side")


def _mentions(files: Files) -> Iterator[Duty]:
    for pk, staff, case, said_at, by, compartment, side in _not_read(files):
        yield due("mentions", case, pk, said_at, owner=staff, asked_by=by, said={"place": [compartment, side]})


@asked
def _begun(files: Any) -> Any:
    rows = rows_of(Draft, files).filter(signed=None, revised_by=None, dropped_at=None)
    of = ("pk", "case_id", "recorded_by", "recorded_at", "advice_seen", "answers")
    return rows.values_list(*of, *_FORM)


def _forms(files: Files) -> Iterator[Duty]:
    for pk, case, owner, kept_at, advised, answers, *named in _begun(files):
        said = {
            "form": dict(zip(_FORM, named, strict=True)),
            "advice_seen": advised,
            "answered": len({answer["item"] for answer in answers}),
        }
        yield due("forms_begun", case, pk, kept_at, reveals=Compartment.RISK, owner=owner, said=said)


_open_rounds = asked(lambda files: rows_of(Round, files).exclude(phase=RoundPhase.DECIDED))


@asked
def _seats(files: Any) -> Any:
    signed = Assessment.objects.unscoped(WHY).filter(seat=OuterRef("pk")).values("recorded_by")[:1]
    rows = rows_of(Round, files).exclude(phase=RoundPhase.DECIDED)
    return Seat.objects.unscoped(WHY).filter(round__in=rows).annotate(signed_by=Subquery(signed)).order_by("position")


def _rounds(files: Files) -> Iterator[Duty]:
    seats: defaultdict[UUID, list[Any]] = defaultdict(list)
    if rows := list(_open_rounds(files)):
        for seat in _seats(files):
            seats[seat.round_id].append(seat)
    for row in rows:
        said = {
            "form": {name: getattr(row, name) for name in _FORM},
            "phase": row.phase,
            "seats": [
                [str(seat.pk), seat.profession, *(each and str(each) for each in (seat.staff, seat.signed_by))]
                for seat in seats[row.pk]
            ],
        }
        yield due("rounds_open", row.case_id, row.pk, row.recorded_at, owner=row.lead, said=said)


KINDS = (
    Kind("signatures_asked", (SignatureAsked, SecondSignature, LevelSet), _signatures, graded=True),
    Kind("step_downs", (StepDownAsked,), _step_downs, graded=True),
    Kind("reviews", (ReviewDue,), _reviews, graded=True, paged=True, ahead=SOON),
    Kind("consultations", (Consultation, Advised), _consultations, (Consultation, "owner"), paged=True),
    Kind("panel_items", (Item, View, Declared), _panel_items),
    Kind("follow_ups", (FollowUp,), _follow_ups, paged=True),
    Kind("actions", (Action,), _actions, (Action, "what"), graded=True, paged=True, ahead=SOON + DAY),
    Kind("sessions", (Session,), _sessions, graded=True, paged=True, ahead=2 * DAY + HOUR),
    Kind("steps_before_telling", (Untold, VictimTold, Action), _untold, (Untold, "action__what"), graded=True),
    Kind("mentions", (Mention, Comment), _mentions, own=True),
    Kind("rounds_open", (Round, Seat, Assessment), _rounds, graded=True),
    Kind("forms_begun", (Draft, Assessment), _forms, own=True, graded=True),
)
