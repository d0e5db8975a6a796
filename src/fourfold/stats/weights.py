"""Propensity weights: make the compared groups alike in what was known before the start.

Overlap weights are the first choice: with a logistic propensity score fitted by maximum likelihood the
weighted means of every covariate agree exactly, and no person gets an extreme weight (Li, Morgan &
Zaslavsky 2018). What was not measured stays unbalanced: give an E-value beside every result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import inputs, logistic
from fourfold.stats.generalised import GeneralisedFit, binomial_fit
from fourfold.stats.inputs import FloatArray
from fourfold.stats.terms import NotIdentified, OneGroupOnly, OutOfRange, Printed, told

TARGETS = ("overlap", "everyone", "treated")
DEVIATIONS = ("pooled", "treated")
FEW = 10
EXTREME = 10  # times the mean weight of a side
REPEATED = 1e7  # of the condition: nothing but rounding tells one covariate from the others


@dataclass(frozen=True)
class Balance:
    """One covariate's standardised mean difference, treated minus control, before and after weighting.

    Both are over the same unweighted standard deviation, so that weighting cannot shrink the ruler.
    `variance_ratio` is the weighted variance among the treated over that among the controls: 0.5 to 2 is usual
    (Rubin 2001).
    """

    name: str
    before: float
    after: float
    variance_ratio: float = 1.0


@dataclass(frozen=True, eq=False)
class Weighting(Printed):
    """One weight for each person with what it achieved; arrays have shape (people,).

    `effective_treated` and `effective_control` say how many people each group is worth after weighting.
    `overlap` is the share of people whose propensity both groups reach; `model` holds the propensity's log odds ratios,
    with the model's own errors; `cautions` says in words what a reader must know before quoting a result.
    """

    weights: FloatArray
    propensity: FloatArray
    balance: tuple[Balance, ...]
    effective_treated: float
    effective_control: float
    target: str
    method: str
    model: GeneralisedFit
    overlap: float = 1.0
    cautions: tuple[str, ...] = ()

    def summary(self) -> str:
        """Give how alike the groups became in each covariate, and how many people they are worth."""
        lines = (f"{row.name}: difference {row.before:.3g} before, {row.after:.3g} after" for row in self.balance)
        worth = f"worth {self.effective_treated:.4g} treated and {self.effective_control:.4g} others"
        return told([*lines, f"{self.method}: {worth}, largest weight {self.largest_weight:.3g}"], self.cautions)

    def to_frame(self) -> Any:
        """Give a data frame (covariates,): the differences before and after, and the ratio of variances; needs pandas."""
        import pandas as pd  # a notebook's, not the site's

        return pd.DataFrame([asdict(row) for row in self.balance]).set_index("name")

    @property
    def largest_weight(self) -> float:
        return float(np.max(self.weights))

    @property
    def largest_difference(self) -> float:
        """Give the largest absolute standardised difference left after weighting."""
        return max(abs(row.after) for row in self.balance)


def propensity_weights(
    treated: npt.ArrayLike,
    covariates: Any,
    *,
    target: str = "overlap",
    names: Sequence[str] | None = None,
    truncate: float | None = None,
) -> Weighting:
    """Weight people so that treated and controls are alike in the covariates.

    `target` names whom the answer is about: "overlap" those who could have gone either way (ATO), "everyone"
    (ATE, stabilised), "treated" (ATT). `treated` (0 or 1) has shape (people,); covariates are a mapping or an
    array (people, covariates). `truncate`, such as 0.01, cuts the weights at that quantile and its mirror, as a
    sensitivity analysis (Cole & Hernan 2008). Raises OneGroupOnly; NotIdentified where covariates repeat one
    another, are constant, or tell the groups apart completely; and the refusals of `cox_regression`.
    """
    inputs.choice("target", target, TARGETS)
    arm, score, model, labels, x = _fit(treated, covariates, names)
    weights = _truncated(target_weights(arm, score, target), truncate)
    balance = standardised_differences(arm, dict(zip(labels, x.T, strict=True)), weights=weights)
    return Weighting(
        weights=inputs.frozen(weights), propensity=inputs.frozen(score), balance=balance,
        effective_treated=effective_sample_size(weights[arm == 1]),
        effective_control=effective_sample_size(weights[arm == 0]), target=target,
        method=f"logistic propensity, {target} weights" + (f", cut at {truncate:g}" if truncate else ""),
        model=model, overlap=_overlap(arm, score), cautions=_cautions(arm, weights, balance),
    )  # fmt: skip


def propensity_scores(treated: npt.ArrayLike, covariates: Any, *, names: Sequence[str] | None = None) -> FloatArray:
    """Estimate each person's probability of treatment (people,), by logistic regression with an intercept.

    Maximum likelihood to machine precision: the exact balance of overlap weights rests on it. Source: Rosenbaum & Rubin
    1983. Raises the refusals of `propensity_weights`.
    """
    return inputs.frozen(_fit(treated, covariates, names)[1])


def standardised_differences(
    treated: npt.ArrayLike,
    covariates: Any,
    *,
    weights: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
    deviation: str = "pooled",
) -> tuple[Balance, ...]:
    """Measure how far apart the groups are in each covariate, before and after weighting.

    In standard deviations: `deviation` is "pooled" over both groups (Austin 2009), or that of the "treated", as MatchIt
    has it where the answer is about them (Stuart 2010). `treated` 0 or 1 (people,), `covariates` and `weights` as in
    `propensity_weights`. Raises OneGroupOnly, and NotIdentified for a covariate that is the same for everyone, or for
    all the treated where their deviation is asked for.
    """
    inputs.choice("deviation", deviation, DEVIATIONS)
    arm = read_arms(treated)
    labels, x = inputs.covariates(covariates, names, arm.size)
    weight = inputs.weights(weights, arm.size)
    if not (weight @ arm and weight @ (1 - arm)):
        raise OneGroupOnly("weights", "are all zero on one side", "Give both sides some weight")
    theirs = _variance(x[arm == 1])
    ruler = np.sqrt(theirs if deviation == "treated" else (theirs + _variance(x[arm == 0])) / 2)
    _require_varying(labels, ruler, x)
    x = x - x.mean(axis=0)  # a covariate far from zero would lose its last digits
    before, after = (_difference(arm, x, w) / ruler for w in (np.ones(arm.size), weight))
    ratio = _variance_ratio(x, weight * arm, weight * (1 - arm))
    rows = zip(labels, before.tolist(), after.tolist(), ratio.tolist(), strict=True)
    return tuple(Balance(*row) for row in rows)


def effective_sample_size(weights: npt.ArrayLike) -> float:
    """Give how many equally weighted people the weights are worth (Kish 1965).

    `weights` (people,) in any unit. Raises OutOfRange for weights below zero, or zero for everybody.
    """
    weight = inputs.weights(weights, inputs.times("weights", weights).size)
    weight = weight / np.max(weight)  # or the smallest could not be squared
    return float(weight.sum() ** 2 / (weight @ weight))


def read_arms(treated: npt.ArrayLike) -> FloatArray:
    """Read who was treated (people,), and refuse where there is nobody to compare with."""
    read = inputs.indicator("treated", treated, inputs.column("treated", treated).size)
    if np.ptp(read) == 0:
        raise OneGroupOnly("treated", f"is {read[0]:g} for everyone", "Give the people to compare with as well")
    return read


def read_several(treated: npt.ArrayLike) -> FloatArray:
    """Read arms of at least two people each, as one person shows nothing of how people vary. Raises OneGroupOnly."""
    arm = read_arms(treated)
    if min(arm.sum(), (1 - arm).sum()) < 2:
        raise OneGroupOnly("treated", "leaves one person on a side, who shows nothing of how people vary", "Find more")
    return arm


EXACT = "give `newcombe_difference` of shares or the exact `rate_ratio` beside them"


def few_people(arm: FloatArray) -> tuple[str, ...]:
    """Say where a side has so few people that robust errors come out too small."""
    sides = {"treated": int(arm.sum()), "controls": int((1 - arm).sum())}
    return tuple(
        f"{n} {name}: errors from so few people are too small, {EXACT}" for name, n in sides.items() if n < FEW
    )


def propensity_design(
    treated: npt.ArrayLike, covariates: Any, names: Sequence[str] | None
) -> tuple[FloatArray, FloatArray, tuple[str, ...], FloatArray]:
    """Read the arms (people,), the standardised design (people, 1 + covariates), the names and the covariates."""
    arm = read_arms(treated)
    labels, x = inputs.covariates(covariates, names, arm.size)
    spread = x.std(axis=0)
    _require_varying(labels, spread, x)
    design = np.column_stack([np.ones(arm.size), (x - x.mean(axis=0)) / spread])
    if np.linalg.cond(design) > REPEATED:
        raise NotIdentified("covariates", "repeat one another", "Leave out those that others add up to")
    return arm, design, labels, x


def fit_propensity(
    arm: FloatArray,
    design: FloatArray,
    *,
    weights: FloatArray | None = None,
    start: FloatArray | None = None,
    tolerance: float = 1e-13,
) -> tuple[FloatArray, FloatArray]:
    """Give each person's probability of treatment (people,) and the coefficients (1 + covariates,)."""
    beta = logistic.maximise(arm, design, _separated(), weights=weights, start=start, tolerance=tolerance)
    return scipy.special.expit(design @ beta), beta


