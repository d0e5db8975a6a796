"""What an area should expect, read together with what the evaluation has concluded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Avg, Count, QuerySet
from django.db.models.functions import Lower

from fourfold.access import queries as access_queries
from fourfold.access.paging import Page, page_of
from fourfold.access.terms import Permission, Refused
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.evaluation import queries as evaluation
from fourfold.evaluation.report.reading import ReleasedEffect
from fourfold.evaluation.terms import NotRegistered, PlanChanged
from fourfold.plan.models import StaffMinutes
from fourfold.programme.sites import shipped_site
from fourfold.rollout import demand, facts, rules
from fourfold.rollout.capacity import terms as capacity
from fourfold.rollout.capacity.assumptions import STEPS, Minutes, with_records
from fourfold.rollout.capacity.unit import Unit
from fourfold.rollout.demand import BackTest, Series
from fourfold.rollout.economics import costs, effects
from fourfold.rollout.economics.terms import Change
from fourfold.rollout.models import AreaPlan, AreaPlanVersion, CountGiven
from fourfold.rollout.terms import (
    Area,
    AreaEstimate,
    Counted,
    Evidence,
    Figure,
    NoPlan,
    OnMap,
    Place,
    PlanShown,
    PlanVersionShown,
    Range,
    UnknownArea,
)
from fourfold.stats.inputs import FloatArray
from fourfold.words import Word, packed, sentence, unpacked

LONDON = ZoneInfo("Europe/London")
#: Demands for which a team is played: enough for a range that holds nine in ten.
DRAWS = 60
Given = tuple[tuple[str, int, int], ...]


def areas(*, actor: Actor) -> list[Area]:
    require(actor)
    return list(facts.areas().values())


def area(*, actor: Actor, code: str) -> Place:
    require(actor)
    return facts.area(code)


def area_named(*, actor: Actor, text: str) -> Place:
    """Return the area of a code or a name; raises UnknownArea with the nearest names."""
    require(actor)
    return facts.named(text)


def place(*, actor: Actor, areas: Sequence[str], districts: Sequence[str]) -> Place:
    """Return the place of areas' and districts' codes; raises UnknownArea where one names none, PlaceRefused where two overlap."""
    require(actor)
    if not areas and not districts:
        raise UnknownArea("Choose an area or districts first.")
    return facts.chosen(areas, districts)


def districts_by_area(*, actor: Actor) -> list[Place]:
    """Return the 43 areas, each with its districts."""
    require(actor)
    return [facts.area(code) for code in facts.areas()]


def years_over(*, at: datetime) -> range:
    """Return the years that a count can be given for: under the present rule, and over."""
    return range(rules.RULE_OF_2020, financial_year_of(at))


def area_estimate(*, actor: Actor, code: str, at: datetime) -> AreaEstimate:
    """Return what one area should expect in the financial year of `at`; raises UnknownArea for a code that is none."""
    place = facts.area(code)
    require(actor)
    audit.consulted(actor, "rollout.page", at=at, count=1)
    return estimated(
        place, {}, financial_year_of(at), given=CountGiven.objects.latest_of_each(), seen=evidence(actor=actor, at=at)
    )


def estimated(
    place: Place, assumed: Mapping[str, int], year: int, *, given: Sequence[Counted], seen: Evidence | None
) -> AreaEstimate:
    """Return what a place should expect in a year under what a plan assumes. No statement."""
    return rules.estimate(
        place,
        demand=demanded_in(year, given),
        units=facts.UNITS,
        areas=[facts.areas()[area] for area in place.areas],
        evidence=seen,
        assumed=assumed,
    )


def expected(
    place: Place, year: int, *, assumed: Mapping[str, int] = MappingProxyType({}), given: Sequence[Counted] = ()
) -> rules.Expected:
    """Return the draws of the same. No statement."""
    return rules.expected(place, demand=demanded_in(year, given), units=facts.UNITS, assumed=assumed)


def demanded_in(year: int, given: Sequence[Counted]) -> rules.Demand:
    """Return what every force should expect to record up to a year, with the counts that were given. No statement."""
    series, foretold = foretold_with(tuple((one.area, one.year, one.count) for one in given), year)
    return rules.Demand(year, series, foretold, {(one.area, one.year): one.source for one in given})


# ---- maps, and where to start -------------------------------------------------------------------------------------


def areas_on_map(*, actor: Actor, at: datetime) -> tuple[OnMap, ...]:
    """Return the 43 areas with what each should expect to be recorded per head. One statement and the log's."""
    require(actor)
    audit.consulted(actor, "rollout.page", at=at, count=len(facts.areas()))
    demanded = demanded_in(financial_year_of(at), CountGiven.objects.latest_of_each())
    rates = 1000 * np.median(demanded.foretold[demanded.year], axis=0) / demanded.series.people
    by_code = dict(zip(demanded.series.forces, map(float, rates), strict=True))
    return tuple(
        OnMap(area.code, area.name, facts.outlines()[area.code], facts.area(area.code).residents, by_code[area.code])
        for area in facts.areas().values()
    )


