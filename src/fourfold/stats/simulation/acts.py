"""When acts happen: a Weibull hazard that the programme multiplies from the day it starts, turned into days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fourfold.stats.inputs import FloatArray, IntArray
from fourfold.stats.simulation.terms import YEAR, Programme


@dataclass(frozen=True, eq=False)
class Pace:
    """How fast each person's acts come (people,): yearly rate, Weibull shape, ratio while in, day on which it starts."""

    rate: FloatArray
    shape: float
    ratio: FloatArray
    start: FloatArray

    def spent(self, day: FloatArray) -> FloatArray:
        """Give the cumulative hazard at each person's day."""
        before, after = np.minimum(day, self.start) / YEAR, np.maximum(day, self.start) / YEAR
        begun = np.where(np.isinf(self.start), 0.0, self.start / YEAR) ** self.shape
        inside = np.where(np.isinf(self.start), 0.0, after**self.shape - begun)
        return np.asarray(self.rate * (before**self.shape + self.ratio * inside))

    def day_of(self, hazard: FloatArray) -> FloatArray:
        """Give the day on which each person's cumulative hazard reaches a value."""
        begun = np.where(np.isinf(self.start), np.inf, (self.start / YEAR) ** self.shape)
        needed = hazard / self.rate
        late = needed > begun
        needed[late] = begun[late] + (needed[late] - begun[late]) / self.ratio[late]
        return np.asarray(YEAR * needed ** (1 / self.shape))

    def of(self, people: IntArray) -> Pace:
        return Pace(self.rate[people], self.shape, self.ratio[people], self.start[people])


def first_acts(pace: Pace, luck: FloatArray) -> FloatArray:
    """Give the day of everybody's first act from standard exponential numbers (people,)."""
    return pace.day_of(luck.copy())


def all_acts(
    programme: Programme, pace: Pace, leaves: FloatArray, rng: np.random.Generator
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Give everybody's acts until they leave: whose, the day, and the day of return from custody that followed it."""
    who, today, found = np.arange(leaves.size), np.zeros(leaves.size), []
    while who.size:
        own = pace.of(who)
        day = own.day_of(own.spent(today) + rng.standard_exponential(who.size))
        stays = day < leaves[who]
        who, day = who[stays], day[stays]
        taken = rng.random(who.size) < programme.custody_after_act
        today = day + taken * rng.exponential(programme.custody_days, who.size)
        found.append((who, day, today))
        who, today = who[today < leaves[who]], today[today < leaves[who]]
    people, days, back = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((days, people))
    return people[order], days[order], back[order]
