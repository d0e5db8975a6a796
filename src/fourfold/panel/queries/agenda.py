"""What brings a case before a panel: triage sent it there, a breach came since, its review is overdue."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, OuterRef, Subquery

from fourfold.cases.models import Case, CaseAct, Triage
from fourfold.cases.terms import Outcome
from fourfold.panel.models import Decision
from fourfold.panel.terms import Called
from fourfold.words import Word, day_said, sentence, together

LONDON = ZoneInfo("Europe/London")
SENT = (Outcome.PANEL, Outcome.DIRECT_MANAGEMENT)
#: What `Called` is made of, in its order.
MOMENTS = ("last_decided_at", "sent_at", "breach_at", "breach_left_at", "review_due_at")
INSIDE = "when it was, for cases that are scoped outside"


def with_moments(cases: models.QuerySet[Case]) -> Any:
    """Add to cases when a panel last decided, when triage sent them, and when a breach came."""
    decided = Decision.objects.unscoped(INSIDE).filter(item__case=OuterRef("pk")).order_by("-decided_at")
    sent = Triage.objects.unscoped(INSIDE).filter(case=OuterRef("pk"), outcome__in=SENT).order_by("-decided_at")
    # A breach stays on record with its order when its act leaves the case: the panel hears of it and of that.
    breach = CaseAct.objects.unscoped(INSIDE).filter(
        case=OuterRef("pk"), breach_at__isnull=False, breach_until__isnull=True
    )
    breach = breach.order_by("-breach_at", F("left_at").desc(nulls_first=True))
    return cases.annotate(
        last_decided_at=Subquery(decided.values("decided_at")[:1]),
        sent_at=Subquery(sent.values("decided_at")[:1]),
        breach_at=Subquery(breach.values("breach_at")[:1]),
        breach_left_at=Subquery(breach.values("left_at")[:1]),
    )


def calls(called: Called, at: datetime) -> bool:
    """Return whether something brings a case before a panel."""
    came = any(when and _is_new(when, called.last_decided_at) for when in (called.breach_at, called.sent_at))
    return came or (called.review_due_at is not None and called.review_due_at < at)


def reasons(called: Called, at: datetime) -> tuple[Word, ...]:
    """Return in words what brings a case before a panel; nothing where nothing does."""
    since = Word("since the last panel") if called.last_decided_at else Word("and no panel yet")
    found: list[Word] = []
    if called.breach_at and _is_new(called.breach_at, called.last_decided_at):
        breach = sentence("a breach {1}, {2}", since, _day(called.breach_at))
        if called.breach_left_at:
            breach = sentence("{1}, whose act was taken off the case on {2}", breach, _day(called.breach_left_at))
        found.append(breach)
    if called.sent_at and _is_new(called.sent_at, called.last_decided_at):
        found.append(sentence("sent by triage on {1}, {2}", _day(called.sent_at), since))
    if called.review_due_at and called.review_due_at < at:
        found.append(sentence("review overdue since {1}", _day(called.review_due_at)))
    return tuple(found)


def sent(called: Called) -> datetime | None:
    """Return when triage sent a case to a panel, where none has decided since."""
    return called.sent_at if called.sent_at and _is_new(called.sent_at, called.last_decided_at) else None


def _is_new(moment: datetime, last: datetime | None) -> bool:
    return last is None or moment > last


def _day(at: datetime) -> Word:
    return day_said(at.astimezone(LONDON))


def why_heard(cases: Iterable[UUID], *, at: datetime) -> dict[UUID, str]:
    """Return what brings each of some cases before a panel, in one line: one statement."""
    rows = with_moments(Case.objects.unscoped("opened by the caller").filter(pk__in=list(cases)))
    said = rows.values_list("pk", *MOMENTS)
    return {pk: together("; ", reasons(Called(*moments), at)) for pk, *moments in said}
