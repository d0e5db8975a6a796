"""What the victim of one case is known by besides the name: put on record, withdrawn, brought back."""

from datetime import datetime
from uuid import UUID

from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.people import services as people
from fourfold.people.models import ReachWithdrawn, VictimReach
from fourfold.people.terms import MarkKind


def add_known_by(*, actor: Actor, case: Case, kind: MarkKind, value: str, at: datetime) -> VictimReach:
    """Keep another name, a car or an account of the victim of this case; raises InvalidDetails naming the kind."""
    _require(actor, case, at)
    return people.add_reach(actor=actor, victim=case.victim, kind=kind, value=value, at=at)


def withdraw_known_by(*, actor: Actor, case: Case, mark: UUID, reason: str, at: datetime) -> ReachWithdrawn:
    """Keep that something was put on record by mistake: from now on nobody is found or compared by it."""
    _require(actor, case, at)
    return people.withdraw_reach(actor=actor, victim=case.victim, reach=mark, reason=reason, at=at)


def undo_known_by_withdrawn(*, actor: Actor, case: Case, mark: UUID, reason: str, at: datetime) -> ReachWithdrawn:
    """Undo that something was withdrawn: it counts again as it did."""
    _require(actor, case, at)
    return people.undo_reach_withdrawn(actor=actor, victim=case.victim, reach=mark, reason=reason, at=at)


def _require(actor: Actor, case: Case, at: datetime) -> None:
    access.require(actor, Permission.SAFE_CONTACT_SET, at=at, file=case.pk, writes=Compartment.VICTIM_CONTACT)
