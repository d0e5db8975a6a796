"""Who could sign as the second advocate what leaves against the victim's word."""

from datetime import datetime

from fourfold.access.askers import Needs
from fourfold.access.seconds import Seconds, who_could
from fourfold.access.terms import PartnerKind, Permission
from fourfold.audit.terms import Actor
from fourfold.cases.queries.values import CaseHeader


def is_advocate(actor: Actor) -> bool:
    """Return whether somebody is of an agency of advocates: only they decide on what a victim told their advocate."""
    return actor.partner_kind == PartnerKind.ADVOCACY


def who_could_sign_release(header: CaseHeader, *, actor: Actor, at: datetime) -> Seconds:
    """Return who could sign the release of a confidence on which the actor decides, or has decided."""
    needs = Needs(Permission.CONFIDENCE_DECIDE, header.site, header.id)
    return who_could(needs, actor=actor, guard=is_advocate, at=at)
