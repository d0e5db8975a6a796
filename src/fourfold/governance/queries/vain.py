"""What somebody asked an advocate for, or a second advocate to sign, in vain."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from fourfold.access.ends import TOLD_FOR
from fourfold.access.in_vain import Answer, Found, of_file
from fourfold.access.terms import day_of
from fourfold.access.terms.endings import Asked
from fourfold.audit.terms import Actor
from fourfold.governance.models import ConfidenceAsked, ConfidenceDecision


def in_vain(*, actor: Actor, at: datetime) -> list[Found]:
    """Return the copies that the actor asked for and did not get, and the releases that nobody signed."""
    by: dict[str, Any] = {"actor": actor, "at": at}
    decided = Answer(Q(decision__releases=False), "decision__recorded_by", "decision__recorded_at", "decision__reason")
    signed = Answer(Q(signature__agrees=False), "signature__recorded_by", "signature__recorded_at", "signature__reason")
    today = day_of(at)
    expired = Q(decision__isnull=True, expires_on__lt=today, expires_on__gt=today - TOLD_FOR)
    return [
        of_file(Asked.CONFIDENCE, ConfidenceAsked.objects, file="case_id", answer=decided, lapsed=expired, **by),
        of_file(Asked.RELEASE, ConfidenceDecision.objects, file="asked__case_id", answer=signed, **by),
    ]
