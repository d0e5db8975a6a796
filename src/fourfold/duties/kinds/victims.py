"""What waits for whoever supports a victim, and what a victim waits for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, TextField
from django.db.models.functions import Cast, Coalesce

from fourfold.access.terms import Compartment
from fourfold.cases.models import Case
from fourfold.duties.kinds.asking import ALWAYS, LONDON, SOON, WHY, Files, Kind, asked, due, midnight, rows_of, within
from fourfold.duties.models import Duty
from fourfold.people.models import DeliveryTold, Message, MessageRead
from fourfold.people.queries.deliveries import fate_of_each
from fourfold.people.rules.deliveries import FAILURES, HANDED_OVER_WITHIN
from fourfold.people.rules.messages import READ_WITHIN
from fourfold.support.models import (
    AtRisk,
    AtRiskStep,
    CheckIn,
    Contact,
    ContactAsked,
    DiaryEntry,
    DiaryRead,
    EntitlementSaid,
    PlanStep,
    PlanStepReview,
    Update,
    UpdateTold,
)
from fourfold.support.queries.diary import asked_still
from fourfold.support.rules import ALARM_LASTS, SILENT_AFTER, care
from fourfold.support.terms import ContactOutcome, EntitlementAnswer

#: No key leads from a message to the case in which it was written.
_OF_A_CASE = Q(Exists(Case.objects.unscoped(WHY).filter(pk=OuterRef("file"))))


@asked
def _reached(files: Any) -> Any:
    reached = Contact.objects.unscoped(WHY).filter(outcome=ContactOutcome.REACHED, safe=True, case=OuterRef("pk"))
    last = Subquery(reached.order_by("-attempted_at").values("attempted_at")[:1])
    return rows_of(Case, files).values_list("pk", Coalesce(last, F("opened_at")))


def _contacts(files: Files) -> Iterator[Duty]:
    """Yield every case that is open, and by when its victim is silent: what is known of them in other cases is asked when
    it is read.
    """
    yield from _silent_from(_reached(files))


def _silent_from(reached: Iterable[tuple[UUID, datetime]]) -> Iterator[Duty]:
    for case, since in reached:
        yield due("contacts", case, case, since + SILENT_AFTER, closed=False)


@asked
def _to_tell(files: Any) -> Any:
    rows = rows_of(Update, files).filter(told=None, dropped_at=None)
    return rows.values_list("pk", "case_id", "what", "happened_at", "due_on", "working_days")


def _code_clocks(files: Files) -> Iterator[Duty]:
    for pk, case, what, since, due_on, days in _to_tell(files):
        said = {"what": what, "since": since.isoformat(), "working_days": days}
        yield due("code_clocks", case, pk, datetime.combine(due_on, time(23, 59), tzinfo=LONDON), said=said)


@asked
def _held(files: Any) -> Any:
    rows = rows_of(Message, files).filter(_OF_A_CASE, state="held")
    return rows.values_list("pk", "file", "recorded_at", "recorded_by")


def _messages_to_read(files: Files) -> Iterator[Duty]:
    for pk, case, written_at, by in _held(files):
        until = written_at + READ_WITHIN
        yield due("messages_to_read", case, pk, until, until=until, asked_by=by)


@asked
def _not_sent(files: Any) -> Any:
    every = Message.objects.unscoped(WHY).annotate(fate=fate_of_each())
    stopped = Q(state="stopped") & ~Q(to="") & ~Q(reading__given=False)
    put_back = Q(state="waiting") & ~Q(why_stopped="")
    rows = every.filter(stopped | put_back | Q(state="leaving") | Q(state="sent", fate__in=FAILURES))
    rows = rows.annotate(since=Coalesce("reading__recorded_at", F("recorded_at"), output_field=models.DateTimeField()))
    later = Q(file=OuterRef("file"), victim=OuterRef("victim"), recorded_at__gt=OuterRef("since"), state="sent")
    arrived = every.filter(later).filter(Q(fate__isnull=True) | ~Q(fate__in=FAILURES))
    reached = Contact.objects.unscoped(WHY).filter(
        case=OuterRef("file"), outcome=ContactOutcome.REACHED, withdrawn_at=None, attempted_at__gt=OuterRef("since")
    )
    found = within(files, rows).filter(_OF_A_CASE).exclude(Exists(arrived)).exclude(Exists(reached))
    return found.values_list("pk", "file", "since", "state", "fate", "why_stopped", "recorded_at")


def _messages_not_sent(files: Files) -> Iterator[Duty]:
    """Yield what was to reach a victim and did not, or may not have: stopped on the way out, put back, handed over to a
    provider that never answered, or lost; until the victim was reached since, or sent what was written since.

    What was stopped as it was written, or by a second reader's no, was told to its writer then.
    """
    for pk, case, since, state, fate, why, at in _not_sent(files):
        unanswered = state == "leaving" and not why
        said = {"state": state, "fate": fate if state == "sent" else ""}
        begins = at + HANDED_OVER_WITHIN if unanswered else ALWAYS
        yield due(
            "messages_not_sent",
            case,
            pk,
            since,
            shows_from=begins,
            reveals=Compartment.VICTIM_CONTACT,
            closed=False,
            said=said,
        )


def _looked_at(table: Any, done: str) -> Any:
    def compose(files: Any) -> Any:
        rows = rows_of(table, files).order_by(f"{done}__recorded_at", f"{done}__id")
        return rows.values_list("pk", "case_id", "review_on", f"{done}__id", f"{done}__next_on")

    return asked(compose)


_LOOKED_AT = {PlanStep: _looked_at(PlanStep, "reviews"), AtRisk: _looked_at(AtRisk, "steps")}


def _care_reviews(files: Files) -> Iterator[Duty]:
    """Yield the steps of safety plans, and the people at risk, that are to be looked at again, and when."""
    for table, of in _LOOKED_AT.items():
        latest = {pk: (case, next_on if looked else first) for pk, case, first, looked, next_on in of(files)}
        for pk, (case, day) in latest.items():
            if day is not None:
                said = {"step": table is PlanStep}
                begins = midnight(day)
                yield due(
                    "care_reviews",
                    case,
                    pk,
                    datetime.combine(day, time(17), tzinfo=LONDON),
                    shows_from=begins,
                    closed=False,
                    said=said,
                )


_unread = asked(
    lambda files: rows_of(DiaryEntry, files).filter(read__isnull=True).values_list("case_id", "recorded_at")
)
_asked_still = asked(lambda files: asked_still(rows_of(ContactAsked, files)).values_list("case_id", "recorded_at"))


def _news(files: Files) -> Iterator[Duty]:
    """Yield the diaries in which something is new, each once: since when, how many entries nobody read, whether a call
    was asked for."""
    unread: dict[UUID, list[datetime]] = {}
    wanted: dict[UUID, list[datetime]] = {}
    for found, rows in ((unread, _unread(files)), (wanted, _asked_still(files))):
        for case, at in rows:
            found.setdefault(case, []).append(at)
    for case in {**unread, **wanted}:
        since = min(unread.get(case, []) + wanted.get(case, []))
        said = {"unread": len(unread.get(case, [])), "asked": case in wanted}
        yield due("news", case, case, since, said=said)


@asked
def _critical(files: Any) -> Any:
    reached = Contact.objects.unscoped(WHY).filter(outcome=ContactOutcome.REACHED, safe=True, made_by="")
    reached = reached.filter(case=OuterRef("case"), attempted_at__gt=OuterRef("answered_at"))
    rows = rows_of(CheckIn, files).filter(~Exists(reached)).exclude(critical=[])
    return rows.values_list("pk", "case_id", "answered_at")


def _answers(files: Files) -> Iterator[Duty]:
    """Yield, for fourteen days, what a victim answered and somebody must act on, until the victim was reached since."""
    for pk, case, at in _critical(files):
        yield due("answers_to_act_on", case, pk, at, until=at + ALARM_LASTS)


@asked
def _answered(files: Any) -> Any:
    rows = rows_of(Case, files).order_by("entitlements__recorded_at", "entitlements__id")
    return rows.values_list("pk", "opened_at", "entitlements__code", "entitlements__answer")


def _entitlements(files: Files) -> Iterator[Duty]:
    """Yield the cases in which an entitlement of the victim's has no outcome on record yet, from three days before the
    first of them is due; which of them are due is worked out when it is read, by the register of that day."""
    begun: dict[UUID, datetime] = {}
    answers: dict[UUID, dict[str, str]] = {}
    for case, opened_at, code, answer in _answered(files):
        begun[case] = opened_at
        answers.setdefault(case, {})[code] = answer
    yield from _entitled(begun.items(), answers)


def _entitled(
    begun: Iterable[tuple[UUID, datetime]], answers: Mapping[UUID, Mapping[str, str]] = MappingProxyType({})
) -> Iterator[Duty]:
    for case, opened_at in begun:
        first, said_of = opened_at.astimezone(LONDON).date(), answers.get(case, {})
        done = sorted(code for code, answer in said_of.items() if code and answer != EntitlementAnswer.NOT_YET)
        if days := [day for day, code in _rights(first) if code not in done]:
            said = {"begun": first.isoformat(), "answered": done}
            begins = midnight(days[0], -SOON.days)
            yield due(
                "entitlements",
                case,
                case,
                datetime.combine(days[0], time(23, 59), tzinfo=LONDON),
                shows_from=begins,
                closed=False,
                said=said,
            )


@lru_cache(maxsize=4_096)  # most cases of a day are begun on the same few
def _rights(begun: date) -> list[tuple[date, str]]:
    return [(day, each.code) for day, each in care.entitlements_due(begun, (), on=date.max, by=date.max)]


KINDS = (
    Kind("care_reviews", (PlanStep, PlanStepReview, AtRisk, AtRiskStep), _care_reviews, of_part=True),
    Kind("news", (DiaryEntry, DiaryRead, ContactAsked, Contact), _news, of_part=True),
    Kind(
        "answers_to_act_on",
        (CheckIn, Contact),
        _answers,
        (CheckIn, Cast("critical", TextField())),
        of_part=True,
        decide=True,
    ),
    Kind("entitlements", (Case, EntitlementSaid), _entitlements, of_part=True, born=_entitled, graded=True),
    Kind("contacts", (Case, Contact), _contacts, of_part=True, born=_silent_from),
    Kind("code_clocks", (Update, UpdateTold), _code_clocks, of_part=True),
    Kind("messages_to_read", (Message,), _messages_to_read, graded=True, decide=True),
    Kind(
        "messages_not_sent",
        (Message, MessageRead, DeliveryTold, Contact),
        _messages_not_sent,
        (Message, "why_stopped"),
        graded=True,
        decide=True,
        paged=True,
    ),
)
