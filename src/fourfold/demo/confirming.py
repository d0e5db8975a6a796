"""What reaches an invented victim, confirmed by the advocate as everybody's is."""

from datetime import datetime

from fourfold.audit.terms import Actor
from fourfold.demo.moves import Row
from fourfold.people.queries.endpoints import endpoints_of, is_somebody_elses
from fourfold.people.terms import Confirmation, MarkKind
from fourfold.support import services as support


def confirm_what_was_told(advocate: Actor, case: Row, at: datetime) -> None:
    """Let the advocate meet the victim, confirm what was told, and set aside what somebody else uses too."""
    for told in (row for each in endpoints_of(case.victim_id, case=case.pk).values() for row in each.told):
        kind, how = MarkKind(told.kind), Confirmation.FACE_TO_FACE
        if not is_somebody_elses(case.victim_id, kind, told.value):
            support.confirm_endpoint(actor=advocate, case=case, kind=kind, value=told.value, how=how, at=at)
        else:
            why = "Somebody else may answer there."
            support.set_endpoint_aside(actor=advocate, case=case, reach=told.pk, why=why, at=at)
