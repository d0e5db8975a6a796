"""Who could own an action."""

from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.roles import CASEWORK


def could_own(site: str, partner: str, *, at: datetime) -> tuple[tuple[UUID, str], ...]:
    """Return who could own an action of an agency at a site: its people who work on cases there, by name. One statement."""
    unit = access_queries.unit_of(site, at=at)
    return tuple(
        {who.pk: (who.pk, who.name) for who, role in unit if who.partner == partner and role in CASEWORK}.values()
    )
