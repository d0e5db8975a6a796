"""What a Cox regression found: log hazard ratios with their errors, and what the fit was made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from fourfold.stats import inputs
from fourfold.stats.cox_rows import CoxRows
from fourfold.stats.inputs import FloatArray
from fourfold.stats.intervals import Coefficients, chi_squared, normal_estimate
from fourfold.stats.partial_likelihood import PartialLikelihood
from fourfold.stats.terms import Estimate, NotIdentified, TestResult


@dataclass(frozen=True, eq=False)
class Fitted:
    """What a fit was made from: its rows, and the likelihood on covariates (x - centre) / scale at `beta`."""

    rows: CoxRows
    likelihood: PartialLikelihood
    centre: FloatArray
    scale: FloatArray
    beta: FloatArray


@dataclass(frozen=True, eq=False)
class CoxFit(Coefficients):
    """Log hazard ratios with their errors; arrays follow the order of `names`.

    `robust_covariance` is there when clusters were named, and intervals and the Wald test then use it. The
    likelihood ratio and score tests compare with no covariates and assume independent rows. `fitted` is what
    `proportional_hazards_test`, `baseline_hazard`, `predicted_survival` and `concordance` start from.
    `cautions` must be read before quoting.
    """

    RATIOS = True

    robust_covariance: FloatArray | None
    log_likelihood: float
    log_likelihood_null: float
    likelihood_ratio: TestResult
    score_test: TestResult
    rows: int
    events: int
    clusters: int | None
    iterations: int
    level: float
    method: str
    fitted: Fitted = field(repr=False)
    cautions: tuple[str, ...] = ()

    @property
    def robust_standard_errors(self) -> FloatArray | None:
        """Cluster-robust standard errors of the log hazard ratios, where clusters were named."""
        return None if self.robust_covariance is None else np.sqrt(np.diag(self.robust_covariance))

    @property
    def quoted_covariance(self) -> FloatArray:
        """Give the covariance that intervals use: the robust one where there is one."""
        return self.covariance if self.robust_covariance is None else self.robust_covariance

    def log_hazard_ratio(self, name: str) -> Estimate:
        """Give one coefficient with its interval and p-value, robust where clusters were named."""
        return self.combination({inputs.choice("name", name, self.names): 1.0})

    def term(self, name: str) -> Estimate:
        return self.log_hazard_ratio(name)

    def hazard_ratio(self, name: str) -> Estimate:
        """Give one hazard ratio with its interval; below 1 the event comes later or less often."""
        return self.log_hazard_ratio(name).exponentiated()

    def combination(self, parts: Mapping[str, float]) -> Estimate:
        """Give a weighted sum of coefficients, such as {"rx[2]": 1, "rx[1]": -1}, with its interval and p-value."""
        contrast = np.zeros(len(self.names))
        for name, part in parts.items():
            contrast[self.names.index(inputs.choice("parts", name, self.names))] = inputs.finite("parts", part)
        value = float(contrast @ self.coefficients)
        error = float(np.sqrt(contrast @ self.quoted_covariance @ contrast))
        return replace(normal_estimate(value, error, self.level, self.method), cautions=self.cautions)

    def wald(self, *names: str) -> TestResult:
        """Test whether the named coefficients are all zero (all of them where none is named)."""
        chosen = [self.names.index(inputs.choice("names", name, self.names)) for name in names or self.names]
        beta, spread = self.coefficients[chosen], self.quoted_covariance[np.ix_(chosen, chosen)]
        rank = int(np.linalg.matrix_rank(spread, hermitian=True))
        if rank < len(chosen):
            problem = f"{len(chosen)} coefficients, but only {rank} directions in which the clusters vary"
            raise NotIdentified("names", problem, "Test fewer coefficients, or find more clusters")
        return chi_squared(float(beta @ np.linalg.solve(spread, beta)), len(chosen), "Wald")
