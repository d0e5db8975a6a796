"""Telling the victim first: what could raise the risk waits until a safe contact is on record."""

from __future__ import annotations

from datetime import datetime

from fourfold.audit.terms import Actor
from fourfold.cases import services as cases
from fourfold.journey.rows import Action, Case, Contact, StateSet, StepDownAsked, TransferAsked, VictimTold
from fourfold.plan import services as plan
from fourfold.support import services as support


def told_of_action(*, actor: Actor, action: Action, contact: Contact, at: datetime) -> VictimTold:
    """Record that the victim was told of an action before it is taken, in a contact that reached them safely.

    Raises CannotSupport on `victim_told_at` for any other contact.
    """
    told_at = contact.attempted_at
    support.require_told(actor=actor, case=action.case, told_at=told_at, at=at)
    return plan.note_victim_told(actor=actor, action=action, told_at=told_at, contact=contact.pk, at=at)


def step_down_asked(
    *,
    actor: Actor,
    case: Case,
    reason: str,
    victim_told_at: datetime | None,
    at: datetime,
    version: int | None = None,
) -> StepDownAsked:
    """Ask a colleague to sign a step-down of which the victim was told in a safe contact."""
    support.require_told(actor=actor, case=case, told_at=victim_told_at, at=at)
    return cases.ask_step_down(
        actor=actor, case=case, reason=reason, victim_told_at=victim_told_at, version=version, at=at
    )


def case_closed(
    *, actor: Actor, case: Case, reason: str, victim_told_at: datetime | None, version: int | None, at: datetime
) -> StateSet:
    """Close a case when the victim was told of it in a safe contact, and everything else that closing asks for stands."""
    support.require_told(actor=actor, case=case, told_at=victim_told_at, at=at)
    return cases.close(actor=actor, case=case, reason=reason, victim_told_at=victim_told_at, version=version, at=at)


def transfer_asked(
    *, actor: Actor, case: Case, to_site: str, reason: str, victim_told_at: datetime | None, at: datetime
) -> TransferAsked:
    """Offer a case to another unit when the victim was told of it in a safe contact."""
    support.require_told(actor=actor, case=case, told_at=victim_told_at, at=at)
    return cases.ask_transfer(
        actor=actor, case=case, to_site=to_site, reason=reason, victim_told_at=victim_told_at, at=at
    )
