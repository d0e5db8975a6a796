"""What an area should expect, from what was observed elsewhere. No framework, no clock, one seed."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from fourfold.rollout.demand import Series
from fourfold.rollout.terms import Area, AreaEstimate, Assumption, Evidence, Figure, Observed, Place, Range, Recorded
from fourfold.stats.inputs import FloatArray
from fourfold.words import Word, financial_year, sentence, words

SEED = 20_261_124
Dice = np.random.Generator
LARGEST_SEEN = 2_000_000
SMALLEST_SEEN = 300_000
#: The year in which the recording rule made most conduct of a former partner stalking: no trend runs across it.
RULE_OF_2020 = 2020
#: No further ahead than this is anything foretold.
FURTHEST = 5
#: Districts of one force differ per head by so much (one standard deviation of the log): an assumption, no counts are known.
LOCAL = 0.25
#: Of 100 referrals, those that the first unit took on.
TAKEN_ON = 32
#: What a plan may say in place of what was counted elsewhere.
ASSUMPTIONS = {
    each.key: each
    for each in (
        Assumption(
            "referrals",
            Word("Referrals, as a percentage of what was counted elsewhere"),
            Word("100 is the same for each resident, 150 is half as many again"),
            100,
            10,
            1000,
        ),
        Assumption(
            "taken_on",
            Word("Percentage of referrals that the unit takes on"),
            Word("The first unit took on 83 of 260, which is 32"),
            TAKEN_ON,
            1,
            100,
        ),
        Assumption(
            "direct_work",
            Word("Percentage of referrals that come into direct psychological work"),
            Word("A panel reviewed over 890 cases, and 47 came into it, which is 5: we take each case for a referral"),
            5,
            0,
            100,
        ),
    )
}
#: Units differ per head in what is referred to them by about so much before two of them are looked at.
BETWEEN_UNITS = 0.5


@dataclass(frozen=True, eq=False)
class Demand:
    """Offences by force: what was counted, on whose word, and the draws (draws, forces) for each year up to `year`."""

    year: int
    series: Series
    foretold: Mapping[int, FloatArray]
    said_by: Mapping[tuple[str, int], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Units:
    """What units counted: referrals, by the force area of the unit, and what became of them."""

    referrals: Mapping[str, Observed]
    taken_on: Observed
    direct_work: Observed


@dataclass(frozen=True, eq=False)
class Expected:
    """Draws (draws,) of what a place should expect in the year of `demand`; the same place in each draw of all of them.

    `recorded` are offences by year, `practice` the log of how much more is recorded there per head than nationally.
    """

    recorded: Mapping[int, FloatArray]
    practice: FloatArray
    referred: FloatArray
    managed: FloatArray
    direct: FloatArray


def expected(
    place: Place, *, demand: Demand, units: Units, assumed: Mapping[str, int] = MappingProxyType({}), own: Dice | None = None
) -> Expected:  # fmt: skip
    """Draw offences, referrals, managed cases and people in direct work of a year, from one seed.

    `assumed`: numbers of ASSUMPTIONS that stand in place of what was counted. `own`: dice for how the place differs from others,
    where several are added up; all else is then the same for all of them, draw by draw. Referrals start from what the units that counted them saw per resident, moved half-way (on the log scale) to how the
    place's own recording differs from theirs. Where the place is the area of one of these units, that count stands alone.
    """
    dice = np.random.default_rng(SEED)
    drawn = {one: _of_place(place, demand.series, draws, own or dice) for one, draws in demand.foretold.items()}
    practice = _practice(place, demand.series, demand.foretold[demand.year], drawn[demand.year])
    referred = place.residents / 1000 * _referral_rate(place, demand, practice, units.referrals, dice, own)
    referred *= assumed.get("referrals", 100) / 100
    managed = referred * _share(units.taken_on, dice, referred.size, assumed.get("taken_on"))
    direct = referred * _share(units.direct_work, dice, referred.size, assumed.get("direct_work"))
    return Expected(drawn, practice, referred, managed, direct)


def estimate(
    place: Place,
    *,
    demand: Demand,
    units: Units,
    areas: Iterable[Area],
    evidence: Evidence | None,
    assumed: Mapping[str, int] = MappingProxyType({}),
) -> AreaEstimate:
    """Return the offences, referrals, managed cases and direct work that `place` should expect in a year, with 90% ranges."""
    series, year = demand.series, demand.year
    found = expected(place, demand=demand, units=units, assumed=assumed)
    drawn, practice = found.recorded, found.practice
    referred_words = _demand_words(place, units.referrals)
    if "referrals" in assumed:
        referred_words = sentence("assumed in this plan: {1}% of {2}", f"{assumed['referrals']:,}", referred_words)
    figures = (
        _figure("Stalking offences that the police record", drawn[year], _recorded_words(place, series, year)),
        _figure("Referrals to the unit", found.referred, referred_words),
        _figure(
            "Cases that the unit takes on",
            found.managed,
            _share_words(units.taken_on, "referrals", assumed.get("taken_on")),
        ),
        _figure(
            "People in direct psychological work",
            found.direct,
            _share_words(units.direct_work, "reviewed cases, taken for referrals", assumed.get("direct_work")),
        ),
    )
    return AreaEstimate(
        place=place,
        recorded=tuple(_recorded(place, demand, drawn)),
        practice=_practice_words(place, practice),
        figures=figures,
        gaps=tuple(_gaps(place, series, areas, evidence, units.referrals)),
        beyond=tuple(_beyond(place)),
        recommendation=tuple(_recommendation(place, figures, evidence)),
        conditions=CONDITIONS,
        evidence=tuple(_evidence_words((*units.referrals.values(), units.taken_on, units.direct_work), evidence)),
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


def assumed_refused(assumed: Mapping[str, int], year: int, *, now: int) -> tuple[str, str] | None:
    """Return the field and the reason where a plan for `year` cannot assume these, in the financial year `now`."""
    if not now <= year <= now + FURTHEST:
        return "year", sentence("Choose a year from {1} to {2}", financial_year(now), financial_year(now + FURTHEST))
    for key, number in assumed.items():
        one = ASSUMPTIONS[key]
        if not one.least <= number <= one.most:
            return key, sentence("Enter a whole number from {1} to {2}", one.least, f"{one.most:,}")
    taken = assumed.get("taken_on", TAKEN_ON)
    if assumed.get("direct_work", 0) > taken:
        return "direct_work", sentence("No more can come into direct work than are taken on, which is {1}%", taken)
    return None


YEAR = Word("Year to plan for")


def changed(
    before: Mapping[str, int], after: Mapping[str, int], years: tuple[int | None, int]
) -> tuple[tuple[Word, str, str], ...]:
    """Return the year and what is assumed otherwise than before, each as it was and is; empty where nothing was said."""
    then, now = years
    moved = () if then in (None, now) else ((YEAR, financial_year(then or now), financial_year(now)),)
    return moved + tuple(
        (ASSUMPTIONS[key].words, said(before, key), said(after, key))
        for key in ASSUMPTIONS
        if before.get(key) != after.get(key)
    )


def said(assumed: Mapping[str, int], key: str) -> str:
    return f"{assumed[key]:,}" if key in assumed else sentence("{1}, as counted", ASSUMPTIONS[key].counted)


def count_refused(year: int, *, now: int) -> tuple[str, str] | None:
    """Return the field and the reason where a count of `year` cannot be taken in the financial year `now`."""
    if year >= now:
        return "year", sentence("{1} is not over. Give the count of a whole year.", financial_year(year))
    if year < RULE_OF_2020:
        return "year", "Recording changed in April 2020: counts of earlier years tell nothing about later ones"
    return None


def _of_place(place: Place, series: Series, draws: FloatArray, dice: np.random.Generator) -> FloatArray:
    """Return the draws (draws,) of a place: its share, by people aged 16 and over, of each force that serves it.

    Where it is a part of a force's area, nobody knows how much more or less is recorded there per head: `LOCAL`.
    """
    total = np.zeros(len(draws))
    for area in place.areas:
        at = series.forces.index(area)
        share = place.aged_16_plus(area) / series.people[at]
        local = np.exp(dice.normal(0, LOCAL * math.sqrt(max(1 - share, 0.0)), len(draws)))
        total += draws[:, at] * share * local
    return total


def _practice(place: Place, series: Series, everywhere: FloatArray, here: FloatArray) -> FloatArray:
    """Return, as a log (draws,), how much more the place records per head than England and Wales."""
    national = everywhere.sum(axis=1) / series.people.sum()
    return np.asarray(np.log(np.maximum(here, 0.5) / place.aged_16_plus() / national))


def _share(observed: Observed, dice: np.random.Generator, size: int, assumed: int | None) -> FloatArray:
    """Return draws of a share; where one is assumed, that one. What chance gives later is the same in both."""
    drawn = dice.beta(observed.count + 0.5, observed.out_of - observed.count + 0.5, size)
    return drawn if assumed is None else np.full(size, assumed / 100)


def _referral_rate(
    place: Place, demand: Demand, practice: FloatArray, referrals: Mapping[str, Observed], dice: Dice, here: Dice | None
) -> FloatArray:
    """Return draws of referrals for each thousand residents a year; with dice of the place's own, the mean of the units is drawn apart."""
    size = len(practice)
    if len(place.areas) == 1 and place.areas[0] in referrals:
        own = referrals[place.areas[0]]
        return dice.gamma(own.count + 0.5, 1 / own.out_of, size)
    units = list(referrals.values())
    logs = np.array([math.log(one.count / one.out_of) for one in units])
    spread = np.linspace(0.02, 2, 100)
    within = spread[:, None] ** 2 + np.array([1 / one.count for one in units])
    weight = np.exp(-(spread**2) / BETWEEN_UNITS**2 / 2) / np.sqrt(within.sum(axis=1))
    weight = weight * np.exp(-(((logs - logs.mean()) ** 2) / within).sum(axis=1) / 2) / np.sqrt(within.mean(axis=1))
    between = dice.choice(spread, size, p=weight / weight.sum())
    mean, of = dice.normal(size=size), len(units)
    apart = mean * math.sqrt(1 / of) + here.normal(size=size) if here else mean
    rate = logs.mean() + between * (1.0 if here else math.sqrt(1 + 1 / of)) * apart
    theirs = np.mean([force_practice(code, demand) for code in referrals], axis=0)
    return np.asarray(np.exp(rate + (practice - theirs) / 2))


