"""What an allegation comes to, for looking up: the keys of its people and how their names sound."""

from django.db import models

from fourfold.access.scoping import ScopedManager
from fourfold.access.terms import Compartment
from fourfold.base import Row, Sealing
from fourfold.intake.models import Allegation
from fourfold.people.terms import Part


class Summary(Row):
    """What an allegation comes to, for looking up and for lists: its people's keys as told, and what the subject is held to do.

    Made from the allegation and from what people said of its behaviours, which are the truth; it can be made again.
    """

    SEALING = Sealing.NEVER
    FILE_PATH = "allegation_id"
    COMPARTMENT = Compartment.CORE
    FIELDS = {
        "victim_phone": Compartment.VICTIM_CONTACT,
        "victim_email": Compartment.VICTIM_CONTACT,
        "victim_address": Compartment.VICTIM_CONTACT,
        "victim_marks": Compartment.VICTIM_CONTACT,
        "subject_sound": Compartment.SUBJECT_IDENTITY,
        "subject_birth_on": Compartment.SUBJECT_IDENTITY,
        "subject_phone": Compartment.SUBJECT_IDENTITY,
        "subject_email": Compartment.SUBJECT_IDENTITY,
        "subject_address": Compartment.SUBJECT_IDENTITY,
        "subject_vehicle": Compartment.SUBJECT_IDENTITY,
        "subject_marks": Compartment.SUBJECT_IDENTITY,
    }
    NOT_COMMITTED = frozenset({"kinds", "version", "keyed", "victim_marks", "subject_marks"})

    allegation = models.OneToOneField(Allegation, on_delete=models.CASCADE, related_name="summary")
    #: Which version of the report it was made from; a later one makes it anew.
    version = models.PositiveSmallIntegerField(default=1)
    #: Whether its `ToldKey` are there; those of a database from before they were kept are made with the next look.
    keyed = models.BooleanField(default=False)
    happened_at = models.DateTimeField()
    kinds = models.JSONField(default=list)
    dangers = models.JSONField(default=list)
    victim_sound = models.CharField(max_length=40, blank=True)
    victim_other_sound = models.CharField(max_length=40, blank=True)
    victim_birth_on = models.DateField(null=True)
    victim_phone = models.CharField(max_length=120, blank=True)
    victim_email = models.CharField(max_length=120, blank=True)
    victim_address = models.CharField(max_length=120, blank=True)
    #: What else they are known by, as pairs of kind and key: accounts, other names, and every car.
    victim_marks = models.JSONField(default=list)
    subject_sound = models.CharField(max_length=40, blank=True)
    subject_birth_on = models.DateField(null=True)
    subject_phone = models.CharField(max_length=120, blank=True, db_index=True)
    subject_email = models.CharField(max_length=120, blank=True, db_index=True)
    subject_address = models.CharField(max_length=120, blank=True)
    subject_vehicle = models.CharField(max_length=120, blank=True)
    subject_marks = models.JSONField(default=list)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("allegation",), condition=models.Q(keyed=False), name="summary_not_keyed"),)


class NameSound(Row):
    """How one word of a name in an allegation sounds, or its family name as a whole: what a search by name asks.

    `other_name` is the alias or the former surname, as told, that sounds so; empty where the name itself does.
    """

    SEALING = Sealing.NEVER
    FILE_PATH = "summary__allegation_id"
    COMPARTMENT = Compartment.SUBJECT_IDENTITY
    FIELDS = {"other_name": Compartment.VICTIM_CONTACT}
    NOT_COMMITTED = frozenset({"other_name"})

    summary = models.ForeignKey(Summary, on_delete=models.CASCADE, related_name="sounds")
    part = models.CharField(max_length=10, choices=[(part.value, part.value) for part in Part])
    sound = models.CharField(max_length=40)
    other_name = models.CharField(max_length=200, blank=True, default="")

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("sound", "part"), name="heard_by_sound"),)


class ToldKey(models.Model):
    """Under which keys a report is looked for at once: the numbers under which `FindingKey` keeps people on record.

    Worked out from what was told of its people, whatever version told it, and kept beside the report as an index is;
    nothing can be read from it. What is found is read from the report, through every wall.
    """

    COMPARTMENT = Compartment.SUBJECT_IDENTITY
    SEALING = Sealing.NEVER

    key = models.BigIntegerField()
    strength = models.PositiveSmallIntegerField()
    allegation = models.UUIDField()

    class Meta:
        indexes = (
            models.Index(fields=("key", "strength", "allegation"), name="told_by_key"),
            models.Index(fields=("allegation", "key"), name="told_by_report"),
        )


class MayName(models.Model):
    """That a report which waits at the desk may be about a case that is not closed, by the keys that it shares with the case's
    people, or is an act of it. The more it `says`, the earlier it stands at the desk.

    Worked out by the write that makes it so, and kept as an index is. Who may see both is asked of whoever reads it.
    """

    COMPARTMENT = Compartment.SUBJECT_IDENTITY
    SEALING = Sealing.NEVER

    site = models.CharField(max_length=40)
    says = models.PositiveSmallIntegerField()
    allegation = models.ForeignKey(Allegation, on_delete=models.CASCADE, db_column="allegation", related_name="+")
    file = models.ForeignKey("cases.Case", on_delete=models.CASCADE, db_column="file", related_name="+")

    class Meta:
        indexes = (models.Index(fields=("site", "-says", "allegation", "file"), name="may_name_first"),)
