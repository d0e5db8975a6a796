"""Care: consent, the steps of the safety plan, entitlements, feedback, and others at risk."""

from django.db import models

from fourfold.access.terms import Compartment
from fourfold.cases.models import Case
from fourfold.support.models.base import OfCase
from fourfold.support.terms import (
    AtRiskKind,
    AtRiskStepKind,
    ConsentMatter,
    ConsentState,
    EntitlementAnswer,
    StepOutcome,
)


class Consent(OfCase):
    """What the victim was asked and answered; or that somebody acted without consent, and why. A change is a later row."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="consents")
    matter = models.CharField(max_length=20, choices=[(m.value, m.words) for m in ConsentMatter])
    to_whom = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in ConsentState])
    why = models.TextField(blank=True)
    said_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("case", "-said_at"), name="consent_by_case"),)


class PlanStep(OfCase):
    """One step of the safety plan, agreed with the victim, and the day on which it is reviewed."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="plan_steps")
    words = models.TextField()
    who = models.CharField(max_length=120, blank=True)
    review_on = models.DateField()

    class Meta:
        indexes = (models.Index(fields=("case", "review_on"), name="plan_step_by_case"),)


class PlanStepReview(OfCase):
    """What a review found of one step; `next_on` is empty where the step ended."""

    FILE_PATH = "step__case_id"

    step = models.ForeignKey(PlanStep, on_delete=models.PROTECT, related_name="reviews")
    outcome = models.CharField(max_length=12, choices=[(o.value, o.words) for o in StepOutcome])
    words = models.TextField(blank=True)
    next_on = models.DateField(null=True)

    class Meta:
        indexes = (models.Index(fields=("step", "-recorded_at"), name="plan_review_by_step"),)


class EntitlementSaid(OfCase):
    """The outcome of an entitlement; the register of what there is stands in entitlements.toml."""

    COMPARTMENT = Compartment.CORE

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="entitlements")
    code = models.CharField(max_length=40)
    answer = models.CharField(max_length=10, choices=[(a.value, a.words) for a in EntitlementAnswer])
    words = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = (models.Index(fields=("case", "code", "-recorded_at"), name="entitlement_by_case"),)


class Satisfaction(OfCase):
    """What the victim thought of the help: from 1 to 5 each; left out is not answered, and no number."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="satisfaction")
    heard = models.PositiveSmallIntegerField(null=True)
    informed = models.PositiveSmallIntegerField(null=True)
    safer = models.PositiveSmallIntegerField(null=True)
    again = models.PositiveSmallIntegerField(null=True)
    declined = models.BooleanField(default=False)
    words = models.TextField(blank=True)
    asked_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("case", "-asked_at"), name="satisfaction_by_case"),)


class AtRisk(OfCase):
    """A child or somebody else at risk, in their own right: their risk, their review; never where they are."""

    COMPARTMENT = Compartment.VICTIM_CONTACT

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="at_risk")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in AtRiskKind])
    birth_year = models.PositiveSmallIntegerField(null=True)
    lives_with_her = models.BooleanField(null=True)
    risk = models.TextField()
    review_on = models.DateField()

    class Meta:
        indexes = (models.Index(fields=("case", "-recorded_at"), name="at_risk_by_case"),)


class AtRiskStep(OfCase):
    """What was done for somebody at risk: seen, referred and to whom, planned, reviewed, or ended with the reason."""

    FILE_PATH = "person__case_id"
    COMPARTMENT = Compartment.VICTIM_CONTACT

    person = models.ForeignKey(AtRisk, on_delete=models.PROTECT, related_name="steps")
    what = models.CharField(max_length=12, choices=[(k.value, k.value) for k in AtRiskStepKind])
    words = models.TextField()
    to_whom = models.CharField(max_length=120, blank=True)
    next_on = models.DateField(null=True)

    class Meta:
        indexes = (models.Index(fields=("person", "-recorded_at"), name="at_risk_step_by_person"),)
