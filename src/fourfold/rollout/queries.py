"""What an area should expect, read together with what the evaluation has concluded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from fourfold.access import queries as access_queries
from fourfold.access.terms import Permission, Refused
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.evaluation import queries as evaluation
from fourfold.rollout import demand, facts, rules
from fourfold.rollout.demand import BackTest, Series
from fourfold.rollout.models import CountGiven
from fourfold.rollout.terms import Area, AreaEstimate, Evidence, Place, UnknownArea
from fourfold.stats.inputs import FloatArray

LONDON = ZoneInfo("Europe/London")


def areas(*, actor: Actor) -> list[Area]:
    _require(actor)
    return list(facts.areas().values())


def area(*, actor: Actor, code: str) -> Place:
    _require(actor)
    return facts.area(code)


def districts_by_area(*, actor: Actor) -> list[Place]:
    """Return the 43 areas, each with its districts."""
    _require(actor)
    return [facts.area(code) for code in facts.areas()]


def years_over(*, at: datetime) -> range:
    """Return the years that a count can be given for: under the present rule, and over."""
    return range(rules.RULE_OF_2020, financial_year_of(at))


def area_estimate(*, actor: Actor, code: str, at: datetime) -> AreaEstimate:
    """Return what one area should expect in the financial year of `at`; raises UnknownArea for a code that is none."""
    return _estimate(facts.area(code), actor=actor, at=at)


def districts_estimate(*, actor: Actor, codes: Sequence[str], at: datetime) -> AreaEstimate:
    """Return the same for any districts, of one force or of several; raises UnknownArea where a code is no district."""
    return _estimate(facts.place(codes), actor=actor, at=at)


def _estimate(place: Place, *, actor: Actor, at: datetime) -> AreaEstimate:
    _require(actor)
    audit.consulted(actor, "rollout.page", at=at, count=1)
    given = tuple(CountGiven.objects.latest_of_each())
    year = financial_year_of(at)
    series, foretold = foretold_with(tuple((one.area, one.year, one.count) for one in given), year)
    return rules.estimate(
        place,
        demand=rules.Demand(year, series, foretold, {(one.area, one.year): one.source for one in given}),
        units=facts.UNITS,
        areas=[facts.areas()[area] for area in place.areas],
        evidence=evidence(actor=actor, at=at),
    )


@lru_cache(maxsize=8)
def foretold_with(given: tuple[tuple[str, int, int], ...], last: int) -> tuple[Series, dict[int, FloatArray]]:
    """Return the series with the counts that were given, and its draws up to a year: half a second, once for each."""
    series = facts.offences().with_counts({(area, year): count for area, year, count in given})
    return series, demand.foretell(series, last, seed=rules.SEED)


@cache
def back_test() -> BackTest:
    """Return how the last year that every force counted would have been foretold the year before."""
    return demand.back_test(facts.offences(), facts.offences().years[-1], seed=rules.SEED)


def financial_year_of(at: datetime) -> int:
    """Return the year, by the calendar year in which it begins, that an instant lies in."""
    day = at.astimezone(LONDON)
    return day.year if day.month >= 4 else day.year - 1


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
    """Return what the latest evaluation says for a new area, or None where there is none."""
    page = evaluation.latest_findings(actor=actor, at=at)
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


def _three(estimate: float | None, low: float | None, high: float | None) -> tuple[float, float, float] | None:
    return None if estimate is None or low is None or high is None else (estimate, low, high)


def _require(actor: Actor) -> None:
    if not access_queries.may(actor, Permission.ROLLOUT_VIEW):
        raise Refused("role", "Your role does not include planning a roll-out.")
