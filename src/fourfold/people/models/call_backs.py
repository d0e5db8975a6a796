"""The numbers of a unit that its messages may say."""

from django.db import models

from fourfold.access.terms import Compartment
from fourfold.base import NotedManager, Row


class CallBack(Row):
    """A telephone number of the unit that a message may say: asked for by one person, confirmed by another."""

    COMPARTMENT = Compartment.ADMIN

    site = models.CharField(max_length=40)
    number = models.CharField(max_length=20)
    asked_by = models.UUIDField()
    asked_at = models.DateTimeField()
    confirmed_by = models.UUIDField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    ended_by = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = NotedManager()
