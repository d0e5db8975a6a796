"""Allegations word for word, the runs that brought them, and the rows that could not be read yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from uuid import UUID

from django.db import models
from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

from fourfold.access.scoping import ScopedManager
from fourfold.access.terms import Compartment
from fourfold.base import Held, NotedManager, Row, Sealing, SentenceField, SentencesField
from fourfold.intake.rules import columns
from fourfold.intake.terms import (
    LOOKS_NEEDED,
    Channel,
    DoubtKind,
    DoubtSeen,
    Fault,
    KnownBy,
    KnownKind,
    Look,
    PersonRole,
    RecordingClass,
    Urgency,
    Verdict,
)

#: Said in the statement itself: SQLite finds nothing by an index of some rows where the condition is a parameter.
REFERRED = RawSQL(  # noqa: S611 -- a word of our own, no value
    f"intake_allegation.channel = '{Channel.REFERRAL.value}'", (), output_field=BooleanField()
)


class ImportRun(Row):
    """One reading of one file through one mapping; it can be taken up again where it was killed."""

    COMPARTMENT = Compartment.ADMIN
    # The first three follow from the two hashes.
    NOT_COMMITTED = frozenset({"mapping_text", "columns", "header_row", "searchable"})

    site = models.CharField(max_length=40)
    system = models.CharField(max_length=40)
    mapping_text = models.TextField(blank=True)  # so that rows that wait can be read again once they are mended
    columns = models.JSONField(default=list)
    header_row = models.PositiveIntegerField(null=True)  # not known of imports before this was kept
    mapping_sha256 = models.CharField(max_length=64)
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    started_by = models.UUIDField()
    read = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)
    revised = models.PositiveIntegerField(default=0)
    #: How many rows had been accepted when all of them were last found searchable; one more has to be asked for.
    searchable = models.PositiveIntegerField(default=0)

    objects = NotedManager()

    class Meta:
        indexes = (models.Index(fields=("site", "-started_at"), name="run_by_site"),)


class Quarantined(Row):
    """A row that could not be read: where it stands, which column, why, and its cells as they came."""

    SEALING = Sealing.NAMED
    PROVED_BY = "run_id"
    FIELDS = {"raw": Compartment.EVIDENCE_ORIGINAL}
    COMPARTMENT = Compartment.ADMIN
    NOT_COMMITTED = frozenset({"batch", "resolved_at", "resolved_by", "resolution"})

    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="quarantine")
    site = models.CharField(max_length=40)
    file_sha256 = models.CharField(max_length=64)
    row_number = models.PositiveIntegerField()
    batch = models.PositiveIntegerField(null=True)
    column = models.CharField(max_length=120, blank=True)
    fault = models.CharField(max_length=30, choices=[(fault.value, fault.value) for fault in Fault])
    reason = SentenceField()
    raw = models.JSONField(default=dict)
    held_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.UUIDField(null=True)
    resolution = models.CharField(max_length=300, blank=True)

    objects = NotedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("site", "file_sha256", "row_number"), name="one_row_held_once"),)
        indexes = (models.Index(fields=("site", "-held_at"), name="quarantine_by_site"),)


class Allegation(Held):
    """What was reported, word for word. A row is never edited; a correction is a later `Retold`."""

    SEALING = Sealing.NAMED
    PROVED_BY = "run_id"
    FILE_PATH = "pk"
    SITE_PATH = "site"
    COMPARTMENT = Compartment.CORE
    NOT_COMMITTED = frozenset({"at_desk", "batch"})
    FIELDS = columns.WALLED
    ADDED_IN = columns.ADDED_IN

    site = models.CharField(max_length=40)
    channel = models.CharField(max_length=10, choices=[(channel.value, channel.value) for channel in Channel])
    system = models.CharField(max_length=40, blank=True)
    reference = models.CharField(max_length=80)
    teller = models.CharField(max_length=120, blank=True)
    told_at = models.DateTimeField()
    received_at = models.DateTimeField()
    occurred_from = models.DateTimeField(null=True)
    occurred_until = models.DateTimeField(null=True)
    time_known = models.BooleanField(default=True)
    recorded_class = models.CharField(
        max_length=4, choices=[(c.value, c.value) for c in RecordingClass], blank=True, default=""
    )
    class_as_recorded = models.CharField(max_length=160, blank=True)
    included_classes = models.JSONField(default=list)
    words = models.TextField(blank=True)
    behaviours = models.JSONField(default=list)
    place = models.CharField(max_length=200, blank=True)
    weapon = models.BooleanField(null=True)
    former_partner = models.BooleanField(null=True)
    confirmed = models.BooleanField(default=True)
    victim_name = models.CharField(max_length=160, blank=True)
    victim_birth = models.CharField(max_length=40, blank=True)
    victim_sex = models.CharField(max_length=20, blank=True)
    victim_pronoun = models.CharField(max_length=10, blank=True)
    victim_phone = models.CharField(max_length=80, blank=True)
    victim_email = models.CharField(max_length=120, blank=True)
    victim_address = models.CharField(max_length=200, blank=True)
    subject_name = models.CharField(max_length=160, blank=True)
    subject_birth = models.CharField(max_length=40, blank=True)
    subject_sex = models.CharField(max_length=20, blank=True)
    subject_pronoun = models.CharField(max_length=10, blank=True)
    subject_phone = models.CharField(max_length=80, blank=True)
    subject_email = models.CharField(max_length=120, blank=True)
    subject_address = models.CharField(max_length=200, blank=True)
    relationship = models.CharField(max_length=80, blank=True)
    urgency = models.CharField(max_length=10, choices=[(u.value, u.value) for u in Urgency])
    urgency_reasons = SentencesField(default=list)
    for_desk = models.BooleanField(default=True)
    # Kept for the desk's list: whether it is for the desk and has no triage outcome yet; the outcomes are the truth.
    at_desk = models.BooleanField(default=True)
    breach_of = models.UUIDField(null=True)
    original = models.JSONField(default=dict)
    row_hash = models.CharField(max_length=64, blank=True)
    run = models.ForeignKey(  # found by `allegation_by_run`
        ImportRun, on_delete=models.PROTECT, null=True, related_name="allegations", db_index=False
    )
    row_number = models.PositiveIntegerField(null=True)
    batch = models.PositiveIntegerField(null=True)  # which of the run's batches; says where to look, proves nothing

    #: What its first victim and its first subject are known by, by role, once `queries.as_told_last` has looked.
    known_by: Mapping[str, tuple[KnownBy, ...]] = MappingProxyType({})

    objects = ScopedManager()

    class Meta:
        constraints = (
            # Without a condition: SQLite does not use a partial index for a question with parameters.
            models.UniqueConstraint(fields=("site", "system", "reference"), name="one_reference_a_system"),
            models.CheckConstraint(condition=~Q(reference=""), name="allegation_has_a_reference"),
        )
        indexes = (
            models.Index(fields=("site", "-told_at", "id"), name="allegation_by_site"),
            # Of a force's ten years few rows wait, are breaches or were referred by a person: the rest costs no entry.
            models.Index(fields=("site", "-told_at", "id"), condition=Q(at_desk=True), name="allegation_at_desk"),
            models.Index(
                fields=("site", "urgency", "-told_at", "id"), condition=Q(at_desk=True), name="at_desk_by_urgency"
            ),
            models.Index(fields=("site", "urgency", "received_at"), condition=Q(at_desk=True), name="at_desk_since"),
            models.Index(fields=("site",), condition=Q(at_desk=True, run__isnull=True), name="at_desk_by_hand"),
            models.Index(fields=("breach_of",), condition=Q(breach_of__isnull=False), name="allegation_by_breach"),
            models.Index(
                fields=("recorded_by", "-told_at", "id"), condition=Q(channel="referral"), name="allegation_by_referrer"
            ),
            models.Index(fields=("run", "row_number"), name="allegation_by_run"),
            models.Index(fields=("reference",), name="allegation_by_reference"),
        )

    @property
    def told_by(self) -> str:
        """Return the partner that told it: of a referral its author's, which stands first in whose references it has."""
        return self.system.partition("/")[0] if self.channel == Channel.REFERRAL else self.controller


