"""What colleagues say to each other about a case, and the lists that somebody keeps."""

from django.db import models

from fourfold.access.scoping import ScopedManager
from fourfold.access.terms import Compartment
from fourfold.base import Held, NotedManager, Row
from fourfold.cases.models.case import Case


class Comment(Held):
    """What somebody said to colleagues about a case, in the compartment that they chose: only its readers see it.

    `side` says among clinicians whose: the victim's are not the subject's; elsewhere it is empty.
    """

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="comments")
    compartment = models.CharField(max_length=30, choices=[(c.value, c.value) for c in Compartment])
    side = models.CharField(max_length=10, blank=True)
    words = models.TextField()

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "-recorded_at", "id"), name="comment_by_case"),)


class Mention(Row):
    """A colleague whose eye a comment asks for, and when they had read it."""

    COMPARTMENT = Compartment.ADMIN
    CASE_PATH = "comment__case_id"
    NOT_COMMITTED = frozenset({"read_at"})

    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="mentions")
    staff = models.UUIDField()
    read_at = models.DateTimeField(null=True)

    objects = NotedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("comment", "staff"), name="mention_once"),)
        indexes = (models.Index(fields=("staff", "read_at"), name="mention_by_staff"),)


class SavedFilter(Row):
    """A choice of cases that somebody looks at often, under a name of their own."""

    COMPARTMENT = Compartment.ADMIN

    staff = models.UUIDField()
    name = models.CharField(max_length=60)
    state = models.CharField(max_length=10, blank=True)
    level = models.CharField(max_length=10, blank=True)
    mine = models.BooleanField(default=False)
    saved_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    objects = NotedManager()

    class Meta:
        indexes = (models.Index(fields=("staff", "saved_at"), name="filter_by_staff"),)
