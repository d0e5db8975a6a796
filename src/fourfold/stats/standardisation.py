"""Standardisation (the g-formula): what would have happened had everybody, or nobody, been treated.

A regression of the outcome on treatment and covariates predicts both for every person; their means are compared.
Right where the regression is; `augmented_weighting` is right where either it or the propensity is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import inputs, logistic
from fourfold.stats.inputs import FloatArray
from fourfold.stats.intervals import normal_estimate
from fourfold.stats.least_squares import require_rank
from fourfold.stats.terms import Estimate, NotIdentified, OutOfRange, Printed, StatisticsError, UnknownChoice
from fourfold.stats.weights import few_people, propensity_scores, read_several

MODELS = ("linear", "logistic")
TARGETS = ("everyone", "treated")
EXTRAPOLATED = "what the other side would have been is the model's guess, check with `propensity_weights`"


@dataclass(frozen=True)
class Standardised(Printed):
    """The mean outcome had all been treated, had none been, their difference, and their ratio where it exists."""

    treated: Estimate
    control: Estimate
    difference: Estimate
    ratio: Estimate | None
    target: str
    method: str


def standardise(
    outcome: npt.ArrayLike,
    treated: npt.ArrayLike,
    covariates: Any,
    *,
    model: str = "linear",
    interactions: Sequence[str] = (),
    target: str = "everyone",
    names: Sequence[str] | None = None,
    level: float = 0.95,
) -> Standardised:
    """Compare the mean outcomes under treatment and under control over the covariates of the target.

    Outcome (people,), treated 0 or 1 (people,), covariates a mapping or array (people, covariates). `model`:
    "linear", or "logistic" for outcomes of 0 and 1 (risks). `interactions` names the covariates over which the
    effect may differ. Robins 1986; Hernan & Robins, What If, 13.3; errors from the influence function of the
    stacked equations (Stefanski & Boos 2002), so that the covariates too count as sampled. Raises OneGroupOnly,
    NotIdentified, UnknownChoice for an interaction that is no covariate, OutOfRange for a logistic outcome that
    is not 0 or 1. People with nobody like them on the other side are said in `cautions`.
    """
    inputs.choice("model", model, MODELS)
    inputs.choice("target", target, TARGETS)
    arm = read_several(treated)
    y = inputs.column("outcome", outcome, arm.size)
    regression = fit_outcome(y, arm, covariates, model=model, interactions=interactions, names=names)
    people = np.ones(arm.size) if target == "everyone" else arm
    means, influences = zip(*(regression.mean_if(side, people) for side in (1.0, 0.0)), strict=True)
    method = f"standardisation, {model} outcome model, {target}"
    said = (*few_people(arm), *_alone(arm, covariates, names))
    return summarise_means(means, influences, target, method, level, cautions=said)


def _alone(arm: FloatArray, covariates: Any, names: Sequence[str] | None) -> tuple[str, ...]:
    """Say where nobody of one side has anybody like them on the other, so that the model alone answers for them."""
    labels, x = inputs.covariates(covariates, names, arm.size)
    said = []
    for name, column in zip(labels, x.T, strict=True):
        values = np.unique(column)
        for value in values if values.size == 2 else ():
            there = arm[column == value]
            if np.ptp(there) == 0:
                who = "treated" if there[0] else "a control"
                said.append(f"everybody with {name} = {value:g} is {who} ({there.size} people): {EXTRAPOLATED}")
    if not said:
        try:
            propensity_scores(arm, covariates, names=names)
        except NotIdentified:
            said.append(f"the covariates tell treated and controls apart completely: {EXTRAPOLATED}")
        except StatisticsError:  # no propensity can be fitted: it says nothing of overlap
            pass
    return tuple(said)


@dataclass(frozen=True, eq=False)
class OutcomeRegression:
    """A fitted outcome model that predicts for either arm; `influence` is that of its coefficients."""

    arm: FloatArray
    x: FloatArray
    chosen: tuple[int, ...]
    beta: FloatArray
    influence: FloatArray
    model: str

    def design(self, arm: FloatArray) -> FloatArray:
        """Give the design (people, terms) as if the arms were these."""
        return _design(arm, self.x, self.chosen)

    def predict(self, arm: FloatArray) -> FloatArray:
        """Give each person's expected outcome (people,) in the arms given."""
        linear = self.design(arm) @ self.beta
        return scipy.special.expit(linear) if self.model == "logistic" else linear

    def mean_if(self, side: float, people: FloatArray) -> tuple[float, FloatArray]:
        """Give the mean prediction over the people (0 or 1) in one arm, and its influence function (people,)."""
        design = self.design(np.full(self.arm.size, side))
        predicted = self.predict(np.full(self.arm.size, side))
        share = people.mean()
        mean = float(people @ predicted / people.sum())
        slope = predicted * (1 - predicted) if self.model == "logistic" else np.ones(self.arm.size)
        gradient = (people * slope) @ design / people.sum()
        return mean, people * (predicted - mean) / share + self.influence @ gradient


