"""What was given and written for an area: counts of its own, and recommendations with the evidence they named."""

from __future__ import annotations

from django.db import models

from fourfold.access.terms import Compartment
from fourfold.base import NotedManager, Row


class CountGivenManager(NotedManager):
    def latest_of_each(self) -> list[CountGiven]:
        """Return, for each area and year, the count that was given last."""
        latest = {(one.area, one.year): one for one in self.order_by("said_at", "id")}
        return list(latest.values())


class CountGiven(Row):
    """Stalking offences that a force recorded in a year, as somebody who plans has it, and on whose word.

    `year` begins in April of that calendar year. A later count of the same area and year stands in place of an earlier one.
    """

    COMPARTMENT = Compartment.ADMIN

    area = models.CharField(max_length=9)
    year = models.PositiveSmallIntegerField()
    count = models.PositiveIntegerField()
    source = models.CharField(max_length=300)
    said_at = models.DateTimeField()
    said_by = models.UUIDField()

    objects = CountGivenManager()


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
