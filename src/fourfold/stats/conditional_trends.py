"""Trends that are parallel only given covariates: by an outcome regression, by weights, or by both at once.

Sant'Anna & Zhao 2020 for panels, with the influence of every fitted model. By both, one of the two models may be wrong.
"""

from __future__ import annotations

import numpy as np
import scipy

from fourfold.stats import logistic
from fourfold.stats.inputs import FloatArray
from fourfold.stats.least_squares import require_rank
from fourfold.stats.terms import NotIdentified

EST_METHODS = {"dr": "doubly robust", "reg": "outcome regression", "ipw": "inverse probability weighting"}


def compare(change: FloatArray, arm: FloatArray, x: FloatArray, est_method: str) -> tuple[float, FloatArray]:
    """Compare the changes (units,) of a group and its controls given covariates (units, covariates).

    Give the effect on the group and every unit's influence on it.
    """
    design = np.column_stack([np.ones(change.size), x])
    left, moved = change, np.zeros_like(design)
    if est_method != "ipw":
        left, moved = _without_trend(change, arm, design)
    one, psi_one = _mean(arm, left, moved, design)
    if est_method == "reg":
        return one, psi_one
    other, psi_other = _weighted(arm, left, moved, design)
    return one - other, psi_one - psi_other


def _without_trend(change: FloatArray, arm: FloatArray, design: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Take off the trend that the controls' regression gives, with each unit's influence on its coefficients."""
    labels = ("intercept", *(f"x{k}" for k in range(1, design.shape[1])))
    require_rank(design[arm == 0], labels)
    outer = np.linalg.inv((design * (1 - arm)[:, None]).T @ design) * change.size
    left = change - design @ (outer / change.size @ (design.T @ ((1 - arm) * change)))
    return left, (design * ((1 - arm) * left)[:, None]) @ outer


def _mean(weight: FloatArray, left: FloatArray, moved: FloatArray, design: FloatArray) -> tuple[float, FloatArray]:
    mean = float(weight @ left / weight.sum())
    return mean, (weight * (left - mean) - moved @ (weight @ design / left.size)) / weight.mean()


def _weighted(arm: FloatArray, left: FloatArray, moved: FloatArray, design: FloatArray) -> tuple[float, FloatArray]:
    """Give the controls' mean as if they were the group, by the odds of belonging to it."""
    separated = NotIdentified("covariates", "tell a starting group from its controls completely", "Use fewer")
    score = scipy.special.expit(design @ logistic.maximise(arm, design, separated))
    weight = score * (1 - arm) / (1 - score)
    hessian = np.linalg.inv(design.T @ ((score * (1 - score))[:, None] * design)) * left.size
    mean, psi = _mean(weight, left, moved, design)
    by_score = (design * (arm - score)[:, None]) @ hessian @ ((weight * (left - mean)) @ design / left.size)
    return mean, psi + by_score / weight.mean()
