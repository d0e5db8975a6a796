"""Cox regression on counting-process rows, including recurrent events (Andersen-Gill).

An own routine, because the two standard libraries give wrong answers here: one's cluster-robust errors
with delayed entry are about a fifth too small, the other's risk set counts a person twice on the day on
which one episode ends and the next begins. This one agrees with R's survival to the digits R prints.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs, maximum
from fourfold.stats.cox_fit import CoxFit, Fitted
from fourfold.stats.cox_rows import CoxRows, read_rows
from fourfold.stats.exact_ties import ExactLikelihood
from fourfold.stats.few_clusters import FEWEST_CLUSTERS, few_on_a_side, few_rows, giant, unequal
from fourfold.stats.inputs import FloatArray, IntArray
from fourfold.stats.intervals import chi_squared, few_events
from fourfold.stats.partial_likelihood import PartialLikelihood, RiskSets, risk_sets
from fourfold.stats.patterns import by_pattern
from fourfold.stats.proportional_hazards import DOUBTFUL, proportional_hazards_test
from fourfold.stats.terms import OneGroupOnly, StatisticsError, UnknownChoice

TIES = ("efron", "breslow", "exact")
#: Of those at risk on the day of an event, how many share it on average; beyond it Breslow's ratio falls short.
MANY_TIED = 0.05
#: The p-value under which a ratio is said to change over time where people have several rows.
DOUBTFUL_OF_CLUSTERS = 0.001
#: Of all events, how many are followed at once by another row; beyond it these are rows of the same people.
FOLLOWED = 0.95


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
    fit = fit_rows(rows, inputs.choice("ties", ties, TIES), level)
    return with_changes(fit, fit if ties != "exact" else fit_rows(rows, "efron", level))


def with_changes(fit: CoxFit, tested: CoxFit) -> CoxFit:
    """Add to a fit what is said of the ratios of `tested`: itself, or a fit of the same rows that has residuals."""
    return replace(fit, cautions=(*fit.cautions, *changing(tested)))


def changing(fit: CoxFit) -> tuple[str, ...]:
    """Warn of the term whose ratio changes most over time; the test takes rows for independent, so that clusters need more."""
    try:
        found = proportional_hazards_test(fit)
    except StatisticsError:  # all events on one day: nothing can change
        return ()
    if found.overall.p_value >= (DOUBTFUL if fit.robust_covariance is None else DOUBTFUL_OF_CLUSTERS):
        return ()
    return (found.said_of(min(found.tests, key=lambda name: found.tests[name].p_value)),)


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
