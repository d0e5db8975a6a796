"""With whom a unit works today."""

from datetime import datetime

from fourfold.access import queries as access_queries
from fourfold.programme.models import Partner, SitePartner


def works_with(site: str, partner: str, *, at: datetime) -> bool:
    """Return whether a partner holds a unit's cases, or has an agreement with it that is in force. Two statements at most."""
    hosts = SitePartner.objects.filter(site=site, partner=partner, hosts=True).exists()
    return hosts or any(each.partner == partner for each in access_queries.agreements_of(site, at=at))


def forces_beside(site: str) -> tuple[Partner, ...]:
    """Return the agencies that hold other units' cases and have no part in this unit, by name. One statement."""
    own = SitePartner.objects.filter(site=site).values("partner")
    return tuple(Partner.objects.filter(sites__hosts=True).exclude(pk__in=own).order_by("name").distinct())