class FurtherPerson(Held):
    """A person besides the first victim and first subject of an allegation, as told: a second suspect, another victim."""

    SEALING = Sealing.NAMED
    PROVED_BY = "run_id"
    FILE_PATH = "allegation_id"
    COMPARTMENT = Compartment.SUBJECT_IDENTITY
    NOT_COMMITTED = frozenset({"batch"})
    FIELDS = {column.name: column.victim for column in columns.PERSON if column.reaches}
    ADDED_IN = {column.name: column.edition for column in columns.PERSON if column.edition > 1}

    allegation = models.ForeignKey(Allegation, on_delete=models.PROTECT, related_name="further")
    role = models.CharField(max_length=10, choices=[(role.value, role.value) for role in PersonRole])
    place = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=160, blank=True)
    birth = models.CharField(max_length=40, blank=True)
    sex = models.CharField(max_length=20, blank=True)
    pronoun = models.CharField(max_length=10, blank=True)
    phone = models.CharField(max_length=80, blank=True)
    email = models.CharField(max_length=120, blank=True)
    address = models.CharField(max_length=200, blank=True)
    relationship = models.CharField(max_length=80, blank=True)
    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, null=True, related_name="further")
    row_number = models.PositiveIntegerField(null=True)
    batch = models.PositiveIntegerField(null=True)

    #: What they are known by, once `queries.with_known_by` has looked.
    known_by: tuple[KnownBy, ...] = ()

    objects = ScopedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("allegation", "role", "place"), name="one_person_a_place"),)
        indexes = (models.Index(fields=("run", "row_number"), name="further_by_run"),)


