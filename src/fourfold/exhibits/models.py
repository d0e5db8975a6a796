"""Documents that were made or received: the bytes as they are, their hash, and what they are."""

from __future__ import annotations

from django.db import models

from fourfold.access.scoping import ScopedManager
from fourfold.access.terms import Compartment
from fourfold.base import Held


class Exhibit(Held):
    """A file of a case: sealed as it came, with the hash taken before anything else read it."""

    FILE_PATH = "file"
    COMPARTMENT = Compartment.CORE

    file = models.UUIDField()
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    compartment = models.CharField(max_length=30, choices=[(c.value, c.value) for c in Compartment])
    media_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    content = models.TextField()

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("file", "-recorded_at"), name="exhibit_by_file"),)
