"""Taking a count that an area gives, and writing a recommendation down with the figures and the evidence it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from importlib.metadata import version
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Conflict, Operation
from fourfold.rollout import advising, costing, facts, modelling, queries, rules, site_models
from fourfold.rollout.advice import writing
from fourfold.rollout.advice.strength import ReleaseDraft, strength_refused
from fourfold.rollout.advice.values import Decided
from fourfold.rollout.economics import costs
from fourfold.rollout.economics.terms import CostDraft
from fourfold.rollout.models import (
    AreaPlan,
    AreaPlanVersion,
    CostGiven,
    CountGiven,
    PlanRelease,
    Recommendation,
    SiteModel,
    SiteModelVersion,
)
from fourfold.rollout.site_models import OwnModel
from fourfold.rollout.terms import CountDraft, CountRefused, PlaceRefused, PlanDraft, PlanRefused, ReleaseRefused
from fourfold.words import Word, sentence


def give_count(*, actor: Actor, code: str, count: CountDraft, at: datetime) -> CountGiven:
    """Keep a count of a force's own in place of what the shipped facts say; raises UnknownArea, CountRefused."""
    access.require(actor, Permission.ROLLOUT_RECOMMEND, at=at)
    facts.area(code)
    CountRefused.refuse(rules.count_refused(count.year, now=queries.financial_year_of(at)))
    with audit.recorded(actor, "rollout.count.given", at=at, operation=Operation.COLLECTION) as entry:
        given = CountGiven.objects.create(area=code, said_at=at, said_by=actor.staff, **asdict(count))
        entry.about(given)
    return given


def give_cost(*, actor: Actor, code: str, row: str, cost: CostDraft, at: datetime) -> CostGiven:
    """Keep a row of the price list as an area has it, in place of what ships; raises UnknownArea, CostRefused."""
    access.require(actor, Permission.ROLLOUT_RECOMMEND, at=at)
    facts.area(code)
    change = costs.change_of(row, cost)
    costing.refuse_incomputable(code, change, at=at)
    with audit.recorded(actor, "rollout.cost.given", at=at, operation=Operation.COLLECTION) as entry:
        given = CostGiven.objects.create(
            area=code, code=change.code, low=change.low, central=change.central, high=change.high, year=change.year,
            source=change.said_by, said_at=at, said_by=actor.staff,
        )  # fmt: skip
        entry.about(given)
    return given


def start_site_model(*, actor: Actor, own: OwnModel, reason: str, at: datetime) -> SiteModel:
    """Save a site model of one's own; raises SiteModelRefused."""
    access.require(actor, Permission.ROLLOUT_RECOMMEND, at=at)
    site_models.require(own)
    with audit.recorded(actor, "rollout.site_model.started", at=at, operation=Operation.COLLECTION) as entry:
        row = SiteModel.objects.create(name=own.name, made_at=at, made_by=actor.staff)
        entry.about(row)
        _save_site_model(actor, row, replace(own, version=1), reason, at)
    return row


def change_site_model(
    *, actor: Actor, model: UUID, own: OwnModel, reason: str, seen: str | None, at: datetime
) -> SiteModelVersion:
    """Save a site model as its next version; plans keep the version that they were saved with.

    Raises NoSiteModel, SiteModelRefused; Conflict where a colleague was first.
    """
    access.require(actor, Permission.ROLLOUT_RECOMMEND, at=at)
    row = modelling.row(actor=actor, model=model)
    site_models.require(own)
    with audit.recorded(actor, "rollout.site_model.changed", at=at, operation=Operation.ALTERATION) as entry:
        entry.about(SiteModel.objects.select_for_update().get(pk=row.pk))
        latest = row.versions.order_by("-number")[0]
        if seen != str(latest.number):
            raise _overtaken(latest, "The site model")
        if row.name != own.name:
            row.name = own.name
            row.save(update_fields=["name"])
        return _save_site_model(actor, row, replace(own, version=latest.number + 1), reason, at)


def _save_site_model(actor: Actor, row: SiteModel, own: OwnModel, reason: str, at: datetime) -> SiteModelVersion:
    return SiteModelVersion.objects.create(
        site_model=row, number=own.version, saved_at=at, saved_by=actor.staff, reason=reason, said=modelling.stored(own)
    )


def start_plan(
    *,
    actor: Actor,
    areas: Sequence[str],
    districts: Sequence[str],
    plan: PlanDraft,
    assumed: Mapping[str, int],
    year: int,
    at: datetime,
    site_model: UUID | None = None,
) -> AreaPlan:
    """Save a plan for forces' areas and for districts; raises UnknownArea, PlaceRefused, PlanRefused.

    `site_model`: the one whose latest version its unit is played as; none: the team is looked for.
    """
    access.require(actor, Permission.ROLLOUT_RECOMMEND, at=at)
    place = facts.chosen(areas, districts)
    for name, day in facts.ended(place, at.astimezone(queries.LONDON).date()):
        raise PlaceRefused("name", sentence("{1} ended on {2}. Plan for the areas of today.", name, f"{day:%-d %B %Y}"))
    with audit.recorded(actor, "rollout.plan.started", at=at, operation=Operation.COLLECTION) as entry:
        row = AreaPlan.objects.create(
            name=plan.name,
            area=place.code,
            districts=[one.code for one in place.districts],
            place=place.name,
            vintage=facts.VINTAGE,
            made_at=at,
            made_by=actor.staff,
        )
        entry.about(row)
        chosen = modelling.latest_of(site_model)
        _save_version(actor, row, plan.reason, assumed, year, 1, at, chosen)
    return row


