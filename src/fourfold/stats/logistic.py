"""Logistic regression by maximum likelihood to machine precision, refusing data that have no maximum."""

from __future__ import annotations

import numpy as np
import scipy

from fourfold.stats.inputs import FloatArray
from fourfold.stats.terms import NotConverged, StatisticsError

STEPS = 60


def maximise(
    outcome: FloatArray,
    design: FloatArray,
    separated: StatisticsError,
    *,
    weights: FloatArray | None = None,
    start: FloatArray | None = None,
    tolerance: float = 1e-13,
) -> FloatArray:
    """Find the root of the score by Newton steps, (terms,); a score of zero makes overlap weights balance.

    `outcome` is 0 or 1 (rows,), the design (rows, terms) has columns of comparable size. Raises `separated`
    where a term tells the outcomes apart completely, and NotConverged.
    """
    rows = slice(None) if weights is None else weights > 0
    outcome, design = outcome[rows], design[rows]
    w = np.ones(outcome.size) if weights is None else weights[rows]
    beta = np.zeros(design.shape[1]) if start is None else start.copy()
    for _ in range(STEPS):
        chance = scipy.special.expit(design @ beta)
        slope = design.T @ (w * (outcome - chance))
        information = design.T @ ((w * chance * (1 - chance))[:, None] * design)
        if np.linalg.eigvalsh(information)[0] < 1e-9:
            raise separated
        step = np.linalg.solve(information, slope)
        beta = beta + _shorten(beta, step, outcome, design, w)
        settled = np.abs(step).max() < tolerance * (1 + np.abs(beta).max())
        if settled or np.abs(slope).max() < tolerance * outcome.size:
            return beta
    raise NotConverged("covariates", f"gave no logistic fit in {STEPS} steps", "Look for extreme values")


def _shorten(beta: FloatArray, step: FloatArray, outcome: FloatArray, design: FloatArray, w: FloatArray) -> FloatArray:
    here = _log_likelihood(design @ beta, outcome, w)
    for _ in range(40):
        if _log_likelihood(design @ (beta + step), outcome, w) >= here - 1e-10 * (1 + abs(here)):
            return step
        step = step / 2
    return step


def _log_likelihood(linear: FloatArray, outcome: FloatArray, w: FloatArray) -> float:
    return float(w @ (outcome * linear - np.logaddexp(0, linear)))
