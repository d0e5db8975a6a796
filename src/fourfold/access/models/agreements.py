"""What is asked of a partner before it may read a unit's cases."""

from django.db import models
from django.db.models import Q

from fourfold.access.models.sealed import Sealed
from fourfold.access.terms import Compartment


class AgreementAsked(Sealed):
    """That one person asks for an agreement, and what the lead of `signer` said; nothing opens before they signed.

    `signer`: the partner that it binds, or the agency that holds the cases where whoever asks works for that partner.
    `agreement`: what was signed.
    """

    COMPARTMENT = Compartment.ADMIN

    site = models.CharField(max_length=40)
    partner = models.CharField(max_length=40)
    signer = models.CharField(max_length=40)
    compartments = models.PositiveIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    review_on = models.DateField()
    asked_by = models.ForeignKey("access.Staff", on_delete=models.PROTECT, related_name="agreements_asked")
    asked_at = models.DateTimeField()
    answered_by = models.ForeignKey(
        "access.Staff", on_delete=models.PROTECT, null=True, related_name="agreements_answered"
    )
    answered_at = models.DateTimeField(null=True)
    given = models.BooleanField(null=True)
    refused_because = models.CharField(max_length=300, blank=True)
    agreement = models.ForeignKey("access.Agreement", on_delete=models.PROTECT, null=True, related_name="asked")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("site", "partner"), condition=Q(answered_at__isnull=True), name="one_agreement_asked"
            ),
        )
        indexes = (models.Index(fields=("signer", "answered_at"), name="agreement_asked_of_signer"),)
