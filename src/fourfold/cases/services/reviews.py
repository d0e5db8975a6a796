"""Reviews: the clock and events set them, people record them."""

from datetime import datetime
from typing import Literal

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission, day_of
from fourfold.audit import services as audit
from fourfold.audit.draft import Draft
from fourfold.audit.terms import Actor
from fourfold.cases import rules
from fourfold.cases.models import Case, ReviewDue
from fourfold.cases.services.levels import set_level
from fourfold.cases.services.rows import (
    _change,
    _clock,
    _level_now,
    _next_review,
    _open_review,
    _refuse_closed,
    _refuse_stale,
)
from fourfold.cases.terms import CannotStep, Level, ReviewReason, SetBy, Trigger
from fourfold.words import sentence

LONGEST_WORDS = 120
"""Characters that say what happened; the event and its day stand before them in one line of a list."""


def bring_review_forward(
    *, actor: Actor, case: Case, trigger: Trigger, at: datetime, reason: ReviewReason | None = None
) -> ReviewDue:
    """Let an event bring the next review forward; it never moves one back. Returns the review that now stands.

    Whoever may write into the case may say that something happened.
    """
    access.require(actor, Permission.CASE_VIEW, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    with audit.recorded(actor, "review.brought_forward", at=at, file=case.pk) as entry:
        review = _bring_forward(entry, actor, case, trigger, at, reason or {})
        return entry.about(review)


def record_event(
    *, actor: Actor, case: Case, trigger: Trigger, words: str, at: datetime, happens_at: datetime | None = None
) -> ReviewDue:
    """Record that something happened, or will (`happens_at`; None: just now), and let it bring the review forward.

    The event is kept also where the review is due sooner already. Returns the review that now stands. Raises
    CannotStep naming the field: for an act and a breach, which are told elsewhere, for words that are missing or too
    long, and for a closed case.
    """
    access.require(actor, Permission.CASE_VIEW, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    _refuse_closed(case)
    _refuse_event(trigger, words)
    with audit.recorded(actor, "event.recorded", at=at, file=case.pk) as entry:
        reason: ReviewReason = {"words": " ".join(words.split())}
        if happens_at is not None:
            reason["on"] = day_of(happens_at).isoformat()
        return entry.about(_bring_forward(entry, actor, case, trigger, at, reason, happens_at))


def _refuse_event(trigger: Trigger, words: str) -> None:
    if trigger not in rules.EVENT_WORDS:
        raise CannotStep("trigger", "Report a new act at the desk, and record a breach under orders.")
    if not words.strip():
        raise CannotStep("words", "Say in a few words what happened and who told you.")
    if len(" ".join(words.split())) > LONGEST_WORDS:
        raise CannotStep("words", sentence("Shorten this to {1} characters. Put the rest in a note.", LONGEST_WORDS))


def _bring_forward(
    entry: Draft,
    actor: Actor,
    case: Case,
    trigger: Trigger,
    at: datetime,
    reason: ReviewReason,
    happens_at: datetime | None = None,
) -> ReviewDue:
    """Let an event stand as the reason of the next review, on the sooner of its own day and the one that stood."""
    standing = _open_review(case)
    due = rules.brought_forward(standing.due_at if standing else None, trigger, at, happens_at=happens_at)
    if due is None:
        raise CannotStep("trigger", "Say what happened. The clock alone does not bring a review forward.")
    if trigger not in rules.EVENT_WITHIN and standing is not None:
        return standing
    if standing is not None and due == standing.due_at:
        later = rules.later_than(due, told_at=at, counts_at=rules.counts_from(happens_at, at))
        reason = {**reason, "later": later} if later else reason
        reason = rules.with_earlier(trigger, reason, standing.trigger, standing.reason)
    review = _next_review(entry, actor, case, due, trigger, at, reason)
    _change(case, review_due_at=due)
    return review


def set_review(
    *, actor: Actor, case: Case, due_at: datetime, at: datetime, agreed: Literal["panel", "review"] = "review"
) -> ReviewDue:
    """Set the next review to a day that people agreed: sooner than the clock or an event says, never later.

    Raises CannotStep naming the latest day.
    """
    access.require(actor, Permission.REVIEW_RECORD, at=at, site=case.site, file=case.pk, writes=Compartment.RISK)
    _refuse_closed(case)
    if due_at <= at:
        raise CannotStep("review_on", "The next review must be in the future.")
    standing = _open_review(case)
    latest = standing.due_at if standing else _clock(case, _level_now(case), at)
    if due_at > latest:
        raise CannotStep(
            "review_on", sentence("The review is due by {1}. Choose that day or one before it.", _day(latest))
        )
    with audit.recorded(actor, "review.set", at=at, file=case.pk) as entry:
        review = _next_review(entry, actor, case, due_at, Trigger.CLOCK, at, {"agreed": agreed})
        _change(case, review_due_at=due_at)
        return review


def record_review(  # noqa: PLR0913 -- one form, one act
    *,
    actor: Actor,
    case: Case,
    level: Level | None,
    summary: str,
    at: datetime,
    reason: str = "",
    countersigned_by: Actor | None = None,
    next_at: datetime | None = None,
    version: int | None = None,
) -> ReviewDue:
    """Record a review that was done, with the level it found (None: no new one), and restart the clock.

    `next_at` may bring the next review nearer than the clock. Returns the review that was done. Raises CannotStep
    naming the field, Conflict where somebody else changed the case since `version`.
    """
    access.require(actor, Permission.REVIEW_RECORD, at=at, site=case.site, file=case.pk, writes=Compartment.RISK)
    _refuse_stale(case, version)
    _refuse_closed(case)
    if not summary.strip():
        raise CannotStep("summary", "Say in a sentence or two what the review found.")
    with audit.recorded(actor, "review.recorded", at=at, file=case.pk) as entry:
        _change(case, version)
        done = entry.about(_done(actor, case, at, summary))
        if level is not None:
            set_level(
                actor=actor,
                case=case,
                level=level,
                set_in=SetBy.REVIEW,
                reason=reason,
                countersigned_by=countersigned_by,
                at=at,
            )
        else:
            _restart(entry, actor, case, at)
        if next_at is not None:
            set_review(actor=actor, case=case, due_at=next_at, at=at)
        return done


def _done(actor: Actor, case: Case, at: datetime, summary: str) -> ReviewDue:
    """Return the review that the case waited for, now done; where none was due, one that was done all the same."""
    review = _open_review(case) or ReviewDue(
        case=case, due_at=at, trigger=Trigger.CLOCK, **access_queries.held_by(actor, "entered", at=at)
    )
    review.done_at, review.done_by, review.summary = at, actor.staff, summary.strip()
    review.save()
    return review


def _restart(entry: Draft, actor: Actor, case: Case, at: datetime) -> None:
    due = _clock(case, _level_now(case), at)
    _next_review(entry, actor, case, due, Trigger.CLOCK, at, {})
    _change(case, review_due_at=due)


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y, %H:%M}"
