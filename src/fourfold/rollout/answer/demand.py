"""What would come: each number of it from the draws that the estimate was made of, with where it begins and what moves it."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from fourfold.rollout import rules
from fourfold.rollout.answer.bridging import RANGE, bridge, curve
from fourfold.rollout.answer.terms import Bridge, Measure, Number, Section
from fourfold.rollout.rules import Demand, Expected, Units
from fourfold.rollout.terms import AreaEstimate, Figure, Observed, Range
from fourfold.words import Word, financial_year, sentence

TITLE = Word("From what was counted to what is expected")
#: The figures of an estimate, in their order.
RECORDED, REFERRALS, TAKEN_ON, DIRECT = KEYS = ("recorded", "referrals", "taken_on", "direct_work")


def section(
    estimate: AreaEstimate, found: Expected, *, demand: Demand, units: Units, assumed: Mapping[str, int]
) -> Section:
    """Return what would come in the year of `demand`, and what is foretold for the years before it."""
    parts = _Parts(estimate, found, demand, units, assumed)
    bridges = (
        parts.recorded(demand.year, estimate.figures[0].range.middle),
        parts.referrals(),
        parts.share(estimate.figures[2], units.taken_on, TAKEN_ON),
        parts.share(estimate.figures[3], units.direct_work, DIRECT),
    )
    figures = tuple(
        _number(key, one.what, one.range, one.at_most, made, one.because)
        for key, one, made in zip(KEYS, estimate.figures, bridges, strict=True)
    )
    return Section(
        Word("What would come"),
        sentence("Expected in {1}", financial_year(demand.year)),
        RANGE,
        (*figures, *parts.years(), parts.practice()),
        Word("counts and what is foretold from them"),
    )


def _number(key: str, what: str, within: Range, at_most: tuple[float, ...], made: Bridge, because: str = "") -> Number:
    chances = tuple(zip(map(float, at_most), (rules.CHANCES / 100).tolist(), strict=True))
    return Number(
        key, what, Measure.COUNT, within.middle, within.low, within.high, because, curve=chances, bridges=(made,)
    )


class _Parts:
    """The pieces that an estimate was made of, once more."""

    def __init__(
        self, estimate: AreaEstimate, found: Expected, demand: Demand, units: Units, assumed: Mapping[str, int]
    ) -> None:
        self.estimate, self.found, self.demand, self.units, self.assumed = estimate, found, demand, units, assumed
        self.place, self.series = estimate.place, demand.series
        self.at = [self.series.forces.index(code) for code in self.place.areas]

    def counted(self, *, until: int) -> tuple[int, float, float] | None:
        """Return the last year until one under the present rule that every force of the place counted, all of it, and the place's share."""
        years = [year for year in self.found.recorded if year <= until]
        known = [year for year in years if not np.isnan(self.series.in_year(year)[self.at]).any()]
        if not known:
            return None
        counts = self.series.in_year(max(known))[self.at]
        shares = [
            self.place.aged_16_plus(code) / self.series.people[at]
            for code, at in zip(self.place.areas, self.at, strict=True)
        ]
        return max(known), float(counts.sum()), float(np.dot(counts, shares))

    def recorded(self, year: int, shown: int) -> Bridge:
        """Lead from the last count, over each year since, to the offences of a year."""
        middle = {one: float(np.median(draws)) for one, draws in self.found.recorded.items()}
        counted, terms = self.counted(until=year), []
        if counted is None:
            first = min(middle)
            start, running = (
                (sentence("Foretold for {1}: no count is known", financial_year(first)), middle[first]),
                middle[first],
            )
        else:
            first, whole, running = counted
            start = (sentence("Counted in {1}", financial_year(first)), whole)
            if round(whole) != round(running):
                terms.append(
                    (Word("Districts of the force that are not meant, by people aged 16 and over"), running - whole)
                )
        for one in range(first + 1, year + 1):
            terms.append((sentence("Growth and chance to {1}", financial_year(one)), middle[one] - running))
            running = middle[one]
        return bridge(TITLE, start, terms, shown, Measure.COUNT)

    def referrals(self) -> Bridge:
        """Lead from what units counted for each resident to the referrals here."""
        shown, each = self.estimate.figures[1].range.middle, self.place.residents / 1000
        counted = self.units.referrals
        terms: list[tuple[str, float]] = []
        if len(self.place.areas) == 1 and self.place.areas[0] in counted:
            own = counted[self.place.areas[0]]
            running = each * own.count / own.out_of
            start = (Word("What the unit there counted for each resident"), running)
        else:
            running = each * math.exp(np.mean([math.log(one.count / one.out_of) for one in counted.values()]))
            start = (Word("What the units counted for each resident, in the middle between them"), running)
            theirs = np.mean([rules.force_practice(code, self.demand) for code in counted], axis=0)
            moved = running * (math.exp(float(np.median(self.found.practice - theirs)) / 2) - 1)
            terms.append((Word("Half-way to how the place itself records"), moved))
            running += moved
        if REFERRALS in self.assumed:
            assumed = running * (self.assumed[REFERRALS] / 100 - 1)
            terms.append((Word("Assumed in this plan"), assumed))
        return bridge(TITLE, start, terms, shown, Measure.COUNT)

    def share(self, figure: Figure, observed: Observed, key: str) -> Bridge:
        """Lead from the referrals to the share of them that is taken on, or treated."""
        came = self.estimate.figures[1].range.middle
        share = observed.count / observed.out_of
        terms: list[tuple[str, float]] = [
            (sentence("All but {1} of {2}", observed.count, f"{observed.out_of:.0f}"), -came * (1 - share))
        ]
        if key in self.assumed:
            terms.append((Word("Assumed in this plan"), came * (self.assumed[key] / 100 - share)))
        return bridge(TITLE, (Word("Referrals to the unit"), came), terms, figure.range.middle, Measure.COUNT)

    def years(self) -> tuple[Number, ...]:
        """Return what is foretold for other years, as the table of years shows it."""
        found = []
        for one in self.estimate.recorded:
            if one.foretold is not None and one.year != self.demand.year:
                at_most = tuple(
                    rules.readable(each) for each in np.quantile(self.found.recorded[one.year], rules.CHANCES / 100)
                )
                what = sentence("Stalking offences recorded in {1}", financial_year(one.year))
                made = self.recorded(one.year, one.foretold.middle)
                found.append(_number(f"recorded-{one.year}", what, one.foretold, at_most, made))
        return tuple(found)

    def practice(self) -> Number:
        """Return how many times as much is recorded here per head as in England and Wales."""
        draws = np.exp(self.found.practice)
        low, middle, high = (round(100 * round(float(each), 1)) for each in np.quantile(draws, (0.05, 0.5, 0.95)))
        counted, terms = self.counted(until=self.demand.year), []
        if counted is not None:
            year, _, here = counted
            everybody = self.series.in_year(year)
            known = ~np.isnan(everybody)
            national = everybody[known].sum() / self.series.people[known].sum()
            ratio = here / self.place.aged_16_plus() / national
            terms.append(
                (
                    sentence("What was counted for each resident aged 16 and over in {1}", financial_year(year)),
                    float(ratio - 1),
                )
            )
        return Number(
            "practice",
            Word("Recorded for each resident aged 16 and over, compared with England and Wales"),
            Measure.TIMES, middle, low, high,
            curve=curve(draws),
            bridges=(bridge(TITLE, (Word("As much as in England and Wales"), 1.0), terms, middle, Measure.TIMES),),
        )  # fmt: skip
