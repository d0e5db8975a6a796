"""Partners, sites, catchments and each site's model of working."""

from django.db import models

from fourfold.access.terms import Compartment, PartnerKind
from fourfold.base import NotedManager, Row


class Partner(models.Model):
    """A body that takes part in the programme."""

    COMPARTMENT = Compartment.ADMIN

    code = models.SlugField(primary_key=True, max_length=40)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in PartnerKind])

    def __str__(self) -> str:
        return self.name


class Site(models.Model):
    """A unit in one police force area."""

    COMPARTMENT = Compartment.ADMIN

    code = models.SlugField(primary_key=True, max_length=40)
    name = models.CharField(max_length=120)
    force_code = models.CharField(max_length=9)
    live_on = models.DateField()
    invented = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class SitePartner(Row):
    """A partner that works in a site's unit; one of them hosts it."""

    COMPARTMENT = Compartment.ADMIN

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="partners")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="sites")
    hosts = models.BooleanField(default=False)
    since_on = models.DateField()

    objects = NotedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("site", "partner"), name="one_part_a_site"),)


class Catchment(Row):
    """A local authority area that a site serves, and since when."""

    COMPARTMENT = Compartment.ADMIN

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="catchments")
    authority_code = models.CharField(max_length=9)
    name = models.CharField(max_length=80)
    population = models.PositiveIntegerField(null=True)
    live_on = models.DateField()

    objects = NotedManager()


class Working(Row):
    """A site's model of working from a day on; a change is a later row."""

    COMPARTMENT = Compartment.ADMIN

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="workings")
    from_on = models.DateField()
    settings = models.JSONField()

    objects = NotedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("site", "from_on"), name="one_working_a_day"),)
