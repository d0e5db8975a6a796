"""What a stepped wedge can show: the error and the power of an immediate effect, of one averaged over time, of one point.

The mean of each area and period has a fixed effect of the period, a random one of the area, one of the area in that
period where correlation does not last, and the chance of its people (Hussey & Hughes 2007; Hooper et al. 2016 for what
does not last). An effect that grows or fades has a term for each period since the start (Kenny et al. 2022), and what is
asked of it is a weighted mean of these terms (Hughes et al. 2024). The error is that of generalised least squares.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.planning import upper_tail
from fourfold.stats.terms import NotIdentified, OutOfRange, UnknownChoice, WrongShape


def stepped_wedge_power(
    design: npt.ArrayLike,
    effect: float,
    *,
    people: npt.ArrayLike,
    correlation: float,
    total_deviation: float | None = None,
    within_deviation: float | None = None,
    deviation: None = None,
    lasting: float = 1.0,
    exposure: Sequence[float] | None = None,
    alpha: float = 0.05,
) -> float:
    """Give the power when areas start one after another; `design` (areas, periods) is 1 where an area has started.

    `effect` is in the unit of the deviation; `people`, `total_deviation` or `within_deviation` (never a bare
    `deviation`), `correlation`, `lasting` and `exposure` are those of `stepped_wedge_error`. Only a significant effect of the sign of `effect` counts: the tail on the other side, which
    some programs add, is left out. Source: Hussey & Hughes 2007, equation 8. Raises NotIdentified, OutOfRange.
    """
    error = stepped_wedge_error(
        design, people=people, correlation=correlation, total_deviation=total_deviation,
        within_deviation=within_deviation, deviation=deviation, lasting=lasting, exposure=exposure,
    )  # fmt: skip
    return float(scipy.special.ndtr(abs(inputs.finite("effect", effect)) / error - upper_tail(alpha)))


def stepped_wedge_error(
    design: npt.ArrayLike,
    *,
    people: npt.ArrayLike,
    correlation: float,
    total_deviation: float | None = None,
    within_deviation: float | None = None,
    deviation: None = None,
    lasting: float = 1.0,
    exposure: Sequence[float] | None = None,
) -> float:
    """Give the standard error of the effect of starting; `design` (areas, periods) is 1 where an area has started.

    `people` are new ones in each area and period: one number, or one for each (areas, periods). Give the
    standard deviation of people as exactly one of `total_deviation`, over all areas together (for shares
    sqrt(p (1 - p))), and `within_deviation`, inside one area in one period (Hussey & Hughes'
    sigma); a bare `deviation` is refused, as the two differ by the `correlation`, the intracluster one, of which the
    share `lasting` holds from period to period (the cluster autocorrelation). Without
    `exposure` the effect is immediate and constant; else `exposure` weighs the effects in the first, second, ... period
    since the start, and is scaled to a sum of one: all alike for the time-averaged effect, a single 1 for one point.
    Source: Hussey & Hughes 2007; Kenny et al. 2022. Raises NotIdentified where the design cannot tell the effect from
    the periods.
    """
    x = _design(design)
    total = _total(total_deviation, within_deviation, deviation, correlation)
    precision = precisions(
        _people(people, x.shape), deviation=total, correlation=correlation, lasting=lasting
    )  # (areas, periods, periods)
    terms, weights = (x[..., None], np.ones(1)) if exposure is None else _by_exposure(x, exposure)
    own = np.einsum("ite,itu,iuf->ef", terms, precision, terms)
    shared = np.einsum("itu,iue->te", precision, terms)
    information = own - shared.T @ np.linalg.solve(precision.sum(axis=0), shared)
    values, vectors = np.linalg.eigh(information)
    told = values > 1e-9 * np.abs(own).max()  # what is lost in the periods leaves noise of rounding behind
    along = vectors.T @ weights
    if np.abs(along[~told]).max(initial=0) > 1e-6:
        raise NotIdentified("design", "has all areas alike in every period", "Let areas start at different times")
    return math.sqrt(float((along[told] ** 2 / values[told]).sum()))


def precisions(people: FloatArray, *, deviation: float, correlation: float, lasting: float) -> FloatArray:
    """Return the inverse covariance of each area's means (areas, periods, periods); `people` (areas, periods).

    Of the variance between people, the square of `deviation`, an area shares the part `correlation`. Raises OutOfRange.
    """
    for name, share in (("correlation", correlation), ("lasting", lasting)):
        if not 0 <= inputs.number(name, share) <= 1 or (name == "correlation" and share == 1):
            raise OutOfRange(name, f"is {share}", "Give a share from 0 to 1; a correlation stays under 1")
    total, each = inputs.positive("deviation", deviation) ** 2, np.eye(people.shape[1])
    shared = total * correlation * (lasting + (1 - lasting) * each)
    return np.linalg.inv(shared + each * (total * (1 - correlation) / people)[:, None, :])


def _total(total: float | None, within: float | None, bare: float | None, correlation: float) -> float:
    """Read the deviation between all people; refuse one of which nobody can tell whether areas' own levels are in it."""
    if bare is not None or (total is None) is (within is None):
        raise UnknownChoice(
            "deviation",
            "may be that of all people, or that inside one area",
            "Give `total_deviation` (of all people) or `within_deviation` (inside an area), one of the two",
        )
    if within is None:
        return inputs.positive("total_deviation", total if total is not None else 0.0)
    if not 0 <= inputs.number("correlation", correlation) < 1:
        raise OutOfRange("correlation", f"is {correlation}", "Give a share from 0 to 1; a correlation stays under 1")
    return inputs.positive("within_deviation", within) / math.sqrt(1 - correlation)


def _design(design: npt.ArrayLike) -> FloatArray:
    x = inputs.numbers("design", design)
    if x.ndim != 2 or not x.size or not np.isin(x, (0, 1)).all():
        raise WrongShape("design", f"has shape {x.shape} or other values than 0 and 1", "Give areas by periods")
    return x


def _people(people: npt.ArrayLike, shape: tuple[int, ...]) -> FloatArray:
    read = inputs.numbers("people", people)
    if read.shape not in ((), shape):
        raise WrongShape(
            "people", f"has shape {read.shape}, the design {shape}", "Give one number, or one for each cell"
        )
    if not (np.isfinite(read) & (read > 0)).all():
        raise OutOfRange("people", "holds a number that is not above zero", "Give people in each area and period")
    return np.broadcast_to(read, shape)


def _by_exposure(x: FloatArray, exposure: Sequence[float]) -> tuple[FloatArray, FloatArray]:
    """Return a term for each period since the start (areas, periods, exposures), and the weights that sum to one."""
    since = np.cumsum(x, axis=1) * x
    longest = int(since.max(initial=0))
    weights = inputs.column("exposure", exposure)
    if weights.size > longest or weights.sum() <= 0:
        raise OutOfRange(
            "exposure",
            f"has {weights.size} weights with the sum {weights.sum():g}; the longest start is {longest} periods back",
            "Weigh only periods since the start that the design has",
        )
    weights = np.concatenate([weights, np.zeros(longest - weights.size)])
    return (since[..., None] == np.arange(1, longest + 1)).astype(float), weights / weights.sum()
