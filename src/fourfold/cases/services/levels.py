"""Setting a level: by whom, in which step, beside which advice, with whose second signature."""

from datetime import datetime

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access import signatories
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.draft import Draft
from fourfold.audit.terms import Actor
from fourfold.cases import rules
from fourfold.cases.models import Case, LevelSet
from fourfold.cases.services.rows import (
    _change,
    _clock,
    _level_now,
    _next_review,
    _open_review,
    _refuse_closed,
    _refuse_stale,
)
from fourfold.cases.terms import CannotStep, Level, SetBy, Trigger

FULL_REVIEWS = frozenset({SetBy.PANEL, SetBy.REVIEW})


def set_level(  # noqa: PLR0913 -- a level is what it is with everything that speaks for it
    *,
    actor: Actor,
    case: Case,
    level: Level,
    set_in: SetBy,
    at: datetime,
    reason: str = "",
    advised: Level | None = None,
    advice_from: str = "",
    countersigned_by: Actor | None = None,
    open_questions: int = 0,
    for_want_of_capacity: bool = False,
    version: int | None = None,
) -> LevelSet:
    """Set a case's level and its next review.

    The advice may raise a level, never lower it: below the advice or the level before, a reason and the signature of
    another person are asked. The panel's decision is a full review and restarts the clock; any other setting
    leaves a review standing that an event has brought forward. `for_want_of_capacity` says that the level was set for
    what the unit can carry, not for what the case asks; then a reason is asked as well. Raises CannotStep naming the field, Conflict where
    somebody else changed the case since `version`.
    """
    access.require(actor, Permission.LEVEL_SET, at=at, site=case.site, file=case.pk, writes=Compartment.RISK)
    _may_sign(actor, countersigned_by, case, at)
    _refuse_stale(case, version)
    _refuse_closed(case)
    _refuse_level(actor, case, level, reason, advised, countersigned_by, open_questions)
    if for_want_of_capacity and not reason.strip():
        raise CannotStep("reason", "Say what capacity the unit lacks, and which level the case needs.")
    with audit.recorded(actor, "level.set", at=at, file=case.pk) as entry:
        _change(case, version, level=level)
        row = entry.about(
            LevelSet.objects.create(
                case=case,
                level=level,
                set_at=at,
                set_in=set_in,
                advised=advised or "",
                advice_from=advice_from,
                reason=reason.strip(),
                for_want_of_capacity=for_want_of_capacity,
                countersigned_by=countersigned_by.staff if countersigned_by else None,
                **access_queries.held_by(actor, "entered", at=at),
            )
        )
        _reclock(entry, actor, case, level, set_in, at)
        return row


def _may_sign(actor: Actor, second: Actor | None, case: Case, at: datetime) -> None:
    if second is not None:
        access.require(second, Permission.LEVEL_COUNTERSIGN, at=at, site=case.site, file=case.pk)
        if why := signatories.why_not_second(actor.staff, second, at=at):
            raise CannotStep("countersigned_by", why)


def _refuse_level(
    actor: Actor,
    case: Case,
    level: Level,
    reason: str,
    advised: Level | None,
    second: Actor | None,
    open_questions: int,
) -> None:
    why = rules.why_not_level(
        Level(level),
        reason=reason,
        decided_by=str(actor.person),
        countersigned_by=str(second.person) if second else "",
        advised=advised,
        previous=_level_now(case),
        open_questions=open_questions,
    )
    if why is not None:
        raise CannotStep("countersigned_by" if reason.strip() else "reason", why)


def _reclock(entry: Draft, actor: Actor, case: Case, level: Level, set_in: SetBy, at: datetime) -> None:
    """Set the next review after a level; a panel's decision is the review that the case waited for."""
    standing = _open_review(case)
    if standing is not None and set_in == SetBy.PANEL:
        standing.done_at, standing.done_by, standing.summary = at, actor.staff, "decided by the panel"
        standing.save(update_fields=["done_at", "done_by", "summary"])
        entry.about(standing)
    due = rules.due_after_level(
        _clock(case, level, at),
        standing.due_at if standing else None,
        Trigger(standing.trigger) if standing else None,
        is_full_review=set_in in FULL_REVIEWS,
    )
    if standing is not None and standing.done_at is None and due == standing.due_at:
        return
    keeps = standing is not None and standing.done_at is None and due < _clock(case, level, at)
    trigger = Trigger(standing.trigger) if keeps and standing else Trigger.CLOCK
    _next_review(entry, actor, case, due, trigger, at, {"level": level.value})
    _change(case, review_due_at=due)
