"""Whether the sites' effects follow a feature of the sites, such as staffing: only with ten sites or more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import inputs
from fourfold.stats.few_clusters import few_rows
from fourfold.stats.inputs import FloatArray
from fourfold.stats.intervals import Terms, chi_squared, normal_estimate, student_estimate
from fourfold.stats.least_squares import INTERCEPT, require_rank, solved
from fourfold.stats.pooling import INTERVALS, random_effects, read_sites
from fourfold.stats.terms import Estimate, NotIdentified, TestResult

FEWEST = 10


@dataclass(frozen=True, eq=False)
class MetaRegression(Terms):
    """Slopes in the effects' unit for each unit of a feature; the first name is the intercept.

    `tau_squared` is the variance left between sites, `explained` the share in percent that the features took from it,
    `heterogeneity` the test that none is left.
    """

    names: tuple[str, ...]
    slopes: tuple[Estimate, ...]
    tau_squared: float
    explained: float
    heterogeneity: TestResult
    method: str

    def term(self, name: str) -> Estimate:
        return self.slope(name)

    def slope(self, name: str) -> Estimate:
        """Give one slope. Raises UnknownChoice."""
        inputs.choice("name", name, self.names)
        return self.slopes[self.names.index(name)]


def meta_regression(
    estimates: npt.ArrayLike,
    standard_errors: npt.ArrayLike,
    features: Any,
    *,
    names: Sequence[str] | None = None,
    interval: str = "modified Knapp-Hartung",
    fewest: int = FEWEST,
    level: float = 0.95,
) -> MetaRegression:
    """Regress the sites' estimates (sites,) on features (a mapping, or (sites, features)) by REML.

    Viechtbauer 2005, 2010 (metafor). `interval` as in `random_effects`. `standard_errors` (sites,) in the estimates'
    unit. Raises NotIdentified with fewer than `fewest` sites, since with three sites any feature explains anything, and
    for collinear features.
    """
    inputs.choice("interval", interval, INTERVALS)
    y, v = read_sites(estimates, standard_errors)
    labels, x = inputs.covariates(features, names, y.size)
    design, terms = np.column_stack([np.ones(y.size), x]), (INTERCEPT, *labels)
    if y.size < max(inputs.number("fewest", fewest), design.shape[1] + 1):
        raise NotIdentified("estimates", f"are {y.size} sites", f"Compare features only over {fewest} sites or more")
    require_rank(design, terms)
    tau_squared = _reml(y, v, _basis(x))
    beta, covariance, q_total = _weighted(y, v + tau_squared, design)
    without = random_effects(estimates, standard_errors).tau_squared
    q = _weighted(y, v, design)[2]
    freedom = y.size - design.shape[1]
    method = f"random-effects meta-regression, REML, {interval}"
    scale = _scale(q_total / freedom, interval)
    errors = np.sqrt(scale * np.diag(covariance)).tolist()
    few = few_rows(
        labels, x, np.ones(y.size), "sites", "show those sites beside it, and `random_effects` of the others"
    )
    return MetaRegression(
        names=terms,
        slopes=tuple(
            replace(_estimate(b, e, freedom, interval, level, method), cautions=few)
            for b, e in zip(beta.tolist(), errors, strict=True)
        ),
        tau_squared=tau_squared,
        explained=100 * max(0.0, 1 - tau_squared / without) if without > 0 else 0.0,
        heterogeneity=chi_squared(q, freedom, "residual Q"),
        method=method,
    )


def _weighted(y: FloatArray, total: FloatArray, design: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    w = 1 / total
    fit = solved(y, design, w)
    beta, covariance = fit.coefficients, fit.covariance
    return beta, covariance, float(w @ (y - design @ beta) ** 2)


def _basis(x: FloatArray) -> FloatArray:
    """Return an orthonormal basis of a level and the features, (sites, 1 + features): far from zero nothing cancels."""
    return np.linalg.qr(np.column_stack([np.ones(x.shape[0]), x - x.mean(axis=0)]))[0]


def _slope(tau_squared: float, y: FloatArray, v: FloatArray, design: FloatArray) -> float:
    """Give the slope of the restricted log-likelihood over the variance between sites."""
    w = 1 / (v + tau_squared)
    beta, covariance, _ = _weighted(y, v + tau_squared, design)
    trace = w.sum() - np.einsum("ij,jk,ik,i->", design, covariance, design, w**2)
    return float(w**2 @ (y - design @ beta) ** 2 - trace) / 2


def _reml(y: FloatArray, v: FloatArray, design: FloatArray) -> float:
    """Find the root of the slope; zero where the likelihood falls from the start and never rises above it."""
    top = 10 * (float(np.ptp(y)) ** 2 + float(np.max(v)))
    grid = np.concatenate([[0.0], np.geomspace(1e-8 * float(np.min(v)), top, 400)])
    best = int(np.argmax([_restricted(y, v, design, float(t)) for t in grid]))
    low, high = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, grid.size - 1)])
    if _slope(low, y, v, design) <= 0:
        return low
    return float(scipy.optimize.brentq(_slope, low, high, args=(y, v, design), xtol=1e-14, rtol=1e-12))


def _restricted(y: FloatArray, v: FloatArray, design: FloatArray, tau_squared: float) -> float:
    _, covariance, q = _weighted(y, v + tau_squared, design)
    return (float(np.linalg.slogdet(covariance)[1]) - float(np.log(v + tau_squared).sum()) - q) / 2


def _scale(q: float, interval: str) -> float:
    if interval == "Wald":
        return 1.0
    return max(1.0, q) if interval.startswith("modified") else q


def _estimate(value: float, error: float, freedom: int, interval: str, level: float, method: str) -> Estimate:
    if interval == "Wald" or math.isclose(error, 0.0):
        return normal_estimate(value, error, level, method)
    return student_estimate(value, error, freedom, level, method)