def force_practice(code: str, demand: Demand) -> FloatArray:
    """Return, as a log (draws,), how much more a force records per head than England and Wales."""
    series, draws = demand.series, demand.foretold[demand.year]
    at = series.forces.index(code)
    national = draws.sum(axis=1) / series.people.sum()
    return np.asarray(np.log(np.maximum(draws[:, at], 0.5) / series.people[at] / national))


def _recorded(place: Place, demand: Demand, drawn: Mapping[int, FloatArray]) -> Iterable[Recorded]:
    """Return the place's years: counted where it is whole areas whose forces all counted, else foretold under the present rule."""
    series, said_by = demand.series, demand.said_by
    whole = all(place.aged_16_plus(area) == series.people[series.forces.index(area)] for area in place.areas)
    at = [series.forces.index(area) for area in place.areas]
    for year in sorted({*series.years, *drawn}):
        counts = series.in_year(year)[at]
        if whole and not np.isnan(counts).any():
            words = [said_by[area, year] for area in place.areas if (area, year) in said_by]
            yield Recorded(year, int(counts.sum()), None, "; ".join(words))
        else:
            yield Recorded(year, None, _range(drawn[year]) if year in drawn else None)


#: The chances for which a figure says the number that it does not exceed: 5%, 10%, ... 95%.
CHANCES = np.arange(5, 100, 5)


