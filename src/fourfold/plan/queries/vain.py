"""What somebody asked a colleague to sign about a step of the plan, in vain."""

from datetime import datetime

from django.db.models import Q

from fourfold.access.endings import ASKED_WAITS
from fourfold.access.in_vain import Found, of_file, waited
from fourfold.access.terms.endings import Asked
from fourfold.audit.terms import Actor
from fourfold.plan.models import Untold
from fourfold.plan.queries.parts import OPEN


def in_vain(*, actor: Actor, at: datetime) -> list[Found]:
    """Return the steps that the actor asked to take before the victim is told, and nobody signed."""
    lapsed = waited(Q(signed_at__isnull=True, action__status__in=OPEN), ASKED_WAITS, at=at)
    return [of_file(Asked.ACTION_UNTOLD, Untold.objects, actor=actor, at=at, file="action__case_id", lapsed=lapsed)]
