"""What somebody began to write, sealed under its own place: one for each person and page."""

from django.db import models

from fourfold.access.models import Staff
from fourfold.access.terms import Compartment
from fourfold.base import Row, Sealing


class Draft(Row):
    """One person's unsent answers on one page. No page of anybody else's shows it, and no search finds it.

    `sealed` may hold words of any compartment, and so stands in the strictest; the key lies outside the database.
    """

    SEALING = Sealing.NEVER
    COMPARTMENT = Compartment.ADMIN
    FIELDS = {"sealed": Compartment.ADVOCATE_CONFIDENTIAL}

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="drafts")
    page = models.CharField(max_length=200)
    sealed = models.TextField()
    kept_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("staff", "page"), name="one_draft_a_page"),)
        indexes = (models.Index(fields=("kept_at",), name="draft_by_age"),)