def _figure(what: str, draws: FloatArray, because: str) -> Figure:
    return Figure(what, _range(draws), because, tuple(map(readable, np.quantile(draws, CHANCES / 100))))


def _range(draws: np.ndarray) -> Range:
    low, middle, high = np.quantile(draws, (0.05, 0.5, 0.95))
    return Range(readable(middle), readable(low), readable(high))


def readable(value: float) -> int:
    """Round to what the uncertainty deserves: whole below 20, fives below 200, tens above."""
    step = 1 if value < 20 else 5 if value < 200 else 10
    return int(round(value / step) * step)


def _recorded_words(place: Place, series: Series, year: int) -> str:
    at = [series.forces.index(code) for code in place.areas]
    last = max(one for one in series.years if not np.isnan(series.in_year(one)[at]).all())
    return sentence(
        "foretold for {1} from counts to {2} and the national count of {3}",
        financial_year(year), financial_year(last), financial_year(max(series.national)),
    )  # fmt: skip


def _practice_words(place: Place, practice: FloatArray) -> str:
    low, middle, high = np.exp(np.quantile(practice, (0.05, 0.5, 0.95)))
    return sentence(
        "For each resident aged 16 and over, {2} times as much stalking is recorded in {1} as in England and Wales ({3} to "
        "{4}). Read this as how it is recorded there, not as how much of it there is.",
        place.name, f"{middle:.1f}", f"{low:.1f}", f"{high:.1f}",
    )  # fmt: skip


def _demand_words(place: Place, referrals: Mapping[str, Observed]) -> str:
    if len(place.areas) == 1 and place.areas[0] in referrals:
        return sentence("counted by the unit there: {1}", _count_words(referrals[place.areas[0]]))
    first, *others = (_count_words(one) for one in referrals.values())
    return sentence(
        "what two units counted, {1} and {2}, and how much they differ; moved half-way to how the place itself records",
        first,
        *others,
    )


def _count_words(observed: Observed) -> str:
    return sentence(
        "{1} for each 1,000 residents a year ({2}, {3})",
        f"{observed.count / observed.out_of:.2f}",
        observed.count,
        observed.source,
    )


