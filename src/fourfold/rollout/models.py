"""Recommendations that were written for an area, with the evidence they named."""

from __future__ import annotations

from django.db import models

from fourfold.access.terms import Compartment
from fourfold.base import NotedManager, Row


class Recommendation(Row):
    """What was recommended to one force area, on which figures, with which gaps."""

    COMPARTMENT = Compartment.ADMIN

    area = models.CharField(max_length=9)
    written_at = models.DateTimeField()
    written_by = models.UUIDField()
    result = models.UUIDField(null=True)
    values = models.JSONField()
    text = models.TextField()

    objects = NotedManager()
