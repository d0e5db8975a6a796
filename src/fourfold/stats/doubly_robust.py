"""Augmented weighting: right where either the outcome model or the propensity is (Robins, Rotnitzky & Zhao 1994)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.standardisation import MODELS, Standardised, fit_outcome, summarise_means
from fourfold.stats.weights import TARGETS, extremes, few_people, propensity_scores, read_several, target_weights


def augmented_weighting(
    outcome: npt.ArrayLike,
    treated: npt.ArrayLike,
    covariates: Any,
    *,
    propensity_covariates: Any = None,
    model: str = "linear",
    interactions: Sequence[str] = (),
    target: str = "everyone",
    names: Sequence[str] | None = None,
    level: float = 0.95,
) -> Standardised:
    """Compare mean outcomes by predictions mended with weighted residuals (AIPW).

    As `standardise`, with the propensity fitted on `propensity_covariates` (the same unless given). `target` is
    "everyone" (ATE), "treated" (ATT) or "overlap" (ATO, augmented as Mao, Li & Greene 2019). Errors from the efficient
    influence function, which holds where both models are near. `interactions` as in `standardise`. Raises the refusals
    of `standardise` and `propensity_weights`.
    """
    inputs.choice("model", model, MODELS)
    inputs.choice("target", target, TARGETS)
    arm = read_several(treated)
    y = inputs.column("outcome", outcome, arm.size)
    known = covariates if propensity_covariates is None else propensity_covariates
    score = propensity_scores(arm, known, names=names if propensity_covariates is None else None)
    regression = fit_outcome(y, arm, covariates, model=model, interactions=interactions, names=names)
    means, influences = zip(
        *(_mended(y, arm, score, regression.predict(np.full(arm.size, side)), side, target) for side in (1.0, 0.0)),
        strict=True,
    )
    weighed = extremes(arm, target_weights(arm, score, target))
    method = f"augmented weighting, {model} outcome model, {target}"
    return summarise_means(means, influences, target, method, level, cautions=(*few_people(arm), *weighed))


def _mended(
    y: FloatArray, arm: FloatArray, score: FloatArray, predicted: FloatArray, side: float, target: str
) -> tuple[float, FloatArray]:
    """Give the mean prediction over the target, mended by the residuals seen in that arm, and its influence."""
    tilt = {"everyone": np.ones(y.size), "treated": arm, "overlap": score * (1 - score)}[target]
    reach = {"everyone": np.ones(y.size), "treated": score, "overlap": score * (1 - score)}[target]
    there, chance = (arm, score) if side else (1 - arm, 1 - score)
    residual = there * reach / chance * (y - predicted)
    mean = float((tilt @ predicted + residual.sum()) / tilt.sum())
    return mean, (tilt * (predicted - mean) + residual) / tilt.mean()
