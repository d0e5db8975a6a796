"""Stepping down and closing: slow, signed twice, never by a score."""

from __future__ import annotations

from datetime import datetime

from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases import rules
from fourfold.cases.models import Case, StateSet
from fourfold.cases.services.rows import _change, _enter, _open_review, _refuse, _state_now
from fourfold.cases.terms import State


def step_down(
    *,
    actor: Actor,
    case: Case,
    reason: str,
    victim_told_at: datetime | None,
    countersigned_by: Actor | None,
    at: datetime,
    version: int | None = None,
) -> StateSet:
    """Let a case step down: three quiet months, a reason, the victim told beforehand, two people's signatures.

    Its reviews go on by the clock. Raises CannotStep naming the field, Conflict where somebody else changed the case
    since `version`.
    """
    access.require(actor, Permission.CASE_STEP_DOWN, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    if countersigned_by is not None:
        access.require(countersigned_by, Permission.CASE_STEP_DOWN, at=at, site=case.site, file=case.pk)
    case.refresh_from_db()
    _refuse(
        rules.why_not_step_down(
            state=State(case.state),
            last_act_at=case.last_act_at,
            victim_told_at=victim_told_at,
            reason=reason,
            decided_by=actor.staff,
            countersigned_by=countersigned_by.staff if countersigned_by else None,
            at=at,
        )
    )
    with audit.recorded(actor, "case.stepped_down", at=at, file=case.pk) as entry:
        _change(case, version, state=State.STEP_DOWN)
        return _enter(
            entry,
            actor,
            case,
            State.STEP_DOWN,
            at,
            reason=reason.strip(),
            victim_told_at=victim_told_at,
            countersigned_by=countersigned_by.staff if countersigned_by else None,
        )


def close(
    *,
    actor: Actor,
    case: Case,
    reason: str,
    at: datetime,
    victim_told_at: datetime | None = None,
    version: int | None = None,
) -> StateSet:
    """Close a case that has been in step-down for at least three months without an act.

    No review is due from then on; a new act opens the case again. Raises CannotStep naming the field.
    """
    access.require(actor, Permission.CASE_CLOSE, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    case.refresh_from_db()
    _refuse(
        rules.why_not_close(
            state=State(case.state),
            entered_at=_state_now(case).entered_at,
            last_act_at=case.last_act_at,
            reason=reason,
            at=at,
        )
    )
    with audit.recorded(actor, "case.closed", at=at, file=case.pk) as entry:
        waiting = _open_review(case)
        if waiting is not None:
            waiting.superseded_at = at
            waiting.save(update_fields=["superseded_at"])
            entry.about(waiting)
        _change(case, version, state=State.CLOSED, review_due_at=None)
        return _enter(entry, actor, case, State.CLOSED, at, reason=reason.strip(), victim_told_at=victim_told_at)
