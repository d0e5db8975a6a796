"""What a Cox fit says about one person: baseline hazard, survival with its interval, and how well it ranks people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fourfold.stats import inputs
from fourfold.stats.cox_fit import CoxFit
from fourfold.stats.inputs import FloatArray
from fourfold.stats.partial_likelihood import DaySums
from fourfold.stats.survival import INTERVALS, beyond, limits
from fourfold.stats.terms import Estimate, OutOfRange, WrongShape

FARTHEST = 50.0  # in the logarithm of the hazard ratio: 10^21 times the average


@dataclass(frozen=True, eq=False)
class BaselineHazard:
    """The cumulative hazard of somebody with the mean of every covariate, at each event day of one stratum, (days,)."""

    time: FloatArray
    cumulative: FloatArray
    stratum: Any
    means: dict[str, float]


def baseline_hazard(fit: CoxFit, *, stratum: Any = None) -> BaselineHazard:
    """Estimate the cumulative baseline hazard, with the fit's own way of ties (Breslow 1974; Efron 1977).

    `stratum` names the stratum of a stratified fit. Raises OutOfRange where it is missing or unknown.
    """
    inputs.kind("fit", fit, CoxFit, "`cox_regression`")
    days = _days(fit, stratum)
    day, shift = _day_sums(fit)
    cumulative = np.cumsum((day.each * day.steps.first)[days]) * np.exp(-shift)
    means = dict(zip(fit.names, fit.fitted.centre.tolist(), strict=True))
    return BaselineHazard(fit.fitted.likelihood.sets.time[days], inputs.frozen(cumulative), stratum, means)


def predicted_survival(
    fit: CoxFit,
    covariates: Mapping[str, float],
    days: Iterable[float],
    *,
    stratum: Any = None,
    interval: str = "log-log",
) -> tuple[Estimate, ...]:
    """Predict the share of people with these covariates who are still free of the event on each day.

    The variance is Tsiatis' (1981), with the coefficients' robust covariance where the fit has clusters; it holds for
    covariates that do not change; one outside the rows of the fit is named in `cautions`. `days` are in the unit of the
    fit's times. Raises WrongShape where a covariate of the fit is missing or another is given, BeyondFollowUp for a day
    after the last observation in the stratum, OutOfRange for an unknown stratum or covariates so far out that the
    hazard ratio means nothing.
    """
    inputs.choice("interval", interval, INTERVALS)
    inputs.kind("fit", fit, CoxFit, "`cox_regression`")
    given = inputs.mapping("covariates", covariates)
    if set(given) != set(fit.names):
        named = sorted(map(str, given))
        raise WrongShape("covariates", f"names {named}", f"Give a value for each of {list(fit.names)}")
    x = inputs.column("covariates", [inputs.number(f"covariates[{name!r}]", given[name]) for name in fit.names])
    asked, chosen = inputs.times("days", inputs.several("days", days)), _days(fit, stratum)
    _require_followed(fit, asked, stratum)
    hazard, spread = _hazard_of(fit, (x - fit.fitted.centre) / fit.fitted.scale, chosen)
    place = np.searchsorted(fit.fitted.likelihood.sets.time[chosen], asked, side="right")
    survival, error = np.exp(-hazard[place]), np.sqrt(spread[place])
    low, high = limits(survival, error, interval, inputs.critical_value(fit.level))
    method = f"prediction from {fit.method}, {interval} interval"
    found = zip(survival.tolist(), low.tolist(), high.tolist(), (survival * error).tolist(), strict=True)
    said = _outside(fit, x)
    return tuple(Estimate(one, least, most, fit.level, method, wide, cautions=said) for one, least, most, wide in found)


def _outside(fit: CoxFit, x: FloatArray) -> tuple[str, ...]:
    """Name the covariates (q,) that nobody in the fit had."""
    seen = fit.fitted.rows.distinct
    out = (x < seen.min(axis=0)) | (x > seen.max(axis=0))
    if not out.any():
        return ()
    names = ", ".join(f"{name} {value:g}" for name, value, far in zip(fit.names, x, out, strict=True) if far)
    return (f"Nobody in the fit had {names}: this is what the model says beyond its data.",)


def _hazard_of(fit: CoxFit, x: FloatArray, chosen: slice) -> tuple[FloatArray, FloatArray]:
    """Give the cumulative hazard at scaled covariates (q,) after 0, 1, ... event days, and its variance."""
    day, shift = _day_sums(fit)
    if not abs(x @ fit.fitted.beta) <= FARTHEST:
        problem = f"give a hazard e^{x @ fit.fitted.beta:.0f} times the average"
        raise OutOfRange("covariates", problem, "Check their units, and ask for people like those in the fit")
    ratio = np.exp(x @ fit.fitted.beta - shift)
    steps = (day.each * day.steps.first)[chosen]
    drift = (day.each * day.mean_by_hazard())[:, chosen] - np.outer(x, steps)
    along = np.cumsum(drift, axis=1)
    covariance = fit.quoted_covariance * np.outer(fit.fitted.scale, fit.fitted.scale)
    own = np.cumsum((day.each * day.steps.second)[chosen])
    spread = own + np.einsum("it,ij,jt->t", along, covariance, along)
    return np.append(0.0, np.cumsum(steps) * ratio), np.append(0.0, spread * ratio**2)


def _day_sums(fit: CoxFit) -> tuple[DaySums, float]:
    """Give the day sums at the fit, and the linear predictor that they were divided by."""
    likelihood, beta = fit.fitted.likelihood, fit.fitted.beta
    return likelihood.day_sums(likelihood.hazard(beta)[1]), float(np.max(beta @ likelihood.x))


def _days(fit: CoxFit, stratum: Any) -> slice:
    strata, edges = fit.fitted.rows.strata, fit.fitted.likelihood.sets.edges
    place = strata.index(stratum) if stratum in strata else None
    if place is None:
        raise OutOfRange("stratum", f"{inputs.written(stratum)} is not in the fit", f"Choose one of {list(strata)}")
    return slice(int(edges[place]), int(edges[place + 1]))


def _require_followed(fit: CoxFit, asked: FloatArray, stratum: Any) -> None:
    rows = fit.fitted.rows
    last = float(rows.time[rows.stratum == rows.strata.index(stratum)].max())
    if (asked > last).any():
        raise beyond("days", float(asked.max()), last)
