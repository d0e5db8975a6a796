"""Matching: for each treated person the most alike among the others (as the Justice Data Lab does).

Kept for comparison with studies that match; overlap weights use everybody, balance exactly and need no choices. The
bootstrap fails for matching with replacement (Abadie & Imbens 2008), so errors are analytic.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray, IntArray
from fourfold.stats.intervals import normal_estimate
from fourfold.stats.terms import Estimate, NotIdentified, OneGroupOnly, OutOfRange, Printed, TooFewEvents
from fourfold.stats.weights import Balance, few_people, fit_propensity, propensity_design, standardised_differences

METRICS = ("propensity", "Mahalanobis")
MOST_BIAS = 1e12


@dataclass(frozen=True, eq=False)
class Matches(Printed):
    """For each matched treated person their controls: rows `treated` (matched,) and `controls` (matched, neighbours).

    `weights` (people,) are 1 for a matched treated person and how often a control was used; `unmatched` counts treated
    people without anybody within the caliper, whom the answer is then not about.
    """

    treated: IntArray
    controls: IntArray
    weights: FloatArray
    balance: tuple[Balance, ...]
    unmatched: int
    method: str
    arm: FloatArray
    place: FloatArray
    cautions: tuple[str, ...] = ()

    def effect(self, outcome: npt.ArrayLike, *, level: float = 0.95) -> Estimate:
        """Give the mean outcome of the matched treated less that of their controls (ATT), in the outcome's unit.

        Error of Abadie & Imbens 2006 (equation 14), variances from each person's nearest neighbour in their own arm.
        Raises OneGroupOnly where a single person is matched.
        """
        y = inputs.column("outcome", outcome, self.arm.size)
        if self.treated.size < 2:
            raise OneGroupOnly(
                "treated", "leaves one matched person, who shows nothing of how people vary", "Find more"
            )
        gaps = y[self.treated] - y[self.controls].mean(axis=1)
        effect = float(gaps.mean())
        used = np.bincount(self.controls.ravel(), minlength=y.size)
        neighbours = self.controls.shape[1]
        repeats = used * (used - 1) / neighbours**2
        variance = float(((gaps - effect) ** 2).sum() + repeats @ self._noise(y)) / gaps.size**2
        found = normal_estimate(effect, math.sqrt(variance), level, f"{self.method}, ATT, Abadie-Imbens")
        return replace(found, cautions=(*self.cautions, *few_people(self.arm[self.weights > 0])))

    def rosenbaum_bound(self, outcome: npt.ArrayLike, gamma: float) -> float:
        """Give the largest one-sided p-value of the signed ranks were alike people `gamma` times likelier to be treated.

        Rosenbaum 2002, 4.3; pairs only, normal approximation. The direction is that of the observed difference. Raises
        OutOfRange for gamma under 1 or several neighbours.
        """
        if self.controls.shape[1] != 1:
            raise OutOfRange("gamma", "cannot be asked of several neighbours", "Match in pairs")
        y = inputs.column("outcome", outcome, self.arm.size)
        return signed_rank_bound(y[self.treated] - y[self.controls[:, 0]], gamma)

    def _noise(self, y: FloatArray) -> FloatArray:
        """Estimate each person's own variance from the nearest other of their arm (people,)."""
        found = np.zeros(y.size)
        for side in (0, 1):
            rows = np.flatnonzero(self.arm == side)
            if rows.size < 2:
                continue
            near = _nearest(self.place[rows], self.place[rows], 1, other=True)[:, 0]
            found[rows] = (y[rows] - y[rows[near]]) ** 2 / 2
        return found


