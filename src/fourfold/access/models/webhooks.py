"""Where an agency's system is told that something changed, and each notice until it was taken or given up."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from fourfold.access.models.sealed import Sealed
from fourfold.access.terms import Compartment


class Webhook(Sealed):
    """An address of an agency's system: asked for by one person, confirmed by another of the agency.

    `turn` counts its secrets; none of them is kept, each follows from the keyring. `signs_from`: the first that signs beside the last.
    """

    COMPARTMENT = Compartment.ADMIN
    ADDED_IN = {"signs_from": 2}

    system = models.ForeignKey("access.AgencySystem", on_delete=models.PROTECT, related_name="webhooks")
    address = models.CharField(max_length=300)
    reason = models.CharField(max_length=300)
    asked_by = models.ForeignKey("access.Staff", on_delete=models.PROTECT, related_name="webhooks_asked")
    asked_at = models.DateTimeField()
    answered_by = models.ForeignKey("access.Staff", on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    refused_because = models.CharField(max_length=300, blank=True)
    turn = models.PositiveSmallIntegerField(default=0)
    turned_at = models.DateTimeField(null=True)
    signs_from = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("access.Staff", on_delete=models.PROTECT, null=True, related_name="+")
    ended_because = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("system",), condition=Q(ended_at__isnull=True), name="one_webhook_of_a_system"
            ),
        )

    @property
    def partner(self) -> str:
        """Whose system it is."""
        return str(self.system.partner)

    @property
    def runs(self) -> bool:
        """Whether it may be given a secret, and be told."""
        return self.answered_at is not None and self.ended_at is None and self.system.runs


class WebhookNotice(Sealed):
    """That something changed, for one address: which row says so (`cause`), and about what. No value of anybody's.

    It waits until `next_at`; once it was taken, or given up, there is no next time. With none of the three somebody let it go.
    """

    COMPARTMENT = Compartment.ADMIN

    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=20)
    cause = models.UUIDField()
    about = models.UUIDField()
    noted_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    said = models.CharField(max_length=200, blank=True)
    taken_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("webhook", "cause"), name="one_notice_of_a_change"),)
        indexes = (
            models.Index(fields=("webhook", "next_at"), condition=Q(next_at__isnull=False), name="notice_that_waits"),
            models.Index(fields=("webhook", "-noted_at"), name="notice_by_webhook"),
        )
