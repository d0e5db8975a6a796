"""Questions registered before outcomes were seen, extracts frozen with their hash, and what was computed from them."""

from django.db import models

from fourfold.access.terms import Compartment
from fourfold.base import NotedManager, Row


class Question(Row):
    """A question and how it will be answered, hashed before any outcome is looked at."""

    COMPARTMENT = Compartment.ADMIN

    title = models.CharField(max_length=200)
    plan = models.JSONField()
    sha256 = models.CharField(max_length=64)
    registered_at = models.DateTimeField()
    registered_by = models.UUIDField()

    objects = NotedManager()


class Amendment(Row):
    """A later wording of a question's plan, chained to the one before; `after_outcomes` where data had been frozen."""

    COMPARTMENT = Compartment.ADMIN

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="amendments")
    number = models.PositiveIntegerField()
    plan = models.JSONField()
    reason = models.TextField()
    sha256 = models.CharField(max_length=64)
    after_outcomes = models.BooleanField()
    amended_at = models.DateTimeField()
    amended_by = models.UUIDField()

    objects = NotedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("question", "number"), name="one_amendment_a_number"),)


class Extract(Row):
    """A frozen, de-identified extract: its file, its hash, and how many rows it holds.

    `counted`: over which cases, and which of them had a further act, for comparison with what is frozen later.
    """

    COMPARTMENT = Compartment.ADMIN
    ADDED_IN = {"counted": 2}

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="extracts")
    frozen_at = models.DateTimeField()
    frozen_by = models.UUIDField()
    until = models.DateTimeField()
    rows = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=300)
    manifest = models.JSONField(default=dict)
    counted = models.JSONField(default=dict)

    objects = NotedManager()


class Result(Row):
    """What was computed from one extract, by which version of the code, as values ready to be shown.

    `counted`: over which cases, and which of them had a further act, for comparison with what is computed later.
    """

    COMPARTMENT = Compartment.ADMIN
    ADDED_IN = {"counted": 2}

    extract = models.ForeignKey(Extract, on_delete=models.PROTECT, related_name="results")
    computed_at = models.DateTimeField()
    code_version = models.CharField(max_length=60)
    values = models.JSONField()
    counted = models.JSONField(default=dict)

    objects = NotedManager()


class Release(Row):
    """A report as it left: its parts and files with their hashes, and the totals that later releases are compared with."""

    COMPARTMENT = Compartment.ADMIN
    NOT_COMMITTED = frozenset({"parts", "totals", "html", "numbers", "pdf", "docx"})

    extract = models.ForeignKey(Extract, on_delete=models.PROTECT, related_name="releases")
    released_at = models.DateTimeField()
    released_by = models.UUIDField()
    status = models.CharField(max_length=10)
    said = models.TextField()
    hashes = models.JSONField()
    parts = models.JSONField()
    totals = models.JSONField()
    html = models.TextField()
    numbers = models.TextField()
    pdf = models.BinaryField()
    docx = models.BinaryField()

    objects = NotedManager()

    class Meta:
        indexes = (models.Index(fields=("-released_at",), name="release_by_moment"),)