def _share_words(observed: Observed, unit: str, assumed: int | None) -> str:
    if assumed is not None:
        return sentence("assumed in this plan: {1}% of referrals", assumed)
    return sentence("{1} of {2} {3} ({4})", observed.count, f"{observed.out_of:.0f}", unit, observed.source)


def _gaps(
    place: Place, series: Series, areas: Iterable[Area], evidence: Evidence | None, own: Container[str]
) -> Iterable[str]:
    for area in areas:
        counts = dict(zip(series.years, series.counts[series.forces.index(area.code)], strict=True))
        if missing := [financial_year(year) for year, count in counts.items() if math.isnan(count)]:
            yield sentence(
                "How many stalking offences {1} recorded in {2}: no figure was supplied. It is missing, not 0.",
                *(area.name, " and ".join(missing)),
            )
        if area.orders_applied is None:
            yield sentence(
                "How many stalking protection orders {1} applied for: the force did not answer or is not in the source.",
                area.name,
            )
    yield "Offences by force after 2021/22: no table was found. What stands for later years is foretold."
    if not all(place.aged_16_plus(code) == series.people[series.forces.index(code)] for code in place.areas):
        yield "Offences by district: no count is known. Each district has its share of the force’s by people aged 16 and over."
    yield "Referrals were counted in two units only. The second prints “Jan 15-Mar 14”: we read two months; were it a year, its rate would be a sixth."
    if len(place.areas) == 1 and place.areas[0] in own:
        yield "How referrals have grown since the unit here counted them, and differ by district: their range has neither in it."
    yield "Who comes into direct psychological work was counted of cases that a panel reviewed. Of cases taken on it would be a third as many."
    if evidence is None:
        yield "What management changes: no computed evaluation stands behind this."
    elif not evidence.sites:
        yield sentence("What management changes: {1}", evidence.concluded)


def _beyond(place: Place) -> Iterable[str]:
    if place.residents > LARGEST_SEEN:
        yield sentence(
            "More residents ({1}) than the largest area whose unit has published a plan (2.0 million).",
            f"{place.residents:,}",
        )
    if place.residents < SMALLEST_SEEN:
        yield sentence(
            "Fewer residents ({1}) than any area with a unit: a neighbour's unit may serve it better.",
            f"{place.residents:,}",
        )


def _recommendation(place: Place, figures: tuple[Figure, ...], evidence: Evidence | None) -> Iterable[str]:
    _, demand, managed, _ = (figure.range for figure in figures)
    yield sentence(
        "{1} should plan for about {2} referrals a year, and be ready for anything between {3} and {4}. "
        "About {5} of them ({6} to {7}) would be taken on.",
        place.name,
        *(f"{each:,}" for one in (demand, managed) for each in (one.middle, one.low, one.high)),
    )
    if evidence is None:
        yield "Whether a unit will mean fewer acts cannot be said: nothing has been computed yet."
        return
    yield evidence.seen
    if evidence.ratio_in_new_area is not None:
        middle, low, high = evidence.ratio_in_new_area
        yield sentence(
            "In a new area the hazard of another act under management may be multiplied by anything from {1} to "
            "{2} (middle {3}); {4} sites can promise no more than that.",
            *(f"{each:.2f}" for each in (low, high, middle)),
            evidence.sites,
        )
    if evidence.fewer_per_hundred is not None:
        yield _scenario(managed, evidence.fewer_per_hundred)
    strong = evidence.certainty >= 3
    yield (
        "We recommend to begin, step by step and measured, because the need is there whatever the effect; "
        + ("the evidence carries a full roll-out." if strong else "the evidence does not yet carry a full roll-out.")
    )


def _scenario(managed: Range, fewer: tuple[float, float, float]) -> str:
    middle, low, high = (f"{readable(managed.middle * share / 100):,}" for share in fewer)
    return sentence(
        "If the effect were the one seen at the sites, about {1} of {2} managed cases a year would be spared "
        "another recorded act ({3} to {4}). This is a scenario, not a forecast.",
        *(middle, f"{managed.middle:,}", low, high),
    )


def _evidence_words(observed: Iterable[Observed], evidence: Evidence | None) -> Iterable[str]:
    for one in observed:
        yield f"{one.what}: {one.count:,}, {one.source}."
    yield "Residents and districts: Office for National Statistics, mid-2024. Recorded crime: Home Office outcomes to 2021/22, by way of the BBC Shared Data Unit; national count of 2023/24: ONS table A4, by way of the House of Commons Library."
    if evidence is not None and evidence.sites:
        yield sentence(
            "Effect: {1} sites, certainty {2} of 4, data {3}.",
            evidence.sites,
            evidence.certainty,
            evidence.extract_sha256[:12],
        )
