"""Reports that may belong together, as rules find them, and what people said of that."""

from django.db import models
from django.db.models import Q

from fourfold.access.scoping import ScopedManager
from fourfold.access.terms import Compartment
from fourfold.base import Held, Row, Sealing
from fourfold.cases.terms import CourseVerdict, Together
from fourfold.intake.models import Allegation


class PossibleCourse(Held):
    """Reports of one site that may belong together: found by rules, decided by nobody.

    `kind` says as what: as one course of conduct of a victim and a subject, as one subject's against several victims,
    or as several subjects' against one victim, where `others` counts those several. It rests on what was told, not on
    records that somebody joined. `whole` is the same for the parts of one that lie at several sites. What changed is a
    new row; the old one ends.
    """

    FILE_PATH = "pk"
    SITE_PATH = "site"
    COMPARTMENT = Compartment.CORE
    FIELDS = {"subject": Compartment.SUBJECT_IDENTITY, "subject_spellings": Compartment.SUBJECT_IDENTITY}
    NOT_COMMITTED = frozenset({"ended_at", "looked_at"})

    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in Together], default=Together.COURSE)
    site = models.CharField(max_length=40)
    whole = models.UUIDField()
    members = models.CharField(max_length=64)
    victim = models.CharField(max_length=160, blank=True)
    victim_spellings = models.JSONField(default=list)
    subject = models.CharField(max_length=160, blank=True)
    subject_spellings = models.JSONField(default=list)
    acts = models.PositiveIntegerField()
    occasions = models.PositiveIntegerField()
    third_parties = models.PositiveIntegerField(default=0)
    others = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    classes = models.JSONField(default=list)
    sources = models.JSONField(default=list)
    points = models.PositiveSmallIntegerField(default=0)
    reasons = models.JSONField(default=list)
    rising = models.PositiveSmallIntegerField(default=0)
    rising_because = models.JSONField(default=list)
    found_at = models.DateTimeField()
    # When the rules last found the same again: as of then the row is true. Empty where they have not looked since.
    looked_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("site", "kind", "members"), condition=Q(ended_at__isnull=True), name="possible_course_once"
            ),
        )
        indexes = (
            models.Index(fields=("kind", "-points", "-last_at", "id"), name="possible_by_points"),
            models.Index(fields=("kind", "-rising", "-last_at", "id"), name="possible_by_rising"),
            models.Index(fields=("kind", "-others", "-acts", "id"), name="possible_by_others"),
            models.Index(fields=("whole",), name="possible_by_whole"),
        )


class PossibleAct(Row):
    """A report that belongs to a possible course; `third` where it was done to somebody close to the victim."""

    SEALING = Sealing.NAMED
    FILE_PATH = "course_id"
    COMPARTMENT = Compartment.CORE

    course = models.ForeignKey(PossibleCourse, on_delete=models.CASCADE, related_name="possible_acts")
    allegation = models.ForeignKey(Allegation, on_delete=models.PROTECT, related_name="possible_acts")
    third = models.BooleanField(default=False)

    objects = ScopedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("course", "allegation"), name="possible_act_once"),)


class CourseJudged(Held):
    """What somebody said of a possible course, and why; undone, it stays. Nothing is recorded again by it."""

    FILE_PATH = "course_id"
    COMPARTMENT = Compartment.CORE

    course = models.ForeignKey(PossibleCourse, on_delete=models.PROTECT, related_name="judged")
    verdict = models.CharField(max_length=20, choices=[(v.value, v.value.replace("_", " ")) for v in CourseVerdict])
    reason = models.CharField(max_length=300)
    judged_at = models.DateTimeField()
    judged_by = models.UUIDField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.UUIDField(null=True)
    undone_because = models.CharField(max_length=300, blank=True)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("course",), condition=Q(undone_at__isnull=True), name="course_judged_once"),
        )
