"""The recommendation of a saved plan: its draft, why it may not leave, and its files."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.rollout import costing, facts, queries
from fourfold.rollout.advice import run as runs
from fourfold.rollout.advice import writing
from fourfold.rollout.models import AreaPlan, AreaPlanVersion, CountGiven, PlanRelease
from fourfold.rollout.terms import NoPlan
from fourfold.words import Word

MEDIA = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "json": "application/json",
}


def run_of(*, actor: Actor, plan: UUID, at: datetime) -> tuple[AreaPlan, AreaPlanVersion, runs.Run]:
    """Return a plan, its latest version, and what its recommendation is computed from; raises NoPlan."""
    row = queries.plan_row(actor=actor, plan=plan)
    audit.consulted(actor, "rollout.plan", at=at, count=1)
    versions = list(row.versions.order_by("number"))
    names, latest = queries.names_of_savers(versions), versions[-1]
    run = runs.Run(
        area=row.area,
        districts=tuple(row.districts),
        year=latest.year,
        made=runs.made(latest.year, at),
        assumed=latest.assumed,
        counts=tuple(CountGiven.objects.latest_of_each()),
        prices=costing.changes_given(row.area),
        effect=costing.effect_for_a_new_area(actor=actor, at=at),
        minutes=queries.recorded_minutes(),
        seen=queries.evidence(actor=actor, at=at),
        history=tuple(
            f"Version {each.number}, {each.saved_at:%-d %B %Y}, {names[each.saved_by]}: {each.reason}"
            for each in versions
        ),
    )
    return row, latest, run


def why_not_release(plan: AreaPlan, latest: AreaPlanVersion) -> str:
    """Return why a plan cannot leave as it was saved, or nothing."""
    if latest.facts_sha256 != facts.sha256():
        return Word("The facts have changed since this version was saved. Save a new version first.")
    if latest.counts != queries.counts_of(queries.place_of(plan)):
        return Word("A count was given since this version was saved. Save a new version first.")
    if PlanRelease.objects.filter(version=latest).exists():
        return Word("This version has been released. Save a new version to release another.")
    return ""


def file_of(*, actor: Actor, plan: UUID, name: str, at: datetime) -> tuple[bytes, str]:
    """Return one file of a plan's release that left last, or of its draft where none did; raises NoPlan."""
    if name not in MEDIA:
        raise NoPlan
    row, _, run = run_of(actor=actor, plan=plan, at=at)
    released = PlanRelease.objects.filter(version__plan=row).order_by("-released_at").first()
    if released is not None:
        return released.file(name), MEDIA[name]
    return writing.written(runs.advice(run))[f"recommendation.{name}"], MEDIA[name]