def districts_on_map(place: Place, *, actor: Actor, at: datetime) -> tuple[OnMap, ...]:
    """Return the districts of a place, each with its share of what its force should expect. One statement."""
    require(actor)
    demanded = demanded_in(financial_year_of(at), CountGiven.objects.latest_of_each())
    expected = dict(zip(demanded.series.forces, np.median(demanded.foretold[demanded.year], axis=0), strict=True))
    people = dict(zip(demanded.series.forces, demanded.series.people, strict=True))
    return tuple(
        OnMap(
            one.code, one.name, facts.outlines()[one.code], one.residents,
            float(expected[one.area] * one.aged_16_plus / people[one.area]),
        )
        for one in place.districts
    )  # fmt: skip


# ---- saved plans --------------------------------------------------------------------------------------------------


def plans(*, actor: Actor, at: datetime, after: str = "") -> Page[AreaPlan]:
    """Return one's own plans and those that were shared, the newest first. One statement and the log's."""
    require(actor)
    page = page_of(AreaPlan.objects.open_to(actor), "-made_at", "id", after=after)
    audit.consulted(actor, "rollout.plans", at=at, count=len(page))
    return page


def plan_row(*, actor: Actor, plan: UUID) -> AreaPlan:
    """Return a plan that one made or that was shared; raises NoPlan."""
    require(actor)
    row = AreaPlan.objects.open_to(actor).filter(pk=plan).first()
    if row is None:
        raise NoPlan
    return row


def plan_shown(*, actor: Actor, plan: UUID, at: datetime, until: int | None = None) -> PlanShown:
    """Return a plan with its versions as they were saved (up to one, if so asked); raises NoPlan. Three statements and the log's."""
    row = plan_row(actor=actor, plan=plan)
    audit.consulted(actor, "rollout.plan", at=at, count=1)
    versions = row.versions.select_related("release_made", "site_model").defer(*_FILES)
    return _shown(row, actor, at, versions_until(versions, until))


def versions_until(versions: QuerySet[AreaPlanVersion], until: int | None) -> list[AreaPlanVersion]:
    """Return versions in their order, up to that with a number where one is given; raises NoPlan where there is none such."""
    found = [one for one in versions.order_by("number") if until is None or one.number <= until]
    if not found or until not in (None, found[-1].number):
        raise NoPlan
    return found


#: The files of a release, which a page does not read.
_FILES = tuple(f"release_made__{name}" for name in ("html", "numbers", "pdf", "docx"))


def _shown(row: AreaPlan, actor: Actor, at: datetime, versions: Sequence[AreaPlanVersion]) -> PlanShown:
    names = access_queries.names_of([row.made_by, *(version.saved_by for version in versions)])
    said = [
        _version_shown(version, before, names[version.saved_by])
        for version, before in zip(versions, (None, *versions), strict=False)
    ]
    try:
        place = place_of(row)
    except UnknownArea:
        place = None
    return PlanShown(
        id=row.pk,
        name=row.name,
        place=place,
        place_name=row.place,
        vintage=row.vintage,
        made_by=names[row.made_by],
        is_shared=row.shared_at is not None,
        is_mine=row.made_by == actor.staff,
        ended=tuple(_ended(row, place, at)) if place else (),
        outdated=versions[-1].facts_sha256 != facts.sha256(),
        versions=tuple(reversed(said)),
    )


def _ended(row: AreaPlan, place: Place, at: datetime) -> Iterator[str]:
    for name, day in facts.ended(place, at.astimezone(LONDON).date()):
        yield sentence(
            "{1} ended on {2}. The plan keeps the areas and districts of {3}, with which it was made. Make a new one for the "
            "areas of today.",
            name, f"{day:%-d %B %Y}", row.vintage,
        )  # fmt: skip


