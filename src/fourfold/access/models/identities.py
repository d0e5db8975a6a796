"""Identities at a sign-in of an agency's own, and to which account here each is bound."""

from django.db import models
from django.db.models import Q

from fourfold.access.models.sealed import Sealed
from fourfold.access.terms import Compartment


class Identity(Sealed):
    """Somebody who signed in elsewhere and is known here by nothing but that: who says so, their name for them, and our code."""

    COMPARTMENT = Compartment.ADMIN

    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    code = models.CharField(max_length=9, unique=True)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("issuer", "subject"), name="identity_once"),)


class IdentityBound(Sealed):
    """That an identity signs an account in, from one moment to another: asked for by one person, confirmed by another."""

    COMPARTMENT = Compartment.ADMIN

    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="bound")
    account = models.ForeignKey("access.Account", on_delete=models.PROTECT, related_name="identities")
    from_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("identity",), condition=Q(ended_at__isnull=True), name="one_account_of_an_identity"
            ),
        )
