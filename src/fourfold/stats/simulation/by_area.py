"""Scenarios about areas: staggered starts among forces, and one area's long series."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fourfold import stats
from fourfold.stats.inputs import FloatArray, IntArray
from fourfold.stats.simulation.methods import BIAS, COVERAGE, FALSE_ALARMS, Marks, Method, Scenario
from fourfold.stats.terms import Estimate

FORCES, MONTHS = 43, 24
SERIES, BEGAN = 120, 84
MEMORY = 0.5


@dataclass(frozen=True, eq=False)
class Forces:
    """Log rates of every force and month, long, with the month in which the force began (0 never) and the truth."""

    outcome: FloatArray
    force: IntArray
    month: IntArray
    first: IntArray
    truth: float

    @property
    def began(self) -> FloatArray:
        """Mark the months in which a force had begun."""
        return ((self.first > 0) & (self.month >= self.first)).astype(float)


def scenarios() -> tuple[Scenario, ...]:
    """List the scenarios about areas."""
    return (_three_of_many(), _growing(), _one_series())


def panel(rng: np.random.Generator, first: IntArray, growth: float) -> Forces:
    """Invent a month's log rate for each force: its own level, a national course, and months that resemble the last.

    From `first` (forces,) on (0 never) the rate changes by `growth` for each month begun.
    """
    course = np.cumsum(rng.normal(0, 0.05, MONTHS))
    values = rng.normal(0, 0.5, FORCES)[:, None] + course + _serial(rng, (FORCES, MONTHS), 0.15)
    month = np.arange(MONTHS)
    begun = (first[:, None] > 0) * np.maximum(month - first[:, None] + 1, 0)
    effect = growth * begun
    truth = float(effect[begun > 0].mean())
    columns = (np.repeat(np.arange(FORCES), MONTHS), np.tile(month, FORCES), np.repeat(first, MONTHS))
    return Forces((values + effect).ravel(), *columns, truth)


def _serial(rng: np.random.Generator, shape: tuple[int, int], spread: float) -> FloatArray:
    """Give noise in which each month remembers half of the one before."""
    noise = rng.normal(0, spread, shape)
    for month in range(1, shape[1]):
        noise[:, month] = MEMORY * noise[:, month - 1] + math.sqrt(1 - MEMORY**2) * noise[:, month]
    return noise


def _three_of_many() -> Scenario:
    first = np.zeros(FORCES, dtype=int)
    first[:3] = (10, 13, 16)
    marks = Marks(error=None, coverage=None)
    return Scenario(
        "three-forces",
        "Three of 43 forces begin; no effect",
        lambda rng: panel(rng, first, 0.0),
        (
            Method("two-way fixed effects, errors by force", _two_way, 0.0, marks, (FALSE_ALARMS,)),
            Method("randomisation inference", _by_lot, 0.0, marks),
        ),
    )


def _growing() -> Scenario:
    first = np.zeros(FORCES, dtype=int)
    first[:28] = np.repeat((5, 9, 13, 17), 7)
    return Scenario(
        "growing-effect",
        "28 forces begin in four waves; the effect grows month by month",
        lambda rng: panel(rng, first, -0.03),
        (
            Method("two-way fixed effects, errors by force", _two_way, _truth, misses=(BIAS, COVERAGE)),
            Method("group-time effects, not yet treated", _group_time, _truth, Marks(error=None)),
        ),
    )


def _one_series() -> Scenario:
    return Scenario(
        "one-area",
        "One area, ten years of months with a trend; no effect",
        _series,
        (
            Method("mean after less mean before", _before_after, 0.0, misses=(BIAS, FALSE_ALARMS)),
            Method("segmented regression, Prais-Winsten", _prais_winsten, 0.0, misses=(FALSE_ALARMS,), thorough=True),
            Method("segmented regression, restricted likelihood", _restricted, 0.0, Marks(error=None)),
        ),
    )


def _series(rng: np.random.Generator) -> FloatArray:
    return np.asarray(0.01 * np.arange(SERIES) + _serial(rng, (1, SERIES), 0.1)[0])


def _truth(forces: Forces) -> float:
    return forces.truth


def _two_way(forces: Forces) -> Estimate:
    return stats.two_way_fixed_effects(forces.outcome, forces.force, forces.month, forces.began)


def _by_lot(forces: Forces) -> Estimate:
    test = stats.randomisation_test(forces.outcome, forces.force, forces.month, forces.first, resamples=199)
    return test.estimate


def _group_time(forces: Forces) -> Estimate:
    fit = stats.group_time_effects(forces.outcome, forces.force, forces.month, forces.first, controls="not yet treated")
    return fit.aggregate("simple").overall


def _before_after(series: FloatArray) -> Estimate:
    after = (np.arange(SERIES) >= BEGAN).astype(int)
    return stats.mean_difference(series, after)


def _prais_winsten(series: FloatArray) -> Estimate:
    return stats.segmented_regression(series, BEGAN, errors="Prais-Winsten", slope=False).level


def _restricted(series: FloatArray) -> Estimate:
    return stats.segmented_regression(series, BEGAN, errors="restricted likelihood", slope=False).level