def change_plan(
    *,
    actor: Actor,
    plan: UUID,
    change: PlanDraft,
    assumed: Mapping[str, int],
    year: int,
    seen: str | None,
    at: datetime,
    site_model: UUID | None = None,
) -> AreaPlanVersion:
    """Save a plan as its next version; what it was stays. `site_model` as in `start_plan`.

    Raises NoPlan, PlanRefused; Conflict where a colleague was first.
    """
    access.require(actor, Permission.ROLLOUT_RECOMMEND, at=at)
    row = queries.plan_row(actor=actor, plan=plan)
    with audit.recorded(actor, "rollout.plan.changed", at=at, operation=Operation.ALTERATION) as entry:
        entry.about(AreaPlan.objects.select_for_update().get(pk=row.pk))
        latest = row.versions.order_by("-number")[0]
        if seen != str(latest.number):
            raise _overtaken(latest, "The plan")
        if row.name != change.name:
            row.name = change.name
            row.save(update_fields=["name"])
        chosen = modelling.latest_of(site_model)
        return _save_version(actor, row, change.reason, assumed, year, latest.number + 1, at, chosen)


def share_plan(*, actor: Actor, plan: UUID, at: datetime) -> None:
    """Let everybody who plans see a plan; raises NoPlan. To be called again changes nothing."""
    access.require(actor, Permission.ROLLOUT_RECOMMEND, at=at)
    row = queries.plan_row(actor=actor, plan=plan)
    if row.shared_at is None:
        with audit.recorded(actor, "rollout.plan.shared", at=at, operation=Operation.DISCLOSURE) as entry:
            row.shared_at = at
            row.save(update_fields=["shared_at"])
            entry.about(row)


def release_plan(*, actor: Actor, plan: UUID, decided: ReleaseDraft, seen: str | None, at: datetime) -> PlanRelease:
    """Release the recommendation of a plan as it was saved last, as strong as a named person has it, with its files.

    Raises NoPlan, ReleaseRefused; Conflict where a colleague saved another version since the page was shown.
    """
    access.require(actor, Permission.ROLLOUT_RECOMMEND, at=at)
    row, latest, run = advising.run_of(actor=actor, plan=plan, at=at)
    if seen != str(run.digest):
        raise Conflict("The plan", {"reason": CHANGED_SINCE, "by": "", "at": latest.saved_at}, run.digest)
    if why := advising.why_not_release(row, latest, run):
        raise ReleaseRefused("strength", why)
    rule = advising.rule_for(run)
    ReleaseRefused.refuse(strength_refused(decided.strength, rule, decided.reason))
    run = replace(run, decided=Decided(decided.strength, actor.name, decided.reason))
    files = writing.files(advising.advice(run))
    with audit.recorded(actor, "rollout.plan.released", at=at, operation=Operation.DISCLOSURE) as entry:
        kept = PlanRelease.objects.create(
            version=latest,
            released_at=at,
            released_by=actor.staff,
            by_rule=rule.strength,
            strength=decided.strength,
            reason=decided.reason,
            hashes=writing.hashes(files),
            html=files["recommendation.html"].decode(),
            numbers=files["recommendation.json"].decode(),
            pdf=files["recommendation.pdf"],
            docx=files["recommendation.docx"],
        )
        entry.about(kept)
    return kept


CHANGED_SINCE = Word("The plan, a count, a price or the evidence has changed since you read the draft. Read it again.")


def _overtaken(latest: AreaPlanVersion | SiteModelVersion, what: str) -> Conflict:
    by = access_queries.names_of([latest.saved_by])[latest.saved_by]
    return Conflict(what, {"reason": latest.reason, "by": by, "at": latest.saved_at}, latest.number)


def _save_version(
    actor: Actor,
    row: AreaPlan,
    reason: str,
    assumed: Mapping[str, int],
    year: int,
    number: int,
    at: datetime,
    site_model: SiteModelVersion | None,
) -> AreaPlanVersion:
    PlanRefused.refuse(rules.assumed_refused(assumed, year, now=queries.financial_year_of(at)))
    given = CountGiven.objects.latest_of_each()
    seen = queries.evidence(actor=actor, at=at)
    found = queries.estimated(queries.place_of(row), assumed, year, given=given, seen=seen)
    return AreaPlanVersion.objects.create(
        plan=row,
        number=number,
        saved_at=at,
        saved_by=actor.staff,
        reason=reason,
        year=year,
        assumed=dict(assumed),
        figures=queries.stored(found.figures),
        seed=rules.SEED,
        release=version("fourfold"),
        facts_sha256=facts.sha256(),
        site_model=site_model,
    )


def recommend(*, actor: Actor, code: str, at: datetime) -> Recommendation:
    """Write a recommendation for one area, as it can be made today; a later one is a later row."""
    access.require(actor, Permission.ROLLOUT_RECOMMEND, at=at)
    estimate = queries.area_estimate(actor=actor, code=code, at=at)
    with audit.recorded(actor, "recommendation.written", at=at, operation=Operation.DISCLOSURE) as entry:
        written = Recommendation.objects.create(
            area=code,
            written_at=at,
            written_by=actor.staff,
            values=_plain(asdict(estimate)),
            text="\n\n".join(estimate.recommendation),
        )
        entry.about(written)
    return written


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
