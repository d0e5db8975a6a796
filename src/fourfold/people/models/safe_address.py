"""Where a victim truly is, and who asked to open it, answered and opened it."""

from django.db import models

from fourfold.access.scoping import ScopedManager
from fourfold.access.terms import Compartment
from fourfold.base import Held


class SafeAddress(Held):
    """Where the victim truly is: sealed with a key outside the database, in no list, search, export or print."""

    FILE_PATH = "victim_id"
    COMPARTMENT = Compartment.SAFE_ADDRESS_SEALED

    victim = models.ForeignKey("people.Victim", on_delete=models.PROTECT, related_name="safe_addresses")
    sealed = models.TextField()

    objects = ScopedManager()


class AddressAsked(Held):
    """That the named advocate asks to have the sealed address opened, and why. `file` is the case's, without a key."""

    FILE_PATH = "file"
    COMPARTMENT = Compartment.SAFE_ADDRESS_SEALED

    file = models.UUIDField()
    victim = models.ForeignKey("people.Victim", on_delete=models.PROTECT, related_name="addresses_asked")
    reason = models.TextField()

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("file", "-recorded_at"), name="address_asked_by_file"),)


class AddressAnswered(Held):
    """A second advocate's yes, or no with its words, to the opening of a sealed address."""

    FILE_PATH = "asked__file"
    COMPARTMENT = Compartment.SAFE_ADDRESS_SEALED

    asked = models.OneToOneField(AddressAsked, on_delete=models.PROTECT, related_name="answer")
    given = models.BooleanField()
    words = models.TextField(blank=True)

    objects = ScopedManager()


class AddressOpened(Held):
    """Which sealed address was opened on which request: once, for the table holds one row for each."""

    FILE_PATH = "asked__file"
    COMPARTMENT = Compartment.SAFE_ADDRESS_SEALED

    asked = models.OneToOneField(AddressAsked, on_delete=models.PROTECT, related_name="opening")
    address = models.ForeignKey(SafeAddress, on_delete=models.PROTECT, related_name="openings")

    objects = ScopedManager()
