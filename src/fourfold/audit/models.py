"""The log, what it says of its own end, and the receipts that make sending a form twice harmless."""

from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """One thing that somebody did, saw or was refused. Triggers on both engines refuse edits and removals.

    `mac` is a digest of the hash with a key that lies outside the database: whoever can only write there cannot append.
    """

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    action = models.CharField(max_length=60)
    operation = models.CharField(max_length=20)
    actor = models.UUIDField()
    file = models.UUIDField(null=True)
    about_kind = models.CharField(max_length=60, blank=True)
    about_id = models.UUIDField(null=True)
    body = models.TextField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    mac = models.CharField(max_length=64)

    class Meta:
        indexes = (
            models.Index(fields=("file", "-seq"), name="audit_by_file"),
            models.Index(fields=("actor", "-seq"), name="audit_by_actor"),
            models.Index(fields=("about_id", "-seq"), name="audit_by_about"),
            models.Index(fields=("at",), condition=models.Q(operation="refusal"), name="audit_refusals"),
        )

    @classmethod
    def refusals(cls) -> models.QuerySet[Entry]:
        """Return the refusals, found by the index that holds them alone: SQLite looks for its word in the statement itself."""
        word = models.Func(template="'refusal'", output_field=models.CharField())
        return cls.objects.filter(operation=word)


class Head(models.Model):
    """The one row that says how long the log is and what its last hash is; whoever appends locks it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)


class BatchRow(models.Model):
    """The salted digest of one row of a batch, beside the entry that holds one root for all of them, in their order."""

    entry = models.BigIntegerField()
    place = models.PositiveIntegerField()
    kind = models.CharField(max_length=60)
    row = models.UUIDField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("entry", "place"), name="one_place_a_batch"),)


class Receipt(models.Model):
    """A form that was acted upon: its key, a digest of what it said, and what came of it."""

    key = models.CharField(max_length=64, primary_key=True)
    actor = models.UUIDField()
    digest = models.CharField(max_length=64)
    about_kind = models.CharField(max_length=60, blank=True)
    about_id = models.UUIDField(null=True)
    at = models.DateTimeField(db_index=True)
