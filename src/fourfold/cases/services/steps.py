"""Stepping down and closing: slow, signed twice, never by a score."""

from __future__ import annotations

from datetime import datetime, timedelta

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access import signatories, signing
from fourfold.access.askers import Needs, why_not_answer
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases import rules
from fourfold.cases.models import Case, StateSet, StepDownAsked
from fourfold.cases.queries.rows import last_act_told
from fourfold.cases.services.follow_ups import _open_windows
from fourfold.cases.services.rows import _change, _enter, _open_review, _refuse, _refuse_stale, _state_now
from fourfold.cases.terms import CannotStep, State


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
    _refuse_stale(case, version)
    case.refresh_from_db()
    _refuse(
        rules.why_not_step_down(
            state=State(case.state),
            last_act_at=case.last_act_at,
            last_act_told=last_act_told(case),
            victim_told_at=victim_told_at,
            reason=reason,
            decided_by=actor.person,
            countersigned_by=countersigned_by.person if countersigned_by else None,
            at=at,
        )
    )
    if countersigned_by is not None and (
        why := signatories.why_not_second(actor.staff, countersigned_by, at=at, same=rules.steps.ANOTHER)
    ):
        raise CannotStep("countersigned_by", why)
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


def ask_step_down(
    *, actor: Actor, case: Case, reason: str, victim_told_at: datetime | None, at: datetime, version: int | None = None
) -> StepDownAsked:
    """Ask a colleague to sign a step-down; everything but the second signature must stand already.

    Raises CannotStep naming the field, also where somebody has asked before, and Conflict where somebody else changed
    the case since `version`.
    """
    access.require(actor, Permission.CASE_STEP_DOWN, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    _refuse_stale(case, version)
    case.refresh_from_db()
    why = rules.why_not_step_down(
        state=State(case.state),
        last_act_at=case.last_act_at,
        last_act_told=last_act_told(case),
        victim_told_at=victim_told_at,
        reason=reason,
        decided_by=actor.person,
        countersigned_by=None,
        at=at,
    )
    if why is not None and why[0] != "countersigned_by":
        raise CannotStep(*why)
    with audit.recorded(actor, "step_down.asked", at=at, file=case.pk) as entry:
        for before in StepDownAsked.objects.unscoped("opened above").filter(case=case, answered_at__isnull=True):
            if at - before.recorded_at <= timedelta(days=signing.DAYS_ASKED):
                raise CannotStep("reason", "A colleague has been asked already. Wait for the answer.")
            before.answered_at, before.answered_by, before.refused_because = at, actor.staff, "Nobody signed in time."
            before.save(update_fields=["answered_at", "answered_by", "refused_because"])
            entry.about(before)
        return entry.about(
            StepDownAsked.objects.create(
                case=case,
                reason=reason.strip(),
                victim_told_at=victim_told_at,
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def answer_step_down(
    *, actor: Actor, asked: StepDownAsked, signs: bool, at: datetime, because: str = ""
) -> StateSet | None:
    """Sign a step-down as the second person, or say why not. Returns the state that the case enters, if it does.

    Everything is asked again: an act since the request keeps the case open. Raises CannotStep naming the field.
    """
    case = asked.case
    access.require(actor, Permission.CASE_STEP_DOWN, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    case.refresh_from_db()
    _refuse(_why_not_answer(asked, case, actor, signs, because, at))
    answer = {"answered_at": at, "answered_by": actor.staff, "refused_because": "" if signs else because.strip()}
    with audit.recorded(actor, "step_down.answered", at=at, file=case.pk) as entry:
        waiting = StepDownAsked.objects.unscoped("opened above").filter(pk=asked.pk, answered_at__isnull=True)
        if not waiting.update(**answer):
            raise CannotStep("signs", "Somebody has answered this request. Open the case again.")
        entry.about(StepDownAsked.objects.unscoped("opened above").get(pk=asked.pk))
        if not signs:
            return None
        _change(case, state=State.STEP_DOWN)
        more = {"victim_told_at": asked.victim_told_at, "countersigned_by": asked.recorded_by}
        return _enter(entry, actor, case, State.STEP_DOWN, at, reason=asked.reason, **more)


def _why_not_answer(
    asked: StepDownAsked, case: Case, actor: Actor, signs: bool, because: str, at: datetime
) -> tuple[str, str] | None:
    if not signs:
        return None if because.strip() else ("because", "Say why you do not sign. Your colleague will read this.")
    why = rules.why_not_step_down(
        state=State(case.state),
        last_act_at=case.last_act_at,
        last_act_told=last_act_told(case),
        victim_told_at=asked.victim_told_at,
        reason=asked.reason,
        decided_by=asked.recorded_by,
        countersigned_by=actor.staff,
        at=at,
    )
    if why is not None:
        return "signs", why[1]
    needs = Needs(Permission.CASE_STEP_DOWN, case.site, case.pk, writes=Compartment.CORE)
    not_second = why_not_answer(
        asked.recorded_by, actor, needs, at=at, same=rules.steps.ANOTHER, asked_at=asked.recorded_at
    )
    return ("signs", not_second) if not_second else None


def close(
    *,
    actor: Actor,
    case: Case,
    reason: str,
    at: datetime,
    victim_told_at: datetime | None = None,
    version: int | None = None,
) -> StateSet:
    """Close a case that has been in step-down for at least three months without an act, when the victim has been told.

    No review is due from then on; the windows of the follow-up open by themselves, and a new act opens the case
    again. Raises CannotStep naming the field.
    """
    access.require(actor, Permission.CASE_CLOSE, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    _refuse_stale(case, version)
    case.refresh_from_db()
    _refuse(
        rules.why_not_close(
            state=State(case.state),
            entered_at=_state_now(case).entered_at,
            last_act_at=case.last_act_at,
            last_act_told=last_act_told(case),
            reason=reason,
            victim_told_at=victim_told_at,
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
        _open_windows(entry, actor, case, at)
        return _enter(entry, actor, case, State.CLOSED, at, reason=reason.strip(), victim_told_at=victim_told_at)
