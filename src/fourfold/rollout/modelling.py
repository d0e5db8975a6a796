"""A unit modelled with a team: what the page of a team shows, and site models of one's own with who changed what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.paging import Page, page_of
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.rollout import facts, queries, rules, site_models
from fourfold.rollout.answer import team
from fourfold.rollout.answer.terms import Number
from fourfold.rollout.capacity import questions
from fourfold.rollout.capacity.assumptions import NAMES
from fourfold.rollout.capacity.network import ready
from fourfold.rollout.capacity.terms import Assumed, Demand, Outlook, Policy, Profession, Standard, Team, TeamRefused
from fourfold.rollout.capacity.unit import Unit
from fourfold.rollout.economics import analysis, costs, model
from fourfold.rollout.economics.terms import Row
from fourfold.rollout.models import CostGiven, CountGiven, SiteModel, SiteModelVersion
from fourfold.rollout.site_models import OWN, NoSiteModel, OwnModel
from fourfold.rollout.terms import Model, Place, PlanRefused, TeamDraft, TeamPage
from fourfold.rollout.worked_out import Told, ToWorkOut, sought
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


def played(
    *, actor: Actor, code: str, models: Sequence[OwnModel], at: datetime
) -> tuple[str, list[Outlook] | ToWorkOut[list[Outlook]]]:
    """Return an area's name, and what two years of each site model come to there or how to play them: some seconds, a quarter of a
    minute where the engine must be compiled first. Raises UnknownArea, TeamRefused."""
    queries.require(actor)
    name = facts.area(code).name
    audit.consulted(actor, "rollout.page", at=at, count=1)
    asked = _asked_of(code, models, at)
    return name, sought(partial(_played, asked), "site models", asked)


def played_numbers(
    *, actor: Actor, code: str, models: Sequence[OwnModel], at: datetime
) -> list[dict[str, Number]] | ToWorkOut[list[dict[str, Number]]]:
    """Return what `played` gives of each site model as numbers with their curves and bridges, or how to work them out."""
    queries.require(actor)
    audit.consulted(actor, "rollout.page", at=at, count=1)
    asked = _asked_of(code, models, at)
    return sought(partial(_played_numbers, asked), "site models' numbers", asked)


Asked = tuple[Unit, Team, Demand, Standard]


def _asked_of(code: str, models: Sequence[OwnModel], at: datetime) -> list[Asked]:
    asked = []
    for own in models:
        begun, demand = _playing(code, own.begun_from, own.policy, at)
        unit = own.unit(begun)
        TeamRefused.refuse(questions.refused(unit, own.team, demand) or questions.standard_refused(own.standard))
        asked.append((unit, own.team, demand, own.standard))
    return asked


def _played_numbers(asked: Sequence[Asked], told: Told) -> list[dict[str, Number]]:
    every, each = len(asked) * (len(Profession) + 1), len(Profession) + 1
    told(0, every)
    ready()
    return [
        _numbers_of(one, lambda step, _, done=number * each: told(done + step, every))  # type: ignore[misc]
        for number, one in enumerate(asked)
    ]


def _numbers_of(asked: Asked, told: Told) -> dict[str, Number]:
    """Return the posts that the work fills, the share assessed in time, each wait, who waits at which month and the use of time."""
    unit, posts, demand, standard = asked
    found = questions.outlook(unit, posts, demand, standard=standard)
    played = list(team.played(unit, demand, posts, told, standard))
    sections = team.posts(unit, demand, found, ""), *team.waits(played, found, standard=standard)
    every = (*(one for section in sections for one in section.numbers), *team.of_page(played, unit, demand))
    return {one.key: one for one in every}


def _played(asked: Sequence[Asked], told: Told) -> list[Outlook]:
    told(0, len(asked) + 1)
    ready()
    found = []
    for number, (unit, posts, demand, standard) in enumerate(asked, start=1):
        told(number, len(asked) + 1)
        found.append(questions.outlook(unit, posts, demand, standard=standard))
    return found


def team_begun(*, actor: Actor, code: str, at: datetime) -> TeamPage:
    """Return where the page of a team begins: with the team that the expected work fills; raises UnknownArea, TeamRefused."""
    queries.require(actor)
    audit.consulted(actor, "rollout.page", at=at, count=1)
    unit, demand = _playing(code, Model.CHESHIRE, Policy.HIGHEST_FIRST, at)
    return TeamPage(facts.area(code), TeamDraft.of(questions.suggested(unit, demand)), _named(unit))


def team_asked(*, code: str, asked: TeamDraft, at: datetime) -> TeamPage | ToWorkOut[TeamPage]:
    """Return what a team can carry in an area and which team its standard needs, or how to work it out: some seconds, a quarter of a
    minute where the engine must be compiled first. Raises UnknownArea, TeamRefused."""
    unit, demand = _asked(code, asked, at)
    return sought(partial(_answered, facts.area(code), asked, unit, demand), "team asked", code, asked, unit, demand)


def team_numbers(*, code: str, asked: TeamDraft, at: datetime) -> dict[str, Number] | ToWorkOut[dict[str, Number]]:
    """Return a team's numbers with their curves and bridges, or how to work them out: the unit is played once more for each profession.

    Raises as `team_asked` does.
    """
    unit, demand = _asked(code, asked, at)
    prices = costs.shipped(CostGiven.objects.changes_of(code))
    return sought(partial(_numbered, asked, unit, demand, prices), "team numbers", asked, unit, demand, prices)


def _playing(code: str, model: Model, policy: Policy, at: datetime) -> tuple[Unit, Demand]:
    given = tuple((one.area, one.year, one.count) for one in CountGiven.objects.latest_of_each())
    demand = queries.demand_of(facts.area(code), year=queries.financial_year_of(at), given=given)
    minutes, changes = queries.recorded_minutes(), CostGiven.objects.changes_of(code)
    return queries.unit(model.value, policy, minutes=minutes, changes=changes), demand


def _asked(code: str, asked: TeamDraft, at: datetime) -> tuple[Unit, Demand]:
    unit, demand = _playing(code, asked.model, asked.policy, at)
    TeamRefused.refuse(questions.refused(unit, asked.team, demand) or questions.standard_refused(asked.standard))
    return unit, demand


#: The engine is made ready, the team is played, and the one that is needed is looked for.
STEPS = 3


def _answered(place: Place, asked: TeamDraft, unit: Unit, demand: Demand, told: Told) -> TeamPage:
    told(0, STEPS)
    ready()
    told(1, STEPS)
    found = questions.outlook(unit, asked.team, demand, standard=asked.standard)
    told(2, STEPS)
    needed = questions.needed(unit, demand, standard=asked.standard, today=asked.team)
    return TeamPage(place, asked, _named(unit), found, needed)


def _numbered(asked: TeamDraft, unit: Unit, demand: Demand, prices: Mapping[str, Row], told: Told) -> dict[str, Number]:
    steps = STEPS + len(Profession)
    told(0, steps)
    ready()
    found = questions.outlook(unit, asked.team, demand, standard=asked.standard)
    played = list(team.played(unit, demand, asked.team, lambda step, _: told(step + 1, steps), asked.standard))
    needed = questions.needed(unit, demand, standard=asked.standard, today=asked.team)
    every = (
        *team.posts(unit, demand, found, Word("as it was asked for")).numbers,
        *(one for section in team.waits(played, found, standard=asked.standard) for one in section.numbers),
        *team.of_page(played, unit, demand),
        *team.pay(needed, model.prices(prices, draws=analysis.DRAWS, seed=rules.SEED)),
    )
    return {one.key: one for one in every}


def _named(unit: Unit) -> tuple[tuple[str, Assumed], ...]:
    return tuple((NAMES[key], one) for key, one in unit.assumed.items())
