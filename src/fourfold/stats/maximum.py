"""Newton's climb to the top of a log-likelihood, and the refusals where it has no top."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fourfold.stats.inputs import FloatArray
from fourfold.stats.terms import NotConverged, NotIdentified

ITERATIONS = 60
ROWS_AT_A_TIME = 4_096  # a stretch of ten covariates that stays in the processor's cache
SETTLED = 1e-9
NO_GAIN = 1e-5  # in log-likelihood for an event: nothing that anybody would call evidence
EMPTIED = 1e-6  # of the information at the start: nobody at risk differs any more
STILL_MOVING = 0.05  # in the linear predictor, between the two most different rows


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A log-likelihood at one point, with its score (q,) and information (q, q)."""

    log_likelihood: float
    score: FloatArray
    information: FloatArray


@dataclass(frozen=True, eq=False)
class Maximum:
    """Where the climb ended, what it found there, and in how many steps."""

    beta: FloatArray
    top: Evaluation
    iterations: int


def climb(
    at: Callable[[FloatArray], Evaluation],
    start: FloatArray,
    names: tuple[str, ...],
    reach: FloatArray,
    *,
    weight: float = 1.0,
) -> Maximum:
    """Climb from `start` (q,), halving steps that overshoot, until no parameter moves by more than 1e-9.

    `reach` (q,) is the distance between a covariate's largest and smallest value, `weight` what one event weighs, in
    which gains are measured. Raises NotIdentified where the
    likelihood has stopped rising while the parameters still move (a covariate separates those with events from
    those without), NotConverged after 60 steps.
    """
    beta, here = start, at(start)
    first = np.diag(here.information)
    for iteration in range(1, ITERATIONS + 1):
        step = _step(here, names)
        after, step = _shortened(at, beta, here, step, weight)
        gain = after.log_likelihood - here.log_likelihood
        beta, here = beta + step, after
        if np.abs(step).max() < SETTLED:
            _require_information(here, first, names)
            return Maximum(beta, here, iteration)
        if gain < NO_GAIN * weight and (np.abs(step) * reach).max() > STILL_MOVING:
            raise separated(step * reach, names)
    raise NotConverged("covariates", f"gave no answer in {ITERATIONS} steps", "Look for extreme values or rare groups")


def require_identified(information: FloatArray, events: float, names: tuple[str, ...]) -> None:
    """Refuse covariates that never differ among the people at risk, or that repeat one another.

    `information` is that of covariates scaled to a standard deviation of one, at no effect.
    """
    diagonal = np.diag(information)
    flat = diagonal <= 1e-9 * events
    if flat.any():
        problem = "never differs among the people at risk when an event happens"
        raise NotIdentified(_named(names, flat), problem, "Leave it out or follow people for longer")
    values, vectors = np.linalg.eigh(information / np.sqrt(np.outer(diagonal, diagonal)))
    if values[0] < 1e-9:
        repeated = [name for name, part in zip(names, vectors[:, 0], strict=True) if abs(part) > 0.05]
        raise NotIdentified("covariates", f"{', '.join(repeated)} repeat one another", "Leave one of them out")


def separated(movement: FloatArray, names: tuple[str, ...]) -> NotIdentified:
    """Word the refusal of a covariate whose effect has no finite estimate."""
    size = np.abs(movement)
    known = np.isfinite(size).all()
    name = _named(names, size == size.max()) if known else f"covariates[{', '.join(names)!r}]"
    problem = "separates those with events from those without, so its ratio is infinite or zero"
    return NotIdentified(name, problem, "Merge rare groups or leave it out, and report the counts")


def scaled(
    x: FloatArray, counts: FloatArray, names: tuple[str, ...]
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Centre and scale covariates (rows, q) for a steady climb; give them as (q, rows), centre, scale and reach.

    Raises NotIdentified for a covariate that is the same in every row.
    """
    across, people = np.empty(x.shape[::-1]), counts.sum()
    centre, scale = counts @ x / people, np.empty(x.shape[1])
    for start in range(0, x.shape[0], ROWS_AT_A_TIME):
        across[:, start : start + ROWS_AT_A_TIME] = x[start : start + ROWS_AT_A_TIME].T
    across -= centre[:, None]
    for j in range(centre.size):
        scale[j] = np.sqrt(counts @ across[j] ** 2 / people)
        if scale[j] <= 1e-12 * max(abs(centre[j]), 1e-300):
            raise NotIdentified(f"covariates[{names[j]!r}]", "is the same in every row", "Leave it out")
    across /= scale[:, None]
    return across, centre, scale, np.ptp(across, axis=1)


def _require_information(here: Evaluation, first: FloatArray, names: tuple[str, ...]) -> None:
    """Refuse a top at which a parameter's information has run out: the likelihood is flat there, and no error is one."""
    left = np.diag(here.information) / np.where(first > 0, first, 1)
    if (left < EMPTIED).any():
        raise separated((left < EMPTIED).astype(float), names)


def _named(names: tuple[str, ...], wrong: npt.NDArray[np.bool_]) -> str:
    return f"covariates[{names[int(np.argmax(wrong))]!r}]"


def _step(here: Evaluation, names: tuple[str, ...]) -> FloatArray:
    try:
        step = np.linalg.solve(here.information, here.score)
    except np.linalg.LinAlgError as singular:
        raise separated(here.score, names) from singular
    if not np.isfinite(step).all():
        raise separated(here.score, names)
    return step


def _shortened(
    at: Callable[[FloatArray], Evaluation], beta: FloatArray, here: Evaluation, step: FloatArray, weight: float
) -> tuple[Evaluation, FloatArray]:
    slack = 1e-12 * (weight + abs(here.log_likelihood))
    for _ in range(40):
        after = at(beta + step)
        if after.log_likelihood >= here.log_likelihood - slack:
            return after, step
        step = step / 2
    return here, np.zeros_like(step)
