"""What a unit brought in: wording, licences, definitions, approvals and withdrawals.

Every row says what happened, and is never edited. Whether an instrument may be used is asked of the rows, as of any
moment. No row is about a person; who did it is the identifier of a member of staff.
"""

from django.db import models
from django.db.models import Q

from fourfold.access.terms import Compartment
from fourfold.base import NotedManager, Row

OUTCOMES = (("imported", "imported"), ("imported with warnings", "imported with warnings"))


class PackBrought(Row):
    """The wording of one version of one instrument, as a site brought it in.

    `texts` are its words by key, `document` is the file as it came. `turn` counts how often the same wording was
    brought in: again only after it was withdrawn.
    """

    COMPARTMENT = Compartment.ADMIN

    site = models.CharField(max_length=40)
    instrument = models.CharField(max_length=120)
    version = models.PositiveIntegerField()
    structure_sha256 = models.CharField(max_length=64)
    language = models.CharField(max_length=20)
    title = models.CharField(max_length=300)
    texts = models.JSONField()
    source = models.CharField(max_length=500)
    sha256 = models.CharField(max_length=64)
    document = models.TextField()
    turn = models.PositiveSmallIntegerField(default=1)
    brought_at = models.DateTimeField()
    brought_by = models.UUIDField()

    objects = NotedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("site", "instrument", "version", "sha256", "turn"), name="one_pack_a_turn"),
        )
        indexes = (models.Index(fields=("site", "instrument", "-brought_at"), name="pack_by_site"),)


class ListBrought(Row):
    """A list of answers that forms name by its address and do not hold, as a site brought it in. Of one address
    the last counts, also where the same was there before."""

    COMPARTMENT = Compartment.ADMIN

    site = models.CharField(max_length=40)
    url = models.CharField(max_length=500)
    version = models.CharField(max_length=60, blank=True)
    title = models.CharField(max_length=300)
    answers = models.PositiveIntegerField()
    turn = models.PositiveIntegerField()
    document = models.TextField()
    sha256 = models.CharField(max_length=64)
    file_name = models.CharField(max_length=200)
    brought_at = models.DateTimeField()
    brought_by = models.UUIDField()

    objects = NotedManager()


class ListWithdrawn(Row):
    """A list of answers taken out of use, and why: its address gives no answers until a list of it is brought in again."""

    COMPARTMENT = Compartment.ADMIN

    brought = models.OneToOneField(ListBrought, on_delete=models.PROTECT, related_name="withdrawal")
    site = models.CharField(max_length=40)
    reason = models.TextField()
    withdrawn_at = models.DateTimeField()
    withdrawn_by = models.UUIDField()

    objects = NotedManager()


class DefinitionImported(Row):
    """A whole instrument as a site brought it in: our canonical form of it, and the file as it came (base 64)."""

    COMPARTMENT = Compartment.ADMIN

    site = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=300)
    kind = models.CharField(max_length=20)
    about = models.CharField(max_length=20)
    informant = models.CharField(max_length=20)
    language = models.CharField(max_length=20)
    items = models.PositiveIntegerField()
    scores = models.PositiveIntegerField()
    canonical = models.TextField()
    sha256 = models.CharField(max_length=64)
    pack_sha256 = models.CharField(max_length=64, blank=True)
    original = models.TextField()
    original_sha256 = models.CharField(max_length=64)
    file_name = models.CharField(max_length=200)
    dialect = models.CharField(max_length=10)
    outcome = models.CharField(max_length=30, choices=OUTCOMES)
    findings = models.JSONField(default=list)
    claims = models.TextField(blank=True)
    brought_at = models.DateTimeField()
    brought_by = models.UUIDField()

    objects = NotedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("site", "key", "version"), name="one_definition_a_version"),
            models.UniqueConstraint(
                fields=("site", "original_sha256", "about", "informant", "kind"), name="one_definition_a_file_and_way"
            ),
        )
        indexes = (models.Index(fields=("site", "key", "-version"), name="definition_by_site"),)


class LicenceRecorded(Row):
    """What gives a site the right to use somebody's instrument: from whom, for how long, on which evidence."""

    COMPARTMENT = Compartment.ADMIN

    site = models.CharField(max_length=40)
    instrument = models.CharField(max_length=120)
    licensor = models.CharField(max_length=200)
    reference = models.CharField(max_length=200)
    granted_on = models.DateField()
    expires_on = models.DateField(null=True)
    review_on = models.DateField()
    evidence = models.CharField(max_length=200)
    evidence_sha256 = models.CharField(max_length=64)
    approved_at = models.DateTimeField()
    approved_by = models.UUIDField()

    objects = NotedManager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gte=models.F("granted_on")),
                name="licence_ends_after_it_begins",
            ),
        )
        indexes = (models.Index(fields=("site", "instrument", "-approved_at"), name="licence_by_site"),)


def _about_one(name: str) -> models.CheckConstraint:
    """Return the rule that a row concerns either a pack or a definition."""
    either = Q(pack__isnull=False, definition__isnull=True) | Q(pack__isnull=True, definition__isnull=False)
    return models.CheckConstraint(condition=either, name=name)


class BringingApproved(Row):
    """One person's approval of a pack or of a definition; two people's make it usable.

    `turn` is how often the thing had been withdrawn by then: an approval counts until the next withdrawal. `confirms`
    are the scores that this person answers for, where a file only proposed them.
    """

    COMPARTMENT = Compartment.ADMIN

    pack = models.ForeignKey(PackBrought, on_delete=models.PROTECT, null=True, related_name="approvals")
    definition = models.ForeignKey(DefinitionImported, on_delete=models.PROTECT, null=True, related_name="approvals")
    site = models.CharField(max_length=40)
    turn = models.PositiveSmallIntegerField(default=0)
    words = models.TextField(blank=True)
    confirms = models.JSONField(default=list)
    approved_at = models.DateTimeField()
    approved_by = models.UUIDField()

    objects = NotedManager()

    class Meta:
        constraints = (
            _about_one("approved_is_one_thing"),
            models.UniqueConstraint(fields=("pack", "turn", "approved_by"), name="pack_approved_once_each"),
            models.UniqueConstraint(fields=("definition", "turn", "approved_by"), name="definition_approved_once_each"),
        )
        indexes = (models.Index(fields=("site", "-approved_at"), name="approval_by_site"),)


class BringingWithdrawn(Row):
    """A pack or a definition taken out of use for the `turn`-th time, and why; approvals before count no more."""

    COMPARTMENT = Compartment.ADMIN

    pack = models.ForeignKey(PackBrought, on_delete=models.PROTECT, null=True, related_name="withdrawals")
    definition = models.ForeignKey(DefinitionImported, on_delete=models.PROTECT, null=True, related_name="withdrawals")
    site = models.CharField(max_length=40)
    turn = models.PositiveSmallIntegerField(default=1)
    reason = models.TextField()
    withdrawn_at = models.DateTimeField()
    withdrawn_by = models.UUIDField()

    objects = NotedManager()

    class Meta:
        constraints = (
            _about_one("withdrawn_is_one_thing"),
            models.UniqueConstraint(fields=("pack", "turn"), name="pack_withdrawn_once_a_turn"),
            models.UniqueConstraint(fields=("definition", "turn"), name="definition_withdrawn_once_a_turn"),
        )
        indexes = (models.Index(fields=("site", "-withdrawn_at"), name="withdrawal_by_site"),)
