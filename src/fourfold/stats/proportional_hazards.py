"""Does a hazard ratio stay the same over time? The score test of Grambsch and Therneau, done exactly.

Each covariate is multiplied by a function of time, and the score test asks whether that product belongs in the model
(Therneau & Grambsch 2000, ch. 6; R's survival from version 3). An own routine, because lifelines still uses the
approximation of 1994, which gives 2.77 where the test is 4.76 (veteran data, Karnofsky score).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fourfold.stats import inputs
from fourfold.stats.cox_fit import CoxFit
from fourfold.stats.cox_rows import CoxRows
from fourfold.stats.inputs import FloatArray
from fourfold.stats.intervals import chi_squared
from fourfold.stats.risk_sets import risk_table
from fourfold.stats.survival import product_limit
from fourfold.stats.terms import NotIdentified, OutOfRange, Printed, TestResult, told

TRANSFORMS = ("km", "rank", "identity", "log")
NO_SPREAD = 1e-10
DOUBTFUL = 0.05
CHANGES = "is not the same at all times"


@dataclass(frozen=True)
class ProportionalHazards(Printed):
    """One test for each covariate or term, and one for all together; a small p-value says the ratio changes."""

    transform: str
    tests: dict[str, TestResult]
    overall: TestResult

    @property
    def cautions(self) -> tuple[str, ...]:
        """Say of each term whose ratio changes over time that one number for all days is an average."""
        return tuple(self.said_of(name) for name, test in self.tests.items() if test.p_value < DOUBTFUL)

    def summary(self) -> str:
        """Give the test of each term and of all together on a line, as R prints a `cox.zph`."""
        lines = (f"{name}: {each.summary()}" for name, each in {**self.tests, "all": self.overall}.items())
        return told(lines, self.cautions)

    def said_of(self, name: str) -> str:
        """Say that the ratio of a term changes."""
        return f"the ratio of {name} {CHANGES} (p = {self.tests[name].p_value:.2g}): it is an average over them"


@dataclass(frozen=True, eq=False)
class SchoenfeldResiduals:
    """One row for each event: when, and how the coefficient looked then, shape (events, covariates).

    A trend over time in a column is what the test finds; the mean of a column is the coefficient itself.
    """

    names: tuple[str, ...]
    time: FloatArray
    values: FloatArray


def proportional_hazards_test(
    fit: CoxFit, *, transform: str = "km", terms: Mapping[str, Sequence[str]] | None = None
) -> ProportionalHazards:
    """Test whether each hazard ratio of a Cox fit is constant against a change with g(time).

    `transform` is g: "km" (1 - Kaplan-Meier, R's default), "rank", "identity" or "log". `terms` names covariates to be
    tested together, such as the indicators of one grouping. The test takes rows for independent, as in R, even where
    the fit has clusters. Source: Grambsch & Therneau 1994. Raises UnknownChoice, OutOfRange for the logarithm of time
    0, NotIdentified where all events fall on one day, a covariate differs among the people at risk on one day only, or
    a term repeats a covariate.
    """
    inputs.kind("fit", fit, CoxFit, "`cox_regression`")
    g = _clock(fit.fitted.rows, fit.fitted.likelihood.sets.time, inputs.choice("transform", transform, TRANSFORMS))
    score, spread = _score(fit, g)
    groups = inputs.mapping("terms", terms or {name: [name] for name in fit.names})
    tests = {}
    for label, members in groups.items():
        asked = inputs.words(f"terms[{label!r}]", members)
        chosen = [fit.names.index(inputs.choice("terms", name, fit.names)) for name in asked]
        if not chosen or len(set(chosen)) < len(chosen):
            raise NotIdentified("terms", f"names no covariate, or one twice, in {label!r}", "Name each covariate once")
        tests[label] = _test(score[chosen], spread[np.ix_(chosen, chosen)], transform)
    return ProportionalHazards(transform, tests, _test(score, spread, transform))


def schoenfeld_residuals(fit: CoxFit) -> SchoenfeldResiduals:
    """Give the scaled Schoenfeld residuals plus the coefficient (Grambsch & Therneau 1994), in order of time.

    A row that stands for several people has one for each of their events. Raises WrongKind for what is no `fit`.
    """
    inputs.kind("fit", fit, CoxFit, "`cox_regression`")
    fitted, sets = fit.fitted, fit.fitted.likelihood.sets
    day = fitted.likelihood.day_sums(fitted.likelihood.hazard(fitted.beta)[1])
    raw = fitted.likelihood.x[:, sets.dead] - (day.mean() / sets.deaths)[:, sets.day]
    scaled = fit.events * (fit.covariance * np.outer(fitted.scale, fitted.scale)) @ raw
    values = (scaled + fitted.beta[:, None]) / fitted.scale[:, None]
    order = np.argsort(sets.time[sets.day], kind="stable")
    each = np.repeat(order, fitted.likelihood.counts[sets.dead][order].astype(np.intp))
    return SchoenfeldResiduals(
        fit.names, inputs.frozen(sets.time[sets.day][each]), inputs.frozen(values.T[each].copy())
    )


def _clock(rows: CoxRows, days: FloatArray, transform: str) -> FloatArray:
    """Give g on each event day, shape (days,)."""
    if transform == "identity":
        return days
    if transform == "log":
        if (days <= 0).any():
            raise OutOfRange("transform", "is the logarithm, but an event is at time 0", 'Take "km" or "rank"')
        return np.log(days)
    times, place = np.unique(rows.time, return_inverse=True)
    at = np.searchsorted(times, days)
    if transform == "rank":
        people = np.bincount(place, rows.counts)
        return (np.cumsum(people) - (people - 1) / 2)[at]
    table = risk_table(rows.time, rows.event.astype(np.intp), 1, rows.entry, rows.counts)
    before = np.concatenate([[1.0], product_limit(table)[0][:-1]])
    return 1 - before[np.searchsorted(table.time, days)]


def _score(fit: CoxFit, g: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the score of g x covariate (q,) and its variance (q, q), the coefficients being estimated as well."""
    likelihood = fit.fitted.likelihood
    sets, dead = likelihood.sets, likelihood.sets.dead
    hazard = likelihood.hazard(fit.fitted.beta)[1]
    day = likelihood.day_sums(hazard)
    g = g - np.average(g, weights=sets.deaths)
    if not np.ptp(g):
        raise NotIdentified("fit", "has events on one day only", "A change over time needs events on several days")
    seen = likelihood.x[:, dead] @ (likelihood.mass[dead] * g[sets.day])
    score = seen - day.mean() @ (day.each * g)
    plain, once, twice = (likelihood.information(hazard, day, day.each * g**power) for power in range(3))
    spread = twice - once @ np.linalg.solve(plain, once)
    _require_change(fit, spread, np.diag(twice))
    return score, spread


def _require_change(fit: CoxFit, spread: FloatArray, whole: FloatArray) -> None:
    """Refuse where a change over time cannot be told from a constant ratio, which leaves the variance at rounding."""
    own = np.diag(spread)
    flat = own <= NO_SPREAD * whole
    if flat.any():
        problem = "differs among the people at risk on one event day only"
        raise NotIdentified(f"covariates[{fit.names[int(np.argmax(flat))]!r}]", problem, "Follow more people")
    if np.linalg.eigvalsh(spread / np.sqrt(np.outer(own, own)))[0] < NO_SPREAD:
        raise NotIdentified("covariates", "change together over time as far as can be told", "Test them one fit each")


def _test(score: FloatArray, spread: FloatArray, transform: str) -> TestResult:
    statistic, freedom = float(score @ np.linalg.solve(spread, score)), score.size
    method = f"score test of proportional hazards, time as {transform}"
    return chi_squared(statistic, freedom, method)
