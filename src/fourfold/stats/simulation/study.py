"""The study: many invented programmes, every method on each, and whether it reaches its marks.

Protocol and measures after Morris, White & Crowther 2019 (ADEMP), each with its Monte Carlo error. The random numbers of
a replication follow from the seed, the scenario and the replication's number, so that the answer does not depend on how
the work is shared out.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context

import numpy as np

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.simulation import by_area, by_person, by_scale, by_site
from fourfold.stats.simulation.methods import BIAS, COVERAGE, ERROR, FALSE_ALARMS, POWER, Method, Scenario
from fourfold.stats.terms import StatisticsError

SEED = 2026
SMOKE, FULL = 100, 1000
MCSES = 2.9  # 93 to 97 % is 2.9 Monte Carlo errors either side at a thousand replications
POWER_NEAR = 0.03
FAILURES = 0.005
CHUNK = 25
FIGURES = 6


@dataclass(frozen=True)
class Verdict:
    """How one method did in one scenario; `missed` names its missed marks, `as_expected` says whether that is no surprise.

    `coverage` is of the nominal 95 % interval, `rejected` the share of replications that called a difference at 5 %:
    false alarms where nothing was planted, power elsewhere. `error_ratio` is the mean model-based error over the spread
    of the estimates. Quantities that a method has not are None.
    """

    scenario: str
    method: str
    ours: bool
    replications: int
    failed: int
    truth: float
    bias: float
    bias_error: float
    spread: float
    error_ratio: float | None
    coverage: float
    rejected: float
    width: float
    missed: tuple[str, ...]
    as_expected: bool

    @property
    def coverage_error(self) -> float:
        """Give the Monte Carlo error of the coverage."""
        return math.sqrt(self.coverage * (1 - self.coverage) / max(self.replications - self.failed, 1))


def scenarios(*, thorough: bool = True) -> tuple[Scenario, ...]:
    """List every scenario of the study, in the order of the table; without the slow methods if not `thorough`."""
    every = (*by_person.scenarios(), *by_area.scenarios(), *by_site.scenarios(), *by_scale.scenarios())
    return every if thorough else tuple(one.hurried() for one in every)


def run(
    replications: int = FULL, *, only: tuple[str, ...] = (), thorough: bool = True, seed: int = SEED, workers: int = 1
) -> Iterator[tuple[Scenario, tuple[Verdict, ...]]]:
    """Study the scenarios one after the other, and give each with the verdict on every method as soon as it is known.

    `thorough` takes in the slow methods too; `workers` share the replications out, which changes no digit.
    Raises UnknownChoice for a scenario that is not there, OutOfRange for fewer than 20 replications.
    """
    inputs.whole_number("replications", replications, least=20)
    known = scenarios(thorough=thorough)
    for key in only:
        inputs.choice("only", key, [one.key for one in known])
    chosen = [one for one in known if not only or one.key in only]
    if workers == 1:
        yield from ((one, judged(one, replicate(one, range(replications), seed))) for one in chosen)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from ((one, judged(one, _shared_out(pool, one, replications, seed, thorough))) for one in chosen)


def _shared_out(pool: Executor, scenario: Scenario, replications: int, seed: int, thorough: bool) -> FloatArray:
    parts = [range(first, min(first + CHUNK, replications)) for first in range(0, replications, CHUNK)]
    futures = [pool.submit(_part, scenario.key, part, seed, thorough) for part in parts]
    return np.concatenate([future.result() for future in futures])


def _part(key: str, numbers: range, seed: int, thorough: bool) -> FloatArray:
    return replicate(next(one for one in scenarios(thorough=thorough) if one.key == key), numbers, seed)


def replicate(scenario: Scenario, numbers: range, seed: int = SEED) -> FloatArray:
    """Give, for each replication and method, truth, estimate, low, high, standard error and p-value (n, methods, 6).

    Not a number where a method refused; the error and p-value also where it has none.
    """
    found = np.full((len(numbers), len(scenario.methods), FIGURES), np.nan)
    for row, number in enumerate(numbers):
        rng = np.random.default_rng([seed, zlib.crc32(scenario.key.encode()), number])
        drawn = scenario.make(rng)
        for column, method in enumerate(scenario.methods):
            found[row, column] = _figures(method, drawn)
    return found


def _figures(method: Method, drawn: object) -> tuple[float, ...]:
    truth = method.true_value(drawn)
    try:
        said = method.run(drawn)
    except StatisticsError:
        return (truth, *[math.nan] * (FIGURES - 1))
    return (truth, said.estimate, said.low, said.high, _or_nan(said.standard_error), _or_nan(said.p_value))


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def judged(scenario: Scenario, found: FloatArray) -> tuple[Verdict, ...]:
    """Judge every method by its replications (n, methods, 6)."""
    return tuple(_verdict(scenario, method, found[:, column]) for column, method in enumerate(scenario.methods))


def _verdict(scenario: Scenario, method: Method, rows: FloatArray) -> Verdict:
    kept = rows[np.isfinite(rows[:, 1])]
    failed = len(rows) - len(kept)
    if len(kept) < 2:
        raise StatisticsError(scenario.key, f"{method.name} never gave an answer", "Look at its refusals")
    truth, estimate, low, high, error, p_value = kept.T
    off = estimate - truth
    spread = float(off.std(ddof=1))
    called = np.where(np.isfinite(p_value), p_value < 0.05, (low > 0) | (high < 0))
    numbers = Verdict(
        scenario=scenario.key, method=method.name, ours=not method.misses, replications=len(rows),
        failed=failed, truth=float(truth.mean()), bias=float(off.mean()),
        bias_error=spread / math.sqrt(len(kept)), spread=spread,
        error_ratio=float(error.mean()) / spread if spread and np.isfinite(error).all() else None,
        coverage=float(((low <= truth) & (truth <= high)).mean()), rejected=float(called.mean()),
        width=float(np.median(high - low)), missed=(), as_expected=False,
    )  # fmt: skip
    return _with_marks(method, numbers)


def _with_marks(method: Method, numbers: Verdict) -> Verdict:
    missed = tuple(_missed(method, numbers))
    expected = set(method.misses) <= set(missed) if method.misses else not missed
    return replace(numbers, missed=missed, as_expected=expected)


def _missed(method: Method, found: Verdict) -> Iterator[str]:
    """Name the marks that are missed by more than chance explains at this number of replications."""
    marks, count = method.marks, found.replications - found.failed
    if found.failed > FAILURES * found.replications:
        yield "refusals"
    if marks.bias is not None:
        allowed = max(3 * found.bias_error, marks.bias, 0.05 * abs(found.truth))
        if abs(found.bias) > allowed:
            yield BIAS
    if marks.coverage and not _within(found.coverage, marks.coverage, 0.95, count):
        yield COVERAGE
    if marks.error and found.error_ratio is not None:
        chance = MCSES / math.sqrt(2 * (count - 1))
        if not min(marks.error[0], 1 - chance) <= found.error_ratio <= max(marks.error[1], 1 + chance):
            yield ERROR
    if marks.false_alarms and found.truth == 0 and not _within(found.rejected, marks.false_alarms, 0.05, count):
        yield FALSE_ALARMS
    if marks.power is not None:
        chance = MCSES * math.sqrt(marks.power * (1 - marks.power) / count)
        if abs(found.rejected - marks.power) > max(POWER_NEAR, chance):
            yield POWER


def _within(share: float, band: tuple[float, float], nominal: float, count: int) -> bool:
    chance = MCSES * math.sqrt(nominal * (1 - nominal) / count)
    return min(band[0], nominal - chance) <= share <= max(band[1], nominal + chance)
