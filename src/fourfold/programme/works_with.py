"""With whom a unit works today."""

from datetime import datetime

from fourfold.access import queries as access_queries
from fourfold.programme.models import SitePartner


def works_with(site: str, partner: str, *, at: datetime) -> bool:
    """Return whether a partner holds a unit's cases, or has an agreement with it that is in force. Two statements at most."""
    if SitePartner.objects.filter(site=site, partner=partner, hosts=True).exists():
        return True
    return any(each.partner == partner for each in access_queries.agreements_of(site, at=at))
