"""Assessments that were made: on which version of which instrument, each answer, the advice and the judgement."""

from __future__ import annotations

from django.db import models

from fourfold.access.scoping import ScopedManager
from fourfold.access.terms import Compartment
from fourfold.assessment.terms import Standing
from fourfold.base import Held
from fourfold.cases.models import Case
from fourfold.cases.terms import Level

_LEVELS = [(level.value, level.label) for level in Level]


class Draft(Held):
    """A filled-in form before it is signed, with the level that its author chose before seeing any advice.

    Drafts are kept as they were: going back to an answer makes a later draft that names the one it revises, and
    keeps the first choice. Only its author reads a draft.
    """

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.RISK

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="drafts")
    instrument = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField()
    answers = models.JSONField(default=list)
    first_level = models.CharField(max_length=10, choices=_LEVELS, blank=True)
    level = models.CharField(max_length=10, choices=_LEVELS, blank=True)
    informed_by = models.CharField(max_length=200, blank=True)
    minutes = models.PositiveSmallIntegerField(null=True)
    revises = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="revised_by")

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "recorded_by", "-recorded_at"), name="draft_by_author"),)


class Assessment(Held):
    """One person's assessment of one case with one version of one instrument; signed, it is never edited.

    `first_level` is what the professional chose before the advice was seen, `professional_level` what was set in
    the end; `advised` is a floor under what is certain while `advice_state` is incomplete.
    """

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.RISK

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="assessments")
    draft = models.OneToOneField(Draft, on_delete=models.PROTECT, null=True, related_name="signed")
    instrument = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField()
    sha256 = models.CharField(max_length=64)
    profession = models.CharField(max_length=40)
    signed_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(null=True)
    informed_by = models.CharField(max_length=200, blank=True)
    advice_state = models.CharField(max_length=20)
    advised = models.CharField(max_length=10, choices=_LEVELS, blank=True)
    could_be = models.CharField(max_length=10, choices=_LEVELS, blank=True)
    advice_reasons = models.JSONField(default=list)
    critical = models.JSONField(default=list)
    by_hand = models.JSONField(default=list)
    missing = models.JSONField(default=list)
    first_level = models.CharField(max_length=10, choices=_LEVELS, blank=True)
    professional_level = models.CharField(max_length=10, choices=_LEVELS, blank=True)
    reason = models.TextField(blank=True)
    countersigned_by = models.UUIDField(null=True)
    formulation = models.TextField(blank=True)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "-signed_at"), name="assessment_by_case"),)


class Answer(Held):
    """One answer on one axis of one item; an answer that was not given is a row that says so."""

    FILE_PATH = "assessment__case_id"
    COMPARTMENT = Compartment.RISK

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="answers")
    item = models.CharField(max_length=60)
    axis = models.CharField(max_length=20, blank=True)
    repeat = models.PositiveSmallIntegerField(default=0)
    standing = models.CharField(max_length=16, choices=[(s.value, s.value) for s in Standing])
    option = models.CharField(max_length=40, blank=True)
    text = models.TextField(blank=True)
    note = models.TextField(blank=True)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("assessment", "item", "axis", "repeat"), name="one_answer_a_slot"),
        )


class SignatureAsked(Held):
    """A lower level for which somebody asks a colleague's signature: which level, and why."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.RISK

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="signatures_asked")
    level = models.CharField(max_length=10, choices=_LEVELS)
    reason = models.TextField()

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "-recorded_at"), name="signature_by_case"),)


class SecondSignature(Held):
    """A second person's signature, or refusal to sign, under a lower level."""

    FILE_PATH = "asked__case_id"
    COMPARTMENT = Compartment.RISK

    asked = models.OneToOneField(SignatureAsked, on_delete=models.PROTECT, related_name="signature")
    given = models.BooleanField()
    words = models.TextField(blank=True)

    objects = ScopedManager()
