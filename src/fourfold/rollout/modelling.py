"""A unit modelled with a team: what the page of a team shows, and site models of one's own with who changed what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.paging import Page, page_of
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.rollout import facts, queries, site_models
from fourfold.rollout.capacity import questions
from fourfold.rollout.capacity.assumptions import NAMES
from fourfold.rollout.capacity.terms import Assumed, Demand, Outlook, Policy
from fourfold.rollout.capacity.unit import Unit
from fourfold.rollout.models import CostGiven, CountGiven, SiteModel, SiteModelVersion
from fourfold.rollout.site_models import OWN, NoSiteModel, OwnModel
from fourfold.rollout.terms import Model, PlanRefused, TeamDraft, TeamPage
from fourfold.words import Word


@dataclass(frozen=True)
class VersionShown:
    """A site model as it was saved once: who changed what and why."""

    own: OwnModel
    saved_at: datetime
    saved_by: str
    reason: str
    changed: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class SiteModelShown:
    """A site model with its versions, the newest first, and what the newest says row by row."""

    id: UUID
    versions: tuple[VersionShown, ...]
    rows: tuple[tuple[str, str, str], ...]

    @property
    def own(self) -> OwnModel:
        return self.versions[0].own


def site_models_page(*, actor: Actor, at: datetime, after: str = "") -> Page[SiteModel]:
    """Return the site models that people made, the newest first. One statement and the log's."""
    queries.require(actor)
    page = page_of(SiteModel.objects.all(), "-made_at", "id", after=after)
    audit.consulted(actor, "rollout.site_models", at=at, count=len(page))
    return page


def choices(*, actor: Actor) -> list[tuple[str, str]]:
    """Return every site model's identifier and name, by name. One statement."""
    queries.require(actor)
    return [(str(pk), name) for pk, name in SiteModel.objects.order_by("name", "id").values_list("pk", "name")]


def row(*, actor: Actor, model: UUID) -> SiteModel:
    """Return a site model; raises NoSiteModel."""
    queries.require(actor)
    found = SiteModel.objects.filter(pk=model).first()
    if found is None:
        raise NoSiteModel
    return found


def latest_of(model: UUID | None) -> SiteModelVersion | None:
    """Return the latest version of a site model, nothing of none; raises PlanRefused where it is not there."""
    if model is None:
        return None
    found = SiteModelVersion.objects.filter(site_model=model).order_by("-number").first()
    if found is None:
        raise PlanRefused("site_model", Word("This site model is not there. Choose one of those shown."))
    return found


def stored(own: OwnModel) -> dict[str, Any]:
    """Return a site model as its version keeps it."""
    kept: dict[str, Any] = OWN.dump_python(own, mode="json")
    return kept


def own_of(version: SiteModelVersion | None) -> OwnModel | None:
    """Return what a version says; what this release no longer asks is left out."""
    if version is None:
        return None
    numbers = {key: each for key, each in version.said.get("numbers", {}).items() if key in site_models.SETTINGS}
    return OWN.validate_python({**version.said, "numbers": numbers}, strict=False)


def shown(*, actor: Actor, model: UUID, at: datetime) -> SiteModelShown:
    """Return a site model with its versions; raises NoSiteModel. Three statements and the log's."""
    here = row(actor=actor, model=model)
    audit.consulted(actor, "rollout.site_model", at=at, count=1)
    rows = list(here.versions.order_by("number"))
    names = access_queries.names_of(each.saved_by for each in rows)
    begun = _begun()
    said = [own for own in map(own_of, rows) if own]
    versions = [
        VersionShown(own, each.saved_at, names[each.saved_by], each.reason, site_models.changed(before, own, begun))
        for each, own, before in zip(rows, said, (said[0], *said), strict=False)
    ]
    return SiteModelShown(
        here.pk, tuple(reversed(versions)), tuple(site_models.rows(said[-1], begun[said[-1].begun_from]))
    )


def _begun() -> dict[Model, Unit]:
    minutes = queries.recorded_minutes()
    return {each: queries.unit(each.value, Policy.HIGHEST_FIRST, minutes=minutes) for each in Model}


def assumed(model: Model) -> Unit:
    """Return the unit of one of the programme's sites, as a form says what stands where nothing is said."""
    return _begun()[model]


def played(*, actor: Actor, code: str, models: Sequence[OwnModel], at: datetime) -> tuple[str, list[Outlook]]:
    """Return an area's name and what two years of each site model come to there; raises UnknownArea, TeamRefused."""
    queries.require(actor)
    place = facts.area(code)
    audit.consulted(actor, "rollout.page", at=at, count=1)
    given = tuple((one.area, one.year, one.count) for one in CountGiven.objects.latest_of_each())
    demand = queries.demand_of(place, year=queries.financial_year_of(at), given=given)
    minutes, changes = queries.recorded_minutes(), CostGiven.objects.changes_of(code)
    return place.name, [
        outlook(own, queries.unit(own.begun_from.value, own.policy, minutes=minutes, changes=changes), demand)
        for own in models
    ]


def outlook(own: OwnModel, begun: Unit, demand: Demand) -> Outlook:
    return questions.outlook(own.unit(begun), own.team, demand, standard=own.standard)


def team_page(*, actor: Actor, code: str, asked: TeamDraft | None, at: datetime) -> TeamPage:
    """Return what a team can carry in an area, and which team its standard needs; with nothing asked, where to begin.

    Raises UnknownArea, TeamRefused.
    """
    queries.require(actor)
    audit.consulted(actor, "rollout.page", at=at, count=1)
    place = facts.area(code)
    given = tuple((one.area, one.year, one.count) for one in CountGiven.objects.latest_of_each())
    demand_here = queries.demand_of(place, year=queries.financial_year_of(at), given=given)
    minutes, changes = queries.recorded_minutes(), CostGiven.objects.changes_of(code)
    if asked is None:
        begun = queries.unit("cheshire", Policy.HIGHEST_FIRST, minutes=minutes, changes=changes)
        return TeamPage(place, TeamDraft.of(questions.suggested(begun, demand_here)), _named(begun))
    chosen = queries.unit(asked.model.value, asked.policy, minutes=minutes, changes=changes)
    return TeamPage(
        place,
        asked,
        _named(chosen),
        questions.outlook(chosen, asked.team, demand_here, standard=asked.standard),
        questions.needed(chosen, demand_here, standard=asked.standard, today=asked.team),
    )


def _named(unit: Unit) -> tuple[tuple[str, Assumed], ...]:
    return tuple((NAMES[key], one) for key, one in unit.assumed.items())