class PersonKnownBy(Held):
    """What a person of an allegation is known by besides the name, as told: a car, an account, another name.

    `place` counts the people of a role: 1 is the first victim or the first subject, 2 the first `FurtherPerson`.
    """

    SEALING = Sealing.NAMED
    PROVED_BY = "run_id"
    FILE_PATH = "allegation_id"
    COMPARTMENT = Compartment.SUBJECT_IDENTITY
    NOT_COMMITTED = frozenset({"batch"})
    FIELDS = {"value": Compartment.VICTIM_CONTACT}

    allegation = models.ForeignKey(Allegation, on_delete=models.PROTECT, related_name="people_known_by")
    role = models.CharField(max_length=10, choices=[(role.value, role.value) for role in PersonRole])
    place = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in KnownKind])
    value = models.CharField(max_length=200)
    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, null=True, related_name="people_known_by")
    row_number = models.PositiveIntegerField(null=True)
    batch = models.PositiveIntegerField(null=True)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("allegation", "role", "place", "kind", "value"), name="known_by_once"),
        )
        indexes = (models.Index(fields=("run", "row_number"), name="known_by_by_run"),)


class Version(Held):
    """What a later version of the record says, as the mapping reads it; the first is the allegation itself.

    `retold` holds its cells as they came. People are kept as told, each part in its own compartment.
    """

    SEALING = Sealing.NAMED
    PROVED_BY = "run_id"
    FILE_PATH = "allegation_id"
    COMPARTMENT = Compartment.CORE
    NOT_COMMITTED = frozenset({"batch"})
    FIELDS = {
        "place": Compartment.VICTIM_CONTACT,
        "victim_reach": Compartment.VICTIM_CONTACT,
        "subject": Compartment.SUBJECT_IDENTITY,
        "further": Compartment.SUBJECT_IDENTITY,
    }

    allegation = models.ForeignKey(Allegation, on_delete=models.PROTECT, related_name="versions")
    retold = models.OneToOneField("Retold", on_delete=models.PROTECT, related_name="version")
    number = models.PositiveIntegerField()
    received_at = models.DateTimeField()
    told_at = models.DateTimeField()
    occurred_from = models.DateTimeField(null=True)
    occurred_until = models.DateTimeField(null=True)
    time_known = models.BooleanField(default=True)
    recorded_class = models.CharField(
        max_length=4, choices=[(c.value, c.value) for c in RecordingClass], blank=True, default=""
    )
    class_as_recorded = models.CharField(max_length=160, blank=True)
    included_classes = models.JSONField(default=list)
    words = models.TextField(blank=True)
    behaviours = models.JSONField(default=list)
    place = models.CharField(max_length=200, blank=True)
    weapon = models.BooleanField(null=True)
    former_partner = models.BooleanField(null=True)
    victim = models.JSONField(default=dict)
    victim_reach = models.JSONField(default=dict)
    subject = models.JSONField(default=dict)
    further = models.JSONField(default=list)
    urgency = models.CharField(max_length=10, choices=[(u.value, u.value) for u in Urgency])
    urgency_reasons = SentencesField(default=list)
    for_desk = models.BooleanField(default=True)
    back_at_desk = SentencesField(default=list)  # why the desk has to look again, in words; empty where it has not
    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, null=True, related_name="versions")
    row_number = models.PositiveIntegerField(null=True)
    batch = models.PositiveIntegerField(null=True)

    objects = ScopedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("allegation", "number"), name="one_version_a_number"),)
        indexes = (
            models.Index(fields=("run", "row_number"), name="version_by_run"),
            models.Index(fields=("urgency", "received_at", "allegation"), name="version_by_urgency"),
        )


