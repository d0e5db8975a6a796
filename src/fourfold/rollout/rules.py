"""What an area should expect, from what was observed elsewhere. No framework, no clock, one seed."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from fourfold.rollout.terms import Area, AreaEstimate, Evidence, Figure, Observed, Range
from fourfold.words import sentence, words

DRAWS = 10_000
SEED = 20_261_124
LARGEST_SEEN = 2_000_000
SMALLEST_SEEN = 300_000


def estimate(
    area: Area,
    *,
    elsewhere: Iterable[Area],
    observed_in: Area,
    referrals: Observed,
    taken_on: Observed,
    direct_work: Observed,
    evidence: Evidence | None,
) -> AreaEstimate:
    """Return the expected yearly referrals, managed cases and direct work of `area`, each with its 90% range.

    Demand starts from the referral rate per resident that one unit observed, moved half-way (on the log scale) to what
    the area's own recorded stalking would give, where that figure is there. The range carries the counts behind the
    rates (Gamma and Beta with Jeffreys priors) and how much forces differ per head: a new area may lie anywhere in it.
    """
    dice = np.random.default_rng(SEED)
    spread = between_areas(elsewhere)
    rate = dice.gamma(referrals.count + 0.5, 1 / referrals.out_of, DRAWS)
    rate *= np.exp(dice.normal(0, spread, DRAWS)) * _own_crime(area, observed_in)
    demand = rate * area.population / 1000
    managed = demand * dice.beta(taken_on.count + 0.5, taken_on.out_of - taken_on.count + 0.5, DRAWS)
    direct = demand * dice.beta(direct_work.count + 0.5, direct_work.out_of - direct_work.count + 0.5, DRAWS)
    figures = (
        Figure("Referrals a year", _range(demand), _demand_words(area, referrals, spread)),
        Figure("Cases that the unit takes on a year", _range(managed), _share_words(taken_on)),
        Figure("People in direct psychological work a year", _range(direct), _share_words(direct_work)),
    )
    gaps = tuple(_gaps(area, evidence))
    return AreaEstimate(
        area=area,
        figures=figures,
        gaps=gaps,
        beyond=tuple(_beyond(area)),
        recommendation=tuple(_recommendation(area, figures, evidence)),
        conditions=CONDITIONS,
        evidence=tuple(_evidence_words(referrals, taken_on, direct_work, evidence)),
    )


CONDITIONS = words(
    (
        "Begin in one part of the area and record every referral from the first day, taken on or not.",
        "Keep the programme's shared data standard: level at entry, staff minutes by role, sessions planned and attended.",
        "Have an independent advocate for every victim before the first case is taken on.",
        "Register the question of the evaluation before the first outcome is looked at.",
        "Review the plan after 12 months against what was counted.",
    )
)


def between_areas(areas: Iterable[Area]) -> float:
    """Return how much areas differ per head: the standard deviation of the log of recorded stalking per resident.

    Uses 2019/20, before the recording rule of April 2020; an area without a count is left out, never taken as zero.
    """
    logs = [math.log(area.crimes_2019_20 / area.population) for area in areas if area.crimes_2019_20]
    return float(np.std(logs, ddof=1)) if len(logs) > 1 else 0.0


def _own_crime(area: Area, observed_in: Area) -> float:
    """Return the factor by which the area's own recorded stalking moves the rate: half-way on the log scale."""
    if not area.crimes_2019_20 or not observed_in.crimes_2019_20:
        return 1.0
    here, there = area.crimes_2019_20 / area.population, observed_in.crimes_2019_20 / observed_in.population
    return math.sqrt(here / there)


def _range(draws: np.ndarray) -> Range:
    low, middle, high = np.quantile(draws, (0.05, 0.5, 0.95))
    return Range(_readable(middle), _readable(low), _readable(high))


def _readable(value: float) -> int:
    """Round to what the uncertainty deserves: whole below 20, fives below 200, tens above."""
    step = 1 if value < 20 else 5 if value < 200 else 10
    return int(round(value / step) * step)


