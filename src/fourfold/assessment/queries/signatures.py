"""Second signatures under a lower level: what a case has asked for, what waits for whom, and what still holds."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef

from fourfold.access import queries as access_queries
from fourfold.access.models import Staff
from fourfold.access.paging import WHOLE
from fourfold.access.projection import Projection
from fourfold.access.projection import Staff as StaffName
from fourfold.access.signing import DAYS_ASKED
from fourfold.access.terms import Compartment, Opened
from fourfold.assessment.models import SecondSignature, SignatureAsked
from fourfold.assessment.queries.recorded_forms import GONE, found_in
from fourfold.audit.terms import Actor
from fourfold.cases.models import LevelSet
from fourfold.cases.terms import Level


@dataclass(frozen=True)
class AskedSignature:
    """A lower level that waits for, or has, a second signature. `mine` when the reader asked for it."""

    id: UUID
    level: Level
    reason: str
    asked_by: str
    asked_at: datetime
    mine: bool
    given: bool | None
    words: str | None
    answered_by: str


ASKED = Projection(
    AskedSignature,
    SignatureAsked,
    "mine",
    asked_by=StaffName("recorded_by", GONE),
    asked_at="recorded_at",
    given="signature__given",
    words="signature__words",
    answered_by=StaffName("signature__recorded_by", GONE),
)


def signatures_of(actor: Actor, opened: Opened) -> tuple[AskedSignature, ...]:
    """Return the second signatures that were asked for in an opened case, the latest first: two statements."""
    if not opened.may_read(Compartment.RISK):
        return ()
    asked = list(SignatureAsked.objects.of(opened).select_related("signature").order_by("-recorded_at")[:WHOLE])
    names = access_queries.names_of(ASKED.staff_in(asked))
    return tuple(ASKED(row, names=names, mine=row.recorded_by == actor.staff) for row in asked)


def signature_to_answer(*, actor: Actor, case_id: UUID, asked_id: UUID, at: datetime) -> SignatureAsked:
    """Return a request for a second signature, to be handed to `services.answer_signature`, or raise NotFound."""
    opened = access_queries.opened(actor, case_id, at=at)
    return found_in(opened, SignatureAsked.objects.of(opened).filter(pk=asked_id).select_related("case"))


#: How long a signature holds, as a request for one waits.
HOLDS = timedelta(days=DAYS_ASKED)


@dataclass(frozen=True)
class Signed:
    """A second signature that still holds: whose it is, and the reason that was signed."""

    by: Actor
    reason: str


def signature_held(*, actor: Actor, case_id: UUID, level: Level, at: datetime) -> Signed | None:
    """Return the second signature that somebody holds for a level of a case; it is spent when a level is next set.

    It holds for seven days, and for the reason that was signed: no other is kept beside it. That of somebody whose account has closed since does not hold.
    """
    opened = access_queries.opened(actor, case_id, at=at)
    spent = LevelSet.objects.unscoped("inside a query of an opened case").filter(
        case=OuterRef("asked__case"), set_at__gte=OuterRef("recorded_at")
    )
    found = (
        SecondSignature.objects.of(opened)
        .filter(
            ~Exists(spent), given=True, asked__level=level, asked__recorded_by=actor.staff, recorded_at__gt=at - HOLDS
        )
        .select_related("asked")
        .order_by("-recorded_at")
        .first()
    )
    if found is None:
        return None
    by = Staff.objects.get(pk=found.recorded_by)
    second = access_queries.actor_of(
        by, at=at, session=f"signature {found.pk}", strength="signature", purpose="casework"
    )
    return Signed(second, found.asked.reason) if second.active and second.vouched else None
