"""The victim's own file: contacts made and missed, her wishes and needs, what she told nobody else, how she is."""

from __future__ import annotations

from django.db import models

from fourfold.access.scoping import ScopedManager
from fourfold.access.terms import Compartment
from fourfold.base import Held
from fourfold.cases.models import Case
from fourfold.people.terms import Channel
from fourfold.support.terms import ContactOutcome, NoteKind, UpdateKind


class Contact(Held):
    """A one-to-one contact: attempted, reached, or stopped by the safe-contact rule with its reason.

    `incoming`: she got in touch herself, and no rule stands in her way.
    """

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.VICTIM_CONTACT

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="contacts")
    channel = models.CharField(max_length=10, choices=[(c.value, c.value) for c in Channel])
    incoming = models.BooleanField(default=False)
    attempted_at = models.DateTimeField()
    outcome = models.CharField(max_length=20, choices=[(o.value, o.words) for o in ContactOutcome])
    why_stopped = models.CharField(max_length=300, blank=True)
    safe = models.BooleanField(null=True)
    minutes = models.PositiveSmallIntegerField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "-attempted_at"), name="contact_by_case"),)


class VictimNote(Held):
    """A wish, a need, a step of the safety plan, or a confidence that leaves only by her consent."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.ADVOCATE_CONFIDENTIAL

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="victim_notes")
    kind = models.CharField(max_length=12, choices=[(k.value, k.words) for k in NoteKind])
    text = models.TextField()
    noted_at = models.DateTimeField()

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "-noted_at"), name="note_by_case"),)


class CheckIn(Held):
    """How the victim is, by the Safety check-in: every answer, and a total only where all were given."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.ADVOCATE_CONFIDENTIAL

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="check_ins")
    instrument = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField()
    sha256 = models.CharField(max_length=64)
    answered_at = models.DateTimeField()
    answers = models.JSONField(default=dict)
    total = models.SmallIntegerField(null=True)
    state = models.CharField(max_length=20)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "-answered_at"), name="check_in_by_case"),)


class Update(Held):
    """Something that she is to be told, by which day, under which right. What was told is a later row."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="updates")
    what = models.CharField(max_length=20, choices=[(u.value, u.words) for u in UpdateKind])
    happened_at = models.DateTimeField()
    working_days = models.PositiveSmallIntegerField()
    due_on = models.DateField()

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "due_on"), name="update_by_case"),)


class UpdateTold(Held):
    """That she was told, in a contact that was safe."""

    FILE_PATH = "update__case_id"
    COMPARTMENT = Compartment.CORE

    update = models.OneToOneField(Update, on_delete=models.PROTECT, related_name="told")
    told_at = models.DateTimeField()
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="updates")

    objects = ScopedManager()
