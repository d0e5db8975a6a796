"""What the desk answered about an allegation, how it left, and what people said of its behaviours."""

from django.db import models
from django.db.models import Q

from fourfold.access.scoping import ScopedManager
from fourfold.access.terms import Compartment
from fourfold.base import Held
from fourfold.cases.models.case import Case
from fourfold.cases.terms import Answer, Outcome
from fourfold.intake.models import Allegation
from fourfold.intake.terms import Behaviour

_ANSWERS = [(answer.value, answer.value.replace("_", " ")) for answer in Answer]


class Screening(Held):
    """What the desk answered about one allegation: FOUR is asked, never computed."""

    FILE_PATH = "allegation_id"
    COMPARTMENT = Compartment.CORE

    allegation = models.ForeignKey(Allegation, on_delete=models.PROTECT, related_name="screenings")
    fixated = models.CharField(max_length=10, choices=_ANSWERS)
    obsessive = models.CharField(max_length=10, choices=_ANSWERS)
    unwanted = models.CharField(max_length=10, choices=_ANSWERS)
    repeated = models.CharField(max_length=10, choices=_ANSWERS)
    immediate_danger = models.CharField(max_length=10, choices=_ANSWERS)
    known_to_staff = models.CharField(max_length=10, choices=_ANSWERS, default=Answer.NOT_KNOWN)
    reclassification_asked = models.BooleanField(default=False)
    class_expected = models.CharField(max_length=4, blank=True)
    class_kept_because = models.CharField(max_length=300, blank=True)
    acts_known = models.PositiveIntegerField(default=1)

    objects = ScopedManager()

    class Meta:
        indexes = (
            models.Index(fields=("allegation", "-recorded_at"), name="screening_by_allegation"),
            models.Index(
                fields=("recorded_at", "allegation"),
                condition=models.Q(reclassification_asked=True),
                name="screening_asks_for_a_class",
            ),
        )


class Triage(Held):
    """How an allegation left the desk, and why."""

    FILE_PATH = "allegation_id"
    COMPARTMENT = Compartment.CORE

    allegation = models.ForeignKey(Allegation, on_delete=models.PROTECT, related_name="triages")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="triages")
    outcome = models.CharField(max_length=20, choices=[(o.value, o.value.replace("_", " ")) for o in Outcome])
    reason = models.TextField()
    redirected_to = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField()

    objects = ScopedManager()

    class Meta:
        indexes = (
            models.Index(fields=("allegation", "-decided_at"), name="triage_by_allegation"),
            models.Index(fields=("case", "-decided_at", "outcome"), name="triage_by_case"),
        )


class BehaviourJudged(Held):
    """That somebody confirmed or rejected a behaviour in one allegation, on which very words; undone, it stays."""

    FILE_PATH = "allegation_id"
    COMPARTMENT = Compartment.CORE

    allegation = models.ForeignKey(Allegation, on_delete=models.PROTECT, related_name="behaviours_judged")
    behaviour = models.CharField(max_length=20, choices=[(b.value, b.value.replace("_", " ")) for b in Behaviour])
    shown = models.BooleanField()
    evidence = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    judged_at = models.DateTimeField()
    judged_by = models.UUIDField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.UUIDField(null=True)
    undone_because = models.CharField(max_length=300, blank=True)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("allegation", "behaviour"), condition=Q(undone_at__isnull=True), name="behaviour_judged_once"
            ),
        )