class Retold(Held):
    """The same record published again with other content: kept beside the first, never over it."""

    SEALING = Sealing.NAMED
    PROVED_BY = "run_id"
    FILE_PATH = "allegation_id"
    NOT_COMMITTED = frozenset({"batch"})
    COMPARTMENT = Compartment.EVIDENCE_ORIGINAL

    allegation = models.ForeignKey(Allegation, on_delete=models.PROTECT, related_name="retold")
    row_hash = models.CharField(max_length=64)
    changed = models.JSONField(default=dict)
    original = models.JSONField(default=dict)
    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, null=True, related_name="retold")
    row_number = models.PositiveIntegerField(null=True)
    batch = models.PositiveIntegerField(null=True)

    objects = ScopedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("allegation", "row_hash", "run"), name="retold_once_a_run"),)
        indexes = (models.Index(fields=("run", "row_number"), name="retold_by_run"),)


class StoppedFile(Row):
    """A file that was stopped before anything of it was kept, until two people have looked or somebody settles it.

    `reports` counts the rows that wait in it.
    """

    COMPARTMENT = Compartment.ADMIN
    NOT_COMMITTED = frozenset({"settled_at", "settled_by", "settled_said"})

    site = models.CharField(max_length=40)
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    mapping_sha256 = models.CharField(max_length=64)
    reports = models.PositiveIntegerField()
    stopped_at = models.DateTimeField()
    stopped_by = models.UUIDField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.UUIDField(null=True)
    settled_said = models.CharField(max_length=300, blank=True)

    objects = NotedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("site", "file_sha256", "mapping_sha256"), name="one_file_stopped_once"),
        )


class FileBrought(Row):
    """That somebody brought a file in which was stopped, the first time and each time after."""

    COMPARTMENT = Compartment.ADMIN

    stopped = models.ForeignKey(StoppedFile, on_delete=models.PROTECT, related_name="brought")
    brought_at = models.DateTimeField()
    brought_by = models.UUIDField()

    objects = NotedManager()


class FileDoubt(Row):
    """One reason for which a file was stopped: the first of its rows and how many there are; `key` is a hash of all of it."""

    COMPARTMENT = Compartment.ADMIN

    stopped = models.ForeignKey(StoppedFile, on_delete=models.PROTECT, related_name="doubts")
    key = models.CharField(max_length=64)
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in DoubtKind])
    column = models.CharField(max_length=120, blank=True)
    row_number = models.PositiveIntegerField()
    rows = models.PositiveIntegerField()
    reason = SentenceField()
    found_at = models.DateTimeField()

    objects = NotedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("stopped", "key"), name="one_doubt_once"),)

    @classmethod
    def waiting(cls) -> models.QuerySet[FileDoubt]:
        """Return the reasons of which fewer people have said the same than must."""
        said = FileLook.objects.filter(doubt=models.OuterRef("pk")).order_by().values("verdict")
        agreed = said.annotate(people=models.Count("pk")).filter(people__gte=LOOKS_NEEDED)
        return cls.objects.exclude(models.Exists(agreed))

    @property
    def is_one_row(self) -> bool:
        """Whether it is a single row, which can be settled by itself."""
        return self.kind == DoubtKind.ROLES and self.rows == 1

    def seen(self, names: Mapping[UUID, str], *, may_settle: bool) -> DoubtSeen:
        """Return the reason as it is shown, with who has looked, by name."""
        looks = tuple(
            Look(names.get(one.looked_by, ""), one.looked_at, one.said, Verdict(one.verdict))
            for one in self.looks.all()
        )
        alone = may_settle and self.is_one_row
        return DoubtSeen(self.pk, self.row_number, self.rows, self.reason, looks, alone)

    def is_left_to(self, records: Collection[UUID]) -> bool:
        """Return whether none of these records has looked."""
        return all(look.looked_by not in records for look in self.looks.all())


class FileLook(Row):
    """That somebody has looked at one reason for which a file was stopped, and what is to become of its rows."""

    COMPARTMENT = Compartment.ADMIN
    ADDED_IN = {"verdict": 2}

    doubt = models.ForeignKey(FileDoubt, on_delete=models.PROTECT, related_name="looks")
    verdict = models.CharField(
        max_length=10, choices=[(verdict.value, verdict.value) for verdict in Verdict], default=Verdict.KEEP.value
    )
    said = models.CharField(max_length=300)
    looked_at = models.DateTimeField()
    looked_by = models.UUIDField()

    objects = NotedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("doubt", "looked_by"), name="one_look_a_person"),)