def fit_outcome(
    y: FloatArray,
    arm: FloatArray,
    covariates: Any,
    *,
    model: str,
    interactions: Sequence[str] = (),
    names: Sequence[str] | None = None,
) -> OutcomeRegression:
    """Fit the outcome on treatment, covariates and the interactions named."""
    labels, x = inputs.covariates(covariates, names, arm.size)
    interactions = inputs.words("interactions", interactions)
    unknown = [name for name in interactions if name not in labels]
    if unknown:
        raise UnknownChoice("interactions", f"{unknown[0]!r} is no covariate", f"Choose among {', '.join(labels)}")
    centre, spread = x.mean(axis=0), x.std(axis=0)
    x = (x - centre) / np.where(spread > 0, spread, 1)
    chosen = tuple(labels.index(name) for name in interactions)
    design = _design(arm, x, chosen)
    require_rank(design, ("intercept", "treated", *labels, *(f"treated x {labels[k]}" for k in chosen)))
    if arm.size <= design.shape[1]:
        raise NotIdentified("covariates", f"are {design.shape[1]} terms for {arm.size} people", "Use fewer")
    fit = _logistic if model == "logistic" else _linear
    beta, influence = fit(y, design)
    return OutcomeRegression(arm, x, chosen, beta, influence, model)


def summarise_means(
    means: Sequence[float],
    influences: Sequence[FloatArray],
    target: str,
    method: str,
    level: float,
    cautions: tuple[str, ...] = (),
) -> Standardised:
    """Turn two means and their influence functions (people,) into estimates, with the difference and the ratio."""
    one, other = (
        normal_estimate(mean, _error(influence), level, method)
        for mean, influence in zip(means, influences, strict=True)
    )
    difference = normal_estimate(means[0] - means[1], _error(influences[0] - influences[1]), level, method)
    ratio = _ratio(means, influences, method, level)
    return Standardised(
        treated=replace(one, cautions=cautions), control=replace(other, cautions=cautions),
        difference=replace(difference, cautions=cautions),
        ratio=replace(ratio, cautions=cautions) if ratio else None, target=target, method=method,
    )  # fmt: skip


def _ratio(means: Sequence[float], influences: Sequence[FloatArray], method: str, level: float) -> Estimate | None:
    if min(means) <= 0:
        return None
    error = _error(influences[0] / means[0] - influences[1] / means[1])
    return normal_estimate(float(np.log(means[0] / means[1])), error, level, method).exponentiated()


def _error(influence: FloatArray) -> float:
    return float(np.sqrt(influence @ influence) / influence.size)


def _design(arm: FloatArray, x: FloatArray, chosen: tuple[int, ...]) -> FloatArray:
    return np.column_stack([np.ones(arm.size), arm, x, arm[:, None] * x[:, list(chosen)]])


def _linear(y: FloatArray, design: FloatArray) -> tuple[FloatArray, FloatArray]:
    bread = np.linalg.inv(design.T @ design)
    beta = bread @ (design.T @ y)
    return beta, y.size * (design * (y - design @ beta)[:, None]) @ bread


def _logistic(y: FloatArray, design: FloatArray) -> tuple[FloatArray, FloatArray]:
    inputs.indicator("outcome", y, y.size)
    if np.ptp(y) == 0:
        raise OutOfRange("outcome", f"is {y[0]:g} for everyone", "There is no risk to model; count it instead")
    separated = NotIdentified("covariates", "tell the outcomes apart completely", "Use fewer covariates")
    beta = logistic.maximise(y, design, separated)
    chance = scipy.special.expit(design @ beta)
    bread = np.linalg.inv(design.T @ ((chance * (1 - chance))[:, None] * design))
    return beta, y.size * (design * (y - chance)[:, None]) @ bread