def _fit(
    treated: npt.ArrayLike, covariates: Any, names: Sequence[str] | None
) -> tuple[FloatArray, FloatArray, GeneralisedFit, tuple[str, ...], FloatArray]:
    arm, design, labels, x = propensity_design(treated, covariates, names)
    score, beta = fit_propensity(arm, design)
    return arm, score, binomial_fit(arm, beta, x, labels), labels, x


def _separated() -> NotIdentified:
    problem = "tell treated and controls apart completely, so nobody could have gone either way"
    return NotIdentified("covariates", problem, "Leave out what decides treatment, or restrict to comparable people")


def target_weights(arm: FloatArray, score: FloatArray, target: str) -> FloatArray:
    """Turn propensities into weights (people,) for the named target."""
    if target == "overlap":
        return np.where(arm == 1, 1 - score, score)
    if target == "treated":
        return np.where(arm == 1, 1.0, score / (1 - score))
    treated = arm.mean()
    return np.where(arm == 1, treated / score, (1 - treated) / (1 - score))


def _truncated(weights: FloatArray, truncate: float | None) -> FloatArray:
    if truncate is None:
        return weights
    if not 0 < inputs.number("truncate", truncate) < 0.5:
        raise OutOfRange("truncate", f"is {truncate}", "Give a share under one half, such as 0.01")
    return np.clip(weights, *np.quantile(weights, [truncate, 1 - truncate]))


