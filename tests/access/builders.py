"""Ends as two people make them."""

from __future__ import annotations

from fourfold.access import services
from fourfold.access.models import Agreement, EndAsked, Membership
from tests.cast import NOW, Cast


def end_role(cast: Cast, part: Membership, lead: str) -> EndAsked:
    """End a role in a unit, as an administrator asks and the lead of that agency confirms."""
    asked = services.ask_end_of_part(actor=cast.administrator, part=part, from_at=NOW, reason="Has left.", at=NOW)
    return services.answer_end(actor=cast.actor(lead), asked=asked, given=True, at=NOW)


def end_agreement(cast: Cast, agreement: Agreement) -> EndAsked:
    """End an agreement, as one of oversight asks and another of the unit's oversight confirms."""
    asked = services.ask_end_of_agreement(
        actor=cast.governance, agreement=agreement, from_at=NOW, reason="Over.", at=NOW
    )
    return services.answer_end(actor=cast.second_governance, asked=asked, given=True, at=NOW)
