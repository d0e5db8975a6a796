"""The same partial likelihood where many rows have the same covariates: one table of patterns by event days.

With P different covariate patterns, who is at risk on which day is a table (P, days) that does not change while the
coefficients do, so a step of the climb is a few matrix products, whatever the number of people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fourfold.stats.inputs import FloatArray, sums
from fourfold.stats.maximum import Evaluation
from fourfold.stats.partial_likelihood import PartialLikelihood, RiskSets

LARGEST_TABLE = 20_000_000


@dataclass(frozen=True, eq=False)
class PatternLikelihood:
    """Covariates (q, P) of the patterns; their mass at risk and having the event (P, days); events' mass (P,)."""

    sets: RiskSets
    x: FloatArray
    risk: FloatArray
    dying: FloatArray
    seen: FloatArray
    each: FloatArray

    def at(self, beta: FloatArray) -> Evaluation:
        """Evaluate at the coefficients (q,), as `PartialLikelihood.at` does."""
        linear = beta @ self.x
        linear = linear - np.max(linear)
        hazard = np.exp(linear)
        carried = np.vstack([np.ones_like(hazard), self.x]) * hazard
        risk, dying = carried @ self.risk, carried @ self.dying
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            steps = self.sets.sums(risk[0], dying[0])
            log_likelihood = self.seen @ linear - self.each @ steps.log
            mean = risk[1:] * steps.first - dying[1:] * steps.first_a
            by_pattern = hazard * (self.risk @ (self.each * steps.first) - self.dying @ (self.each * steps.first_a))
            mixed = risk[1:] @ (self.each * steps.second_a * dying[1:]).T
            outer = risk[1:] @ (self.each * steps.second * risk[1:]).T - mixed - mixed.T
            outer += dying[1:] @ (self.each * steps.second_aa * dying[1:]).T
        information = (self.x * by_pattern) @ self.x.T - outer
        return Evaluation(float(log_likelihood), self.x @ self.seen - mean @ self.each, information)


def by_pattern(likelihood: PartialLikelihood) -> PatternLikelihood | None:
    """Gather the rows whose covariates are alike; None where patterns are not known or the table would be huge."""
    sets, pattern, patterns = likelihood.sets, likelihood.pattern, likelihood.distinct.shape[1]
    if pattern is None or patterns * sets.days > LARGEST_TABLE:
        return None
    risk, dying = sets.by_group(pattern, patterns, likelihood.mass)
    seen = sums(pattern, likelihood.seen)
    return PatternLikelihood(sets, likelihood.distinct, risk, dying, seen, likelihood.each)
