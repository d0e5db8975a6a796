"""Assessments that were made: on which version of which instrument, each answer, the advice and the judgement."""

from __future__ import annotations

from django.db import models

from fourfold.access.scoping import ScopedManager
from fourfold.access.terms import Compartment
from fourfold.base import Held
from fourfold.cases.models import Case
from fourfold.cases.terms import Level

_LEVELS = [(level.value, level.label) for level in Level]


class Assessment(Held):
    """One person's assessment of one case with one version of one instrument; signed, it is never edited."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.RISK

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="assessments")
    instrument = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField()
    sha256 = models.CharField(max_length=64)
    profession = models.CharField(max_length=40)
    signed_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(null=True)
    informed_by = models.CharField(max_length=200, blank=True)
    advice_state = models.CharField(max_length=20)
    advised = models.CharField(max_length=10, choices=_LEVELS, blank=True)
    advice_reasons = models.JSONField(default=list)
    critical = models.JSONField(default=list)
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
    option = models.CharField(max_length=40)
    note = models.TextField(blank=True)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("assessment", "item", "axis"), name="one_answer_an_axis"),
        )
