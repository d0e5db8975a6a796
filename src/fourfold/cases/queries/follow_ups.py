"""The windows after closing: which are open and wait for somebody, and what was found in those that are past."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.projection import Projection, Staff
from fourfold.access.terms import Compartment, existing
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import FollowUp
from fourfold.cases.terms import Answer, State

RISK = frozenset({"core", "risk"})


@dataclass(frozen=True)
class WindowRow:
    """A window after closing. `is_open` says that its day has come and that nobody has answered it."""

    id: UUID
    reference: str
    victim: str
    months: int
    opens_at: datetime
    is_open: bool
    done_at: datetime | None
    done_by: str
    victim_reached: Answer
    new_act: Answer
    feels_safer: Answer
    summary: str


WINDOW = Projection(
    WindowRow,
    FollowUp,
    "is_open",
    reference="case__reference",
    victim="case__victim__name",
    done_by=Staff("done_by", "somebody who left"),
)


def follow_ups_of(*, actor: Actor, case_id: UUID, at: datetime) -> tuple[WindowRow, ...]:
    """Return the windows of a case, the first first, without those of an earlier closing that nobody answered.

    Raises NotFound; nothing for whoever may not read the risk.
    """
    opened = access_queries.opened(actor, case_id, at=at)
    if not opened.may_read(Compartment.RISK):
        return ()
    rows = FollowUp.objects.of(opened).filter(superseded_at__isnull=True).select_related("case__victim")
    found = list(rows.order_by("opens_at", "pk"))
    names = access_queries.names_of(WINDOW.staff_in(found))
    audit.consulted(actor, "case.follow_ups", at=at, file=case_id, compartments=RISK, count=len(found))
    return tuple(WINDOW(row, names=names, is_open=_is_open(row, at)) for row in found)


def follow_up_to_record(*, actor: Actor, case_id: UUID, follow_up: UUID, at: datetime) -> FollowUp:
    """Return a window of a case that is open to the actor, to be handed to a service, or raise NotFound."""
    opened = access_queries.opened(actor, case_id, at=at)
    return existing(FollowUp.objects.of(opened).filter(pk=follow_up).select_related("case").first())


def _is_open(row: FollowUp, at: datetime) -> bool:
    return row.done_at is None and row.opens_at <= at and row.case.state == State.CLOSED
