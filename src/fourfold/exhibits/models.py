"""Documents that were made or received: the bytes as they are, their hash, and what they are."""

from typing import Self
from uuid import UUID

from django.db import models
from django.db.models.functions import Concat

from fourfold.access import signatories
from fourfold.access.scoping import ScopedManager, ScopedQuerySet
from fourfold.access.terms import Compartment
from fourfold.audit.models import Entry
from fourfold.base import Held
from fourfold.exhibits.terms import FOR_ONE_AGENCY, CustodyKind


class ExhibitQuerySet(ScopedQuerySet[models.Model]):
    """Documents of files."""

    def open_to(self, staff: UUID) -> Self:
        """Leave out what is closed to this one person, by whichever record of theirs, whatever else is open to them:
        minutes and letters too, but for whoever made them and the people of the agency for which they were made."""
        theirs = signatories.records_of_person(staff)
        here = {"exhibit": models.OuterRef("pk")}
        shut = ClosedTo.objects.unscoped("inside a scoped list").filter(**here, staff__in=theirs)
        agency = signatories.agency_of(staff)
        named = MadeFor.objects.unscoped("inside a scoped list").filter(**here, partner__in=agency)
        # Of minutes that were made before `MadeFor` was kept, the sealed entry of their making alone names the agency.
        its_words = Concat(models.Value('"more":{"partner":"'), models.Subquery(agency), models.Value('"}'))
        made = Entry.objects.filter(action="minutes.made", about_id=models.OuterRef("pk"), body__contains=its_words)
        unnamed = models.Q(kind__in=sorted(FOR_ONE_AGENCY)) & ~models.Exists(named) & ~models.Exists(made)
        for_others = unnamed & ~models.Q(recorded_by__in=theirs)
        return self.exclude(models.Exists(shut)).exclude(for_others)


class ExhibitManager(models.Manager.from_queryset(ExhibitQuerySet)):  # type: ignore[misc]
    """The manager of documents."""


class Exhibit(Held):
    """A file of a case: sealed as it came, with the hash taken before anything else read it."""

    FILE_PATH = "file"
    COMPARTMENT = Compartment.CORE

    file = models.UUIDField()
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    compartment = models.CharField(max_length=30, choices=[(c.value, c.value) for c in Compartment])
    media_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    content = models.TextField()

    objects = ExhibitManager()

    class Meta:
        indexes = (models.Index(fields=("file", "-recorded_at"), name="exhibit_by_file"),)


class ClosedTo(Held):
    """Somebody to whom one document of a file is closed: the minutes of what they stood aside from."""

    FILE_PATH = "exhibit__file"
    COMPARTMENT = Compartment.CORE
    ALWAYS_NOW = True

    exhibit = models.ForeignKey(Exhibit, on_delete=models.PROTECT, related_name="closed_to")
    staff = models.UUIDField()

    objects = ScopedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("exhibit", "staff"), name="closed_once"),)


class MadeFor(Held):
    """The agency for which a document was made: minutes and letters open to nobody else but whoever made them."""

    FILE_PATH = "exhibit__file"
    COMPARTMENT = Compartment.CORE
    ALWAYS_NOW = True

    exhibit = models.OneToOneField(Exhibit, on_delete=models.PROTECT, related_name="made_for")
    partner = models.CharField(max_length=40)

    objects = ScopedManager()


class SafeCopy(Held):
    """What is shown of a picture: redrawn from its pixels. Without `content` there is none, and `why_none` says why.

    The original is never shown; its hash and the copy's stand here together with what made the one from the other.
    """

    FILE_PATH = "exhibit__file"
    COMPARTMENT = Compartment.CORE

    exhibit = models.OneToOneField(Exhibit, on_delete=models.PROTECT, related_name="safe_copy")
    of_sha256 = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64, blank=True)
    tool = models.CharField(max_length=60, blank=True)
    parameters = models.CharField(max_length=120, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveIntegerField(default=0)
    content = models.TextField(blank=True)
    why_none = models.CharField(max_length=200, blank=True)

    objects = ScopedManager()


class CustodyStep(Held):
    """One step in the life of a file: who had it from whom, how, when, and that its hash was still the same."""

    FILE_PATH = "exhibit__file"
    COMPARTMENT = Compartment.CORE

    exhibit = models.ForeignKey(Exhibit, on_delete=models.PROTECT, related_name="custody")
    step = models.CharField(max_length=12, choices=[(step.value, step.words) for step in CustodyKind])
    from_whom = models.CharField(max_length=120, blank=True)
    to_whom = models.CharField(max_length=120, blank=True)
    how = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    taken_at = models.DateTimeField()

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("exhibit", "taken_at"), name="custody_by_exhibit"),)
