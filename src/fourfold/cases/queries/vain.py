"""What somebody asked of a colleague about a case in vain, and which of their cases it was."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from fourfold.access.endings import ASKED_WAITS
from fourfold.access.in_vain import Answer, Found, of_file, waited
from fourfold.access.terms.endings import Asked
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, StepDownAsked, TransferAsked


def in_vain(*, actor: Actor, at: datetime) -> list[Found]:
    """Return the step-downs that the actor asked for and nobody signed, and the cases that another unit did not take."""
    answer = Answer(~Q(refused_because=""), "answered_by", "answered_at", "refused_because")
    lapsed = waited(Q(answered_at__isnull=True), ASKED_WAITS, at=at)
    declined = Answer(Q(accepted=False), "answered_by", "answered_at", "answer")
    how: dict[str, Any] = {"actor": actor, "at": at, "file": "case_id"}
    return [
        of_file(Asked.STEP_DOWN, StepDownAsked.objects, answer=answer, lapsed=lapsed, **how),
        of_file(Asked.TRANSFER, TransferAsked.objects, answer=declined, **how),
    ]


def references_of(files: Iterable[UUID], *, actor: Actor, at: datetime) -> dict[UUID, str]:
    """Return the references of those of some cases that are open to the actor. One statement."""
    return dict(Case.objects.visible_to(actor, at=at).filter(pk__in=list(files)).values_list("pk", "reference"))
