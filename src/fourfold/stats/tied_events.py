"""Efron's sums over events that share a day, without a step for each event.

With s0 people at risk, of whom d (carrying d0) have the event, Efron (1977) removes the dying one share at a time:
s0 - (l/d) d0 for l = 0 .. d-1. Putting c = s0 d/d0, every sum over l of 1, l or l squared over a power of (c - l)
is a difference of the logarithm of the gamma function or of its derivatives, so a day on which five thousand people
have the event costs as much as a day with one. Few events, or few people left, are summed step by step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fourfold.stats.inputs import FloatArray, IntArray

MANY_EVENTS = 32
FAR_FROM_ZERO = 32.0  # the series below are exact to double precision beyond it


@dataclass(frozen=True, eq=False)
class StepSums:
    """Sums over the steps of each day, shape (days,), with p people at risk at a step and a = l/d.

    `first` sums 1/p, `first_a` a/p; `second` 1/p^2, `second_a` a/p^2, `second_aa` a^2/p^2; `log` log p.
    """

    first: FloatArray
    first_a: FloatArray
    second: FloatArray
    second_a: FloatArray
    second_aa: FloatArray
    log: FloatArray


def breslow_sums(at_risk: FloatArray, deaths: FloatArray) -> StepSums:
    """Sum as if everybody who has the event on a day had it before anybody else left (Breslow 1974)."""
    none = np.zeros_like(at_risk)
    return StepSums(deaths / at_risk, none, deaths / at_risk**2, none, none, deaths * np.log(at_risk))


def efron_sums(at_risk: FloatArray, dying: FloatArray, deaths: IntArray) -> StepSums:
    """Sum over Efron's steps of each day; all arguments have shape (days,) and `deaths` counts people."""
    sums = np.array(_columns(breslow_sums(at_risk, deaths.astype(float))))
    many = (deaths > MANY_EVENTS) & (dying > 0)
    many[many] = (at_risk[many] / dying[many] - 1) * deaths[many] + 1 > FAR_FROM_ZERO
    few = np.flatnonzero((deaths > 1) & ~many)
    sums[:, few] = _step_by_step(at_risk[few], dying[few], deaths[few])
    sums[:, many] = _at_once(at_risk[many], dying[many], deaths[many].astype(float))
    return StepSums(*sums)


def _columns(sums: StepSums) -> tuple[FloatArray, ...]:
    return sums.first, sums.first_a, sums.second, sums.second_a, sums.second_aa, sums.log


def _step_by_step(at_risk: FloatArray, dying: FloatArray, deaths: IntArray) -> FloatArray:
    if not deaths.size:
        return np.zeros((6, 0))
    starts = np.cumsum(deaths) - deaths
    place = np.arange(deaths.sum()) - np.repeat(starts, deaths)
    a = place / np.repeat(deaths, deaths)
    people = np.repeat(at_risk, deaths) - a * np.repeat(dying, deaths)
    inverse = 1 / people
    steps = (inverse, a * inverse, inverse**2, a * inverse**2, (a * inverse) ** 2, np.log(people))
    return np.array([np.add.reduceat(step, starts) for step in steps])


def _at_once(at_risk: FloatArray, dying: FloatArray, d: FloatArray) -> FloatArray:
    """Give the six sums from differences between c + 1 and c - d + 1."""
    k = d / dying
    c = at_risk * k
    y, x = c + 1, c - d + 1
    h, t, log = _harmonic(x, y, d), _second_order(x, y, d), _log_gamma(x, y, d)
    first_a, second_a = (c * h - d) / dying, k**2 / d * (c * t - h)
    second_aa = (c**2 * t - 2 * c * h + d) / dying**2
    return np.array([k * h, first_a, k**2 * t, second_a, second_aa, log - d * np.log(k)])


def _harmonic(x: FloatArray, y: FloatArray, d: FloatArray) -> FloatArray:
    """Give psi(y) - psi(x) where y = x + d (Abramowitz & Stegun 6.3.18)."""

    def rest(z: FloatArray) -> FloatArray:
        v = 1 / z**2
        return 1 / (2 * z) + v * (1 / 12 - v * (1 / 120 - v * (1 / 252 - v / 240)))

    return np.log1p(d / x) + rest(x) - rest(y)


def _second_order(x: FloatArray, y: FloatArray, d: FloatArray) -> FloatArray:
    """Give psi'(x) - psi'(y) where y = x + d (Abramowitz & Stegun 6.4.12)."""

    def rest(z: FloatArray) -> FloatArray:
        v = 1 / z**2
        return v / 2 + v / z * (1 / 6 - v * (1 / 30 - v * (1 / 42 - v / 30)))

    return d / (x * y) + rest(x) - rest(y)


def _log_gamma(x: FloatArray, y: FloatArray, d: FloatArray) -> FloatArray:
    """Give log gamma(y) - log gamma(x) where y = x + d (Abramowitz & Stegun 6.1.41)."""

    def rest(z: FloatArray) -> FloatArray:
        v = 1 / z**2
        return (1 / 12 - v * (1 / 360 - v * (1 / 1260 - v / 1680))) / z

    return (x - 0.5) * np.log1p(d / x) + d * np.log(y) - d + rest(y) - rest(x)
