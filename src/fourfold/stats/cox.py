"""Cox regression on counting-process rows, including recurrent events (Andersen-Gill).

An own routine, because the two standard libraries give wrong answers here: one's cluster-robust errors
with delayed entry are about a fifth too small, the other's risk set counts a person twice on the day on
which one episode ends and the next begins. This one agrees with R's survival to the digits R prints.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs, maximum
from fourfold.stats.cox_rows import CoxRows, read_rows
from fourfold.stats.exact_ties import ExactLikelihood
from fourfold.stats.few_clusters import FEWEST_CLUSTERS, few_on_a_side, few_rows, giant, unequal
from fourfold.stats.inputs import FloatArray, IntArray
from fourfold.stats.intervals import Coefficients, chi_squared, few_events, normal_estimate
from fourfold.stats.partial_likelihood import PartialLikelihood, RiskSets, risk_sets
from fourfold.stats.patterns import by_pattern
from fourfold.stats.terms import Estimate, NotIdentified, OneGroupOnly, TestResult, UnknownChoice

TIES = ("efron", "breslow", "exact")
#: Of those at risk on the day of an event, how many share it on average; beyond it Breslow's ratio falls short.
MANY_TIED = 0.05
#: Of all events, how many are followed at once by another row; beyond it these are rows of the same people.
FOLLOWED = 0.95


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


def cox_regression(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    covariates: Any,
    *,
    entry: npt.ArrayLike | None = None,
    strata: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    counts: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
    ties: str = "efron",
    level: float = 0.95,
) -> CoxFit:
    """Estimate hazard ratios from rows (entry, time] that end with an event (1) or without (0).

    A person may have many rows: time-varying treatment splits follow-up at its start, recurrent events give
    one row for each episode, and then `cluster` must name the person. A row is at risk at t when
    entry < t <= time. `covariates` is a mapping or data frame of columns, or an array (rows, covariates) with
    `names`; all other arrays have shape (rows,). `strata` have their own baseline hazards; for
    hazards that differ between groups by a factor, use `shared_frailty`.
    `ties`: "efron", "breslow", or "exact" for the exact partial likelihood (Cox 1972; few people on coarse days).
    `weights` say how much a row matters, `counts` how many identical rows it stands for; only the second makes ties.
    Robust errors are Lin & Wei's (1989) without small-sample correction, as in R; without clusters they are
    also taken where the weights are not whole numbers, with every row on its own.
    Raises TooFewEvents without an event; NotIdentified for a constant covariate, collinear covariates or a
    covariate that separates those with events from those without (its coefficient is infinite);
    and EmptyInput, WrongShape, NotANumber, OutOfRange, UnknownChoice.
    """
    rows = read_rows(time, event, covariates, entry, strata, cluster, weights, counts, names)
    inputs.critical_value(level)
    return fit_rows(rows, inputs.choice("ties", ties, TIES), level)


def fit_rows(rows: CoxRows, ties: str, level: float) -> CoxFit:
    """Fit checked rows by Newton's method on centred and scaled covariates."""
    sets = risk_sets(rows.time, rows.event, rows.entry, rows.stratum, rows.counts, ties)
    x, centre, scale, reach = maximum.scaled(rows.distinct, rows.pattern_counts, rows.names)
    likelihood = PartialLikelihood(sets, x, rows.pattern, rows.weights, rows.counts)
    hill = _hill(rows, likelihood, ties)
    start = hill(np.zeros(scale.size))
    maximum.require_identified(start.information, float(likelihood.mass @ rows.event), rows.names)
    weight = float(np.average(rows.weights, weights=rows.counts * rows.event))
    found = maximum.climb(hill, np.zeros(scale.size), rows.names, reach, weight=weight)
    inverse, unscale = np.linalg.inv(found.top.information), np.outer(scale, scale)
    robust = _robust(rows, likelihood, found.beta, inverse)
    gain, freedom = found.top.log_likelihood - start.log_likelihood, scale.size
    score = float(start.score @ np.linalg.solve(start.information, start.score))
    return CoxFit(
        names=rows.names, coefficients=inputs.frozen(found.beta / scale), covariance=inputs.frozen(inverse / unscale),
        robust_covariance=None if robust is None else inputs.frozen(robust / unscale),
        log_likelihood=found.top.log_likelihood, log_likelihood_null=start.log_likelihood,
        likelihood_ratio=chi_squared(max(2 * gain, 0.0), freedom, "likelihood ratio against no covariates"),
        score_test=chi_squared(score, freedom, "score test against no covariates"), rows=rows.people,
        events=rows.events, clusters=_clusters(rows), iterations=found.iterations, level=level,
        method=f"Cox, {ties.capitalize()} ties, {_errors(rows)} errors",
        fitted=Fitted(rows, likelihood, centre, scale, found.beta),
        cautions=(*_tied(sets, rows, ties), *_cautions(rows, scale.size)),
    )  # fmt: skip


