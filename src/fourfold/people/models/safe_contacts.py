"""How a victim may be contacted, as agreed with them in each of their cases, and what of it has ended."""

from django.db import models

from fourfold.access.scoping import ScopedManager
from fourfold.access.terms import Compartment
from fourfold.base import Held


class SafeContact(Held):
    """How the victim may be contacted, as agreed in a case; a change is a later row of it, and all cases' hold together."""

    FILE_PATH = "victim_id"
    COMPARTMENT = Compartment.VICTIM_CONTACT
    ADDED_IN = {"every_days": 2, "case_file": 2}

    victim = models.ForeignKey("people.Victim", on_delete=models.PROTECT, related_name="safe_contacts")
    channels = models.JSONField(default=list)
    from_time = models.TimeField(null=True)
    until_time = models.TimeField(null=True)
    leave_message = models.BooleanField(default=False)
    shared_device = models.BooleanField(default=True)
    code_phrase = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=300, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    every_days = models.PositiveSmallIntegerField(null=True)  # in touch as often at least; None: nobody has said
    #: Where it was agreed; empty where that was not kept yet: it holds until another follows on its record.
    case_file = models.UUIDField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("victim", "-recorded_at"), name="safe_contact_by_victim"),)


class SafeContactEnded(Held):
    """That what was agreed in another case binds no longer: the victim confirmed `by`, which took its place, and why."""

    FILE_PATH = "agreement__victim_id"
    COMPARTMENT = Compartment.VICTIM_CONTACT

    agreement = models.OneToOneField(SafeContact, on_delete=models.PROTECT, related_name="ended")
    by = models.ForeignKey(SafeContact, on_delete=models.PROTECT, related_name="took_the_place_of")
    reason = models.CharField(max_length=300)

    objects = ScopedManager()
