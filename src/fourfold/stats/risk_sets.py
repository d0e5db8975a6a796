"""Who was at risk when: the counts under every survival estimate.

A person is at risk at t when entry < t <= time. The first inequality is strict, so that a person whose
second episode starts the moment the first one ends is never counted twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fourfold.stats.inputs import FloatArray, IntArray, sums


@dataclass(frozen=True, eq=False)
class RiskTable:
    """Weighted counts on a grid of times, all of shape (times,); `events` has shape (causes, times)."""

    time: FloatArray
    at_risk: FloatArray
    events: FloatArray
    leaving: FloatArray

    def hazards(self) -> FloatArray:
        """Give events over people at risk, shape (causes, times); 0 where nobody is at risk."""
        return np.divide(self.events, self.at_risk, out=np.zeros_like(self.events), where=self.at_risk > 0)


def weighed(
    time: FloatArray, cause: IntArray, entry: FloatArray | None, weights: FloatArray
) -> tuple[FloatArray, IntArray, FloatArray | None, FloatArray]:
    """Leave out the rows that weigh nothing: nobody was followed for as long as they were."""
    kept = weights > 0
    if kept.all():
        return time, cause, entry, weights
    return time[kept], cause[kept], None if entry is None else entry[kept], weights[kept]


def risk_table(
    time: FloatArray, cause: IntArray, causes: int, entry: FloatArray | None, weights: FloatArray
) -> RiskTable:
    """Count people at risk and events of each cause (1..causes; 0 is censored) at every time that matters.

    The grid holds all ends and all late entries, so the number at risk is constant between its points.
    """
    grid = event_grid(time, entry)
    place = np.searchsorted(grid, time)
    events = np.stack([sums(place, weights * (cause == k), grid.size) for k in range(1, causes + 1)])
    leaving = sums(place, weights, grid.size)
    return RiskTable(grid, at_risk(grid, time, entry, weights), events, leaving - events.sum(axis=0))


def event_grid(time: FloatArray, entry: FloatArray | None) -> FloatArray:
    """Give the sorted distinct times at which the number at risk can change."""
    if entry is None:
        return np.unique(time)
    return np.unique(np.concatenate([time, entry[entry > np.min(entry)]]))


def at_risk(grid: FloatArray, time: FloatArray, entry: FloatArray | None, weights: FloatArray) -> FloatArray:
    """Sum the weight of the people with entry < t <= time at each t of a sorted grid."""
    staying = _beyond(np.searchsorted(grid, time, side="right"), weights, grid.size)
    if entry is None:
        return staying
    return staying - _beyond(np.searchsorted(grid, entry, side="right"), weights, grid.size)


def _beyond(position: IntArray, weights: FloatArray, size: int) -> FloatArray:
    """Sum the weights of the rows whose position lies beyond each index."""
    binned = sums(position, weights, size + 1)
    return np.cumsum(binned[::-1])[::-1][1:]
