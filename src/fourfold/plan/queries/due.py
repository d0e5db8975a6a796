"""Who could own an action, and what a reason for going ahead before the victim was told looks like."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.roles import CASEWORK
from fourfold.cases.terms import ShownLevel


def could_own(site: str, partner: str, *, at: datetime) -> tuple[tuple[UUID, str], ...]:
    """Return who could own an action of an agency at a site: its people who work on cases there, by name. One statement."""
    unit = access_queries.unit_of(site, at=at)
    return tuple(
        {who.pk: (who.pk, who.name) for who, role in unit if who.partner == partner and role in CASEWORK}.values()
    )


@dataclass(frozen=True)
class UntoldAsked:
    """A reason for going ahead before the victim was told that waits for a second person; `about` is what is done."""

    id: UUID
    about: UUID
    what: str
    reference: str
    level: ShownLevel
    asked_by: str
    asked_at: datetime