def _hill(rows: CoxRows, likelihood: PartialLikelihood, ties: str) -> Callable[[FloatArray], maximum.Evaluation]:
    if ties != "exact":
        gathered = by_pattern(likelihood)
        return likelihood.at if gathered is None else gathered.at
    if rows.cluster is not None or (rows.weights != 1).any() or (rows.counts != 1).any():
        problem = "exact goes with one row for each person, without weights, counts or clusters"
        raise UnknownChoice("ties", problem, 'Use ties="efron"')
    return ExactLikelihood.of(likelihood).at


def _robust(rows: CoxRows, likelihood: PartialLikelihood, beta: FloatArray, inverse: FloatArray) -> FloatArray | None:
    """Give the sandwich of score residuals, summed within clusters or for each row alone."""
    if rows.cluster is not None:
        if not rows.cluster.any():
            raise OneGroupOnly("cluster", "holds one cluster", "Give at least two, better thirty")
        return sandwich(likelihood.score_residuals(beta), rows.cluster, inverse)
    if inputs.whole(rows.weights):
        return None
    influence = inverse @ (likelihood.score_residuals(beta) / np.sqrt(rows.counts))
    return influence @ influence.T


def sandwich(residuals: FloatArray, cluster: IntArray, inverse: FloatArray) -> FloatArray:
    """Put score residuals (q, rows), summed within clusters, between two inverse informations (q, q)."""
    influence = inverse @ np.array([np.bincount(cluster, row) for row in residuals])
    return influence @ influence.T


def _clusters(rows: CoxRows) -> int | None:
    return None if rows.cluster is None else int(np.max(rows.cluster)) + 1


def _errors(rows: CoxRows) -> str:
    if rows.cluster is not None:
        return "cluster-robust"
    return "model" if inputs.whole(rows.weights) else "robust"


BY_CLUSTER = "use `randomisation_test` or `wild_cluster_test` on the rates of the clusters"


def _tied(sets: RiskSets, rows: CoxRows, ties: str) -> tuple[str, ...]:
    """Warn where Breslow's method draws ratios towards 1, as many events share a day (Therneau & Grambsch 2000, 3.3)."""
    if ties != "breslow":
        return ()
    at_risk, _ = sets.add_up(rows.counts)
    tied = float(sets.deaths @ ((sets.deaths - 1) / at_risk)) / sets.deaths.sum()
    if tied <= MANY_TIED:
        return ()
    return (
        f"on the day of an event, {tied:.0%} of those at risk have another: with so many ties Breslow's ratio is too near to 1, "
        'use ties="efron", or "exact" for a few hundred people.',
    )


def _cautions(rows: CoxRows, covariates: int) -> tuple[str, ...]:
    found, clusters = [*few_events(rows.events, covariates)], _clusters(rows)
    if clusters is not None and clusters < FEWEST_CLUSTERS:
        found.append(
            f"{clusters} clusters: with fewer than {FEWEST_CLUSTERS}, robust intervals are too narrow, {BY_CLUSTER}."
        )
    if clusters is not None:
        found += (
            giant(np.asarray(rows.cluster), rows.counts, "clusters", BY_CLUSTER) if clusters >= FEWEST_CLUSTERS else []
        )
        found += _few_sides(rows, clusters)
    else:
        found += few_rows(rows.names, rows.distinct, rows.pattern_counts)
        found += _followed(rows)
    if rows.cluster is None and not inputs.whole(rows.weights):
        found.append("The weights are not whole numbers, so errors are robust and take every row for another person.")
    found += (f"{said[0].upper()}{said[1:]}." for said in unequal(rows.weights))
    if (none := rows.counts @ (rows.time == 0)) > 0:
        found.append(f"{none:.0f} rows end at time 0 and were observed for no time: check the dates.")
    return tuple(found)


def _followed(rows: CoxRows) -> list[str]:
    """Warn where rows begin as events end others: people with several events, of whom nobody was told."""
    if rows.entry is None or not (rows.entry > 0).any():
        return []
    (ends, ended), (starts, started) = (
        np.unique(values, return_counts=True) for values in (rows.time[rows.event > 0], rows.entry[rows.entry > 0])
    )
    _, at, begun = np.intersect1d(ends, starts, return_indices=True)
    if np.minimum(ended[at], started[begun]).sum() < FOLLOWED * ended.sum() or started.sum() > 1.5 * ended.sum():
        return []
    return [
        "Nearly every event is followed by a row that begins then: if it is of the same person, name the person in `cluster`."
    ]


def _few_sides(rows: CoxRows, clusters: int) -> list[str]:
    said: list[str] = []
    for name, column in zip(rows.names, rows.x.T, strict=True):
        if np.isin(column, (0, 1)).all() and np.ptp(column):
            ever = int(np.unique(np.asarray(rows.cluster)[column == 1]).size)
            said += few_on_a_side(
                name, ever, clusters, "clusters", f"so its interval and p-value are no evidence, {BY_CLUSTER}"
            )
    return said