def _demand_words(area: Area, referrals: Observed, spread: float) -> str:
    per_thousand = referrals.count / referrals.out_of
    own = (
        f"moved half-way to the area's own {area.crimes_2019_20:,} recorded stalking crimes of 2019/20"
        if area.crimes_2019_20
        else "the area's own recorded stalking is missing, so residents alone are used"
    )
    return sentence(
        "{1} referrals {2} ({3} in the {4}); {5}; forces differ per head by a factor of {6} (one standard deviation)",
        f"{per_thousand:.2f}",
        referrals.unit,
        referrals.count,
        referrals.source,
        own,
        f"{math.exp(spread):.1f}",
    )


def _share_words(observed: Observed) -> str:
    return sentence("{1} {2} ({3}) in {4}", observed.count, observed.unit, f"{observed.out_of:.0f}", observed.source)


def _gaps(area: Area, evidence: Evidence | None) -> Iterable[str]:
    if area.crimes_2019_20 is None:
        yield "How many stalking crimes the force recorded: no figure was supplied. The figure is missing, not 0."
    if area.charges_apr_dec_2020 is None:
        yield "How many were charged: no figure."
    if area.orders_applied is None:
        yield "How many stalking protection orders were applied for: the force did not answer or is not in the source."
    if area.population_standing != "published":
        yield sentence("The number of residents is {1}; check it against the official table.", area.population_standing)
    yield "Residents are those of mid-2019 and crimes those of 2019/20; recording has changed since."
    yield "Referrals were counted in one unit, for ten months, over two boroughs: no second count of its kind is known."
    if evidence is None:
        yield "What management changes: no evaluation has been computed yet."


def _beyond(area: Area) -> Iterable[str]:
    if area.population > LARGEST_SEEN:
        yield sentence(
            "More residents ({1}) than the largest area whose unit has published a plan (2.0 million).",
            f"{area.population:,}",
        )
    if area.population < SMALLEST_SEEN:
        yield sentence(
            "Fewer residents ({1}) than any area with a unit: a neighbour's unit may serve it better.",
            f"{area.population:,}",
        )


def _recommendation(area: Area, figures: tuple[Figure, ...], evidence: Evidence | None) -> Iterable[str]:
    demand, managed, _ = (figure.range for figure in figures)
    yield (
        sentence(
            "{1} should plan for about {2} referrals a year, and be ready for anything between {3} and {4}. "
            "About {5} of them ({6} to {7}) would be taken on.",
            area.name,
            f"{demand.middle:,}",
            f"{demand.low:,}",
            f"{demand.high:,}",
            f"{managed.middle:,}",
            f"{managed.low:,}",
            f"{managed.high:,}",
        )
    )
    if evidence is None:
        yield "Whether a unit will mean fewer acts cannot be said: nothing has been computed yet."
        return
    yield evidence.concluded
    if evidence.ratio_in_new_area is not None:
        middle, low, high = evidence.ratio_in_new_area
        yield (
            sentence(
                "In a new area the hazard of another act under management may be multiplied by anything from {1} to "
                "{2} (middle {3}); {4} sites can promise no more than that.",
                f"{low:.2f}",
                f"{high:.2f}",
                f"{middle:.2f}",
                evidence.sites,
            )
        )
    if evidence.fewer_per_hundred is not None:
        yield _scenario(managed, evidence.fewer_per_hundred)
    strong = evidence.certainty >= 3
    yield (
        "We recommend to begin, step by step and measured, because the need is there whatever the effect; "
        + ("the evidence carries a full roll-out." if strong else "the evidence does not yet carry a full roll-out.")
    )


def _scenario(managed: Range, fewer: tuple[float, float, float]) -> str:
    middle, low, high = (round(managed.middle * share / 100) for share in fewer)
    return sentence(
        "If the effect were the one seen at the sites, about {1} of {2} managed cases a year would be spared "
        "another recorded act ({3} to {4}). This is a scenario, not a forecast.",
        f"{middle:,}",
        f"{managed.middle:,}",
        f"{low:,}",
        f"{high:,}",
    )


def _evidence_words(
    referrals: Observed, taken_on: Observed, direct_work: Observed, evidence: Evidence | None
) -> Iterable[str]:
    for one in (referrals, taken_on, direct_work):
        yield f"{one.what.capitalize()}: {one.count:,}, {one.source}."
    yield "Residents and recorded crime: see the sources of the facts."
    if evidence is not None:
        yield sentence(
            "Effect: {1} sites, certainty {2} of 4, data {3}.",
            evidence.sites,
            evidence.certainty,
            evidence.extract_sha256[:12],
        )