def match(
    treated: npt.ArrayLike,
    covariates: Any,
    *,
    metric: str = "propensity",
    neighbours: int = 1,
    caliper: float | None = 0.2,
    replacement: bool = True,
    names: Sequence[str] | None = None,
) -> Matches:
    """Match each treated person (0 or 1, (people,)) to the nearest controls.

    `metric`: distance in the logit of the "propensity", or "Mahalanobis" over the covariates. `caliper` is the furthest
    allowed, in standard deviations of the logit (0.2: Austin 2011) or units of the metric; None allows any. Without
    replacement the likeliest to be treated choose first. `neighbours` is how many controls each gets. Raises
    NotIdentified where nobody has a match or controls run out, and the refusals of `propensity_weights`.
    """
    inputs.choice("metric", metric, METRICS)
    count = inputs.whole_number("neighbours", neighbours, least=1)
    arm, design, labels, x = propensity_design(treated, covariates, names)
    place, ruler = _places(arm, design, x, metric)
    limit = math.inf if caliper is None else inputs.positive("caliper", caliper) * ruler
    ones, zeros = np.flatnonzero(arm == 1), np.flatnonzero(arm == 0)
    if zeros.size < (count if replacement else count * ones.size):
        raise NotIdentified("treated", "leaves too few controls", "Match with replacement, or to fewer neighbours")
    picked = _with_replacement if replacement else _without_replacement
    chosen, near = picked(place[ones], place[zeros], count, limit)
    if not chosen.size:
        raise NotIdentified("caliper", f"of {caliper} leaves nobody matched", "Widen it, or find people alike")
    one, other = ones[chosen], zeros[near]
    weights = np.bincount(other.ravel(), minlength=arm.size) / count
    weights[one] = 1.0
    balance = standardised_differences(arm, dict(zip(labels, x.T, strict=True)), weights=weights)
    lost = ones.size - chosen.size
    said = (f"{lost} of {ones.size} treated people have no match and are left out",) if lost else ()
    method = f"{metric} matching to {count}{'' if replacement else ', without replacement'}"
    return Matches(one, other, inputs.frozen(weights), balance, lost, method, arm, place, said)


def signed_rank_bound(differences: npt.ArrayLike, gamma: float = 1.0) -> float:
    """Give the upper bound of Wilcoxon's one-sided p-value (pairs,) under hidden bias up to `gamma` (Rosenbaum 2002).

    Differences of zero are left out, ties share their rank. Raises TooFewEvents where all are zero, OutOfRange for gamma under 1.
    """
    from scipy.stats import rankdata

    gaps = inputs.column("differences", differences)
    gamma = _bias(gamma)
    gaps = gaps[gaps != 0]
    if not gaps.size:
        raise TooFewEvents("differences", "are all zero", "There is nothing to rank")
    ranks = rankdata(np.abs(gaps))
    up = float(ranks[gaps > 0].sum())
    statistic = max(up, float(ranks.sum()) - up)
    share = gamma / (1 + gamma)
    deviation = math.sqrt(share * (1 - share) * float((ranks**2).sum()))
    return float(scipy.special.ndtr((share * float(ranks.sum()) - statistic) / deviation))


def _bias(gamma: float) -> float:
    read = inputs.number("gamma", gamma)
    if not 1 <= read <= MOST_BIAS:
        raise OutOfRange("gamma", f"is {gamma}", "Give how many times likelier, 1 or more")
    return read


def _places(arm: FloatArray, design: FloatArray, x: FloatArray, metric: str) -> tuple[FloatArray, float]:
    """Give each person's place (people, dimensions), in which distance is Euclidean, and the caliper's unit."""
    if metric == "propensity":
        score, _ = fit_propensity(arm, design)
        logit = np.log(score / (1 - score))
        return logit[:, None], float(logit.std(ddof=1))
    pooled = np.cov(x, rowvar=False).reshape(x.shape[1], x.shape[1])
    return np.linalg.solve(np.linalg.cholesky(pooled), x.T).T, 1.0


def _nearest(wanted: FloatArray, there: FloatArray, count: int, *, other: bool = False) -> IntArray:
    """Find the rows of `there` nearest to each wanted place (wanted, count); not oneself where `other`."""
    from scipy.spatial import cKDTree

    tree = cKDTree(there)
    if not other:
        return np.asarray(tree.query(wanted, k=[*range(1, count + 1)])[1])
    near = np.asarray(tree.query(wanted, k=[*range(1, count + 2)])[1])
    own = np.arange(len(wanted))[:, None]
    # where several stand in one place the tree need not name a person first
    order = np.argsort(near == own, axis=1, kind="stable")
    return np.take_along_axis(near, order, axis=1)[:, :count]


def _with_replacement(wanted: FloatArray, there: FloatArray, count: int, limit: float) -> tuple[IntArray, IntArray]:
    near = _nearest(wanted, there, count)
    far = np.linalg.norm(there[near] - wanted[:, None, :], axis=2).max(axis=1)
    kept = np.flatnonzero(far <= limit)
    return kept, near[kept]


def _without_replacement(wanted: FloatArray, there: FloatArray, count: int, limit: float) -> tuple[IntArray, IntArray]:
    free = np.ones(len(there), dtype=bool)
    chosen, picked = [], []
    for row in np.argsort(-wanted[:, 0], kind="stable").tolist():
        apart = np.where(free, np.linalg.norm(there - wanted[row], axis=1), np.inf)
        near = np.argsort(apart, kind="stable")[:count]
        if apart[near].max() <= limit:
            free[near] = False
            chosen.append(row)
            picked.append(near)
    return np.array(chosen, dtype=np.intp), np.array(picked, dtype=np.intp).reshape(-1, count)
