"""Which queues grow without end, in how many possible demands, and which change would end that. Nothing is played for it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fourfold.rollout.capacity.terms import Demand, Profession, Stage, Team
from fourfold.rollout.capacity.unit import CALENDAR_DAYS, PLACES, POOLS, Unit, heard, needs_by_place, network
from fourfold.stats.inputs import FloatArray
from fourfold.words import sentence

#: No wait is given where a queue grows without end on average, or in more than this share of the demands: what people would wait in
#: two years says then how long was played, not how long it takes.
MOST = 0.25


@dataclass(frozen=True, eq=False)
class Growing:
    """By place: posts, or sittings, that the work fills over those there are, in each demand and on average; 1 and more grows."""

    unit: Unit
    team: Team
    filled: dict[str, FloatArray]
    on_average: dict[str, float]

    @classmethod
    def of(cls, unit: Unit, team: Team, demand: Demand) -> Growing:
        """Return what each demand drawn comes to with a team."""
        pairs = zip(demand.referrals, demand.crimes, strict=True)
        each = [_filled(unit, team, came, crimes) for came, crimes in pairs]
        middle = _filled(unit, team, float(np.mean(demand.referrals)), float(np.mean(demand.crimes)))
        return cls(unit, team, {place: np.array([one[place] for one in each]) for place in middle}, middle)

    def in_demands(self, place: str) -> int:
        """Return in how many of the demands the queue at a place grows without end."""
        return int((self.filled[place] >= 1).sum())

    @property
    def stuck(self) -> frozenset[str]:
        """Return the places of which no wait can be given."""
        return frozenset(
            place
            for place, filled in self.filled.items()
            if self.on_average[place] >= 1 or self.in_demands(place) > MOST * len(filled)
        )

    def said(self) -> Iterator[str]:
        """Yield a sentence for each profession, and for the panel, whose queue grows without end."""
        for each in Profession:
            if places := [place for place in POOLS[each] if place in self.stuck]:
                yield self._of_profession(each, places)
        if PANEL in self.stuck:
            yield self._of_panel()

    def _of_panel(self) -> str:
        heard = math.floor(100 / self.on_average[PANEL])
        over, of = self.in_demands(PANEL), len(self.filled[PANEL])
        if heard >= 100:
            return sentence(
                "Panel sittings: in {1} of {2} possible demands more cases come to them than can be heard, and the queue grows without end. "
                "No number of posts mends that: sit more often, or hear more at a sitting. No wait can be given for it, and none is shown.",
                over, of,
            )  # fmt: skip
        return sentence(
            "Panel sittings: of every 100 cases that come to one, {1} can be heard. The queue grows without end, and no number of "
            "posts mends that: sit more often, or hear more at a sitting. No wait can be given for it, and none is shown.",
            heard,
        )  # fmt: skip

    def _of_profession(self, profession: Profession, places: list[str]) -> str:
        stages = (each for each in Stage if PLACES[each] in places)
        screens = self.unit.working.screens_every_crime
        own = ", ".join(each.words for each in stages if screens or each is not Stage.SCREENING)
        posts = self.team.of(profession)
        worst = max(places, key=self.on_average.__getitem__)
        if self.on_average[worst] >= 1:
            return sentence(
                "{1}: the work that comes fills {2} posts, and there are {3}. The queue grows without end for: {4}. No wait can be "
                "given for it, and none is shown.",
                profession.words, f"{posts * self.on_average[worst]:.1f}", f"{posts:g}", own,
            )  # fmt: skip
        most = max(places, key=self.in_demands)
        return sentence(
            "{1}: in {2} of {3} possible demands the work that comes fills more than the {4} posts. The queue grows without end for: {5}. "
            "No wait can be given for it, and none is shown.",
            profession.words, self.in_demands(most), len(self.filled[most]), f"{posts:g}", own,
        )  # fmt: skip

    def at_times(self) -> Iterator[str]:
        """Yield a sentence where a queue grows without end in some of the demands, and its wait is given all the same."""
        some = [
            sentence("{1} in {2}", stage.words, self.in_demands(place))
            for stage, place in own_places()
            if place not in self.stuck and self.in_demands(place)
        ]
        if some:
            yield sentence(
                "Of {1} possible demands a queue grows without end in some: {2}. The waits shown are those of all of them.",
                len(self.filled[PANEL]), "; ".join(some),
            )  # fmt: skip

    def mends(self) -> Iterator[str]:
        """Yield each change that is needed, so that no queue grows without end on average and in three of four demands."""
        for each in Profession:
            if places := [place for place in POOLS[each] if place in self.stuck]:
                posts = self.team.of(each) * max(map(self._asked, places))
                yield sentence(
                    "{1}: {2} posts in place of {3}.", each.words, f"{_half_above(posts):g}", f"{self.team.of(each):g}"
                )
        if PANEL in self.stuck:
            yield self._sittings(self._asked(PANEL))

    def _sittings(self, load: float) -> str:
        every, at_once = self.unit.working.panel_every_days, int(self.unit.of("heard"))
        often = math.ceil(every / load) - 1
        often = often - often % int(CALENDAR_DAYS) if often >= CALENDAR_DAYS else often
        more = math.floor(at_once * load) + 1
        if often < 1:
            return sentence("Panel sittings: {1} cases heard at each in place of {2}.", more, at_once)
        return sentence(
            "Panel sittings: one every {1} days in place of every {2}, or {3} cases heard at each in place of {4}.",
            often, every, more, at_once,
        )  # fmt: skip

    def _asked(self, place: str) -> float:
        """Return how much of itself a place would have to be: on average, and in as many demands as may not be stuck."""
        filled = np.sort(self.filled[place])
        return max(self.on_average[place], float(filled[len(filled) - 1 - int(MOST * len(filled))]))


PANEL = PLACES[Stage.PANEL]


def own_places() -> Iterator[tuple[Stage, str]]:
    """Yield each place once, under the stage that most of its people are at."""
    for stage in (Stage.TRIAGE, Stage.ASSESSMENT, Stage.PANEL, Stage.REVIEWS, Stage.ADVOCACY, Stage.THERAPY):
        yield stage, PLACES[stage]


def _filled(unit: Unit, team: Team, came: float, crimes: float) -> dict[str, float]:
    built = network(unit, referrals=came, crimes=crimes)
    places = needs_by_place(unit, built)
    by_place = {place: each for each in Profession for place in POOLS[each]}
    return {place: need / team.of(by_place[place]) for place, need in places.items()} | {PANEL: heard(built)}


def _half_above(posts: float) -> float:
    """Return the fewest half posts of which so many do not fill all."""
    return (math.floor(posts / 0.5) + 1) * 0.5