def names_of_savers(versions: Sequence[AreaPlanVersion]) -> dict[UUID, str]:
    """Return who saved the versions of a plan, by name; one statement."""
    return access_queries.names_of(version.saved_by for version in versions)


def stored(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """Return figures as a version of a plan keeps them."""
    return [
        asdict(one) | {"what": packed(one.what), "because": packed(one.because), "at_most": list(one.at_most)}
        for one in figures
    ]


def numbers_of(figures: Sequence[Mapping[str, Any]]) -> list[tuple[object, ...]]:
    """Return what makes figures equal: their numbers, whatever words their sources have by now."""
    return [(each["range"], each.get("at_most")) for each in figures]


def place_of(row: AreaPlan) -> Place:
    """Return the place of a plan as today's facts have it; raises UnknownArea where a district is no longer there."""
    return facts.area(row.area) if row.area else facts.place(row.districts)


def _version_shown(version: AreaPlanVersion, before: AreaPlanVersion | None, saved_by: str) -> PlanVersionShown:
    known = {key: number for key, number in version.assumed.items() if key in rules.ASSUMPTIONS}
    return PlanVersionShown(
        number=version.number,
        saved_at=version.saved_at,
        saved_by=saved_by,
        reason=version.reason,
        assumed=known,
        changed=_changed(version, before, known),
        figures=tuple(map(figure, version.figures)),
        year=version.year,
        release=version.release,
        site_model=_called(version),
        site_model_id=str(version.site_model.site_model_id) if version.site_model else "",
        unknown=tuple(sorted(set(version.assumed) - set(known))),
        released_at=version.release_made.released_at if hasattr(version, "release_made") else None,
    )


def _changed(
    version: AreaPlanVersion, before: AreaPlanVersion | None, known: Mapping[str, int]
) -> tuple[tuple[Word, str, str], ...]:
    years = (before.year if before else None, version.year)
    found = rules.changed(before.assumed if before else {}, known, years)
    then, now = (_called(one) or AS_NEEDED for one in (before or version, version))
    return found if then == now else (*found, (SITE_MODEL, then, now))


SITE_MODEL, AS_NEEDED = Word("Site model"), Word("the team that the standard needs")


def _called(version: AreaPlanVersion) -> str:
    one = version.site_model
    return sentence("“{1}”, version {2}", one.said["name"], one.number) if one else ""


def figure(stored: Mapping[str, Any]) -> Figure:
    """Return a figure as a version of a plan keeps it."""
    return Figure(
        what=unpacked(stored["what"]),
        range=Range(**stored["range"]),
        because=unpacked(stored["because"]),
        at_most=tuple(stored.get("at_most", ())),
    )


@lru_cache(maxsize=8)
def foretold_with(given: tuple[tuple[str, int, int], ...], last: int) -> tuple[Series, dict[int, FloatArray]]:
    """Return the series with the counts that were given, and its draws up to a year: half a second, once for each."""
    series = facts.offences().with_counts({(area, year): count for area, year, count in given})
    return series, demand.foretell(series, last, seed=rules.SEED)


def demand_of(place: Place, *, year: int, given: Given = (), draws: int = DRAWS) -> capacity.Demand:
    """Return draws of a year's referrals and crimes of a place: what a capacity question is asked of."""
    demand = rules.Demand(year, *foretold_with(given, year))
    return demand_in(rules.expected(place, demand=demand, units=facts.UNITS), year, draws=draws)


def demand_in(expected: rules.Expected, year: int, *, draws: int = DRAWS) -> capacity.Demand:
    """Return the same of what is expected; at least one of each: a draw of nought is a year that no queue has."""
    kinds = (expected.referred, expected.recorded[year])
    return capacity.Demand(*(tuple(float(max(each, 1.0)) for each in kind[:draws]) for kind in kinds))


def unit(
    model: str, policy: capacity.Policy, *, minutes: tuple[Minutes, ...] = (), changes: Sequence[Change] = ()
) -> Unit:
    """Return the unit of one of the programme's sites, paid as an area's price list has it, or raise NoSuchSite."""
    assumed = with_records(minutes) | costs.paid_as(costs.shipped(changes))
    return Unit(shipped_site(model).working, assumed, policy)


def recorded_minutes() -> tuple[Minutes, ...]:
    """Return staff minutes that the programme's units logged under the name of a step, added up over all sites."""
    found = (
        StaffMinutes.objects.unscoped("the mean time of a step, over all sites, from 30 entries on")
        .annotate(step=Lower("on_what"))
        .filter(step__in=STEPS)
        .values("step")
        .annotate(entries=Count("id"), cases=Count("case_id", distinct=True), mean=Avg("minutes"))
        .order_by("step")
    )
    return tuple(Minutes(row["step"], row["entries"], row["cases"], float(row["mean"])) for row in found)


@cache
def back_test() -> BackTest:
    """Return how the last year that every force counted would have been foretold the year before."""
    return demand.back_test(facts.offences(), facts.offences().years[-1], seed=rules.SEED)


def counted_since(given: Iterable[Counted] = ()) -> tuple[tuple[Counted, demand.Foretold], ...]:
    """Return counts of later years than every force counted, published or given, beside what had been foretold without them."""
    counts = {(one.year, one.area): one for one in (*facts.COUNTED_SINCE, *given)}
    series, drawn = foretold_with((), max(counts)[0])
    later = (one for key, one in sorted(counts.items()) if key[0] > series.years[-1])
    return tuple((one, demand.beside(series, drawn[one.year], one.area, one.count)) for one in later)


def counted_since_shown(*, actor: Actor) -> tuple[tuple[Counted, demand.Foretold], ...]:
    """Return the same with what forces gave here. One statement."""
    require(actor)
    return counted_since(CountGiven.objects.latest_of_each())


def financial_year_of(at: datetime) -> int:
    """Return the year, by the calendar year in which it begins, that an instant lies in."""
    day = at.astimezone(LONDON)
    return day.year if day.month >= 4 else day.year - 1


def area_name(code: str) -> str:
    """Return an area's name with its code; what is no area's code as it stands."""
    known = facts.areas().get(code)
    return f"{known.name} ({code})" if known else code


def area_words(*, actor: Actor, code: str, at: datetime) -> tuple[str, ...]:
    """Return what a report says an area should expect; nothing for no code or one that is none."""
    try:
        found = area_estimate(actor=actor, code=code, at=at)
    except UnknownArea:
        return ()
    figures = (
        f"{one.what}: about {one.range.middle:,}, between {one.range.low:,} and {one.range.high:,}; {one.because}."
        for one in found.figures
    )
    return (found.place.name, *figures, *(f"Not known: {gap}" for gap in found.gaps), *found.beyond)


def evidence(*, actor: Actor, at: datetime) -> Evidence | None:
    """Return what the latest evaluation says for a new area, or None where there is none.

    Of one whose plan is not the registered one nothing but that is said.
    """
    try:
        page = evaluation.latest_findings(actor=actor, at=at, to_plan_with=True)
    except (PlanChanged, NotRegistered) as why:
        return unusable(str(why))
    if page is None:
        return None
    found = page.findings
    middle = dict(found.predicted).get(0.5)
    return Evidence(
        concluded=found.concluded,
        certainty=found.certainty,
        fewer_per_hundred=_three(found.per_hundred.estimate, found.per_hundred.low, found.per_hundred.high),
        ratio_in_new_area=_three(middle.estimate, middle.low, middle.high) if middle else None,
        sites=len(found.sites),
        extract_sha256=page.extract_sha256,
    )


def unusable(why: str) -> Evidence:
    """Return what stands where what was evaluated cannot be used."""
    return Evidence(sentence("What was computed cannot be used here. {1}", why), 0, None, None, sites=0)


def evidence_of(released: ReleasedEffect) -> Evidence:
    """Return the same of a released report that was read from a file."""
    fewer = released.more and (-released.more[0], -released.more[2], -released.more[1])
    foreseen = {scale: ratio for scale, *ratio in released.foreseen}.get(effects.SCALE)
    return Evidence(
        concluded=released.said,
        certainty=released.certainty or 0,
        fewer_per_hundred=fewer,
        ratio_in_new_area=_three(*foreseen) if foreseen else None,
        sites=len(released.sites),
        extract_sha256=released.extract_sha256,
    )


def _three(estimate: float | None, low: float | None, high: float | None) -> tuple[float, float, float] | None:
    return None if estimate is None or low is None or high is None else (estimate, low, high)


def require(actor: Actor) -> None:
    """Raise Refused for whoever plans no roll-out."""
    if not access_queries.may(actor, Permission.ROLLOUT_VIEW):
        raise Refused("role", "Your role does not include planning a roll-out.")
