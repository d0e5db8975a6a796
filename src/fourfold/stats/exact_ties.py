"""Events on one day in any order that could have been: Cox's exact partial likelihood.

Given that d of the people at risk have the event on a day, the chance that it is these d is the product of their hazards
over the sum of such products for all sets of d people (Cox 1972), which a recursion adds up person by person (Gail, Lubin
& Rubinstein 1981). The same as conditional logistic regression within each day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fourfold.stats.inputs import FloatArray, IntArray
from fourfold.stats.maximum import Evaluation
from fourfold.stats.partial_likelihood import PartialLikelihood
from fourfold.stats.terms import OutOfRange

MOST_STEPS = 200_000  # of the recursion for one evaluation, some three seconds


@dataclass(frozen=True, eq=False)
class ExactLikelihood:
    """The people at risk on each event day (rows by day), and who of them had the event; covariates (q, rows)."""

    x: FloatArray
    at_risk: tuple[IntArray, ...]
    dead: tuple[IntArray, ...]

    @classmethod
    def of(cls, likelihood: PartialLikelihood) -> ExactLikelihood:
        """Take the risk sets apart, day by day. Raises OutOfRange where they are too large to go through."""
        sets = likelihood.sets
        days = range(sets.days)
        dead = tuple(sets.dead[sets.day == day] for day in days)
        people = np.bincount(sets.first, minlength=sets.days + 1) - np.bincount(sets.last, minlength=sets.days + 1)
        steps = int(np.cumsum(people)[: sets.days] @ (sets.deaths > 1))
        if steps > MOST_STEPS:
            raise OutOfRange("ties", f"would take {steps:.1g} steps for exact ties", 'Use ties="efron"')
        at_risk = tuple(np.flatnonzero((sets.first <= day) & (sets.last > day)) for day in days)
        return cls(likelihood.x, at_risk, dead)

    def at(self, beta: FloatArray) -> Evaluation:
        """Evaluate at the coefficients (q,)."""
        value, score, information = 0.0, np.zeros(beta.size), np.zeros((beta.size, beta.size))
        for everyone, dead in zip(self.at_risk, self.dead, strict=True):
            log, slope, curve = _of_all_sets(self.x[:, everyone], beta, dead.size)
            own = self.x[:, dead].sum(axis=1)
            value, score, information = value + float(beta @ own) - log, score + own - slope, information + curve
        return Evaluation(value, score, information)


def _of_all_sets(x: FloatArray, beta: FloatArray, dead: int) -> tuple[float, FloatArray, FloatArray]:
    """Give the logarithm of the sum over all sets of `dead` people (columns of x), its slope and its curvature.

    `total[k]` sums over sets of k of those gone through; each person enters with all sets of k - 1 before them. Slopes are
    of the logarithm already, weighted means over the sets: nothing overflows.
    """
    q, linear = beta.size, beta @ x
    if dead == 1:
        share = np.exp(linear - (top := np.logaddexp.reduce(linear)))
        mean = x @ share
        return float(top), mean, (x * share) @ x.T - np.outer(mean, mean)
    log = np.full(dead + 1, -np.inf)
    log[0] = 0.0
    means, squares = np.zeros((dead + 1, q)), np.zeros((dead + 1, q, q))
    for person in range(x.shape[1]):
        one, last = x[:, person], min(person + 1, dead)
        joining = log[:last] + linear[person]
        both = np.logaddexp(log[1 : last + 1], joining)
        share = np.exp(joining - both)
        products = (
            squares[:last] + means[:last, :, None] * one + one[:, None] * means[:last, None, :] + np.outer(one, one)
        )
        squares[1 : last + 1] += share[:, None, None] * (products - squares[1 : last + 1])
        means[1 : last + 1] += share[:, None] * (means[:last] + one - means[1 : last + 1])
        log[1 : last + 1] = both
    return float(log[dead]), means[dead], squares[dead] - np.outer(means[dead], means[dead])
