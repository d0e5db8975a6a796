"""The diary: the link that leads to it, the device it was bound to, and what was kept; nothing is ever written over."""

from django.db import models

from fourfold.access.terms import Compartment
from fourfold.cases.models import Case
from fourfold.exhibits.models import Exhibit
from fourfold.intake.models import Allegation
from fourfold.support.models.base import OfCase
from fourfold.support.terms import Language, Origin, PassedBy, Readers, VisitKind, WhyClosed


class DiaryLink(OfCase):
    """A link that the advocate gave: used once, for a day or two, by one device. Only its digest is kept."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="diary_links")
    token_sha256 = models.CharField(max_length=64, unique=True)
    language = models.CharField(max_length=2, choices=[(each.value, each.name.title()) for each in Language])
    expires_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("case", "-recorded_at"), name="diary_link_by_case"),)


class DiaryDevice(OfCase):
    """The one device that a link was bound to: digests of its secret and of the secret word."""

    FILE_PATH = "link__case_id"

    link = models.OneToOneField(DiaryLink, on_delete=models.PROTECT, related_name="device")
    secret_sha256 = models.CharField(max_length=64, unique=True)
    word = models.CharField(max_length=200)
    hers_alone = models.BooleanField(default=False)


class DiaryClosed(OfCase):
    """That a link, and the device bound to it, opens nothing from now on."""

    FILE_PATH = "link__case_id"

    link = models.OneToOneField(DiaryLink, on_delete=models.PROTECT, related_name="closed")
    why = models.CharField(max_length=10, choices=[(why.value, why.words) for why in WhyClosed])


class DiaryVisit(OfCase):
    """That the diary was opened with the right word, that a wrong one was given, or that it was left."""

    FILE_PATH = "device__link__case_id"

    device = models.ForeignKey(DiaryDevice, on_delete=models.PROTECT, related_name="visits")
    what = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in VisitKind])

    class Meta:
        indexes = (models.Index(fields=("device", "-recorded_at"), name="diary_visit_by_device"),)


class DiaryBrought(OfCase):
    """A file from an evidence app or a telephone: sealed whole, and the outcome of its rows."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="diary_brought")
    exhibit = models.OneToOneField(Exhibit, on_delete=models.PROTECT, related_name="diary_brought")
    sha256 = models.CharField(max_length=64)
    form = models.CharField(max_length=40)
    time_zone = models.CharField(max_length=60)
    kept = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    unread = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("case", "sha256"), name="diary_file_brought_once"),)


class DiaryUnread(OfCase):
    """A row of a brought file that could not be read: where it stands and why; the row itself is in the sealed file."""

    FILE_PATH = "brought__case_id"

    brought = models.ForeignKey(DiaryBrought, on_delete=models.PROTECT, related_name="rows_unread")
    row = models.PositiveIntegerField()
    why = models.CharField(max_length=200)


class DiaryEntry(OfCase):
    """One incident in the victim's own words, never edited. `exhibit` holds the sealed original and its custody record."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="diary")
    device = models.ForeignKey(DiaryDevice, on_delete=models.PROTECT, null=True, related_name="entries")
    brought = models.ForeignKey(DiaryBrought, on_delete=models.PROTECT, null=True, related_name="entries")
    row = models.PositiveIntegerField(null=True)
    origin = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Origin])
    words = models.TextField()
    told_at = models.DateTimeField()
    occurred_from = models.DateTimeField(null=True)
    occurred_until = models.DateTimeField(null=True)
    time_known = models.BooleanField(default=True)
    time_zone = models.CharField(max_length=60)
    language = models.CharField(max_length=2, choices=[(each.value, each.name.title()) for each in Language])
    readers = models.CharField(max_length=10, choices=[(each.value, each.words) for each in Readers])
    sha256 = models.CharField(max_length=64)
    same_key = models.CharField(max_length=64)
    exhibit = models.OneToOneField(Exhibit, on_delete=models.PROTECT, related_name="diary_entry")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("case", "same_key"), name="diary_entry_kept_once"),)
        indexes = (models.Index(fields=("case", "-recorded_at", "-id"), name="diary_by_case"),)


class DiaryPicture(OfCase):
    """A picture or recording that came with an entry."""

    FILE_PATH = "entry__case_id"

    entry = models.ForeignKey(DiaryEntry, on_delete=models.PROTECT, related_name="pictures")
    exhibit = models.OneToOneField(Exhibit, on_delete=models.PROTECT, related_name="diary_picture")


class DiaryRead(OfCase):
    """That the advocate read an entry, which the victim is shown."""

    FILE_PATH = "entry__case_id"

    entry = models.OneToOneField(DiaryEntry, on_delete=models.PROTECT, related_name="read")


class DiaryPassed(OfCase):
    """That an entry became an allegation of the unit's, and on whose word; the victim is shown it."""

    FILE_PATH = "entry__case_id"

    entry = models.OneToOneField(DiaryEntry, on_delete=models.PROTECT, related_name="passed")
    allegation = models.OneToOneField(Allegation, on_delete=models.PROTECT, related_name="diary_entry")
    by = models.CharField(max_length=10, choices=[(each.value, each.words) for each in PassedBy])
    why = models.TextField(blank=True)


class ContactAsked(OfCase):
    """That the victim asked to be contacted; it stands until there was a safe contact."""

    COMPARTMENT = Compartment.VICTIM_CONTACT

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="contacts_asked")
    words = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = (models.Index(fields=("case", "-recorded_at"), name="contact_asked_by_case"),)
