"""What somebody asked a colleague to sign, in vain."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q

from fourfold.access.endings import ASKED_WAITS
from fourfold.access.in_vain import Answer, Found, of_file, waited
from fourfold.access.terms.endings import Asked
from fourfold.assessment.models import SignatureAsked
from fourfold.audit.terms import Actor
from fourfold.cases.models import LevelSet


def in_vain(*, actor: Actor, at: datetime) -> list[Found]:
    """Return the signatures under a lower level that the actor asked for and nobody gave."""
    answer = Answer(Q(signature__given=False), "signature__recorded_by", "signature__recorded_at", "signature__words")
    spent = LevelSet.objects.unscoped("inside a scoped list").filter(
        case=OuterRef("case"), set_at__gte=OuterRef("recorded_at")
    )
    lapsed = waited(Q(~Exists(spent), signature__isnull=True), ASKED_WAITS, at=at)
    how: dict[str, Any] = {"actor": actor, "at": at, "file": "case_id", "answer": answer, "lapsed": lapsed}
    return [of_file(Asked.SIGNATURE, SignatureAsked.objects, **how)]
