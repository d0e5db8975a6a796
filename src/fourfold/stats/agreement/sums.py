"""One machine for every coefficient: a smooth function of sums over cases, with its intervals.

A coefficient here is `value(S)` of sums `S = Σ m_p F_p`, where `F_p` is what one case with pattern p adds (`features`)
and `m_p` how many cases show it. Then resampling cases is redrawing `m`, leaving one out is `S − F_p`, and the
delta method needs the gradient of `value` alone, which the complex step gives to machine precision (Squire & Trapp
1998).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import inputs
from fourfold.stats.terms import OutOfRange

Sums = npt.NDArray[Any]  # shape (..., features), real or complex
INTERVALS = ("analytic", "percentile", "bca")
DRAWS, SEED = 1000, 2026
_STEP = 1e-30
_CELLS = 2_000_000


@dataclass(frozen=True)
class Statistic:
    """A coefficient as a function of sums. `features` has shape (patterns, features), `counts` (patterns,).

    `value` takes sums of shape (..., features) and gives shape (...), NaN where it has no value. `large_sample` says
    that the published variance divides by n and uses the normal law, else by n − 1 and Student's. `slope` is the
    derivative that a published variance takes in place of the exact one, as (feature, slope).
    """

    features: inputs.FloatArray
    counts: inputs.FloatArray
    value: Callable[[Sums], npt.NDArray[Any]]
    large_sample: bool = False
    slope: tuple[int, float] | None = None

    @property
    def sums(self) -> inputs.FloatArray:
        return self.counts @ self.features

    @property
    def cases(self) -> int:
        return int(self.counts.sum())

    def at_data(self) -> float:
        """Return the coefficient itself, NaN where it has no value."""
        with np.errstate(all="ignore"):
            return float(self.value(self.sums))


@dataclass(frozen=True)
class Limits:
    """An interval with how it was made: two-sided, clipped to the range of the coefficient."""

    low: float
    high: float
    method: str
    standard_error: float | None
    draws: int = 0
    seed: int | None = None
    undefined_draws: int = 0


@dataclass(frozen=True)
class How:
    """How an interval is wanted; read and checked once."""

    interval: str = "analytic"
    level: float = 0.95
    draws: int = DRAWS
    seed: int = SEED

    def __post_init__(self) -> None:
        inputs.choice("interval", self.interval, INTERVALS)
        inputs.share("level", self.level)
        for argument, least, value in (("draws", 100, self.draws), ("seed", 0, self.seed)):
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise OutOfRange(argument, f"is {value}", f"Give a whole number of at least {least}")


def limits(statistic: Statistic, how: How, *, lowest: float = -1.0, source: str = "") -> Limits:
    """Make the interval of a statistic that has a value; `source` names the published variance."""
    error = standard_error(statistic)
    if how.interval == "analytic":
        return _analytic(statistic, how, error, lowest, source)
    found = drawn(statistic, how)
    known = found[np.isfinite(found)]
    tails = _tails(statistic, how, known) if how.interval == "bca" else _plain_tails(how)
    low, high = np.quantile(known, tails) if known.size else (lowest, 1.0)
    name = "percentile" if how.interval == "percentile" else "BCa"
    return _clipped(
        statistic.at_data(), low, high, lowest, method=f"{name} bootstrap over cases", standard_error=error,
        draws=how.draws, seed=how.seed, undefined_draws=int(found.size - known.size),
    )  # fmt: skip


def standard_error(statistic: Statistic) -> float:
    """Give the delta method's standard error over cases."""
    influence = statistic.features @ _gradient(statistic)  # of one more case like this, shape (patterns,)
    n = statistic.cases
    squares = float(statistic.counts @ influence**2) - float(statistic.counts @ influence) ** 2 / n
    return float(np.sqrt(max(squares, 0.0) * (1 if statistic.large_sample else n / (n - 1))))


def drawn(statistic: Statistic, how: How) -> inputs.FloatArray:
    """Give the coefficient in each resample of as many cases, shape (draws,); NaN where it has no value."""
    rng = np.random.default_rng(how.seed)
    size = max(1, _CELLS // statistic.counts.size)
    found = []
    with np.errstate(all="ignore"):
        for start in range(0, how.draws, size):
            times = _times(rng, statistic, min(size, how.draws - start))
            found.append(statistic.value(times @ statistic.features))
    return np.concatenate(found)


def _times(rng: np.random.Generator, statistic: Statistic, draws: int) -> inputs.FloatArray:
    """Draw how often each pattern comes in a resample, shape (draws, patterns)."""
    n, patterns = statistic.cases, statistic.counts.size
    if patterns < n:
        return rng.multinomial(n, statistic.counts / n, size=draws).astype(float)
    chosen = rng.integers(0, n, size=(draws, n)) + np.arange(draws)[:, None] * n
    return np.bincount(chosen.ravel(), minlength=draws * n).reshape(draws, n).astype(float)


def _gradient(statistic: Statistic) -> inputs.FloatArray:
    sums = statistic.sums
    moved = sums + 1j * _STEP * np.eye(sums.size)
    with np.errstate(all="ignore"):
        gradient = np.nan_to_num(statistic.value(moved).imag / _STEP)
    if statistic.slope is not None:
        feature, slope = statistic.slope
        gradient[feature] = slope
    return gradient


def _analytic(statistic: Statistic, how: How, error: float, lowest: float, source: str) -> Limits:
    tail = 0.5 + how.level / 2
    reach = (
        float(scipy.special.ndtri(tail) if statistic.large_sample else scipy.special.stdtrit(statistic.cases - 1, tail))
        * error
    )
    estimate = statistic.at_data()
    return _clipped(
        estimate, estimate - reach, estimate + reach, lowest,
        method=source or "delta method over cases", standard_error=error,
    )  # fmt: skip


def _clipped(estimate: float, low: float, high: float, lowest: float, **more: Any) -> Limits:
    return Limits(min(max(float(low), lowest), estimate), max(min(float(high), 1.0), estimate), **more)


def _plain_tails(how: How) -> tuple[float, float]:
    return (0.5 - how.level / 2, 0.5 + how.level / 2)


def _tails(statistic: Statistic, how: How, known: inputs.FloatArray) -> tuple[float, float]:
    """Give the bias-corrected and accelerated tails (Efron 1987), the jackknife taken over cases."""
    estimate = statistic.at_data()
    below = ((known < estimate).sum() + (known == estimate).sum() / 2) / max(known.size, 1)
    middle = float(scipy.special.ndtri(np.clip(below, 0.5 / how.draws, 1 - 0.5 / how.draws)))
    speed = _acceleration(statistic)
    shifted = (middle + float(scipy.special.ndtri(tail)) for tail in _plain_tails(how))
    low, high = (float(scipy.special.ndtr(middle + z / (1 - speed * z))) for z in shifted)
    return (low, high)


def _acceleration(statistic: Statistic) -> float:
    with np.errstate(all="ignore"):
        without = statistic.value(statistic.sums - statistic.features)
    known, counts = np.isfinite(without), statistic.counts
    if not known.any():
        return 0.0
    away = np.average(without[known], weights=counts[known]) - without[known]
    spread = float(counts[known] @ away**2)
    return float(counts[known] @ away**3) / (6 * spread**1.5) if spread > 0 else 0.0