def _overlap(arm: FloatArray, score: FloatArray) -> float:
    low = max(score[arm == 1].min(), score[arm == 0].min())
    high = min(score[arm == 1].max(), score[arm == 0].max())
    return float(((score >= low) & (score <= high)).mean())


def _cautions(arm: FloatArray, weights: FloatArray, balance: tuple[Balance, ...]) -> tuple[str, ...]:
    said = []
    apart = [row.name for row in balance if abs(row.after) > 0.1]
    if apart:
        said.append(f"the groups still differ by over 0.1 standard deviations in {', '.join(apart)}")
    return (*said, *extremes(arm, weights))


def extremes(arm: FloatArray, weights: FloatArray) -> tuple[str, ...]:
    """Say of each side where a few people stand for all of it."""
    said = []
    for name, side in (("treated", arm == 1), ("controls", arm == 0)):
        if effective_sample_size(weights[side]) < 0.5 * side.sum():
            said.append(f"the {name} are worth under half their number after weighting")
        if weights[side].max() > 0.1 * weights[side].sum():
            said.append(f"one person carries over a tenth of the weight of the {name}")
        elif weights[side].max() > EXTREME * weights[side].mean():
            said.append(
                f"one of the {name} counts as {weights[side].max() / weights[side].mean():.0f}: weights are extreme"
            )
    return tuple(said)


def _variance_ratio(x: FloatArray, one: FloatArray, other: FloatArray) -> FloatArray:
    """Give the ratio of two groups' weighted variances: infinite over a group that does not vary, 1 where neither does."""
    above, below = _weighted_variance(x, one), _weighted_variance(x, other)
    flat = np.where(above > 0, np.inf, 1.0)
    return np.divide(above, below, out=flat, where=below > 0)


def _weighted_variance(x: FloatArray, weight: FloatArray) -> FloatArray:
    centre = weight @ x / weight.sum()
    return np.asarray(weight @ (x - centre) ** 2 / weight.sum())


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
