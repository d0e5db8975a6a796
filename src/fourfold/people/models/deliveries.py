"""What providers said became of the messages that they took."""

from django.db import models

from fourfold.access.scoping import ScopedManager
from fourfold.access.terms import Compartment
from fourfold.base import Held
from fourfold.people.terms import Fate


class DeliveryTold(Held):
    """That a provider said something of a message, once for each thing that it can say."""

    FILE_PATH = "message__victim_id"
    CASE_PATH = "message__file"
    COMPARTMENT = Compartment.VICTIM_CONTACT

    message = models.ForeignKey("people.Message", on_delete=models.PROTECT, related_name="told")
    fate = models.CharField(max_length=12, choices=[(fate.value, fate.value) for fate in Fate])
    theirs = models.CharField(max_length=80, blank=True)  # the provider's own identifier

    objects = ScopedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("message", "fate"), name="delivery_told_once"),)
