"""Agencies' systems: what one person asked for, what another answered, and by which secret each is known."""

from django.db import models
from django.db.models import Q

from fourfold.access.models.sealed import Sealed
from fourfold.access.terms import Compartment, PartnerKind


class AgencySystem(Sealed):
    """A system of an agency at a site. `staff`: as whom it acts, once another of the agency confirmed it.

    `secret_mark` is a digest by a key that the database does not hold: whoever writes here makes no way in.
    """

    COMPARTMENT = Compartment.ADMIN

    site = models.CharField(max_length=40)
    partner = models.CharField(max_length=40)
    partner_kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in PartnerKind])
    name = models.CharField(max_length=80)
    capabilities = models.JSONField(default=list)
    reason = models.CharField(max_length=300)
    asked_by = models.ForeignKey("access.Staff", on_delete=models.PROTECT, related_name="systems_asked")
    asked_at = models.DateTimeField()
    answered_by = models.ForeignKey("access.Staff", on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    refused_because = models.CharField(max_length=300, blank=True)
    staff = models.OneToOneField("access.Staff", on_delete=models.PROTECT, null=True, related_name="system")
    secret_mark = models.CharField(max_length=64, blank=True)
    secret_made_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("access.Staff", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("partner", "site", "name"), condition=Q(ended_at__isnull=True), name="one_system_of_a_name"
            ),
        )

    @property
    def runs(self) -> bool:
        """Whether it may be given a secret and act."""
        return self.staff_id is not None and self.ended_at is None
