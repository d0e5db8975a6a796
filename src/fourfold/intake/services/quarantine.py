"""Settling what an import held back."""

from datetime import datetime
from uuid import UUID

from fourfold.access import services as access
from fourfold.access.terms import NotFound, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.intake.models import Quarantined
from fourfold.intake.terms import InvalidTold

SHORTEST_REASON = 10


def settle_held_row(*, actor: Actor, held: UUID, resolution: str, at: datetime) -> Quarantined:
    """Record what happened to a row in quarantine: mended in a later file, entered by hand, or no allegation at all.

    The row and its cells stay. Raises NotFound for another site's, InvalidTold where no reason is given.
    """
    row = Quarantined.objects.filter(pk=held, site__in=actor.sites).first()
    if row is None:
        audit.refused(actor, str(Permission.QUARANTINE_RESOLVE), at=at, rule="site")
        raise NotFound
    access.require(actor, Permission.QUARANTINE_RESOLVE, at=at, site=row.site)
    if len(resolution.strip()) < SHORTEST_REASON:
        raise InvalidTold("resolution", "Say in a few words what happened to the row.")
    if len(resolution) > 300:
        raise InvalidTold("resolution", "Shorten this to 300 characters or fewer.")
    with audit.recorded(actor, "quarantine.settled", at=at) as entry:
        settled = {"resolved_at": at, "resolved_by": actor.staff, "resolution": resolution.strip()}
        if not Quarantined.objects.filter(pk=held, resolved_at__isnull=True).update(**settled):
            raise InvalidTold("resolution", "Somebody has already settled this row. Open the page again.")
        entry.reason = resolution
        row.refresh_from_db()
        return entry.about(row)
