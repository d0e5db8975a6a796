"""One table of what waits, which no entry of the log seals: every row is worked out from rows that are sealed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from fourfold.access.scoping import ScopedManager
from fourfold.access.terms import Compartment
from fourfold.base import Row, Sealing
from fourfold.cases.models import Case


class Duty(Row):
    """Something that waits in a case: of which kind, about which row, from when it is shown, when it is due, and whose it is.

    `reveals` is the compartment that it tells of beside the core, and `closed` says in which cases it waits: in closed ones,
    in those that are not, or (None) in all. `until`: from then on nobody is asked any longer. Words are read where they stand.
    What the case says is kept beside it, so that an index holds the order of a day: `site` and `level`.
    `grave` is its place by danger, 0 for the gravest; `decide`: it goes before whatever is only overdue.
    """

    SEALING = Sealing.NEVER
    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE
    FIELDS = dict.fromkeys(("said", "level", "grave"), Compartment.RISK)
    ADDED_IN = dict.fromkeys(("site", "level", "grave", "decide"), 2)

    kind = models.CharField(max_length=40)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="duties")
    about = models.UUIDField()
    shows_from = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    reveals = models.CharField(max_length=30, blank=True)
    closed = models.BooleanField(null=True)
    owner = models.UUIDField(null=True)
    partner = models.CharField(max_length=40, blank=True)
    asked_by = models.UUIDField(null=True)
    said = models.JSONField(default=dict)
    site = models.CharField(max_length=40, blank=True)
    level = models.CharField(max_length=10, blank=True)
    grave = models.PositiveSmallIntegerField(default=2)
    decide = models.BooleanField(default=False)

    objects = ScopedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("about", "kind"), name="one_duty_of_a_kind"),)
        indexes = (
            models.Index(fields=("kind", "shows_from"), name="duty_shown"),
            models.Index(fields=("kind", "site", "level"), name="duty_of_kind_and_level"),
            models.Index(fields=("site", "decide", "grave", "due_at", "id"), name="duty_of_site"),
            models.Index(fields=("site", "due_at", "grave", "id"), name="duty_of_site_by_day"),
            models.Index(fields=("owner", "grave", "due_at", "id"), name="duty_of_one"),
            models.Index(fields=("owner", "due_at", "grave", "id"), name="duty_of_one_by_day"),
            models.Index(fields=("partner", "owner", "grave", "due_at", "id"), name="duty_of_agency"),
            # What somebody keeps elsewhere, in the stretches between the sites where they work.
            models.Index(fields=("owner", "site"), name="duty_of_one_by_site", condition=Q(owner__isnull=False)),
            models.Index(
                fields=("partner", "owner", "site"), name="duty_of_agency_by_site", condition=Q(owner__isnull=True)
            ),
            models.Index(fields=("asked_by", "kind"), name="duty_asked"),
            models.Index(fields=("case", "kind", "level", "due_at"), name="duty_by_case"),
        )
