"""Custody and release: in custody nobody can act in person, which is no proof that they would not."""

from datetime import datetime

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.terms import State, Trigger
from fourfold.orders import durations
from fourfold.orders.models import Custody, CustodyEnded
from fourfold.orders.services.rows import _OPENED
from fourfold.orders.terms import CannotOrder, CustodyKind


def record_custody(*, actor: Actor, case: Case, kind: CustodyKind, held_from: datetime, at: datetime) -> Custody:
    """Record that the subject of a case is held, from when and why.

    Raises CannotOrder naming `held_from` for a moment to come, where the subject is held already, and where two times overlap.
    """
    access.require(actor, Permission.ORDER_RECORD, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    spells = Custody.objects.unscoped(_OPENED).filter(case=case).values_list("held_from", "ended__released_at")
    if (why := durations.why_not_held(held_from, spells, at)) is not None:
        raise CannotOrder("held_from", why)
    with audit.recorded(actor, "custody.recorded", at=at, file=case.pk) as entry:
        held = access_queries.held_by(actor, "entered", at=at)
        return entry.about(Custody.objects.create(case=case, kind=kind, held_from=held_from, **held))


def record_release(
    *, actor: Actor, custody: Custody, released_at: datetime, reason: str = "", at: datetime
) -> CustodyEnded:
    """Record the release of a subject; where the case is not closed, its review comes forward.

    Raises CannotOrder naming `released_at` for a moment to come or before custody began, and where the release is on record.
    """
    case = custody.case
    access.require(actor, Permission.ORDER_RECORD, at=at, site=case.site, file=case.pk, writes=Compartment.CORE)
    if CustodyEnded.objects.unscoped(_OPENED).filter(custody=custody).exists():
        raise CannotOrder("released_at", "This release is already recorded.")
    if (why := durations.why_not_released(released_at, custody.held_from, at)) is not None:
        raise CannotOrder("released_at", why)
    with audit.recorded(actor, "custody.ended", at=at, file=case.pk) as entry:
        held = access_queries.held_by(actor, "entered", at=at)
        ended = CustodyEnded.objects.create(
            custody=custody, released_at=released_at, reason=reason.strip()[:300], **held
        )
        if case.state != State.CLOSED:
            words = f"released from custody{': ' + reason.strip() if reason.strip() else ''}"[:120]
            cases.record_event(actor=actor, case=case, trigger=Trigger.RELEASE, words=words, at=at)
        return entry.about(ended)
