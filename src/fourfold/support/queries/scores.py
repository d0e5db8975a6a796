"""How the victims are, for learning: whole totals of those who agreed to it, and nothing else of their files."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Permission, Refused
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.support.models import CheckIn, Consent
from fourfold.support.terms import ConsentMatter, ConsentState

WHY = "totals of those who agreed, for an extract without names"


@dataclass(frozen=True)
class Score:
    """One whole total of one measure."""

    case: UUID
    instrument: str
    answered_at: datetime
    total: float


def scores_for_learning(*, actor: Actor, until: datetime, at: datetime) -> tuple[Score, ...]:
    """Return each whole total up to a moment of every victim whose last word on it is yes. Two statements and the log's.

    Whoever was never asked, refused, or took it back is not among them. Raises Refused for whoever freezes no extract.
    """
    if not access_queries.may(actor, Permission.EXTRACT_FREEZE):
        raise Refused("role", "Only an evaluator gathers totals for learning.")
    said = Consent.objects.unscoped(WHY).filter(matter=ConsentMatter.EVALUATION, said_at__lte=at)
    last = dict(said.order_by("said_at").values_list("case_id", "state"))
    agreed = {case for case, state in last.items() if state == ConsentState.GIVEN}
    rows = CheckIn.objects.unscoped(WHY).filter(total__isnull=False, answered_at__lte=until)
    found = tuple(
        Score(case, instrument, answered_at, float(total))
        for case, instrument, answered_at, total in rows.order_by("answered_at").values_list(
            "case_id", "instrument", "answered_at", "total"
        )
        if case in agreed
    )
    audit.consulted(
        actor, "extract.scores", at=at, compartments=frozenset({Compartment.ADVOCATE_CONFIDENTIAL}), count=len(found)
    )
    return found
