"""The recommendation of a saved plan: its draft, why it may not leave, and its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from fourfold.access.terms import day_of
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.rollout import costing, facts, modelling, queries
from fourfold.rollout.advice import run as runs
from fourfold.rollout.advice import writing
from fourfold.rollout.advice.strength import Graded
from fourfold.rollout.advice.values import Advice
from fourfold.rollout.capacity.terms import TeamRefused
from fourfold.rollout.models import AreaPlan, AreaPlanVersion, CountGiven, PlanRelease
from fourfold.rollout.terms import AreaEstimate, NoPlan, Place, ReleaseRefused
from fourfold.rollout.worked_out import Told, ToWorkOut, keep, kept, sought
from fourfold.words import Word, sentence

MEDIA = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "json": "application/json",
}


def run_of(*, actor: Actor, plan: UUID, at: datetime) -> tuple[AreaPlan, AreaPlanVersion, runs.Run]:
    """Return a plan, its latest version, and what its recommendation is computed from; raises NoPlan."""
    audit.consulted(actor, "rollout.plan", at=at, count=1)
    return run_seen(actor=actor, plan=plan, at=at)


def run_seen(
    *, actor: Actor, plan: UUID, at: datetime, until: int | None = None
) -> tuple[AreaPlan, AreaPlanVersion, runs.Run]:
    """Return the same for a page that has said already that the plan was looked at; as one version had it, if so asked."""
    row = queries.plan_row(actor=actor, plan=plan)
    versions = queries.versions_until(row.versions.select_related("site_model"), until)
    names, latest = queries.names_of_savers(versions), versions[-1]
    history = tuple(
        f"Version {each.number}, {each.saved_at:%-d %B %Y}, {names[each.saved_by]}: {each.reason}" for each in versions
    )
    run = _run(actor, row.area, row.districts, latest.year, at)
    return row, latest, replace(run, assumed=latest.assumed, history=history, own=modelling.own_of(latest.site_model))


def run_for(*, actor: Actor, place: Place, at: datetime) -> runs.Run:
    """Return what the answer for a place is computed from in the financial year of `at`, nothing assumed."""
    queries.require(actor)
    audit.consulted(actor, "rollout.page", at=at, count=1)
    codes = [] if place.code else [one.code for one in place.districts]
    return _run(actor, place.code, codes, queries.financial_year_of(at), at)


def _run(actor: Actor, area: str, districts: Sequence[str], year: int, at: datetime) -> runs.Run:
    return runs.Run(
        area=area,
        districts=tuple(districts),
        year=year,
        made=runs.made(year, at),
        counts=tuple(CountGiven.objects.latest_of_each()),
        prices=costing.changes_given(area),
        effect=costing.effect_for_a_new_area(actor=actor, at=at),
        minutes=queries.recorded_minutes(),
        seen=queries.evidence(actor=actor, at=at),
    )


def estimate_of(run: runs.Run) -> AreaEstimate:
    """Return what the place of a run should expect. No statement."""
    return queries.estimated(run.place, run.assumed, run.year, given=run.counts, seen=run.seen)


def why_not_release(plan: AreaPlan, latest: AreaPlanVersion, run: runs.Run) -> str:
    """Return why a plan cannot leave as it was saved, or nothing."""
    if latest.facts_sha256 != facts.sha256():
        return Word("The facts have changed since this version was saved. Save a new version first.")
    if queries.numbers_of(queries.stored(estimate_of(run).figures)) != queries.numbers_of(latest.figures):
        if latest.release != run.made.release:
            return sentence(
                "Release {1} saved this version, and this release works out other numbers. Save a new version first.",
                latest.release,
            )
        return Word(
            "A count was given since this version was saved that changes its numbers. Save a new version first."
        )
    if PlanRelease.objects.filter(version=latest).exists():
        return Word("This version has been released. Save a new version to release another.")
    return ""


def file_of(*, actor: Actor, plan: UUID, name: str, at: datetime, version: int | None = None) -> tuple[bytes, str]:
    """Return one file of a plan: of the version that left with that number, or of the draft of what was saved last.

    Raises NoPlan; ReleaseRefused where no team can be worked out.
    """
    if name not in MEDIA:
        raise NoPlan
    row, _, run = run_of(actor=actor, plan=plan, at=at)
    if version is None:
        return kept(lambda: writing.written(advice(run), name), *_draft(run, name)), MEDIA[name]
    left = PlanRelease.objects.filter(version__plan=row, version__number=version).first()
    if left is None:
        raise NoPlan
    return left.file(name), MEDIA[name]


def _draft(run: runs.Run, name: str) -> tuple[object, ...]:
    """Return by what a file of a draft is kept: it says on which day it was made."""
    return "draft", name, run.digest, day_of(run.made.made_at)


def draft_sought(run: runs.Run) -> tuple[str, ...] | ToWorkOut[tuple[str, ...]]:
    """Return which files a draft has, once all of them are there, or how to write them: some seconds. Raises ReleaseRefused."""
    team_sought(run)
    return sought(partial(_drafted, run), *_draft(run, "all"))


def _drafted(run: runs.Run, told: Told) -> tuple[str, ...]:
    told(0, len(MEDIA) + 1)
    made = advice(run)
    for step, name in enumerate(MEDIA, start=1):
        told(step, len(MEDIA) + 1)
        keep(writing.written(made, name), *_draft(run, name))
    return tuple(MEDIA)


def advice(run: runs.Run) -> Advice:
    """Return the advice of a run; raises ReleaseRefused where it is for more than any unit's team can be worked out for."""
    try:
        return runs.advice(run)
    except TeamRefused as why:
        raise _no_team(why) from None


def team_sought(run: runs.Run) -> runs.Chosen | ToWorkOut[runs.Chosen]:
    """Return the team that the written rule asks about, or how to look for it; raises ReleaseRefused as `advice` does."""
    try:
        return runs.team_sought(run)
    except TeamRefused as why:
        raise _no_team(why) from None


def rule_for(run: runs.Run) -> Graded:
    """Return what the written rule says of a run; raises ReleaseRefused as `advice` does."""
    try:
        return runs.rule_for(run)
    except TeamRefused as why:
        raise _no_team(why) from None


def _no_team(why: TeamRefused) -> ReleaseRefused:
    return ReleaseRefused("strength", sentence("No team can be worked out for this plan: {1}", str(why)))
