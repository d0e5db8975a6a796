"""What was given and written for an area: counts of its own, and recommendations with the evidence they named."""

from __future__ import annotations

from django.db import models

from fourfold.access.terms import Compartment
from fourfold.audit.terms import Actor
from fourfold.base import NotedManager, Row
from fourfold.rollout.economics.terms import Change
from fourfold.rollout.terms import Counted


class CountGivenManager(NotedManager):
    def latest_of_each(self) -> list[Counted]:
        """Return, for each area and year, the count that was given last."""
        rows = self.order_by("said_at", "id").values_list("area", "year", "count", "source")
        return list({row[:2]: Counted(*row) for row in rows}.values())


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


class CostGivenManager(NotedManager):
    def changes_of(self, area: str) -> tuple[Change, ...]:
        """Return what was given last for each row of an area's price list, in the order in which it was."""
        return self.changes_of_each(area=area).get(area, ())

    def changes_of_each(self, **chosen: str) -> dict[str, tuple[Change, ...]]:
        """Return the same of every area for which a row was given, by its code. One statement."""
        latest = {(one.area, one.code): one for one in self.filter(**chosen).order_by("said_at", "id")}
        found: dict[str, tuple[Change, ...]] = {}
        for one in sorted(latest.values(), key=lambda one: (one.said_at, one.pk)):
            change = Change(one.code, one.low, one.central, one.high, one.year, one.source)
            found[one.area] = (*found.get(one.area, ()), change)
        return found


class CostGiven(Row):
    """A row of the price list as somebody who plans for an area has it, and on whose word; a later one stands in its place.

    `year` is the financial year of whose prices it is, by the calendar year in which it begins.
    """

    COMPARTMENT = Compartment.ADMIN

    area = models.CharField(max_length=9)
    code = models.CharField(max_length=40)
    low = models.FloatField()
    central = models.FloatField()
    high = models.FloatField()
    year = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=300)
    said_at = models.DateTimeField()
    said_by = models.UUIDField()

    objects = CostGivenManager()

    class Meta:
        indexes = (models.Index(fields=("area", "said_at"), name="cost_given_by_area"),)


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


class SiteModel(Row):
    """A site model of the user's own, by its latest name. Everybody who plans sees it."""

    COMPARTMENT = Compartment.ADMIN

    name = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    made_by = models.UUIDField()

    objects = NotedManager()

    class Meta:
        indexes = (models.Index(fields=("-made_at", "id"), name="site_model_by_moment"),)


class SiteModelVersion(Row):
    """A site model as it was saved (`site_models.OwnModel`), by whom and why."""

    COMPARTMENT = Compartment.ADMIN

    site_model = models.ForeignKey(SiteModel, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    saved_at = models.DateTimeField()
    saved_by = models.UUIDField()
    reason = models.CharField(max_length=500)
    said = models.JSONField()

    objects = NotedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("site_model", "number"), name="one_site_model_version_a_number"),
        )


class AreaPlanManager(NotedManager):
    def open_to(self, actor: Actor) -> models.QuerySet[AreaPlan]:
        """Keep the plans that are one's own, and those that were shared."""
        return self.filter(models.Q(made_by=actor.staff) | models.Q(shared_at__isnull=False))


class AreaPlan(Row):
    """A plan for a place, by the districts that it is made of, with the vintage of the facts that it was made with."""

    COMPARTMENT = Compartment.ADMIN

    name = models.CharField(max_length=120)
    area = models.CharField(max_length=9, blank=True)
    districts = models.JSONField()
    place = models.CharField(max_length=2_000)
    vintage = models.CharField(max_length=10)
    made_at = models.DateTimeField()
    made_by = models.UUIDField()
    shared_at = models.DateTimeField(null=True)

    objects = AreaPlanManager()

    class Meta:
        indexes = (models.Index(fields=("-made_at", "id"), name="area_plan_by_moment"),)


class AreaPlanVersion(Row):
    """A plan as it was saved: what was assumed, why, and what came out, with the release and the hash of the facts.

    `site_model` is the version of a site model that its unit is played as; none: the team is looked for.
    """

    COMPARTMENT = Compartment.ADMIN
    ADDED_IN = {"site_model_id": 2}

    plan = models.ForeignKey(AreaPlan, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    saved_at = models.DateTimeField()
    saved_by = models.UUIDField()
    reason = models.CharField(max_length=500)
    year = models.PositiveSmallIntegerField()
    assumed = models.JSONField(default=dict)
    figures = models.JSONField()
    seed = models.PositiveBigIntegerField()
    release = models.CharField(max_length=60)
    facts_sha256 = models.CharField(max_length=64)
    site_model = models.ForeignKey(SiteModelVersion, on_delete=models.PROTECT, null=True, related_name="plans")

    objects = NotedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("plan", "number"), name="one_plan_version_a_number"),)


class PlanRelease(Row):
    """A recommendation as it left: how strong by the rule and as a named person has it, and its files with their hashes."""

    COMPARTMENT = Compartment.ADMIN
    NOT_COMMITTED = frozenset({"html", "numbers", "pdf", "docx"})

    version = models.OneToOneField(AreaPlanVersion, on_delete=models.PROTECT, related_name="release_made")
    released_at = models.DateTimeField()
    released_by = models.UUIDField()
    by_rule = models.CharField(max_length=30)
    strength = models.CharField(max_length=30)
    reason = models.TextField(blank=True)
    hashes = models.JSONField()
    html = models.TextField()
    numbers = models.TextField()
    pdf = models.BinaryField()
    docx = models.BinaryField()

    objects = NotedManager()

    def file(self, name: str) -> bytes:
        """Return one of its files: html, pdf, docx or json."""
        content = getattr(self, "numbers" if name == "json" else name)
        return content.encode() if isinstance(content, str) else bytes(content)
