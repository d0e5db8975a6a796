"""Files that somebody brought, how each is to be read, and the work that is asked for; the file itself lies on disk."""

from django.db import models

from fourfold.access.terms import Compartment
from fourfold.base import NotedManager, Row, SentencesField
from fourfold.feeds.terms import WorkKind


class BroughtFile(Row):
    """A feed's file that somebody brought through the browser; whoever brought it reads it, and nobody else."""

    COMPARTMENT = Compartment.ADMIN

    site = models.CharField(max_length=40)
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    brought_at = models.DateTimeField()
    brought_by = models.UUIDField()
    gone_at = models.DateTimeField(null=True)

    objects = NotedManager()

    class Meta:
        indexes = (models.Index(fields=("site", "-brought_at"), name="brought_by_site"),)


class FileReading(Row):
    """How a file is to be read: the mapping as a draft left it or somebody decided it. The latest counts."""

    COMPARTMENT = Compartment.ADMIN

    brought = models.ForeignKey(BroughtFile, on_delete=models.PROTECT, related_name="readings")
    number = models.PositiveIntegerField()
    mapping_text = models.TextField()
    mapping_sha256 = models.CharField(max_length=64)
    decided_at = models.DateTimeField()
    decided_by = models.UUIDField()

    objects = NotedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("brought", "number"), name="one_reading_a_number"),)


class FileWork(Row):
    """Work that somebody asked for; who asked for what is sealed, how far it is changes while it is done."""

    COMPARTMENT = Compartment.ADMIN
    NOT_COMMITTED = frozenset({"begun_at", "read", "held"})

    brought = models.ForeignKey(BroughtFile, on_delete=models.PROTECT, related_name="work")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in WorkKind])
    mapping_sha256 = models.CharField(max_length=64, blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.UUIDField()
    stop_asked_at = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    read = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    found = SentencesField(default=list)
    refused = models.TextField(blank=True)
    run = models.UUIDField(null=True)

    objects = NotedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("brought", "number"), name="one_work_a_number"),
            models.UniqueConstraint(
                fields=("brought",), condition=models.Q(finished_at__isnull=True), name="one_work_at_a_time"
            ),
        )
        indexes = (models.Index(fields=("finished_at", "asked_at"), name="work_that_waits"),)
