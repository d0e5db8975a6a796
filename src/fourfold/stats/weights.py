"""Propensity weights: make the compared groups alike in what was known before the start.

Overlap weights are the first choice: with a logistic propensity score fitted by maximum likelihood the
weighted means of every covariate agree exactly, and no person gets an extreme weight (Li, Morgan &
Zaslavsky 2018). What was not measured stays unbalanced: give an E-value beside every result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.terms import NotConverged, NotIdentified, OneGroupOnly

TARGETS = ("overlap", "everyone", "treated")


@dataclass(frozen=True)
class Balance:
    """One covariate's standardised mean difference, treated minus control, before and after weighting.

    Both are over the same unweighted pooled standard deviation, so that weighting cannot shrink the ruler.
    """

    name: str
    before: float
    after: float


@dataclass(frozen=True, eq=False)
class Weighting:
    """One weight for each person with what it achieved; arrays have shape (people,).

    `effective_treated` and `effective_control` say how many people each group is worth after weighting.
    """

    weights: FloatArray
    propensity: FloatArray
    balance: tuple[Balance, ...]
    effective_treated: float
    effective_control: float
    target: str
    method: str

    @property
    def largest_difference(self) -> float:
        """Give the largest absolute standardised difference left after weighting."""
        return max(abs(row.after) for row in self.balance)


def propensity_weights(
    treated: npt.ArrayLike, covariates: Any, *, target: str = "overlap", names: Sequence[str] | None = None
) -> Weighting:
    """Weight people so that treated and controls are alike in the covariates.

    `target` names whom the answer is about: "overlap" those who could have gone either way (ATO), "everyone"
    (ATE, stabilised), "treated" (ATT). `treated` (0 or 1) has shape (people,); covariates are a mapping or an
    array (people, covariates). Raises OneGroupOnly; NotIdentified where covariates repeat one another, are
    constant, or tell the groups apart completely; and the refusals of `cox_regression`.
    """
    inputs.choice("target", target, TARGETS)
    arm, score, labels, x = _fit(treated, covariates, names)
    weights = _weights(arm, score, target)
    return Weighting(
        weights=inputs.frozen(weights),
        propensity=inputs.frozen(score),
        balance=standardised_differences(arm, dict(zip(labels, x.T, strict=True)), weights=weights),
        effective_treated=effective_sample_size(weights[arm == 1]),
        effective_control=effective_sample_size(weights[arm == 0]),
        target=target,
        method=f"logistic propensity, {target} weights",
    )


def propensity_scores(treated: npt.ArrayLike, covariates: Any, *, names: Sequence[str] | None = None) -> FloatArray:
    """Estimate each person's probability of treatment (people,), by logistic regression with an intercept.

    Maximum likelihood to machine precision: the exact balance of overlap weights rests on it.
    """
    return inputs.frozen(_fit(treated, covariates, names)[1])


def standardised_differences(
    treated: npt.ArrayLike,
    covariates: Any,
    *,
    weights: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
) -> tuple[Balance, ...]:
    """Measure how far apart the groups are in each covariate, before and after weighting.

    Raises OneGroupOnly, and NotIdentified for a covariate that is the same for everyone.
    """
    arm = _arm(treated)
    labels, x = inputs.covariates(covariates, names, arm.size)
    weight = inputs.weights(weights, arm.size)
    ruler = np.sqrt((_variance(x[arm == 1]) + _variance(x[arm == 0])) / 2)
    _require_varying(labels, ruler, x)
    before, after = (_difference(arm, x, w) / ruler for w in (np.ones(arm.size), weight))
    rows = zip(labels, before.tolist(), after.tolist(), strict=True)
    return tuple(Balance(*row) for row in rows)


def effective_sample_size(weights: npt.ArrayLike) -> float:
    """Give how many equally weighted people the weights are worth (Kish 1965)."""
    weight = inputs.weights(weights, inputs.times("weights", weights).size)
    return float(weight.sum() ** 2 / (weight @ weight))


def _arm(treated: npt.ArrayLike) -> FloatArray:
    read = inputs.indicator("treated", treated, inputs.column("treated", treated).size)
    if np.ptp(read) == 0:
        raise OneGroupOnly("treated", f"is {read[0]:g} for everyone", "Give the people to compare with as well")
    return read


def _fit(
    treated: npt.ArrayLike, covariates: Any, names: Sequence[str] | None
) -> tuple[FloatArray, FloatArray, tuple[str, ...], FloatArray]:
    arm = _arm(treated)
    labels, x = inputs.covariates(covariates, names, arm.size)
    spread = x.std(axis=0)
    _require_varying(labels, spread, x)
    design = np.column_stack([np.ones(arm.size), (x - x.mean(axis=0)) / spread])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise NotIdentified("covariates", "repeat one another", "Leave out those that others add up to")
    return arm, expit(design @ _logistic(arm, design)), labels, x


def _logistic(arm: FloatArray, design: FloatArray) -> FloatArray:
    """Find the root of the score; a score of nought is what makes overlap weights balance exactly."""
    beta = np.zeros(design.shape[1])
    for _ in range(60):
        score = expit(design @ beta)
        slope = design.T @ (arm - score)
        information = design.T @ ((score * (1 - score))[:, None] * design)
        if np.linalg.eigvalsh(information)[0] < 1e-9:
            raise _separated()
        step = np.linalg.solve(information, slope)
        beta = beta + _shorten(beta, step, arm, design)
        if np.abs(step).max() < 1e-13 * (1 + np.abs(beta).max()) or np.abs(slope).max() < 1e-13 * arm.size:
            return beta
    raise NotConverged("covariates", "gave no propensity score in 60 steps", "Look for extreme values")


def _shorten(beta: FloatArray, step: FloatArray, arm: FloatArray, design: FloatArray) -> FloatArray:
    here = _log_likelihood(design @ beta, arm)
    for _ in range(40):
        if _log_likelihood(design @ (beta + step), arm) >= here - 1e-10 * (1 + abs(here)):
            return step
        step = step / 2
    return step


def _log_likelihood(linear: FloatArray, arm: FloatArray) -> float:
    return float(arm @ linear - np.logaddexp(0, linear).sum())


def _separated() -> NotIdentified:
    problem = "tell treated and controls apart completely, so nobody could have gone either way"
    return NotIdentified("covariates", problem, "Leave out what decides treatment, or restrict to comparable people")


def _weights(arm: FloatArray, score: FloatArray, target: str) -> FloatArray:
    if target == "overlap":
        return np.where(arm == 1, 1 - score, score)
    if target == "treated":
        return np.where(arm == 1, 1.0, score / (1 - score))
    treated = arm.mean()
    return np.where(arm == 1, treated / score, (1 - treated) / (1 - score))


def _variance(x: FloatArray) -> FloatArray:
    return np.asarray(((x - x.mean(axis=0)) ** 2).sum(axis=0) / max(len(x) - 1, 1))


def _difference(arm: FloatArray, x: FloatArray, weights: FloatArray) -> FloatArray:
    means = [(weights * side) @ x / (weights @ side) for side in (arm, 1 - arm)]
    return np.asarray(means[0] - means[1])


def _require_varying(labels: tuple[str, ...], spread: FloatArray, x: FloatArray) -> None:
    flat = spread <= 1e-12 * np.maximum(np.abs(x).max(axis=0), 1e-300)
    if flat.any():
        name = labels[int(np.argmax(flat))]
        raise NotIdentified(f"covariates[{name!r}]", "does not vary within the groups", "Leave it out")
